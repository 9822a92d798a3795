import { describe, expect, test } from 'vitest';
import { assign } from '../../src/linalg/assignment';
import { solvePositive } from '../../src/linalg/cholesky';
import { symmetricEigen } from '../../src/linalg/eigen';
import { leadingEigen } from '../../src/linalg/leading-eigen';
import { Matrix } from '../../src/linalg/matrix';
import { multiply } from '../../src/linalg/products';
import { Random } from '../../src/linalg/random';
import { chainLinkage, cutTree } from '../../src/methods/match/chain-linkage';
import { coClustering } from '../../src/methods/match/co-clustering';
import { convergentLearning } from '../../src/methods/match/convergent-learning';
import { bestColumns } from '../../src/methods/match/correlation';
import { lassoPath, squaredError } from '../../src/methods/match/lasso';
import { gaussianChance } from '../../src/methods/match/matching-null';
import { binned, informationOf } from '../../src/methods/match/mutual-information';
import { sparsePrediction } from '../../src/methods/match/sparse-prediction';
import { laplacianSpectrum, similarities } from '../../src/methods/match/spectral';
import { unitCorrelations } from '../../src/methods/match/unit-correlations';
import { unitPair } from '../../src/methods/match/unit-pair';
import { inBlocks, type UnitSums, unitSums } from '../../src/methods/match/unit-sums';
import { contextFor, figureOf, runMethod, sampleMatrix } from '../unit/run-method';
import { det, H, planted } from './fixtures';
import reference from './reference/convergent.json';

const layer = (name: string) =>
  [0, 1].map((seed) => sampleMatrix(`digits/digits-cnn-seed${seed}-activations.npz`, name));
const cases = { planted: planted(), layer2: layer('layer2'), layer8: layer('layer8') };

function sumsOf(inputs: readonly Matrix[], held = 0): Promise<UnitSums> {
  const context = contextFor(inputs[0]?.rows ?? 0);
  const named = inputs.map((matrix, i) => ({ name: 'ab'[i] as string, matrix }));
  return unitSums(inBlocks(named, context), { coefficient: 'pearson', held, listed: 1, seed: 0 }, context, 1);
}

