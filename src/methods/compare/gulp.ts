import { z } from 'zod';
import { squaredLengths } from '../../linalg/centre';
import { symmetricEigen } from '../../linalg/eigen';
import { Matrix, scaleColumns } from '../../linalg/matrix';
import type { Moments } from '../../linalg/moments';
import { dot, frobeniusSquared } from '../../linalg/norms';
import { columnGram, crossProduct, gram, multiply, subtractProduct } from '../../linalg/products';
import { singularValues } from '../../linalg/svd';
import type { Figure } from '../../protocol/figures';
import { type Context, defineMethod, type Outcome, type Representation, type Streamed } from '../method';
import { centred } from '../shared/centred';
import { contributed, partsOfRoot } from '../shared/contributions';
import { gather, oddities } from '../shared/gather';
import { scorePairs } from '../shared/pairs';
import { inWords } from '../shared/reading';
import { constantColumns, fewRows } from '../shared/warnings';
import { basisOf, everything, NO_DIRECTIONS, SPANNED } from './canonical';
import { rowsOfProjections } from './canonical-contributions';
import { basisOfMoments, type MomentBasis, squaredWarnings } from './canonical-moments';
import { chanceOf } from './cka';
import { squaredCosines } from './squared-cosines';

const parameters = z.object({
  lambda: z.number().min(0).max(1000).default(0).meta({
    title: 'Ridge penalty λ',
    description: 'Of the regressions that the distance is about. 0: every direction counts alike, as in CCA.',
  }),
  squared: z.boolean().default(true).meta({
    title: 'Squared',
    description: 'On: d², as the published code reports it. Off: d, which is a metric for λ > 0.',
  }),
});

interface Sums {
  /** tr (Σλ⁻¹Σ)² */
  readonly self: number;
  /** tr Σλ⁻¹Σ */
  readonly trace: number;
}

/** The principal scores of a representation of unit total variance, each divided by √(σ² + λ). */
interface Whitened extends Sums {
  /** n x rank */
  readonly scores: Matrix<Float64Array>;
}

/** The map from centred rows to those scores, of a representation of which the sums over rows are known. */
interface WhitenedSums extends Sums {
  readonly basis: MomentBasis;
}

