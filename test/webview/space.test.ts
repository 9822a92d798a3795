import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import type { AnalysisRequest } from '../../src/protocol/analysis';
import { faults, type Setting } from './harness';
import { faultsInThemes } from './in-themes';
import { beyondNarrow, done, usePages } from './pages';
import { imageSpace, oneSpace, twoSpaces } from './requests';
import { root } from './tab';

/** Maps and neighbourhoods take a while on a busy machine. */
const patience = { timeout: 60_000 };

const { open: openPage, methods, shown } = usePages();

async function open(request: AnalysisRequest, setting: Partial<Setting> = {}): Promise<Page> {
  const page = await openPage({ request, ...setting });
  await page.getByRole('application').first().waitFor(patience);
  return page;
}

const asked = () => shown().calls.findLast(({ method }) => method === 'request')?.argument as AnalysisRequest;

const exported = () =>
  shown().calls.flatMap(({ method, argument }) =>
    method === 'export' ? [argument as { readonly name: string; readonly content: string }] : [],
  );

/** With a method that would be added when it is asked for, but that here starts once only. */
function withQuick(request: AnalysisRequest, method: string): AnalysisRequest {
  return { ...request, methods: [...request.methods, { method, parameters: { restarts: 1 } }] };
}

async function chosen(page: Page, list: string, option: string): Promise<void> {
  await page.getByRole('combobox', { name: list, exact: true }).click();
  await page.getByRole('option', { name: option, exact: true }).click();
}

/** Draws a line around the left part of a picture. */
async function lasso(page: Page): Promise<void> {
  const plot = page.getByRole('application').first();
  await plot.scrollIntoViewIfNeeded();
  const box = await plot.boundingBox();
  if (!box) throw new Error('The scatter is not there.');
  const at = (x: number, y: number) => [box.x + x * box.width, box.y + y * box.height] as const;
  await page.mouse.move(...at(0.1, 0.2));
  await page.mouse.down();
  for (const [x, y] of [
    [0.25, 0.2],
    [0.25, 0.8],
    [0.1, 0.8],
    [0.1, 0.22],
  ] as const)
    await page.mouse.move(...at(x, y), { steps: 3 });
  await page.mouse.up();
}

