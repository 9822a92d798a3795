// Pictures of the viewer in the four themes, to look at: npx tsx test/webview/viewer-shots.mts FOLDER file...
import { mkdirSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { launchChromium } from '../../scripts/workbench/chromium.mjs';
import { type Theme, themes } from './tab';
import { showFile, viewerEngine } from './viewer-harness';

const [folder = 'test/artifacts', ...files] = process.argv.slice(2);
mkdirSync(folder, { recursive: true });
const only = process.env.THEME;
const engine = viewerEngine();
const browser = await launchChromium();
for (const file of files) {
  for (const theme of Object.keys(themes) as Theme[]) {
    if (only && theme !== only) continue;
    const width = Number(process.env.WIDTH ?? 1380);
    const { page, problems, calls } = await showFile(browser, engine, { theme, path: resolve(file), width });
    if (process.env.WAIT) await page.waitForTimeout(Number(process.env.WAIT));
    else if (!process.env.BAD) await page.getByText('Everything is computed.').waitFor({ state: 'attached' });
    else await page.getByRole('alert').first().waitFor();
    for (const label of process.env.CHECK?.split(',') ?? []) await page.getByLabel(label, { exact: true }).check();
    await page.evaluate(() => new Promise(requestAnimationFrame));
    const height = await page.evaluate(() => document.documentElement.scrollHeight);
    await page.setViewportSize({ width, height: Math.max(600, Math.min(height, 1400)) });
    await page.waitForTimeout(400);
    await page.screenshot({ path: join(folder, `${basename(file)}-${theme.toLowerCase().replaceAll(' ', '-')}.png`) });
    for (const problem of problems) process.stdout.write(`${file}, ${theme}: ${problem}\n`);
    for (const { method, argument } of calls) if (method === 'report') process.stdout.write(JSON.stringify(argument));
    await page.close();
  }
}
await browser.close();
process.exit(0);
