import { caller, type Methods, onEvents, type Port } from '../src/protocol/channel';
import { unpack } from '../src/protocol/packed';

interface VsCodeApi {
  postMessage(message: unknown): void;
  getState(): unknown;
  setState(state: unknown): void;
}

declare function acquireVsCodeApi(): VsCodeApi;

/** The extension host as the page sees it. May be made once: the editor hands out its end once. */
export interface Connection<Api, Events> {
  readonly host: Api;
  listen(listeners: { readonly [K in keyof Events]?: (value: Events[K]) => void }): void;
  /** What the page kept last, before it was hidden or reloaded too. */
  kept(): unknown;
  keep(state: unknown): void;
}

export function connect<Api extends Methods<Api>, Events>(): Connection<Api, Events> {
  const code = acquireVsCodeApi();
  const port: Port = {
    post: (message) => code.postMessage(message),
    onMessage: (listener) => {
      const receive = (event: MessageEvent<unknown>) => listener(unpack(event.data));
      window.addEventListener('message', receive);
      return () => window.removeEventListener('message', receive);
    },
  };
  return {
    host: caller<Api>(port),
    listen: (listeners) => onEvents<Events>(port, listeners),
    kept: () => code.getState(),
    keep: (state) => code.setState(state),
  };
}
