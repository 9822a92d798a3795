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
    /** A file that standard output is. */
    output?: number,
  ): { readonly child: ChildProcess; readonly ended: Promise<Ended> };
  run(args: readonly string[], folder?: string): Promise<Ended>;
  /** One command line after the other in one process, for starting takes longer than most of them; none may run onnxruntime. */
  answers(lines: readonly (readonly string[])[], folder?: string): Promise<Answer[]>;
}

/** What a command line gave, or the error that it ended with. */
export interface Answer {
  readonly found?: string;
  readonly error?: { readonly kind: string; readonly message: string };
}

/** Arguments: the bundle of src/cli/answer.ts, and the command lines as JSON. */
const oneByOne = `
const { answer } = require(process.argv[1]);
const errorOf = (error) => ({ error: { kind: error.constructor.name, message: error.message } });
(async () => {
  const all = [];
  for (const line of JSON.parse(process.argv[2])) all.push(await answer(line).then((found) => ({ found }), errorOf));
  process.stdout.write(JSON.stringify(all), () => process.exit(0));
})();`;

/** Bundles the command line, with `worker` as its worker thread, as a program of its own. */
export async function commandLine(name: string, worker = 'src/engine/worker.ts'): Promise<CommandLine> {
  const built = await bundle({ cli: 'src/cli.ts', answer: 'src/cli/answer.ts', worker }, name);
  const start = (
    args: readonly string[],
    folder = join(root, 'media/samples'),
    input: 'ignore' | 'pipe' = 'ignore',
    cache = '',
    output: 'pipe' | number = 'pipe',
    before: readonly string[] = [join(built, 'cli.js')],
  ) => {
    // Nothing is kept in the home of whoever runs the tests.
    const env = { ...process.env, SEXTANT_CACHE: cache };
    const child = spawn(process.execPath, [...before, ...args], { cwd: folder, env, stdio: [input, output, 'pipe'] });
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
  return {
    start,
    run: (args, folder) => start(args, folder).ended,
    async answers(lines, folder) {
      const ask = ['-e', oneByOne, join(built, 'answer.js')];
      const { stdout, stderr } = await start([JSON.stringify(lines)], folder, 'ignore', '', 'pipe', ask).ended;
      if (stdout === '') throw new Error(stderr);
      return JSON.parse(stdout);
    },
  };
}
