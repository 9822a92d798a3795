import { EPSILON } from './divide';
import { Matrix } from './matrix';
import { Random } from './random';
import type { Signal } from './signal';
import { addScaled, innerProduct, largest, scale } from './vectors';

/** Solutions that are as long as those of an eigenvalue have to be in so many steps, of which two are the rule. */
const STEPS = 8;
/** A step more than that shows that the last one has changed nothing. */
const LONG = 2;

/**
 * Eigenvectors of a symmetric tridiagonal matrix, in rows, to eigenvalues that are known to rounding: by inverse iteration, each
 * kept orthogonal to those before it, in O(n k²) for k of them (Wilkinson, The algebraic eigenvalue problem, 1965, chapter 5).
 * Null where one does not come out.
 */
export function tridiagonalVectors(
  diagonal: Float64Array,
  offDiagonal: Float64Array,
  values: Float64Array,
  signal?: Signal,
): Matrix<Float64Array> | null {
  const n = diagonal.length;
  const out = Matrix.zeros(values.length, n);
  const norm = Math.max(largest(diagonal), largest(offDiagonal));
  const shifted = new Shifted(diagonal, offDiagonal, EPSILON * norm);
  const random = new Random(0);
  for (const [k, value] of values.entries()) {
    signal?.throwIfAborted();
    shifted.factor(value);
    const x = out.row(k);
    for (let i = 0; i < n; i++) x[i] = random.normal() / Math.sqrt(n);
    for (let long = 0, step = 0; long < LONG; step++) {
      if (step === STEPS) return null;
      shifted.solve(x);
      const length = apart(x, out, k);
      if (length * 8 * n * EPSILON * norm >= 1) long++;
      scale(x, 1 / length);
    }
  }
  return out;
}

/** Takes from x what it has of the first `count` rows, twice, so that rounding leaves nothing; its length from then on. */
function apart(x: Float64Array, rows: Matrix<Float64Array>, count: number): number {
  for (let twice = 0; twice < 2; twice++)
    for (let k = 0; k < count; k++) addScaled(x, rows.row(k), -innerProduct(x, rows.row(k)));
  return Math.sqrt(innerProduct(x, x));
}

/** T - λI as a product of triangular factors, rows exchanged where that gives the larger pivot. */
class Shifted {
  /** Of the upper factor. */
  private readonly pivots: Float64Array;
  private readonly next: Float64Array;
  private readonly second: Float64Array;
  /** Of the lower factor. */
  private readonly factors: Float64Array;
  private readonly exchanged: Uint8Array;

  /** @param least a pivot that is less counts as this */
  constructor(
    private readonly diagonal: Float64Array,
    private readonly offDiagonal: Float64Array,
    private readonly least: number,
  ) {
    const n = diagonal.length;
    [this.pivots, this.next, this.second, this.factors] = [0, 1, 2, 3].map(() => new Float64Array(n)) as Four;
    this.exchanged = new Uint8Array(n);
  }

  factor(value: number): void {
    const { diagonal, offDiagonal, pivots, next, second, factors, exchanged, least } = this;
    const n = diagonal.length;
    let pivot = (diagonal[0] as number) - value;
    let beside = offDiagonal[0] ?? 0;
    for (let i = 0; i < n; i++) {
      const below = i + 1 < n ? (offDiagonal[i] as number) : 0;
      const own = i + 1 < n ? (diagonal[i + 1] as number) - value : 0;
      const further = i + 2 < n ? (offDiagonal[i + 1] as number) : 0;
      const swap = Math.abs(below) > Math.abs(pivot);
      exchanged[i] = swap ? 1 : 0;
      if (swap) {
        const factor = pivot / below;
        [pivots[i], next[i], second[i], factors[i]] = [below, own, further, factor];
        pivot = beside - factor * own;
        beside = -factor * further;
      } else {
        if (Math.abs(pivot) < least) pivot = least;
        const factor = below / pivot;
        [pivots[i], next[i], second[i], factors[i]] = [pivot, beside, 0, factor];
        pivot = own - factor * beside;
        beside = further;
      }
    }
  }

  /** x <- (T - λI)⁻¹ x */
  solve(x: Float64Array): void {
    const { pivots, next, second, factors, exchanged } = this;
    const n = x.length;
    for (let i = 0; i + 1 < n; i++) {
      const [first, other] = [x[i] as number, x[i + 1] as number];
      const swap = exchanged[i] === 1;
      x[i] = swap ? other : first;
      x[i + 1] = (swap ? first : other) - (factors[i] as number) * (x[i] as number);
    }
    for (let i = n - 1; i >= 0; i--) {
      const known = i + 1 < n ? (next[i] as number) * (x[i + 1] as number) : 0;
      const further = i + 2 < n ? (second[i] as number) * (x[i + 2] as number) : 0;
      x[i] = ((x[i] as number) - known - further) / (pivots[i] as number);
    }
  }
}

type Four = [Float64Array, Float64Array, Float64Array, Float64Array];
