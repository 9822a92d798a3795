import { z } from 'zod';
import type { DistanceMetric } from '../../linalg/distances';
import { Matrix } from '../../linalg/matrix';
import { condensed } from '../../linalg/points';
import { type Context, defineMethod, type Outcome, type Representation } from '../method';
import { inRange, rangeExponent } from '../shared/centred';
import { contributed, partsOfRoot } from '../shared/contributions';
import { scorePairs } from '../shared/pairs';
import { inWords } from '../shared/reading';
import { sortedLine } from '../shared/sorted-line';
import { constantColumns, fewRows } from '../shared/warnings';
import { align } from './alignment';
import { poissonPairs } from './poisson';
import { fittedRatios, logRatios, type SecondMoment, secondMomentOf } from './second-moment-ratios';
import { type Configuration, configuration, negativeWarning, secondMoments } from './second-moments';

const parameters = z.object({
  form: z.enum(['affine-invariant', 'fitted', 'bures']).default('affine-invariant').meta({
    title: 'Form',
    description:
      'affine-invariant: by the ratios of the two in every direction, each with the shrinkage added. fitted: the same once the scale of the first and the noise added to it are fitted to the second, as neg_riem_dist of rsatoolbox; it needs as many units as rows, but for one. bures: the least distance of rows after a rotation.',
  }),
  shrinkage: z.number().gt(0).max(100).default(0.1).meta({
    title: 'Shrinkage',
    description: 'Of the form affine-invariant: so many times the mean variance is added to that of every direction.',
  }),
  dissimilarity: z
    .enum(['squared-euclidean', 'euclidean', 'correlation', 'cosine', 'poisson'])
    .default('squared-euclidean')
    .meta({
      title: 'Dissimilarity',
      description:
        'Taken as the squared distances whose inner products are compared: squared Euclidean ones give those of the centred rows themselves.',
    }),
});
type Choice = z.output<typeof parameters>;

/** The form fitted scales the first alone. */
const symmetric = ({ form }: Choice) => form !== 'fitted';

const NO_NUMBER = 'some dissimilarities are not numbers: a row has no direction, or for poisson a value is below zero';
const SAME = 'no two rows of one of them are apart';

export const riemannianDistance = defineMethod({
  id: 'riemannian-distance',
  kind: 'compare',
  title: 'Riemannian distance',
  summary:
    'How far apart the matrices of inner products of all rows are, as points of the curved space of positive definite matrices.',
  blindTo: 'a direction that only one of them has counts as much as the shrinkage lets it; sees scale',
  takes: 'pair',
  parameters,
  values: [{ key: 'distance', title: 'Riemannian distance', range: [0, null], better: 'lower', self: 0 }],
  invariances: ['permutation', 'orthogonal', 'translation', 'sign'],
  symmetric,
  cost: 'O(n min(n, p + q)²)',
  formula:
    '√Σ ln² λᵢ, λ the eigenvalues of (L + t I)⁻¹ (K + s I), K and L the inner products of centred rows, s and t the shrinkage times tr / n; fitted: the least of that over a and b of L⁻¹ (a K + b I), in the directions that sum to zero; bures: √(tr K + tr L - 2 tr √(√K L √K)); K = -½ HDH of other dissimilarities D, as RSA has them',
  tex: String.raw`\sqrt{\sum_i \ln^2 \lambda_i\big((L + tI)^{-1}(K + sI)\big)}, \qquad s = \gamma\,\frac{\operatorname{tr}K}{n},\ t = \gamma\,\frac{\operatorname{tr}L}{n}`,
  citation:
    'Shahbazi, Shirali, Aghajan, Nili (2021). Using distance on the Riemannian manifold to compare representations in brain and in models. NeuroImage 239:118271',
  async run(inputs, chosen, context) {
    const [x, y] = inputs as [Representation, Representation];
    const rows = x.matrix.rows;
    const warnings = [...constantColumns(x), ...constantColumns(y), ...fewRows(rows)];
    const steps = [`${chosen.dissimilarity} dissimilarities of rows, as inner products`, 'float64'];
    const found = await distanceOf([x, y], chosen, context);
    if (typeof found === 'string')
      return { values: { distance: null }, steps, warnings: [...warnings, `Riemannian distance: ${found}.`] };
    const bures = chosen.form === 'bures';
    // The other forms are sums over directions, of which no row has its own.
    const squares = Float64Array.from(found.parts, (part) => (part / found.distance) ** 2);
    const parts = bures ? { rows: partsOfRoot(squares, found.distance) } : {};
    const own = contributed(parts, [x, y], 'the distance', context);
    return {
      values: { distance: found.distance },
      tables: own.tables,
      figures: [
        sortedLine(
          {
            id: 'parts',
            title: bures ? 'What is left of each row' : 'Directions in which they differ',
            caption: bures
              ? 'Distance of each row from its partner after the best rotation.'
              : 'Logarithm of the ratio of the two in each direction: above 0 the first has more of it, below 0 the second. Their squares add up to that of the distance.',
            of: bures ? 'rows' : 'directions',
            y: { label: bures ? 'distance' : 'log ratio' },
          },
          [{ name: bures ? 'rows' : 'directions', values: found.parts }],
        ),
        ...(bures ? own.figures : []),
      ],
      steps: [...steps, ...found.steps],
      reading: `The two matrices of inner products are ${inWords(found.distance)} apart; a difference of scale alone counts as a difference.`,
      warnings: [...warnings, ...found.notes],
    } satisfies Outcome;
  },
  sweep: (rows, columns, chosen, context) =>
    scorePairs(
      rows,
      columns,
      context,
      async (input) => input,
      async (x, y) => {
        const found = await distanceOf([x, y], chosen, context);
        return typeof found === 'string' ? { value: null, warning: found } : { value: found.distance };
      },
      () => 0,
      symmetric(chosen),
    ),
});

