import { join } from 'node:path';
import { UserError } from '../../protocol/errors';
import type { FileSource, Signal } from '../source';
import type { Answers, Reply, Request } from './messages';
import { Hdf5Thread } from './thread';

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

type Pending = { resolve(reply: Reply): void; reject(what: string): void };

/**
 * HDF5's library with one file open, in a thread that is ended where it does not answer. One request at a time; after an end,
 * the next begins anew.
 */
export class Hdf5Client {
  private thread: Hdf5Thread | undefined;
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
    const { thread, pending } = this;
    this.thread = undefined;
    // Whoever asked has left off: its answer is not waited for.
    pending?.reject('the file was closed while it was read. Open it again.');
    if (pending) await thread?.end();
    else await thread?.release();
  }

  private async end(): Promise<void> {
    const { thread } = this;
    this.thread = undefined;
    await thread?.end();
  }

  private async exchange(request: Request, where: string, signal: Signal | undefined): Promise<unknown> {
    signal?.throwIfAborted();
    const reply = await this.reply(request, where, signal).catch(async (reason: unknown) => {
      await this.end();
      throw reason;
    });
    if ('ok' in reply) return reply.ok;
    if (reply.fatal) await this.end();
    throw new UserError(`${where} cannot be read: ${reply.error}. Save it again, or copy it anew.`);
  }

  private async reply(request: Request, where: string, signal: Signal | undefined): Promise<Reply> {
    let poll: NodeJS.Timeout | undefined;
    const thread = this.start();
    try {
      return await new Promise<Reply>((resolve, reject) => {
        this.pending = { resolve, reject: (what) => reject(new UserError(`${where}: ${what}`)) };
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
        thread.ask(request);
      });
    } finally {
      clearInterval(poll);
      this.pending = undefined;
    }
  }

  private start(): Hdf5Thread {
    if (this.thread) return this.thread;
    const { descriptor, size } = this.source;
    const start = { descriptor, size, progress: this.progress.buffer as SharedArrayBuffer };
    const thread = Hdf5Thread.open(hdf5Worker.script ?? join(__dirname, 'hdf5.js'), start, {
      answered: (reply) => this.pending?.resolve(reply),
      ended: () => {
        if (this.thread !== thread) return;
        this.thread = undefined;
        this.pending?.reject("HDF5's library gave up on this file; it is damaged. Save it again, or copy it anew.");
      },
    });
    this.thread = thread;
    return thread;
  }
}
