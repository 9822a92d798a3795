/** Chooses places, the first ones first, of which no two lie in squares of one side that overlap: a grid finds those that could. */
export class Apart {
  readonly #cells = new Map<string, readonly [number, number]>();

  /** @param side of a square, in pixels */
  constructor(private readonly side: number) {}

  /** Takes a place if its square is free. */
  take(x: number, y: number): boolean {
    const [column, row] = [Math.floor(x / this.side), Math.floor(y / this.side)];
    for (let u = column - 1; u <= column + 1; u++)
      for (let v = row - 1; v <= row + 1; v++) {
        const other = this.#cells.get(`${u} ${v}`);
        if (other && Math.abs(other[0] - x) < this.side && Math.abs(other[1] - y) < this.side) return false;
      }
    // A cell is as large as a square, so that it holds one at most.
    this.#cells.set(`${column} ${row}`, [x, y]);
    return true;
  }
}
