import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { benjaminiHochberg, calibrate, groupsOf } from '../../src/engine/calibrate';
import { compare } from '../../src/engine/compare';
import { resampled } from '../../src/engine/resample';
import { run } from '../../src/engine/run';
import type { Desk } from '../../src/engine/task';
import { withUncertainty } from '../../src/engine/uncertainty';
import { Matrix } from '../../src/linalg/matrix';
import { Random } from '../../src/linalg/random';
import { catalogue } from '../../src/methods/catalogue';
import type { Labels, Method, Representation } from '../../src/methods/method';
import type { CompareRequest } from '../../src/protocol/result';
import { temporaryFolder, writeMatrix } from './engine-files';
import { rowsOf } from './labelled-rows';
import { contextFor, runMethod } from './run-method';

const methodOf = (id: string) => catalogue.find((method) => method.id === id) as Method;
const named = (name: string, matrix: Matrix): Representation => ({ name, matrix });

function gaussian(rows: number, columns: number, seed: number): Matrix<Float64Array> {
  const random = new Random(seed);
  return new Matrix(
    Float64Array.from({ length: rows * columns }, () => random.normal()),
    rows,
    columns,
  );
}

const x = gaussian(40, 4, 1);
const noise = gaussian(40, 4, 2);
const alike = new Matrix(
  x.data.map((value, k) => value + 0.5 * (noise.data[k] as number)),
  40,
  4,
);
const unrelated = gaussian(40, 5, 3);

async function calibrated(id: string, a: Matrix, b: Matrix, permutations: number, labels?: Labels, within = true) {
  const method = methodOf(id);
  const parameters = method.parameters.parse({});
  const inputs = [named('a', a), named('b', b)];
  const index = Int32Array.from({ length: a.rows }, (_, i) => i);
  const context = contextFor(a.rows, { rows: { index, ...(labels && { labels }) } });
  const outcome = await method.run(inputs, parameters, context);
  const request = { method: id, inputs: [], permutations, seed: 5, ...(labels && { within }) };
  return withUncertainty(method, parameters, inputs, outcome, request, context);
}

