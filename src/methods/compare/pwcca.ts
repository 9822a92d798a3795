import { z } from 'zod';
import type { Matrix } from '../../linalg/matrix';
import type { Moments } from '../../linalg/moments';
import { dot } from '../../linalg/norms';
import { crossProduct, multiply } from '../../linalg/products';
import { type Svd, svd } from '../../linalg/svd';
import { type Context, defineMethod, type Outcome, type Representation, type Streamed } from '../method';
import { centred } from '../shared/centred';
import { contributed } from '../shared/contributions';
import { gather, oddities } from '../shared/gather';
import { scorePairs } from '../shared/pairs';
import { grade, inWords } from '../shared/reading';
import { constantColumns, fewRows } from '../shared/warnings';
import {
  type Basis,
  basisBytes,
  basisOf,
  type Cut,
  canonicalCorrelations,
  correlationFigure,
  correlationTable,
  everything,
  forcedOf,
  forcedWarning,
  NO_DIRECTIONS,
  SPANNED,
} from './canonical';
import { affordable, rowsOfVariates } from './canonical-contributions';
import { basisOfMoments, canonicalOfMoments, type MomentBasis, squaredWarnings } from './canonical-moments';

const parameters = z.object({
  weights: z.enum(['first', 'second']).default('first').meta({
    title: 'Weights from',
    description: 'Whose units say how much each canonical direction counts. The two answers differ.',
  }),
  variant: z.enum(['paper', 'google']).default('paper').meta({
    title: 'Variant',
    description:
      'paper: directions as defined. google: as the code of google/svcca takes them from centred data, without their whitening and made orthogonal in turn; it needs independent units, no more of them than of the other side.',
  }),
});

type Choice = z.output<typeof parameters>;

/** A basis with the centred data that it is of. */
interface Weighed extends Basis {
  readonly data: Matrix<Float64Array>;
}

