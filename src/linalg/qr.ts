import { applyLeft, gather, PANEL, type Reflections, reflect } from './householder';
import { Matrix, transposeInto } from './matrix';
import { free } from './memory';
import { multiply, subtractProduct } from './products';
import type { Signal } from './signal';
import { addScaled, innerProduct, scale as scaleBy } from './vectors';

/** Rows factored at a time, unless twice the columns are more: what then is worked on stays in the processor's cache. */
const BLOCK_ROWS = 1024;

export interface Qr {
  /** n x n, upper triangular. */
  r: Matrix<Float64Array>;
  /** Q Z, m x k, for Z of n x k. */
  times(z: Matrix<Float64Array>): Promise<Matrix<Float64Array>>;
}

/**
 * A / scale = Q R for an m x n matrix with m >= n, in float64. Blocks of rows are factored on their own and their R, stacked,
 * once more: Demmel, Grigori, Hoemmen and Langou, "Communication-optimal parallel and sequential QR and LU factorizations",
 * SIAM J. Sci. Comput. 2012. Unlike the eigenvalues of AᵀA, R keeps singular values that are small beside the largest.
 */
export async function qr(a: Matrix, scale: number, signal?: Signal): Promise<Qr> {
  const { rows: m, columns: n } = a;
  const count = Math.max(1, Math.floor(m / Math.max(BLOCK_ROWS, 2 * n)));
  if (count === 1) return householderQr(a, scale, signal);
  const edge = (block: number) => Math.round((block * m) / count);
  const blocks: Qr[] = [];
  const stacked = Matrix.zeros(count * n, n);
  for (let i = 0; i < count; i++) {
    const block = await householderQr(a.slice(edge(i), edge(i + 1)), scale, signal);
    stacked.slice(i * n, (i + 1) * n).data.set(block.r.data);
    blocks.push(block);
  }
  const top = await qr(stacked, 1, signal);
  free(stacked.data);
  return {
    r: top.r,
    async times(z) {
      const parts = await top.times(z);
      const out = Matrix.zeros(m, z.columns);
      for (const [i, block] of blocks.entries()) {
        const part = await block.times(parts.slice(i * n, (i + 1) * n));
        out.slice(edge(i), edge(i + 1)).data.set(part.data);
        free(part.data);
      }
      free(parts.data);
      return out;
    },
  };
}

/** In panels of columns: Schreiber and Van Loan, "A storage-efficient WY representation", 1989. */
async function householderQr(a: Matrix, scale: number, signal?: Signal): Promise<Qr> {
  const { rows: m, columns: n } = a;
  const reflections: Reflections[] = [];
  // Columns are worked on as rows, where a panel, and all that is right of it, are contiguous.
  const turned = Matrix.zeros(n, m);
  transposeInto(turned, 0, 0, a);
  if (scale !== 1) scaleBy(turned.data, 1 / scale);
  for (let start = 0; start < n; start += PANEL) {
    signal?.throwIfAborted();
    const group = await reducePanel(turned, start, Math.min(PANEL, n - start), signal);
    reflections.push(group);
    const rest = turned.slice(start + group.v.rows, n);
    if (rest.rows > 0) await applyToRows(group, rest, signal);
  }
  const r = Matrix.zeros(n, n);
  for (let i = 0; i < n; i++) for (let j = i; j < n; j++) r.data[i * n + j] = turned.at(j, i);
  free(turned.data);
  return {
    r,
    async times(z) {
      const out = Matrix.zeros(m, z.columns);
      out.data.set(z.data);
      await applyLeft(reflections, out, signal);
      return out;
    },
  };
}

async function reducePanel(
  turned: Matrix<Float64Array>,
  start: number,
  width: number,
  signal?: Signal,
): Promise<Reflections> {
  const length = turned.columns - start;
  const v = Matrix.zeros(width, length);
  const taus = new Float64Array(width);
  for (let j = 0; j < width; j++) {
    const column = turned.row(start + j);
    const active = column.subarray(start);
    for (let p = 0; p < j; p++) {
      const earlier = v.row(p);
      addScaled(active, earlier, -(taus[p] as number) * innerProduct(earlier, active, p, length), p, length);
    }
    const vector = v.row(j);
    vector.set(active.subarray(j), j);
    const { tau, beta } = reflect(vector, j, length);
    taus[j] = tau;
    column[start + j] = beta;
  }
  return gather(v, taus, start, signal);
}

/** The transpose of H acts on columns that are stored as rows. */
async function applyToRows({ v, t, offset }: Reflections, rows: Matrix<Float64Array>, signal?: Signal): Promise<void> {
  // Zeros in front of V spare a copy of what is right of the panel.
  const padded = Matrix.zeros(v.rows, rows.columns);
  for (let p = 0; p < v.rows; p++) padded.row(p).set(v.row(p), offset);
  const products = await multiply(rows, padded, { transposeB: true, signal });
  const weights = await multiply(products, t, { signal });
  await subtractProduct(rows, weights, padded, { signal });
  free(padded.data, products.data, weights.data);
}
