import { readFileSync } from 'node:fs';
import { extname, join } from 'node:path';
import axe from 'axe-core';
import type { Browser, Page } from 'playwright-core';
import { defaultSettings } from '../../src/engine/local';
import { Engine } from '../../src/host/engine';
import type { AnalysisRequest } from '../../src/protocol/analysis';
import { emit, type Port, serve } from '../../src/protocol/channel';
import { displayNames, titleOf } from '../../src/protocol/names';
import { partsOf, withoutParts } from '../../src/protocol/opening';
import type { CallOptions, EngineClient } from '../../src/protocol/rpc';
import type { HostApi, InitialState, PageEvents } from '../../src/protocol/webview';
import themes from './themes.json';

export { themes };
export type Theme = keyof typeof themes;

export const root = join(import.meta.dirname, '../..');
const origin = 'http://page.test';
const types: Record<string, string> = { '.js': 'text/javascript', '.css': 'text/css' };

/** The engine on the sample data, in a process of its own that is started anew when it is lost; needs dist/engine.js. */
export function sampleEngine(): SampleEngine {
  const silent = { info: () => {}, warn: () => {}, error: () => {} };
  const engine = new Engine(join(import.meta.dirname, 'engine.cjs'), defaultSettings, silent);
  const answers = new Map<string, Promise<unknown>>();
  /** Computes the same once, for all tests; what was cancelled or went wrong, anew. */
  const once = <Q, R>(compute: (client: EngineClient, request: Q, options: CallOptions) => Promise<R>) => {
    return (request: Q, options?: CallOptions): Promise<R> => {
      const key = JSON.stringify(request);
      const answer =
        (answers.get(key) as Promise<R> | undefined) ??
        engine.call((client, options) => compute(client, request, options), options);
      answers.set(key, answer);
      answer.catch(() => answers.delete(key));
      return answer;
    };
  };
  return {
    methods: () => engine.methods(),
    run: once((client, request, options) => client.run(request, options)),
    compare: once((client, request, options) => client.compare(request, options)),
    study: once((client, request, options) => client.study(request, options)),
    preparation: once((client, layer, options) => client.preparation(layer, options)),
    open: (reading) => engine.call((client) => client.open(reading)),
    window: (request) => engine.call((client) => client.window(request)),
    neighbours: (request, options) => engine.call((client, options) => client.neighbours(request, options), options),
    rowValues: (request) => engine.call((client) => client.rowValues(request)),
    images: (request) => engine.call((client) => client.images(request)),
    dispose: () => engine.dispose(),
  };
}

export type SampleEngine = Pick<
  EngineClient,
  'methods' | 'run' | 'compare' | 'study' | 'preparation' | 'open' | 'window' | 'neighbours' | 'rowValues' | 'images'
> & { dispose(): void };

export interface Shown {
  readonly page: Page;
  /** What the page asked the host for, but for the computing. */
  readonly calls: { readonly method: string; readonly argument: unknown }[];
  /** Violations of the content security policy, and errors. */
  readonly problems: string[];
  emit<K extends keyof PageEvents & string>(event: K, value: PageEvents[K]): void;
  /** Leaves the tab, in which nothing went wrong, to the next page. */
  leave(): Promise<void>;
}

export interface Setting {
  readonly theme: Theme;
  readonly request: AnalysisRequest;
  readonly width?: number;
  readonly height?: number;
  readonly initial?: Partial<InitialState>;
  /** Answers instead of the engine, or of what the host does otherwise. */
  readonly host?: Partial<HostApi>;
}

/** Shows the built page as the editor would: its content security policy, the theme's tokens, a host at the other end. */
export async function show(browser: Browser, engine: SampleEngine, setting: Setting): Promise<Shown> {
  const calls: Shown['calls'] = [];
  const answer = (port: Port) => void serve<HostApi>(port, fakeHost(engine, setting, port, calls));
  const { port, ...opened } = await openPage(browser, setting, 'webview', answer);
  return { ...opened, calls, emit: (event, value) => emit<PageEvents, typeof event>(port, event, value) };
}

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

