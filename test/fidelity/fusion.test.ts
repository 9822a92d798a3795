import { describe, expect, test } from 'vitest';
import { centreColumns, normaliseRows } from '../../src/linalg/centre';
import { symmetricEigen } from '../../src/linalg/eigen';
import { Matrix } from '../../src/linalg/matrix';
import { crossProduct, multiply } from '../../src/linalg/products';
import { Random } from '../../src/linalg/random';
import { singularValues, svd } from '../../src/linalg/svd';
import { canonicalViews } from '../../src/methods/transform/canonical-views';
import { hyperedgeWeights } from '../../src/methods/transform/hyperedges';
import { graphWeights, mixed, propagate, similarityGraph, viewWeights } from '../../src/methods/transform/propagation';
import { viewFusion } from '../../src/methods/transform/view-fusion';
import { digitRows, digits, rowsOf } from '../unit/labelled-rows';
import { runMethod } from '../unit/run-method';
import { det } from './fixtures';
import reference from './reference/fusion.json';

const of = Int32Array.from({ length: 60 }, (_, i) => i % 3);
const hidden = det(60, 3, 7);
const z = new Matrix(
  hidden.data.map((value, k) => 0.8 * value + (k % 3 === of[Math.floor(k / 3)] ? 2 : 0)),
  60,
  3,
);
const views = await Promise.all(
  [
    [6, 11, 1011],
    [5, 222, 1222],
    [4, 3333, 4333],
  ].map(async ([d = 0, s, t]) => {
    const [image, noise] = [await multiply(z, det(3, d, s)), det(60, d, t)];
    return new Matrix(
      image.data.map((value, k) => value + 0.3 * (noise.data[k] as number)),
      60,
      d,
    );
  }),
);
const centred = views.map((view) => centreColumns(view));
const RIDGES = [1e-4, 1e-4, 1e-4];

test('generalised eigenvalues, which sum to the number of units', async () => {
  const { values } = await canonicalViews(centred, RIDGES, {});
  const expected = [
    2.985286, 2.949187, 2.565566, 1.324073, 1.221921, 1.094205, 0.933614, 0.808104, 0.676293, 0.350341, 0.055101,
    0.01616, 0.009778, 0.006867, 0.003505,
  ];
  for (const [k, value] of expected.entries()) expect(values[k]).toBeCloseTo(value, 6);
  expect(values.reduce((sum, value) => sum + value, 0)).toBeCloseTo(15, 10);
});

test('three identical views share every direction, and weigh the same', async () => {
  const view = centred[0] as Matrix<Float64Array>;
  const { values } = await canonicalViews([view, view, view], RIDGES, {});
  expect(values[0]).toBeCloseTo(2.99998, 5);
  expect(values[5]).toBeCloseTo(2.99465, 5);
  for (const value of values.subarray(6)) expect(Math.abs(value)).toBeLessThan(0.01);
  for (const weight of viewWeights([view, view, view])) expect(weight).toBeCloseTo(1 / 3, 12);
});

test('labels on a path of three nodes', () => {
  const path = [
    new Map([[1, 1]]),
    new Map([
      [0, 1],
      [2, 1],
    ]),
    new Map([[1, 1]]),
  ];
  const f = propagate(graphWeights(path), Matrix.of([[1], [0], [0]]), 0.5, {});
  for (const [i, value] of [7 / 12, Math.SQRT2 / 6, 1 / 12].entries()) expect(f.at(i, 0)).toBeCloseTo(value, 12);
});

test('labels of two rows of each class, spread over three views: against SciPy', async () => {
  const parameters = { standardise: false, labelled: 2, neighbours: 5 };
  const { values, tables } = await runMethod(viewFusion, views, parameters, { rows: rowsOf(of) });
  expect(values.shared).toBe(reference.values.filter((value) => value > 1).length);
  expect(values.agreement).toBeCloseTo(((reference.values[0] as number) - 1) / 2, 9);
  expect(values.accuracy).toBeCloseTo(reference.accuracy, 12);
  expect(values['best-view']).toBeCloseTo(Math.max(...reference.alone), 12);
  for (const [v, row] of (tables?.views?.rows ?? []).entries()) {
    expect(row[1]).toBeCloseTo(reference.weights[v] as number, 8);
    expect(row[2]).toBeCloseTo(reference.alone[v] as number, 12);
  }
  const margins = tables?.rows?.rows.map((row) => row.at(-1)) ?? [];
  expect(margins).toHaveLength(54);
  for (const [i, margin] of reference.margin.entries()) expect(margins[i]).toBeCloseTo(margin, 8);
});

