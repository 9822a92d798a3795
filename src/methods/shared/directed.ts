import { normaliseInDouble } from '../../linalg/centre';
import type { Matrix } from '../../linalg/matrix';
import type { Representation } from '../method';
import { rowsOfZeros } from './warnings';

export interface Directed {
  /** Rows of length one. */
  readonly unit: Matrix<Float64Array>;
  /** Where each of them stands among all rows. */
  readonly places: Int32Array;
  /** That rows without a direction were left out. */
  readonly warnings: readonly string[];
}

/** Rows brought to length one, those of zeros left out. */
export function directedRows({ name, matrix }: Representation): Directed {
  const { matrix: unit, zeroRows } = normaliseInDouble(matrix);
  const none = new Set(zeroRows);
  const places = Int32Array.from({ length: matrix.rows }, (_, i) => i).filter((i) => !none.has(i));
  return {
    unit: none.size > 0 ? unit.takeRows(places) : unit,
    places,
    warnings: rowsOfZeros(name, none.size, matrix.rows, 'left out'),
  };
}
