import { symmetricEigenvalues } from '../../linalg/eigen';
import { Matrix } from '../../linalg/matrix';
import { gram, multiply } from '../../linalg/products';
import type { Sparse } from '../embed/sparse';
import type { Context } from '../method';

/** No number of steps beyond this is looked at. */
const LONGEST = 100;
const FLOOR = 1e-7;
/** Nats by which the entropy differs from rounding alone. */
const LEVEL = 1e-9;

type Watch = Pick<Context, 'signal'>;

/** The weights of all edges of each row, and of a loop of weight 1. */
function degreesOf({ rows, offsets, values }: Sparse): Float64Array {
  const degrees = new Float64Array(rows).fill(1);
  for (let i = 0; i < rows; i++)
    for (let e = offsets[i] as number; e < (offsets[i + 1] as number); e++)
      degrees[i] = (degrees[i] as number) + (values[e] as number);
  return degrees;
}

/** D^-½ (W + I) D^-½, dense: a random walk on the graph with loops of weight 1, made symmetric. */
function diffusionOf(w: Sparse): Matrix<Float64Array> {
  const n = w.rows;
  const out = Matrix.zeros(n, n);
  const degrees = degreesOf(w);
  for (let i = 0; i < n; i++) {
    const row = out.row(i);
    const own = degrees[i] as number;
    row[i] = 1 / own;
    for (let e = w.offsets[i] as number; e < (w.offsets[i + 1] as number); e++) {
      const j = w.indices[e] as number;
      row[j] = (w.values[e] as number) / Math.sqrt(own * (degrees[j] as number));
    }
  }
  return out;
}

/** Entropy of the eigenvalues of the diffusion operator, over their sum, after t = 1, 2, ... steps (von Neumann's). */
export async function entropies(w: Sparse, context: Watch): Promise<Float64Array> {
  const values = (await symmetricEigenvalues(diffusionOf(w), context)).map(Math.abs);
  return Float64Array.from({ length: LONGEST }, (_, t) => {
    const powers = values.map((value) => value ** (t + 1));
    const sum = powers.reduce((total, value) => total + value, 0);
    return powers.reduce((total, value) => total - (value > 0 ? (value / sum) * Math.log(value / sum) : 0), 0);
  });
}

/**
 * The step at which a curve bends, from 2 on: where two straight lines, one before and one after, fit it best by least squares; 1
 * where it is level.
 */
export function knee(curve: Float64Array): number {
  if (curve.every((value) => Math.abs(value - (curve[0] as number)) < LEVEL)) return 1;
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

/** Pᵗ, where the random walk on that graph leads to in t steps, 1 or more: D^-½ Sᵗ D^½, by squares of S, of which half is made. */
export async function walk(w: Sparse, t: number, context: Watch): Promise<Matrix<Float64Array>> {
  let out: Matrix<Float64Array> | null = null;
  let square = diffusionOf(w);
  for (let rest = t; ; ) {
    context.signal.throwIfAborted();
    if (rest % 2 === 1) out = out === null ? square : await multiply(out, square, context);
    rest = Math.floor(rest / 2);
    if (rest === 0) break;
    square = await gram(square, context);
  }
  const walked = out as Matrix<Float64Array>;
  const roots = degreesOf(w).map(Math.sqrt);
  for (let i = 0; i < walked.rows; i++) {
    const row = walked.row(i);
    for (let j = 0; j < row.length; j++) row[j] = ((row[j] as number) * (roots[j] as number)) / (roots[i] as number);
  }
  return walked;
}

/** -log(P + 1e-7), in the memory of P. */
export function potential(p: Matrix<Float64Array>): Matrix<Float64Array> {
  for (let k = 0; k < p.data.length; k++) p.data[k] = -Math.log((p.data[k] as number) + FLOOR);
  return p;
}