interface Found {
  readonly distance: number;
  readonly parts: ArrayLike<number>;
  readonly steps: readonly string[];
  readonly notes: readonly string[];
}

async function distanceOf(
  [x, y]: readonly [Representation, Representation],
  { form, shrinkage, dissimilarity }: Choice,
  context: Context,
): Promise<Found | string> {
  if (form === 'bures') return byRotation(x, y, dissimilarity, context);
  const linear = dissimilarity === 'squared-euclidean' && form === 'affine-invariant';
  const sides: SecondMoment[] = [];
  const ranged = DEGREES[dissimilarity] > 0;
  for (const input of [x, y]) {
    const matrix = ranged ? inRange(input.matrix) : input.matrix;
    const side = linear ? await secondMomentOf(matrix, context) : await byPairs(matrix, dissimilarity, context);
    if (typeof side === 'string') return side;
    if (!(side.trace > 0)) return SAME;
    sides.push(side);
  }
  // Powers of two by which inner products of the first and of the second are larger than those compared.
  const [p, q] = [x, y].map(({ matrix }) => (ranged ? DEGREES[dissimilarity] * rangeExponent(matrix) : 0)) as [
    number,
    number,
  ];
  const [a, b] = sides as [SecondMoment, SecondMoment];
  if (form === 'affine-invariant') {
    const ratios = await logRatios(a, b, shrinkage, context);
    const parts = ratios?.map((ratio) => ratio + (p - q) * Math.LN2);
    if (!parts) return 'the shrinkage does not make up for negative eigenvalues: give more of it';
    return { distance: lengthOf(parts), parts, steps: [`${shrinkage} of the mean variance added`], notes: [] };
  }
  const fitted = await fittedRatios(a, b, context);
  if (typeof fitted === 'string') return fitted;
  const { parts, scale, noise } = fitted;
  const steps = [
    `the first times ${timesPower(scale, q - p)} and noise of ${timesPower(noise, q)} fitted to the second`,
  ];
  return { distance: lengthOf(parts), parts, steps, notes: [] };
}

/** A positive number times a power of two, in words though it be no double. */
function timesPower(value: number, power: number): string {
  const log = Math.log10(value) + power * Math.log10(2);
  if (!(Number.isFinite(log) && (log < -3 || log > 9))) return inWords(value * 2 ** power);
  // From 9.995 on three digits are those of the next power.
  const whole = Math.floor(log - Math.log10(0.9995));
  return `${(10 ** (log - whole)).toPrecision(3)}e${whole}`.replace('-', '−');
}

async function byRotation(x: Representation, y: Representation, metric: Metric, context: Context) {
  const degree = DEGREES[metric] / 2;
  const sides: Configuration[] = [];
  for (const { matrix } of [x, y]) {
    const pairs = await pairsOf(degree > 0 ? inRange(matrix) : matrix, metric, context);
    if (!pairs.every(Number.isFinite)) return NO_NUMBER;
    const side = await configuration(pairs, matrix.rows, context);
    // Rows that are not apart are all at the origin.
    sides.push(side ?? { matrix: Matrix.zeros(matrix.rows, 1), length: 0, negative: 0 });
  }
  // Powers of two by which configurations would be larger in the units of the data: both are brought to those of the larger.
  const powers = [x, y].map(({ matrix }, k) => {
    if (sides[k]?.length === 0) return Number.NEGATIVE_INFINITY;
    return degree > 0 ? degree * rangeExponent(matrix) : 0;
  });
  const largest = Math.max(...powers);
  const most = Number.isFinite(largest) ? largest : 0;
  const [a, b] = sides.map((side, k) => times(side, 2 ** ((powers[k] as number) - most))) as [
    Configuration,
    Configuration,
  ];
  const { distance, residuals } = await align(a, b, context);
  const unit = 2 ** most;
  return {
    ...{ distance: unit * distance, parts: residuals.map((residual) => unit * residual), steps: ['the best rotation'] },
    notes: [...negativeWarning(a, x.name), ...negativeWarning(b, y.name)],
  };
}

function times(side: Configuration, factor: number): Configuration {
  return { ...side, matrix: side.matrix.map((value) => value * factor), length: side.length * factor };
}

type Metric = DistanceMetric | 'poisson';

/** The power of the data with which dissimilarities grow; 0 where they do not, or not as a power. */
const DEGREES = { 'squared-euclidean': 2, euclidean: 1, correlation: 0, cosine: 0, poisson: 0 } as const;

function pairsOf(matrix: Matrix, metric: Metric, { signal }: Context): Promise<Float64Array> {
  return metric === 'poisson' ? poissonPairs(matrix, { signal }) : condensed(matrix, metric, { signal });
}

async function byPairs(matrix: Matrix, metric: Metric, context: Context): Promise<SecondMoment | string> {
  context.reserve(8 * 3 * matrix.rows ** 2, 'the inner products of all pairs of rows');
  const pairs = await pairsOf(matrix, metric, context);
  if (!pairs.every(Number.isFinite)) return NO_NUMBER;
  const products = secondMoments(pairs, matrix.rows);
  let trace = 0;
  for (let i = 0; i < matrix.rows; i++) trace += products.at(i, i);
  return { rows: matrix.rows, trace, products };
}

function lengthOf(parts: Float64Array): number {
  return Math.sqrt(parts.reduce((sum, part) => sum + part * part, 0));
}
