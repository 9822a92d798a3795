import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { openData } from '../../src/data/file';
import { readNames } from '../../src/data/labels';
import { readRepresentation } from '../../src/data/representation';
import { refusal } from '../unit/data-files';
import { bundleHdf5Worker } from '../unit/hdf5-worker';
import { checkTensor, type Entry } from './bits';
import expected from './reference/matlab.json';

/** Bits of the values that SciPy and h5py wrote: reference/matlab.py. */
const fixtures = join(import.meta.dirname, 'fixtures', 'matlab');
const limit = 1e8;
beforeAll(bundleHdf5Worker);

for (const [name, tensors] of Object.entries(expected.files)) {
  test(`${name} holds what was written, in the shape that MATLAB shows, whole and by rows`, async () => {
    const file = await openData(join(fixtures, name));
    try {
      for (const [tensor, entry] of Object.entries(tensors)) await checkTensor(file, tensor, entry as Entry);
      const usable = file.describe().tensors.filter((tensor) => !tensor.unusable);
      expect(usable.map((tensor) => tensor.name).sort()).toEqual(Object.keys(tensors).sort());
    } finally {
      await file.close();
    }
  });
}

test('what is no full array of real numbers is described with the reason', async () => {
  const reasons: Record<string, string> = {
    complex: 'it holds complex numbers',
    cells: 'it is a cell array',
    sparse: 'it is a sparse matrix',
    words: 'it holds text',
  };
  const more: Record<string, Record<string, string>> = {
    'v6.mat': { structs: 'it is an array of structs', 'net.name': 'it holds text' },
    'v7.mat': { structs: 'it is an array of structs', 'net.name': 'it holds text' },
    'v73.mat': { no_rows: 'it is empty', table: 'it is an object (table)' },
  };
  for (const [name, others] of Object.entries(more)) {
    const file = await openData(join(fixtures, name));
    const unusable = file
      .describe()
      .tensors.flatMap((tensor) => (tensor.unusable ? [[tensor.name, tensor.unusable.split('.')[0]]] : []));
    expect(Object.fromEntries(unusable)).toEqual({ ...reasons, ...others });
    expect(await refusal(file.read('cells', { limit }))).toContain('it is a cell array');
    await file.close();
  }
});

test('rows of characters are names', async () => {
  for (const name of ['v6.mat', 'v7.mat', 'v73.mat'])
    expect(await readNames(join(fixtures, name), { limit })).toEqual(['alpha', 'be', '', 'naïve']);
  expect(await readNames(join(fixtures, 'big.mat'), { limit })).toEqual(['ab', 'cde']);
});

test('cells of texts are names, to the letter', async () => {
  const path = join(fixtures, 'cells.mat');
  const file = await openData(path);
  expect((await file.readColumn('ids', { limit })).values).toEqual(['alpha ', '', 'naïve', '𝄞 clef', '7']);
  const reasons = Object.fromEntries(file.describe().tensors.map(({ name, unusable }) => [name, unusable]));
  expect(reasons.ids).toBe('it holds text. Use it as labels, or save numbers.');
  expect(reasons.square).toContain('it is a cell array. Only one row or column');
  expect(reasons.mixed).toContain('it is a cell array. Its cell 2 is no text of one line');
  await file.close();
  expect(await readNames(path, { limit })).toHaveLength(5);
});

test('cells of texts of version 7.3, to the letter', async () => {
  const file = await openData(join(fixtures, 'cells73.mat'));
  expect((await file.readColumn('ids', { limit })).values).toEqual(['alpha ', '', 'naïve', '𝄞 clef', '7']);
  expect(await refusal(file.readColumn('mixed', { limit }))).toContain('cell 2 is no text of one line');
  expect(await refusal(file.readColumn('ids', { limit: 170 }))).toContain('cannot be read: its text is longer');
  expect(await refusal(file.readColumn('square', { limit }))).toContain('Only one row or column of texts is read');
  await file.close();
});

test('a matrix of version 7.3 becomes a representation of as many rows as MATLAB shows', async () => {
  const spec = { path: 'v73.mat', tensor: 'matrix', rows: [3, 5] as [number, number] };
  const { matrix } = await readRepresentation(spec, fixtures, { limit });
  expect([matrix.rows, matrix.columns, matrix.at(0, 1)]).toEqual([2, 6, (3 * 6 + 1 - 100) / 7]);
});

test('version 4 is refused in words', async () => {
  expect(await refusal(openData(join(fixtures, 'v4.mat')))).toContain('v4.mat: this is a file of MATLAB 4');
});
