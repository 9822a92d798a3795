import type { Matrix } from '../../linalg/matrix';

/**
 * Units that are equal, in every row, to an earlier one; constant units are not counted, which are alike by themselves.
 * @returns for each, its place and that of the first one like it.
 */
export function repeatedUnits(x: Matrix, deviations: Float64Array): { unit: number; like: number }[] {
  const hashes = new Uint32Array(x.columns).fill(0x811c9dc5);
  const word = new Float64Array(1);
  const halves = new Uint32Array(word.buffer);
  for (let i = 0, k = 0; i < x.rows; i++) {
    for (let j = 0; j < x.columns; j++, k++) {
      // 0 and -0 are the same value.
      word[0] = (x.data[k] as number) + 0;
      const bits = (halves[0] as number) ^ Math.imul(halves[1] as number, 0x9e3779b1);
      hashes[j] = Math.imul((hashes[j] as number) ^ bits ^ (bits >>> 15), 0x01000193);
    }
  }
  const seen = new Map<number, number[]>();
  const found: { unit: number; like: number }[] = [];
  for (let j = 0; j < x.columns; j++) {
    if (deviations[j] === 0) continue;
    const earlier = seen.get(hashes[j] as number) ?? [];
    const like = earlier.find((other) => sameUnit(x, j, other));
    if (like !== undefined) found.push({ unit: j, like });
    else seen.set(hashes[j] as number, [...earlier, j]);
  }
  return found;
}

function sameUnit(x: Matrix, a: number, b: number): boolean {
  for (let i = 0; i < x.rows; i++) if (x.at(i, a) !== x.at(i, b)) return false;
  return true;
}
