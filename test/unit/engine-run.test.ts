import { expect, test } from 'vitest';
import { z } from 'zod';
import { compare } from '../../src/engine/compare';
import { describeMethod } from '../../src/engine/describe';
import { run } from '../../src/engine/run';
import type { Method, Outcome, Representation } from '../../src/methods/method';
import { originOf } from '../../src/methods/shared/reordered';
import { UserError } from '../../src/protocol/errors';
import type { CompareRequest } from '../../src/protocol/result';
import { temporaryFolder, writeMatrix } from './engine-files';
import { testCatalogue, testMethod } from './engine-methods';

const folder = temporaryFolder();
const desk = { signal: new AbortController().signal, progress: () => {} };
const surroundings = { base: folder, memory: 1e9, threads: 0 };
const [a, b, c] = [1, 20, 300].map((x) => ({
  path: writeMatrix(folder, `x${x}.npy`, [
    [x, 0],
    [2, x],
  ]),
}));
const inputs = [a, b, c] as { path: string }[];

const runWith = (given: Record<string, unknown>, method = 'rows', catalogue = testCatalogue) =>
  run(
    { kind: 'run', request: { method, inputs: inputs.slice(0, 2), parameters: given }, ...surroundings },
    catalogue,
    desk,
  );
const compareWith = (request: Partial<CompareRequest>, catalogue: readonly Method[] = testCatalogue) =>
  compare({ kind: 'compare', request: { inputs, ...request }, ...surroundings }, catalogue, desk);

test('a result says everything that went into it', async () => {
  const { result } = await runWith({ scale: 2 });
  expect(result).toMatchObject({
    ...{ method: 'rows', seed: 0, values: { value: 4 }, chance: {}, intervals: {}, tables: {}, figures: [] },
    parameters: { scale: 2, k: 10, centred: true, mode: 'near', anchors: [] },
    inputs: [{ shape: [2, 2], dtype: 'float64' }, { used: [2, 2] }],
  });
  const again = await runWith({});
  expect(again.result.reading).toBe(result.reading);
});

test('parameters that do not fit are refused by name, with what was given and what is allowed', async () => {
  const refused = (given: Record<string, unknown>, message: string) =>
    expect(runWith(given)).rejects.toThrow(new UserError(message));
  await refused({ scale: 0 }, 'rows: the parameter "scale" cannot be 0; it takes a number above 0, up to 10.');
  await refused({ scale: 'big' }, 'rows: the parameter "scale" cannot be "big"; it takes a number above 0, up to 10.');
  await refused({ k: 2.5 }, 'rows: the parameter "k" cannot be 2.5; it takes a whole number from 1 to 100.');
  await refused({ centred: 'maybe' }, 'rows: the parameter "centred" cannot be "maybe"; it takes true or false.');
  await refused({ mode: 'off' }, 'rows: the parameter "mode" cannot be "off"; it takes one of near, far.');
  await refused(
    { anchors: [1, 'x'] },
    'rows: the parameter "anchors" cannot be [1,"x"]; it takes a list of whole numbers.',
  );
  const known = 'Its parameters are: scale, k, centred, mode, anchors.';
  await refused({ debiased: true }, `rows has no parameter "debiased". ${known}`);
  await refused({ toString: 1 }, `rows has no parameter "toString". ${known}`);
});

test('labels go to the methods that use them, and to no other', async () => {
  const labels = { path: writeMatrix(folder, 'labels.npy', [[0], [1]]) };
  const request = { method: 'rows', inputs: inputs.slice(0, 2), labels };
  const deaf = await run({ kind: 'run', request, ...surroundings }, testCatalogue, desk);
  expect(deaf.result.labels).toBeUndefined();
  expect(deaf.result.warnings).toEqual(['rows uses no labels; those given were not read.']);
  const drawing = testCatalogue.map((method) => ({ ...method, labels: 'optional' as const }));
  const told = await run({ kind: 'run', request, ...surroundings }, drawing, desk);
  expect(told.result.labels).toEqual(labels);
  expect(told.result.warnings).toEqual([]);
});

test('the wrong number of inputs is refused', async () => {
  await expect(runWith({}, 'one')).rejects.toThrow('one takes one representation; 2 were given.');
  const request = { method: 'rows', inputs };
  await expect(run({ kind: 'run', request, ...surroundings }, testCatalogue, desk)).rejects.toThrow(
    'rows takes two representations; 3 were given. For all pairs of them, compare.',
  );
});

test('a method of many takes all inputs at once, and is no measure of pairs', async () => {
  const request = { method: 'several', inputs, permutations: 10 };
  const { result } = await run({ kind: 'run', request, ...surroundings }, testCatalogue, desk);
  expect(result.values).toEqual({ value: inputs.length });
  expect(result.inputs).toHaveLength(3);
  expect(result.warnings.join()).toMatch(/this method was run once/);
  const alone = { method: 'several', inputs: inputs.slice(0, 1) };
  await expect(run({ kind: 'run', request: alone, ...surroundings }, testCatalogue, desk)).rejects.toThrow(
    'several takes two or more representations; 1 was given.',
  );
  await expect(compareWith({ measures: ['several'] })).rejects.toThrow('several takes all representations at once');
});

