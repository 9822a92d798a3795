import { expect, test } from 'vitest';
import { contextOf } from '../../src/engine/context';
import { Shelf } from '../../src/engine/shelf';
import { Matrix } from '../../src/linalg/matrix';
import { Random } from '../../src/linalg/random';
import { catalogue } from '../../src/methods/catalogue';
import type { Context, Representation } from '../../src/methods/method';
import { originOf, reordered } from '../../src/methods/shared/reordered';

const [rows, units] = [40, 60];
const random = new Random(8);
const normal = () =>
  new Matrix(
    Float32Array.from({ length: rows * units }, () => random.normal()),
    rows,
    units,
  );
const inputs: readonly Representation[] = ['a', 'b'].map((name) => ({ name, matrix: normal() }));
const narrow = inputs.map(({ name, matrix }) => ({ name, matrix: matrix.takeColumns([0, 1, 2, 3, 4]) }));
const order = random.permutation(rows);
const desk = { signal: new AbortController().signal, progress: () => {} };

function contextFor(given: readonly Representation[]): { context: Context; made: string[] } {
  const shelf = new Shelf(given.map(({ matrix }) => matrix));
  const made: string[] = [];
  const context = contextOf(desk, 0, { index: Int32Array.from(order.keys()) }, 0, 2 ** 30, shelf);
  const kept: Context['kept'] = (of, key, bytes, make) =>
    shelf.get(of, key, bytes, 2 ** 29, async () => {
      made.push(key);
      return make();
    });
  return { context: { ...context, kept }, made };
}

test.each([
  ['linear-cka', inputs, {}],
  ['linear-cka-debiased', inputs, { estimator: 'lange' }],
  ['ensd', inputs, {}],
  ['mean-cca', narrow, {}],
  ['svcca', inputs, { variance: 0.5 }],
  ['shape-metric', inputs, {}],
  ['linear-regression', narrow, {}],
  ['mutual-knn', inputs, {}],
  ['procrustes', inputs, {}],
  ['angular-shape', narrow, {}],
  ['rsa', inputs, {}],
  ['rsa', inputs, { comparison: 'cosine-cov' }],
] as const)(
  '%s of rows in another order is that of a copy, and asks for nothing twice',
  async (id, given, parameters) => {
    const method = catalogue.find((candidate) => candidate.id === id);
    if (!method?.sweep) throw new Error(`${id} has no sweep.`);
    const chosen = method.parameters.parse(parameters);
    const copies = given.map(({ name, matrix }) => ({ name, matrix: matrix.takeRows(order) }));
    const { kept: _, ...plain } = contextFor(given).context;
    const wanted = await method.sweep(given, copies, chosen, plain);
    const { context, made } = contextFor(given);
    for (const _turn of [0, 1]) {
      const moved = given.map(({ name, matrix }) => ({ name, matrix: reordered(matrix, order) }));
      const found = await method.sweep(given, moved, chosen, context);
      for (const [k, value] of wanted.values.entries()) expect(found.values[k]).toBeCloseTo(value as number, 9);
      for (const [k, level] of (wanted.chance ?? []).entries())
        if (level !== null) expect(found.chance?.[k]).toBeCloseTo(level, 9);
    }
    // Once for each input, the second time too.
    const whitened = id === 'rsa' && 'comparison' in parameters;
    if (!whitened) expect(made.length).toBe(given.length * new Set(made).size);
    if (id === 'linear-cka') expect(new Set(made)).toEqual(new Set(['linear kernel, centred']));
  },
);

test('what a copy is a copy of is known of it alone', () => {
  const [{ matrix }] = inputs as [Representation];
  const moved = reordered(matrix, order);
  expect(originOf(moved)).toEqual({ of: matrix, order });
  expect(moved.data).toEqual(matrix.takeRows(order).data);
  expect(originOf(matrix)).toBeUndefined();
  expect(originOf(moved.slice(0, 3))).toBeUndefined();
});
