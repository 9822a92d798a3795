/** Text encoders from their folders alone, against embeddings that their own training code made. */
import { cpSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { readTextRows } from '../../src/data/texts';
import { extract } from '../../src/engine/extract';
import { normaliseRows } from '../../src/models/pooling';
import type { ModelRun } from '../../src/protocol/result';
import { read } from '../unit/data-files';
import { root, temporaryFolder } from '../unit/engine-files';
// By NumPy: reference/modules.py.
import modules from './reference/modules.json';

const folder = temporaryFolder();
const verses = join(root, 'media/samples/text/verses.csv');
/** Too large for the samples, which are part of what people install. */
const encoders = join(root, 'test/fidelity/fixtures/text');
const desk = { signal: new AbortController().signal, progress: () => {} };

async function embeddings(
  encoder: string,
  run: Partial<ModelRun> & { layers?: readonly string[] },
  batch = 100,
  home = encoders,
) {
  const draft = join(folder, `${encoder}.safetensors`);
  const path = join(home, encoder, 'onnx/model.onnx');
  const request = { path, data: [{ path: verses }], layers: ['last_hidden_state'], out: draft, batch, ...run };
  const made = await extract({ kind: 'extract', request, draft, base: folder, memory: 1e9, threads: 0 }, desk);
  return { ...made, ...(await read(draft, 'last_hidden_state')) };
}

/** Mean over unmasked tokens, unit length. */
test.each<[string, Partial<ModelRun>]>([
  ['plain-encoder', {}],
  ['matryoshka-encoder', { reduce: 'mean', data: [{ path: verses, tensor: 'text' }] }],
])('%s gives the expected embeddings from its folder alone', async (encoder, run) => {
  const { data, shape, steps, prepared } = await embeddings(encoder, run);
  const expected = await read(join(encoders, encoder, 'expected-embeddings.npy'));
  expect(shape).toEqual(expected.shape);
  const unit = Float64Array.from(data);
  expect(normaliseRows(unit, 64)).toBe(0);
  const worst = unit.reduce((most, value, i) => Math.max(most, Math.abs(value - (expected.data[i] as number))), 0);
  expect(worst).toBeLessThan(1e-5);
  // The bound of the folder's files is 40.
  expect(prepared).toMatchObject({ reduce: 'mean', 'max-length': 40, padding: 'longest', 'unit-length': false });
  expect(steps.join('; ')).toMatch(/texts of column 'text'; tokens by tokenizer\.json, .* 111 of 500 texts cut to 40/);
});

test('unit length is a step of the preparation, and batches make no difference but in the last digits', async () => {
  const { data } = await embeddings('plain-encoder', { preparation: { 'unit-length': true } }, 7);
  const expected = await read(join(encoders, 'plain-encoder/expected-embeddings.npy'));
  for (const [i, value] of data.entries()) expect(Math.abs(value - (expected.data[i] as number))).toBeLessThan(1e-5);
});

test('modules of a sentence-transformers folder are applied in their order, and said; they can be left out', async () => {
  // The weights of 3_Dense are a pytorch_model.bin, those of 4_Dense a model.safetensors.
  const home = join(folder, 'modules');
  for (const part of ['plain-encoder', 'modules']) cpSync(join(encoders, part), join(home, 'st'), { recursive: true });
  const { texts } = await readTextRows({ path: verses }, folder, { limit: 1e6, signal: desk.signal });
  const path = join(folder, 'few.jsonl');
  const few = { data: [{ path }] };
  const lines = texts.slice(0, 6).map((text) => JSON.stringify({ text }));
  writeFileSync(path, lines.join('\n'));
  const st = (run: Parameters<typeof embeddings>[1] = {}) => embeddings('st', { ...few, ...run }, 100, home);
  const { data, shape, steps, prepared } = await st();
  expect(shape).toEqual([6, 10]);
  const expected = modules.whole.flat();
  expect(Math.max(...expected.map((value, i) => Math.abs(value - (data[i] as number))))).toBeLessThan(1e-5);
  expect(prepared).toMatchObject({ reduce: 'mean', dense: true, 'unit-length': true });
  expect(steps.slice(-5)).toEqual([
    'mean over unmasked tokens',
    'rows divided by their Euclidean length',
    '3_Dense applied: 64 to 24 units, Tanh',
    '4_Dense applied: 24 to 10 units, Identity',
    'rows divided by their Euclidean length',
  ]);
  const plain = await st({ preparation: { dense: false, 'unit-length': false } });
  expect(plain.shape).toEqual([6, 64]);
  // A layer within the model goes through none of them.
  const inner = await st({ layers: ['*'], preparation: { 'unit-length': false } });
  expect(inner.layers.filter(({ units }) => units === 10).map(({ name }) => name)).toEqual(['last_hidden_state']);
  rmSync(join(home, 'st/4_Dense/model.safetensors'));
  await expect(st()).rejects.toThrow(/4_Dense: there is neither model\.safetensors nor/);
  writeFileSync(join(home, 'st/3_Dense/config.json'), '{"activation_function": "x.Maxout"}');
  await expect(st()).rejects.toThrow(/the activation Maxout is none of Identity, Tanh/);
});
