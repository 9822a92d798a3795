import { type Field, fieldsIn, integersOf } from './wire';

/** A constant of a model: what is said of it, not what is in it. */
export interface Weights {
  readonly name: string;
  readonly dtype: string | null;
  readonly shape: readonly number[];
  /** The file that holds it, relative to the model's folder. */
  readonly external?: string;
  /** Where it lies in the model's file, with its values unless they are external; absent for a constant of a node. */
  readonly place?: Pick<Field, 'start' | 'end'>;
  /** Of a short list of integers (a shape, axes, indices): what is in it after all. */
  readonly integers?: readonly number[];
}

/** TensorProto.DataType, in NumPy's names. */
const dtypes: readonly (string | null)[] = [
  ...[null, 'float32', 'uint8', 'int8', 'uint16', 'int16', 'int32', 'int64', 'string', 'bool', 'float16', 'float64'],
  ...['uint32', 'uint64', 'complex64', 'complex128', 'bfloat16', 'float8_e4m3fn', 'float8_e4m3fnuz', 'float8_e5m2'],
  ...['float8_e5m2fnuz', 'uint4', 'int4', 'float4_e2m1'],
];

export function dtypeName(code: number): string | null {
  return dtypes[code] ?? null;
}

const longestList = 64;

/** A field of a message, and what it holds. */
export type Part = readonly [field: Field, content: Buffer];

export function* partsIn(bytes: Buffer): Generator<Part, void> {
  for (const field of fieldsIn(bytes)) yield [field, bytes.subarray(field.start, field.end)];
}

/** Reads TensorProto without its values. @throws Malformed */
export function readTensor(parts: Iterable<Part>): Weights {
  let name = '';
  let dtype: string | null = null;
  let external: string | undefined;
  let raw: Buffer | undefined;
  const shape: number[] = [];
  const integers: number[] = [];
  for (const [field, content] of parts) {
    const whole = { ...field, start: 0, end: content.length };
    if (field.number === 1) shape.push(...integersOf(content, whole));
    if (field.number === 2) dtype = dtypeName(field.value);
    if (field.number === 7 && integers.length < longestList) integers.push(...integersOf(content, whole));
    if (field.number === 8) name = content.toString('utf8');
    if (field.number === 9) raw = content;
    if (field.number === 13) external = locationOf(content) ?? external;
  }
  const length = shape.reduce((product, dim) => product * dim, 1);
  if (raw && dtype === 'int64' && raw.length === 8 * length && length <= longestList) {
    for (let i = 0; i < length; i++) integers.push(Number(raw.readBigInt64LE(8 * i)));
  }
  const known = dtype === 'int64' && integers.length === length && length <= longestList;
  return { name, dtype, shape, ...(external !== undefined && { external }), ...(known && { integers }) };
}

/** Of an entry of `external_data`, a key and a value: where the file lies. */
function locationOf(bytes: Buffer): string | undefined {
  const entry = { key: '', value: '' };
  for (const [field, content] of partsIn(bytes)) {
    if (field.number === 1) entry.key = content.toString('utf8');
    if (field.number === 2) entry.value = content.toString('utf8');
  }
  return entry.key === 'location' ? entry.value : undefined;
}