export const gulp = defineMethod({
  id: 'gulp',
  kind: 'compare',
  title: 'GULP',
  summary: 'How differently the best ridge regression on either space can predict, over all targets at once.',
  blindTo: 'with λ = 0 blind to how much variance a direction holds; its range depends on the number of units',
  takes: 'pair',
  parameters,
  values: [{ key: 'distance', title: 'GULP distance', range: [0, null], better: 'lower', self: 0 }],
  invariances: ['permutation', 'orthogonal', 'scaling', 'translation', 'column-scaling', 'linear', 'sign'],
  symmetric: true,
  cost: 'O(n (p² + q²))',
  formula: `d² = tr(Σx,λ⁻¹Σx Σx,λ⁻¹Σx) + tr(Σy,λ⁻¹Σy Σy,λ⁻¹Σy) - 2 tr(Σx,λ⁻¹Σxy Σy,λ⁻¹Σyx), Σλ = Σ + λI; columns centred, tr Σ = 1; rank X + rank Y - 2 Σρ² for λ = 0, where ${SPANNED}`,
  tex: String.raw`d_\lambda^2 = \operatorname{tr}\big((\Sigma_{x,\lambda}^{-1}\Sigma_x)^2\big) + \operatorname{tr}\big((\Sigma_{y,\lambda}^{-1}\Sigma_y)^2\big) - 2\operatorname{tr}\big(\Sigma_{x,\lambda}^{-1}\Sigma_{xy}\Sigma_{y,\lambda}^{-1}\Sigma_{xy}^\top\big), \quad \Sigma_\lambda = \Sigma + \lambda I`,
  citation:
    'Boix-Adserà, Lawrence, Stepaniants, Rigollet (2022). GULP: a prediction-based metric between representations. NeurIPS. arXiv:2210.06545',
  async run(inputs, { lambda, squared }, context) {
    const [x, y] = inputs as [Representation, Representation];
    const warnings = [...constantColumns(x), ...constantColumns(y), ...fewRows(x.matrix.rows)];
    const steps = ['columns centred', 'scaled to a total variance of 1', `λ = ${lambda}`, 'float64'];
    const [a, b] = [await whitened(x, lambda, context), await whitened(y, lambda, context)];
    if (a === null || b === null)
      return { values: { distance: null }, steps, warnings: [...warnings, `GULP: ${NO_DIRECTIONS}.`] };
    const cross = await crossProduct(a.scores, b.scores, context);
    const found = await apart(a, b, cross, context);
    const outcome = await outcomeOf(a, b, cross, found.square, x.matrix.rows, squared, context);
    const { distance } = outcome.values;
    const rows = found.rows ?? (await rowsOf(a, b, cross, context));
    const parts = { rows: squared && distance > 0 ? rows : partsOfRoot(rows, distance) };
    const own = contributed(parts, [x, y], squared ? 'GULP d²' : 'the GULP distance', context);
    return {
      ...outcome,
      tables: own.tables,
      figures: [...outcome.figures, ...own.figures],
      steps: [...steps, squared ? 'd², not its root' : 'd, the root of d²'],
      warnings,
    };
  },
  room: (inputs) => Math.max(...inputs.map(({ rows, columns }) => 48 * rows * columns)),
  async stream(stream, { lambda, squared }, context) {
    const { moments, steps: how } = await gather(stream, true, context, 0.6);
    const [x, y] = stream.inputs as [Streamed, Streamed];
    const warnings = oddities(stream, moments);
    const steps = ['columns centred', 'scaled to a total variance of 1', `λ = ${lambda}`, ...how];
    const a = await whitenedSums(moments, 0, lambda, context);
    const b = await whitenedSums(moments, 1, lambda, context);
    if (a === null || b === null)
      return { values: { distance: null }, steps, warnings: [...warnings, `GULP: ${NO_DIRECTIONS}.`] };
    const cross = await crossOf(moments, [0, a], [1, b], context);
    const square = squareOf(a, b, cross);
    const outcome = await outcomeOf(a, b, cross, square, moments.rows, squared, context);
    return {
      ...outcome,
      steps: [...steps, squared ? 'd², not its root' : 'd, the root of d²'],
      // A penalty leaves nothing of directions too weak to be seen.
      warnings: [
        ...warnings,
        ...(square > 0 ? [] : [TOO_CLOSE]),
        ...(lambda > 0 ? [] : squaredWarnings([x.name, y.name], [a.basis, b.basis])),
      ],
    } satisfies Outcome;
  },
  fromMoments: {
    double: true,
    async score(moments, x, y, { lambda, squared }, context) {
      const a = await whitenedSums(moments, x, lambda, context);
      const b = x === y ? a : await whitenedSums(moments, y, lambda, context);
      if (a === null || b === null) return { value: null, warning: NO_DIRECTIONS };
      const square = x === y ? 0 : squareOf(a, b, await crossOf(moments, [x, a], [y, b], context));
      const [warning] = lambda > 0 ? [] : squaredWarnings(['the first', 'the second'], [a.basis, b.basis]);
      if (!squared) return { value: Math.sqrt(square), warning };
      return { value: square, level: levelOf(a, b, moments.rows), warning };
    },
  },
  sweep: (rows, columns, { lambda, squared }, context) =>
    scorePairs(
      rows,
      columns,
      context,
      (input) => whitened(input, lambda, context),
      async (a: Whitened | null, b) => {
        if (a === null || b === null) return { value: null, warning: NO_DIRECTIONS };
        const cross = await crossProduct(a.scores, b.scores, context);
        const square = a === b ? 0 : (await apart(a, b, cross, context)).square;
        if (!squared) return { value: Math.sqrt(square) };
        return { value: square, level: levelOf(a, b, rows[0]?.matrix.rows ?? 0) };
      },
      ({ matrix }) => 8 * matrix.rows * Math.min(matrix.rows, matrix.columns),
    ),
});

