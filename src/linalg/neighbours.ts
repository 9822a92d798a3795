import { normaliseRows } from './centre';
import { centredPoints, squaredDistance, squaredLengths } from './distances';
import { scaled, scaleOf } from './householder';
import { Matrix } from './matrix';
import { NarrowSearch, narrowBytes } from './narrow-neighbours';
import { dot } from './norms';
import { gram, multiplyInto } from './products';
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
/** Up to so many bytes the products of all rows are held, of which half come from the other half. */
const WHOLE_BYTES = 64e6;
/** Neighbours up to which the nearest so far are kept in order; more are selected. */
const FEW = 64;
/** Of a number that is rounded: how far apart numbers at 1 are. */
const DOUBLE = 2 ** -52;
const SINGLE = 2 ** -23;

/**
 * The k nearest other rows of each row: largest cosine or inner product, or least Euclidean distance, in float64. A row is
 * left out of its own list by its index, and stays in those of its duplicates. Among equally near rows the lowest index
 * comes first; equally near means that the computed values are the same number. Products of rows, tile by tile, in single
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
  const height = heightOf(n);
  const whole = height === n ? await gram(space.rows, options) : null;
  const tile = new Float64Array(whole ? 0 : height * n);
  const nearest = new Float64Array(k < FEW ? k + 1 : n);
  /** Single precision, until it is seen that it does not tell the rows apart. */
  let narrow = !whole && NarrowSearch.helps(n, k) ? new NarrowSearch(space, k) : null;
  let tied = 0;
  const settle = (i: number, candidates: readonly number[]) => {
    const values = Float64Array.from(candidates, (j) => space.distance(i, j));
    const order = ascending(values);
    for (let c = 0; c < k; c++) indices[i * k + c] = candidates[order[c] as number] as number;
    if (k < n - 1 && values[order[k - 1] as number] === values[order[k] as number]) tied++;
  };
  const wide = async (places: readonly number[]) => {
    const products = whole ?? new Matrix(tile.subarray(0, places.length * n), places.length, n);
    if (!whole)
      await multiplyInto(products, space.rows.takeRows(places), space.rows, {
        transposeB: true,
        signal: options.signal,
      });
    for (const [line, i] of places.entries()) {
      options.signal?.throwIfAborted();
      const far = products.row(whole ? i : line);
      // The row itself is the farthest.
      far[i] = Number.NEGATIVE_INFINITY;
      settle(i, (k < FEW ? closest : selected)(far, space, k, nearest, space.tolerance(i, DOUBLE)));
    }
  };
  for (let start = 0; start < n; ) {
    options.progress?.(start / n, 'Nearest neighbours');
    const end = Math.min(n, start + (narrow?.height ?? height));
    const single = (i: number) => space.tolerance(i, SINGLE);
    const found = await narrow?.candidates(start, end, single, options.signal);
    const left: number[] = [];
    for (let i = start; i < end; i++) {
      const candidates = found?.[i - start];
      if (candidates) settle(i, candidates);
      else left.push(i);
    }
    if (2 * left.length > end - start) narrow = null;
    for (let from = 0; from < left.length; from += height) await wide(left.slice(from, from + height));
    start = end;
  }
  return { indices, tied };
}

/** Bytes that {@link nearestNeighbours} takes: with n rows of d units, O(n (k + d)) and a tile. */
export function neighbourBytes({ rows, columns }: Matrix, k: number): number {
  const narrow = heightOf(rows) < rows && NarrowSearch.helps(rows, k) ? narrowBytes(rows, columns) : 0;
  return rows * (4 * k + 16 * columns + 16 + 8 * heightOf(rows)) + narrow;
}

/** Rows of a tile of products with all n; all of them where the tile is whole. */
function heightOf(n: number): number {
  if (8 * n * n <= WHOLE_BYTES) return n;
  return Math.max(1, Math.floor(TILE_BYTES / (8 * n)));
}

interface Space {
  /** Whose products are taken. */
  rows: Matrix<Float64Array>;
  /** Negative: products of row i, times this, and `shift` order the others as their distances do. */
  factor: number;
  shift: Float64Array;
  /** Twice the most by which rounding of such a precision puts what is so estimated of row i off. */
  tolerance(i: number, precision: number): number;
  /** What decides: smaller is nearer. */
  distance(i: number, j: number): number;
}

function spaceOf(x: Matrix, metric: NeighbourMetric): Space {
  // Changes no order, and keeps squares within range.
  const double = scaled(x, scaleOf(x));
  const rows =
    metric === 'cosine' ? normaliseRows(double).matrix : metric === 'euclidean' ? centredPoints(double) : double;
  const squares = squaredLengths(rows);
  const largest = squares.reduce((most, square) => Math.max(most, square), 0);
  const rounding = 4 * (x.columns + 8);
  if (metric === 'euclidean') {
    return {
      rows,
      factor: -2,
      shift: squares,
      tolerance: (i, precision) => rounding * precision * ((squares[i] as number) + largest),
      distance: (i, j) => squaredDistance(double.row(i), double.row(j)),
    };
  }
  return {
    rows,
    factor: -1,
    shift: new Float64Array(x.rows),
    tolerance: (i, precision) => rounding * precision * Math.sqrt((squares[i] as number) * largest),
    distance: (i, j) => -dot(rows.row(i), rows.row(j)),
  };
}

/** The places of the values, the least first; the first first among equals. */
function ascending(values: Float64Array): Int32Array {
  const order = new Int32Array(values.length);
  for (let c = 0; c < order.length; c++) order[c] = c;
  if (order.length > 2 * FEW) return order.sort((a, b) => (values[a] as number) - (values[b] as number) || a - b);
  for (let c = 1; c < order.length; c++) {
    const value = values[c] as number;
    let at = c;
    for (; at > 0 && (values[order[at - 1] as number] as number) > value; at--) order[at] = order[at - 1] as number;
    order[at] = c;
  }
  return order;
}

/**
 * The places of the k + 1 least of what the products `far` come to, and of all within `tolerance` of them. `least` holds the
 * least so far in ascending order: late in a row few values are less than its last.
 */
function closest(
  far: Float64Array,
  { factor, shift }: Space,
  k: number,
  least: Float64Array,
  tolerance: number,
): number[] {
  least.fill(Number.POSITIVE_INFINITY);
  const found: number[] = [];
  let bound = Number.POSITIVE_INFINITY;
  for (let j = 0; j < far.length; j++) {
    const value = factor * (far[j] as number) + (shift[j] as number);
    if (!(value <= bound) || value === Number.POSITIVE_INFINITY) continue;
    found.push(j);
    if (value >= (least[k] as number)) continue;
    let at = k;
    for (; at > 0 && (least[at - 1] as number) > value; at--) least[at] = least[at - 1] as number;
    least[at] = value;
    bound = (least[k] as number) + tolerance;
  }
  return found.filter((j) => factor * (far[j] as number) + (shift[j] as number) <= bound);
}

/** As {@link closest}, for any k. */
function selected(
  far: Float64Array,
  { factor, shift }: Space,
  k: number,
  memory: Float64Array,
  tolerance: number,
): number[] {
  for (let j = 0; j < far.length; j++) memory[j] = factor * (far[j] as number) + (shift[j] as number);
  const bound = select(memory, k) + tolerance;
  const found: number[] = [];
  for (let j = 0; j < far.length; j++)
    if (factor * (far[j] as number) + (shift[j] as number) <= bound && far[j] !== Number.NEGATIVE_INFINITY)
      found.push(j);
  return found;
}