test('two spaces: a row is found, its neighbours in both are listed, rows of disagreement lead on', async () => {
  const page = await open(withQuick(twoSpaces(methods()), 'cluster-agreement'));
  await page.getByText(/^The second map is shifted, turned, mirrored and scaled/).waitFor(patience);
  await page.getByText(/^What was done: .*faithfulness measured on 2,000 of 3,560 rows/).waitFor();
  const find = page.getByRole('textbox', { name: 'Find a row by its name or number' });
  await find.fill('king');
  await find.press('Enter');
  // NumPy's nearest of "king" by cosine in either space.
  const lists = ['word2vec-a', 'word2vec-b'].map((name) => page.getByRole('region', { name: `Nearest in ${name}` }));
  await expect.poll(() => lists[0]?.getByRole('listitem').count(), patience).toBe(10);
  expect(await Promise.all(lists.map((list) => list.locator('.shown').first().textContent()))).toEqual([
    'zedekiah',
    'zedekiah',
  ]);
  await page.getByText('7 of 10 nearest rows are the same in both spaces.').waitFor();
  await page
    .getByText(/exact: all 3,559 other rows compared/)
    .first()
    .waitFor();
  await chosen(page, 'Search', 'approximate');
  const found =
    /approximate among 3,559 other rows: (9[89].*% of the true neighbours are found, measured on 600 rows|the search compared all pairs)/;
  await expect.poll(() => page.getByText(found).count(), patience).toBe(2);
  expect(await lists[0]?.getByRole('listitem').count()).toBe(10);
  await chosen(page, 'Search', 'exact');
  await lists[0]?.getByRole('button').first().click();
  await page.locator('.asked').getByText('zedekiah', { exact: true }).waitFor();
  const section = page.getByRole('region', { name: 'Where the spaces disagree' });
  const line = section.getByRole('row').nth(1);
  const name = await line.getByRole('gridcell').nth(2).textContent({ timeout: 60_000 });
  await line.getByRole('button').click();
  await page
    .locator('.asked')
    .getByText(name ?? '', { exact: true })
    .waitFor();
  await page.getByRole('slider', { name: /^Place between/ }).fill('1');
  await page.getByRole('button', { name: 'Go to the other' }).click();
  await expect.poll(() => page.getByRole('slider', { name: /^Place between/ }).inputValue(), patience).toBe('0');
  await chosen(page, 'Colour', 'Neighbours preserved');
  await page.locator('svg.scale').getByText('preserved', { exact: true }).waitFor(patience);
  await chosen(page, 'Colour', 'Clusters of both spaces: the same?');
  const legend = page.getByRole('group', { name: 'in matched clusters: categories shown' });
  await legend.getByRole('button', { name: 'no', exact: true }).click();
  // Lines of what moves most: of all rows, then of those around which a line was drawn and which are not hidden.
  const lines = page.getByRole('application', { name: /^Lines from the places of/ });
  expect(await lines.getAttribute('aria-label')).toContain('of 300 rows in word2vec-a to those in word2vec-b');
  await lines.focus();
  await page.keyboard.press('Home');
  await lines.getByText(/^moves by [\d.]+$/).waitFor();
  const options = page.getByRole('button', { name: 'Options of From one space to the other' });
  await options.click();
  await page.getByRole('menuitem', { name: 'Export SVG' }).click();
  await options.click();
  await page.getByRole('menuitem', { name: 'Export data as CSV' }).click();
  await expect.poll(() => exported().length, patience).toBe(2);
  const [picture, numbers] = exported();
  expect(picture?.content).toContain('The dots are 0 % of the way from word2vec-a to word2vec-b.');
  expect(numbers?.content.split('\n')[0]).toMatch(/^row,name,distance,word2vec-a: axis 1 of word2vec-a/);
  expect(numbers?.content.trim().split('\n')).toHaveLength(301);
  await lasso(page);
  await page.getByText(/^The [\d,]+ selected rows that move most/).waitFor();
  await page.getByRole('checkbox', { name: 'Align the second map to the first' }).click();
  await page.getByText(/^The maps are not aligned: each is as it came/).waitFor();
  await lines.waitFor({ state: 'detached' });
  expect(await faults(page)).toEqual([]);
  await expect.poll(() => beyondNarrow(page), patience).toBe(0);
});

test('one space: another projection keeps what is selected; colours and selections come from a table by SQL', async () => {
  const page = await open(withQuick(oneSpace(methods()), 'clusters'));
  await lasso(page);
  const selected = page.getByText(/^[\d,]+ rows? of 3,560 selected$/).first();
  const words = await selected.textContent();
  const choose = (list: string, option: string) => chosen(page, list, option);
  await choose('Projection', 'Custom axes');
  await page.getByRole('figure', { name: 'Custom axes' }).waitFor(patience);
  expect(await selected.textContent()).toBe(words);
  // Rows that are selected are an end of an axis.
  await page.getByText('Parameters of Custom axes', { exact: true }).click();
  await page.getByRole('button', { name: 'Horizontal to: the selected rows' }).click();
  await expect.poll(() => asked()?.methods[0]?.parameters?.['x-to'], patience).toMatch(/^\d[\d,:]+$/);
  await page.getByText(/^What was done: horizontal: mean → \d[\d,:]+/).waitFor(patience);
  await page.getByText('Parameters of Custom axes', { exact: true }).click();
  await choose('Colour', 'SQL expression');
  const sql = page.getByRole('textbox', { name: 'SQL over the columns of kjv-vocabulary.csv' });
  await sql.fill("CASE WHEN length(word) > 6 THEN 'long' ELSE 'short' END");
  await sql.press('Enter');
  await page.getByRole('button', { name: 'long', exact: true }).click();
  expect(asked().colour).toMatchObject({ path: 'words/kjv-vocabulary.csv' });
  await sql.fill('nonsense + 1');
  await sql.press('Enter');
  await page
    .getByRole('alert')
    .getByText(/cannot be run/)
    .waitFor(patience);
  const where = page.getByRole('textbox', { name: /^Select rows of kjv-vocabulary.csv where/ });
  await where.fill("word LIKE 'king%'");
  await where.press('Enter');
  await page.getByText('4 rows.', { exact: true }).waitFor(patience);
  await choose('Colour', 'Cluster');
  const legend = page.getByRole('group', { name: 'cluster: categories shown' });
  await legend.getByRole('button', { name: '5', exact: true }).waitFor(patience);
  // What was hidden of the classes before is none of these.
  expect(await legend.getByRole('button', { pressed: true }).count()).toBe(5);
  const clusters = page.getByRole('region', { name: 'Clusters', exact: true });
  await clusters.getByText('Parameters', { exact: true }).click();
  await clusters.getByRole('textbox', { name: 'Clusters', exact: true }).fill('3');
  await legend.getByRole('button', { name: '5', exact: true }).waitFor({ state: 'detached', ...patience });
  await legend.getByRole('button', { name: '3', exact: true }).waitFor(patience);
  // What the table says of a row that is pointed at, which the colours do not.
  const plot = page.getByRole('application').first();
  await page.mouse.move(1, 1);
  await plot.focus();
  await plot.press('Home');
  await plot.locator('.tooltip').getByText('count: 63,922', { exact: true }).waitFor(patience);
  await choose('Colour', 'Silhouette of the row in its cluster');
  await page.getByText('silhouette', { exact: true }).first().waitFor(patience);
  await page.getByRole('button', { name: 'Remove Clusters' }).click();
  await clusters.waitFor({ state: 'detached' });
  expect(asked().colour).toBe('none');
  await choose('Colour', 'Length of the row');
  await page.getByRole('region', { name: 'Rows, one by one' }).getByRole('grid').waitFor(patience);
  expect(asked().methods.map(({ method }) => method)).toEqual(['custom-axes', 'row-profile']);
});

