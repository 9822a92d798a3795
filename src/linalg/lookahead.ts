import { squaredLengths } from './centre';
import { centredPoints } from './distances';
import { leastOf } from './least';
import { Matrix } from './matrix';
import { free } from './memory';
import { multiplyInto } from './products';
import type { Signal } from './signal';

/** Rows whose products are made at a time. */
const BATCH = 64;
/** Values held, 128 MB. */
const HELD = 2 ** 24;
/** Rows visited from neighbour to neighbour. */
const STEPS = 1000;
/** What rounding can add to a squared distance that is made of products, over the sum of the squared lengths. */
const ROUNDING = 1e-11;

/**
 * Bounds below the squared distances of a row from all others, for one row after the other where only the way tells which is
 * next: products of rows that may come soon are made along with it.
 */
export class Lookahead {
  private readonly points: Matrix<Float64Array>;
  private readonly squares: Float64Array;
  private readonly batch: number;
  private readonly bounds: Matrix<Float64Array>;
  /** Of each row where its bounds are, or -1; and of each place there which row. */
  private readonly placeOf: Int32Array;
  private readonly rowAt: Int32Array;
  private next = 0;

  /** @param neighbours near rows of each row, as many of each */
  constructor(
    x: Matrix,
    private readonly neighbours: Int32Array,
  ) {
    const n = x.rows;
    this.points = centredPoints(x);
    this.squares = squaredLengths(this.points);
    this.batch = Math.min(n, BATCH);
    const batches = Math.min(Math.ceil(n / this.batch), Math.max(1, Math.floor(HELD / (this.batch * n))));
    this.bounds = Matrix.zeros(batches * this.batch, n);
    this.placeOf = new Int32Array(n).fill(-1);
    this.rowAt = new Int32Array(this.bounds.rows).fill(-1);
  }

  /** Those of a row that have been made. */
  held(row: number): Float64Array | null {
    const place = this.placeOf[row] as number;
    return place < 0 ? null : this.bounds.row(place);
  }

  end(): void {
    free(this.bounds.data);
  }

  /** Those of a row. @param others rows that may be asked for later @param soon of every row a number that is the less the sooner */
  async make(row: number, others: Int32Array, soon: Float64Array, signal?: Signal): Promise<Float64Array> {
    const { bounds, placeOf, rowAt, squares, batch } = this;
    const rows = this.soonest(row, others, soon);
    const start = this.next;
    this.next = (start + batch) % bounds.rows;
    const made = bounds.slice(start, start + rows.length);
    await multiplyInto(made, this.points.takeRows(rows), this.points, { transposeB: true, signal });
    for (let place = start; place < start + batch; place++) {
      const before = rowAt[place] as number;
      if (before >= 0) placeOf[before] = -1;
      rowAt[place] = -1;
    }
    for (const [k, i] of rows.entries()) {
      placeOf[i] = start + k;
      rowAt[start + k] = i;
      const own = squares[i] as number;
      const line = made.row(k);
      for (let j = 0; j < line.length; j++) {
        const both = own + (squares[j] as number);
        line[j] = both - 2 * (line[j] as number) - ROUNDING * both;
      }
    }
    return made.row(0);
  }

  /** A row, those around it, from neighbour to neighbour, and those that are soonest: half of a batch of either. */
  private soonest(row: number, others: Int32Array, soon: Float64Array): Int32Array {
    const { placeOf, batch, neighbours } = this;
    const k = neighbours.length / placeOf.length;
    const open = new Set(others.filter((i) => (placeOf[i] as number) < 0));
    const rows = [row];
    const seen = new Set(rows);
    for (const i of seen) {
      if (rows.length >= batch / 2 || seen.size > STEPS) break;
      for (const j of neighbours.subarray(i * k, (i + 1) * k)) {
        seen.add(j);
        if (rows.length < batch / 2 && open.delete(j)) rows.push(j);
      }
    }
    const rest = Int32Array.from(open);
    const when = Float64Array.from(rest, (i) => soon[i] as number);
    const places = new Int32Array(batch);
    const count = leastOf(when, when.length, -1, batch - rows.length, places, new Float64Array(batch));
    return Int32Array.of(...rows, ...places.subarray(0, count).map((place) => rest[place] as number));
  }
}
