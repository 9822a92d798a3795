import { innerProduct } from './vectors';
import * as wasm from './wasm';

const DOUBLE = 8;
/** Values looked at together: few, so that they stay in the cache. */
const BLOCK = 8192;
/** Values of a row that are summed before they are added to the rest: rounding grows with the number of sums, not of values. */
const RUN = 128;
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
  /** The largest magnitude of the first `count` values of the block; NaN where one of them is no number. */
  largest(count: number): number;
}

/** Addresses in bytes: of the first value and behind the last one, a row's length, both vectors, the sums. */
type Native = (start: number, end: number, length: number, first: number, second: number, sums: number) => void;
const ADDRESSES = 6;
type Name =
  | 'addRows'
  | 'addSquares'
  | 'subtractFromRows'
  | 'standardise'
  | 'squareRows'
  | 'projectRows'
  | 'divideRows'
  | 'largest';

/**
 * Loops over rows of so many values, two at a time in WebAssembly where it can be had: they are shared, so that nothing
 * else may use them until the work is done.
 */
export function rowLoops(width: number): RowLoops {
  if (width > 0 && width <= BLOCK) {
    native ??= instantiate();
    if (native) return inWebAssembly(native, width);
  }
  return inJavaScript(width);
}

let native: { memory: ArrayBuffer; loops: Record<Name, Native> } | null | undefined;

function instantiate(): typeof native {
  try {
    const bytes = AREAS * BLOCK * DOUBLE;
    const memory = new WebAssembly.Memory({ initial: bytes / 65_536, maximum: bytes / 65_536 });
    const sums = [squareRows, projectRows, divideRows];
    const module = new WebAssembly.Module(
      wasm.encodeModule([addRows, addSquares, subtractFromRows, standardise, ...sums, largest]),
    );
    const { exports } = new WebAssembly.Instance(module, { env: { memory } });
    return { memory: memory.buffer, loops: exports as unknown as Record<Name, Native> };
  } catch {
    // It reserves gigabytes of addresses, which a limit on them (ulimit -v, as clusters set) may not leave.
    return null;
  }
}

