import type { Matrix } from './matrix';
import { ascendingOrder } from './order';
import type { Signal } from './signal';

/** A hole: the distance at which it opens, and at which it is filled. */
export interface Bar {
  readonly birth: number;
  readonly death: number;
}

/** Keys that are held before those that cancel are taken out. */
const HELD = 1 << 20;

/** What {@link holes} takes for n points. */
export function holesBytes(n: number): number {
  return 4 * n * n + 20 * n * n + 16 * HELD;
}

/**
 * Persistent homology of dimension one, over the field of two elements, of the Vietoris-Rips complex of points with these
 * distances: the bars of positive length, by falling length. Cohomology by reduction of columns with clearing, as Ripser (Bauer,
 * J. Appl. Comput. Topol. 5, 2021). Edges are put in one order by distance, which makes them all distinct: an edge that closes
 * a triangle as its longest side is then paired with the first such triangle, at once, and the reduction is left with edges that
 * open a hole. Bars between equal distances have no length and are left out. Memory O(n²); time, hard to say before, some n³.
 * @param distances n x n, symmetric, zero on the diagonal
 */
export function holes(distances: Matrix, signal?: Signal): Bar[] {
  const complex = new Edges(distances);
  const cleared = complex.spanningTree();
  const owners = new Map<number, Int32Array>();
  const bars: Bar[] = [];
  for (let edge = complex.count - 1; edge >= 0; edge--) {
    if ((edge & 1023) === 0) signal?.throwIfAborted();
    if (cleared[edge] === 1 || complex.apex(edge) >= 0) continue;
    const { pivot, parts } = reduce(complex, edge, owners, signal);
    owners.set(pivot, parts);
    const [birth, death] = [complex.length(edge), complex.length(Math.floor(pivot / complex.points))];
    if (death > birth) bars.push({ birth, death });
  }
  return bars.sort((a, b) => b.death - b.birth - (a.death - a.birth) || a.birth - b.birth);
}

/** The edges by length; a triangle is its longest edge times n plus the vertex opposite to it. */
class Edges {
  readonly points: number;
  readonly count: number;
  private readonly lengths: Float64Array;
  private readonly ends: Int32Array;
  /** Place of each edge in the order; n x n. */
  private readonly place: Int32Array;
  /** Vertices opposite to each edge in the first triangle of which it is the longest side; -1 for none, -2 for not yet known. */
  private readonly apices: Int32Array;

  constructor(distances: Matrix) {
    const n = distances.rows;
    const pairs = (n * (n - 1)) / 2;
    const values = new Float64Array(pairs);
    const all = new Int32Array(2 * pairs);
    for (let i = 0, k = 0; i < n; i++)
      for (let j = i + 1; j < n; j++, k++) {
        values[k] = distances.at(i, j);
        all[2 * k] = i;
        all[2 * k + 1] = j;
      }
    const order = ascendingOrder(values);
    this.points = n;
    this.count = pairs;
    this.lengths = Float64Array.from(order, (k) => values[k] as number);
    this.ends = new Int32Array(2 * pairs);
    this.place = new Int32Array(n * n).fill(-1);
    this.apices = new Int32Array(pairs).fill(-2);
    for (let p = 0; p < pairs; p++) {
      const k = order[p] as number;
      const [i, j] = [all[2 * k] as number, all[2 * k + 1] as number];
      this.ends[2 * p] = i;
      this.ends[2 * p + 1] = j;
      this.place[i * n + j] = this.place[j * n + i] = p;
    }
  }

  length(edge: number): number {
    return this.lengths[edge] as number;
  }

  /** 1 for each edge that joins two parts when it comes: it opens no hole. */
  spanningTree(): Uint8Array {
    const parent = Int32Array.from({ length: this.points }, (_, i) => i);
    const root = (of: number) => {
      let i = of;
      while (parent[i] !== i) {
        parent[i] = parent[parent[i] as number] as number;
        i = parent[i] as number;
      }
      return i;
    };
    return Uint8Array.from({ length: this.count }, (_, edge) => {
      const [a, b] = [root(this.ends[2 * edge] as number), root(this.ends[2 * edge + 1] as number)];
      parent[a] = b;
      return Number(a !== b);
    });
  }

