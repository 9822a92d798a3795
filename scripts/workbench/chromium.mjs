// The browser that a test drives.
import { chromium as playwright } from 'playwright-core';
import { chromium as find, Missing } from './ensure.mjs';

/** A headless Chromium that contacts nobody and draws WebGL2 in software. */
export async function launchChromium() {
  const executablePath = find();
  if (executablePath === undefined) throw new Missing('Please install Chromium or Chrome.');
  return playwright.launch({
    executablePath,
    args: [
      '--no-sandbox',
      // On few processors threads beside a page's own take more than they give: a tenth of the time.
      '--js-flags=--single-threaded',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      '--disable-gpu-compositing',
      '--use-gl=angle',
      '--use-angle=swiftshader',
      '--enable-unsafe-swiftshader',
    ],
  });
}
