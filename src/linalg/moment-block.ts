import { columnSums } from './centre';
import { Matrix, type Real, reals } from './matrix';
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
  /** Largest squared length of a row in each input. */
  readonly longest: readonly number[];
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
 * @param double products in float64; otherwise in float32, over no more than 3072 rows at a time
 * @param pool memory of an earlier block of the same inputs, whose sums nobody asks for any more
 */
export async function blockSums(
  parts: readonly Matrix[],
  strips: readonly Strip[],
  double: boolean,
  pool: Real[],
  signal?: Signal,
): Promise<BlockSums> {
  const rows = parts[0]?.rows ?? 0;
  const lengthsOfRows = parts.map(() => new Float64Array(rows));
  const means: Float64Array[] = [];
  for (const part of parts) {
    signal?.throwIfAborted();
    means.push(meansOf(part));
  }
  const exact = new Float64Array(strips.reduce((sum, { start, end }) => sum + end - start, 0));
  const centred: Centred = strips.map((strip, s) => {
    signal?.throwIfAborted();
    const [part, mean] = [parts[strip.input] as Matrix, means[strip.input] as Float64Array];
    const size = rows * (strip.end - strip.start);
    if (!pool[s] || (pool[s] as Real).length < size) pool[s] = reals(size, double);
    const out = new Matrix((pool[s] as Real).subarray(0, size), rows, strip.end - strip.start);
    centreStrip(part, strip, mean, out, lengthsOfRows[strip.input] as Float64Array);
    const residue = part.isDouble ? columnSums(out) : new Float64Array(out.columns);
    for (let j = strip.start; j < strip.end; j++)
      exact[strip.offset + j - strip.start] = (mean[j] as number) + (residue[j - strip.start] as number) / rows;
    return out;
  });
  const all = parts.length;
  const lengths = new Float64Array(all * all);
  const traces = new Float64Array(all);
  const longest = lengthsOfRows.map((values) => values.reduce((most, value) => Math.max(most, value), 0));
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
    ...{ rows, longest, means: exact, traces, lengths, thirds },
    tile: (left, right) => tileOf(centred[left] as Matrix, centred[right] as Matrix, signal),
  };
}

/** Where a column does not vary in the block its mean is that value, to the last digit. */
function meansOf(part: Matrix): Float64Array {
  const { data, rows, columns } = part;
  const means = columnSums(part);
  for (let j = 0; j < columns; j++) {
    const value = data[j] as number;
    let i = 1;
    while (i < rows && data[i * columns + j] === value) i++;
    means[j] = i === rows ? value : (means[j] as number) / rows;
  }
  return means;
}

/** Also adds to the rows' squared lengths. */
function centreStrip(
  { data, columns }: Matrix,
  { start }: Strip,
  means: Float64Array,
  out: Matrix,
  lengths: Float64Array,
): void {
  const mean = means.subarray(start, start + out.columns);
  const centred = out.data;
  for (let i = 0, k = 0; i < out.rows; i++) {
    const from = i * columns + start;
    let square = 0;
    for (let j = 0; j < mean.length; j++, k++) {
      const z = (data[from + j] as number) - (mean[j] as number);
      centred[k] = z;
      square += z * z;
    }
    lengths[i] = (lengths[i] as number) + square;
  }
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
  const data: Real = reals(rows * lengths.length, double);
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
