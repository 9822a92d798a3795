import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { Engine } from '../../src/engine/engine';
import { type JobOptions, Jobs } from '../../src/engine/jobs';
import { Lookups } from '../../src/engine/lookup';
import type { Graph } from '../../src/engine/task';
import { Matrix } from '../../src/linalg/matrix';
import { Random } from '../../src/linalg/random';
import { Cancelled } from '../../src/protocol/errors';
import { refusal } from './data-files';
import { bundle, temporaryFolder, writeMatrix } from './engine-files';
import { testCatalogue } from './engine-methods';

const folder = temporaryFolder();
const points = [
  [3, 4],
  [6, 8],
  [0, 0],
  [4, 3],
  [NaN, 1],
  [3, 4],
  [-3, -4],
];
writeMatrix(folder, 'points.npy', points);
writeFileSync(join(folder, 'words.csv'), 'word,count,kind\nfish,7,a\nbird,2,b\ncow,,a\n');
const euclidean = { input: { path: 'points.npy' }, row: 0, neighbours: 3, metric: 'euclidean' } as const;

let script: string;
const engineOf = (memory: number) =>
  new Engine(new Jobs(script, () => {}), testCatalogue, { memory, threads: 0, cache: null }, folder);
let engine: Engine;
beforeAll(async () => {
  script = join(await bundle({ worker: 'test/unit/engine-worker.ts' }, 'engine-lookup'), 'worker.js');
  engine = engineOf(1e9);
});