test('of two views that have nothing in common: the canonical correlation, and its mean over pairings, against NumPy', async () => {
  const random = new Random(9);
  const gaussian = (d: number) =>
    new Matrix(
      new Float64Array(400 * d).map(() => random.normal()),
      400,
      d,
    );
  const pair = [gaussian(3), gaussian(5)];
  const { values, chance, reading } = await runMethod(viewFusion, pair, { ridge: 0 });
  const [a, b] = await Promise.all(pair.map(async (view) => (await svd(centreColumns(view))).u));
  const [first] = await singularValues(await crossProduct(a as Matrix, b as Matrix));
  expect(values.agreement).toBeCloseTo(first as number, 9);
  expect([values.shared, chance?.shared?.level, chance?.shared?.sd]).toEqual([3, 3, 0]);
  const { mean, sd } = reference.unrelated;
  expect(Math.abs((chance?.agreement?.level as number) - mean)).toBeLessThan((4 * sd) / Math.sqrt(10));
  expect(chance?.agreement?.how).toMatch(/^Mean of 10 random pairings of the rows/);
  expect(reading).toMatch(
    /^The views share 3 directions \(3\.00 when rows are paired at random\); the first is shared to \d+ % \(\d+ %\)\.$/,
  );
});

test('the same rows in another order have the same eigenvalues; a constant view shares nothing', async () => {
  const { values, paired } = await canonicalViews(centred, RIDGES, {});
  const order = Int32Array.from({ length: 60 }, (_, i) => (7 * i + 3) % 60);
  for (const [k, value] of (await paired([order, order, order])).entries())
    expect(value).toBeCloseTo(values[k] as number, 9);
  const constant = new Matrix(new Float64Array(120).fill(1), 60, 2);
  const { values: none, reading } = await runMethod(viewFusion, [constant, views[0] as Matrix], {});
  expect([none.shared, none.agreement]).toEqual([0, 0]);
  expect(reading).toBe('The views share 0 directions (0 when rows are paired at random).');
});

describe('rows that get no class', () => {
  const run = async (inputs: readonly Matrix[], parameters: Readonly<Record<string, unknown>>) => {
    const { values, tables, warnings } = await runMethod(viewFusion, inputs, parameters, { rows: rowsOf(of) });
    return { values, warnings: warnings?.join(), classes: tables?.rows?.rows.map((row) => row.at(-2)) };
  };

  test('with α = 0 labels stay where they are: F = Y', async () => {
    const { values, warnings, classes } = await run(views, { labelled: 2, alpha: 0 });
    expect(classes).toEqual(Array(54).fill(null));
    expect([values.accuracy, values['best-view']]).toEqual([0, 0]);
    expect(warnings).toContain('54 of 54 rows are reached by no label, or by two classes alike, and got no class');
  });

  test('rows that are all the same are as near to every class', async () => {
    const same = new Matrix(new Float64Array(180).fill(1), 60, 3);
    const { values, classes } = await run([same, same], { labelled: 2 });
    expect(classes).toEqual(Array(54).fill(null));
    expect(values.accuracy).toBe(0);
  });

  test('where every row is reached nothing is said', async () => {
    expect((await run(views, { labelled: 2 })).warnings).not.toContain('got no class');
  });
});

test('the hypergraph, and prototypes trained on the rows nearest to them: against SciPy', async () => {
  const run = async (parameters: object) => {
    const chosen = { standardise: false, labelled: 2, neighbours: 5, ...parameters };
    const { tables, steps } = await runMethod(viewFusion, views, chosen, { rows: rowsOf(of) });
    return { margins: tables?.rows?.rows.map((row) => row.at(-1)), steps };
  };
  const hyper = await run({ hypergraph: 0.75, alpha: 0.35 });
  for (const [i, margin] of reference.hypergraph.entries()) expect(hyper.margins?.[i]).toBeCloseTo(margin, 8);
  expect(hyper.steps).toContain('hypergraph weighing 0.75');
  const trained = await run({ 'self-training': true });
  for (const [i, margin] of reference.trained.entries()) expect(trained.margins?.[i]).toBeCloseTo(margin, 8);
});

