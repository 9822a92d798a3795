import type { FileSource } from '../data/source';
import { bytesField, concat, varint } from '../linalg/onnx';
import { UserError } from '../protocol/errors';
import { size } from '../protocol/words';
import type { Model } from './onnx-read';

/** Protobuf messages, and with them models without their weights beside them, end at 2 GiB. */
const largest = 2 ** 31 - 1;

/** GraphProto.output, ModelProto.graph. */
const OUTPUT = 12;
const GRAPH = 7;

/**
 * A model's bytes with more tensors among its outputs: each is one more description at the end of the graph, and the
 * graph's length is written anew. The file stays as it is.
 * @param names of tensors that are no outputs yet.
 * @throws UserError where the model is larger than a protobuf message can be, or `memory` bytes.
 */
export async function withOutputs(
  source: FileSource,
  { place }: Pick<Model, 'place'>,
  names: readonly string[],
  memory: number,
): Promise<Uint8Array> {
  // Onnxruntime finds out type and shape by itself.
  const added = concat(names.map((name) => bytesField(OUTPUT, bytesField(1, name))));
  const head = concat([varint((GRAPH << 3) | 2), varint(place.end - place.start + added.length)]);
  const total = place.key + head.length + (place.end - place.start) + added.length + (source.size - place.end);
  if (total > largest)
    throw new UserError(
      `${source.name} is ${size(source.size)}; a model file can have ${size(largest)}. Save its weights as external data.`,
    );
  if (total > memory)
    throw new UserError(
      `${source.name} needs ${size(total)} of memory to be run; the bound is ${size(memory)}. Raise the memory bound.`,
    );
  const bytes = new Uint8Array(total);
  let at = 0;
  const copy = async (start: number, end: number) => {
    await source.read(bytes.subarray(at, at + end - start), start);
    at += end - start;
  };
  const put = (part: Uint8Array) => {
    bytes.set(part, at);
    at += part.length;
  };
  await copy(0, place.key);
  put(head);
  await copy(place.start, place.end);
  put(added);
  await copy(place.end, source.size);
  return bytes;
}
