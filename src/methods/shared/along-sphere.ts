import type { Matrix } from '../../linalg/matrix';

/** Rows of length 1, and how long they were before. */
export interface Directions {
  readonly matrix: Matrix<Float64Array>;
  readonly lengths: Float64Array;
}

/**
 * A gradient by directions as one by the rows that they are of, in its place: what of it turns them, over their lengths; none
 * where there is no direction.
 */
export function alongSphere(by: Matrix<Float64Array>, { matrix, lengths }: Directions): Matrix<Float64Array> {
  for (const [i, length] of lengths.entries()) {
    const [row, direction] = [by.row(i), matrix.row(i)];
    let along = 0;
    for (let j = 0; j < row.length; j++) along += (row[j] as number) * (direction[j] as number);
    for (let j = 0; j < row.length; j++)
      row[j] = length > 0 ? ((row[j] as number) - along * (direction[j] as number)) / length : 0;
  }
  return by;
}
