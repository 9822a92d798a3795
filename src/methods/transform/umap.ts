import { z } from 'zod';
import { Matrix } from '../../linalg/matrix';
import { UserError } from '../../protocol/errors';
import type { Sparse } from '../embed/sparse';
import { type Context, defineMethod, type Outcome, type Representation } from '../method';
import { ranged } from '../shared/centred';
import { componentsOf, fuzzyGraph } from './fuzzy-graph';
import { fitCurve, layOut } from './layout';
import { dimensionsParameter, faithfulnessValues, judgeParameters, mapOutcome, metricParameter } from './map';
import { neighbourGraph, searchParameters } from './neighbour-graph';
import { spectralMap } from './spectral';
import { startOf } from './tsne';

const parameters = z.object({
  neighbours: z.int().min(2).max(1000).default(15).meta({
    title: 'Neighbours',
    description:
      'Rows that each row is tied to, itself counted as the first of them: few show detail, many show the whole.',
  }),
  dimensions: dimensionsParameter,
  metric: metricParameter,
  'min-dist': z.number().min(0).max(10).default(0.1).meta({
    title: 'Least distance',
    description: 'How near rows may lie on the map: small values pack clusters.',
  }),
  spread: z.number().min(0.01).max(100).default(1).meta({
    title: 'Spread',
    description: 'The scale of the map, at least as large as the least distance.',
  }),
  epochs: z.int().min(0).max(100_000).default(0).meta({
    title: 'Epochs',
    description: 'Passes over the edges; 0: 500 up to 10,000 rows and 200 beyond.',
  }),
  negatives: z.int().min(1).max(50).default(5).meta({
    title: 'Negative samples',
    description: 'Random rows that a row is pushed away from each time one of its edges has drawn it.',
  }),
  start: z.enum(['spectral', 'pca', 'random']).default('spectral').meta({
    title: 'Start',
    description:
      'spectral: eigenvectors of the graph; pca: the principal plane; random. A graph of several parts starts from the principal plane.',
  }),
  ...searchParameters,
  ...judgeParameters,
});

