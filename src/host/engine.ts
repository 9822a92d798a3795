import { type ChildProcess, fork } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Disposable, LogOutputChannel } from 'vscode';
import { createMessageConnection, IPCMessageWriter } from 'vscode-jsonrpc/node';
import type { MethodDescription } from '../protocol/catalogue';
import type { EngineSettings } from '../protocol/engine';
import { EngineLost } from '../protocol/errors';
import { PackedReader } from '../protocol/ipc';
import { type CallOptions, type EngineClient, engineClient } from '../protocol/rpc';

interface Running {
  readonly child: ChildProcess;
  readonly client: EngineClient;
  /**
   * A call was told to stop: the process ends itself if that job does not, which is no fault of the others. Until when
   * (`performance.now()`) that is what a loss is put down to.
   */
  stoppingUntil: number;
}

/**
 * The GNU C library is to ask for pages of 2 MB where arrays are large, as NumPy does: to fill fresh small ones can take longer than
 * to compute what is written there. Where there is another library nobody reads this.
 */
const largePages = 'glibc.malloc.hugetlb=1';

/** Milliseconds within which a process that has answered a cancelled call has also ended, if it has to. */
const endsWithin = 1000;

/**
 * The process that computes. It starts with the first call, and again with the next call after it was lost. Calls that
 * wait when it is lost fail with EngineLost, except where it ended itself to stop another job: those are asked again.
 */
export class Engine implements Disposable {
  #running: Running | undefined;
  #methods: Promise<readonly MethodDescription[]> | undefined;

  constructor(
    private readonly module: string,
    private readonly settings: () => EngineSettings,
    private readonly log: Pick<LogOutputChannel, 'info' | 'warn' | 'error'>,
  ) {}

  /** Undefined while no process runs. */
  get pid(): number | undefined {
    return this.#running?.child.pid;
  }

  /** The catalogue, asked for once. */
  methods(): Promise<readonly MethodDescription[]> {
    this.#methods ??= this.call((client) => client.methods()).catch((error) => {
      this.#methods = undefined;
      throw error;
    });
    return this.#methods;
  }

  async call<T>(
    use: (client: EngineClient, options: CallOptions) => Promise<T>,
    options: CallOptions = {},
  ): Promise<T> {
    const running = this.#start();
    const stop = () => {
      running.stoppingUntil = Number.POSITIVE_INFINITY;
    };
    options.signal?.addEventListener('abort', stop, { once: true });
    try {
      return await use(running.client, options);
    } catch (error) {
      if (!(error instanceof EngineLost)) throw error;
      this.log.warn(error.message);
      // It says so itself when its worker is gone, a little before it ends.
      if (this.#running === running) this.#end();
      if (performance.now() > running.stoppingUntil || options.signal?.aborted) throw error;
    } finally {
      if (options.signal?.aborted) running.stoppingUntil = performance.now() + endsWithin;
      options.signal?.removeEventListener('abort', stop);
    }
    return this.call(use, options);
  }

  /** Hands changed settings to the process, if there is one. */
  configure(): void {
    this.#running?.client.configure(this.settings());
  }

  /** Ends the process; the next call starts a new one. */
  dispose(): void {
    this.#end();
    this.#methods = undefined;
  }

  #end(): void {
    // Native code in its worker does not listen to anything gentler.
    this.#running?.child.kill('SIGKILL');
    this.#running = undefined;
  }

  #start(): Running {
    if (this.#running) return this.#running;
    const child = fork(this.module, {
      execPath: process.execPath,
      // In the desktop app the executable is Electron. A debugger's flags of this process are not for the child.
      env: {
        ...process.env,
        ELECTRON_RUN_AS_NODE: '1',
        GLIBC_TUNABLES: [process.env.GLIBC_TUNABLES, largePages].filter(Boolean).join(':'),
      },
      execArgv: [],
      // Typed arrays pass as bytes.
      serialization: 'advanced',
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
    const connection = createMessageConnection(new PackedReader(child), new IPCMessageWriter(child));
    const running: Running = { child, client: engineClient(connection), stoppingUntil: 0 };
    const gone = (why: string) => {
      if (this.#running === running) this.#running = undefined;
      this.log.info(`Engine ${child.pid ?? ''} ended (${why}).`);
      connection.dispose();
    };
    child.once('close', (code, signal) => gone(signal ?? `exit code ${code}`));
    child.once('error', (error) => gone(error.message));
    connection.onError(([error]) => this.log.warn(`Engine connection: ${error.message}`));
    for (const stream of [child.stdout, child.stderr]) {
      if (stream) createInterface(stream).on('line', (line) => this.log.info(`Engine: ${line}`));
    }
    connection.listen();
    running.client.configure(this.settings());
    this.log.info(`Engine ${child.pid ?? ''} started.`);
    this.#running = running;
    return running;
  }
}
