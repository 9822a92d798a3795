import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { useWorkbench } from '../harness';
import { themes } from '../workbench';

const workbench = useWorkbench('representation', (workspace) => {
  writeFileSync(join(workspace, 'deep.npy'), npy([7, 4, 6, 9], deepValue));
  writeFileSync(join(workspace, 'faulty.npy'), npy([200, 12], faultyValue));
  writeFileSync(join(workspace, 'broken.npy'), 'no array at all');
  mkdirSync(join(workspace, 'formats'));
  for (const [fixture, name] of Object.entries(formats))
    copyFileSync(join(import.meta.dirname, '../../fidelity/fixtures', fixture), join(workspace, 'formats', name));
});

/** The viewer that is in sight, once everything in it is computed. */
async function viewer(title: string) {
  const page = workbench().webview();
  await page.getByRole('heading', { level: 1, name: title }).waitFor();
  await page.getByText('Everything is computed.').waitFor({ state: 'attached', timeout: 60_000 });
  return page;
}

test('the menu of a data file offers to open it as a representation', async () => {
  const entries = await workbench().openMenu(['words/kjv-word2vec-a.npy']);
  await workbench().screenshot('menu');
  const titles = await entries.allTextContents();
  expect(titles).toContain('Open Representation');
  expect(titles).not.toContain('Compare Representations');
  await workbench().page.keyboard.press('Escape');
});

test('the menu of two data files offers to compare them', async () => {
  const entries = await workbench().openMenu(['words/kjv-word2vec-a.npy', 'words/kjv-word2vec-b.npy']);
  await workbench().screenshot('menu-of-two');
  expect(await entries.allTextContents()).toContain('Compare Representations');
  await workbench().page.keyboard.press('Escape');
});

test('a 4-d array is opened, and sliced', async () => {
  await workbench().rightClick(['deep.npy'], 'Open Representation');
  const page = await viewer('deep.npy');
  const row = page.locator('[role=row][aria-rowindex="4"] [role=gridcell]');
  await expect.poll(() => row.allTextContents()).toEqual(['2000.0000', '2100.0000', '2200.0000', '2300.0000']);
  await page.getByLabel('Index on axis 3', { exact: true }).fill('5');
  await page.getByText('[:, :, 0, 5]').waitFor();
  await expect.poll(() => row.first().textContent()).toBe('2005.0000');
  await page.getByLabel('Axis 2, of 6').selectOption('columns');
  await page.getByText('[:, 0, :, 5]').waitFor();
  await expect.poll(async () => (await row.allTextContents()).at(-1)).toBe('2055.0000');
  await workbench().screenshot('sliced');
});

test('the health report of a file with planted faults names each in words', async () => {
  await workbench().rightClick(['faulty.npy'], 'Open Representation');
  const page = await viewer('faulty.npy');
  const report = await page.getByRole('region', { name: 'Health' }).innerText();
  for (const words of [
    /1 NaN in 1 column \(4\)/,
    /1 infinite value in 1 column \(6\)/,
    /1 of 12 units of faulty is constant \(3\)/,
    /1 of 12 units of faulty repeats an earlier unit exactly \(8 is 2\)/,
    /1 of 198 rows of faulty is all zeros/,
    /1 of 198 rows of faulty repeats an earlier row/,
    /times as long as the median row \(17\)/,
  ])
    expect(report).toMatch(words);
  for (const theme of Object.keys(themes) as (keyof typeof themes)[]) {
    await workbench().useTheme(theme);
    await workbench().screenshot(`health ${theme}`);
    // The other themes are looked at in the suite of the page.
    if (theme === 'dark') expect(await workbench().accessibilityProblems()).toEqual([]);
  }
});

test('a file without numbers is refused in whole sentences', async () => {
  await workbench().rightClick(['words/kjv-word2vec-a.npy', 'text/verses.csv'], 'Compare Representations');
  const said = workbench().page.locator('.notification-list-item-message').first();
  await said.waitFor();
  expect(await said.textContent()).toBe('verses.csv holds no representation: none of its columns holds numbers.');
  await workbench().runCommand('Notifications: Clear All Notifications');
});

