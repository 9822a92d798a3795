import { type NeighbourGraph, neighbourGraph } from '../transform/neighbour-graph';

type Candidate = readonly [row: number, distance: number];

/**
 * As {@link neighbourGraph} by cosine, where some rows are zeros: those have cosine 0, and so distance 1, with every other row,
 * and only the others are searched.
 * @param zeros their places, in order
 */
export const besideZeros =
  (zeros: Int32Array): typeof neighbourGraph =>
  async (x, k, chosen, context): Promise<NeighbourGraph> => {
    const n = x.rows;
    const none = new Set(zeros);
    const directed = Int32Array.from({ length: n }, (_, i) => i).filter((i) => !none.has(i));
    // One more than is asked for, to see whether it is as near as the last.
    const width = Math.min(k + 1, directed.length - 1);
    const found = width > 0 ? await neighbourGraph(x.takeRows(directed), width, chosen, context) : null;
    const lists = new Lists(n, k);
    const first = Array.from(zeros.subarray(0, k + 1), (zero): Candidate => [zero, 1]);
    for (const [place, i] of directed.entries()) {
      const own = Array.from({ length: Math.max(0, width) }, (_, c): Candidate => {
        const e = place * width + c;
        return [directed[found?.indices[e] as number] as number, found?.distances[e] as number];
      });
      lists.enter(i, [...own, ...first]);
    }
    const lowest = Array.from({ length: Math.min(n, k + 2) }, (_, i): Candidate => [i, 1]);
    for (const i of zeros)
      lists.enter(
        i,
        lowest.filter(([row]) => row !== i),
      );
    const step = found?.step.replace(`${width} `, `${k} `) ?? `${k} nearest neighbours, exact`;
    return { n, ...lists, step, warnings: found?.warnings ?? [] };
  };

class Lists {
  readonly indices: Int32Array;
  readonly distances: Float64Array;
  tied = 0;

  constructor(
    n: number,
    readonly k: number,
  ) {
    this.indices = new Int32Array(n * k);
    this.distances = new Float64Array(n * k);
  }

  /** The nearest k, of equally near ones the lower. */
  enter(i: number, candidates: Candidate[]): void {
    candidates.sort(([a, near], [b, far]) => near - far || a - b);
    for (const [c, [row, distance]] of candidates.slice(0, this.k).entries()) {
      this.indices[i * this.k + c] = row;
      this.distances[i * this.k + c] = distance;
    }
    if (candidates[this.k]?.[1] === candidates[this.k - 1]?.[1]) this.tied++;
  }
}
