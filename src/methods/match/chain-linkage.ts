import type { Matrix } from '../../linalg/matrix';
import type { Signal } from '../../linalg/signal';
import type { Merge } from '../study/linkage';

/**
 * Average linkage by chains of nearest neighbours, in O(n²) (Murtagh 1983; Müllner 2011, Modern hierarchical, agglomerative
 * clustering algorithms, fig. 3): merges by growing height, clusters numbered as in a tree.
 * @param distances n x n, symmetric; it is written over
 */
export function chainLinkage({ data, rows: n }: Matrix<Float64Array>, signal?: Signal): Merge[] {
  const size = new Int32Array(n).fill(1);
  const joined: { a: number; b: number; height: number }[] = [];
  const chain: number[] = [];
  while (joined.length < n - 1) {
    if (joined.length % 64 === 0) signal?.throwIfAborted();
    if (chain.length === 0) chain.push(size.findIndex((count) => count > 0));
    for (;;) {
      const last = chain.at(-1) as number;
      const before = chain.at(-2) ?? -1;
      let nearest = before;
      let least = before < 0 ? Number.POSITIVE_INFINITY : (data[last * n + before] as number);
      for (let i = 0; i < n; i++)
        if (i !== last && (size[i] as number) > 0 && (data[last * n + i] as number) < least)
          [nearest, least] = [i, data[last * n + i] as number];
      if (nearest !== before) {
        chain.push(nearest);
        continue;
      }
      chain.length -= 2;
      merge(data, n, size, last, before);
      joined.push({ a: last, b: before, height: least });
      break;
    }
  }
  return numbered(joined, n);
}

/** Cluster `a` goes into `b`. */
function merge(d: Float64Array, n: number, size: Int32Array, a: number, b: number): void {
  const [m, k] = [size[a] as number, size[b] as number];
  size[a] = 0;
  size[b] = m + k;
  for (let i = 0; i < n; i++) {
    if (i === b || (size[i] as number) === 0) continue;
    d[i * n + b] = d[b * n + i] = (m * (d[i * n + a] as number) + k * (d[i * n + b] as number)) / (m + k);
  }
}

/** The merges in order of height; each names the clusters that its two leaves are in by then. */
function numbered(joined: readonly { a: number; b: number; height: number }[], n: number): Merge[] {
  const parent = Int32Array.from({ length: 2 * n - 1 }, (_, i) => i);
  const root = (leaf: number) => {
    let at = leaf;
    while (parent[at] !== at) at = parent[at] as number;
    for (let i = leaf; parent[i] !== at; ) [i, parent[i]] = [parent[i] as number, at];
    return at;
  };
  return [...joined]
    .sort((x, y) => x.height - y.height)
    .map(({ a, b, height }, k) => {
      const [x, y] = [root(a), root(b)];
      parent[x] = parent[y] = n + k;
      return { left: Math.min(x, y), right: Math.max(x, y), height };
    });
}

/** The cluster of each leaf where the tree is cut into so many. */
export function cutTree(merges: readonly Merge[], n: number, clusters: number): Int32Array {
  const labels = Int32Array.from({ length: n }, (_, i) => i);
  const members = new Map<number, number[]>(Array.from({ length: n }, (_, i) => [i, [i]]));
  for (const [k, { left, right }] of merges.slice(0, n - clusters).entries()) {
    const all = [...(members.get(left) ?? []), ...(members.get(right) ?? [])];
    members.delete(left);
    members.delete(right);
    members.set(n + k, all);
  }
  [...members.values()].forEach((leaves, cluster) => {
    for (const leaf of leaves) labels[leaf] = cluster;
  });
  return labels;
}
