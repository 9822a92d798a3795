// npm run bench -- convergent [--rows 5000 --columns 256 --threads 0]: the whole convergent-learning report of two layers beside the
// same steps in NumPy, SciPy and scikit-learn: whole processes on the same files, one after the other. Layers of 1,024 units on
// 50,000 rows: --rows 50000 --columns 1024.
import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { ensurePython, python, root } from '../../scripts/workbench/ensure.mjs';
import { temporaryFolder } from '../../scripts/workbench/process.mjs';
import { Random } from '../../src/linalg/random';
import { measure, openblas, writeNpy } from './measure.mjs';

const { values: given } = parseArgs({
  options: {
    rows: { type: 'string', default: '5000' },
    columns: { type: 'string', default: '256' },
  },
  allowPositionals: true,
});
const [rows, columns] = [Number(given.rows), Number(given.columns)];
await ensurePython();
const folder = temporaryFolder('sextant-bench-');

/** Two networks of rectified units: a part found again, a part made of few, a part of its own. */
function layers(): [Float32Array, Float32Array] {
  const random = new Random(0);
  const factors = Math.max(8, Math.round(columns / 8));
  const loads = [0, 1].map((side) =>
    Array.from({ length: columns }, (_, j) => {
      const own = side === 0 || j >= columns / 2 ? Math.floor(random.uniform() * factors) : j % factors;
      return [own, j % 3 === 0 ? Math.floor(random.uniform() * factors) : own, 0.4 + 0.8 * random.uniform()] as const;
    }),
  );
  const out = [new Float32Array(rows * columns), new Float32Array(rows * columns)] as [Float32Array, Float32Array];
  const latent = new Float64Array(factors);
  for (let i = 0; i < rows; i++) {
    for (let k = 0; k < factors; k++) latent[k] = random.normal();
    for (const [side, units] of loads.entries())
      for (const [j, [a, b, noise]] of units.entries()) {
        const value = (latent[a] as number) + (latent[b] as number) + noise * random.normal();
        (out[side] as Float32Array)[i * columns + j] = Math.max(0, value);
      }
  }
  return out;
}

const files = [join(folder, 'a.npy'), join(folder, 'b.npy')] as const;
for (const [k, values] of layers().entries()) writeNpy(files[k] as string, values, rows, columns);

process.stdout.write(`Convergent learning: two layers of ${columns} units on ${rows} rows, float32\n`);
process.stdout.write(`NumPy ${openblas()}; ${availableParallelism()} cores\n\n`);
interface Values {
  readonly correlation: number;
  readonly r2: number;
  readonly 'r2-all': number;
}
const output = join(folder, 'output.json');
const contend = (name: string, command: readonly string[]) => {
  const { seconds, peak, cpu } = measure(output, command);
  const { values, steps } = JSON.parse(readFileSync(output, 'utf8')) as { values: Values; steps?: unknown };
  const size = `${seconds.toFixed(1).padStart(8)} s ${cpu.toFixed(1).padStart(8)} cpu s ${(peak / 1e6).toFixed(0).padStart(8)} MB`;
  const told = (['correlation', 'r2', 'r2-all'] as const).map((key) => `${key} ${values[key].toFixed(6)}`).join(', ');
  process.stdout.write(`${name.padEnd(14)} ${size}   ${told}\n`);
  if (steps && name !== 'sextant') process.stdout.write(`${''.padEnd(14)} ${JSON.stringify(steps)}\n`);
  return { seconds, peak, cpu, values };
};
const ours = contend('sextant', [
  ...[process.execPath, join(root, 'dist/cli.js'), 'run', 'convergent-learning', ...files, '--json'],
]);
const theirs = contend('scikit-learn', [python, join(root, 'test/bench/convergent.py'), ...files]);
process.stdout.write(`\nsextant / scikit-learn: time ${(ours.seconds / theirs.seconds).toFixed(2)}`);
process.stdout.write(`, processor time ${(ours.cpu / theirs.cpu).toFixed(2)}`);
process.stdout.write(`, peak memory ${(ours.peak / theirs.peak).toFixed(2)}`);
const apart = Math.abs(ours.values.correlation - theirs.values.correlation);
process.stdout.write(`; difference of the matching ${apart.toExponential(1)}\n`);
