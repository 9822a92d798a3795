import { addScaled, dot, gather, type Reflections, reflect } from './householder';
import { Matrix } from './matrix';
import { multiply } from './products';
import type { Signal } from './signal';

const PANEL = 32;

export interface Qr {
  /** n x n, upper triangular, row-major. */
  r: Matrix<Float64Array>;
  /** Q is the product of these, the first leftmost. */
  reflections: Reflections[];
}

/**
 * A = Q R of an m x n matrix, m >= n, by Householder reflections in panels: Schreiber and Van Loan 1989. Unlike the
 * eigenvalues of AᵀA it keeps singular values that are small beside the largest.
 */
export async function qr(a: Matrix<Float64Array>, signal?: Signal): Promise<Qr> {
  const { rows: m, columns: n } = a;
  const reflections: Reflections[] = [];
  // Columns are worked on as rows, where a panel, and all that is right of it, are contiguous.
  const turned = a.transpose();
  for (let start = 0; start < n; start += PANEL) {
    signal?.throwIfAborted();
    const b = Math.min(PANEL, n - start);
    const v = Matrix.zeros(b, m - start);
    const taus = new Float64Array(b);
    for (let j = 0; j < b; j++) {
      const column = turned.row(start + j);
      for (let p = 0; p < j; p++) {
        const reflection = v.row(p);
        const active = column.subarray(start);
        addScaled(active, reflection, -(taus[p] as number) * dot(reflection, active, p, m - start), p, m - start);
      }
      const vector = v.row(j);
      vector.set(column.subarray(start + j), j);
      const { tau, beta } = reflect(vector, j, m - start);
      taus[j] = tau;
      column[start + j] = beta;
    }
    const group = gather(v, taus, start);
    reflections.push(group);
    if (start + b < n) await applyToRows(group, turned.slice(start + b, n), signal);
  }
  const r = Matrix.zeros(n, n);
  for (let i = 0; i < n; i++) for (let j = i; j < n; j++) r.data[i * n + j] = turned.at(j, i);
  return { r, reflections };
}

/** The transpose of H acts on columns that are stored as rows. */
async function applyToRows({ v, t, offset }: Reflections, rows: Matrix<Float64Array>, signal?: Signal): Promise<void> {
  // Zeros in front of V spare a copy of what is right of the panel.
  const padded = Matrix.zeros(v.rows, rows.columns);
  for (let p = 0; p < v.rows; p++) padded.row(p).set(v.row(p), offset);
  const weights = await multiply(await multiply(rows, padded, { transposeB: true, signal }), t, { signal });
  const change = (await multiply(weights, padded, { signal })).data;
  for (let k = 0; k < change.length; k++) rows.data[k] = (rows.data[k] as number) - (change[k] as number);
}
