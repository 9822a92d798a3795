import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as vscode from 'vscode';
import type { Inside } from '../../src/extension';
import type { Session } from '../../src/host/session';

/** The parts of the running extension. */
export async function inside(): Promise<Inside> {
  const extension = vscode.extensions.all.find(({ packageJSON }) => packageJSON.name === 'sextant');
  assert(extension, 'the extension is not there');
  return extension.activate();
}

/** A file of the sample workspace, which is the one that is open. */
export function sample(path: string): vscode.Uri {
  const folder = vscode.workspace.workspaceFolders?.[0];
  assert(folder, 'no folder is open');
  return vscode.Uri.joinPath(folder.uri, path);
}

/** Resolves with the first value of `probe` that is not nothing; the suite's timeout ends the wait. `every`: milliseconds. */
export async function until<T>(
  probe: () => T | undefined | null | false | Promise<T | undefined | null | false>,
  every = 20,
): Promise<T> {
  for (;;) {
    const value = await probe();
    if (value !== undefined && value !== null && value !== false) return value;
    await new Promise((resolve) => setTimeout(resolve, every));
  }
}

/** Runs a command of ours. Undefined where it failed or was dismissed. */
export function command<T = Session>(id: string, ...args: unknown[]): Thenable<T | undefined> {
  return vscode.commands.executeCommand<T | undefined>(`sextant.${id}`, ...args);
}

/** Until every method that was asked for has a result. */
export async function computed(session: Session): Promise<Session> {
  const { methods, overview } = session.analysis.request;
  await until(
    () => session.analysis.results.length >= methods.length && (!overview || session.analysis.comparisons.length > 0),
  );
  return session;
}

/** Changes that were not saved are thrown away: nobody is there to be asked. */
export async function closeAll(): Promise<void> {
  const { sessions, editors } = await inside();
  while (vscode.window.tabGroups.activeTabGroup.activeTab?.isDirty) {
    await vscode.commands.executeCommand('workbench.action.revertAndCloseActiveEditor');
  }
  await vscode.commands.executeCommand('workbench.action.closeAllEditors');
  await until(() => sessions.all.length === 0 && editors.all.length === 0);
}

type Replaced = 'showErrorMessage' | 'showWarningMessage' | 'showSaveDialog' | 'showQuickPick' | 'showOpenDialog';

/** While `work` runs, a new comparison asks for these measures. */
export async function withMeasures<T>(measures: readonly string[], work: () => Promise<T>): Promise<T> {
  const settings = vscode.workspace.getConfiguration('sextant');
  await settings.update('recommendedMeasures', measures, vscode.ConfigurationTarget.Global);
  try {
    return await work();
  } finally {
    await settings.update('recommendedMeasures', undefined, vscode.ConfigurationTarget.Global);
  }
}

/** While `work` runs, answers for the person; returns what was asked or said, first arguments. */
export async function answering(
  dialog: Replaced,
  answer: (first: unknown) => unknown,
  work: () => PromiseLike<unknown>,
): Promise<unknown[]> {
  const original = vscode.window[dialog];
  const seen: unknown[] = [];
  const stand = async (first: unknown) => {
    seen.push(await first);
    return answer(await first);
  };
  Object.assign(vscode.window, { [dialog]: stand });
  try {
    await work();
  } finally {
    Object.assign(vscode.window, { [dialog]: original });
  }
  return seen;
}

/** Sentences that the person is shown while `work` runs. */
export async function complaints(work: () => PromiseLike<unknown>): Promise<string[]> {
  return (await answering('showErrorMessage', () => undefined, work)).map(String);
}

/** Does `work` in a folder that is gone afterwards, as are the editors. */
export async function inFolder(work: (folder: string) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'sextant-'));
  try {
    await work(folder);
  } finally {
    await closeAll();
    await rm(folder, { recursive: true, force: true });
  }
}

/** Writes a matrix of float32 as .npy: value `at(i)` for the i-th number, row by row. */
export async function writeNpy(
  path: string,
  rows: number,
  columns: number,
  at: (i: number) => number,
): Promise<vscode.Uri> {
  const head = `{'descr': '<f4', 'fortran_order': False, 'shape': (${rows}, ${columns}), }`;
  const padded = `${head}${' '.repeat(63 - ((10 + head.length) % 64))}\n`;
  const prefix = Buffer.from([0x93, ...Buffer.from('NUMPY'), 1, 0, padded.length & 255, padded.length >> 8]);
  const values = Float32Array.from({ length: rows * columns }, (_, i) => at(i));
  await writeFile(path, Buffer.concat([prefix, Buffer.from(padded), Buffer.from(values.buffer)]));
  return vscode.Uri.file(path);
}

/** Numbers that look random and are the same every time. */
export function noise(seed: number): (i: number) => number {
  return (i) => (Math.sin((i + 1) * 12.9898 + seed * 78.233) * 43758.5453) % 1;
}
