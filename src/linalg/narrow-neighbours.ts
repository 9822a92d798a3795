import type { Graph } from './onnx';
import { SERIAL } from './products';
import { select } from './ranks';
import { runGraph } from './runtime';
import type { Signal } from './signal';

/** Values of which the least is found with their products, so that most of them are never looked at. */
const WIDTH = 32;
const TILE_BYTES = 16e6;
/** What is put after the last row lies behind every other. */
export const FAR = 1e30;
/** Neighbours up to which the least so far are kept in order; more are selected. */
const FEW = 64;
/** Candidates for each neighbour asked for, and some besides, beyond which single precision tells rows too badly apart. */
const EACH = 4;
const BESIDES = 64;

/** Rows whose products order the others: `factor` times the product, and `shift` of the other. */
export interface Ordered {
  readonly rows: { readonly rows: number; readonly columns: number; row(i: number): Float64Array };
  readonly factor: number;
  readonly shift: Float64Array;
}

/**
 * Candidates for the nearest rows by products in single precision, which take half the time of those in double. All rows that
 * rounding could have put among the nearest are among them, so that what decides between them in double precision finds the
 * same as if all had been compared in it.
 */
export class NarrowSearch {
  /** Rows that are searched for at a time. */
  readonly height: number;
  private readonly others: Float32Array;
  private readonly blocks: number;
  private readonly products: Float32Array;
  private readonly least: Float32Array;
  private readonly asking: Float32Array;
  private readonly memory: Float64Array;

  /** @param k neighbours; one more is looked for, so that ties at the last are seen */
  constructor(
    private readonly space: Ordered,
    private readonly k: number,
  ) {
    const { rows, columns } = space.rows;
    this.blocks = Math.ceil(rows / WIDTH);
    this.height = heightOf(rows);
    this.others = new Float32Array(this.blocks * WIDTH * (columns + 1));
    for (let j = 0; j < this.blocks * WIDTH; j++) {
      if (j < rows) this.others.set(space.rows.row(j), j * (columns + 1));
      this.others[(j + 1) * (columns + 1) - 1] = j < rows ? (space.shift[j] as number) : FAR;
    }
    this.products = new Float32Array(this.height * this.blocks * WIDTH);
    this.least = new Float32Array(this.height * this.blocks);
    this.asking = new Float32Array(this.height * (columns + 1));
    this.memory = new Float64Array(Math.max(k + 1, k < FEW ? 0 : this.blocks));
  }

  /** Whether it is of use: few rows, or many neighbours, are as soon compared in double precision. */
  static helps(rows: number, k: number): boolean {
    return rows > 4 * WIDTH * (k + 1);
  }

  /**
   * For rows `start` to `end` the others that may be among the k + 1 nearest, in order of their places; null where there are
   * so many that single precision does not tell.
   * @param tolerance of row i: twice the most by which rounding puts what is computed off
   */
  async candidates(
    start: number,
    end: number,
    tolerance: (i: number) => number,
    signal?: Signal,
  ): Promise<(readonly number[] | null)[]> {
    signal?.throwIfAborted();
    const { columns } = this.space.rows;
    const count = end - start;
    const inner = columns + 1;
    for (let i = 0; i < count; i++) {
      const row = this.space.rows.row(start + i);
      for (let j = 0; j < columns; j++) this.asking[i * inner + j] = this.space.factor * (row[j] as number);
      this.asking[i * inner + columns] = 1;
    }
    const width = this.blocks * WIDTH;
    const products = this.products.subarray(0, count * width);
    const least = this.least.subarray(0, count * this.blocks);
    await valuesWithLeast(
      { rows: this.asking, count, inner },
      { others: this.others, blocks: this.blocks, width: WIDTH },
      products,
      least,
    );
    return Array.from({ length: count }, (_, i) => {
      const values = products.subarray(i * width, (i + 1) * width);
      const blocks = least.subarray(i * this.blocks, (i + 1) * this.blocks);
      return this.near(values, blocks, start + i, tolerance(start + i));
    });
  }