test('rows are selected on the map and in tables of results alike, by the pointer and by the keyboard', async () => {
  const request = oneSpace(methods());
  const page = await open({ ...request, methods: [...request.methods, { method: 'row-profile' }] });
  const table = page.getByRole('grid', { name: /^Rows/ });
  const lines = table.getByRole('row');
  await lines.nth(25).waitFor(patience);
  const selected = (count: number) =>
    page.getByText(`${count} row${count === 1 ? '' : 's'} of 3,560 selected`).waitFor();
  const rows = () =>
    table
      .getByRole('row', { selected: true })
      .getByRole('checkbox')
      .evaluateAll((all) => all.map((box) => box.getAttribute('aria-label')));
  await lines.nth(3).getByRole('gridcell').nth(4).click();
  await selected(1);
  expect(await lines.nth(3).getAttribute('aria-selected')).toBe('true');
  await lines
    .nth(6)
    .getByRole('gridcell')
    .nth(4)
    .click({ modifiers: ['Shift'] });
  await selected(4);
  // Down from there, two more, and one of them let go again.
  await page.keyboard.press('Shift+ArrowDown');
  await page.keyboard.press('Shift+ArrowDown');
  await selected(6);
  await page.keyboard.press('ArrowUp');
  await page.keyboard.press(' ');
  await selected(5);
  const five = await rows();
  expect(five).toHaveLength(5);
  // The last line of a page leads on to the next, which stays in the order of the Tab key.
  await page.keyboard.press('PageDown');
  await page.getByText('26 to 50 of 3,560').waitFor();
  await page.keyboard.press(' ');
  await selected(6);
  await page.keyboard.press('Enter');
  const row = await page.evaluate(() =>
    document.activeElement?.querySelector('input')?.ariaLabel?.slice('row '.length),
  );
  await page.locator('.asked', { hasText: `row ${Number(row).toLocaleString('en-US')}` }).waitFor();
  // Selected lines first.
  await table.getByRole('button', { name: 'selected' }).click();
  expect(await lines.evaluateAll((all) => all.slice(1, 8).map((line) => line.getAttribute('aria-selected')))).toEqual([
    ...Array(6).fill('true'),
    'false',
  ]);
  await page.getByRole('button', { name: 'Select none' }).click();
  expect(await table.getByRole('row', { selected: true }).count()).toBe(0);
  await lasso(page);
  await expect.poll(() => page.getByText(/^Rows.*, 3,560 rows, [\d,]+ selected$/).count()).toBe(1);
  await lines.nth(1).focus();
  await page.keyboard.press('Control+a');
  await page.getByText('3,560 rows of 3,560 selected').waitFor();
  expect(await faults(page)).toEqual([]);
});

