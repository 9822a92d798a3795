import { EPSILON } from './divide';
import type { Signal } from './signal';

/** Three suffice on average; more than this many for one value means that the input is not finite. */
const MOST_ROUNDS = 60;

/** Eigenvalues, ascending, of a symmetric tridiagonal matrix, in O(n²). The matrix is to be scaled to about 1. */
export function tridiagonalEigenvalues(
  diagonal: Float64Array,
  offDiagonal: Float64Array,
  signal?: Signal,
): Float64Array {
  return implicitQl(diagonal, offDiagonal, null, signal).sort();
}

/**
 * Eigenvalues of a symmetric tridiagonal matrix, in no order, by implicit QL iteration: Dubrulle, Martin and Wilkinson, "The
 * implicit QL algorithm", Numer. Math. 1968.
 * @param rotate (row i, row i + 1) <- (c row i - s row i + 1, s row i + c row i + 1): of rows that begin as the identity, row i
 * becomes the eigenvector of value i
 */
export function implicitQl(
  diagonal: Float64Array,
  offDiagonal: Float64Array,
  rotate: ((i: number, c: number, s: number) => void) | null,
  signal?: Signal,
): Float64Array {
  const d = Float64Array.from(diagonal);
  const n = d.length;
  const e = new Float64Array(n);
  e.set(offDiagonal.subarray(0, Math.max(0, n - 1)));
  const norm = [...d, ...e].reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  // Relative to the whole matrix, not to the neighbours: among values that are rounding only it would not come to an end;
  // and several times ε: among equal values single roundings come back every round.
  const negligible = 4 * EPSILON * norm;
  for (let l = 0; l < n; l++) {
    for (let round = 0; ; round++) {
      let m = l;
      while (m < n - 1 && Math.abs(e[m] as number) > negligible) m++;
      if (m === l) break;
      signal?.throwIfAborted();
      if (round === MOST_ROUNDS) throw new Error('The eigenvalue iteration does not converge.');
      const dl = d[l] as number;
      const el = e[l] as number;
      let g = ((d[l + 1] as number) - dl) / (2 * el);
      let r = Math.hypot(g, 1);
      g = (d[m] as number) - dl + el / (g + (g >= 0 ? r : -r));
      let s = 1;
      let c = 1;
      let p = 0;
      let i = m - 1;
      for (; i >= l; i--) {
        const f = s * (e[i] as number);
        const b = c * (e[i] as number);
        r = Math.sqrt(f * f + g * g);
        e[i + 1] = r;
        if (r === 0) {
          d[i + 1] = (d[i + 1] as number) - p;
          e[m] = 0;
          break;
        }
        s = f / r;
        c = g / r;
        g = (d[i + 1] as number) - p;
        r = ((d[i] as number) - g) * s + 2 * c * b;
        p = s * r;
        d[i + 1] = g + p;
        g = c * r - b;
        rotate?.(i, c, s);
      }
      if (i >= l) continue;
      d[l] = (d[l] as number) - p;
      e[l] = g;
      e[m] = 0;
    }
  }
  return d;
}