describe('random pairings', () => {
  test('their mean and spread are the closed form where there is one', async () => {
    const { values } = await runMethod(methodOf('linear-cka'), [x, alike]);
    const closed = (await runMethod(methodOf('linear-cka'), [x, alike])).chance?.cka;
    const method = methodOf('linear-cka');
    const score = async (r: readonly Representation[], c: readonly Representation[]) =>
      (await method.sweep?.(r, c, {}, contextFor(40))) ?? { values: [] };
    const [value] = method.values;
    if (!value) throw new Error('no value');
    const pair = [[named('a', x)], [named('b', alike)]] as const;
    const draws = { count: 2000, seed: 1 };
    const drawn = await calibrate(value, pair, [values.cka as number], draws, contextFor(40), score);
    const sd = closed?.sd as number;
    expect(Math.abs((drawn.level[0] as number) - (closed?.level as number))).toBeLessThan((4 * sd) / Math.sqrt(2000));
    expect((drawn.sd[0] as number) / sd).toBeCloseTo(1, 1);
  });

  test('p is the least there is for spaces that are alike, and of any size for unrelated ones', async () => {
    for (const id of ['procrustes', 'normalised-bures', 'aligned-cosine', 'rsm-difference', 'pwcca']) {
      const { chance } = await calibrated(id, x, alike, 49);
      expect(Object.values(chance ?? {})[0]?.p, id).toBeCloseTo(1 / 50, 12);
      const none = await calibrated(id, x, unrelated, 49);
      expect(Object.values(none.chance ?? {})[0]?.p, id).toBeGreaterThan(0.05);
    }
  });

  test('within categories rows keep their category: a likeness of category means alone is chance', async () => {
    const index = Int32Array.from({ length: 40 }, (_, i) => i % 2);
    const shifted = (m: Matrix) =>
      new Matrix(
        m.toDouble().data.map((value, k) => value + 20 * (index[Math.floor(k / m.columns)] as number)),
        m.rows,
        m.columns,
      );
    const labels: Labels = { kind: 'category', name: 'half', categories: ['0', '1'], index };
    const [a, b] = [shifted(x), shifted(unrelated)];
    expect((await calibrated('procrustes', a, b, 49)).chance?.distance?.p).toBeCloseTo(1 / 50, 12);
    expect((await calibrated('procrustes', a, b, 49, labels)).chance?.distance?.p).toBeGreaterThan(0.05);
    // The level is then that of these pairings, not the closed form over all; the sentence says both.
    const free = await calibrated('linear-cka', a, b, 49);
    const bound = await calibrated('linear-cka', a, b, 49, labels);
    expect(free.chance?.cka?.level).toBeLessThan(0.2);
    expect(bound.chance?.cka?.level).toBeGreaterThan(0.9);
    expect(bound.chance?.cka?.how).toContain('within the categories of half,');
    const some = { ...labels, categories: ['(missing)', '1'] };
    const { chance } = await calibrated('linear-cka', a, b, 9, some);
    expect(chance?.cka?.how).toContain('within the categories of half, those without one among themselves,');
    // The reading of the method itself compares with all pairings.
    expect(bound.reading).toMatch(/^Linear CKA: 0\.\d+\. Rows paired at random within half still give 0\.9\d*\.$/);
  });

  test('within categories values that are not drawn have no level: theirs are over all pairings', async () => {
    const index = Int32Array.from({ length: 40 }, (_, i) => i % 2);
    const labels: Labels = { kind: 'category', name: 'half', categories: ['0', '1'], index };
    for (const [id, first, other] of [
      ['hsic', 'hsic', 'unbiased'],
      ['linear-regression', 'r2', 'r2-reverse'],
      ['hard-matching', 'correlation', 'semi'],
    ] as const) {
      expect(Object.keys((await calibrated(id, x, alike, 9)).chance ?? {})).toEqual(
        expect.arrayContaining([first, other]),
      );
      expect(Object.keys((await calibrated(id, x, alike, 9, labels)).chance ?? {})).toEqual([first]);
    }
  });

  test('a level over pairings within classes is that of these; pairings of all rows have their own, and the reading names it', async () => {
    const index = Int32Array.from({ length: 40 }, (_, i) => i % 4);
    const labels: Labels = { kind: 'category', name: 'class', categories: ['a', 'b', 'c', 'd'], index };
    const shifted = (m: Matrix<Float64Array>) => m.map((value, k) => value + (k % m.columns === 0 ? 2 : 0));
    const of = (within: boolean) =>
      calibrated('class-subspace-similarity', shifted(x), shifted(unrelated), 400, labels, within);
    const closed = (
      await runMethod(
        methodOf('class-subspace-similarity'),
        [shifted(x), shifted(unrelated)],
        {},
        { rows: rowsOf(index) },
      )
    ).chance?.similarity;
    expect(closed?.sd).toBeUndefined();
    const within = (await of(true)).chance?.similarity;
    expect(Math.abs((within?.level as number) - (closed?.level as number))).toBeLessThan(
      (4 * (within?.sd as number)) / Math.sqrt(400),
    );
    const { chance, reading } = await of(false);
    const level = chance?.similarity?.level.toFixed(2);
    expect(chance?.similarity?.how).toMatch(/^Mean of 400 random pairings of the rows/);
    expect(reading).toMatch(new RegExp(`Rows paired at random give ${level}\\.$`));
  });

  test('what a method draws by the seed it draws again for each: pairings that change nothing give the value', async () => {
    const { matrix, ...rest } = named('b', gaussian(12, 2, 9));
    const twins = new Matrix(matrix.data.slice(), 12, 2);
    twins.data.copyWithin(2, 0, 2);
    const inputs = [named('a', gaussian(12, 2, 8)), { ...rest, matrix: twins }];
    // Only the first two rows share a category, and they are equal.
    const labels: Labels = {
      ...{ kind: 'category', name: 'of', categories: Array.from({ length: 11 }, (_, k) => `${k}`) },
      index: Int32Array.from({ length: 12 }, (_, i) => Math.max(0, i - 1)),
    };
    const ridge = methodOf('ridge-regression');
    const parameters = ridge.parameters.parse({ folds: 2 });
    const rows = { index: Int32Array.from({ length: 12 }, (_, i) => i), labels };
    const context = () => contextFor(12, { rows, seed: 5 });
    const outcome = await ridge.run(inputs, parameters, context());
    const asked = { method: ridge.id, inputs: [], permutations: 20, seed: 5, within: true };
    const request = { ...asked, resample: { kind: 'subsample' as const, count: 40 } };
    const { values, chance, intervals } = await withUncertainty(ridge, parameters, inputs, outcome, request, context());
    const [value] = ridge.values;
    const key = value?.key as string;
    expect(chance?.[key]).toMatchObject({ level: expect.closeTo(values[key] as number, 12), p: 1 });
    expect(chance?.[key]?.sd).toBeUndefined();
    const later = context();
    later.random.permutation(30);
    const again = await withUncertainty(ridge, parameters, inputs, outcome, request, later);
    expect([again.chance, again.intervals]).toEqual([chance, intervals]);
  });

  test('the best of all pairs is held against the best of each pairing', async () => {
    const method = methodOf('linear-cka');
    const [value] = method.values;
    if (!value) throw new Error('no value');
    const layers = [x, alike, unrelated, gaussian(40, 3, 9)].map((m, i) => named(`${i}`, m));
    const swept = await method.sweep?.(layers, layers, {}, contextFor(40));
    const observed = swept?.values ?? [];
    const score = async (r: readonly Representation[], c: readonly Representation[]) =>
      (await method.sweep?.(r, c, {}, contextFor(40))) ?? { values: [] };
    const result = await calibrate(value, [layers, layers], observed, { count: 99, seed: 2 }, contextFor(40), score);
    for (const k of observed.keys()) {
      const own = Math.floor(k / 4) === k % 4;
      expect(result.pMax[k] === null).toBe(own);
      if (!own) expect(result.pMax[k]).toBeGreaterThanOrEqual(result.p[k] as number);
      if (!own) expect(result.q[k]).toBeGreaterThanOrEqual(result.p[k] as number);
    }
    expect(result.pMax[1]).toBeCloseTo(0.01, 12);
    expect(result.calibrated[1]).toBeGreaterThan(0.5);
    expect(result.calibrated[2]).toBe(0);
  });
});

