import { describe, expect, test } from 'vitest';
import { symmetricEigenvalues } from '../../src/linalg/eigen';
import { Matrix } from '../../src/linalg/matrix';
import { multiply } from '../../src/linalg/products';
import { Random } from '../../src/linalg/random';
import { catalogue } from '../../src/methods/catalogue';
import { crossing, pointOf } from '../../src/methods/compare/curves';
import type { Method, Outcome } from '../../src/methods/method';
import { figureOf, runMethod } from './run-method';

const method = (id: string) => catalogue.find((one) => one.id === id) as Method;
const random = new Random(4);
const normal = (rows: number, columns: number) =>
  new Matrix(
    Float64Array.from({ length: rows * columns }, () => random.normal()),
    rows,
    columns,
  );
const tableOf = (outcome: Outcome, name: string) => outcome.tables?.[name]?.rows ?? [];
const first = (outcome: Outcome, name: string, id: string) =>
  tableOf(outcome, name)
    .filter(([measure]) => measure === id)
    .map(([, x, value, low, high, chance]) => ({ x, value, low, high, chance }));

/** Units of unequal variance, correlated and not centred. */
const x = await multiply(normal(50, 9), normal(9, 9), {});
for (let k = 0; k < x.data.length; k++) x.data[k] = (x.data[k] as number) + (k % 9);
const y = await multiply(x, normal(9, 7), {});
for (let k = 0; k < y.data.length; k++) y.data[k] = (y.data[k] as number) + 4 * random.normal();

