import { z } from 'zod';
import { squaredDistance } from '../../linalg/distances';
import { Matrix } from '../../linalg/matrix';
import { pearson } from '../../linalg/ranks';
import { UserError } from '../../protocol/errors';
import { count } from '../../protocol/words';
import { defineMethod, type Outcome, type Representation } from '../method';
import { ranged } from '../shared/centred';
import { percent } from '../shared/pca';
import { decayGraph, graphStep } from './decay-graph';
import { componentsOf } from './fuzzy-graph';
import {
  chebyshevHeat,
  chebyshevOrder,
  decompose,
  exactHeat,
  heatDistances,
  laplacianOf,
  largestEigenvalue,
} from './heat-kernel';
import { dimensionsParameter, faithfulnessValues, judgeParameters, mapOutcome } from './map';
import { classicalMap, smacof } from './scaling';

/** Steps of a polynomial, over entries of a sparse matrix or over all pairs, that take as long as each row's share of the eigenvectors. */
const STEPS = 4.5;
/** Terms of such steps that take some seconds. */
const AFFORDABLE = 3e9;
/** Of heat by eigenvectors, the most of which is 1: it was off by some 1e-15, of 20 to 1,500 rows. */
const ROUNDING = 1e-14;
const ROUNDS = 300;

export const graphParameters = {
  neighbours: z.int().min(1).max(1000).default(10).meta({
    title: 'Neighbours',
    description: 'The distance to the neighbour of this rank sets how far the edges of a row reach.',
  }),
  decay: z.number().min(1).max(1000).default(40).meta({
    title: 'Decay',
    description: 'How sharply edges end there: weights are exp(-(d / reach)^decay).',
  }),
} as const;

const parameters = z.object({
  ...graphParameters,
  laplacian: z.enum(['combinatorial', 'normalised']).default('combinatorial').meta({
    title: 'Laplacian',
    description: 'combinatorial: D - W; normalised: I - D^-1/2 W D^-1/2, which discounts dense places.',
  }),
  t: z.number().min(1e-3).max(1e5).default(10).meta({
    title: 'Time',
    description: 'How long heat spreads: short times see short ways only, long times smooth over noise.',
  }),
  volume: z.number().min(0).max(1.5).default(1).meta({
    title: 'Volume term',
    description: 'How much is made up for places where heat stays, 0 to 1.5; 0 is the plain logarithm of heat.',
  }),
  filter: z.enum(['auto', 'exact', 'chebyshev']).default('auto').meta({
    title: 'Heat by',
    description:
      'exact: all eigenvectors, whose rounding hides heat below 1e-14: that counts as none; chebyshev: polynomials of as high an order as it takes, without that; auto: whichever is less work, exact up to some thousand rows, but chebyshev where heat would be hidden and it takes seconds.',
  }),
  how: z.enum(['smacof', 'classical']).default('smacof').meta({
    title: 'Scaling',
    description: 'How the distances become a map: least squares from the classical start, or classical scaling.',
  }),
  dimensions: dimensionsParameter,
  ...judgeParameters,
});

/** Of 4t, squared distances below which rounding of the logarithms shows in the sixth digit. */
const EVEN = 1e6 * Number.EPSILON;

