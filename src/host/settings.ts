import { availableParallelism, totalmem } from 'node:os';
import * as vscode from 'vscode';
import type { MethodDescription } from '../protocol/catalogue';
import type { EngineSettings } from '../protocol/engine';
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

/** Measures that do not exist are said in the log and left out. */
export function preferences(methods: readonly MethodDescription[], log: vscode.LogOutputChannel): Preferences {
  const setting = vscode.workspace.getConfiguration(section).get('recommendedMeasures');
  const ids = Array.isArray(setting) ? setting.map(String) : [];
  const known = new Set(methods.filter(({ takes, alone }) => takes === 'pair' && !alone).map(({ id }) => id));
  const unknown = ids.filter((id) => !known.has(id));
  if (unknown.length > 0) log.warn(`sextant.recommendedMeasures: no measure is called ${unknown.join(', ')}.`);
  return { seed: natural('seed'), measures: ids.filter((id) => known.has(id)) };
}
