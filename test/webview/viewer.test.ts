import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { encodeNpy } from '../../src/data/npy-writer';
import { Matrix } from '../../src/linalg/matrix';
import { artifacts } from '../browser/setup';
import { faults } from './harness';
import { faultsInThemes } from './in-themes';
import { beyondNarrow, done, useBrowser } from './pages';
import { root, type Theme } from './tab';
import { showFile, type ViewerSetting, type ViewerShown, viewerEngine } from './viewer-harness';

const digits = join(root, 'media/samples/digits/digits-cnn-seed0-activations.npz');
const folder = mkdtempSync(join(tmpdir(), 'sextant-viewer-'));
const faulty = join(folder, 'faulty.npy');
const deep = join(folder, 'deep.npy');
const table = join(folder, 'table.csv');
const listed = join(folder, 'listed.jsonl');

const engine = viewerEngine();
const { open: openPage, shown } = useBrowser<ViewerShown>();

beforeAll(() => {
  writeFaulty();
  writeDeep();
  const line = (i: number) => `w${i},${i % 7},${(Math.sin(i) * 5).toFixed(3)},"a, ${i}",${i * i}`;
  writeFileSync(table, `word,kind,x,note,square\n${Array.from({ length: 90 }, (_, i) => line(i)).join('\n')}\n`);
  const item = (i: number) => JSON.stringify({ id: 3 * i, kind: i % 4, embedding: [i, Math.sin(i), i % 5] });
  writeFileSync(listed, Array.from({ length: 40 }, (_, i) => item(i)).join('\n'));
  mkdirSync(artifacts, { recursive: true });
});
afterAll(() => rmSync(folder, { recursive: true }));

function open(path: string, setting: Partial<ViewerSetting> = {}): Promise<Page> {
  return openPage((browser) => showFile(browser, engine, { theme: 'Dark Modern', path, ...setting }));
}

async function openDone(path: string, setting: Partial<ViewerSetting> = {}): Promise<Page> {
  const page = await open(path, setting);
  await done(page);
  return page;
}

/** The cells of a row that are in sight. */
function cells(page: Page, row: number): Promise<string[]> {
  return page.locator(`[role=row][aria-rowindex="${row + 2}"] [role=gridcell]`).allTextContents();
}

/** Takes a picture in each theme. */
function pictured(page: Page, name: string): (theme: Theme) => Promise<unknown> {
  return (theme) => page.screenshot({ path: join(artifacts, `viewer-${name}-${theme.replaceAll(' ', '-')}.png`) });
}

test('axe finds nothing serious in an archive, with statistics, in any theme', async () => {
  const page = await openDone(digits);
  await page.getByLabel('Column statistics').check();
  await page.getByLabel('Row statistics').check();
  expect(await faultsInThemes(page, undefined, pictured(page, 'archive'))).toEqual([]);
});

test('axe finds nothing serious in a table, and in a narrow window, in any theme', async () => {
  const page = await openDone(table, { width: 500 });
  expect(await faultsInThemes(page, undefined, pictured(page, 'table'))).toEqual([]);
});

test('a 4-d tensor is sliced: which axes are rows and columns, and an index on the others', async () => {
  const page = await openDone(deep);
  await expect.poll(() => cells(page, 2)).toEqual(['2000', '2100', '2200', '2300']);
  await page.getByLabel('Index on axis 3', { exact: true }).fill('4');
  await page.getByText('[:, :, 0, 4]').waitFor();
  await expect.poll(() => cells(page, 2)).toEqual(['2004', '2104', '2204', '2304']);
  await page.getByLabel('Axis 2, of 6').selectOption('rows');
  await page.getByText('[0, :, :, 4]').waitFor();
  await expect.poll(() => cells(page, 5)).toEqual(['54', '154', '254', '354']);
  expect(shown().calls.findLast(({ method }) => method === 'choose')?.argument).toMatchObject({
    slice: { rows: 2, columns: 1, at: [0, 0, 0, 4] },
  });
  await expect.poll(() => beyondNarrow(page)).toBe(0);
});

test('the health report of a file with planted faults names them', async () => {
  const page = await openDone(faulty);
  const health = page.getByRole('region', { name: 'Health' });
  for (const words of [
    /^1 NaN in 1 column \(4\)/,
    /^1 infinite value in 1 column \(6\)/,
    /1 of 12 units of faulty is constant \(3\)/,
    /1 of 198 rows of faulty is all zeros/,
    /1 of 198 rows of faulty repeats an earlier row/,
    /times as long as the median row \(17\)/,
  ])
    expect(await health.getByRole('listitem').filter({ hasText: words }).count(), String(words)).toBe(1);
  expect(await faultsInThemes(page, undefined, pictured(page, 'health'))).toEqual([]);
});

test('the keyboard walks the tree and the values', async () => {
  const page = await openDone(digits);
  const tree = page.getByRole('tree', { name: 'Tensors' });
  await tree.getByRole('treeitem', { selected: true }).focus();
  await page.keyboard.press('End');
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { level: 1, name: /layer8/ }).waitFor();
  await done(page);
  const grid = page.getByRole('grid');
  await grid.focus();
  await page.keyboard.press('Control+End');
  await page
    .getByRole('status')
    .filter({ hasText: /^Row 449, column 63: -?\d/ })
    .waitFor();
  await page.keyboard.press('Control+Home');
  await page
    .getByRole('status')
    .filter({ hasText: /^Row 0, column 0: -?\d/ })
    .waitFor();
  await page.getByLabel('Go to row').fill('300');
  await page.keyboard.press('Enter');
  await page.locator('[role=row][aria-rowindex="302"]').waitFor();
  await page.getByLabel('Go to row').fill('450');
  await page.keyboard.press('Enter');
  await page.getByText('Rows are 0 to 449').waitFor();
});

