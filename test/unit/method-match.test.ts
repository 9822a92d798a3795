import { describe, expect, test } from 'vitest';
import { Matrix } from '../../src/linalg/matrix';
import { Random } from '../../src/linalg/random';
import { coClustering } from '../../src/methods/match/co-clustering';
import { convergentLearning } from '../../src/methods/match/convergent-learning';
import { Extremes } from '../../src/methods/match/extremes';
import { hardMatching } from '../../src/methods/match/hard';
import { binsOf, evenBins, mutualInformationMatching } from '../../src/methods/match/mutual-information';
import { softMatching } from '../../src/methods/match/soft';
import { softMatchingTransport } from '../../src/methods/match/soft-transport';
import { unitCorrelations } from '../../src/methods/match/unit-correlations';
import { unitPair } from '../../src/methods/match/unit-pair';
import { figureOf, runMethod } from './run-method';

const X = gaussian(80, 5, 1);

describe('one-to-one matching', () => {
  test('undoes a shuffle of units, whatever their scale and offset', async () => {
    const order = [3, 0, 4, 1, 2];
    const y = map(X.takeColumns(order), (value, j) => (j + 1) * value - 7);
    const { values, tables, figures } = await runMethod(hardMatching, [X, y]);
    expect(values).toMatchObject({ agreement: 1, 'above-0.8': 1 });
    expect(values.correlation).toBeCloseTo(1, 12);
    for (const [unit, partner] of tables?.matches?.rows ?? []) expect(order[Number(partner)]).toBe(unit);
    const reordered = figureOf({ figures }, 'heatmap', 'unit-correlations').panels[1];
    for (let i = 0; i < 5; i++) expect(reordered?.values[6 * i]).toBeCloseTo(1, 5);
  });

  test('sees opposite units only where the sign is ignored, and shows their sign', async () => {
    const y = map(X, (value, j) => (j === 2 ? -value : value));
    expect((await runMethod(hardMatching, [X, y])).values.correlation).toBeLessThan(0.95);
    const { values, tables } = await runMethod(hardMatching, [X, y], { sign: 'absolute' });
    expect(values.correlation).toBeCloseTo(1, 12);
    expect(tables?.matches?.rows.find(([unit]) => unit === 2)?.[2]).toBeCloseTo(-1, 12);
  });

  test('lists all pairs by falling strength, in the units of the file where some are constant', async () => {
    const y = map(X.takeColumns([1, 0, 0, 2, 3, 4]), (value, j, i) => (j === 1 ? 4 : value + 0.1 * j * Math.sin(i)));
    const { tables, warnings, figures } = await runMethod(hardMatching, [X, y]);
    const rows = tables?.matches?.rows ?? [];
    expect(tables?.matches?.columns.slice(0, 3)).toEqual(['unit', 'partner', 'correlation']);
    expect(new Map(rows.map(([unit, partner]) => [unit, partner]))).toEqual(
      new Map([
        [0, 2],
        [1, 0],
        [2, 3],
        [3, 4],
        [4, 5],
      ]),
    );
    const strengths = rows.map((row) => Number(row[2]));
    expect(strengths).toEqual(strengths.toSorted((a, b) => b - a));
    expect(warnings?.[0]).toContain('1 of 6 units of b is constant (1)');
    expect(figureOf({ figures }, 'heatmap', 'unit-correlations').panels[0]?.columns.ticks).toEqual([
      '0',
      '2',
      '3',
      '4',
      '5',
    ]);
  });

  test('of units that are there twice either is the best partner', async () => {
    const x = X.takeColumns([0, 1, 2, 2, 3, 3, 3]);
    const { values } = await runMethod(hardMatching, [x, x.takeColumns([6, 2, 0, 4, 1, 3, 5])]);
    expect(values).toMatchObject({ gap: 0, agreement: 1 });
  });

  test('says no share of best partners where the units match as by chance', async () => {
    const apart = await runMethod(hardMatching, [X, gaussian(80, 5, 2)], { permutations: 30 });
    expect(apart.reading).not.toContain('best partner');
    expect(apart.reading).toMatch(/when rows are paired at random\); units that differ by a rotation/);
    const same = await runMethod(hardMatching, [X, X], { permutations: 30 });
    expect(same.reading).toContain(', and 100 % of them have their best partner; units that differ by a rotation');
  });

  test('leaves units over where the widths differ, and draws them last', async () => {
    const { tables, warnings, figures } = await runMethod(hardMatching, [X, X.takeColumns([4, 1])]);
    expect(tables?.matches?.rows).toHaveLength(2);
    expect(warnings).toContain(
      '3 units of a have no partner: the widths differ (5 and 2), and a matching is one-to-one.',
    );
    expect(figureOf({ figures }, 'heatmap', 'unit-correlations').panels[1]?.rows.ticks).toHaveLength(5);
    expect(figureOf({ figures }, 'heatmap', 'unit-correlations').panels[1]?.rows.ticks?.slice(2)).toEqual([
      '0',
      '2',
      '3',
    ]);
  });

  test('reports a chance level from random pairings, or none', async () => {
    const y = gaussian(80, 5, 2);
    const { chance, figures } = await runMethod(hardMatching, [X, y], { permutations: 30 });
    const { level = 0, sd = 0, z = 0, how } = chance?.correlation ?? {};
    expect(level).toBeGreaterThan(0.02);
    expect(level).toBeLessThan(Math.sqrt((2 * Math.log(5)) / 80));
    expect(sd).toBeGreaterThan(0);
    expect(Math.abs(z)).toBeLessThan(5);
    expect(how).toContain('30 random pairings');
    const own = (await runMethod(hardMatching, [X, X])).chance?.correlation;
    expect(own?.z).toBeGreaterThan(10);
    expect(figureOf({ figures }, 'line', 'matched-correlations').references?.[0]?.y).toBe(
      Number(level?.toPrecision(6)),
    );
    expect((await runMethod(hardMatching, [X, y], { permutations: 0 })).chance).toEqual({});
    expect((await runMethod(hardMatching, [X, y], { permutations: 1 })).chance?.correlation?.sd).toBeUndefined();
  });

  test('has no value where every unit is constant, and says why', async () => {
    const { values, warnings } = await runMethod(hardMatching, [X, Matrix.zeros(80, 3)]);
    expect(new Set(Object.values(values))).toEqual(new Set([null]));
    expect(warnings?.[0]).toContain('Every unit of b is constant');
  });

  test('takes as much memory as it announces, and no more than allowed', async () => {
    const reserve = (bytes: number, what: string) => {
      throw new RangeError(`${bytes} for ${what}`);
    };
    await expect(runMethod(hardMatching, [X, X], {}, { reserve })).rejects.toThrow('correlations of all pairs');
  });
});

