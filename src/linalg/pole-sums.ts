import * as wasm from './wasm';

const DOUBLE = 8;

/**
 * Addresses in bytes: a pair of poles, the pair of their squares and that of their differences, each next one `step` further;
 * how many pairs; which of one more pair is to be summed, 1 or 0 for each, or 0 where there is none; two offsets and two ones;
 * the three sums.
 */
export type PoleSums = (
  gaps: number,
  squares: number,
  differences: number,
  step: number,
  count: number,
  rest: number,
  constants: number,
  sums: number,
) => void;

/** Writes gapᵢ - offset; sums squareᵢ / (gapᵢ - offset), their slopes, and the magnitudes that the first sum has on its way. */
export const poleSums: wasm.Routine = {
  name: 'poleSums',
  parameters: Array.from({ length: 8 }, () => 'address'),
  variables: ['address', ...Array.from({ length: 9 }, () => 'pair' as const)],
  body(gaps, squares, differences, step, count, rest, constants, sums, done, ...pairs) {
    const [offset, one, chosen, away, inverse, term] = pairs as [
      ...[wasm.Local, wasm.Local, wasm.Local],
      ...[wasm.Local, wasm.Local, wasm.Local],
    ];
    const [value, slope, error] = pairs.slice(6) as [wasm.Local, wasm.Local, wasm.Local];
    const pair = [
      ...away.set(wasm.differenceOf(wasm.loadPair(gaps.get), offset.get)),
      ...wasm.storePair(differences.get, away.get),
      ...inverse.set(wasm.quotientOf(one.get, away.get)),
      ...term.set(wasm.productOf(wasm.productOf(wasm.loadPair(squares.get), chosen.get), inverse.get)),
      ...wasm.addTo(value, term.get),
      ...wasm.addTo(slope, wasm.productOf(term.get, inverse.get)),
      ...wasm.addTo(error, wasm.magnitudeOf(value.get)),
    ];
    return [
      ...offset.set(wasm.loadPair(constants.get)),
      ...one.set(wasm.loadPair(constants.get, 2 * DOUBLE)),
      ...chosen.set(one.get),
      ...wasm.whileUpTo(wasm.ahead(done, 1), count.get, [
        ...pair,
        ...[gaps, squares, differences].flatMap((local) => local.set(wasm.plus(local.get, step.get))),
        ...wasm.forward(1, done),
      ]),
      ...wasm.whileUpTo(wasm.constant(1), rest.get, [
        ...chosen.set(wasm.loadPair(rest.get)),
        ...pair,
        ...rest.set(wasm.constant(0)),
      ]),
      ...[value, slope, error].flatMap((sum, k) => wasm.storeSum(sums.get, sum, k * DOUBLE)),
    ];
  },
};

export function poleSumsInJavaScript(values: Float64Array): PoleSums {
  const at = (address: number, k = 0) => values[address / DOUBLE + k] as number;
  return (gaps, squares, differences, step, count, rest, constants, sums) => {
    let [value, slope, error] = [0, 0, 0];
    for (let done = 0; done < count + Number(rest > 0); done++) {
      const further = done * step;
      for (let k = 0; k < 2; k++) {
        const away = at(gaps + further, k) - at(constants);
        values[(differences + further) / DOUBLE + k] = away;
        const term = ((done < count ? 1 : at(rest, k)) * at(squares + further, k)) / away;
        value += term;
        slope += term / away;
        error += Math.abs(value);
      }
    }
    values.set([value, slope, error], sums / DOUBLE);
  };
}
