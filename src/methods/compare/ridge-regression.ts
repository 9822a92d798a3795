import { z } from 'zod';
import { columnDeviations, columnMeans, largestMagnitude, subtractFromRows } from '../../linalg/centre';
import { solvePositive } from '../../linalg/cholesky';
import { squaredDistance } from '../../linalg/distances';
import { Matrix } from '../../linalg/matrix';
import { free } from '../../linalg/memory';
import { dot, frobeniusSquared, trace } from '../../linalg/norms';
import { gram, multiply } from '../../linalg/products';
import { addScaled } from '../../linalg/vectors';
import { type Context, defineMethod, type Representation, type Streamed } from '../method';
import { ranged } from '../shared/centred';
import { contributed } from '../shared/contributions';
import { scorePairs } from '../shared/pairs';
import { ridgeMap } from '../shared/ridge';
import { constantColumns, constantUnits, fewRows } from '../shared/warnings';
import { explainedRows } from './explained-rows';
import { gatherFolds, judgeFolds } from './ridge-moments';
import { DEFINITE, type Judged, judged, ridgeOutcome, type UnitScore } from './ridge-scores';

const parameters = z.object({
  folds: z.int().min(2).max(100).default(5).meta({
    title: 'Folds',
    description: 'Parts of the rows, drawn by the seed. Each is predicted by a map that was fitted to the others.',
  }),
  lambda: z.number().min(0).max(1e6).default(0.01).meta({
    title: 'Ridge penalty',
    description: 'As a multiple of the total variance of the predictor divided by its units; 0: least squares.',
  }),
});
type Choice = z.output<typeof parameters>;

