import * as vscode from 'vscode';
import { shapeWords } from '../figures/model';
import { dataFileGlob, imageEndings, soundEndings, textEndings } from '../protocol/formats';
import type { ModelDescription, ModelValue } from '../protocol/model';
import type { ModelData } from '../protocol/result';
import type { Engine } from './engine';
import { findFiles, folderOf, foldersWith, nameOf, pathOf } from './files';
import { inspect, oneInput } from './inputs';

/** The inputs that a text becomes. */
const tokens: readonly string[] = ['input_ids', 'attention_mask', 'token_type_ids', 'position_ids'];

interface DataItem extends vscode.QuickPickItem {
  readonly uri?: vscode.Uri;
  /** What the system's dialog is asked for instead. */
  readonly browse?: 'file' | 'folder';
}

const isOf = (endings: readonly string[], uri: vscode.Uri) =>
  endings.some((ending) => uri.path.toLowerCase().endsWith(ending));

/**
 * Asks for data for each input of a model: a file of numbers; of those that are tokens, texts; or a folder of images or sounds.
 * Undefined when dismissed.
 * @param near the path of the model.
 */
export async function pickData(
  engine: Engine,
  { inputs }: ModelDescription,
  near: string,
  heading: string,
): Promise<{ readonly data: ModelData[]; readonly texts: boolean } | undefined> {
  const data: ModelData[] = [];
  let texts = false;
  const left = [...inputs];
  while (left.length > 0) {
    const text = left.some(({ name }) => name === 'input_ids');
    const input = (text ? left.find(({ name }) => name === 'input_ids') : left[0]) as ModelValue;
    const what = text ? 'texts, or token ids' : `data for ${input.name}, ${shapeWords(input)}`;
    const title = `${heading}: ${what}`;
    const uri = await pickSource(title, text, input, near);
    const picked = uri && (await sourceOf(engine, uri, title, text));
    if (!picked) return undefined;
    const { spec, kind } = picked;
    const own = kind === 'text' ? tokens : [input.name];
    texts ||= kind === 'text';
    data.push({ ...(kind !== 'text' && inputs.length > 1 && { input: input.name }), ...spec });
    for (const name of own) {
      const at = left.findIndex((one) => one.name === name);
      if (at >= 0) left.splice(at, 1);
    }
  }
  return { data, texts };
}

/** Files of the workspace that may be data for an input, folders of images and sounds among them. */
async function pickSource(
  title: string,
  text: boolean,
  { shape }: ModelValue,
  near: string,
): Promise<vscode.Uri | undefined> {
  const media = shape?.length === 4 ? 'images' : 'sounds';
  const files = await findFiles(dataFileGlob, near);
  const more = text ? await findFiles(`**/*{${textEndings.join(',')}}`, near) : [];
  const folders = text ? [] : await foldersWith(media === 'images' ? imageEndings : soundEndings);
  const items: DataItem[] = [
    ...folders.map((uri) => ({ label: `$(folder) ${nameOf(uri)}`, description: folderOf(uri), uri })),
    ...[...files, ...more.filter((uri) => !files.some(({ path }) => path === uri.path))].map((uri) => ({
      label: nameOf(uri),
      description: folderOf(uri),
      uri,
    })),
    { label: '$(folder-opened) Browse for a file…', alwaysShow: true, browse: 'file' },
    ...(text ? [] : [{ label: '$(folder-opened) Browse for a folder…', alwaysShow: true, browse: 'folder' as const }]),
  ];
  const placeHolder = text
    ? 'Choose a file with a text, or the ids of its tokens, in each row'
    : `Choose a file of numbers, with a sample in each row, or a folder of ${media}`;
  const picked = await vscode.window.showQuickPick(items, { title, placeHolder, matchOnDescription: true });
  if (!picked?.browse) return picked?.uri;
  const folder = picked.browse === 'folder';
  return (await vscode.window.showOpenDialog({ title, canSelectFiles: !folder, canSelectFolders: folder }))?.[0];
}

/** What of a file or folder is the data: of a table for tokens, its column of texts. */
async function sourceOf(
  engine: Engine,
  uri: vscode.Uri,
  title: string,
  text: boolean,
): Promise<{ readonly spec: Pick<ModelData, 'path' | 'tensor'>; readonly kind: 'text' | 'other' } | undefined> {
  const path = pathOf(uri);
  const { type } = await vscode.workspace.fs.stat(uri);
  const isMedia = type & vscode.FileType.Directory || isOf([...imageEndings, ...soundEndings], uri);
  if (isMedia) return { spec: { path }, kind: 'other' };
  if (text && isOf(textEndings, uri)) return { spec: { path }, kind: 'text' };
  const [file] = text ? await inspect(engine, [path]) : [];
  const columns = file?.columns?.filter((column) => column.type === 'text').map(({ name }) => name) ?? [];
  if (columns.length > 0) {
    const column =
      columns.length === 1
        ? columns[0]
        : await vscode.window.showQuickPick(columns, { title, placeHolder: `Texts: a column of ${nameOf(uri)}` });
    return column === undefined ? undefined : { spec: { path, tensor: column }, kind: 'text' };
  }
  const spec = await oneInput(engine, { uri }, title);
  if (!spec) return undefined;
  return { spec: { path: spec.path, ...(spec.tensor !== undefined && { tensor: spec.tensor }) }, kind: 'other' };
}
