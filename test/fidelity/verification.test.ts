import { describe, expect, test } from 'vitest';
import { columnMeans, normaliseRows } from '../../src/linalg/centre';
import { Matrix } from '../../src/linalg/matrix';
import { Random } from '../../src/linalg/random';
import { classSubspaces } from '../../src/methods/describe/class-subspaces';
import { verification } from '../../src/methods/describe/verification';
import {
  areaUnder,
  atFalseAccepts,
  crossValidated,
  equalError,
  verificationCurve,
} from '../../src/methods/describe/verification-curve';
import { fitTriplets, imagesOf, tripletSettings } from '../../src/methods/shared/triplets';
import { allDigits } from '../unit/all-digits';
import { digitRows, digits, rowsOf } from '../unit/labelled-rows';
import { runMethod } from '../unit/run-method';
import { det } from './fixtures';
import reference from './reference/verification.json';

const { pixels, of } = allDigits;
const places = (chosen: (digit: number) => boolean) =>
  Int32Array.from(of.keys()).filter((i) => chosen(of[i] as number));
const unseen = places((digit) => digit >= 6);
const means = columnMeans(pixels.takeRows(places((digit) => digit < 6)));
const less = (x: Matrix<Float64Array>, row: Float64Array) =>
  new Matrix(
    x.data.map((value, k) => value - (row[k % 64] as number)),
    x.rows,
    64,
  );
const centred = less(pixels.toDouble().takeRows(unseen), means);
/** From 0 on. */
const classesOf = (rows: Int32Array) => {
  const least = rows.reduce((digit, i) => Math.min(digit, of[i] as number), 9);
  return rows.map((i) => (of[i] as number) - least);
};

const cases = {
  'digits 6 to 9': {
    matrix: centred,
    rows: rowsOf(unseen.map((i) => (of[i] as number) - 6)),
    far: 1e-3,
  },
  layer6: { matrix: digits(0, 'layer6'), rows: digitRows, far: 1e-2 },
};

test.each(Object.entries(cases))('%s: against scikit-learn', async (name, { matrix, rows, far }) => {
  const { values, tables } = await runMethod(verification, [matrix], { far }, { rows });
  const {
    'nearest-different': nearest,
    'farthest-same': farthest,
    ...expected
  } = reference[name as keyof typeof cases];
  for (const [key, value] of Object.entries(expected)) expect(values[key], key).toBeCloseTo(value, 9);
  expect(tables?.['hardest-different']?.rows[0]?.at(-1)).toBeCloseTo(nearest, 9);
  expect(tables?.['hardest-same']?.rows[0]?.at(-1)).toBeCloseTo(farthest, 9);
});

test('digits that were not seen, centred on those that were: two numbers that were known before', async () => {
  const { matrix, rows, far } = cases['digits 6 to 9'];
  const { values } = await runMethod(verification, [matrix], { far }, { rows });
  expect(values.auc).toBeCloseTo(0.907, 3);
  expect(values.val).toBeCloseTo(0.274, 3);
});

/**
 * Published, from draws that are not given: .757 and .040 of digits that the head was not fitted to, where .907 and .274 are without
 * it; .9986 and .897 of those that it was. NumPy draws other batches than this does.
 */