describe('a comparison', () => {
  const folder = temporaryFolder();
  const files = [x, unrelated, noise].map((m, i) => ({
    path: writeMatrix(
      folder,
      `${i}.npy`,
      Array.from({ length: 40 }, (_, row) => [...m.row(row)]),
    ),
  }));
  const labels = {
    path: writeMatrix(
      folder,
      'own.npy',
      [...x.column(0)].map((one) => [one]),
    ),
  };
  const calibrationOf = async (request: Partial<CompareRequest>) => {
    const all = { inputs: files, permutations: 29, seed: 1, ...request };
    const task = { kind: 'compare', request: all, base: folder, memory: 1e9, threads: 0 } as const;
    const desk = { signal: new AbortController().signal, progress: () => {} };
    return (await compare(task, catalogue, desk)).measures;
  };

  // In one go, and pair by pair.
  test.each(['linear-cka', 'imd'])('%s: both directions of a pair are one pair, drawn once', async (id) => {
    const { [id]: all } = await calibrationOf({ measures: [id] });
    const transposed = (m: readonly (readonly (number | null)[])[]) => m.map((_, j) => m.map((row) => row[j]));
    for (const key of ['level', 'sd', 'z', 'p', 'pMax', 'q', 'calibrated'] as const)
      expect(all?.calibration?.[key], key).toEqual(transposed(all?.calibration?.[key] ?? []));
    // Of one pair the best is that pair.
    const { [id]: one } = await calibrationOf({ measures: [id], inputs: files.slice(0, 2) });
    const { p, pMax, q } = one?.calibration ?? {};
    expect(p?.[0]?.[1]).toBeGreaterThan(0.1);
    expect([pMax?.[0]?.[1], q?.[0]?.[1]]).toEqual([p?.[0]?.[1], p?.[0]?.[1]]);
  });

  test.each(['linear-cka', 'rsa'])('%s: progress goes up through value, pairings and choices of rows', async (id) => {
    const inputs = files.slice(0, 2);
    const watched = async (work: (desk: Desk) => Promise<unknown>) => {
      const seen: { fraction: number; message: string }[] = [];
      const progress = (fraction: number | null, message: string) => {
        if (fraction !== null) seen.push({ fraction, message });
      };
      await work({ signal: new AbortController().signal, progress });
      expect(seen).toEqual(seen.toSorted((one, other) => one.fraction - other.fraction));
      return (message: string) => seen.find((one) => one.message === message)?.fraction;
    };
    const surroundings = { base: folder, memory: 1e9, threads: 0 };
    const request = {
      method: id,
      inputs,
      permutations: 29,
      resample: { kind: 'bootstrap', count: 30 },
      seed: 1,
    } as const;
    const one = await watched((desk) => run({ kind: 'run', request, ...surroundings }, catalogue, desk));
    expect(one('Random pairing 1 of 29')).toBeCloseTo(1 / 60, 12);
    expect(one('Choice of rows 1 of 30')).toBeCloseTo(30 / 60, 12);
    const all = { inputs: files, permutations: 29, seed: 1, measures: [id] };
    const many = await watched((desk) => compare({ kind: 'compare', request: all, ...surroundings }, catalogue, desk));
    expect(many('Random pairing 16 of 29')).toBeCloseTo(16 / 30, 12);
  });

  test.each(['linear-cka', 'relative-agreement', 'linear-regression'])(
    '%s: the level of chance is that of the run of the pair',
    async (id) => {
      const inputs = files.slice(0, 2);
      const request = { method: id, inputs, permutations: 29, seed: 1 };
      const desk = { signal: new AbortController().signal, progress: () => {} };
      const { result: one } = await run(
        { kind: 'run', request, base: folder, memory: 1e9, threads: 0 },
        catalogue,
        desk,
      );
      const { [id]: all } = await calibrationOf({ measures: [id], inputs });
      const { level, sd, p } = one.chance[all?.value ?? ''] ?? {};
      expect([all?.chance, all?.sd, all?.calibration?.p].map((cells) => cells?.[0]?.[1])).toEqual([
        ...[level, sd].map((number) => expect.closeTo(number as number, 12)),
        p,
      ]);
    },
  );

  test('a file that is among the references too is no pair with itself', async () => {
    const { 'linear-cka': all } = await calibrationOf({ measures: ['linear-cka'], against: files.slice(1) });
    const { pMax, q } = all?.calibration ?? {};
    for (const [i, row] of [...(pMax ?? []), ...(q ?? [])].entries())
      expect(row.map((value) => value === null)).toEqual([i % 3 === 1, i % 3 === 2]);
  });

  test('pairings within categories are refused, of several measures too, without labels that rows share', async () => {
    const request = { within: true, measures: ['linear-cka', 'rsa'] };
    await expect(calibrationOf(request)).rejects.toThrow(/need labels that rows share/);
    await expect(calibrationOf({ ...request, labels })).rejects.toThrow(/need labels that rows share/);
    // Rows without a label share none.
    const none = {
      kind: 'category' as const,
      name: 'c',
      categories: ['(missing)', '1'],
      index: Int32Array.of(0, 1, 0),
    };
    expect(() => groupsOf(none)).toThrow(/need labels that rows share/);
    const numbers = { kind: 'number' as const, name: 'c', values: Float64Array.of(Number.NaN, 1, Number.NaN) };
    expect(() => groupsOf(numbers)).toThrow(/need labels that rows share/);
    expect(groupsOf({ ...numbers, values: Float64Array.of(1, Number.NaN, 1) }).name).toBe('c');
  });
});

