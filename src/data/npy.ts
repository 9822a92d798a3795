import { UserError } from '../protocol/errors';
import { count, dims, plural } from '../protocol/words';
import { elements, type Layout } from './array';
import { containerFile, describeArray } from './container';
import { type Dtype, numericDtype } from './dtype';
import type { Format } from './format';
import { type Literal, parseLiteral, Tuple } from './python';
import type { ByteSource } from './source';

/** Longest header of versions 2 and 3; NumPy itself stops at 10,000 characters unless told otherwise. */
const longestHeader = 1 << 20;

/**
 * Reads the header of an array in NumPy's format, versions 1 to 3 (numpy.lib.format), and checks that the bytes after it
 * are the array's, no more and no fewer.
 * @throws UserError otherwise, beginning with `where` ("acts.npz: tensor 'layer1'").
 */
export async function readNpyLayout(source: ByteSource, where: string): Promise<Layout> {
  const again = 'Save it again with np.save, or copy it anew.';
  if (source.size < 10)
    throw new UserError(
      `${where} has ${plural(source.size, 'byte')}: too few for an array in NumPy's format. ${again}`,
    );
  const start = new Uint8Array(12);
  await source.read(start.subarray(0, 10), 0);
  const view = new DataView(start.buffer);
  const magic = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59];
  if (magic.some((byte, i) => start[i] !== byte))
    throw new UserError(`${where}: this is no array in NumPy's format (it begins with other bytes). ${again}`);
  const version = start[6] as number;
  if (version < 1 || version > 3 || start[7] !== 0)
    throw new UserError(
      `${where}: version ${version}.${start[7]} of NumPy's format is unknown; 1.0 to 3.0 are known. ${again}`,
    );
  const prefix = version === 1 ? 10 : 12;
  if (version > 1 && source.size >= prefix) await source.read(start.subarray(10, 12), 10);
  const length = version === 1 ? view.getUint16(8, true) : view.getUint32(8, true);
  if (prefix + length > source.size)
    throw new UserError(
      `${where}: the header should take ${count(length)} bytes from byte ${prefix}; the file has ${count(source.size)} bytes. ${again}`,
    );
  if (length > longestHeader)
    throw new UserError(
      `${where}: the header takes ${count(length)} bytes; at most ${count(longestHeader)} are read. ${again}`,
    );
  const header = new Uint8Array(length);
  await source.read(header, prefix);
  const text = new TextDecoder(version === 3 ? 'utf-8' : 'latin1').decode(header);
  const layout = layoutOf(parseLiteral(text, where, prefix), where, source, prefix + length);
  checkSize(layout, where);
  return layout;
}

function layoutOf(header: Literal, where: string, source: ByteSource, offset: number): Layout {
  const keys = header instanceof Map ? [...header.keys()].sort().join(', ') : 'no dictionary';
  if (!(header instanceof Map) || keys !== 'descr, fortran_order, shape')
    throw new UserError(`${where}: the header should have the keys descr, fortran_order and shape; it has ${keys}.`);
  const shape = header.get('shape');
  const fortran = header.get('fortran_order');
  if (!(shape instanceof Tuple) || !shape.items.every((length) => typeof length === 'number'))
    throw new UserError(`${where}: the header's shape should be a tuple of integers. Save it again.`);
  if (typeof fortran !== 'boolean')
    throw new UserError(`${where}: the header's fortran_order should be True or False. Save it again.`);
  const descr = header.get('descr') as Literal;
  const dtype = dtypeOf(descr, where);
  const sizes = shape.items as number[];
  elements(sizes, dtype.itemsize, where);
  return { source, offset, shape: sizes, dtype, fortran, bigEndian: typeof descr === 'string' && descr[0] === '>' };
}

