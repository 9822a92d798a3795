import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { withLayers } from '../../src/engine/place';
import { endsOf } from '../../src/engine/study-ends';
import { Matrix } from '../../src/linalg/matrix';
import { Random } from '../../src/linalg/random';
import { angularShape } from '../../src/methods/compare/angular-shape';
import { linearCka } from '../../src/methods/compare/linear-cka';
import { linearRegression } from '../../src/methods/compare/linear-regression';
import { rsa } from '../../src/methods/compare/rsa';
import type { Method, Representation } from '../../src/methods/method';
import { ceiling } from '../../src/methods/study/ceiling';
import { depth } from '../../src/methods/study/depth';
import { averagePrecision, groupSeparation } from '../../src/methods/study/groups';
import { identification } from '../../src/methods/study/identification';
import { copheneticDistances } from '../../src/methods/study/linkage';
import { maps } from '../../src/methods/study/maps';
import type { Run, StudyMatrix } from '../../src/methods/study/runs';
import { scoreCorrelation } from '../../src/methods/study/scores';
import type { Comparison } from '../../src/protocol/result';
import type { StudySection } from '../../src/protocol/study';
import { root, temporaryFolder, writeMatrix } from '../unit/engine-files';
import { contextFor, figureOf, runMethod, sampleMatrix } from '../unit/run-method';
import reference from './reference/study.json';

const layers: Representation[] = [0, 1].flatMap((seed) =>
  Array.from({ length: 8 }, (_, i) => ({
    name: `layer${i + 1}`,
    matrix: sampleMatrix(`digits/digits-cnn-seed${seed}-activations.npz`, `layer${i + 1}`),
  })),
);
const networks: Run[] = [0, 1].map((seed) => ({
  name: `seed${seed}`,
  layers: Array.from({ length: 8 }, (_, i) => ({ name: `layer${i + 1}`, place: 8 * seed + i })),
}));
/** Every layer as a run of its own. */
const single: Run[] = layers.map(({ name }, place) => ({ name: `${name} ${place}`, layers: [{ name: '', place }] }));
const depths = single.map((_, i) => (i % 8) + 1);
const groups = depths.map((place) => (place <= 4 ? 'early' : 'late'));
const how = (count = 1000) => ({ count, random: new Random(0), signal: new AbortController().signal });

async function compared(method: Method, inputs: readonly Representation[], parameters = {}) {
  const context = contextFor(450);
  const scores = await method.sweep?.(inputs, inputs, method.parameters.parse(parameters), context);
  const n = inputs.length;
  return Array.from({ length: n }, (_, i) => scores?.values.slice(i * n, (i + 1) * n) ?? []);
}

const cka = compared(linearCka, layers);
const angles = compared(angularShape, layers);
const study = async (runs: readonly Run[], values = cka, better: StudyMatrix['better'] = 'higher') =>
  ({ runs, values: await values, better, title: 'value' }) satisfies StudyMatrix;

function agrees({ values, missing }: StudySection, expected: Readonly<Record<string, number>>, digits = 10): void {
  expect(missing).toBeNull();
  for (const [key, value] of Object.entries(expected)) expect(values[key], key).toBeCloseTo(value, digits);
}

test('the matrices are those of NumPy', async () => {
  for (const [mine, theirs] of [
    [await cka, reference.cka],
    [await angles, reference['angular-shape']],
  ] as const)
    for (const [i, row] of theirs.entries())
      for (const [j, value] of row.entries()) if (i !== j) expect(mine[i]?.[j]).toBeCloseTo(value, 9);
});

test('layers identified', async () => {
  const { values, chance, tables } = await identification(await study(networks), how());
  const { right, found } = reference.identification;
  expect(values).toEqual({ accuracy: right / 16, right, layers: 16 });
  expect(chance.accuracy?.level).toBe(1 / 8);
  expect(tables['best-layers']?.rows.map((row) => row[3])).toEqual(found.map((layer) => `layer${layer + 1}`));
});

