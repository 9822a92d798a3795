/** Equal cells along one side of a heatmap, with a gap before the index of each break. */
export interface Band {
  readonly count: number;
  /** Of one cell, in pixels. */
  readonly size: number;
  start(index: number): number;
  middle(index: number): number;
  /** Runs of cells without a gap: the first of each, and the one after the last. */
  readonly runs: readonly (readonly [number, number])[];
  /** The cell at a pixel, or null beside the cells. */
  indexAt(pixel: number): number | null;
}

const widest = 6;

/** @param breaks without gaps where these would take more than a quarter of the `length`. */
export function band(count: number, offset: number, length: number, breaks: readonly number[] = []): Band {
  const gap = breaks.length * widest <= length / 4 ? widest : 0;
  const size = count === 0 ? 0 : (length - breaks.length * gap) / count;
  const start = (index: number) => offset + index * size + breaks.filter((at) => at <= index).length * gap;
  return {
    count,
    size,
    start,
    middle: (index) => start(index) + size / 2,
    runs: gap === 0 ? [[0, count]] : [0, ...breaks].map((from, i) => [from, breaks[i] ?? count]),
    indexAt: (pixel) => {
      // Gaps only move cells to the right: the cell is this one or one a little before.
      for (let i = Math.min(count - 1, Math.floor((pixel - offset) / size)); i >= 0; i--) {
        if (pixel >= start(i)) return pixel < start(i) + size ? i : null;
      }
      return null;
    },
  };
}
