import { UserError } from '../../protocol/errors';
import { count } from '../../protocol/words';
import { elements, type Layout } from '../array';
import { describeArray, type Member } from '../container';
import { type Dtype, numericDtype } from '../dtype';
import { cellTexts } from './cells';
import { charRows } from './char';
import { type Element, Elements, miMatrix } from './element';

/** Classes of arrays, MAT-File Format (MathWorks), table 1-3. */
const cell = 1;
const struct = 2;
const char = 4;
const sparse = 5;
const opaque = 17;
const numbers: Readonly<Record<number, string>> = {
  6: 'float64',
  7: 'float32',
  8: 'int8',
  9: 'uint8',
  10: 'int16',
  11: 'uint16',
  12: 'int32',
  13: 'uint32',
  14: 'int64',
  15: 'uint64',
};
/** What values are stored as, table 1-1: often narrower than the array's class. */
const storage: Readonly<Record<number, string>> = {
  1: 'int8',
  2: 'uint8',
  3: 'int16',
  4: 'uint16',
  5: 'int32',
  6: 'uint32',
  7: 'float32',
  9: 'float64',
  12: 'int64',
  13: 'uint64',
};
const complexFlag = 0x800;
const logicalFlag = 0x200;
const deepest = 16;
const mostFields = 10_000;

const refusals: Readonly<Record<number, readonly [dtype: string, reason: string]>> = {
  3: ['object', 'it is an object of a class. Save its numbers as an array.'],
  [sparse]: ['sparse', 'it is a sparse matrix. Save full(x).'],
  16: ['function', 'it is a function, not data.'],
  [opaque]: [
    'object',
    'it is an object that only MATLAB reads (a table, string or the like). Save its numbers as an array.',
  ],
};

/**
 * Reads what an array in `all` says of itself, without its values; of a struct, its fields, as `struct.field`.
 * @param prefix of its name: "" or "struct."
 */
export async function readMembers(
  all: Elements,
  array: Element,
  { prefix, name: given, file, depth }: { prefix: string; name?: string; file: string; depth: number },
): Promise<Member[]> {
  let where = `${file}: tensor '${prefix}${given ?? ''}'`;
  const { source, bigEndian } = all;
  const parts = new Elements(source, bigEndian, array.offset, array.offset + array.size, where);
  // An empty place in a struct.
  if (array.size === 0) return [refused(`${prefix}${given}`, 'empty', 'it holds no values.', where)];
  const [flags = 0] = await parts.integers(2, 'flags');
  const kind = flags & 0xff;
  const shape = kind === opaque ? [] : await parts.integers(64, 'sizes');
  const own = (await parts.data(4096, 'name')).toString('utf8').replace(/\0.*$/, '');
  const name = prefix + (given ?? own);
  // Data of MATLAB's own, beside the variables.
  if (name === '') return [];
  where = `${file}: tensor '${name}'`;
  const total = elements(shape, 8, where);
  if (kind === cell) {
    const texts = await cellTexts(parts, shape, name, where);
    return [typeof texts === 'string' ? refused(name, 'cell', texts, where, shape) : texts];
  }
  const refusal = refusals[kind];
  if (refusal) return [refused(name, refusal[0], refusal[1], where, shape)];
  if (kind === struct) {
    if (total !== 1)
      return [
        refused(name, 'struct', 'it is an array of structs. Save each field as an array of its own.', where, shape),
      ];
    if (depth >= deepest) return [refused(name, 'struct', 'it is nested too deep. Save its fields.', where, shape)];
    return readFields(parts, name, file, depth);
  }
  if (flags & complexFlag)
    return [refused(name, 'complex', 'it holds complex numbers. Save real(x) and imag(x), or abs(x).', where, shape)];
  const values = parts.done && total === 0 ? undefined : await parts.next();
  if (kind === char) return [charRows({ source, bigEndian }, values, shape, name, where)];
  const dtype = dtypeOf(kind, (flags & logicalFlag) !== 0, values?.type);
  if (!dtype)
    return [
      refused(name, 'unknown', `its class (${kind}) or storage (${values?.type}) is unknown. Save it again.`, where),
    ];
  const expected = total * dtype.itemsize;
  if (values && values.size !== expected)
    throw new UserError(
      `${where} should hold ${count(expected)} bytes and holds ${count(values.size)}. Save it again, or copy it anew.`,
    );
  const layout: Layout = { source, offset: values?.offset ?? 0, shape, dtype, fortran: true, bigEndian };
  return [{ layout, description: { ...describeArray(name, layout), bytes: expected } }];
}

async function readFields(parts: Elements, name: string, file: string, depth: number): Promise<Member[]> {
  const [width = 0] = await parts.integers(1, 'field names');
  const names = await parts.data(mostFields * 64, 'field names');
  const fields = width > 0 ? Math.floor(names.length / width) : 0;
  if (fields > mostFields) throw new UserError(`${file}: tensor '${name}' has ${count(fields)} fields. Save fewer.`);
  const out: Member[] = [];
  for (let i = 0; i < fields; i++) {
    const field = names
      .subarray(i * width, (i + 1) * width)
      .toString('latin1')
      .replace(/\0.*$/s, '');
    const element = await parts.next();
    if (element.type !== miMatrix)
      throw new UserError(`${file}: tensor '${name}.${field}' is no array. Save it again.`);
    out.push(...(await readMembers(parts, element, { prefix: `${name}.`, name: field, file, depth: depth + 1 })));
  }
  return out;
}

/** Decodes what is stored, under the name of the class. */
function dtypeOf(kind: number, logical: boolean, stored: number | undefined): Dtype | undefined {
  const name = numbers[kind];
  const decoded = numericDtype(storage[stored ?? -1] ?? (stored === undefined && name ? name : ''));
  if (!name || !decoded) return undefined;
  if (logical && decoded.itemsize === 1) return numericDtype('bool');
  return { ...decoded, name };
}

export function refused(
  name: string,
  dtype: string,
  reason: string,
  where: string,
  shape: readonly number[] = [],
): Member {
  return {
    error: new UserError(`${where} cannot be read: ${reason}`),
    description: { name, shape, dtype, bytes: 0, unusable: reason },
  };
}
