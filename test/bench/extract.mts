// What extraction takes beside a plain run of the same model, batch by batch, by onnxruntime alone. Two networks: the small
// one of the samples, and one whose products take long; all layers, kept whole.
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
const [batch, rounds] = [32, 5];

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
  const times: number[][] = [];
  for (let i = 0; i <= rounds; i++) times.push([...(await timed(plain)), ...(await timed(ours))]);
  await source.close();
  // The first round warms up. Processor time tells more than the clock where other programs run.
  const least = [0, 1, 2, 3].map((i) => Math.min(...times.slice(1).map((round) => round[i] as number)));
  const [clock = 0, work = 0, clockOurs = 0, workOurs = 0] = least;
  const more = (ours: number, alone: number) => `${(100 * (ours / alone - 1)).toFixed(1)} %`;
  process.stdout.write(
    `${name}: ${rows} rows, ${layers.length} layers, each with loading the model: onnxruntime ${clock.toFixed(0)} ms ` +
      `(processor ${work.toFixed(0)} ms), extraction without writing ${clockOurs.toFixed(0)} ms (${workOurs.toFixed(0)} ms): ` +
      `${more(clockOurs, clock)} more by the clock, ${more(workOurs, work)} of processor time\n`,
  );
}

/** Milliseconds by the clock and of processor time, on all threads. */
async function timed(work: () => Promise<unknown>): Promise<[number, number]> {
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
