import { appendFileSync, copyFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { useWorkbench } from '../harness';

/** 120 words and three numbers that belong to each; the files hold other ones of them, in other orders. */
const word = (i: number) => `word${i}`;
const value = (i: number, unit: number) => Math.sin((i + 1) * (unit + 2.3)).toFixed(6);
const table = (rows: readonly number[]) =>
  ['word,x,y,z', ...rows.map((i) => [word(i), ...[0, 1, 2].map((unit) => value(i, unit))].join(','))].join('\n');
const first = Array.from({ length: 110 }, (_, i) => i);
const second = Array.from({ length: 110 }, (_, i) => 10 + ((37 * i) % 110));

const workbench = useWorkbench('pairs', (workspace) => {
  writeFileSync(join(workspace, 'early.csv'), table(first));
  writeFileSync(join(workspace, 'late.csv'), table(second));
  for (const name of ['large-a.npy', 'large-b.npy']) writeNoise(join(workspace, name), 20_000, 128);
  copyFileSync(join(workspace, 'words/kjv-word2vec-a.npy'), join(workspace, 'kept.npy'));
});

describe('embeddings of words', () => {
  const files = ['words/kjv-word2vec-a.npy', 'words/kjv-word2vec-b.npy'];
  const title = 'word2vec-a × word2vec-b';
  const agreement = /^Relative agreement anchor selection rows, anchor rows 0:3300:11 0\.9999 /;

  test('two embeddings are compared: a sentence, the measures with their chance levels, the figures', async () => {
    await workbench().rightClick(files, 'Compare Representations');
    const page = await workbench().analysis(title);
    await workbench().screenshot('compared');
    await page.getByRole('region', { name: 'Summary' }).getByText('linear CKA 0.95').waitFor();
    // NumPy: linear CKA 0.94934406, mean correlation of units matched one to one 0.30513892.
    await page.getByRole('row', { name: /^Linear CKA 0\.949 0\.0129/ }).waitFor();
    await page.getByRole('row', { name: /^One-to-one matching of units 0\.305 0\.038/ }).waitFor();
    await page.getByRole('figure', { name: 'Both spaces, aligned' }).scrollIntoViewIfNeeded();
    await workbench().screenshot('spaces');
  }, 240_000);

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
    const whole = /^<\?xml[\s\S]*<svg [\s\S]*<text[^>]*>Both spaces, aligned[\s\S]*<\/svg>\s*$/;
    await workbench().written('words/procrustes-aligned-planes.svg', whole);
  });

  test('a measure is added from the list of the editor, which words search', async () => {
    const page = await workbench().analysis(title);
    const add = page.getByRole('button', { name: 'Add measure…' });
    await add.click();
    const widget = workbench().page.locator('.quick-input-widget');
    await widget.waitFor();
    await widget.locator('input.input').press('Escape');
    await expect.poll(() => add.evaluate((button) => button.matches(':focus-within'))).toBe(true);
    await workbench().page.keyboard.press('Enter');
    await widget.locator('input.input').fill('boix adsera');
    await widget.locator('.monaco-list-row').filter({ hasText: 'GULP' }).waitFor();
    await workbench().screenshot('add measure');
    await widget.locator('input.input').press('Enter');
    await page.getByRole('heading', { name: 'GULP', exact: true }).waitFor();
    await page.getByRole('row', { name: /^GULP \d/ }).waitFor();
    await workbench().screenshot('added');
  });

  test('the page is whole again after the window is reloaded', async () => {
    await workbench().reload();
    const page = await workbench().analysis(title);
    await page.getByRole('row', { name: agreement }).waitFor();
    await page.getByRole('row', { name: /^Linear CKA 0\.949/ }).waitFor();
    await workbench().screenshot('reloaded');
  });
});

describe('rows in another order', () => {
  test('two tables in another order are told as such, and paired by a column of each', async () => {
    await workbench().runCommand('View: Close All Editors');
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
    await page
      .getByText(/^10 of 110 rows of early\.csv left out, for they have no partner: 'word0', 'word1'/)
      .waitFor();
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
});

test('the console of the page stayed clean', () => {
  expect(workbench().errors).toEqual([]);
});

describe('work that is lost, stopped and kept', () => {
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
    await workbench().rightClick(['kept.npy'], 'Open Representation');
    await workbench().webview().getByRole('button', { name: 'Analyse' }).click();
    const page = await workbench().analysis('kept');
    await page.getByRole('button', { name: 'Save Analysis' }).click();
    await workbench().save();
    const { format, request } = JSON.parse(await workbench().written('kept.sextant', /\n}\n$/));
    expect(format).toBe('sextant-analysis');
    expect(request.inputs).toMatchObject([{ path: 'kept.npy' }]);
  });

  test('the document opens with what was saved', async () => {
    await workbench().runCommand('View: Close All Editors');
    await workbench().openFile('kept.sextant');
    const page = await workbench().analysis('kept');
    await page.getByText('3,560 rows of 100 units').waitFor();
    await workbench().screenshot('opened');
  });

  test('it says when an input has changed since', async () => {
    appendFileSync(join(workbench().workspace, 'kept.npy'), Buffer.alloc(1));
    const page = await workbench().analysis('kept');
    await page.getByText('kept.npy has changed since these results were computed.').waitFor();
    await workbench().screenshot('changed');
  });
});

/** float32 numbers that look random. */
function writeNoise(path: string, rows: number, columns: number): void {
  const head = `{'descr': '<f4', 'fortran_order': False, 'shape': (${rows}, ${columns}), }`.padEnd(117);
  const values = Float32Array.from({ length: rows * columns }, (_, i) => (Math.sin(i * 12.9898) * 43758.5453) % 1);
  const header = Buffer.from(`\x93NUMPY\x01\x00\x76\x00${head}\n`, 'latin1');
  writeFileSync(path, Buffer.concat([header, new Uint8Array(values.buffer)]));
}
