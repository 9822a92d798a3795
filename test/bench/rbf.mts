// npm run bench -- rbf [--rows 50000 --columns 256]: RBF CKA of two representations, distances of all pairs of rows in
// float64, against NumPy with OpenBLAS by tiles of the same size: whole processes on the same files.
import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { ensurePython, python, root } from '../../scripts/workbench/ensure.mjs';
import { temporaryFolder } from '../../scripts/workbench/process.mjs';
import { Random } from '../../src/linalg/random';
import { measure, openblas, writeNpy } from './measure.mjs';

const { values: given } = parseArgs({
  options: { rows: { type: 'string', default: '50000' }, columns: { type: 'string', default: '256' } },
  allowPositionals: true,
});
const [rows, columns] = [Number(given.rows), Number(given.columns)];
await ensurePython();
const folder = temporaryFolder('sextant-bench-');

const random = new Random(0);
const first = Float32Array.from({ length: rows * columns }, () => random.normal());
const second = first.map((value) => value + random.normal());
const files = [join(folder, 'a.npy'), join(folder, 'b.npy')] as const;
writeNpy(files[0], first, rows, columns);
writeNpy(files[1], second, rows, columns);

process.stdout.write(`RBF CKA of two representations of ${rows} x ${columns} float32, all pairs in float64\n`);
process.stdout.write(`NumPy ${openblas()}; ${availableParallelism()} cores\n\n`);
const output = join(folder, 'output.json');
const contend = (name: string, command: readonly string[], value: (json: { values: { cka: number } }) => number) => {
  const { seconds, peak } = measure(output, command);
  const cka = value(JSON.parse(readFileSync(output, 'utf8')));
  const size = `${seconds.toFixed(1).padStart(8)} s ${(peak / 1e6).toFixed(0).padStart(8)} MB`;
  process.stdout.write(`${name.padEnd(10)} ${size}   CKA ${cka.toFixed(12)}\n`);
  return { seconds, peak, cka };
};
const ours = contend(
  'sextant',
  [process.execPath, join(root, 'dist/cli.js'), 'run', 'rbf-cka', ...files, '--json'],
  ({ values }) => values.cka,
);
const numpy = contend('NumPy', [python, join(root, 'test/bench/rbf.py'), ...files], ({ values }) => values.cka);
process.stdout.write(`\nsextant / NumPy: time ${(ours.seconds / numpy.seconds).toFixed(2)}`);
process.stdout.write(`, peak memory ${(ours.peak / numpy.peak).toFixed(2)}`);
process.stdout.write(`; difference ${Math.abs(ours.cka - numpy.cka).toExponential(1)}\n`);