export const pwcca = defineMethod({
  id: 'pwcca',
  kind: 'compare',
  title: 'PWCCA',
  summary:
    'The mean canonical correlation, each direction weighted by how much of the units of one space it accounts for.',
  blindTo:
    'sees a rotation of the space that gives the weights; meaningless where units outnumber rows; not unique under ties',
  takes: 'pair',
  parameters,
  values: [{ key: 'similarity', title: 'PWCCA', range: [0, 1], better: 'higher', self: 1 }],
  invariances: ['permutation', 'scaling', 'translation', 'sign'],
  symmetric: false,
  cost: 'O(n (p² + q²))',
  formula: `Σ αᵢρᵢ / Σ αᵢ, αᵢ = Σⱼ |hᵢᵀxⱼ| over the centred units xⱼ of one side, hᵢ its canonical variates of unit length (the weights of the paper); ${SPANNED}`,
  tex: String.raw`\frac{\sum_i \alpha_i \rho_i}{\sum_i \alpha_i}, \qquad \alpha_i = \sum_j |h_i^\top x_j|`,
  citation:
    'Morcos, Raghu, Bengio (2018). Insights on representational similarity in neural networks with canonical correlation. NeurIPS. arXiv:1806.05759',
  async run(inputs, { weights, variant }, context) {
    const [x, y] = inputs as [Representation, Representation];
    const warnings = [...constantColumns(x), ...constantColumns(y), ...fewRows(x.matrix.rows)];
    const steps = [
      'columns centred',
      `weights from ${weights === 'first' ? x.name : y.name}`,
      `variant: ${variant}`,
      'float64',
    ];
    context.progress(0, 'Directions');
    const [a, b] = [await prepare(x, variant, context), await prepare(y, variant, context)];
    if (a === null || b === null)
      return { values: { similarity: null }, steps, warnings: [...warnings, `PWCCA: ${NO_DIRECTIONS}.`] };
    const [from, to] = weights === 'first' ? [a, b] : [b, a];
    if (variant === 'google' && tooMany(from, to))
      return { values: { similarity: null }, steps, warnings: [...warnings, `PWCCA: ${NOT_GOOGLE}.`] };
    context.progress(0.8, 'Canonical correlations');
    const canonical = await canonicalCorrelations(a, b, context);
    const { value, shares, found } = await weighted(from, to, variant, context);
    const rows = affordable(from, to, context) ? await rowsOfVariates(from, to, found, shares, context) : null;
    const own = contributed(rows && { rows }, [x, y], 'PWCCA', context);
    return {
      values: { similarity: value },
      tables: { correlations: correlationTable(canonical), ...own.tables },
      figures: [correlationFigure(canonical), ...own.figures],
      steps: [...steps, ...own.steps],
      reading: reading(value, Math.sqrt(Math.min(1, canonical.chance.level)), canonical.forced),
      warnings: [...forcedWarning(canonical, a, b), ...tied(canonical.correlations), ...warnings],
    } satisfies Outcome;
  },
  room: (inputs) => Math.max(...inputs.map(({ rows, columns }) => 56 * rows * columns)),
  async stream(stream, { weights, variant }, context) {
    const { moments, steps: how } = await gather(stream, true, context, 0.6);
    const [x, y] = stream.inputs as [Streamed, Streamed];
    const warnings = oddities(stream, moments);
    const steps = [
      'columns centred',
      `weights from ${weights === 'first' ? x.name : y.name}`,
      `variant: ${variant}`,
      ...how,
    ];
    const [a, b] = [await sumsOf(moments, 0, variant, context), await sumsOf(moments, 1, variant, context)];
    if (a === null || b === null)
      return { values: { similarity: null }, steps, warnings: [...warnings, `PWCCA: ${NO_DIRECTIONS}.`] };
    const canonical = await canonicalOfMoments(moments, [0, a], [1, b], context);
    const value = await weightedByMoments(moments, [0, a], [1, b], { weights, variant }, context);
    if (value === null)
      return { values: { similarity: null }, steps, warnings: [...warnings, `PWCCA: ${NOT_GOOGLE}.`] };
    return {
      values: { similarity: value },
      tables: { correlations: correlationTable(canonical) },
      figures: [correlationFigure(canonical)],
      steps,
      reading: reading(value, Math.sqrt(Math.min(1, canonical.chance.level)), canonical.forced),
      warnings: [
        ...forcedWarning(canonical, a, b),
        ...tied(canonical.correlations),
        ...warnings,
        ...squaredWarnings([x.name, y.name], [a, b]),
      ],
    } satisfies Outcome;
  },
  fromMoments: {
    double: true,
    async score(moments, x, y, chosen, context) {
      const a = await sumsOf(moments, x, chosen.variant, context);
      const b = x === y ? a : await sumsOf(moments, y, chosen.variant, context);
      if (a === null || b === null) return { value: null, warning: NO_DIRECTIONS };
      const value = await weightedByMoments(moments, [x, a], [y, b], chosen, context);
      if (value === null) return { value, warning: NOT_GOOGLE };
      const warnings = [
        ...forcedWarning(forcedOf(a, b), a, b),
        ...squaredWarnings(['the first', 'the second'], [a, b]),
      ];
      return { value, warning: warnings[0] };
    },
  },
  sweep: (rows, columns, { weights, variant }, context) =>
    scorePairs(
      rows,
      columns,
      context,
      (input) => prepare(input, variant, context),
      async (a: Weighed | null, b) => {
        if (a === null || b === null) return { value: null, warning: NO_DIRECTIONS };
        const [from, to] = weights === 'first' ? [a, b] : [b, a];
        if (variant === 'google' && tooMany(from, to)) return { value: null, warning: NOT_GOOGLE };
        const { value } = await weighted(from, to, variant, context);
        const [warning] = forcedWarning(forcedOf(a, b), a, b);
        return Number.isNaN(value) ? { value: null, warning: NO_DIRECTIONS } : { value, warning };
      },
      (input) => basisBytes(input) + 8 * input.matrix.data.length,
      // The weights are of one side.
      false,
    ),
});

async function prepare(input: Representation, variant: 'paper' | 'google', context: Context): Promise<Weighed | null> {
  // Google's weights ask for the basis of singular vectors; those of the paper are the same in any.
  const cut: Cut = variant === 'google' ? (squares) => squares.length : everything;
  const basis = await basisOf(input, cut, context);
  return basis && { ...basis, data: centred(input.matrix, true) as Matrix<Float64Array> };
}

/** What `tooMany` asks of a basis. */
interface Sized {
  readonly rank: number;
  readonly data: { readonly columns: number };
}

/** Google's weights ask for the basis of principal axes; those of the paper are the same whatever the scale of units. */
function sumsOf(moments: Moments, input: number, variant: Choice['variant'], context: Context) {
  return basisOfMoments(moments, input, everything, variant === 'paper', context);
}

type Sums = readonly [input: number, basis: MomentBasis];

/** From sums over rows; null where the variant does not apply. */
async function weightedByMoments(
  moments: Moments,
  x: Sums,
  y: Sums,
  { weights, variant }: Choice,
  context: Context,
): Promise<number | null> {
  const [[from, a], [to, b]] = weights === 'first' ? [x, y] : [y, x];
  const sized = (rank: number, input: number) => ({ rank, data: { columns: moments.widths[input] as number } });
  if (variant === 'google' && tooMany(sized(a.rank, from), sized(b.rank, to))) return null;
  const half = await multiply(moments.product(from, to), b.whitening, context);
  const across = await crossProduct(a.whitening, half, context);
  const products = (await crossProduct(a.whitening, moments.product(from, from), context)) as Matrix<Float64Array>;
  return (await weightedBy(across, products, variant, context)).value;
}

