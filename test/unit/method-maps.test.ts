import { describe, expect, test } from 'vitest';
import { Matrix } from '../../src/linalg/matrix';
import { Random } from '../../src/linalg/random';
import type { Rows } from '../../src/methods/method';
import { axes } from '../../src/methods/transform/axes';
import { heatGeodesic } from '../../src/methods/transform/heat-geodesic';
import { lda } from '../../src/methods/transform/lda';
import { judgedOf } from '../../src/methods/transform/map';
import { mds } from '../../src/methods/transform/mds';
import { pca } from '../../src/methods/transform/pca';
import { phate } from '../../src/methods/transform/phate';
import { poincare } from '../../src/methods/transform/poincare';
import { tsne } from '../../src/methods/transform/tsne';
import { umap } from '../../src/methods/transform/umap';
import { figureOf, runMethod } from './run-method';

/** Two clouds of 40 rows, ten apart along the first unit. */
const random = new Random(0);
const clouds = new Matrix(
  Float64Array.from({ length: 80 * 4 }, (_, k) => random.normal() + (k % 4 === 0 && k < 160 ? 10 : 0)),
  80,
  4,
);
const rows: Rows = {
  index: Int32Array.from({ length: 80 }, (_, i) => i),
  names: Array.from({ length: 80 }, (_, i) => `row ${i}`),
  labels: {
    kind: 'category',
    name: 'cloud',
    categories: ['right', 'left'],
    index: Int32Array.from({ length: 80 }, (_, i) => (i < 40 ? 0 : 1)),
  },
};

describe('custom axes', () => {
  test('lead from one group to another', async () => {
    const chosen = { 'x-from': 'left', 'x-to': 'right' };
    const { representations, values, steps } = await runMethod(axes, [clouds], chosen, { rows });
    const map = representations?.[0]?.matrix as Matrix;
    const middle = (from: number, to: number) =>
      map
        .column(0)
        .subarray(from, to)
        .reduce((sum, x) => sum + x, 0) / 40;
    expect(middle(0, 40) - middle(40, 80)).toBeGreaterThan(9.5);
    expect(values.cosine).toBeCloseTo(0, 9);
    expect(steps?.[0]).toBe('horizontal: left → right; vertical: most variance left');
  });

  test('are given by rows, by names, or wrongly', async () => {
    const to = async (chosen: object) =>
      (await runMethod(axes, [clouds], { ...chosen }, { rows })).representations?.[0]?.matrix;
    expect(await to({ 'x-from': 'row 3', 'x-to': '5' })).toEqual(await to({ 'x-from': '3', 'x-to': 'row 5' }));
    await expect(to({ 'x-from': 'row 3', 'x-to': '3' })).rejects.toThrow(/same point/);
    await expect(to({ 'x-to': 'nobody' })).rejects.toThrow(/neither a category of the labels nor the name of a row/);
    await expect(to({ 'x-to': '99' })).rejects.toThrow(/99/);
  });
});

test('what a map shows is what it made, with labels, and its faithfulness beside it', async () => {
  const { figures, representations, tables, values } = await runMethod(mds, [clouds], {}, { rows });
  const figure = figureOf({ figures }, 'scatter', 'map');
  const map = representations?.[0]?.matrix as Matrix;
  expect([map.rows, map.columns]).toEqual([80, 2]);
  expect(figure.panels[0]?.xs[7]).toBeCloseTo(map.at(7, 0), 4);
  expect(figure.labels?.name).toBe('cloud');
  expect(figure.caption).toContain(`Trustworthiness ${values.trustworthiness?.toFixed(3)}`);
  expect(tables?.faithfulness?.rows.map(([, value]) => value)).toEqual(
    ['trustworthiness', 'continuity', 'kept-neighbours', 'shepard', 'distance-preservation'].map((key) => values[key]),
  );
});

