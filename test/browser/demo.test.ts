import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, expect, test } from 'vitest';
import { launchChromium } from '../../scripts/workbench/chromium.mjs';
import { root } from '../../scripts/workbench/ensure.mjs';
import { artifacts, vsix } from './setup';

// The package of all suites is made by what the demo would make its own with; meanwhile others read what was built.
const demo = spawn(process.execPath, ['scripts/demo.mjs', vsix], { cwd: root, stdio: ['ignore', 'pipe', 'inherit'] });
const ended = new Promise((resolve) => demo.once('exit', resolve));
afterAll(() => demo.kill());

test('npm run demo prints an address with an analysis on screen, and ends cleanly with Ctrl-C', async () => {
  const address = await new Promise<string>((resolve, reject) => {
    ended.then((code) => reject(new Error(`The demo ended with code ${code}.`)));
    createInterface(demo.stdout).on('line', (line) => {
      const [, found] = /^Sextant is at (http:\S+)$/.exec(line) ?? [];
      if (found) resolve(found);
    });
  });
  const url = new URL(address);
  expect(url.hostname).toBe('localhost');
  const folder = url.searchParams.get('folder') ?? '';
  expect(existsSync(join(folder, 'digits'))).toBe(true);

  const browser = await launchChromium();
  try {
    const page = await browser.newPage({ viewport: { width: 1440, height: 900 }, reducedMotion: 'reduce' });
    const abroad: string[] = [];
    page.on('request', (request) => {
      const { hostname, protocol } = new URL(request.url());
      // A page's own files have addresses of this form; the service worker of the window answers for them.
      const own = hostname === 'localhost' || hostname.endsWith('.vscode-resource.vscode-cdn.net');
      if (protocol.startsWith('http') && !own) abroad.push(request.url());
    });
    await page.goto(url.href);
    const frame = page.frameLocator('iframe.webview.ready').frameLocator('iframe#active-frame');
    await frame
      .getByRole('application', { name: /^All pairs, Linear CKA: heatmap of 16 by 16/ })
      .waitFor({ timeout: 90_000 });
    await page.screenshot({ path: join(artifacts, 'demo.png') });
    expect(abroad).toEqual([]);
  } finally {
    await browser.close();
  }

  demo.kill('SIGINT');
  expect(await ended).toBe(0);
  expect(existsSync(folder)).toBe(false);
});
