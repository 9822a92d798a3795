import { z } from 'zod';
import { condensed } from '../../linalg/points';
import type { Chance } from '../../protocol/result';
import { type Context, defineMethod, type Outcome, type Representation } from '../method';
import { inRange } from '../shared/centred';
import { type Contributions, contributed, partsOfRoot } from '../shared/contributions';
import { scorePairs, scoreWith } from '../shared/pairs';
import { grade, inWords } from '../shared/reading';
import { constantColumns, fewRows } from '../shared/warnings';
import { biased, type CkaScore, debiased } from './cka';
import { distanceFigures } from './distance-figures';
import { kernelContributions } from './kernel-contributions';
import { centreKernel } from './kernels';
import { pointsInRange, type TiledKernel, type TiledKernels, tiledKernels, type Wanted } from './tiled-kernels';

const parameters = z.object({
  estimator: z.enum(['biased', 'bias-corrected']).default('biased').meta({
    title: 'Estimator',
    description:
      'Biased: the distance correlation as it was first defined. Bias-corrected: its square from U-centred distances, zero on average for rows paired at random.',
  }),
});

type Estimator = z.output<typeof parameters>['estimator'];

export const distanceCorrelation = defineMethod({
  id: 'distance-correlation',
  kind: 'compare',
  title: 'Distance correlation',
  summary:
    'Correlates the Euclidean distances of all pairs of rows, double-centred: 1 for the same shape at any scale.',
  blindTo: 'dominated by large distances, little by neighbourhoods; with few rows and many units high for anything',
  takes: 'pair',
  parameters,
  values: [{ key: 'correlation', title: 'Distance correlation', range: [-1, 1], better: 'higher', self: 1 }],
  invariances: ['permutation', 'orthogonal', 'scaling', 'translation', 'sign'],
  symmetric: true,
  cost: 'O(n² (p + q))',
  formula:
    '√(<A, B> / (‖A‖ ‖B‖)), A = H D H with D the distances of rows; bias-corrected: the ratio itself, A U-centred',
  tex: String.raw`\mathrm{dCor}(X, Y) = \sqrt{\frac{\langle A, B\rangle}{\lVert A\rVert_F\,\lVert B\rVert_F}}, \qquad A = H D_X H,\; B = H D_Y H`,
  citation:
    'Székely, Rizzo, Bakirov (2007). Measuring and testing dependence by correlation of distances. Annals of Statistics 35(6). Bias-corrected: Székely, Rizzo (2013). Journal of Multivariate Analysis 117',
  async run(inputs, { estimator }, context) {
    const [x, y] = inputs as [Representation, Representation];
    const warnings = [...constantColumns(x), ...constantColumns(y), ...fewRows(x.matrix.rows)];
    const steps = [
      estimator === 'biased' ? 'distances double-centred' : 'distances U-centred; the square is given',
      'all pairs of rows, tile by tile',
      'float64',
    ];
    const kernels = await distancesOf([x, y], context);
    const { value, chance, warning } = scoreOf(kernels, x, y, estimator);
    if (value === null || chance === undefined) {
      return { values: { correlation: null }, steps, warnings: [...warnings, `Distance correlation: ${warning}.`] };
    }
    const parts = await contributionsOf([x, y], value, estimator, context);
    const own = contributed(parts, [x, y], 'the distance correlation', context);
    return {
      values: { correlation: value },
      chance: { correlation: chance },
      tables: own.tables,
      figures: [...(await distanceFigures(x, y, context)), ...own.figures],
      steps: [...steps, ...own.steps],
      reading: reading(value, chance, estimator),
      warnings,
    } satisfies Outcome;
  },
  async sweep(rows, columns, { estimator }, context) {
    const kernels = await distancesOf([...rows, ...columns], context);
    return scorePairs(
      rows,
      columns,
      context,
      async (input) => input,
      (a, b) => scoreWith(scoreOf(kernels, a, b, estimator)),
    );
  },
});

async function distancesOf(inputs: readonly Representation[], context: Context): Promise<TiledKernels> {
  const distinct = [...new Set(inputs)];
  const wanted: Wanted[] = [];
  for (const input of distinct) {
    context.signal.throwIfAborted();
    wanted.push({ input, points: await pointsInRange(input.matrix, distinct.length, context), scale: 1 });
  }
  return tiledKernels(distinct, wanted, 'sqrt', context);
}

function scoreOf(
  { sides, product }: TiledKernels,
  x: Representation,
  y: Representation,
  estimator: Estimator,
): CkaScore {
  const [a, b] = [sides.get(x), sides.get(y)] as [TiledKernel, TiledKernel];
  const cross = product(a, b);
  if (estimator === 'bias-corrected') return debiased(cross, a, b);
  const { value, chance, warning } = biased(cross, a, b);
  if (value === null || chance === undefined) return { value, ...(warning !== undefined && { warning }) };
  const how =
    'At most this on average over all pairings of the rows: the root of the mean of its square, which is exact (Kazi-Aoual et al. 1995); z is that of the square.';
  const z = chance.z === undefined ? {} : { z: chance.z };
  // Distances are of negative type, so that the product is negative by rounding only.
  return { value: Math.sqrt(Math.max(0, value)), chance: { level: Math.sqrt(Math.max(0, chance.level)), ...z, how } };
}

/** What rows add: to the square <A, B> / (‖A‖ ‖B‖), and to the root of it in proportion. */
async function contributionsOf(
  inputs: readonly [Representation, Representation],
  value: number,
  estimator: Estimator,
  context: Context,
): Promise<Contributions | null> {
  const make = async ({ matrix }: Representation) =>
    centreKernel(await condensed(inRange(matrix), 'euclidean', { signal: context.signal }), matrix.rows, 0);
  const square = await kernelContributions(inputs, make, estimator === 'biased' ? 'biased' : 'debiased', context);
  return estimator === 'biased' && square?.rows ? { rows: partsOfRoot(square.rows, value) } : square;
}

function reading(value: number, chance: Chance, estimator: Estimator): string {
  const name = estimator === 'biased' ? 'distance correlation' : 'bias-corrected squared distance correlation';
  const words = {
    chance: 'are no more alike than those of rows paired at random',
    little: 'are a little alike',
    part: 'are alike in part',
    much: 'are much alike',
    most: 'are nearly the same',
  };
  return `The distances between rows ${words[grade(value, chance)]} (${name} ${inWords(value)}; ${inWords(chance.level)} by chance).`;
}
