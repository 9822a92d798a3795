import { mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, test, vi } from 'vitest';
import { encodeNpy } from '../../src/data/npy-writer';
import { Matrix } from '../../src/linalg/matrix';
import type { FileDescription } from '../../src/protocol/engine';
import type { Comparison, Extraction, Result } from '../../src/protocol/result';
import { type CommandLine, commandLine } from './cli-process';
import { temporaryFolder } from './engine-files';
import { smallModel } from './models-files';

const folder = temporaryFolder();
const out = join(folder, 'layers.safetensors');
const model = 'digits/digits-cnn-seed0.onnx';
const images = 'digits/digits-test-images.npy';
let sextant: CommandLine;
beforeAll(async () => {
  sextant = await commandLine('cli-models');
}, 60_000);

async function json<T>(...args: string[]): Promise<T> {
  const { code, stdout, stderr } = await sextant.run([...args, '--json']);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  return JSON.parse(stdout) as T;
}

test('inspect lists what a model takes, gives and computes', async () => {
  const [file] = await json<FileDescription[]>('inspect', model);
  expect(file).toMatchObject({ format: 'onnx', tensors: [], model: { nodes: 18, inputs: [{ name: 'image' }] } });
  const { stdout } = await sextant.run(['inspect', model]);
  expect(stdout).toMatch(/layer8 +\/layer8\/Relu_output_0 +Relu +batch × 64 × 2 × 2 +after an activation/);
});

test('extract writes layers, and they are inputs as any', async () => {
  const data = ['--input', images, '--reduce', 'mean', '--out', out];
  const { layers, rows } = await json<Extraction>('extract', model, ...data, '--layer', '*Relu*', '--layer', 'logits');
  expect([layers.length, rows]).toEqual([9, 450]);
  const other = `digits/digits-cnn-seed1.onnx#/layer1/Relu@${images}`;
  const compared = await json<Comparison>(
    'compare',
    `${out}#/layer1/*`,
    other,
    '--measure',
    'linear-cka',
    '--reduce',
    'mean',
  );
  // NumPy on what was saved with the networks.
  expect(compared.measures['linear-cka']?.matrix[0]?.[1]).toBeCloseTo(0.8538, 4);
  expect(compared.inputs[1]?.model).toEqual({ data: [{ path: images }], reduce: 'mean' });
  // Several models as a batch, each into a file of its own.
  const both = [model, 'digits/digits-cnn-seed1.onnx'];
  const made = await json<Extraction[]>('extract', ...both, ...data, '--layer', '/layer1/Relu');
  const names = ['seed0', 'seed1'].map((name) => out.replace('.safetensors', `-${name}.safetensors`));
  expect(made.map((one) => one.out)).toEqual(names);
  const again = await json<Comparison>('compare', ...names, '--measure', 'linear-cka');
  expect(again.measures['linear-cka']?.matrix[0]?.[1]).toBeCloseTo(0.8538, 4);
});

test('layers without tokens are left out in words for several, and a part of a model is told from a layer', async () => {
  const { stderr } = await sextant.run(['extract', model, '--input', images, '--reduce', 'first', '--out', out]);
  expect(stderr).toContain(
    'left out: no tokens in samples x 16 x 8 x 8, where samples x tokens x units would be needed. Choose mean, max or flatten.',
  );
  const { code, stderr: said } = await sextant.run([
    'extract',
    model,
    '--input',
    images,
    '--layer',
    'layer3',
    '--out',
    out,
  ]);
  expect(code).not.toBe(0);
  expect(said).toContain(
    "'layer3' is a part of the model. Choose from its layers: /layer3/conv/Conv_output_0, /layer3/Relu_output_0",
  );
});

test.each<[readonly string[], RegExp]>([
  [['extract'], /extract takes a model, or several/],
  [['extract', model], /needs data for the model: --input FILE/],
  [['extract', model, '--input', images], /extract writes --out FILE\.safetensors/],
  [['extract', model, '--input', images, '--out', 'a.npz'], /FILE\.safetensors, not a\.npz/],
  [
    ['extract', model, '--input', images, '--out', out, '--reduce', 'sum'],
    /takes flatten or mean, of layers of models also/,
  ],
  [
    ['extract', model, '--input', images, '--out', out, '--layer', '/layer9/Relu'],
    /no layer '\/layer9\/Relu'; the nearest are \/layer1\/Relu, \/layer2\/Relu/,
  ],
  [
    ['extract', model, '--input', 'pixels=digits/digits-test-images.npy', '--out', out],
    /no input 'pixels'; it takes image/,
  ],
  [['extract', model, '--input', 'none.npy', '--out', out], /none\.npy: there is no such file\. Check the path\./],
  [['extract', model, '--input', 'none/*.png', '--out', out], /none: there is no such file\. Check the path\./],
  [['extract', model, '--input', images, '--out', 'none/a.safetensors'], /^sextant: none\/a\.s.*no folder none\./],
  [['run', 'overview', `${model}#logits@none.npy`], /none\.npy: there is no such file\. Check the path\./],
  [['run', 'overview', model], /is a model: a representation is one of its layers, run on data/],
  [['run', 'overview', images, '--reduce', 'max'], /--reduce max is for layers of models/],
  [['run', 'overview', images, '--provider', 'cpu'], /--provider says what runs models on data, and none is given/],
  [['compare', images, images, '--provider', 'cpu'], /--provider says what runs models on data, and none is given/],
])('%j is refused', async (args, message) => {
  const { code, stdout, stderr } = await sextant.run(args);
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  expect(stderr).toMatch(message);
});

