import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { encodeNpy } from '../../src/data/npy-writer';
import { compare } from '../../src/engine/compare';
import { narrowable } from '../../src/engine/narrow';
import { run } from '../../src/engine/run';
import { Matrix } from '../../src/linalg/matrix';
import { Random } from '../../src/linalg/random';
import { catalogue } from '../../src/methods/catalogue';
import type { Scatter } from '../../src/protocol/figures';
import { temporaryFolder } from './engine-files';

const folder = temporaryFolder();
const desk = { signal: new AbortController().signal, progress: () => {} };

interface Planted {
  readonly rows: number;
  readonly columns: number;
  readonly seed: number;
  /** Of a block of normal values that all inputs of a test share. */
  readonly shared?: number;
  readonly offset?: number;
  readonly constant?: readonly number[];
  readonly missing?: readonly number[];
  /** What is written for a missing value. */
  readonly gap?: number;
  readonly single?: boolean;
}

function write(name: string, planted: Planted): { path: string } {
  const {
    rows,
    columns,
    seed,
    shared = 0.7,
    offset = 0,
    constant = [],
    missing = [],
    gap = Number.NaN,
    single = false,
  } = planted;
  const [own, common] = [new Random(seed), new Random(99)];
  const row = () => Array.from({ length: columns }, () => own.normal());
  const base = Array.from({ length: rows * 4 }, () => common.normal());
  const data = new Float64Array(rows * columns);
  for (let i = 0, k = 0; i < rows; i++)
    for (const [j, noise] of row().entries())
      data[k++] = constant.includes(j)
        ? 0.1
        : missing.includes(i) && j === 0
          ? gap
          : offset + shared * (base[4 * i + (j % 4)] as number) + (1 - shared) * noise;
  const values = single ? Float32Array.from(data) : data;
  writeFileSync(join(folder, name), encodeNpy(new Matrix(values, rows, columns)));
  return { path: name };
}

const runs = (method: string, inputs: readonly { path: string }[], memory: number, rest = {}) =>
  run({ kind: 'run', request: { method, inputs, ...rest }, base: folder, memory, threads: 0 }, catalogue, desk);
const compares = (inputs: readonly { path: string }[], measures: string[], memory: number, rest = {}) =>
  compare(
    { kind: 'compare', request: { inputs, measures, ...rest }, base: folder, memory, threads: 0 },
    catalogue,
    desk,
  );

const ROOMY = 1e9;
/** What the sums over rows take for so many units, and as much again; two units of 3,000 rows fit into it, all of them do not. */
const tight = (units: number) => 8 * (4 * units * units + 64 * units) + 80_000;
const streaming = catalogue.filter(({ takes, stream }) => takes === 'pair' && stream).map(({ id }) => id);

function near(found: Readonly<Record<string, number | null>>, wanted: Readonly<Record<string, number | null>>): void {
  expect(Object.keys(found)).toEqual(Object.keys(wanted));
  for (const [key, value] of Object.entries(wanted)) {
    if (value === null) expect(found[key], key).toBeNull();
    else expect(Math.abs((found[key] as number) - value), key).toBeLessThan(1e-10 * Math.max(1, Math.abs(value)));
  }
}

describe('inputs larger than memory are read in blocks, and give the same numbers', () => {
  test.each(streaming)('%s', async (method) => {
    const planted = { rows: 3000, constant: [2], missing: [5, 17, 40, 41, 2999] };
    const inputs = [
      write(`${method}-a.npy`, { ...planted, columns: 12, seed: 1, offset: 3 }),
      write(`${method}-b.npy`, { ...planted, columns: 7, seed: 2, missing: [17, 100], constant: [] }),
    ];
    const [whole, blocks] = [await runs(method, inputs, ROOMY), await runs(method, inputs, tight(19))];
    expect(whole.result.steps.join()).not.toContain('read in blocks');
    expect(blocks.result.steps.join()).toMatch(/read in blocks of \d+ rows/);
    near(blocks.result.values, whole.result.values);
    expect(blocks.result.inputs).toEqual(whole.result.inputs);
    expect(blocks.result.warnings).toEqual(expect.arrayContaining(whole.result.warnings as string[]));
    expect(blocks.result.steps).toContain('6 rows left out');
    for (const [key, { level, sd, how }] of Object.entries(blocks.result.chance)) {
      const wanted = whole.result.chance[key];
      // Rows that are not kept cannot be paired at random: that level is another one, and says so.
      if (method === 'convergent-learning' && how !== wanted?.how) continue;
      near({ level }, { level: wanted?.level ?? Number.NaN });
      if (sd !== undefined) near({ sd }, { sd: wanted?.sd ?? Number.NaN });
    }
  });
});