test.each(['hsic', 'rsm-difference'])('%s: in other units of the data p and z are the same', async (id) => {
  const small = (m: Matrix<Float64Array>) =>
    new Matrix(
      m.data.map((value) => 2 ** -20 * value),
      m.rows,
      m.columns,
    );
  const chance = Object.values((await calibrated(id, x, alike, 49)).chance ?? {});
  const scaled = Object.values((await calibrated(id, small(x), small(alike), 49)).chance ?? {});
  expect(chance[0]?.p).toBeCloseTo(1 / 50, 12);
  expect(scaled.map(({ p }) => p)).toEqual(chance.map(({ p }) => p));
  for (const [k, { z }] of chance.entries()) expect(scaled[k]?.z).toBeCloseTo(z as number, 8);
});

test('what the order of the rows does not change has a level, p 1 and no z', async () => {
  for (const [id, key] of [
    ['magnitude-difference', 'difference'],
    ['imd', 'distance'],
  ] as const) {
    const { values, chance, warnings } = await calibrated(id, x, unrelated, 49);
    expect(chance?.[key]).toEqual({
      ...{ level: expect.closeTo(values[key] as number, 12), p: 1 },
      how: expect.any(String),
    });
    expect(warnings?.at(-1)).toMatch(/: every random pairing of the rows gives the same\./);
  }
  expect((await calibrated('linear-cka', x, unrelated, 49)).warnings?.join()).not.toMatch(/every random pairing/);
});

