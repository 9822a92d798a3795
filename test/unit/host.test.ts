import { expect, test, vi } from 'vitest';
import { Jobs } from '../../src/host/jobs';
import { isLocal } from '../../src/host/paths';
import { servePages } from '../../src/host/port';
import { methodRequest, newRequest } from '../../src/host/request';
import { recordsOf, withComparison, withResult } from '../../src/host/store';
import type { AnalysisRequest } from '../../src/protocol/analysis';
import type { MethodDescription } from '../../src/protocol/catalogue';
import type { Progress } from '../../src/protocol/engine';
import { Cancelled } from '../../src/protocol/errors';
import type { Comparison, InputRecord, Result } from '../../src/protocol/result';
import type { HostApi } from '../../src/protocol/webview';

const record = (path: string, tensor: string | null = null, sha256 = 'a'): InputRecord => ({
  path,
  tensor,
  shape: [4, 2],
  dtype: 'float32',
  sha256,
  used: [4, 2],
});
const result = (method: string, inputs: readonly InputRecord[], value = 0, parameters = {}) =>
  ({ method, inputs, parameters, seed: 0, values: { value }, figures: [] }) as unknown as Result;
const comparison = (inputs: readonly InputRecord[], measure = 'linear-cka') =>
  ({ inputs, seed: 0, measures: { [measure]: { parameters: {} } } }) as unknown as Comparison;

const layers = ['a.npz', 'b.npz'].flatMap((path) => ['l1', 'l2'].map((tensor) => ({ path, tensor })));
const request: AnalysisRequest = { inputs: layers, methods: [], pair: [1, 3], seed: 0 };
const pair = (i: number, j: number) => [i, j].map((k) => record(layers[k]?.path ?? '', layers[k]?.tensor));

test('a newer result takes the place of the older one to the same question', () => {
  const asked = result('cka', pair(1, 3), 1, { b: 1, a: 2 });
  const again = result('cka', [record('a.npz', 'l2', 'changed'), record('b.npz', 'l2')], 2, { a: 2, b: 1 });
  expect(withResult([asked], again, request)).toEqual([again]);
  for (const other of [result('cka', pair(3, 1)), result('rsa', pair(1, 3)), result('cka', pair(1, 3), 1, { a: 3 })]) {
    expect(withResult([asked], other, request)).toHaveLength(2);
  }
});

test('all results of the pair in focus are kept and the newest fifty of the others', () => {
  let results: Result[] = [];
  for (let i = 0; i < 80; i++) results = withResult(results, result(`focus${i}`, pair(1, 3)), request);
  for (let i = 0; i < 80; i++) results = withResult(results, result(`other${i}`, pair(0, 3)), request);
  expect(results.filter(({ method }) => method.startsWith('focus'))).toHaveLength(80);
  const others = results.filter(({ method }) => method.startsWith('other')).map(({ method }) => method);
  expect(others).toEqual(Array.from({ length: 50 }, (_, i) => `other${i + 30}`));
  let comparisons: Comparison[] = [];
  for (let i = 0; i < 40; i++) comparisons = withComparison(comparisons, comparison(pair(0, 1), `m${i}`));
  expect(comparisons).toHaveLength(20);
  expect(withComparison(comparisons, comparison(pair(0, 1), 'm39'))).toHaveLength(20);
});

test('of one method on the pair in focus the newest variants are kept', () => {
  let results: Result[] = [result('report', pair(1, 3))];
  for (let i = 0; i < 40; i++)
    results = withResult(results, { ...result('browsed', pair(1, 3)), parameters: { unit: i } }, request);
  expect(results.filter(({ method }) => method === 'browsed').map(({ parameters }) => parameters.unit)).toEqual(
    Array.from({ length: 30 }, (_, i) => i + 10),
  );
  expect(results[0]?.method).toBe('report');
});

test('every input of results is named once for each content', () => {
  const changed = [record('a.npz', 'l1'), record('a.npz', 'l1', 'b')];
  expect(recordsOf([result('x', pair(0, 1)), result('y', pair(0, 1))], [comparison(changed)])).toEqual([
    ...pair(0, 1),
    changed[1],
  ]);
});

const method = (id: string, part: Partial<MethodDescription>) =>
  ({ id, takes: 'pair', kind: 'compare', ...part }) as MethodDescription;
const methods = [
  method('slow', { recommended: 3 }),
  method('matching', { kind: 'match', recommended: 1 }),
  method('quick', { recommended: 2 }),
  method('rare', {}),
  method('look', { kind: 'describe', takes: 'one', recommended: 1 }),
  method('look-again', { kind: 'describe', takes: 'one' }),
];
const plain = { seed: 7, measures: [] };