test('a head by triplets of six digits, as published: it tells these apart, and the other four worse than before', async () => {
  const { matrix: x } = normaliseRows(less(pixels.toDouble(), means));
  const seen = places((digit) => digit < 6);
  const classes = seen.map((i) => of[i] as number);
  const start = det(64, 32, 11);
  for (const k of start.data.keys()) start.data[k] = (start.data[k] as number) / 8;
  const settings = { ...tripletSettings, steps: 120 };
  const map = await fitTriplets(x.takeRows(seen), classes, start, settings, { random: new Random(0) });
  const some = seen.filter((_, k) => k % 3 === 0);
  for (const [name, rows] of [
    ['seen', some],
    ['unseen', unseen],
  ] as const) {
    const images = await imagesOf(x.takeRows(rows), map, {});
    const { values } = await runMethod(verification, [images], { far: 1e-3 }, { rows: rowsOf(classesOf(rows)) });
    const [auc, val] = [0, 1].map((k) => reference['open set'].map((draw) => draw[name][k] as number)) as [
      number[],
      number[],
    ];
    const wide = name === 'seen' ? 0.002 : 0.02;
    expect(values.auc, name).toBeGreaterThan(Math.min(...auc) - wide);
    expect(values.auc, name).toBeLessThan(Math.max(...auc) + wide);
    expect(values.val, name).toBeGreaterThan(Math.min(...val) - 0.05);
    for (const one of auc) expect(Math.abs(one - (name === 'seen' ? 0.9986 : 0.757)), name).toBeLessThan(0.03);
    for (const one of val) expect(Math.abs(one - (name === 'seen' ? 0.897 : 0.04)), name).toBeLessThan(0.05);
    if (name === 'unseen') expect(values.val).toBeLessThan(reference['digits 6 to 9'].val / 3);
  }
});

test('distances of three vectors of length 1', async () => {
  const x = Matrix.of([
    [1, 0],
    [0.8, 0.6],
    [0, 1],
  ]);
  const { tables } = await runMethod(verification, [x], {}, { rows: rowsOf(Int32Array.of(0, 0, 1)) });
  expect(tables?.['hardest-same']?.rows[0]?.at(-1)).toBeCloseTo(0.4, 12);
  const apart = tables?.['hardest-different']?.rows.map((row) => row.at(-1)) ?? [];
  expect(apart[0]).toBeCloseTo(0.8, 12);
  expect(apart[1]).toBeCloseTo(2, 12);
});

describe('curves that are known', () => {
  const curve = (same: readonly number[], distances: readonly number[]) =>
    verificationCurve({ same: Uint8Array.from(same), distances: Float64Array.from(distances) });

  test('kinds that are apart, the wrong way round, and all equal', () => {
    const apart = curve([1, 1, 0, 0], [1, 2, 3, 4]);
    expect([areaUnder(apart), equalError(apart)]).toEqual([1, 0]);
    expect(atFalseAccepts(apart, 0.001)).toEqual({ val: 1, far: 0, threshold: 2 });
    const wrong = curve([1, 1, 0, 0], [3, 4, 1, 2]);
    expect([areaUnder(wrong), equalError(wrong)]).toEqual([0, 1]);
    expect(atFalseAccepts(wrong, 0.001)).toEqual({ val: 0, far: 0, threshold: null });
    const equal = curve([1, 1, 0, 0], [1, 1, 1, 1]);
    expect([areaUnder(equal), equalError(equal)]).toEqual([0.5, 0.5]);
  });
});

test('drawn pairs are half of one class, and give what all pairs give', async () => {
  const matrix = digits(0, 'layer6');
  const run = (parameters: object) =>
    runMethod(verification, [matrix], { far: 0.01, ...parameters }, { rows: digitRows });
  const { values, steps } = await run({ 'most-pairs': 40_000 });
  expect(values['same-pairs']).toBe(10_059);
  expect(values['different-pairs']).toBe(29_941);
  expect(steps).toContain('10,059 of 10,059 pairs of one class and 29,941 of 90,966 of two, drawn by the seed');
  expect(values.auc).toBeCloseTo(reference.layer6.auc, 2);
  const fewer = await run({ 'most-pairs': 4000 });
  expect(fewer.values['same-pairs']).toBe(2000);
  expect(fewer.values.auc).toBeCloseTo(reference.layer6.auc, 1);
});

test('one row of a second class among very many ends', async () => {
  const random = new Random(3);
  const x = new Matrix(
    Float64Array.from({ length: 3 * 600 }, () => random.normal()),
    600,
    3,
  );
  const rows = rowsOf(Int32Array.from({ length: 600 }, (_, i) => (i === 77 ? 1 : 0)));
  const { values } = await runMethod(verification, [x], { 'most-pairs': 1000 }, { rows });
  expect(values['different-pairs']).toBe(500);
});