test('rows are pictures: at their points, of many at those where they do not overlap, and beside the pointer', async () => {
  const page = await open(imageSpace(methods()));
  const file = (name: string) => {
    const { buffer, byteOffset, length } = readFileSync(join(root, 'media/samples/digits', name));
    // Behind NumPy's header.
    return buffer.slice(byteOffset + 128, byteOffset + length) as ArrayBuffer;
  };
  const digits = Array.from(new BigInt64Array(file('digits-test-labels.npy')), Number);
  const threes = [...digits.keys()].filter((row) => digits[row] === 3);
  const figure = page.getByRole('figure', { name: 'Principal components' });
  await figure.getByRole('button', { name: 'View', exact: true }).click();
  await figure.getByRole('menuitem', { name: 'Pictures at points' }).click();
  const said = figure.getByText(/^Pictures at \d+ of 450 points in sight, where they do not overlap/);
  await said.waitFor(patience);
  const some = Number((await said.textContent())?.match(/at (\d+)/)?.[1]);
  await expect.poll(() => figure.locator('svg image').count(), patience).toBe(some);
  const boxes = await figure
    .locator('svg image')
    .evaluateAll((all) => all.map((image) => image.getBoundingClientRect()));
  const apart = boxes.every((a, i) =>
    boxes.slice(i + 1).every((b) => a.right <= b.left || b.right <= a.left || a.bottom <= b.top || b.bottom <= a.top),
  );
  expect([apart, some > 50, some < 400]).toEqual([true, true, true]);
  await figure.getByRole('button', { name: 'Hide all' }).click();
  await figure.getByRole('button', { name: '3', exact: true }).click();
  await expect.poll(() => figure.locator('svg image').count(), patience).toBe(threes.length);
  const plot = figure.getByRole('application');
  await plot.focus();
  await plot.press('Home');
  await plot.locator('.tooltip').getByText(`row ${threes[0]}`, { exact: true }).waitFor();
  const shown = await plot.locator('.tooltip canvas').evaluate((canvas: HTMLCanvasElement) => {
    const { width, height } = canvas;
    return Array.from(canvas.getContext('2d')?.getImageData(0, 0, width, height).data ?? []);
  });
  const pixels = new Float32Array(file('digits-test-images.npy')).subarray(64 * (threes[0] ?? 0)).subarray(0, 64);
  const levels = Uint8ClampedArray.from(pixels, (value) => 255 * value);
  expect(shown.filter((_, i) => i % 4 === 0)).toEqual([...levels]);
  expect(await faults(page)).toEqual([]);
});

