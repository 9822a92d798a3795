import { solvePositive } from '../../linalg/cholesky';
import { symmetricEigen } from '../../linalg/eigen';
import { Matrix } from '../../linalg/matrix';
import { Moments } from '../../linalg/moments';
import { dot, trace } from '../../linalg/norms';
import { crossProduct, multiply } from '../../linalg/products';
import { scale } from '../../linalg/vectors';
import type { Context, RowStream } from '../method';
import { readInBlocks } from '../shared/gather';
import { DEFINITE, type Judged, judged, type UnitScore } from './ridge-scores';

/** Rows of a block at most. */
const TALLEST = 8192;
/** Rounding of an eigenvalue of p x p sums of squares, relative to the largest, over p ε. */
const ROUNDING = 16;

type Double = Matrix<Float64Array>;

/** Sums over the rows of one fold, in units that all folds share. */
interface Fold {
  readonly rows: number;
  readonly means: readonly Float64Array[];
  /** XᵀX, XᵀY, YᵀY of the columns less their means. */
  readonly products: readonly (readonly Double[])[];
}

export interface Folds {
  readonly folds: readonly Fold[];
  /** Columns of each input that have one value only. */
  readonly constant: readonly (readonly number[])[];
  readonly rows: number;
  readonly steps: readonly string[];
}

/**
 * The sums over the rows of each fold, in two passes: the folds are drawn among the rows that are kept, which are counted first.
 * @returns the number of rows where they are fewer than two for each fold
 */
export async function gatherFolds(stream: RowStream, count: number, context: Context): Promise<Folds | number> {
  const widths = stream.inputs.map(({ columns }) => columns);
  const units = widths.reduce((sum, width) => sum + width, 0);
  const sums = count * Moments.bytes(units) + 8 * 4 * units * units;
  const perRow = stream.blockBytes(1) + 40 * units + 64;
  context.reserve(sums + perRow, `the table of products of all pairs of ${units} units, for each fold,`);
  const height = Math.max(1, Math.min(TALLEST, stream.rows, Math.floor((stream.room - sums) / perRow)));
  let rows = 0;
  for await (const { index, passed } of stream.blocks(height)) {
    rows += index.length;
    context.progress((0.3 * passed) / stream.rows, 'Counting rows');
  }
  if (rows < 2 * count) return rows;
  const foldOf = new Uint8Array(rows);
  const order = context.random.permutation(rows);
  for (const [i, row] of order.entries()) foldOf[row] = foldAt(i, rows, count);
  const moments = Array.from({ length: count }, () => new Moments(widths, true));
  const varying = widths.map((width) => new Uint8Array(width));
  const first: Float64Array[] = [];
  let done = 0;
  for await (const { matrices, index, passed } of stream.blocks(height)) {
    for (const [k, { data, columns }] of matrices.entries()) {
      first[k] ??= Float64Array.from(data.subarray(0, columns));
      const [own, flags] = [first[k] as Float64Array, varying[k] as Uint8Array];
      for (let at = 0; at < data.length; at++) if (data[at] !== own[at % columns]) flags[at % columns] = 1;
    }
    for (const [f, sum] of moments.entries()) {
      const places = Array.from(index.keys()).filter((i) => foldOf[done + i] === f);
      await sum.add(
        matrices.map((matrix) => matrix.takeRows(places)),
        context.signal,
      );
    }
    done += index.length;
    context.progress(0.3 + (0.4 * passed) / stream.rows, 'Reading rows');
  }
  const shared = widths.map((_, k) => Math.max(...moments.map((sum) => sum.exponent(k))));
  return {
    folds: moments.map((sum) => foldOfSums(sum, shared)),
    constant: varying.map((flags) => Array.from(flags.keys()).filter((j) => flags[j] === 0)),
    rows,
    steps: [`${readInBlocks(height)}, twice`, 'products and sums in float64'],
  };
}

/** The fold that has the row at place i of the drawn order. */
function foldAt(i: number, rows: number, count: number): number {
  let fold = 0;
  while (fold < count - 1 && i >= Math.round(((fold + 1) * rows) / count)) fold++;
  return fold;
}

function foldOfSums(sum: Moments, shared: readonly number[]): Fold {
  const inputs = [0, 1] as const;
  const unit = (k: number) => 2 ** (sum.exponent(k) - (shared[k] as number));
  return {
    rows: sum.rows,
    means: inputs.map((k) => sum.means(k).map((mean) => mean / 2 ** (shared[k] as number))),
    products: inputs.map((x) =>
      inputs.map((y) => {
        const product = sum.product(x, y);
        const factor = unit(x) * unit(y);
        if (factor !== 1) for (let k = 0; k < product.data.length; k++) (product.data[k] as number) *= factor;
        return product;
      }),
    ),
  };
}

/** The sums of several folds together. */
function merged(folds: readonly Fold[]): Fold {
  const rows = folds.reduce((sum, fold) => sum + fold.rows, 0);
  const means = [0, 1].map((k) => {
    const out = new Float64Array(folds[0]?.means[k]?.length ?? 0);
    for (const fold of folds)
      for (let j = 0; j < out.length; j++)
        out[j] = (out[j] as number) + (fold.rows / rows) * (fold.means[k]?.[j] as number);
    return out;
  });
  const products = [0, 1].map((x) =>
    [0, 1].map((y) => {
      const out = Matrix.zeros(means[x]?.length ?? 0, means[y]?.length ?? 0);
      for (const fold of folds) addAbout(out, fold, [x, y], means);
      return out;
    }),
  );
  return { rows, means, products };
}