describe('best partners', () => {
  test('may be shared; hubs and units nobody chose are named', async () => {
    // Units 0, 1 and 2 of the first are noisy copies of unit 3 of the second; its unit 0 is on its own.
    const y = gaussian(80, 4, 3);
    const x = map(y.takeColumns([3, 3, 3, 1, 2]), (value, j, i) => value + 0.05 * (j + 1) * Math.cos(7 * i + j));
    const { values, tables, figures } = await runMethod(softMatching, [x, y]);
    expect(tables?.hubs?.rows).toEqual([[3, 3, '0 1 2']]);
    expect(values.chosen).toBe(0.75);
    expect(values['chosen-reverse']).toBeLessThan(1);
    expect(values.mutual).toBe(0.6);
    const popularity = figureOf({ figures }, 'line', 'popularity');
    expect(popularity.series[0]?.y).toEqual([3, 1, 1, 0]);
    expect(tables?.['matches-reverse']?.rows.map(([unit]) => unit).sort()).toEqual([0, 1, 2, 3]);
  });

  test('are the lowest of equally good ones', async () => {
    const { tables } = await runMethod(softMatching, [X.takeColumns([0]), X.takeColumns([1, 0, 0])]);
    expect(tables?.matches?.rows.map(([, partner]) => partner)).toEqual([1]);
  });

  test('is at least as strong as one-to-one', async () => {
    const y = gaussian(80, 5, 8);
    const soft = (await runMethod(softMatching, [X, y])).values.correlation as number;
    expect(soft).toBeGreaterThanOrEqual((await runMethod(hardMatching, [X, y])).values.correlation as number);
  });
});

