import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { describeMethod } from '../../src/engine/describe';
import { parseParameters } from '../../src/engine/parameters';
import { Matrix } from '../../src/linalg/matrix';
import { multiply } from '../../src/linalg/products';
import { Random } from '../../src/linalg/random';
import { catalogue } from '../../src/methods/catalogue';
import { isSymmetric, type Method, type Outcome, type Representation, type Rows } from '../../src/methods/method';
import type { Invariance } from '../../src/protocol/catalogue';
import { UserError } from '../../src/protocol/errors';
import { contextFor, runMethod, type Surroundings } from './run-method';

const ROWS = 24;
const X = gaussian(ROWS, 5, 1);
const Y = await related(X, 4, 2);
const SAME_WIDTH = await related(X, 5, 4);
const isPair = (method: Method) => method.takes === 'pair';
const takesSeveral = ({ takes }: Method) => takes === 'pair' || takes === 'many';
/** What compares outputs takes the same classes on both sides, what compares views the same units. */
const WIDTHS = new Set(['output-disagreement', 'view-alignment']);
const yFor = ({ id }: Method) => (WIDTHS.has(id) ? SAME_WIDTH : Y);
/** What needs two sides takes as many inputs of each. */
const manyFor = ({ least }: Method) => (least === 1 ? [X, SAME_WIDTH] : [X, Y, SAME_WIDTH]);
const inputsOf = (method: Method) =>
  isPair(method) ? [X, yFor(method)] : method.takes === 'many' ? manyFor(method) : [X];
/** As the engine, with labels for those that use them: conditions of four rows each; twice what is repeated at random. */
const run = (method: Method, inputs: readonly Matrix[], parameters = {}, given: Surroundings = {}) => {
  const twice = { repeats: 2, restarts: 2, epochs: 2, 'warm-up': 2 };
  const progress = (fraction: number | null) => {
    if (fraction !== null && !(fraction >= 0 && fraction <= 1)) throw new RangeError(`${fraction} of the work is done`);
  };
  const around = { rows: labelled(inputs[0]?.rows ?? 0), progress };
  return runMethod(method, inputs, { ...twice, ...parameters }, { ...around, ...given });
};
const labelled = (rows: number): Rows => ({
  index: Int32Array.from({ length: rows }, (_, i) => i),
  labels: {
    kind: 'category',
    name: 'condition',
    categories: ['a', 'b', 'c', 'd', 'e', 'f'],
    index: Int32Array.from({ length: rows }, (_, i) => i % 6),
  },
});
/** What some ways to choose anchors need: numbers as labels, or a file of anchors. */
function surroundingsFor(selection: string): Surroundings {
  const index = Int32Array.from({ length: ROWS }, (_, i) => i);
  if (selection === 'top')
    return { rows: { index, labels: { kind: 'number', name: 'count', values: Float64Array.from(index) } } };
  const anchorSet = { name: 'a.anchors.json', rows: [0, 2, 4, 6], chosen: '4 anchors: rows 0:8:2' };
  return selection === 'file' ? { anchorSet } : {};
}
const firstOf = (method: Method, outcome: Outcome) => outcome.values[method.values[0]?.key as string];

test('ids are kebab-case, unique, and no two methods share a place among the recommended', () => {
  const ids = catalogue.map(({ id }) => id);
  expect(new Set(ids).size).toBe(ids.length);
  for (const id of ids) expect(id).toMatch(/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/);
  const places = catalogue.filter(({ kind }) => kind !== 'describe').flatMap(({ recommended }) => recommended ?? []);
  expect(new Set(places).size).toBe(places.length);
});

