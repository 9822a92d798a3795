import type { FileSource } from '../../data/source';
import { bytesField, concat, ELEMENT, integerField, varint } from '../../linalg/onnx';
import type { WeightTensor } from '../../linalg/units';
import { UserError } from '../../protocol/errors';
import { size } from '../../protocol/words';
import type { Model } from '../onnx-read';
import { partsIn } from '../onnx-tensor';
import { type Field, Wire } from '../wire';
import type { LoadedNetwork } from './network';
import { encodeValues, isKind } from './values';

/** GraphProto: node, initializer, input, value_info; ModelProto.graph. */
const [NODE, INITIALIZER, INPUT, VALUE] = [1, 5, 11, 13];
const GRAPH = 7;
/** A node, or the description of a value: larger ones are copied as they are. */
const small = 1 << 20;
const largest = 2 ** 31 - 1;

/**
 * The model with other weights in the place of its own, which may have fewer units, and without the batch normalisations
 * that these hold. What it says of shapes in between is left out: they are others now.
 * @param tensors for the network's tensors, in their order.
 * @throws UserError where it takes more than `memory` bytes.
 */
export async function withWeights(
  source: FileSource,
  model: Model,
  network: LoadedNetwork,
  tensors: readonly WeightTensor[],
  memory: number,
): Promise<Uint8Array> {
  const { place } = model;
  if (source.size > Math.min(memory, largest))
    throw new UserError(
      `${source.name} is ${size(source.size)}; the bound is ${size(Math.min(memory, largest))}. Raise the memory bound.`,
    );
  const dtypes = new Map(model.weights.map(({ name, dtype }) => [name, dtype]));
  const changed = new Map(tensors.map((tensor) => [tensor.name, tensor]));
  const added = tensors.filter(({ name }) => !dtypes.has(name));
  const placed = new Map(model.weights.map(({ name, place: at }) => [at?.start, name]));
  const dropped = new Set(network.folds.map(({ norm }) => norm));
  const producers = new Map(network.folds.map((fold) => [fold.producer, fold]));
  const parts: Uint8Array[] = [];
  const wire = new Wire(source);
  let nodes = 0;
  const copy = async ({ key, end }: Pick<Field, 'key' | 'end'>) => {
    const bytes = new Uint8Array(end - key);
    await source.read(bytes, key);
    parts.push(bytes);
  };
  for await (const field of wire.fields(place.start, place.end)) {
    if (field.number === VALUE) continue;
    if (field.number === NODE) {
      const node = model.nodes[nodes++];
      if (node && dropped.has(node)) continue;
      const fold = node && producers.get(node);
      if (fold) {
        const inputs = [...fold.producer.inputs.slice(0, 2), fold.bias];
        parts.push(bytesField(NODE, rewired(await wire.content(field, small), inputs, fold.norm.outputs.slice(0, 1))));
        continue;
      }
    }
    const own = field.number === INITIALIZER ? changed.get(placed.get(field.start) ?? '') : undefined;
    if (own) parts.push(bytesField(INITIALIZER, encoded(own, dtypes.get(own.name) ?? null)));
    else if (field.number === INPUT && field.end - field.start <= small)
      parts.push(described(await wire.content(field, small), changed));
    else await copy(field);
  }
  for (const tensor of added)
    parts.push(bytesField(INITIALIZER, encoded(tensor, dtypeBeside(network, tensor, dtypes))));
  const graph = concat(parts);
  const [before, after] = [new Uint8Array(place.key), new Uint8Array(source.size - place.end)];
  await source.read(before, 0);
  await source.read(after, place.end);
  return concat([before, varint((GRAPH << 3) | 2), varint(graph.length), graph, after]);
}

/** TensorProto. */
function encoded({ name, shape, values }: WeightTensor, dtype: string | null): Uint8Array {
  const kind = isKind(dtype) ? dtype : 'float32';
  return concat([
    ...shape.map((dim) => integerField(1, dim)),
    integerField(2, ELEMENT[kind]),
    bytesField(8, name),
    bytesField(9, encodeValues(values, kind)),
  ]);
}

/** A new bias is of the type of its weights. */
function dtypeBeside({ folds }: LoadedNetwork, { name }: WeightTensor, dtypes: ReadonlyMap<string, string | null>) {
  const fold = folds.find(({ bias }) => bias === name);
  return dtypes.get(fold?.weights ?? '') ?? null;
}

/** NodeProto with other inputs and outputs. */
function rewired(node: Buffer, inputs: readonly string[], outputs: readonly string[]): Uint8Array {
  const rest = [...partsIn(node)].filter(([{ number }]) => number > 2);
  return concat([
    ...inputs.map((name) => bytesField(1, name)),
    ...outputs.map((name) => bytesField(2, name)),
    ...rest.map(([{ key, end }]) => node.subarray(key, end)),
  ]);
}

/** An input of the graph; where it is weights with a default, as before IR version 4, in their new shape. */
function described(value: Buffer, changed: ReadonlyMap<string, WeightTensor>): Uint8Array {
  const name = [...partsIn(value)].find(([{ number }]) => number === 1)?.[1].toString('utf8') ?? '';
  const own = changed.get(name);
  if (!own) return bytesField(INPUT, value);
  const dims = own.shape.map((dim) => bytesField(1, integerField(1, dim)));
  const type = [...partsIn(value)].find(([{ number }]) => number === 2)?.[1] ?? Buffer.alloc(0);
  const tensor = [...partsIn(type)].find(([{ number }]) => number === 1)?.[1] ?? Buffer.alloc(0);
  const element = [...partsIn(tensor)].find(([{ number }]) => number === 1)?.[0].value ?? ELEMENT.float32;
  const shaped = concat([integerField(1, element), bytesField(2, concat(dims))]);
  return bytesField(INPUT, concat([bytesField(1, name), bytesField(2, bytesField(1, shaped))]));
}
