import { describe, expect, test } from 'vitest';
import { Matrix } from '../../src/linalg/matrix';
import { Random } from '../../src/linalg/random';
import { splitClasses } from '../../src/methods/compare/compatibility-tests';
import { conditionsOf } from '../../src/methods/compare/conditions';
import { encoderCompatibility } from '../../src/methods/compare/encoder-compatibility';
import { classSubspaces } from '../../src/methods/describe/class-subspaces';
import { codingRate } from '../../src/methods/describe/coding-rate';
import { bySize } from '../../src/methods/match/kmeans';
import type { Labels } from '../../src/methods/method';
import { classesOf, classLabels, someClasses } from '../../src/methods/shared/classes';
import { agreementTable } from '../../src/methods/shared/clusterings';
import { orthonormal } from '../../src/methods/shared/grassmann';
import { tangentMap } from '../../src/methods/shared/karcher';
import { digitRows, digits, rowsOf } from './labelled-rows';
import { runMethod } from './run-method';

const categories = (...index: number[]) => rowsOf(Int32Array.from(index));
const numbers = (...values: number[]): { labels: Labels } => ({
  labels: { kind: 'number', name: 'id', values: Float64Array.from(values) },
});

describe('classes of rows', () => {
  test('a class with one row is left out where two are needed, and said', () => {
    const { names, groups, of, left, rows } = classesOf(categories(0, 1, 2, 1, 0), 5, 2);
    expect(names).toEqual(['0', '1']);
    expect(groups.map((group) => [...group])).toEqual([
      [0, 4],
      [1, 3],
    ]);
    expect([...of]).toEqual([0, 1, -1, 1, 0]);
    expect([...rows]).toEqual([0, 1, 3, 4]);
    expect(left).toEqual([
      'Left out: 2, with fewer than 2 rows of "class"; 2 are needed. Add rows, or choose coarser labels.',
    ]);
  });

  test('are put together in one pass, however many classes there are', () => {
    const n = 100_000;
    const index = Int32Array.from({ length: n }, (_, i) => i % (n / 2));
    const { groups } = classesOf(rowsOf(index), n, 2);
    expect(groups).toHaveLength(n / 2);
    expect(groups.every(([a, b], k) => a === k && b === k + n / 2)).toBe(true);
    const sizes = bySize(index.map((k) => Math.max(0, k - 10)));
    expect([...sizes.subarray(0, 13)]).toEqual([...new Array(11).fill(0), 1, 2]);
    expect(conditionsOf(rowsOf(index).labels, n, 2)).toMatchObject({ groups });
  });

  test('may be as large as memory holds', async () => {
    const n = 600_000;
    const { gallery, query } = splitClasses(classesOf(rowsOf(new Int32Array(n)), n, 1, 1), 0.9, 'first', new Random(0));
    expect([gallery.length, query.length, query[0]]).toEqual([540_000, 60_000, 540_000]);
    const across = [0, 0.1].map((angle) => {
      const basis = Matrix.zeros(n, 1);
      basis.data.set([Math.cos(angle), Math.sin(angle)]);
      return basis;
    });
    const map = await tangentMap(across, {});
    expect(map?.distances[0]).toBeCloseTo(0.05, 12);
    expect(orthonormal(Matrix.zeros(n, 1).map(() => 1)).data[0]).toBeCloseTo(1 / Math.sqrt(n), 12);
  });

  test('whole numbers that recur are classes; a missing one is none', () => {
    const { names, of, left } = classesOf(numbers(7, 90, 7, Number.NaN, 90), 5, 2);
    expect(names).toEqual(['7', '90']);
    expect([...of]).toEqual([0, 1, 0, -1, 1]);
    expect(left).toEqual(['1 row has no "id" and was left out.']);
    const { of: texts } = classesOf(rowsOf(Int32Array.of(0, 1, 1, 0, 2), ['(missing)', 'a', 'b']), 5, 1);
    expect([...texts]).toEqual([-1, 0, 0, -1, 1]);
  });

  test('a missing one is no condition, no class beside another, and no cluster that others could agree with', () => {
    const some = rowsOf(Int32Array.of(1, 0, 2, 1, 3, 2, 0), ['(missing)', 'a', 'b', 'c']);
    const conditions = conditionsOf(some.labels, 7, 2);
    expect(conditions).toMatchObject({
      names: ['a', 'b'],
      groups: [Int32Array.of(0, 3), Int32Array.of(2, 5)],
      left: [
        'Left out, with one row only: 1 of the values of "class".',
        '2 rows have no value of "class" and did not enter.',
      ],
    });
    const one = rowsOf(Int32Array.of(1, 0, 1, 2, 2), ['(missing)', 'a', 'b']);
    expect(conditionsOf(one.labels, 5, 2)).toMatchObject({
      left: ['1 row has no value of "class" and did not enter.'],
    });
    expect(conditionsOf(some.labels, 7, 3)).toBe(
      'of the values of "class" 2 have two rows or more, and 3 such conditions are needed: choose other labels, or more rows',
    );
    expect(classLabels(some.labels as Labels)).toMatchObject({
      ...{ categories: ['a', 'b', 'c'], index: Int32Array.of(0, -1, 1, 0, 2, 1, -1) },
    });
    expect(someClasses(rowsOf(Int32Array.of(0, 0, 1, 1), ['(missing)', 'a']), 4, 2)).toBeNull();
    // Those with a label are in the clusters of their labels.
    const { agreement } = agreementTable(Int32Array.of(0, 0, 1, 0, 1, 1, 1), {
      rows: rowsOf(Int32Array.of(1, 0, 2, 1, 2, 2, 0), ['(missing)', 'a', 'b']),
    });
    expect(agreement?.title).toBe('Agreement with class, 2 rows without it left out');
    expect(agreement?.rows.map(([, value]) => value)).toEqual([1, 1, 1, 1].map((value) => expect.closeTo(value, 12)));
  });

  test('what cannot be told apart is said in words', () => {
    expect(() => classesOf(categories(0, 0, 0), 3, 2)).toThrow('Every row has the same "class", 0.');
    expect(() => classesOf(categories(0, 1, 2, 2), 4, 2)).toThrow(
      '3 classes of "class", of which 1 have 2 rows or more; 2 are needed. Too small: 0, 1.',
    );
    expect(() => classesOf(numbers(1.5, 2, 3, 3), 4, 2)).toThrow('numbers that are no classes');
    expect(() => classesOf(numbers(1, 2, 3, 4), 4, 2)).toThrow('4 different ones for 4 rows');
    expect(() => classesOf({}, 4, 2)).toThrow('Labels are needed');
  });
});

