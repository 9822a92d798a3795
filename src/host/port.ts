import type { Webview } from 'vscode';
import { type Methods, type Port, serve } from '../protocol/channel';
import { pack } from '../protocol/packed';

/**
 * Answers the page in `webview`, and each page that takes its place: a hidden page is thrown away, and made anew when
 * it is shown. Answers to the calls of an earlier page never reach a later one, whose calls have the same numbers.
 * `onPage` gets the way to the page of the moment. Returns what stops it.
 */
export function servePages<Api extends Methods<Api>>(
  webview: Webview,
  api: Api,
  onPage: (port: Port) => void,
): () => void {
  let close = () => {};
  let deliver: (message: unknown) => void = () => {};
  const open = (): void => {
    let current = true;
    // Messages to a page that has gone get lost, which is where they belong.
    const send = (message: unknown) => void (current && webview.postMessage(pack(message)).then(undefined, () => {}));
    const port: Port = {
      // In a turn of its own: a result has just held this thread while it was read.
      post: (message) => void setImmediate(send, message),
      onMessage: (listener) => {
        deliver = listener;
        return () => {};
      },
    };
    close = () => {
      current = false;
    };
    serve(port, api);
    onPage(port);
  };
  const receiving = webview.onDidReceiveMessage((message: unknown) => {
    if (isFirstCall(message)) {
      close();
      open();
    }
    deliver(message);
  });
  return () => {
    close();
    receiving.dispose();
  };
}

/** A page says `ready` once, before everything else. */
function isFirstCall(message: unknown): boolean {
  return typeof message === 'object' && message !== null && 'method' in message && message.method === 'ready';
}
