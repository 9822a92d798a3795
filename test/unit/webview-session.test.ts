import { expect, test, vi } from 'vitest';
import type { AnalysisRequest } from '../../src/protocol/analysis';
import type { MethodDescription } from '../../src/protocol/catalogue';
import { Cancelled, EngineLost, UserError } from '../../src/protocol/errors';
import type { InputRecord, InputSpec, Result, RunRequest } from '../../src/protocol/result';
import type { Study, StudyRequest } from '../../src/protocol/study';
import type { HostApi, InitialState } from '../../src/protocol/webview';
import { runJob } from '../../webview/jobs';
import { withParameter } from '../../webview/parameters';
import { rowsOf } from '../../webview/rows';
import { Session } from '../../webview/session';

function method(id: string, more: Partial<MethodDescription> = {}): MethodDescription {
  return {
    ...{ id, kind: 'compare', title: id, summary: '', blindTo: '', takes: 'pair', labels: 'none' },
    parameters: { type: 'object', properties: { k: { type: 'integer', default: 10 } } },
    values: [{ key: 'score', title: 'Score', range: [0, 1], better: 'higher' }],
    ...{ invariances: [], symmetric: true, cost: '', formula: '', citation: '' },
    ...more,
  };
}

const record = (path: string): InputRecord => ({
  ...{ path, tensor: null, shape: [4, 2], dtype: 'float32', sha256: path, used: [4, 2] },
});

function recordOf({ path, ids }: InputSpec) {
  return { ...record(path), ...(ids && { ids }) };
}

function resultOf(asked: RunRequest): Result {
  const { method: id, inputs, parameters = {}, seed = 0, labels, permutations, within, resample } = asked;
  return {
    ...{ method: id, version: '0', seed, seconds: 0, inputs: inputs.map(recordOf) },
    ...{ parameters: { k: 10, ...parameters }, values: { score: 0.5 }, chance: {}, intervals: {}, tables: {} },
    ...{ figures: [], steps: [], reading: null, warnings: [] },
    ...(labels && { labels }),
    ...(permutations && { permutations }),
    ...(within && { within }),
    ...(resample && { resample }),
  };
}

/** A host whose jobs end when the test says so. */
class Desk {
  readonly jobs: { id: string; request: RunRequest; end(): void; fail(error: Error): void }[] = [];
  readonly requests: AnalysisRequest[] = [];
  readonly reported: string[] = [];
  readonly host = {
    run: ({ job, request }) =>
      new Promise<Result>((resolve, reject) => {
        this.jobs.push({ id: job, request, end: () => resolve(resultOf(request)), fail: reject });
      }),
    cancel: async ({ job }) => this.jobs.find(({ id }) => id === job)?.fail(new Cancelled()),
    request: async (request) => void this.requests.push(request),
    report: async ({ message }) => void this.reported.push(message),
  } as Partial<HostApi> as HostApi;

  job(index: number) {
    const job = this.jobs[index];
    if (!job) throw new Error(`Job ${index} has not begun.`);
    return job;
  }
}

const request: AnalysisRequest = {
  inputs: [{ path: 'a.npy' }, { path: 'b.npy' }],
  methods: [{ method: 'one' }, { method: 'two' }, { method: 'three' }],
  seed: 0,
};

function open(desk: Desk, more: Partial<InitialState> = {}, asked = request, results: readonly Result[] = []): Session {
  const analysis = {
    ...({ format: 'sextant-analysis', formatVersion: 1 } as const),
    ...{ version: '0', request: asked, results, comparisons: [] },
  };
  const methods = ['one', 'two', 'three'].map((id) => method(id, id === 'three' ? { labels: 'optional' } : {}));
  const initial = { analysis, methods, title: 'a × b', names: ['a', 'b'], computeAtOnce: true, ...more };
  return new Session(desk.host, initial, null);
}

const stages = (session: Session) => rowsOf(session.state).map(({ stage }) => stage.kind);
const settled = () => new Promise((resolve) => setImmediate(resolve));

