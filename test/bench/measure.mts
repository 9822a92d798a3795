import { execFileSync } from 'node:child_process';
import { closeSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { python, root } from '../../scripts/workbench/ensure.mjs';

export interface Measured {
  readonly code: number;
  readonly seconds: number;
  readonly peak: number;
  /** Processor seconds of all threads: what a busy machine does not change much. */
  readonly cpu: number;
}

/** Runs a command in a process of its own; what it prints goes to the file `output`. */
export function measure(output: string, command: readonly string[]): Measured {
  const text = execFileSync(python, [join(root, 'test/bench/measure.py'), output, ...command], { encoding: 'utf8' });
  const measured: Measured = JSON.parse(text);
  if (measured.code !== 0) throw new Error(`${command.slice(0, 3).join(' ')} ended with code ${measured.code}.`);
  return measured;
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return ((sorted[(sorted.length - 1) >> 1] ?? Number.NaN) + (sorted[sorted.length >> 1] ?? Number.NaN)) / 2;
}

/** NumPy's version and its library of products. */
export function openblas(): string {
  const about =
    'import numpy, threadpoolctl as t; print(numpy.__version__, *[i["internal_api"] for i in t.threadpool_info()])';
  const library = execFileSync(python, ['-c', about], { encoding: 'utf8' }).trim();
  if (!library.includes('openblas'))
    throw new Error(`NumPy must run on OpenBLAS to be a fair opponent, not ${library}.`);
  return library;
}

/** A float32 matrix as a .npy file. */
export function writeNpy(path: string, values: Float32Array, rows: number, columns: number): void {
  const head = `{'descr': '<f4', 'fortran_order': False, 'shape': (${rows}, ${columns}), }`.padEnd(117);
  const file = openSync(path, 'w');
  writeSync(file, Buffer.from(`\x93NUMPY\x01\x00\x76\x00${head}\n`, 'latin1'));
  writeSync(file, new Uint8Array(values.buffer));
  closeSync(file);
}
