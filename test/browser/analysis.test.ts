import { appendFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { useWorkbench } from './harness';

const workbench = useWorkbench('analysis', (workspace) => {
  for (const name of ['large-a.npy', 'large-b.npy']) writeNoise(join(workspace, name), 20_000, 128);
});
const title = 'large-a × large-b';

test('when the engine is killed the page says so, and goes on', async () => {
  await workbench().rightClick(['large-a.npy', 'large-b.npy'], 'Compare Representations');
  const page = await workbench().analysis(title, false);
  await page.getByText(/\d+ %/).first().waitFor();
  const [engine = 0, ...others] = workbench().engines();
  expect(others).toEqual([]);
  process.kill(engine, 'SIGKILL');
  await page.getByRole('button', { name: 'Try again' }).first().waitFor();
  await workbench().screenshot('killed');
  await page.getByRole('button', { name: 'Try again' }).first().click();
  await page.getByText(/\d+ %/).first().waitFor();
  expect(workbench().engines()).not.toContain(engine);
});

test('a long job can be cancelled', async () => {
  const page = await workbench().analysis(title, false);
  await page.getByRole('button', { name: 'Cancel all' }).click();
  await page.getByRole('button', { name: 'Resume all' }).waitFor();
  await workbench().screenshot('cancelled');
});

test('an analysis is saved as a document', async () => {
  await workbench().rightClick(['words/kjv-word2vec-a.npy'], 'Open Representation');
  await workbench().webview().getByRole('button', { name: 'Analyse' }).click();
  const page = await workbench().analysis('kjv-word2vec-a');
  await page.getByRole('button', { name: 'Save Analysis' }).click();
  await workbench().save();
  const path = join(workbench().workspace, 'words/kjv-word2vec-a.sextant');
  await expect.poll(() => existsSync(path)).toBe(true);
  const { format, request } = JSON.parse(readFileSync(path, 'utf8'));
  expect(format).toBe('sextant-analysis');
  expect(request.inputs).toMatchObject([{ path: 'kjv-word2vec-a.npy' }]);
});

test('the document opens with what was saved', async () => {
  await workbench().runCommand('View: Close All Editors');
  await workbench().openFile('words/kjv-word2vec-a.sextant');
  const page = await workbench().analysis(/word/);
  await page.getByText('3560 rows of 100 units').waitFor();
  await workbench().screenshot('opened');
});

test('it says when an input has changed since', async () => {
  appendFileSync(join(workbench().workspace, 'words/kjv-word2vec-a.npy'), Buffer.alloc(1));
  const page = await workbench().analysis(/word/);
  await page.getByText('kjv-word2vec-a.npy has changed since these results were computed.').waitFor();
  await workbench().screenshot('changed');
});

/** float32 numbers that look random. */
function writeNoise(path: string, rows: number, columns: number): void {
  const head = `{'descr': '<f4', 'fortran_order': False, 'shape': (${rows}, ${columns}), }`.padEnd(117);
  const values = Float32Array.from({ length: rows * columns }, (_, i) => (Math.sin(i * 12.9898) * 43758.5453) % 1);
  const header = Buffer.from(`\x93NUMPY\x01\x00\x76\x00${head}\n`, 'latin1');
  writeFileSync(path, Buffer.concat([header, new Uint8Array(values.buffer)]));
}
