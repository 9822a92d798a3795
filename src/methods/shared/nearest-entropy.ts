import { squaresTo } from '../../linalg/distances';
import { Matrix } from '../../linalg/matrix';
import { nearestNeighbours } from '../../linalg/neighbours';
import { frobeniusSquared } from '../../linalg/norms';
import { squaredTile } from '../../linalg/pair-squares';
import { firstOf, type PairTile, pairTiles } from '../../linalg/pair-tiles';
import { Points } from '../../linalg/points';
import type { Context } from '../method';
import { digamma, logGamma } from './gamma';

/** Rows whose distances from as many others are held at once. */
const TILE = 512;
/** Rows of the other side. */
const WIDE = 2048;

type Work = Pick<Context, 'signal' | 'reserve' | 'progress'>;

/** Squared distance of each row from its nearest other. */
export async function nearestOthers(x: Matrix, context: Work): Promise<Float64Array> {
  return squaresTo(x, (await nearestNeighbours(x, 1, 'euclidean', context)).indices, 1);
}

/** The same of rows as they are and moved, which may have brought them to another unit: the search is made once. */
export async function nearestOfBoth(x: Matrix, moved: Matrix, context: Work) {
  const { indices } = await nearestNeighbours(x, 1, 'euclidean', context);
  return { squares: squaresTo(x, indices, 1), own: squaresTo(moved, indices, 1) };
}

/** Squared distance of each row from its nearest other, and the mean of all squared distances, from those of all pairs. */
export async function nearestOfPairs(points: Points, { signal, progress }: Pick<Context, 'signal' | 'progress'>) {
  const squares = new Float64Array(points.count).fill(Number.POSITIVE_INFINITY);
  let sum = 0;
  for await (const tile of pairTiles([points], TILE, { signal })) {
    progress(tile.done, 'Nearest rows');
    sum += lower(squares, tile);
  }
  return { squares, mean: sum / ((points.count * (points.count - 1)) / 2) };
}

/** Brings what is least so far of each row down to the distances of a tile; returns their sum. */
function lower(least: Float64Array, tile: PairTile): number {
  const [squares] = tile.squares as [Float64Array];
  let sum = 0;
  for (let i = tile.rows[0], k = 0; i < tile.rows[1]; i++) {
    let own = least[i] as number;
    for (let j = firstOf(tile, i); j < tile.columns[1]; j++, k++) {
      const value = squares[k] as number;
      if (value < own) own = value;
      if (value < (least[j] as number)) least[j] = value;
      sum += value;
    }
    least[i] = own;
  }
  return sum;
}

/** Squared distance of each row of X from the nearest row of Y, and of each of Y from the nearest of X. */
export async function nearestAcross(x: Matrix, y: Matrix, context: Work): Promise<[Float64Array, Float64Array]> {
  const data = new Float64Array(x.data.length + y.data.length);
  context.reserve(16 * data.length, 'the rows of both');
  data.set(x.data);
  data.set(y.data, x.data.length);
  const points = new Points(new Matrix(data, x.rows + y.rows, x.columns));
  const memory = new Float64Array(TILE * WIDE);
  const out = new Float64Array(points.count).fill(Number.POSITIVE_INFINITY);
  for (let start = 0; start < x.rows; start += TILE) {
    context.progress(start / x.rows, 'Nearest rows of the other set');
    const block = points.block(start, Math.min(x.rows, start + TILE));
    for (let from = x.rows; from < points.count; from += WIDE) {
      context.signal.throwIfAborted();
      const other = points.block(from, Math.min(points.count, from + WIDE));
      await squaredTile(block, other, points.direct, memory, context, (i, squared) => {
        let least = out[start + i] as number;
        for (let j = 0; j < squared.length; j++) {
          const value = squared[j] as number;
          if (value < least) least = value;
          if (value < (out[from + j] as number)) out[from + j] = value;
        }
        out[start + i] = least;
      });
    }
  }
  return [out.subarray(0, x.rows), out.subarray(x.rows)];
}

/** Mean squared distance of two different rows: from the variances of the columns. */
export function meanSquare(centred: Matrix): number {
  return (2 * frobeniusSquared(centred)) / Math.max(1, centred.rows - 1);
}

/** ln mean δ, δ being squared distances over the number of units. Null where all are zero. @param shift added to the logarithm of each length */
export function indexOf(squares: Float64Array, units: number, shift = 0): number | null {
  const mean = squares.reduce((sum, square) => sum + square, 0) / squares.length / units;
  return mean > 0 ? Math.log(mean) + 2 * shift : null;
}

/** Mean ln δ. Null where one is zero. */
export function meanLog(squares: Float64Array, units: number, shift: number): number | null {
  const mean = squares.reduce((sum, square) => sum + Math.log(square / units), 0) / squares.length;
  return Number.isFinite(mean) ? mean + 2 * shift : null;
}

/**
 * Differential entropy in nats by Kozachenko and Leonenko, of any number of dimensions d:
 * ψ(n) - ψ(k) + ln V_d + (d / n) Σ ln r_k. Null where a row has k copies.
 */
export async function nearestEntropy(x: Matrix, k: number, shift: number, context: Work): Promise<number | null> {
  const [n, d] = [x.rows, x.columns];
  const { indices } = await nearestNeighbours(x, k, 'euclidean', context);
  const last = indices.filter((_, at) => at % k === k - 1);
  let sum = 0;
  for (const square of squaresTo(x, last, 1)) {
    if (square === 0) return null;
    sum += 0.5 * Math.log(square) + shift;
  }
  const volume = (d / 2) * Math.log(Math.PI) - logGamma(d / 2 + 1);
  return digamma(n) - digamma(k) + volume + (d / n) * sum;
}

/** Groups of points that are joined by steps no longer than the radius: the group of each, by its first point. */
export async function joined(
  points: Points,
  radius: number,
  { signal, progress }: Pick<Context, 'signal' | 'progress'>,
): Promise<Int32Array> {
  const parent = Int32Array.from({ length: points.count }, (_, i) => i);
  for await (const tile of pairTiles([points], TILE, { signal })) {
    progress(tile.done, 'Near duplicates');
    join(parent, tile, radius * radius);
  }
  return parent.map((_, i) => rootOf(parent, i));
}

function join(parent: Int32Array, tile: PairTile, most: number): void {
  const [squares] = tile.squares as [Float64Array];
  for (let i = tile.rows[0], k = 0; i < tile.rows[1]; i++)
    for (let j = firstOf(tile, i); j < tile.columns[1]; j++, k++) {
      if ((squares[k] as number) > most) continue;
      const [a, b] = [rootOf(parent, i), rootOf(parent, j)];
      if (a !== b) parent[Math.max(a, b)] = Math.min(a, b);
    }
}

function rootOf(parent: Int32Array, of: number): number {
  let i = of;
  while (parent[i] !== i) {
    parent[i] = parent[parent[i] as number] as number;
    i = parent[i] as number;
  }
  return i;
}

/** exp of the entropy of the sizes of groups: as many groups of equal size would be as even. */
export function effectiveModes(groups: Int32Array): number {
  const sizes = new Map<number, number>();
  for (const group of groups) sizes.set(group, (sizes.get(group) ?? 0) + 1);
  let entropy = 0;
  for (const size of sizes.values()) entropy -= (size / groups.length) * Math.log(size / groups.length);
  return Math.min(groups.length, Math.exp(entropy));
}
