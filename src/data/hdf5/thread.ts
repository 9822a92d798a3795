import { Worker } from 'node:worker_threads';
import type { Cleared, Compiled, Order, Reply, Request, Start } from './messages';

/** Whose file is open in a thread. */
export interface Owner {
  answered(reply: Reply): void;
  /** The thread is no more. */
  ended(): void;
}

/** Files after which a thread is ended: what they leave behind does not add up. */
const mostFiles = 64;
/** Milliseconds that a thread without a file is kept, and that it has to let go of one. */
const keptFor = 10_000;
const patience = 1_000;

/** What the first thread compiled. */
let program: WebAssembly.Module | undefined;
/** One without a file: to begin a thread costs more than to read most files. */
let spare: Hdf5Thread | undefined;

/** A thread for HDF5's library, with a library of its own for every file that is opened in it. */
export class Hdf5Thread {
  private readonly worker: Worker;
  private owner: Owner | undefined;
  private files = 0;
  private cleared: ((small: boolean) => void) | undefined;
  private expiry: NodeJS.Timeout | undefined;

  private constructor(private readonly script: string) {
    // Loaders and debuggers of this process are not its business.
    this.worker = new Worker(script, { execArgv: [] });
    // A file that nobody closes does not keep the process.
    this.worker.unref();
    this.worker.on('message', (message: Reply | Compiled | Cleared) => {
      if ('program' in message) program = message.program;
      else if ('small' in message) this.cleared?.(message.small);
      else this.owner?.answered(message);
    });
    const ended = () => {
      if (spare === this) spare = undefined;
      this.cleared?.(false);
      this.owner?.ended();
      this.owner = undefined;
    };
    this.worker.on('error', ended).on('exit', ended);
  }

  /** A thread with the file open, or about to be: what it cannot open it says when it is asked. */
  static open(script: string, start: Omit<Start, 'program'>, owner: Owner): Hdf5Thread {
    const thread = spare?.script === script ? spare : new Hdf5Thread(script);
    if (thread === spare) spare = undefined;
    clearTimeout(thread.expiry);
    thread.owner = owner;
    thread.files++;
    thread.order({ kind: 'open', ...start, ...(program && { program }) });
    return thread;
  }

  ask(request: Request): void {
    this.order(request);
  }

  /** Lets go of the file. The thread has to be idle; it is kept for the next file where it is as good as new. */
  async release(): Promise<void> {
    this.owner = undefined;
    const small = await new Promise<boolean>((resolve) => {
      const late = setTimeout(() => resolve(false), patience);
      this.cleared = (answer) => {
        clearTimeout(late);
        resolve(answer);
      };
      this.order({ kind: 'close' });
    });
    this.cleared = undefined;
    if (!small || spare?.script === this.script || this.files >= mostFiles) return this.end();
    const other = spare;
    spare = this;
    this.expiry = setTimeout(() => void this.end(), keptFor).unref();
    await other?.end();
  }

  async end(): Promise<void> {
    if (spare === this) spare = undefined;
    this.owner = undefined;
    await this.worker.terminate();
  }

  private order(order: Order): void {
    this.worker.postMessage(order);
  }
}
