import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { Engine } from '../../src/engine/engine';
import { Eta } from '../../src/engine/eta';
import { Jobs } from '../../src/engine/jobs';
import { MadeLast, suffixed, writeMade } from '../../src/engine/made';
import type { RunAnswer } from '../../src/engine/task';
import { Matrix } from '../../src/linalg/matrix';
import { Cancelled } from '../../src/protocol/errors';
import { bundle, temporaryFolder, writeMatrix } from './engine-files';
import { testCatalogue } from './engine-methods';

const folder = temporaryFolder();
const cache = join(folder, 'cache');
const matrix = (x: number) => writeMatrix(folder, 'a.npy', [[x], [2], [3]]);
matrix(1);
writeMatrix(folder, 'b.npy', [[1], [2], [4]]);
const inputs = [{ path: 'a.npy' }, { path: 'b.npy' }];
const settings = { memory: 1e9, threads: 0, cache };
let engine: Engine;
let script: string;
beforeAll(async () => {
  script = join(await bundle({ worker: 'test/unit/engine-worker.ts' }, 'engine-service'), 'worker.js');
  engine = new Engine(new Jobs(script, () => {}), testCatalogue, settings, folder);
});

const sha = (name: string) =>
  createHash('sha256')
    .update(readFileSync(join(folder, name)))
    .digest('hex');

test('results name the content of their inputs', async () => {
  const result = await engine.run({ method: 'rows', inputs });
  expect(result.inputs.map(({ sha256 }) => sha256)).toEqual([sha('a.npy'), sha('b.npy')]);
  const comparison = await engine.compare({ inputs, against: [{ path: 'b.npy' }], measures: ['rows'] });
  expect(comparison.against?.[0]?.sha256).toBe(sha('b.npy'));
});

test('the same request on the same content is answered from the cache', async () => {
  const first = await engine.run({ method: 'rows', inputs, parameters: { k: 10, scale: 3 } });
  const again = await engine.run({ method: 'rows', inputs, parameters: { scale: 3 } });
  // A new run would not take the same time to the nanosecond.
  expect(again).toEqual(first);
  expect((await engine.run({ method: 'rows', inputs, parameters: { scale: 3 }, seed: 1 })).seed).toBe(1);
  const compared = await engine.compare({ inputs, measures: ['rows'] });
  expect(await engine.compare({ inputs, measures: ['rows'] })).toEqual(compared);
});

test('other content, and a damaged entry, are computed anew', async () => {
  const request = { method: 'difference', inputs };
  expect((await engine.run(request)).values.value).toBe(0);
  matrix(7);
  expect((await engine.run(request)).values.value).toBe(6);
  matrix(1);
  for (const name of readdirSync(cache)) writeFileSync(join(cache, name), '{');
  expect((await engine.run(request)).values.value).toBe(0);
});

test('what was computed of a file that changed, or went, meanwhile is not kept', async () => {
  class Late extends Jobs {
    override async submit(...asked: Parameters<Jobs['submit']>) {
      const answer = await super.submit(...asked);
      change();
      return answer as never;
    }
  }
  let change: () => void = () => matrix(9);
  const late = new Engine(new Late(script, () => {}), testCatalogue, settings, folder);
  const request = { method: 'difference', inputs, seed: 4 };
  expect((await late.run(request)).values.value).toBe(0);
  expect((await engine.run(request)).values.value).toBe(8);
  change = () => rmSync(join(folder, 'a.npy'));
  expect((await late.run({ ...request, seed: 5 })).values.value).toBe(8);
  matrix(1);
});

test('without a folder nothing is kept', async () => {
  engine.configure({ ...settings, cache: null });
  const first = await engine.run({ method: 'rows', inputs, parameters: { scale: 5 } });
  expect((await engine.run({ method: 'rows', inputs, parameters: { scale: 5 } })).seconds).not.toBe(first.seconds);
  engine.configure(settings);
});

test('what a method made is written as it was, and made where it is not there any more', async () => {
  const run = { method: 'makes', inputs: [{ path: 'b.npy' }] };
  const last = (name: string) =>
    readFileSync(join(folder, name)).readDoubleLE(readFileSync(join(folder, name)).length - 8);
  const { values } = await engine.run(run);
  expect(await engine.make({ run, out: 'made.npy' })).toEqual(
    ['made-first.npy', 'made-second-third.npy'].map((name) => join(folder, name)),
  );
  expect(last('made-first.npy')).toBe(values.value);
  expect(await engine.make({ run: { ...run, seed: 1 }, out: 'made.safetensors' })).toHaveLength(1);
  expect(last('made.safetensors')).toBeGreaterThan(values.value ?? 0);
  await expect(engine.make({ run, out: 'made.onnx' })).rejects.toThrow(/has to end in \.npy, .*\.parquet/);
  await expect(engine.make({ run: { method: 'rows', inputs }, out: 'made.npy' })).rejects.toThrow(/values alone/);
});