describe('groups', () => {
  test('by similarity and by distance, as scikit-learn', async () => {
    agrees(await groupSeparation(await study(single), groups, how(10)), reference.groups);
    const apart = await groupSeparation(await study(single, angles, 'lower'), groups, how(10));
    agrees(apart, reference['groups by distance']);
  });

  test('equal scores are one threshold', () => {
    const area = averagePrecision([3, 3, 2, 2, 2, 1], [true, false, true, false, false, true]);
    expect(area).toBeCloseTo(reference.tied.auprc, 12);
  });

  test('their level of chance', async () => {
    const { chance } = await groupSeparation(await study(single), groups, how(1000));
    for (const key of ['auprc', 'violation-rate'] as const) {
      const { mean, sd } = reference['groups by chance'][key];
      // Four standard errors of both means, of 1,000 and of 4,000 orders.
      expect(Math.abs((chance[key]?.level ?? 0) - mean)).toBeLessThan(4 * sd * Math.sqrt(1 / 1000 + 1 / 4000));
      expect((chance[key]?.sd ?? 0) / sd).toBeCloseTo(1, 0.7);
    }
  });
});

test('correlation with the difference of a score, as SciPy', async () => {
  agrees(await scoreCorrelation(await study(single), depths, 'depth', how(10)), reference.scores);
});

test('order along the layers, run by run', async () => {
  const { tables, values } = await depth(await study(networks), how(10));
  for (const [i, expected] of reference.depth.entries()) {
    const [, , rate, correlation] = tables.runs?.rows[i] ?? [];
    expect(rate).toBeCloseTo(expected['violation-rate'], 12);
    expect(correlation).toBeCloseTo(expected.correlation, 12);
  }
  expect(values['violation-rate']).toBeCloseTo(
    reference.depth.reduce((sum, one) => sum + one['violation-rate'], 0) / 2,
    12,
  );
});

test('grid pattern within a run, as NumPy; the profiles to the labels, a unit for each class, and to what models are given', async () => {
  const { tables } = await depth(await study(networks), how(10));
  expect(tables.runs?.rows.map((row) => Number(row[4]))).toEqual(
    reference.grid.map((value) => expect.closeTo(value, 9)),
  );
  const sample = (name: string) => join(root, 'media/samples', name);
  const inputs = networks.flatMap(({ name, layers: own }) =>
    own.map((layer) => ({ path: sample(`digits/digits-cnn-${name}-activations.npz`), tensor: layer.name })),
  );
  const labels = { path: sample('digits/digits-test-labels.npy') };
  const desk = { signal: new AbortController().signal, progress: () => {} };
  const request = { inputs, labels, measure: 'linear-cka' };
  const around = { base: '', memory: 1e9, threads: 0 };
  const task = { ...around, kind: 'study' as const, request, comparison: {} as Comparison };
  const { labels: found, inputs: none, warnings } = await endsOf(task, [linearCka], desk);
  expect([found?.map(Number), none, warnings]).toEqual([
    reference.labels.map((value) => expect.closeTo(value, 5)),
    [],
    [],
  ]);
  const regression = { ...task, request: { ...request, measure: 'linear-regression' } };
  expect((await endsOf(regression, [linearRegression], desk)).labels).toEqual(
    reference['labels by regression'].map((value) => expect.closeTo(value, 9)),
  );
  const short = { ...task, request: { ...request, labels: { path: sample('words/kjv-word2vec-a.npy') } } };
  expect((await endsOf(short, [linearCka], desk)).warnings.join()).toMatch(/^Not compared with the labels/);
  const model = { data: [{ path: sample('digits/digits-test-images.npy') }], reduce: 'mean' } as const;
  const ofModels = networks.flatMap(({ name, layers: own }) =>
    own.map((layer) => ({ path: sample(`digits/digits-cnn-${name}.onnx`), tensor: `/${layer.name}/Relu`, model })),
  );
  const given = await withLayers({ inputs: ofModels }, around, desk, (placed) =>
    endsOf({ ...task, request: { ...placed, measure: 'linear-cka' } }, [linearCka], desk),
  );
  expect(given).toEqual({
    inputs: [{ name: 'the input', values: reference.input.map((value) => expect.closeTo(value, 5)) }],
    notes: ["the input: 'image' as the model is given it, every value"],
    warnings: [],
  });
});

