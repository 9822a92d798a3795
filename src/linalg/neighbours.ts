import { normaliseInDouble, squaredLengths } from './centre';
import { centredPoints, squaredDistance } from './distances';
import { scaled, scaleOf } from './householder';
import { Matrix, type Real } from './matrix';
import { free } from './memory';
import { NarrowSearch, narrowBytes } from './narrow-neighbours';
import { dot } from './norms';
import { ascendingOrder } from './order';
import { multiplyInto } from './products';
import { select } from './ranks';
import type { Watch } from './signal';

export type NeighbourMetric = 'cosine' | 'euclidean' | 'inner';

export interface Neighbours {
  /** rows x k, nearest first. */
  indices: Int32Array;
  /** Rows whose k-th and (k + 1)-th candidates are equally near, so that the index decided. */
  tied: number;
}

const TILE_BYTES = 16e6;
/** How far apart numbers at 1 are; twice that in double precision, where what decides is as much rounded. */
const DOUBLE = 2 ** -51;
const SINGLE = 2 ** -23;
/** Besides, what single precision takes for zero: of sums of products of numbers of at most 1, in units of the precision. */
const UNDERFLOW = 2 ** -97;

/**
 * The k nearest other rows of each row: largest cosine or inner product, or least Euclidean distance, in float64. A row is
 * left out of its own list by its index, and stays in those of its duplicates. Among equally near rows the lowest index
 * comes first; equally near means that the computed values are the same number, of cosines that they are but for the rounding of
 * the directions. Products of rows, tile by tile, in single
 * precision where there are many rows, choose the candidates; the values that decide are then summed for each pair in the same
 * order wherever the two rows stand, so that duplicates do tie. A zero row has cosine 0 with every other.
 * Memory is that of the lists, of the rows in float64 twice and of a tile of products, of which `reserve` is told before.
 * @throws RangeError unless 1 <= k < rows
 */
export async function nearestNeighbours(
  x: Matrix,
  k: number,
  metric: NeighbourMetric,
  options: Watch & { reserve?: (bytes: number, what: string) => void } = {},
): Promise<Neighbours> {
  const n = x.rows;
  if (!(Number.isInteger(k) && k >= 1 && k < n)) {
    throw new RangeError(`Rows have from 1 to ${n - 1} other rows as neighbours; ${k} were asked for.`);
  }
  options.reserve?.(neighbourBytes(x, k), `finding the ${k} nearest of ${n} rows`);
  const space = spaceOf(x, metric);
  const indices = new Int32Array(n * k);
  let tied = 0;
  /** Candidates that lie farther apart than rounding are in order; the others are compared by what decides. */
  const settle = (i: number, places: ArrayLike<number>, estimates: Real, tolerance: number) => {
    const order = ascendingOrder(estimates);
    for (let start = 0, end = 1; start < k && start < order.length; start = end, end++) {
      while (end < order.length && gapBefore(end, order, estimates) <= tolerance) end++;
      if (end === start + 1) continue;
      const near = order.slice(start, end).sort((a, b) => (places[a] as number) - (places[b] as number));
      const values = new Float64Array(near.length);
      for (let c = 0; c < near.length; c++) values[c] = space.distance(i, places[near[c] as number] as number);
      const decided = ascendingOrder(levelled(values, space.same));
      for (let c = 0; c < near.length; c++) order[start + c] = near[decided[c] as number] as number;
      if (end > k && gapBefore(k - start, decided, values) === 0) tied++;
    }
    for (let c = 0; c < k; c++) indices[i * k + c] = places[order[c] as number] as number;
  };
  const narrow = NarrowSearch.helps(n, k) ? new NarrowSearch(space, k, (i) => space.tolerance(i, SINGLE)) : null;
  const found = (await narrow?.run(options)) ? narrow : null;
  const left: number[] = [];
  for (let i = 0; i < n; i++) {
    const candidates = found?.candidates(i);
    if (candidates) settle(i, candidates.places, candidates.values, space.tolerance(i, SINGLE));
    else left.push(i);
  }
  const height = Math.min(left.length, heightOf(n));
  const tile = new Float64Array(height * n);
  const memory = new Float64Array(n);
  for (let start = 0; start < left.length; start += height) {
    options.progress?.((n - left.length + start) / n, 'Nearest neighbours');
    const some = left.slice(start, start + height);
    const all = left.length === n;
    const products = new Matrix(tile.subarray(0, some.length * n), some.length, n);
    const { signal } = options;
    const asking = all ? space.rows.slice(start, start + some.length) : space.rows.takeRows(some);
    await multiplyInto(products, asking, space.rows, { transposeB: true, signal });
    for (const [line, i] of some.entries()) {
      signal?.throwIfAborted();
      const tolerance = space.tolerance(i, DOUBLE);
      const places = selected(products.row(line), i, space, k, memory, tolerance);
      const estimates = Float64Array.from(places, (j) => memory[j] as number);
      settle(i, places, estimates, tolerance);
    }
  }
  free(tile, ...space.made);
  return { indices, tied };
}

