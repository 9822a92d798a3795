import { centreColumns, centreColumnsInPlace, centreInDouble, largestMagnitude } from '../../linalg/centre';
import type { Matrix } from '../../linalg/matrix';
import type { Representation } from '../method';

/** Multiplications up to which float32 data are computed in float64: well under a second. */
const SMALL = 2e10;

/** Whether products of so many multiplications are taken in float64 though the data are float32. */
export function inDouble(multiplications: number, ...inputs: readonly Pick<Matrix, 'isDouble'>[]): boolean {
  return multiplications <= SMALL || inputs.some((input) => input.isDouble);
}

/**
 * X less its column means, times a power of two where its values are so large or so small that their fourth powers
 * would leave the range of doubles (or their squares that of floats). No measure that uses this sees scale.
 * `mayOverwrite`: in the memory of X where it can be.
 */
export function centred(x: Matrix, double: boolean, mayOverwrite = false): Matrix {
  const ranged = inRange(x);
  if (double && !ranged.isDouble) return centreInDouble(ranged);
  return mayOverwrite ? centreColumnsInPlace(ranged) : centreColumns(ranged);
}

/** e where {@link inRange} gives X / 2^e: 0 unless the largest value of all is beyond 2^±30. For measures that see scale. */
export function rangeExponent(...all: readonly Matrix[]): number {
  const largest = Math.max(...all.map(largestMagnitude));
  const exponent = largest === 0 ? 0 : Math.floor(Math.log2(largest));
  return Math.abs(exponent) <= 30 ? 0 : exponent;
}

/** X, or X times a power of two where its largest value is beyond 2^±30. */
export function inRange(x: Matrix): Matrix {
  return overPower(x, rangeExponent(x));
}

/** The same of a representation; itself where nothing changes. */
export function ranged<T extends Representation>(input: T): T {
  const matrix = inRange(input.matrix);
  return matrix === input.matrix ? input : { ...input, matrix };
}

/** Both over one power of two where the largest value of the two is beyond 2^±30, and that power. */
export function inOneRange<T extends Matrix>(x: T, y: T): { readonly x: T; readonly y: T; readonly unit: number } {
  const exponent = rangeExponent(x, y);
  return { x: overPower(x, exponent) as T, y: overPower(y, exponent) as T, unit: 2 ** exponent };
}

function overPower(x: Matrix, exponent: number): Matrix {
  if (exponent === 0) return x;
  // In two steps: the power itself may not be a double.
  const half = 2 ** -Math.trunc(exponent / 2);
  const rest = 2 ** -(exponent - Math.trunc(exponent / 2));
  return x.map((value) => value * half * rest);
}
