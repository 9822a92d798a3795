import { closeSync, openSync, writeSync } from 'node:fs';
import { expect, test } from 'vitest';
import { openSource } from '../../src/data/source';
import { bytesField, concat, encodeModel, integerField, varint } from '../../src/linalg/onnx';
import { describeModel, readGraph } from '../../src/models/describe';
import { readModel } from '../../src/models/onnx-read';
import { refusal, scratch } from './data-files';
import { externalModel, smallModel } from './models-files';

const { write } = scratch();

async function inspect(bytes: Uint8Array, name = 'm.onnx') {
  const { model } = await describeModel(write(name, bytes));
  if (!model) throw new Error('no model');
  return model;
}

test('what a model takes, gives and computes in between, with shapes and parts', async () => {
  const model = await inspect(smallModel());
  expect(model).toMatchObject({ opsets: [{ domain: '', version: 17 }], irVersion: 8, nodes: 4, parameters: 1 });
  expect(model.inputs).toEqual([{ name: 'x', dtype: 'float32', shape: ['rows', 4] }]);
  expect(model.layers.map(({ name, op, shape, role, scope }) => [name, op, shape, role, scope])).toEqual([
    ['block/act/out', 'Relu', ['rows', 4], 'activation', 'block/act'],
    ['squared', 'Mul', ['rows', 4], undefined, ''],
    ['total', 'ReduceSum', ['rows'], 'output', ''],
    ['turned', 'Transpose', [4, 'rows'], undefined, ''],
  ]);
});

test('shapes behind convolutions, pools and products follow from their attributes', async () => {
  const model = await inspect(
    encodeModel({
      nodes: [
        {
          op: 'Conv',
          inputs: ['x', 'w'],
          outputs: ['conv'],
          attributes: { strides: [2, 2], pads: [1, 1, 1, 1], kernel_shape: [3, 3] },
        },
        { op: 'BatchNormalization', inputs: ['conv', 's', 's', 's', 's'], outputs: ['bn'] },
        { op: 'Relu', inputs: ['bn'], outputs: ['relu'] },
        { op: 'MaxPool', inputs: ['relu'], outputs: ['pool'], attributes: { kernel_shape: [2, 2], strides: [2, 2] } },
        { op: 'GlobalAveragePool', inputs: ['pool'], outputs: ['gap'] },
        { op: 'Flatten', inputs: ['gap'], outputs: ['flat'] },
        { op: 'Add', inputs: ['pool', 'pool'], outputs: ['sum'] },
        { op: 'Reshape', inputs: ['sum', 'shape'], outputs: ['rows'] },
        { op: 'MatMul', inputs: ['rows', 'm'], outputs: ['product'] },
      ],
      inputs: [
        { name: 'x', element: 'float32', shape: ['n', 3, 15, 17] },
        { name: 'w', element: 'float32', shape: [8, 3, 3, 3] },
        { name: 'm', element: 'float32', shape: [96, 5] },
        { name: 's', element: 'float32', shape: [8] },
      ],
      outputs: [{ name: 'product', element: 'float32' }],
      integers: { shape: [0, -1] },
    }),
  );
  const shapes = Object.fromEntries(model.layers.map(({ name, shape }) => [name, shape]));
  // (15 + 2 - 3) / 2 + 1 = 8, (17 + 2 - 3) / 2 + 1 = 9; half of them, rounded down.
  expect(shapes).toMatchObject({ conv: ['n', 8, 8, 9], pool: ['n', 8, 4, 4], gap: ['n', 8, 1, 1], flat: ['n', 8] });
  expect(shapes).toMatchObject({ rows: ['n', 128], sum: ['n', 8, 4, 4] });
  const roles = Object.fromEntries(model.layers.map(({ name, role }) => [name, role]));
  expect(roles).toMatchObject({
    relu: 'activation',
    pool: 'pooling',
    gap: 'pooling',
    sum: 'residual',
    product: 'output',
  });
  // What is rectified at once is looked at afterwards.
  expect(roles.bn).toBeUndefined();
});