export const heatGeodesic = defineMethod({
  id: 'heat-geodesic',
  kind: 'transform',
  title: 'Heat-geodesic map',
  summary: 'Draws the rows by distances along the data, read off from how heat spreads on the graph of neighbours.',
  blindTo: 'blind to distances across gaps of the graph, and to what lies farther than heat gets in the time given',
  takes: 'one',
  labels: 'optional',
  parameters,
  values: [
    ...faithfulnessValues,
    { key: 'unreached', title: 'Share of pairs that heat does not reach', range: [0, 1], better: 'lower' },
    { key: 'straightness', title: 'Correlation of geodesic and straight distances', range: [-1, 1] },
    { key: 'stress', title: 'Stress-1 of the map (Kruskal)', range: [0, null], better: 'lower' },
    { key: 'components', title: 'Connected parts of the graph', range: [1, null] },
  ],
  invariances: ['permutation', 'orthogonal', 'scaling', 'translation', 'sign'],
  symmetric: false,
  cost: 'O(n³) up to some thousand rows; O(n² k m) beyond, for k neighbours and order m; n² numbers four times in memory',
  formula:
    'd² = -4t log H_ij + ρ 4t log ½(H_ii + H_jj), H = exp(-tL) + 1e-16, L of the graph of weights ½(k_ij + k_ji), k_ij = exp(-(d_ij / reach_i)^decay), those below 1e-4 left out, without loops; then metric scaling',
  tex: String.raw`d_{ij}^2 = -4t \log H_{ij} + 4\rho t \log \tfrac12 (H_{ii} + H_{jj}), \qquad H = e^{-tL}`,
  citation:
    'Huguet, Tong, De Brouwer, Zhang, Wolf, Adelstein, Krishnaswamy (2023). A heat diffusion perspective on geodesic preserving dimensionality reduction. NeurIPS. arXiv:2305.19043',
  async run([input], chosen, context) {
    const { name, matrix } = ranged(input as Representation);
    const n = matrix.rows;
    if (n < 4) throw new UserError(`There are ${n} rows; a heat-geodesic map needs four or more.`);
    context.reserve(8 * (4 * n * n + 2 * n * matrix.columns), `heat between all pairs of ${count(n)} rows`);
    context.progress(0.05, 'The graph of neighbours');
    const w = await decayGraph(matrix, chosen.neighbours, chosen.decay, context);
    const components = componentsOf(w);
    const laplacian = laplacianOf(w, chosen.laplacian);
    const largest = largestEigenvalue(laplacian, chosen.laplacian);
    const order = chebyshevOrder(chosen.t, largest);
    // A step is made of the edges of a row and of some passes over all pairs.
    const width = w.values.length / n + 5;
    const less = n <= STEPS * order * width;
    const exact = chosen.filter === 'exact' || (chosen.filter === 'auto' && less && context.fits(8 * 9 * n * n));
    context.progress(0.2, 'Heat');
    let words = 'heat by all eigenvectors of the Laplacian';
    let distances = exact ? await exactHeat(await decompose(laplacian, context), chosen.t, context) : null;
    const lost = distances !== null && dropRounding(distances);
    if (distances === null || (lost && chosen.filter === 'auto' && n * n * order * width <= AFFORDABLE)) {
      distances = chebyshevHeat(laplacian, Matrix.identity(n), chosen.t, order, largest, context);
      words = `heat by Chebyshev polynomials of order ${order}`;
    } else if (lost) words += `, none below ${ROUNDING}, which is their rounding`;
    const unreached = heatDistances(distances, chosen.t, chosen.volume);
    const longest = distances.data.reduce((most, d) => Math.max(most, d), 0);
    const straight = straightness(matrix, distances);
    context.signal.throwIfAborted();
    const squares = distances.map((d) => d * d);
    const start = await classicalMap(squares, chosen.dimensions, context);
    const rounds = chosen.how === 'classical' ? 0 : ROUNDS;
    const made = smacof(distances, start, { rounds, tolerance: 1e-6 }, context);
    const outcome = await mapOutcome(
      {
        ...{ name, of: matrix, map: made.map, metric: 'euclidean' },
        axes: ['geodesic 1', 'geodesic 2', 'geodesic 3'],
        title: 'Heat-geodesic map',
        caption: `Each point is a row; distances on the map stand for ways along the data, by heat of time ${chosen.t}. Faithfulness is measured against straight distances, from which those along a curved sheet differ by right.`,
      },
      chosen,
      context,
    );
    const stress = Number.isFinite(made.stress1) ? made.stress1 : null;
    const straightOrNone = Number.isFinite(straight) ? straight : null;
    return {
      ...outcome,
      values: { ...outcome.values, unreached, straightness: straightOrNone, stress, components },
      representations: outcome.representations.map((one) => ({ ...one, name: `${name} heat-geodesic` })),
      steps: [
        graphStep(w, chosen.neighbours),
        `${chosen.laplacian} Laplacian, time ${chosen.t}, volume term ${chosen.volume}`,
        words,
        ...outcome.steps,
      ],
      reading: `${straightWords(straightOrNone)}${outcome.reading}`,
      warnings: [
        ...(unreached > 0.01
          ? [
              `Heat reaches ${percent(1 - unreached)} of the pairs: the others all get the same distance. Raise the time (t) or the neighbours.`,
            ]
          : []),
        ...(longest ** 2 < EVEN * 4 * chosen.t
          ? [
              'Heat has all but evened out: what is left of it to tell distances by is a matter of its last digits, and rounding shows. Shorten the time (t).',
            ]
          : []),
        ...(components > 1
          ? [`The graph falls into ${components} parts, between which no heat flows. Raise the neighbours.`]
          : []),
        ...(stress === null ? ['All rows fall on one point: stress cannot be computed.'] : []),
        ...(straightOrNone === null
          ? ['The distances are all the same: they have no correlation with straight ones.']
          : []),
        ...outcome.warnings,
      ],
    } satisfies Outcome;
  },
});

/** Heat from eigenvectors that is no more than the rounding of their sum becomes none; whether there was any. */
function dropRounding(heat: Matrix<Float64Array>): boolean {
  let any = false;
  for (const [k, value] of heat.data.entries())
    if (value < ROUNDING) {
      heat.data[k] = 0;
      any = true;
    }
  return any;
}

function straightWords(straight: number | null): string {
  if (straight === null) return '';
  const what =
    straight > 0.95
      ? 'along the data it is about as far as straight through: the geometry is close to flat'
      : straight > 0.7
        ? 'ways along the data bend'
        : 'ways along the data are quite other than straight ones: straight distances mislead here';
  return `Geodesic and straight distances correlate at ${straight.toFixed(2)}: ${what}. `;
}

function straightness(x: Matrix, distances: Matrix<Float64Array>): number {
  const n = x.rows;
  const straight = new Float64Array((n * (n - 1)) / 2);
  const along = new Float64Array(straight.length);
  for (let i = 0, at = 0; i < n; i++)
    for (let j = 0; j < i; j++, at++) {
      straight[at] = Math.sqrt(squaredDistance(x.row(i), x.row(j)));
      along[at] = distances.at(i, j);
    }
  return pearson(straight, along);
}
