import type { Layout } from './array';
import { dtypeOf } from './npy';
import { type Pickled, PickledCall, PickledName, PickledTuple } from './pickle-values';
import type { ByteSource } from './source';

/** Bytes in memory. */
class MemorySource implements ByteSource {
  constructor(private readonly bytes: Uint8Array) {}

  get size(): number {
    return this.bytes.length;
  }

  async read(target: Uint8Array, position: number): Promise<void> {
    if (position + target.length > this.size) throw new RangeError('A read beyond the bytes of an array.');
    target.set(this.bytes.subarray(position, position + target.length));
  }
}

/** Whether a call would make an array of NumPy: the modules of NumPy 1 and 2. */
export function isNumpyArray(call: PickledCall): boolean {
  return /^numpy\.(_?core)\.(multiarray|numeric)\.(_reconstruct|_frombuffer)$/.test(String(call.callee));
}

/**
 * The array that numpy.ndarray.__reduce__ describes: version, shape, dtype, order and bytes.
 * @returns undefined where it is none that can be read: of objects, or damaged.
 * @throws UserError, beginning with `where`, when its dtype is unknown.
 */
export function numpyLayout(call: PickledCall, where: string): Layout | undefined {
  const [, shape, dtype, fortran, data] = call.state instanceof PickledTuple ? call.state.items : [];
  const bytes = bytesOf(data);
  if (!(shape instanceof PickledTuple) || !(dtype instanceof PickledCall) || !bytes) return undefined;
  const sizes = shape.items.filter((length) => typeof length === 'number');
  const [code] = dtype.args;
  const [, order] = dtype.state instanceof PickledTuple ? dtype.state.items : [];
  if (sizes.length !== shape.items.length || typeof code !== 'string') return undefined;
  const bigEndian = order === '>';
  const known = dtypeOf(`${bigEndian ? '>' : '<'}${code}`, where);
  const expected = sizes.reduce((product, length) => product * length, known.itemsize);
  if (sizes.some((length) => !Number.isSafeInteger(length) || length < 0) || expected !== bytes.length)
    return undefined;
  const source = new MemorySource(bytes);
  return { source, offset: 0, shape: sizes, dtype: known, fortran: fortran === true, bigEndian };
}

/** Protocols before 3 have no bytes: Python writes them as Latin-1 text, to be encoded by a call. */
function bytesOf(data: Pickled | undefined): Uint8Array | undefined {
  if (data instanceof Uint8Array) return data;
  if (typeof data === 'string') return latin1(data);
  if (!(data instanceof PickledCall) || !(data.callee instanceof PickledName)) return undefined;
  const [text, encoding] = data.args;
  const known = String(data.callee) === '_codecs.encode' && encoding === 'latin1';
  return known && typeof text === 'string' ? latin1(text) : undefined;
}

function latin1(text: string): Uint8Array | undefined {
  const bytes = Buffer.from(text, 'latin1');
  return bytes.toString('latin1') === text ? bytes : undefined;
}
