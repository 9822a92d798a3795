import { toleranceOf } from '../../linalg/external-ranks';
import { ascendingOrder } from '../../linalg/order';
import type { SpanningTree } from '../../linalg/reachability-tree';

/** A cluster of the condensed tree; the first is of all rows. */
export interface Condensed {
  readonly parent: number;
  /** 1 / distance at which it parts from its parent. */
  readonly birth: number;
  /** 1 / distance at which it parts into others or its last rows leave. */
  death: number;
  readonly size: number;
  /** Σ over its rows of how long they stay: (λ - birth). */
  stability: number;
  readonly children: number[];
}

export interface CondensedTree {
  readonly clusters: readonly Condensed[];
  /** The deepest cluster that each row was part of, and the λ at which it left it. */
  readonly cluster: Int32Array;
  readonly lambda: Float64Array;
  /** Rows joined at distance 0, which leave last: at the largest λ that is finite. */
  readonly zeros: boolean;
}

interface Join {
  readonly height: number;
  readonly parts: number[];
}

/** Single linkage: nodes n and above join several parts at one height; edges of one weight join at once, in whatever order. */
function joinsOf({ from, to, weight }: SpanningTree): { joins: Join[]; sizes: number[] } {
  const n = weight.length + 1;
  const order = ascendingOrder(weight);
  const parent = Int32Array.from({ length: n }, (_, i) => i);
  const node = Int32Array.from({ length: n }, (_, i) => i);
  const sizes = new Array<number>(n).fill(1);
  const root = (of: number) => {
    let i = of;
    while (parent[i] !== i) {
      parent[i] = parent[parent[i] as number] as number;
      i = parent[i] as number;
    }
    return i;
  };
  const joins: Join[] = [];
  const tolerance = toleranceOf(weight[order.at(-1) as number] ?? 0);
  for (let start = 0; start < order.length; ) {
    const height = weight[order[start] as number] as number;
    let end = start;
    // Parts by the root that they have in the end.
    const edges: [number, number][] = [];
    for (let last = height; end < order.length; end++) {
      const edge = order[end] as number;
      const here = weight[edge] as number;
      if (here - last > tolerance(here)) break;
      last = here;
      edges.push([root(from[edge] as number), root(to[edge] as number)]);
    }
    const touched = new Set(edges.flat());
    for (const [a, b] of edges) {
      const [p, q] = [root(a), root(b)];
      if (p !== q) parent[Math.max(p, q)] = Math.min(p, q);
    }
    const groups = new Map<number, number[]>();
    for (const part of touched) {
      const to = root(part);
      const group = groups.get(to);
      if (group) group.push(part);
      else groups.set(to, [part]);
    }
    for (const [to, parts] of groups) {
      const nodes = parts.map((part) => node[part] as number);
      joins.push({ height, parts: nodes });
      sizes.push(nodes.reduce((sum, one) => sum + (sizes[one] as number), 0));
      node[to] = n + joins.length - 1;
    }
    start = end;
  }
  return { joins, sizes };
}

/** The clusters of `smallest` rows or more that single linkage parts into, from the coarsest on. @param smallest 2 at least */
export function condense(tree: SpanningTree, smallest: number): CondensedTree {
  const n = tree.weight.length + 1;
  const { joins, sizes } = joinsOf(tree);
  const positive = joins.find(({ height }) => height > 0)?.height ?? 1;
  const zeros = joins.some(({ height }) => height === 0);
  const clusters: Condensed[] = [{ parent: -1, birth: 0, death: 0, size: n, stability: 0, children: [] }];
  const cluster = new Int32Array(n);
  const lambda = new Float64Array(n);
  const stack: (readonly [node: number, cluster: number])[] = [[n + joins.length - 1, 0]];
  while (stack.length > 0) {
    const [node, own] = stack.pop() as [number, number];
    const { height, parts } = joins[node - n] as Join;
    const at = 1 / (height > 0 ? height : positive);
    const of = clusters[own] as Condensed;
    const large = parts.filter((part) => (sizes[part] as number) >= smallest);
    of.death = Math.max(of.death, at);
    for (const part of parts) {
      const size = sizes[part] as number;
      if (size >= smallest) {
        if (large.length === 1) {
          stack.push([part, own]);
          continue;
        }
        of.stability += (at - of.birth) * size;
        of.children.push(clusters.length);
        stack.push([part, clusters.length]);
        clusters.push({ parent: own, birth: at, death: at, size, stability: 0, children: [] });
        continue;
      }
      of.stability += (at - of.birth) * size;
      for (const row of leavesOf(part, n, joins)) {
        cluster[row] = own;
        lambda[row] = at;
      }
    }
  }
  return { clusters, cluster, lambda, zeros };
}

function leavesOf(node: number, n: number, joins: readonly Join[]): number[] {
  const leaves: number[] = [];
  const stack = [node];
  while (stack.length > 0) {
    const next = stack.pop() as number;
    if (next < n) leaves.push(next);
    else for (const part of (joins[next - n] as Join).parts) stack.push(part);
  }
  return leaves;
}

/**
 * The clusters that are taken: `eom`, those whose stability is larger than that of all that they part into (excess of mass);
 * `leaf`, those that part into none. That of all rows is none.
 */
export function chosenClusters({ clusters }: CondensedTree, selection: 'eom' | 'leaf'): number[] {
  if (selection === 'leaf')
    return [...clusters.keys()].filter((c) => c > 0 && (clusters[c] as Condensed).children.length === 0);
  const value = clusters.map(({ stability }) => stability);
  const taken = clusters.map((_, c) => c > 0);
  // Children come after their parents.
  for (let c = clusters.length - 1; c > 0; c--) {
    const { children } = clusters[c] as Condensed;
    const below = children.reduce((sum, child) => sum + (value[child] as number), 0);
    if (children.length === 0) continue;
    if (below > (value[c] as number)) {
      taken[c] = false;
      value[c] = below;
    } else {
      const stack = [...children];
      while (stack.length > 0) {
        const next = stack.pop() as number;
        taken[next] = false;
        stack.push(...(clusters[next] as Condensed).children);
      }
    }
  }
  return [...clusters.keys()].filter((c) => taken[c]);
}

export interface DensityLabels {
  /** -1 is noise; the largest cluster is 0. */
  readonly labels: Int32Array;
  /** How deep a row is in its cluster, 0 (or noise) to 1 (as long as any). */
  readonly membership: Float64Array;
  /** Of the clusters by label: their place in the condensed tree. */
  readonly places: readonly number[];
}

/** The cluster of each row, and how firmly it is of it. */
export function densityLabels(tree: CondensedTree, chosen: readonly number[]): DensityLabels {
  const of = new Map(chosen.map((c) => [c, c]));
  const found = tree.cluster.map((start) => {
    let c = start;
    while (c >= 0 && !of.has(c)) c = (tree.clusters[c] as Condensed).parent;
    return c;
  });
  const counts = new Map<number, number>();
  for (const c of found) if (c >= 0) counts.set(c, (counts.get(c) ?? 0) + 1);
  const places = [...chosen].sort((a, b) => (counts.get(b) ?? 0) - (counts.get(a) ?? 0) || a - b);
  const number = new Map(places.map((c, at) => [c, at]));
  const labels = found.map((c) => number.get(c) ?? -1);
  const membership = Float64Array.from(labels, (label, i) => {
    if (label < 0) return 0;
    const { death } = tree.clusters[places[label] as number] as Condensed;
    return death > 0 ? Math.min(1, (tree.lambda[i] as number) / death) : 1;
  });
  return { labels, membership, places };
}