test('a model of 2,000 nodes is read whole', async () => {
  const model = await inspect(smallModel(2000));
  expect(model.nodes).toBe(2004);
  expect(model.layers.at(-1)).toMatchObject({ name: 'deep/1999/out', role: 'activation', shape: ['rows', 4] });
});

test('a model of several GB is inspected, and its weights are passed over', async () => {
  const size = 5e9;
  const node = concat([bytesField(1, 'x'), bytesField(1, 'w'), bytesField(2, 'y'), bytesField(4, 'Add')]);
  const value = (name: string) => concat([bytesField(1, name), bytesField(2, bytesField(1, integerField(1, 1)))]);
  const longer = (field: number, length: number) => concat([varint((field << 3) | 2), varint(length)]);
  const tensor = concat([integerField(1, size / 4), integerField(2, 1), bytesField(8, 'w'), longer(9, size)]);
  const before = concat([bytesField(1, node), longer(5, tensor.length + size), tensor]);
  const after = concat([bytesField(11, value('x')), bytesField(12, value('y'))]);
  const start = concat([integerField(1, 8), longer(7, before.length + size + after.length), before]);
  const path = write('huge.onnx', start);
  const file = openSync(path, 'r+');
  // A hole stands for the weights: nothing is stored for it.
  writeSync(file, concat([after, bytesField(8, integerField(2, 17))]), 0, undefined, start.length + size);
  closeSync(file);
  const { bytes, model } = await describeModel(path);
  expect(bytes).toBeGreaterThan(size);
  expect(model).toMatchObject({ parameters: size / 4, inputs: [{ name: 'x' }], layers: [{ name: 'y', op: 'Add' }] });
});

test('weights in other files are named, and said to be missing', async () => {
  const model = await inspect(externalModel('weights.bin'));
  expect(model.external).toEqual([{ file: 'weights.bin', bytes: null }]);
});

test('what is no model is refused in words', async () => {
  const refused = async (bytes: Uint8Array, message: RegExp) =>
    expect(await refusal(describeModel(write('bad.onnx', bytes)))).toMatch(message);
  await refused(Buffer.from('this is a text, not a model'), /bad\.onnx: this is no ONNX model/);
  await refused(new Uint8Array(0), /no ONNX model: it holds no graph/);
  await refused(new Uint8Array(4096), /no ONNX model, or it is damaged \(byte 0/);
  await refused(integerField(1, 8), /it holds no graph/);
  await refused(bytesField(7, new Uint8Array(0)), /its graph is empty/);
  await refused(concat([bytesField(7, ''), bytesField(7, '')]), /it holds several graphs/);
  const whole = smallModel();
  await refused(whole.subarray(0, whole.length - 40), /damaged/);
  // A length of 2^63, and one beyond the end.
  await refused(concat([Uint8Array.of(0x3a), Uint8Array.of(255, 255, 255, 255, 255, 255, 255, 255, 127)]), /damaged/);
  await refused(Uint8Array.of(0x3a, 100, 1), /longer than what it is in/);
  await refused(Uint8Array.of(0x08, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255), /longer than ten bytes/);
});

test('a model that is cut or changed anywhere is read or refused, and nothing else', async () => {
  const whole = smallModel(3);
  for (let i = 0; i < whole.length; i++) {
    for (const bytes of [whole.slice(0, i), Uint8Array.from(whole, (byte, j) => (j === i ? byte ^ 0xff : byte))]) {
      const source = await openSource(write('cut.onnx', bytes));
      await readModel(source).catch((error: Error) => expect(error.name, error.stack ?? '').toBe('UserError'));
      await source.close();
    }
  }
});

test('of some layers, those that feed each with none in between', async () => {
  const graph = await readGraph(write('graph.onnx', smallModel(2)));
  const names = ['block/act/out', 'squared', 'deep/1/out', 'total'];
  expect([...graph.feeding(names)]).toEqual([
    ['block/act/out', []],
    ['squared', ['block/act/out']],
    ['deep/1/out', ['squared']],
    ['total', ['squared']],
  ]);
  expect(graph.feeding(['block/act/out', 'total']).get('total')).toEqual(['block/act/out']);
});