test.each([
  ['gulp', { lambda: 0.01 }],
  ['gulp', { lambda: 0.5, squared: false }],
  ['eigenspace-overlap', { centre: true }],
  ['aligned-cosine', { centre: true }],
  ['ridge-regression', { lambda: 0, folds: 3 }],
])('%s with %j in blocks', async (method, parameters) => {
  const inputs = [
    write('chosen-a.npy', { rows: 3000, columns: 7, seed: 1, offset: 3, missing: [4] }),
    write('chosen-b.npy', { rows: 3000, columns: 12, seed: 2 }),
  ];
  const [whole, blocks] = [
    await runs(method, inputs, ROOMY, { parameters }),
    await runs(method, inputs, tight(19), { parameters }),
  ];
  expect(blocks.result.steps.join()).toMatch(/read in blocks of \d+ rows/);
  near(blocks.result.values, whole.result.values);
  for (const [key, { level }] of Object.entries(whole.result.chance))
    near({ level: blocks.result.chance[key]?.level ?? null }, { level });
});

describe('rows that are paired by identifiers', () => {
  const rows = 3000;
  const order = Array.from({ length: rows }, (_, i) => (i * 1009) % rows);
  const named = (name: string, columns: number, seed: number, ids: readonly number[]) => {
    writeFileSync(join(folder, `${name}.csv`), ['word', ...ids.map((id) => `w${id}`)].join('\n'));
    const input = write(`${name}.npy`, { rows: ids.length, columns, seed, missing: [17] });
    return { ...input, ids: { path: `${name}.csv`, column: 'word' } };
  };
  const inputs = [
    named('ordered', 12, 1, Array.from(order.keys())),
    named('mixed', 7, 2, order),
    named('fewer', 9, 3, Array.from(order.keys()).slice(100, 2900)),
    named('back', 5, 4, order.toReversed().slice(7)),
  ];

  test.each([
    [0, 1],
    [1, 0],
    [0, 2],
    [2, 3],
    [1, 1],
  ])('of larger inputs %i and %i are brought into one order on disk', async (a, b) => {
    const pair = [inputs[a], inputs[b]] as { path: string }[];
    const [whole, blocks] = [await runs('linear-cka', pair, ROOMY), await runs('linear-cka', pair, 180_000)];
    expect(whole.result.steps.join()).not.toContain('read in blocks');
    expect(blocks.result.steps.join()).toMatch(/paired by identifier: .*read in blocks of \d+ rows/);
    near(blocks.result.values, whole.result.values);
    expect(blocks.result.warnings).toEqual(whole.result.warnings);
    expect(blocks.result.inputs).toEqual(whole.result.inputs);
    expect(blocks.result.tables.unmatched).toEqual(whole.result.tables.unmatched);
  });

  test('are compared all with all', async () => {
    const [whole, blocks] = [
      await compares(inputs, ['linear-cka'], ROOMY),
      await compares(inputs, ['linear-cka'], 200_000),
    ];
    expect(blocks.inputs).toEqual(whole.inputs);
    for (const [i, row] of (whole.measures['linear-cka']?.matrix ?? []).entries())
      for (const [j, value] of row.entries())
        expect(blocks.measures['linear-cka']?.matrix[i]?.[j]).toBeCloseTo(value as number, 10);
  });
});

