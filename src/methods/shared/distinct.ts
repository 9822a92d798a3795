import type { Matrix } from '../../linalg/matrix';

/** The places of rows that are no exact copy of an earlier one. */
export function distinctRows(matrix: Matrix): Int32Array {
  const seen = new Map<number, number[]>();
  const kept: number[] = [];
  for (let i = 0; i < matrix.rows; i++) {
    const hash = rowHash(matrix, i);
    const earlier = seen.get(hash);
    if (earlier?.some((k) => sameRow(matrix, i, k))) continue;
    if (earlier === undefined) seen.set(hash, [i]);
    else earlier.push(i);
    kept.push(i);
  }
  return Int32Array.from(kept);
}

/** How many rows repeat an earlier one exactly. */
export function countRepeated(matrix: Matrix): number {
  return matrix.rows - distinctRows(matrix).length;
}

/** Of the values, not of the bytes: 0 and -0 are the same. */
function rowHash(matrix: Matrix, row: number): number {
  const values = new Float64Array(matrix.row(row));
  for (let j = 0; j < values.length; j++) values[j] = (values[j] as number) + 0;
  const words = new Uint32Array(values.buffer);
  let hash = 0x811c9dc5;
  for (let k = 0; k < words.length; k++) {
    const word = words[k] as number;
    hash = Math.imul(hash ^ word ^ (word >>> 15), 0x01000193);
  }
  return hash;
}

function sameRow(matrix: Matrix, a: number, b: number): boolean {
  const other = matrix.row(b);
  return matrix.row(a).every((value, j) => value === other[j]);
}