describe('robustness', async () => {
  const outcome = await runMethod(method('robustness'), [x, y], { measures: 'linear-cka,normalised-bures,mean-cca' });

  test('to removed components, CKA and Bures similarity are what the spectrum says', async () => {
    const centred = Matrix.zeros(50, 9);
    for (let j = 0; j < 9; j++) {
      const column = x.column(j);
      const mean = column.reduce((sum, value) => sum + value, 0) / 50;
      for (let i = 0; i < 50; i++) centred.data[i * 9 + j] = (column[i] as number) - mean;
    }
    const spectrum = await symmetricEigenvalues(await multiply(centred, centred, { transposeA: true }));
    const sum = (values: Float64Array, power: number) => values.reduce((total, value) => total + value ** power, 0);
    const share = (count: number, power: number) => sum(spectrum.subarray(0, count), power) / sum(spectrum, power);
    for (const [id, power] of [
      ['linear-cka', 2],
      ['normalised-bures', 1],
    ] as const) {
      const points = first(outcome, 'components', id);
      expect(points.map((point) => point.x)).toEqual([9, 8, 7, 6, 5, 4, 3, 2, 1]);
      for (const { x: count, value } of points)
        expect(Math.abs(Number(value) - Math.sqrt(share(Number(count), power)))).toBeLessThan(1e-10);
    }
    // What is kept correlates perfectly with itself, whatever is removed.
    for (const { value } of first(outcome, 'components', 'mean-cca')) expect(value).toBeCloseTo(1, 9);
  });

  test('starts at the value of a representation with itself, and falls with noise', () => {
    const points = first(outcome, 'noise', 'linear-cka');
    expect(points[0]).toMatchObject({ x: 0, value: 1 });
    expect(Number(points.at(-1)?.value)).toBeLessThan(Number(points[4]?.value));
    // Five draws of independent noise: the mean lies within its own band.
    for (const { value, low, high } of points.slice(1)) {
      expect(Number(low)).toBeLessThanOrEqual(Number(value));
      expect(Number(high)).toBeGreaterThanOrEqual(Number(value));
    }
  });

  test('on all rows has the value of the two inputs, which is the level to compare with', async () => {
    const cka = (await runMethod(method('linear-cka'), [x, y])).values.cka as number;
    expect(first(outcome, 'rows', 'linear-cka')[0]?.value).toBeCloseTo(cka, 12);
    expect(tableOf(outcome, 'limits')[0]?.[1]).toBeCloseTo(cka, 12);
    const at = outcome.values.noise as number;
    const curve = first(outcome, 'noise', 'linear-cka');
    const after = curve.findIndex((point) => Number(point.x) >= at);
    expect(Number(curve[after]?.value)).toBeLessThanOrEqual(cka);
    expect(Number(curve[after - 1]?.value)).toBeGreaterThanOrEqual(cka);
    const { noise, components, removed } = outcome.values;
    expect(tableOf(outcome, 'limits')[0]?.slice(3, 6)).toEqual([noise, components, removed]);
  });

  test('says what makes as much difference, and what does not', async () => {
    const run = (a: Matrix, b: Matrix, measures: string) =>
      runMethod(method('robustness'), [a, b], { measures, repeats: 2 });
    // What is kept correlates perfectly with itself, so that removal never reaches the other input.
    expect((await run(x, y, 'mean-cca')).reading).toMatch(
      /^To Mean CCA, noise of \S+ times .* between a and b; no removal of principal components does\.$/,
    );
    // Orthogonal columns of sum 0: linear CKA is 0, and less there is not.
    const signs = (of: (i: number) => number) =>
      new Matrix(
        Float64Array.from({ length: 16 }, (_, i) => of(i) % 2),
        16,
        1,
      );
    const apart = await run(
      signs((i) => i),
      signs((i) => i >> 1),
      'linear-cka',
    );
    expect(tableOf(apart, 'limits')[0]?.[1]).toBeCloseTo(0, 12);
    expect(apart.reading).toBe(
      'To Linear CKA, neither noise that was tried nor removal of principal components makes as much difference to a as there is between a and b.',
    );
    const none = await run(
      new Matrix(new Float64Array(16).fill(3), 16, 1),
      signs((i) => i),
      'linear-cka',
    );
    expect(none.values).toEqual({ noise: null, components: null, removed: null });
    expect(none.warnings?.at(-1)).toContain('there is nothing to reach');
    expect(none.reading).toBeUndefined();
  });

  test('draws what rises and what falls with likeness apart', async () => {
    const both = await runMethod(method('robustness'), [x, y], { repeats: 1 });
    expect(both.figures?.map(({ id }) => id)).toEqual(
      ['noise', 'rows', 'components'].flatMap((id) => [`${id}-similarities`, `${id}-distances`]),
    );
    const apart = figureOf({ figures: both.figures }, 'line', 'components-distances');
    expect(apart.series.map(({ name }) => name)).toEqual(['Procrustes distance', 'Procrustes distance, a and b']);
    // Of one measure, which without others has no legend, it is the axis that says which.
    expect(apart.y.label).toBe('Procrustes distance');
    expect(figureOf({ figures: both.figures }, 'line', 'components-similarities').y.label).toBe('similarity');
  });
});