function gaussian(rows: number, columns: number, seed: number): Matrix<Float64Array> {
  const random = new Random(seed);
  return map(Matrix.zeros(rows, columns), () => random.normal());
}

function map(x: Matrix, of: (value: number, column: number, row: number) => number): Matrix<Float64Array> {
  return new Matrix(
    Float64Array.from(x.data, (value, k) => of(value, k % x.columns, Math.floor(k / x.columns))),
    x.rows,
    x.columns,
  );
}

describe('soft matching by transport', () => {
  test('splits every unit evenly over its copies, and is a metric: 0 of itself', async () => {
    const y = X.takeColumns([0, 0, 1, 1, 2, 2, 3, 3, 4, 4]);
    const { values, tables } = await runMethod(softMatchingTransport, [X, y], { permutations: 0 });
    expect(values.correlation).toBeCloseTo(1, 12);
    expect(values.distance).toBeCloseTo(0, 14);
    expect(tables?.matches?.rows).toHaveLength(10);
    for (const [unit, partner, share, whole] of tables?.matches?.rows ?? []) {
      expect(Math.floor(Number(partner) / 2)).toBe(unit);
      expect([share, whole]).toEqual([0.5, 1]);
    }
  });
});

test('the soft matching distance of units that differ by less than the root of rounding', async () => {
  const [x, aside] = [
    [1, -1, 1, -1],
    [1, 1, -1, -1],
  ] as const;
  for (const [sign, times] of [
    ['signed', 1],
    ['absolute', -3],
  ] as const) {
    const y = x.map((value, i) => [times * (value + 1e-10 * (aside[i] as number))]);
    const inputs = [Matrix.of(x.map((value) => [value])), Matrix.of(y)] as const;
    const { values } = await runMethod(softMatchingTransport, inputs, { sign, permutations: 0 });
    // Orthogonal and of equal length, so that they are the sides of the angle, and its chord.
    expect(Number(values.distance) / 1e-10).toBeCloseTo(1, 5);
  }
});

test('co-clustering of one unit with one: both are the cluster, and |r| is how they agree', async () => {
  const [x, y] = [X.takeColumns([0]), X.takeColumns([1])];
  const { values: pair } = await runMethod(hardMatching, [x, y], { sign: 'absolute', permutations: 0 });
  const { values } = await runMethod(coClustering, [x, y]);
  expect(values.agreement).toBeCloseTo(pair.correlation as number, 12);
  expect(values).toMatchObject({ shared: 1, clusters: 1 });
});

test('co-clustering by correlations between the sides alone, where one side has a single unit: all are one cluster', async () => {
  const { values, steps } = await runMethod(coClustering, [X.takeColumns([0]), X], { blocks: 'between' });
  expect(values.clusters).toBe(1);
  expect(steps).toContain('1 cluster, of all units, as one side has a single one');
});

test('where no unit of one side varies, those of the other still go together among themselves', async () => {
  const constant = map(X, () => 3);
  for (const relation of ['pearson', 'rank', 'information']) {
    const { values: wanted } = await runMethod(unitCorrelations, [X, X], { relation });
    const { values, warnings } = await runMethod(unitCorrelations, [constant, X], { relation });
    const second = wanted['within-second'];
    expect(values, relation).toEqual({ between: null, within: null, 'within-second': second });
    expect(warnings?.join(), relation).toContain('nothing goes together across the two');
  }
});

