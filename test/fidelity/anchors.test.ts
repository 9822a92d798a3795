/** Projections, coverage and agreement of several spaces against NumPy and SciPy. */
import { describe, expect, test } from 'vitest';
import { centreColumns, standardiseColumns } from '../../src/linalg/centre';
import { Matrix } from '../../src/linalg/matrix';
import { multiply } from '../../src/linalg/products';
import { anchorCurve } from '../../src/methods/compare/anchor-curve';
import { relativeAgreement } from '../../src/methods/compare/relative-agreement';
import { relativeSpaces } from '../../src/methods/compare/relative-spaces';
import { anchorCoverage } from '../../src/methods/describe/anchor-coverage';
import { type ProjectionChoice, project } from '../../src/methods/transform/projections';
import { relative } from '../../src/methods/transform/relative';
import { figureOf, runMethod, sampleMatrix } from '../unit/run-method';
import { H } from './fixtures';
import curves from './reference/anchor_curve.json';
import reference from './reference/anchors.json';

const every13 = { 'anchor-selection': 'rows', 'anchor-rows': '::13' };

test.each(reference.projections.map((one) => [`${one.projection}, ${one.centre}, ${one.standardise}`, one] as const))(
  'projection %s',
  async (_, { values, ...choice }) => {
    const { matrix } = await project(H(12, 5), Int32Array.of(0, 4, 8), choice as ProjectionChoice);
    // The arc cosine near 1 turns rounding of 1e-16 into 1e-8.
    const digits = choice.projection === 'angular' ? 7 : 10;
    for (const [k, value] of values.entries()) expect(matrix.data[k], String(k)).toBeCloseTo(value, digits);
  },
);

test('basis change of H(12, 5), as published', async () => {
  const choice = { projection: 'basis', centre: 'none', standardise: 'none' } as const;
  const { matrix } = await project(H(12, 5), Int32Array.of(0, 4, 8), choice);
  for (const [a, value] of [0.195544, -0.257382, 0.029971].entries()) expect(matrix.at(1, a)).toBeCloseTo(value, 6);
});

test('coverage of H(60, 7) by every 13th row', async () => {
  const { values } = await runMethod(anchorCoverage, [H(60, 7, 5)], every13);
  for (const [key, value] of Object.entries(reference.coverage)) expect(values[key], key).toBeCloseTo(value, 9);
});

test('rows are centred and divided before distances are taken, and rows of zeros are said', async () => {
  const x = H(60, 7, 5);
  x.row(5).fill(0);
  const by = (matrix: Matrix, choice: object) => runMethod(anchorCoverage, [matrix], { ...every13, ...choice });
  const plain = await by(centreColumns(x), {});
  const centred = await by(x, { centre: 'mean' });
  const divided = await by(x, { centre: 'mean', standardise: 'units', projection: 'angular' });
  const standard = await by(standardiseColumns(x), {});
  for (const key of ['mean-distance', 'covering-radius']) {
    expect(centred.values[key], key).toBeCloseTo(plain.values[key] as number, 12);
    expect(divided.values[key], key).toBeCloseTo(standard.values[key] as number, 12);
  }
  expect((await by(x, {})).warnings?.join()).toContain('1 row of a has no direction');
  expect(centred.warnings?.join()).not.toContain('no direction');
});

test('rows that are all alike have nothing for anchors to span, nor an effective rank', async () => {
  const alike = H(12, 5).map((_, k) => k % 5);
  for (const choice of [{ projection: 'euclidean' }, { projection: 'l1' }, { centre: 'mean' }]) {
    const given = { 'anchor-selection': 'rows', 'anchor-rows': '0,4', ...choice };
    const { values, warnings } = await runMethod(anchorCoverage, [alike], given);
    expect(values).toMatchObject({ spanned: null, rank: 0, 'effective-rank': null });
    expect(warnings?.join(' ')).toContain('of which anchors could span a share');
    expect(warnings?.join(' ')).toContain('all zeros: it has no effective rank');
  }
});