test('a new analysis asks for the recommended measures, cheap ones first, or for those of the settings', () => {
  const [a, , b] = layers as [(typeof layers)[0], unknown, (typeof layers)[0]];
  expect(newRequest([a], methods, plain)).toEqual({ inputs: [a], methods: [{ method: 'look' }], seed: 7 });
  const two = newRequest([a, b], methods, plain);
  expect(two).toEqual({
    inputs: [a, b],
    methods: ['matching', 'quick', 'slow'].map((id) => ({ method: id })),
    seed: 7,
  });
  const chosen = newRequest([a, b], methods, { seed: 0, measures: ['rare', 'quick'] });
  expect(chosen.methods.map(({ method: id }) => id)).toEqual(['rare', 'quick']);
});

test('of whole networks the last layers are in focus, and a measure that compares gives the map', () => {
  expect(newRequest(layers, methods, plain)).toMatchObject({ pair: [1, 3], overview: { method: 'quick' } });
  expect(newRequest([{ path: 'a' }, { path: 'b' }, { path: 'c' }], methods, plain).pair).toEqual([0, 1]);
  expect(newRequest(layers.slice(0, 2).concat(layers.slice(0, 1)), methods, plain).pair).toEqual([0, 1]);
});

test('a method that is run by itself gives the map of pairs where it compares two; one that takes all of them does not', () => {
  const asked = newRequest(layers, methods, plain);
  const map = (part: Partial<MethodDescription>) => methodRequest(asked, method('own', part));
  expect(map({})).toMatchObject({ methods: [{ method: 'own' }], overview: { method: 'own' }, pair: [1, 3] });
  for (const part of [{ takes: 'many' }, { alone: true }, { kind: 'transform', takes: 'many' }] as const)
    expect(map(part)).toMatchObject({ methods: [{ method: 'own' }], overview: { method: 'quick' } });
  expect(methodRequest(newRequest(layers.slice(1, 3), methods, plain), method('own', {})).overview).toBeUndefined();
});

test('a network path is not read without being asked', () => {
  expect(['/data/a.npy', 'C:\\a.npy', 'a.npy'].every(isLocal)).toBe(true);
  expect(['\\\\host\\share\\a.npy', '//host/share/a.npy'].some(isLocal)).toBe(false);
});

test('asking for what is on its way joins it, under the newer name', async () => {
  const reports: string[] = [];
  const jobs = new Jobs((job) => reports.push(job));
  let finish = (_: string) => {};
  let progress = (_: Progress) => {};
  const work = vi.fn(({ onProgress }) => {
    progress = onProgress;
    return new Promise<string>((resolve) => {
      finish = resolve;
    });
  });
  const first = jobs.start('key', 'old page', work);
  const second = jobs.start('key', 'new page', work);
  progress({ fraction: 0, message: '', etaSeconds: null });
  finish('done');
  expect(await Promise.all([first, second])).toEqual(['done', 'done']);
  expect(work).toHaveBeenCalledTimes(1);
  expect(reports).toEqual(['new page']);
  void jobs.start('key', 'later', work);
  expect(work).toHaveBeenCalledTimes(2);
});

test('cancelling stops the job of that name alone; it can be asked for again at once', async () => {
  const jobs = new Jobs(() => {});
  const work = ({ signal }: { signal: AbortSignal }) =>
    new Promise<never>((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
  const one = jobs.start('one', '1', work);
  const two = jobs.start('two', '2', work);
  jobs.cancel('1');
  const again = jobs.start('one', '3', work);
  await expect(one).rejects.toBeInstanceOf(Cancelled);
  jobs.dispose();
  await expect(two).rejects.toBeInstanceOf(Cancelled);
  await expect(again).rejects.toBeInstanceOf(Cancelled);
});

test('answers to a page that was thrown away do not reach the next one', async () => {
  let receive = (_: unknown) => {};
  const posted: { id?: number; value?: unknown }[] = [];
  const webview = {
    onDidReceiveMessage: (listener: typeof receive) => {
      receive = listener;
      return { dispose: () => {} };
    },
    postMessage: async (message: object) => posted.push(message),
  };
  let answer = (_: string) => {};
  const api = {
    ready: async () => 'state',
    copy: () => new Promise((resolve) => (answer = resolve)),
  } as unknown as HostApi;
  servePages(webview as never, api, () => {});
  const call = (id: number, name: string) => receive({ sextant: 'call', id, method: name, argument: '' });
  call(1, 'ready');
  call(2, 'copy');
  const old = answer;
  call(1, 'ready');
  call(2, 'copy');
  old('old');
  answer('new');
  await vi.waitFor(() => expect(posted.filter(({ id }) => id === 2)).toHaveLength(1));
  expect(posted.find(({ id }) => id === 2)?.value).toBe('new');
});
