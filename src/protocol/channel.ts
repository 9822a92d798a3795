import { type Failure, packError, unpackError } from './failure';

/**
 * One end of a connection that copies structured values (postMessage): typed arrays pass through as they are.
 * `post` throws where a message cannot be copied, and does nothing once the other end is gone. `onMessage` returns what
 * stops the listening.
 */
export interface Port {
  post(message: unknown): void;
  onMessage(listener: (message: unknown) => void): () => void;
}

/** Every member is an asynchronous method of at most one argument. */
export type Methods<Api> = { readonly [K in keyof Api]: (argument: never) => Promise<unknown> };

type Message =
  | { readonly sextant: 'call'; readonly id: number; readonly method: string; readonly argument: unknown }
  | { readonly sextant: 'reply'; readonly id: number; readonly value: unknown }
  | { readonly sextant: 'failure'; readonly id: number; readonly error: Failure }
  | { readonly sextant: 'event'; readonly event: string; readonly value: unknown };

/** Answers the calls that arrive at `port` with the methods of `api`. Returns what stops it. */
export function serve<Api extends Methods<Api>>(port: Port, api: Api): () => void {
  const answer = async (id: number, method: string, argument: unknown): Promise<void> => {
    try {
      const value: unknown = await methodOf(api, method)(argument);
      port.post({ sextant: 'reply', id, value } satisfies Message);
    } catch (error) {
      port.post({ sextant: 'failure', id, error: packError(error) } satisfies Message);
    }
  };
  return listen(port, (message) => {
    if (message.sextant === 'call') void answer(message.id, message.method, message.argument);
  });
}

/** The `Api` at the other end of `port`. A call rejects with the error that its method threw there. */
export function caller<Api extends Methods<Api>>(port: Port): Api {
  const waiting = new Map<number, { resolve(value: unknown): void; reject(error: Error): void }>();
  let last = 0;
  listen(port, (message) => {
    if (message.sextant !== 'reply' && message.sextant !== 'failure') return;
    const call = waiting.get(message.id);
    waiting.delete(message.id);
    if (message.sextant === 'reply') call?.resolve(message.value);
    else call?.reject(unpackError(message.error));
  });
  const call = (method: string, argument: unknown) =>
    new Promise<unknown>((resolve, reject) => {
      const id = ++last;
      port.post({ sextant: 'call', id, method, argument } satisfies Message);
      waiting.set(id, { resolve, reject });
    });
  return new Proxy({} as Api, {
    get: (_, method) =>
      // A promise asks its value for `then`; that is no method of an Api.
      typeof method === 'string' && method !== 'then' ? (argument: unknown) => call(method, argument) : undefined,
  });
}

/** Sends an event to whoever listens at the other end. */
export function emit<Events, K extends keyof Events & string>(port: Port, event: K, value: Events[K]): void {
  port.post({ sextant: 'event', event, value } satisfies Message);
}

/** Calls the listener of each event that arrives. Returns what stops it. */
export function onEvents<Events>(
  port: Port,
  listeners: { readonly [K in keyof Events]?: (value: Events[K]) => void },
): () => void {
  return listen(port, (message) => {
    if (message.sextant !== 'event' || !Object.hasOwn(listeners, message.event)) return;
    const listener = listeners[message.event as keyof Events];
    listener?.(message.value as Events[keyof Events]);
  });
}

function listen(port: Port, listener: (message: Message) => void): () => void {
  // Other parties (the editor, its tests) post to the same window.
  return port.onMessage((message) => {
    if (typeof message === 'object' && message !== null && 'sextant' in message) listener(message as Message);
  });
}

function methodOf(api: object, name: string): (argument: unknown) => unknown {
  const method: unknown = name in Object.prototype ? undefined : Reflect.get(api, name);
  if (typeof method !== 'function') throw new Error(`Unknown method: ${name}`);
  return method.bind(api);
}
