import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { type FileSource, openSource } from '../../src/data/source';
import { bytesField, concat, encodeNode, encodeValue, type GraphNode, integerField } from '../../src/linalg/onnx';
import { openModel } from '../../src/linalg/session';
import { merge, prepareMerge } from '../../src/methods/describe/merging/merge';
import { loadNetwork } from '../../src/models/merge/network';
import { withWeights } from '../../src/models/merge/write';
import { readModel } from '../../src/models/onnx-read';
import { refusal } from './data-files';
import { root, temporaryFolder } from './engine-files';

const { signal } = new AbortController();
const folder = temporaryFolder();

interface Weights {
  readonly name: string;
  readonly shape: readonly number[];
  readonly values?: readonly number[];
  /** TensorProto.DataType; float32 unless it is said. */
  readonly type?: number;
}

const sizeOf = (shape: readonly number[]) => shape.reduce((product, dim) => product * dim, 1);
/** Numbers between -1 and 1, no two alike. */
const wave = (count: number, shift: number) => Array.from({ length: count }, (_, k) => Math.sin((k + shift) ** 2));

function tensor({ name, shape, values, type = 1 }: Weights): Uint8Array {
  const data = Float32Array.from(values ?? wave(sizeOf(shape), name.length * 31 + name.charCodeAt(0)));
  return concat([
    ...shape.map((dim) => integerField(1, dim)),
    ...[integerField(2, type), bytesField(8, name), bytesField(9, new Uint8Array(data.buffer))],
  ]);
}

/** A model of float32 `x` -> `y`; `before4`: with its weights among the inputs, as old files have it. */
function modelOf(
  nodes: readonly GraphNode[],
  weights: readonly Weights[],
  x: readonly (number | string)[] = ['n', 2, 4, 4],
  before4 = false,
): string {
  const inputs = [{ name: 'x', element: 'float32' as const, shape: x }];
  const own = before4 ? weights.map(({ name, shape }) => ({ name, element: 'float32' as const, shape })) : [];
  const graph = concat([
    ...nodes.map((node) => bytesField(1, encodeNode(node))),
    ...[bytesField(2, 'g'), ...weights.map((one) => bytesField(5, tensor(one)))],
    ...[...inputs, ...own].map((value) => bytesField(11, encodeValue(value))),
    bytesField(12, encodeValue({ name: 'y', element: 'float32' })),
  ]);
  const opset = bytesField(8, concat([bytesField(1, ''), integerField(2, 17)]));
  const path = join(folder, `${nodes.length}-${weights.length}-${Math.round(1e9 * Math.random())}.onnx`);
  writeFileSync(path, concat([integerField(1, before4 ? 3 : 8), bytesField(7, graph), opset]));
  return path;
}

const opened: FileSource[] = [];
afterAll(async () => {
  for (const source of opened) await source.close();
});

async function open(path: string) {
  const source = await openSource(path);
  opened.push(source);
  const model = await readModel(source);
  return { source, model, network: await loadNetwork(source, model, 1e9) };
}

async function outputsOf(bytes: Uint8Array, shape: readonly number[]): Promise<number[]> {
  const session = await openModel(bytes, folder, 'cpu');
  const data = Float32Array.from(wave(sizeOf(shape), 7));
  const { y } = await session.run({ x: { type: 'float32', data, shape } }, ['y']);
  await session.close();
  return Array.from(y?.data as Float32Array);
}

async function fileBytes(path: string): Promise<Uint8Array> {
  const source = await openSource(path);
  const bytes = new Uint8Array(source.size);
  await source.read(bytes, 0);
  await source.close();
  return bytes;
}

function expectClose(found: readonly number[], expected: readonly number[], digits = 5): void {
  expect(found).toHaveLength(expected.length);
  for (const [k, value] of found.entries()) expect(value).toBeCloseTo(expected[k] as number, digits);
}

