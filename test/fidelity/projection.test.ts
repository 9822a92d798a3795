import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { Matrix } from '../../src/linalg/matrix';
import { condensed } from '../../src/linalg/points';
import type { Method, Outcome, Rows } from '../../src/methods/method';
import { divergence, gradient, pairsOf } from '../../src/methods/transform/descent';
import { faithfulness } from '../../src/methods/transform/faithfulness';
import { componentsOf, fuzzyGraph } from '../../src/methods/transform/fuzzy-graph';
import { fitCurve } from '../../src/methods/transform/layout';
import { lda } from '../../src/methods/transform/lda';
import { neighbourGraph } from '../../src/methods/transform/neighbour-graph';
import { pca } from '../../src/methods/transform/pca';
import { exactRepulsion, gridRepulsion } from '../../src/methods/transform/repulsion';
import { classicalMap, smacof } from '../../src/methods/transform/scaling';
import { similarities } from '../../src/methods/transform/similarities';
import { spectralMap } from '../../src/methods/transform/spectral';
import { tsne } from '../../src/methods/transform/tsne';
import { umap } from '../../src/methods/transform/umap';
import { contextFor, runMethod, sampleMatrix } from '../unit/run-method';

// By scikit-learn, umap-learn, SciPy and NumPy: reference/projection.py.
const reference = JSON.parse(readFileSync(join(import.meta.dirname, 'reference/projection.json'), 'utf8'));
const images = sampleMatrix('digits/digits-test-images.npy');
const words = sampleMatrix('words/kjv-fasttext.npy').slice(0, 500);
const exact = { metric: 'euclidean', search: 'exact', recall: 1 } as const;
const context = contextFor(450);

/** sin(i + 1) * 5 and cos(2i) * (3 + i mod 7), times a size: a map that anybody can write down again. */
function plane(n: number, size = 1): Matrix<Float64Array> {
  const of = (_: unknown, k: number) => {
    const i = Math.floor(k / 2);
    return size * (k % 2 === 0 ? 5 * Math.sin(i + 1) : Math.cos(2 * i) * (3 + (i % 7)));
  };
  return new Matrix(Float64Array.from({ length: 2 * n }, of), n, 2);
}

function near(values: ArrayLike<number>, expected: readonly number[], tolerance: number): void {
  for (const [i, value] of expected.entries())
    expect(Math.abs((values[i] as number) - value), `${i}: ${values[i]} for ${value}`).toBeLessThan(tolerance);
}

/** The first rows of a map, up to the sign of each column. */
function nearColumns(map: Matrix, rows: readonly (readonly number[])[], tolerance: number): void {
  for (let c = 0; c < (rows[0]?.length ?? 0); c++) {
    const own = rows.map((_, i) => map.at(i, c));
    const theirs = rows.map((row) => row[c] as number);
    const sign = Math.sign(own.reduce((sum, value, i) => sum + value * (theirs[i] as number), 0));
    near(
      own.map((value) => sign * value),
      theirs,
      tolerance,
    );
  }
}

const mapOf = ({ representations }: Outcome) => representations?.[0]?.matrix as Matrix;
const digitRows = (): Rows => {
  const file = readFileSync(join(import.meta.dirname, '../../media/samples/digits/digits-test-labels.npy'));
  const labels = new BigInt64Array(file.buffer.slice(file.byteOffset + 128, file.byteOffset + file.length));
  return {
    index: Int32Array.from({ length: 450 }, (_, i) => i),
    labels: {
      ...{ kind: 'category', name: 'digit' },
      categories: Array.from('0123456789'),
      index: Int32Array.from(labels, Number),
    },
  };
};

