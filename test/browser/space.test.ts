import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { useWorkbench } from './harness';
import { themes } from './workbench';

const workbench = useWorkbench('space');
const title = 'word2vec-a × word2vec-b';

test('two spaces of words: a line around points, neighbours in both, colours of a table, its legend', async () => {
  await workbench().rightClick(['words/kjv-word2vec-a.npy', 'words/kjv-word2vec-b.npy'], 'Look at a Space…');
  const page = await workbench().analysis(title, false);
  await page.getByText(/^The second map is shifted, turned, mirrored and scaled/).waitFor({ timeout: 60_000 });
  await page.getByRole('combobox', { name: 'Colour', exact: true }).click();
  await page.getByRole('option', { name: 'A column of another file…' }).click();
  await workbench().quickPick('kjv-vocabulary.csv');
  await workbench().quickPick('count');
  await page.getByRole('combobox', { name: 'Colour', exact: true }).click();
  await page.getByRole('option', { name: 'SQL expression' }).click();
  const sql = page.getByRole('textbox', { name: 'SQL over the columns of kjv-vocabulary.csv' });
  await sql.fill("CASE WHEN count > 99 THEN 'often' ELSE 'seldom' END");
  await sql.press('Enter');
  await page.getByRole('button', { name: 'seldom', exact: true }).click();
  const plot = page.getByRole('application').first();
  const box = await plot.boundingBox();
  if (!box) throw new Error('The map is not there.');
  const at = (x: number, y: number) => [box.x + x * box.width, box.y + y * box.height] as const;
  const { mouse } = plot.page();
  await mouse.move(...at(0.1, 0.3));
  await mouse.down();
  for (const [x, y] of [
    [0.4, 0.3],
    [0.4, 0.8],
    [0.1, 0.8],
    [0.1, 0.32],
  ] as const)
    await mouse.move(...at(x, y), { steps: 3 });
  await mouse.up();
  await page.getByText(/^[\d,]+ rows? of 3,560 selected$/).waitFor();
  const find = page.getByRole('textbox', { name: 'Find a row by its name or number' });
  await find.fill('king');
  await find.press('Enter');
  // By NumPy, as in the page's own suite.
  await page.getByText('7 of 10 nearest rows are the same in both spaces.').waitFor();
});

test('both maps are exported as one SVG with its text as text, and as PNG', async () => {
  const page = await workbench().analysis(title, false);
  for (const kind of ['svg', 'png']) {
    await page.getByRole('button', { name: 'Options of Principal components' }).click();
    await page.getByRole('menuitem', { name: `Export ${kind.toUpperCase()}` }).click();
    await workbench().save();
    const path = join(workbench().workspace, `words/pca-map.${kind}`);
    const begins = kind === 'svg' ? /^<\?xml[\s\S]*word2vec-b[\s\S]*<\/svg>\s*$/ : /^.PNG/;
    await expect.poll(() => existsSync(path) && readFileSync(path, kind === 'svg' ? 'utf8' : 'latin1')).toMatch(begins);
  }
});

test('it can be read in every theme', async () => {
  const page = await workbench().analysis(title);
  for (const theme of Object.keys(themes) as (keyof typeof themes)[]) {
    await workbench().useTheme(theme);
    await page.getByRole('application').first().waitFor();
    await workbench().screenshot(theme);
  }
  expect(workbench().errors).toEqual([]);
});
