import { describe, expect, test } from 'vitest';
import { Matrix } from '../../src/linalg/matrix';
import { Random } from '../../src/linalg/random';
import type { Rows } from '../../src/methods/method';
import { axes } from '../../src/methods/transform/axes';
import { heatGeodesic } from '../../src/methods/transform/heat-geodesic';
import { lda } from '../../src/methods/transform/lda';
import { mds } from '../../src/methods/transform/mds';
import { pca } from '../../src/methods/transform/pca';
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
  for (const method of [mds, tsne, umap, heatGeodesic]) {
    const quick = method === tsne ? { iterations: 300 } : method === umap ? { epochs: 50 } : {};
    const three = await runMethod(method, [clouds], { dimensions: 3, ...quick }, { rows });
    expect(three.representations?.[0]?.matrix.columns).toBe(3);
    expect(figureOf(three, 'scatter', 'map').panels).toHaveLength(3);
    expect(three.values.trustworthiness as number).toBeGreaterThan(0.85);
  }
});

test('a sample that was judged is said, with an interval', async () => {
  const { steps, intervals, values } = await runMethod(pca, [clouds], { 'judged-rows': 30 }, { rows });
  expect(steps?.join()).toContain('30 of 80 rows, drawn at random, each against all');
  const { low = 1, high = 0 } = intervals?.trustworthiness ?? {};
  expect(low < Number(values.trustworthiness) && Number(values.trustworthiness) < high).toBe(true);
  const all = await runMethod(pca, [clouds], {}, { rows });
  expect(all.intervals).toEqual({});
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
    Float64Array.from(clouds.data, (value, k) => (k < 4 ? 0 : value)),
    80,
    4,
  );
  for (const method of [mds, tsne, umap]) {
    await expect(runMethod(method, [zero], { metric: 'cosine' })).rejects.toThrow(/all zeros/);
  }
});
