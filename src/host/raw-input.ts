import * as vscode from 'vscode';
import type { MethodDescription } from '../protocol/catalogue';
import { tableGlob, textGlob } from '../protocol/formats';
import type { InputSpec } from '../protocol/result';
import type { Engine } from './engine';
import { nameOf, pathOf, pickUris } from './files';
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
  const wanted =
    takes === 'text'
      ? { placeHolder: 'A table with a column of texts, or a file of lines', pattern: textGlob }
      : { placeHolder: 'A table of edges, with a column for either end', pattern: tableGlob };
  const [uri] = (await pickUris({ title, ...wanted, inSight: true })) ?? [];
  if (!uri) return undefined;
  const path = pathOf(uri);
  if (takes !== 'text') return { path };
  const [file] = await inspect(engine, [path]);
  const texts = file?.columns?.filter(({ type }) => type === 'text').map(({ name }) => name) ?? [];
  if (texts.length < 2) return { path };
  const column = await vscode.window.showQuickPick(texts, { title, placeHolder: `Texts: a column of ${nameOf(uri)}` });
  return column === undefined ? undefined : { path, tensor: column };
}
