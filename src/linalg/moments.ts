import { largestMagnitude } from './centre';
import { Matrix, type Real } from './matrix';
import { type BlockSums, blockSums, type Strip, stripsOf, TILE } from './moment-block';
import { frobeniusSquared } from './norms';
import type { Signal } from './signal';
import { innerProduct } from './vectors';

/** Data whose longest row is beyond 2^±30 is summed over a power of two: fourth powers stay within doubles. */
const RANGE = 30;

/**
 * Sums over rows of several representations at once, gathered block by block: what linear CKA, canonical correlations,
 * shapes and correlations of units need of the data. A block is centred by its own means and joined by the formulas of Chan, Golub
 * and LeVeque ("Algorithms for computing the sample variance", The American Statistician 37, 1983), carried to the
 * fourth order, so that nothing cancels and one pass over the data is enough. Of the covariance of everything with
 * everything only the tiles on and right of the diagonal are kept.
 */
export class Moments {
  /** So far. */
  rows = 0;
  readonly offsets: readonly number[];
  private readonly strips: readonly Strip[];
  private readonly tiles: (Matrix<Float64Array> | undefined)[];
  private readonly averages: Float64Array;
  private readonly traces: Float64Array;
  private readonly lengths: Float64Array;
  private readonly thirds: Float64Array;
  private readonly firsts: Float64Array[] = [];
  private readonly constant: number[][];
  /** Largest magnitude of a value; 1 where rows are of ordinary length. */
  private readonly largest: number[];
  /** Memory for centred columns, used again by the next block. */
  private readonly pool: Real[] = [];
  private readonly exponents: number[];

  /**
   * @param widths columns of each input
   * @param double products in float64; otherwise of float32 values over no more than 3072 rows, summed in float64
   */
  constructor(
    readonly widths: readonly number[],
    readonly double: boolean,
  ) {
    const width = widths.reduce((sum, value) => sum + value, 0);
    this.offsets = widths.map((_, k) => widths.slice(0, k).reduce((sum, value) => sum + value, 0));
    this.strips = stripsOf(widths);
    this.tiles = new Array(this.strips.length ** 2);
    this.averages = new Float64Array(width);
    this.traces = new Float64Array(widths.length);
    this.lengths = new Float64Array(widths.length ** 2);
    this.thirds = new Float64Array(widths.length * width);
    this.constant = widths.map((count) => Array.from({ length: count }, (_, j) => j));
    this.largest = widths.map(() => 0);
    this.exponents = widths.map(() => 0);
  }

  /** What the sums of inputs of so many columns together take at most, in bytes. */
  static bytes(columns: number): number {
    const tile = Math.min(TILE, columns);
    return 8 * ((columns * (columns + tile)) / 2 + 3 * tile ** 2 + 16 * columns);
  }

  /** Adds the same rows of every input. The values must be finite. */
  async add(parts: readonly Matrix[], signal?: Signal): Promise<void> {
    if ((parts[0]?.rows ?? 0) === 0) return;
    for (const [k, part] of parts.entries()) this.rule(k, part);
    let block = await blockSums(this.scaled(parts), this.strips, this.double, this.pool, signal);
    const exponents = block.longest.map((square, k) => {
      const usual = this.exponents[k] === 0 && square > 2 ** (-2 * RANGE) && square < 2 ** (2 * RANGE);
      this.largest[k] = Math.max(this.largest[k] as number, usual ? 1 : largestMagnitude(parts[k] as Matrix));
      return exponentOf(this.largest[k] as number);
    });
    if (exponents.some((exponent, k) => exponent !== this.exponents[k])) {
      for (const [k, exponent] of exponents.entries()) this.rescale(k, exponent);
      block = await blockSums(this.scaled(parts), this.strips, this.double, this.pool, signal);
    }
    await this.join(block);
  }

  /** Strikes off the columns that vary from the list of those that have not so far. */
  private rule(input: number, { data, rows, columns }: Matrix): void {
    const first = this.firsts[input] ?? Float64Array.from(data.subarray(0, columns));
    this.firsts[input] = first;
    let same = this.constant[input] as number[];
    for (let i = 0; i < rows && same.length > 0; i++) {
      const row = i * columns;
      if (same.some((j) => data[row + j] !== first[j])) same = same.filter((j) => data[row + j] === first[j]);
    }
    this.constant[input] = same;
  }

  private scaled(parts: readonly Matrix[]): Matrix[] {
    return parts.map((part, k) => {
      const exponent = this.exponents[k] as number;
      return exponent === 0 ? part : times(part, -exponent);
    });
  }

  /** Column means of one input. */
  means(input: number): Float64Array {
    const offset = this.offsets[input] as number;
    const exponent = this.exponents[input] as number;
    return this.averages.slice(offset, offset + (this.widths[input] as number)).map((mean) => power(mean, exponent));
  }

