import { addScaled, dot, gather, reflect } from './householder';
import { Matrix } from './matrix';
import { multiply, subtractProduct } from './products';
import type { Signal } from './signal';

/** A symmetric matrix that is zero from `width` off its diagonal on; twice as wide a strip of its lower triangle. */
export interface Band {
  readonly size: number;
  readonly width: number;
  /** Entry (i, j), j <= i < j + 2 width, at (2 width) i + 2 width - 1 - (i - j). */
  readonly strip: Float64Array;
}

/**
 * A band with the eigenvalues of a symmetric matrix, which is overwritten, by Householder reflections. Unlike the tridiagonal
 * form it is reached by matrix products alone: Bischof, Lang and Sun, "A framework for symmetric band reduction", ACM TOMS
 * 2000. All of the matrix is read.
 */
export async function symmetricBand(a: Matrix<Float64Array>, width: number, signal?: Signal): Promise<Band> {
  const n = a.rows;
  const band: Band = { size: n, width, strip: new Float64Array(2 * width * n) };
  let m = n;
  for (; m > width + 1; m -= width) {
    signal?.throwIfAborted();
    const offset = n - m;
    const rest = m - width;
    putTriangle(band, a.data, offset, m, width);
    const count = Math.min(width, rest);
    const v = Matrix.zeros(count, rest);
    const taus = new Float64Array(count);
    for (let j = 0; j < width; j++) {
      // Column j below the band's square, which is row j to the right of it.
      const active = a.data.subarray(j * m + width, (j + 1) * m);
      for (let p = 0; p < Math.min(j, count); p++) {
        const earlier = v.row(p);
        addScaled(active, earlier, -(taus[p] as number) * dot(earlier, active, p, rest), p, rest);
      }
      if (j < count) {
        const vector = v.row(j);
        vector.set(active.subarray(j), j);
        const { tau, beta } = reflect(vector, j, rest);
        taus[j] = tau;
        active[j] = beta;
      }
      for (let i = 0; i <= Math.min(j, rest - 1); i++)
        band.strip[at(band, offset + width + i, offset + j)] = active[i] as number;
    }
    for (let i = 0; i < rest; i++) a.data.copyWithin(i * rest, (i + width) * m + width, (i + width + 1) * m);
    const inner = new Matrix(a.data.subarray(0, rest * rest), rest, rest);
    // QᵀAQ = A - VᵀW - WᵀV for Q = I - VᵀTV.
    const { t } = await gather(v, taus, 0, signal);
    const half = await multiply(inner, v, { signal, transposeB: true });
    const x = (await multiply(half, t, { signal })).transpose();
    const square = await multiply(await multiply(x, v, { signal, transposeB: true }), t, { signal });
    const w = await multiply(square, v, { signal });
    for (let k = 0; k < w.data.length; k++) w.data[k] = (x.data[k] as number) - (w.data[k] as number) / 2;
    await subtractProduct(inner, stacked(v, w), stacked(w, v), { signal, transposeA: true });
  }
  putTriangle(band, a.data, n - m, m, m);
  return band;
}

function stacked(upper: Matrix<Float64Array>, lower: Matrix<Float64Array>): Matrix<Float64Array> {
  const out = Matrix.zeros(upper.rows + lower.rows, upper.columns);
  out.data.set(upper.data);
  out.data.set(lower.data, upper.data.length);
  return out;
}

function at({ width }: Band, i: number, j: number): number {
  return 2 * width * i + 2 * width - 1 - (i - j);
}

/** The lower triangle of the first `count` rows and columns of an m x m matrix. */
function putTriangle(band: Band, data: Float64Array, offset: number, m: number, count: number): void {
  for (let i = 0; i < count; i++)
    for (let j = 0; j <= i; j++) band.strip[at(band, offset + i, offset + j)] = data[i * m + j] as number;
}

/**
 * The tridiagonal matrix of a band, which is overwritten: column by column, what a reflection spills below the band being
 * chased down it block by block. Murata and Horikoshi, "A new method for the tridiagonalization of the symmetric band
 * matrix", Information Processing in Japan 1975. O(n² width).
 */