describe.each(catalogue.map((method) => [method.id, method] as const))('%s', (_, method) => {
  const only = (holds: boolean) => (holds ? test : () => {});
  const pairTest = only(isPair(method));
  const sweepTest = only(method.sweep !== undefined);

  test('says what it is, in words', () => {
    const { title, summary, blindTo, cost, formula, citation, values } = method;
    for (const text of [title, summary, blindTo, cost, formula, citation]) expect(text.trim()).not.toBe('');
    expect(summary).toMatch(/^[A-Z].*\.$/s);
    expect(blindTo).not.toMatch(/\.$/);
    expect(values.length).toBeGreaterThan(0);
    expect(new Set(values.map(({ key }) => key)).size).toBe(values.length);
    for (const { property, name } of parametersOf(method)) {
      expect(name).toMatch(/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/);
      expect(property.title, name).toBeTruthy();
      expect(property.description, name).toBeTruthy();
      expect(property.default, name).toBeDefined();
    }
  });

  test('runs on a tiny input, leaves it as it was, and gives every value it declares', async () => {
    const inputs = inputsOf(method);
    const before = inputs.map(({ data }) => data.slice());
    const outcome = await run(method, inputs);
    expect(inputs.map(({ data }) => data)).toEqual(before);
    expect(Object.keys(outcome.values).sort()).toEqual(method.values.map(({ key }) => key).sort());
    for (const { key, range } of method.values) {
      const value = outcome.values[key];
      if (value === null || value === undefined) continue;
      if (range[0] !== null) expect(value, key).toBeGreaterThanOrEqual(range[0] - 1e-9);
      if (range[1] !== null) expect(value, key).toBeLessThanOrEqual(range[1] + 1e-9);
    }
    expectSound(method, outcome);
    for (const key of Object.keys(outcome.chance ?? {})) expect(Object.keys(outcome.values)).toContain(key);
    const ids = outcome.figures?.map(({ id }) => id) ?? [];
    expect(new Set(ids).size).toBe(ids.length);
    for (const id of ids) expect(id).toMatch(/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/);
  });

  test('gives the same bytes for the same seed', async () => {
    const once = await run(method, inputsOf(method), {}, { seed: 7 });
    const again = await run(method, inputsOf(method), {}, { seed: 7 });
    expect(text(again)).toBe(text(once));
  });

  test('rejects bad parameters in words', () => {
    expect(() => parseParameters(method, { 'no-such': 1 })).toThrow(UserError);
    for (const { name, property } of parametersOf(method)) {
      const bad = property.type === 'string' ? 3 : 'three';
      expect(() => parseParameters(method, { [name]: bad }), name).toThrow(new RegExp(name));
      if (property.minimum !== undefined) {
        expect(() => parseParameters(method, { [name]: (property.minimum as number) - 1 }), name).toThrow(UserError);
      }
      if (property.exclusiveMinimum !== undefined)
        expect(() => parseParameters(method, { [name]: property.exclusiveMinimum }), name).toThrow(/ above 0/);
      if (property.enum) expect(() => parseParameters(method, { [name]: 'no-such' }), name).toThrow(property.enum[0]);
    }
  });

  test('runs with each choice of its parameters', async () => {
    for (const { chosen, around } of choicesOf(method))
      expectSound(method, await run(method, inputsOf(method), chosen, around));
  });

  test('stops when it is cancelled, wherever it is', async () => {
    let calls = 0;
    await run(method, inputsOf(method), {}, { signal: { throwIfAborted: () => void calls++ } });
    expect(calls).toBeGreaterThan(0);
    for (const last of new Set([1, Math.ceil(calls / 2), calls])) {
      const stop = new Error('stopped');
      let seen = 0;
      const throwIfAborted = () => {
        if (++seen === last) throw stop;
      };
      await expect(run(method, inputsOf(method), {}, { signal: { throwIfAborted } })).rejects.toBe(stop);
    }
  });

  // Measures of pairs have a suite of their own for it: method-degenerate.test.ts.
  only(!isPair(method) || method.alone === true)(
    'stays sound where units are constant, rows repeat or nothing varies',
    async () => {
      const constant = gaussian(ROWS, 5, 3);
      for (let i = 0; i < ROWS; i++) constant.data[i * 5 + 2] = 1.5;
      const repeated = Y.takeRows(Array.from({ length: ROWS }, (_, i) => i % 6));
      const nothing = new Matrix(new Float32Array(ROWS * 3).fill(2), ROWS, 3);
      for (const odd of [constant, repeated, nothing, Matrix.zeros(ROWS, 2)]) {
        await expectSoundOrRefused(method, takesSeveral(method) ? [X, odd] : [odd]);
        if (takesSeveral(method)) await expectSoundOrRefused(method, [odd, odd]);
      }
      for (const few of [1, 2, 3]) {
        await expectSoundOrRefused(
          method,
          inputsOf(method).map((input) => input.slice(0, few)),
        );
      }
    },
  );

  pairTest('has the value it declares for a representation and itself', async () => {
    const { values } = await run(method, [X, X]);
    for (const { key, self } of method.values) if (self !== undefined) expect(values[key], key).toBeCloseTo(self, 6);
  });

  pairTest('is symmetric where it declares it and nowhere else, with each choice of its parameters', async () => {
    // As many units as rows but for one, which some forms need, and no value below zero.
    const wide = map(gaussian(ROWS, ROWS - 1, 1), Math.abs);
    const noise = gaussian(ROWS, ROWS - 1, 2);
    const noisy = map(wide, (value, _, k) => Math.abs(value + (noise.data[k] as number)));
    for (const { chosen, around } of [{ chosen: {}, around: {} }, ...choicesOf(method)]) {
      const parameters = { ...fewNeighbours(method), ...chosen };
      const differences: number[] = [];
      for (const [x, y] of [
        [X, yFor(method)],
        [wide, noisy],
      ] as const) {
        const there = firstOf(method, await run(method, [x, y], parameters, around));
        const back = firstOf(method, await run(method, [y, x], parameters, around));
        differences.push(there === back ? 0 : Math.abs(Number(there) - Number(back)));
      }
      const most = Math.max(...differences);
      if (isSymmetric(method, method.parameters.parse(chosen)))
        expect(most, JSON.stringify(chosen)).toBeLessThan(5e-10);
      else expect(most, JSON.stringify(chosen)).toBeGreaterThan(1e-7);
    }
  });

  pairTest('is unchanged by what it declares, and changed by what it does not', async () => {
    const judged = async (x: Matrix) => {
      const outcome = await run(method, [x, yFor(method)], fewNeighbours(method));
      return Number(COUNTS.has(method.id) ? outcome.values[COUNTS.get(method.id) as string] : firstOf(method, outcome));
    };
    const value = await judged(X);
    for (const [name, transform] of Object.entries(TRANSFORMS) as [Invariance, (x: Matrix) => Promise<Matrix>][]) {
      const moved = await judged(await transform(X));
      const difference = Math.abs(moved - value);
      if (method.invariances.includes(name)) expect(difference, name).toBeLessThan(1e-7);
      else expect(difference, name).toBeGreaterThan(1e-7);
    }
  });

  pairTest('gives the same values, with the same to say of them, where nobody looks at more', async () => {
    const whole = await run(method, [X, yFor(method)]);
    const bare = await run(method, [X, yFor(method)], {}, { bare: true });
    for (const part of ['values', 'chance', 'warnings'] as const) expect(bare[part]).toEqual(whole[part]);
  });

  sweepTest('gives in a sweep what it gives pair by pair', async () => {
    const third = await related(Y, WIDTHS.has(method.id) ? 5 : 6, 9);
    const named = [X, yFor(method), third].map((matrix, i): Representation => ({ name: `layer${i}`, matrix }));
    const swept = await method.sweep?.(named, named, method.parameters.parse({}), contextFor(ROWS));
    for (const [k, value] of (swept?.values ?? []).entries()) {
      const pair = [named[Math.floor(k / 3)], named[k % 3]].map((input) => (input as Representation).matrix);
      const outcome = await run(method, pair);
      expect(value).toBeCloseTo(Number(firstOf(method, outcome)), 8);
      const chance = outcome.chance?.[method.values[0]?.key as string];
      const level = chance?.level;
      if (swept?.chance?.[k] != null && level !== undefined) expect(swept.chance[k]).toBeCloseTo(level, 8);
      if (swept?.sd?.[k] != null) expect(swept.sd[k]).toBeCloseTo(chance?.sd as number, 8);
    }
    expect(swept?.values).toHaveLength(9);
    if (SPREADS.has(method.id)) expect(swept?.sd?.filter((sd) => sd !== null)).toHaveLength(9);
  });
});