test.each([0, 100, 2 ** 20, 1e8])('what three anchors span of distances is the same, shifted by %d', async (shift) => {
  const x = H(30, 5);
  // Multiples of 2^-24: shifted without rounding.
  const at = (origin: number) => x.map((value) => Math.round(value * 2 ** 24) / 2 ** 24 + origin);
  const given = { 'anchor-selection': 'rows', 'anchor-rows': '0,4,9' };
  for (const chosen of [{ projection: 'euclidean' }, { projection: 'basis', centre: 'anchors' }] as const) {
    const [near, far] = [at(0), at(shift)];
    const spanned = async (m: Matrix) => (await runMethod(anchorCoverage, [m], { ...given, ...chosen })).values.spanned;
    expect(await spanned(far)).toBeCloseTo((await spanned(near)) as number, 7);
  }
  const coordinates = async (m: Matrix) =>
    (await runMethod(relative, [m], { ...given, projection: 'basis', centre: 'anchors' })).representations?.[0]?.matrix;
  const [near, far] = [await coordinates(at(0)), await coordinates(at(shift))];
  for (const [k, value] of near?.data.entries() ?? []) expect(far?.data[k]).toBeCloseTo(value, 6);
});

test('a copy of an anchor lies on it, and a row 1e-9 beside it as far from it as it is', async () => {
  const x = H(12, 5);
  for (const [copy, times] of [
    [7, 1],
    [8, 3],
  ] as const)
    x.row(copy).set(x.row(0).map((value) => times * value));
  x.row(9).set([1, 0, 0, 0, 0]);
  x.row(4).set([1, 1e-9, 0, 0, 0]);
  const given = { 'anchor-selection': 'rows', 'anchor-rows': '0,4' };
  const { tables } = await runMethod(anchorCoverage, [x], given);
  const distances = new Map(tables?.['least-covered']?.rows.map((row) => [row[0], row.at(-1)]));
  expect(distances.get(7)).toBe(0);
  expect(distances.get(8)).toBeLessThan(1e-15);
  expect(distances.get(9)).toBeCloseTo(1e-9, 16);
});

test.each(reference.shares.map((one) => [`${one.projection}, ${one.centre}, ${one.standardise}`, one] as const))(
  'what anchors span, and what is lost beyond: %s',
  async (_, { share, ...choice }) => {
    const { values, warnings } = await runMethod(anchorCoverage, [H(60, 7, 5)], { ...every13, ...choice });
    expect(values.spanned).toBeCloseTo(share, 10);
    const lost = (100 * (1 - share)).toPrecision(2);
    const said =
      choice.projection === 'euclidean'
        ? `of a: ${lost} % of the squared distance of its rows from the mean of the anchors`
        : `of a, centred on ${choice.centre === 'mean' ? 'the mean of all rows' : 'their own mean'}: ${lost} % of the squared length`;
    expect(warnings?.join()).toContain(`5 anchors cannot span the 7 units ${said}`);
  },
);

test('as many anchors as units span one direction less once they are centred on their own mean', async () => {
  const x = H(60, 7, 5);
  const given = { 'anchor-selection': 'rows', 'anchor-rows': '::9' };
  for (const [choice, most] of [
    [{}, 0],
    [{ centre: 'mean' }, 0],
    [{ centre: 'anchors' }, 1],
    [{ projection: 'l1' }, 1],
  ] as const) {
    for (const method of [relative, anchorCoverage]) {
      const { warnings } = await runMethod(method, [x], { ...given, ...choice });
      expect(warnings?.filter((one) => one.includes('cannot span'))).toHaveLength(most);
    }
    const pair = await runMethod(relativeAgreement, [x, x], { ...given, ...choice, neighbours: 3 });
    expect(pair.warnings?.filter((one) => one.includes('cannot span'))).toHaveLength(2 * most);
  }
});

async function three(): Promise<readonly Matrix[]> {
  const x = H(60, 7, 5);
  const product = await multiply(x, H(7, 6, 1000));
  const y = new Matrix(product.data.map(Math.tanh), 60, 6);
  const other = H(60, 7, 77);
  const turned = x.takeColumns([6, 5, 4, 3, 2, 1, 0]);
  const z = new Matrix(
    turned.data.map((value, k) => value + 0.4 * (other.data[k] as number)),
    60,
    7,
  );
  return [x, y, z];
}