describe('comparisons larger than memory', () => {
  const measures = catalogue.filter(({ fromMoments }) => fromMoments).map(({ id }) => id);
  const gaps = [{}, {}, { missing: [7] }, { missing: [7], gap: 1e301 }];
  const inputs = [8, 5, 30, 11].map((columns, i) =>
    write(`many-${i}.npy`, { rows: 1500, columns, seed: 10 + i, ...gaps[i] }),
  );

  function same(found: readonly (readonly (number | null)[])[], wanted: readonly (readonly (number | null)[])[]): void {
    expect(found.map((row) => row.length)).toEqual(wanted.map((row) => row.length));
    for (const [i, row] of wanted.entries())
      for (const [j, value] of row.entries()) expect(found[i]?.[j]).toBeCloseTo(value as number, 6);
  }

  test('all measures over all pairs: in one pass, and in passes for every two groups', async () => {
    const whole = await compares(inputs, measures, ROOMY);
    for (const memory of [600_000, 80_000]) {
      const blocks = await compares(inputs, measures, memory);
      for (const id of measures) {
        same(blocks.measures[id]?.matrix ?? [], whole.measures[id]?.matrix ?? []);
        if (whole.measures[id]?.chance) same(blocks.measures[id]?.chance ?? [], whole.measures[id]?.chance ?? []);
      }
      expect(blocks.inputs).toEqual(whole.inputs);
      expect(blocks.inputs[0]?.used).toEqual([1499, 8]);
      expect(blocks.warnings).toContain('row 7 (1 of 1,500) left out: not finite in many-2.npy.');
      expect(blocks.warnings).toContain('row 7 (1 of 1,500) left out: beyond 1e300 in many-3.npy.');
    }
  });

  test('a measure of directions says what sums of squares do not show of them, one that does not see the scale of units sees all', async () => {
    const random = new Random(4);
    const made = (name: string, column: (i: number, j: number) => number) => {
      const data = Float64Array.from({ length: 9000 }, (_, k) => random.normal() * column(Math.floor(k / 6), k % 6));
      return { data, save: () => writeFileSync(join(folder, name), encodeNpy(new Matrix(data, 1500, 6))) };
    };
    const dependent = made('dependent.npy', () => 1);
    for (let k = 0; k < 9000; k += 6)
      dependent.data[k] = (dependent.data[k + 1] as number) + 1e-9 * (dependent.data[k] as number);
    dependent.save();
    made('unequal.npy', (_, j) => 10 ** (2 * j)).save();
    made('plain.npy', () => 1).save();
    const directions = ['mean-cca', 'pwcca', 'eigenspace-overlap', 'gulp', 'linear-regression'];
    const pair = (name: string) => [{ path: 'plain.npy' }, { path: name }];
    const { warnings } = await compares(pair('dependent.npy'), directions, 80_000);
    for (const id of directions)
      expect(warnings.join('\n'), id).toMatch(new RegExp(`${id}: .*1 directions of the second`));
    const [blocks, whole] = [
      await compares(pair('unequal.npy'), directions, 80_000),
      await compares(pair('unequal.npy'), directions, ROOMY),
    ];
    for (const id of directions) same(blocks.measures[id]?.matrix ?? [], whole.measures[id]?.matrix ?? []);
    expect(blocks.warnings.join()).not.toContain('weak');
  });

  test('against references', async () => {
    const request = { against: [inputs[2], inputs[0]] };
    const whole = await compares(inputs.slice(0, 2), ['linear-cka'], ROOMY, request);
    const blocks = await compares(inputs.slice(0, 2), ['linear-cka'], 100_000, request);
    same(blocks.measures['linear-cka']?.matrix ?? [], whole.measures['linear-cka']?.matrix ?? []);
    expect(blocks.against).toEqual(whole.against);
  });

  test('a measure that needs every row at once says so, and leaves the others', async () => {
    const { measures: found, warnings } = await compares(inputs, ['linear-cka', 'rsa'], 600_000);
    expect(found['linear-cka']?.matrix[0]?.[0]).toBeCloseTo(1, 12);
    expect(found.rsa?.matrix).toEqual(inputs.map(() => inputs.map(() => null)));
    expect(warnings.join('\n')).toMatch(
      /rsa: The 4 inputs need 648 kB of memory together; the bound is 600 kB\..*sample/,
    );
    await expect(compares(inputs, ['rsa'], 600_000)).rejects.toThrow(/The 4 inputs need 648 kB/);
  });
});

test('an overview names the unit that outweighs the others, whether the table fits into memory or not', async () => {
  const random = new Random(5);
  const names = ['digit', ...Array.from({ length: 23 }, (_, j) => `f${j}`)];
  const lines = Array.from({ length: 2000 }, () =>
    names.map((_, j) => ((j === 0 ? 1000 : 1) * random.normal()).toFixed(6)).join(','),
  );
  writeFileSync(join(folder, 'points.csv'), [names.join(','), ...lines, ''].join('\n'));
  for (const memory of [ROOMY, 1e6]) {
    const { warnings, steps } = (await runs('overview', [{ path: 'points.csv' }], memory)).result;
    expect(steps.join().includes('read in blocks')).toBe(memory < ROOMY);
    expect(warnings.join()).toContain('Unit 0 (digit) alone holds 100 % of the variance');
  }
});

