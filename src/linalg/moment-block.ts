import { Matrix, type Real } from './matrix';
import { multiply } from './products';
import type { Signal } from './signal';

/** Columns of one tile of the covariance: enough for the full speed of a product, few enough to skip half of a square. */
export const TILE = 512;
/** Rows summed within one float32 product; longer sums are put together in float64. */
const DEPTH = 3072;

/** Columns `start` to `end` (exclusive) of input `input`; `offset` is the place of the first among the columns of all. */
export interface Strip {
  readonly input: number;
  readonly start: number;
  readonly end: number;
  readonly offset: number;
}

/** The columns of inputs of these widths in strips that no product makes long. */
export function stripsOf(widths: readonly number[]): Strip[] {
  const strips: Strip[] = [];
  let first = 0;
  for (const [input, width] of widths.entries()) {
    const count = Math.max(1, Math.ceil(width / TILE));
    for (let c = 0; c < count; c++) {
      const start = Math.round((c * width) / count);
      strips.push({ input, start, end: Math.round(((c + 1) * width) / count), offset: first + start });
    }
    first += width;
  }
  return strips;
}

/** Sums over the rows of one block, about its own means: nothing in them cancels, whatever the data's offset. */
export interface BlockSums {
  readonly rows: number;
  /** Of the columns of all inputs, side by side. */
  readonly means: Float64Array;
  /** Σᵢ ‖zᵢ‖² for each input. */
  readonly traces: Float64Array;
  /** Σᵢ aᵢ bᵢ for each two inputs, a and b the squared lengths of a row in them. */
  readonly lengths: Float64Array;
  /** Σᵢ aᵢ zᵢⱼ for each input and each column of all. */
  readonly thirds: Float64Array;
  /** Zᵀ Z for two strips. */
  tile(left: number, right: number): Promise<Matrix<Float64Array>>;
}

/** Centred columns of one strip, and how to get at them fast. */
type Centred = readonly Matrix[];

/**
 * Centres a block by its own means and sums what needs no products of columns.
 * @param parts the same rows of every input, finite
 * @param means of each column of each part, as near as one summation gives them
 * @param double products in float64; otherwise in float32, over no more than 3072 rows at a time
 */
export async function blockSums(
  parts: readonly Matrix[],
  strips: readonly Strip[],
  means: readonly Float64Array[],
  double: boolean,
  signal?: Signal,
): Promise<BlockSums> {
  const rows = parts[0]?.rows ?? 0;
  const lengthsOfRows = parts.map(() => new Float64Array(rows));
  const exact = new Float64Array(strips.reduce((sum, { start, end }) => sum + end - start, 0));
  const centred: Centred = strips.map((strip) => {
    signal?.throwIfAborted();
    const [part, mean] = [parts[strip.input] as Matrix, means[strip.input] as Float64Array];
    return centreStrip(part, strip, mean, double, lengthsOfRows[strip.input] as Float64Array, exact);
  });
  const all = parts.length;
  const lengths = new Float64Array(all * all);
  const traces = new Float64Array(all);
  for (const [k, a] of lengthsOfRows.entries()) {
    for (let i = 0; i < rows; i++) traces[k] = (traces[k] as number) + (a[i] as number);
    for (const [l, b] of lengthsOfRows.entries()) {
      let sum = 0;
      for (let i = 0; i < rows; i++) sum += (a[i] as number) * (b[i] as number);
      lengths[k * all + l] = sum;
    }
  }
  const thirds = await thirdSums(lengthsOfRows, strips, centred, double, exact.length, signal);
  return {
    ...{ rows, means: exact, traces, lengths, thirds },
    tile: (left, right) => tileOf(centred[left] as Matrix, centred[right] as Matrix, signal),
  };
}

/** Also puts the means, less what one summation has left out, into `exact`, and adds to the rows' squared lengths. */
function centreStrip(
  part: Matrix,
  { start, end, offset }: Strip,
  means: Float64Array,
  double: boolean,
  lengths: Float64Array,
  exact: Float64Array,
): Matrix {
  const { rows, columns, data } = part;
  const width = end - start;
  const out: Real = double ? new Float64Array(rows * width) : new Float32Array(rows * width);
  const mean = means.subarray(start, end);
  const residue = new Float64Array(width);
  for (let i = 0, k = 0; i < rows; i++) {
    const from = i * columns + start;
    let square = 0;
    for (let j = 0; j < width; j++, k++) {
      const z = (data[from + j] as number) - (mean[j] as number);
      out[k] = z;
      residue[j] = (residue[j] as number) + z;
      square += z * z;
    }
    lengths[i] = (lengths[i] as number) + square;
  }
  for (let j = 0; j < width; j++) exact[offset + j] = (mean[j] as number) + (residue[j] as number) / rows;
  return new Matrix(out, rows, width);
}

async function thirdSums(
  lengths: readonly Float64Array[],
  strips: readonly Strip[],
  centred: Centred,
  double: boolean,
  width: number,
  signal?: Signal,
): Promise<Float64Array> {
  const rows = lengths[0]?.length ?? 0;
  const data: Real = double ? new Float64Array(rows * lengths.length) : new Float32Array(rows * lengths.length);
  for (const [k, values] of lengths.entries())
    for (let i = 0; i < rows; i++) data[i * lengths.length + k] = values[i] as number;
  const weights = new Matrix(data, rows, lengths.length);
  const thirds = new Float64Array(lengths.length * width);
  for (const [s, { offset }] of strips.entries()) {
    const part = await tileOf(weights, centred[s] as Matrix, signal);
    for (let k = 0; k < lengths.length; k++) thirds.set(part.row(k), k * width + offset);
  }
  return thirds;
}

/** XᵀY of two strips. */
async function tileOf(x: Matrix, y: Matrix, signal?: Signal): Promise<Matrix<Float64Array>> {
  const sums = Matrix.zeros(x.columns, y.columns);
  const depth = x.isDouble ? Math.max(1, x.rows) : DEPTH;
  for (let start = 0; start < x.rows; start += depth) {
    const end = Math.min(x.rows, start + depth);
    const part = (await multiply(x.slice(start, end), y.slice(start, end), { transposeA: true, signal })).data;
    for (let k = 0; k < part.length; k++) sums.data[k] = (sums.data[k] as number) + (part[k] as number);
  }
  return sums;
}
