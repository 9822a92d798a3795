import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { UserError } from '../../protocol/errors';
import type { FileSource, Signal } from '../source';
import type { Answers, Compiled, Reply, Request, Start } from './messages';

/** For tests: where the worker's bundle lies, and how long it may do nothing. */
export const hdf5Worker: { script?: string; patience: number } = {
  // Without any progress for so long, in milliseconds, the library is lost in the file.
  patience: 2_000,
};
/** Where the processor is busy with other things, so many times as long. */
const atMost = 15;
/** Share of its patience that the library has to have computed: until then it waits for the disk or for its turn. */
const computed = 0.8;

const pollEvery = 50;

/** What the first thread compiled. */
let program: WebAssembly.Module | undefined;

type Pending = { resolve(reply: Reply): void; reject(reason: unknown): void };

/**
 * HDF5's library with one file open, in a thread of its own that is ended where it does not answer. One request at a time;
 * after an end, the next begins anew.
 */
export class Hdf5Client {
  private worker: Worker | undefined;
  private pending: Pending | undefined;
  private queue: Promise<unknown> = Promise.resolve();
  private readonly progress = new Int32Array(new SharedArrayBuffer(4));

  constructor(private readonly source: FileSource) {}

  /**
   * @param where begins every error: "acts.h5: tensor 'layer1'".
   * @throws UserError with the library's reason, or when it gave up or got lost; whatever `signal` throws.
   */
  ask<K extends Request['kind']>(
    request: Extract<Request, { kind: K }>,
    where: string,
    signal?: Signal,
  ): Promise<Answers[K]> {
    const answer = this.queue.then(() => this.exchange(request, where, signal));
    this.queue = answer.catch(() => {});
    return answer as Promise<Answers[K]>;
  }

  async close(): Promise<void> {
    const { worker } = this;
    this.worker = undefined;
    await worker?.terminate();
  }

  private async exchange(request: Request, where: string, signal: Signal | undefined): Promise<unknown> {
    signal?.throwIfAborted();
    const reply = await this.reply(request, where, signal).catch(async (reason: unknown) => {
      await this.close();
      throw reason;
    });
    if ('ok' in reply) return reply.ok;
    if (reply.fatal) await this.close();
    throw new UserError(`${where} cannot be read: ${reply.error}. Save it again, or copy it anew.`);
  }

  private async reply(request: Request, where: string, signal: Signal | undefined): Promise<Reply> {
    let poll: NodeJS.Timeout | undefined;
    const worker = this.start();
    try {
      return await new Promise<Reply>((resolve, reject) => {
        const gaveUp = `${where}: HDF5's library gave up on this file; it is damaged. Save it again, or copy it anew.`;
        this.pending = { resolve, reject: () => reject(new UserError(gaveUp)) };
        let [seen, since, used] = [this.progress[0], Date.now(), process.cpuUsage()];
        poll = setInterval(() => {
          const now = Atomics.load(this.progress, 0);
          if (now !== seen) [seen, since, used] = [now, Date.now(), process.cpuUsage()];
          try {
            signal?.throwIfAborted();
          } catch (reason) {
            reject(reason);
          }
          const silent = Date.now() - since;
          const { user, system } = process.cpuUsage(used);
          const busy = (user + system) / 1000 >= computed * hdf5Worker.patience;
          if (silent > hdf5Worker.patience && (busy || silent > atMost * hdf5Worker.patience))
            reject(
              new UserError(
                `${where}: HDF5's library made no progress for ${hdf5Worker.patience / 1000} seconds and was stopped; the ` +
                  'file is probably damaged. Save it again, or copy it anew.',
              ),
            );
        }, pollEvery);
        worker.postMessage(request);
      });
    } finally {
      clearInterval(poll);
      this.pending = undefined;
    }
  }

  private start(): Worker {
    if (this.worker) return this.worker;
    const { descriptor, size } = this.source;
    const progress = this.progress.buffer as SharedArrayBuffer;
    const start: Start = { descriptor, size, progress, ...(program && { program }) };
    const script = hdf5Worker.script ?? join(__dirname, 'hdf5.js');
    // Loaders and debuggers of this process are not its business.
    const worker = new Worker(script, { workerData: start, execArgv: [] });
    // A file that nobody closes does not keep the process.
    worker.unref();
    worker.on('message', (message: Reply | Compiled) => {
      if ('program' in message) program = message.program;
      else this.pending?.resolve(message);
    });
    const end = (reason: unknown) => {
      if (this.worker !== worker) return;
      this.worker = undefined;
      this.pending?.reject(reason);
    };
    worker.on('error', end).on('exit', end);
    this.worker = worker;
    return worker;
  }
}
