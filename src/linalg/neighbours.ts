import { normaliseRows } from './centre';
import { centredPoints, squaredDistance, squaredLengths } from './distances';
import { scaled, scaleOf } from './householder';
import { Matrix } from './matrix';
import { dot } from './norms';
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

const TILE_BYTES = 64e6;
const EPSILON = 2 ** -52;

/**
 * The k nearest other rows of each row: largest cosine or inner product, or least Euclidean distance, in float64. A row is
 * left out of its own list by its index, and stays in those of its duplicates. Among equally near rows the lowest index
 * comes first; equally near means that the computed values are the same number. Products of rows, tile by tile, choose
 * the candidates; the values that decide are then summed for each pair in the same order wherever the two rows stand, so
 * that duplicates do tie. A zero row has cosine 0 with every other.
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
  const tile = new Float64Array(height * n);
  const memory = new Float64Array(n);
  let tied = 0;
  for (let start = 0; start < n; start += height) {
    options.progress?.(start / n, 'Nearest neighbours');
    const end = Math.min(n, start + height);
    const products = new Matrix(tile.subarray(0, (end - start) * n), end - start, n);
    const part = space.rows.slice(start, end);
    await multiplyInto(products, part, space.rows, { transposeB: true, signal: options.signal });
    for (let i = start; i < end; i++) {
      options.signal?.throwIfAborted();
      const far = products.row(i - start);
      space.estimate(i, far);
      far[i] = Number.POSITIVE_INFINITY;
      const candidates = closest(far, k, memory, space.tolerance(i));
      const values = new Map(candidates.map((j) => [j, space.distance(i, j)]));
      candidates.sort((a, b) => (values.get(a) as number) - (values.get(b) as number) || a - b);
      for (let c = 0; c < k; c++) indices[i * k + c] = candidates[c] as number;
      if (k < n - 1 && values.get(candidates[k - 1] as number) === values.get(candidates[k] as number)) tied++;
    }
  }
  return { indices, tied };
}

/** Bytes that {@link nearestNeighbours} takes: with n rows of d units, O(n (k + d)) and a tile. */
export function neighbourBytes({ rows, columns }: Matrix, k: number): number {
  return rows * (4 * k + 16 * columns + 16 + 8 * heightOf(rows));
}

/** Rows of a tile of products with all n. */
function heightOf(n: number): number {
  return Math.min(n, Math.max(1, Math.floor(TILE_BYTES / (8 * n))));
}

interface Space {
  /** Whose products are taken. */
  rows: Matrix<Float64Array>;
  /** Turns the products of row i with all rows into distances, but for rounding. */
  estimate(i: number, products: Float64Array): void;
  /** Twice the most by which an estimate of row i may be off. */
  tolerance(i: number): number;
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
  const rounding = 4 * EPSILON * (x.columns + 8);
  if (metric === 'euclidean') {
    return {
      rows,
      estimate(i, products) {
        const square = squares[i] as number;
        for (let j = 0; j < products.length; j++) {
          products[j] = square + (squares[j] as number) - 2 * (products[j] as number);
        }
      },
      tolerance: (i) => rounding * ((squares[i] as number) + largest),
      distance: (i, j) => squaredDistance(double.row(i), double.row(j)),
    };
  }
  return {
    rows,
    estimate(_, products) {
      for (let j = 0; j < products.length; j++) products[j] = -(products[j] as number);
    },
    tolerance: (i) => rounding * Math.sqrt((squares[i] as number) * largest),
    distance: (i, j) => -dot(rows.row(i), rows.row(j)),
  };
}

/** The indices of the k + 1 least values, and of all that come within `tolerance` of them. */
function closest(far: Float64Array, k: number, memory: Float64Array, tolerance: number): number[] {
  memory.set(far);
  const bound = select(memory, k) + tolerance;
  const found: number[] = [];
  for (let j = 0; j < far.length; j++)
    if ((far[j] as number) <= bound && far[j] !== Number.POSITIVE_INFINITY) found.push(j);
  return found;
}