/** Adds a fold's products about other means than its own. */
function addAbout(out: Double, fold: Fold, [x, y]: readonly [number, number], means: readonly Float64Array[]): void {
  const own = fold.products[x]?.[y] as Double;
  const away = (k: number) => (fold.means[k] as Float64Array).map((mean, j) => mean - (means[k]?.[j] as number));
  const [a, b] = [away(x), away(y)];
  for (let i = 0, k = 0; i < a.length; i++)
    for (let j = 0; j < b.length; j++, k++)
      out.data[k] = (out.data[k] as number) + (own.data[k] as number) + fold.rows * (a[i] as number) * (b[j] as number);
}

/**
 * How well ridge maps from input `from` predict input `to` on the folds that each was not fitted to, from the folds' sums. Null
 * where the target has no variance.
 */
export async function judgeFolds(
  { folds, constant }: Folds,
  from: 0 | 1,
  lambda: number,
  context: Context,
): Promise<{ readonly judged: Judged; readonly definite: boolean } | null> {
  const to = from === 0 ? 1 : 0;
  const width = folds[0]?.means[to]?.length ?? 0;
  const all = merged(folds);
  const least = (all.rows * Number.EPSILON) ** 2 * trace(all.products[from]?.[from] as Double);
  let definite = true;
  /** Of each fold: the mean of the predictions, their squares about it, and their products with the truth. */
  const parts: { rows: number; mean: Float64Array; squares: Float64Array; products: Float64Array }[] = [];
  for (const [f, held] of folds.entries()) {
    context.signal.throwIfAborted();
    context.progress(0.7 + 0.15 * (from + f / folds.length), `Fold ${f + 1} of ${folds.length}`);
    const fitted = merged(folds.filter((fold) => fold !== held));
    const { map, sure } = await mapOf(fitted, from, to, lambda, least, context);
    definite &&= sure;
    const apart = (held.means[from] as Float64Array).map((mean, j) => mean - (fitted.means[from]?.[j] as number));
    const turned = await multiply(held.products[from]?.[from] as Double, map, { signal: context.signal });
    const moved = await multiply(new Matrix(apart, 1, apart.length), map, { signal: context.signal });
    const across = held.products[from]?.[to] as Double;
    const [squares, products] = [new Float64Array(width), new Float64Array(width)];
    for (let j = 0; j < width; j++) {
      const own = map.column(j);
      squares[j] = Math.max(0, dot(own, turned.column(j)));
      products[j] = dot(own, across.column(j));
    }
    const mean = (fitted.means[to] as Float64Array).map((value, j) => value + moved.at(0, j));
    parts.push({ rows: held.rows, mean, squares, products });
  }
  const units: UnitScore[] = [];
  let [missed, total] = [0, 0];
  for (let j = 0; j < width; j++) {
    if (constant[to]?.includes(j)) continue;
    const truth = all.means[to]?.[j] as number;
    const variance = all.products[to]?.[to]?.at(j, j) as number;
    const centre = parts.reduce((sum, { rows, mean }) => sum + (rows * (mean[j] as number)) / all.rows, 0);
    let [error, squares, products] = [0, 0, 0];
    for (const [f, part] of parts.entries()) {
      const held = folds[f] as Fold;
      const own = held.means[to]?.[j] as number;
      const [guess, square, product] = [part.mean[j], part.squares[j], part.products[j]] as [number, number, number];
      error += (held.products[to]?.[to]?.at(j, j) as number) - 2 * product + square + held.rows * (own - guess) ** 2;
      squares += square + held.rows * (guess - centre) ** 2;
      products += product + held.rows * (guess - centre) * (own - truth);
    }
    missed += error;
    total += variance;
    if (!(variance > 0)) continue;
    const norm = Math.sqrt(variance * squares);
    const correlation = norm > 0 ? Math.max(-1, Math.min(1, products / norm)) : null;
    units.push({ unit: j, r2: 1 - error / variance, correlation, part: variance - error });
  }
  const known = units.map((unit) => ({ ...unit, part: unit.part / total }));
  return total > 0 ? { judged: judged(missed, total, known), definite } : null;
}

/**
 * The map that ridge regression fits, and whether squares lose nothing of it that is read.
 * @param least what all variance in the rows fitted to has to be more than, to be more than rounding
 */
async function mapOf(
  { rows, products }: Fold,
  from: 0 | 1,
  to: 0 | 1,
  lambda: number,
  least: number,
  { signal }: Context,
): Promise<{ map: Double; sure: boolean }> {
  const squares = products[from]?.[from] as Double;
  const across = products[from]?.[to] as Double;
  const columns = squares.rows;
  const total = trace(squares);
  if (!(total > least)) return { map: Matrix.zeros(columns, across.columns), sure: true };
  const penalty = (lambda * total) / columns;
  if (penalty > 0 && columns <= rows && total <= DEFINITE * penalty) {
    for (let k = 0; k < squares.data.length; k += columns + 1) squares.data[k] = (squares.data[k] as number) + penalty;
    return { map: await solvePositive(squares, across, signal), sure: true };
  }
  const { values, vectors } = await symmetricEigen(squares, { signal });
  const rounding = ROUNDING * columns * Number.EPSILON * (values[0] ?? 0);
  const scores = (await crossProduct(vectors, across, { signal })) as Double;
  for (const [k, value] of values.entries()) {
    scale(scores.row(k), value > rounding ? 1 / (value + penalty) : 0);
  }
  const spread = values.filter((value) => value > rounding).at(-1) ?? 0;
  return { map: await multiply(vectors, scores, { signal }), sure: spread + penalty > 1e-6 * (values[0] ?? 0) };
}
