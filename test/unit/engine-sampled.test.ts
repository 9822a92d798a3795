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
  Array.from({ length: 500 }, (_, i) => [i === 9 ? Number.NaN : i, -i + (i % 3)]),
);
let engine: Engine;
beforeAll(async () => {
  const script = join(await bundle({ worker: 'src/engine/worker.ts' }, 'engine-sampled'), 'worker.js');
  engine = new Engine(new Jobs(script, () => {}), catalogue, { memory: 30_000, threads: 0, cache: null }, folder);
});
const request = { method: 'overview', inputs: [{ path: 'rows.npy' }], seed: 3 };

test('an overview of a sample says so, and its points are the rows that were drawn', async () => {
  const { values, warnings, steps, figures, inputs } = await engine.run({ ...request, sample: 100 });
  expect(values.rows).toBe(warnings.some((warning) => warning.includes('row 9 (1 of 100) left out')) ? 99 : 100);
  expect(inputs[0]?.shape).toEqual([500, 2]);
  expect(steps).toContain('sample of 100 of 500 rows, seed 3');
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
  const whole = await engine.run(request);
  const sampled = await engine.run({ ...request, sample: 900 });
  expect(sampled.values).toEqual(whole.values);
  expect(sampled.steps.join(' ')).not.toMatch(/sample/);
  expect(await refusal(engine.run({ ...request, sample: 1 }))).toMatch(/Two or more/);
});