describe('how faithful a map is, by scikit-learn and SciPy', () => {
  test.each([
    ['plane', images, 'euclidean'],
    ['cosine', words, 'cosine'],
  ] as const)('%s', async (name, x, metric) => {
    const judged = await faithfulness(x, plane(x.rows), { k: 10, rows: 2000, metric }, contextFor(x.rows));
    const expected = reference.judged[name];
    // Pixels are whole numbers: equal distances are ranked in any order there.
    const ranks = x === images ? 5e-5 : 1e-12;
    near([judged.trustworthiness, judged.kept], [expected.trustworthiness, expected['kept-neighbours']], ranks);
    near([judged.shepard, judged.preservation], [expected.shepard, expected['distance-preservation']], 1e-7);
    if (expected.continuity !== null) near([judged.continuity], [expected.continuity], ranks);
  });

  test('distances that differ by rounding alone are equal, as a map has them', async () => {
    const along = [
      [1, 2, 3],
      [3, 1, 2],
      [2, 3, 1],
    ];
    const x = Array.from({ length: 30 }, (_, i) =>
      along.map((_, j) => Math.exp(Math.sin(i)) * (along[i % 3]?.[j] as number)),
    );
    const corners = x.map((_, i) => [0, 1, 2].map((c) => (i % 3 === c ? 1 : 0)));
    const chosen = { k: 10, rows: 30, metric: 'cosine' } as const;
    const { preservation } = await faithfulness(Matrix.of(x), Matrix.of(corners), chosen, contextFor(30));
    expect(preservation).toBeCloseTo(1, 12);
  });

  test.each([
    [7, 5],
    [20, 40],
  ])('a lattice of side %i turned into %i dimensions is kept as it is, with all its ties', async (side, width) => {
    // Two perpendicular directions of length one.
    const along = [0, 1].map((c) =>
      Array.from(
        { length: width },
        (_, j) => Math.sqrt(2 / width) * Math.cos(((2 * j + 1) * (c + 1) * Math.PI) / (2 * width)),
      ),
    );
    const [first, second] = along as [number[], number[]];
    const turned = Array.from({ length: side * side }, (_, i) =>
      first.map((value, j) => Math.floor(i / side) * value + (i % side) * (second[j] as number)),
    );
    const { values } = await runMethod(pca, [Matrix.of(turned)]);
    for (const key of ['trustworthiness', 'continuity', 'kept-neighbours', 'shepard', 'distance-preservation'])
      expect(values[key], key).toBeCloseTo(1, 12);
  });

  test('a sample of the rows estimates it, and says how well', async () => {
    const all = await faithfulness(images, plane(450), { k: 10, rows: 450, metric: 'euclidean' }, context);
    const some = await faithfulness(images, plane(450), { k: 10, rows: 150, metric: 'euclidean' }, context);
    expect(some.judged).toHaveLength(150);
    expect(Math.abs(some.trustworthiness - all.trustworthiness)).toBeLessThan(4 * some.errors.trustworthiness);
    expect(some.errors.trustworthiness).toBeGreaterThan(0);
  });

  test('a random map is at chance', async () => {
    const { trustworthiness, chance } = await faithfulness(
      images,
      plane(450),
      { k: 10, rows: 450, metric: 'euclidean' },
      context,
    );
    expect(Math.abs(trustworthiness - chance.trustworthiness)).toBeLessThan(0.02);
  });
});

