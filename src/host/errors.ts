import * as vscode from 'vscode';
import { Cancelled, EngineLost, messageOf, UserError } from '../protocol/errors';

/** Does `work`; what it throws is told to the person here and nowhere else. Undefined where it failed. */
export type Guard = <T>(work: () => T | PromiseLike<T>) => Promise<T | undefined>;

/** As the guard, for what a page waits for: null where it failed, or was dismissed. */
export async function asked<T>(guard: Guard, work: () => PromiseLike<T | null>): Promise<T | null> {
  return (await guard(work)) ?? null;
}

/** The one place that shows errors: one sentence and a way to the log. */
export function guardWith(log: vscode.LogOutputChannel): Guard {
  return async (work) => {
    try {
      return await work();
    } catch (error) {
      tell(error, log);
      return undefined;
    }
  };
}

function tell(error: unknown, log: vscode.LogOutputChannel): void {
  if (error instanceof Cancelled || error instanceof vscode.CancellationError) return;
  const meant = error instanceof UserError || error instanceof EngineLost;
  const sentence = meant ? error.message : `Sextant met an error that it did not expect: ${messageOf(error)}`;
  if (meant) log.warn(sentence);
  else log.error(error instanceof Error ? error : sentence);
  // Not awaited: whoever asked must not wait until the message is dismissed.
  void vscode.window.showErrorMessage(sentence, 'Show Log').then((choice) => {
    if (choice) log.show();
  });
}
