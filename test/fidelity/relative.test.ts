import { describe, expect, test } from 'vitest';
import { normaliseRows } from '../../src/linalg/centre';
import { Matrix } from '../../src/linalg/matrix';
import { multiply } from '../../src/linalg/products';
import { agreement, agreementChance } from '../../src/methods/compare/agreement';
import { relativeAgreement } from '../../src/methods/compare/relative-agreement';
import { t } from '../../src/methods/golden/inputs';
import { farthestPoints } from '../../src/methods/sample/farthest';
import { relativeProjection } from '../../src/methods/transform/projection';
import { relative } from '../../src/methods/transform/relative';
import { runMethod, sampleMatrix } from '../unit/run-method';
import { det, H } from './fixtures';
import reference from './reference/relative.json';

const given = (rows: string) => ({ 'anchor-selection': 'rows', 'anchor-rows': rows });

describe('relative coordinates', () => {
  test('of H(12, 5) with anchors 0, 4, 8', async () => {
    const { matrix } = await relativeProjection(H(12, 5), Int32Array.of(0, 4, 8), 'none');
    expectRows(matrix, 6, [
      [1, -0.138212, 0.163615],
      [0.391032, -0.401204, 0.233859],
      [0.116031, -0.085748, 0.596668],
    ]);
  });

  test('of T with anchors 0, 3', async () => {
    const x = await relativeProjection(t().x, Int32Array.of(0, 3), 'none');
    const y = await relativeProjection(t().y, Int32Array.of(0, 3), 'none');
    expectRows(x.matrix, 7, [
      [1, 0.5976143],
      [0.6324555, 0.5669467],
      [0.4, 0.9561829],
      [0.5976143, 1],
      [0.5976143, 0.7857143],
      [0.9128709, 0.7637626],
    ]);
    expectRows(y.matrix, 7, [
      [1, 0.4264014],
      [0.6324555, 0.6741999],
      [0.6324555, 0.6741999],
      [0.4264014, 1],
      [0.5883484, 0.7526178],
      [0.9486833, 0.6741999],
    ]);
  });
});

test('farthest-point sampling of H(12, 5) from row 0', () => {
  const unit = normaliseRows(H(12, 5)).matrix;
  expect([...farthestPoints(unit, 5, 0)]).toEqual([0, 3, 4, 2, 11]);
});

describe('relative agreement', () => {
  test('of T with anchors 0, 3', async () => {
    const { values } = await runMethod(relativeAgreement, [t().x, t().y], { ...given('0,3'), neighbours: 2 });
    expect(values.cosine).toBeCloseTo(0.9852610309, 10);
  });

  test('of H(12, 5) with its tanh image, as the published code counts', async () => {
    const x = H(12, 5);
    const product = await multiply(x, H(5, 7, 1000));
    const y = new Matrix(product.data.map(Math.tanh), 12, 7);
    const chosen = { ...given('0,4,8'), neighbours: 3, variant: 'top-k' };
    const { values } = await runMethod(relativeAgreement, [x, y], chosen);
    expect(values.jaccard).toBeCloseTo(0.558333, 6);
    expect(values.mrr).toBeCloseTo(0.652778, 6);
    expect(values.cosine).toBeCloseTo(0.761997, 6);
    const same = (await runMethod(relativeAgreement, [x, x], chosen)).values;
    expect([same.jaccard, same.mrr]).toEqual([1, 1]);
    expect(same.cosine).toBeCloseTo(1, 14);
  });

  const anchors = given('0:3300:11');
  test('of the two word2vec spaces', { timeout: 60_000 }, async () => {
    const inputs = [sampleMatrix('words/kjv-word2vec-a.npy'), sampleMatrix('words/kjv-word2vec-b.npy')];
    const { values } = await runMethod(relativeAgreement, inputs, anchors);
    expect(values.mrr).toBeCloseTo(0.99986, 5);
    expect(values.cosine).toBeCloseTo(0.98712, 5);
    expect(values.jaccard).toBeCloseTo(0.54004, 5);
    expect(values['absolute-mrr']).toBeCloseTo(0.0016, 4);
  });

  test('of word2vec and fastText', { timeout: 60_000 }, async () => {
    const inputs = [sampleMatrix('words/kjv-word2vec-a.npy'), sampleMatrix('words/kjv-fasttext.npy')];
    const { values } = await runMethod(relativeAgreement, inputs, anchors);
    expect(values.mrr).toBeCloseTo(0.94098, 5);
    expect(values.cosine).toBeCloseTo(0.95695, 5);
    expect(values.jaccard).toBeCloseTo(0.24043, 5);
    expect(values['absolute-mrr']).toBeNull();
  });
});