export const ridgeRegression = defineMethod({
  id: 'ridge-regression',
  kind: 'compare',
  title: 'Cross-validated ridge regression',
  summary: 'How well a linear map from one space predicts the other on rows that it was not fitted to.',
  blindTo: 'blind to what only a nonlinear map would find; low where rows are too few to fit the map',
  takes: 'pair',
  seesUnits: true,
  parameters,
  values: [
    { key: 'r2', title: 'Held-out R² of the first from the second', range: [null, 1], better: 'higher' },
    { key: 'r2-reverse', title: 'Held-out R² of the second from the first', range: [null, 1], better: 'higher' },
    { key: 'correlation', title: 'Median correlation of units of the first', range: [-1, 1], better: 'higher' },
    {
      key: 'correlation-reverse',
      title: 'Median correlation of units of the second',
      range: [-1, 1],
      better: 'higher',
    },
  ],
  invariances: ['permutation', 'orthogonal', 'scaling', 'translation', 'sign'],
  symmetric: false,
  cost: 'O(k n (p² + q²)) for k folds',
  formula:
    'r2 = 1 - Σ ‖xᵢ - x̂ᵢ‖² / Σ ‖xᵢ - x̄‖², x̄ the mean of all rows; x̂ᵢ = x̄ + (yᵢ - ȳ) (YᵀY + λ tr(YᵀY) / q I)⁻¹ YᵀX with means and products of the other folds; correlation = median over units that vary of r(x, x̂) over all rows; two rows or more in a fold',
  tex: String.raw`R^2 = 1 - \frac{\sum_i \lVert x_i - \hat x_i\rVert^2}{\sum_i \lVert x_i - \bar x\rVert^2}, \qquad \hat x_i = \bar x + (y_i - \bar y)\Big(Y^\top Y + \lambda\,\tfrac{\operatorname{tr} Y^\top Y}{q} I\Big)^{-1} Y^\top X`,
  citation:
    'Schrimpf et al. (2018). Brain-Score: which artificial neural network for object recognition is most brain-like? bioRxiv 407007; Hoerl, Kennard (1970). Ridge regression. Technometrics 12',
  async run(inputs, chosen, context) {
    const [x, y] = inputs.map(ranged) as [Representation, Representation];
    const rows = x.matrix.rows;
    const warnings = [...constantColumns(x), ...constantColumns(y), ...fewRows(rows)];
    const steps = [`${chosen.folds} folds drawn by the seed`, 'centred by the means of the rows fitted to', 'float64'];
    const nothing = { r2: null, 'r2-reverse': null, correlation: null, 'correlation-reverse': null };
    if (rows < 2 * chosen.folds) {
      return { values: nothing, steps, warnings: [...warnings, fewFor(chosen.folds, rows)] };
    }
    context.reserve(8 * 10 * rows * (x.matrix.columns + y.matrix.columns), 'the fitted maps and their predictions');
    const order = context.random.permutation(rows);
    const there = await judge(x, await predict(y, x, order, chosen, context, 0));
    const back = await judge(y, await predict(x, y, order, chosen, context, 0.5));
    if (there === null || back === null) {
      return { values: nothing, steps, warnings: [...warnings, `Cross-validated ridge regression: ${NOTHING}`] };
    }
    const outcome = ridgeOutcome(there, back, x, y);
    const parts = { rows: there.rows, units: [partsOfUnits(there, x.matrix.columns), undefined] };
    const own = contributed(parts, [x, y], `R² of ${x.name} from ${y.name}`, context);
    return {
      ...outcome,
      tables: { ...own.tables, ...outcome.tables },
      figures: [...outcome.figures, ...own.figures],
      steps,
      warnings,
    };
  },
  async stream(stream, chosen, context) {
    const [x, y] = stream.inputs as [Streamed, Streamed];
    const steps = [`${chosen.folds} folds drawn by the seed`, 'centred by the means of the rows fitted to'];
    const nothing = { r2: null, 'r2-reverse': null, correlation: null, 'correlation-reverse': null };
    const sums = await gatherFolds(stream, chosen.folds, context);
    if (typeof sums === 'number') return { values: nothing, steps, warnings: [fewFor(chosen.folds, sums)] };
    const warnings = [
      ...stream.inputs.flatMap(({ name, columns }, k) => constantUnits(name, sums.constant[k] ?? [], columns)),
      ...fewRows(sums.rows),
    ];
    const there = await judgeFolds(sums, 1, chosen.lambda, context);
    const back = await judgeFolds(sums, 0, chosen.lambda, context);
    steps.push(...sums.steps);
    if (there === null || back === null) {
      return { values: nothing, steps, warnings: [...warnings, `Cross-validated ridge regression: ${NOTHING}`] };
    }
    if (!(there.definite && back.definite)) warnings.push(WEAK);
    return { ...ridgeOutcome(there.judged, back.judged, x, y), steps, warnings };
  },
  sweep(rows, columns, chosen, context) {
    const n = rows[0]?.matrix.rows ?? 0;
    const order = context.random.permutation(n);
    const units = Math.max(...[...rows, ...columns].map(({ matrix }) => matrix.columns));
    context.reserve(8 * 12 * n * units, 'the fitted maps and their predictions');
    const quiet = { ...context, progress: () => {} };
    return scorePairs(
      rows,
      columns,
      context,
      async (input) => {
        const { name, matrix } = ranged(input);
        return { name, matrix, varies: columnDeviations(matrix).some((deviation) => deviation > 0) };
      },
      async (x, y) => {
        if (n < 2 * chosen.folds) return { value: null, warning: fewFor(chosen.folds, n) };
        if (!(x.varies && y.varies)) return { value: null, warning: NOTHING };
        let [missed, total] = [0, 0];
        await eachFold(y, x, order, chosen, quiet, 0, ({ held, guess, mean }) => {
          total += frobeniusSquared(held);
          const error = less(subtractFromRows(held, mean), guess);
          missed += frobeniusSquared(error);
          free(error.data);
        });
        return { value: 1 - missed / total };
      },
      () => 0,
      false,
    );
  },
});

function fewFor(folds: number, rows: number): string {
  return `${folds} folds need at least ${2 * folds} rows and there are ${rows}. Choose fewer folds.`;
}

const NOTHING = 'every unit of one of them is constant, so there is nothing to predict.';

const WEAK =
  'The penalty is so small, and the weakest directions are so weak beside the strongest, that sums of squares, which are all that is kept of rows read in blocks, show them badly: the last digits are not to be relied on. A larger penalty (lambda) mends that.';

/** Below this share of all squares those of the rows fitted to are taken by themselves: a difference would lose digits. */
const LEAST_FITTED = 0.01;

/** Rows that a map was fitted without, as `start` and on in the order of the rows. */
interface Fold {
  readonly start: number;
  /** The target, about the means of all rows. */
  readonly held: Matrix<Float64Array>;
  /** What the map makes of the others, about `mean`: that of the target's rows it was fitted to. */
  readonly guess: Matrix<Float64Array>;
  readonly mean: Float64Array;
}

