import type { Matrix } from '../../linalg/matrix';
import { dot, frobeniusSquared } from '../../linalg/norms';
import { gram } from '../../linalg/products';
import type { Context, PairScores, Representation } from '../method';
import { centred } from '../shared/centred';
import { kept } from '../shared/kept';
import { scorePairs, scoreWith } from '../shared/pairs';
import { type Origin, originOf } from '../shared/reordered';
import type { Estimator, Side } from './cka';

/** An entry that is picked from a kernel and summed costs as much as so many multiplications in a product. */
const PICKED = 16;

/** How often each kernel was made: where memory does not hold it there is nothing to gain. */
const made = new WeakMap<Matrix, number>();

/**
 * The scores of linear kernels where the columns are random orders of rows: centred kernels are made once and kept, and
 * <A, πB> is a sum over their entries. Undefined where that is no gain, or they find no room.
 */
export async function reorderedSweep(
  rows: readonly Representation[],
  columns: readonly Representation[],
  estimate: Estimator,
  context: Context,
): Promise<PairScores | undefined> {
  const origins = columns.map(({ matrix }) => originOf(matrix));
  if (!context.kept || !origins.every((origin) => origin !== undefined)) return undefined;
  const known = origins as readonly Origin[];
  const n = rows[0]?.matrix.rows ?? 0;
  const wide = (list: readonly Representation[]) => list.reduce((sum, { matrix }) => sum + matrix.columns, 0);
  const [p, q] = [wide(rows), wide(columns)];
  const least = Math.min(n * p * q, n * n * (p + q));
  const matrices = [...new Set([...rows.map(({ matrix }) => matrix), ...known.map(({ of }) => of)])];
  const gain = PICKED * n * n * rows.length * columns.length < least;
  // What is kept may take half of the memory, and one is made beside the others.
  const room = context.fits(8 * n * n * (2 * matrices.length + 2)) && matrices.every((one) => (made.get(one) ?? 0) < 2);
  if (!gain || !room) return undefined;
  const kernels = new Map<Matrix, Kernel>();
  for (const matrix of matrices) kernels.set(matrix, await kernelOf(matrix, context));
  const norms = picked(
    rows.map(({ matrix }) => kernels.get(matrix) as Kernel),
    known.map(({ of, order }) => ({ kernel: kernels.get(of) as Kernel, order })),
    context,
  );
  const sideOf = async (input: Representation) => {
    const origin = originOf(input.matrix);
    const own = kernels.get(origin?.of ?? input.matrix) as Kernel;
    if (!origin) return { input, side: own as Side };
    const diagonal = Float64Array.from(origin.order, (row) => own.diagonal[row] as number);
    return { input, side: { squared: own.squared, diagonal } };
  };
  return scorePairs(rows, columns, context, sideOf, (a, b) => {
    const cross = norms[rows.indexOf(a.input) * columns.length + columns.indexOf(b.input)] as number;
    return scoreWith(estimate(cross, a.side, b.side));
  });
}

interface Kernel extends Side {
  readonly values: Matrix<Float64Array>;
}

async function kernelOf(matrix: Matrix, context: Context): Promise<Kernel> {
  const key = 'linear kernel, centred';
  return kept(context, matrix, key, 8 * matrix.rows ** 2, async () => {
    made.set(matrix, (made.get(matrix) ?? 0) + 1);
    const values = (await gram(centred(matrix, true), context)) as Matrix<Float64Array>;
    const diagonal = Float64Array.from({ length: values.rows }, (_, i) => values.at(i, i));
    return { values, diagonal, squared: frobeniusSquared(values) };
  });
}

/** Σ Aₛₜ B_{π(s) π(t)} for each A, and each B with its own π; row-major. */
function picked(
  left: readonly Kernel[],
  right: readonly { readonly kernel: Kernel; readonly order: Int32Array }[],
  { signal }: Context,
): Float64Array {
  const n = left[0]?.diagonal.length ?? 0;
  const out = new Float64Array(left.length * right.length);
  const memory = new Float64Array(n);
  for (let s = 0; s < n; s++) {
    if ((s & 15) === 0) signal.throwIfAborted();
    for (const [j, { kernel, order }] of right.entries()) {
      const row = kernel.values.row(order[s] as number);
      const below = memory.subarray(0, s);
      for (let t = 0; t < s; t++) below[t] = row[order[t] as number] as number;
      const own = kernel.diagonal[order[s] as number] as number;
      for (const [i, { values, diagonal }] of left.entries()) {
        const k = i * right.length + j;
        out[k] = (out[k] as number) + 2 * dot(values.row(s).subarray(0, s), below) + (diagonal[s] as number) * own;
      }
    }
  }
  return out;
}
