import { Matrix } from './matrix';
import * as wasm from './wasm';

/** Rows of a matrix that are worked on at a time, so that a vector is read once for them. */
const ROWS = 4;
const DOUBLE = 8;
const PAGE = 65_536;
const MOST_PAGES = 65_536;
/** What is kept for the next decomposition at most: 32 MB. */
const KEPT_PAGES = 512;

/** Addresses in bytes: four rows, how far apart they are and how long, x and its four sums, y and its four factors. */
type Native = (
  rows: number,
  stride: number,
  length: number,
  x: number,
  sums: number,
  y: number,
  factors: number,
) => void;

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
    private readonly native: Record<'dots' | 'adds' | 'both', Native>,
  ) {
    this.scratch = new Float64Array(memory, 0, 2 * ROWS);
  }

  /** Lends kernels with room for so many values until `work` ends; what it returns must not lie in their memory. */
  static async lend<T>(values: number, work: (kernels: Kernels) => Promise<T>): Promise<T> {
    const pages = Math.ceil(((values + 2 * ROWS) * DOUBLE) / PAGE);
    if (pages > MOST_PAGES)
      throw new RangeError(`A decomposition works in 4 GB at most; this one needs ${pages * PAGE} bytes.`);
    const free = idle !== undefined && idle.memory.byteLength >= pages * PAGE ? idle : undefined;
    if (free !== undefined) idle = undefined;
    const kernels = free ?? (await Kernels.make(pages));
    try {
      kernels.used = 2 * ROWS;
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
      // It reserves ten gigabytes of addresses, which a limit on them (ulimit -v, as clusters set) may not leave.
      const buffer = new ArrayBuffer(pages * PAGE);
      return new Kernels(buffer, inJavaScript(buffer));
    }
    compiled ??= WebAssembly.compile(wasm.encodeModule([routine('dots'), routine('adds'), routine('both')]));
    const { exports } = await WebAssembly.instantiate(await compiled, { env: { memory } });
    return new Kernels(memory.buffer, exports as unknown as Record<'dots' | 'adds' | 'both', Native>);
  }

  /** A matrix of zeros in the memory, until {@link release} gives it back. */
  zeros(rows: number, columns: number): Matrix<Float64Array> {
    const data = new Float64Array(this.memory, this.used * DOUBLE, rows * columns).fill(0);
    this.used += rows * columns;
    return new Matrix(data, rows, columns);
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
    const { scratch } = this;
    let i = 0;
    for (; i + ROWS <= rows; i += ROWS)
      this.native.dots(address(a, i * stride), stride * DOUBLE, count * DOUBLE, address(x), address(out, i), 0, 0);
    for (; i < rows; i++) {
      this.native.dots(address(a, i * stride), 0, count * DOUBLE, address(x), scratch.byteOffset, 0, 0);
      out[0][out[1] + i] = scratch[0] as number;
    }
  }

  /** y[k] += Σᵢ c[i] A[i, k]. */
  adds(a: Place, stride: number, rows: number, count: number, c: Place, y: Place): void {
    const { scratch } = this;
    let i = 0;
    for (; i + ROWS <= rows; i += ROWS)
      this.native.adds(address(a, i * stride), stride * DOUBLE, count * DOUBLE, 0, 0, address(y), address(c, i));
    for (; i < rows; i++) {
      scratch.fill(0);
      scratch[0] = c[0][c[1] + i] as number;
      this.native.adds(address(a, i * stride), 0, count * DOUBLE, 0, 0, address(y), scratch.byteOffset);
    }
  }

  /** Four rows at once: sums[i] = Σₖ A[i, k] x[k] and y[k] += Σᵢ c[i] A[i, k]. */
  both(a: Place, stride: number, count: number, x: Place, sums: Place, y: Place, c: Place): void {
    this.native.both(address(a), stride * DOUBLE, count * DOUBLE, address(x), address(sums), address(y), address(c));
  }
}