  private near(values: Float32Array, least: Float32Array, own: number, tolerance: number): number[] | null {
    // A row is none of its own neighbours.
    values[own] = FAR;
    const block = Math.floor(own / WIDTH);
    least[block] = values
      .subarray(block * WIDTH, (block + 1) * WIDTH)
      .reduce((low, value) => Math.min(low, value), FAR);
    // As many rows as there are blocks lie no farther than the farthest of the k + 1 least blocks.
    let bound = this.smallest(least) + tolerance;
    const found: number[] = [];
    for (let b = 0; b < least.length; b++) {
      if ((least[b] as number) > bound) continue;
      for (let j = b * WIDTH; j < (b + 1) * WIDTH; j++) if ((values[j] as number) <= bound) found.push(j);
    }
    bound = this.smallest(Float32Array.from(found, (j) => values[j] as number)) + tolerance;
    const kept = found.filter((j) => (values[j] as number) <= bound);
    return kept.length > EACH * (this.k + 1) + BESIDES ? null : kept;
  }

  /** The value number k + 1 in ascending order. */
  private smallest(values: Float32Array): number {
    const { k, memory } = this;
    if (k >= FEW) {
      const all = values.length <= memory.length ? memory.subarray(0, values.length) : new Float64Array(values.length);
      all.set(values);
      return select(all, k);
    }
    let last = Number.POSITIVE_INFINITY;
    memory.fill(last);
    for (let j = 0; j < values.length; j++) {
      const value = values[j] as number;
      if (!(value < last)) continue;
      let at = k;
      for (; at > 0 && (memory[at - 1] as number) > value; at--) memory[at] = memory[at - 1] as number;
      memory[at] = value;
      last = memory[k] as number;
    }
    return last;
  }
}

function heightOf(rows: number): number {
  return Math.max(1, Math.min(rows, Math.floor(TILE_BYTES / (4 * rows))));
}

/** Bytes that a search takes. */
export function narrowBytes(rows: number, columns: number): number {
  return 4 * (rows + WIDTH) * (columns + 1 + 1.1 * heightOf(rows));
}

/**
 * Products of rows with others, and the least of each so many of them: rows (count x inner) times others (blocks * width x inner)
 * transposed, into `values`, and into `least`, blocks for each row.
 */
export async function valuesWithLeast(
  { rows, count, inner }: { rows: Float32Array; count: number; inner: number },
  { others, blocks, width }: { others: Float32Array; blocks: number; width: number },
  values: Float32Array,
  least: Float32Array,
): Promise<void> {
  const all = blocks * width;
  await runGraph(
    `least of ${width}`,
    () => graph(width),
    {
      a: { data: rows.subarray(0, count * inner), shape: [count, inner] },
      b: { data: others, shape: [all, inner] },
    },
    {
      into: {
        c: { data: values.subarray(0, count * all), shape: [count, all] },
        least: { data: least.subarray(0, count * blocks), shape: [count * blocks] },
      },
      serial: count * all * inner <= SERIAL,
    },
  );
}

/** A product, and the least of each so many values. */
function graph(width: number): Graph {
  return {
    nodes: [
      { op: 'Gemm', inputs: ['a', 'b'], outputs: ['c'], attributes: { transB: 1 } },
      { op: 'Reshape', inputs: ['c', 'by'], outputs: ['parted'] },
      { op: 'ReduceMin', inputs: ['parted'], outputs: ['least'], attributes: { axes: [1], keepdims: 0 } },
    ],
    inputs: ['a', 'b'].map((name) => ({ name, element: 'float32', shape: [`${name}0`, `${name}1`] })),
    outputs: [
      { name: 'c', element: 'float32', shape: ['c0', 'c1'] },
      { name: 'least', element: 'float32', shape: ['l'] },
    ],
    integers: { by: [-1, width] },
  };
}
