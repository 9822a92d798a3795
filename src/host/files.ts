import * as vscode from 'vscode';
import { messageOf, UserError } from '../protocol/errors';
import { dataFileGlob, endings, runFiles } from '../protocol/formats';

export const analysisPattern = '**/*.sextant';

/** More files than anybody scrolls through; the Explorer's context menu reaches all of them. */
export const fileLimit = 2000;

/**
 * Files of the workspace in the order of their paths, without what `files.exclude` hides and what packages bring.
 * @param near the path of a file: what lies in its folder comes first.
 */
export async function findFiles(pattern: string, near?: string): Promise<vscode.Uri[]> {
  const found = await vscode.workspace.findFiles(pattern, '**/{node_modules,site-packages}/**', fileLimit);
  const collator = new Intl.Collator(undefined, { numeric: true });
  const folder = near === undefined ? '' : vscode.Uri.joinPath(vscode.Uri.file(near), '..').path;
  return found
    .map((uri) => ({ uri, path: uri.path, far: uri.path.slice(0, uri.path.lastIndexOf('/')) !== folder }))
    .sort((a, b) => Number(a.far) - Number(b.far) || collator.compare(a.path, b.path))
    .map(({ uri }) => uri);
}

/** Folders of the workspace that hold files with one of these endings. */
export async function foldersWith(endings: readonly string[]): Promise<vscode.Uri[]> {
  const files = await findFiles(`**/*{${endings.join(',')}}`);
  const folders = files.map((uri) => vscode.Uri.joinPath(uri, '..'));
  return [...new Map(folders.map((uri) => [uri.toString(), uri])).values()];
}

/** The files themselves, and for a folder the runs in it, in counting order. @throws UserError where a folder holds none. */
export async function runsOf(uris: readonly vscode.Uri[]): Promise<vscode.Uri[]> {
  const collator = new Intl.Collator(undefined, { numeric: true });
  const lists = uris.map(async (uri) => {
    const { type } = await vscode.workspace.fs.stat(uri);
    if (!(type & vscode.FileType.Directory)) return [uri];
    const entries = await vscode.workspace.fs.readDirectory(uri);
    const files = entries.filter(([, kind]) => kind & vscode.FileType.File).map(([name]) => name);
    const found = runFiles(files).sort(collator.compare);
    if (found.length > 0) return found.map((name) => vscode.Uri.joinPath(uri, name));
    throw new UserError(`${nameOf(uri)} holds no data file that Sextant reads. Choose files, or another folder.`);
  });
  return (await Promise.all(lists)).flat();
}

/** The path that the engine opens. @throws UserError where there is none. */
export function pathOf(uri: vscode.Uri): string {
  if (uri.scheme === 'file') return uri.fsPath;
  throw new UserError(
    `${nameOf(uri)} is not on a disk that Sextant can read (${uri.scheme}:). Save a copy into a folder and open that.`,
  );
}

/** @throws UserError that says why not. */
export async function writeFile(uri: vscode.Uri, bytes: Uint8Array): Promise<void> {
  try {
    await vscode.workspace.fs.writeFile(uri, bytes);
  } catch (error) {
    const denied = error instanceof vscode.FileSystemError && error.code === 'NoPermissions';
    const reason = denied ? 'you may not write there' : messageOf(error).replace(/\.$/, '');
    throw new UserError(`${nameOf(uri)} cannot be written: ${reason}. Choose another place.`);
  }
}

export function nameOf(uri: vscode.Uri): string {
  return uri.path.slice(uri.path.lastIndexOf('/') + 1);
}

/** Where a file lies, as people say it: its folder within the workspace. */
export function folderOf(uri: vscode.Uri): string {
  const relative = vscode.workspace.asRelativePath(uri);
  return relative.slice(0, Math.max(0, relative.lastIndexOf('/')));
}

/** What the system's dialog filters by: the last part of each ending. */
const dialogExtensions = [
  ...new Set(Object.values(endings).flatMap((list) => list.map((e) => e.slice(e.lastIndexOf('.') + 1)))),
];

interface FileItem extends vscode.QuickPickItem {
  readonly uri?: vscode.Uri;
}

/** Of the file in the active editor. */
function uriInSight(): string | undefined {
  const input = vscode.window.tabGroups.activeTabGroup.activeTab?.input;
  const opened = input instanceof vscode.TabInputCustom || input instanceof vscode.TabInputText ? input.uri : undefined;
  return opened?.toString();
}

interface Wanted {
  readonly title: string;
  readonly placeHolder: string;
  /** Of the files of the workspace that are listed. */
  readonly pattern: string;
  readonly many?: boolean;
  /** Whether the file in sight is likely to be meant: it comes first, of several it is chosen already. */
  readonly inSight?: boolean;
  /** What lies in the folder of this file comes first. */
  readonly near?: string | undefined;
  /** Of the system's dialog. */
  readonly filters?: Readonly<Record<string, string[]>>;
}

/**
 * Asks for files: those of the workspace, or any by the system's dialog, which is all there is where no folder is open.
 * Undefined when dismissed.
 */
export async function pickUris(wanted: Wanted): Promise<readonly vscode.Uri[] | undefined> {
  const { title, placeHolder, pattern, many = false, inSight = false, near, filters } = wanted;
  const browse = () => vscode.window.showOpenDialog({ title, canSelectMany: many, ...(filters && { filters }) });
  if (!vscode.workspace.workspaceFolders) return browse();
  const first = inSight ? uriInSight() : undefined;
  const items = findFiles(pattern, near).then((files): FileItem[] => [
    ...files
      .map((uri) => ({ label: nameOf(uri), description: folderOf(uri), uri, picked: uri.toString() === first }))
      .sort((a, b) => Number(b.picked) - Number(a.picked)),
    { label: '$(folder-opened) Browse…', alwaysShow: true },
  ]);
  const options = { title, placeHolder, matchOnDescription: true };
  const picked = many
    ? await vscode.window.showQuickPick(items, { ...options, canPickMany: true })
    : await vscode.window.showQuickPick(items, options).then((item) => item && [item]);
  if (!picked) return undefined;
  const uris = picked.flatMap(({ uri }) => uri ?? []);
  if (uris.length === picked.length) return uris;
  const browsed = await browse();
  return browsed && [...uris, ...browsed];
}

/** Asks for data files. Undefined when dismissed. */
export function pickFiles(
  wanted: Omit<Wanted, 'pattern' | 'placeHolder' | 'filters'> & { readonly placeHolder?: string | undefined },
): Promise<readonly vscode.Uri[] | undefined> {
  const { placeHolder = wanted.many ? 'Two or more data files' : 'A data file' } = wanted;
  const filters = { 'Representations and tables': dialogExtensions };
  return pickUris({ ...wanted, placeHolder, pattern: dataFileGlob, filters });
}

/** Asks for a file whose name ends so. Null when dismissed. */
export async function pickByEnding({
  title,
  ending,
}: {
  readonly title: string;
  readonly ending: string;
}): Promise<{ readonly path: string } | null> {
  // An ending from the page is an ending, never a pattern.
  const pattern = `**/*${ending.replace(/[^\w.-]/g, '')}`;
  const [uri] = (await pickUris({ title, placeHolder: `*${ending}`, pattern })) ?? [];
  return uri ? { path: pathOf(uri) } : null;
}