  /** Columns that have one value only. */
  constantColumns(input: number): readonly number[] {
    return this.constant[input] as number[];
  }

  /** The products below are of the data over 2^exponent: 0 unless its values are extremely large or small. */
  exponent(input: number): number {
    return this.exponents[input] as number;
  }

  /** XᵀY of the centred columns of two inputs. */
  product(x: number, y: number): Matrix<Float64Array> {
    const out = Matrix.zeros(this.widths[x] as number, this.widths[y] as number);
    this.eachTile(x, y, (tile, left, right, transposed) => {
      for (let i = 0; i < tile.rows; i++)
        for (let j = 0; j < tile.columns; j++) {
          const [a, b] = transposed ? [right.start + j, left.start + i] : [left.start + i, right.start + j];
          out.data[a * out.columns + b] = tile.at(i, j);
          if (x === y) out.data[b * out.columns + a] = tile.at(i, j);
        }
    });
    return out;
  }

  /** ‖XᵀY‖² of the centred columns of two inputs. */
  squaredNorm(x: number, y: number): number {
    let sum = 0;
    this.eachTile(x, y, (tile, left, right) => {
      sum += (x === y && left !== right ? 2 : 1) * frobeniusSquared(tile);
    });
    return sum;
  }

  /** ‖X‖² of the centred columns. */
  trace(input: number): number {
    return this.traces[input] as number;
  }

  /** Σᵢ ‖xᵢ‖² ‖yᵢ‖² over the centred rows of two inputs. */
  lengthProduct(x: number, y: number): number {
    return this.lengths[x * this.widths.length + y] as number;
  }

  /** The squared length of each centred column of an input. */
  squares(input: number): Float64Array {
    const out = new Float64Array(this.widths[input] as number);
    this.eachTile(input, input, (tile, left, right) => {
      if (left === right) for (let i = 0; i < tile.rows; i++) out[left.start + i] = tile.at(i, i);
    });
    return out;
  }

  private eachTile(
    x: number,
    y: number,
    visit: (tile: Matrix<Float64Array>, left: Strip, right: Strip, transposed: boolean) => void,
  ): void {
    const [first, second] = [Math.min(x, y), Math.max(x, y)];
    for (const [g, left] of this.strips.entries()) {
      if (left.input !== first) continue;
      for (const [h, right] of this.strips.entries()) {
        if (right.input !== second || h < g) continue;
        visit(this.tiles[g * this.strips.length + h] ?? zeros(left, right), left, right, x > y);
      }
    }
  }

  /** Moves the sums so far and those of a block to their common means, and adds them. */
  private async join(block: BlockSums): Promise<void> {
    const total = this.rows + block.rows;
    const apart = block.means.map((mean, j) => mean - (this.averages[j] as number));
    const own = apart.map((d) => (d * block.rows) / total);
    const theirs = apart.map((d) => (-d * this.rows) / total);
    const weight = (this.rows * block.rows) / total;
    const [turnedOwn, turnedTheirs] = [this.thirds.map(() => 0), this.thirds.map(() => 0)];
    for (const [g, left] of this.strips.entries()) {
      for (let h = g; h < this.strips.length; h++) {
        const right = this.strips[h] as Strip;
        const added = await block.tile(g, h);
        const at = g * this.strips.length + h;
        const kept = this.tiles[at];
        if (kept !== undefined) {
          this.turn(turnedOwn, kept, left, right, own, g === h);
          this.turn(turnedTheirs, added, left, right, theirs, g === h);
          for (let i = 0, k = 0; i < kept.rows; i++) {
            const factor = weight * (apart[left.offset + i] as number);
            for (let j = 0; j < kept.columns; j++, k++) {
              const between = factor * (apart[right.offset + j] as number);
              kept.data[k] = (kept.data[k] as number) + (added.data[k] as number) + between;
            }
          }
        } else this.tiles[at] = added;
      }
    }
    if (this.rows > 0) {
      const { rows, traces, lengths, thirds } = this;
      this.shift({ rows, traces, lengths, thirds }, own, turnedOwn);
      this.shift(block, theirs, turnedTheirs);
    }
    for (const name of ['traces', 'lengths', 'thirds'] as const)
      for (let k = 0; k < this[name].length; k++)
        this[name][k] = (this[name][k] as number) + (block[name][k] as number);
    for (let j = 0; j < own.length; j++) this.averages[j] = (this.averages[j] as number) + (own[j] as number);
    if (this.rows === 0) this.averages.set(block.means);
    this.rows = total;
  }

