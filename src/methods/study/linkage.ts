import type { Tree } from '../../protocol/figures';

/** Two clusters that become one. Clusters 0 to n - 1 are the leaves, n + k is what merge k makes. */
export type Merge = Tree['merges'][number];

/**
 * Average linkage (UPGMA; Sokal and Michener 1958): again and again the two clusters with the least mean distance between
 * their members become one. Of equals the first. O(n³).
 * @param distances n x n, symmetric, finite.
 */
export function averageLinkage(distances: Float64Array, n: number): Merge[] {
  const d = distances.slice();
  const size = new Array<number>(n).fill(1);
  const cluster = Array.from({ length: n }, (_, i) => i);
  const alive = Array.from({ length: n }, (_, i) => i);
  const merges: Merge[] = [];
  while (alive.length > 1) {
    let [a, b, least] = [0, 0, Number.POSITIVE_INFINITY];
    for (const [p, i] of alive.entries())
      for (const j of alive.slice(p + 1))
        if ((d[i * n + j] as number) < least) [a, b, least] = [i, j, d[i * n + j] as number];
    const [left, right] = [cluster[a] as number, cluster[b] as number];
    merges.push({ left: Math.min(left, right), right: Math.max(left, right), height: least });
    const [m, k] = [size[a] as number, size[b] as number];
    for (const i of alive) {
      if (i === a || i === b) continue;
      const mean = (m * (d[i * n + a] as number) + k * (d[i * n + b] as number)) / (m + k);
      d[i * n + a] = d[a * n + i] = mean;
    }
    size[a] = m + k;
    cluster[a] = n + merges.length - 1;
    alive.splice(alive.indexOf(b), 1);
  }
  return merges;
}

/** The leaves of each cluster, those of its left part first. */
export function membersOf(merges: readonly Merge[], n: number): readonly (readonly number[])[] {
  const members: number[][] = Array.from({ length: n }, (_, i) => [i]);
  for (const { left, right } of merges) members.push([...(members[left] ?? []), ...(members[right] ?? [])]);
  return members;
}

/** The height at which each two leaves meet, n x n (Sokal and Rohlf 1962). */
export function copheneticDistances(merges: readonly Merge[], n: number): Float64Array {
  const members = membersOf(merges, n);
  const out = new Float64Array(n * n);
  for (const { left, right, height } of merges)
    for (const i of members[left] ?? []) for (const j of members[right] ?? []) out[i * n + j] = out[j * n + i] = height;
  return out;
}
