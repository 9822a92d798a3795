import { columnDeviations, columnMeans } from '../../linalg/centre';
import { Matrix } from '../../linalg/matrix';
import { crossProduct } from '../../linalg/products';
import type { Signal } from '../../linalg/signal';
import type { Representation, Size } from '../method';

/** Values standardised at once, in float64: 32 MB. */
const BLOCK = 1 << 22;

/** The units of a representation that vary. */
export interface UnitNames {
  readonly name: string;
  /** Columns that are not constant: unit `kept[i]` of the representation is row (or column) i of every correlation. */
  readonly kept: Int32Array;
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
export async function correlations(x: Units, y: Units, signal?: Signal, pairing?: Int32Array): Promise<Matrix> {
  const n = x.matrix.rows;
  const total = Matrix.zeros(x.kept.length, y.kept.length);
  const step = Math.max(1, Math.floor(BLOCK / (total.rows + total.columns + 1)));
  for (let start = 0; start < n; start += step) {
    signal?.throwIfAborted();
    const end = Math.min(start + step, n);
    const left = standardised(x, x.matrix.slice(start, end));
    const rows = pairing ? y.matrix.takeRows(pairing.subarray(start, end)) : y.matrix.slice(start, end);
    const product = await crossProduct(left, standardised(y, rows), { signal });
    for (let k = 0; k < total.data.length; k++) {
      total.data[k] = (total.data[k] as number) + (product.data[k] as number) / n;
    }
  }
  // Rounding alone can carry a correlation past 1.
  for (let k = 0; k < total.data.length; k++) total.data[k] = Math.max(-1, Math.min(1, total.data[k] as number));
  return total;
}

function standardised({ kept, means, deviations }: Units, rows: Matrix): Matrix<Float64Array> {
  const whole = kept.length === rows.columns;
  // A copy where columns are left out or the rows are float64; either way what is written to is no one else's.
  const out = new Matrix(new Float64Array((whole ? rows : rows.takeColumns(kept)).data), rows.rows, kept.length);
  const [mean, deviation] = whole ? [means, deviations] : [picked(means, kept), picked(deviations, kept)];
  const { data } = out;
  for (let k = 0; k < data.length; k += mean.length)
    for (let j = 0; j < mean.length; j++)
      data[k + j] = ((data[k + j] as number) - (mean[j] as number)) / (deviation[j] as number);
  return out;
}

function picked(values: Float64Array, places: Int32Array): Float64Array {
  return Float64Array.from(places, (place) => values[place] as number);
}

/** What `correlations` takes beside its inputs at most: blocks of both, standardised. */
export function standardisedBytes(inputs: readonly Size[]): number {
  return (
    24 *
    Math.min(
      BLOCK,
      inputs.reduce((sum, { rows, columns }) => sum + rows * columns, 0),
    )
  );
}

/** For each row the column of its largest entry, the first of several. */
export function bestColumns(m: Matrix): Int32Array {
  const best = new Int32Array(m.rows);
  for (let i = 0; i < m.rows; i++) {
    const row = m.row(i);
    let at = 0;
    for (let j = 1; j < row.length; j++) if ((row[j] as number) > (row[at] as number)) at = j;
    best[i] = at;
  }
  return best;
}

export function absolute(m: Matrix): Matrix {
  const out = new Float64Array(m.data);
  for (let k = 0; k < out.length; k++) out[k] = Math.abs(out[k] as number);
  return new Matrix(out, m.rows, m.columns);
}