test('points are sized by a column, with a legend of sizes, on the page and in files; shades of density leave sizes out', async () => {
  const page = await open(oneSpace(methods()));
  const figure = page.getByRole('figure', { name: 'Principal components' });
  /** Pixels that points cover. */
  const inked = () =>
    figure.locator('canvas').evaluate((canvas: HTMLCanvasElement) => {
      const { width, height } = canvas;
      const pixels = new Uint32Array(canvas.getContext('2d')?.getImageData(0, 0, width, height).data.buffer ?? []);
      const counts = new Map<number, number>();
      for (const pixel of pixels) counts.set(pixel, (counts.get(pixel) ?? 0) + 1);
      // But for the ground of the map and what lies around it.
      const [ground = 0, around = 0] = [...counts.values()].sort((a, b) => b - a);
      return pixels.length - ground - around;
    });
  const alike = await inked();
  await page.getByRole('combobox', { name: 'Size', exact: true }).click();
  // Words are no numbers, and clusters are classes.
  expect(await page.getByRole('option', { name: 'word', exact: true }).isVisible()).toBe(false);
  await page.getByRole('option', { name: 'count', exact: true }).last().click();
  await figure
    .getByRole('img', { name: 'Sizes by count: 5 circles for 2,000, 5,000, 10,000, 20,000, 50,000' })
    .waitFor(patience);
  await figure.getByText('The area of a point is in proportion to its count. 3,').waitFor();
  expect(asked().size).toEqual({ path: 'words/kjv-vocabulary.csv', column: 'count' });
  expect(await inked()).toBeLessThan(0.7 * alike);
  // A long tail is spread by its logarithm, which the legend says, until the person asks for another way.
  const colours = page.getByRole('combobox', { name: 'Scale of colours' });
  const said = figure.locator('svg.scale').getByText('count, logarithmic', { exact: true });
  await said.waitFor();
  await colours.selectOption('even');
  await said.waitFor({ state: 'detached' });
  await colours.selectOption('logarithmic');
  await said.waitFor();
  await page.getByRole('combobox', { name: 'Scale of sizes' }).selectOption('by rank');
  await figure.getByText('The area of a point is in proportion to the rank of its count.').waitFor();
  expect(asked()).toMatchObject({ colourSpread: 'log', sizeSpread: 'rank' });
  await page.getByRole('combobox', { name: 'Scale of sizes' }).selectOption('even');
  await figure.getByRole('button', { name: 'Options of Principal components' }).click();
  await page.getByRole('menuitem', { name: 'Export SVG' }).click();
  const file = () =>
    shown().calls.find(({ method }) => method === 'export')?.argument as { content: string } | undefined;
  await expect.poll(file).toBeDefined();
  const svg = file()?.content ?? '';
  expect(svg).toContain('The area of a point is in proportion to its count.');
  expect([...svg.matchAll(/<circle /g)].length).toBe(5);
  expect(svg).toContain('>count, logarithmic</text>');
  // Other colours have a scale of their own.
  await chosen(page, 'Colour', 'word');
  await expect.poll(asked).not.toHaveProperty('colourSpread');
  await figure.getByRole('button', { name: 'View', exact: true }).click();
  await figure.getByRole('menuitem', { name: 'Shade by density' }).click();
  await figure.getByText('Shades of density leave out the sizes by count.').waitFor();
  await chosen(page, 'Size', 'SQL expression');
  const sql = page.getByRole('textbox', { name: 'Size by SQL over the columns of kjv-vocabulary.csv' });
  await sql.fill('word');
  await sql.press('Enter');
  await page.getByRole('alert').getByText('has classes: points are sized by numbers.').waitFor(patience);
  expect(await faults(page)).toEqual([]);
});

test('the shape of two spaces is measured when it is asked for, of both beside each other, with figures', async () => {
  const page = await open(twoSpaces(methods()));
  await done(page, patience.timeout);
  const shape = page.getByRole('region', { name: 'The shape of the spaces' });
  await shape.getByRole('button', { name: 'Manifold entropy and collapse', exact: true }).click();
  await shape.getByRole('button', { name: 'Poincaré view', exact: true }).click();
  expect(asked().methods.slice(-4)).toEqual(
    ['manifold-entropy', 'poincare'].flatMap((method) => [{ method }, { method, on: 1 }]),
  );
  const entropy = shape.getByRole('region', { name: 'Manifold entropy and collapse' });
  await entropy
    .getByRole('row', { name: /^Manifold entropy index ln mean δ −?\d\.\d+ −?\d\.\d+ –$/ })
    .waitFor(patience);
  const view = shape.getByRole('region', { name: 'Poincaré view' });
  await expect.poll(() => view.getByRole('figure', { name: 'Poincaré disc' }).count(), patience).toBe(2);
  // What is selected on the disc of the second space is selected on the map.
  const find = view.getByRole('figure', { name: 'Poincaré disc' }).last().getByRole('searchbox');
  await find.fill('row < 7');
  await find.press('Enter');
  await expect.poll(() => page.getByText('7 rows of 3,560 selected').count()).toBe(3);
  expect(await faults(page)).toEqual([]);
  await shape.getByRole('button', { name: 'Remove Poincaré view' }).click();
  await view.waitFor({ state: 'detached' });
  expect(asked().methods.some(({ method }) => method === 'poincare')).toBe(false);
  await shape.getByRole('button', { name: 'Poincaré view', exact: true }).waitFor();
});

test('every colour can be read in any theme', async () => {
  const page = await open(twoSpaces(methods()));
  await done(page, patience.timeout);
  expect(await faultsInThemes(page)).toEqual([]);
});
