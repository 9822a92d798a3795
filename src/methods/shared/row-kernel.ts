import { centreColumnsInPlace, largestMagnitude } from '../../linalg/centre';
import { Matrix } from '../../linalg/matrix';
import { gram } from '../../linalg/products';
import type { Context, RowStream } from '../method';
import { inRange } from './centred';

/** Units multiplied at a time, and summed within one product of float32. */
export const WIDEST = 3072;
export const NARROWEST = 16;

export interface KernelOptions {
  /** Units that are read at a time. */
  readonly width: number;
  /** Products in float64; otherwise of float32 values, no more than 3,072 units in one, summed in float64. */
  readonly double: boolean;
  readonly centred: boolean;
  progress(units: number): void;
}

export interface RowKernel {
  /** The inner products of all rows over 4^exponent. */
  readonly kernel: Matrix<Float64Array>;
  /** Of two: 0 unless values are extremely large or small, so that squares of the kernel stay in range. */
  readonly exponent: number;
  /** Units that have one value only. */
  readonly constant: number[];
}

/** Bytes that a unit of a strip takes: what is read, decoded, kept and centred. */
export function stripBytes(rows: number): number {
  return rows * 32;
}

/** The inner products of all rows of an input, XXᵀ, from strips of its units: n x n, for rows that are far longer than many. */
export async function rowKernel(
  stream: RowStream,
  input: number,
  { width, double, centred, progress }: KernelOptions,
  { signal }: Pick<Context, 'signal'>,
): Promise<RowKernel> {
  const { columns, isDouble } = stream.inputs[input] as RowStream['inputs'][number];
  const strips = async function* () {
    for (let start = 0; start < columns; start += width) {
      signal.throwIfAborted();
      const end = Math.min(columns, start + width);
      yield { start, strip: (await stream.strip?.(input, [start, end])) as Matrix };
      progress(end);
    }
  };
  // Only values of float64 can be so large or so small that their fourth powers are no doubles.
  let largest = 0;
  if (isDouble) for await (const { strip } of strips()) largest = Math.max(largest, largestMagnitude(strip));
  const usual = largest === 0 ? 0 : Math.floor(Math.log2(largest));
  const exponent = Math.abs(usual) > 30 ? Math.max(-1000, Math.min(1000, usual)) : 0;
  const factor = 2 ** -exponent;
  let kernel: Matrix<Float64Array> | undefined;
  const constant: number[] = [];
  for await (const { start, strip } of strips()) {
    for (let j = 0; j < strip.columns; j++) if (isConstant(strip, j)) constant.push(start + j);
    const wide = double || inRange(strip) !== strip ? strip.toDouble() : strip;
    if (factor !== 1) for (let k = 0; k < wide.data.length; k++) wide.data[k] = (wide.data[k] as number) * factor;
    const part = await gram(centred ? centreColumnsInPlace(wide) : wide, { signal });
    kernel ??= Matrix.zeros(part.rows, part.rows);
    const { data } = kernel;
    for (let k = 0; k < data.length; k++) data[k] = (data[k] as number) + (part.data[k] as number);
  }
  return { kernel: kernel ?? Matrix.zeros(0, 0), exponent, constant };
}

function isConstant(strip: Matrix, column: number): boolean {
  const first = strip.at(0, column);
  for (let i = 1; i < strip.rows; i++) if (strip.at(i, column) !== first) return false;
  return true;
}