export function chaseBand(band: Band, signal?: Signal): { diagonal: Float64Array; offDiagonal: Float64Array } {
  const { size: n, width, strip } = band;
  const wide = 2 * width - 1;
  const w = new Float64Array(width);
  let v = new Float64Array(width);
  let next = new Float64Array(width);
  for (let k = 0; k < n - 2; k++) {
    if ((k & 15) === 0) signal?.throwIfAborted();
    let start = k + 1;
    let count = Math.min(width, n - start);
    let tau = takeColumn(strip, wide, at(band, start, k), count, v);
    for (;;) {
      // Where column `start` stands in row `start`; that of the row below is `wide` further.
      const corner = at(band, start, start);
      turnSquare(strip, wide, corner, count, v, tau, w);
      const below = start + count;
      const height = Math.min(width, n - below);
      if (height <= 0) break;
      const first = corner + wide * count;
      turnRight(strip, wide, first, height, count, v, tau);
      tau = takeColumn(strip, wide, first, height, next);
      turnLeft(strip, wide, first + 1, height, count - 1, next, tau, w);
      [v, next] = [next, v];
      start = below;
      count = height;
    }
  }
  const diagonal = Float64Array.from({ length: n }, (_, i) => strip[at(band, i, i)] as number);
  const offDiagonal = Float64Array.from({ length: Math.max(0, n - 1) }, (_, i) => strip[at(band, i + 1, i)] as number);
  return { diagonal, offDiagonal };
}

/** Reflects a column of `count` values onto its first, in place; `v` becomes the vector of the reflection. */
function takeColumn(strip: Float64Array, step: number, from: number, count: number, v: Float64Array): number {
  for (let i = 0; i < count; i++) {
    v[i] = strip[from + i * step] as number;
    strip[from + i * step] = 0;
  }
  const { tau, beta } = reflect(v, 0, count);
  strip[from] = beta;
  return tau;
}

/** H A H of a square on the diagonal, of which the lower triangle is there. */
function turnSquare(
  strip: Float64Array,
  step: number,
  corner: number,
  count: number,
  v: Float64Array,
  tau: number,
  w: Float64Array,
): void {
  let along = 0;
  for (let i = 0; i < count; i++) {
    const row = corner + i * step;
    const vi = v[i] as number;
    let sum = 0;
    for (let j = 0; j < i; j++) {
      const value = strip[row + j] as number;
      sum += value * (v[j] as number);
      w[j] = (w[j] as number) + value * vi;
    }
    w[i] = sum + (strip[row + i] as number) * vi;
  }
  for (let i = 0; i < count; i++) along += (v[i] as number) * (w[i] as number);
  const half = (tau * tau * along) / 2;
  for (let i = 0; i < count; i++) w[i] = tau * (w[i] as number) - half * (v[i] as number);
  for (let i = 0; i < count; i++) {
    const row = corner + i * step;
    const vi = v[i] as number;
    const wi = w[i] as number;
    for (let j = 0; j <= i; j++)
      strip[row + j] = (strip[row + j] as number) - (vi * (w[j] as number) + wi * (v[j] as number));
  }
}

/** B H */
function turnRight(
  strip: Float64Array,
  step: number,
  first: number,
  rows: number,
  columns: number,
  v: Float64Array,
  tau: number,
): void {
  for (let i = 0; i < rows; i++) {
    const row = first + i * step;
    let [even, odd] = [0, 0];
    let j = 0;
    for (; j + 1 < columns; j += 2) {
      even += (strip[row + j] as number) * (v[j] as number);
      odd += (strip[row + j + 1] as number) * (v[j + 1] as number);
    }
    if (j < columns) even += (strip[row + j] as number) * (v[j] as number);
    const factor = tau * (even + odd);
    for (j = 0; j < columns; j++) strip[row + j] = (strip[row + j] as number) - factor * (v[j] as number);
  }
}

/** H B */
function turnLeft(
  strip: Float64Array,
  step: number,
  first: number,
  rows: number,
  columns: number,
  v: Float64Array,
  tau: number,
  sums: Float64Array,
): void {
  sums.fill(0, 0, columns);
  for (let i = 0; i < rows; i++) {
    const [row, vi] = [first + i * step, v[i] as number];
    for (let j = 0; j < columns; j++) sums[j] = (sums[j] as number) + vi * (strip[row + j] as number);
  }
  for (let i = 0; i < rows; i++) {
    const [row, factor] = [first + i * step, tau * (v[i] as number)];
    for (let j = 0; j < columns; j++) strip[row + j] = (strip[row + j] as number) - factor * (sums[j] as number);
  }
}
