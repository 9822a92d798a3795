/** Measures of comparison against their definitions in NumPy: reference/measures.py. */
import { Matrix as Dense, solve } from 'ml-matrix';
import { describe, expect, test } from 'vitest';
import { Matrix } from '../../src/linalg/matrix';
import { Random } from '../../src/linalg/random';
import { catalogue } from '../../src/methods/catalogue';
import { pwcca } from '../../src/methods/compare/pwcca';
import { svcca } from '../../src/methods/compare/svcca';
import { g0 } from '../../src/methods/golden/inputs';
import type { Method } from '../../src/methods/method';
import { runMethod, sampleMatrix } from '../unit/run-method';
import { H } from './fixtures';
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
  'laplace-cka debiased': { sigma: 0.5, estimator: 'debiased' },
  'rbf-cka lange': { estimator: 'lange' },
  'linear-cka-debiased lange': { estimator: 'lange' },
  'mutual-information-matching': { bins: 10 },
  'svcca sum': { cut: 'singular-values', variance: 0.9 },
  'svcca leading': { average: 'leading' },
  'pwcca google': { variant: 'google' },
  'rsa tau-a': { comparison: 'tau-a' },
  'rsa rho-a': { comparison: 'rho-a' },
  'rsa corr-cov': { comparison: 'corr-cov' },
  'rsa cosine-cov': { comparison: 'cosine-cov', dissimilarity: 'correlation' },
};
/** Where only so many columns or rows of each side are compared, so that the reference can be plain. */
const columns: Record<string, readonly [number, number]> = {
  'output-disagreement': [4, 4],
  'soft-matching-transport': [24, 24],
  'soft-matching-transport few': [8, 12],
  'soft-matching-transport coprime': [24, 17],
  'mutual-information-matching': [12, 9],
  // Independent units, no more than of the other side.
  'pwcca google': [8, 12],
};
const rows: Record<string, number> = { rtd: 20 };
/** PWCCA weighs directions that are tied as they happen to lie. */
const undefinedThere = new Set(['G0 pwcca', 'G0 pwcca google']);
/** Of all pairs of thousands of rows, which takes seconds: of each, one variant on one pair of spaces of that size is enough. */
const longest = /^(laplace-cka|rbf-cka|imd|rsa)\b/;
const once = new Set(['laplace-cka', 'imd', 'rsa tau-a']);

describe.each(Object.entries(reference))('%s', (name, values) => {
  const [x, y] = pairs[name]?.() ?? [];
  for (const [measure, expected] of Object.entries(values)) {
    if (undefinedThere.has(`${name} ${measure}`)) continue;
    if (name.startsWith('words') && longest.test(measure) && !(name === 'words a b' && once.has(measure))) continue;
    test(measure, async () => {
      const id = measure.split(' ')[0] as string;
      const method = catalogue.find((candidate) => candidate.id === id) as Method;
      const inputs = [x as Matrix, y as Matrix].map((m, side) =>
        columns[measure] ? m.takeColumns([...Array(Math.min(m.columns, columns[measure]?.[side] ?? 0)).keys()]) : m,
      );
      const taken = inputs.map((m) => (rows[measure] ? m.slice(0, rows[measure]) : m));
      const outcome = await runMethod(method, taken, parameters[measure]);
      const value = Number(outcome.values[method.values[0]?.key as string]);
      expect(Math.abs(value - expected) / Math.max(1, Math.abs(expected))).toBeLessThan(1e-8);
    });
  }
});

test('cross-validated ridge regression is that of the normal equations on the same folds', async () => {
  const [x, y] = [digits(0, 8).toDouble(), digits(1, 8).toDouble()];
  const method = catalogue.find(({ id }) => id === 'ridge-regression') as Method;
  const { values } = await runMethod(method, [x, y], { folds: 3, lambda: 0.5 }, { seed: 4 });
  expect(values.r2).toBeCloseTo(heldOut(y, x, new Random(4).permutation(x.rows), 3, 0.5), 9);
});