/** Whose spread of chance is known in closed form. */
const SPREADS = new Set(['linear-cka', 'linear-cka-debiased', 'rbf-cka', 'rsa', 'mutual-knn']);

/** Whose first value is a whole number, which a small change leaves, with the value that does change. */
const COUNTS = new Map([['samples-needed', 'half']]);

const TRANSFORMS: Record<Invariance, (x: Matrix) => Promise<Matrix>> = {
  permutation: async (x) => x.takeColumns([3, 0, 4, 1, 2]),
  orthogonal: async (x) => multiply(x, orthogonal(x.columns, 11)),
  scaling: async (x) => map(x, (value) => 2.5 * value),
  translation: async (x) => map(x, (value, j) => value + 0.7 * (j + 1)),
  'column-scaling': async (x) => map(x, (value, j) => value * (0.4 + 0.5 * j)),
  linear: async (x) => multiply(x, gaussian(x.columns, x.columns, 12)),
  sign: async (x) => map(x, (value, j) => (j % 2 === 0 ? -value : value)),
};

function gaussian(rows: number, columns: number, seed: number): Matrix<Float64Array> {
  const random = new Random(seed);
  return new Matrix(
    Float64Array.from({ length: rows * columns }, () => random.normal()),
    rows,
    columns,
  );
}

