import * as vscode from 'vscode';
import type { Progress } from '../protocol/engine';
import { Cancelled } from '../protocol/errors';
import type { CallOptions } from '../protocol/rpc';

/**
 * Does `work` under a notification that shows how far it is and can stop it.
 * @throws Cancelled; whatever `work` throws.
 */
export function withProgress<T>(title: string, work: (options: CallOptions) => Promise<T>): Thenable<T> {
  const options = { location: vscode.ProgressLocation.Notification, title, cancellable: true };
  return vscode.window.withProgress(options, (progress, token) => {
    const controller = new AbortController();
    token.onCancellationRequested(() => controller.abort(new Cancelled()));
    let shown = 0;
    const onProgress = ({ fraction, message }: Progress) => {
      const percent = Math.floor(100 * (fraction ?? 0));
      progress.report({
        message: fraction === null ? message : `${percent} %`,
        increment: Math.max(0, percent - shown),
      });
      shown = Math.max(shown, percent);
    };
    return work({ signal: controller.signal, onProgress });
  });
}
