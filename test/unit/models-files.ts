import { bytesField, concat, encodeModel, type Graph, type GraphNode, integerField } from '../../src/linalg/onnx';

/** x (free x 4) -> Relu -> square -> sum over the second axis; and a chain of `more` further Relus. */
export function smallModel(more = 0, size: number | string = 'rows'): Uint8Array {
  const chain = Array.from(
    { length: more },
    (_, i): GraphNode => ({
      op: 'Relu',
      inputs: [i === 0 ? 'squared' : `deep/${i - 1}/out`],
      outputs: [`deep/${i}/out`],
    }),
  );
  const graph: Graph = {
    nodes: [
      { op: 'Relu', inputs: ['x'], outputs: ['block/act/out'] },
      { op: 'Mul', inputs: ['block/act/out', 'block/act/out'], outputs: ['squared'] },
      { op: 'ReduceSum', inputs: ['squared', 'axes'], outputs: ['total'], attributes: { keepdims: 0 } },
      { op: 'Transpose', inputs: ['squared'], outputs: ['turned'] },
      ...chain,
    ],
    inputs: [{ name: 'x', element: 'float32', shape: [size, 4] }],
    outputs: [{ name: 'total', element: 'float32', shape: [size] }],
    integers: { axes: [1] },
  };
  return encodeModel(graph);
}

/** Tokens looked up and doubled: ids (free x free) and a mask that is added to nothing. */
export function tokenModel(): Uint8Array {
  return encodeModel({
    nodes: [
      { op: 'Gather', inputs: ['table', 'input_ids'], outputs: ['looked'] },
      { op: 'Cast', inputs: ['looked'], outputs: ['numbers'], attributes: { to: 1 } },
      { op: 'Unsqueeze', inputs: ['numbers', 'last'], outputs: ['column'] },
      { op: 'Concat', inputs: ['column', 'column'], outputs: ['pair'], attributes: { axis: 2 } },
      { op: 'Identity', inputs: ['attention_mask'], outputs: ['same'] },
    ],
    inputs: [
      { name: 'input_ids', element: 'int64', shape: ['batch', 'tokens'] },
      { name: 'attention_mask', element: 'int64', shape: ['batch', 'tokens'] },
    ],
    outputs: [
      { name: 'pair', element: 'float32' },
      { name: 'same', element: 'int64' },
    ],
    integers: { last: [2], table: [0, 1, 2, 3, 4, 5, 6, 7] },
  });
}

/** A model whose only weights are in a file beside it, from a byte on. */
export function externalModel(location: string, offset = 0): Uint8Array {
  const entry = (key: string, value: string) => bytesField(13, concat([bytesField(1, key), bytesField(2, value)]));
  const weights = concat([
    ...[integerField(1, 4), integerField(2, 1), bytesField(8, 'w')],
    ...[entry('location', location), entry('offset', `${offset}`), entry('length', '16'), integerField(14, 1)],
  ]);
  const value = (name: string) =>
    concat([
      bytesField(1, name),
      bytesField(
        2,
        bytesField(
          1,
          concat([
            integerField(1, 1),
            bytesField(2, concat([bytesField(1, bytesField(2, 'n')), bytesField(1, integerField(1, 4))])),
          ]),
        ),
      ),
    ]);
  const node = concat([bytesField(1, 'x'), bytesField(1, 'w'), bytesField(2, 'y'), bytesField(4, 'Add')]);
  const graph = concat([
    ...[bytesField(1, node), bytesField(2, 'g'), bytesField(5, weights)],
    ...[bytesField(11, value('x')), bytesField(12, value('y'))],
  ]);
  return concat([
    integerField(1, 8),
    bytesField(7, graph),
    bytesField(8, concat([bytesField(1, ''), integerField(2, 17)])),
  ]);
}
