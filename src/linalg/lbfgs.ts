import type { Signal } from './signal';
import { addScaled, innerProduct, largest, scale } from './vectors';

/** The value at `x`; the gradient is written into `gradient`. */
export type Objective = (x: Float64Array, gradient: Float64Array) => Promise<number>;

export interface Minimum {
  readonly x: Float64Array;
  readonly value: number;
  readonly iterations: number;
  /** False where the number of iterations ran out first. */
  readonly converged: boolean;
}

export interface LbfgsOptions {
  /** Largest entry of the gradient at which it ends. */
  readonly tolerance: number;
  readonly iterations: number;
  readonly signal?: Signal | undefined;
}

/** Pairs of steps and changes of the gradient that the Hessian is guessed from. */
const MEMORY = 10;

/**
 * Minimises a smooth convex function by L-BFGS (Nocedal and Wright 2006, algorithm 7.5), with steps that are halved until the
 * value falls enough (Armijo).
 */
export async function lbfgs(start: Float64Array, objective: Objective, options: LbfgsOptions): Promise<Minimum> {
  let x = start.slice();
  let gradient = new Float64Array(x.length);
  let value = await objective(x, gradient);
  const steps: { s: Float64Array; y: Float64Array; rho: number }[] = [];
  for (let iteration = 0; iteration < options.iterations; iteration++) {
    options.signal?.throwIfAborted();
    if (largest(gradient) <= options.tolerance) return { x, value, iterations: iteration, converged: true };
    const direction = descent(gradient, steps);
    const slope = innerProduct(direction, gradient);
    let step = steps.length === 0 ? Math.min(1, 1 / largest(gradient)) : 1;
    let next = x;
    let nextValue = Number.POSITIVE_INFINITY;
    const nextGradient = new Float64Array(x.length);
    for (let tries = 0; tries < 40; tries++, step /= 2) {
      options.signal?.throwIfAborted();
      next = x.map((entry, i) => entry + step * (direction[i] as number));
      nextValue = await objective(next, nextGradient);
      if (nextValue <= value + 1e-4 * step * slope) break;
    }
    // No step lowers the value: as low as rounding lets it be.
    if (!(nextValue < value)) return { x, value, iterations: iteration, converged: true };
    const s = next.map((entry, i) => entry - (x[i] as number));
    const y = nextGradient.map((entry, i) => entry - (gradient[i] as number));
    const curvature = innerProduct(s, y);
    if (curvature > 1e-12 * innerProduct(y, y)) {
      steps.push({ s, y, rho: 1 / curvature });
      if (steps.length > MEMORY) steps.shift();
    }
    [x, gradient, value] = [next, nextGradient, nextValue];
  }
  return { x, value, iterations: options.iterations, converged: largest(gradient) <= options.tolerance };
}

/** The gradient times the guessed inverse of the Hessian, downhill: the two-loop recursion. */
function descent(gradient: Float64Array, steps: readonly { s: Float64Array; y: Float64Array; rho: number }[]) {
  const q = gradient.slice();
  const alphas: number[] = [];
  for (const { s, y, rho } of [...steps].reverse()) {
    const alpha = rho * innerProduct(s, q);
    alphas.push(alpha);
    addScaled(q, y, -alpha);
  }
  const last = steps.at(-1);
  if (last) scale(q, 1 / (last.rho * innerProduct(last.y, last.y)));
  for (const { s, y, rho } of steps) {
    const beta = rho * innerProduct(y, q);
    const alpha = alphas.pop() as number;
    addScaled(q, s, alpha - beta);
  }
  return q.map((entry) => -entry);
}
