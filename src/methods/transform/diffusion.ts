import { symmetricEigenvalues } from '../../linalg/eigen';
import { Matrix } from '../../linalg/matrix';
import { multiply } from '../../linalg/products';
import type { Sparse } from '../embed/sparse';
import type { Context } from '../method';

/** No number of steps beyond this is looked at. */
const LONGEST = 100;
const FLOOR = 1e-7;

type Watch = Pick<Context, 'signal'>;

/** The graph with loops of weight 1, dense; its rows over their sums (a random walk), or scaled from both sides. */
export function diffusionOf(w: Sparse, how: 'walk' | 'symmetric'): Matrix<Float64Array> {
  const n = w.rows;
  const out = Matrix.zeros(n, n);
  const degrees = new Float64Array(n).fill(1);
  for (let i = 0; i < n; i++) {
    out.data[i * n + i] = 1;
    for (let e = w.offsets[i] as number; e < (w.offsets[i + 1] as number); e++) {
      out.data[i * n + (w.indices[e] as number)] = w.values[e] as number;
      degrees[i] = (degrees[i] as number) + (w.values[e] as number);
    }
  }
  for (let i = 0; i < n; i++) {
    const row = out.row(i);
    const own = degrees[i] as number;
    for (let j = 0; j < n; j++)
      row[j] = (row[j] as number) / (how === 'walk' ? own : Math.sqrt(own * (degrees[j] as number)));
  }
  return out;
}

/** Entropy of the eigenvalues of the diffusion operator, over their sum, after t = 1, 2, ... steps (von Neumann's). */
export async function entropies(w: Sparse, context: Watch): Promise<Float64Array> {
  const values = (await symmetricEigenvalues(diffusionOf(w, 'symmetric'), context)).map(Math.abs);
  return Float64Array.from({ length: LONGEST }, (_, t) => {
    const powers = values.map((value) => value ** (t + 1));
    const sum = powers.reduce((total, value) => total + value, 0);
    return powers.reduce((total, value) => total - (value > 0 ? (value / sum) * Math.log(value / sum) : 0), 0);
  });
}

/** The step at which a curve bends: where two straight lines, one before and one after, fit it best by least squares. */
export function knee(curve: Float64Array): number {
  let best = 1;
  let least = Number.POSITIVE_INFINITY;
  for (let at = 1; at < curve.length - 2; at++) {
    const error = lineError(curve.subarray(0, at + 1)) + lineError(curve.subarray(at));
    if (error >= least) continue;
    least = error;
    best = at;
  }
  return best + 1;
}

/** Σ of squared distances from the best straight line. */
function lineError(ys: Float64Array): number {
  const n = ys.length;
  const middle = (n - 1) / 2;
  const mean = ys.reduce((sum, y) => sum + y, 0) / n;
  let [xx, xy, yy] = [0, 0, 0];
  for (let i = 0; i < n; i++) {
    xx += (i - middle) ** 2;
    xy += (i - middle) * ((ys[i] as number) - mean);
    yy += ((ys[i] as number) - mean) ** 2;
  }
  return Math.max(0, yy - (xx > 0 ? xy ** 2 / xx : 0));
}

/** A whole power of a square matrix, by squaring. */
export async function power(a: Matrix<Float64Array>, t: number, context: Watch): Promise<Matrix<Float64Array>> {
  let out: Matrix<Float64Array> | null = null;
  let square = a;
  for (let rest = t; ; ) {
    context.signal.throwIfAborted();
    if (rest % 2 === 1) out = out === null ? square : await multiply(out, square, context);
    rest = Math.floor(rest / 2);
    if (rest === 0) return out as Matrix<Float64Array>;
    square = await multiply(square, square, context);
  }
}

/** -log(P + 1e-7), in the memory of P. */
export function potential(p: Matrix<Float64Array>): Matrix<Float64Array> {
  for (let k = 0; k < p.data.length; k++) p.data[k] = -Math.log((p.data[k] as number) + FLOOR);
  return p;
}
