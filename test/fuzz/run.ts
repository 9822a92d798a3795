import { spawn } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { build } from 'esbuild';
import type { Outcome } from './attempt';
import { caseOf } from './cases';
import type { Reader } from './readers';

const root = join(import.meta.dirname, '..', '..');
export const tests = join(root, 'test');
export const artifacts = join(root, 'test/artifacts/fuzz');

/** Seconds of processor time that a case may take, which is what HDF5's library is given too. */
const longest = 2;
/** A process that is silent for so long, in seconds, is ended, unless it has had less of the processor: then it waits for it. */
const silence = 20;
const patience = 120;
/** Bytes of memory that a case may take beyond its file. */
const most = 256 * 2 ** 20;
/** Cases after which a new process begins: what a library keeps for itself does not add up. */
const perProcess = 5000;

export type Fault = 'crash' | 'hang' | 'memory' | 'wrong';
export interface Counts extends Record<Fault, number> {
  cases: number;
  read: number;
  refused: number;
  seconds: number;
  /** Of the first faults: what it was, and where the file is. */
  readonly faults: string[];
}

interface Report {
  readonly number: number;
  readonly what: Outcome | 'crash' | 'wrong';
  readonly told: string;
  readonly cpu: number;
  readonly memory: number;
}

/** Bundles the process that runs the cases, with HDF5's beside it, as the build does. */
export async function bundleChild(): Promise<string> {
  const outdir = join(root, 'test/.build', `fuzz-${process.pid}`);
  await build({
    ...{ absWorkingDir: root, entryPoints: { child: 'test/fuzz/child.ts', hdf5: 'src/data/hdf5/worker.ts' }, outdir },
    ...{ bundle: true, platform: 'node', format: 'cjs', target: 'node20', charset: 'utf8', logLevel: 'warning' },
    ...{ external: ['onnxruntime-node', '@duckdb/node-api'], loader: { '.so': 'binary' } },
    define: { 'import.meta.url': '""' },
  });
  return join(outdir, 'child.js');
}

export interface Limits {
  readonly cases: number;
  readonly seconds: number;
  readonly seed: number;
  /** Processes at the same time. */
  readonly lanes: number;
}

/** Runs so many cases of a reader, or as many as so many seconds allow, in processes of their own. */
export async function fuzz(child: string, reader: Reader, { cases, seconds, seed, lanes }: Limits): Promise<Counts> {
  const counts: Counts = {
    ...{ cases: 0, read: 0, refused: 0, crash: 0, hang: 0, memory: 0, wrong: 0, seconds: 0 },
    faults: [],
  };
  const started = performance.now();
  const deadline = started + 1000 * seconds;
  let begun = 0;
  const lane = async () => {
    while (begun < cases) {
      let first = begun;
      begun = Math.min(cases, begun + Math.min(perProcess, Math.ceil(cases / lanes)));
      for (const last = begun; first < last && performance.now() < deadline; )
        first = await batch(child, reader, seed, first, last, deadline, counts);
    }
  };
  await Promise.all(Array.from({ length: lanes }, lane));
  counts.seconds = (performance.now() - started) / 1000;
  return counts;
}

/** One process. Resolves to the next case. */
function batch(
  child: string,
  reader: Reader,
  seed: number,
  first: number,
  last: number,
  deadline: number,
  counts: Counts,
): Promise<number> {
  const fault = (kind: Fault, number: number, told: string) => {
    counts[kind]++;
    if (counts.faults.length < 10) counts.faults.push(`${kind} ${save(reader, number, seed, kind, told)}: ${told}`);
  };
  return new Promise((resolve) => {
    const args = [child, reader.id, tests, seed, first, last].map(String);
    const running = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    let [current, next, errors, stopped] = [undefined as number | undefined, first, '', false];
    let watchdog: NodeJS.Timeout | undefined;
    const watch = (waited = 0, used = processorTime(running.pid)) => {
      clearTimeout(watchdog);
      watchdog = setTimeout(() => {
        const silent = waited + silence;
        // Before the first case it reads the good files.
        const waits = current === undefined || processorTime(running.pid) - used < longest;
        if (waits && silent < patience) {
          watch(silent, used);
          return;
        }
        stopped = true;
        running.kill('SIGKILL');
        if (current === undefined) return;
        fault('hang', current, `silent for ${silent} s`);
        counts.cases++;
        next = current + 1;
        current = undefined;
      }, 1000 * silence);
    };
    watch();
    running.stderr.on('data', (data: Buffer) => {
      errors = (errors + data.toString()).slice(-2000);
    });
    createInterface(running.stdout).on('line', (line) => {
      watch();
      if (!line.startsWith('{')) {
        current = Number(line);
        return;
      }
      const { number, what, told, cpu, memory } = JSON.parse(line) as Report;
      [current, next] = [undefined, number + 1];
      counts.cases++;
      if (what !== 'crash' && what !== 'wrong') counts[what]++;
      else fault(what, number, told);
      if (cpu > longest) fault('hang', number, `${cpu.toFixed(1)} s`);
      if (memory > most) fault('memory', number, `${Math.round(memory / 2 ** 20)} MiB`);
      if (performance.now() > deadline && !stopped) {
        stopped = true;
        running.kill('SIGKILL');
      }
    });
    running.on('close', (code, signal) => {
      clearTimeout(watchdog);
      if (!stopped && (code !== 0 || next < last)) {
        const number = current ?? next;
        counts.cases++;
        fault('crash', number, `the process ended with ${signal ?? code}. ${errors}`);
        next = number + 1;
      }
      resolve(next);
    });
  });
}

/** Seconds that a process has computed; where the system does not say, as if it had for ever. */
function processorTime(pid: number | undefined): number {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, 'latin1')
      .replace(/^.*\) /s, '')
      .split(' ');
    return (Number(fields[11]) + Number(fields[12])) / 100;
  } catch {
    return Number.POSITIVE_INFINITY;
  }
}

/** Keeps the file of a case, with a word on how it was made beside it. */
function save(reader: Reader, number: number, seed: number, kind: Fault, told: string): string {
  const { seed: good, bytes, raw, how } = caseOf(reader, number, seed);
  const name = `${reader.id}-${seed}-${number}-${kind}`;
  mkdirSync(artifacts, { recursive: true });
  const path = join(artifacts, `${name}-${good.name}`);
  writeFileSync(path, bytes);
  writeFileSync(join(artifacts, `${name}.json`), JSON.stringify({ from: good.name, how, raw, told }, null, 1));
  return path;
}
