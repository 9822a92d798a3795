import type { MessagePort } from 'node:worker_threads';
import { readRepresentation } from '../data/representation';
import { confine } from '../data/roots';
import { setThreads } from '../linalg/products';
import type { Method } from '../methods/method';
import { Cancelled, UserError } from '../protocol/errors';
import { packError } from '../protocol/failure';
import { compare } from './compare';
import { extract } from './extract';
import { graph } from './graph';
import { withLayers } from './place';
import { run } from './run';
import { selfTest } from './self-test';
import { study } from './study';
import { summarise } from './summary';
import type { Answers, Desk, Order, Report, Task } from './task';

/** Progress is reported at most this often, in milliseconds, so that reporting costs nothing. */
const INTERVAL = 50;
/** And a map that is being made at most this often, with all its points. */
const SKETCHES = 400;

/** Does the tasks that arrive at `port`, one after the other, with the methods of `catalogue`. */
export function work(port: MessagePort, catalogue: readonly Method[]): void {
  const post = (report: Report) => port.postMessage(report);
  port.on('message', async ({ task, cancelled }: Order) => {
    try {
      setThreads(task.threads);
      confine(task.roots ?? []);
      const desk = deskOf(new Int32Array(cancelled), post);
      const answer = await perform(task, catalogue, desk);
      desk.signal.throwIfAborted();
      post({ kind: 'done', answer });
    } catch (error) {
      post({ kind: 'failed', failure: packError(outOfMemory(error) ?? error) });
    }
  });
  post({ kind: 'ready' });
}

function perform(task: Task, catalogue: readonly Method[], desk: Desk): Promise<Answers[keyof Answers]> {
  if (task.kind === 'summary') return summarise(task, desk);
  if (task.kind === 'extract') return extract(task, desk);
  if (task.kind === 'self-test') return selfTest(catalogue, desk);
  switch (task.kind) {
    case 'layer':
      return withLayers(task.request, task, desk, async ({ inputs: [layer] }) => {
        const { data, rows, columns } = (await readRepresentation(layer, task.base, { limit: task.memory })).matrix;
        return { data, rows, columns };
      });
    case 'graph':
      return withLayers(task.request, task, desk, (request) => graph({ ...task, request }, desk));
    case 'study':
      return withLayers(task.request, task, desk, (request) => study({ ...task, request }, catalogue, desk));
    case 'run':
      // A model that is looked at as a whole is run, if at all, in the course of it.
      if (catalogue.find(({ id }) => id === task.request.method)?.takes === 'model') return run(task, catalogue, desk);
      return withLayers(task.request, task, desk, async (request, told) => {
        const { result, ...made } = await run({ ...task, request }, catalogue, desk);
        return { ...made, result: { ...result, warnings: [...told, ...result.warnings] } };
      });
    case 'compare':
      return withLayers(task.request, task, desk, async (request, told) => {
        const comparison = await compare({ ...task, request }, catalogue, desk);
        return { ...comparison, warnings: [...told, ...comparison.warnings] };
      });
  }
}

/** What an allocation that the system refuses throws, in words. */
function outOfMemory(error: unknown): UserError | undefined {
  const refused =
    error instanceof RangeError && /allocation failed|Invalid (typed )?array (buffer )?length/i.test(error.message);
  return refused ? new UserError('There is not enough memory for this. Use fewer rows, units or inputs.') : undefined;
}

function deskOf(flag: Int32Array, post: (report: Report) => void): Desk {
  let last = 0;
  let phase = '';
  let reached: number | null = null;
  let drawn = Date.now();
  return {
    signal: {
      throwIfAborted() {
        if (Atomics.load(flag, 0) !== 0) throw new Cancelled();
      },
    },
    sketch(make) {
      const now = Date.now();
      if (now - drawn < SKETCHES) return;
      drawn = now;
      post({ kind: 'progress', fraction: reached, message: phase, sketch: make() });
    },
    progress(fraction, message) {
      const now = Date.now();
      reached = fraction;
      if (now - last < INTERVAL && message === phase) return;
      last = now;
      phase = message;
      post({ kind: 'progress', fraction, message });
    },
  };
}