describe('maps by linear algebra', () => {
  test.each(['exact', 'randomised'])('PCA, %s', async (solver) => {
    const outcome = await runMethod(pca, [images], { dimensions: 3, solver });
    nearColumns(mapOf(outcome), reference.pca.rows, 2e-4);
    const total = reference.pca.shares.reduce((sum: number, share: number) => sum + share, 0);
    near([outcome.values.kept as number], [total], 1e-9);
    const two = await runMethod(pca, [images], { solver });
    for (const [key, value] of Object.entries(reference.pca.faithfulness))
      near([two.values[key] as number], [value as number], 5e-4);
  });

  test('supervised LDA', async () => {
    const outcome = await runMethod(lda, [images.toDouble()], { dimensions: 3 }, { rows: digitRows() });
    nearColumns(mapOf(outcome), reference.lda.rows, 1e-8);
    const total = reference.lda.shares.reduce((sum: number, share: number) => sum + share, 0);
    near([outcome.values.separation as number], [total], 1e-9);
  });

  test('classical scaling, and ten steps of majorisation from there', async () => {
    const pairs = await condensed(words.slice(0, 200), 'cosine');
    const distances = Matrix.zeros(200, 200);
    for (let i = 0, at = 0; i < 200; i++)
      for (let j = i + 1; j < 200; j++, at++) {
        distances.data[200 * i + j] = pairs[at] as number;
        distances.data[200 * j + i] = pairs[at] as number;
      }
    const squared = new Matrix(
      distances.data.map((d) => d * d),
      200,
      200,
    );
    const map = await classicalMap(squared, 2, context);
    nearColumns(map, reference.mds.classical, 1e-9);
    const moved = smacof(distances, map, { rounds: 10, tolerance: 0 }, context);
    nearColumns(moved.map, reference.mds.rows, 1e-9);
    const before = smacof(distances, map, { rounds: 9, tolerance: 0 }, context);
    expect(before.stress / reference.mds.stress).toBeCloseTo(1, 9);
    expect(moved.stress).toBeLessThan(before.stress);
  });
});

describe('t-SNE', async () => {
  const { p } = similarities(await neighbourGraph(images, 91, exact, context), 30, context);

  test('similarities as scikit-learn has them', () => {
    // Where two rows are equally near, either is the last of the neighbours.
    expect(Math.abs(p.values.length - reference.tsne.entries)).toBeLessThan(5);
    expect(p.values.reduce((sum, value) => sum + value, 0)).toBeCloseTo(1, 12);
    expect(p.values.reduce((sum, v) => sum + v * v, 0) / reference.tsne.squares).toBeCloseTo(1, 4);
    for (const [i, row] of reference.tsne.rows.entries()) {
      const own = new Float64Array(450);
      for (let e = p.offsets[i] as number; e < (p.offsets[i + 1] as number); e++)
        own[p.indices[e] as number] = p.values[e] as number;
      near(own, row, 1e-9);
    }
  });

  test.each(['small', 'large'])('the gradient as NumPy has it: %s', (which) => {
    const { size, rows, norm, kl } = reference.tsne.gradients[which];
    const y = plane(450, size).data;
    // The large map has a row in eight units of area: what is between the nodes of the grid counts most there.
    for (const [repulsion, tolerance] of [
      [exactRepulsion(450, 2), 1e-4],
      [gridRepulsion(450), 0.03],
    ] as const) {
      const [slope, memory] = [new Float64Array(900), new Float64Array(900)];
      const pairs = pairsOf(p);
      const z = gradient(pairs, y, 2, 1, repulsion, slope, memory);
      expect(Math.abs(Math.hypot(...slope) / norm - 1)).toBeLessThan(tolerance);
      for (const [i, row] of rows.entries()) near(slope.subarray(2 * i, 2 * i + 2), row, tolerance * (norm / 21));
      expect(Math.abs(divergence(pairs, y, 2, z) / kl - 1)).toBeLessThan(tolerance / 10);
    }
  });

  test('the gradient in space is that in a plane which lies across it', () => {
    const pairs = pairsOf(p);
    const flat = plane(450);
    const deep = Float64Array.from({ length: 1350 }, (_, k) =>
      k % 3 === 0 ? flat.at(Math.floor(k / 3), 0) : (k % 3 === 1 ? 0.6 : -0.8) * flat.at(Math.floor(k / 3), 1),
    );
    const [a, b] = [new Float64Array(900), new Float64Array(1350)];
    const z = gradient(pairs, flat.data, 2, 3, exactRepulsion(450, 2), a, new Float64Array(900));
    expect(gradient(pairs, deep, 3, 3, exactRepulsion(450, 3), b, new Float64Array(1350)) / z).toBeCloseTo(1, 12);
    for (let i = 0; i < 450; i++) {
      const [x, y] = [a[2 * i] as number, a[2 * i + 1] as number];
      near(b.subarray(3 * i, 3 * i + 3), [x, 0.6 * y, -0.8 * y], 1e-12);
    }
  });

  test('repulsion on a grid is that over all pairs, at any size of the map', () => {
    for (const size of [1e-5, 0.1, 1]) {
      const y = plane(450, size).data;
      const [a, b] = [new Float64Array(900), new Float64Array(900)];
      const ratio = gridRepulsion(450)(y, b) / exactRepulsion(450, 2)(y, a);
      expect(Math.abs(ratio - 1), `${size}`).toBeLessThan(2e-3);
      const off = Math.hypot(...a.map((value, k) => value - (b[k] as number))) / Math.hypot(...a);
      expect(off, `${size}`).toBeLessThan(0.01);
    }
  });
});

