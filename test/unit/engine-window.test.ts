import { rmSync, writeFileSync } from 'node:fs';
import { readdir, readlink } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, test, vi } from 'vitest';
import { Engine } from '../../src/engine/engine';
import { Jobs } from '../../src/engine/jobs';
import { firstSlice } from '../../src/protocol/slice';
import { refusal } from './data-files';
import { bundle, temporaryFolder, writeMatrix } from './engine-files';
import { testCatalogue } from './engine-methods';

const folder = temporaryFolder();
const rows = [
  [1, NaN, 0],
  [-2, 4, 0],
  [Infinity, 6, -0],
  [5, 8, 0],
];
writeMatrix(folder, 'a.npy', rows);
writeFileSync(join(folder, 't.csv'), 'word,x,id\nfish,1.5,007\n"a,b",,9007199254740993\n=1+1,-3,12\n');
writeMatrix(folder, 'd.npy', [[1], [2], [3]]);
const slice = firstSlice([4, 3]);
let engine: Engine;
beforeAll(async () => {
  const script = join(await bundle({ worker: 'test/unit/engine-worker.ts' }, 'engine-window'), 'worker.js');
  engine = new Engine(new Jobs(script, () => {}), testCatalogue, { memory: 1e9, threads: 0, cache: null }, folder);
});

describe('windows', () => {
  test('hold numbers, and as text what JSON has not', async () => {
    const { values } = await engine.window({ path: 'a.npy', tensor: null, slice, rows: [0, 3], columns: [0, 3] });
    expect(values).toEqual([1, 'NaN', 0, -2, 4, 0, 'Infinity', 6, '-0']);
    expect(JSON.parse(JSON.stringify(values))).toEqual(values);
  });

  test('of a table hold texts and numbers, each in its column', async () => {
    const asked = { path: 't.csv', tensor: null, slice: firstSlice([3, 1]) };
    const { values } = await engine.window({ ...asked, rows: [0, 3], columns: [0, 2] });
    expect(values).toEqual(['fish', 1.5, 'a,b', 'NaN', '=1+1', -3]);
    const part = await engine.window({ ...asked, rows: [1, 2], columns: [1, 2] });
    expect(part.values).toEqual(['NaN']);
  });

  test('are refused where there is nothing, and where they are beyond any screen', async () => {
    const asked = { path: 'a.npy', tensor: null, slice };
    expect(await refusal(engine.window({ ...asked, rows: [0, 5], columns: [0, 3] }))).toMatch(/there are no such/);
    expect(await refusal(engine.window({ ...asked, rows: [0, 1e6], columns: [0, 3] }))).toMatch(/at most/);
    expect(await refusal(engine.window({ ...asked, path: 'b.npy', rows: [0, 1], columns: [0, 1] }))).toMatch(/b\.npy/);
  });

  test('come while the worker is busy', async () => {
    const controller = new AbortController();
    let done = false;
    const inputs = [{ path: 'd.npy' }, { path: 'd.npy' }];
    const job = engine.run({ method: 'obedient', inputs }, { signal: controller.signal }).catch(() => {});
    void job.then(() => {
      done = true;
    });
    const { values } = await engine.window({ path: 'a.npy', tensor: null, slice, rows: [3, 4], columns: [0, 1] });
    expect(values).toEqual([5]);
    expect(done).toBe(false);
    controller.abort();
    await job;
  });

  test('show the file as it is now', async () => {
    const asked = { path: 'c.npy', tensor: null, slice: firstSlice([1, 1]), rows: [0, 1], columns: [0, 1] } as const;
    writeMatrix(folder, 'c.npy', [[1]]);
    expect((await engine.window(asked)).values).toEqual([1]);
    rmSync(join(folder, 'c.npy'));
    writeMatrix(folder, 'c.npy', [[2, 3]]);
    expect((await engine.window(asked)).values).toEqual([2]);
  });

  test('leave no file open for long', async () => {
    await engine.window({ path: 'a.npy', tensor: null, slice, rows: [0, 1], columns: [0, 1] });
    const held = async () => {
      const descriptors = await readdir('/proc/self/fd');
      const targets = await Promise.all(descriptors.map((fd) => readlink(`/proc/self/fd/${fd}`).catch(() => '')));
      return targets.filter((target) => target === join(folder, 'a.npy')).length;
    };
    expect(await held()).toBe(1);
    await vi.waitUntil(async () => (await held()) === 0, { timeout: 30_000 });
  });
});

describe('summaries', () => {
  test('describe every column: finite values apart from those that are not', async () => {
    const { lines, basis, whole } = await engine.summarise({ path: 'a.npy', tensor: null, slice, of: 'columns' });
    expect({ basis, whole }).toEqual({ basis: 'all 4 rows', whole: true });
    writeMatrix(folder, 'row.npy', [[1, 2]]);
    const row = await engine.summarise({ path: 'row.npy', tensor: null, slice, of: 'columns' });
    expect(row.basis).toBe('the only row');
    // By hand: of 1, -2 and 5 the mean is 4/3, the variance (1 + 4 + 25)/3 - 16/9 = 74/9.
    expect(lines[0]).toMatchObject({ count: 4, min: -2, max: 5, nan: 0, infinite: 1, zeros: 0 });
    expect(lines[0]?.mean).toBeCloseTo(4 / 3, 14);
    expect(lines[0]?.sd).toBeCloseTo(Math.sqrt(74 / 9), 14);
    expect(lines[1]).toMatchObject({ min: 4, max: 8, mean: 6, nan: 1 });
    expect(lines[2]).toMatchObject({ min: 0, max: 0, mean: 0, sd: 0, zeros: 4 });
    expect(lines[0]?.bins?.reduce((sum, n) => sum + n, 0)).toBe(3);
    expect([lines[0]?.bins?.[0], lines[0]?.bins?.at(-1)]).toEqual([1, 1]);
  });

  test('describe rows of a range', async () => {
    const asked = { path: 'a.npy', tensor: null, slice, of: 'rows', range: [1, 3] } as const;
    const { lines } = await engine.summarise(asked);
    expect(lines).toHaveLength(2);
    expect(lines[0]).toMatchObject({ count: 3, min: -2, max: 4, zeros: 1 });
    expect(lines[0]?.mean).toBeCloseTo(2 / 3, 14);
    expect(lines[1]).toMatchObject({ infinite: 1, max: 6 });
  });

  test('of a table leave its texts out', async () => {
    const asked = { path: 't.csv', tensor: null, slice: firstSlice([3, 1]), of: 'columns' } as const;
    const { lines } = await engine.summarise(asked);
    expect(lines[0]).toMatchObject({ count: 0, min: null });
    expect(lines[1]).toMatchObject({ count: 3, min: -3, max: 1.5, nan: 1 });
  });
});
