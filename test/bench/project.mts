// npm run bench -- project [--rows 10000,50000 --columns 64 --what knn,umap,tsne --knn-rows 50000 --knn-columns 128]: nearest
// neighbours, UMAP and t-SNE beside scikit-learn and umap-learn on the same rows in the same run, with how faithful each map is.
import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { ensurePython } from '../../scripts/workbench/ensure.mjs';
import { temporaryFolder } from '../../scripts/workbench/process.mjs';
import { withScratch } from '../../src/engine/scratch';
import { approximateNeighbours } from '../../src/linalg/approximate-neighbours';
import { Matrix } from '../../src/linalg/matrix';
import { nearestNeighbours } from '../../src/linalg/neighbours';
import { multiply } from '../../src/linalg/products';
import { Random } from '../../src/linalg/random';
import type { Context, Method } from '../../src/methods/method';
import { faithfulness } from '../../src/methods/transform/faithfulness';
import { tsne } from '../../src/methods/transform/tsne';
import { umap } from '../../src/methods/transform/umap';
import { openblas, writeNpy } from './measure.mjs';
import { startPeer, timed } from './peer.mjs';

const { values: given } = parseArgs({
  options: {
    rows: { type: 'string', default: '10000,50000' },
    columns: { type: 'string', default: '64' },
    what: { type: 'string', default: 'knn,umap,tsne' },
    'knn-rows': { type: 'string', default: '50000' },
    'knn-columns': { type: 'string', default: '128' },
  },
  allowPositionals: true,
});
const LATENT = 8;
const K = 15;

/** Ten clusters on a curved sheet of eight dimensions, with a little noise in every direction. */
async function points(n: number, columns: number): Promise<Matrix<Float32Array>> {
  const random = new Random(n);
  const normal = (length: number) => Float32Array.from({ length }, () => random.normal());
  const middles = normal(10 * LATENT).map((value) => 2.5 * value);
  const latent = normal(n * LATENT);
  for (let i = 0; i < n; i++) {
    const cluster = random.integer(10);
    for (let c = 0; c < LATENT; c++)
      latent[i * LATENT + c] = (latent[i * LATENT + c] as number) + (middles[cluster * LATENT + c] as number);
  }
  const turned = await multiply(new Matrix(latent, n, LATENT), new Matrix(normal(LATENT * columns), LATENT, columns));
  const data = Float32Array.from(turned.data, (value) => Math.tanh(value / 4) + 0.05 * random.normal());
  return new Matrix(data, n, columns);
}

function contextOf(n: number, seed: number): Context {
  return {
    signal: { throwIfAborted: () => {} },
    progress: () => {},
    random: new Random(seed),
    rows: { index: Int32Array.from({ length: n }, (_, i) => i) },
    reserve: () => {},
    fits: () => true,
    scratch: withScratch,
  };
}

await ensurePython();
const folder = temporaryFolder('sextant-bench-');
process.stdout.write(
  `NumPy ${openblas()}; ${availableParallelism()} cores; scikit-learn, umap-learn (compiled before)\n\n`,
);
const row = (cells: readonly (string | number)[]) =>
  `${cells.map((cell, i) => (typeof cell === 'number' ? cell.toFixed(i > 6 ? 4 : 2) : cell).padStart(i === 0 ? 24 : 10)).join('')}\n`;
process.stdout.write(row(['work', 's', 'peer s', 'ratio', 'cpu s', 'peer', 'ratio']));
const print = (name: string, a: { seconds: number; cpu: number }, b: { seconds: number; cpu: number } | null) => {
  const peer = b ?? { seconds: Number.NaN, cpu: Number.NaN };
  process.stdout.write(
    row([name, a.seconds, peer.seconds, a.seconds / peer.seconds, a.cpu, peer.cpu, a.cpu / peer.cpu]),
  );
};

if (given.what.includes('knn')) {
  const [n, d] = [Number(given['knn-rows']), Number(given['knn-columns'])];
  const x = await points(n, d);
  const file = join(folder, 'knn.npy');
  writeNpy(file, x.data, n, d);
  const peer = startPeer('project.py', [file, folder]);
  const theirs = await peer.ask('knn');
  peer.end();
  const lists = readFileSync(join(folder, 'knn.bin'));
  const other = new Int32Array(lists.buffer, lists.byteOffset, n * K);
  const shared = (own: Int32Array) => {
    let same = 0;
    for (let i = 0; i < n; i++) {
      const set = new Set(other.subarray(i * K, (i + 1) * K));
      for (let c = 0; c < K; c++) if (set.has(own[i * K + c] as number)) same++;
    }
    return (same / n / K).toFixed(5);
  };
  let near: { indices: Int32Array } = { indices: new Int32Array() };
  // What is compiled the first time is left out, as it is of umap-learn.
  const few = x.slice(0, Math.min(n, 10_000));
  await approximateNeighbours(few, K, 'euclidean', { random: new Random(0) });
  await nearestNeighbours(few, K, 'euclidean');
  const nearly = await timed(async () => {
    const found = await approximateNeighbours(x, K, 'euclidean', { random: new Random(0) });
    near = found;
    return found.recall;
  });
  print(`knn ${n} x ${d} approx.`, nearly, theirs);
  process.stdout.write(
    `   ${shared(near.indices)} of scikit-learn's; recall as measured by itself ${nearly.value?.toFixed(5)}\n`,
  );
  const exact = await timed(async () => {
    near = await nearestNeighbours(x, K, 'euclidean');
    return null;
  });
  print(`knn ${n} x ${d} exact`, exact, theirs);
  process.stdout.write(
    `   ${shared(near.indices)} of scikit-learn's; the approximate search takes 1/${(exact.seconds / nearly.seconds).toFixed(1)} of its time, 1/${(exact.cpu / nearly.cpu).toFixed(1)} of its processor time\n`,
  );
}
for (const n of given.rows.split(',').map(Number)) {
  const d = Number(given.columns);
  const x = await points(n, d);
  const file = join(folder, 'points.npy');
  writeNpy(file, x.data, n, d);
  const methods: readonly Method[] = [umap, tsne];
  for (const method of methods.filter(({ id }) => given.what.includes(id))) {
    const parameters = method.parameters.parse({ 'judged-rows': 3 });
    let map: Matrix = x;
    const ours = await timed(async () => {
      const outcome = await method.run([{ name: 'x', matrix: x }], parameters, contextOf(n, 0));
      map = outcome.representations?.[0]?.matrix as Matrix;
      return null;
    });
    const peer = startPeer('project.py', [file, folder]);
    const theirs = await peer.ask(method.id);
    peer.end();
    print(`${method.id} ${n} x ${d}`, ours, theirs);
    const bytes = readFileSync(join(folder, `${method.id}.bin`));
    const other = new Matrix(new Float32Array(bytes.buffer, bytes.byteOffset, 2 * n), n, 2);
    for (const [name, one] of [
      ['sextant', map],
      ['peer', other],
    ] as const) {
      const f = await faithfulness(x, one, { k: 10, rows: 2000, metric: 'euclidean' }, contextOf(n, 1));
      const values = [f.trustworthiness, f.continuity, f.kept, f.shepard, f.preservation];
      const words = ['trustworthiness', 'continuity', 'kept', 'shepard', 'preservation'];
      process.stdout.write(
        `   ${name}: ${words.map((word, i) => `${word} ${(values[i] as number).toFixed(4)}`).join(', ')}\n`,
      );
    }
  }
}