const NOT_GOOGLE =
  'the variant of google/svcca takes weights only from units that are independent by more than rounding beside the largest, no more of them than the other side has directions';

function tooMany(from: Sized, to: Sized): boolean {
  return from.rank < from.data.columns || from.rank > to.rank;
}

interface WeightedMean {
  readonly value: number;
  /** αᵢ / Σ αᵢ */
  readonly shares: Float64Array;
  /** Of UxᵀUy. */
  readonly found: Svd;
}

/** Σ αᵢρᵢ / Σ αᵢ, the weights from `x`. */
async function weighted(x: Weighed, y: Weighed, variant: 'paper' | 'google', context: Context): Promise<WeightedMean> {
  const { signal } = context;
  // hᵢ = Ux uᵢ, so that hᵢᵀX = uᵢᵀ (UxᵀX): n never enters twice.
  const products = (await crossProduct(x.u, x.data, { signal })) as Matrix<Float64Array>;
  return weightedBy(await crossProduct(x.u, y.u, { signal }), products, variant, context);
}

/** The same from UxᵀUy and UxᵀX. */
async function weightedBy(
  across: Matrix,
  products: Matrix<Float64Array>,
  variant: 'paper' | 'google',
  { signal }: Context,
): Promise<WeightedMean> {
  const found = await svd(across, { signal });
  const { u, s } = found;
  const directions = variant === 'paper' ? u : unwhitened(u, products, signal);
  const loadings = await multiply(directions, products, { signal, transposeA: true });
  let [sum, total] = [0, 0];
  const alphas = s.map((rho, i) => {
    const alpha = loadings.row(i).reduce((size: number, value: number) => size + Math.abs(value), 0);
    sum += alpha * Math.min(1, rho);
    total += alpha;
    return alpha;
  });
  return { value: total > 0 ? sum / total : Number.NaN, shares: alphas.map((alpha) => alpha / total), found };
}

/**
 * With X = USVᵀ the canonical vectors of the units are V uᵢ before whitening, and the data along them U S uᵢ: these, each made
 * orthogonal to those before it, in the basis U. The rows of UᵀX = SVᵀ have the lengths S.
 */
function unwhitened(
  u: Matrix<Float64Array>,
  products: Matrix<Float64Array>,
  signal: Context['signal'],
): Matrix<Float64Array> {
  const size = u.rows;
  const lengths = Float64Array.from({ length: size }, (_, k) => Math.sqrt(dot(products.row(k), products.row(k))));
  const rows = u.transpose();
  for (let i = 0; i < rows.rows; i++) {
    signal.throwIfAborted();
    const own = rows.row(i);
    for (let k = 0; k < size; k++) own[k] = (own[k] as number) * (lengths[k] as number);
    // Twice, so that nothing of the earlier ones is left by rounding.
    for (let pass = 0; pass < 2; pass++)
      for (let before = 0; before < i; before++) {
        const other = rows.row(before);
        const along = dot(own, other);
        for (let k = 0; k < size; k++) own[k] = (own[k] as number) - along * (other[k] as number);
      }
    const length = Math.sqrt(dot(own, own));
    for (let k = 0; k < size; k++) own[k] = (own[k] as number) / length;
  }
  return rows.transpose();
}

/** Between correlations closer than this the directions turn freely, and the weights with them. */
const TIE = 1e-9;

function tied(correlations: Float64Array): string[] {
  const count = correlations.filter((rho, i) => Math.abs(rho - (correlations[i + 1] ?? 2)) < TIE).length;
  if (count === 0) return [];
  return [
    `${count + 1} canonical correlations are tied: their directions are not unique, and neither are the weights of PWCCA.`,
  ];
}

function reading(value: number, level: number, forced: number): string {
  const numbers = `(PWCCA ${inWords(value)}; an unweighted root mean square of ${inWords(level)} by chance)`;
  if (forced > 0) return `There are too few rows for canonical correlations to say anything ${numbers}.`;
  const words = {
    chance: 'no better than from rows paired at random',
    little: 'only a little better than by chance',
    part: 'in part',
    much: 'for the most part',
    most: 'almost entirely',
  };
  return `A linear map finds the directions that matter to the units in the other space ${words[grade(value, { level })]} ${numbers}.`;
}
