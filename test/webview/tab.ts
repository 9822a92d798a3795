import { readFileSync } from 'node:fs';
import { extname, join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import type { Port } from '../../src/protocol/channel';
import themes from './themes.json';

export { themes };
export type Theme = keyof typeof themes;

export const root = join(import.meta.dirname, '../..');
/** As the editor has it where the system asks for less motion, which tests do. */
export const still = 'vscode-reduce-motion';
const origin = 'http://page.test';
const types: Record<string, string> = { '.js': 'text/javascript', '.css': 'text/css' };

/** A page of the extension, by the name of its bundle, and what is heard of it. */
interface Visit {
  readonly theme: Theme;
  readonly bundle: 'webview' | 'viewer';
  readonly problems: string[];
  readonly listeners: Set<(message: unknown) => void>;
}

/** A tab of a browser for one page of the extension after the other: to start one takes longer than most tests. */
class Tab {
  private static readonly idle = new WeakMap<Browser, Tab[]>();
  visit: Visit | undefined;
  private visits = 0;

  private constructor(
    readonly page: Page,
    private readonly browser: Browser,
  ) {}

  static async take(browser: Browser): Promise<Tab> {
    return Tab.idle.get(browser)?.pop() ?? Tab.open(browser);
  }

  private static async open(browser: Browser): Promise<Tab> {
    const page = await browser.newPage({ reducedMotion: 'reduce' });
    const tab = new Tab(page, browser);
    // Pages are tested beside each other on few processors.
    page.setDefaultTimeout(60_000);
    page.on('console', (message) => message.type() === 'error' && tab.visit?.problems.push(message.text()));
    page.on('pageerror', (error) => tab.visit?.problems.push(String(error)));
    await page.route(`${origin}/**`, (route) => {
      const { pathname } = new URL(route.request().url());
      if (pathname === '/') return route.fulfill({ contentType: 'text/html', body: tab.visit ? html(tab.visit) : '' });
      const body = readFileSync(join(root, 'dist', pathname));
      return route.fulfill({ contentType: types[extname(pathname)] ?? 'text/plain', body });
    });
    await page.exposeFunction('toHost', (message: unknown) => {
      for (const listener of tab.visit?.listeners ?? []) listener(message);
    });
    await page.addInitScript(`
      let kept = JSON.parse(sessionStorage.getItem(location.search) ?? 'null');
      window.acquireVsCodeApi = () => ({
        postMessage: (message) => window.toHost(message),
        getState: () => kept,
        setState: (state) => { kept = state; sessionStorage.setItem(location.search, JSON.stringify(state)); },
      });`);
    return tab;
  }

  /** Shows the page; what an earlier one kept for itself is not there. */
  async show(visit: Visit): Promise<void> {
    this.visit = visit;
    this.visits += 1;
    await this.page.goto(`${origin}/?${this.visits}`);
  }

  /** Whatever is in it is done with. */
  async leave(): Promise<void> {
    const { page, browser } = this;
    this.visit = undefined;
    await page.mouse.move(0, 0);
    Tab.idle.set(browser, [...(Tab.idle.get(browser) ?? []), this]);
  }
}

/** A page in its tab. */
export interface Opened {
  readonly page: Page;
  /** Violations of the content security policy, and errors. */
  readonly problems: string[];
  /** Leaves the tab, in which nothing went wrong, to the next page. */
  leave(): Promise<void>;
}

/** Opens a page of the extension by the name of its bundle; `answer` serves it. */
export async function openPage(
  browser: Browser,
  { theme, width = 1380, height = 900 }: { readonly theme: Theme; readonly width?: number; readonly height?: number },
  bundle: Visit['bundle'],
  answer: (port: Port) => void,
): Promise<Opened & { readonly port: Port }> {
  const tab = await Tab.take(browser);
  const { page } = tab;
  const visit: Visit = { theme, bundle, problems: [], listeners: new Set() };
  const port: Port = {
    // A page that is left while the engine works misses the answer.
    post: (message) => {
      if (tab.visit !== visit) return;
      page.evaluate((text) => window.postMessage(JSON.parse(text)), JSON.stringify(message)).catch(() => {});
    },
    onMessage: (listener) => {
      visit.listeners.add(listener);
      return () => visit.listeners.delete(listener);
    },
  };
  await page.setViewportSize({ width, height });
  answer(port);
  await tab.show(visit);
  return { page, problems: visit.problems, port, leave: () => tab.leave() };
}

function html({ theme, bundle }: Visit): string {
  const { classes, tokens } = themes[theme];
  const rules = Object.entries(tokens).map(([name, value]) => `--vscode-${name}: ${value};`);
  // The editor sets the tokens through the DOM; here a sheet with the nonce that the policy allows does.
  return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; script-src 'nonce-test'; style-src ${origin} 'nonce-styles'; img-src ${origin} data: blob:; font-src ${origin}">
<link rel="stylesheet" href="/${bundle}.css">
<meta property="csp-nonce" content="styles">
<style nonce="styles">:root { ${rules.join(' ')} } @layer vscode-default { body { margin: 0; padding: 0 20px; } }</style>
<title>Sextant</title>
</head>
<body class="${classes} ${still}">
<div id="root"></div>
<script nonce="test" src="/${bundle}.js"></script>
</body>
</html>`;
}