describe('neighbours of a row', () => {
  test('are the nearest in the file, the first of equals first; rows that cannot be compared are counted', async () => {
    const { rows, distances, compared, left } = await engine.neighbours(euclidean);
    expect([rows, distances]).toEqual([
      [5, 3, 1],
      [0, Math.SQRT2, 5],
    ]);
    expect([compared, left]).toEqual([5, 1]);
    const cosine = await engine.neighbours({ ...euclidean, metric: 'cosine', neighbours: 5 });
    expect(cosine.rows).toEqual([1, 5, 3, 2, 6]);
    expect(cosine.distances.map((value) => Number(value.toFixed(12)))).toEqual([0, 0, 0.04, 1, 2]);
  });

  test('of some rows are numbered as in the file', async () => {
    const input = { path: 'points.npy', rows: [3, 7] } as const;
    const { rows } = await engine.neighbours({ ...euclidean, input, row: 3, neighbours: 1 });
    expect(rows).toEqual([5]);
    expect(await refusal(engine.neighbours({ ...euclidean, input, row: 2 }))).toMatch(/no such row/);
  });

  test('that an approximate search finds are as far as they are, in order, and the share of true ones is that which it says', async () => {
    const random = new Random(3);
    const many = Array.from({ length: 3000 }, (_, i) => Array.from({ length: 6 }, () => 4 * (i % 7) + random.normal()));
    many[17] = [NaN, 0, 0, 0, 0, 0];
    writeMatrix(folder, 'many.npy', many);
    const asked = { input: { path: 'many.npy', rows: [0, 3000] }, neighbours: 10 } as const;
    for (const metric of ['euclidean', 'cosine'] as const) {
      let same = 0;
      for (const row of [0, 16, 18, 500, 1000, 2999]) {
        const exact = await engine.neighbours({ ...asked, metric, row });
        const found = await engine.neighbours({ ...asked, metric, row, search: 'approximate' });
        expect(found.rows).toHaveLength(10);
        expect(found.rows).not.toContain(row);
        expect(found.distances).toEqual([...found.distances].sort((a, b) => a - b));
        for (const [i, other] of found.rows.entries()) {
          const at = exact.rows.indexOf(other);
          if (at < 0) continue;
          same++;
          expect(found.distances[i]).toBe(exact.distances[at]);
        }
        expect([found.compared, found.left, exact.search]).toEqual([2998, 1, undefined]);
        expect(found.search?.recall).toBeGreaterThanOrEqual(0.98);
      }
      expect(same).toBeGreaterThanOrEqual(57);
    }
    expect(await refusal(engine.neighbours({ ...asked, metric: 'cosine', row: 17, search: 'approximate' }))).toMatch(
      /not finite/,
    );
  });

  test('are the same where the input is too large to be held', async () => {
    expect(await engineOf(600).neighbours(euclidean)).toEqual(await engine.neighbours(euclidean));
    writeMatrix(
      folder,
      'squares.npy',
      Array.from({ length: 100 }, (_, i) => [i * i, 0]),
    );
    const input = { path: 'squares.npy', rows: [40, 100] } as const;
    // 960 bytes: read at once, in two parts of 52 and 8 rows, and again for every question.
    for (const memory of [1e9, 13_440, 600]) {
      const of = async (row: number) => (await engineOf(memory).neighbours({ ...euclidean, input, row })).rows;
      expect([await of(50), await of(95)], `${memory}`).toEqual([
        [49, 51, 48],
        [94, 96, 93],
      ]);
    }
  });

  test('are found beyond the range of squares; an infinite row is counted', async () => {
    writeMatrix(folder, 'far.npy', [[1e200], [-1e200], [Infinity], [4e200]]);
    for (const [metric, wanted] of [
      ['euclidean', [2e200, 3e200]],
      ['cosine', [0, 2]],
    ] as const) {
      const { rows, distances, compared, left } = await engine.neighbours({
        ...{ ...euclidean, input: { path: 'far.npy' }, metric },
      });
      expect([rows, compared, left]).toEqual([metric === 'cosine' ? [3, 1] : [1, 3], 2, 1]);
      for (const [i, value] of wanted.entries())
        expect(Math.abs((distances[i] as number) - value)).toBeLessThanOrEqual(1e-15 * value);
    }
  });

  test('are those of the file as it is now', async () => {
    writeMatrix(folder, 'changing.npy', [[0], [1], [5]]);
    const request = { ...euclidean, input: { path: 'changing.npy' }, neighbours: 1 };
    expect((await engine.neighbours(request)).rows).toEqual([1]);
    writeMatrix(folder, 'changing.npy', [[0], [9], [5], [7]]);
    expect((await engine.neighbours(request)).rows).toEqual([2]);
  });

  test('are refused in words, and said of a row without direction', async () => {
    expect(await refusal(engine.neighbours({ ...euclidean, row: 4 }))).toMatch(/Row 4 .* not finite/);
    expect(await refusal(engine.neighbours({ ...euclidean, row: 7 }))).toMatch(/the input has 7/);
    expect(await refusal(engine.neighbours({ ...euclidean, row: -1 }))).toMatch(/no such row/);
    expect(await refusal(engine.neighbours({ ...euclidean, neighbours: 0 }))).toMatch(/1 to 1,000/);
    expect(await refusal(engine.neighbours({ ...euclidean, neighbours: 1001 }))).toMatch(/1 to 1,000/);
    expect((await engine.neighbours({ ...euclidean, row: 2, metric: 'cosine' })).warning).toMatch(/no direction/);
  });

  test('that are searched for at once are stopped when nobody waits for them any more, and not before', async () => {
    const lookups = new Lookups();
    const begun: JobOptions[] = [];
    const heard: string[] = [];
    const ask = (who: string, signal: AbortSignal) =>
      lookups
        .neighbours(
          { ...euclidean, neighbours: 1, search: 'approximate' },
          {
            ...{ base: folder, room: 1e9, signal, layer: () => Promise.reject(new Error('There is no model.')) },
            onProgress: ({ message }) => heard.push(`${who}: ${message}`),
            graph: (_, options) => {
              begun.push(options);
              return new Promise<Graph>((_, reject) => {
                options.signal?.addEventListener('abort', () => reject(options.signal?.reason));
              });
            },
          },
        )
        .catch((error: unknown) => (error instanceof Cancelled ? 'left' : Promise.reject(error)));
    const people = [new AbortController(), new AbortController()] as const;
    const answers = [ask('first', people[0].signal), ask('second', people[1].signal)];
    await expect.poll(() => begun.length).toBe(1);
    begun[0]?.onProgress?.({ fraction: 0.5, message: 'half', etaSeconds: null });
    await expect.poll(() => heard).toEqual(['first: half', 'second: half']);
    people[0].abort();
    expect(await answers[0]).toBe('left');
    expect(begun[0]?.signal?.aborted).toBe(false);
    begun[0]?.onProgress?.({ fraction: 0.6, message: 'more', etaSeconds: null });
    expect(heard).toEqual(['first: half', 'second: half', 'second: more']);
    people[1].abort();
    expect(await answers[1]).toBe('left');
    expect(begun[0]?.signal?.aborted).toBe(true);
    lookups.clear();
  });

  test('are not searched for where nobody waits any more once the rows are there', async () => {
    const [lookups, stop] = [new Lookups(), new AbortController()];
    let begun = 0;
    const asked = lookups.neighbours(
      { ...euclidean, input: { path: 'model.onnx', model: { data: [] } }, search: 'approximate' },
      {
        ...{ base: folder, room: 1e9, signal: stop.signal, onProgress: () => {} },
        async layer() {
          stop.abort(new Cancelled());
          return Matrix.of(points.filter((row) => row.every(Number.isFinite)));
        },
        graph: (_, { signal }) => {
          begun++;
          return new Promise((_, reject) => signal?.addEventListener('abort', () => reject(signal.reason)));
        },
      },
    );
    await expect(asked).rejects.toThrow(Cancelled);
    expect(begun).toBe(0);
    lookups.clear();
  });

  test('come while the worker is busy', async () => {
    writeMatrix(folder, 'd.npy', [[1], [2], [3]]);
    const controller = new AbortController();
    const inputs = [{ path: 'd.npy' }, { path: 'd.npy' }];
    const job = engine.run({ method: 'obedient', inputs }, { signal: controller.signal }).catch(() => 'stopped');
    expect((await engine.neighbours(euclidean)).rows).toHaveLength(3);
    controller.abort();
    expect(await job).toBe('stopped');
  });
});