export const umap = defineMethod({
  id: 'umap',
  kind: 'transform',
  title: 'UMAP',
  summary: 'Draws the rows by the graph of their neighbours: what is tied is drawn together, all else pushed apart.',
  blindTo: 'blind to large distances and to how dense clusters are; clusters may be torn or made',
  takes: 'one',
  labels: 'optional',
  parameters,
  values: [
    ...faithfulnessValues,
    { key: 'components', title: 'Connected parts of the graph', range: [1, null] },
    { key: 'edges', title: 'Edges of the graph', range: [0, null] },
  ],
  invariances: ['permutation', 'orthogonal', 'scaling', 'translation', 'sign'],
  symmetric: false,
  cost: 'O(n²p) or less for neighbours; O(n k) an epoch for k neighbours',
  formula:
    'w_ij = exp(-max(0, d_ij - rho_i) / sigma_i), rows summing to log2 k, sigma_i at least a thousandth of the mean distance, the row itself counted, w ∪ w^T = w + w^T - w∘w^T; cross-entropy to 1 / (1 + a |y_i - y_j|^2b) by sampled gradient steps',
  tex: String.raw`\min_Y \sum_{i<j} w_{ij} \log\frac{w_{ij}}{v_{ij}} + (1-w_{ij}) \log\frac{1-w_{ij}}{1-v_{ij}}, \qquad v_{ij} = \frac{1}{1 + a \lVert y_i-y_j\rVert^{2b}}`,
  citation:
    'McInnes, Healy, Melville (2018). UMAP: uniform manifold approximation and projection for dimension reduction. arXiv:1802.03426',
  async run([input], chosen, context) {
    const { name, matrix } = ranged(input as Representation);
    const [n, m] = [matrix.rows, chosen.dimensions];
    if (n < 4) throw new UserError(`There are ${n} rows; UMAP needs four or more.`);
    if (chosen['min-dist'] > chosen.spread)
      throw new UserError(
        `The least distance, ${chosen['min-dist']}, is larger than the spread, ${chosen.spread}. Make it smaller, or the spread larger.`,
      );
    const k = Math.min(chosen.neighbours, n) - 1;
    context.reserve(n * (k * 96 + 8 * m * 4 + 350), 'UMAP');
    const near = await neighbourGraph(matrix, k, chosen, context);
    const { graph } = fuzzyGraph(near, context);
    const components = componentsOf(graph);
    context.progress(0.25, 'Start');
    const start = await placed(
      matrix,
      graph,
      m,
      components > 1 && chosen.start === 'spectral' ? 'pca' : chosen.start,
      context,
    );
    const epochs = chosen.epochs > 0 ? chosen.epochs : n <= 10_000 ? 500 : 200;
    const y = start.y;
    const curve = fitCurve(chosen['min-dist'], chosen.spread);
    layOut(graph, y, m, { epochs, negatives: chosen.negatives, curve }, context);
    centre(y, m);
    const outcome = await mapOutcome(
      {
        ...{ name, of: matrix, map: new Matrix(y, n, m), metric: chosen.metric },
        axes: ['UMAP 1', 'UMAP 2', 'UMAP 3'],
        title: 'UMAP',
        caption: `Each point is a row, tied to its ${k} nearest. Gaps between clusters and their sizes mean little.`,
      },
      chosen,
      context,
    );
    return {
      ...outcome,
      values: { ...outcome.values, components, edges: graph.values.length / 2 },
      representations: outcome.representations.map((one) => ({ ...one, name: `${name} UMAP` })),
      steps: [
        near.step,
        start.step,
        `${epochs} epochs, ${chosen.negatives} negative samples, seed ${context.random.seed}; a = ${curve.a.toFixed(4)}, b = ${curve.b.toFixed(4)}`,
        ...outcome.steps,
      ],
      warnings: [
        ...(k + 1 < chosen.neighbours ? [`Each row is tied to ${k} others: there are ${n} rows.`] : []),
        ...(components > 1 && chosen.start === 'spectral'
          ? [`The graph falls into ${components} parts: where they lie to each other comes from the principal plane.`]
          : []),
        ...near.warnings,
        ...outcome.warnings,
      ],
    } satisfies Outcome;
  },
});

/** Where the rows begin: each axis from 0 to 10, as in umap-learn. */
async function placed(
  matrix: Matrix,
  graph: Sparse,
  m: number,
  how: 'spectral' | 'pca' | 'random',
  context: Context,
): Promise<{ y: Float64Array; step: string }> {
  const n = matrix.rows;
  if (how === 'spectral' && n > m + 1) {
    const { vectors, settled } = await spectralMap(graph, m, 1e-4, context);
    const largest = vectors.data.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    const y = vectors.data.map((value) => (10 * value) / largest + 1e-4 * context.random.normal());
    stretch(y, m);
    return { y, step: `start: eigenvectors of the graph${settled ? '' : ', not yet settled'}` };
  }
  const y = await startOf(matrix, m, how === 'random' ? 'random' : 'pca', context);
  stretch(y, m);
  return { y, step: how === 'random' ? `start: random, seed ${context.random.seed}` : 'start: the principal plane' };
}

/** Each axis to between 0 and 10. */
function stretch(y: Float64Array, m: number): void {
  for (let c = 0; c < m; c++) {
    let [low, high] = [Infinity, -Infinity];
    for (let k = c; k < y.length; k += m) {
      low = Math.min(low, y[k] as number);
      high = Math.max(high, y[k] as number);
    }
    for (let k = c; k < y.length; k += m) y[k] = high > low ? (10 * ((y[k] as number) - low)) / (high - low) : 0;
  }
}

function centre(y: Float64Array, m: number): void {
  for (let c = 0; c < m; c++) {
    let sum = 0;
    for (let k = c; k < y.length; k += m) sum += y[k] as number;
    for (let k = c; k < y.length; k += m) y[k] = (y[k] as number) - (sum * m) / y.length;
  }
}
