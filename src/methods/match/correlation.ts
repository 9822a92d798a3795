import { columnDeviations, columnMeans, standardiseInto, standardiseTurned } from '../../linalg/centre';
import { Matrix } from '../../linalg/matrix';
import { subtractProduct } from '../../linalg/products';
import type { Signal } from '../../linalg/signal';
import { placeOfLargest } from '../../linalg/vectors';
import type { Context, Representation, Size } from '../method';

/** Values standardised at once, in float64: 4 MB, which stay in the cache until they are multiplied. */
const BLOCK = 1 << 19;
/** Rows standardised at once at least: each product goes over the table of all pairs of units. */
const LEAST_ROWS = 256;

/** The units of a representation that vary. */
export interface UnitNames {
  readonly name: string;
  /** Columns that are not constant: unit `kept[i]` of the representation is row (or column) i of every correlation. */
  readonly kept: Int32Array;
}

/** Announces the tables of all pairs of units, of which there are three at most. */
export function reserveTables(x: UnitNames, y: UnitNames, { reserve }: Pick<Context, 'reserve'>): void {
  reserve(8 * 3 * x.kept.length * y.kept.length, 'how all pairs of units go together');
}

/** The same, ready to be correlated. */
export interface Units extends UnitNames {
  readonly matrix: Matrix;
  /** Of every column. */
  readonly means: Float64Array;
  /** Population standard deviations of every column. */
  readonly deviations: Float64Array;
}

export function unitsOf({ name, matrix }: Representation): Units {
  const means = columnMeans(matrix);
  const deviations = columnDeviations(matrix, means);
  const kept = Int32Array.from(deviations.keys()).filter((j) => deviations[j] !== 0);
  return { name, matrix, kept, means, deviations };
}

/**
 * Pearson correlations of every unit of `x` (a row) with every unit of `y` (a column), in float64.
 * @param pairing the row of `y` that goes with each row of `x`; absent: the same
 */
export async function correlations(
  x: Units,
  y: Units,
  signal?: Signal,
  pairing?: Int32Array,
): Promise<Matrix<Float64Array>> {
  const n = x.matrix.rows;
  const total = Matrix.zeros(x.kept.length, y.kept.length);
  const step = blockRows(n, total.rows + total.columns);
  const [left, right] = [x, y].map(({ kept }) => new Float64Array(step * kept.length)) as [Float64Array, Float64Array];
  for (let start = 0; start < n; start += step) {
    signal?.throwIfAborted();
    const end = Math.min(start + step, n);
    const rows = pairing ? y.matrix.takeRows(pairing.subarray(start, end)) : y.matrix.slice(start, end);
    const a = new Matrix(left.subarray(0, (end - start) * x.kept.length), x.kept.length, end - start);
    standardiseTurned(a, ...varying(x, x.matrix.slice(start, end)));
    const b = new Matrix(right.subarray(0, (end - start) * y.kept.length), end - start, y.kept.length);
    standardiseInto(b.data, ...varying(y, rows));
    // Products are added up by being taken away, which needs no memory for them; the sign is turned below.
    await subtractProduct(total, a, b, { signal });
  }
  // Rounding alone can carry a correlation past 1.
  for (let k = 0; k < total.data.length; k++)
    total.data[k] = Math.max(-1, Math.min(1, 0 - (total.data[k] as number) / n));
  return total;
}

/** The units that vary, with what they are standardised by. */
function varying({ kept, means, deviations }: Units, rows: Matrix): readonly [Matrix, Float64Array, Float64Array] {
  if (kept.length === rows.columns) return [rows, means, deviations];
  return [rows.takeColumns(kept), picked(means, kept), picked(deviations, kept)];
}

function picked(values: Float64Array, places: Int32Array): Float64Array {
  return Float64Array.from(places, (place) => values[place] as number);
}

function blockRows(rows: number, units: number): number {
  return Math.min(rows, Math.max(LEAST_ROWS, Math.floor(BLOCK / (units + 1))));
}

/** What `correlations` takes beside its inputs at most: blocks of the two widest, standardised. */
export function standardisedBytes(inputs: readonly Size[]): number {
  const widths = inputs.map(({ columns }) => columns).sort((a, b) => b - a);
  const units = (widths[0] ?? 0) + (widths[1] ?? 0);
  return 24 * units * blockRows(inputs[0]?.rows ?? 0, units);
}

/** For each row the column of its largest entry, the first of several. */
export function bestColumns(m: Matrix): Int32Array {
  return Int32Array.from({ length: m.rows }, (_, i) => placeOfLargest(m.row(i), 0, m.columns));
}

export function absolute(m: Matrix): Matrix {
  const out = new Float64Array(m.data);
  for (let k = 0; k < out.length; k++) out[k] = Math.abs(out[k] as number);
  return new Matrix(out, m.rows, m.columns);
}
