import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { openData } from '../../src/data/file';
import { readLabels, readNames } from '../../src/data/labels';
import { refusal, scratch } from '../unit/data-files';
import { bundleHdf5Worker } from '../unit/hdf5-worker';
import { checkTensor, type Entry } from './bits';
import expected from './reference/hdf5.json';

/** Bits of the values that h5py wrote: reference/hdf5.py. */
const fixtures = join(import.meta.dirname, 'fixtures', 'hdf5');
const limit = 1e8;
const { write } = scratch();
beforeAll(bundleHdf5Worker);

for (const [name, tensors] of Object.entries(expected.files)) {
  test(`${name} holds what h5py wrote, whole and by rows`, async () => {
    const file = await openData(join(fixtures, name));
    try {
      for (const [tensor, entry] of Object.entries(tensors)) await checkTensor(file, tensor, entry as Entry);
      if (name === 'objects.h5') return;
      const names = file.describe().tensors.map((tensor) => tensor.name);
      expect(names.sort()).toEqual(Object.keys(tensors).sort());
    } finally {
      await file.close();
    }
  });
}

test('what is no array of numbers is described with the reason, and nothing outside the file is reached', async () => {
  const file = await openData(join(fixtures, 'objects.h5'));
  const { tensors } = file.describe();
  const unusable = Object.fromEntries(
    tensors.flatMap(({ name, dtype, unusable }) => (unusable ? [[name, [dtype, unusable.split(/[.:]/)[0]]]] : [])),
  );
  expect(unusable).toEqual({
    array: ['array', 'each element is an array'],
    blanks: ['bytes5', 'it holds text'],
    circle: ['link', 'the link leads nowhere'],
    circle2: ['link', 'the link leads nowhere'],
    complex: ['complex', 'it holds complex numbers'],
    fixed: ['bytes6', 'it holds text'],
    nowhere: ['link', 'the link leads nowhere'],
    null: ['empty', 'it holds no values at all (a null dataspace)'],
    'odd-float': ['float16', "it holds 16-bit floats of another kind than IEEE 754's"],
    'one-word': ['str', 'it holds text'],
    outside: ['external link', 'it leads to another file, which is not followed'],
    passwd: ['external link', 'it leads to another file, which is not followed'],
    ragged: ['vlen', 'its rows are of different lengths'],
    records: ['compound', 'it holds records of several fields'],
    reference: ['reference', 'it holds references to other objects'],
    virtual: ['virtual', 'it is virtual'],
    words: ['str', 'it holds text'],
  });
  expect(await refusal(file.read('stored-elsewhere', { limit }))).toMatch(
    /^objects\.h5: tensor 'stored-elsewhere' cannot be read: unable to open external/,
  );
  expect(await refusal(file.read('long', { limit }))).toContain('integers beyond 2^53 would be rounded');
  await file.close();
});

test('what a filter that is not built in has packed is refused with its name; the rest of the file is read', async () => {
  const file = await openData(join(fixtures, 'filters.h5'));
  const names = file
    .describe()
    .tensors.flatMap(({ name, unusable }) => (unusable ? [[name, /built in \((.+)\)\./.exec(unusable)?.[1]]] : []));
  expect(Object.fromEntries(names)).toEqual({
    bitshuffle: 'Bitshuffle',
    blosc: 'Blosc',
    blosc2: 'Blosc2',
    bzip2: 'bzip2',
    lz4: 'LZ4',
    own: '512',
    zstd: 'Zstandard',
  });
  expect(await refusal(file.read('zstd', { limit }))).toBe(
    "filters.h5: tensor 'zstd' cannot be read as numbers: it is compressed by a filter that is not built in (Zstandard). " +
      "Save it with compression='gzip', or convert the file: h5repack -f GZIP=4 old.h5 new.h5.",
  );
  expect([...(await file.read('plain', { limit })).data]).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);
  await file.close();
});

const words = ['alpha', 'beta', 'gamma', 'delta'].map((word) => word.repeat(20));
const texts = Array.from({ length: 12 }, (_, i) => words[i % 4] as string);

