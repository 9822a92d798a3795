import type { FrameLocator } from 'playwright-core';
import { expect, test } from 'vitest';
import { useWorkbench } from '../harness';
import { themes } from '../workbench';

const workbench = useWorkbench('space');
const title = 'word2vec-a × word2vec-b';
/** Maps and neighbourhoods of 3,560 words in two spaces, on a machine that may be busy. */
const patience = { timeout: 120_000 };

test('two spaces of words: projected, selected, coloured, filtered, turned, exported, in every theme', {
  timeout: 600_000,
}, async () => {
  await workbench().rightClick(['words/kjv-word2vec-a.npy', 'words/kjv-word2vec-b.npy'], 'Look at a Space…');
  const page = await workbench().analysis(title, false);
  const aligned = page.getByText(/^The second map is shifted, turned, mirrored and scaled/);
  await aligned.waitFor(patience);

  // Another projection, and how faithful it is.
  await choose(page, 'Projection', 'UMAP');
  await page.getByRole('figure', { name: 'UMAP' }).waitFor(patience);
  await aligned.waitFor(patience);
  await page
    .getByText(/^What was done.*15 nearest neighbours|^What was done.*14 nearest neighbours/)
    .first()
    .waitFor(patience);
  await page.getByRole('row', { name: /^Trustworthiness: map neighbours are real 0\.\d+ 0\.\d+ 0\.5/ }).waitFor();

  // Coloured by a column, then by an expression of it, whose legend filters.
  await choose(page, 'Colour', 'A column of another file…');
  await workbench().quickPick('kjv-vocabulary.csv');
  await workbench().quickPick('count');
  await page.locator('svg.scale').getByText('count, logarithmic', { exact: true }).waitFor();
  await workbench().screenshot('umap coloured by a column');
  await choose(page, 'Colour', 'SQL expression');
  const sql = page.getByRole('textbox', { name: 'SQL over the columns of kjv-vocabulary.csv' });
  await sql.fill("CASE WHEN count > 99 THEN 'often' ELSE 'seldom' END");
  await sql.press('Enter');
  const seldom = page.getByRole('button', { name: 'seldom', exact: true });
  await seldom.click();
  expect(await seldom.getAttribute('aria-pressed')).toBe('false');

  // A line around points takes those that are shown.
  await lasso(page);
  await page.getByText(/^[\d,]+ rows? of 3,560 selected$/).waitFor();
  await page.getByRole('button', { name: 'Show as table' }).click();
  const listed = page.getByRole('region', { name: /^Selected rows of UMAP/ });
  expect(await listed.getByRole('gridcell', { name: 'often', exact: true }).count()).toBeGreaterThan(0);
  expect(await listed.getByRole('gridcell', { name: 'seldom', exact: true }).count()).toBe(0);
  await page.getByRole('button', { name: 'Hide the table' }).click();

  // What is nearest to a word in both spaces; by NumPy, as in the page's own suite.
  const find = page.getByRole('textbox', { name: 'Find a row by its name or number' });
  await find.fill('king');
  await find.press('Enter');
  await page.getByText('7 of 10 nearest rows are the same in both spaces.').waitFor();
  for (const side of ['a', 'b'])
    expect(
      await page
        .getByRole('region', { name: `Nearest in word2vec-${side}` })
        .getByRole('listitem')
        .count(),
    ).toBe(10);
  await workbench().screenshot('selected, with neighbours');

  // Three dimensions, turned by the keys.
  await choose(page, 'Projection', 'PCA');
  await page.getByText('Parameters of PCA').click();
  await page.getByRole('textbox', { name: 'Dimensions', exact: true }).fill('3');
  await page.getByRole('button', { name: 'Back to two dimensions' }).waitFor(patience);
  await aligned.waitFor(patience);
  const solid = page.getByRole('application', { name: /^Principal components/ });
  const axes = () =>
    solid.locator('svg path[stroke]').evaluateAll((paths) => paths.map((path) => path.getAttribute('d')));
  const before = await axes();
  await solid.focus();
  await solid.press('ArrowRight');
  await expect.poll(axes).not.toEqual(before);

  // Both maps in one file, with text as text, and in pixels.
  for (const kind of ['svg', 'png']) {
    await page.getByRole('button', { name: 'Options of Principal components' }).click();
    await page.getByRole('menuitem', { name: `Export ${kind.toUpperCase()}` }).click();
    await workbench().save();
    const whole =
      kind === 'svg'
        ? /^<\?xml[\s\S]*Three dimensions, seen from a side[\s\S]*word2vec-b[\s\S]*<\/svg>\s*$/
        : /^.PNG[\s\S]*IEND.{4}$/s;
    await workbench().written(`words/pca-map.${kind}`, whole, kind === 'svg' ? 'utf8' : 'latin1');
  }

  const whole = await workbench().analysis(title);
  for (const theme of Object.keys(themes) as (keyof typeof themes)[]) {
    await workbench().useTheme(theme);
    await whole.getByRole('application').first().waitFor();
    await workbench().screenshot(theme);
    // The other themes are looked at in the suite of the page.
    if (theme === 'dark') expect(await workbench().accessibilityProblems()).toEqual([]);
  }
  expect(workbench().errors).toEqual([]);
});

async function choose(page: FrameLocator, list: string, option: string): Promise<void> {
  await page.getByRole('combobox', { name: list, exact: true }).click();
  await page.getByRole('option', { name: option, exact: true }).click();
}

/** Draws a line around the left of the first map. */
async function lasso(page: FrameLocator): Promise<void> {
  const plot = page.getByRole('application').first();
  await plot.scrollIntoViewIfNeeded();
  const box = await plot.boundingBox();
  if (!box) throw new Error('The map is not there.');
  const at = (x: number, y: number) => [box.x + x * box.width, box.y + y * box.height] as const;
  const { mouse } = plot.page();
  await mouse.move(...at(0.1, 0.15));
  await mouse.down();
  for (const [x, y] of [
    [0.2, 0.15],
    [0.2, 0.85],
    [0.1, 0.85],
    [0.1, 0.17],
  ] as const)
    await mouse.move(...at(x, y), { steps: 3 });
  await mouse.up();
}