test('a method that was asked for by its name is open with all that it says, until it is closed', () => {
  const asked = { ...request, methods: [{ method: 'two' }] };
  expect(open(new Desk(), {}, asked).state.open).toBeNull();
  const analysis = { ...({ format: 'sextant-analysis', formatVersion: 1 } as const), version: '0', request: asked };
  const methods = [method('two', {})];
  const initial = {
    ...{ methods, title: '', names: [], computeAtOnce: true },
    analysis: { ...analysis, results: [], comparisons: [] },
  };
  expect(new Session(new Desk().host, initial, undefined).state.open).toBe(0);
  const measures = [method('two', { recommended: 1 })];
  expect(new Session(new Desk().host, { ...initial, methods: measures }, undefined).state.open).toBeNull();
});

test('runs one job at a time, in order, and shows each as it comes', async () => {
  const desk = new Desk();
  const session = open(desk);
  expect(stages(session)).toEqual(['running', 'waiting', 'waiting']);
  session.progress(desk.job(0).id, { fraction: 0.5, message: 'halfway', etaSeconds: 3 });
  expect(session.state.running?.progress?.fraction).toBe(0.5);
  desk.job(0).end();
  await settled();
  expect(stages(session)).toEqual(['done', 'running', 'waiting']);
  expect(desk.jobs).toHaveLength(2);
});

test('work beside the results tells whoever follows it how far it is, until it is forgotten and thereby stopped', async () => {
  const desk = new Desk();
  const stopped: string[] = [];
  Object.assign(desk.host, { cancel: async ({ job }: { job: string }) => void stopped.push(job) });
  const session = open(desk);
  const heard: string[] = [];
  const [one, other] = ['one', 'other'].map((who) => session.follow(({ message }) => heard.push(`${who}: ${message}`)));
  if (one === undefined || other === undefined) throw new Error('Both have a name.');
  expect(new Set([one, other, desk.job(0).id]).size).toBe(3);
  session.progress(one, { fraction: 0.5, message: 'half', etaSeconds: 3 });
  expect([heard, session.state.running?.progress]).toEqual([['one: half'], null]);
  session.forget(one);
  session.forget(one);
  session.progress(one, { fraction: 0.6, message: 'more', etaSeconds: 2 });
  expect([heard, stopped]).toEqual([['one: half'], [one]]);
});

test('a method of many is asked of all inputs, whichever pair is in focus', () => {
  const inputs = ['a.npy', 'b.npy', 'c.npy'].map((path) => ({ path }));
  const all = { ...request, inputs, pair: [0, 2] as const };
  const catalogue = new Map(
    [method('one'), method('two', { takes: 'many' }), method('three', { takes: 'one' })].map((known) => [
      known.id,
      known,
    ]),
  );
  expect(runJob(all, { method: 'one' }, catalogue).request.inputs).toEqual([inputs[0], inputs[2]]);
  expect(runJob(all, { method: 'two' }, catalogue).request.inputs).toEqual(inputs);
  expect(runJob(all, { method: 'three' }, catalogue).request.inputs).toEqual([inputs[0]]);
});

test('goes on after an error, and tells the host of those that are bugs', async () => {
  const desk = new Desk();
  const session = open(desk);
  desk.job(0).fail(new UserError('a.npy is empty.'));
  await settled();
  desk.job(1).fail(new TypeError('x is not a function'));
  await settled();
  desk.job(2).fail(new EngineLost('The engine stopped.'));
  await settled();
  expect(stages(session)).toEqual(['failed', 'failed', 'failed']);
  expect([...session.state.failures.values()].map(({ kind }) => kind)).toEqual(['error', 'error', 'lost']);
  expect(desk.reported).toEqual(['x is not a function']);
});

