import { type ChildProcess, fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { bundle, root } from './engine-files';

export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface CommandLine {
  /** Starts the program in a folder. */
  start(
    args: readonly string[],
    folder?: string,
    input?: 'ignore' | 'pipe',
    /** Folder for layers of models; absent: they are not kept. */
    cache?: string,
    /** A file that standard output is. */
    output?: number,
  ): { readonly child: ChildProcess; readonly ended: Promise<Ended> };
  /** What the program would do, in a process that stays for all that comes after it. */
  run(args: readonly string[], folder?: string): Promise<Ended>;
}

const samples = join(root, 'media/samples');

/** Bundles the command line, with `worker` as its worker thread, as a program of its own. */
export async function commandLine(name: string, worker = 'src/engine/worker.ts'): Promise<CommandLine> {
  const built = await bundle({ cli: 'src/cli.ts', kept: 'test/unit/cli-kept.ts', worker }, name);
  /** Nothing is kept in the home of whoever runs the tests. */
  const environment = (cache: string) => ({ ...process.env, SEXTANT_CACHE: cache });
  let kept: ChildProcess | undefined;
  let last: Promise<unknown> = Promise.resolve();

  async function ask(args: readonly string[], folder: string): Promise<Ended> {
    kept ??= fork(join(built, 'kept.js'), { env: environment(''), execArgv: [] });
    const settled = new AbortController();
    const answered = once(kept, 'message', settled).then(([ended]) => ended as Ended);
    const lost = once(kept, 'exit', settled).then(([code]) => {
      throw new Error(`sextant ${args.join(' ')} ended its process with ${code}.`);
    });
    kept.send({ args, folder });
    return Promise.race([answered, lost]).finally(() => settled.abort());
  }

  return {
    start(args, folder = samples, input = 'ignore', cache = '', output: 'pipe' | number = 'pipe') {
      const stdio = [input, output, 'pipe'] as const;
      const child = spawn(process.execPath, [join(built, 'cli.js'), ...args], {
        cwd: folder,
        env: environment(cache),
        stdio: [...stdio],
      });
      const [out, err]: [Buffer[], Buffer[]] = [[], []];
      child.stdout?.on('data', (block) => out.push(block));
      child.stderr?.on('data', (block) => err.push(block));
      const ended = new Promise<Ended>((resolve) => {
        child.on('close', (code, signal) =>
          resolve({ code, signal, stdout: Buffer.concat(out).toString(), stderr: Buffer.concat(err).toString() }),
        );
      });
      return { child, ended };
    },
    run(args, folder = samples) {
      const answer = last.then(() => ask(args, folder));
      last = answer.catch(() => {});
      return answer;
    },
  };
}