function inWebAssembly({ memory, loops }: NonNullable<typeof native>, width: number): RowLoops {
  const block = new Float64Array(memory, 0, BLOCK - (BLOCK % width));
  const [first, second, sums] = [BLOCK * DOUBLE, 2 * BLOCK * DOUBLE, 3 * BLOCK * DOUBLE];
  const vectors = [new Float64Array(memory, first, width), new Float64Array(memory, second, width)] as const;
  const call = (name: Name) => (count: number) => loops[name](0, count * DOUBLE, width * DOUBLE, first, second, sums);
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

/** What is done with the values at the three addresses, `offset` bytes on. */
type Step = (
  locals: readonly [at: wasm.Local, first: wasm.Local, second: wasm.Local],
  sizes: 0 | 1,
  offset: number,
) => wasm.Code;

const LOADS = [wasm.loadPair, wasm.loadOne] as const;
const STORES = [wasm.storePair, wasm.storeOne] as const;

const addRows = overRows('addRows', ([at, first, second], size, offset) => {
  const [load, store] = [LOADS[size], STORES[size]];
  const difference = wasm.differenceOf(load(at.get, offset), load(first.get, offset));
  return store(second.get, wasm.sumOf(load(second.get, offset), difference), offset);
});

const addSquares = overRows('addSquares', ([at, first, second], size, offset) => {
  const [load, store] = [LOADS[size], STORES[size]];
  const difference = wasm.differenceOf(load(at.get, offset), load(first.get, offset));
  return store(second.get, wasm.sumOf(load(second.get, offset), wasm.productOf(difference, difference)), offset);
});

const subtractFromRows = overRows('subtractFromRows', ([at, first, second], size, offset) => {
  const [load, store] = [LOADS[size], STORES[size]];
  const once = wasm.differenceOf(load(at.get, offset), load(first.get, offset));
  return store(at.get, wasm.differenceOf(once, load(second.get, offset)), offset);
});

const standardise = overRows('standardise', ([at, first, second], size, offset) => {
  const [load, store] = [LOADS[size], STORES[size]];
  const difference = wasm.differenceOf(load(at.get, offset), load(first.get, offset));
  return store(at.get, wasm.quotientOf(difference, load(second.get, offset)), offset);
});

/** Rows one after the other, four columns at a time and what remains one at a time. */
function overRows(name: Name, step: Step): wasm.Routine {
  return {
    name,
    parameters: Array.from({ length: ADDRESSES }, () => 'address'),
    variables: Array.from({ length: 3 }, () => 'address'),
    body(at, end, length, first, second, _, ...variables) {
      const [stop, x, y] = variables as [wasm.Local, wasm.Local, wasm.Local];
      const locals = [at, x, y] as const;
      return wasm.whileUpTo(wasm.plus(at.get, length.get), end.get, [
        ...stop.set(wasm.plus(at.get, length.get)),
        ...x.set(first.get),
        ...y.set(second.get),
        ...wasm.whileUpTo(wasm.ahead(at, 32), stop.get, [
          ...step(locals, 0, 0),
          ...step(locals, 0, 16),
          ...wasm.forward(32, ...locals),
        ]),
        ...wasm.whileUpTo(wasm.ahead(at, 8), stop.get, [...step(locals, 1, 0), ...wasm.forward(8, ...locals)]),
      ]);
    },
  };
}

const squareRows = sumRows('squareRows', 'itself');
const projectRows = sumRows('projectRows', 'vector');

/** Sums of the products of each row. */
function sumRows(name: string, by: 'itself' | 'vector'): wasm.Routine {
  return {
    name,
    parameters: Array.from({ length: ADDRESSES }, () => 'address'),
    variables: ['address', 'address', 'address', 'pair', 'pair', 'pair'],
    body(at, end, length, first, _, sums, ...variables) {
      const [stop, edge, along, even, odd, total] = variables as [
        ...[wasm.Local, wasm.Local, wasm.Local],
        ...[wasm.Local, wasm.Local, wasm.Local],
      ];
      const factor = by === 'itself' ? at : along;
      const step = (sum: wasm.Local, size: 0 | 1, offset: number) =>
        wasm.addTo(sum, wasm.productOf(LOADS[size](at.get, offset), LOADS[size](factor.get, offset)));
      const moved = [at, along];
      const pairs = (until: wasm.Local) =>
        wasm.whileUpTo(wasm.ahead(at, 32), until.get, [
          ...step(even, 0, 0),
          ...step(odd, 0, 16),
          ...wasm.forward(32, ...moved),
        ]);
      const nothing = [...even.set(wasm.ZEROS), ...odd.set(wasm.ZEROS)];
      const added = wasm.addTo(total, wasm.sumOf(even.get, odd.get));
      return wasm.whileUpTo(wasm.plus(at.get, length.get), end.get, [
        ...stop.set(wasm.plus(at.get, length.get)),
        ...along.set(first.get),
        ...total.set(wasm.ZEROS),
        ...wasm.whileUpTo(wasm.ahead(at, RUN * DOUBLE), stop.get, [
          ...edge.set(wasm.ahead(at, RUN * DOUBLE)),
          ...nothing,
          ...pairs(edge),
          ...added,
        ]),
        ...nothing,
        ...pairs(stop),
        ...wasm.whileUpTo(wasm.ahead(at, 8), stop.get, [...step(even, 1, 0), ...wasm.forward(8, ...moved)]),
        ...added,
        ...wasm.storeSum(sums.get, total),
        ...wasm.forward(8, sums),
      ]);
    },
  };
}

const divideRows: wasm.Routine = {
  name: 'divideRows',
  parameters: Array.from({ length: ADDRESSES }, () => 'address'),
  variables: ['address', 'pair'],
  body(at, end, length, _, __, sums, ...variables) {
    const [stop, divisor] = variables as [wasm.Local, wasm.Local];
    const step = (size: 0 | 1, offset: number) =>
      STORES[size](at.get, wasm.quotientOf(LOADS[size](at.get, offset), divisor.get), offset);
    return wasm.whileUpTo(wasm.plus(at.get, length.get), end.get, [
      ...stop.set(wasm.plus(at.get, length.get)),
      ...divisor.set(wasm.loadBoth(sums.get)),
      ...wasm.whileUpTo(wasm.ahead(at, 32), stop.get, [...step(0, 0), ...step(0, 16), ...wasm.forward(32, at)]),
      ...wasm.whileUpTo(wasm.ahead(at, 8), stop.get, [...step(1, 0), ...wasm.forward(8, at)]),
      ...wasm.forward(8, sums),
    ]);
  },
};

/** Leaves the largest magnitudes of every other value where the first vector is. */
const largest: wasm.Routine = {
  name: 'largest',
  parameters: Array.from({ length: ADDRESSES }, () => 'address'),
  variables: ['pair', 'pair', 'pair'],
  body(at, end, _, first, __, ___, ...variables) {
    const [even, odd, none] = variables as [wasm.Local, wasm.Local, wasm.Local];
    const step = (most: wasm.Local, size: 0 | 1, offset: number) => {
      const value = LOADS[size](at.get, offset);
      return [
        ...most.set(wasm.largerOf(most.get, wasm.magnitudeOf(value))),
        ...none.set(wasm.bitsOfBoth(none.get, wasm.noNumber(value))),
      ];
    };
    return [
      ...wasm.whileUpTo(wasm.ahead(at, 32), end.get, [
        ...step(even, 0, 0),
        ...step(odd, 0, 16),
        ...wasm.forward(32, at),
      ]),
      ...wasm.whileUpTo(wasm.ahead(at, 8), end.get, [...step(even, 1, 0), ...wasm.forward(8, at)]),
      ...wasm.storePair(first.get, wasm.bitsOfBoth(none.get, wasm.largerOf(even.get, odd.get))),
    ];
  },
};