/** Bytes that {@link nearestNeighbours} takes: with n rows of d units, O(n (k + d)) and tiles. */
export function neighbourBytes({ rows, columns }: Matrix, k: number): number {
  const narrow = NarrowSearch.helps(rows, k) ? narrowBytes(rows, columns, k) : 0;
  return rows * (4 * k + 16 * columns + 24) + 8 * heightOf(rows) * (rows + (narrow > 0 ? columns : 0)) + narrow;
}

/** Rows of a tile of products with all n. */
function heightOf(n: number): number {
  return Math.max(1, Math.min(n, Math.floor(TILE_BYTES / (8 * n))));
}

interface Space {
  /** Made for this search alone. */
  made: readonly Float64Array[];
  /** Whose products are taken. */
  rows: Matrix<Float64Array>;
  /** Negative: products of row i, times this, and `shift` order the others as their distances do. */
  factor: number;
  shift: Float64Array;
  /** Twice the most by which rounding of such a precision puts what is so estimated of row i off. */
  tolerance(i: number, precision: number): number;
  /** Distances that differ by no more are the same. */
  readonly same: number;
  /** What decides: smaller is nearer. */
  distance(i: number, j: number): number;
}

function spaceOf(x: Matrix, metric: NeighbourMetric): Space {
  // Changes no order, and keeps squares within range; so do lengths of one, unless those of the rows leave it themselves.
  const scale = scaleOf(x);
  const far = scale > 2 ** 500 || scale < 2 ** -500;
  const directions = metric === 'cosine' ? normaliseInDouble(far ? scaled(x, scale) : x) : null;
  const double = directions?.matrix ?? scaled(x, scale);
  const zero = new Set(directions?.zeroRows);
  const squared = (i: number, j: number) => squaredDistance(double.row(i), double.row(j));
  // The distance of two directions keeps its digits where all are nearly one, as their product would not; but directions are
  // rounded when they are made, so that equal angles differ in the last places of 1.
  const same = directions ? (16 + x.columns / 4) * 2 ** -52 : 0;
  const angular = (i: number, j: number) => (zero.has(i) || zero.has(j) ? Math.SQRT2 : Math.sqrt(squared(i, j)));
  const byDistance = metric !== 'inner' && zero.size === 0;
  const rows = byDistance ? centredPoints(double) : double;
  const made = [double.data, rows.data];
  const squares = squaredLengths(rows);
  const largest = squares.reduce((most, square) => Math.max(most, square), 0);
  const places = x.columns + 16;
  const shared = { made, rows, same };
  if (byDistance)
    return {
      ...shared,
      factor: -2,
      shift: squares,
      tolerance(i, precision) {
        const square = squares[i] as number;
        const rounding = 2 * places * precision * (square + largest + UNDERFLOW);
        return rounding + 4 * same * (Math.sqrt(square) + Math.sqrt(largest));
      },
      distance: directions ? angular : squared,
    };
  return {
    ...shared,
    factor: -1,
    shift: new Float64Array(x.rows),
    tolerance: (i, precision) => places * precision * (Math.sqrt((squares[i] as number) * largest) + UNDERFLOW),
    distance: directions ? angular : (i, j) => -dot(rows.row(i), rows.row(j)),
  };
}

/** Values between which others lead in steps of no more than `same` are the least of them. */
function levelled(values: Float64Array, same: number): Float64Array {
  if (same === 0) return values;
  const order = ascendingOrder(values);
  let [last, level] = [Number.NEGATIVE_INFINITY, 0];
  for (const k of order) {
    const value = values[k] as number;
    if (value - last > same) level = value;
    values[k] = level;
    last = value;
  }
  return values;
}

/** How much farther the candidate at place c is than the one before it. */
function gapBefore(c: number, order: Uint32Array, values: Real): number {
  return (values[order[c] as number] as number) - (values[order[c - 1] as number] as number);
}

/**
 * The places of the k + 1 least of what the products of row i come to, and of all within `tolerance` of them. What each comes to
 * is left in `values`; that of the row itself is the farthest.
 */
function selected(
  products: Float64Array,
  i: number,
  { factor, shift }: Space,
  k: number,
  values: Float64Array,
  tolerance: number,
): number[] {
  for (let j = 0; j < values.length; j++) values[j] = factor * (products[j] as number) + (shift[j] as number);
  values[i] = Number.POSITIVE_INFINITY;
  products.set(values);
  const bound = select(products, k) + tolerance;
  const found: number[] = [];
  for (let j = 0; j < values.length; j++) if ((values[j] as number) <= bound && j !== i) found.push(j);
  return found;
}
