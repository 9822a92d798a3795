import { createHash } from 'node:crypto';
import { mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { openData } from '../../src/data/file';
import { readRepresentation } from '../../src/data/representation';
import { Hashes } from '../../src/engine/hash';
import { Cancelled } from '../../src/protocol/errors';
import { floats, limit, read, refusal, safetensors, scratch } from './data-files';

const { folder, write } = scratch();

function shard(tensors: Readonly<Record<string, readonly number[]>>): Buffer {
  let at = 0;
  const header = Object.entries(tensors).map(([name, values]) => {
    const from = at;
    at += 4 * values.length;
    return [name, { dtype: 'F32', shape: [values.length / 2, 2], data_offsets: [from, at] }];
  });
  return safetensors(JSON.stringify(Object.fromEntries(header)), floats(...Object.values(tensors).flat()));
}

const one = 'model-00001-of-00002.safetensors';
const two = 'model-00002-of-00002.safetensors';
write(one, shard({ 'a.weight': [1, 2, 3, 4], 'b.weight': [5, 6] }));
write(two, shard({ 'c.weight': [7, 8], extra: [9, 10] }));
const map = { 'c.weight': two, 'a.weight': one, 'b.weight': one };
const index = (weights: unknown) => JSON.stringify({ metadata: { total_size: 32 }, weight_map: weights });

test('the tensors of all shards are those of the model, with what the index does not name', async () => {
  const path = write('model.safetensors.index.json', index(map));
  const file = await openData(path);
  const { format, tensors, bytes } = file.describe();
  expect([format, tensors.map(({ name }) => name)]).toEqual([
    'safetensors-shards',
    ['a.weight', 'b.weight', 'c.weight', 'extra'],
  ]);
  expect(bytes).toBeGreaterThan(32);
  await file.close();
  expect((await read(path, 'a.weight')).data).toEqual(Float32Array.of(1, 2, 3, 4));
  expect((await read(path, 'c.weight')).data).toEqual(Float32Array.of(7, 8));
  expect((await read(path, 'a.weight', { rows: [1, 2] })).data).toEqual(Float32Array.of(3, 4));
  const input = { path: 'model.safetensors.index.json', tensor: 'b*' };
  expect((await readRepresentation(input, folder, { limit })).matrix.data).toEqual(Float32Array.of(5, 6));
  expect(await refusal(read(path, 'd'))).toBe(
    "model.safetensors.index.json: there is no tensor 'd'; it holds a.weight, b.weight, c.weight, extra.",
  );
});

test('the index decides where two shards hold a tensor of one name', async () => {
  write('x1.safetensors', shard({ w: [1, 1] }));
  write('x2.safetensors', shard({ w: [2, 2], v: [3, 3] }));
  for (const [from, value] of [
    ['x1.safetensors', 1],
    ['x2.safetensors', 2],
  ] as const) {
    const path = write('x.safetensors.index.json', index({ w: from, v: 'x2.safetensors' }));
    expect((await read(path, 'w')).data).toEqual(Float32Array.of(value, value));
  }
});

test('the hash of an index changes with its shards', async () => {
  const path = write('y.safetensors.index.json', index({ w: 'y1.safetensors' }));
  const hashes = [];
  for (const value of [1, 2, 1]) {
    write('y1.safetensors', shard({ w: [value, value] }));
    hashes.push(await new Hashes().of(path));
  }
  expect(hashes[0]).toBe(hashes[2]);
  expect(hashes[0]).not.toBe(hashes[1]);
  write('y.safetensors.index.json', '{');
  expect(await new Hashes().of(path)).toMatch(/^[0-9a-f]{64}$/);
});

test('a hash that one gives up is taken for the other', async () => {
  const path = write('long.bin', Buffer.alloc(3 << 20));
  const hashes = new Hashes();
  const stop = new AbortController();
  const first = hashes.of(path, stop.signal);
  const second = hashes.of(path);
  stop.abort(new Cancelled());
  await expect(first).rejects.toThrow(Cancelled);
  expect(await second).toBe(
    createHash('sha256')
      .update(Buffer.alloc(3 << 20))
      .digest('hex'),
  );
});

const bad: Record<string, [content: string, told: string]> = {
  'no JSON': ['{', 'it is no JSON'],
  'no map': ['{"weight_map": []}', 'it should have a weight_map'],
  'a list': ['[]', 'it should have a weight_map'],
  'a name that is none': [index({ a: 1 }), "it should give the name of a file for tensor 'a'"],
  'a missing shard': [index({ a: 'gone.safetensors' }), 'the file gone.safetensors, which it names, is missing'],
  'a missing tensor': [index({ ...map, d: one }), `there is no tensor 'd' in ${one}`],
  'another format': [index({ a: 'other.npy' }), 'other.npy'],
  'more files than are opened': [
    index(Object.fromEntries(Array.from({ length: 1001 }, (_, i) => [`w${i}`, `${i}.safetensors`]))),
    'it names 1,001 files; at most 1,000 are opened',
  ],
};

describe('a bad index is refused in words', () => {
  write('other.npy', 'hello, hello, hello');
  for (const [name, [content, told]] of Object.entries(bad))
    test(name, async () => {
      expect(await refusal(openData(write('bad.safetensors.index.json', content)))).toContain(told);
    });
});

describe('no path leaves the folder', () => {
  mkdirSync(join(folder, 'inner'));
  write('secret.safetensors', shard({ a: [1, 2] }));
  for (const name of [
    ...['../secret.safetensors', 'deep/x.safetensors', join(folder, 'secret.safetensors'), '..', '.', ''],
    ...['..\\secret.safetensors', 'C:secret.safetensors', '\\\\host\\share', 'a\0.safetensors', './secret.safetensors'],
  ])
    test(JSON.stringify(name), async () => {
      const path = write('inner/model.safetensors.index.json', index({ a: name }));
      expect(await refusal(openData(path))).toContain('only files in the folder of the index are opened');
    });

  test.runIf(process.platform !== 'win32')('a symbolic link', async () => {
    symlinkSync('../secret.safetensors', join(folder, 'inner', 'link.safetensors'));
    const path = write('inner/model.safetensors.index.json', index({ a: 'link.safetensors' }));
    expect(await refusal(openData(path))).toContain('is a symbolic link to another folder, which is not followed');
    symlinkSync(folder, join(folder, 'inner', 'folder'));
    symlinkSync('secret.safetensors', join(folder, 'inside.safetensors'));
    const good = write('good.safetensors.index.json', index({ a: 'inside.safetensors' }));
    expect((await read(good, 'a')).data).toEqual(Float32Array.of(1, 2));
  });
});
