import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { Jobs } from '../../src/engine/jobs';
import type { RunTask } from '../../src/engine/task';
import type { Progress } from '../../src/protocol/engine';
import { Cancelled, EngineLost, UserError } from '../../src/protocol/errors';
import { bundle, temporaryFolder, writeMatrix } from './engine-files';

const folder = temporaryFolder();
const inputs = [
  {
    path: writeMatrix(folder, 'a.npy', [
      [1, 2],
      [3, 4],
      [5, 6],
    ]),
  },
  {
    path: writeMatrix(folder, 'b.npy', [
      [1, 2],
      [3, 4],
      [5, 7],
    ]),
  },
];
let script: string;
beforeAll(async () => {
  script = join(await bundle({ worker: 'test/unit/engine-worker.ts' }, 'engine-jobs'), 'worker.js');
});

const task = (method: string): RunTask => ({
  ...{ kind: 'run', request: { method, inputs }, base: folder, memory: 1e9, threads: 0 },
});

/** Jobs, and a promise of the reason when they break. */
function start(code = script): { jobs: Jobs; broken: Promise<string> } {
  let broke: (why: string) => void;
  const broken = new Promise<string>((resolve) => {
    broke = resolve;
  });
  return { jobs: new Jobs(code, (why) => broke(why)), broken };
}

/** Begins a job; resolves once it reports progress from within the method. */
function begin(jobs: Jobs, method: string): Promise<{ controller: AbortController; running: Promise<unknown> }> {
  const controller = new AbortController();
  return new Promise((resolve) => {
    const running = jobs.submit(task(method), {
      signal: controller.signal,
      onProgress: ({ message }) => message === 'looping' && resolve({ controller, running: expectCancelled }),
    });
    const expectCancelled = expect(running).rejects.toBeInstanceOf(Cancelled);
  });
}

test('jobs are done one after the other, in their order, with progress', async () => {
  const { jobs } = start();
  const done: string[] = [];
  const progress: Progress[] = [];
  const submit = (method: string, name: string) =>
    jobs.submit(task(method), { onProgress: (p) => progress.push(p) }).then(() => done.push(name));
  await Promise.all([submit('rows', 'first'), submit('rows', 'second'), submit('difference', 'third')]);
  expect(done).toEqual(['first', 'second', 'third']);
  expect(progress).toContainEqual({ fraction: 0.5, message: 'counting', etaSeconds: null });
  expect(progress).toContainEqual({ fraction: 0.5, message: 'counting more', etaSeconds: null });
});

test('a job that looks at its signal stops, and the worker goes on', async () => {
  const { jobs } = start();
  const { controller, running } = await begin(jobs, 'obedient');
  controller.abort();
  await running;
  const { result } = await jobs.submit(task('rows'));
  expect(result.values).toEqual({ value: 3 });
});

test('a job that waits is cancelled without a trace', async () => {
  const { jobs } = start();
  const { controller, running } = await begin(jobs, 'obedient');
  const waiting = new AbortController();
  const never = jobs.submit(task('crash'), { signal: waiting.signal });
  const next = jobs.submit(task('rows'));
  waiting.abort();
  await expect(never).rejects.toBeInstanceOf(Cancelled);
  controller.abort();
  await running;
  expect((await next).result.method).toBe('rows');
});

test('a job that never looks at its signal is given up, and so are those that wait', async () => {
  const { jobs, broken } = start();
  const { controller, running } = await begin(jobs, 'deaf');
  const waiting = expect(jobs.submit(task('rows'))).rejects.toBeInstanceOf(EngineLost);
  controller.abort();
  expect(await broken).toBe('stuck');
  await Promise.all([running, waiting]);
  await expect(jobs.submit(task('rows'))).rejects.toBeInstanceOf(EngineLost);
});

test('a job that is cancelled while the worker still loads its code is let go at once, and the worker goes on', async () => {
  const slow = join(folder, 'slow.js');
  const nap = 'Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 700);';
  writeFileSync(slow, `${nap} require(${JSON.stringify(script)});`);
  const controller = new AbortController();
  const { jobs, broken } = start(slow);
  const first = jobs.submit(task('obedient'), { signal: controller.signal });
  controller.abort();
  await expect(first).rejects.toThrow(Cancelled);
  await expect(Promise.race([jobs.submit(task('rows')), broken])).resolves.toHaveProperty('result');
});

test('a worker that crashes loses its job in words', async () => {
  const { jobs, broken } = start();
  await expect(jobs.submit(task('crash'))).rejects.toThrow(
    new EngineLost('The worker thread crashed: out of luck. Run again; the engine starts anew.'),
  );
  expect(await broken).toBe('crashed');
});

test('errors come back as what they were', async () => {
  const { jobs } = start();
  await expect(jobs.submit(task('refuse'))).rejects.toThrow(new UserError('these two do not fit.'));
  await expect(jobs.submit(task('nothing'))).rejects.toThrow(/There is no method "nothing"\. The methods are: rows, /);
  await expect(jobs.submit(task('reserve'))).rejects.toThrow(
    /be 1\.00 PB of memory for .*everything beside.*bound is 1\.00 GB/,
  );
  await expect(jobs.submit(task('greedy'))).rejects.toThrow(
    new UserError('There is not enough memory for this. Use fewer rows, units or inputs.'),
  );
  const bug = await jobs.submit(task('bug')).catch((error: Error) => error);
  expect(bug).toMatchObject({ message: 'not a function', stack: expect.stringContaining('TypeError') });
  expect(bug).not.toBeInstanceOf(UserError);
});

test('a job whose signal is aborted already is not begun', async () => {
  const { jobs } = start();
  await expect(jobs.submit(task('crash'), { signal: AbortSignal.abort() })).rejects.toBeInstanceOf(Cancelled);
});
