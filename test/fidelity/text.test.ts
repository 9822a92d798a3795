/** Text encoders from their folders alone, against embeddings that their own training code made. */
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { extract } from '../../src/engine/extract';
import { normaliseRows } from '../../src/models/pooling';
import type { ModelRun } from '../../src/protocol/result';
import { read } from '../unit/data-files';
import { root, temporaryFolder } from '../unit/engine-files';

const folder = temporaryFolder();
const verses = join(root, 'media/samples/text/verses.csv');
/** Too large for the samples, which are part of what people install. */
const encoders = join(root, 'test/fidelity/fixtures/text');
const desk = { signal: new AbortController().signal, progress: () => {} };

async function embeddings(encoder: string, run: Partial<ModelRun>, batch = 100) {
  const draft = join(folder, `${encoder}.safetensors`);
  const path = join(encoders, encoder, 'onnx/model.onnx');
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