test('what is made of the rows is made once for all random pairings of them, and only put in their order', async () => {
  let [made, scored] = [0, 0];
  const sums = testMethod({
    id: 'sums',
    run: async () => ({ values: { value: 1 } }),
    sweep: async ([x], [y], _, context) => {
      scored++;
      for (const { matrix } of [x, y] as [Representation, Representation])
        await context.kept?.(originOf(matrix)?.of ?? matrix, 'sum', 8, async () => made++);
      return { values: [1] };
    },
  });
  const request = { method: 'sums', inputs: inputs.slice(0, 2), permutations: 30 };
  await run({ kind: 'run', request, ...surroundings }, [sums], desk);
  expect([made, scored]).toEqual([2, 30]);
});

test('no number that is not finite leaves the engine', async () => {
  const { NaN: nan, POSITIVE_INFINITY: infinite } = Number;
  const axis = { label: '' };
  const outcome: Outcome = {
    values: { value: nan, other: infinite, fine: 1 },
    chance: { value: { level: nan, how: '' }, other: { level: 0, how: '' }, fine: { level: 0, sd: nan, how: '' } },
    intervals: {
      fine: { low: nan, high: 1, level: 0.95, how: '' },
      other: { low: 0, high: 1, level: 0.95, how: '' },
    },
    tables: { t: { columns: ['x'], rows: [[nan], ['text'], [2]] } },
    figures: [
      {
        ...{ kind: 'heatmap', id: 'h', title: 'H', scale: { label: '', kind: 'sequential', domain: [0, 1] } },
        panels: [{ title: '', rows: axis, columns: axis, shape: [1, 2], values: [nan, 1] }],
      },
      {
        ...{ kind: 'scatter', id: 's', title: 'S', rows: [0] },
        panels: [{ title: '', x: axis, y: axis, xs: [nan], ys: [0] }],
      },
      { kind: 'line', id: 'l', title: 'L', x: axis, y: axis, series: [{ name: '', x: [0, 1], y: [infinite, 1] }] },
    ],
  };
  const { result } = await runWith({}, 'nan', [testMethod({ id: 'nan', run: async () => outcome })]);
  expect(result.values).toEqual({ value: null, other: null, fine: 1 });
  expect(result.chance).toEqual({ fine: { level: 0, how: '' } });
  expect(result.intervals).toEqual({});
  expect(result.tables.t?.rows).toEqual([[null], ['text'], [2]]);
  expect(result.figures.map(({ id }) => id)).toEqual(['h', 'l']);
  expect(JSON.parse(JSON.stringify(result))).toEqual(result);
  expect(result.warnings).toEqual([
    'value could not be computed: it came out as NaN.',
    'other could not be computed: it came out as Infinity.',
    '1 cell of the table t came out as no finite number.',
    '1 value of the figure "H" came out as no finite number.',
    'The figure "S" is left out: a place in it came out as no finite number.',
    '1 value of the figure "L" came out as no finite number.',
  ]);
});

test('all pairs, the diagonal computed like the rest', async () => {
  const { measures, inputs: records } = await compareWith({ measures: ['difference'] });
  expect(records).toHaveLength(3);
  expect(measures).toEqual({
    difference: {
      matrix: [
        [0, -19, -299],
        [19, 0, -280],
        [299, 280, 0],
      ],
      value: 'value',
      parameters: {},
    },
  });
});

test('against references: a row per input, a column per reference', async () => {
  const { measures, against } = await compareWith({
    inputs: inputs.slice(0, 2),
    against: inputs.slice(2),
    measures: ['difference'],
  });
  expect(measures.difference?.matrix).toEqual([[-299], [-280]]);
  expect(against).toHaveLength(1);
  const single = await compareWith({ inputs: inputs.slice(0, 1), against: inputs, measures: ['difference'] });
  expect(single.measures.difference?.matrix).toEqual([[0, -19, -299]]);
});

test('a symmetric measure is computed for half the pairs', async () => {
  let runs = 0;
  const count = testMethod({ id: 'count', run: async () => ({ values: { value: ++runs } }) });
  const { measures } = await compareWith({ measures: ['count'] }, [count]);
  expect(runs).toBe(6);
  expect(measures.count?.matrix).toEqual([
    [1, 2, 3],
    [2, 4, 5],
    [3, 5, 6],
  ]);
});

