import { readFile, stat } from 'node:fs/promises';
import * as vscode from 'vscode';
import { UserError } from '../protocol/errors';
import { dataFileGlob, imageEndings } from '../protocol/formats';
import { picturesOf } from '../protocol/gallery';
import type { LabelSpec } from '../protocol/result';
import type { Engine } from './engine';
import { findFiles, folderOf, foldersWith, nameOf, pathOf } from './files';
import { inspect, shapeOf } from './inputs';
import type { LabelItem } from './labels';

/** What is larger is no picture to be shown small: a photograph has a few million bytes. */
const largestPicture = 16 << 20;

/** Files in base64, one after the other; null where there is none, or it is too large or cannot be read. */
export async function readPictures(paths: readonly (string | null)[]): Promise<(string | null)[]> {
  const pictures: (string | null)[] = [];
  for (const path of paths) pictures.push(path === null ? null : await pictureAt(path).catch(() => null));
  return pictures;
}

async function pictureAt(path: string): Promise<string | null> {
  return (await stat(path)).size > largestPicture ? null : readFile(path, 'base64');
}

interface SourceItem extends vscode.QuickPickItem {
  readonly uri?: vscode.Uri;
  /** Of images. */
  readonly folder?: boolean;
}

/** A folder of images of the workspace, a data file, or either by the system's dialog. */
async function pickSource(
  title: string,
  near: string | undefined,
): Promise<{ readonly uri: vscode.Uri; readonly folder: boolean } | undefined> {
  const folders = await foldersWith(imageEndings);
  const files = await findFiles(dataFileGlob, near);
  const items: SourceItem[] = [
    ...folders.map((uri) => ({
      ...{ label: `$(folder) ${nameOf(uri)}`, description: folderOf(uri), detail: 'images, by their names in order' },
      ...{ uri, folder: true },
    })),
    ...files.map((uri) => ({ label: nameOf(uri), description: folderOf(uri), uri })),
    { label: '$(folder-opened) Browse for a file…', alwaysShow: true },
    { label: '$(folder-opened) Browse for a folder of images…', alwaysShow: true, folder: true },
  ];
  const options = { title, matchOnDescription: true, placeHolder: 'A folder of images, or a data file' };
  const picked = await vscode.window.showQuickPick(items, options);
  if (!picked) return undefined;
  const { folder = false } = picked;
  const dialog = { title, canSelectFiles: !folder, canSelectFolders: folder };
  const uri = picked.uri ?? (await vscode.window.showOpenDialog(dialog))?.[0];
  return uri && { uri, folder };
}

/**
 * Asks for what shows each row: a folder of images, or a file with pictures, texts or names of images and, where it holds several,
 * which. Null when dismissed.
 */
export async function pickGallery(engine: Engine, near: string | undefined): Promise<LabelSpec | null> {
  const title = 'Show rows as: images in a folder, pictures in a tensor, or texts in a column';
  const source = await pickSource(title, near);
  if (!source) return null;
  const { uri, folder } = source;
  const path = pathOf(uri);
  // A folder without images is said when it is looked into.
  if (folder) return { path };
  const [file] = await inspect(engine, [path]);
  const pictures = (file?.columns ? [] : (file?.tensors ?? [])).filter(({ shape }) => picturesOf(shape));
  const items: LabelItem[] = [
    ...pictures.map((tensor) => ({
      label: tensor.name ?? 'pictures',
      description: shapeOf(tensor),
      spec: { path, ...(tensor.name !== null && { tensor: tensor.name }) },
    })),
    ...(file?.columns ?? []).map(({ name, type }) => ({
      label: name,
      description: type,
      spec: { path, column: name },
    })),
  ];
  if (items.length === 0)
    throw new UserError(
      `${nameOf(uri)} shows no rows: that takes a tensor of pictures (rows × height × width, with one, three or four channels before or after) or a table with a column of texts or of names of images in its folder.`,
    );
  if (items.length === 1) return items[0]?.spec ?? null;
  const picked = await vscode.window.showQuickPick(items, { title, placeHolder: `Choose from ${nameOf(uri)}` });
  return picked?.spec ?? null;
}
