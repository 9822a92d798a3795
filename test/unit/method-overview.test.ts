import { describe, expect, test } from 'vitest';
import { Matrix } from '../../src/linalg/matrix';
import { multiply } from '../../src/linalg/products';
import { Random } from '../../src/linalg/random';
import { overview } from '../../src/methods/describe/overview';
import { spectrumOf } from '../../src/methods/describe/spectrum';
import { contextFor, figureOf, runMethod } from './run-method';

const healthy = (rows = 60, columns = 4) => gaussian(rows, columns, (random) => random.normal());
const warningsOf = async (x: Matrix) => (await runMethod(overview, [x])).warnings ?? [];

describe('dimensions', () => {
  test('of equal directions are their number', () => {
    const { rank, participation, effective, leading } = spectrumOf(Float64Array.of(3, 3, 3, 3), 10, Number.EPSILON);
    expect(rank).toBe(4);
    expect(participation).toBeCloseTo(4, 12);
    expect(effective).toBeCloseTo(4, 12);
    expect(leading).toBeCloseTo(0.25, 12);
  });

  test('leave rounding out by the precision of storage', () => {
    const values = Float64Array.of(1, 1e-5, 1e-14, 0);
    expect(spectrumOf(values, 100, Number.EPSILON).rank).toBe(2);
    expect(spectrumOf(values, 100, 2 ** -23).rank).toBe(1);
    expect(spectrumOf(Float64Array.of(1e200, 1e200), 2, Number.EPSILON).participation).toBeCloseTo(2, 12);
    expect(spectrumOf(Float64Array.of(0), 2, Number.EPSILON)).toMatchObject({ rank: 0, participation: null });
  });
});

test('what float32 could not tell from rounding is no direction of float32 data', async () => {
  const product = await multiply(healthy(60, 3), healthy(3, 12));
  const noise = healthy(60, 12);
  const data = product.data.map((value, k) => value + 4e-6 * (noise.data[k] as number));
  expect((await runMethod(overview, [product])).values.rank).toBe(3);
  expect((await runMethod(overview, [new Matrix(Float32Array.from(data), 60, 12)])).values.rank).toBe(3);
  expect((await runMethod(overview, [new Matrix(data, 60, 12)])).values.rank).toBe(12);
});

test('a healthy representation raises no warning', async () => {
  expect(await warningsOf(healthy())).toEqual([]);
});

describe('warnings', () => {
  test('of constant units, repeated rows and zero rows, with their counts', async () => {
    const x = healthy();
    for (let i = 0; i < 60; i++) x.data[4 * i + 1] = 3;
    x.row(5).set(x.row(2));
    x.row(6).set(x.row(2));
    const { values, warnings } = await runMethod(overview, [x]);
    expect(values).toMatchObject({ 'constant-units': 1, 'repeated-rows': 2, 'zero-rows': 0, rank: 3 });
    expect(warnings?.join(' ')).toMatch(/1 of 4 units of a is constant.*2 of 60 rows of a repeat/);
    const zero = healthy();
    zero.row(9).fill(0);
    expect((await runMethod(overview, [zero])).values['zero-rows']).toBe(1);
  });

  test('of collapse to few directions, and of one that dominates', async () => {
    const flat = gaussian(
      60,
      10,
      (random, row, column) => Math.sin(row) * (column + 1) + (column ? 0 : random.normal()),
    );
    expect((await warningsOf(flat)).join(' ')).toMatch(/vary in 2 of 10 possible directions/);
    expect((await warningsOf(flat)).join(' ')).toMatch(/One direction holds 9\d(\.\d+)? % of the variance/);
  });

  test('of a unit that outweighs the others', async () => {
    const heavy = gaussian(60, 4, (random, _, column) => random.normal() * (column === 2 ? 2.6 : 1));
    expect((await warningsOf(heavy)).join(' ')).toMatch(/Unit 2 alone holds \d\d(\.\d+)? % of the variance/);
  });

  test('of units by the names of their columns, where they have some', async () => {
    const matrix = gaussian(60, 4, (random, _, column) => random.normal() * (column === 0 ? 5 : 1));
    for (let i = 0; i < 60; i++) matrix.data[4 * i + 2] = matrix.data[4 * i + 1] as number;
    const given = { name: 'points', matrix, unitNames: ['digit', 'f1', 'f2', 'f3'] };
    const { warnings } = await overview.run([given], {}, contextFor(60));
    const said = warnings?.join(' ');
    expect(said).toMatch(/Unit 0 \(digit\) alone holds \d\d(\.\d+)? % of the variance/);
    expect(said).toContain('exactly (2 (f2) is 1 (f1))');
  });

  test('of a common direction', async () => {
    const positive = gaussian(60, 4, (random) => 5 + random.normal());
    expect((await warningsOf(positive)).join(' ')).toMatch(
      /The mean of all rows holds 9\d(\.\d+)? % of their squared length/,
    );
  });

  test('of rows that are far too long, by name', async () => {
    const x = healthy();
    x.row(11).set([100, -90, 80, 70]);
    const names = Array.from({ length: 60 }, (_, i) => `word${i}`);
    const index = Int32Array.from({ length: 60 }, (_, i) => i);
    const { warnings } = await runMethod(overview, [x], {}, { rows: { index, names } });
    expect(warnings?.join(' ')).toContain('1 row is more than 10 times as long as the median row (word11)');
  });

  test('of units that repeat each other, by number; constant ones are said to be constant', async () => {
    const x = healthy(60, 6);
    for (let i = 0; i < 60; i++) {
      x.row(i).set([x.at(i, 1)], 4);
      x.row(i).set([2, 2], 2);
    }
    const { values, warnings } = await runMethod(overview, [x]);
    expect(values).toMatchObject({ 'repeated-units': 1, 'constant-units': 2 });
    expect(warnings?.join(' ')).toMatch(/1 of 6 units of a repeats an earlier unit exactly \(4 is 1\)/);
  });

  test('of lengths far from the others, in a table with their numbers', async () => {
    const x = healthy(60, 4);
    for (let i = 0; i < 60; i++) {
      const norm = Math.hypot(...x.row(i));
      x.row(i).set(x.row(i).map((value) => (value / norm) * (i === 7 ? 1.5 : 1)));
    }
    const index = Int32Array.from({ length: 60 }, (_, i) => i + 100);
    const { values, warnings, tables } = await runMethod(overview, [x], {}, { rows: { index } });
    expect(values['outlying-rows']).toBe(1);
    expect(warnings?.join(' ')).toContain('1 row has a length far from the others (107: 1.50; the median is 1.00)');
    expect(tables?.['outlying-rows']?.rows.map(([row]) => row)).toEqual([107]);
    expect((await runMethod(overview, [healthy(400, 4)])).values['outlying-rows']).toBe(0);
  });

  test('of a few directions that hold nearly everything, though all vary', async () => {
    const wide = gaussian(200, 40, (random, _, column) => random.normal() * (column < 3 ? 1 : 0.01));
    const { values, warnings } = await runMethod(overview, [wide]);
    expect(values).toMatchObject({ rank: 40, 'directions-99': 3 });
    expect(warnings?.join(' ')).toMatch(/3 of 40 possible directions hold 99 % of the variance/);
  });

  test('of fewer rows than units', async () => {
    expect((await warningsOf(healthy(20, 30))).join(' ')).toContain('no more rows (20) than units (30)');
  });
});