test('cancels a job, goes on with the others, and resumes it', async () => {
  const desk = new Desk();
  const session = open(desk);
  const [first] = rowsOf(session.state);
  session.cancel(first?.key);
  await settled();
  expect(stages(session)).toEqual(['failed', 'running', 'waiting']);
  session.resume(first?.key);
  desk.job(1).end();
  await settled();
  expect(stages(session)).toEqual(['running', 'done', 'waiting']);
});

test('cancels everything that is not done', async () => {
  const desk = new Desk();
  const session = open(desk);
  desk.job(0).end();
  await settled();
  session.cancel();
  await settled();
  expect(stages(session)).toEqual(['done', 'failed', 'failed']);
  expect(desk.jobs).toHaveLength(2);
});

test('tells the host what is asked for, and stops what nobody wants any more', async () => {
  const desk = new Desk();
  const session = open(desk);
  session.setChoice(0, { method: 'one', parameters: { k: 20 } });
  await settled();
  expect(desk.requests.at(-1)?.methods[0]).toEqual({ method: 'one', parameters: { k: 20 } });
  expect(desk.job(1).request.parameters).toEqual({ k: 20 });
  expect(stages(session)).toEqual(['running', 'waiting', 'waiting']);
  desk.job(1).end();
  await settled();
  // Back at what it was: the first was cancelled by the page, so it is run, not shown as cancelled.
  session.setChoice(0, { method: 'one' });
  expect(stages(session)[0]).toBe('waiting');
});

test('keeps the results of parameters that were tried before', async () => {
  const desk = new Desk();
  const session = open(desk, {}, { ...request, methods: [{ method: 'one' }] });
  desk.job(0).end();
  await settled();
  session.setChoice(0, { method: 'one', parameters: { k: 20 } });
  desk.job(1).end();
  await settled();
  session.setChoice(0, { method: 'one', parameters: { k: 10 } });
  expect(stages(session)).toEqual(['done']);
  expect(desk.jobs).toHaveLength(2);
});

test('labels go to the methods that use them, and only these run again', async () => {
  const desk = new Desk();
  const session = open(desk);
  for (const index of [0, 1, 2]) {
    desk.job(index).end();
    await settled();
  }
  session.setLabels({ path: 'labels.npy' });
  expect(stages(session)).toEqual(['done', 'done', 'running']);
  expect(desk.job(3).request.labels).toEqual({ path: 'labels.npy' });
  session.setLabels(null);
  expect(session.state.request.labels).toBeUndefined();
  expect(stages(session)).toEqual(['done', 'done', 'done']);
});

test('identifiers belong to the inputs: every method runs again, and by position the old results hold', async () => {
  const desk = new Desk();
  const session = open(desk, {}, { ...request, methods: [{ method: 'one' }] });
  desk.job(0).end();
  await settled();
  const ids = request.inputs.map(({ path }) => ({ path, column: 'word' }));
  session.setIdentifiers(ids);
  expect(stages(session)).toEqual(['running']);
  expect(desk.job(1).request.inputs).toEqual(request.inputs.map((input, i) => ({ ...input, ids: ids[i] })));
  desk.job(1).end();
  await settled();
  session.setIdentifiers(null);
  expect(session.state.request.inputs).toEqual(request.inputs);
  expect(stages(session)).toEqual(['done']);
  expect(desk.jobs).toHaveLength(2);
});

test('saved results by other identifiers do not answer', () => {
  const desk = new Desk();
  const inputs = request.inputs.map((input) => ({ ...input, ids: { path: input.path, column: 'word' } }));
  const saved = (column: string) => {
    const others = inputs.map((input) => ({ ...input, ids: { ...input.ids, column } }));
    return [resultOf({ method: 'one', inputs: others, seed: 0 })];
  };
  const asked = { ...request, inputs, methods: [{ method: 'one' }] };
  expect(stages(open(desk, { computeAtOnce: false }, asked, saved('name')))).toEqual(['held']);
  expect(stages(open(desk, { computeAtOnce: false }, asked, saved('word')))).toEqual(['done']);
});