test('fewer choices of rows than an interval needs are said, and how many had a value', async () => {
  const method = methodOf('procrustes');
  const inputs = [named('a', x), named('b', alike)];
  const outcome = await method.run(inputs, {}, contextFor(40));
  const with10 = { method: 'procrustes', inputs: [], resample: { kind: 'bootstrap', count: 10 } } as const;
  const { intervals: none, warnings } = await withUncertainty(method, {}, inputs, outcome, with10, contextFor(40));
  expect(none).toEqual({});
  expect(warnings?.join()).toMatch(/no interval: it takes 20 choices of rows/);
  let draw = 0;
  const how = { kind: 'bootstrap', count: 40, seed: 1 } as const;
  const { interval } = await resampled(1, 40, how, contextFor(40), async () => (draw++ % 2 === 0 ? draw : null));
  expect(interval?.how).toContain('20 of 40 draws had a value');
});

test('an interval that draws of repeated rows have moved away from the value says so, by the name of its measure', async () => {
  const movedOf = async (id: string, kind: 'bootstrap' | 'subsample') => {
    const method = methodOf(id);
    const inputs = [named('a', x), named('b', unrelated)];
    const parameters = method.parameters.parse({ neighbours: 1 });
    const outcome = await method.run(inputs, parameters, contextFor(40));
    const request = { method: id, inputs: [], resample: { kind, count: 40 } } as const;
    const { warnings = [] } = await withUncertainty(method, parameters, inputs, outcome, request, contextFor(40));
    return warnings.filter((warning) => warning.includes('does not hold'));
  };
  expect(await movedOf('mutual-knn', 'bootstrap')).toEqual([
    expect.stringMatching(
      /^Mutual nearest neighbours: the bootstrap interval does not hold the value\. Draws repeat rows/,
    ),
  ]);
  expect(await movedOf('mutual-knn', 'subsample')).toEqual([]);
});

