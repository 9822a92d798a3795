import { centreColumns, centreColumnsInPlace, centreInDouble, largestMagnitude } from '../../linalg/centre';
import { Matrix } from '../../linalg/matrix';

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

/** e where {@link inRange} gives X / 2^e: 0 unless its largest value is beyond 2^±30. For measures that see scale. */
export function rangeExponent(x: Matrix): number {
  const largest = largestMagnitude(x);
  const exponent = largest === 0 ? 0 : Math.floor(Math.log2(largest));
  return Math.abs(exponent) <= 30 ? 0 : exponent;
}

/** X, or X times a power of two where its largest value is beyond 2^±30. */
export function inRange(x: Matrix): Matrix {
  const exponent = rangeExponent(x);
  if (exponent === 0) return x;
  // In two steps: the power itself may not be a double.
  const half = 2 ** -Math.trunc(exponent / 2);
  const rest = 2 ** -(exponent - Math.trunc(exponent / 2));
  return new Matrix(
    Float64Array.from(x.data, (value) => value * half * rest),
    x.rows,
    x.columns,
  );
}
