import { describe, expect, test } from 'vitest';
import { encodeIntegers, encodeModel, floatField, integerField, varint } from '../../src/linalg/onnx';
import { runGraph } from '../../src/linalg/runtime';

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');

describe('protobuf', () => {
  // The examples of the encoding's specification, protobuf.dev/programming-guides/encoding.
  test('integers are base 128, the lowest digit first', () => {
    expect(hex(varint(1))).toBe('01');
    expect(hex(varint(150))).toBe('9601');
    expect(hex(integerField(1, 150))).toBe('089601');
    expect(hex(varint(-2))).toBe('feffffffffffffffff01');
    expect(hex(varint(2 ** 53))).toBe('8080808080808010');
  });

  test('floats are four bytes', () => {
    expect(hex(floatField(2, 1))).toBe('150000803f');
  });

  test('a tensor of integers has its shape, type, name and bytes', () => {
    expect(hex(encodeIntegers('ab', [-1]))).toBe(['0801', '1007', '42026162', '4a08ffffffffffffffff'].join(''));
  });
});

describe('a model of our own bytes', () => {
  test('runs in onnxruntime: attributes, constants and named sizes', async () => {
    const graph = () => ({
      nodes: [
        { op: 'LeakyRelu', inputs: ['x'], outputs: ['bent'], attributes: { alpha: { float: 0.5 } } },
        { op: 'Reshape', inputs: ['bent', 'shape'], outputs: ['wide'] },
        { op: 'Transpose', inputs: ['wide'], outputs: ['y'], attributes: { perm: [1, 0] } },
      ],
      inputs: [{ name: 'x', element: 'float32' as const, shape: ['n', 2] }],
      outputs: [{ name: 'y', element: 'float32' as const }],
      integers: { shape: [2, -1] },
    });
    const data = Float32Array.of(1, -2, 3, -4, 5, -6);
    const { y } = await runGraph('test', graph, { x: { data, shape: [3, 2] } });
    expect(y?.dims).toEqual([3, 2]);
    expect(Array.from(y?.data as Float32Array)).toEqual([1, -2, -1, 5, 3, -3]);
    const into = new Float32Array(4);
    await runGraph(
      'test',
      graph,
      { x: { data: data.subarray(2), shape: [2, 2] } },
      { into: { y: { data: into, shape: [2, 2] } } },
    );
    expect([...into]).toEqual([3, 5, -2, -3]);
  });

  test('is the same bytes each time', () => {
    const graph = { nodes: [], inputs: [], outputs: [{ name: 'y', element: 'float64' as const, shape: [2] }] };
    expect(hex(encodeModel(graph))).toBe(hex(encodeModel(graph)));
  });
});
