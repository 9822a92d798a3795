import { Matrix } from './matrix';
import { type PoleSums, poleSums, poleSumsInJavaScript } from './pole-sums';
import { type SparseStep, sparseStep, sparseStepInJavaScript, WIDTH } from './sparse-step';
import {
  type Elementwise,
  type ElementwiseName,
  elementwise,
  elementwiseInJavaScript,
  type Rotation,
  rotation,
  rotationInJavaScript,
} from './value-loops';
import * as wasm from './wasm';

/** Rows of a matrix that are worked on at a time, so that a vector is read once for them. */
const ROWS = 4;
const DOUBLE = 8;
/** Values in a line of the processor's cache: the first line is for sums and factors of rows that are fewer than four. */
const LINE = 8;
const PAGE = 65_536;
const MOST_PAGES = 65_536;
/** What is kept for the next decomposition at most: 32 MB. */
const KEPT_PAGES = 512;

type Name = 'dots' | 'adds' | 'symmetric';
/**
 * Addresses in bytes: rows, how far apart they are and how long, x and a sum for each row, y and a factor for each; rows go on
 * until the sums, or the factors where there are none, end.
 */
type Native = (
  rows: number,
  stride: number,
  length: number,
  x: number,
  sums: number,
  y: number,
  factors: number,
  end: number,
) => void;

type Natives = Record<Name, Native> &
  Record<ElementwiseName, Elementwise> & {
    readonly poleSums: PoleSums;
    readonly rotation: Rotation;
    readonly sparseStep: SparseStep;
  };

/** Where a vector or the rows of a matrix begin in an array that {@link Kernels} gave. */
export type Place = readonly [array: Float64Array, index: number];

/**
 * The loops of decompositions that read a matrix once for each vector, which memory and not arithmetic bounds, in vectors of
 * two float64: two to three times as fast as the same loops in JavaScript. Matrices have to lie in the memory of the module.
 */
export class Kernels {
  private used = 0;
  private readonly scratch: Float64Array;

  private constructor(
    readonly memory: ArrayBuffer,
    private readonly native: Natives,
  ) {
    this.scratch = new Float64Array(memory, 0, ROWS);
  }

  /**
   * Lends kernels with room for so many values until `work` ends; what it returns must not lie in their memory.
   * @param beyond whether there may be more than WebAssembly can hold, with slow loops: for work that is in products
   */
  static async lend<T>(values: number, work: (kernels: Kernels) => Promise<T>, beyond = false): Promise<T> {
    const pages = Math.ceil(((values + LINE) * DOUBLE) / PAGE);
    if (pages > MOST_PAGES && !beyond)
      throw new RangeError(`A decomposition works in 4 GB at most; this one needs ${pages * PAGE} bytes.`);
    const free = idle !== undefined && idle.memory.byteLength >= pages * PAGE ? idle : undefined;
    if (free !== undefined) idle = undefined;
    const kernels = free ?? (await Kernels.make(pages));
    try {
      kernels.used = LINE;
      return await work(kernels);
    } finally {
      if (kernels.memory.byteLength <= KEPT_PAGES * PAGE) idle = kernels;
    }
  }

  private static async make(pages: number): Promise<Kernels> {
    let memory: WebAssembly.Memory;
    try {
      memory = new WebAssembly.Memory({ initial: pages });
    } catch {
      // It holds 4 GB at most, and reserves ten of addresses, which a limit on them (ulimit -v, as clusters set) may not leave.
      const buffer = new ArrayBuffer(pages * PAGE);
      return new Kernels(buffer, inJavaScript(buffer));
    }
    compiled ??= WebAssembly.compile(
      wasm.encodeModule([
        routine('dots'),
        routine('adds'),
        routine('symmetric'),
        poleSums,
        ...elementwise,
        rotation,
        sparseStep,
      ]),
    );
    const { exports } = await WebAssembly.instantiate(await compiled, { env: { memory } });
    return new Kernels(memory.buffer, exports as unknown as Natives);
  }

  /** A matrix of whatever was there before in the memory, until {@link release} gives it back. */
  take(rows: number, columns: number): Matrix<Float64Array> {
    const data = new Float64Array(this.memory, this.used * DOUBLE, rows * columns);
    this.used += rows * columns;
    return new Matrix(data, rows, columns);
  }

