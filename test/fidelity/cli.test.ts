/** The command line, as a program of its own, against published and independently computed values. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { encodeNpy } from '../../src/data/npy-writer';
import { g0, type Pair, t } from '../../src/methods/golden/inputs';
import type { Comparison, Result } from '../../src/protocol/result';
import { type CommandLine, commandLine } from '../unit/cli-process';
import { temporaryFolder } from '../unit/engine-files';

const folder = temporaryFolder();
let sextant: CommandLine;
beforeAll(async () => {
  sextant = await commandLine('cli-fidelity');
  const pairs: Record<string, Pair> = { G0: g0(), T: t() };
  for (const [name, { x, y }] of Object.entries(pairs)) {
    writeFileSync(join(folder, `${name}-x.npy`), encodeNpy(x));
    writeFileSync(join(folder, `${name}-y.npy`), encodeNpy(y));
  }
});

async function document<T>(args: readonly string[], place?: string): Promise<T> {
  const { code, stdout, stderr } = await sextant.run([...args, '--json'], place);
  expect(code, stderr).toBe(0);
  return JSON.parse(stdout) as T;
}

/** To the last digit that is given, at most 1e-9. */
function expectDigits(actual: number | null | undefined, expected: string): void {
  const decimals = Math.min(9, expected.split('.')[1]?.length ?? 0);
  expect(Math.abs(Number(actual) - Number(expected)), `${actual} for ${expected}`).toBeLessThan(
    1.001 * 10 ** -decimals,
  );
}

// Fixture, value, its digits, and the arguments after `run`; the inputs go between the method and its parameters. All published
// values are those of the methods, tested without the program.
test.each([
  ['G0', 'cka', '.4893427391044', 'linear-cka'],
  ['G0', 'similarity', '.7281605587', 'svcca variance=0.95'],
  ['T', 'correlation', '.4257487956', 'rsa comparison=kendall'],
  ['T', 'cosine', '.9852610309', 'relative-agreement anchor-selection=rows anchor-rows=0,3 neighbours=2'],
])('%s %s %s: %s', async (fixture, key, expected, words) => {
  const [method = '', ...parameters] = words.split(' ');
  const set = parameters.flatMap((parameter) => ['--set', parameter]);
  const inputs = [`${fixture}-x.npy`, `${fixture}-y.npy`];
  const { values } = await document<Result>(['run', method, ...inputs, ...set], folder);
  expectDigits(values[key], expected);
});

describe('sample data', () => {
  const word = (name: string) => `words/kjv-${name}.npy`;
  const [a, b, fast] = [word('word2vec-a'), word('word2vec-b'), word('fasttext')] as const;

  test('linear CKA of word embeddings', async () => {
    const { measures } = await document<Comparison>(['compare', a, b, fast, '--measure', 'linear-cka']);
    const matrix = measures['linear-cka']?.matrix;
    expectDigits(matrix?.[0]?.[1], '.94934406');
    expectDigits(matrix?.[0]?.[2], '.83725789');
    expect(matrix?.[2]?.[0]).toBe(matrix?.[0]?.[2]);
  });

  test('matching of their units', async () => {
    expectDigits((await document<Result>(['run', 'hard-matching', a, b])).values.correlation, '.30513892');
    expectDigits((await document<Result>(['run', 'soft-matching', a, b])).values.correlation, '.33168730');
  });

  test('relative agreement with every eleventh row as anchor', async () => {
    const anchors = ['--set', 'anchor-selection=rows', '--set', 'anchor-rows=0:3300:11'];
    const { values } = await document<Result>(['run', 'relative-agreement', a, b, ...anchors]);
    expectDigits(values.mrr, '.99986');
    expectDigits(values.cosine, '.98712');
    expectDigits(values.jaccard, '.54004');
    expectDigits(values['absolute-mrr'], '.0016');
  });

  test('linear CKA of two networks, layer by layer', async () => {
    const [one, two] = [0, 1].map((seed) => `digits/digits-cnn-seed${seed}-activations.npz`) as [string, string];
    const { measures } = await document<Comparison>(['compare', one, '--against', two, '--measure', 'linear-cka']);
    expectDigits(measures['linear-cka']?.matrix[0]?.[0], '.8538');
    expectDigits(measures['linear-cka']?.matrix[7]?.[7], '.8432');
  });
});