async function whitened(input: Representation, lambda: number, context: Context): Promise<Whitened | null> {
  const { matrix } = input;
  context.signal.throwIfAborted();
  if (lambda === 0) {
    // Nothing is shrunk: any orthonormal basis will do.
    const basis = await basisOf(input, everything, context);
    return basis && { scores: basis.u, self: basis.rank, trace: basis.rank };
  }
  context.reserve(8 * 4 * matrix.rows * matrix.columns, 'the whitened representation');
  const x = centred(matrix, true) as Matrix<Float64Array>;
  const total = frobeniusSquared(x);
  if (!(total > 0)) return null;
  const wide = x.columns > x.rows;
  const { values, vectors } = await symmetricEigen(
    wide ? await gram(x, context) : await columnGram(x, context),
    context,
  );
  const least = Math.max(x.rows, x.columns) * Number.EPSILON * (values[0] ?? 0);
  const kept = [...values.keys()].filter((k) => (values[k] as number) > least);
  let [self, trace] = [0, 0];
  const factors = kept.map((k) => {
    const share = (values[k] as number) / total;
    const shrunk = share / (share + lambda);
    self += shrunk * shrunk;
    trace += shrunk;
    // A unit vector of scores, times the root of what the penalty leaves of it.
    return Math.sqrt(shrunk) / (wide ? 1 : Math.sqrt(values[k] as number));
  });
  const axes = vectors.takeColumns(kept);
  scaleColumns(axes, factors);
  return { scores: wide ? axes : await multiply(x, axes, context), self, trace };
}

/** The same of sums over rows. */
async function whitenedSums(
  moments: Moments,
  input: number,
  lambda: number,
  context: Context,
): Promise<WhitenedSums | null> {
  const basis = await basisOfMoments(moments, input, everything, lambda === 0, context);
  if (basis === null || lambda === 0) return basis && { basis, self: basis.rank, trace: basis.rank };
  const { whitening, squares } = basis;
  const total = moments.trace(input);
  let [self, trace] = [0, 0];
  for (let j = 0; j < whitening.columns; j++) {
    const share = (squares[j] as number) / total;
    const shrunk = share / (share + lambda);
    self += shrunk * shrunk;
    trace += shrunk;
    for (let k = j; k < whitening.data.length; k += whitening.columns)
      whitening.data[k] = (whitening.data[k] as number) * Math.sqrt(shrunk);
  }
  return { basis, self, trace };
}

async function crossOf(
  moments: Moments,
  [x, a]: readonly [number, WhitenedSums],
  [y, b]: readonly [number, WhitenedSums],
  context: Context,
): Promise<Matrix> {
  const across = await multiply(moments.product(x, y), b.basis.whitening, context);
  return crossProduct(a.basis.whitening, across, context);
}

/** @param cross products of the scores of both */
async function outcomeOf(
  a: Sums,
  b: Sums,
  cross: Matrix,
  square: number,
  rows: number,
  squared: boolean,
  context: Context,
) {
  const value = squared ? square : Math.sqrt(square);
  const level = levelOf(a, b, rows);
  const how = 'The mean of d² over all pairings of the rows, exact: the cross term has the mean tr tr / (n - 1).';
  return {
    values: { distance: value },
    ...(squared && { chance: { distance: chanceOf(value, level, undefined, how) } }),
    figures: [sharedDirections(await singularValues(cross, context))],
    reading: reading(square, level, a.self + b.self),
  };
}

/**
 * What rows add to d² = ‖SSᵀ - TTᵀ‖², S and T the scores of both: the squares in their row of the difference of what the two
 * regressions make of all rows. SᵀS is diagonal, the lengths of its columns.
 */
