/** Computing on a sample of the rows. */
import { expect, test } from 'vitest';
import { readArguments } from '../../src/cli/arguments';
import { compare } from '../../src/engine/compare';
import { contextOf } from '../../src/engine/context';
import { prepare } from '../../src/engine/prepare';
import { run } from '../../src/engine/run';
import { sampleRows } from '../../src/engine/sample';
import { catalogue } from '../../src/methods/catalogue';
import { temporaryFolder, writeMatrix } from './engine-files';

const folder = temporaryFolder();
const desk = { signal: new AbortController().signal, progress: () => {} };
const surroundings = { base: folder, memory: 1e9, threads: 0 };
const [first, second] = [0, 1].map((k) => {
  const rows = Array.from({ length: 60 }, (_, i) => [i, Math.sin(i * (k + 2)), k === 0 && i === 7 ? Number.NaN : 1]);
  return { path: writeMatrix(folder, `m${k}.npy`, rows) };
}) as [{ path: string }, { path: string }];
const inputs = [first, second];

test('rows are drawn by the seed, without repetition, in their order', () => {
  const one = sampleRows(20, 100, 3);
  expect(one?.note).toBe('sample of 20 of 100 rows, seed 3');
  expect(new Set(one?.places).size).toBe(20);
  expect(Array.from(one?.places ?? [])).toEqual(Array.from(one?.places ?? []).sort((a, b) => a - b));
  expect(sampleRows(20, 100, 3)?.places).toEqual(one?.places);
  expect(sampleRows(20, 100, 4)?.places).not.toEqual(one?.places);
  for (const size of [undefined, 0, 100, 101]) expect(sampleRows(size, 100)).toBeNull();
  expect(sampleRows(1, 100)?.places.length).toBe(2);
});

test('every input gives the same rows, under their numbers in the file, after those that are not finite', async () => {
  const { representations, rows, steps, records, sampled } = await prepare(
    { inputs, sample: 30, seed: 1 },
    folder,
    1e9,
    desk,
  );
  expect(steps).toEqual(['1 row left out', 'sample of 30 of 59 rows, seed 1']);
  expect(sampled).toBe(steps[1]);
  expect(rows.index).toHaveLength(30);
  expect(rows.index).not.toContain(7);
  for (const { matrix } of representations) expect(matrix.column(0)).toEqual(Float64Array.from(rows.index));
  expect(records.map(({ used }) => used)).toEqual([
    [30, 3],
    [30, 3],
  ]);
  const part = inputs.map((input) => ({ ...input, rows: [20, 60] as const }));
  const later = await prepare({ inputs: part, sample: 5 }, folder, 1e9, desk);
  expect(later.representations[1]?.matrix.column(0)).toEqual(Float64Array.from(later.rows.index));
  expect(Math.min(...later.rows.index)).toBeGreaterThanOrEqual(20);
});

test('labels follow', async () => {
  const path = writeMatrix(
    folder,
    'labels.npy',
    Array.from({ length: 60 }, (_, i) => [i / 2]),
  );
  const { rows } = await prepare({ inputs, labels: { path }, sample: 10 }, folder, 1e9, desk);
  if (rows.labels?.kind !== 'number') throw new Error('The labels are numbers.');
  expect(rows.labels.values).toEqual(Float64Array.from(rows.index, (i) => i / 2));
});

test('a result and a comparison say it', async () => {
  const task = { kind: 'run', request: { method: 'linear-cka', inputs, sample: 30 }, ...surroundings } as const;
  const { result } = await run(task, catalogue, desk);
  expect(result.sample).toBe(30);
  expect(result.steps).toContain('sample of 30 of 59 rows, seed 0');
  const measures = ['linear-cka'];
  const both = await compare(
    { kind: 'compare', request: { inputs, measures, sample: 30 }, ...surroundings },
    catalogue,
    desk,
  );
  expect(both.sample).toBe(30);
  expect(both.warnings.join()).toContain('Computed on a sample of 30 of 59 rows, seed 0.');
  expect(both.measures['linear-cka']?.matrix[0]?.[1]).toBe(result.values.cka);
});

test('what is refused for want of memory names the bound and the sample', () => {
  const context = contextOf(desk, 0, { index: new Int32Array() }, 100, 1000);
  expect(context.fits(900)).toBe(true);
  expect(context.fits(901)).toBe(false);
  expect(() => context.reserve(901, 'it')).toThrow(/--memory.*--sample/);
});

test('the command line takes it', () => {
  expect(readArguments(['run', 'rsa', 'a.npy', '--sample', '50']).flags).toMatchObject({ sample: '50' });
});