test.each([false, true])('an overview of what is larger than memory, float32: %s', async (single) => {
  const rows = 2000;
  const random = new Random(8);
  const data = Float64Array.from({ length: rows * 24 }, (_, k) => random.normal() + (k % 24));
  for (const row of [100, 1700]) data.copyWithin(24 * row, 24 * 20, 24 * 21);
  for (let i = 0; i < rows; i++) data[24 * i + 7] = data[24 * i + 5] as number;
  data.fill(0, 24 * 50, 24 * 51);
  data[24 * 30] = Number.POSITIVE_INFINITY;
  data.fill(300, 24 * 60, 24 * 61);
  for (let i = 0; i < rows; i++) data[24 * i + 4] = 2.5;
  writeFileSync(join(folder, 'look.npy'), encodeNpy(new Matrix(single ? Float32Array.from(data) : data, rows, 24)));
  const input = { path: 'look.npy', rows: [10, rows] as const };
  const whole = (await runs('overview', [input], ROOMY)).result;
  const blocks = (await runs('overview', [input], 1e6)).result;
  expect(blocks.steps.join()).toMatch(/read in blocks of \d+ rows/);
  near(blocks.values, whole.values);
  expect(blocks.values).toMatchObject({ 'constant-units': 1, 'repeated-rows': 2, 'repeated-units': 1, rank: 22 });
  expect(blocks.warnings).toEqual(whole.warnings);
  expect(whole.warnings.join()).toContain('(60)');
  expect(blocks.reading).toBe(whole.reading);
  expect(blocks.figures.map(({ id }) => id)).toEqual(whole.figures.map(({ id }) => id));
  const [found, wanted] = [blocks, whole].map(({ figures }) => figures[0]) as [Scatter, Scatter];
  expect(found.rows).toEqual(wanted.rows);
  // The sign of an axis is arbitrary.
  const turned = Math.sign((found.panels[0]?.xs[0] ?? 0) * (wanted.panels[0]?.xs[0] ?? 0));
  for (const [i, x] of (wanted.panels[0]?.xs ?? []).entries())
    expect(turned * (found.panels[0]?.xs[i] as number)).toBeCloseTo(x, 3);
  for (const [i, row] of (whole.tables.units?.rows ?? []).entries())
    for (const [j, cell] of row.entries()) expect(blocks.tables.units?.rows[i]?.[j]).toBeCloseTo(cell as number, 9);
});

test('however short the blocks, the number is the same', async () => {
  const inputs = [
    write('short-a.npy', { rows: 9000, columns: 3, seed: 1, missing: [0, 1, 2, 3, 8999] }),
    write('short-b.npy', { rows: 9000, columns: 2, seed: 2, single: true }),
  ];
  const { result: whole } = await runs('linear-cka', inputs, ROOMY);
  const heights: number[] = [];
  for (const spare of [400, 3000, 60_000]) {
    const { result } = await runs('linear-cka', inputs, 9000 + 8 * (25 + 3 * 25 + 16 * 5) + spare);
    heights.push(Number(/blocks of (\d+) rows?/.exec(result.steps.join())?.[1]));
    near(result.values, whole.values);
    near({ sd: result.chance.cka?.sd ?? null }, { sd: whole.chance.cka?.sd ?? null });
    expect(result.warnings).toEqual(whole.warnings);
  }
  expect(heights[0]).toBeLessThan(5);
  expect(heights[1]).toBeLessThan(40);
});

