import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { unzipSync } from 'fflate';
import { expect, test } from 'vitest';
import { useWorkbench } from '../harness';

const files = [0, 1, 2, 3, 4].map((i) => `digits/space${i}.npy`);
const [first = '', second = ''] = files;

/** The last layers of two networks as files of their own. */
const workbench = useWorkbench('workbenches', (workspace) => {
  const members = [0, 1].map((seed) =>
    unzipSync(readFileSync(join(workspace, `digits/digits-cnn-seed${seed}-activations.npz`))),
  );
  for (const [i, file] of files.entries()) {
    const bytes = members[i % 2]?.[`layer${8 - Math.floor(i / 2)}.npy`];
    writeFileSync(join(workspace, file), bytes as Uint8Array);
  }
});
const five = /5 representations/;

test('five files are stitched, each to each, from a right-click; labels are chosen on the page', async () => {
  await workbench().rightClick(files, 'Relative Representations…');
  const page = await workbench().analysis(five);
  await page.getByRole('button', { name: 'Labels…' }).click();
  await workbench().quickPick('digits-test-labels.npy');
  await (await workbench().analysis(five)).getByRole('tab', { name: 'Stitching' }).click();
  const figure = page.getByRole('figure', { name: 'Accuracy of stitched heads' });
  await figure.scrollIntoViewIfNeeded();
  await workbench().screenshot('stitching');
  await figure.getByRole('button', { name: 'Options of Accuracy of stitched heads' }).click();
  await page.getByRole('menuitem', { name: 'Show as table' }).click();
  expect(await figure.getByRole('row').count()).toBeGreaterThanOrEqual(6);
  await workbench().screenshot('matrix');
});

/** What was written to the one file of anchors, once it is whole. */
async function savedAnchors(name: string): Promise<{ readonly rows: readonly number[]; readonly source: object }> {
  return JSON.parse(await workbench().written(`digits/${name}`, /\n}\n$/));
}

test('a line around points makes them the anchors of every method; the set is saved beside the files', async () => {
  const page = await workbench().analysis(five);
  await page.getByRole('tab', { name: 'Spaces' }).click();
  const plot = page.getByRole('figure', { name: 'Who disagrees' }).getByRole('application');
  // Of five panels one is in sight with all that is in it.
  const title = plot.getByText('space2', { exact: true });
  await title.scrollIntoViewIfNeeded();
  const box = await title.boundingBox();
  if (!box) throw new Error('The scatter is not there.');
  const at = (x: number, y: number) => [box.x + x, box.y + y] as const;
  const { mouse } = workbench().page;
  await mouse.move(...at(5, 30));
  await mouse.down();
  for (const [x, y] of [
    [150, 30],
    [150, 280],
    [5, 280],
    [5, 34],
  ] as const)
    await mouse.move(...at(x, y), { steps: 4 });
  await workbench().screenshot('line');
  await mouse.up();
  const told = (await page.getByText(/^\d+ rows? picked\.$/).textContent()) ?? '';
  const count = Number.parseInt(told, 10);
  expect(count).toBeGreaterThan(2);
  expect(count).toBeLessThan(300);
  await page.getByRole('button', { name: 'Use as anchors' }).click();
  await page.getByText(new RegExp(`^By ${count} anchors, rows find themselves`)).waitFor({ timeout: 60_000 });
  await workbench().screenshot('picked');
  await (await workbench().analysis(five)).getByRole('button', { name: 'Save anchor set…' }).click();
  await workbench().save();
  const { rows, source } = await savedAnchors(`${count}-rows.anchors.json`);
  expect(rows).toHaveLength(count);
  expect(source).toMatchObject({ file: 'space0.npy', sha256: expect.stringMatching(/^[0-9a-f]{64}$/) });
});

test('the set is opened in another analysis, and its rows are the anchors there', async () => {
  const name = readdirSync(join(workbench().workspace, 'digits')).find((file) => file.endsWith('.anchors.json')) ?? '';
  const { rows } = await savedAnchors(name);
  await workbench().runCommand('View: Close All Editors');
  await workbench().rightClick([second, first], 'Relative Representations…');
  const page = await workbench().analysis('space1 × space0');
  await page.getByText('By 64 anchors, rows find themselves').waitFor();
  await page.getByRole('button', { name: 'Open anchor set…' }).click();
  await workbench().quickPick(name);
  await page.getByText(new RegExp(`^By ${rows.length} anchors, rows find themselves`)).waitFor({ timeout: 60_000 });
  const section = page.getByRole('region', { name: 'Relative spaces' });
  await section.getByText('Values and tables').click();
  await section.getByText(`${rows.length} anchors of ${name}, found by row number`).waitFor();
  const table = section.getByRole('region', { name: /^Anchors/ });
  await table.scrollIntoViewIfNeeded();
  const listed = await table.getByRole('row').evaluateAll((all) => all.map((row) => row.textContent ?? ''));
  expect(listed.slice(1, 4).map((text) => Number.parseInt(text, 10))).toEqual(rows.slice(0, 3));
  await workbench().screenshot('reused');
});

test('pairs of units of two files are browsed, with the pictures that the networks were shown', async () => {
  await workbench().rightClick([first, second], 'Convergent Learning…');
  const page = await workbench().analysis('space0 × space1');
  const pairs = page.getByRole('listbox', { name: /^64 pairs of units/ });
  const view = page.getByRole('region', { name: 'Two units side by side' });
  // NumPy's strongest match of the two layers: units 2 and 12, r = 0.926.
  await view.getByText('space0 unit 2 and space1 unit 12 correlate by 0.93').waitFor();
  await page.getByRole('button', { name: 'Rows shown as: numbers' }).click();
  await page.getByRole('menuitem', { name: 'Images, pictures or texts…' }).click();
  await workbench().quickPick('digits-test-images.npy');
  const shown = (end: 'Largest' | 'Smallest', unit: number) =>
    view.getByRole('list', { name: `${end}, space0 unit ${unit}` }).getByRole('img');
  for (const end of ['Largest', 'Smallest'] as const) await expect.poll(() => shown(end, 2).count()).toBe(8);
  await workbench().screenshot('pair');
  await pairs.focus();
  await pairs.press('ArrowDown');
  await expect.poll(() => shown('Largest', 32).count()).toBe(8);
  expect(await pairs.getByRole('option', { selected: true }).textContent()).toMatch(/^32 – 45/);
  await workbench().screenshot('next-pair');
});

test('the console of the page stayed clean', () => {
  expect(workbench().errors).toEqual([]);
});
