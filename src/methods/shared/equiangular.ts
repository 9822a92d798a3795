import { normaliseRows } from '../../linalg/centre';
import { Matrix } from '../../linalg/matrix';
import { multiply } from '../../linalg/products';
import { Random } from '../../linalg/random';
import type { Cancellable } from '../../linalg/signal';
import { regularSimplex } from './simplex';

/** Vectors in rows of length 1, and the largest |cosine| of two. */
export interface Frame {
  readonly vectors: Matrix<Float64Array>;
  readonly coherence: number;
}

/** Beyond the least that there can be, descent gets stuck: this many times it is aimed at. */
const AIM = 1.3;
const RATE = 1e-3;
const SLACK = 1e-4;
const STEPS = 3000;
const STARTS = 5;
/** Multiplications after which the best so far is taken. */
const WORK = 2e10;

/** The least that the largest |cosine| of so many vectors in d dimensions can be (Welch, IEEE Trans. Inf. Theory 20, 1974). */
export function welchBound(count: number, d: number): number {
  return count > d ? Math.sqrt((count - d) / (d * (count - 1))) : 0;
}

/**
 * `count` vectors in d dimensions of which no two are near: axes where there are enough (then in `count`), a regular simplex where one
 * is missing, and otherwise descent as in {@link spread} to 1.3 times the Welch bound, from starts that are always the same; the best
 * is kept. The last ones made are kept too: nobody writes to them.
 */
export async function equiangular(count: number, d: number, options: Cancellable): Promise<Frame> {
  if (count <= d) {
    const vectors = Matrix.zeros(count, count);
    for (let c = 0; c < count; c++) vectors.row(c)[c] = 1;
    return { vectors, coherence: 0 };
  }
  if (count === d + 1) return { vectors: regularSimplex(count), coherence: 1 / d };
  if (last?.vectors.rows === count && last.vectors.columns === d) return last;
  const random = new Random(0);
  const target = AIM * welchBound(count, d);
  const steps = Math.max(50, Math.min(STEPS, Math.floor(WORK / (count * count * d) / STARTS)));
  let best: Frame | null = null;
  for (let start = 0; start < STARTS && (best === null || best.coherence > target + SLACK); start++) {
    const drawn = new Matrix(
      Float64Array.from({ length: count * d }, () => random.normal()),
      count,
      d,
    );
    const found = await spread(drawn, target, steps, options);
    if (best === null || found.coherence < best.coherence) best = found;
  }
  last = best;
  return best as Frame;
}

let last: Frame | null = null;

/** Bytes that the search takes. */
export function frameBytes(count: number, d: number): number {
  return count <= d + 1 ? 8 * count * count : 8 * count * (count + 4 * d);
}

/**
 * Gradient descent on Σ max(0, |cos(b_i, b_j)| - α) over pairs, on rows brought to length 1 before every step, until no |cosine| is
 * above α by 1e-4: equiangular basis vectors (Shen, Sun, Wei 2022, arXiv:2303.11637). It gets stuck where α is near the Welch bound.
 * @param start count x d; no row zero
 */
export async function spread(
  start: Matrix<Float64Array>,
  alpha: number,
  most: number,
  options: Cancellable,
): Promise<Frame & { readonly steps: number }> {
  let best: Frame = { vectors: start, coherence: Number.POSITIVE_INFINITY };
  let { matrix: b } = normaliseRows(start);
  for (let step = 0; ; step++) {
    options.signal?.throwIfAborted();
    const g = await multiply(b, b, { ...options, transposeB: true });
    let coherence = 0;
    for (let i = 0, k = 0; i < g.rows; i++)
      for (let j = 0; j < g.rows; j++, k++) {
        const value = i === j ? 0 : (g.data[k] as number);
        coherence = Math.max(coherence, Math.abs(value));
        g.data[k] = Math.abs(value) > alpha ? Math.sign(value) : 0;
      }
    if (coherence < best.coherence) best = { vectors: b, coherence };
    if (coherence <= alpha + SLACK || step === most) return { ...best, steps: step };
    const pull = await multiply(g, b, options);
    b = normaliseRows(b.map((value, k) => value - 2 * RATE * (pull.data[k] as number))).matrix;
  }
}

/** The largest |cosine| of two of some vectors of length 1. */
export async function coherenceOf(vectors: Matrix<Float64Array>, options: Cancellable): Promise<number> {
  const g = await multiply(vectors, vectors, { ...options, transposeB: true });
  let most = 0;
  for (let i = 0; i < g.rows; i++) for (let j = 0; j < i; j++) most = Math.max(most, Math.abs(g.at(i, j)));
  return most;
}