test('the name of a file has in it what is written there, letters of all scripts and digits', () => {
  expect(suffixed('a.b/out.npy', 'layer/1: é, ü')).toBe('a.b/out-layer-1-é-ü.npy');
});

test('representations whose names differ in signs or in case alone do not overwrite each other', async () => {
  const names = ['a.b', 'a_b', 'A b'];
  const representations = names.map((name, i) => ({ name, matrix: Matrix.of([[i]]) }));
  const answer = { representations, result: { inputs: [], warnings: [] } } as unknown as RunAnswer;
  const paths = ['apart-a-b.npy', 'apart-a-b-2.npy', 'apart-A-b-3.npy'].map((name) => join(folder, name));
  expect(await writeMade(join(folder, 'apart.npy'), answer)).toEqual(paths);
  expect(paths.map((path) => readFileSync(path).readDoubleLE(128))).toEqual([0, 1, 2]);
});

test('what was made first gives way to what was made last', () => {
  const made = new MadeLast();
  const answer = { representations: [{ name: '', matrix: Matrix.zeros(2, 2) }] } as unknown as RunAnswer;
  for (const key of ['a', 'b', 'a', 'c']) made.keep(key, answer, 2 * Matrix.zeros(2, 2).data.byteLength);
  expect(['a', 'b', 'c'].map((key) => made.get(key) === answer)).toEqual([true, false, true]);
});

test('a missing file is an error in words, with a cache and without', async () => {
  const request = { method: 'one', inputs: [{ path: 'none.npy' }] };
  await expect(engine.run(request)).rejects.toThrow(/none\.npy: there is no such file/);
});

test('inputs of an earlier result are the same, changed or missing', async () => {
  const { inputs: records } = await engine.run({ method: 'rows', inputs });
  const [first, second] = records;
  if (!first || !second) throw new Error('two inputs were given');
  matrix(8);
  const states = await engine.check([first, second, { ...first, path: 'gone.npy' }]);
  expect(states.map(({ state }) => state)).toEqual(['changed', 'same', 'missing']);
  await expect(engine.check(records, { signal: AbortSignal.abort(new Cancelled()) })).rejects.toBeInstanceOf(Cancelled);
});

test('files are described, methods too', async () => {
  expect(await engine.inspect('b.npy')).toMatchObject({ format: 'npy', tensors: [{ shape: [3, 1] }] });
  expect((await engine.methods()).map(({ id }) => id)).toEqual(testCatalogue.map(({ id }) => id));
});

test('an estimate is null until it is more than a guess, and follows the pace', () => {
  const eta = new Eta();
  expect(eta.update(null, 0)).toBeNull();
  expect(eta.update(0, 1)).toBeNull();
  expect(eta.update(0.1, 1.5)).toBeNull();
  expect(eta.update(0.2, 2)).toBeCloseTo(4);
  expect(eta.update(0.25, 4)).toBeGreaterThan(4);
  // Another piece of work of unknown size.
  expect(eta.update(null, 5)).toBeNull();
  expect(eta.update(0.5, 6)).toBeNull();
  let last: number | null = null;
  for (let t = 1; t <= 50; t++) last = eta.update(0.5 + t * 0.005, 6 + t);
  expect(last).toBeCloseTo(50);
  const still = new Eta();
  still.update(0, 0);
  expect(still.update(0.001, 100)).toBeNull();
});

test('links out of the workspace are refused on both threads', async () => {
  const elsewhere = temporaryFolder();
  symlinkSync(writeMatrix(elsewhere, 'secret.npy', [[1], [2], [4]]), join(folder, 'link.npy'));
  engine.configure({ ...settings, cache: null, roots: [folder] });
  const outside = /link\.npy: this is a symbolic link.*outside this workspace/;
  try {
    await expect(engine.inspect('link.npy')).rejects.toThrow(outside);
    await expect(engine.run({ method: 'rows', inputs: [{ path: 'a.npy' }, { path: 'link.npy' }] })).rejects.toThrow(
      outside,
    );
    const chosen = [{ path: join(elsewhere, 'secret.npy') }, { path: 'b.npy' }];
    expect((await engine.run({ method: 'rows', inputs: chosen })).inputs).toHaveLength(2);
  } finally {
    engine.configure(settings);
  }
  expect((await engine.run({ method: 'rows', inputs: [{ path: 'a.npy' }, { path: 'link.npy' }] })).inputs).toHaveLength(
    2,
  );
});