test('saved results of the same columns, by their names, answer', () => {
  const read = () => ({ columns: ['x', 'y'], query: 'SELECT x, y FROM data' });
  const inputs = request.inputs.map((input) => ({ ...input, ...read() }));
  const saved = resultOf({ method: 'one', inputs, seed: 0 });
  const results = [{ ...saved, inputs: saved.inputs.map((input) => ({ ...input, ...read() })) }];
  const asked = { ...request, inputs, methods: [{ method: 'one' }] };
  expect(stages(open(new Desk(), { computeAtOnce: false }, asked, results))).toEqual(['done']);
});

test('shows saved results as they are, and computes nothing until asked', async () => {
  const desk = new Desk();
  const saved = ['one', 'two'].map((id) => resultOf({ method: id, inputs: request.inputs, seed: 0 }));
  const session = open(desk, { computeAtOnce: false }, request, saved);
  expect(stages(session)).toEqual(['done', 'done', 'held']);
  expect(desk.jobs).toHaveLength(0);
  session.resume();
  expect(stages(session)).toEqual(['done', 'done', 'running']);
});

test.each([
  ['another seed', { seed: 1 }],
  ['other parameters', { parameters: { k: 3 } }],
  ['other files', { inputs: [record('a.npy'), record('c.npy')] }],
  ['labels that were not asked for', { labels: { path: 'labels.npy' } }],
  ['means over space', { inputs: [record('a.npy'), { ...record('b.npy'), reduce: 'mean' as const }] }],
  ['fewer columns', { inputs: [record('a.npy'), { ...record('b.npy'), columns: 'x*' }] }],
  ['the rows of a query', { inputs: [record('a.npy'), { ...record('b.npy'), query: 'SELECT 1' }] }],
  ['bytes read in another way', { inputs: [record('a.npy'), { ...record('b.npy'), raw: 'float32:4x2' }] }],
])('a saved result of %s is not taken', (_, difference) => {
  const saved = { ...resultOf({ method: 'one', inputs: request.inputs, seed: 0 }), ...difference };
  const session = open(new Desk(), { computeAtOnce: false }, { ...request, methods: [{ method: 'one' }] }, [saved]);
  expect(stages(session)).toEqual(['held']);
});

test('fields that are changed one soon after the other hold both', () => {
  const layer = {
    path: 'model.onnx',
    tensor: 'h',
    model: { data: [{ path: 'texts.csv' }], preparation: { pad: true } },
  };
  const session = open(new Desk(), {}, { ...request, inputs: [layer, layer] });
  const { parameters } = method('one');
  // As two fields have them that were drawn before either was changed.
  const changes = [5, 6].map((value, i) => (now: object | undefined) => ({ ...now, [`k${i}`]: value }));
  for (const change of changes) session.setParameters(({ method: id }) => id === 'one', change);
  expect(session.state.request.methods[0]).toEqual({ method: 'one', parameters: { k0: 5, k1: 6 } });
  for (const change of changes) session.setPreparation('model.onnx', change);
  expect(session.state.request.inputs.map(({ model }) => model?.preparation)).toEqual(
    new Array(2).fill({ pad: true, k0: 5, k1: 6 }),
  );
  session.setPreparation('model.onnx', () => undefined);
  expect(session.state.request.inputs[0]?.model).toEqual({ data: [{ path: 'texts.csv' }] });
  session.setShared({ k: 3 });
  expect(session.state.request.methods.map((choice) => choice.parameters?.k)).toEqual([3, 3, 3]);
  session.setParameters(
    (_, i) => i === 0,
    (now) => withParameter(parameters, now, 'k', 10),
  );
  expect(session.state.request.methods[0]?.parameters).toEqual({ k0: 5, k1: 6 });
});

test('a re-run forgets what was computed, what is being computed too', async () => {
  const desk = new Desk();
  const session = open(desk);
  desk.job(0).end();
  await settled();
  session.rerun();
  expect(stages(session)).toEqual(['waiting', 'running', 'waiting']);
  desk.job(1).end();
  await settled();
  expect(stages(session)).toEqual(['running', 'waiting', 'waiting']);
});