describe('inputs too wide for the products of their units are read in strips of units', () => {
  const rows = 40;
  const memory = 700_000;
  const ids = (name: string, order: readonly number[]) => {
    writeFileSync(join(folder, name), ['id', ...order].join('\n'));
    return { ids: { path: name, column: 'id' } };
  };
  const order = Array.from({ length: rows }, (_, i) => (i * 7) % rows);
  const wide = { rows, constant: [4, 1999], offset: 2 };
  const a = write('wide-a.npy', { ...wide, columns: 2000, seed: 1, missing: [3, 11] });
  const b = write('wide-b.npy', { ...wide, columns: 1500, seed: 2, single: true });

  test.each([
    ['linear-cka', [a, b], {}],
    ['linear-cka', [a, { ...b, rows: [0, rows] }], {}],
    ['linear-cka-debiased', [b, a], {}],
    ['linear-cka-debiased', [a, b], { parameters: { estimator: 'lange' } }],
    [
      'linear-cka',
      [
        { ...a, ...ids('in-order.csv', [...order.keys()]) },
        { ...b, ...ids('another-order.csv', order) },
      ],
      {},
    ],
    [
      'linear-cka',
      [
        { ...a, ...ids('first.csv', order) },
        { ...a, ...ids('second.csv', order.toReversed()) },
      ],
      {},
    ],
  ])('%s of %j %j', async (method, inputs, rest) => {
    const [whole, strips] = [
      (await runs(method, inputs, ROOMY, rest)).result,
      (await runs(method, inputs, memory, rest)).result,
    ];
    expect(strips.steps.join()).toMatch(/read in strips of \d+ units,kernels of the rows in float64/);
    near(strips.values, whole.values);
    near({ sd: strips.chance.cka?.sd ?? null }, { sd: whole.chance.cka?.sd ?? null });
    expect(strips.warnings).toEqual(whole.warnings);
    expect(strips.inputs).toEqual(whole.inputs);
  });

  test('axes after the first are units; values of extreme size leave the number as it is', async () => {
    const shaped = (name: string, factor: number) => {
      const random = new Random(5);
      const data = Float64Array.from({ length: rows * 1800 }, () => factor * random.normal());
      const npy = encodeNpy(new Matrix(data, rows, 1800));
      const text = Buffer.from(npy).toString('latin1').replace('(40, 1800), }     ', '(40, 20, 9, 10), }');
      writeFileSync(join(folder, name), Buffer.from(text, 'latin1'));
      return { path: name };
    };
    const { values } = (await runs('linear-cka', [shaped('deep.npy', 1), b], ROOMY)).result;
    for (const factor of [1, 1e200, 1e-200]) {
      const { result } = await runs('linear-cka', [shaped('deep.npy', factor), b], memory);
      expect(result.steps.join()).toContain('read in strips');
      near(result.values, values);
    }
  });

  test('what neither fits, nor lies so that a part of a row can be read, is refused in words', async () => {
    await expect(runs('linear-cka', [a, b], 60_000)).rejects.toThrow(
      /Read in blocks of rows, there has to be [\d.]+ kB for the kernels of all pairs of 40 rows\./,
    );
    writeFileSync(
      join(folder, 'wide.csv'),
      [
        ...Array.from({ length: rows + 1 }, (_, i) =>
          Array.from({ length: 1500 }, (__, j) => (i === 0 ? `u${j}` : (i * j) % 7)).join(),
        ),
      ].join('\n'),
    );
    await expect(runs('linear-cka', [a, { path: 'wide.csv' }], memory)).rejects.toThrow(
      /there has to be [\d.]+ MB for the table of products of all pairs of 3500 units/,
    );
  });
});

