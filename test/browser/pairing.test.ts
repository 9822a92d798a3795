import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { useWorkbench } from './harness';

/** 120 words and three numbers that belong to each; the files hold other ones of them, in other orders. */
const word = (i: number) => `word${i}`;
const value = (i: number, unit: number) => Math.sin((i + 1) * (unit + 2.3)).toFixed(6);
const table = (rows: readonly number[]) =>
  ['word,x,y,z', ...rows.map((i) => [word(i), ...[0, 1, 2].map((unit) => value(i, unit))].join(','))].join('\n');
const first = Array.from({ length: 110 }, (_, i) => i);
const second = Array.from({ length: 110 }, (_, i) => 10 + ((37 * i) % 110));

const workbench = useWorkbench('pairing', (workspace) => {
  writeFileSync(join(workspace, 'early.csv'), table(first));
  writeFileSync(join(workspace, 'late.csv'), table(second));
});

test('two tables in another order are told as such, and paired by a column of each', async () => {
  await workbench().rightClick(['early.csv', 'late.csv'], 'Compare Representations');
  const page = await workbench().analysis('early × late');
  await page.getByText(/^Rows of early\.csv and late\.csv look like the same samples in another order: /).waitFor();
  const chips = page.getByRole('list', { name: 'What was done' });
  await chips.getByText('110 rows, paired by position').waitFor();
  await workbench().screenshot('by position');
  await page.getByRole('button', { name: 'Rows: by position' }).click();
  await page.getByRole('menuitem', { name: 'Pair by identifiers…' }).click();
  for (const name of ['early.csv (1 of 2)', 'late.csv (2 of 2)']) {
    await workbench().page.getByText(`Identifiers of ${name}`).waitFor();
    await workbench().screenshot(`identifiers of ${name}`);
    await workbench().quickPick('word');
  }
  await chips.getByText('100 of 110 rows, paired by word').waitFor();
  await page.getByRole('row', { name: /^Linear CKA 1\.000 / }).waitFor();
  await page.getByText(/^10 of 110 rows of early\.csv left out, for they have no partner: 'word0', 'word1'/).waitFor();
  await workbench().screenshot('by word');
});

test('rows without a partner are in a table of each method', async () => {
  const page = await workbench().analysis('early × late');
  await page.getByRole('button', { name: 'Linear CKA', exact: true }).click();
  const alone = page.getByRole('row', { name: 'early.csv 0 word0' });
  await alone.scrollIntoViewIfNeeded();
  await workbench().screenshot('unmatched');
  await page.getByRole('button', { name: 'Rows: by word' }).click();
  await page.getByRole('menuitem', { name: 'Pair by position' }).click();
  await page.getByRole('list', { name: 'What was done' }).getByText('110 rows, paired by position').waitFor();
});

test('the console of the page stayed clean', () => {
  expect(workbench().errors).toEqual([]);
});