const conv = (input: string, weights: string, output: string, more: Partial<GraphNode> = {}): GraphNode => ({
  ...{ op: 'Conv', inputs: [input, weights], outputs: [output], attributes: { pads: [1, 1, 1, 1] } },
  ...more,
});

/** Rows 0 and 2 of `first` are the same, so that its units 0 and 2 are copies where what takes them in is alike as well. */
function copied(weights: Weights, axis: 0 | 1, from: number, to: number, span = 1): Weights {
  const values = [...(weights.values ?? wave(sizeOf(weights.shape), 5))];
  const inner = sizeOf(weights.shape.slice(axis + 1)) * span;
  const block = inner * ((weights.shape[axis] as number) / span);
  for (let start = 0; start < values.length; start += block)
    for (let k = 0; k < inner; k++) values[start + to * inner + k] = values[start + from * inner + k] as number;
  return { ...weights, values };
}

/** What every layer is left with at β = 0, and the outputs of the merged model. */
async function mergedAt0(path: string, shape: readonly number[]) {
  const { source, model, network } = await open(path);
  const prepared = await prepareMerge(network.layers, network.values, signal);
  const merged = merge(prepared, { beta: 0, most: 1, rule: 'sum-incoming' }, signal);
  const bytes = await withWeights(source, model, network, merged.tensors, 1e9);
  const rewritten = join(folder, 'rewritten.onnx');
  writeFileSync(rewritten, bytes);
  const again = await open(rewritten);
  return {
    ...{ network, again: again.network, left: merged.layers.map(({ groups }) => groups.length) },
    outputs: await outputsOf(bytes, shape),
  };
}

test.each([false, true])(
  'batch normalisation goes into the weights before it; weights as inputs: %s',
  async (before4) => {
    const norm: GraphNode = {
      op: 'BatchNormalization',
      inputs: ['a', 's', 'o', 'm', 'v'],
      outputs: ['b'],
      attributes: { epsilon: { float: 0.01 } },
    };
    const nodes = [conv('x', 'w1', 'a'), norm, { op: 'Relu', inputs: ['b'], outputs: ['c'] }, conv('c', 'w2', 'y')];
    const list = (name: string, values: number[]) => ({ name, shape: [3], values });
    // Unit 2 is unit 0, only behind the normalisation: its kernel is twice as large, and its scale half.
    const kernel =
      copied({ name: 'w1', shape: [3, 2, 3, 3] }, 0, 0, 2).values?.map((value, k) => (k < 36 ? value : 2 * value)) ??
      [];
    const weights = [
      { name: 'w1', shape: [3, 2, 3, 3], values: kernel },
      list('s', [1.5, 0.7, 0.75]),
      list('o', [0.1, -0.2, 0.1]),
      list('m', [0.25, 0.1, 0.5]),
      list('v', [0.99, 0.49, 0.99]),
      copied({ name: 'w2', shape: [2, 3, 3, 3] }, 1, 0, 2),
    ];
    const path = modelOf(nodes, weights, ['n', 2, 4, 4], before4);
    const shape = [3, 2, 4, 4];
    const { network, again, left, outputs } = await mergedAt0(path, shape);
    expect(network.layers.map(({ units, homogeneous, bias }) => [units, homogeneous, bias !== undefined])).toEqual([
      [3, true, true],
    ]);
    expect(left).toEqual([2]);
    expect(again.layers[0]?.units).toBe(2);
    expectClose(outputs, await outputsOf(await fileBytes(path), shape));
  },
);

