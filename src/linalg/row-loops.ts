import { type Native, type RowRoutine, RUN, rowRoutines } from './row-routines';
import { innerProduct } from './vectors';
import { instantiate } from './wasm';

const DOUBLE = 8;
/** Values looked at together: few, so that they stay in the cache. */
const BLOCK = 8192;
/** In the memory: the block, two vectors, sums of rows. */
const AREAS = 4;

/** Loops over a block of rows of float64 that passes over a matrix are made of; what they work on is written to first. */
export interface RowLoops {
  /** Whole rows, one after the other. */
  readonly block: Float64Array;
  /** As wide as a row. */
  readonly vectors: readonly [Float64Array, Float64Array];
  /** One of each row of the block. */
  readonly sums: Float64Array;
  /** vectors[1] += Σᵢ (row i of the first `count` values of the block - vectors[0]). */
  addRows(count: number): void;
  /** vectors[1] += Σᵢ (row i - vectors[0])². */
  addSquares(count: number): void;
  /** Takes both vectors away from each row. */
  subtractFromRows(count: number): void;
  /** Takes vectors[0] away from each row, which is then divided by vectors[1]. */
  standardise(count: number): void;
  /** sums[i] = Σⱼ xᵢⱼ². */
  squareRows(count: number): void;
  /** sums[i] = Σⱼ xᵢⱼ vectors[0][j]. */
  projectRows(count: number): void;
  /** Divides row i by sums[i]. */
  divideRows(count: number): void;
  /** e^(xᵢⱼ - sums[i]) within two units in the last place, of differences up to 700; zero of those below -708. */
  exponentials(count: number): void;
  /** The largest magnitude of the first `count` values of the block; NaN where one of them is no number. */
  largest(count: number): number;
}

/**
 * Loops over rows of so many values, two at a time in WebAssembly where it can be had: they are shared, so that nothing
 * else may use them until the work is done.
 */
export function rowLoops(width: number): RowLoops {
  if (width > 0 && width <= BLOCK) {
    native ??= instantiate<RowRoutine, Native>(rowRoutines, AREAS * BLOCK * DOUBLE);
    if (native) return inWebAssembly(native, width);
  }
  return inJavaScript(width);
}

let native: ReturnType<typeof instantiate<RowRoutine, Native>> | undefined;

function inWebAssembly({ memory, native: loops }: NonNullable<typeof native>, width: number): RowLoops {
  const block = new Float64Array(memory, 0, BLOCK - (BLOCK % width));
  const [first, second, sums] = [BLOCK * DOUBLE, 2 * BLOCK * DOUBLE, 3 * BLOCK * DOUBLE];
  const vectors = [new Float64Array(memory, first, width), new Float64Array(memory, second, width)] as const;
  const call = (name: RowRoutine) => (count: number) =>
    loops[name](0, count * DOUBLE, width * DOUBLE, first, second, sums);
  const found = new Float64Array(memory, first, 2);
  return {
    block,
    vectors,
    sums: new Float64Array(memory, sums, block.length / width),
    addRows: call('addRows'),
    addSquares: call('addSquares'),
    subtractFromRows: call('subtractFromRows'),
    standardise: call('standardise'),
    squareRows: call('squareRows'),
    projectRows: call('projectRows'),
    divideRows: call('divideRows'),
    exponentials: call('exponentials'),
    largest(count) {
      call('largest')(count);
      return Math.max(found[0] as number, found[1] as number);
    },
  };
}

function inJavaScript(width: number): RowLoops {
  const block = new Float64Array(width * Math.max(1, Math.floor(BLOCK / Math.max(1, width))));
  const [first, second] = [new Float64Array(width), new Float64Array(width)];
  const sums = new Float64Array(block.length / Math.max(1, width));
  const row = (k: number) => block.subarray(k, k + width);
  return {
    block,
    vectors: [first, second],
    sums,
    addRows(count) {
      for (let k = 0; k < count; k += width)
        for (let j = 0; j < width; j++)
          second[j] = (second[j] as number) + ((block[k + j] as number) - (first[j] as number));
    },
    addSquares(count) {
      for (let k = 0; k < count; k += width)
        for (let j = 0; j < width; j++)
          second[j] = (second[j] as number) + ((block[k + j] as number) - (first[j] as number)) ** 2;
    },
    subtractFromRows(count) {
      for (let k = 0; k < count; k += width)
        for (let j = 0; j < width; j++)
          block[k + j] = (block[k + j] as number) - (first[j] as number) - (second[j] as number);
    },
    standardise(count) {
      for (let k = 0; k < count; k += width)
        for (let j = 0; j < width; j++)
          block[k + j] = ((block[k + j] as number) - (first[j] as number)) / (second[j] as number);
    },
    squareRows(count) {
      for (let k = 0, i = 0; k < count; k += width, i++) sums[i] = inRuns(row(k), row(k));
    },
    projectRows(count) {
      for (let k = 0, i = 0; k < count; k += width, i++) sums[i] = inRuns(row(k), first);
    },
    divideRows(count) {
      for (let k = 0, i = 0; k < count; k += width, i++)
        for (let j = k; j < k + width; j++) block[j] = (block[j] as number) / (sums[i] as number);
    },
    exponentials(count) {
      for (let k = 0, i = 0; k < count; k += width, i++)
        for (let j = k; j < k + width; j++) {
          const x = (block[j] as number) - (sums[i] as number);
          block[j] = x > -708 ? Math.exp(x) : 0;
        }
    },
    largest(count) {
      let most = 0;
      for (let k = 0; k < count; k++) {
        const size = Math.abs(block[k] as number);
        // What is not a number stays: nothing is larger.
        if (size > most || Number.isNaN(size)) most = size;
      }
      return most;
    },
  };
}

function inRuns(a: Float64Array, b: Float64Array): number {
  let total = 0;
  for (let j = 0; j < a.length; j += RUN) total += innerProduct(a, b, j, Math.min(a.length, j + RUN));
  return total;
}
