import { leastOf } from '../../linalg/least';
import { Matrix } from '../../linalg/matrix';
import { multiply } from '../../linalg/products';
import { innerProduct } from '../../linalg/vectors';
import type { Context } from '../method';
import { placesByClass } from '../shared/classes';
import { principalAxes } from '../shared/pca';

const ROUNDS = 100;

export interface Union {
  /** p x d of orthonormal columns, one for each cluster; fewer columns where its rows span no more. */
  readonly bases: readonly Matrix<Float64Array>[];
  /** The cluster of each row. */
  readonly labels: Int32Array;
  /** Σᵢ max_k |U_kᵀ xᵢ|². */
  readonly captured: number;
  /** Σᵢ |xᵢ|². */
  readonly total: number;
}

type Watch = Pick<Context, 'signal' | 'random' | 'progress'>;

/**
 * K subspaces through the origin: rows go to the subspace that holds most of them, subspaces to the leading right singular vectors
 * of their rows, in turn, until no row moves; of several starts the one that captures most (Bradley and Mangasarian 2000). With
 * equal dimensions this maximises the likelihood of a mixture of low-rank Gaussians as the noise goes to nothing (Wang et al.
 * 2024). A start takes random rows and, for each, those whose directions are nearest to it.
 */
export async function unionOfSubspaces(
  x: Matrix<Float64Array>,
  { clusters, dimension, starts }: { clusters: number; dimension: number; starts: number },
  context: Watch,
): Promise<Union> {
  let best: Union | null = null;
  const squares = Float64Array.from({ length: x.rows }, (_, i) => x.row(i).reduce((sum, v) => sum + v * v, 0));
  const total = squares.reduce((sum, value) => sum + value, 0);
  for (let start = 0; start < starts; start++) {
    context.progress((0.7 * start) / starts, `Subspaces, start ${start + 1} of ${starts}`);
    let bases = await seeded(x, squares, clusters, dimension, context);
    let labels = new Int32Array(x.rows).fill(-1);
    let captured = 0;
    for (let round = 0; round < ROUNDS; round++) {
      context.signal.throwIfAborted();
      const next = await assigned(x, bases, context);
      captured = next.captured;
      const moved = next.labels.some((label, i) => label !== labels[i]);
      labels = next.labels;
      if (!moved) break;
      reseed(labels, next.energies, squares, clusters);
      bases = await fitted(x, labels, clusters, dimension, context);
    }
    if (best === null || captured > best.captured) best = { bases, labels, captured, total };
  }
  return best as Union;
}

async function seeded(
  x: Matrix<Float64Array>,
  squares: Float64Array,
  clusters: number,
  dimension: number,
  context: Watch,
): Promise<Matrix<Float64Array>[]> {
  const bases: Matrix<Float64Array>[] = [];
  const size = Math.min(x.rows, 2 * dimension + 1);
  const [places, least] = [new Int32Array(size), new Float64Array(size)];
  for (const row of context.random.sample(x.rows, clusters)) {
    const own = x.row(row);
    const farness = squares.map((square, i) => (square > 0 ? -(innerProduct(own, x.row(i)) ** 2) / square : 0));
    leastOf(farness, x.rows, -1, size, places, least);
    bases.push((await principalAxes(x.takeRows(places), dimension, context)).axes);
  }
  return bases;
}

/** Each row to the subspace that holds most of it; of equal ones to the first. */
export async function assigned(
  x: Matrix<Float64Array>,
  bases: readonly Matrix<Float64Array>[],
  context: Pick<Context, 'signal'>,
) {
  const labels = new Int32Array(x.rows);
  const energies = new Float64Array(x.rows).fill(-1);
  for (const [k, basis] of bases.entries()) {
    const along = basis.columns > 0 ? await multiply(x, basis, { signal: context.signal }) : Matrix.zeros(x.rows, 0);
    for (let i = 0; i < x.rows; i++) {
      const energy = along.row(i).reduce((sum, value) => sum + value * value, 0);
      if (energy <= (energies[i] as number)) continue;
      energies[i] = energy;
      labels[i] = k;
    }
  }
  return { labels, energies, captured: energies.reduce((sum, value) => sum + value, 0) };
}

/** A cluster that nobody is in takes the row that is held worst. */
function reseed(labels: Int32Array, energies: Float64Array, squares: Float64Array, clusters: number): void {
  for (let k = 0; k < clusters; k++) {
    if (labels.includes(k)) continue;
    let worst = 0;
    const left = (i: number) => (squares[i] as number) - (energies[i] as number);
    for (let i = 1; i < labels.length; i++) if (left(i) > left(worst)) worst = i;
    labels[worst] = k;
    energies[worst] = squares[worst] as number;
  }
}

export async function fitted(
  x: Matrix<Float64Array>,
  labels: Int32Array,
  clusters: number,
  dimension: number,
  context: Pick<Context, 'signal'>,
): Promise<Matrix<Float64Array>[]> {
  const bases: Matrix<Float64Array>[] = [];
  for (const own of placesByClass(labels, clusters)) {
    bases.push(
      own.length > 0 ? (await principalAxes(x.takeRows(own), dimension, context)).axes : Matrix.zeros(x.columns, 0),
    );
  }
  return bases;
}

/**
 * What a row was, if it is a point of one of the subspaces (standard normal within it) with noise of deviation γ: E[x₀ | x] =
 * (1 + γ²)⁻¹ Σ_k w_k U_k U_kᵀ x, w_k ∝ π_k (1 + γ⁻²)^(-d_k/2) exp(|U_kᵀ x|² / 2γ²(1 + γ²)). Wang et al. 2024, equation 4.
 * @returns the row, and the weight of each subspace
 */
export function denoised(
  x: ArrayLike<number>,
  bases: readonly Matrix<Float64Array>[],
  shares: ArrayLike<number>,
  gamma: number,
): { row: Float64Array; weights: Float64Array } {
  const square = gamma * gamma;
  const along = bases.map((basis) => {
    const out = new Float64Array(basis.columns);
    for (let j = 0; j < basis.rows; j++)
      for (let c = 0; c < basis.columns; c++) out[c] = (out[c] as number) + basis.at(j, c) * (x[j] as number);
    return out;
  });
  const logs = along.map((values, k) => {
    const energy = values.reduce((sum, value) => sum + value * value, 0);
    const share = shares[k] as number;
    if (!(share > 0)) return Number.NEGATIVE_INFINITY;
    return Math.log(share) - (values.length / 2) * Math.log1p(1 / square) + energy / (2 * square * (1 + square));
  });
  const largest = Math.max(...logs);
  const raw = logs.map((log) => Math.exp(log - largest));
  const sum = raw.reduce((all, value) => all + value, 0);
  const weights = Float64Array.from(raw, (value) => value / sum);
  const row = new Float64Array(x.length);
  for (const [k, basis] of bases.entries()) {
    const factor = (weights[k] as number) / (1 + square);
    for (let j = 0; j < basis.rows; j++)
      for (let c = 0; c < basis.columns; c++)
        row[j] = (row[j] as number) + factor * basis.at(j, c) * (along[k]?.[c] as number);
  }
  return { row, weights };
}