test('the row that was looked at is there again when the page comes back', async () => {
  const page = await openDone(digits);
  await page.getByLabel('Go to row').fill('200');
  await page.keyboard.press('Enter');
  const row = page.locator('[role=row][aria-rowindex="202"]');
  await row.waitFor();
  await expect
    .poll(() => page.evaluate(() => JSON.parse(sessionStorage.getItem(location.search) ?? '{}').view?.sight.row))
    .toBeGreaterThan(100);
  const first = () => page.locator('[role=row].grid-row').first().getAttribute('aria-rowindex');
  const before = await first();
  await page.reload();
  await row.waitFor();
  await expect.poll(first).toBe(before);
  await page
    .getByRole('status')
    .filter({ hasText: /^Row 200, column 0: -?\d/ })
    .waitFor();
});

test('of a table, columns are chosen as units, identifiers and labels', async () => {
  const page = await openDone(table);
  await expect.poll(async () => (await cells(page, 0)).length).toBeGreaterThan(1);
  const unit = (name: string) => page.locator('.column-list').getByRole('checkbox', { name });
  // The labels are no unit, unless they are asked for.
  await page.getByLabel('Labels').and(page.locator('select')).filter({ hasText: 'kind' }).waitFor();
  await page.getByText('2 of 3 numeric columns are units').waitFor();
  await unit('kind').check();
  await page.getByText('3 of 3 numeric columns are units').waitFor();
  await page.getByText(/column kind is a unit as well as the labels/).waitFor();
  await unit('kind').uncheck();
  await unit('square').uncheck();
  await page.getByText('1 of 3 numeric columns are units').waitFor();
  await page.getByRole('button', { name: 'Take all' }).click();
  await page.getByText('2 of 3 numeric columns are units').waitFor();
  await page.getByRole('button', { name: 'Compare With…' }).click();
  await expect
    .poll(() => shown().calls.find(({ method }) => method === 'compareWith')?.argument)
    .toMatchObject({ ids: 'word', labels: { column: 'kind' }, units: ['x', 'square'] });
});

test('of a table with a column of lists, that is what it stands for; its numbers are what they are taken for', async () => {
  const page = await openDone(listed);
  await page.getByText('embedding has 40 rows of 3 units').waitFor();
  await page.getByRole('treeitem', { name: /^columns/ }).click();
  await page.getByText('1 of 2 numeric columns are units').waitFor();
  await page.getByText(/^listed has 40 rows/).waitFor();
});

test('what is in sight is written as CSV in full', async () => {
  const page = await openDone(deep);
  await page.getByRole('button', { name: 'More of the values' }).click();
  await page.getByRole('menuitem', { name: 'Export rows in sight as CSV' }).click();
  await expect
    .poll(() => shown().calls.find(({ method }) => method === 'export')?.argument)
    .toMatchObject({
      name: 'window.csv',
      content: expect.stringMatching(/^row,0,1,2,3\r\n0,0,100,200,300\r\n/),
    });
});

test('a damaged file is a sentence, and a way to another editor', async () => {
  const path = join(folder, 'broken.npy');
  writeFileSync(path, 'no array at all');
  const page = await open(path);
  await page.getByRole('alert').filter({ hasText: 'broken.npy' }).waitFor();
  await page.getByRole('button', { name: 'Open with another editor…' }).click();
  await expect.poll(() => shown().calls.map(({ method }) => method)).toContain('openOtherwise');
  expect(await faults(page)).toEqual([]);
});

/** Every kind of fault that the report knows, each in a place of its own. */
function writeFaulty(): void {
  const rows = Array.from({ length: 200 }, (_, i) =>
    Array.from({ length: 12 }, (_, j) => {
      if (j === 3) return 0;
      return Math.sin((i + 1) * 12.9898 + j * 78.233) * (i === 17 ? 60 : 1);
    }),
  );
  const at = (i: number) => rows[i] as number[];
  rows[11] = at(11).map(() => 0);
  rows[5] = [...at(9)];
  at(30)[4] = Number.NaN;
  at(40)[6] = Number.POSITIVE_INFINITY;
  writeFileSync(faulty, encodeNpy(Matrix.of(rows)));
}

/** (7, 4, 6, 9): the value at (i, j, k, l) is 1000 i + 100 j + 10 k + l. */
function writeDeep(): void {
  const values: number[] = [];
  for (let i = 0; i < 7; i++)
    for (let j = 0; j < 4; j++)
      for (let k = 0; k < 6; k++) for (let l = 0; l < 9; l++) values.push(1000 * i + 100 * j + 10 * k + l);
  const head = `{'descr': '<i4', 'fortran_order': False, 'shape': (7, 4, 6, 9), }`.padEnd(117);
  const header = Buffer.from(`\x93NUMPY\x01\x00\x76\x00${head}\n`, 'latin1');
  writeFileSync(deep, Buffer.concat([header, new Uint8Array(new Int32Array(values).buffer)]));
}