describe('published values: six units, shuffled and rescaled, one a mixture, one noise', () => {
  const rounded = (values: ArrayLike<number>) => Array.from(values, (value) => Number(value.toFixed(6)));

  test('best partners and matching', async () => {
    const { ab } = (await sumsOf(planted())).all;
    const best = bestColumns(ab);
    expect([...best]).toEqual([1, 2, 0, 3, 5, 3]);
    const r = rounded([...best].map((j, i) => ab.at(i, j)));
    expect(r).toEqual([0.95819, 0.863828, 0.989102, 0.061984, 0.959824, 0.589564]);
    const back = ab.transpose();
    expect([...bestColumns(back)]).toEqual([2, 0, 1, 0, 4, 4]);
    expect(rounded([...bestColumns(back)].map((j, i) => back.at(i, j)))).toEqual([
      0.989102, 0.95819, 0.863828, 0.730564, 0.087093, 0.959824,
    ]);
    const partners = assign(ab, { maximise: true });
    expect([...partners]).toEqual([1, 2, 0, 4, 5, 3]);
    expect(rounded([ab.at(3, 4)])).toEqual([0.012779]);
    expect(rounded([partners.reduce((sum, j, i) => sum + ab.at(i, j), 0)])).toEqual([4.373287]);
  });

  test('the lasso, by its penalty', async () => {
    const { aa, ab } = (await sumsOf(planted())).all;
    const at = (penalty: number) =>
      Array.from({ length: 6 }, (_, k) => {
        const c = ab.column(k);
        const [point] = lassoPath(aa, c, [penalty]).points;
        if (!point) throw new Error('The path has no point.');
        return { ...point, error: squaredError(aa, (i) => c[i] as number, 1, point.places, point.weights) / 2 };
      });
    const errors = (penalty: number) => at(penalty).map(({ error }) => error);
    const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
    expect(rounded(errors(0))).toEqual([0.010574, 0.04036, 0.126339, 0.039813, 0.494173, 0.038572]);
    expect(rounded([0, 0.05, 0.1, 0.5].map((penalty) => mean(errors(penalty))))).toEqual([
      0.124972, 0.127171, 0.131401, 0.253204,
    ]);
    const sparse = at(0.05);
    expect(sparse.map(({ places }) => places)).toEqual([[2], [0], [1], [0, 5], [4], [4]]);
    expect(sparse.map(({ weights }) => rounded(weights))).toEqual([
      ...[[0.939102], [0.90819], [0.813828], [0.705147, 0.569976]],
      ...[[0.037093], [0.909824]],
    ]);
    expect(at(0.1).map(({ places }) => places.length)).toEqual([1, 1, 1, 2, 0, 1]);
  });

  test('mutual information in ten bins of equal width, before the bias is taken off', () => {
    const context = contextFor(200);
    const [a, b] = planted().map((matrix, i) => binned({ name: 'ab'[i] as string, matrix }, 10, 'width', context));
    if (!a || !b) throw new Error('Two networks were planted.');
    const information = informationOf(a, b, null, context.signal);
    const bias = (i: number, j: number) =>
      (((a.occupied[i] as number) - 1) * ((b.occupied[j] as number) - 1)) / (2 * 200);
    expect(rounded([0, 4].map((j) => information.at(2, j) + bias(2, j)))).toEqual([1.474862, 0.210971]);
    for (const [k, j] of [0, 4].entries())
      expect(information.at(2, j) + bias(2, j)).toBeCloseTo(reference.planted.information[k] as number, 12);
  });

  test('the spectrum, and six clusters', async () => {
    const { all } = await sumsOf(planted());
    const { values } = await laplacianSpectrum(similarities(all, false), 11, contextFor(1));
    expect(rounded(values).slice(1, 8)).toEqual([0.132687, 0.175991, 0.213816, 0.237764, 0.325543, 0.48901, 0.938949]);
    for (const clustering of ['spectral', 'hierarchical']) {
      const { tables } = await runMethod(coClustering, planted(), { clusters: 6, clustering });
      const found = tables?.clusters?.rows.map((row) => `${row[8]}|${row[9]}`).sort();
      expect(found, clustering).toEqual(['0 5|1 3', '1|2', '2|0', '3|', '4|5', '|4']);
    }
  });
});

test.each([
  [6, 6, 3],
  [9, 9, 3],
  [12, 8, 4],
  [6, 12, 2],
])('of %i and %i units the %i planted groups are found, within the sides or not', async (p, q, k) => {
  const sources = det(200, k, 1);
  const side = (units: number, noise: Matrix) =>
    new Matrix(
      noise.data.map((value, at) => sources.at(Math.floor(at / units), at % k) + 0.3 * value),
      200,
      units,
    );
  const inputs = [side(p, det(200, p, 5000)), side(q, det(200, q, 9000))];
  const group = (units: number, c: number) => Array.from({ length: units / k }, (_, i) => c + i * k).join(' ');
  const wanted = Array.from({ length: k }, (_, c) => `${group(p, c)}|${group(q, c)}`);
  for (const blocks of ['all', 'between']) {
    const { tables, figures } = await runMethod(coClustering, inputs, { blocks });
    expect(tables?.clusters?.rows.map((row) => `${row[8]}|${row[9]}`).sort(), blocks).toEqual(wanted);
    const { caption } = figureOf({ figures }, 'line', 'spectrum');
    expect(caption?.includes(`of the first ${Math.min(p, q)}`), blocks).toBe(blocks === 'between');
  }
});

test('predictors that one far row makes the same: R² is said to be of the lasso, with how many units', async () => {
  const [x, y] = [H(40, 4), H(40, 3, 2)];
  x.row(7).set([3e6, -2e6, 5e6, 1e6]);
  const { warnings } = await runMethod(sparsePrediction, [x, y], { held: 0 });
  expect(warnings?.join()).toMatch(/chosen for [1-3] units?, which repeat each other/);
  const fine = await runMethod(sparsePrediction, [H(40, 4), y], { held: 0 });
  expect(fine.warnings?.join()).not.toContain('repeat each other');
});