async function rowsOf(a: Whitened, b: Whitened, cross: Matrix, context: Context): Promise<Float64Array> {
  const both = await rowsOfProjections(a.scores, b.scores, cross, 1, context);
  const own = ({ scores }: Whitened) => {
    const squares = new Float64Array(scores.columns);
    for (let i = 0; i < scores.rows; i++)
      for (const [k, value] of scores.row(i).entries()) squares[k] = (squares[k] as number) + value * value;
    return (i: number) => squares.reduce((sum, square, k) => sum + square * scores.at(i, k) ** 2, 0);
  };
  const [first, second] = [own(a), own(b)];
  return both.map((product, i) => first(i) + second(i) - 2 * product);
}

function sharedDirections(shared: Float64Array): Figure {
  return squaredCosines(shared, {
    ...{ id: 'shared-directions', title: 'Directions that both can predict', of: 'squared correlation' },
    caption:
      'Squared correlations of the best matching directions, shrunk by the penalty. Their sum, twice, is what d² falls short of its largest value.',
  });
}

function squareOf(a: Sums, b: Sums, cross: Matrix): number {
  const square = a.self + b.self - 2 * frobeniusSquared(cross);
  // The difference of equal sums: what rounding leaves is none.
  return square < 1e-12 * (a.self + b.self) ? 0 : square;
}

const TOO_CLOSE =
  'The spaces are so close that sums over rows do not tell their distance from 0; rows that fit into memory do.';

/** Below this share of what it is the difference of, d² is taken from what is left of the one in the other. */
const CLOSE = 1e-6;

/**
 * d² = ‖SSᵀ - TTᵀ‖², S and T the scores of both, columns of each orthogonal. Where it is small, what each row adds to it: with
 * S = TW + R, R orthogonal to T, the row is (t(WWᵀ - I) + rWᵀ) Tᵀ + s Rᵀ, of which nothing cancels.
 */
async function apart(a: Whitened, b: Whitened, cross: Matrix, context: Context) {
  const square = a.self + b.self - 2 * frobeniusSquared(cross);
  if (square > CLOSE * (a.self + b.self)) return { square, rows: null };
  const lengths = squaredLengths(b.scores.transpose());
  const w = cross.transpose().map((value, k) => value / (lengths[Math.floor(k / cross.rows)] as number));
  const rest = new Matrix(a.scores.data.slice(), a.scores.rows, a.scores.columns);
  await subtractProduct(rest, b.scores, w, context);
  const inner = await multiply(w, w, { ...context, transposeB: true });
  for (let k = 0; k < inner.data.length; k += inner.columns + 1) inner.data[k] = (inner.data[k] as number) - 1;
  const along = await multiply(b.scores, inner, context);
  const turned = await multiply(rest, w, { ...context, transposeB: true });
  const across = await multiply(a.scores, await columnGram(rest, context), context);
  const rows = Float64Array.from({ length: along.rows }, (_, i) => {
    const [p, q] = [along.row(i), turned.row(i)];
    const inside = lengths.reduce((sum, length, j) => sum + length * ((p[j] as number) + (q[j] as number)) ** 2, 0);
    return inside + dot(across.row(i), a.scores.row(i));
  });
  const sum = rows.reduce((total, row) => total + row, 0);
  // The rounding of scores, squared.
  return { square: sum < 1e-24 * (a.self + b.self) ? 0 : sum, rows };
}

function levelOf(a: Sums, b: Sums, rows: number): number {
  return a.self + b.self - (2 * a.trace * b.trace) / (rows - 1);
}

function reading(square: number, level: number, most: number): string {
  const share = 1 - square / level;
  const where = !(level > 0)
    ? 'With so few rows for so many directions the distance says nothing'
    : square === 0
      ? 'Regressions on either space predict exactly the same'
      : `Regressions on the two spaces differ by ${inWords(100 * (1 - share))} % of what they would if rows were paired at random`;
  return `${where} (GULP d² ${inWords(square)}; ${inWords(level)} by chance; ${inWords(most)} for nothing in common).`;
}
