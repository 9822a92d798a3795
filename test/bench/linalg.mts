// npm run bench -- linalg [--runs 3 --threads 1 --only eigen]: assignment, eigenvalues with vectors, singular values with vectors, and nearest neighbours,
// beside SciPy, LAPACK through NumPy and scikit-learn on the same numbers, alternating in the same run.
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { ensurePython } from '../../scripts/workbench/ensure.mjs';
import { temporaryFolder } from '../../scripts/workbench/process.mjs';
import { assign } from '../../src/linalg/assignment';
import { symmetricEigen } from '../../src/linalg/eigen';
import { Matrix } from '../../src/linalg/matrix';
import { collectLess } from '../../src/linalg/memory';
import { nearestNeighbours } from '../../src/linalg/neighbours';
import { setThreads } from '../../src/linalg/products';
import { Random } from '../../src/linalg/random';
import { svd } from '../../src/linalg/svd';
import { openblas, writeNpy } from './measure.mjs';
import { least, startPeer, type Taken, timed } from './peer.mjs';

const { values: given } = parseArgs({
  options: {
    runs: { type: 'string', default: '3' },
    threads: { type: 'string', default: '0' },
    only: { type: 'string' },
  },
  allowPositionals: true,
});
const runs = Number(given.runs);
const threads = Number(given.threads);
setThreads(threads);
collectLess();
const [most, count, width, k] = [2048, 20_000, 64, 10];
const random = new Random(0);
const normal = (length: number) => Float32Array.from({ length }, () => random.normal());
const [square, points] = [normal(most * most), normal(count * width)];
const corner = (n: number) =>
  new Matrix(
    Float64Array.from({ length: n * n }, (_, i) => square[Math.floor(i / n) * most + (i % n)] as number),
    n,
    n,
  );
const sum = (values: ArrayLike<number>) => Array.from(values).reduce((total, value) => total + value, 0);

/** Prepares, and gives what is timed. */
const work: Record<string, (n: number) => () => Promise<number>> = {
  assignment(n) {
    const a = corner(n);
    return async () => {
      const chosen = assign(a, { maximise: true });
      return Array.from(chosen).reduce((total, j, i) => total + a.at(i, j), 0);
    };
  },
  eigen(n) {
    const a = corner(n);
    const symmetric = a.transpose();
    for (let i = 0; i < symmetric.data.length; i++)
      symmetric.data[i] = (symmetric.data[i] as number) + (a.data[i] as number);
    return async () => sum((await symmetricEigen(symmetric)).values.map(Math.abs));
  },
  svd(n) {
    const a = corner(n);
    return async () => sum((await svd(a)).s);
  },
  neighbours(n) {
    const x = new Matrix(points, count, width).slice(0, n);
    return async () => sum((await nearestNeighbours(x, k, 'euclidean')).indices);
  },
};
const sizes: readonly (readonly [string, number])[] = [
  ['assignment', 2048],
  ...[512, 1024, 2048].flatMap((n) => [['eigen', n] as const, ['svd', n] as const]),
  ['neighbours', count],
];

await ensurePython();
const folder = temporaryFolder('sextant-bench-');
const files = [join(folder, 'square.npy'), join(folder, 'points.npy')] as const;
writeNpy(files[0], square, most, most);
writeNpy(files[1], points, count, width);
const peer = startPeer('linalg.py', files, threads);
process.stdout.write(
  `NumPy ${openblas()}; ${threads || availableParallelism()} threads; least of ${runs} runs, of more where work is short\n\n`,
);
const words = ['s', 'peer s', 'ratio', 'cpu s', 'peer', 'ratio'].map((word) => word.padStart(9)).join('');
process.stdout.write(`${'work'.padEnd(20)}${words}   difference\n`);
for (const [name, n] of sizes) {
  if (given.only && name !== given.only) continue;
  const run = work[name]?.(n);
  await work[name]?.(Math.min(n, 256))();
  const [ours, theirs]: [Taken[], Taken[]] = [[], []];
  // Short work is done more often: the least of few runs would be that of code which is still being compiled.
  for (let i = 0; i < runs * Math.max(1, most / n); i++) {
    if (run) ours.push(await timed(run));
    const other = await peer.ask(`${name} ${n}`);
    if (other) theirs.push(other);
  }
  const [a, b] = [least(ours), least(theirs)];
  const cells = [a.seconds, b.seconds, a.seconds / b.seconds, a.cpu, b.cpu, a.cpu / b.cpu];
  const difference = Math.abs((a.value ?? Number.NaN) - (b.value ?? Number.NaN)).toExponential(1);
  process.stdout.write(
    `${`${name} ${n}`.padEnd(20)}${cells.map((value) => value.toFixed(3).padStart(9)).join('')}   ${difference}\n`,
  );
}
peer.end();