let compiled: Promise<WebAssembly.Module> | undefined;
let idle: Kernels | undefined;

function address([array, index]: Place, further = 0): number {
  return array.byteOffset + (index + further) * DOUBLE;
}

function inJavaScript(buffer: ArrayBuffer): Record<'dots' | 'adds' | 'both', Native> {
  const values = new Float64Array(buffer);
  const loop =
    (dots: boolean, adds: boolean): Native =>
    (rows, stride, length, x, sums, y, factors) => {
      for (let r = 0; r < ROWS; r++) {
        const factor = adds ? (values[factors / DOUBLE + r] as number) : 0;
        let sum = 0;
        for (let k = 0, at = (rows + r * stride) / DOUBLE; k < length / DOUBLE; k++, at++) {
          const value = values[at] as number;
          if (dots) sum += value * (values[x / DOUBLE + k] as number);
          if (adds) values[y / DOUBLE + k] = (values[y / DOUBLE + k] as number) + value * factor;
        }
        if (dots) values[sums / DOUBLE + r] = sum;
      }
    };
  return { dots: loop(true, false), adds: loop(false, true), both: loop(true, true) };
}

/** One loop over four rows, four columns at a time and what remains one at a time. */
function routine(name: 'dots' | 'adds' | 'both'): wasm.Routine {
  const [dots, adds] = [name !== 'adds', name !== 'dots'];
  return {
    name,
    parameters: Array.from({ length: 7 }, () => 'address'),
    variables: [
      ...Array.from({ length: 3 }, () => 'address' as const),
      ...Array.from({ length: 11 }, () => 'pair' as const),
    ],
    body(first, stride, end, x, sums, y, factors, ...variables) {
      const rows = [first, ...variables.slice(0, 3)] as wasm.Local[];
      const sum = variables.slice(3, 7);
      const factor = variables.slice(7, 11);
      const [value, xs, ys] = variables.slice(11) as [wasm.Local, wasm.Local, wasm.Local];
      const step = (load: typeof wasm.loadPair, store: typeof wasm.storePair, at: number): wasm.Code => [
        ...(dots ? xs.set(load(x.get, at)) : []),
        ...(adds ? ys.set(load(y.get, at)) : []),
        ...rows.flatMap((row, r) => {
          const [s, c] = [sum[r] as wasm.Local, factor[r] as wasm.Local];
          return [
            ...value.set(load(row.get, at)),
            ...(dots ? s.set(wasm.sumOf(s.get, wasm.productOf(value.get, xs.get))) : []),
            ...(adds ? ys.set(wasm.sumOf(ys.get, wasm.productOf(value.get, c.get))) : []),
          ];
        }),
        ...(adds ? store(y.get, ys.get, at) : []),
      ];
      const forward = (bytes: number) =>
        [...rows, ...(dots ? [x] : []), ...(adds ? [y] : [])].flatMap((local) =>
          local.set(wasm.plus(local.get, wasm.constant(bytes))),
        );
      const reaches = (bytes: number) => wasm.plus(first.get, wasm.constant(bytes));
      return [
        ...rows.slice(1).flatMap((row, r) => row.set(wasm.plus((rows[r] as wasm.Local).get, stride.get))),
        ...end.set(wasm.plus(first.get, end.get)),
        ...(adds ? factor.flatMap((c, r) => c.set(wasm.loadBoth(factors.get, r * DOUBLE))) : []),
        ...wasm.whileUpTo(reaches(32), end.get, [
          ...step(wasm.loadPair, wasm.storePair, 0),
          ...step(wasm.loadPair, wasm.storePair, 16),
          ...forward(32),
        ]),
        ...wasm.whileUpTo(reaches(8), end.get, [...step(wasm.loadOne, wasm.storeOne, 0), ...forward(8)]),
        ...(dots ? sum.flatMap((s, r) => wasm.storeSum(sums.get, s, r * DOUBLE)) : []),
      ];
    },
  };
}