test('three dimensions are shown two by two, and keep more', async () => {
  for (const method of [mds, tsne, umap, heatGeodesic, phate, pca, axes]) {
    const quick = method === tsne ? { iterations: 300 } : method === umap ? { epochs: 50 } : {};
    const three = await runMethod(method, [clouds], { dimensions: 3, ...quick }, { rows });
    expect(three.representations?.[0]?.matrix.columns).toBe(3);
    expect(figureOf(three, 'scatter', 'map').panels).toHaveLength(3);
    expect(three.values.trustworthiness as number).toBeGreaterThan(0.85);
  }
  // Of more the first three; of classes in four places all that tells them apart; of a ball its shadows.
  const four = await runMethod(pca, [clouds], { dimensions: 4 });
  expect(figureOf(four, 'scatter', 'map').panels.map(({ x, y }) => [x.label.slice(0, 4), y.label.slice(0, 4)])).toEqual(
    [
      ['PC 1', 'PC 2'],
      ['PC 1', 'PC 3'],
      ['PC 2', 'PC 3'],
    ],
  );
  const ball = await runMethod(poincare, [clouds], { dimensions: 3 });
  const { panels } = figureOf(ball, 'scatter', 'disc');
  expect(panels.every(({ disc }) => disc)).toBe(true);
  expect([panels[0]?.xs, panels[0]?.ys, panels[1]?.ys]).toEqual([panels[1]?.xs, panels[2]?.xs, panels[2]?.ys]);
  for (let i = 0; i < 80; i++)
    expect(Math.hypot(panels[0]?.xs[i] ?? 1, panels[0]?.ys[i] ?? 1, panels[1]?.ys[i] ?? 1)).toBeLessThan(1);
});

test('a third axis is named, made perpendicular, and empty where nothing is left', async () => {
  const chosen = { dimensions: 3, 'x-from': '0', 'x-to': '1', 'y-from': '2', 'y-to': '3', 'z-from': '4', 'z-to': '5' };
  const made = await runMethod(axes, [clouds], chosen, { rows });
  const map = made.representations?.[0]?.matrix as Matrix;
  // Along perpendicular directions distances are no longer than in the space, and all variance is within four.
  const lengths = [0, 1, 2].reduce((sum, c) => sum + map.column(c).reduce((all, value) => all + value ** 2, 0), 0);
  const mean = clouds.data.reduce((sums, value, k) => sums.with(k % 4, (sums[k % 4] ?? 0) + value / 80), [0, 0, 0, 0]);
  const total = clouds.data.reduce((sum, value, k) => sum + (value - (mean[k % 4] ?? 0)) ** 2, 0);
  expect(made.values.shown).toBeCloseTo(lengths / total, 9);
  expect(made.steps?.[0]).toBe('horizontal: 0 → 1; vertical: 2 → 3; third: 4 → 5');
  const within = await runMethod(axes, [clouds], { ...chosen, 'z-from': '0', 'z-to': '1' }, { rows });
  expect(within.warnings?.join()).toContain('the third axis is empty');
  const flat = await runMethod(axes, [clouds], { ...chosen, dimensions: 2 }, { rows });
  expect(flat.warnings?.join()).toContain('A third axis was given and is not drawn');
});

test('a sample that was judged is said, with an interval', async () => {
  const { steps, intervals, values } = await runMethod(pca, [clouds], { 'judged-rows': 30 }, { rows });
  expect(steps?.join()).toContain(
    '30 of 80 rows, drawn at random: neighbours against all, distances among those drawn',
  );
  const { low = 1, high = 0 } = intervals?.trustworthiness ?? {};
  expect(low < Number(values.trustworthiness) && Number(values.trustworthiness) < high).toBe(true);
  const all = await runMethod(pca, [clouds], {}, { rows });
  expect(all.intervals).toEqual({});
  expect([80, 100_000, 1_000_000, 1e8].map(judgedOf)).toEqual([2000, 2000, 200, 100]);
});

test('of one or two judged rows there are no correlations, of one no spread, and an interval stays within the range', async () => {
  const judging = (count: number) => runMethod(pca, [clouds], { 'judged-rows': count }, { rows });
  const [one, two, three] = [await judging(1), await judging(2), await judging(3)];
  expect(one.warnings?.join()).toContain(
    '1 row judged: correlations of distances take three, and there are no intervals',
  );
  expect(two.warnings?.join()).toContain('2 rows judged: correlations of distances take three');
  for (const { values, reading } of [one, two]) {
    expect([values.shepard, values['distance-preservation']]).toEqual([null, null]);
    expect(reading).not.toMatch(/correlate|too little/);
  }
  expect(one.intervals).toEqual({});
  expect(three.values.shepard).not.toBeNull();
  const ends = [two, three].flatMap(({ intervals }) =>
    Object.values(intervals ?? {}).flatMap(({ low, high }) => [low, high]),
  );
  expect(ends.length).toBeGreaterThan(6);
  expect(ends.every((end) => end > 0 && end < 1)).toBe(true);
});

