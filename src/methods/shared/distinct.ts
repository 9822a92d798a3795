import type { Matrix } from '../../linalg/matrix';

/** The places of rows that are no exact copy of an earlier one. */
export function distinctRows(matrix: Matrix): Int32Array {
  const { data } = matrix;
  const words = new Uint32Array(data.buffer, data.byteOffset, data.byteLength / 4);
  const width = words.length / matrix.rows;
  const seen = new Map<number, number[]>();
  const kept: number[] = [];
  for (let i = 0; i < matrix.rows; i++) {
    const hash = hashOf(words, i * width, (i + 1) * width);
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

/** The same of 0 and -0, of which one word is all that differs. */
function hashOf(words: Uint32Array, start: number, end: number): number {
  let hash = 0x811c9dc5;
  for (let k = start; k < end; k++) {
    const word = words[k] as number;
    if (word !== 0x80000000) hash = Math.imul(hash ^ word ^ (word >>> 15), 0x01000193);
    else hash = Math.imul(hash, 0x01000193);
  }
  return hash;
}

function sameRow(matrix: Matrix, a: number, b: number): boolean {
  const other = matrix.row(b);
  return matrix.row(a).every((value, j) => value === other[j]);
}