test('halves on which a measure can give one value only have no interval, and those that nearly do are said', async () => {
  const random = new Random(4);
  const noise = (columns: number) =>
    Matrix.of(Array.from({ length: 40 }, () => Array.from({ length: columns }, () => random.normal())));
  const warned = async (columns: number) => {
    const method = methodOf('linear-regression');
    const inputs = [named('a', noise(3)), named('b', noise(columns))];
    const outcome = await method.run(inputs, {}, contextFor(40));
    const request = { method: method.id, inputs: [], resample: { kind: 'subsample', count: 40 } } as const;
    const { warnings = [], intervals } = await withUncertainty(method, {}, inputs, outcome, request, contextFor(40));
    return [Object.keys(intervals ?? {}).length, warnings.at(-1)];
  };
  expect(await warned(25)).toEqual([0, expect.stringMatching(/there is no interval\. Halves of the rows are too few/)]);
  expect((await warned(3))[1] ?? '').not.toMatch(/interval/);
  expect(await warned(15)).toEqual([1, expect.stringMatching(/halves of the rows give .* the interval is too narrow/)]);
});

test.each(['bootstrap', 'subsample'] as const)(
  'the %s interval of an overview is of its participation ratio: trace² / |C|² of the covariance C',
  async (kind) => {
    const ratio = ({ data, rows, columns }: Matrix) => {
      const column = (j: number) => Array.from({ length: rows }, (_, i) => data[i * columns + j] as number);
      const units = Array.from({ length: columns }, (_, j) => {
        const mean = column(j).reduce((sum, value) => sum + value, 0) / rows;
        return column(j).map((value) => value - mean);
      });
      const product = (a: number[], b: number[]) => a.reduce((sum, value, i) => sum + value * (b[i] as number), 0);
      const trace = units.reduce((sum, unit) => sum + product(unit, unit), 0);
      return trace ** 2 / units.flatMap((a) => units.map((b) => product(a, b) ** 2)).reduce((a, b) => a + b, 0);
    };
    const method = methodOf('overview');
    const inputs = [named('a', x)];
    const outcome = await method.run(inputs, {}, contextFor(40));
    const how = { kind, count: 40, seed: 1 };
    const request = { method: 'overview', inputs: [], resample: { kind, count: 40 }, seed: 1 };
    const { intervals, warnings } = await withUncertainty(method, {}, inputs, outcome, request, contextFor(40));
    expect(Object.keys(intervals ?? {})).toEqual(['participation-ratio']);
    expect(warnings?.join()).not.toMatch(/too few for this measure/);
    const of = async (rows: Int32Array) => ratio(x.takeRows(rows));
    const { interval } = await resampled(ratio(x), 40, how, contextFor(40), of);
    expect(intervals?.['participation-ratio']?.low).toBeCloseTo(interval?.low as number, 9);
    expect(intervals?.['participation-ratio']?.high).toBeCloseTo(interval?.high as number, 9);
  },
);

test('no interval is of what only counts what went in', async () => {
  const method = methodOf('relative');
  const parameters = method.parameters.parse({ anchors: 5 });
  const inputs = [named('a', x)];
  const outcome = await method.run(inputs, parameters, contextFor(40));
  const request = { method: 'relative', inputs: [], resample: { kind: 'bootstrap', count: 20 } } as const;
  const { intervals } = await withUncertainty(method, parameters, inputs, outcome, request, contextFor(40));
  expect(Object.keys(intervals ?? {})).toEqual(['covering-radius']);
});

test('the level of chance by random pairings takes the place of one by fewer', async () => {
  const method = methodOf('hard-matching');
  const inputs = [named('a', x), named('b', alike)];
  const parameters = method.parameters.parse({});
  const outcome = await method.run(inputs, parameters, contextFor(40));
  const request = { method: method.id, inputs: [], permutations: 60 };
  const { chance } = await withUncertainty(method, parameters, inputs, outcome, request, contextFor(40));
  const { level, sd = Number.NaN, z, how } = chance?.correlation ?? { level: Number.NaN, how: '' };
  expect(how).toMatch(/^Mean of 60 random pairings/);
  expect(z).toBeCloseTo(((outcome.values.correlation as number) - level) / sd, 12);
});