/** Held-out R² of `to` from `from`, with ml-matrix solving (YᵀY + penalty I) B = YᵀX. */
function heldOut(from: Matrix, to: Matrix, order: Int32Array, folds: number, lambda: number): number {
  const n = order.length;
  const table = (m: Matrix, rows: ArrayLike<number>) =>
    new Dense(Array.from(rows, (i) => Array.from(m.row(i as number))));
  const all = Array.from({ length: n }, (_, i) => i);
  const targets = table(to, all);
  let [missed, total] = [0, 0];
  const mean = targets.mean('column');
  for (let fold = 0; fold < folds; fold++) {
    const [start, end] = [Math.round((fold * n) / folds), Math.round(((fold + 1) * n) / folds)];
    const rest = order.filter((_, i) => i < start || i >= end);
    const [a, b] = [table(from, rest), table(to, rest)];
    const [meanA, meanB] = [a.mean('column'), b.mean('column')];
    a.subRowVector(meanA);
    b.subRowVector(meanB);
    const products = a.transpose().mmul(a);
    const penalty = (lambda * products.trace()) / products.columns;
    const map = solve(Dense.add(products, Dense.eye(products.columns).mul(penalty)), a.transpose().mmul(b));
    const held = order.subarray(start, end);
    const guess = table(from, held).subRowVector(meanA).mmul(map).addRowVector(meanB);
    const truth = table(to, held);
    missed += Dense.sub(truth, guess).norm('frobenius') ** 2;
    total += truth.subRowVector(mean).norm('frobenius') ** 2;
  }
  return 1 - missed / total;
}

test('two probabilities that are exchanged diverge by one minus their entropy, and by their square where they are nearly equal', async () => {
  const method = catalogue.find(({ id }) => id === 'output-disagreement') as Method;
  const divergence = async (t: number) => {
    const [p, q] = [(1 + t) / 2, (1 - t) / 2];
    const sides = [Matrix.of([[p, q]]), Matrix.of([[q, p]])];
    return (await runMethod(method, sides, { outputs: 'probabilities' })).values.divergence as number;
  };
  for (let t = 1 / 1024; t < 1; t += 1 / 1024) {
    const entropy = [(1 + t) / 2, (1 - t) / 2].reduce((sum, p) => sum - p * Math.log2(p), 0);
    expect(await divergence(t)).toBeCloseTo(1 - entropy, 14);
  }
  expect(await divergence(0)).toBe(0);
  expect(await divergence(1)).toBe(1);
  const t = 2 ** -20;
  expect((await divergence(t)) / (t ** 2 / (2 * Math.LN2))).toBeCloseTo(1 + t ** 2 / 6, 14);
});

test('outputs given as probabilities diverge as the logits do whose softmax they are; other rows are refused', async () => {
  const method = catalogue.find(({ id }) => id === 'output-disagreement') as Method;
  const logits = [digits(0, 8), digits(1, 8)].map((m) => m.takeColumns([0, 1, 2]).toDouble());
  const softmax = logits.map((m) => {
    const powers = m.data.map(Math.exp);
    const sum = (k: number) => [0, 1, 2].reduce((total, j) => total + (powers[k - (k % 3) + j] as number), 0);
    return new Matrix(
      powers.map((power, k) => power / sum(k)),
      m.rows,
      3,
    );
  });
  const expected = await runMethod(method, logits);
  const { values } = await runMethod(method, softmax, { outputs: 'probabilities' });
  expect(values.divergence).toBeCloseTo(Number(expected.values.divergence), 12);
  expect(values.disagreement).toBe(expected.values.disagreement);
  await expect(runMethod(method, logits, { outputs: 'probabilities' })).rejects.toThrow(/row 0 is no distribution/);
});

test('directions of no more than rounding are counted by SVCCA, and said to be no independent units by PWCCA', async () => {
  const x = H(30, 5).map((value, k) => (k % 5 === 3 ? value * 1e-17 : value));
  const { steps } = await runMethod(svcca, [x, H(30, 4, 2)], { variance: 1 });
  expect(steps?.join()).toMatch(
    /kept: 4 of 4 \(100 % of variance; 1 more of no more than rounding\) and 4 of 4 \(100 %/,
  );
  const { values, warnings } = await runMethod(pwcca, [x, H(30, 5, 2)], { variant: 'google' });
  expect(values.similarity).toBeNull();
  expect(warnings?.join()).toContain('independent by more than rounding');
});