  zeros(rows: number, columns: number): Matrix<Float64Array> {
    const taken = this.take(rows, columns);
    taken.data.fill(0);
    return taken;
  }

  identity(n: number): Matrix<Float64Array> {
    const out = this.zeros(n, n);
    for (let k = 0; k < out.data.length; k += n + 1) out.data[k] = 1;
    return out;
  }

  /** How much is in use; `release` of it gives back what was taken since. */
  mark(): number {
    return this.used;
  }

  release(mark: number): void {
    this.used = mark;
  }

  /** out[i] = Σₖ A[i, k] x[k] for `rows` rows of `count` values, `stride` values from one to the next. */
  dots(a: Place, stride: number, rows: number, count: number, x: Place, out: Place): void {
    const { native, scratch } = this;
    const whole = rows - (rows % ROWS);
    const length = count * DOUBLE;
    native.dots(address(a), stride * DOUBLE, length, address(x), address(out), 0, 0, address(out, whole));
    for (let i = whole; i < rows; i++) {
      native.dots(address(a, i * stride), 0, length, address(x), scratch.byteOffset, 0, 0, ROWS * DOUBLE);
      out[0][out[1] + i] = scratch[0] as number;
    }
  }

  /** y[k] += Σᵢ c[i] A[i, k]. */
  adds(a: Place, stride: number, rows: number, count: number, c: Place, y: Place): void {
    const { native, scratch } = this;
    const whole = rows - (rows % ROWS);
    const length = count * DOUBLE;
    native.adds(address(a), stride * DOUBLE, length, 0, 0, address(y), address(c), address(c, whole));
    for (let i = whole; i < rows; i++) {
      scratch.fill(0);
      scratch[0] = c[0][c[1] + i] as number;
      native.adds(address(a, i * stride), 0, length, 0, 0, address(y), scratch.byteOffset, ROWS * DOUBLE);
    }
  }

  /**
   * y[i] = Σₖ A[i, k] x[k] for a symmetric A of `size` rows, in one pass over what is left of the diagonal and over the
   * squares of four rows on it.
   */
  symmetric(a: Place, stride: number, size: number, x: Place, y: Place): void {
    const whole = size - (size % ROWS);
    const [xs, ys] = [address(x), address(y)];
    this.native.symmetric(address(a), stride * DOUBLE, 0, xs, ys, ys, xs, address(y, whole));
    for (let i = whole; i < size; i++) {
      const row: Place = [a[0], a[1] + i * stride];
      this.dots(row, 0, 1, i + 1, x, [y[0], y[1] + i]);
      this.adds(row, 0, 1, i, [x[0], x[1] + i], y);
    }
  }

  /** (row i, row j) <- (c row i - s row j, s row i + c row j). */
  rotate({ data, columns }: Matrix<Float64Array>, i: number, j: number, c: number, s: number): void {
    const [width, x] = [columns * DOUBLE, data.byteOffset + i * columns * DOUBLE];
    this.native.rotation(x, data.byteOffset + j * width, x + width, c, s);
  }

  /** out[i] = x[i] / y[i]; returns the sum of their squares. Either may be written over. */
  quotients(x: Float64Array, y: Float64Array, out: Float64Array): number {
    return this.each('quotients', x, y.byteOffset, out);
  }

  /** out[i] = x[i] y[i]; returns the sum of their squares. */
  products(x: Float64Array, y: Float64Array, out: Float64Array): number {
    return this.each('products', x, y.byteOffset, out);
  }

  private each(name: ElementwiseName, x: Float64Array, y: number, out: Float64Array): number {
    const { native, scratch } = this;
    native[name](x.byteOffset, x.byteOffset + x.byteLength, y, out.byteOffset, scratch.byteOffset);
    return scratch[0] as number;
  }

