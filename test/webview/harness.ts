import { readFileSync } from 'node:fs';
import { join } from 'node:path';
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
import { type Opened, openPage, type Theme } from './tab';

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

export interface Shown extends Opened {
  /** What the page asked the host for, but for the computing. */
  readonly calls: { readonly method: string; readonly argument: unknown }[];
  emit<K extends keyof PageEvents & string>(event: K, value: PageEvents[K]): void;
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
