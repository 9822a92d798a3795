// npm run bench -- out-of-core [--gigabytes 8 --columns 256]: linear CKA of two float32 .npy files of so many gigabytes each,
// made on the fly in the system's temporary folder and deleted afterwards, with the default bound for working memory,
// against NumPy with OpenBLAS over memory-mapped blocks: whole processes on the same files.
import { closeSync, openSync, readFileSync, statfsSync, writeSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { ensurePython, python, root } from '../../scripts/workbench/ensure.mjs';
import { temporaryFolder } from '../../scripts/workbench/process.mjs';
import { Random } from '../../src/linalg/random';
import { measure, openblas } from './measure.mjs';

const { values: given } = parseArgs({
  options: { gigabytes: { type: 'string', default: '8' }, columns: { type: 'string', default: '256' } },
  allowPositionals: true,
});
const columns = Number(given.columns);
/** Written at a time: 32 MB. */
const height = Math.floor((8 << 20) / columns);
const blocks = Math.ceil((Number(given.gigabytes) * 1e9) / (4 * height * columns));
const rows = blocks * height;

/** Blocks of random values on a drifting mean; the second file is half the first and half values of its own. */
function writeFiles(paths: readonly [string, string]): void {
  const random = new Random(0);
  const size = height * columns;
  const pool = Float32Array.from({ length: 2 * size }, () => random.normal());
  const head = `{'descr': '<f4', 'fortran_order': False, 'shape': (${rows}, ${columns}), }`.padEnd(117);
  const files = paths.map((path) => openSync(path, 'w'));
  for (const file of files) writeSync(file, Buffer.from(`\x93NUMPY\x01\x00\x76\x00${head}\n`, 'latin1'));
  const [first, second] = [new Float32Array(size), new Float32Array(size)];
  for (let block = 0; block < blocks; block += 1) {
    // From another place of the pool each time, so that no block repeats another.
    const [at, other] = [random.integer(size), random.integer(size)];
    const drift = block / blocks;
    for (let k = 0; k < size; k += 1) {
      const value = (pool[at + k] as number) + drift;
      first[k] = value;
      second[k] = value / 2 + (pool[other + k] as number) / 2;
    }
    for (const [i, values] of [first, second].entries()) writeSync(files[i] as number, new Uint8Array(values.buffer));
  }
  files.forEach(closeSync);
}

const needed = 2 * 4 * rows * columns;
const { bavail, bsize } = statfsSync(tmpdir());
if (1.1 * needed > bavail * bsize)
  throw new Error(
    `The files take ${(needed / 1e9).toFixed(1)} GB and ${tmpdir()} has ${((bavail * bsize) / 1e9).toFixed(1)} GB free. Give fewer --gigabytes, or set TMPDIR.`,
  );
await ensurePython();
const folder = temporaryFolder('sextant-bench-');
const files = [join(folder, 'a.npy'), join(folder, 'b.npy')] as const;
process.stdout.write(`Linear CKA of two files of ${rows} x ${columns} float32, ${(needed / 2e9).toFixed(2)} GB each\n`);
process.stdout.write(`NumPy ${openblas()}; ${availableParallelism()} cores\n`);
const before = performance.now();
writeFiles(files);
process.stdout.write(`written in ${((performance.now() - before) / 1000).toFixed(0)} s\n\n`);

const output = join(folder, 'output.json');
const contend = (name: string, command: readonly string[], value: (json: never) => number) => {
  const { seconds, peak } = measure(output, command);
  const cka = value(JSON.parse(readFileSync(output, 'utf8')) as never);
  const rate = `${(needed / 1e6 / seconds).toFixed(0).padStart(6)} MB/s`;
  const size = `${seconds.toFixed(1).padStart(8)} s ${(peak / 1e6).toFixed(0).padStart(8)} MB at most`;
  process.stdout.write(`${name.padEnd(8)} ${size} ${rate}   CKA ${cka.toFixed(10)}\n`);
  return { seconds, peak, cka };
};
const ours = contend(
  'sextant',
  [process.execPath, join(root, 'dist/cli.js'), 'compare', ...files, '--measure', 'linear-cka', '--json'],
  (json: { measures: Record<string, { matrix: number[][] }> }) => json.measures['linear-cka']?.matrix[0]?.[1] ?? NaN,
);
const numpy = contend('NumPy', [python, join(root, 'test/bench/out_of_core.py'), ...files], (cka: number) => cka);
process.stdout.write(`\nsextant / NumPy: time ${(ours.seconds / numpy.seconds).toFixed(2)}`);
process.stdout.write(`; difference ${Math.abs(ours.cka - numpy.cka).toExponential(1)}\n`);
if (ours.peak > 1.5 * 2 ** 30) throw new Error('More than 1.5 GiB of memory were used.');
