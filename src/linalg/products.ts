import { Matrix, type Real, reals } from './matrix';
import { free } from './memory';
import type { Element, Graph } from './onnx';
import { type Block, runGraph, setThreads as useThreads } from './runtime';
import type { Cancellable } from './signal';

export interface ProductOptions extends Cancellable {
  transposeA?: boolean | undefined;
  transposeB?: boolean | undefined;
}

/** Multiplications below which a plain loop beats the 30 µs of a call into onnxruntime. */
const SMALL = 30_000;
/** Multiplications, 0.2 ms, below which waking other threads costs more than they give. */
export const SERIAL = 1e7;
/** Multiplications in one native call: 20 to 200 ms, the time within which a job can be cancelled. */
export const PER_CALL = 4e9;
/** Bands in which a Gram matrix is made, each from its diagonal on: a sixteenth more than half of the work. */
const GRAM_BANDS = 8;
const LEAST_BAND = 96;
/** onnxruntime takes half as long again over a float64 factor that it has to transpose; up to 64 MB it is turned before, for wide products. */
const TURNED = 8e6;
const WIDE = 128;
/** Rows and columns that are turned together. */
const SQUARE = 32;

/**
 * The matrix product op(A) op(B), where op is the transpose or nothing. float64 if either factor is, otherwise float32.
 * Products are cut so that none holds the thread for long.
 * @throws RangeError where the inner sizes differ
 */
export async function multiply(
  a: Matrix<Float64Array>,
  b: Matrix,
  options?: ProductOptions,
): Promise<Matrix<Float64Array>>;
export async function multiply(
  a: Matrix,
  b: Matrix<Float64Array>,
  options?: ProductOptions,
): Promise<Matrix<Float64Array>>;
export async function multiply(a: Matrix, b: Matrix, options?: ProductOptions): Promise<Matrix>;
export async function multiply(a: Matrix, b: Matrix, options: ProductOptions = {}): Promise<Matrix> {
  const { transposeA = false, transposeB = false } = options;
  const rows = transposeA ? a.columns : a.rows;
  const inner = transposeA ? a.rows : a.columns;
  const columns = transposeB ? b.rows : b.columns;
  if (inner !== (transposeB ? b.columns : b.rows)) {
    const size = (m: Matrix, transposed: boolean) => `${m.rows} x ${m.columns}${transposed ? ' (transposed)' : ''}`;
    throw new RangeError(`Cannot multiply ${size(a, transposeA)} by ${size(b, transposeB)}.`);
  }
  const out = zeros(rows, columns, a.isDouble || b.isDouble);
  await multiplyInto(out, a, b, options);
  return out;
}

/** As {@link multiply}, into memory that is there already; the shapes are the caller's to get right. */
export async function multiplyInto(out: Matrix, a: Matrix, b: Matrix, options: ProductOptions = {}): Promise<void> {
  await product(out, a, b, options, false);
}

/** out <- out - op(A) op(B), in one pass over it; the shapes are the caller's to get right. */
export async function subtractProduct(out: Matrix, a: Matrix, b: Matrix, options: ProductOptions = {}): Promise<void> {
  await product(out, a, b, options, true);
}

async function product(out: Matrix, a: Matrix, b: Matrix, options: ProductOptions, subtract: boolean): Promise<void> {
  const { transposeA = false, transposeB = false, signal } = options;
  signal?.throwIfAborted();
  const inner = transposeA ? a.rows : a.columns;
  const work = out.rows * inner * out.columns;
  if (work <= SMALL) {
    multiplySmall(a, b, transposeA, transposeB, inner, out, subtract);
    return;
  }
  const left = out.isDouble ? a.toDouble() : a;
  const right = out.isDouble ? b.toDouble() : b;
  if (work <= PER_CALL) {
    const turn = transposeA && left.isDouble && left.data.length <= TURNED && out.columns > WIDE;
    const turned = turn ? left.transpose() : left;
    await gemm(turned, right, transposeA && !turn, transposeB, out, subtract);
    if (turn) free(turned.data);
  } else {
    const step = Math.max(1, Math.floor(PER_CALL / (inner * out.columns)));
    for (let i = 0; i < out.rows; i += step) {
      signal?.throwIfAborted();
      const end = Math.min(out.rows, i + step);
      const band = transposeA ? left.columnBand(i, end) : left.slice(i, end);
      await gemm(band, right, transposeA, transposeB, out.slice(i, end), subtract);
      if (transposeA) free(band.data);
    }
  }
  // Copies in float64.
  if (left.data !== a.data) free(left.data);
  if (right.data !== b.data) free(right.data);
}

/** X Xᵀ, the inner products of rows; rows x rows, exactly symmetric, of the precision of X. */
export async function gram<T extends Real>(x: Matrix<T>, options: Cancellable = {}): Promise<Matrix<T>> {
  const out = zeros(x.rows, x.rows, x.isDouble) as Matrix<T>;
  await gramInto(out, x, options);
  return out;
}

