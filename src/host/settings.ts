import { availableParallelism, totalmem } from 'node:os';
import * as vscode from 'vscode';
import type { MethodDescription } from '../protocol/catalogue';
import type { EngineSettings } from '../protocol/engine';
import { near, some } from '../protocol/words';
import type { Preferences } from './request';

const section = 'sextant';

/** What counts in the place of a number that is none. */
const otherwise = { memory: 1024, threads: 0, seed: 0 };

/** A number that is not one, or is out of range, is said once: settings files are edited by hand. */
function natural(key: keyof typeof otherwise, log: vscode.LogOutputChannel): number {
  const value = vscode.workspace.getConfiguration(section).get(key);
  const most = key === 'seed' ? 2 ** 32 - 1 : Number.MAX_SAFE_INTEGER;
  if (typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= most) return value;
  const range = key === 'seed' ? `from 0 to ${most}` : 'from 0 on';
  const sentence = `The setting sextant.${key} is ${JSON.stringify(value)}, which is no whole number ${range}: ${otherwise[key]} counts in its place.`;
  if (value !== undefined) tellOnce(sentence, key, log);
  return otherwise[key];
}

/** What is not known is said when a model is run. */
function provider(): string {
  const value = vscode.workspace.getConfiguration(section).get('executionProvider');
  return typeof value === 'string' && value !== '' ? value : 'cpu';
}

export function engineSettings(cache: vscode.Uri, log: vscode.LogOutputChannel): EngineSettings {
  const memory = (natural('memory', log) || otherwise.memory) * 2 ** 20;
  return {
    memory: Math.min(Math.floor(memory), totalmem()),
    threads: Math.min(natural('threads', log), availableParallelism()),
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

/** What has been said of the settings already. */
const told = new Set<string>();

/** Measures that do not exist are left out, and said once. */
export function preferences(methods: readonly MethodDescription[], log: vscode.LogOutputChannel): Preferences {
  const setting = vscode.workspace.getConfiguration(section).get('recommendedMeasures');
  const ids = Array.isArray(setting) ? setting.map(String) : [];
  const known = new Set(methods.filter(({ takes, alone }) => takes === 'pair' && !alone).map(({ id }) => id));
  const unknown = ids.filter((id) => !known.has(id));
  if (unknown.length > 0) tellOnce(noMeasure(unknown, [...known]), 'recommendedMeasures', log);
  return { seed: natural('seed', log), measures: ids.filter((id) => known.has(id)) };
}

function noMeasure(unknown: readonly string[], known: readonly string[]): string {
  const each = unknown.map((id) => {
    const alike = near(known, id);
    return `"${id}"${alike.length > 0 ? ` (${some(alike, 3)}?)` : ''}`;
  });
  return `No measure is called ${each.join(' or ')}, so new comparisons begin without it. Mend the setting sextant.recommendedMeasures; the Methods view has the ids.`;
}

function tellOnce(sentence: string, key: string, log: vscode.LogOutputChannel): void {
  if (told.has(sentence)) return;
  told.add(sentence);
  log.warn(sentence);
  // Not awaited: what asked for the setting goes on.
  void vscode.window.showWarningMessage(sentence, 'Open Settings').then((choice) => {
    if (choice) void vscode.commands.executeCommand('workbench.action.openSettings', `${section}.${key}`);
  });
}
