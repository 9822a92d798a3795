import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { launchChromium } from '../../scripts/workbench/chromium.mjs';
import { faults, sampleEngine, show } from './harness';
import { units } from './requests';

/** A picture takes a while on a busy machine. */
const patience = { timeout: 20_000 };

let browser: Browser;
beforeAll(async () => {
  browser = await launchChromium();
});
afterAll(() => browser.close());

test('unit pairs are browsed by keyboard, with the pictures of their rows', async () => {
  const engine = sampleEngine();
  const request = units(await engine.methods());
  const shown = await show(browser, engine, { theme: 'Dark Modern', request });
  const { page, calls, problems } = shown;
  const list = page.getByRole('listbox', { name: /^64 pairs of units/ });
  await list.waitFor({ timeout: 60_000 });
  const view = page.getByRole('region', { name: 'Two units side by side' });
  // NumPy's strongest match of the two layers: units 2 and 12, r = 0.926.
  await expect.poll(() => list.getByRole('option', { selected: true }).textContent(), patience).toMatch(/^2 – 12/);
  await view.getByText('seed0 layer8 unit 2 and seed1 layer8 unit 12 correlate by 0.93').waitFor();
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
  expect(calls.findLast(({ method }) => method === 'request')?.argument).toMatchObject({
    methods: [{}, { method: 'unit-pair', parameters: { unit: 32, partner: 45 } }, {}],
  });
  await page.getByRole('button', { name: 'convergent', exact: true }).click();
  await page.getByRole('listbox', { name: /pairs of units, one of them convergent/ }).waitFor();
  expect(await page.getByRole('region', { name: /^Units: convergent/ }).count()).toBe(1);
  expect([...problems, ...calls.filter(({ method }) => method === 'report')]).toEqual([]);
});
