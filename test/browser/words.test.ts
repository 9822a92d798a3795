import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { useWorkbench } from './harness';

const workbench = useWorkbench('words');
const files = ['words/kjv-word2vec-a.npy', 'words/kjv-word2vec-b.npy'];
const title = 'word2vec-a × word2vec-b';

test('two embeddings are compared: a sentence, the measures with their chance levels, the figures', async () => {
  await workbench().rightClick(files, 'Compare Representations');
  const page = await workbench().analysis(title);
  await workbench().screenshot('compared');
  await page.getByRole('region', { name: 'Summary' }).getByText('linear CKA 0.95').waitFor();
  // NumPy: linear CKA 0.94934406, mean correlation of units matched one to one 0.30513892.
  await page.getByRole('row', { name: /^Linear CKA 0\.949 0\.013/ }).waitFor();
  await page.getByRole('row', { name: /^One-to-one matching of units 0\.305 0\.038/ }).waitFor();
  await page.getByRole('figure', { name: 'Both spaces, aligned' }).scrollIntoViewIfNeeded();
  await workbench().screenshot('spaces');
});

test('changed parameters run a method again: relative agreement with the anchors of the NumPy reference', async () => {
  const page = await workbench().analysis(title);
  await page.getByRole('button', { name: 'Relative agreement', exact: true }).click();
  await page.getByRole('combobox', { name: 'Anchor selection' }).click();
  await page.getByRole('option', { name: 'rows', exact: true }).click();
  await workbench().screenshot('parameters');
  await page.getByRole('textbox', { name: 'Anchor rows' }).fill('0:3300:11');
  // NumPy: MRR 0.99986, mean cosine 0.98712, Jaccard 0.54004; without anchors MRR 0.0016.
  await page.getByRole('row', { name: /^Mean reciprocal rank 0\.99986/ }).waitFor({ timeout: 120_000 });
  await page.getByRole('row', { name: /^Mean cosine 0\.98712/ }).waitFor();
  await page.getByRole('row', { name: /^Jaccard of neighbours 0\.5400/ }).waitFor();
  await page.getByRole('row', { name: /^Mean reciprocal rank, without anchors 0\.00160?/ }).waitFor();
  await page.getByRole('row', { name: /^Relative agreement 0\.9999 / }).waitFor();
  await workbench().screenshot('relative-agreement');
});

test('a parameter that cannot be is refused beside its field', async () => {
  const page = await workbench().analysis(title);
  await page.getByRole('textbox', { name: 'Neighbours' }).fill('-3');
  await page.getByRole('alert').first().waitFor();
  await workbench().screenshot('refused');
  await page.getByRole('textbox', { name: 'Neighbours' }).fill('10');
});

test('a figure is exported as SVG, with its text as text', async () => {
  const page = await workbench().analysis(title);
  await page.getByRole('button', { name: 'Options of Both spaces, aligned' }).click();
  await page.getByRole('menuitem', { name: 'Export SVG' }).click();
  await workbench().saveAs('aligned.svg');
  const path = join(workbench().workspace, 'aligned.svg');
  const text = /^<\?xml[\s\S]*<svg [\s\S]*<text[^>]*>Both spaces, aligned[\s\S]*<\/svg>\s*$/;
  await expect.poll(() => existsSync(path) && readFileSync(path, 'utf8')).toMatch(text);
});

test('the page is whole again after the window is reloaded', async () => {
  await workbench().navigate();
  const page = await workbench().analysis(title);
  await page.getByRole('row', { name: /^Relative agreement 0\.9999 / }).waitFor();
  await page.getByRole('row', { name: /^Linear CKA 0\.949/ }).waitFor();
  await workbench().screenshot('reloaded');
});

test('the console of the page stayed clean', () => {
  expect(workbench().errors).toEqual([]);
});
