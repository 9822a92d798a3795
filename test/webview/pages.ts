import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect } from 'vitest';
import { launchChromium } from '../../scripts/workbench/chromium.mjs';
import type { MethodDescription } from '../../src/protocol/catalogue';
import { type Setting, type Shown, sampleEngine, show } from './harness';
import type { Theme } from './tab';

/** The theme of tests that are about something else. */
const theme: Theme = 'Dark Modern';

/**
 * The browser of a suite. What a test opened is left after it: nothing may have gone wrong there, nor been reported to the host.
 * @returns opens a page by what shows it, and gives what the test opened last
 */
export function useBrowser<S extends Pick<Shown, 'page' | 'calls' | 'problems' | 'leave'>>() {
  let browser: Browser | undefined;
  let opened: S[] = [];
  beforeAll(async () => {
    browser = await launchChromium();
  });
  afterAll(() => browser?.close());
  afterEach(async ({ task }) => {
    const all = opened;
    opened = [];
    const wrong = all.flatMap(({ calls, problems }) => [
      ...problems,
      ...calls.filter(({ method }) => method === 'report'),
    ]);
    const failed = wrong.length > 0 || task.result?.state === 'fail';
    await Promise.all(all.map(({ page, leave }) => (failed ? page.close() : leave())));
    expect(wrong).toEqual([]);
  });
  const open = async (opening: (browser: Browser) => Promise<S>): Promise<Page> => {
    if (browser === undefined) throw new Error('The browser did not start.');
    const shown = await opening(browser);
    opened.push(shown);
    return shown.page;
  };
  const shown = (): S => {
    const last = opened.at(-1);
    if (last === undefined) throw new Error('The test has opened no page.');
    return last;
  };
  return { open, shown };
}

/** How far what is on the page goes beyond its right edge, in an editor as narrow as editors get. */
export async function beyondNarrow(page: Page): Promise<number> {
  await page.setViewportSize({ width: 222, height: 800 });
  return page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
}

/** Pages about the sample data in one browser, with one engine: what was computed for a test is there for the next. */
export function usePages() {
  const { open, shown } = useBrowser<Shown>();
  const engine = sampleEngine();
  let methods: readonly MethodDescription[] = [];
  beforeAll(async () => {
    methods = await engine.methods();
  });
  afterAll(() => engine.dispose());
  return {
    engine,
    shown,
    methods: () => methods,
    open: (setting: Pick<Setting, 'request'> & Partial<Setting>) =>
      open((browser) => show(browser, engine, { theme, ...setting })),
  };
}

/** Once all that the page asked for has come, or could not. */
export async function done(page: Page, timeout?: number): Promise<void> {
  const waiting = { state: 'attached', ...(timeout !== undefined && { timeout }) } as const;
  await page.getByText(/^(Everything is|Nothing could be|\d+ of \d+ could not be) computed\.$/).waitFor(waiting);
}
