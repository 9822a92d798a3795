/**
 * Writes ONNX models as protobuf bytes (onnx.proto3 of ONNX 1.16, IR version 8). A protobuf message is a run of fields,
 * each a key (field number and wire type) and a value; a message within a message is its length and its bytes.
 */
export type Bytes = Uint8Array<ArrayBuffer>;

const VARINT = 0;
const LENGTH_DELIMITED = 2;
const FIXED32 = 5;

/** Element types, numbered as in TensorProto.DataType. */
export const ELEMENT = { float32: 1, uint8: 2, int32: 6, int64: 7, bool: 9, float16: 10, float64: 11 } as const;
export type Element = keyof typeof ELEMENT;

/** Base-128 bytes of an integer, least significant first; a negative one is its 64-bit two's complement. */
export function varint(value: number | bigint): Bytes {
  let rest = BigInt.asUintN(64, BigInt(value));
  const out: number[] = [];
  do {
    const low = Number(rest & 0x7fn);
    rest >>= 7n;
    out.push(rest > 0n ? low | 0x80 : low);
  } while (rest > 0n);
  return Uint8Array.from(out);
}

export function concat(parts: readonly Uint8Array[]): Bytes {
  const out = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}

const key = (field: number, wire: number) => varint((field << 3) | wire);

/** An integer or enum field. */
export function integerField(field: number, value: number | bigint): Bytes {
  return concat([key(field, VARINT), varint(value)]);
}

/** A string, bytes or message field. */
export function bytesField(field: number, value: string | Uint8Array): Bytes {
  const bytes = typeof value === 'string' ? new TextEncoder().encode(value) : value;
  return concat([key(field, LENGTH_DELIMITED), varint(bytes.length), bytes]);
}

/** A 32-bit float field. */
export function floatField(field: number, value: number): Bytes {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setFloat32(0, value, true);
  return concat([key(field, FIXED32), bytes]);
}

/** AttributeProto: an integer, a list of integers, or `{ float }`. */
export type Attribute = number | readonly number[] | { readonly float: number };

function attribute(name: string, value: Attribute): Bytes {
  const FLOAT = 1;
  const INT = 2;
  const INTS = 7;
  const type = (code: number) => integerField(20, code);
  if (typeof value === 'number') return concat([bytesField(1, name), integerField(3, value), type(INT)]);
  if ('float' in value) return concat([bytesField(1, name), floatField(2, value.float), type(FLOAT)]);
  return concat([bytesField(1, name), ...value.map((item) => integerField(8, item)), type(INTS)]);
}

export interface GraphNode {
  readonly op: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes?: Readonly<Record<string, Attribute>>;
  /** Empty for the standard operators. */
  readonly domain?: string;
}

/** NodeProto. */
export function encodeNode(node: GraphNode): Bytes {
  return concat([
    ...node.inputs.map((name) => bytesField(1, name)),
    ...node.outputs.map((name) => bytesField(2, name)),
    bytesField(4, node.op),
    ...Object.entries(node.attributes ?? {}).map(([name, value]) => bytesField(5, attribute(name, value))),
    ...(node.domain ? [bytesField(7, node.domain)] : []),
  ]);
}

/** A graph's input or output. A dimension is a size, or a name where the size is free; no `shape`: any rank. */
export interface GraphValue {
  readonly name: string;
  readonly element: Element;
  readonly shape?: readonly (number | string)[];
}

/** ValueInfoProto. */
export function encodeValue(value: GraphValue): Bytes {
  const dimensions = value.shape?.map((size) =>
    bytesField(1, typeof size === 'number' ? integerField(1, size) : bytesField(2, size)),
  );
  const tensor = concat([
    integerField(1, ELEMENT[value.element]),
    ...(dimensions ? [bytesField(2, concat(dimensions))] : []),
  ]);
  return concat([bytesField(1, value.name), bytesField(2, bytesField(1, tensor))]);
}

/** TensorProto of 64-bit integers: a constant shape, axes or indices. */
export function encodeIntegers(name: string, values: readonly number[]): Bytes {
  const raw = new Uint8Array(8 * values.length);
  const view = new DataView(raw.buffer);
  for (const [i, value] of values.entries()) view.setBigInt64(8 * i, BigInt(value), true);
  return concat([
    integerField(1, values.length),
    integerField(2, ELEMENT.int64),
    bytesField(8, name),
    bytesField(9, raw),
  ]);
}

export interface Graph {
  readonly nodes: readonly GraphNode[];
  readonly inputs: readonly GraphValue[];
  readonly outputs: readonly GraphValue[];
  /** Constant lists of integers, by name. */
  readonly integers?: Readonly<Record<string, readonly number[]>>;
}

/** ModelProto with operator set 17, which every onnxruntime since 1.12 runs. */
export function encodeModel(graph: Graph): Bytes {
  const body = concat([
    ...graph.nodes.map((node) => bytesField(1, encodeNode(node))),
    bytesField(2, 'sextant'),
    ...Object.entries(graph.integers ?? {}).map(([name, values]) => bytesField(5, encodeIntegers(name, values))),
    ...graph.inputs.map((value) => bytesField(11, encodeValue(value))),
    ...graph.outputs.map((value) => bytesField(12, encodeValue(value))),
  ]);
  const operatorSet = concat([bytesField(1, ''), integerField(2, 17)]);
  return concat([integerField(1, 8), bytesField(7, body), bytesField(8, operatorSet)]);
}
