import { z } from 'zod';
import { centreInDouble } from '../../linalg/centre';
import { Matrix } from '../../linalg/matrix';
import { multiply } from '../../linalg/products';
import { UserError } from '../../protocol/errors';
import { count } from '../../protocol/words';
import { type Context, defineMethod, type Outcome, type Representation } from '../method';
import { ranged } from '../shared/centred';
import { principalAxes } from '../shared/pca';
import { Descent, divergence, gradient, pairsOf } from './descent';
import { dimensionsParameter, faithfulnessValues, fixSigns, judgeParameters, mapOutcome, metricParameter } from './map';
import { neighbourGraph, searchParameters } from './neighbour-graph';
import { randomisedAxes } from './pca';
import { exactRepulsion, gridRepulsion } from './repulsion';
import { similarities } from './similarities';

/** Up to so many rows repulsion is summed over all pairs. */
const PAIRS = 4000;
/** In three dimensions it always is. */
const DEEP = 20_000;
const PCA_WIDTH = 1500;

const parameters = z.object({
  perplexity: z.number().min(1).max(1000).default(30).meta({
    title: 'Perplexity',
    description:
      'How many neighbours each row has, in effect; three times as many are looked at. At most a third of the rows.',
  }),
  dimensions: dimensionsParameter,
  metric: metricParameter,
  iterations: z.int().min(250).max(100_000).default(1000).meta({
    title: 'Iterations',
    description: 'Steps of gradient descent, the 250 of early exaggeration among them.',
  }),
  exaggeration: z.number().min(1).max(100).default(12).meta({
    title: 'Early exaggeration',
    description: 'By what similarities are multiplied during the first 250 steps, so that clusters find together.',
  }),
  rate: z.number().min(0).max(1e6).default(0).meta({
    title: 'Learning rate',
    description: '0: n / exaggeration / 4, at least 50 (Belkina et al. 2019).',
  }),
  start: z.enum(['pca', 'random']).default('pca').meta({
    title: 'Start',
    description:
      'pca: the principal plane, of standard deviation 1e-4, which keeps large distances better; random: a Gaussian cloud of this size.',
  }),
  ...searchParameters,
  ...judgeParameters,
});

