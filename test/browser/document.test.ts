import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { useWorkbench } from './harness';

const workbench = useWorkbench('document');

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
