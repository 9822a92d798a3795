import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { Matrix } from '../../src/linalg/matrix';
import { Random } from '../../src/linalg/random';
import { catalogue } from '../../src/methods/catalogue';
import type { Method, Outcome } from '../../src/methods/method';
import { type Contributions, contributed } from '../../src/methods/shared/contributions';
import type { Table } from '../../src/protocol/result';
import { runMethod } from './run-method';

type Parameters = Readonly<Record<string, unknown>>;

/** Values that contributions add up to, where it is not the first. */
const KEYS: Readonly<Record<string, string>> = { procrustes: 'similarity' };
/** What draws rows by the seed, so that the order of rows counts. */
const DRAWN = new Set(['ridge-regression', 'relative-agreement']);
/** What takes the same units on both sides. */
const SQUARE = new Set(['output-disagreement', 'view-alignment']);
/** Measures that give contributions. */
const GIVEN = new Set([
  'linear-cka',
  'linear-cka-debiased',
  'procrustes',
  'rsa',
  'mutual-knn',
  'rbf-cka',
  'laplace-cka',
  'hsic',
  'ensd',
  'distance-correlation',
  'jaccard-knn',
  'second-order-cosine',
  'rank-similarity',
  'neighbour-order',
  'cycle-knn',
  'cknna',
  'aligned-cosine',
  'view-alignment',
  'relative-agreement',
  'rsm-difference',
  'procrustes-size-and-shape',
  'output-disagreement',
  'magnitude-difference',
  'concentricity-difference',
  'uniformity-difference',
  'minibatch-cka',
  'normalised-bures',
  'mean-cca',
  'svcca',
  'pwcca',
  'eigenspace-overlap',
  'gulp',
  'linear-regression',
  'ridge-regression',
  'hard-matching',
  'permutation-procrustes',
  'riemannian-distance',
  'soft-matching',
  'soft-matching-transport',
  'mutual-information-matching',
]);

/** Of these, what gives them with some choices of its parameters alone. */
const BY_CHOICE = new Set(['permutation-procrustes', 'riemannian-distance']);

const methods = catalogue.filter(({ takes, alone }) => takes === 'pair' && !alone);

/** As it is, and each other choice of each parameter. */
function choicesOf({ parameters }: Method): Parameters[] {
  const { properties = {} } = z.toJSONSchema(parameters, { io: 'input' });
  const least = { ...('neighbours' in properties && { neighbours: 3 }), ...('draws' in properties && { draws: 1 }) };
  const others = Object.entries(properties).flatMap(([name, property]) => {
    const { enum: choices, type } = property as { enum?: unknown[]; type?: string };
    const values = choices ?? (type === 'boolean' ? [true, false] : []);
    return name === 'anchor-selection'
      ? []
      : values.filter((value) => value !== 'probabilities').map((value) => ({ ...least, [name]: value }));
  });
  return [least, ...others];
}

/** Parts of a table by the place of their row, or unit, in the data; undefined where it holds none. */
function partsIn(table: Table | undefined, place: 'row' | 'unit', side?: string): Map<number, number> | undefined {
  const [at, part, of] = [place, 'contribution', 'of'].map((column) => table?.columns.indexOf(column) ?? -1);
  if (at === undefined || part === undefined || of === undefined || !(at >= 0 && part >= 0)) return undefined;
  const own = table?.rows.filter((row) => side === undefined || (of < 0 ? side === 'a' : row[of] === side)) ?? [];
  return own.length === 0 ? undefined : new Map(own.map((row) => [row[at] as number, row[part] as number]));
}

const SIDES = ['a', 'b', 'both'];

function listsOf({ tables }: Outcome): Record<string, Map<number, number>> {
  const lists = [
    ['rows', partsIn(tables?.rows, 'row')] as const,
    ...SIDES.map((side) => [side, partsIn(tables?.units, 'unit', side)] as const),
  ];
  return Object.fromEntries(lists.flatMap(([name, parts]) => (parts ? [[name, parts]] : [])));
}

const run = (method: Method, pair: readonly Matrix[], parameters: Parameters) =>
  runMethod(method, pair, { ...(method.id.endsWith('matching') && { permutations: 0 }), ...parameters });

/** Of the value, or of the parts where they cancel, or the rounding of the values that it is the difference of. */
function bound(value: number, parts: Map<number, number>, { values }: Outcome): number {
  const largest = Math.max(...Object.values(values).map((one) => Math.abs(one ?? 0)));
  const sum = [...parts.values()].reduce((total, part) => total + Math.abs(part), Math.abs(value));
  return 1e-9 * sum + 4 * Number.EPSILON * largest;
}

function normal(rows: number, columns: number, random: Random, levels: boolean): Matrix<Float64Array> {
  const draw = () => (levels ? random.integer(3) : random.normal());
  return new Matrix(Float64Array.from({ length: rows * columns }, draw), rows, columns);
}

const shapes = fc.record({
  rows: fc.integer({ min: 10, max: 18 }),
  p: fc.integer({ min: 2, max: 24 }),
  q: fc.integer({ min: 2, max: 24 }),
  seed: fc.integer({ min: 0, max: 1e6 }),
  levels: fc.boolean(),
});

