import { availableParallelism, totalmem } from 'node:os';
import * as vscode from 'vscode';
import type { AnalysisRequest, MethodChoice } from '../protocol/analysis';
import type { MethodDescription } from '../protocol/catalogue';
import type { EngineSettings } from '../protocol/engine';
import type { InputSpec } from '../protocol/result';

const section = 'sextant';

/** A number that is not one, or is out of range, counts as the default 0: settings files are edited by hand. */
function natural(key: 'memory' | 'threads' | 'seed'): number {
  const value = vscode.workspace.getConfiguration(section).get(key);
  return typeof value === 'number' && Number.isSafeInteger(value) && value > 0 ? value : 0;
}

export function engineSettings(cache: vscode.Uri): EngineSettings {
  const memory = natural('memory') * 2 ** 20 || totalmem() / 2;
  return {
    memory: Math.min(Math.floor(memory), totalmem()),
    threads: Math.min(natural('threads'), availableParallelism()),
    cache: cache.fsPath,
  };
}

export function onEngineSettings(changed: () => void): vscode.Disposable {
  return vscode.workspace.onDidChangeConfiguration((event) => {
    if (['memory', 'threads'].some((key) => event.affectsConfiguration(`${section}.${key}`))) changed();
  });
}

/** The measures of a new comparison: those of the settings that exist, or the recommended ones, cheap ones first. */
function recommended(methods: readonly MethodDescription[], log: vscode.LogOutputChannel): MethodDescription[] {
  const pairwise = methods.filter(({ takes }) => takes === 'pair');
  const chosen = vscode.workspace.getConfiguration(section).get('recommendedMeasures');
  const ids = Array.isArray(chosen) ? chosen : [];
  const unknown = ids.filter((id) => !pairwise.some((method) => method.id === id));
  if (unknown.length > 0) log.warn(`sextant.recommendedMeasures: no measure is called ${unknown.join(', ')}.`);
  const known = ids.flatMap((id) => pairwise.filter((method) => method.id === id));
  if (known.length > 0) return known;
  return pairwise
    .filter((method) => method.recommended !== undefined)
    .sort((a, b) => (a.recommended ?? 0) - (b.recommended ?? 0));
}

/** What is asked of new inputs before the person has said anything about methods. */
export function newRequest(
  inputs: readonly InputSpec[],
  methods: readonly MethodDescription[],
  log: vscode.LogOutputChannel,
): AnalysisRequest {
  const seed = natural('seed');
  if (inputs.length === 1) {
    const describing = methods.filter(({ kind, takes }) => kind === 'describe' && takes === 'one');
    return { inputs, methods: describing.map(({ id }) => ({ method: id })), seed };
  }
  const measures = recommended(methods, log);
  const choices: MethodChoice[] = measures.map(({ id }) => ({ method: id }));
  if (inputs.length === 2) return { inputs, methods: choices, seed };
  const overview = measures.find(({ kind }) => kind === 'compare') ?? measures[0];
  return {
    inputs,
    methods: choices,
    ...(overview && { overview: { method: overview.id } }),
    pair: firstPair(inputs),
    seed,
  };
}

/** The last representation of the first file, which is where a network ends, and its namesake in the second file. */
export function firstPair(inputs: readonly InputSpec[]): [number, number] {
  const first = inputs[0]?.path;
  const other = inputs.find(({ path }) => path !== first)?.path;
  if (other === undefined) return [0, 1];
  const a = inputs.findLastIndex(({ path }) => path === first);
  const namesake = inputs.findIndex(({ path, tensor }) => path === other && tensor === inputs[a]?.tensor);
  return [a, namesake >= 0 ? namesake : inputs.findIndex(({ path }) => path === other)];
}