test('adjusted p-values: those of the 1995 paper’s example, and never less than the p they are made of', () => {
  const p = [
    0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459, 0.324, 0.4262, 0.5719, 0.6528, 0.759, 1,
  ];
  // Benjamini and Hochberg (1995), section 3: the first four are rejected at 0.05.
  expect(benjaminiHochberg(p).filter((q) => (q as number) <= 0.05)).toHaveLength(4);
  fc.assert(
    fc.property(fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 1, maxLength: 30 }), (list) => {
      const q = benjaminiHochberg(list);
      for (const [k, one] of q.entries()) {
        expect(one).toBeGreaterThanOrEqual(list[k] as number);
        expect(one).toBeLessThanOrEqual(1);
      }
    }),
  );
});

test.each(['bootstrap', 'subsample'] as const)('the %s interval of a mean is that of normal theory', async (kind) => {
  const random = new Random(3);
  const values = Float64Array.from({ length: 400 }, () => random.normal());
  const mean = (list: ArrayLike<number>) => Array.from(list).reduce((sum, value) => sum + value, 0) / list.length;
  const observed = mean(values);
  const context = contextFor(400);
  const how = { kind, count: 1000, seed: 1 };
  const { interval } = await resampled(observed, 400, how, context, async (rows) =>
    mean(Float64Array.from(rows, (i) => values[i] as number)),
  );
  const sd = Math.sqrt(mean(values.map((value) => (value - observed) ** 2)) / 400);
  expect(((interval?.high ?? 0) - observed) / sd).toBeGreaterThan(1.7);
  expect(((interval?.high ?? 0) - observed) / sd).toBeLessThan(2.25);
  expect((observed - (interval?.low ?? 0)) / sd).toBeGreaterThan(1.7);
  expect((observed - (interval?.low ?? 0)) / sd).toBeLessThan(2.25);
});

test('halves vary about the value of all rows', async () => {
  // What they lie below it is made good.
  const draws = Array.from({ length: 40 }, (_, i) => 0.7 + 0.005 * i);
  const how = { kind: 'subsample', count: 40, seed: 1 } as const;
  let draw = 0;
  const { interval } = await resampled(0.95, 40, how, contextFor(40), async () => draws[draw++] as number);
  expect(interval?.high).toBeCloseTo(0.95 + (0.005 * 39) / 2 - 0.005 * 39 * 0.025, 12);
});

test('the closed form of RSA by conditions is over these, and is not mixed with pairings of the rows', async () => {
  const method = methodOf('rsa');
  const inputs = [named('a', x), named('b', unrelated)];
  const parameters = method.parameters.parse({ dissimilarity: 'crossnobis', noise: 'none' });
  const index = Int32Array.from({ length: 40 }, (_, i) => i % 8);
  const labels = { kind: 'category' as const, name: 'class', categories: [...'abcdefgh'], index };
  const context = { ...contextFor(40), rows: { index: Int32Array.from({ length: 40 }, (_, i) => i), labels } };
  const outcome = await method.run(inputs, parameters, context);
  const { correlation: closed } = outcome.chance ?? {};
  expect(closed).toMatchObject({
    level: 0,
    of: 'conditions',
    how: expect.stringContaining('pairings of the conditions'),
  });
  expect(outcome.reading).toMatch(/^Which conditions are near/);
  expect(outcome.warnings).toContain('Only 8 conditions: too few to tell likeness from accident.');
  expect(outcome.tables?.rows?.columns.slice(0, 2)).toEqual(['condition', 'name']);
  const request = { method: 'rsa', inputs: [], permutations: 50 } as const;
  const { chance, reading } = await withUncertainty(method, parameters, inputs, outcome, request, context);
  expect(reading).toMatch(/Rows paired at random give [−\d.]+\.$/);
  expect(chance?.correlation?.how).toMatch(/^Mean of 50 random pairings of the rows/);
  expect(chance?.correlation?.sd).not.toBe(closed?.sd);
});