  /** Adds to `out`, for each input and each column of all, the products of a tile with the columns' shifts. */
  private turn(
    out: Float64Array,
    { data, rows, columns }: Matrix<Float64Array>,
    left: Strip,
    right: Strip,
    shifts: Float64Array,
    diagonal: boolean,
  ): void {
    const width = this.averages.length;
    const forRight = left.input * width + right.offset;
    const forLeft = right.input * width + left.offset;
    for (let i = 0, k = 0; i < rows; i++) {
      const shift = shifts[left.offset + i] as number;
      let sum = 0;
      for (let j = 0; j < columns; j++, k++) {
        const value = data[k] as number;
        out[forRight + j] = (out[forRight + j] as number) + value * shift;
        sum += value * (shifts[right.offset + j] as number);
      }
      if (!diagonal) out[forLeft + i] = (out[forLeft + i] as number) + sum;
    }
  }

  /**
   * Sums about one mean as sums about another, which lies `shifts` away: with z' = z - δ and a' = a - 2 z·δ + ‖δ‖², all
   * terms of first order in z are zero.
   */
  private shift(
    { rows, traces, lengths, thirds }: Pick<BlockSums, 'rows' | 'traces' | 'lengths' | 'thirds'>,
    shifts: Float64Array,
    turned: Float64Array,
  ): void {
    const all = this.widths.length;
    const width = shifts.length;
    const part = (values: Float64Array, row: number, input: number) => {
      const start = row * width + (this.offsets[input] as number);
      return values.subarray(start, start + (this.widths[input] as number));
    };
    const norms = this.widths.map((_, k) => innerProduct(part(shifts, 0, k), part(shifts, 0, k)));
    for (let k = 0; k < all; k++)
      for (let l = 0; l < all; l++) {
        const [a, b] = [traces[k] as number, traces[l] as number];
        const [c, d] = [norms[k] as number, norms[l] as number];
        const first =
          innerProduct(part(thirds, k, l), part(shifts, 0, l)) + innerProduct(part(thirds, l, k), part(shifts, 0, k));
        const second = innerProduct(part(turned, k, l), part(shifts, 0, l));
        const at = k * all + l;
        lengths[at] = (lengths[at] as number) - 2 * first + 4 * second + d * a + c * b + rows * c * d;
      }
    for (let k = 0; k < all; k++) {
      const factor = (traces[k] as number) + rows * (norms[k] as number);
      for (let j = 0, at = k * width; j < width; j++, at++)
        thirds[at] = (thirds[at] as number) - factor * (shifts[j] as number) - 2 * (turned[at] as number);
    }
    for (let k = 0; k < all; k++) traces[k] = (traces[k] as number) + rows * (norms[k] as number);
  }

  /** Changes the unit in which one input is summed. */
  private rescale(input: number, exponent: number): void {
    const change = (this.exponents[input] as number) - exponent;
    this.exponents[input] = exponent;
    if (this.rows === 0) return;
    const all = this.widths.length;
    const width = this.averages.length;
    const scale = (values: Float64Array, at: number, times: number) => {
      values[at] = power(values[at] as number, times * change);
    };
    const start = this.offsets[input] as number;
    const end = start + (this.widths[input] as number);
    for (let j = start; j < end; j++) scale(this.averages, j, 1);
    scale(this.traces, input, 2);
    for (let k = 0; k < all; k++) {
      scale(this.lengths, input * all + k, 2);
      scale(this.lengths, k * all + input, 2);
      for (let j = start; j < end; j++) scale(this.thirds, k * width + j, 1);
    }
    for (let j = 0; j < width; j++) scale(this.thirds, input * width + j, 2);
    for (const [at, tile] of this.tiles.entries()) {
      const sides = [Math.floor(at / this.strips.length), at % this.strips.length];
      const times = sides.filter((side) => this.strips[side]?.input === input).length;
      if (tile && times > 0) for (let k = 0; k < tile.data.length; k++) scale(tile.data, k, times);
    }
  }
}

function zeros(left: Strip, right: Strip): Matrix<Float64Array> {
  return Matrix.zeros(left.end - left.start, right.end - right.start);
}

function exponentOf(largest: number): number {
  const exponent = largest === 0 ? 0 : Math.floor(Math.log2(largest));
  return Math.abs(exponent) <= RANGE ? 0 : exponent;
}

function times(x: Matrix, exponent: number): Matrix<Float64Array> {
  return x.map((value) => power(value, exponent));
}

/** value · 2^exponent, in steps where the power itself is no double. */
function power(value: number, exponent: number): number {
  let [out, left] = [value, exponent];
  for (; Math.abs(left) > 1000; left -= Math.sign(left) * 1000) out *= 2 ** (Math.sign(left) * 1000);
  return out * 2 ** left;
}