test('the other measures give none', async () => {
  const random = new Random(3);
  const [x, y] = [normal(14, 6, random, false), normal(14, 6, random, false)];
  for (const method of methods.filter(({ id }) => !GIVEN.has(id)))
    expect(listsOf(await run(method, [x, y], choicesOf(method)[0] ?? {})), method.id).toEqual({});
});

describe('shares', () => {
  const told = (parts: Contributions) =>
    contributed(parts, [{ name: 'a' }, { name: 'b' }], 'it', { rows: { index: Int32Array.of(0, 1, 2) } });
  const few = [3, -1.5, 0.5];
  const most = [3, -2, 0.5];

  test('are of the value; the figure names what it draws', () => {
    const { tables, figures } = told({ rows: Float64Array.from(few) });
    expect(tables.rows?.rows).toEqual([
      [0, 3, 1.5],
      [2, 0.5, 0.25],
      [1, -1.5, -0.75],
    ]);
    expect(figures).toMatchObject([
      { title: 'How few rows the value rests on', x: { label: 'share of rows, largest first' } },
    ]);
    expect(told({ rows: Float64Array.from(few), units: [Float64Array.of(2)] }).figures).toMatchObject([
      { title: 'How few rows and units the value rests on', x: { label: 'share of rows or units, largest first' } },
    ]);
  });

  test('are none where some take away more than half of what others add, and it is said', () => {
    // 2 of 3.5, against 1.5 of 3.5 above.
    const { tables, figures } = told({ rows: Float64Array.from(most) });
    expect(figures).toEqual([]);
    expect(tables.rows?.rows.map(([, , share]) => share)).toEqual([null, null, null]);
    expect(tables.rows?.title).toBe(
      'What each row adds to it; no shares, as some take away more than half of what others add',
    );
    const sides = told({ units: [Float64Array.from(most), Float64Array.from(few)] });
    expect(sides.tables.units?.title).toMatch(/; no shares of a, as/);
    expect(sides.figures).toMatchObject([{ series: [{ name: 'units of b' }, { name: 'all alike' }] }]);
  });
});

const giving = methods.filter(({ id }) => GIVEN.has(id)).map((method) => [method.id, method] as const);
describe.each(giving)('%s', (id, method) => {
  const choices = choicesOf(method);
  const key = KEYS[id] ?? method.values[0]?.key ?? '';

  const forAll = (
    property: (pair: readonly Matrix[], random: Random, how: Parameters) => Promise<void>,
    ties: boolean,
  ) =>
    fc.assert(
      fc.asyncProperty(shapes, async ({ rows, p, q, seed, levels }) => {
        const random = new Random(seed);
        const x = normal(rows, p, random, levels && ties);
        const y = normal(rows, SQUARE.has(id) ? p : q, random, levels && ties);
        for (const how of choices) await property([x, y], random, how);
      }),
      { numRuns: 8, seed: 20261126 },
    );

  test('what rows and units add makes the value', () =>
    forAll(async (pair, _, how) => {
      const outcome = await run(method, pair, how);
      const value = outcome.values[key];
      if (value == null) return;
      const lists = listsOf(outcome);
      if (how === choices[0] && !BY_CHOICE.has(id)) expect(lists).not.toEqual({});
      for (const [name, parts] of Object.entries(lists)) {
        const total = [...parts.values()].reduce((sum, part) => sum + part, 0);
        const what = `${name} ${JSON.stringify(how)}: ${total} for ${value}`;
        expect(Math.abs(total - value), what).toBeLessThanOrEqual(bound(value, parts, outcome));
      }
    }, true));

  test('rows and units in another order add the same', () =>
    forAll(async (pair, random, how) => {
      const before = await run(method, pair, how);
      const value = before.values[key];
      const lists = listsOf(before);
      // Directions that are tied turn freely, and a value that weighs them with them.
      if (before.warnings?.some((warning) => warning.includes('are tied:'))) return;
      if (value == null || Object.keys(lists).length === 0) return;
      const [x, y] = pair as [Matrix, Matrix];
      const rows = random.permutation(x.rows);
      if (!DRAWN.has(id)) {
        const moved = listsOf(await run(method, [x.takeRows(rows), y.takeRows(rows)], how));
        expectSame(moved, before, value, JSON.stringify(how), { rows });
      }
      const units = random.permutation(x.columns);
      const other = SQUARE.has(id) ? y.takeColumns(units) : y;
      const turned = listsOf(await run(method, [x.takeColumns(units), other], how));
      expectSame(turned, before, value, JSON.stringify(how), { [SQUARE.has(id) ? 'both' : 'a']: units });
    }, false));
});

/** @param order of each list that is in another order now: what stands at place i was at order[i] */
function expectSame(
  now: Record<string, Map<number, number>>,
  outcome: Outcome,
  value: number,
  how: string,
  order: Record<string, Int32Array>,
): void {
  const before = listsOf(outcome);
  expect(Object.keys(now), how).toEqual(Object.keys(before));
  for (const [name, parts] of Object.entries(before)) {
    for (const [place, part] of now[name] ?? []) {
      const was = parts.get(order[name]?.[place] ?? place) as number;
      // Of values that are minima themselves, or taken from eigenvectors, the digits depend on the order.
      expect(Math.abs(part - was), `${name} ${place} ${how}`).toBeLessThanOrEqual(1e3 * bound(value, parts, outcome));
    }
  }
}
