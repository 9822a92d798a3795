import * as wasm from './wasm';

const DOUBLE = 8;

/**
 * Addresses in bytes: x and what is behind its last value; y; what is written, which may be either; and where the sum of its
 * squares goes.
 */
export type Elementwise = (x: number, end: number, y: number, out: number, sum: number) => void;
export type ElementwiseName = 'quotients' | 'products' | 'gaps' | 'squareGaps';

/** x / y, x y; of one value y for all, x - y and x² - y². */
export const elementwise: readonly wasm.Routine[] = [
  overValues('quotients', wasm.quotientOf, 'each'),
  overValues('products', wasm.productOf, 'each'),
  overValues('gaps', wasm.differenceOf, 'one'),
  overValues('squareGaps', (x, y) => wasm.productOf(wasm.differenceOf(x, y), wasm.sumOf(x, y)), 'one'),
];

function overValues(
  name: ElementwiseName,
  of: (x: wasm.Code, y: wasm.Code) => wasm.Code,
  second: 'each' | 'one',
): wasm.Routine {
  return {
    name,
    parameters: Array.from({ length: 5 }, () => 'address'),
    variables: ['pair', 'pair'],
    body(x, end, y, out, sum, ...variables) {
      const [value, squares] = variables as [wasm.Local, wasm.Local];
      const step = (size: 'pair' | 'one'): wasm.Code => {
        const [load, store, bytes] =
          size === 'pair'
            ? ([wasm.loadPair, wasm.storePair, 16] as const)
            : ([wasm.loadOne, wasm.storeOne, 8] as const);
        // Beside one value stands zero, which is to stay one.
        const other = size === 'pair' && second === 'each' ? wasm.loadPair : wasm.loadBoth;
        return [
          ...value.set(of(load(x.get), other(y.get))),
          ...store(out.get, value.get),
          ...wasm.addTo(squares, wasm.productOf(value.get, value.get)),
          ...wasm.forward(bytes, x, out, ...(second === 'each' ? [y] : [])),
        ];
      };
      return [
        ...wasm.whileUpTo(wasm.ahead(x, 16), end.get, step('pair')),
        ...wasm.whileUpTo(wasm.ahead(x, 8), end.get, step('one')),
        ...wasm.storeSum(sum.get, squares),
      ];
    },
  };
}

/** Addresses in bytes: x, y and what is behind the last value of x; the cosine and the sine. */
export type Rotation = (x: number, y: number, end: number, cosine: number, sine: number) => void;

/** (x, y) <- (c x - s y, s x + c y). */
export const rotation: wasm.Routine = {
  name: 'rotation',
  parameters: ['address', 'address', 'address', 'number', 'number'],
  variables: Array.from({ length: 4 }, () => 'pair'),
  body(x, y, end, cosine, sine, ...variables) {
    const [c, s, a, b] = variables as [wasm.Local, wasm.Local, wasm.Local, wasm.Local];
    const step = (load: typeof wasm.loadPair, store: typeof wasm.storePair, bytes: number): wasm.Code => [
      ...a.set(load(x.get)),
      ...b.set(load(y.get)),
      ...store(x.get, wasm.differenceOf(wasm.productOf(c.get, a.get), wasm.productOf(s.get, b.get))),
      ...store(y.get, wasm.sumOf(wasm.productOf(s.get, a.get), wasm.productOf(c.get, b.get))),
      ...wasm.forward(bytes, x, y),
    ];
    return [
      ...c.set(wasm.bothOf(cosine)),
      ...s.set(wasm.bothOf(sine)),
      ...wasm.whileUpTo(wasm.ahead(x, 16), end.get, step(wasm.loadPair, wasm.storePair, 16)),
      ...wasm.whileUpTo(wasm.ahead(x, 8), end.get, step(wasm.loadOne, wasm.storeOne, 8)),
    ];
  },
};

export function rotationInJavaScript(values: Float64Array): Rotation {
  return (x, y, end, c, s) => {
    for (let i = x / DOUBLE, j = y / DOUBLE; i < end / DOUBLE; i++, j++) {
      const [a, b] = [values[i] as number, values[j] as number];
      values[i] = c * a - s * b;
      values[j] = s * a + c * b;
    }
  };
}

export function elementwiseInJavaScript(values: Float64Array): Readonly<Record<ElementwiseName, Elementwise>> {
  const loop =
    (of: (x: number, y: number) => number, second: 'each' | 'one'): Elementwise =>
    (x, end, y, out, sum) => {
      let squares = 0;
      for (let k = 0; x + k * DOUBLE < end; k++) {
        const value = of(values[x / DOUBLE + k] as number, values[y / DOUBLE + (second === 'each' ? k : 0)] as number);
        values[out / DOUBLE + k] = value;
        squares += value * value;
      }
      values[sum / DOUBLE] = squares;
    };
  return {
    quotients: loop((x, y) => x / y, 'each'),
    products: loop((x, y) => x * y, 'each'),
    gaps: loop((x, y) => x - y, 'one'),
    squareGaps: loop((x, y) => (x - y) * (x + y), 'one'),
  };
}
