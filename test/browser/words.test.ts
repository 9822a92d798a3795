import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { useWorkbench } from './harness';

const workbench = useWorkbench('words');
const files = ['words/kjv-word2vec-a.npy', 'words/kjv-word2vec-b.npy'];
const title = 'word2vec-a × word2vec-b';
const agreement = /^Relative agreement anchor selection rows, anchor rows 0:3300:11 0\.9999 /;

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
  await page.getByRole('row', { name: agreement }).waitFor({ timeout: 100_000 });
  // NumPy, to the digits given there.
  const value = async (title: string) => {
    const row = page.getByRole('row', { name: new RegExp(`^${title} [0-9]`) });
    return Number(await row.getByRole('cell').first().textContent());
  };
  expect(await value('Mean reciprocal rank')).toBeCloseTo(0.99986, 5);
  expect(await value('Mean cosine')).toBeCloseTo(0.98712, 5);
  expect(await value('Jaccard of neighbours')).toBeCloseTo(0.54004, 5);
  expect(await value('Mean reciprocal rank, without anchors')).toBeCloseTo(0.0016, 4);
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
  await workbench().save();
  const path = join(workbench().workspace, 'words/procrustes-aligned-planes.svg');
  const text = /^<\?xml[\s\S]*<svg [\s\S]*<text[^>]*>Both spaces, aligned[\s\S]*<\/svg>\s*$/;
  await expect.poll(() => existsSync(path) && readFileSync(path, 'utf8')).toMatch(text);
});

test('the page is whole again after the window is reloaded', async () => {
  await workbench().reload();
  const page = await workbench().analysis(title);
  await page.getByRole('row', { name: agreement }).waitFor();
  await page.getByRole('row', { name: /^Linear CKA 0\.949/ }).waitFor();
  await workbench().screenshot('reloaded');
});

test('the console of the page stayed clean', () => {
  expect(workbench().errors).toEqual([]);
});