test('a map of few rows that keeps nearly all neighbours is not said to be at chance', async () => {
  const few = clouds.slice(0, 30).columnBand(0, 2);
  const { reading, values } = await runMethod(pca, [few]);
  expect(values['kept-neighbours']).toBe(1);
  expect(reading).toContain('Of the 10 nearest rows of a row, 100 % are among');
});

test('where all rows are equally far there are no neighbours to keep, whatever the map is', async () => {
  const same = new Matrix(new Float64Array(40).fill(3), 20, 2);
  const corners = new Matrix(
    Float64Array.from({ length: 144 }, (_, k) => (k % 13 === 0 ? 1 : 0)),
    12,
    12,
  );
  for (const x of [same, corners])
    for (const method of [pca, mds, tsne]) {
      const { values, warnings } = await runMethod(method, [x], method === tsne ? { iterations: 250 } : {});
      expect([values.trustworthiness, values.continuity, values['kept-neighbours']]).toEqual([null, null, null]);
      expect(warnings?.join()).toContain('no row is nearer than another');
    }
});

test('LDA tells classes without spread from classes of the same mean, and names units that lie still within them', async () => {
  const of = (...index: number[]) => ({
    rows: {
      index: Int32Array.from(index.keys()),
      labels: { kind: 'category', name: 'kind', categories: ['a', 'b', 'c'], index: Int32Array.from(index) } as const,
    },
  });
  const corner = [
    [0, 0, 0],
    [1, 0, 0],
    [0, 1, 0],
  ];
  const pairs = Matrix.of(corner.flatMap((row) => [row, row]));
  const apart = await runMethod(lda, [pairs], {}, of(0, 0, 1, 1, 2, 2));
  expect(apart.warnings?.join()).toContain('The rows of each class are all the same');
  expect(`${apart.reading} ${apart.warnings?.join()}`).not.toMatch(/No direction|means of the classes/);
  const same = await runMethod(lda, [Matrix.of([...corner, ...corner])], {}, of(0, 0, 0, 1, 1, 1));
  expect(same.warnings?.join()).toContain('The means of the classes are the same');
  // A third of 0.1 three times is not 0.1: what is left of it is no spread.
  const classes = [0, 0, 0, 1, 1, 1, 2, 2, 2];
  const moving = classes.map((c, i) => [Math.sin(i * i) + c, Math.cos(3 * i) - 2 * c]);
  const still = moving.map((row, i) => [...row, 0.1 * ((classes[i] as number) + 1)]);
  const [without, wider] = [
    await runMethod(lda, [Matrix.of(moving)], {}, of(...classes)),
    await runMethod(lda, [Matrix.of(still)], {}, of(...classes)),
  ];
  expect(wider.warnings?.join()).toContain('Classes differ in 1 of 3 units that has one value within each class (2)');
  expect(without.warnings?.join()).not.toContain('Classes differ');
  const maps = [without, wider].map(({ representations }) => representations?.[0]?.matrix as Matrix);
  for (const [k, value] of maps[0]?.data.entries() ?? []) expect(maps[1]?.data[k]).toBeCloseTo(value, 9);
  // The same seen along other axes: no unit lies still, a direction does.
  const turned = still.map(([x = 0, y = 0, z = 0]) => [x + y + z, x - y, x + y - 2 * z]);
  const seen = await runMethod(lda, [Matrix.of(turned)], {}, of(...classes));
  expect(seen.warnings?.join()).toContain('along directions in which the rows of a class do not vary');
});

test('a perplexity that equally near rows do not let t-SNE have is said, with what was reached', async () => {
  const ten = Array.from({ length: 10 }, (_, i) => [Math.sin(i * i), Math.cos(3 * i * i)]);
  const quick = { iterations: 250 };
  // Each row has two copies of itself, between which no Gaussian tells: the entropy of two.
  const copies = await runMethod(tsne, [Matrix.of([...ten, ...ten, ...ten])], { perplexity: 1, ...quick });
  expect(copies.values.perplexity).toBeCloseTo(2, 4);
  expect(copies.warnings?.join()).toContain('No row has the perplexity 1');
  const more = [...ten, ...ten.slice(0, 2), ...ten.slice(0, 2)];
  const tied = more.filter((row, i) => {
    const far = more
      .filter((_, j) => j !== i)
      .map((other) => Math.hypot(...row.map((value, c) => value - (other[c] ?? 0))));
    return far.filter((d) => d === Math.min(...far)).length > 1;
  });
  const some = await runMethod(tsne, [Matrix.of(more)], { perplexity: 1, ...quick });
  expect(some.warnings?.join()).toContain(`${tied.length} of 14 rows have not the perplexity 1`);
  const apart = await runMethod(tsne, [Matrix.of(ten)], { perplexity: 2, ...quick });
  expect(apart.values.perplexity).toBe(2);
  expect(apart.warnings?.join()).not.toContain('perplexity');
});