test('units are followed through pooling, flattening and products, each with all its places', async () => {
  const nodes: GraphNode[] = [
    conv('x', 'w1', 'a'),
    { op: 'Relu', inputs: ['a'], outputs: ['b'] },
    { op: 'MaxPool', inputs: ['b'], outputs: ['c'], attributes: { kernel_shape: [2, 2], strides: [2, 2] } },
    { op: 'Flatten', inputs: ['c'], outputs: ['d'] },
    { op: 'Gemm', inputs: ['d', 'w2', 'b2'], outputs: ['e'], attributes: { transB: 1 } },
    { op: 'LeakyRelu', inputs: ['e'], outputs: ['f'], attributes: { alpha: { float: 0.1 } } },
    { op: 'MatMul', inputs: ['f', 'w3'], outputs: ['g'] },
    { op: 'Add', inputs: ['g', 'b3'], outputs: ['h'] },
    { op: 'Relu', inputs: ['h'], outputs: ['i'] },
    { op: 'MatMul', inputs: ['i', 'w4'], outputs: ['y'] },
  ];
  const weights = [
    copied({ name: 'w1', shape: [3, 2, 3, 3] }, 0, 0, 2),
    copied(copied({ name: 'w2', shape: [4, 12] }, 1, 0, 2, 4), 0, 1, 3),
    { name: 'b2', shape: [4], values: [0.1, 0.2, 0.3, 0.2] },
    copied(copied({ name: 'w3', shape: [4, 3] }, 0, 1, 3), 1, 0, 1),
    { name: 'b3', shape: [3], values: [0.5, 0.5, -0.5] },
    copied({ name: 'w4', shape: [3, 2] }, 0, 0, 1),
  ];
  const path = modelOf(nodes, weights);
  const { network, left, outputs } = await mergedAt0(path, [2, 2, 4, 4]);
  expect(network.layers.map(({ units }) => units)).toEqual([3, 4, 3]);
  expect(network.layers[0]?.outgoing).toEqual([{ tensor: 1, axis: 1, span: 4 }]);
  expect(left).toEqual([2, 3, 2]);
  expectClose(outputs, await outputsOf(await fileBytes(path), [2, 2, 4, 4]));
});

test('units that go two ways are followed on both, and a gate of their own is no ReLU', async () => {
  const nodes: GraphNode[] = [
    conv('x', 'w1', 'a'),
    { op: 'Sigmoid', inputs: ['a'], outputs: ['g'] },
    { op: 'Mul', inputs: ['a', 'g'], outputs: ['b'] },
    conv('b', 'w2', 'c'),
    conv('b', 'w3', 'd'),
    { op: 'Add', inputs: ['c', 'd'], outputs: ['y'] },
  ];
  const weights = ['w1', 'w2', 'w3'].map((name, i) => ({ name, shape: i === 0 ? [3, 2, 3, 3] : [2, 3, 3, 3] }));
  const { network } = await open(modelOf(nodes, weights));
  expect(network.layers).toHaveLength(1);
  expect(network.layers[0]).toMatchObject({ units: 3, homogeneous: false });
  expect(network.layers[0]?.outgoing.map(({ tensor }) => network.tensors[tensor])).toEqual(['w2', 'w3']);
});

test.each([
  [
    'a sum with another branch',
    [conv('x', 'w1', 'a'), { op: 'Add', inputs: ['a', 'x'], outputs: ['b'] }, conv('b', 'w2', 'y')],
    /Add adds or multiplies it with another branch/,
  ],
  [
    'a softmax',
    [conv('x', 'w1', 'a'), { op: 'Softmax', inputs: ['a'], outputs: ['b'] }, conv('b', 'w2', 'y')],
    /Softmax stands between it and the next weights/,
  ],
  [
    'a fixed shape',
    [conv('x', 'w1', 'a'), { op: 'Transpose', inputs: ['a'], outputs: ['b'] }, conv('b', 'w2', 'y')],
    /Transpose stands between/,
  ],
  ['shared weights', [conv('x', 'w1', 'a'), conv('a', 'w1', 'b'), conv('b', 'w2', 'y')], /'w1' are used 2 times/],
  [
    'groups',
    [conv('x', 'w1', 'a'), conv('a', 'w2', 'y', { attributes: { group: 2, pads: [1, 1, 1, 1] } })],
    /Conv is a convolution in 2 groups/,
  ],
  ['an output', [conv('x', 'w1', 'y')], /an output of the model/],
  [
    'a constant of its own',
    [conv('x', 'w1', 'a'), { op: 'Mul', inputs: ['a', 'w2'], outputs: ['b'] }, conv('b', 'w1b', 'y')],
    /Mul has a constant of its own/,
  ],
] as const)('what stands in the way is said: %s', async (_, nodes, why) => {
  const weights = [...new Set(nodes.flatMap(({ inputs }) => inputs).filter((name) => name.startsWith('w')))];
  const { network } = await open(
    modelOf(
      nodes as readonly GraphNode[],
      weights.map((name) => ({ name, shape: [2, 2, 3, 3] })),
    ),
  );
  expect(network.layers).toEqual([]);
  expect(network.left[0]?.why).toMatch(why);
});