describe('values of all rows', () => {
  const of = (more: object) => engine.rowValues({ values: { path: 'words.csv', ...more } });

  test('are a column, with the names of the rows', async () => {
    expect(await of({ column: 'kind' })).toEqual({
      labels: { kind: 'category', name: 'kind', categories: ['a', 'b'], index: [0, 1, 0] },
      names: ['fish', 'bird', 'cow'],
    });
    expect((await of({ column: 'count' })).labels).toMatchObject({ kind: 'number', values: [7, 2, null] });
  });

  test('are what SQL makes of the columns', async () => {
    const { labels } = await of({ expression: 'length(word) + coalesce(count, 0) / 4' });
    expect(labels).toMatchObject({ kind: 'number', values: [5.75, 4.5, 3] });
    const { labels: classes } = await of({ expression: "case when count > 5 then 'often' else 'seldom' end -- so" });
    expect(classes).toMatchObject({ categories: ['often', 'seldom'], index: [0, 1, 1] });
  });

  test.each([
    ['', /is empty/],
    ['nothing + 1', /cannot be run.*nothing/],
    ['count * 2 +', /this is no SQL expression: syntax error at end of input\. Write/],
    ['1) FROM data; DROP TABLE data; SELECT (2', /this is no SQL expression: syntax error at or near "\)"/],
    ["(SELECT 1 FROM read_text('/etc/passwd'))", /may read the table data alone/],
    ['random()', /something else each time/],
    ['count, word', /cannot be run|one value|columns/],
  ])('an expression is refused in words: %s', async (expression, words) => {
    expect(await refusal(of({ expression }))).toMatch(words);
  });

  test('of an array have no SQL', async () => {
    const values = { path: 'points.npy', expression: '1' };
    expect(await refusal(engine.rowValues({ values }))).toMatch(/SQL is for tables/);
  });

  test('of the result of a query are its rows', async () => {
    const query = 'SELECT * FROM data WHERE count > 1';
    const values = { path: 'words.csv', expression: 'count * 2' };
    const { labels } = await engine.rowValues({ values, input: { path: 'words.csv', query } });
    expect(labels).toMatchObject({ values: [14, 4] });
  });
});
