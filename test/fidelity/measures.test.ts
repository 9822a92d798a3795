/** Measures of comparison against their definitions in NumPy: reference/measures.py. */
import { describe, expect, test } from 'vitest';
import type { Matrix } from '../../src/linalg/matrix';
import { catalogue } from '../../src/methods/catalogue';
import type { Method } from '../../src/methods/method';
import { runMethod, sampleMatrix } from '../unit/run-method';
import { g0 } from './fixtures';
import reference from './reference/measures.json';

const digits = (seed: number, layer: number) =>
  sampleMatrix(`digits/digits-cnn-seed${seed}-activations.npz`, `layer${layer}`);
const words = (name: string) => sampleMatrix(`words/kjv-${name}.npy`).slice(0, 1200);

const pairs: Record<string, () => readonly [Matrix, Matrix]> = {
  G0: () => [g0().x, g0().y],
  'digits layer1 layer1': () => [digits(0, 1), digits(1, 1)],
  'digits layer8 layer8': () => [digits(0, 8), digits(1, 8)],
  'digits layer2 layer7': () => [digits(0, 2), digits(1, 7)],
  'words a b': () => [words('word2vec-a'), words('word2vec-b')],
  'words a fasttext': () => [words('word2vec-a'), words('fasttext')],
};
/** Where the reference is not of the defaults. */
const parameters: Record<string, Readonly<Record<string, unknown>>> = {
  gulp: { lambda: 0.01 },
  'minibatch-cka': { batch: 64 },
};
/** PWCCA weighs directions that are tied as they happen to lie. */
const undefinedThere = new Set(['G0 pwcca']);

describe.each(Object.entries(reference))('%s', (name, values) => {
  const [x, y] = pairs[name]?.() ?? [];
  for (const [id, expected] of Object.entries(values)) {
    if (undefinedThere.has(`${name} ${id}`)) continue;
    test(id, async () => {
      const method = catalogue.find((candidate) => candidate.id === id) as Method;
      const outcome = await runMethod(method, [x as Matrix, y as Matrix], parameters[id]);
      const value = Number(outcome.values[method.values[0]?.key as string]);
      expect(Math.abs(value - expected) / Math.max(1, Math.abs(expected))).toBeLessThan(1e-8);
    });
  }
});