/** Visits each fold's rows of the target beside what a map gives that was fitted to the others. */
async function eachFold(
  from: Representation,
  to: Representation,
  order: Int32Array,
  { folds, lambda }: Choice,
  context: Context,
  done: number,
  visit: (fold: Fold) => void,
): Promise<void> {
  const { signal } = context;
  const n = order.length;
  // Folds are rows that follow each other now; about the means of all rows, nothing large is taken off in turn.
  const [a, b] = [reordered(from.matrix, order), reordered(to.matrix, order)];
  // Sums lose nothing that is read of the map where the penalty is not small; then those of all rows serve every fold.
  const summed = lambda > 0 && a.columns <= DEFINITE * lambda && a.columns <= n - Math.ceil(n / folds);
  const edge = (fold: number) => Math.round((fold * n) / folds);
  const sumsIn = (fold: number) =>
    sumsOf(a.slice(edge(fold), edge(fold + 1)), b.slice(edge(fold), edge(fold + 1)), signal);
  // Made once where there is room for those of each fold.
  const kept: Sums[] = [];
  if (summed && context.fits(8 * (12 * n + (folds + 1) * a.columns) * (a.columns + b.columns)))
    for (let fold = 0; fold < folds; fold++) kept.push(await sumsIn(fold));
  const sums = summed && (kept.length > 0 ? together(kept) : await sumsOf(a, b, signal));
  const least = (n * Number.EPSILON) ** 2 * frobeniusSquared(a);
  const all = sums && largestMagnitude(sums.products) < Number.POSITIVE_INFINITY ? sums : null;
  for (let fold = 0; fold < folds; fold++) {
    signal.throwIfAborted();
    context.progress(done + (0.5 * fold) / folds, `${to.name} from ${from.name}, fold ${fold + 1} of ${folds}`);
    const [start, end] = [edge(fold), edge(fold + 1)];
    const [heldA, held] = [a.slice(start, end), b.slice(start, end)];
    const rows = n - held.rows;
    // The columns of all rows sum to zero.
    const away = (some: Matrix) => columnMeans(some).map((mean) => (-mean * some.rows) / rows);
    const [meanA, mean] = [away(heldA), away(held)];
    const own = all && (kept[fold] ?? (await sumsIn(fold)));
    const squares = all && own && without(all.squares, own.squares, rows, meanA, meanA);
    let map: Matrix<Float64Array>;
    if (all && own && squares && tells(squares, all.squares)) {
      map = await mapOfSums(squares, without(all.products, own.products, rows, meanA, mean), lambda, signal);
      free(squares.data);
    } else {
      const others = Array.from(order.keys()).filter((i) => i < start || i >= end);
      const [x, y] = [subtractFromRows(a.takeRows(others), meanA), subtractFromRows(b.takeRows(others), mean)];
      const variance = frobeniusSquared(x);
      // Units that vary by rounding alone say nothing.
      map =
        variance > least
          ? await ridgeMap(x, y, (lambda * variance) / x.columns, { signal })
          : Matrix.zeros(x.columns, y.columns);
      free(x.data, y.data);
    }
    if (own) free(own.squares.data, own.products.data);
    const known = subtractFromRows(heldA, meanA);
    const guess = await multiply(known, map, { signal });
    visit({ start, held, guess, mean });
    free(map.data, known.data, guess.data);
  }
  free(a.data, b.data);
}

/** About the means of the columns. */
function reordered(x: Matrix, order: Int32Array): Matrix<Float64Array> {
  const rows = x.takeRows(order);
  const out = subtractFromRows(rows, columnMeans(x));
  free(rows.data);
  return out;
}

interface Sums {
  /** XᵀX */
  readonly squares: Matrix<Float64Array>;
  /** XᵀY */
  readonly products: Matrix<Float64Array>;
}

async function sumsOf(x: Matrix<Float64Array>, y: Matrix<Float64Array>, signal: Context['signal']): Promise<Sums> {
  const turned = x.transpose();
  const sums = { squares: await gram(turned, { signal }), products: await multiply(turned, y, { signal }) };
  free(turned.data);
  return sums;
}

function together(parts: readonly Sums[]): Sums {
  const sum = (matrices: readonly Matrix<Float64Array>[]) => {
    const [{ data, rows, columns }] = matrices as [Matrix<Float64Array>];
    const out = data.slice();
    for (const other of matrices.slice(1)) addScaled(out, other.data, 1);
    return new Matrix(out, rows, columns);
  };
  return { squares: sum(parts.map(({ squares }) => squares)), products: sum(parts.map(({ products }) => products)) };
}

