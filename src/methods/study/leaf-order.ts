import { type Merge, membersOf } from './linkage';

/**
 * Of the orders that a tree allows, one with the least sum of distances between neighbours (Bar-Joseph, Gifford, Jaakkola
 * 2001, Fast optimal leaf ordering for hierarchical clustering). O(n³) time, n² values held.
 * @param distances n x n, symmetric, finite.
 * @returns the leaves in that order; of it and its reverse the one that begins with the lower leaf.
 */
export function optimalLeafOrder(merges: readonly Merge[], distances: Float64Array, n: number): number[] {
  if (merges.length === 0) return Array.from({ length: n }, (_, i) => i);
  const members = membersOf(merges, n);
  const sides = merges.map(({ left, right }) => sidesOf(members[left] ?? [], members[right] ?? []));
  // Where an order of a cluster can end that begins with a leaf: in the other part, or there itself.
  const ends = (cluster: number, leaf: number) => (cluster < n ? [leaf] : (sides[cluster - n]?.get(leaf) ?? []));
  // Of the least order from u to v of the cluster in which they meet: what it costs, and where the part of u ends.
  const cost = new Float64Array(n * n);
  const inner = new Int32Array(n * n).fill(-1);
  for (const { left, right } of merges) {
    const [a, b] = [members[left] ?? [], members[right] ?? []];
    for (const u of a) {
      // From u through its part and on to each leaf of the other.
      const reach = new Float64Array(n).fill(Number.POSITIVE_INFINITY);
      const from = new Int32Array(n).fill(-1);
      for (const m of ends(left, u))
        for (const l of b) {
          const value = (cost[u * n + m] as number) + (distances[m * n + l] as number);
          if (value < (reach[l] as number)) [reach[l], from[l]] = [value, m];
        }
      for (const v of b) {
        let least = Number.POSITIVE_INFINITY;
        for (const l of ends(right, v)) {
          const value = (reach[l] as number) + (cost[v * n + l] as number);
          if (value >= least) continue;
          least = value;
          inner[u * n + v] = from[l] as number;
          inner[v * n + u] = l;
        }
        cost[u * n + v] = cost[v * n + u] = least;
      }
    }
  }
  const last = merges[merges.length - 1] as Merge;
  let [start, end, least] = [0, 0, Number.POSITIVE_INFINITY];
  for (const u of members[last.left] ?? [])
    for (const v of members[last.right] ?? [])
      if ((cost[u * n + v] as number) < least) [start, end, least] = [u, v, cost[u * n + v] as number];
  const order: number[] = [];
  // The parts that are still to be written, the next one last: a tree may be as deep as it has leaves.
  const open = [{ cluster: n + merges.length - 1, from: Math.min(start, end), to: Math.max(start, end) }];
  for (let next = open.pop(); next; next = open.pop()) {
    const { cluster, from, to } = next;
    const merge = merges[cluster - n];
    if (!merge) {
      order.push(from);
      continue;
    }
    const isLeft = (members[merge.left] ?? []).includes(from);
    const [near, far] = isLeft ? [merge.left, merge.right] : [merge.right, merge.left];
    open.push({ cluster: far, from: inner[to * n + from] as number, to });
    open.push({ cluster: near, from, to: inner[from * n + to] as number });
  }
  return order;
}

/** For each leaf the leaves of the part in which it is not. */
function sidesOf(left: readonly number[], right: readonly number[]): ReadonlyMap<number, readonly number[]> {
  return new Map([...left.map((leaf) => [leaf, right] as const), ...right.map((leaf) => [leaf, left] as const)]);
}
