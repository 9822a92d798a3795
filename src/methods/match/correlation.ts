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
  const deviations = columnDeviations(matrix);
  const kept = Int32Array.from(deviations.keys()).filter((j) => deviations[j] !== 0);
  return { name, matrix, kept, means: columnMeans(matrix), deviations };
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
  const out = Matrix.zeros(rows.rows, kept.length);
  for (let i = 0, k = 0; i < rows.rows; i++) {
    for (let j = 0; j < kept.length; j++, k++) {
      const column = kept[j] as number;
      out.data[k] = (rows.at(i, column) - (means[column] as number)) / (deviations[column] as number);
    }
  }
  return out;
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
    for (let j = 1; j < m.columns; j++) if (m.at(i, j) > m.at(i, best[i] as number)) best[i] = j;
  }
  return best;
}

export function absolute(m: Matrix): Matrix {
  return new Matrix(
    Float64Array.from(m.data, (value) => Math.abs(value)),
    m.rows,
    m.columns,
  );
}