  /** Loops over poles, two or more, which are these values or their squares; what stands above them is written first. */
  poles(values: Float64Array, squared: boolean): PoleLoops {
    const count = values.length;
    const own = this.take(1, count).data;
    own.set(values);
    const [gaps, squares, constants, sums] = [count, count, 8, 6].map((size) => this.take(1, size).data) as Four;
    // Two offsets and two ones; what chooses the lower of a pair or, from one place further on, the upper.
    constants.set([0, 0, 1, 1, 1, 0, 1]);
    const [lower, upper] = [address([constants, 4]), address([constants, 5])];
    const [g, s, c, out] = [gaps.byteOffset, squares.byteOffset, constants.byteOffset, sums.byteOffset];
    const [pair, last] = [2 * DOUBLE, (count - 2) * DOUBLE];
    return {
      gaps,
      squares,
      from: (origin) => {
        this.each(squared ? 'squareGaps' : 'gaps', own, own.byteOffset + origin * DOUBLE, gaps);
      },
      sums: (split, offset, { byteOffset: d }) => {
        constants[0] = constants[1] = offset;
        const over = count - split;
        this.native.poleSums(g, s, d, pair, split >> 1, split % 2 === 1 ? lower : 0, c, out);
        const second = out + 3 * DOUBLE;
        this.native.poleSums(g + last, s + last, d + last, -pair, over >> 1, over % 2 === 1 ? upper : 0, c, second);
        return sums;
      },
    };
  }

  /** Steps with a sparse matrix of which row i has `weights` from starts[i] to starts[i + 1], in the columns of `ends`. */
  sparse(starts: Int32Array, ends: Int32Array, weights: Float64Array): SparseSteps {
    const n = starts.length - 1;
    const integers = (count: number) => {
      const taken = this.take(1, Math.ceil(count / 2)).data;
      return new Uint32Array(taken.buffer, taken.byteOffset, count);
    };
    const blocks = [this.take(n, WIDTH).data, this.take(n, WIDTH).data] as const;
    const [factor, own] = [this.take(1, 4).data, this.take(1, weights.length).data];
    const [rows, places] = [integers(n), integers(ends.length)];
    own.set(weights);
    for (let i = 0; i < n; i++) rows[i] = address([own, starts[i + 1] as number]);
    for (let e = 0; e < ends.length; e++) places[e] = (ends[e] as number) * WIDTH * DOUBLE;
    const [r, p, w, f] = [rows.byteOffset, places.byteOffset, own.byteOffset, factor.byteOffset];
    return {
      blocks,
      step: (from, by) => {
        factor[0] = by;
        const [now, next] = [blocks[from].byteOffset, blocks[from === 0 ? 1 : 0].byteOffset];
        this.native.sparseStep(r, r + rows.byteLength, p, w, now, next, f);
        return { across: factor[1] as number, own: factor[2] as number };
      },
    };
  }
}

/** What {@link Kernels.sparse} works on: blocks of {@link WIDTH} columns. */
export interface SparseSteps {
  readonly blocks: readonly [Float64Array, Float64Array];
  /** The other block <- factor times the matrix times block `from` - the other block; its products with block `from` and itself. */
  step(from: 0 | 1, factor: number): { readonly across: number; readonly own: number };
}

type Four = [Float64Array, Float64Array, Float64Array, Float64Array];

/** What {@link Kernels.poles} works on. */
export interface PoleLoops {
  readonly gaps: Float64Array;
  readonly squares: Float64Array;
  /** Writes pole i - pole `origin` for every i, accurate even between close ones, into the gaps. */
  from(origin: number): void;
  /**
   * Writes gapᵢ - offset into `differences`; of the poles before `split`, summed from the first, and then of those from it on,
   * summed from the last: Σ squareᵢ / (gapᵢ - offset), its slope, and a bound of its rounding in units of that of one operation.
   */
  sums(split: number, offset: number, differences: Float64Array): Float64Array;
}

/** How many values of the memory {@link Kernels.sparse} takes for so many rows and weights. */
export function sparseRoom(rows: number, weights: number): number {
  return 2 * WIDTH * rows + rows + 2 * weights + 8;
}

/**
 * The even place at or before one: from there on rows lie evenly in lines of the cache, which makes loops twice as fast. What
 * lies before the place itself has to be zero, or nobody's.
 */
export function even(place: number): number {
  return place - (place % 2);
}

let compiled: Promise<WebAssembly.Module> | undefined;
let idle: Kernels | undefined;

function address([array, index]: Place, further = 0): number {
  return array.byteOffset + (index + further) * DOUBLE;
}

