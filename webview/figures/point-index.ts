/** Points that a cell of the grid holds on average. */
const each = 4;

/** Finds points by their place in data: a grid over their extent. Made once for a panel, whatever its view. */
export class PointIndex {
  private readonly side: number;
  private readonly low: readonly [number, number];
  private readonly cell: readonly [number, number];
  /** Where the points of each cell begin in `order`. */
  private readonly starts: Int32Array;
  private readonly order: Int32Array;

  /** @param domain the extent of both axes, low to high */
  constructor(
    private readonly xs: readonly number[],
    private readonly ys: readonly number[],
    { x, y }: { readonly x: readonly [number, number]; readonly y: readonly [number, number] },
  ) {
    const count = xs.length;
    this.side = Math.max(1, Math.min(1024, Math.round(Math.sqrt(count / each))));
    this.low = [x[0], y[0]];
    this.cell = [(x[1] - x[0]) / this.side || 1, (y[1] - y[0]) / this.side || 1];
    this.starts = new Int32Array(this.side ** 2 + 1);
    this.order = new Int32Array(count);
    const cells = new Int32Array(count);
    for (let i = 0; i < count; i++) {
      const cell = this.at(1, ys[i] as number) * this.side + this.at(0, xs[i] as number);
      cells[i] = cell;
      this.starts[cell + 1] = (this.starts[cell + 1] as number) + 1;
    }
    for (let c = 0; c < this.side ** 2; c++) {
      this.starts[c + 1] = (this.starts[c + 1] as number) + (this.starts[c] as number);
    }
    const next = this.starts.slice();
    for (let i = 0; i < count; i++) {
      const cell = cells[i] as number;
      const place = next[cell] as number;
      this.order[place] = i;
      next[cell] = place + 1;
    }
  }

  /** The point nearest to (x, y) within an ellipse of these half axes, of those that `has` lets pass. */
  nearest(x: number, y: number, reachX: number, reachY: number, has: (point: number) => boolean): number | null {
    let best: number | null = null;
    let least = 1;
    const right = this.at(0, x + reachX);
    const top = this.at(1, y + reachY);
    for (let row = this.at(1, y - reachY); row <= top; row++) {
      for (let column = this.at(0, x - reachX); column <= right; column++) {
        const cell = row * this.side + column;
        const end = this.starts[cell + 1] as number;
        for (let k = this.starts[cell] as number; k < end; k++) {
          const point = this.order[k] as number;
          const far =
            (((this.xs[point] as number) - x) / reachX) ** 2 + (((this.ys[point] as number) - y) / reachY) ** 2;
          if (far > least || !has(point)) continue;
          least = far;
          best = point;
        }
      }
    }
    return best;
  }

  private at(axis: 0 | 1, value: number): number {
    const cell = Math.floor((value - this.low[axis]) / this.cell[axis]);
    return Math.min(this.side - 1, Math.max(0, cell));
  }
}
