import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { python, root } from '../../scripts/workbench/ensure.mjs';

/** What one piece of work came to; processor seconds are of all threads. */
export interface Taken {
  readonly value: number | null;
  readonly seconds: number;
  readonly cpu: number;
}

export async function timed(work: () => Promise<number | null>): Promise<Taken> {
  const [wall, own] = [performance.now(), process.cpuUsage()];
  const value = await work();
  const { user, system } = process.cpuUsage(own);
  return { value, seconds: (performance.now() - wall) / 1000, cpu: (user + system) / 1e6 };
}

/** The least of each over several runs. */
export function least(taken: readonly Taken[]): Taken {
  const [seconds, cpu] = [taken.map((one) => one.seconds), taken.map((one) => one.cpu)];
  return { value: taken[0]?.value ?? null, seconds: Math.min(...seconds), cpu: Math.min(...cpu) };
}

/** A Python program beside this file that answers each line with one of JSON, so that its start is never timed. Threads: 0 is all. */
export function startPeer(program: string, files: readonly string[], threads = 0) {
  const env = threads > 0 ? { ...process.env, OPENBLAS_NUM_THREADS: String(threads) } : process.env;
  const peer = spawn(python, [join(root, 'test/bench', program), ...files], { env });
  peer.stderr.pipe(process.stderr);
  const lines = createInterface(peer.stdout)[Symbol.asyncIterator]();
  return {
    async ask(line: string): Promise<Taken | null> {
      peer.stdin.write(`${line}\n`);
      const { value, done } = await lines.next();
      if (done) throw new Error(`${program} ended.`);
      return JSON.parse(value);
    },
    end: () => void peer.stdin.end(),
  };
}