test('units of a unit matrix whose one is held out are constant on the rows fitted to alone', async () => {
  const y = Matrix.zeros(60, 61);
  for (let i = 0; i < 60; i++) y.row(i)[i] = 1;
  const { warnings, steps } = await runMethod(sparsePrediction, [H(60, 1), y], { held: 0.25 });
  const held = steps?.join().match(/(\d+) of 60 rows held out/)?.[1];
  expect(warnings?.[0]).toMatch(/^1 of 61 units of \S+ is constant \(60\) and carries no information\.$/);
  expect(warnings?.[1]).toMatch(new RegExp(`^${held} of 61 units of \\S+ are constant on the rows fitted to \\(`));
});

describe.each(reference.far)(
  'predictors that a row $factor times as far makes nearly the same',
  ({ factor, fitted, held }) => {
    const x = det(60, 5, 1);
    const inputs = async () => {
      const y = await multiply(x, det(5, 5, 7));
      const moved = x.map((value, k) => (Math.floor(k / 5) === 3 ? factor * value : value));
      return [moved, y];
    };

    test.each([
      [0, fitted],
      [0.2, held],
    ])('least squares on all of them, share %d of the rows held out', async (share, wanted) => {
      const { values } = await runMethod(sparsePrediction, await inputs(), { held: share });
      for (const [key, value] of Object.entries(wanted)) expect((values[key] as number) / value, key).toBeCloseTo(1, 8);
    });

    test('mixtures of them are not rare, and rows in blocks give the same', async () => {
      const given = await inputs();
      const choice = { held: 0, permutations: 0 };
      const whole = await runMethod(convergentLearning, given, choice);
      expect(whole.values['r2-all']).toBeCloseTo((fitted['r2-all'] + fitted['r2-all-reverse']) / 2, 8);
      const ofMixtures = whole.tables?.units?.rows.filter(([side]) => side === 'b').map((row) => row[2]);
      expect(ofMixtures).not.toContain('rare');
      const context = contextFor(60);
      const stream = {
        ...inBlocks(
          given.map((matrix, i) => ({ name: 'ab'[i] as string, matrix })),
          context,
        ),
        room: 11_000,
      };
      const blocks = await convergentLearning.stream?.(stream, convergentLearning.parameters.parse(choice), context);
      expect(blocks?.steps?.join()).toMatch(/read in blocks of \d rows/);
      expect(blocks?.values['r2-all']).toBeCloseTo(whole.values['r2-all'] as number, 8);
    });
  },
);

test('units too far apart in scale for their products are refused in words, and none is called constant', async () => {
  const small = H(40, 4).map((value, k) => (k % 4 === 2 ? value * 1e-170 : value));
  for (const method of [sparsePrediction, coClustering, convergentLearning, unitCorrelations])
    await expect(runMethod(method, [small, H(40, 3, 2)]), method.id).rejects.toThrow(
      /^a has a unit, 2, that varies less/,
    );
  const within = H(40, 4).map((value, k) => (k % 4 === 2 ? value * 2 ** -460 : value));
  const { values } = await runMethod(sparsePrediction, [within, H(40, 3, 2)], { held: 0 });
  const { values: wanted } = await runMethod(sparsePrediction, [H(40, 4), H(40, 3, 2)], { held: 0 });
  for (const [key, value] of Object.entries(wanted)) expect(values[key], key).toBeCloseTo(value as number, 9);
});

test('a network against a copy with its units in another order', async () => {
  const x = sampleMatrix('digits/digits-cnn-seed0-activations.npz', 'layer2');
  const order = [...new Random(3).permutation(x.columns)];
  const y = x.takeColumns(order);
  const { all, units } = await sumsOf([x, y]);
  const partners = assign(all.ab, { maximise: true });
  partners.forEach((j, i) => {
    expect(order[units[1].kept[j] as number]).toBe(units[0].kept[i]);
    expect(all.ab.at(i, j)).toBeCloseTo(1, 12);
  });
  const { values, tables } = await runMethod(sparsePrediction, [x, y]);
  expect(values.r2).toBeCloseTo(1, 9);
  expect(values.units).toBe(1);
  for (const row of tables?.units?.rows ?? []) expect(String(row[6])).toBe(`${order[Number(row[0])]} +1.00`);
  const clusters = (await runMethod(coClustering, [x, y])).values;
  for (const key of ['agreement', 'best', 'shared']) expect(clusters[key], key).toBeCloseTo(1, 9);
});