test('distances that are equal but for rounding are ties', async () => {
  const random = new Random(4);
  const rows = Array.from({ length: 14 }, () => Array.from({ length: 2 }, () => random.integer(5) - 2));
  const places = [...rows.keys()].filter((i) => rows[i]?.some((value) => value !== 0));
  const used = places.map((i) => rows[i] as number[]);
  const product = (i: number, j: number) =>
    (used[i] ?? []).reduce((sum, v, k) => sum + v * (used[j]?.[k] as number), 0);
  // Nearer, where x·y |x·y| / (|x|² |y|²) is larger: whole numbers, of which nothing rounds.
  const pairs = used.flatMap((_, i) =>
    used.slice(i + 1).map((__, k) => {
      const j = i + 1 + k;
      const along = product(i, j);
      return { top: along * Math.abs(along), under: product(i, i) * product(j, j), same: i % 3 === j % 3 };
    }),
  );
  const alike = pairs.filter(({ same }) => same);
  const unlike = pairs.filter(({ same }) => !same);
  const wins = alike.flatMap((a) => unlike.map((b) => (1 + Math.sign(a.top * b.under - b.top * a.under)) / 2));
  const labels = {
    kind: 'category',
    name: 'class',
    categories: ['a', 'b', 'c'],
    index: Int32Array.from(used, (_, i) => i % 3),
  } as const;
  const index = Int32Array.from(used.keys());
  const { values } = await runMethod(verification, [Matrix.of(used)], {}, { rows: { index, labels } });
  expect(values.auc).toBeCloseTo(wins.reduce((sum, win) => sum + win, 0) / wins.length, 12);
});

test('squared distances of rows far from zero are those of the angles between them', async () => {
  const heights = [0, 1, 3, 7];
  const labels = { kind: 'category', name: 'class', categories: ['a', 'b'], index: Int32Array.of(0, 0, 1, 1) } as const;
  const matrix = Matrix.of(heights.map((height) => [1e6, height]));
  const { tables } = await runMethod(
    verification,
    [matrix],
    {},
    { rows: { index: Int32Array.of(0, 1, 2, 3), labels } },
  );
  const chord = 2 * Math.sin((Math.atan(3e-6) - Math.atan(1e-6)) / 2);
  expect(Number(tables?.['hardest-different']?.rows[0]?.at(-1)) / chord ** 2).toBeCloseTo(1, 7);
});

test.each([verification, classSubspaces])(
  '$id: centred, the row without a direction is that at the mean',
  async (method) => {
    const x = det(12, 3, 4);
    x.row(2).fill(0);
    const ofThree = { rows: rowsOf(Int32Array.from({ length: 12 }, (_, i) => i % 3)) };
    const said = '1 of 12 rows of a is all zeros and has no direction: it lies at the origin.';
    expect((await runMethod(method, [x], {}, ofThree)).warnings).toContain(said);
    expect((await runMethod(method, [x], { centre: 'mean' }, ofThree)).warnings?.join()).not.toContain('no direction');
    // Twice the same rows of whole numbers, with opposite signs, have their mean at zero and one row there.
    const whole = x.map((value, k) => Math.round(100 * value) * (k < 18 ? 1 : 0));
    for (let k = 0; k < 18; k++) whole.data[k + 18] = -(whole.data[k] as number);
    const shifted = whole.map((value) => value + 8);
    expect((await runMethod(method, [shifted], { centre: 'mean' }, ofThree)).warnings?.join()).toContain(
      'no direction',
    );
  },
);

test('to accept none is better than the pairs at distance 0, where only those of two classes are there', () => {
  const same = Uint8Array.from({ length: 60 }, (_, k) => k % 2);
  const { accuracy, sd, threshold } = crossValidated({ distances: Float64Array.from(same), same }, 10, new Random(1));
  expect([accuracy, sd, threshold]).toEqual([expect.closeTo(0.5, 12), expect.closeTo(0, 12), 0]);
});
