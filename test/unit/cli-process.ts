import { type ChildProcess, spawn } from 'node:child_process';
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
  ): { readonly child: ChildProcess; readonly ended: Promise<Ended> };
  run(args: readonly string[], folder?: string): Promise<Ended>;
}

/** Bundles the command line, with `worker` as its worker thread, as a program of its own. */
export async function commandLine(name: string, worker = 'src/engine/worker.ts'): Promise<CommandLine> {
  const program = join(await bundle({ cli: 'src/cli.ts', worker }, name), 'cli.js');
  const start = (
    args: readonly string[],
    folder = join(root, 'media/samples'),
    input: 'ignore' | 'pipe' = 'ignore',
    cache = '',
  ) => {
    // Nothing is kept in the home of whoever runs the tests.
    const env = { ...process.env, SEXTANT_CACHE: cache };
    const child = spawn(process.execPath, [program, ...args], { cwd: folder, env, stdio: [input, 'pipe', 'pipe'] });
    const [out, err]: [Buffer[], Buffer[]] = [[], []];
    child.stdout?.on('data', (block) => out.push(block));
    child.stderr?.on('data', (block) => err.push(block));
    const ended = new Promise<Ended>((resolve) => {
      child.on('close', (code, signal) =>
        resolve({ code, signal, stdout: Buffer.concat(out).toString(), stderr: Buffer.concat(err).toString() }),
      );
    });
    return { child, ended };
  };
  return { start, run: (args, folder) => start(args, folder).ended };
}