test('a chunk that unpacks to fewer or more bytes than it should is refused; one that is whole is read', async () => {
  const file = await openData(join(fixtures, 'damaged.h5'));
  const read = (name: string, rows?: [number, number]) =>
    name.includes('text')
      ? file.readColumn(name, { limit }).then(({ values }) => values)
      : file.read(name, { limit, ...(rows && { rows }) }).then(({ data }) => [...data]);
  const told: Record<string, string> = {};
  for (const name of Object.keys(expected.damaged)) {
    const times = name.includes('large') ? 256 : 1;
    const numbers = Array.from({ length: 48 * times }, (_, i) => Math.floor(i / (8 * times)));
    const right = name.startsWith('text') ? texts : numbers;
    expect([name, await read(`sound/${name}`)]).toEqual([name, right]);
    if (!name.startsWith('text')) expect([name, await read(name, [0, 6])]).toEqual([name, right.slice(0, 24 * times)]);
    const [, named = '', reason = ''] =
      /^damaged\.h5: tensor '(.+)' cannot be read: (.+?)(?:; the file is damaged)?\. Save it again, or copy it anew\.$/.exec(
        await refusal(read(name)),
      ) ?? [];
    told[named] = reason;
  }
  await file.close();
  const holds = (bytes: number, wanted = 96) => `a chunk of it holds ${bytes} bytes instead of ${wanted}`;
  const cut = 'a chunk of it could not be unpacked: it is damaged, or memory does not suffice';
  const ends = (bytes: number, least: number) => `a packed chunk of it ends after ${bytes} bytes of at least ${least}`;
  expect(told).toEqual({
    // Five rows of four numbers, or five texts of 16 bytes: their length, and where they lie.
    ...{
      plain: holds(80),
      skipped: holds(80),
      gzip: holds(80),
      'gzip-big-endian': holds(80),
      'gzip-shuffle': holds(80),
    },
    ...{ 'gzip-fletcher': holds(80), lzf: holds(80), 'lzf-shuffle': holds(80) },
    ...{ text: holds(80), 'text-plain': holds(80), 'text-lzf': holds(80) },
    ...{ 'gzip-more': holds(112), 'gzip-cut': cut, 'gzip-large-cut': cut },
    ...{ 'gzip-large': holds(20_480, 24_576), 'gzip-large-more': holds(28_672, 24_576) },
    fletcher: ends(expected.damaged.fletcher, 4),
    // 24 values of 2 bits, behind 21 bytes.
    scaleoffset: ends(expected.damaged.scaleoffset, 27),
    'scaleoffset-head': ends(expected.damaged['scaleoffset-head'], 27),
    // 24 values of 17 bits.
    nbit: ends(expected.damaged.nbit, 51),
  });
});

test('a changed byte is told where there is a checksum', async () => {
  const bytes = readFileSync(join(fixtures, 'damaged.h5'));
  // The first of the chunks, in both datasets that do not pack it.
  const chunk = Buffer.from(Float32Array.from({ length: 24 }, (_, i) => Math.floor(i / 8)).buffer);
  for (let at = bytes.indexOf(chunk); at >= 0; at = bytes.indexOf(chunk, at + 1)) bytes.writeFloatLE(7, at);
  const file = await openData(write('changed.h5', bytes));
  expect(await refusal(file.read('sound/fletcher', { limit }))).toBe(
    "changed.h5: tensor 'sound/fletcher' cannot be read: a chunk of it does not fit its checksum; the file is damaged. " +
      'Save it again, or copy it anew.',
  );
  expect([...(await file.read('sound/fletcher', { limit, rows: [6, 7] })).data]).toEqual([3, 3, 3, 3]);
  expect([...(await file.read('plain', { limit, rows: [0, 1] })).data]).toEqual([7, 0, 0, 0]);
  await file.close();
});

test('strings of every kind are labels', async () => {
  for (const words of ['words', 'fixed']) {
    const file = await openData(join(fixtures, 'objects.h5'));
    expect((await file.readColumn(words, { limit })).values).toEqual(['alpha', 'βeta', '', 'naïve', '𝄞']);
    await file.close();
  }
  const labels = await readLabels({ path: 'objects.h5', tensor: 'blanks' }, fixtures, { limit });
  expect(labels).toMatchObject({ categories: ['a', 'bcd'], index: Int32Array.of(0, 1) });
  expect(await readLabels({ path: 'objects.h5', tensor: 'classes' }, fixtures, { limit })).toMatchObject({
    kind: 'category',
    categories: ['0', '1', '2'],
  });
  expect(await readNames(join(fixtures, 'objects.h5'), { limit })).toContain('a');
});
