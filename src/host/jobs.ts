import type { Progress } from '../protocol/engine';
import { Cancelled } from '../protocol/errors';
import type { CallOptions } from '../protocol/rpc';

interface Job {
  /** The page's name for it; a page made anew has a new one. */
  name: string;
  readonly controller: AbortController;
  readonly answer: Promise<unknown>;
}

/** The work of one page. Asking for what is already on its way joins it: a page that was hidden asks again. */
export class Jobs {
  readonly #running = new Map<string, Job>();

  constructor(private readonly report: (job: string, progress: Progress) => void) {}

  /** `key` says what is asked for; equal keys give the same promise. */
  start<T>(key: string, name: string, work: (options: Required<CallOptions>) => Promise<T>): Promise<T> {
    const running = this.#running.get(key);
    if (running && !running.controller.signal.aborted) {
      running.name = name;
      return running.answer as Promise<T>;
    }
    const controller = new AbortController();
    const onProgress = (progress: Progress) => this.report(job.name, progress);
    const answer = work({ signal: controller.signal, onProgress }).finally(() => {
      if (this.#running.get(key) === job) this.#running.delete(key);
    });
    const job: Job = { name, controller, answer };
    this.#running.set(key, job);
    return answer;
  }

  cancel(name: string): void {
    for (const job of this.#running.values()) if (job.name === name) job.controller.abort(new Cancelled());
  }

  dispose(): void {
    for (const job of this.#running.values()) job.controller.abort(new Cancelled());
  }
}