describe('what only sees inner products of rows is had of the coordinates of the rows where units are too many', () => {
  const rows = 24;
  const memory = 150_000;
  const common = { rows, constant: [4], offset: 2 };
  const a = write('narrow-a.npy', { ...common, columns: 600, seed: 1, missing: [3, 11] });
  const b = write('narrow-b.npy', { ...common, columns: 500, seed: 2, single: true });
  const few = write('narrow-few.npy', { rows, columns: 7, seed: 3 });
  const able = catalogue.filter(narrowable);

  test.each(able.map(({ id, takes }) => [id, takes === 'one' ? [a] : [a, b]] as const))('%s', async (id, inputs) => {
    // An input alone needs a tighter bound not to fit.
    const bound = inputs.length === 1 ? 100_000 : memory;
    const { result: whole } = await runs(id, inputs, ROOMY);
    const narrow = await runs(id, inputs, bound).catch((error: Error) => error.message);
    // Some need so much beside the coordinates, whatever there is.
    if (typeof narrow === 'string') {
      expect(narrow).toMatch(
        /^There has to be [\d.]+ MB of memory for [a-z, ]+ beside the \d[\d.]* kB of the inputs, [\d.]+ MB in all; the bound/,
      );
      return;
    }
    const { result } = narrow;
    expect(result.steps.join()).toMatch(/read in (strips|blocks)/);
    for (const [key, value] of Object.entries(whole.values))
      if (value === null) expect(result.values[key], key).toBeNull();
      else expect(Math.abs(Number(result.values[key]) - value), key).toBeLessThan(1e-6 * Math.max(1, Math.abs(value)));
    expect(result.inputs).toEqual(whole.inputs);
  });

  test('beside an input of few units, by identifiers, with labels, and over all pairs', async () => {
    writeFileSync(
      join(folder, 'narrow.csv'),
      ['word,kind', ...Array.from({ length: rows }, (_, i) => `w${i},k${i % 3}`)].join('\n'),
    );
    const ids = { path: 'narrow.csv', column: 'word' };
    const labels = { path: 'narrow.csv', column: 'kind' };
    const inputs = [
      { ...a, ids },
      { ...few, ids },
    ];
    const [{ result: whole }, { result }] = [
      await runs('procrustes', inputs, ROOMY, { labels }),
      await runs('procrustes', inputs, 100_000, { labels }),
    ];
    near(result.values, whole.values);
    expect(result.tables.residuals?.rows.map(([row]) => row)).toEqual(whole.tables.residuals?.rows.map(([row]) => row));
    expect(result.steps.join()).toMatch(/narrow-a: 600 units read in strips .* along the 21 principal axes/);
    const measures = ['procrustes', 'svcca', 'hard-matching'];
    const [all, narrow] = [await compares([a, b, few], measures, ROOMY), await compares([a, b, few], measures, memory)];
    for (const id of ['procrustes', 'svcca'])
      for (const [i, row] of (all.measures[id]?.matrix ?? []).entries())
        for (const [j, value] of row.entries())
          expect(narrow.measures[id]?.matrix[i]?.[j]).toBeCloseTo(value as number, 8);
    expect(narrow.measures['hard-matching']?.matrix).toEqual([a, b, few].map(() => [null, null, null]));
    expect(narrow.warnings.join()).toMatch(/hard-matching: The 3 inputs need/);
    expect(narrow.steps?.join()).toContain('600 units read in strips');
  });

  test('rows of zeros, and rows that are the same, stay so', async () => {
    const random = new Random(4);
    const data = Float64Array.from({ length: 10 * 900 }, () => random.normal());
    data.fill(0, 900, 1800);
    data.copyWithin(2700, 4500, 5400);
    writeFileSync(join(folder, 'repeats.npy'), encodeNpy(new Matrix(data, 10, 900)));
    const inputs = [{ path: 'repeats.npy' }, { path: 'repeats.npy', rows: [0, 10] as const }];
    const [{ result: whole }, { result }] = [
      await runs('mutual-knn', inputs, ROOMY),
      await runs('mutual-knn', inputs, 80_000),
    ];
    near(result.values, whole.values);
    expect(result.warnings).toEqual(whole.warnings);
    expect(result.warnings.join()).toMatch(/repeats an earlier row/);
  });
});

test('what is wrong is said in the same words', async () => {
  const said = async (inputs: readonly { path: string }[], memory: number) =>
    runs('linear-cka', inputs, memory).then(
      () => '',
      (error: Error) => error.message,
    );
  const good = write('good.npy', { rows: 3000, columns: 5, seed: 1 });
  const every = Array.from({ length: 3000 }, (_, i) => i);
  for (const other of [
    write('nan-column.npy', { rows: 3000, columns: 5, seed: 2, missing: every }),
    write('one-row.npy', { rows: 3000, columns: 5, seed: 2, missing: every.slice(1) }),
    write('shorter.npy', { rows: 2999, columns: 5, seed: 2 }),
  ]) {
    const message = await said([good, other], ROOMY);
    expect(message).not.toBe('');
    expect(await said([good, other], tight(10))).toBe(message);
  }
  await expect(runs('linear-cka', [good, good], 3000)).rejects.toThrow(
    /^The input needs 120 kB of memory, and .* the bound is 3\.00 kB\. Read in blocks of rows, there has to be [\d.]+ kB for the table of products of all pairs of 10 units\. Choose fewer/,
  );
});

test('reading stops when it is cancelled', async () => {
  const inputs = [1, 2].map((seed) => write(`stop-${seed}.npy`, { rows: 3000, columns: 8, seed }));
  let fraction = 0;
  const stopping = {
    progress: (done: number | null) => {
      fraction = done ?? fraction;
    },
    signal: {
      throwIfAborted() {
        if (fraction > 0) throw new Error('stop');
      },
    },
  };
  const task = {
    kind: 'run',
    request: { method: 'linear-cka', inputs },
    base: folder,
    memory: tight(16),
    threads: 0,
  } as const;
  await expect(run(task, catalogue, stopping)).rejects.toThrow('stop');
  expect(fraction).toBeLessThan(1);
});
