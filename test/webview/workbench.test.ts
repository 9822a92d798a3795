import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { AnalysisRequest } from '../../src/protocol/analysis';
import { bench, writeBadInputs } from './bad-inputs';
import { faults, type Setting } from './harness';
import { faultsInThemes } from './in-themes';
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

test('anchors are chosen by a column of their own, beside the labels', async () => {
  const pickLabels = async () => ({ path: 'words/kjv-vocabulary.csv', column: 'count' });
  const page = await openDone({ host: { pickLabels } });
  await page.getByRole('button', { name: 'Anchor column…' }).click();
  const column = { 'anchor-column-file': 'words/kjv-vocabulary.csv', 'anchor-column': 'count' };
  await expect.poll(() => asked().stitching).toMatchObject({ 'anchor-selection': 'top', ...column });
  for (const parameters of Object.values(asked())) expect(parameters).toMatchObject(column);
  // Another file's column has other rows, which is said.
  await page.getByText('kjv-vocabulary.csv has 3,560 labels').first().waitFor({ timeout: patience });
});

test('axe finds nothing serious, in any theme', async () => {
  expect(await faultsInThemes(await openDone())).toEqual([]);
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

test('what a shared parameter means is in the way of no click, and goes on Escape and with a change', async () => {
  const page = await openDone();
  const field = page.locator('.shared .field', { has: page.getByRole('combobox', { name: 'Anchor selection' }) });
  const [dropdown, caption] = [field.getByRole('combobox'), field.locator('.caption')];
  await field.locator('.label').first().hover();
  await caption.waitFor();
  await page.keyboard.press('Escape');
  await caption.waitFor({ state: 'hidden' });
  await field
    .locator('.label')
    .first()
    .hover({ position: { x: 2, y: 2 } });
  await caption.waitFor();
  await dropdown.focus();
  await caption.waitFor();
  const under = await caption.evaluate((element) => {
    const { left, top, width, height } = element.getBoundingClientRect();
    return document.elementFromPoint(left + width / 2, top + height / 2) === element;
  });
  expect(under).toBe(false);
  await page.keyboard.press('Escape');
  await caption.waitFor({ state: 'hidden' });
  await page.getByRole('textbox', { name: 'Anchors', exact: true }).focus();
  await dropdown.click();
  await caption.waitFor();
  await field.getByRole('option').nth(1).click();
  await caption.waitFor({ state: 'hidden' });
  expect(await dropdown.evaluate((element) => element.matches(':focus-within'))).toBe(true);
});

describe('input that is no good is said so where a person looks', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'sextant-'));
    writeBadInputs(folder);
  });
  afterAll(() => rmSync(folder, { recursive: true }));
  const say = (page: Page, text: string | RegExp) => page.getByText(text).first().waitFor({ timeout: patience });

  test('anchors that are not rows of both files', async () => {
    const page = await open({ request: bench(methods(), folder, 'strange anchors') });
    const missing =
      '2 of the 4 anchors of shared.anchors.json are not among the 16 rows in use: "r0", "r2". An anchor has to be a row of every file; rows without a partner, and rows that are not finite, are in none. Take those anchors out of the set, or choose anchors anew.';
    await say(page, missing);
    // Whatever takes anchors says that there is nothing, the banner why, and nothing is drawn of what there is not.
    await page.getByRole('tab', { name: 'Stitching' }).click();
    await page
      .getByRole('tabpanel', { name: 'Stitching' })
      .getByText(/: not computed$/)
      .first()
      .waitFor();
    expect(await page.getByText(missing).count()).toBe(1);
    expect(await page.getByRole('figure').count()).toBe(0);
    expect(await faults(page)).toEqual([]);
  });

  test('fewer anchors than dimensions: how much is lost', async () => {
    const page = await open({ request: bench(methods(), folder, 'few anchors') });
    await say(
      page,
      /^2 anchors cannot span the 4 units of a: [\d.]+ % of the squared length of its rows lies in directions that no anchor has, and is lost\./,
    );
    await done(page, patience);
  });

  test('labels with one class', async () => {
    const page = await open({ request: bench(methods(), folder, 'one class') });
    await page.getByRole('tab', { name: 'Stitching' }).click();
    await say(page, /^Every row has the label "cat": with one class there is nothing to tell apart\. Choose labels/);
  });

  test('a class with one row', async () => {
    const page = await open({ request: bench(methods(), folder, 'lone row') });
    await page.getByRole('tab', { name: 'Stitching' }).click();
    await page.getByRole('figure', { name: 'Accuracy of stitched heads' }).waitFor({ timeout: patience });
    await say(page, 'A class of one row cannot be trained on and tested: "emu" is only trained on.');
  });

  test('dead units are told apart from rare ones', async () => {
    const page = await open({ request: bench(methods(), folder, 'dead units') });
    await say(page, '2 of 4 units of dead are constant (1, 3) and carry no information.');
    await page.getByRole('button', { name: 'dead', exact: true }).click();
    const units = page.getByRole('region', { name: /^Units: dead/ });
    await units.waitFor();
    const rows = (await units.getByRole('row').allTextContents()).slice(1);
    expect(rows.map((row) => row.slice(0, 9))).toEqual(['dead1dead', 'dead3dead']);
  });

  test('units that are all dead', async () => {
    const page = await open({ request: bench(methods(), folder, 'all dead') });
    await say(
      page,
      /^Every unit of one of them is constant, so nothing correlates and the values are empty\. Choose rows/,
    );
    await done(page, patience);
  });
});