describe('UMAP, as umap-learn and SciPy have it', async () => {
  const { graph, rhos, sigmas } = fuzzyGraph(await neighbourGraph(images, 14, exact, context), context);

  test('its graph', () => {
    near(rhos, reference.umap.rhos, 1e-5);
    near(sigmas, reference.umap.sigmas, 1e-3);
    expect(graph.values.length).toBe(reference.umap.entries);
    expect(graph.values.reduce((sum, value) => sum + value, 0) / reference.umap.sum).toBeCloseTo(1, 5);
    for (const [i, j, weight] of reference.umap.weights) {
      const own = graph.indices.subarray(graph.offsets[i], graph.offsets[i + 1]).indexOf(j);
      near([graph.values[(graph.offsets[i] as number) + own] as number], [weight], 1e-4);
    }
    expect(componentsOf(graph)).toBe(1);
  });

  test('its start', async () => {
    const { vectors, eigenvalues } = await spectralMap(graph, 2, 1e-12, context);
    near(eigenvalues, reference.umap.eigenvalues, 1e-6);
    nearColumns(
      vectors,
      reference.umap.vectors.map((row: number[]) => row.slice(1)),
      1e-4,
    );
  });

  test('its curve', () => {
    for (const [least, [a, b]] of [
      [0.1, reference.umap.curve],
      [0.5, reference.umap.wider],
    ] as const)
      near(Object.values(fitCurve(least, 1)), [a, b], 1e-5);
  });
});

describe('maps are as faithful as those of scikit-learn and umap-learn at equal settings', () => {
  const slack = {
    trustworthiness: 0.01,
    continuity: 0.01,
    'kept-neighbours': 0.02,
    shepard: 0.05,
    'distance-preservation': 0.05,
  };
  const maps: readonly (readonly [string, Matrix, Method])[] = [
    ['digits', images, tsne],
    ['digits', images, umap],
    ['words', words, tsne],
    ['words', words, umap],
  ];
  // Maps are chaotic: how the last digit is rounded leads to another one. Five of ours, in the mean, and three seeds there; the
  // least of each value, less what another seed may cost.
  test.each(maps)('%s', async (name, x, method) => {
    const values: Record<string, number> = {};
    for (let seed = 0; seed < 5; seed++) {
      const rounded = Float64Array.from(x.data, (value, k) => value * (1 + 1e-13 * Math.sin(k * seed)));
      const one = await runMethod(method, [new Matrix(rounded, x.rows, x.columns)], {}, { seed });
      for (const [key, value] of Object.entries(one.values))
        values[key] = (values[key] ?? 0) + (value ?? Number.NaN) / 5;
    }
    const theirs: Record<string, number>[] = reference.maps[name][method.id];
    for (const [key, room] of Object.entries(slack)) {
      const least = Math.min(...theirs.map((one) => one[key] as number));
      expect(values[key] as number, `${method.id} ${key}`).toBeGreaterThan(least - room);
    }
    if (method.id === 'tsne')
      expect(values.divergence as number).toBeLessThan(Math.max(...theirs.map(({ kl }) => kl as number)) + 0.02);
  });
});