describe('matching by mutual information', () => {
  test('finds a unit behind any monotone change, and where no correlation is', async () => {
    const x = gaussian(2000, 3, 4);
    const y = map(x.takeColumns([2, 0, 1]), (value, j) =>
      j === 0 ? Math.exp(value) : j === 1 ? -(value ** 3) : value ** 2,
    );
    const { values, tables } = await runMethod(mutualInformationMatching, [x, y], { permutations: 3 });
    expect(tables?.matches?.rows.map(([unit, partner]) => [unit, partner]).sort()).toEqual([
      [0, 1],
      [1, 2],
      [2, 0],
    ]);
    // 14 bins: ln 14 for a monotone change, about ln 7 where the sign is lost; less the bias of 13² / 4000.
    const [best, second] = tables?.matches?.rows.map((row) => Number(row[2])) ?? [];
    for (const one of [best, second]) expect(one).toBeCloseTo(Math.log(14) - 169 / 4000, 2);
    expect(values.best).toBe(values.information);
  });

  test('of a space with itself is the entropy less the bias, and as a share of the entropy', async () => {
    const { values } = await runMethod(mutualInformationMatching, [X, X], { bins: 4, permutations: 0 });
    // Four bins of 20 of 80 rows each.
    const information = Math.log(4) - 9 / 160;
    expect(values.information).toBeCloseTo(information, 12);
    expect(values.best).toBeCloseTo(information, 12);
    expect(values.share).toBeCloseTo(information / Math.log(4), 12);
  });

  test('has bins that read the same from either end but for edges, and nothing to say with one', async () => {
    const values = Float64Array.from([5, 1, 4, 1, 3, 9, 2, 6]);
    const bins = binsOf(values, 4);
    expect([
      ...binsOf(
        values.map((value) => -value),
        4,
      ),
    ]).toEqual([...bins].map((bin) => 3 - bin));
    expect([...bins]).toEqual([2, 0, 2, 0, 1, 3, 1, 3]);
    // Five values that 4 bins part evenly: the middle one, on an edge, is above it whichever end is read first.
    const five = Float64Array.from([0, 1, 2, 3, 4]);
    const turned = five.map((value) => -value);
    expect([...binsOf(five, 4)]).toEqual([0, 1, 2, 2, 3]);
    expect([...binsOf(turned, 4)]).toEqual([3, 2, 2, 1, 0]);
    expect([...evenBins(five, 4)]).toEqual([0, 1, 2, 3, 3]);
    expect([...evenBins(turned, 4)]).toEqual([3, 3, 2, 1, 0]);
    // (1 / 49) 49 is less than 1 as a double, and an edge belongs to the bin above it.
    const whole = Float64Array.from({ length: 50 }, (_, i) => i);
    for (const scale of [1, 2 ** 1018, 2 ** -1074])
      expect([
        ...evenBins(
          whole.map((value) => value * scale),
          49,
        ),
      ]).toEqual([...whole.subarray(0, 49), 48]);
    await expect(runMethod(mutualInformationMatching, [X, X], { bins: 1 })).rejects.toThrow(/2 bins or more/);
  });
});

test('more clusters than units are one of each unit, and a single wide one is told as one', async () => {
  const asked = await runMethod(coClustering, [gaussian(40, 1, 1), gaussian(40, 2, 2)], { clusters: 5 });
  expect(asked.values).toMatchObject({ clusters: 3, agreement: null, shared: 0 });
  expect(asked.steps).toContain('3 clusters, one of each unit');
  expect(asked.warnings).toContain('5 clusters were asked for, but there are 3 units: each is a cluster by itself.');
  const x = gaussian(12, 2, 1);
  expect((await runMethod(coClustering, [x, x], { clusters: 1 })).warnings).toContainEqual(
    expect.stringMatching(/^1 of 1 clusters has more than a fifth/),
  );
});