describe('encoder compatibility', () => {
  const [old, now] = [digits(0, 'layer7'), digits(1, 'layer7')];
  const run = (inputs: readonly Matrix[], parameters = {}) =>
    runMethod(encoderCompatibility, inputs, parameters, { rows: digitRows });

  test('two seeds of one network are no versions of it, but an adapter makes them so', async () => {
    const { values, reading } = await run([old, now]);
    expect(values['newest-on-oldest']).toBeLessThan(0.3);
    expect(values['adapted-accuracy']).toBeGreaterThan(0.97);
    expect(reading).toMatch(/^May b replace a without indexing anew\? As it is, no, it finds 0\.\d+ of 223 queries/);
    expect(reading).toMatch(
      /With the simplex adapter, fitted to 227 labelled rows \(both mapped by their adapters\): /,
    );
  });

  test('a version against itself ties, which is no gain', async () => {
    const { values, tables, reading } = await run([old, old], { adapter: 'none' });
    expect(values['average-compatibility']).toBe(0);
    expect(values['newest-on-oldest']).toBe(values.oldest);
    expect(tables?.pairs?.rows[0]?.slice(4, 10)).toEqual([0, expect.any(Number), expect.any(Number), 'no', 1, 1]);
    expect(reading).toContain('no better, though no worse beyond chance');
  });

  test('other numbers of units are said, and dead units change nothing', async () => {
    const { values, warnings, reading } = await run([old, digits(1, 'layer5')]);
    expect(values['newest-on-oldest']).toBeNull();
    expect(warnings?.join()).toContain('(a 64, b 32)');
    expect(reading).toContain('it has other units than a, so it cannot search its gallery. With the simplex adapter');
    const dead = new Matrix(new Float32Array(450 * 66), 450, 66);
    for (let i = 0; i < 450; i++) dead.row(i).set(now.row(i));
    const padded = await run([digits(0, 'layer7'), dead]);
    const plain = await run([digits(0, 'layer7'), now]);
    expect(padded.values.newest).toBe(plain.values.newest);
    expect(padded.values['adapted-accuracy']).toBe(plain.values['adapted-accuracy']);
  });

  test('few queries are no ground for a decision', async () => {
    const random = new Random(1);
    const few = new Matrix(
      Float64Array.from({ length: 40 }, () => random.normal()),
      8,
      5,
    );
    const rows = rowsOf(Int32Array.of(0, 1, 0, 1, 0, 1, 0, 1));
    const { warnings } = await runMethod(encoderCompatibility, [few, few], {}, { rows });
    expect(warnings?.join()).toContain('4 queries tell versions apart only where they differ much');
  });
});

describe('subspaces of classes', () => {
  test('of digits: rows outside of their own class are listed, and too many dimensions are said', async () => {
    const { values, tables, warnings } = await runMethod(
      classSubspaces,
      [digits(0, 'layer7')],
      {},
      { rows: digitRows },
    );
    expect(values['held-out']).toBeGreaterThan(0.9);
    const margins = tables?.['distant-rows']?.rows.map((row) => row.at(-1) as number) ?? [];
    expect(margins).toEqual([...margins].sort((a, b) => a - b));
    expect(warnings).toEqual([]);
    const { warnings: filled } = await runMethod(
      classSubspaces,
      [digits(0, 'layer7')],
      { dimensions: 64 },
      { rows: digitRows },
    );
    expect(filled?.join()).toContain('no more rows than dimensions');
  });

  test('a class with one row is left out, and dead units are named', async () => {
    const x = digits(0, 'layer5').slice(0, 9);
    const dead = new Matrix(
      x.data.map((value, k) => (k % 32 === 3 ? 0 : value)),
      9,
      32,
    );
    const rows = rowsOf(Int32Array.of(0, 0, 0, 1, 1, 1, 1, 2, 0));
    const { warnings } = await runMethod(classSubspaces, [dead], { dimensions: 1 }, { rows });
    expect(warnings?.join()).toMatch(/Left out: 2, with fewer than 2 rows.*of a is constant/);
    await expect(
      runMethod(classSubspaces, [x], {}, { rows: rowsOf(Int32Array.from({ length: 9 }, () => 0)) }),
    ).rejects.toThrow('Every row has the same "class"');
    const { warnings: one } = await runMethod(
      codingRate,
      [x.takeColumns([0, 1, 2, 4])],
      {},
      { rows: rowsOf(Int32Array.of(0, 0, 0, 0, 0, 0, 1, 1, 1)) },
    );
    expect(one?.join()).toContain(
      '1 of 2 classes has fewer rows than there are units (4): its rank is at most its number of rows.',
    );
    const { warnings: few } = await runMethod(codingRate, [x], {}, { rows });
    expect(few?.join()).toContain('3 of 3 classes have fewer rows than there are units (32)');
  });
});