test('rows without a label are as if they were not there, and said', async () => {
  const folder = temporaryFolder();
  const [first] = layers as [Representation];
  const x = first.matrix.slice(0, 9);
  const classes = ['b', 'a', '', 'c', 'b', '', 'a', 'c', 'b'];
  const labels = { path: join(folder, 'labels.csv'), column: 'kind' };
  writeFileSync(labels.path, `kind\n${classes.map((one) => `"${one}"`).join('\n')}\n`);
  const inputs = [
    {
      path: writeMatrix(
        folder,
        'x.npy',
        Array.from({ length: 9 }, (_, i) => [...x.row(i)]),
      ),
    },
  ];
  const around = { base: '', memory: 1e9, threads: 0, kind: 'study' as const, comparison: {} as Comparison };
  const desk = { signal: new AbortController().signal, progress: () => {} };
  const request = { inputs, labels, measure: 'linear-cka' };
  const { labels: found, warnings } = await endsOf({ ...around, request }, [linearCka], desk);
  const kept = Int32Array.of(0, 1, 3, 4, 6, 7, 8);
  const units = Matrix.of(Array.from(kept, (i) => ['a', 'b', 'c'].map((one) => Number(one === classes[i]))));
  const { values } = await runMethod(linearCka, [x.takeRows(kept), units]);
  expect(found).toEqual([expect.closeTo(values.cka as number, 6)]);
  expect(warnings).toEqual(['Compared with the labels: 2 rows have no "kind" and were left out.']);
});

describe.each([
  ['angular-shape', angles, reference.maps],
  ['linear-cka', cka, reference['maps of arccos cka']],
] as const)('maps by %s', (id, values, expected) => {
  const answer = async () =>
    maps(await study(single, values), id, {}, groups, { signal: new AbortController().signal });

  test('classical scaling, as an eigendecomposition in NumPy', async () => {
    const found = await answer();
    const { kept, negative, correlation, points } = expected;
    agrees(found, { 'runs-kept': kept, 'runs-negative': negative, 'runs-correlation': correlation }, 7);
    const panel = figureOf(found, 'scatter', 'map-of-runs').panels[0];
    for (const [i, [x, y]] of points.entries()) {
      expect(panel?.xs[i]).toBeCloseTo(x as number, 6);
      expect(panel?.ys[i]).toBeCloseTo(y as number, 6);
    }
  });

  test('average linkage and its cophenetic correlation, as SciPy', async () => {
    const found = await answer();
    agrees(found, { 'runs-cophenetic': expected.cophenetic }, 7);
    const tree = figureOf(found, 'tree', 'tree-of-runs');
    for (const [k, { height }] of tree.merges.entries()) expect(height).toBeCloseTo(expected.heights[k] as number, 7);
    expect(Math.max(...copheneticDistances(tree.merges, 16))).toBeCloseTo(expected.heights.at(-1) as number, 7);
  });

  test('an order of the leaves as short as the one that SciPy finds', async () => {
    const { order } = figureOf(await answer(), 'tree', 'tree-of-runs');
    const matrix = await values;
    const far = (i: number, j: number) => (id === 'linear-cka' ? Math.acos(matrix[i]?.[j] as number) : matrix[i]?.[j]);
    const length = order.slice(1).reduce((sum, leaf, k) => sum + (far(order[k] as number, leaf) as number), 0);
    expect(length).toBeCloseTo(expected.length, 7);
    expect([...order].sort((a, b) => a - b)).toEqual(single.map((_, i) => i));
  });
});

describe('noise ceiling, from the RDMs themselves', () => {
  const chosen = reference.ceiling.layers.map((i) => layers[i] as Representation);
  const runs = chosen.map((_, place): Run => ({ name: `${place}`, layers: [{ name: '', place }] }));

  test.each(['pearson', 'spearman', 'cosine'] as const)('RSA by %s', async (comparison) => {
    const matrix = await study(runs, compared(rsa, chosen, { comparison }));
    agrees(await ceiling(matrix, 'rsa', { comparison }), reference.ceiling[comparison], 9);
  });

  test('linear CKA', async () => {
    agrees(await ceiling(await study(runs, compared(linearCka, chosen)), 'linear-cka', {}), reference.ceiling.cka, 9);
  });
});
