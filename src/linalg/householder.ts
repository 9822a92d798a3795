import { largestMagnitude } from './centre';
import { Matrix } from './matrix';
import { free } from './memory';
import { multiply, subtractProduct } from './products';
import type { Signal } from './signal';

/** Columns reduced before the rest of a matrix is brought up to date by one product. */
export const PANEL = 32;

/** Columns to be reduced next where so many are left: the last ones together. */
export function panelWidth(left: number): number {
  return left <= 2 * PANEL ? left : PANEL;
}

/**
 * Householder reflections gathered for matrix products: H₁H₂...H_b = I - Vᵀ T V, with the b vectors in the rows of V and T
 * upper triangular. Schreiber and Van Loan, "A storage-efficient WY representation", SIAM J. Sci. Stat. Comput. 1989.
 */
export interface Reflections {
  v: Matrix<Float64Array>;
  t: Matrix<Float64Array>;
  /** The row of the matrix that column 0 of V acts on. */
  offset: number;
}

/**
 * Turns x[start..end) into the vector v, v[start] = 1, of the reflection H = I - tau v vᵀ with H x = beta e₁. Values have
 * to be of moderate size: callers scale their matrix first.
 */
export function reflect(x: Float64Array, start: number, end: number): { tau: number; beta: number } {
  const alpha = x[start] as number;
  let tail = 0;
  for (let i = start + 1; i < end; i++) tail += (x[i] as number) * (x[i] as number);
  x[start] = 1;
  if (tail === 0) return { tau: 0, beta: alpha };
  const beta = (alpha > 0 ? -1 : 1) * Math.sqrt(alpha * alpha + tail);
  const scale = 1 / (alpha - beta);
  for (let i = start + 1; i < end; i++) x[i] = (x[i] as number) * scale;
  return { tau: (beta - alpha) / beta, beta };
}

/** Gathers reflections, the first to act last. */
export async function gather(
  v: Matrix<Float64Array>,
  taus: ArrayLike<number>,
  offset: number,
  signal?: Signal,
): Promise<Reflections> {
  const inner = await multiply(v, v, { transposeB: true, signal });
  const t = await triangle(inner, taus, signal);
  free(inner.data);
  return { v, t, offset };
}

/** Up to this size a plain loop makes T before products have begun. */
const BLOCK = 32;

/** T of reflections from the inner products of their vectors: of blocks, then of pairs of these, [T₁, -T₁ V₁V₂ᵀ T₂; 0, T₂]. */
async function triangle(inner: Matrix<Float64Array>, taus: ArrayLike<number>, signal?: Signal) {
  const b = inner.rows;
  const t = Matrix.zeros(b, b);
  for (let start = 0; start < b; start += BLOCK) plainTriangle(inner, taus, start, Math.min(b, start + BLOCK), t);
  const block = (of: Matrix<Float64Array>, top: number, bottom: number, left: number, right: number) =>
    of.slice(top, bottom).columnBand(left, right);
  for (let size = BLOCK; size < b; size *= 2)
    for (let start = 0; start + size < b; start += 2 * size) {
      const [middle, end] = [start + size, Math.min(b, start + 2 * size)];
      const left = await multiply(block(t, start, middle, start, middle), block(inner, start, middle, middle, end), {
        signal,
      });
      const corner = await multiply(left, block(t, middle, end, middle, end), { signal });
      for (let i = start; i < middle; i++)
        for (let j = middle; j < end; j++) t.data[i * b + j] = -corner.at(i - start, j - middle);
    }
  return t;
}

/** Column i from those before it: -τ T V vᵢ, and τ on the diagonal. */
function plainTriangle(inner: Matrix<Float64Array>, taus: ArrayLike<number>, start: number, end: number, t: Matrix) {
  const { data, columns: b } = t;
  for (let i = start; i < end; i++) {
    const tau = taus[i] as number;
    for (let p = start; p < i; p++) {
      let sum = 0;
      for (let q = p; q < i; q++) sum += (data[p * b + q] as number) * (inner.data[i * b + q] as number);
      data[p * b + i] = -tau * sum;
    }
    data[i * b + i] = tau;
  }
}

/** Reflections that {@link Gatherer} gathers at a time: products with so many rows are twice as fast as with a quarter of them. */
const GROUP = 128;

/** {@link Reflections} without their triangle, and of each its tau. */
interface Group extends Omit<Reflections, 't'> {
  readonly taus: number[];
}

/** Gathers the reflections of panel after panel into larger groups, for {@link applyLeft}. */
export class Gatherer {
  private readonly groups: Group[] = [];

  /** Copies the vectors of a panel of {@link panelWidth}, each as long as the rows of the matrix from `offset` on. */
  add(vector: (p: number) => Float64Array, taus: Float64Array, offset: number): void {
    let group = this.groups.at(-1);
    if (group === undefined || group.taus.length >= GROUP) {
      const left = vector(0).length;
      group = { v: Matrix.zeros(left <= GROUP + PANEL ? left : GROUP, left), taus: [], offset };
      this.groups.push(group);
    }
    for (const [p, tau] of taus.entries()) {
      group.v.row(group.taus.length).set(vector(p), offset - group.offset);
      group.taus.push(tau);
    }
  }

  async all(signal?: Signal): Promise<Reflections[]> {
    const out: Reflections[] = [];
    for (const { v, taus, offset } of this.groups) out.push(await gather(v, taus, offset, signal));
    return out;
  }
}

/** Z <- H₁H₂... Z in place, for groups of which the first acts last. Each acts on the rows from its `offset` on. */
export async function applyLeft(
  groups: readonly Reflections[],
  z: Matrix<Float64Array>,
  signal?: Signal,
): Promise<void> {
  for (const { v, t, offset } of groups.toReversed()) {
    const part = z.slice(offset, offset + v.columns);
    const products = await multiply(v, part, { signal });
    const weights = await multiply(t, products, { signal });
    await subtractProduct(part, v, weights, { transposeA: true, signal });
    free(products.data, weights.data);
  }
}

/**
 * A power of two that brings the largest absolute value of a matrix to between 1 and 2: exact, and squares then neither
 * overflow nor vanish. 1 for a zero matrix. @throws RangeError where a value is not finite
 */
export function scaleOf(a: Matrix): number {
  const largest = largestMagnitude(a);
  if (!Number.isFinite(largest)) {
    const k = a.data.findIndex((value: number) => !Number.isFinite(value));
    const place = `row ${Math.floor(k / a.columns)}, column ${k % a.columns}`;
    throw new RangeError(`Every value has to be finite; ${place} has ${a.data[k]}.`);
  }
  return largest === 0 ? 1 : 2 ** Math.max(-1022, Math.floor(Math.log2(largest)));
}

/** A copy of the matrix over a power of two, in float64. */
export function scaled(a: Matrix, scale: number): Matrix<Float64Array> {
  // A loop: `from` with a function takes a hundred times as long.
  const out = new Float64Array(a.data);
  for (let k = 0; k < out.length; k++) out[k] = (out[k] as number) / scale;
  return new Matrix(out, a.rows, a.columns);
}