test('a digits network that was widened by copies is back to its width at β = 0', async () => {
  const path = join(root, 'media/samples/digits/digits-cnn-seed0.onnx');
  const { source, model, network } = await open(path);
  const [first] = network.layers;
  const width = first?.units ?? 0;
  // Unit 3 twice: what makes it is copied, what takes it in is halved.
  const wider = network.values.map((one, t) => {
    const tie = [first?.incoming, first?.bias, ...(first?.outgoing ?? [])].find((other) => other?.tensor === t);
    if (!tie) return one;
    const inner = sizeOf(one.shape.slice(tie.axis + 1));
    const half = first?.outgoing.includes(tie) ? 0.5 : 1;
    const rows = one.values.length / (width * inner);
    const values = Array.from({ length: rows }, (_, r) => {
      const block = Array.from(one.values.subarray(r * width * inner, (r + 1) * width * inner));
      const unit = block.slice(3 * inner, 4 * inner).map((value) => half * value);
      block.splice(3 * inner, inner, ...unit);
      return [...block, ...unit];
    }).flat();
    return {
      ...one,
      shape: one.shape.map((dim, axis) => (axis === tie.axis ? dim + 1 : dim)),
      values: Float64Array.from(values),
    };
  });
  const widened = join(folder, 'wider.onnx');
  writeFileSync(widened, await withWeights(source, model, network, wider, 1e9));
  const again = await open(widened);
  expect(again.network.layers[0]?.units).toBe(width + 1);
  const prepared = await prepareMerge(again.network.layers, again.network.values, signal);
  const { layers } = merge(prepared, { beta: 0, most: 1, rule: 'sum-incoming' }, signal);
  expect(layers.map(({ groups }) => groups.length)).toEqual(network.layers.map(({ units }) => units));
  expect(layers[0]?.groups.at(-1)).toEqual([3, width]);
});

test('weights that are not all there, or too many for the memory bound, are refused in words', async () => {
  const nodes = [conv('x', 'w1', 'a'), conv('a', 'w2', 'y')];
  const short = modelOf(nodes, [
    { name: 'w1', shape: [2, 2, 3, 3], values: [1, 2, 3] },
    { name: 'w2', shape: [2, 2, 3, 3] },
  ]);
  expect(await refusal(open(short))).toMatch(/the weights 'w1' have 12 bytes where 144 belong/);
  const odd = modelOf(nodes, [
    { name: 'w1', shape: [2, 2, 3, 3], values: [Number.NaN, ...wave(35, 1)] },
    { name: 'w2', shape: [2, 2, 3, 3] },
  ]);
  expect(await refusal(open(odd))).toMatch(/'w1' hold values that are not finite/);
  const source = await openSource(
    modelOf(
      nodes,
      ['w1', 'w2'].map((name) => ({ name, shape: [2, 2, 3, 3] })),
    ),
  );
  expect(await refusal(loadNetwork(source, await readModel(source), 1000))).toMatch(/needs .* of memory; the bound is/);
  await source.close();
});