/** The target's rows as maps fitted without them predict them. */
async function predict(
  from: Representation,
  to: Representation,
  order: Int32Array,
  choice: Choice,
  context: Context,
  done: number,
): Promise<Matrix<Float64Array>> {
  const out = Matrix.zeros(order.length, to.matrix.columns);
  const means = columnMeans(to.matrix);
  await eachFold(from, to, order, choice, context, done, ({ start, guess, mean }) => {
    for (let i = 0; i < guess.rows; i++) {
      const [row, own] = [out.row(order[start + i] as number), guess.row(i)];
      for (let j = 0; j < row.length; j++) row[j] = (own[j] as number) + ((means[j] as number) + (mean[j] as number));
    }
  });
  return out;
}

/** A - B, in the memory of A. */
function less(a: Matrix<Float64Array>, b: Matrix<Float64Array>): Matrix<Float64Array> {
  for (let k = 0; k < a.data.length; k++) a.data[k] = (a.data[k] as number) - (b.data[k] as number);
  return a;
}

/** Sums of products of all rows less those of some, about the means of the `rows` that are left. */
function without(
  { data: all }: Matrix<Float64Array>,
  { data: some }: Matrix<Float64Array>,
  rows: number,
  a: Float64Array,
  b: Float64Array,
): Matrix<Float64Array> {
  const out = new Float64Array(all.length);
  for (let i = 0, k = 0; i < a.length; i++) {
    const weight = rows * (a[i] as number);
    for (let j = 0; j < b.length; j++, k++)
      out[k] = (all[k] as number) - (some[k] as number) - weight * (b[j] as number);
  }
  return new Matrix(out, a.length, b.length);
}

/** Whether a difference has kept its digits: squares of one row may be nearly all there are. */
function tells(fitted: Matrix, all: Matrix): boolean {
  const [some, total] = [trace(fitted), trace(all)];
  return some > 0 && total < Number.POSITIVE_INFINITY && some >= LEAST_FITTED * total;
}

/** The map from X to Y, p x q, that ridge regression with a penalty fits: from XᵀX, which becomes the sum of both, and XᵀY. */
async function mapOfSums(
  squares: Matrix<Float64Array>,
  products: Matrix<Float64Array>,
  lambda: number,
  signal: Context['signal'],
): Promise<Matrix<Float64Array>> {
  const penalty = (lambda * trace(squares)) / squares.rows;
  for (let k = 0; k < squares.data.length; k += squares.rows + 1)
    squares.data[k] = (squares.data[k] as number) + penalty;
  return solvePositive(squares, products, signal);
}

type Columns = [Matrix<Float64Array>, Matrix<Float64Array>, Matrix<Float64Array>, Matrix<Float64Array>];

/** Null where the target has no variance. */
async function judge({ matrix }: Representation, predicted: Matrix<Float64Array>) {
  const truth = matrix.toDouble();
  const centred = subtractFromRows(truth, columnMeans(truth));
  const total = frobeniusSquared(centred);
  if (!(total > 0)) return null;
  const guess = subtractFromRows(predicted, columnMeans(predicted));
  let missed = 0;
  const units: UnitScore[] = [];
  const [a, b, all, guessed] = [truth, predicted, centred, guess].map((matrix) => matrix.transpose()) as Columns;
  for (let j = 0; j < truth.columns; j++) {
    const error = squaredDistance(a.row(j), b.row(j));
    missed += error;
    const [own, turned] = [all.row(j), guessed.row(j)];
    const variance = dot(own, own);
    if (!(variance > 0)) continue;
    const norm = Math.sqrt(variance * dot(turned, turned));
    const correlation = norm > 0 ? Math.max(-1, Math.min(1, dot(own, turned) / norm)) : null;
    units.push({ unit: j, r2: 1 - error / variance, correlation, part: (variance - error) / total });
  }
  const moved = subtractFromRows(predicted, columnMeans(truth));
  return { ...judged(missed, total, units), rows: explainedRows(centred, moved, total) };
}

function partsOfUnits({ units }: Judged, columns: number): Float64Array {
  const parts = new Float64Array(columns);
  for (const { unit, part } of units) parts[unit] = part;
  return parts;
}
