import type { Random } from '../../linalg/random';
import type { Signal } from '../../linalg/signal';

/**
 * Gromov's δ of a metric from one base point p: the largest min((x|z), (z|y)) - (x|y) over all x, y, z, with
 * (x|y) = (d(x, p) + d(y, p) - d(x, y)) / 2 (Gromov, Hyperbolic groups, 1987). Over all base points it is at most twice this.
 * O(n³).
 * @param distances n x n, symmetric
 */
export function gromovDelta(distances: Float64Array, n: number, base: number, signal?: Signal): number {
  const products = new Float64Array(n * n);
  const from = distances.subarray(base * n, (base + 1) * n);
  for (let x = 0, k = 0; x < n; x++)
    for (let y = 0; y < n; y++, k++)
      products[k] = ((from[x] as number) + (from[y] as number) - (distances[k] as number)) / 2;
  let delta = 0;
  for (let x = 0; x < n; x++) {
    signal?.throwIfAborted();
    const left = products.subarray(x * n, (x + 1) * n);
    for (let y = x + 1; y < n; y++) {
      const right = products.subarray(y * n, (y + 1) * n);
      // More than this is needed to raise what was found.
      const least = (left[y] as number) + delta;
      let most = least;
      for (let z = 0; z < n; z++) {
        const a = left[z] as number;
        const b = right[z] as number;
        const value = a < b ? a : b;
        if (value > most) most = value;
      }
      if (most > least) delta = most - (left[y] as number);
    }
  }
  return delta;
}

/** (S₁ - S₂) / 2 of four points, S₁ >= S₂ the two larger sums of opposite distances: of `count` quadruples drawn at random. */
export function fourPointDeltas(distances: Float64Array, n: number, count: number, random: Random): Float64Array {
  const at = (i: number, j: number) => distances[i * n + j] as number;
  return Float64Array.from({ length: count }, () => {
    const [a, b, c, d] = random.sample(n, 4) as unknown as [number, number, number, number];
    const sums = [at(a, b) + at(c, d), at(a, c) + at(b, d), at(a, d) + at(b, c)].sort((s, t) => t - s);
    return ((sums[0] as number) - (sums[1] as number)) / 2;
  });
}