describe.each(Object.entries(cases))('against NumPy, SciPy and scikit-learn: %s', (name, inputs) => {
  const expected = reference[name as keyof typeof cases];

  test('correlations within and between', async () => {
    for (const [parameters, wanted] of [
      [{}, expected.relations],
      [{ sign: 'absolute' }, expected.absolute],
      [{ relation: 'rank' }, expected.rank],
    ] as const) {
      const { values } = await runMethod(unitCorrelations, inputs, parameters);
      for (const [key, value] of Object.entries(wanted)) expect(values[key], key).toBeCloseTo(value, 10);
    }
  });

  test('sparse prediction on rows held out', async () => {
    const { values, steps } = await runMethod(sparsePrediction, inputs);
    for (const [key, value] of Object.entries(expected.prediction)) expect(values[key], key).toBeCloseTo(value, 5);
    expect(steps?.[1]).toContain(`${expected.held} of `);
  });

  test('spectrum, clusters and subspaces', async () => {
    const { all } = await sumsOf(inputs);
    const { values } = await laplacianSpectrum(similarities(all, false), 11, contextFor(1));
    for (const [k, value] of expected.eigenvalues.entries()) expect(values[k]).toBeCloseTo(value, 9);
    const spectral = await runMethod(coClustering, inputs);
    expect(spectral.values.clusters).toBe(expected.gap);
    for (const key of ['agreement', 'best'] as const)
      expect(spectral.values[key], key).toBeCloseTo(expected.spectral[key], 8);
    const distances = similarities(all, false);
    for (let k = 0; k < distances.data.length; k++) distances.data[k] = 1 - (distances.data[k] as number);
    const merges = chainLinkage(distances);
    for (const [k, height] of expected.heights.entries()) expect(merges[k]?.height).toBeCloseTo(height, 10);
    const wanted = expected.hierarchical.clusters;
    const cut = cutTree(merges, merges.length + 1, wanted.length);
    const found = wanted.map((_, c) => [...cut.keys()].filter((unit) => cut[unit] === c));
    expect(found.sort((a, b) => (a[0] as number) - (b[0] as number))).toEqual(wanted);
    const tree = await runMethod(coClustering, inputs, { clustering: 'hierarchical', clusters: wanted.length });
    for (const key of ['agreement', 'best'] as const)
      expect(tree.values[key], key).toBeCloseTo(expected.hierarchical[key], 8);
  });
});