export const tsne = defineMethod({
  id: 'tsne',
  kind: 'transform',
  title: 't-SNE',
  summary:
    'Draws the rows so that the neighbours of each row stay its neighbours, whatever becomes of large distances.',
  blindTo: 'blind to large distances, to the sizes of clusters and to how dense they are; clusters may be torn or made',
  takes: 'one',
  labels: 'optional',
  parameters,
  values: [
    ...faithfulnessValues,
    { key: 'divergence', title: 'Kullback-Leibler divergence that was left', range: [0, null], better: 'lower' },
    { key: 'perplexity', title: 'Perplexity (mean over rows)', range: [1, null] },
  ],
  invariances: ['permutation', 'orthogonal', 'scaling', 'translation', 'sign'],
  symmetric: false,
  cost: 'O(n²p) or less for neighbours; O(n u) a step for perplexity u, and the area of the map; O(n²) a step up to 4,000 rows',
  formula:
    'argmin_Y Σ p_ij log(p_ij / q_ij), p from Gaussians of the perplexity over the ⌊3u + 1⌋ nearest neighbours, (p_j|i + p_i|j) / 2n, q_ij ~ 1 / (1 + |y_i - y_j|²)',
  tex: String.raw`\min_Y \sum_{i \ne j} p_{ij} \log \frac{p_{ij}}{q_{ij}}, \qquad q_{ij} = \frac{(1 + \lVert y_i - y_j \rVert^2)^{-1}}{\sum_{k \ne l} (1 + \lVert y_k - y_l \rVert^2)^{-1}}`,
  citation:
    'van der Maaten, Hinton (2008). Visualizing data using t-SNE. JMLR 9. Linderman, Rachh, Hoskins, Steinerberger, Kluger (2019). Fast interpolation-based t-SNE. Nature Methods 16. Belkina et al. (2019). Nature Communications 10',
  async run([input], chosen, context) {
    const { name, matrix } = ranged(input as Representation);
    const [n, m] = [matrix.rows, chosen.dimensions];
    if (n < 4) throw new UserError(`There are ${n} rows; t-SNE needs four or more.`);
    if (m === 3 && n > DEEP)
      throw new UserError(
        `In three dimensions t-SNE compares all pairs of rows in every step: ${n} rows are too many, ${DEEP} the most. Take two dimensions, or a sample of the rows (--sample).`,
      );
    const perplexity = Math.min(chosen.perplexity, Math.max(1, (n - 1) / 3));
    const k = Math.min(n - 1, Math.floor(3 * perplexity + 1));
    context.reserve(n * (k * 48 + 8 * m * 6) + (n > PAIRS ? 2e8 : 0), 't-SNE');
    const graph = await neighbourGraph(matrix, k, chosen, context);
    context.progress(0.2, 'Similarities');
    const near = similarities(graph, perplexity, context);
    const p = pairsOf(near.p);
    const wider = near.perplexities.filter((reached) => reached > 1.001 * perplexity).length;
    const reached = wider === 0 ? perplexity : near.perplexities.reduce((sum, value) => sum + value / n, 0);
    const y = await startOf(matrix, m, chosen.start, context);
    const rate = chosen.rate > 0 ? chosen.rate : Math.max(50, n / chosen.exaggeration / 4);
    const descent = new Descent(y, rate);
    const exact = m === 3 || n <= PAIRS;
    const repulsion = exact ? exactRepulsion(n, m) : gridRepulsion(n);
    const [slope, memory] = [new Float64Array(y.length), new Float64Array(y.length)];
    let z = 1;
    for (let step = 0; step < chosen.iterations; step++) {
      context.signal.throwIfAborted();
      context.sketch?.(y, m);
      const early = step < 250;
      if (step === 250) descent.rest();
      if (step % 50 === 0) {
        const left = step > 0 ? `, divergence ${divergence(p, y, m, z).toFixed(3)}` : '';
        context.progress(0.2 + (0.7 * step) / chosen.iterations, `t-SNE, step ${step}${left}`);
      }
      z = gradient(p, y, m, early ? chosen.exaggeration : 1, repulsion, slope, memory);
      descent.step(slope, early ? 0.5 : 0.8);
    }
    z = repulsion(y, memory);
    const left = divergence(p, y, m, z);
    const map = new Matrix(y, n, m);
    fixSigns(map);
    const outcome = await mapOutcome(
      {
        ...{ name, of: matrix, map, metric: chosen.metric },
        axes: ['t-SNE 1', 't-SNE 2', 't-SNE 3'],
        title: 't-SNE',
        caption: `Each point is a row; rows near each other here are near each other in the representation, at perplexity ${Number(perplexity.toPrecision(3))}. Gaps between clusters and their sizes mean little.`,
      },
      chosen,
      context,
    );
    return {
      ...outcome,
      values: { ...outcome.values, divergence: Math.max(0, left), perplexity: reached },
      representations: outcome.representations.map((one) => ({ ...one, name: `${name} t-SNE` })),
      steps: [
        graph.step,
        `${chosen.iterations} steps from ${chosen.start === 'pca' ? 'the principal plane' : `a random start, seed ${context.random.seed}`}, learning rate ${Number(rate.toPrecision(4))}`,
        exact ? 'repulsion over all pairs' : 'repulsion by interpolation on a grid',
        ...outcome.steps,
      ],
      warnings: [
        ...(perplexity < chosen.perplexity
          ? [
              `The perplexity was lowered from ${chosen.perplexity} to ${Number(perplexity.toPrecision(3))}: there are ${n} rows.`,
            ]
          : []),
        ...(wider > 0
          ? [
              `${wider === n ? 'No row has' : `${count(wider)} of ${count(n)} rows have not`} the perplexity ${Number(perplexity.toPrecision(3))}: more rows than that are their nearest, equally near. The mean is ${Number(reached.toPrecision(3))}.`,
            ]
          : []),
        ...graph.warnings,
        ...outcome.warnings,
      ],
    } satisfies Outcome;
  },
});

/** n x m: coordinates of standard deviation 1e-4 along the first axis. Rows that vary in fewer directions get a little noise. */
export async function startOf(
  matrix: Matrix,
  m: number,
  start: 'pca' | 'random',
  context: Context,
): Promise<Float64Array> {
  const n = matrix.rows;
  const cloud = Float64Array.from({ length: n * m }, () => 1e-4 * context.random.normal());
  if (start === 'random') return cloud;
  const centred = centreInDouble(matrix);
  const wide = Math.min(n, matrix.columns) > PCA_WIDTH;
  const axes = wide ? await randomisedAxes(centred, m, context) : (await principalAxes(centred, m, context)).axes;
  if (axes.columns === 0) return cloud;
  const scores = await multiply(centred, axes, context);
  fixSigns(scores);
  let squares = 0;
  for (let i = 0; i < n; i++) squares += scores.at(i, 0) ** 2;
  const factor = 1e-4 / Math.sqrt(squares / n);
  for (let i = 0; i < n; i++)
    for (let c = 0; c < axes.columns; c++)
      cloud[i * m + c] = factor * scores.at(i, c) + 1e-3 * (cloud[i * m + c] as number);
  return cloud;
}
