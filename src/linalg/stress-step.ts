import type { Signal } from './signal';
import * as wasm from './wasm';

const DOUBLE = 8;
/** No distance is taken to be less: of equal points the quotient is to be a number. */
const LEAST = 1e-150;
/** Behind the least distance: the stress of a row's pairs, the squares of their distances, what pulls the row along each axis. */
const SUMS = 5;

/** Points in two or three dimensions that are moved towards given distances; their coordinates are written first, axis by axis. */
export interface StressStep {
  readonly points: readonly Float64Array[];
  /** B(X) X / n, axis by axis. */
  readonly moved: readonly Float64Array[];
  /**
   * Renews `moved`. @param given n x n distances, of which those of i < j are read
   * @returns Σ (δ - d)² and Σ d² over pairs of the points as they are
   */
  step(given: Float64Array, signal?: Signal): { readonly stress: number; readonly squares: number };
}

/** Steps of majorisation, all weights 1, of `count` points; two pairs at a time in WebAssembly where it can be had. */
export function stressStep(count: number, dimensions: 2 | 3): StressStep {
  const size = DOUBLE * count;
  const bytes = size * (2 * dimensions + 1) + DOUBLE * (1 + SUMS);
  const instance = wasm.instantiate<'row', Native>([dimensions === 2 ? inPlane : inSpace], bytes);
  const memory = instance?.memory ?? new ArrayBuffer(bytes);
  const vector = (part: number) => new Float64Array(memory, part * size, count);
  const axes = [...Array(dimensions).keys()];
  const [points, moved] = [axes.map(vector), axes.map((axis) => vector(dimensions + axis))];
  const row = vector(2 * dimensions);
  const sums = new Float64Array(memory, row.byteOffset + size, 1 + SUMS);
  sums[0] = LEAST;
  const rest = restOf(points, moved, row, sums);
  return {
    points,
    moved,
    step(given, signal) {
      for (const out of moved) out.fill(0);
      let [stress, squares] = [0, 0];
      for (let i = 0; i < count; i++) {
        if (i % 256 === 0) signal?.throwIfAborted();
        row.set(given.subarray(i * count + i + 1, (i + 1) * count), i + 1);
        sums.fill(0, 1);
        const pairs = instance ? (count - 1 - i) >> 1 : 0;
        if (pairs > 0) {
          const first = [...points, ...moved, row].map((part) => part.byteOffset + i * DOUBLE);
          instance?.native.row(...first, (points[0]?.byteOffset ?? 0) + (count - 2) * DOUBLE, sums.byteOffset);
        }
        rest(i, i + 1 + 2 * pairs);
        stress += sums[1] as number;
        squares += sums[2] as number;
        // What the rows before it have left there is all there will be.
        for (const [axis, out] of moved.entries()) out[i] = ((out[i] as number) + (sums[3 + axis] as number)) / count;
      }
      return { stress, squares };
    },
  };
}

/** Addresses in bytes of a row's place in all vectors, of the last place but one along the first axis, and of the sums. */
type Native = (...addresses: number[]) => void;

const [inPlane, inSpace] = [routine(2), routine(3)];

/** The pairs of a row with those behind it, but for the last one where they are odd. */
function routine(dimensions: number): wasm.Routine {
  return {
    name: 'row',
    parameters: Array.from({ length: 2 * dimensions + 3 }, () => 'address'),
    variables: Array.from({ length: 3 * dimensions + 5 }, () => 'pair'),
    body(...locals) {
      const take = (count: number) => locals.splice(0, count);
      const [points, moved] = [take(dimensions), take(dimensions)];
      const [row, last, sums] = take(3) as [wasm.Local, wasm.Local, wasm.Local];
      const [own, pull, apart] = [take(dimensions), take(dimensions), take(dimensions)];
      const [distance, ratio, least, stress, squares] = locals as [
        ...[wasm.Local, wasm.Local, wasm.Local],
        ...[wasm.Local, wasm.Local],
      ];
      const at = (list: readonly wasm.Local[], axis: number) => list[axis] as wasm.Local;
      const square = (local: wasm.Local) => wasm.productOf(local.get, local.get);
      const all = (of: (axis: number) => wasm.Code) => Array.from({ length: dimensions }, (_, axis) => of(axis)).flat();
      const vectors = [...points, ...moved, row];
      return [
        ...least.set(wasm.loadBoth(sums.get)),
        ...all((axis) => at(own, axis).set(wasm.loadBoth(at(points, axis).get))),
        ...wasm.forward(DOUBLE, ...vectors),
        ...wasm.whileUpTo(at(points, 0).get, last.get, [
          ...all((axis) =>
            at(apart, axis).set(wasm.differenceOf(at(own, axis).get, wasm.loadPair(at(points, axis).get))),
          ),
          ...distance.set(apart.map(square).reduce(wasm.sumOf)),
          ...wasm.addTo(squares, distance.get),
          ...distance.set(wasm.largerOf(wasm.rootOf(distance.get), least.get)),
          ...ratio.set(wasm.differenceOf(wasm.loadPair(row.get), distance.get)),
          ...wasm.addTo(stress, square(ratio)),
          ...ratio.set(wasm.quotientOf(wasm.loadPair(row.get), distance.get)),
          ...all((axis) => [
            ...at(apart, axis).set(wasm.productOf(ratio.get, at(apart, axis).get)),
            ...wasm.addTo(at(pull, axis), at(apart, axis).get),
            ...wasm.storePair(
              at(moved, axis).get,
              wasm.differenceOf(wasm.loadPair(at(moved, axis).get), at(apart, axis).get),
            ),
          ]),
          ...wasm.forward(2 * DOUBLE, ...vectors),
        ]),
        ...[stress, squares, ...pull].flatMap((sum, k) => wasm.storeSum(sums.get, sum, (1 + k) * DOUBLE)),
      ];
    },
  };
}

/** The pairs of row i with those from j on, one at a time, added to the sums. */
function restOf(
  points: readonly Float64Array[],
  moved: readonly Float64Array[],
  row: Float64Array,
  sums: Float64Array,
): (i: number, from: number) => void {
  const apart = new Float64Array(points.length);
  return (i, from) => {
    for (let j = from; j < row.length; j++) {
      let square = 0;
      for (let axis = 0; axis < points.length; axis++) {
        const along = points[axis] as Float64Array;
        const difference = (along[i] as number) - (along[j] as number);
        apart[axis] = difference;
        square += difference * difference;
      }
      const distance = Math.max(Math.sqrt(square), LEAST);
      const given = row[j] as number;
      sums[1] = (sums[1] as number) + (given - distance) ** 2;
      sums[2] = (sums[2] as number) + square;
      for (let axis = 0; axis < points.length; axis++) {
        const pull = (given / distance) * (apart[axis] as number);
        sums[3 + axis] = (sums[3 + axis] as number) + pull;
        const out = moved[axis] as Float64Array;
        out[j] = (out[j] as number) - pull;
      }
    }
  };
}