  apex(edge: number): number {
    const known = this.apices[edge] as number;
    if (known > -2) return known;
    const { points: n, place } = this;
    const [a, b] = [(this.ends[2 * edge] as number) * n, (this.ends[2 * edge + 1] as number) * n];
    let apex = -1;
    for (let v = 0; v < n && apex < 0; v++) {
      const [left, right] = [place[a + v] as number, place[b + v] as number];
      if (left >= 0 && right >= 0 && left < edge && right < edge) apex = v;
    }
    this.apices[edge] = apex;
    return apex;
  }

  /** All triangles that the edge is a side of. */
  coboundary(edge: number, visit: (triangle: number) => void): void {
    const { points: n, place } = this;
    const [i, j] = [this.ends[2 * edge] as number, this.ends[2 * edge + 1] as number];
    for (let v = 0; v < n; v++) {
      if (v === i || v === j) continue;
      const [left, right] = [place[i * n + v] as number, place[j * n + v] as number];
      if (left < edge && right < edge) visit(edge * n + v);
      else if (left > right) visit(left * n + j);
      else visit(right * n + i);
    }
  }
}

/** Adds columns with the same first triangle until there is none; `parts` are the edges whose columns were added up. */
function reduce(edges: Edges, edge: number, owners: ReadonlyMap<number, Int32Array>, signal?: Signal) {
  const column = new Column();
  const parts = new Set<number>();
  const add = (part: number) => {
    if (!parts.delete(part)) parts.add(part);
    edges.coboundary(part, (triangle) => column.toggle(triangle));
  };
  add(edge);
  for (let count = 1; ; count++) {
    if ((count & 63) === 0) signal?.throwIfAborted();
    const pivot = column.first();
    const longest = Math.floor(pivot / edges.points);
    const owner = owners.get(pivot);
    if (owner) for (const part of owner) add(part);
    else if (longest !== edge && edges.apex(longest) === pivot % edges.points) add(longest);
    else return { pivot, parts: Int32Array.from(parts) };
  }
}

/** A sum over the field of two elements: a heap in which what comes twice is nothing. */
class Column {
  private heap: Float64Array = new Float64Array(1 << 12);
  private size = 0;
  private limit = HELD;

  toggle(key: number): void {
    if (this.size === this.limit) this.compact();
    if (this.size === this.heap.length) {
      const larger = new Float64Array(2 * this.size);
      larger.set(this.heap);
      this.heap = larger;
    }
    let at = this.size++;
    while (at > 0) {
      const above = (at - 1) >> 1;
      if ((this.heap[above] as number) <= key) break;
      this.heap[at] = this.heap[above] as number;
      at = above;
    }
    this.heap[at] = key;
  }

  /** The least key, which stays. Every cocycle of a full complex has one. */
  first(): number {
    for (;;) {
      if (this.size === 0)
        throw new RangeError('A hole that is never filled: these are not the distances of all points.');
      const key = this.pop();
      if (this.size > 0 && this.heap[0] === key) this.pop();
      else {
        this.toggle(key);
        return key;
      }
    }
  }

  private pop(): number {
    const least = this.heap[0] as number;
    const last = this.heap[--this.size] as number;
    let at = 0;
    for (;;) {
      let below = 2 * at + 1;
      if (below >= this.size) break;
      if (below + 1 < this.size && (this.heap[below + 1] as number) < (this.heap[below] as number)) below++;
      if ((this.heap[below] as number) >= last) break;
      this.heap[at] = this.heap[below] as number;
      at = below;
    }
    this.heap[at] = last;
    return least;
  }

  /** A sorted list is a heap. */
  private compact(): void {
    const keys = this.heap.subarray(0, this.size).sort();
    let kept = 0;
    for (let k = 0; k < keys.length; k++) {
      if (k + 1 < keys.length && keys[k] === keys[k + 1]) k++;
      else keys[kept++] = keys[k] as number;
    }
    this.size = kept;
    this.limit = Math.max(HELD, 2 * kept);
  }
}
