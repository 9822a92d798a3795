import { existsSync, mkdirSync, readdirSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { encodeNpy } from '../../src/data/npy-writer';
import { Engine } from '../../src/engine/engine';
import { Jobs } from '../../src/engine/jobs';
import { Matrix } from '../../src/linalg/matrix';
import { Cancelled } from '../../src/protocol/errors';
import { bundle, temporaryFolder, writeMatrix } from './engine-files';
import { testCatalogue } from './engine-methods';
import { smallModel } from './models-files';

const folder = temporaryFolder();
writeFileSync(join(folder, 'm.onnx'), smallModel());
const data = (x: number) =>
  writeMatrix(folder, 'x.npy', [
    [x, 2, 3, 4],
    [0, 0, 1, 0],
    [5, 5, 5, 5],
  ]);
data(1);
const settings = { memory: 1e9, threads: 1, cache: join(folder, 'cache') };
let engine: Engine;
beforeAll(async () => {
  const script = join(await bundle({ worker: 'test/unit/engine-worker.ts' }, 'models-service'), 'worker.js');
  engine = new Engine(new Jobs(script, () => {}), testCatalogue, settings, folder);
});

const request = { path: 'm.onnx', data: [{ path: 'x.npy' }], out: 'out.safetensors' };

test('activations are written under their own name when all of them are there', async () => {
  const { layers } = await engine.extract({ ...request, layers: ['squared'] });
  expect(layers).toEqual([{ name: 'squared', units: 4, dtype: 'float32' }]);
  await expect(engine.extract({ ...request, out: 'none/out.safetensors' })).rejects.toThrow(
    /^none\/out\.safetensors cannot be written: there is no such folder/,
  );
  mkdirSync(join(folder, 'taken.safetensors'));
  await expect(engine.extract({ ...request, out: 'taken.safetensors' })).rejects.toThrow(
    /^taken\.safetensors cannot be written: a folder has that name/,
  );
  rmdirSync(join(folder, 'taken.safetensors'));
  await expect(engine.extract({ ...request, layers: ['nothing'], out: 'no.safetensors' })).rejects.toThrow(/no layer/);
  expect(readdirSync(folder).filter((name) => name.includes('safetensors'))).toEqual(['out.safetensors']);
});

test('a run that is stopped on its way ends at once, leaves no file of its name, and can go on', async () => {
  const rows = 20_000;
  writeFileSync(join(folder, 'long.npy'), encodeNpy(new Matrix(new Float32Array(rows * 4).fill(1), rows, 4)));
  const controller = new AbortController();
  const asked = { ...request, data: [{ path: 'long.npy' }], out: 'stopped.safetensors', batch: 1 };
  const onProgress = ({ fraction }: { readonly fraction: number | null }) => {
    if (fraction !== null && fraction > 0) controller.abort();
  };
  await expect(engine.extract(asked, { signal: controller.signal, onProgress })).rejects.toThrow(Cancelled);
  expect(readdirSync(folder)).not.toContain('stopped.safetensors');
  const { resumed = 0 } = await engine.extract(asked);
  expect(resumed).toBeGreaterThan(0);
  expect(readdirSync(folder).filter((name) => name.includes('stopped'))).toEqual(['stopped.safetensors']);
});

test('layers by pattern are inputs; results say which data they were run on and see when it changes', async () => {
  const spec = engine.parse('m.onnx#*ou*@x.npy');
  const inputs = await engine.expand(spec);
  expect(inputs.map(({ tensor }) => tensor)).toEqual(['block/act/out']);
  expect((await engine.expand(engine.parse('m.onnx@x.npy'))).map(({ tensor }) => tensor)).toEqual([
    'block/act/out',
    'total',
  ]);
  const both = [...inputs, { ...inputs[0], path: 'm.onnx', tensor: 'squared' }];
  const result = await engine.run({ method: 'rows', inputs: both });
  expect(result.inputs[0]).toMatchObject({
    path: 'm.onnx',
    tensor: 'block/act/out',
    model: { data: [{ path: 'x.npy' }] },
  });
  expect(result.inputs[0]?.sha256).toMatch(/^[0-9a-f]{64}$/);
  expect((await engine.check(result.inputs)).map(({ state }) => state)).toEqual(['same', 'same']);
  expect(readdirSync(join(folder, 'cache/layers')).filter((name) => name.endsWith('.safetensors'))).toHaveLength(2);
  data(7);
  expect((await engine.check(result.inputs)).map(({ state }) => state)).toEqual(['changed', 'changed']);
  // Results of the old content are no answer for the new one.
  expect((await engine.run({ method: 'rows', inputs: both })).inputs[0]?.sha256).not.toBe(result.inputs[0]?.sha256);
  expect(readdirSync(join(folder, 'cache/layers')).filter((name) => name.endsWith('.safetensors'))).toHaveLength(4);
});

test('without trust a model is read and not run', async () => {
  engine.configure({ ...settings, cache: null, trusted: false });
  try {
    expect((await engine.inspect('m.onnx')).model?.nodes).toBe(4);
    await expect(engine.extract({ ...request, out: 'never.safetensors' })).rejects.toThrow(/workspace is not trusted/);
    const inputs = await engine.expand(engine.parse('m.onnx#squared@x.npy'));
    await expect(engine.run({ method: 'rows', inputs: [...inputs, ...inputs] })).rejects.toThrow(/not trusted/);
    expect(existsSync(join(folder, 'never.safetensors'))).toBe(false);
  } finally {
    engine.configure(settings);
  }
});