describe('how many rows are needed', () => {
  test('biased CKA of independent data falls with rows, debiased CKA stays at its chance level', async () => {
    const outcome = await runMethod(method('samples-needed'), [normal(512, 20), normal(512, 20)], { repeats: 20 });
    const biased = first(outcome, 'curves', 'linear-cka');
    const debiased = first(outcome, 'curves', 'linear-cka-debiased');
    expect(biased.map((point) => point.x)).toEqual([16, 32, 64, 128, 256, 512]);
    for (const { x: n, value, chance } of biased) {
      // Of independent normal data, about d / (n + d) (measured with NumPy).
      expect(Number(value)).toBeCloseTo(20 / (Number(n) + 20), 1);
      expect(Number(chance)).toBeCloseTo(20 / (Number(n) + 20), 1);
    }
    for (const { value, chance } of debiased) {
      expect(chance).toBe(0);
      expect(Math.abs(Number(value))).toBeLessThan(0.1);
    }
    const needed = Object.fromEntries(tableOf(outcome, 'needed').map(([title, , , rows]) => [title, Number(rows)]));
    expect(needed['Linear CKA']).toBeGreaterThan(128);
    expect(needed['Linear CKA, debiased']).toBeLessThan(needed['Linear CKA'] as number);
    // A row is whole.
    for (const rows of [outcome.values.rows, ...Object.values(needed)]) expect(rows).toSatisfy(Number.isInteger);
    expect(outcome.reading).toMatch(
      /^Linear CKA stays within 0\.05 of its value of 512 rows \(.*\) from about \d+ rows on\./,
    );
  });

  test('half of the rows is half of them', async () => {
    const asked = { measures: 'linear-cka', repeats: 1 };
    const outcome = await runMethod(method('samples-needed'), [normal(450, 20), normal(450, 20)], asked);
    const curve = first(outcome, 'curves', 'linear-cka');
    expect(curve.map((point) => point.x)).toEqual([16, 32, 64, 128, 225, 450]);
    expect(outcome.values.half).toBeCloseTo(Math.abs(Number(curve[4]?.value) - Number(curve[5]?.value)), 12);
    // Nearly all rows are near all whatever the measure: what is asked is whether half of them are.
    const more = await runMethod(method('samples-needed'), [normal(130, 20), normal(130, 20)], asked);
    expect(more.warnings?.join()).toContain('Linear CKA: 130 rows may be too few');
    const fewest = await runMethod(method('samples-needed'), [normal(6, 2), normal(6, 2)], asked);
    expect(first(fewest, 'curves', 'linear-cka').map((point) => point.x)).toEqual([6]);
  });

  test('where no fewer rows can be tried nothing is near to anything', async () => {
    for (const rows of [3, 4, 5, 6]) {
      const few = await runMethod(method('samples-needed'), [normal(rows, 3), normal(rows, 2)], {
        measures: 'linear-cka',
      });
      expect(few.values).toEqual({ rows: null, half: null });
      expect(few.reading).toBeUndefined();
      expect(few.warnings?.at(-1)).toBe(
        `${rows} rows are too few to try fewer: half of them are to be 4 or more, which takes 7 rows.`,
      );
    }
    const seven = await runMethod(method('samples-needed'), [normal(7, 3), normal(7, 2)], { measures: 'linear-cka' });
    expect(first(seven, 'curves', 'linear-cka').map((point) => point.x)).toEqual([4, 7]);
    expect(seven.values.half).toBeGreaterThan(0);
    // Half of 15 rows have no 10 neighbours each.
    const half = await runMethod(method('samples-needed'), [normal(15, 3), normal(15, 2)], { measures: 'mutual-knn' });
    expect(half.values).toEqual({ rows: null, half: null });
    expect(half.reading).toBeUndefined();
    expect(half.warnings?.at(-1)).toMatch(/of half of the 15 rows cannot be computed/);
  });

  test('one draw of all rows has the value of the measure', async () => {
    const outcome = await runMethod(method('samples-needed'), [x, y], { measures: 'procrustes' });
    const { values } = await runMethod(method('procrustes'), [x, y]);
    expect(first(outcome, 'curves', 'procrustes').at(-1)?.value).toBeCloseTo(values.distance as number, 10);
  });
});

describe('a curve', () => {
  const point = (at: number, value: number) => pointOf(at, [{ value }]);
  test('crosses a level where the line between its points does', () => {
    const falling = { measure: method('linear-cka'), points: [point(0, 1), point(1, 0.8), point(2, 0.4)] };
    expect(crossing(falling, 0.5)).toBeCloseTo(1.75, 12);
    expect(crossing(falling, 1)).toBe(0);
    expect(crossing(falling, 0.3)).toBeNull();
    const rising = { measure: method('procrustes'), points: [point(0, 0), point(4, 0.2)] };
    expect(crossing(rising, 0.05)).toBeCloseTo(1, 12);
  });

  test('has the mean of its draws, and a band where there are three', () => {
    expect(pointOf(3, [{ value: 1 }, { value: 2, level: 0.5 }, { value: null }])).toEqual({
      ...{ x: 3, value: 1.5, level: 0.5, drawn: [1, 2] },
    });
    expect(pointOf(3, [{ value: 3 }, { value: 1 }, { value: 2 }])).toMatchObject({ value: 2, low: 1.2, high: 2.8 });
  });
});
