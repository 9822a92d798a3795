import { cp, mkdir } from 'node:fs/promises';
import { homedir } from 'node:os';
import * as vscode from 'vscode';
import { messageOf, UserError } from '../protocol/errors';

const folderName = 'sextant-samples';

/**
 * Copies the sample workspace into `target`, never over a file that is there, and returns the folder. Without `target`
 * the person is asked for one, and the copy is opened; undefined when dismissed.
 */
export async function openSamples(extension: vscode.Uri, target?: vscode.Uri): Promise<vscode.Uri | undefined> {
  const folder = target ?? (await askWhere());
  if (!folder) return undefined;
  const source = vscode.Uri.joinPath(extension, 'media', 'samples');
  try {
    await mkdir(folder.fsPath, { recursive: true });
    await cp(source.fsPath, folder.fsPath, { recursive: true, force: false });
  } catch (error) {
    throw new UserError(
      `The samples could not be copied to ${folder.fsPath} (${messageOf(error)}). Choose a folder you may write to.`,
    );
  }
  if (!target) {
    const forceNewWindow = vscode.workspace.workspaceFolders !== undefined;
    await vscode.commands.executeCommand('vscode.openFolder', folder, { forceNewWindow });
  }
  return folder;
}

async function askWhere(): Promise<vscode.Uri | undefined> {
  const home = vscode.Uri.joinPath(vscode.Uri.file(homedir()), folderName);
  const inHome = { label: '$(home) In my home folder', description: home.fsPath };
  const elsewhere = { label: '$(folder-opened) Choose a folder…', description: `makes ${folderName} in it` };
  const picked = await vscode.window.showQuickPick([inHome, elsewhere], {
    title: 'Open Sample Workspace',
    placeHolder: 'Where to copy the samples (about 5 MB)',
  });
  if (picked === inHome) return home;
  if (!picked) return undefined;
  const options = { canSelectFolders: true, canSelectFiles: false, openLabel: 'Copy Samples Here' };
  const [parent] = (await vscode.window.showOpenDialog(options)) ?? [];
  return parent && vscode.Uri.joinPath(parent, folderName);
}
