import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { Engine } from '../../src/engine/engine';
import { Jobs } from '../../src/engine/jobs';
import { catalogue } from '../../src/methods/catalogue';
import { refusal } from './data-files';
import { bundle, temporaryFolder, writeMatrix } from './engine-files';

const folder = temporaryFolder();
// The value tells the row: (i, -i).
writeMatrix(
  folder,
  'rows.npy',
  Array.from({ length: 20_000 }, (_, i) => [i === 9 ? Number.NaN : i, -i + (i % 3)]),
);
const settings = { memory: 1_000_000, threads: 0, cache: null };
let engine: Engine;
beforeAll(async () => {
  const script = join(await bundle({ worker: 'src/engine/worker.ts' }, 'engine-sampled'), 'worker.js');
  engine = new Engine(new Jobs(script, () => {}), catalogue, settings, folder);
});
const request = { method: 'overview', inputs: [{ path: 'rows.npy' }], seed: 3 };

test('an overview of a sample says so, and its points are the rows that were drawn', async () => {
  const { values, warnings, steps, figures, inputs } = await engine.run({ ...request, sample: 100 });
  expect(values.rows).toBe(warnings.some((warning) => warning.includes('row 9 (1 of 100) left out')) ? 99 : 100);
  expect(inputs[0]?.shape).toEqual([20_000, 2]);
  expect(steps).toContain('sample of 100 of 20,000 rows, seed 3');
  const plane = figures.find(({ id }) => id === 'principal-plane');
  if (plane?.kind !== 'scatter') throw new Error('there is no plane');
  const [panel] = plane.panels;
  // Along the one long direction the points are in the order of the rows of the file, or in the opposite one.
  const xs = plane.rows.map((_, i) => panel?.xs[i] as number);
  const order = [...plane.rows.keys()].sort((a, b) => (plane.rows[a] as number) - (plane.rows[b] as number));
  const slope = (xs[order.at(-1) as number] as number) - (xs[order[0] as number] as number);
  const spread = (plane.rows[order.at(-1) as number] as number) - (plane.rows[order[0] as number] as number);
  expect(Math.abs(slope) / spread).toBeCloseTo(Math.SQRT2, 1);
});

test('another seed draws other rows, the same seed the same', async () => {
  const plane = async (seed: number) => {
    const { figures } = await engine.run({ ...request, sample: 50, seed });
    const found = figures.find(({ id }) => id === 'principal-plane');
    return found?.kind === 'scatter' ? found.rows : [];
  };
  const first = await plane(1);
  expect(await plane(1)).toEqual(first);
  expect(await plane(2)).not.toEqual(first);
});

test('a sample as large as the input is the input; one of a row is refused', async () => {
  // The whole input, and what is made of it, has to fit.
  engine.configure({ ...settings, memory: 1e8 });
  const whole = await engine.run(request);
  const sampled = await engine.run({ ...request, sample: 90_000 });
  engine.configure(settings);
  expect(sampled.values).toEqual(whole.values);
  expect(sampled.steps.join(' ')).not.toMatch(/sample/);
  expect(await refusal(engine.run({ ...request, sample: 1 }))).toMatch(/Two or more/);
});

test('a pair is sampled in the same rows of both, and compared as those rows are', async () => {
  const rows = Array.from({ length: 6000 }, (_, i) => [Math.sin(i), Math.cos(3 * i), (i * 7) % 11]);
  const turned = rows.map(([a = 0, b = 0, c = 0]) => [2 * b, -2 * a, 2 * c]);
  writeMatrix(folder, 'a.npy', rows);
  writeMatrix(folder, 'b.npy', turned);
  const inputs = [{ path: 'a.npy' }, { path: 'b.npy' }];
  const {
    values,
    steps,
    tables,
    inputs: used,
  } = await engine.run({ method: 'procrustes', inputs, seed: 1, sample: 60 });
  expect(values.distance).toBeCloseTo(0, 6);
  expect(steps).toContain('sample of 60 of 6,000 rows, seed 1');
  expect(used.map((record) => record.used)).toEqual([
    [60, 3],
    [60, 3],
  ]);
  expect(tables.residuals?.rows.every(([row]) => Number(row) < 6000)).toBe(true);
  const { measures, warnings } = await engine.compare({ inputs, measures: ['rsa'], seed: 1, sample: 60 });
  expect(measures.rsa?.matrix[0]?.[1]).toBeCloseTo(1, 6);
  expect(warnings.join()).toContain('sample of 60 of 6,000 rows');
  writeMatrix(folder, 'short.npy', rows.slice(0, 5900));
  const unequal = [{ path: 'a.npy' }, { path: 'short.npy' }];
  expect(await refusal(engine.run({ method: 'procrustes', inputs: unequal, sample: 60 }))).toMatch(
    /6,000 rows and short\.npy has 5,900/,
  );
});