/** A noisy linear image, not centred. */
async function related(x: Matrix, columns: number, seed: number): Promise<Matrix<Float64Array>> {
  const image = await multiply(x, gaussian(x.columns, columns, seed));
  const noise = gaussian(x.rows, columns, seed + 100);
  return map(image, (value, j, k) => value + 0.2 * j + 0.8 * (noise.data[k] as number));
}

/** By Gram and Schmidt. */
function orthogonal(size: number, seed: number): Matrix<Float64Array> {
  const out = gaussian(size, size, seed);
  for (let i = 0; i < size; i++) {
    const row = out.row(i);
    for (let before = 0; before < i; before++) {
      const other = out.row(before);
      const along = row.reduce((sum, value, j) => sum + value * (other[j] as number), 0);
      row.forEach((value, j) => {
        row[j] = value - along * (other[j] as number);
      });
    }
    const length = Math.hypot(...row);
    row.forEach((value, j) => {
      row[j] = value / length;
    });
  }
  return out;
}

function map(x: Matrix, of: (value: number, column: number, k: number) => number): Matrix<Float64Array> {
  return new Matrix(
    Float64Array.from(x.data, (value, k) => of(value, k % x.columns, k)),
    x.rows,
    x.columns,
  );
}

/** Of so few rows, ten neighbours are nearly all. */
function fewNeighbours(method: Method): Readonly<Record<string, number>> {
  return 'neighbours' in describeMethod(method).parameters.properties ? { neighbours: 3 } : {};
}

/** Each choice that its parameters give, with what it needs; without those that need other inputs, which have tests of their own. */
function choicesOf(method: Method) {
  return parametersOf(method).flatMap(({ name, property }) =>
    (property.enum ?? (property.type === 'boolean' ? [true, false] : []))
      .filter((choice) => !['probabilities', 'similarity', 'ball'].includes(String(choice)))
      .map((choice) => {
        const isAnchors = name === 'anchor-selection';
        const rows = isAnchors && choice === 'rows' ? { 'anchor-rows': '0:8:2' } : {};
        return { chosen: { [name]: choice, ...rows }, around: isAnchors ? surroundingsFor(String(choice)) : {} };
      }),
  );
}

function parametersOf(method: Method) {
  const { properties } = describeMethod(method).parameters;
  expect(Object.keys(properties)).toEqual(Object.keys(z.toJSONSchema(method.parameters).properties ?? {}));
  return Object.entries(properties).map(([name, property]) => ({ name, property }));
}

async function expectSoundOrRefused(method: Method, inputs: readonly Matrix[]): Promise<void> {
  try {
    expectSound(method, await run(method, inputs));
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
  }
}

/** No number is NaN or infinite; a value that is missing is explained. */
function expectSound(method: Method, outcome: Outcome): void {
  expect(Object.keys(outcome.values).sort()).toEqual(method.values.map(({ key }) => key).sort());
  expectFinite(outcome, 'outcome');
  expect(text(outcome)).not.toMatch(/NaN|Infinity|undefined/);
  for (const column of Object.values(outcome.tables ?? {}).flatMap(({ columns }) => columns))
    expect(column).toBe(column.trim());
  if (Object.values(outcome.values).includes(null)) expect(outcome.warnings?.length).toBeGreaterThan(0);
}

function expectFinite(value: unknown, path: string): void {
  if (typeof value === 'number') expect(Number.isFinite(value), path).toBe(true);
  else if (ArrayBuffer.isView(value)) {
    expect((value as Float64Array).every(Number.isFinite), path).toBe(true);
  } else if (typeof value === 'object' && value !== null) {
    for (const [key, part] of Object.entries(value)) expectFinite(part, `${path}.${key}`);
  }
}

function text(outcome: Outcome): string {
  return JSON.stringify(outcome, (_, value) => (ArrayBuffer.isView(value) ? Array.from(value as Float64Array) : value));
}