describe('the report', () => {
  const classesOf = (rows: readonly (readonly unknown[])[] | undefined, side: string) =>
    (rows ?? []).filter((row) => row[0] === side).map((row) => row[2]);

  test('classes what was planted: found again, a mixture, rare', async () => {
    const { values, tables } = await runMethod(convergentLearning, planted());
    expect(values.correlation).toBeCloseTo(0.728881, 6);
    expect(values.semi).toBeCloseTo(0.737082, 6);
    // Unit 5 of a is what the mixture leaves once unit 0 is taken off: two units of b make it up.
    expect(classesOf(tables?.units?.rows, 'a')).toEqual([
      ...['convergent', 'convergent', 'convergent', 'rare', 'convergent', 'split'],
    ]);
    expect(tables?.units?.rows[5]?.[13]).toMatch(/^3 \+\d.\d\d, 1 −/);
    expect(classesOf(tables?.units?.rows, 'b')).toEqual([
      ...['convergent', 'convergent', 'convergent', 'split', 'rare', 'convergent'],
    ]);
    expect(tables?.pairs?.rows.map(([unit, partner]) => [unit, partner])[0]).toEqual([2, 0]);
  });

  test('chance from the normal limit is that of rows paired at random', async () => {
    const inputs = cases.layer2;
    const by = await runMethod(convergentLearning, inputs, { permutations: 30 });
    const { all } = await sumsOf(inputs);
    const score = (r: Matrix) => {
      const partners = assign(r, { maximise: true });
      return { correlation: partners.reduce((sum, j, i) => sum + r.at(i, j), 0) / r.rows };
    };
    const normal = await gaussianChance(all, score(all.ab), 30, score, contextFor(450), [0, 1]);
    const [a, b] = [by.chance?.correlation, normal.correlation];
    const error = Math.hypot(a?.sd ?? 0, b?.sd ?? 0) / Math.sqrt(30);
    expect(Math.abs((a?.level ?? 0) - (b?.level ?? 0))).toBeLessThan(4 * error);
    expect((a?.sd ?? 0) / (b?.sd ?? 1)).toBeGreaterThan(0.5);
    expect((a?.sd ?? 0) / (b?.sd ?? 1)).toBeLessThan(2);
  });

  test('a unit with one value only is told as dead, and rows in blocks give the same', async () => {
    const [x, y] = planted();
    const dead = y.takeColumns([0, 1, 2, 3, 4, 5, 5]);
    for (let i = 0; i < dead.rows; i++) dead.data[i * 7 + 2] = 3;
    const whole = await runMethod(convergentLearning, [x, dead]);
    expect(classesOf(whole.tables?.units?.rows, 'b')[2]).toBe('dead');
    expect(whole.warnings?.[0]).toMatch(/^1 of 7 units of b is constant \(2\)/);
    const context = contextFor(200);
    const stream = {
      ...inBlocks(
        [x, dead].map((matrix, i) => ({ name: 'ab'[i] as string, matrix })),
        context,
      ),
      room: 1e5,
    };
    const parts = await convergentLearning.stream?.(stream, convergentLearning.parameters.parse({}), context);
    for (const key of ['correlation', 'r2', 'agreement', 'convergent'])
      expect(parts?.values[key], key).toBeCloseTo(whole.values[key] as number, 10);
    expect(parts?.tables?.units?.rows.map((row) => row.slice(14))).toEqual(
      whole.tables?.units?.rows.map((row) => row.slice(14)),
    );
  });

  test('two units side by side: the rows on which each is largest, and how the other answers', async () => {
    const [x, y] = planted();
    const { values, tables } = await runMethod(unitPair, [x, y], { unit: 2, partner: 0, samples: 3 });
    expect(values.correlation).toBeCloseTo(0.989102, 6);
    const sorted = [...x.column(2).entries()].sort((a, b) => b[1] - a[1]).slice(0, 3);
    expect(tables?.['largest-first']?.rows).toEqual(sorted.map(([row, value]) => [row, value, y.at(row, 0)]));
    await expect(runMethod(unitPair, [x, y], { unit: 6 })).rejects.toThrow('a has no unit 6: its 6 units are 0 to 5.');
  });
});

describe('linear algebra of its own', () => {
  const random = new Random(5);
  const normal = (rows: number, columns: number) =>
    new Matrix(
      Float64Array.from({ length: rows * columns }, () => random.normal()),
      rows,
      columns,
    );

  test('a positive definite system is solved, block by block', async () => {
    const x = normal(200, 150);
    const a = await multiply(x, x, { transposeA: true });
    const w = normal(150, 7);
    const solved = await solvePositive(a, await multiply(a, w));
    for (let k = 0; k < w.data.length; k++) expect(solved.data[k]).toBeCloseTo(w.data[k] as number, 8);
    await expect(solvePositive(Matrix.zeros(3, 3), normal(3, 1))).rejects.toThrow(RangeError);
  });

  test('the leading eigenpairs of XᵀX are those of XXᵀ', async () => {
    const x = normal(60, 1250);
    const some = await leadingEigen(await multiply(x, x, { transposeA: true }), 9);
    const all = await symmetricEigen(await multiply(x, x, { transposeB: true }));
    for (let k = 0; k < 9; k++) {
      const value = all.values[k] as number;
      expect((some.values[k] as number) / value).toBeCloseTo(1, 9);
      const turned = await multiply(x, new Matrix(some.vectors.column(k), 1250, 1));
      const along = turned.data.reduce((sum, one, i) => sum + one * all.vectors.at(i, k), 0);
      expect(Math.abs(along) / Math.sqrt(value)).toBeCloseTo(1, 10);
    }
  });
});
