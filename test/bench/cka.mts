// npm run bench [-- cka --runs 3]: all-pairs linear CKA of two models of 12 layers each, from the command line, against
// NumPy with OpenBLAS: whole processes on the same files, one after the other in the same run.
import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { ensurePython, python, root } from '../../scripts/workbench/ensure.mjs';
import { temporaryFolder } from '../../scripts/workbench/process.mjs';
import { Random } from '../../src/linalg/random';
import { type Measured, measure, median, openblas, writeNpy } from './measure.mjs';

const layers = 12;
const [rows, columns] = [10_000, 768];

/** float32 files of `a` and `b`, half of each layer's variance common to all, so that the values are not all chance. */
function writeModels(folder: string): readonly string[] {
  const random = new Random(0);
  const common = Float32Array.from({ length: rows * columns }, () => random.uniform() - 0.5);
  const values = new Float32Array(rows * columns);
  return ['a', 'b'].flatMap((model) =>
    Array.from({ length: layers }, (_, layer) => {
      const share = (layer + 1) / layers;
      for (let i = 0; i < values.length; i += 1) {
        values[i] = share * (common[i] ?? 0) + (1 - share / 2) * (random.uniform() - 0.5);
      }
      const path = join(folder, `${model}-layer${String(layer + 1).padStart(2, '0')}.npy`);
      writeNpy(path, values, rows, columns);
      return path;
    }),
  );
}

const { runs } = parseArgs({ options: { runs: { type: 'string', default: '3' } }, allowPositionals: true }).values;
await ensurePython();
const folder = temporaryFolder('sextant-bench-');
const files = writeModels(folder);
const script = join(root, 'test/bench/cka.py');
const ours = [process.execPath, join(root, 'dist/cli.js'), 'compare', ...files, '--measure', 'linear-cka', '--json'];
const numpy = (how: string) => [python, script, how, ...files];
const contenders: readonly { readonly name: string; readonly command: readonly string[]; readonly ours?: true }[] = [
  { name: 'sextant', command: ours, ours: true },
  { name: 'NumPy, by features', command: numpy('features') },
  { name: 'NumPy, by samples', command: numpy('samples') },
];

const library = openblas();
process.stdout.write(`All-pairs linear CKA of ${2 * layers} layers of ${rows} x ${columns} float32\n`);
process.stdout.write(`NumPy ${library}; ${availableParallelism()} cores; medians of ${runs} runs\n\n`);

const measured = contenders.map(() => [] as Measured[]);
const matrices = contenders.map(() => [] as readonly number[]);
for (let run = 0; run < Number(runs); run += 1) {
  for (const [i, { command, ours }] of contenders.entries()) {
    const output = join(folder, 'output.json');
    measured[i]?.push(measure(output, command));
    const json = JSON.parse(readFileSync(output, 'utf8'));
    matrices[i] = (ours ? json.measures['linear-cka'].matrix : json).flat();
  }
}

const medians = contenders.map(({ name }, i) => ({
  name,
  seconds: median((measured[i] ?? []).map(({ seconds }) => seconds)),
  peak: median((measured[i] ?? []).map(({ peak }) => peak)),
}));
for (const { name, seconds, peak } of medians) {
  process.stdout.write(
    `${name.padEnd(20)} ${seconds.toFixed(2).padStart(8)} s ${(peak / 1e6).toFixed(0).padStart(8)} MB\n`,
  );
}
const [sextant, ...peers] = medians;
const opponent = peers.reduce((best, peer) => (peer.seconds < best.seconds ? peer : best));
if (sextant !== undefined) {
  process.stdout.write(`\nsextant / ${opponent.name}: time ${(sextant.seconds / opponent.seconds).toFixed(2)}`);
  process.stdout.write(`, peak memory ${(sextant.peak / opponent.peak).toFixed(2)}\n`);
}
for (const [i, { name }] of contenders.entries()) {
  const difference = Math.max(
    ...(matrices[0] ?? []).map((value, k) => Math.abs(value - (matrices[i]?.[k] ?? Number.NaN))),
  );
  if (i > 0) process.stdout.write(`largest difference from ${name}: ${difference.toExponential(1)}\n`);
}