test('an execution provider that is not there is told in one line', async () => {
  const command = ['run', 'overview', `${model}#logits@${images}`, '--provider', 'tensorrt'];
  const { code, stderr } = await sextant.run(command);
  expect(code).toBe(2);
  expect(stderr).toMatch(/^sextant: .*execution provider.*tensorrt.*\n$/);
});

test('what runs models reports to nobody, and keeps nothing in the home folder', async () => {
  const home = mkdtempSync(join(folder, 'home-'));
  vi.stubEnv('HOME', home);
  // It would keep silent on a machine that builds and tests.
  for (const name of ['XDG_CACHE_HOME', 'CI', 'ORT_DISABLE_TELEMETRY']) vi.stubEnv(name, undefined);
  const { code } = await sextant.run(['run', 'overview', `${model}#logits@${images}`]);
  vi.unstubAllEnvs();
  expect({ code, kept: readdirSync(home) }).toEqual({ code: 0, kept: [] });
});

test('layers are kept; what was interrupted is not run again', async () => {
  // A batch takes some milliseconds: there is time to interrupt.
  const rows = 10_000;
  const data = Float32Array.from({ length: 4 * rows }, (_, i) => i % 97);
  writeFileSync(join(folder, 'long.npy'), encodeNpy(new Matrix(data, rows, 4)));
  writeFileSync(join(folder, 'm.onnx'), smallModel(1000));
  const cache = join(folder, 'cache');
  const start = () =>
    sextant.start(['run', 'overview', 'm.onnx#deep/999/out@long.npy', '--json'], folder, 'ignore', cache);
  const layers = () => readdirSync(join(cache, 'layers'));
  const { child, ended } = start();
  const noted = () => expect(layers().some((name) => name.endsWith('.part.json'))).toBe(true);
  await vi.waitFor(noted, { timeout: 20_000, interval: 10 });
  child.kill('SIGINT');
  expect((await ended).stdout).toBe('');
  noted();
  const journal = layers().find((name) => name.endsWith('.part.json')) as string;
  const { state } = JSON.parse(readFileSync(join(cache, 'layers', journal), 'utf8')) as { state: { row: number } };
  expect(state.row).toBeGreaterThan(0);
  const { inputs } = JSON.parse((await start().ended.then(({ stdout }) => stdout)) as string) as Result;
  expect(inputs[0]?.used).toEqual([rows, 4]);
  expect(layers().filter((name) => name.includes('part'))).toEqual([]);
  expect(layers()).toHaveLength(2);
});

test('a merged model is written; what it still does is said where there is data, and missed where there is none', async () => {
  const merged = join(folder, 'merged.onnx');
  const few = ['--set', 'betas=', '--set', 'beta=0.2'];
  const { values, warnings } = await json<Result>(
    'run',
    'feature-complexity',
    `${model}@${images}`,
    ...few,
    '--quiet',
    '--out',
    merged,
  );
  // As the NumPy program in test/fidelity/reference/merging.py finds.
  expect(values).toMatchObject({ units: 272, 'units-left': 231, 'accuracy-after': null });
  expect(values.agreement).toBeCloseTo(0.92667, 5);
  expect(warnings).toEqual(['Without labels there is no accuracy; agreement is with the model as it was.']);
  const [file] = await json<FileDescription[]>('inspect', merged);
  expect(file?.model?.layers[0]?.shape?.[1]).toBe(6);
  const { stderr } = await sextant.run(['run', 'feature-complexity', model, ...few]);
  expect(stderr).toMatch(/No data was given, .* give digits-cnn-seed0\.onnx@DATA/);
  const { code, stderr: said } = await sextant.run(['run', 'feature-complexity', images]);
  expect({ code, said }).toEqual({
    code: 2,
    said: 'sextant: digits-test-images.npy is no ONNX model. Choose a file that ends in .onnx.\n',
  });
});

test('layers at every number of dimensions; what is recommended is written', async () => {
  const short = join(folder, 'short.npy');
  const layers = ['/layer1/Relu', '/layer8/Relu'].map((layer) => `${model}#${layer}@${images}`);
  const task = ['--reduce', 'mean', '--set', 'task=classes', '--labels', 'digits/digits-test-labels.npy'];
  const args = ['run', 'matryoshka-map', ...layers, ...task, '--set', 'orders=0', '--out', short];
  const { values } = await json<Result>(...args);
  const [file] = await json<FileDescription[]>('inspect', short);
  expect(file?.tensors[0]?.shape).toEqual([450, values.dimensions]);
});