function inJavaScript(buffer: ArrayBuffer): Natives {
  const values = new Float64Array(buffer);
  const at = (place: number, k = 0) => values[place / DOUBLE + k] as number;
  const loop =
    (name: Name): Native =>
    (rows, stride, length, x, sums, y, factors, end) => {
      const [dots, adds] = [name !== 'adds', name !== 'dots'];
      for (let r = 0; (dots ? sums : factors) + r * DOUBLE < end; r++) {
        const row = rows + r * stride;
        const width = name === 'symmetric' ? r : length / DOUBLE;
        let sum = name === 'symmetric' ? at(row, r) * at(x, r) : 0;
        for (let k = 0; k < width; k++) {
          if (dots) sum += at(row, k) * at(x, k);
          if (adds) values[y / DOUBLE + k] = at(y, k) + at(row, k) * at(factors, r);
        }
        if (dots) values[sums / DOUBLE + r] = sum;
      }
    };
  return {
    dots: loop('dots'),
    adds: loop('adds'),
    symmetric: loop('symmetric'),
    poleSums: poleSumsInJavaScript(values),
    ...elementwiseInJavaScript(values),
    rotation: rotationInJavaScript(values),
    sparseStep: sparseStepInJavaScript(buffer),
  };
}

/** A loop over four rows at a time, and in it one over four columns at a time and what remains one at a time. */
function routine(name: Name): wasm.Routine {
  const [dots, adds, symmetric] = [name !== 'adds', name !== 'dots', name === 'symmetric'];
  return {
    name,
    parameters: Array.from({ length: 8 }, () => 'address'),
    variables: [
      ...Array.from({ length: ROWS + 3 }, () => 'address' as const),
      ...Array.from({ length: 2 * ROWS + 3 }, () => 'pair' as const),
    ],
    body(first, stride, length, x, sums, y, factors, end, ...variables) {
      const rows = variables.splice(0, ROWS);
      const sum = variables.splice(3, ROWS);
      const factor = variables.splice(3, ROWS);
      const [stop, xAt, yAt, value, xs, ys] = variables as [
        ...[wasm.Local, wasm.Local, wasm.Local],
        ...[wasm.Local, wasm.Local, wasm.Local],
      ];
      const addProduct = (to: wasm.Local, by: wasm.Local) => wasm.addTo(to, wasm.productOf(value.get, by.get));
      const step = (load: typeof wasm.loadPair, store: typeof wasm.storePair, at: number, adding = adds): wasm.Code => [
        ...(dots ? xs.set(load(xAt.get, at)) : []),
        ...(adding ? ys.set(load(yAt.get, at)) : []),
        ...rows.flatMap((row, r) => [
          ...value.set(load(row.get, at)),
          ...(dots ? addProduct(sum[r] as wasm.Local, xs) : []),
          ...(adding ? addProduct(ys, factor[r] as wasm.Local) : []),
        ]),
        ...(adding ? store(yAt.get, ys.get, at) : []),
      ];
      const pairs = (adding?: boolean) => [0, 16].flatMap((at) => step(wasm.loadPair, wasm.storePair, at, adding));
      const columns = [...rows, ...(dots ? [xAt] : []), ...(adds ? [yAt] : [])];
      const [start] = rows as [wasm.Local];
      return wasm.whileUpTo(wasm.ahead(dots ? sums : factors, ROWS * DOUBLE), end.get, [
        ...rows.flatMap((row) => [...row.set(first.get), ...first.set(wasm.plus(first.get, stride.get))]),
        ...stop.set(wasm.plus(start.get, length.get)),
        ...xAt.set(x.get),
        ...yAt.set(y.get),
        ...(dots ? sum.flatMap((s) => s.set(wasm.ZEROS)) : []),
        ...(adds ? factor.flatMap((c, r) => c.set(wasm.loadBoth(factors.get, r * DOUBLE))) : []),
        ...wasm.whileUpTo(wasm.ahead(start, 32), stop.get, [...pairs(), ...wasm.forward(32, ...columns)]),
        ...(symmetric
          ? [...pairs(false), ...wasm.forward(ROWS * DOUBLE, length)]
          : wasm.whileUpTo(wasm.ahead(start, 8), stop.get, [
              ...step(wasm.loadOne, wasm.storeOne, 0),
              ...wasm.forward(8, ...columns),
            ])),
        ...(dots ? sum.flatMap((s, r) => wasm.storeSum(sums.get, s, r * DOUBLE)) : []),
        ...wasm.forward(ROWS * DOUBLE, sums, factors),
      ]);
    },
  };
}