test('a comparison from the palette begins with the file that is open', async () => {
  const { page } = workbench();
  await workbench().runCommand('Sextant: Compare Representations');
  const first = page.locator('.quick-input-widget .monaco-list-row').first();
  await first.filter({ hasText: 'faulty.npy' }).waitFor();
  expect(await first.getAttribute('aria-checked')).toBe('true');
  await page.keyboard.press('Escape');
  for (const [command, asks] of [
    ['Compare Representations', 'Two or more data files'],
    ['Look at a Space…', 'A data file, or two'],
    ['Study Runs', 'Data files that hold three runs or layers, or more'],
    ['Analyse Representation', 'A data file'],
  ]) {
    await workbench().runCommand(`Sextant: ${command}`);
    await page.getByPlaceholder(asks ?? '', { exact: true }).waitFor();
    await first.filter({ hasText: 'faulty.npy' }).waitFor();
    await page.keyboard.press('Escape');
  }
});

/** A file of each format, as its own ecosystem wrote it, and its name in the workspace. */
const formats = {
  'data/stored.npz': 'a_npz.npz',
  'data/all.safetensors': 'a_safetensors.safetensors',
  'hdf5/dtypes.h5': 'a_hdf5.h5',
  'matlab/v7.mat': 'a_matlab.mat',
  'torch/state-dict.pt': 'a_torch.pt',
  'arrow/plain.arrow': 'an_arrow.arrow',
  'arrow/lz4.feather': 'a_feather.feather',
  'tables/default.csv.gz': 'a_table.csv.gz',
  'tables/pandas.jsonl': 'lines.jsonl',
  'tables/snappy-v1.parquet': 'a_parquet.parquet',
  'tables/tabs.tsv': 'tabs.tsv',
  'vectors/gensim.vec': 'words.vec',
  'vectors/gensim.bin': 'words.bin',
} as const;

test('a file of every format opens, and shows values', async () => {
  for (const name of Object.values(formats)) {
    await workbench().rightClick([`formats/${name}`], 'Open Representation');
    const page = workbench().webview();
    await page.getByRole('heading', { level: 1, name: new RegExp(`^${name.replaceAll('.', '\\.')}`) }).waitFor();
    const cell = page.locator('[role=row] [role=gridcell]').first();
    await expect.poll(() => cell.textContent(), { timeout: 30_000 }).toMatch(/\S/);
  }
  await workbench().screenshot('formats');
}, 240_000);

test('a double click on a damaged file says why, in its editor', async () => {
  await workbench().openFile('broken.npy');
  await workbench().webview().getByRole('alert').filter({ hasText: 'broken.npy' }).waitFor();
  await workbench().screenshot('damaged');
});

test('an archive shows its tensors, and compares the one that is chosen', async () => {
  await workbench().collapseFolders();
  await workbench().openFile('digits/digits-cnn-seed0-activations.npz');
  const page = await viewer('digits-cnn-seed0-activations.npz');
  await page.getByRole('treeitem', { name: 'layer8' }).click();
  await viewer('digits-cnn-seed0-activations.npz · layer8');
  await workbench().screenshot('archive');
  await page.getByRole('button', { name: 'Analyse' }).click();
  await workbench().analysis('layer8');
  expect(workbench().errors).toEqual([]);
});

/** The number tells its place. */
function deepValue(at: number): number {
  const [i, j, k, l] = [Math.floor(at / 216), Math.floor(at / 54) % 4, Math.floor(at / 9) % 6, at % 9];
  return 1000 * i + 100 * j + 10 * k + l;
}

/** Noise with one fault of each kind, each in a place of its own. */
function faultyValue(at: number): number {
  const [row, unit] = [Math.floor(at / 12), at % 12];
  if (unit === 3 || row === 11) return 0;
  if (row === 30 && unit === 4) return Number.NaN;
  if (row === 40 && unit === 6) return Number.POSITIVE_INFINITY;
  // Row 5 is row 9, unit 8 is unit 2.
  const [i, j] = [row === 5 ? 9 : row, unit === 8 ? 2 : unit];
  return ((Math.sin((i + 1) * 12.9898 + j * 78.233) * 43758.5453) % 1) * (row === 17 ? 60 : 1);
}

/** A .npy file of float32. */
function npy(shape: readonly number[], value: (at: number) => number): Buffer {
  const head = `{'descr': '<f4', 'fortran_order': False, 'shape': (${shape.join(', ')}), }`.padEnd(117);
  const length = shape.reduce((product, side) => product * side, 1);
  const values = Float32Array.from({ length }, (_, at) => value(at));
  return Buffer.concat([Buffer.from(`\x93NUMPY\x01\x00\x76\x00${head}\n`, 'latin1'), new Uint8Array(values.buffer)]);
}
