// Pictures of the page in the four themes, to look at: npx tsx test/webview/shots.mts FOLDER [request...]
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { launchChromium } from '../../scripts/workbench/chromium.mjs';
import { sampleEngine, show } from './harness';
import {
  calibrated,
  calibratedLayers,
  imageSpace,
  layers,
  models,
  one,
  oneSpace,
  pair,
  relativeSpaces,
  study,
  twoSpaces,
  units,
  words,
} from './requests';
import { type Theme, themes } from './tab';

const requests = {
  ...{ pair, layers, models, one, words, study, calibrated, calibratedLayers, relativeSpaces, units },
  ...{ oneSpace, twoSpaces, imageSpace },
};
const [folder = 'test/artifacts', ...wanted] = process.argv.slice(2);
mkdirSync(folder, { recursive: true });
const only = process.env.THEME;
const engine = sampleEngine();
const browser = await launchChromium();
const methods = await engine.methods();
for (const name of wanted.length > 0 ? wanted : Object.keys(requests)) {
  const request = requests[name as keyof typeof requests](methods);
  for (const theme of Object.keys(themes) as Theme[]) {
    if (only && theme !== only) continue;
    const width = Number(process.env.WIDTH ?? 1380);
    const { page, problems, calls } = await show(browser, engine, { theme, request, width });
    await page.getByText('Everything is computed.').waitFor({ state: 'attached', timeout: 120_000 });
    if (process.env.OPEN) await page.getByRole('button', { name: process.env.OPEN, exact: true }).click();
    if (process.env.TAB) await page.getByRole('tab', { name: process.env.TAB }).click();
    if (process.env.FIND) {
      await page.getByRole('textbox', { name: /^Find a row/ }).fill(process.env.FIND);
      await page.keyboard.press('Enter');
      await page
        .getByText(/other rows compared/)
        .first()
        .waitFor();
    }
    if (process.env.VIEW) {
      await page.locator('vscode-dropdown[aria-label="What the cells show"]').click();
      await page.getByRole('option', { name: process.env.VIEW }).click();
    }
    const height = await page.evaluate(() => document.documentElement.scrollHeight);
    await page.setViewportSize({ width, height: Math.max(600, height) });
    const file = join(folder, `${name}-${theme.toLowerCase().replaceAll(' ', '-')}`);
    if (!process.env.SLICE) await page.screenshot({ path: `${file}.png` });
    const slice = Number(process.env.SLICE ?? Number.POSITIVE_INFINITY);
    for (let y = 0; y < height && Number.isFinite(slice); y += slice) {
      const clip = { x: 0, y, width, height: Math.min(slice, height - y) };
      await page.screenshot({ path: `${file}-${y / slice}.png`, clip });
    }
    for (const problem of problems) process.stdout.write(`${name}, ${theme}: ${problem}\n`);
    for (const { method, argument } of calls) if (method === 'report') process.stdout.write(JSON.stringify(argument));
    await page.close();
  }
}
await browser.close();
process.exit(0);
