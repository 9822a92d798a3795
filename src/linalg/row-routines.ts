import * as wasm from './wasm';

const DOUBLE = 8;
/** Values of a row that are summed before they are added to the rest: rounding grows with the number of sums, not of values. */
export const RUN = 128;

/** Addresses in bytes: of the first value and behind the last one, a row's length, both vectors, the sums. */
export type Native = (start: number, end: number, length: number, first: number, second: number, sums: number) => void;
const ADDRESSES = 6;
export type RowRoutine =
  | 'addRows'
  | 'addSquares'
  | 'subtractFromRows'
  | 'standardise'
  | 'squareRows'
  | 'projectRows'
  | 'divideRows'
  | 'exponentials'
  | 'largest';

/** What is done with the values at the three addresses, `offset` bytes on. */
type Step = (
  locals: readonly [at: wasm.Local, first: wasm.Local, second: wasm.Local],
  sizes: 0 | 1,
  offset: number,
) => wasm.Code;

const LOADS = [wasm.loadPair, wasm.loadOne] as const;
const STORES = [wasm.storePair, wasm.storeOne] as const;

/** Rows that are added at a time, so that what they are added to is read and written once for them. */
const TOGETHER = 4;

const addRows = intoRow('addRows', (difference) => difference.get);
const addSquares = intoRow('addSquares', (difference) => wasm.productOf(difference.get, difference.get));

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

/** Adds to the second vector what is made of the difference of each row from the first, row after row. */
function intoRow(name: RowRoutine, make: (difference: wasm.Local) => wasm.Code): wasm.Routine {
  return {
    name,
    parameters: Array.from({ length: ADDRESSES }, () => 'address'),
    variables: [
      ...Array.from({ length: TOGETHER + 2 }, () => 'address' as const),
      ...Array.from({ length: 3 }, () => 'pair' as const),
    ],
    body(at, end, length, first, second, _, ...variables) {
      const others = variables.splice(0, TOGETHER - 1);
      const [stop, x, y, about, difference, sum] = variables as [
        ...[wasm.Local, wasm.Local, wasm.Local],
        ...[wasm.Local, wasm.Local, wasm.Local],
      ];
      const over = (rows: readonly wasm.Local[]): wasm.Code => {
        const step = (size: 0 | 1, offset: number) => [
          ...about.set(LOADS[size](x.get, offset)),
          ...sum.set(LOADS[size](y.get, offset)),
          ...rows.flatMap((row) => [
            ...difference.set(wasm.differenceOf(LOADS[size](row.get, offset), about.get)),
            ...wasm.addTo(sum, make(difference)),
          ]),
          ...STORES[size](y.get, sum.get, offset),
        ];
        const moved = [...rows, x, y];
        const behind = rows.reduce<wasm.Code>((place) => wasm.plus(place, length.get), at.get);
        return wasm.whileUpTo(behind, end.get, [
          ...rows.slice(1).flatMap((row, r) => row.set(wasm.plus((rows[r] as wasm.Local).get, length.get))),
          ...stop.set(wasm.plus(at.get, length.get)),
          ...x.set(first.get),
          ...y.set(second.get),
          ...wasm.whileUpTo(wasm.ahead(at, 32), stop.get, [
            ...step(0, 0),
            ...step(0, 16),
            ...wasm.forward(32, ...moved),
          ]),
          ...wasm.whileUpTo(wasm.ahead(at, 8), stop.get, [...step(1, 0), ...wasm.forward(8, ...moved)]),
          ...at.set((rows.at(-1) as wasm.Local).get),
        ]);
      };
      return [...over([at, ...others]), ...over([at])];
    },
  };
}