describe('against NumPy', () => {
  const layer = (seed: number, name: string) => sampleMatrix(`digits/digits-cnn-seed${seed}-activations.npz`, name);
  const layer8 = [layer(0, 'layer8'), layer(1, 'layer8')] as const;
  const inputs = [layer8, layer8, layer8, layer8, [layer(0, 'layer4'), layer(1, 'layer7')]] as const;

  test.each(reference.map((expected, i) => [i, expected] as const))('case %i', async (i, expected) => {
    const [x, y] = inputs[i] as readonly [Matrix, Matrix];
    const { values, chance } = await runMethod(relativeAgreement, [x, y], { ...given('::9'), ...expected.choices });
    for (const key of ['mrr', 'cosine', 'jaccard'] as const) {
      expect(values[key], key).toBeCloseTo(expected.relative[key], 10);
      if (expected.absolute) expect(values[`absolute-${key}`], key).toBeCloseTo(expected.absolute[key], 10);
      else expect(values[`absolute-${key}`]).toBeNull();
    }
    expect(chance?.cosine?.level).toBeCloseTo(expected.relative['cosine by chance'], 10);

    const { centre = 'none' } = expected.choices as { centre?: string };
    const own = (await runMethod(relative, [x], { ...given('::9'), centre })).values;
    expect(own.anchors).toBe(50);
    expect(own.rank).toBe(expected.rank);
    expect(own['covering-radius']).toBeCloseTo(expected['covering radius'], 8);
  });
});

test.each(['own-spaces', 'top-k'] as const)('chance levels are the means over all pairings: %s', async (variant) => {
  const [a, b] = [normaliseRows(det(6, 3, 1)).matrix, normaliseRows(det(6, 3, 40)).matrix];
  const queries = Int32Array.of(0, 1, 2, 3, 4, 5);
  const options = { k: 2, variant };
  const sums = { mrr: 0, cosine: 0, jaccard: 0 };
  const orders = permutations([...queries]);
  for (const order of orders) {
    const scores = await agreement(a, b.takeRows(order), queries, options, {});
    for (const key of ['mrr', 'cosine', 'jaccard'] as const) sums[key] += scores[key] / orders.length;
  }
  const scores = await agreement(a, b, queries, options, {});
  const chance = agreementChance(a, b, queries, options, scores);
  expect(orders).toHaveLength(720);
  for (const key of ['mrr', 'cosine', 'jaccard'] as const) expect(chance[key].level).toBeCloseTo(sums[key], 12);
});

test('over all pairings of rows and anchors alike the mean is above the level of chance, which says so', async () => {
  const [x, y] = [det(6, 3, 1), det(6, 3, 40)];
  const orders = permutations([0, 1, 2, 3, 4, 5]);
  let sum = 0;
  for (const order of orders) {
    const { values } = await runMethod(relativeAgreement, [x, y.takeRows(order)], given('0,2,3'));
    sum += values.mrr as number;
  }
  const { chance } = await runMethod(relativeAgreement, [x, y], given('0,2,3'));
  const level = (1 + 1 / 2 + 1 / 3 + 1 / 4 + 1 / 5 + 1 / 6) / 6;
  expect(chance?.mrr?.level).toBeCloseTo(level, 12);
  expect(sum / orders.length).toBeGreaterThan(1.1 * level);
  expect(chance?.mrr?.how).toContain('The anchors stay paired');
  // Without anchors it is the mean over all pairings.
  expect(chance?.['absolute-mrr']?.how).not.toContain('anchors');
});

function permutations(items: readonly number[]): number[][] {
  if (items.length < 2) return [[...items]];
  return items.flatMap((first, i) => {
    return permutations([...items.slice(0, i), ...items.slice(i + 1)]).map((rest) => [first, ...rest]);
  });
}

function expectRows(matrix: Matrix, digits: number, expected: readonly (readonly number[])[]): void {
  for (const [i, row] of expected.entries()) {
    for (const [a, value] of row.entries()) expect(matrix.at(i, a)).toBeCloseTo(value, digits);
  }
}