test('an interval does not leave the range of its value, and says where it was cut', async () => {
  const interval = { low: 0.9, high: 1.1, level: 0.95, how: 'normal approximation' };
  const ranged = (...range: [number | null, number | null]) => ({ title: 'Value', range, better: 'higher' as const });
  const method = testMethod({
    id: 'ranged',
    values: [
      { key: 'open', ...ranged(0, null) },
      { key: 'high', ...ranged(0, 1) },
      { key: 'low', ...ranged(1, null) },
    ],
    run: async () => ({
      values: { open: 1, high: 1, low: 1, unlisted: 1 },
      intervals: { open: interval, high: interval, low: interval, unlisted: interval },
    }),
  });
  const { intervals } = (await runWith({}, 'ranged', [method])).result;
  const how = 'normal approximation, cut at the end of the range';
  const [low, high] = [
    { ...interval, low: 1, how },
    { ...interval, high: 1, how },
  ];
  expect(intervals).toEqual({ open: interval, high, low, unlisted: interval });
});

test('a measure that is symmetric with some parameters is computed for half the pairs with those alone', async () => {
  let runs = 0;
  const count = testMethod({
    id: 'count',
    parameters: z.object({ fitted: z.boolean().default(false) }),
    symmetric: ({ fitted }) => !fitted,
    run: async () => ({ values: { value: ++runs } }),
  });
  for (const [fitted, expected] of [
    [false, 6],
    [true, 9],
  ] as const) {
    runs = 0;
    await compareWith({ measures: ['count'], parameters: { fitted } }, [count]);
    expect(runs).toBe(expected);
  }
});

test('a sweep takes the place of the pairs', async () => {
  const sweeping = testMethod({
    id: 'sweeping',
    run: () => Promise.reject(new Error('not pair by pair')),
    sweep: async (rows, columns) => ({
      values: rows.flatMap((_, i) => columns.map((_, j) => (i === j ? 1 : null))),
      chance: rows.flatMap(() => columns.map(() => 0.1)),
      warnings: ['few rows'],
    }),
  });
  const { measures, warnings } = await compareWith({ inputs: inputs.slice(1) }, [{ ...sweeping, recommended: 1 }]);
  expect(measures.sweeping).toEqual({
    ...{
      matrix: [
        [1, null],
        [null, 1],
      ],
      chance: [
        [0.1, null],
        [null, 0.1],
      ],
      value: 'value',
      parameters: {},
    },
  });
  expect(warnings).toEqual(['sweeping: few rows']);
});

test('a measure that refuses some pairs leaves them empty and says so', async () => {
  const picky = testMethod({
    id: 'picky',
    parameters: z.object({ name: z.string().default('') }),
    run: async ([x, y], { name }) => {
      if (x?.name === y?.name) throw new UserError('the same twice.');
      return { values: { value: Number.NaN }, warnings: [`careful${name}`] };
    },
  });
  const pair = inputs.slice(0, 2);
  const { measures, warnings } = await compareWith({ inputs: pair, measures: ['picky'], parameters: { name: '!' } }, [
    picky,
  ]);
  expect(measures.picky?.matrix).toEqual([
    [null, null],
    [null, null],
  ]);
  expect(warnings).toEqual([
    'picky: the same twice. (2 pairs)',
    'picky: careful! (x1 × x20)',
    'picky: 2 values could not be computed: no finite number came out.',
  ]);
  await expect(compareWith({ inputs: pair, against: pair.slice(0, 1), measures: ['refuse'] })).rejects.toThrow(
    'do not fit',
  );
});

test('which measures: the recommended, all that take a pair, or those named', async () => {
  const pair = { inputs: inputs.slice(0, 2) };
  expect(Object.keys((await compareWith(pair)).measures)).toEqual(['rows']);
  const calm = testCatalogue.filter(({ id }) => ['rows', 'difference', 'one'].includes(id));
  expect(Object.keys((await compareWith({ ...pair, measures: ['all'] }, calm)).measures)).toEqual([
    'rows',
    'difference',
  ]);
  await expect(compareWith({ measures: ['one'] })).rejects.toThrow('one takes one representation');
  await expect(compareWith({ parameters: { k: 1 }, measures: ['rows', 'difference'] })).rejects.toThrow('one measure');
  await expect(compareWith({ inputs: inputs.slice(0, 1) })).rejects.toThrow('two representations or more');
});

test('a method is described by its parameters as JSON Schema', () => {
  const { parameters, labels } = describeMethod(testCatalogue[0] as Method);
  expect(labels).toBe('none');
  expect(parameters).toEqual({
    type: 'object',
    properties: {
      scale: { type: 'number', title: 'Scale', description: 'Factor.', default: 1, exclusiveMinimum: 0, maximum: 10 },
      k: { type: 'integer', default: 10, minimum: 1, maximum: 100 },
      centred: { type: 'boolean', default: true },
      mode: { type: 'string', default: 'near', enum: ['near', 'far'] },
      anchors: { type: 'array', default: [], items: { type: 'integer' } },
    },
  });
  const odd = testMethod({ id: 'odd', parameters: z.object({ x: z.object({}) }), run: async () => ({ values: {} }) });
  expect(() => describeMethod(odd)).toThrow(TypeError);
});
