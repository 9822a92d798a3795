import * as vscode from 'vscode';
import type { MethodDescription } from '../protocol/catalogue';
import type { InputSpec } from '../protocol/result';
import type { Engine } from './engine';
import { nameOf, pathOf, pickFiles } from './files';
import { inspect } from './inputs';

/** Raw data for a method of kind `embed`: a folder of images, or a file and, of texts, the column. Undefined when dismissed. */
export async function rawInput(
  engine: Engine,
  { takes, title }: Pick<MethodDescription, 'takes' | 'title'>,
): Promise<InputSpec | undefined> {
  if (takes === 'images') {
    const [folder] =
      (await vscode.window.showOpenDialog({ title, canSelectFiles: false, canSelectFolders: true })) ?? [];
    return folder && { path: pathOf(folder) };
  }
  const [uri] = (await pickFiles(`${title}: choose a table`, false)) ?? [];
  if (!uri) return undefined;
  const path = pathOf(uri);
  if (takes !== 'text') return { path };
  const [file] = await inspect(engine, [path]);
  const texts = file?.columns?.filter(({ type }) => type === 'text').map(({ name }) => name) ?? [];
  if (texts.length < 2) return { path };
  const column = await vscode.window.showQuickPick(texts, { title, placeHolder: `Texts: a column of ${nameOf(uri)}` });
  return column === undefined ? undefined : { path, tensor: column };
}
