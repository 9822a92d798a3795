import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { readEdges } from '../../src/data/graph';
import { readLabels } from '../../src/data/labels';
import { readTextRows } from '../../src/data/texts';
import { standardiseColumns } from '../../src/linalg/centre';
import { Matrix } from '../../src/linalg/matrix';
import { Random } from '../../src/linalg/random';
import { singularValues } from '../../src/linalg/svd';
import { adjacency, type FastRpOptions, fastRp, sparseProjection } from '../../src/methods/embed/fastrp';
import { murmur3 } from '../../src/methods/embed/ngrams';
import { tfIdf } from '../../src/methods/embed/tfidf';
import { truncatedSvd } from '../../src/methods/embed/truncated-svd';
import { contextFor } from '../unit/run-method';

const samples = join(import.meta.dirname, '../../media/samples');
const limit = 1e9;
// By scikit-learn, SciPy and NumPy: reference/embed.py.
const reference = JSON.parse(readFileSync(join(import.meta.dirname, 'reference/embed.json'), 'utf8'));

describe('hashed TF-IDF with truncated SVD', () => {
  test('MurmurHash3 of texts', () => {
    for (const [text, hash] of reference.murmur3) expect(murmur3(text), text).toBe(hash);
  });

  test.each([
    ['verses', { path: 'text/verses.csv', tensor: 'text' }, 1e-9],
    ['collisions', { path: 'text/verses.csv', tensor: 'text', rows: [0, 120] as const }, 1e-9],
    // More rows than are decomposed as a whole: by iteration, from below.
    ['vocabulary', { path: 'words/kjv-vocabulary.csv', tensor: 'word' }, 1e-3],
  ])('%s as scikit-learn has them', async (name, spec, tolerance) => {
    const { words, characters, bits, sublinear, ...expected } = reference[name];
    const { texts } = await readTextRows(spec, samples, { limit });
    const context = contextFor(texts.length);
    const x = tfIdf(texts, { words, characters, bits, sublinear }, context);
    expect([x.columns, x.values.length]).toEqual([expected.columns, expected.entries]);
    expect(x.values.reduce((sum, value) => sum + value, 0)).toBeCloseTo(expected.sum, 6);
    const k = expected.singular.length;
    const { singular, scores, settled } = await truncatedSvd(x, k, context);
    expect(settled).toBe(true);
    expect(singular).toHaveLength(k);
    for (const [c, value] of singular.entries()) {
      expect(Math.abs(value / expected.singular[c] - 1), `${c}`).toBeLessThan(tolerance);
      expect(value).toBeLessThan(expected.singular[c] * (1 + 1e-9));
    }
    const last = tolerance < 1e-6 ? k : 2;
    for (const [i, row] of expected.scores.entries())
      for (let c = 0; c < last; c++) expect(Math.abs(scores.at(i, c) - row[c])).toBeLessThan(10 * tolerance);
  });
});

/** sin((j k + c + 1)²), thresholded: entries of a projection that anybody can write down again. */
function projection(n: number, k: number): Matrix<Float64Array> {
  const value = Math.sqrt(3 / k);
  const edge = Math.sqrt(3) / 2;
  const of = (_: unknown, e: number) => {
    const h = Math.sin((e + 1) ** 2);
    return h > edge ? value : h < -edge ? -value : 0;
  };
  return new Matrix(Float64Array.from({ length: n * k }, of), n, k);
}

