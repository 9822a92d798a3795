import { availableParallelism, totalmem } from 'node:os';
import * as vscode from 'vscode';
import type { MethodDescription } from '../protocol/catalogue';
import type { EngineSettings } from '../protocol/engine';
import { near, some } from '../protocol/words';
import type { Preferences } from './request';

const section = 'sextant';

/** A number that is not one, or is out of range, counts as the default 0: settings files are edited by hand. */
function natural(key: 'memory' | 'threads' | 'seed'): number {
  const value = vscode.workspace.getConfiguration(section).get(key);
  return typeof value === 'number' && Number.isSafeInteger(value) && value > 0 ? value : 0;
}

/** What is not known is said when a model is run. */
function provider(): string {
  const value = vscode.workspace.getConfiguration(section).get('executionProvider');
  return typeof value === 'string' && value !== '' ? value : 'cpu';
}

export function engineSettings(cache: vscode.Uri): EngineSettings {
  const memory = (natural('memory') || 1024) * 2 ** 20;
  return {
    memory: Math.min(Math.floor(memory), totalmem()),
    threads: Math.min(natural('threads'), availableParallelism()),
    provider: provider(),
    cache: cache.fsPath,
    trusted: vscode.workspace.isTrusted,
    roots: (vscode.workspace.workspaceFolders ?? []).flatMap(({ uri }) => (uri.scheme === 'file' ? [uri.fsPath] : [])),
  };
}

export function onEngineSettings(changed: () => void): vscode.Disposable {
  return vscode.Disposable.from(
    vscode.workspace.onDidChangeConfiguration((event) => {
      if (['memory', 'threads', 'executionProvider'].some((key) => event.affectsConfiguration(`${section}.${key}`)))
        changed();
    }),
    vscode.workspace.onDidChangeWorkspaceFolders(changed),
    vscode.workspace.onDidGrantWorkspaceTrust(changed),
  );
}

/** What has been said of the setting already. */
const told = new Set<string>();

/** Measures that do not exist are left out, and said once. */
export function preferences(methods: readonly MethodDescription[], log: vscode.LogOutputChannel): Preferences {
  const setting = vscode.workspace.getConfiguration(section).get('recommendedMeasures');
  const ids = Array.isArray(setting) ? setting.map(String) : [];
  const known = new Set(methods.filter(({ takes, alone }) => takes === 'pair' && !alone).map(({ id }) => id));
  const unknown = ids.filter((id) => !known.has(id));
  if (unknown.length > 0) tellOnce(unknown, [...known], log);
  return { seed: natural('seed'), measures: ids.filter((id) => known.has(id)) };
}

function tellOnce(unknown: readonly string[], known: readonly string[], log: vscode.LogOutputChannel): void {
  const each = unknown.map((id) => {
    const alike = near(known, id);
    return `"${id}"${alike.length > 0 ? ` (${some(alike, 3)}?)` : ''}`;
  });
  const sentence = `No measure is called ${each.join(' or ')}, so new comparisons begin without it. Mend the setting sextant.recommendedMeasures; the Methods view has the ids.`;
  if (told.has(sentence)) return;
  told.add(sentence);
  log.warn(sentence);
  // Not awaited: the comparison goes on.
  void vscode.window.showWarningMessage(sentence, 'Open Settings').then((choice) => {
    if (choice) void vscode.commands.executeCommand('workbench.action.openSettings', 'sextant.recommendedMeasures');
  });
}