describe('figures', () => {
  test('show every row with its label in the principal plane', async () => {
    const index = Int32Array.from({ length: 60 }, (_, i) => i + 100);
    const labels = {
      kind: 'category',
      name: 'digit',
      categories: ['even', 'odd'],
      index: Int32Array.from(index, (i) => i % 2),
    } as const;
    const { figures } = await runMethod(overview, [healthy()], {}, { rows: { index, labels } });
    const plane = figureOf({ figures }, 'scatter', 'principal-plane');
    expect(plane.rows).toEqual([...index]);
    expect(plane.labels).toMatchObject({ name: 'digit', categories: ['even', 'odd'] });
    const [panel] = plane.panels;
    expect(panel?.xs).toHaveLength(60);
    expect(variance(panel?.xs)).toBeGreaterThan(variance(panel?.ys));
    // The figure holds what the spectrum says of the first component.
    const shares = /\((\d+) % of variance\)/.exec(panel?.x.label ?? '');
    const total = [0, 1, 2, 3].reduce((sum, j) => sum + variance([...healthy().column(j)]), 0);
    expect(variance(panel?.xs) / total).toBeCloseTo(Number(shares?.[1]) / 100, 2);
  });

  test('count every row once in the distribution of lengths', async () => {
    const { figures } = await runMethod(overview, [healthy()]);
    const counts = figureOf({ figures }, 'line', 'row-norms').series[0]?.y as number[];
    expect(counts.reduce((sum, count) => sum + count, 0)).toBe(60);
  });

  test('survive a single row and a single unit', async () => {
    for (const x of [healthy(1, 4), healthy(5, 1), Matrix.zeros(1, 1)]) {
      const { values, warnings } = await runMethod(overview, [x]);
      expect(values.rows).toBe(x.rows);
      expect(warnings?.length).toBeGreaterThan(0);
    }
    await expect(runMethod(overview, [Matrix.zeros(0, 3)])).rejects.toThrow('a is empty');
  });
});

test('units are listed with their range, the most variable where they are many', async () => {
  const { tables } = await runMethod(overview, [
    Matrix.of([
      [1, 0, 5],
      [3, 0, 6],
      [2, 4, 7],
      [2, 0, 6],
    ]),
  ]);
  expect(tables?.units?.columns).toEqual(['unit', 'mean', 'sd', 'min', 'max', 'share of zeros']);
  expect(tables?.units?.rows[1]).toEqual([1, 1, expect.closeTo(Math.sqrt(3), 14), 0, 4, 0.75]);
  const many = (await runMethod(overview, [healthy(10, 300)])).tables?.units;
  expect(many?.title).toBe('The 256 of 300 units that vary most');
  expect(many?.rows).toHaveLength(256);
});

function gaussian(rows: number, columns: number, of: (random: Random, row: number, column: number) => number) {
  const random = new Random(4);
  return new Matrix(
    Float64Array.from({ length: rows * columns }, (_, k) => of(random, Math.floor(k / columns), k % columns)),
    rows,
    columns,
  );
}

function variance(values: readonly number[] = []): number {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
}