describe('as published: views projected as they are, by all directions, two rows of each class as prototypes', async () => {
  const { values, maps } = await canonicalViews(centred, RIDGES, {});
  const nodes: Matrix<Float64Array>[] = [];
  for (const [v, view] of views.entries()) {
    const rows = await multiply(view, maps[v] as Matrix<Float64Array>);
    for (const k of rows.data.keys()) rows.data[k] = (rows.data[k] as number) * (values[k % 15] as number) ** 4;
    const all = new Matrix(new Float64Array(63 * 15), 63, 15);
    all.data.set(rows.data);
    for (let c = 0; c < 3; c++)
      for (let j = 0; j < 15; j++) all.data[(60 + c) * 15 + j] = (rows.at(c, j) + rows.at(c + 3, j)) / 2;
    nodes.push(normaliseRows(all).matrix);
  }
  const seeds = Matrix.zeros(63, 3);
  for (let c = 0; c < 3; c++) seeds.row(60 + c).fill(-1)[c] = 1;
  const graphs = await Promise.all(nodes.map(async (rows) => graphWeights(await similarityGraph(rows, 5, 3, 3, {}))));
  const accuracy = (f: Matrix<Float64Array>) =>
    of.filter((c, i) => f.row(i).every((value, k) => k === c || value < f.at(i, c))).length / 60;

  test('weights of the views, and what each says alone', () => {
    for (const [v, weight] of [0.258958, 0.377849, 0.363192].entries()) {
      expect(viewWeights(nodes)[v]).toBeCloseTo(weight, 6);
      expect(viewWeights(nodes)[v]).toBeCloseTo(reference.published.weights[v] as number, 9);
    }
    const alone = graphs.map((graph) => accuracy(propagate(graph, seeds, 0.5, {})));
    expect(alone.map((share) => share.toFixed(3))).toEqual(['0.900', '1.000', '0.967']);
  });

  test('the hypergraph: symmetric, 1 on its diagonal, no negative eigenvalue, and what it says', async () => {
    const hyper = await hyperedgeWeights(nodes, 5, 3, 3, {});
    const s = new Matrix(new Float64Array(63 * 63), 63, 63);
    for (let x = 0; x < 63; x++)
      s.row(x).set(hyper.times(Float64Array.from({ length: 63 }, (_, k) => (k === x ? 1 : 0))));
    for (let x = 0; x < 63; x++) {
      expect(s.at(x, x)).toBeCloseTo(1, 12);
      expect(s.at(0, x)).toBeCloseTo(reference.published.row[x] as number, 9);
      for (let k = 0; k < x; k++) expect(s.at(x, k)).toBeCloseTo(s.at(k, x), 12);
    }
    const { values: eigenvalues } = await symmetricEigen(s);
    expect(eigenvalues.at(-1)).toBeCloseTo(reference.published.least, 9);
    // Published .0124; by the formulas as they are written, and by NumPy, it is .0181; other orders of the steps give .011 to .029.
    expect(reference.published.least).toBeCloseTo(0.0181, 4);
    expect(accuracy(propagate(hyper, seeds, 0.35, {}))).toBeCloseTo(0.933, 3);
    const weights = viewWeights(nodes);
    const both = mixed([...graphs.map((graph, v) => [0.25 * (weights[v] as number), graph] as const), [0.75, hyper]]);
    const f = propagate(both, seeds, 0.35, {});
    for (const [k, value] of reference.published.both.entries()) expect(f.data[k]).toBeCloseTo(value, 9);
    // Published .950, one row of sixty more: that is what the labels of the views alone come to, added with the priors 1, 1.5 and 1.
    expect(accuracy(f)).toBeCloseTo(0.933, 3);
    const sum = Matrix.zeros(63, 3);
    for (const [v, graph] of graphs.entries()) {
      const [alone, share] = [propagate(graph, seeds, 0.5, {}), (weights[v] as number) * (v === 1 ? 1.5 : 1)];
      for (const k of sum.data.keys()) sum.data[k] = (sum.data[k] as number) + share * (alone.data[k] as number);
    }
    expect(accuracy(sum)).toBeCloseTo(0.95, 12);
  });
});

test('three labelled digits of each class colour the others, better than one view does', async () => {
  const layers = [digits(0, 'layer5'), digits(0, 'layer7'), digits(1, 'layer6')];
  const { values, representations, reading } = await runMethod(
    viewFusion,
    layers,
    { labelled: 3, ridge: 0.1 },
    { rows: digitRows },
  );
  expect(values.labelled).toBe(30);
  expect(values.accuracy).toBeGreaterThan(0.9);
  expect(representations?.[0]?.matrix.rows).toBe(450);
  expect(reading).toContain('From 30 labelled rows');
});

test('without labels it is a fusion alone, and says so; few rows for many units are said', async () => {
  const { values, warnings } = await runMethod(viewFusion, views, {});
  expect(values.accuracy).toBeNull();
  expect(warnings?.join()).toContain('No labels were given');
  const few = views.map((view) => view.slice(0, 10));
  expect((await runMethod(viewFusion, few, {})).warnings?.join()).toContain('There are 15 units for 10 rows');
});
