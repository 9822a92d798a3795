import { performance } from 'node:perf_hooks';
import { SHARE_ENV, Worker } from 'node:worker_threads';
import type { Progress } from '../protocol/engine';
import { Cancelled, EngineLost } from '../protocol/errors';
import { unpackError } from '../protocol/failure';
import { Eta } from './eta';
import type { Answers, Order, Report, Task } from './task';

/** A cancelled job that has not stopped after this many milliseconds is held to be stuck in native code. */
const GRACE = 400;

export interface JobOptions {
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((progress: Progress) => void) | undefined;
}

interface Job {
  readonly order: Order;
  readonly onProgress: (progress: Progress) => void;
  readonly eta: Eta;
  /** The largest fraction that was reported. */
  reached: number;
  settle(result: { answer: unknown } | { error: Error }): void;
  stuck?: NodeJS.Timeout;
}

/**
 * The queue before the one worker thread that computes. The worker is started with the first job and never ended and
 * remade: onnxruntime does not survive that. Once it is stuck or has crashed, this process can compute no more.
 */
export class Jobs {
  private readonly queue: Job[] = [];
  private current: Job | undefined;
  private worker: Worker | undefined;
  /** Whether the worker has loaded its code, and so can be stuck in nothing but a job. */
  private ready = false;
  private broken = false;

  /**
   * @param script the worker's file.
   * @param onBroken called once, after every job was told, when the worker is stuck in a cancelled job or has crashed.
   *   Ending the process in the ordinary way would wait for a stuck worker: it takes a signal.
   */
  constructor(
    private readonly script: string,
    private readonly onBroken: (why: 'stuck' | 'crashed') => void,
  ) {}

  /** @throws Cancelled; EngineLost if the worker dies; whatever the work throws. */
  submit<K extends Task['kind']>(
    task: Task & { kind: K },
    { signal, onProgress }: JobOptions = {},
  ): Promise<Answers[K]> {
    if (signal?.aborted) return Promise.reject(new Cancelled());
    if (this.broken) return Promise.reject(lost('The worker thread of this process is gone.'));
    return new Promise((resolve, reject) => {
      const job: Job = {
        order: { task, cancelled: new SharedArrayBuffer(4) },
        onProgress: onProgress ?? (() => {}),
        eta: new Eta(),
        reached: 0,
        settle: (result) => {
          clearTimeout(job.stuck);
          signal?.removeEventListener('abort', cancel);
          if ('error' in result) reject(result.error);
          else resolve(result.answer as Answers[K]);
        },
      };
      const cancel = () => this.cancel(job);
      signal?.addEventListener('abort', cancel, { once: true });
      this.queue.push(job);
      this.next();
    });
  }

  private next(): void {
    if (this.current || this.broken) return;
    this.current = this.queue.shift();
    if (!this.current) {
      // An idle worker does not keep the command line from ending.
      this.worker?.unref();
      return;
    }
    this.worker ??= this.start();
    this.worker.ref();
    this.worker.postMessage(this.current.order);
  }

  private start(): Worker {
    // Libraries of the system's language see only what is set in the environment of the process.
    const worker = new Worker(this.script, { env: SHARE_ENV });
    worker.on('message', (report: Report) => this.receive(report));
    worker.on('error', (error) => this.fail('crashed', lost(`The worker thread crashed: ${error.message}.`)));
    worker.on('exit', (code) => this.fail('crashed', lost(`The worker thread ended with code ${code}.`)));
    return worker;
  }

  private receive(report: Report): void {
    const job = this.current;
    if (report.kind === 'ready') {
      this.ready = true;
      if (job && isCancelled(job)) this.watch(job);
      return;
    }
    if (!job) return;
    if (report.kind === 'progress') {
      const { message, sketch } = report;
      // Methods whose parts count for themselves may step back; what is shown does not.
      const fraction = report.fraction === null ? null : Math.max(job.reached, report.fraction);
      job.reached = fraction ?? job.reached;
      const etaSeconds = job.eta.update(fraction, performance.now() / 1000);
      job.onProgress({ fraction, message, etaSeconds, ...(sketch && { sketch }) });
      return;
    }
    this.current = undefined;
    job.settle(report.kind === 'done' ? { answer: report.answer } : { error: unpackError(report.failure) });
    this.next();
  }

  private cancel(job: Job): void {
    const place = this.queue.indexOf(job);
    if (place >= 0) {
      this.queue.splice(place, 1);
      job.settle({ error: new Cancelled() });
      return;
    }
    Atomics.store(new Int32Array(job.order.cancelled), 0, 1);
    if (this.ready) this.watch(job);
    // The worker will find it cancelled before it begins.
    else job.settle({ error: new Cancelled() });
  }

  private watch(job: Job): void {
    job.stuck = setTimeout(() => this.fail('stuck', new Cancelled()), GRACE);
  }

  private fail(why: 'stuck' | 'crashed', error: Error): void {
    if (this.broken) return;
    this.broken = true;
    const waiting = this.queue.splice(0);
    this.current?.settle({ error });
    for (const job of waiting) job.settle({ error: lost('The job before it had to be ended by force.') });
    this.current = undefined;
    this.onBroken(why);
  }
}

function isCancelled({ order }: Job): boolean {
  return Atomics.load(new Int32Array(order.cancelled), 0) !== 0;
}

function lost(why: string): EngineLost {
  return new EngineLost(`${why} Run again; the engine starts anew.`);
}