/** Rows one after the other, four columns at a time and what remains one at a time. */
function overRows(name: RowRoutine, step: Step): wasm.Routine {
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
function sumRows(name: RowRoutine, by: 'itself' | 'vector'): wasm.Routine {
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

const divideRows = byRow('divideRows', 0, (value, own) => wasm.quotientOf(value, own.get));

/** What is made of each value and the number of its row in the sums; `variables`: pairs that it takes for that. */
function byRow(
  name: RowRoutine,
  variables: number,
  make: (value: wasm.Code, own: wasm.Local, variables: readonly wasm.Local[]) => wasm.Code,
): wasm.Routine {
  return {
    name,
    parameters: Array.from({ length: ADDRESSES }, () => 'address'),
    variables: ['address', ...Array.from({ length: 1 + variables }, () => 'pair' as const)],
    body(at, end, length, _, __, sums, ...locals) {
      const [stop, own, ...rest] = locals as [wasm.Local, wasm.Local, ...wasm.Local[]];
      const step = (size: 0 | 1, offset: number) =>
        STORES[size](at.get, make(LOADS[size](at.get, offset), own, rest), offset);
      return wasm.whileUpTo(wasm.plus(at.get, length.get), end.get, [
        ...stop.set(wasm.plus(at.get, length.get)),
        ...own.set(wasm.loadBoth(sums.get)),
        ...wasm.whileUpTo(wasm.ahead(at, 32), stop.get, [...step(0, 0), ...step(0, 16), ...wasm.forward(32, at)]),
        ...wasm.whileUpTo(wasm.ahead(at, 8), stop.get, [...step(1, 0), ...wasm.forward(8, at)]),
        ...wasm.forward(8, sums),
      ]);
    },
  };
}

/** Added to a number and taken away again it leaves the nearest integer, of which its last bits are made. */
const ROUND = 1.5 * 2 ** 52;
/** ln 2 in two parts: multiples of the first are exact. */
const [HIGH, LOW] = [0.693145751953125, 1.4286068203094173e-6];
/** eʳ = 1 + 2 rP / (Q - rP), P and Q polynomials of r² from the highest power down (Moshier, Cephes Mathematical Library). */
const P = [0.00012617719307481058, 0.030299440770744195, 1];
const Q = [3.0019850513866446e-6, 0.002524483403496841, 0.22726554820815503, 2];
/** Powers of e below this have no place among normal numbers. */
const VANISHES = -708;

const exponentials = byRow('exponentials', 4, (value, own, variables) => {
  const [x, k, r, z] = variables as [wasm.Local, wasm.Local, wasm.Local, wasm.Local];
  const times = (a: wasm.Code, by: number) => wasm.productOf(a, wasm.pairOf(by));
  const polynomial = ([first, ...rest]: readonly number[]) =>
    rest.reduce<wasm.Code>(
      (sum, next) => wasm.sumOf(wasm.productOf(sum, z.get), wasm.pairOf(next)),
      wasm.pairOf(first as number),
    );
  return [
    ...x.set(wasm.differenceOf(value, own.get)),
    ...k.set(wasm.sumOf(times(x.get, 1 / Math.LN2), wasm.pairOf(ROUND))),
    ...r.set(wasm.differenceOf(k.get, wasm.pairOf(ROUND))),
    ...r.set(wasm.differenceOf(wasm.differenceOf(x.get, times(r.get, HIGH)), times(r.get, LOW))),
    ...z.set(wasm.productOf(r.get, r.get)),
    ...r.set(wasm.productOf(r.get, polynomial(P))),
    ...r.set(wasm.quotientOf(r.get, wasm.differenceOf(polynomial(Q), r.get))),
    ...r.set(wasm.sumOf(wasm.pairOf(1), wasm.sumOf(r.get, r.get))),
    ...wasm.sharedBits(wasm.timesPower(r.get, k.get), wasm.isLarger(x.get, wasm.pairOf(VANISHES))),
  ];
});

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

/** Loops over a block of rows, whose memory the addresses are of. */
export const rowRoutines: readonly wasm.Routine[] = [
  ...[addRows, addSquares, subtractFromRows, standardise],
  ...[squareRows, projectRows, divideRows, exponentials, largest],
];