test('what fails once a re-run was asked for is tried again', async () => {
  const desk = new Desk();
  const session = open(desk);
  session.rerun();
  desk.job(0).fail(new UserError('b.npy ends too early.'));
  await settled();
  expect(stages(session)).toEqual(['running', 'waiting', 'waiting']);
  desk.job(1).end();
  await settled();
  expect(stages(session)).toEqual(['done', 'running', 'waiting']);
});

test('a re-run keeps the results while an input is missing', async () => {
  const desk = new Desk();
  const session = open(desk);
  for (const job of [0, 1, 2]) {
    desk.job(job).end();
    await settled();
  }
  const done = stages(session);
  session.setInputs([{ record: record('b.npy'), state: 'missing' }]);
  session.rerun();
  expect(stages(session)).toEqual(done);
  session.setInputs([{ record: record('b.npy'), state: 'same' }]);
  session.rerun();
  expect(stages(session)).not.toEqual(done);
});

test('what failed while an input was missing is computed when it is back, or where it is another one when asked', async () => {
  for (const state of ['same', 'changed'] as const) {
    const desk = new Desk();
    const session = open(desk);
    desk.job(0).end();
    await settled();
    session.setInputs([{ record: record('b.npy'), state: 'missing' }]);
    for (const job of [1, 2]) {
      desk.job(job).fail(new UserError('b.npy: there is no such file.'));
      await settled();
    }
    expect(stages(session)).toEqual(['done', 'failed', 'failed']);
    session.setInputs([{ record: record('b.npy'), state: 'missing' }]);
    expect(stages(session)).toEqual(['done', 'failed', 'failed']);
    session.setInputs([{ record: record('b.npy'), state }]);
    expect(stages(session)).toEqual(['done', ...(state === 'same' ? ['running', 'waiting'] : ['held', 'held'])]);
    // What fails for another reason is not tried again for nothing.
    if (state === 'changed') continue;
    for (const job of [3, 4]) {
      desk.job(job).fail(new UserError('Labels do not fit.'));
      await settled();
    }
    session.setInputs([{ record: record('b.npy'), state }]);
    expect(stages(session)).toEqual(['done', 'failed', 'failed']);
  }
});

test('hearing of a change after a re-run was asked for does not hold it', async () => {
  const desk = new Desk();
  const session = open(desk);
  session.setInputs([{ record: record('b.npy'), state: 'changed' }]);
  session.rerun();
  desk.job(0).fail(new UserError('b.npy ends too early.'));
  await settled();
  session.setInputs([{ record: record('b.npy'), state: 'changed' }]);
  desk.job(1).end();
  await settled();
  expect(stages(session)).toEqual(['done', 'running', 'waiting']);
});

test('with more than two inputs the pair in focus is what runs', () => {
  const inputs = ['a', 'b', 'c'].map((name) => ({ path: `${name}.npy` }));
  const catalogue = new Map([['one', method('one')]]);
  const job = runJob({ ...request, inputs, pair: [2, 0] }, { method: 'one' }, catalogue);
  expect(job.request.inputs).toEqual([{ path: 'c.npy' }, { path: 'a.npy' }]);
});

test('tells whoever listens, until they stop', () => {
  const session = open(new Desk());
  const listener = vi.fn();
  const stop = session.subscribe(listener);
  session.open(1);
  expect(listener).toHaveBeenCalledTimes(1);
  stop();
  session.open(null);
  expect(listener).toHaveBeenCalledTimes(1);
});