/** Opens a page of the extension by the name of its bundle; `answer` serves it. */
export async function openPage(
  browser: Browser,
  { theme, width = 1380, height = 900 }: Pick<Setting, 'theme' | 'width' | 'height'>,
  bundle: Visit['bundle'],
  answer: (port: Port) => void,
): Promise<Pick<Shown, 'page' | 'problems' | 'leave'> & { readonly port: Port }> {
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

/** What axe finds serious or worse; in other themes than the first by the rules that look at colours. */
export async function faults(page: Page, theme = 'Dark Modern' as Theme): Promise<string[]> {
  await page.evaluate(axe.source);
  const options = {
    // Nobody reads where on the page all is that is as it should be.
    ...{ resultTypes: ['violations' as const], selectors: false },
    ...(theme !== 'Dark Modern' && {
      runOnly: { type: 'rule' as const, values: ['color-contrast', 'link-in-text-block'] },
    }),
  };
  const { violations } = await page.evaluate((options) => {
    return (window as unknown as { axe: typeof axe }).axe.run(options);
  }, options);
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 160)).join(' | ')}`);
}

function fakeHost(
  engine: SampleEngine,
  { request, initial, host }: Setting,
  port: Port,
  calls: Shown['calls'],
): HostApi {
  const controllers = new Map<string, AbortController>();
  const noted =
    <R>(method: string, answer: R) =>
    async (argument?: unknown) => {
      calls.push({ method, argument });
      return answer;
    };
  const options = (job: string) => {
    const controller = new AbortController();
    controllers.set(job, controller);
    return {
      signal: controller.signal,
      onProgress: (progress: PageEvents['progress']['progress']) =>
        emit<PageEvents, 'progress'>(port, 'progress', { job, progress }),
    };
  };
  return {
    ready: async () => {
      const analysis = initial?.analysis ?? {
        ...({ format: 'sextant-analysis', formatVersion: 1, version: '0.1.0' } as const),
        ...{ request, results: [], comparisons: [] },
      };
      const parts = partsOf(analysis);
      setTimeout(() => {
        for (const part of parts) emit<PageEvents, 'part'>(port, 'part', part);
      });
      return {
        methods: await engine.methods(),
        title: titleOf(request.inputs),
        names: displayNames(request.inputs),
        computeAtOnce: true,
        ...initial,
        ...{ analysis: withoutParts(analysis), parts: parts.length },
      };
    },
    run: (call) => engine.run(call.request, options(call.job)),
    compare: (call) => engine.compare(call.request, options(call.job)),
    study: (call) => engine.study(call.request, options(call.job)),
    preparation: (layer) => engine.preparation(layer),
    cancel: async ({ job }) => controllers.get(job)?.abort(),
    request: noted('request', undefined),
    save: noted('save', { path: '/workspace/analysis.sextant' }),
    saveMade: noted('saveMade', { path: '/workspace/made.safetensors' }),
    export: noted('export', { path: '/workspace/figure.svg' }),
    pickMethod: noted('pickMethod', 'gulp'),
    pickLabels: noted('pickLabels', { path: 'digits/digits-test-labels.npy' }),
    pickRunColumn: noted('pickRunColumn', null),
    pickFile: noted('pickFile', null),
    pickIdentifiers: noted('pickIdentifiers', null),
    pictures: async ({ spec, rows }) => {
      const { path, column } = spec;
      const files = await engine.images({ path, rows, ...(column !== undefined && { column }) });
      return files.map((file) => (file === null ? null : readFileSync(file, 'base64')));
    },
    pickGallery: noted('pickGallery', { path: 'digits/digits-test-images.npy' }),
    describe: ({ path }) => engine.open({ path }),
    window: (request) => engine.window(request),
    neighbours: ({ job, request }) => engine.neighbours(request, options(job)),
    rowValues: (request) => engine.rowValues(request),
    showReference: noted('showReference', undefined),
    copy: noted('copy', undefined),
    openLog: noted('openLog', undefined),
    report: noted('report', undefined),
    ...host,
  };
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
<body class="${classes}">
<div id="root"></div>
<script nonce="test" src="/${bundle}.js"></script>
</body>
</html>`;
}