test('rows listed of more that are equal are told as the first of so many, on the lists and in words', async () => {
  const pairs = [0, 3, 0, 1, 0, 0, 1, 2, 0, 1].map((value, i) => [value, i] as const);
  const one = (k: 0 | 1) => Matrix.of(pairs.map((pair) => [pair[k]]));
  const { tables = {}, reading } = await runMethod(unitPair, [one(0), one(1)], { samples: 3 });
  expect(Object.values(tables).map(({ title, rows }) => [title, ...rows.map(([row]) => row)])).toEqual([
    ['Largest, a unit 0: among them the first of 3 rows at 1', 1, 7, 3],
    ['Smallest, a unit 0: the first 3 of 5 rows at 0', 0, 2, 4],
    ['Largest, b unit 0', 9, 8, 7],
    ['Smallest, b unit 0', 0, 1, 2],
  ]);
  expect(reading).toContain(
    '. Listed as largest of a unit 0: among them the first of 3 rows at 1. Listed as smallest of a unit 0: the first 3 of 5 rows at 0.',
  );
  const { tables: all } = await runMethod(convergentLearning, [one(0), one(1)], { samples: 3 });
  expect(all?.units?.rows.map((row) => row.slice(-2))).toEqual([
    ['1 7 3: among them the first of 3 rows at 1', '0 2 4: the first 3 of 5 rows at 0'],
    ['9 8 7', '0 1 2'],
  ]);
});

test('rows that are largest and smallest, and how many equals have no place, as sorting finds them, in blocks', () => {
  const random = new Random(3);
  for (const levels of [1, 2, 3, 7, 40]) {
    const x = new Matrix(
      Float64Array.from({ length: 90 }, () => Math.floor(levels * random.uniform()) - 1),
      30,
      3,
    );
    for (const count of [1, 4, 30, 50]) {
      const extremes = new Extremes(3, count);
      for (const start of [0, 11, 12])
        extremes.add(
          x.slice(start, start === 0 ? 11 : start === 11 ? 12 : 30),
          Int32Array.from({ length: 30 }, (_, i) => i + start),
        );
      for (let j = 0; j < 3; j++)
        for (const sign of [1, -1]) {
          const sorted = [...x.column(j).entries()].sort((a, b) => sign * (b[1] - a[1]) || a[0] - b[0]);
          const { rows, beyond } = sign === 1 ? extremes.largest(j) : extremes.smallest(j);
          expect([...rows]).toEqual(sorted.slice(0, count).map(([row]) => row));
          expect(beyond).toBe(sorted.slice(count).filter(([, value]) => value === sorted[count - 1]?.[1]).length);
        }
    }
  }
});

test('of few rows every matching says that they are few, and of few rows for the bins whatever reads them', async () => {
  const [x, y] = [gaussian(6, 3, 1), gaussian(6, 2, 2)];
  for (const method of [hardMatching, softMatching, softMatchingTransport, unitPair, unitCorrelations, coClustering])
    expect((await runMethod(method, [x, y])).warnings, method.id).toContain(
      'Only 6 rows: too few to tell likeness from accident.',
    );
  for (const [method, parameters] of [
    [mutualInformationMatching, {}],
    [unitCorrelations, { relation: 'information' }],
  ] as const)
    expect((await runMethod(method, [X, X], parameters)).warnings, method.id).toContainEqual(
      expect.stringMatching(/^80 rows for 16 cells of two units/),
    );
});

test('co-clusters of unrelated units are the same whichever side is first, and in any order of units', async () => {
  for (let seed = 0; seed < 6; seed++) {
    const [x, y] = [gaussian(60, 14, 40 + seed), gaussian(60, 11, 60 + seed)];
    const order = Array.from({ length: 14 }, (_, j) => (5 * j + 3) % 14);
    const of = async (a: Matrix, b: Matrix) => (await runMethod(coClustering, [a, b], { clusters: 4 })).values;
    const { agreement, best, shared } = await of(x, y);
    for (const again of [await of(y, x), await of(x.takeColumns(order), y)]) {
      expect(again.agreement).toBeCloseTo(agreement as number, 10);
      expect(again.best).toBeCloseTo(best as number, 10);
      expect(again.shared).toBe(shared);
    }
  }
});