function checkSize({ source, offset, shape, dtype }: Layout, where: string): void {
  if (dtype.name === 'object' || dtype.name === 'structured') return;
  const expected = elements(shape, dtype.itemsize, where) * dtype.itemsize;
  const found = source.size - offset;
  if (found < expected)
    throw new UserError(
      `${where} should hold ${dims(shape)} ${dtype.name} values (${count(expected)} bytes at byte ${count(offset)}); the file ` +
        `ends after ${count(found)} of them. Save it again, or copy it anew.`,
    );
  if (found > expected)
    throw new UserError(
      `${where} holds ${dims(shape)} ${dtype.name} values (${count(expected)} bytes at byte ${count(offset)}), and ` +
        `${count(found - expected)} bytes follow that belong to no array. Save several arrays with np.savez; or save it again.`,
    );
}

const kinds: Readonly<Record<string, string>> = {
  b1: 'bool',
  i1: 'int8',
  i2: 'int16',
  i4: 'int32',
  i8: 'int64',
  u1: 'uint8',
  u2: 'uint16',
  u4: 'uint32',
  u8: 'uint64',
  f2: 'float16',
  f4: 'float32',
  f8: 'float64',
};

/** What a dtype that is no number is, and how to save it so that it can be read. */
const refusals: Readonly<Record<string, readonly [name: (bytes: number) => string, why: string]>> = {
  O: [
    () => 'object',
    'it holds pickled Python objects, which can run code when they are opened; Sextant never opens them. Save ' +
      'np.asarray(x, dtype=np.float32), or a .npz of plain arrays.',
  ],
  c: [(bytes) => `complex${bytes * 8}`, 'it holds complex numbers. Save x.real and x.imag, or np.abs(x).'],
  f: [
    (bytes) => `float${bytes * 8}`,
    'it holds long doubles, whose layout differs by machine. Save x.astype(np.float64).',
  ],
  M: [() => 'datetime64', 'it holds dates. Save them as numbers.'],
  m: [() => 'timedelta64', 'it holds durations. Save them as numbers.'],
  V: [
    (bytes) => `void${bytes * 8}`,
    'it holds raw bytes without a type (NumPy stores bfloat16 and float8 so). Save x.astype(np.float32).',
  ],
};

/** The dtype that NumPy describes as `<f4`. @throws UserError, beginning with `where`, when there is none. */
export function dtypeOf(descr: Literal, where: string): Dtype {
  if (Array.isArray(descr))
    return {
      name: 'structured',
      itemsize: 0,
      unusable: 'it holds records of several fields. Save each field as an array of its own, in a .npz.',
    };
  const match = typeof descr === 'string' ? /^([<>|=]?)([a-zA-Z])(\d{0,9})(\[[^\]]*\])?$/.exec(descr) : null;
  if (!match)
    throw new UserError(`${where}: the header's dtype ${JSON.stringify(descr)} is unknown. Save it again as float32.`);
  const [, , kind = '', digits = ''] = match;
  const bytes = Number(digits);
  const dtype = numericDtype(kinds[kind + digits] ?? '');
  if (dtype) return dtype;
  if (kind === 'U' || kind === 'S' || kind === 'a') {
    const text = kind === 'U' ? 'unicode' : 'bytes';
    const unusable = 'it holds text. Use it as labels, or save numbers.';
    return {
      name: `${kind === 'U' ? 'str' : 'bytes'}${digits}`,
      itemsize: bytes * (kind === 'U' ? 4 : 1),
      text,
      unusable,
    };
  }
  const refusal = refusals[kind];
  if (!refusal) throw new UserError(`${where}: the header's dtype '${descr}' is unknown. Save it again as float32.`);
  return { name: refusal[0](bytes), itemsize: bytes, unusable: refusal[1] };
}

/** One array without a name. */
export const npy: Format = {
  id: 'npy',
  title: 'a single NumPy array',
  signatures: ['\x93NUMPY'],
  async open(source) {
    const layout = await readNpyLayout(source, source.name);
    return containerFile(source, 'npy', [{ description: describeArray(null, layout), layout }]);
  },
};
