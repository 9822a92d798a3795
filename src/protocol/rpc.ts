import {
  type CancellationToken,
  CancellationTokenSource,
  type MessageConnection,
  NotificationType,
  ProgressType,
  RequestType,
  ResponseError,
} from 'vscode-jsonrpc';
import type { EngineApi, EngineSettings, Progress } from './engine';
import { Cancelled, EngineLost } from './errors';
import { type Failure, packError, unpackError } from './failure';

/** What goes with a call besides its argument. */
export interface CallOptions {
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: Progress) => void;
}

/** The engine as its client calls it: the argument of `EngineApi`, if there is one, then the options. */
export type EngineClient = {
  [K in keyof EngineApi]: (...call: [...Parameters<EngineApi[K]>, options?: CallOptions]) => ReturnType<EngineApi[K]>;
} & {
  /** To be called before the first request, and again whenever a setting changes. */
  configure(settings: EngineSettings): void;
};

/** The engine as it serves: the options are always there. */
export type EngineService = {
  [K in keyof EngineApi]: (...call: [...Parameters<EngineApi[K]>, Required<CallOptions>]) => ReturnType<EngineApi[K]>;
} & { configure(settings: EngineSettings): void };

type Call = keyof EngineApi;
interface Message {
  readonly argument: readonly unknown[];
  readonly progress?: number;
}

const request = (name: Call) => new RequestType<Message, unknown, Failure>(`engine/${name}`);
const configure = new NotificationType<EngineSettings>('engine/configure');
const progressType = new ProgressType<Progress>();
const calls = [
  'methods',
  'inspect',
  'open',
  'window',
  'images',
  'summarise',
  'neighbours',
  'rowValues',
  'run',
  'make',
  'compare',
  'study',
  'preparation',
  'extract',
  'check',
  'selfTest',
] as const satisfies readonly Call[];

/** Answers requests from `connection` with `service`. The caller begins to listen. */
export function serveEngine(connection: MessageConnection, service: EngineService): void {
  connection.onNotification(configure, (settings) => service.configure(settings));
  for (const name of calls) {
    connection.onRequest(request(name), async (message, token) => {
      const options = {
        signal: signalOf(token),
        onProgress: (progress: Progress) => {
          if (message.progress !== undefined) void connection.sendProgress(progressType, message.progress, progress);
        },
      };
      try {
        const handler = service[name] as (...call: unknown[]) => Promise<unknown>;
        return await handler.call(service, ...message.argument, options);
      } catch (error) {
        const failure = packError(error);
        return new ResponseError(-32000, failure.message, failure);
      }
    });
  }
}

/**
 * Calls the engine at the other end of `connection`. A call fails with UserError, Cancelled or EngineLost as the engine
 * meant it, with EngineLost when the connection breaks, and with a plain Error that has the engine's stack for a bug there.
 */
export function engineClient(connection: MessageConnection): EngineClient {
  const waiting = new Set<(error: Error) => void>();
  let closed = false;
  let tokens = 0;
  const lose = () => {
    closed = true;
    // jsonrpc leaves the requests of a closed connection without an answer.
    for (const reject of waiting) reject(lost());
  };
  connection.onClose(lose);
  connection.onDispose(lose);

  async function call(name: Call, argument: readonly unknown[], { signal, onProgress }: CallOptions): Promise<unknown> {
    if (signal?.aborted) throw new Cancelled();
    if (closed) throw lost();
    const source = new CancellationTokenSource();
    const cancel = () => source.cancel();
    signal?.addEventListener('abort', cancel, { once: true });
    const progress = onProgress && ++tokens;
    const listener =
      onProgress &&
      progress !== undefined &&
      connection.onProgress(progressType, progress, (value) => onProgress(value));
    let giveUp: (error: Error) => void = () => {};
    try {
      return await new Promise((resolve, reject) => {
        giveUp = reject;
        waiting.add(giveUp);
        const message = progress === undefined ? { argument } : { argument, progress };
        connection.sendRequest(request(name), message, source.token).then(resolve, reject);
      });
    } catch (error) {
      throw errorOf(error, signal?.aborted ?? false);
    } finally {
      waiting.delete(giveUp);
      signal?.removeEventListener('abort', cancel);
      if (listener) listener.dispose();
      source.dispose();
    }
  }

  return {
    configure: (settings) => {
      if (!closed) connection.sendNotification(configure, settings).catch(() => {});
    },
    methods: (options = {}) => call('methods', [], options) as ReturnType<EngineApi['methods']>,
    inspect: (input, options = {}) => call('inspect', [input], options) as ReturnType<EngineApi['inspect']>,
    open: (reading, options = {}) => call('open', [reading], options) as ReturnType<EngineApi['open']>,
    window: (asked, options = {}) => call('window', [asked], options) as ReturnType<EngineApi['window']>,
    images: (asked, options = {}) => call('images', [asked], options) as ReturnType<EngineApi['images']>,
    summarise: (asked, options = {}) => call('summarise', [asked], options) as ReturnType<EngineApi['summarise']>,
    neighbours: (asked, options = {}) => call('neighbours', [asked], options) as ReturnType<EngineApi['neighbours']>,
    rowValues: (asked, options = {}) => call('rowValues', [asked], options) as ReturnType<EngineApi['rowValues']>,
    run: (asked, options = {}) => call('run', [asked], options) as ReturnType<EngineApi['run']>,
    make: (asked, options = {}) => call('make', [asked], options) as ReturnType<EngineApi['make']>,
    compare: (asked, options = {}) => call('compare', [asked], options) as ReturnType<EngineApi['compare']>,
    study: (asked, options = {}) => call('study', [asked], options) as ReturnType<EngineApi['study']>,
    preparation: (layer, options = {}) => call('preparation', [layer], options) as ReturnType<EngineApi['preparation']>,
    extract: (asked, options = {}) => call('extract', [asked], options) as ReturnType<EngineApi['extract']>,
    check: (records, options = {}) => call('check', [records], options) as ReturnType<EngineApi['check']>,
    selfTest: (options = {}) => call('selfTest', [], options) as ReturnType<EngineApi['selfTest']>,
  };
}

function signalOf(token: CancellationToken): AbortSignal {
  const controller = new AbortController();
  if (token.isCancellationRequested) controller.abort(new Cancelled());
  token.onCancellationRequested(() => controller.abort(new Cancelled()));
  return controller.signal;
}

function errorOf(error: unknown, cancelled: boolean): Error {
  const failure = error instanceof ResponseError ? (error.data as Failure | undefined) : undefined;
  // An engine that had to be ended because it would not stop has still done what was asked.
  if (failure === undefined || failure.kind === 'EngineLost') {
    if (cancelled) return new Cancelled();
    return failure ? unpackError(failure) : lost();
  }
  return unpackError(failure);
}

function lost(): EngineLost {
  return new EngineLost('The Sextant engine stopped before it had an answer. Run again; it starts anew.');
}