describe('FastRP', () => {
  const karate = async () => {
    const { notes: _, ...edges } = await readEdges({ path: 'graphs/karate-edges.csv' }, samples, { limit });
    return { name: 'karate', ...edges };
  };
  const published: FastRpOptions = {
    weights: [1, 1, 7.81, 45.28],
    beta: -0.628,
    matrix: 'transition',
    normalise: false,
  };

  test('the karate club with a projection by formula', async () => {
    const graph = await karate();
    expect(graph.nodes).toEqual(Array.from({ length: 34 }, (_, i) => `${i}`));
    const r = projection(34, 16);
    expect(r.data.filter((value) => value !== 0).length / r.data.length).toBeCloseTo(0.334559, 6);
    const powers: Matrix<Float64Array>[] = [];
    const sum = fastRp(adjacency(graph, false), r, published, contextFor(34), powers);
    const near = (values: ArrayLike<number>, expected: readonly number[]) => {
      for (const [i, value] of expected.entries()) expect(Math.abs((values[i] as number) - value)).toBeLessThan(6e-7);
    };
    near(powers[0]?.row(0) ?? [], [0.020252, -0.023636, 0.010972, -0.002411]);
    near(powers[3]?.row(0) ?? [], [0.018523, -0.006219, 0.015175, -0.005791]);
    const z = standardiseColumns(sum);
    near(z.row(0), [0.462774, 0.566836, -0.763959, 0.755031]);
    near(z.row(33), [-0.367688, 0.441109, -0.102413, -0.733702]);
    near([Math.hypot(...sum.data)], [30.703533]);
    near(await singularValues(sum), [26.258262, 13.454598, 6.261419, 4.705076, 1.852933]);
  });

  test.each([0, 1, 2])('graph %i by explicit powers of the matrix', async (which) => {
    const { path, k, directed, nodes, rows, ...options } = reference.graphs[which];
    const { notes: _, ...edges } = await readEdges({ path }, samples, { limit });
    const a = adjacency({ name: '', ...edges }, directed);
    // Nodes are counted in another order there: each keeps its row of the projection.
    const place = edges.nodes.map((node) => nodes.indexOf(node));
    const sum = fastRp(a, projection(a.rows, k).takeRows(place), options, contextFor(a.rows));
    expect([...place].sort((i, j) => i - j)).toEqual(place.map((_, i) => i));
    for (const [i, at] of place.entries())
      for (const [c, value] of rows[at].entries()) expect(sum.at(i, c)).toBeCloseTo(value, 10);
  });

  test('one nearest neighbour tells the clubs apart as often as published', async () => {
    const graph = await karate();
    const a = adjacency(graph, false);
    const labels = await readLabels({ path: 'graphs/karate-nodes.csv', column: 'club' }, samples, { limit });
    if (labels.kind !== 'category') throw new Error('The clubs are names.');
    const options: FastRpOptions = { weights: [0, 0, 1, 6.67], beta: -0.9, matrix: 'transition', normalise: true };
    const shares = Array.from({ length: 20 }, (_, seed) => {
      const z = standardiseColumns(fastRp(a, sparseProjection(34, 16, 3, new Random(seed)), options, contextFor(34)));
      const distance = (i: number, j: number) => Math.hypot(...z.row(i).map((value, c) => value - z.at(j, c)));
      const right = graph.nodes.filter((_, i) => {
        const others = graph.nodes.flatMap((_, j) => (j === i ? [] : j));
        const nearest = others.reduce((best, j) => (distance(i, j) < distance(i, best) ? j : best));
        return labels.index[i] === labels.index[nearest];
      });
      return right.length / 34;
    });
    // Published: mean .919, least .882, over seeds of another generator.
    const mean = shares.reduce((sum, share) => sum + share, 0) / shares.length;
    expect(Math.abs(mean - 0.919)).toBeLessThan(0.02);
    expect(Math.min(...shares)).toBeGreaterThan(0.84);
  });

  test('a third of the projection is not zero, and rows keep their length on average', () => {
    const r = sparseProjection(400, 100, 3, new Random(1));
    expect(Math.abs(r.data.filter((value) => value !== 0).length / r.data.length - 1 / 3)).toBeLessThan(0.01);
    expect(Math.abs(r.data.reduce((sum, value) => sum + value * value, 0) / 400 - 1)).toBeLessThan(0.03);
  });
});
