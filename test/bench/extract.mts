// What extraction takes beside a plain run of the same model, batch by batch, by onnxruntime alone. Two networks: the small
// one of the samples, and one whose products take long; all layers, kept whole. The two are run in turns, and compared pair by pair: other programs
// on the machine slow both.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { encodeNpy } from '../../src/data/npy-writer';
import { openSource } from '../../src/data/source';
import { Matrix } from '../../src/linalg/matrix';
import { encodeModel, type GraphNode } from '../../src/linalg/onnx';
import { openModel } from '../../src/linalg/session';
import { withOutputs } from '../../src/models/edit';
import { readModel } from '../../src/models/onnx-read';
import { runLayers } from '../../src/models/run';

const folder = mkdtempSync(join(tmpdir(), 'sextant-bench-'));
const [batch, rounds] = [32, 21];

/** Products of a matrix with itself, so that the file holds no weights: (n, units) x (units, units). */
function products(units: number, depth: number): Uint8Array {
  const nodes = Array.from({ length: depth }, (_, i): GraphNode[] => [
    { op: 'MatMul', inputs: [i === 0 ? 'x' : `r${i - 1}`, 'w'], outputs: [`m${i}`] },
    { op: 'Sigmoid', inputs: [`m${i}`], outputs: [`r${i}`] },
  ]).flat();
  return encodeModel({
    nodes: [{ op: 'ConstantOfShape', inputs: ['size'], outputs: ['w'] }, ...nodes],
    inputs: [{ name: 'x', element: 'float32', shape: ['n', units] }],
    outputs: [{ name: `r${depth - 1}`, element: 'float32' }],
    integers: { size: [units, units] },
  });
}

async function measure(
  name: string,
  path: string,
  data: string,
  input: string,
  shape: readonly number[],
  layers: string[],
) {
  const [rows = 0, ...row] = shape;
  const width = row.reduce((product, length) => product * length, 1);
  const source = await openSource(path);
  const model = await readModel(source);
  const ends = new Set(model.outputs.map((output) => output.name));
  const bytes = await withOutputs(
    source,
    model,
    layers.filter((layer) => !ends.has(layer)),
    2e9,
  );
  const values = new Float32Array(batch * width).fill(0.5);
  const plain = async () => {
    const session = await openModel(bytes, folder, 'cpu');
    for (let at = 0; at < rows; at += batch) {
      const height = Math.min(batch, rows - at);
      const tensor = { type: 'float32', data: values.subarray(0, height * width), shape: [height, ...row] };
      await session.run({ [input]: tensor }, layers);
    }
    await session.close();
  };
  const around = { base: folder, memory: 8e9, signal: new AbortController().signal, progress: () => {} };
  const sink = { begin: async () => {}, put: async () => {} };
  const ours = () => runLayers({ path, layers, data: [{ path: data }], batch }, sink, around);
  const ratios: { readonly clock: number[]; readonly work: number[] } = { clock: [], work: [] };
  const spent: [number[], number[]] = [[], []];
  for (let i = -1; i < rounds; i++) {
    // Whichever comes first finds other caches than the second: they take turns. The first pair warms up.
    const inTurn = i % 2 === 0 ? ([0, 1] as const) : ([1, 0] as const);
    const pair: [Spent, Spent] = [
      [0, 0],
      [0, 0],
    ];
    for (const which of inTurn) pair[which] = await timed(which === 0 ? plain : ours);
    if (i < 0) continue;
    const [alone, together] = pair;
    ratios.clock.push(together[0] / alone[0]);
    ratios.work.push(together[1] / alone[1]);
    for (const which of inTurn) spent[which].push(pair[which][1]);
  }
  await source.close();
  const [alone, together] = spent.map((list) => quantile(list, 0.5)) as [number, number];
  process.stdout.write(
    `${name}: ${rows} rows, ${layers.length} layers, each with loading the model, ${rounds} pairs in turns, without writing: ` +
      `processor ${alone.toFixed(0)} ms by onnxruntime alone, ${together.toFixed(0)} ms by extraction.\n` +
      `  More of processor time: ${certain(ratios.work)}; by the clock: ${certain(ratios.clock)}\n`,
  );
}

/** The median of paired ratios as percent, with what it lies between with 95 % confidence (of the sign test). */
function certain(ratios: readonly number[]): string {
  const sorted = [...ratios].sort((a, b) => a - b);
  let [cut, tail, term] = [0, 0, 0.5 ** sorted.length];
  // As many of the least and of the largest as leave 2.5 % on either side.
  while (tail + term <= 0.025) {
    tail += term;
    cut++;
    term *= (sorted.length - cut + 1) / cut;
  }
  const bound = Math.max(0, cut - 1);
  const percent = (ratio: number | undefined) => `${(100 * ((ratio ?? Number.NaN) - 1)).toFixed(1)} %`;
  const [low, high] = [percent(sorted[bound]), percent(sorted[sorted.length - 1 - bound])];
  return `${percent(quantile(sorted, 0.5))} (${low} to ${high})`;
}

function quantile(values: readonly number[], at: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(at * (sorted.length - 1))] ?? Number.NaN;
}

type Spent = [number, number];

/** Milliseconds by the clock and of processor time, on all threads. */
async function timed(work: () => Promise<unknown>): Promise<Spent> {
  const [start, before] = [performance.now(), process.cpuUsage()];
  await work();
  const { user, system } = process.cpuUsage(before);
  return [performance.now() - start, (user + system) / 1000];
}

const root = join(import.meta.dirname, '../..');
const save = (name: string, rows: number, columns: number) => {
  writeFileSync(join(folder, name), encodeNpy(new Matrix(new Float32Array(rows * columns).fill(0.5), rows, columns)));
  return join(folder, name);
};
try {
  const relus = Array.from({ length: 8 }, (_, i) => `/layer${i + 1}/Relu_output_0`);
  const digits = join(root, 'media/samples/digits/digits-cnn-seed0.onnx');
  await measure('digits', digits, save('digits.npy', 9000, 64), 'image', [9000, 1, 8, 8], relus);
  const wide = join(folder, 'wide.onnx');
  writeFileSync(wide, products(1024, 8));
  const sums = Array.from({ length: 8 }, (_, i) => `r${i}`);
  await measure('products', wide, save('wide.npy', 4000, 1024), 'x', [4000, 1024], sums);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
