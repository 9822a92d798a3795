import { symmetricEigen } from '../../linalg/eigen';
import { leadingEigen } from '../../linalg/lanczos';
import { Matrix } from '../../linalg/matrix';
import { stressStep } from '../../linalg/stress-step';
import type { Context } from '../method';
import { fixSigns } from './map';

/** Up to so many rows all eigenvalues are found. */
const WHOLE = 400;

/**
 * Classical scaling (Torgerson 1952): the leading eigenvectors of -½ H D² H, each times the root of its eigenvalue.
 * @param squared n x n, squared distances; overwritten
 * @returns n x m; columns of no positive eigenvalue are zero
 */
export async function classicalMap(
  squared: Matrix<Float64Array>,
  m: number,
  context: Pick<Context, 'random' | 'signal' | 'progress'>,
): Promise<Matrix<Float64Array>> {
  const n = squared.rows;
  centreTwice(squared);
  const { values, vectors } = n <= WHOLE ? await symmetricEigen(squared, context) : await leading(squared, m, context);
  const size = values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  const map = Matrix.zeros(n, m);
  for (let c = 0; c < Math.min(m, values.length); c++) {
    const value = values[c] as number;
    if (value <= n * Number.EPSILON * size) continue;
    for (let i = 0; i < n; i++) map.data[i * m + c] = Math.sqrt(value) * vectors.at(i, c);
  }
  fixSigns(map);
  return map;
}

/** -½ H D² H, in place. */
function centreTwice(squared: Matrix<Float64Array>): void {
  const n = squared.rows;
  const means = new Float64Array(n);
  let all = 0;
  for (let i = 0; i < n; i++) {
    let sum = 0;
    const row = squared.row(i);
    for (let j = 0; j < n; j++) sum += row[j] as number;
    means[i] = sum / n;
    all += sum / n / n;
  }
  for (let i = 0; i < n; i++) {
    const row = squared.row(i);
    const own = (means[i] as number) - all;
    for (let j = 0; j < n; j++) row[j] = -((row[j] as number) - own - (means[j] as number)) / 2;
  }
}

/** Of the wanted sign: the operator is moved so that the largest are those with the largest value, not size. */
function leading(a: Matrix<Float64Array>, m: number, context: Pick<Context, 'random' | 'signal' | 'progress'>) {
  const n = a.rows;
  const apply = (v: Float64Array, out: Float64Array) => {
    for (let i = 0; i < n; i++) {
      const row = a.row(i);
      let s0 = 0;
      let s1 = 0;
      let j = 0;
      for (; j + 1 < n; j += 2) {
        s0 += (row[j] as number) * (v[j] as number);
        s1 += (row[j + 1] as number) * (v[j + 1] as number);
      }
      if (j < n) s0 += (row[j] as number) * (v[j] as number);
      out[i] = s0 + s1;
    }
  };
  return leadingEigen(n, apply, m, context.random, { tolerance: 1e-9, signal: context.signal });
}

export interface Smacof {
  readonly map: Matrix<Float64Array>;
  /** Σ_{i<j} (δ - d)². */
  readonly stress: number;
  /** Kruskal's stress-1: √(stress / Σ d²). */
  readonly stress1: number;
  readonly rounds: number;
  readonly settled: boolean;
}

/**
 * Metric scaling by majorisation, all weights 1 (de Leeuw 1977; Borg and Groenen 2005, chapter 8): X ← B(X) X / n until the
 * stress falls by less than `tolerance` of itself in a round.
 * @param distances n x n
 * @param start n x m, m 2 or 3
 */
export function smacof(
  distances: Matrix<Float64Array>,
  start: Matrix<Float64Array>,
  { rounds: most, tolerance }: { rounds: number; tolerance: number },
  { signal, progress, sketch }: Pick<Context, 'signal' | 'progress' | 'sketch'>,
): Smacof {
  const [n, m] = [distances.rows, start.columns];
  const x = start.data.slice();
  const { points, moved, step } = stressStep(n, m as 2 | 3);
  let last = Number.POSITIVE_INFINITY;
  for (let rounds = 0; ; rounds++) {
    signal.throwIfAborted();
    sketch?.(x, m);
    for (const [axis, along] of points.entries()) for (let i = 0; i < n; i++) along[i] = x[i * m + axis] as number;
    const { stress, squares } = step(distances.data, signal);
    progress(
      0.3 + (0.6 * rounds) / (most || 1),
      `Stress ${Math.sqrt(stress / squares || 0).toFixed(4)}, round ${rounds}`,
    );
    const settled = !(last - stress > tolerance * stress);
    if (settled || rounds === most) {
      const map = new Matrix(x, n, m);
      return { map, stress, stress1: squares > 0 ? Math.sqrt(stress / squares) : Number.NaN, rounds, settled };
    }
    last = stress;
    for (const [axis, along] of moved.entries()) for (let i = 0; i < n; i++) x[i * m + axis] = along[i] as number;
  }
}
