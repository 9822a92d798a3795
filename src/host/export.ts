import { dirname } from 'node:path';
import * as vscode from 'vscode';
import { nameOf, writeFile } from './files';

/** The folder that a person most likely wants to write to: that of the data, or of the workspace. */
export function likelyFolder(near: string | undefined): vscode.Uri | undefined {
  if (near !== undefined) return vscode.Uri.file(dirname(near));
  return vscode.workspace.workspaceFolders?.[0]?.uri;
}

export function sayWritten(uri: vscode.Uri): void {
  vscode.window.setStatusBarMessage(`Sextant: ${nameOf(uri)} is written.`, 4000);
}

/** Asks for a place and writes a figure or a table there. Null when dismissed. */
export async function saveExport(
  { name, content }: { readonly name: string; readonly content: string | Uint8Array },
  near: string | undefined,
): Promise<{ readonly path: string } | null> {
  const folder = likelyFolder(near);
  const ending = /\.([a-z0-9]+)$/i.exec(name)?.[1];
  const target = await vscode.window.showSaveDialog({
    title: ending ? `Export ${ending.toUpperCase()}` : 'Export',
    // A name from the page is a name, never a path.
    ...(folder && { defaultUri: vscode.Uri.joinPath(folder, name.replace(/[\\/:*?"<>|]/g, '-')) }),
    ...(ending && { filters: { [ending.toUpperCase()]: [ending] } }),
  });
  if (!target) return null;
  await writeFile(target, typeof content === 'string' ? new TextEncoder().encode(content) : content);
  sayWritten(target);
  return { path: target.scheme === 'file' ? target.fsPath : target.toString() };
}
