import * as wasm from './wasm';

const DOUBLE = 8;
const INTEGER = 4;
/** Columns that are worked on at a time: a row of them is a line of the processor's cache. */
export const WIDTH = 8;

/**
 * Addresses in bytes: of integers, where each row's weights end, and where these integers end; of integers, how far row j of
 * `now` lies from row 0 for each weight; of the weights; of both blocks; of a factor, and of two sums behind it.
 */
export type SparseStep = (
  rows: number,
  end: number,
  places: number,
  weights: number,
  now: number,
  next: number,
  factor: number,
) => void;

/** Row i of next <- factor Σ wᵢⱼ row j of now - row i of next; the sums of its products with row i of now and with itself. */
export const sparseStep: wasm.Routine = {
  name: 'sparseStep',
  parameters: Array.from({ length: 7 }, () => 'address'),
  variables: [
    ...Array.from({ length: 3 }, () => 'address' as const),
    ...Array.from({ length: WIDTH / 2 + 5 }, () => 'pair' as const),
  ],
  body(rows, end, places, weights, now, next, factor, stop, from, row, ...pairs) {
    const sums = pairs.splice(0, WIDTH / 2);
    const [weight, by, value, across, own] = pairs as [
      ...[wasm.Local, wasm.Local, wasm.Local],
      ...[wasm.Local, wasm.Local],
    ];
    const addProduct = (to: wasm.Local, a: wasm.Code, b: wasm.Code) => wasm.addTo(to, wasm.productOf(a, b));
    const half = (WIDTH * DOUBLE) / 2;
    return [
      ...by.set(wasm.loadBoth(factor.get)),
      ...row.set(now.get),
      ...wasm.whileUpTo(wasm.ahead(rows, INTEGER), end.get, [
        ...stop.set(wasm.loadAddress(rows.get)),
        ...sums.flatMap((sum) => sum.set(wasm.ZEROS)),
        ...wasm.whileUpTo(wasm.ahead(weights, DOUBLE), stop.get, [
          ...weight.set(wasm.loadBoth(weights.get)),
          ...from.set(wasm.plus(now.get, wasm.loadAddress(places.get))),
          ...sums.flatMap((sum, p) => addProduct(sum, weight.get, wasm.loadPair(from.get, 2 * DOUBLE * p))),
          ...wasm.forward(DOUBLE, weights),
          ...wasm.forward(INTEGER, places),
        ]),
        ...sums.flatMap((sum, p) => [
          ...value.set(wasm.differenceOf(wasm.productOf(by.get, sum.get), wasm.loadPair(next.get, 2 * DOUBLE * p))),
          ...wasm.storePair(next.get, value.get, 2 * DOUBLE * p),
          ...addProduct(across, value.get, wasm.loadPair(row.get, 2 * DOUBLE * p)),
          ...addProduct(own, value.get, value.get),
        ]),
        ...wasm.forward(INTEGER, rows),
        // A line is longer than a constant may be.
        ...wasm.forward(half, next, next, row, row),
      ]),
      ...wasm.storeSum(factor.get, across, DOUBLE),
      ...wasm.storeSum(factor.get, own, 2 * DOUBLE),
    ];
  },
};

export function sparseStepInJavaScript(memory: ArrayBuffer): SparseStep {
  const [values, integers] = [new Float64Array(memory), new Uint32Array(memory)];
  const row = new Float64Array(WIDTH);
  return (rows, end, places, weights, now, next, factor) => {
    let [weight, place, across, own] = [weights / DOUBLE, places / INTEGER, 0, 0];
    for (let i = 0; rows + i * INTEGER < end; i++) {
      row.fill(0);
      for (const stop = (integers[rows / INTEGER + i] as number) / DOUBLE; weight < stop; weight++, place++) {
        const from = (now + (integers[place] as number)) / DOUBLE;
        for (let c = 0; c < WIDTH; c++)
          row[c] = (row[c] as number) + (values[weight] as number) * (values[from + c] as number);
      }
      for (let c = 0; c < WIDTH; c++) {
        const at = i * WIDTH + c;
        const to = next / DOUBLE + at;
        const value = (values[factor / DOUBLE] as number) * (row[c] as number) - (values[to] as number);
        values[to] = value;
        across += value * (values[now / DOUBLE + at] as number);
        own += value * value;
      }
    }
    values.set([across, own], factor / DOUBLE + 1);
  };
}
