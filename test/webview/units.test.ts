import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { encode } from 'fast-png';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { AnalysisRequest } from '../../src/protocol/analysis';
import { faults } from './harness';
import { beyondNarrow, usePages } from './pages';
import { units } from './requests';

/** A picture takes a while on a busy machine. */
const patience = { timeout: 20_000 };

const { open, methods, shown } = usePages();
/** The rows as images, in a folder, and in a table that names those of even rows and has texts for the others. */
let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'sextant-'));
  const lines = ['row'];
  for (let i = 0; i < 450; i++) {
    const data = Uint8Array.from({ length: 12 * 8 * 3 }, (_, k) => (k % 3 === 0 ? i % 256 : k));
    writeFileSync(join(folder, `image ${i}.png`), encode({ width: 12, height: 8, channels: 3, data }));
    lines.push(`${i % 2 === 0 ? `image ${i}.png` : `text ${i}`}`);
  }
  writeFileSync(join(folder, 'rows.csv'), lines.join('\n'));
});
afterAll(() => rmSync(folder, { recursive: true }));

test('unit pairs are browsed by keyboard, with the pictures of their rows', async () => {
  const page = await open({ request: units(methods()) });
  const list = page.getByRole('listbox', { name: /^64 pairs of units/ });
  await list.waitFor({ timeout: 60_000 });
  const view = page.getByRole('region', { name: 'Two units side by side' });
  // NumPy's strongest match of the two layers: units 2 and 12, r = 0.926.
  await expect.poll(() => list.getByRole('option', { selected: true }).textContent(), patience).toMatch(/^2 – 12/);
  await view.getByText('seed0 layer8 unit 2 and seed1 layer8 unit 12 correlate by 0.93').waitFor();
  // By NumPy, so many of the 450 rows are 0.
  await view.getByText('Smallest on: the first 8 of 131 rows at 0', { exact: true }).waitFor();
  await view.getByText('Smallest on: the first 8 of 206 rows at 0', { exact: true }).waitFor();
  const pictures = view.getByRole('list', { name: 'Largest, seed0 layer8 unit 2' }).getByRole('img');
  await expect.poll(() => pictures.count(), patience).toBe(8);
  const ink = await pictures.first().evaluate((canvas: HTMLCanvasElement) => {
    const { data } = canvas.getContext('2d')?.getImageData(0, 0, canvas.width, canvas.height) ?? { data: [] };
    return [canvas.width, canvas.height, new Set(data).size > 4];
  });
  expect(ink).toEqual([8, 8, true]);
  expect(await faults(page)).toEqual([]);
  await list.focus();
  await page.keyboard.press('ArrowDown');
  await view.getByRole('list', { name: /^Largest, seed0 layer8 unit 32/ }).waitFor();
  expect(shown().calls.findLast(({ method }) => method === 'request')?.argument).toMatchObject({
    methods: [{}, { method: 'unit-pair', parameters: { unit: 32, partner: 45 } }, {}],
  });
  await page.getByRole('button', { name: 'convergent', exact: true }).click();
  await page.getByRole('listbox', { name: /pairs of units, one of them convergent/ }).waitFor();
  expect(await page.getByRole('region', { name: /^Units: convergent/ }).count()).toBe(1);
  await expect.poll(() => beyondNarrow(page), patience).toBe(0);
});

test('any unit of the table is shown with its best partner, whatever its class', async () => {
  const page = await open({ request: units(methods()) });
  await page.getByRole('listbox', { name: /^64 pairs of units/ }).waitFor({ timeout: 60_000 });
  const table = page.getByRole('region', { name: /^Units/ });
  // The best partner as the table has it, of a unit of either side.
  const cells = async (side: string) => {
    const row = table.getByRole('row').filter({ hasText: side }).first();
    const [, unit, , best] = await row.getByRole('cell').allTextContents();
    return { row, unit, best };
  };
  const view = page.getByRole('region', { name: 'Two units side by side' });
  const a = await cells('seed0 layer8');
  await a.row.getByRole('button', { name: `Unit ${a.unit} of seed0 layer8: show it with its best partner` }).click();
  await view.getByText(`seed0 layer8 unit ${a.unit} and seed1 layer8 unit ${a.best} correlate by`).waitFor(patience);
  await table.getByRole('button', { name: 'side' }).click();
  await table.getByRole('button', { name: 'side' }).click();
  const b = await cells('seed1 layer8');
  await b.row.getByRole('button', { name: `Unit ${b.unit} of seed1 layer8: show it with its best partner` }).click();
  await view.getByText(`seed0 layer8 unit ${b.best} and seed1 layer8 unit ${b.unit} correlate by`).waitFor(patience);
});

test('a unit beyond the last of its side is said to be wrong beside its field, and nothing runs', async () => {
  // Layers of 16 and of 64 units.
  const { inputs, ...request } = units(methods());
  const [, wide] = inputs;
  if (!wide) throw new Error('There is no second layer.');
  const page = await open({ request: { ...request, inputs: [{ ...wide, tensor: 'layer1' }, wide] } });
  const view = page.getByRole('region', { name: 'Two units side by side' });
  await view.getByText('Any two units').click({ timeout: 60_000 });
  const asked = () =>
    shown()
      .calls.filter(({ method }) => method === 'request')
      .map(({ argument }) => (argument as AnalysisRequest).methods.find(({ method }) => method === 'unit-pair'))
      .map((choice) => choice?.parameters?.partner);
  await view.getByText(/correlate by/).waitFor(patience);
  const before = asked();
  for (const [side, wrong, last] of [
    ['first', 16, 15],
    ['second', 64, 63],
  ] as const) {
    await view.getByRole('textbox', { name: `Unit of the ${side}` }).fill(String(wrong));
    await view.getByText(`Type a whole number, 0 to ${last}.`).waitFor();
  }
  // What was typed before would have been asked for before.
  await view.getByRole('textbox', { name: 'Unit of the second' }).fill('63');
  await expect.poll(() => asked().slice(before.length), patience).toEqual([63]);
});

test.each(['folder', 'column'] as const)('rows stand for images and texts of a %s', async (what) => {
  const gallery = what === 'folder' ? { path: folder } : { path: join(folder, 'rows.csv'), column: 'row' };
  const page = await open({ request: { ...units(methods()), gallery } });
  const list = page.getByRole('list', { name: 'Largest, seed0 layer8 unit 2' });
  const items = list.getByRole('listitem');
  await items.first().waitFor({ timeout: 60_000 });
  const rows = (await items.evaluateAll((all) =>
    (all as HTMLElement[]).map(({ title }) => Number(/\d+/.exec(title)?.[0])),
  )) as number[];
  const pictured = rows.filter((row) => what === 'folder' || row % 2 === 0);
  await expect.poll(() => list.getByRole('img').count(), patience).toBe(pictured.length);
  for (const row of rows.filter((row) => !pictured.includes(row)))
    await list.getByText(`text ${row}`).waitFor(patience);
  // The picture of a row is that of its number: its red is the number.
  const drawn = await list.getByRole('img').evaluateAll((all) =>
    (all as HTMLCanvasElement[]).map((canvas) => {
      const pixel = canvas.getContext('2d')?.getImageData(0, 0, 1, 1).data ?? [];
      return [canvas.width, canvas.height, pixel[0]];
    }),
  );
  expect(drawn).toEqual(pictured.map((row) => [12, 8, row % 256]));
});