test('calibration goes with every run, labels too where rows are paired within them; without it the old results hold', async () => {
  const desk = new Desk();
  const session = open(desk, {}, { ...request, labels: { path: 'labels.npy' }, methods: [{ method: 'one' }] });
  desk.job(0).end();
  await settled();
  expect(desk.job(0).request).not.toHaveProperty('labels');
  session.setPairings(200, true);
  expect(desk.job(1).request).toMatchObject({ permutations: 200, within: true, labels: { path: 'labels.npy' } });
  desk.job(1).end();
  await settled();
  session.setResample({ kind: 'subsample', count: 50 });
  expect(desk.job(2).request).toMatchObject({ permutations: 200, resample: { kind: 'subsample', count: 50 } });
  desk.job(2).end();
  await settled();
  // Without labels there is nothing to pair within.
  session.setLabels(null);
  expect(session.state.request).not.toHaveProperty('within');
  expect(desk.job(3).request).toMatchObject({ permutations: 200 });
  desk.job(3).end();
  await settled();
  session.setPairings(0, false);
  session.setResample(null);
  expect(session.state.request).not.toHaveProperty('permutations');
  expect(stages(session)).toEqual(['done']);
});

test('saved results answer only what was drawn as it is asked', () => {
  const asked = { ...request, methods: [{ method: 'one' }], permutations: 200 };
  const saved = (more: Partial<RunRequest>) => [resultOf({ method: 'one', inputs: request.inputs, ...more })];
  const stage = (more: Partial<RunRequest>) => stages(open(new Desk(), { computeAtOnce: false }, asked, saved(more)));
  expect(stage({})).toEqual(['held']);
  expect(stage({ permutations: 1000 })).toEqual(['held']);
  expect(stage({ permutations: 200, resample: { kind: 'bootstrap', count: 200 } })).toEqual(['held']);
  expect(stage({ permutations: 200 })).toEqual(['done']);
});

test('studies runs after their map, again with other groups, and shows a saved study at once', async () => {
  const asked: StudyRequest[] = [];
  const studyOf = ({ measure, inputs, groups }: StudyRequest): Study => ({
    ...{ version: '0', seed: 0, seconds: 0, inputs: inputs.map(recordOf), measure, parameters: { k: 10 } },
    ...{ asked: groups ? { groups } : {}, runs: [], sections: [], steps: [], warnings: [] },
  });
  const desk = new Desk();
  const host = {
    ...desk.host,
    compare: async ({ request: { inputs } }) => ({
      ...{ version: '0', seed: 0, seconds: 0, inputs: inputs.map(recordOf), warnings: [] },
      measures: { one: { matrix: [], value: 'score', parameters: { k: 10 } } },
    }),
    study: async ({ request: one }) => {
      asked.push(one);
      return studyOf(one);
    },
  } as Partial<HostApi> as HostApi;
  const inputs = ['a.npy', 'b.npy', 'c.npy'].map((path) => ({ path }));
  const runs = { inputs, methods: [], overview: { method: 'one' }, study: {}, seed: 0 };
  const begin = (studies: readonly Study[], request: AnalysisRequest = runs) => {
    const analysis = {
      format: 'sextant-analysis',
      formatVersion: 1,
      version: '0',
      results: [],
      comparisons: [],
    } as const;
    const initial = { title: '', names: ['a', 'b', 'c'], methods: [method('one')], computeAtOnce: true };
    return new Session(host, { ...initial, analysis: { ...analysis, request, studies } }, null);
  };
  const session = begin([]);
  await vi.waitFor(() => expect([...session.state.studies.values()]).toHaveLength(1));
  expect(session.state.comparisons.size).toBe(1);
  const groups = { pattern: '^a' };
  session.setStudy({ groups });
  await vi.waitFor(() => expect([...session.state.studies.values()].at(-1)?.asked).toEqual({ groups }));
  expect(asked.map((one) => one.groups)).toEqual([undefined, groups]);
  const saved = begin([...session.state.studies.values()], { ...runs, study: { groups } });
  expect([...saved.state.studies.values()][0]?.asked).toEqual({ groups });
  await settled();
  expect(asked).toHaveLength(2);
  session.setStudy(null);
  expect(desk.requests.at(-1)).not.toHaveProperty('study');
});
