import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import type { AnalysisRequest } from '../../src/protocol/analysis';
import { faults, type Setting, type Theme, themes } from './harness';
import { done, usePages } from './pages';
import { relativeSpaces } from './requests';

/** Five methods take a while on a busy machine. */
const patience = 100_000;

const { open, methods, shown } = usePages();

async function openDone(setting: Partial<Setting> = {}): Promise<Page> {
  const page = await open({ request: relativeSpaces(methods()), ...setting });
  await done(page, patience);
  return page;
}

/** The parameters that the page last asked for, by method. */
function asked(): Record<string, Record<string, unknown> | undefined> {
  const call = shown().calls.findLast(({ method }) => method === 'request');
  const { methods: choices } = (call as { argument: AnalysisRequest }).argument;
  return Object.fromEntries(choices.map(({ method, parameters }) => [method, parameters]));
}

test('anchors are picked with a line around points, and every method takes them', async () => {
  const page = await openDone();
  const plot = page.getByRole('figure', { name: 'Who disagrees' }).getByRole('application');
  await plot.scrollIntoViewIfNeeded();
  const box = await plot.boundingBox();
  if (!box) throw new Error('The scatter is not there.');
  const at = (x: number, y: number) => [box.x + x * box.width, box.y + y * box.height] as const;
  await page.mouse.move(...at(0.1, 0.1));
  await page.mouse.down();
  for (const [x, y] of [
    [0.3, 0.1],
    [0.3, 0.5],
    [0.1, 0.5],
    [0.1, 0.12],
  ] as const)
    await page.mouse.move(...at(x, y), { steps: 4 });
  await page.mouse.up();
  const picked = await page.getByText(/^\d+ rows? picked\.$/).textContent();
  await page.getByRole('button', { name: 'Use as anchors' }).click();
  await expect.poll(() => asked().stitching?.['anchor-selection']).toBe('rows');
  const rows = String(asked().stitching?.['anchor-rows']).split(',');
  expect(rows.length).toBeGreaterThan(3);
  expect(picked).toBe(`${rows.length} rows picked.`);
  for (const parameters of Object.values(asked())) expect(parameters?.['anchor-rows']).toBe(rows.join(','));
  await page.getByText(new RegExp(`^By ${rows.length} anchors`)).waitFor({ timeout: patience });
});

test('an anchor set is saved, and used again; relative representations are saved', async () => {
  const pickFile = async () => ({ path: '/shared/64-rows.anchors.json' });
  const page = await openDone({ host: { pickFile } });
  await page.getByRole('button', { name: 'Save anchor set…' }).click();
  await expect.poll(() => shown().calls.some(({ method }) => method === 'export')).toBe(true);
  const call = shown().calls.find(({ method }) => method === 'export');
  const { name, content } = (call as { argument: { name: string; content: string } }).argument;
  expect(name).toBe('64-rows.anchors.json');
  const set = JSON.parse(content);
  expect(set).toMatchObject({ format: 'sextant-anchors', formatVersion: 1, seed: 0 });
  expect(set.rows).toHaveLength(64);
  expect(set.source.sha256).toMatch(/^[0-9a-f]{64}$/);
  await page.getByRole('button', { name: 'Save representation…' }).click();
  const saved = () => shown().calls.find((one) => one.method === 'saveMade')?.argument;
  await expect.poll(saved).toMatchObject({ method: 'relative-spaces', parameters: { anchors: 64 } });
  await page.getByRole('button', { name: 'Open anchor set…' }).click();
  await expect
    .poll(() => asked().stitching)
    .toMatchObject({
      'anchor-selection': 'file',
      'anchor-file': '/shared/64-rows.anchors.json',
    });
  // There is no such file: the methods say so.
  await page
    .getByText(/64-rows\.anchors\.json/)
    .first()
    .waitFor();
});

test.each(Object.keys(themes) as Theme[])('axe finds nothing serious: %s', async (theme) => {
  expect(await faults(await openDone({ theme }), theme)).toEqual([]);
});

test('tabs lead from spaces to stitching by the arrow keys; a shared parameter is set in every method', async () => {
  const page = await openDone();
  await page.getByRole('tab', { name: 'Spaces' }).press('End');
  await page.getByRole('tabpanel', { name: 'Stitching' }).waitFor();
  await page.getByRole('figure', { name: 'Accuracy of stitched heads' }).waitFor();
  await page.getByRole('textbox', { name: 'Anchors', exact: true }).fill('20');
  await expect.poll(() => asked().stitching?.anchors).toBe(20);
  for (const parameters of Object.values(asked())) expect(parameters?.anchors).toBe(20);
});
