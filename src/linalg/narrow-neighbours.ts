import { Matrix } from './matrix';
import { free } from './memory';
import { multiplyInto } from './products';
import { Shortlist } from './shortlist';
import type { Watch } from './signal';

/** Rows compared at a time, and how many others they are compared with: 2 MB of products, which stay in the cache. */
const HEIGHT = 512;
const WIDTH = 1024;
/** Bands of rows at least: in the first of them each pair is compared twice. */
const BANDS = 8;
/** Places in a list besides those that are asked for, and as many again for each so many of these. */
const BESIDES = 4;
const EACH = 4;
/** Neighbours up to which lists are kept in order as they come, and rows for each of them that make it worth while. */
const MOST = 256;
const ROWS_EACH = 8;

/** Rows whose products order the others: `factor` times the product, and `shift` of the other. */
export interface Ordered {
  readonly rows: Matrix<Float64Array>;
  readonly factor: number;
  readonly shift: Float64Array;
}

/**
 * Candidates for the nearest rows by products in single precision, of which each serves both of its rows: a quarter of the time
 * that those in double take. All rows that rounding could have put among the nearest are among them, so that what decides
 * between them in double precision finds the same as if all had been compared in it.
 */
export class NarrowSearch {
  private readonly length: number;
  private readonly lists: Shortlist;

  /**
   * @param k neighbours; one more is looked for, so that ties at the last are seen
   * @param tolerance of row i: twice the most by which rounding puts what is computed off
   */
  constructor(
    private readonly space: Ordered,
    private readonly k: number,
    private readonly tolerance: (i: number) => number,
  ) {
    this.length = lengthOf(k);
    this.lists = new Shortlist(space.rows.rows, this.length);
  }

  /** Whether it is of use: few rows, or many neighbours, are as soon compared in double precision. */
  static helps(rows: number, k: number): boolean {
    return k <= MOST && rows > ROWS_EACH * (k + 1);
  }

  /** Compares all rows. False where it has been given up: single precision does not tell most of them apart. */
  async run({ signal, progress }: Watch): Promise<boolean> {
    const { rows, factor, shift } = this.space;
    const n = rows.rows;
    const inner = rows.columns + 2;
    // Beside a row stands its shift, and 1 for that of the other: their product has both.
    const others = new Matrix(new Float32Array(n * inner), n, inner);
    for (let j = 0, at = 0; j < n; j++, at += inner) {
      others.data.set(rows.row(j), at);
      others.data[at + inner - 2] = 1;
      others.data[at + inner - 1] = shift[j] as number;
    }
    const height = Math.min(HEIGHT, Math.ceil(n / BANDS));
    const asking = new Matrix(new Float32Array(height * inner), height, inner);
    const memory = new Float32Array(height * Math.min(n, WIDTH));
    let told = true;
    for (let start = 0; told && start < n; start += height) {
      const end = Math.min(n, start + height);
      progress?.(1 - (1 - start / n) ** 2, 'Nearest neighbours');
      const band = asking.slice(0, end - start);
      for (let k = 0; k < band.data.length; k++) band.data[k] = factor * (others.data[start * inner + k] as number);
      for (let i = start, at = inner; i < end; i++, at += inner) {
        band.data[at - 2] = shift[i] as number;
        band.data[at - 1] = 1;
      }
      for (let from = start; from < n; from += WIDTH) {
        const to = Math.min(n, from + WIDTH);
        const tile = new Matrix(memory.subarray(0, (end - start) * (to - from)), end - start, to - from);
        await multiplyInto(tile, band, others.slice(from, to), { transposeB: true, signal });
        this.look(tile, start, from);
      }
      // Rows of this band have been compared with all others.
      let lost = 0;
      for (let i = start; i < end; i++) if (this.candidates(i) === null) lost++;
      told = 2 * lost <= end - start;
    }
    free(others.data, asking.data, memory);
    return told;
  }

  /** Those that may be among the k + 1 nearest of row i, nearest first; null where there are more than the list has places. */
  candidates(i: number): { readonly places: Int32Array; readonly values: Float32Array } | null {
    const [start, end] = [i * this.length, (i + 1) * this.length];
    const values = this.lists.values.subarray(start, end);
    const open = (values[this.length - 1] as number) <= (values[this.k] as number) + this.tolerance(i);
    return open ? null : { places: this.lists.indices.subarray(start, end), values };
  }

  /** Enters what is near in a tile, of which the first row has number `start` and the first column number `from`. */
  private look({ data, rows, columns }: Matrix<Float32Array>, start: number, from: number): void {
    const { lists } = this;
    const { bounds } = lists;
    for (let i = start; i < start + rows; i++) {
      const first = Math.max(from, i + 1);
      let own = bounds[i] as number;
      for (let j = first, at = (i - start) * columns + first - from; j < from + columns; j++, at++) {
        const value = data[at] as number;
        const other = bounds[j] as number;
        if (value >= own && value >= other) continue;
        if (value < other) lists.enter(j, i, value);
        if (value < own) {
          lists.enter(i, j, value);
          own = bounds[i] as number;
        }
      }
    }
  }
}

function lengthOf(k: number): number {
  return k + 1 + BESIDES + Math.ceil(k / EACH);
}

/** Bytes that a search takes. */
export function narrowBytes(rows: number, columns: number, k: number): number {
  return 4 * (rows + HEIGHT) * (columns + 2) + 4 * rows * (1 + 2 * lengthOf(k)) + 4 * HEIGHT * WIDTH;
}
