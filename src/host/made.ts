import * as vscode from 'vscode';
import { UserError } from '../protocol/errors';
import { endingsOf, madeBy } from '../protocol/made';
import type { RunRequest } from '../protocol/result';
import type { Engine } from './engine';
import { likelyFolder } from './export';
import { nameOf, pathOf } from './files';
import { withProgress } from './progress';

/**
 * Asks for a place and writes what a method makes besides its values, with progress that can be stopped: representations, in any
 * format that holds them, or a model. Null when dismissed.
 * @throws UserError where it makes nothing, or the file cannot be written; Cancelled.
 */
export async function saveMade(engine: Engine, run: RunRequest): Promise<{ readonly path: string } | null> {
  const method = (await engine.methods()).find(({ id }) => id === run.method);
  const made = method && madeBy(method);
  if (!method || !made) throw new UserError(`${run.method} makes values alone; there is nothing else to save.`);
  const [first] = run.inputs;
  const folder = likelyFolder(first?.path);
  const stem = first ? nameOf(vscode.Uri.file(first.path)).replace(/\.[^.]*$/, '') : 'data';
  // Several representations fit into one file of this format.
  const preferred = made === 'model' ? '.onnx' : '.safetensors';
  const endings = [preferred, ...endingsOf(made).filter((ending) => ending !== preferred)];
  const title = `${method.title}: ${made === 'model' ? 'model' : 'representation'}`;
  const target = await vscode.window.showSaveDialog({
    ...{ title, filters: Object.fromEntries(endings.map((ending) => [ending.slice(1), [ending.slice(1)]])) },
    ...(folder && { defaultUri: vscode.Uri.joinPath(folder, `${stem}-${method.id}${preferred}`) }),
  });
  if (!target) return null;
  const paths = await withProgress(title, (options) =>
    engine.call((client, o) => client.make({ run, out: pathOf(target) }, o), options),
  );
  // Not awaited: the page must not wait until the message is dismissed.
  void tell(paths.map((path) => vscode.Uri.file(path)));
  return { path: paths[0] ?? pathOf(target) };
}

async function tell(files: readonly vscode.Uri[]): Promise<void> {
  const [first] = files;
  if (!first) return;
  const more =
    files.length > 1
      ? `, and ${files.length === 2 ? 'one more file' : `${files.length - 1} more files`} beside it`
      : '';
  const open = 'Open';
  const answer = await vscode.window.showInformationMessage(`${nameOf(first)} is written${more}.`, open);
  if (answer !== open) return;
  const command = first.path.toLowerCase().endsWith('.onnx') ? 'sextant.inspectModel' : 'sextant.openRepresentation';
  await vscode.commands.executeCommand(command, first);
}