test('three spaces by the same anchors', async () => {
  const inputs = await three();
  const { values, tables, representations } = await runMethod(relativeSpaces, inputs, every13);
  const { ranks, ...expected } = reference.spaces;
  for (const [key, value] of Object.entries(expected)) expect(values[key], key).toBeCloseTo(value, 10);
  const found = tables?.pairs?.rows.flatMap((row) => row.slice(1)) ?? [];
  for (const [k, value] of ranks.entries()) expect(found[k]).toBeCloseTo(value, 10);
  // What it makes is what each space's own projection is.
  expect(representations).toHaveLength(3);
  for (const [s, space] of inputs.entries()) {
    const own = (await runMethod(relative, [space], every13)).representations?.[0]?.matrix;
    expect([...(representations?.[s]?.matrix.data ?? [])]).toEqual([...(own?.data ?? [])]);
  }
});

describe('the curve over the number of anchors', () => {
  const words = (name: string) => sampleMatrix(`words/kjv-${name}.npy`);
  const others = ['word2vec-b', 'fasttext'] as const;

  /** NumPy draws other anchors than this does: what it spreads over bounds what comes out. */
  test.each(others)('of words, one word2vec space and %s: as NumPy has it', async (name) => {
    const inputs = [words('word2vec-a'), words(name)];
    const chosen = { anchors: 300, repeats: 2, queries: 1000 };
    const { tables } = await runMethod(anchorCurve, inputs, chosen);
    const { columns = [], rows = [] } = tables?.curve ?? {};
    const expected = curves[name];
    expect(rows.map(([count]) => count)).toEqual(expected.map(({ anchors }) => anchors));
    for (const [k, { anchors, mean, sd }] of expected.entries())
      for (const [score, key] of (['mrr', 'cosine'] as const).entries()) {
        const found = Number(rows[k]?.[columns.indexOf(key)]);
        // Both repeats look the same rows up: five standard errors of one draw beside a mean of twenty.
        const bound = 5 * (sd[score] as number) * Math.sqrt(1 + 1 / 20);
        expect(Math.abs(found - (mean[score] as number)), `${key} by ${anchors}`).toBeLessThan(bound);
      }
  });

  test('of words ends at the published values', async () => {
    const given = { 'anchor-selection': 'rows', 'anchor-rows': '0:3300:11', repeats: 1, queries: 4000 };
    const { values } = await runMethod(anchorCurve, [words('word2vec-a'), words('fasttext')], given);
    expect(values.mrr).toBeCloseTo(0.94098, 5);
    expect(values.cosine).toBeCloseTo(0.95695, 5);
    expect(values.jaccard).toBeCloseTo(0.24043, 5);
  });

  test('ends where relative agreement by the same anchors is', async () => {
    const [x, y] = await three();
    const inputs = [x as Matrix, y as Matrix];
    const chosen = { ...every13, neighbours: 4 };
    const whole = await runMethod(relativeAgreement, inputs, chosen);
    const { values } = await runMethod(anchorCurve, inputs, chosen);
    for (const key of ['mrr', 'cosine', 'jaccard']) expect(values[key], key).toBeCloseTo(whole.values[key] ?? 0, 10);
  });

  test('is the same whether columns are taken or anchors projected anew, and finds a turned copy with few', async () => {
    const x = H(60, 5, 9);
    const inputs = [x, x.takeColumns([2, 0, 4, 1, 3])];
    const { values, figures } = await runMethod(anchorCurve, inputs, { anchors: 20, repeats: 3 });
    expect(values.mrr).toBeCloseTo(1, 12);
    expect(values['anchors-enough']).toBeLessThanOrEqual(8);
    const { series } = figureOf({ figures }, 'line', 'anchor-curve');
    expect(series[0]?.x).toEqual([2, 4, 8, 16, 20]);
    const anew = await runMethod(anchorCurve, inputs, {
      anchors: 20,
      repeats: 3,
      standardise: 'units',
      centre: 'mean',
    });
    expect(anew.values.cosine).toBeCloseTo(1, 12);
  });
});
