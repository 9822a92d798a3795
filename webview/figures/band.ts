/** Equal cells along one side of a heatmap, with a gap before the index of each break. */
export interface Band {
  readonly count: number;
  /** Of one cell, in pixels. */
  readonly size: number;
  start(index: number): number;
  middle(index: number): number;
  /** The cell at a pixel, or null beside the cells. */
  indexAt(pixel: number): number | null;
}

const gap = 6;

export function band(count: number, offset: number, length: number, breaks: readonly number[] = []): Band {
  const size = count === 0 ? 0 : (length - breaks.length * gap) / count;
  const start = (index: number) => offset + index * size + breaks.filter((at) => at <= index).length * gap;
  return {
    count,
    size,
    start,
    middle: (index) => start(index) + size / 2,
    indexAt: (pixel) => {
      // Gaps only move cells to the right: the cell is this one or one a little before.
      for (let i = Math.min(count - 1, Math.floor((pixel - offset) / size)); i >= 0; i--) {
        if (pixel >= start(i)) return pixel < start(i) + size ? i : null;
      }
      return null;
    },
  };
}