test('PCA writes as many components as the rows have, in words for one', async () => {
  const line = Matrix.of(Array.from({ length: 9 }, (_, i) => [i, 2 * i, -i]));
  const { representations, values, reading, warnings, steps } = await runMethod(pca, [line], {
    'judged-neighbours': 1,
  });
  const map = representations?.[0]?.matrix as Matrix;
  expect([map.columns, values.dimensions, values.trustworthiness]).toEqual([1, 1, 1]);
  for (let i = 0; i < 9; i++) expect(Math.abs(map.at(i, 0))).toBeCloseTo(Math.sqrt(6) * Math.abs(i - 4), 9);
  expect(reading).toMatch(/^The first component keeps 100 % of the variance\. The nearest row of a row is/);
  expect(warnings?.join()).toContain('The rows span 1 dimension; 2 were asked for.');
  expect(steps?.join()).toContain('with 1 neighbour');
  expect(steps?.join()).not.toContain('1 neighbours');
});

test('neighbours of a search by cells make the same map, near enough', async () => {
  const chosen = { search: 'approximate', recall: 0.9, epochs: 100 };
  const { values, steps } = await runMethod(umap, [clouds], chosen, { rows });
  expect(steps?.[0]).toMatch(/found \(measured on 80 rows\)|all pairs compared/);
  expect(values.trustworthiness as number).toBeGreaterThan(0.8);
});

test('what cannot be mapped is refused in words', async () => {
  await expect(runMethod(lda, [clouds])).rejects.toThrow(/labels/i);
  await expect(runMethod(tsne, [clouds.slice(0, 3)])).rejects.toThrow(/needs four or more/);
  await expect(runMethod(umap, [clouds], { 'min-dist': 2 })).rejects.toThrow(/larger than the spread/);
  const zero = new Matrix(
    Float64Array.from(clouds.data, (value, k) => ([2, 7].includes(Math.floor(k / 4)) ? 3 * Number(k > 19) : value)),
    80,
    4,
  );
  // Rows of a table of which the first ten were left out.
  const rows = { index: Int32Array.from({ length: 80 }, (_, i) => i + 10) };
  for (const method of [mds, tsne, umap]) {
    const refused = (metric: string) => expect(runMethod(method, [zero], { metric }, { rows })).rejects;
    await refused('cosine').toThrow('Row 12 is all zeros and has no cosine with the others. Leave it out, or use');
    await refused('correlation').toThrow('Rows 12, 17 are constant and have no correlation with the others.');
  }
});

test('heat that has evened out tells hardly any distances, and the map says so', async () => {
  const few = clouds.slice(0, 20);
  const warned = async (t: number) => (await runMethod(heatGeodesic, [few], { t })).warnings?.join(' ');
  expect(await warned(20)).toContain('all but evened out');
  expect(await warned(1)).not.toContain('all but evened out');
});

test.each(['classical', 'smacof'])(
  'copies of a row stay equally near, whatever rounding makes of a map: %s',
  async (how) => {
    const plane = Array.from({ length: 20 }, (_, i) => [Math.sin(i * i), Math.cos(3 * i * i)]);
    const { values } = await runMethod(mds, [Matrix.of([...plane, ...plane, ...plane])], {
      how,
      'judged-neighbours': 4,
    });
    for (const key of ['trustworthiness', 'continuity', 'kept-neighbours', 'distance-preservation'])
      expect(values[key], key).toBeCloseTo(1, 12);
  },
);

test.each([phate, heatGeodesic])('a graph that reaches to all other rows says to how many', async (method) => {
  const { steps } = await runMethod(method, [clouds.slice(0, 12)], { neighbours: 50 });
  expect(steps?.join()).toMatch(/reach to neighbour 11 \(the last; 50 was asked for\), 66 edges/);
});

test('of rows that are all the same the entropy bends nowhere, and one step is taken', async () => {
  const { values, steps } = await runMethod(phate, [Matrix.of(Array.from({ length: 9 }, () => [1, 2]))], {});
  expect(values.steps).toBe(1);
  expect(steps).toContain('1 step: the entropy of the eigenvalues is the same after any number');
});
