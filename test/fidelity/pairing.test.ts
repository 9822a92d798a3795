/** Rows paired by identifier, against NumPy on the rows that it aligned itself. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, expect, test } from 'vitest';
import { readIdentifiers } from '../../src/data/identifiers';
import { encodeNpy } from '../../src/data/npy-writer';
import { readRepresentation } from '../../src/data/representation';
import { compare } from '../../src/engine/compare';
import { run } from '../../src/engine/run';
import { catalogue } from '../../src/methods/catalogue';
import { temporaryFolder } from '../unit/engine-files';

const expected = JSON.parse(
  readFileSync(fileURLToPath(new URL('reference/pairing.json', import.meta.url)), 'utf8'),
) as Record<'linear-cka' | 'procrustes' | 'linear-cka by position' | 'rows', number> &
  Record<'first words' | 'first alone', string[]> & { unmatched: [number, number] };
const samples = fileURLToPath(new URL('../../media/samples/words', import.meta.url));
const desk = { signal: new AbortController().signal, progress: () => {} };
const folder = temporaryFolder();
const common = { base: folder, memory: 1e9, threads: 0 };
const ids = (name: string) => ({ path: `${name}.csv`, column: 'word' });
const inputs = ['a', 'b'].map((name) => ({ path: `${name}.npy`, ids: ids(name) }));

beforeAll(async () => {
  const words = await readIdentifiers({ path: 'kjv-vocabulary.csv', column: 'word' }, samples, { limit: 1e9 });
  const write = async (name: string, rows: readonly number[]) => {
    const { matrix } = await readRepresentation({ path: `kjv-word2vec-${name}.npy` }, samples, { limit: 1e9 });
    writeFileSync(join(folder, `${name}.npy`), encodeNpy(matrix.takeRows(rows)));
    writeFileSync(join(folder, `${name}.csv`), ['word', ...rows.map((row) => words.ids[row])].join('\n'));
  };
  // The rows of pairing.py.
  await write(
    'a',
    Array.from({ length: 3000 }, (_, i) => (1237 * i + 11) % 3560),
  );
  await write(
    'b',
    Array.from({ length: 2900 }, (_, i) => (2003 * i + 500) % 3560),
  );
});

test.each(['linear-cka', 'procrustes'] as const)('%s of rows paired by word', async (method) => {
  const { result } = await run({ kind: 'run', request: { method, inputs }, ...common }, catalogue, desk);
  expect(Object.values(result.values)[0]).toBeCloseTo(expected[method], 12);
  expect(result.inputs.map(({ used }) => used[0])).toEqual([expected.rows, expected.rows]);
  const { rows = [], title } = result.tables.unmatched ?? {};
  const alone = expected.unmatched[0] + expected.unmatched[1];
  expect(title).toBe(`Rows without a partner: the first 1,000 of ${alone.toLocaleString('en-US')}`);
  expect(rows.slice(0, 3).map(([, , word]) => word)).toEqual(expected['first alone']);
  for (const many of expected.unmatched) expect(result.warnings.join('\n')).toContain(`${many} of`);
});

test('a comparison of all pairs, and against references', async () => {
  const measures = ['linear-cka'];
  const all = await compare({ kind: 'compare', request: { inputs, measures }, ...common }, catalogue, desk);
  expect(all.measures['linear-cka']?.matrix[0]?.[1]).toBeCloseTo(expected['linear-cka'], 12);
  const request = { inputs: inputs.slice(0, 1), against: inputs.slice(1), measures };
  const one = await compare({ kind: 'compare', request, ...common }, catalogue, desk);
  expect(one.measures['linear-cka']?.matrix[0]?.[0]).toBeCloseTo(expected['linear-cka'], 12);
  expect(one.warnings.join('\n')).toMatch(/of 3,000 rows of a\.npy left out/);
});

test('by position the same files say nothing', async () => {
  const request = {
    method: 'linear-cka',
    inputs: inputs.map(({ path }) => ({ path, rows: [0, 2900] as [number, number] })),
  };
  const { result } = await run({ kind: 'run', request, ...common }, catalogue, desk);
  expect(result.values.cka).toBeCloseTo(expected['linear-cka by position'], 12);
});