/** As {@link gram}, into memory that is there already. */
export async function gramInto<T extends Real>(out: Matrix<T>, x: Matrix<T>, options: Cancellable = {}): Promise<void> {
  const n = x.rows;
  const size = Math.max(LEAST_BAND, Math.ceil(n / GRAM_BANDS));
  const memory = zeros(Math.min(n, size), n, x.isDouble).data;
  for (let start = 0; start < n; start += size) {
    const end = Math.min(n, start + size);
    const width = n - start;
    // The rest of the band's rows are in the bands before it.
    const band = new Matrix(memory.subarray(0, (end - start) * width), end - start, width);
    await multiplyInto(band, x.slice(start, end), x.slice(start, n), { ...options, transposeB: true });
    for (let i = start; i < end; i++) out.row(i).set(band.row(i - start).subarray(i - start), i);
    mirror(band, out, start);
  }
  free(memory);
}

/** Writes what lies in a band right of the diagonal below it, square by square, so that both stay in the cache. */
function mirror(band: Matrix, out: Matrix, start: number): void {
  const n = out.columns;
  for (let top = 0; top < band.rows; top += SQUARE)
    for (let left = top; left < band.columns; left += SQUARE) {
      const [bottom, right] = [Math.min(band.rows, top + SQUARE), Math.min(band.columns, left + SQUARE)];
      for (let j = left; j < right; j++)
        for (let i = top, at = (start + j) * n + start + top; i < Math.min(bottom, j); i++, at++)
          out.data[at] = band.data[i * band.columns + j] as number;
    }
}

/** XᵀX, the inner products of columns; exactly symmetric, of the precision of X, in little more than half of a product's work. */
export async function columnGram<T extends Real>(x: Matrix<T>, options: Cancellable = {}): Promise<Matrix<T>> {
  if (x.columns <= LEAST_BAND) return (await crossProduct(x, x, options)) as Matrix<T>;
  const turned = x.transpose();
  const out = await gram(turned, options);
  free(turned.data);
  return out;
}

/** Threads for every product from now on; 0, the default, is one for each core. */
export function setThreads(count: number): void {
  useThreads(count);
}

/** XᵀY, the inner products of columns. */
export async function crossProduct(x: Matrix, y: Matrix, options: Cancellable = {}): Promise<Matrix> {
  return multiply(x, y, { ...options, transposeA: true });
}

function zeros(rows: number, columns: number, double: boolean): Matrix {
  return new Matrix(reals(rows * columns, double), rows, columns);
}

function graph(element: Element, transposeA: boolean, transposeB: boolean, subtract: boolean): Graph {
  const inputs = subtract ? ['a', 'b', 'from'] : ['a', 'b'];
  return {
    nodes: [
      {
        op: 'Gemm',
        inputs,
        outputs: ['c'],
        attributes: {
          transA: Number(transposeA),
          transB: Number(transposeB),
          ...(subtract ? { alpha: { float: -1 } } : {}),
        },
      },
    ],
    inputs: inputs.map((name) => ({ name, element, shape: [`${name}0`, `${name}1`] })),
    outputs: [{ name: 'c', element, shape: ['c0', 'c1'] }],
  };
}

async function gemm(
  a: Matrix,
  b: Matrix,
  transposeA: boolean,
  transposeB: boolean,
  out: Matrix,
  subtract: boolean,
): Promise<void> {
  const element = out.isDouble ? 'float64' : 'float32';
  const name = `gemm ${element} ${transposeA} ${transposeB} ${subtract}`;
  const into = { c: block(out) };
  // What is subtracted from may be what is written: onnxruntime copies it there first.
  const inputs = { a: block(a), b: block(b), ...(subtract ? { from: into.c } : {}) };
  const serial = a.data.length * (transposeB ? b.rows : b.columns) <= SERIAL;
  await runGraph(name, () => graph(element, transposeA, transposeB, subtract), inputs, { into, serial });
}

function block(m: Matrix): Block {
  return { data: m.data, shape: [m.rows, m.columns] };
}

/** Sums in float64 whatever the precision of the factors. */
function multiplySmall(
  a: Matrix,
  b: Matrix,
  transposeA: boolean,
  transposeB: boolean,
  inner: number,
  out: Matrix,
  subtract: boolean,
): void {
  const stepA = transposeA ? a.columns : 1;
  const stepB = transposeB ? 1 : b.columns;
  for (let i = 0, at = 0; i < out.rows; i++) {
    for (let j = 0; j < out.columns; j++, at++) {
      let sum = 0;
      let p = transposeA ? i : i * a.columns;
      let q = transposeB ? j * b.columns : j;
      for (let k = 0; k < inner; k++, p += stepA, q += stepB) sum += (a.data[p] as number) * (b.data[q] as number);
      out.data[at] = subtract ? (out.data[at] as number) - sum : sum;
    }
  }
}
