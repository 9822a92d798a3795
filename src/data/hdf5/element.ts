import type { Metadata } from 'h5wasm';
import type { ElementType } from './messages';

/** H5T_class_t of the library. */
const classes = ['integer', 'float', 'time', 'text', 'bit field', 'opaque', 'compound', 'reference', 'enum', 'vlen'];

const byFields = 'Save each field as a dataset of its own.';

/**
 * What an element is, in NumPy's names.
 * @param halfFloat how the 16-bit floats of this dataset are laid out; asked only for these.
 */
export function elementType(metadata: Metadata, halfFloat: () => string | null): ElementType {
  const { type, size, signed } = metadata;
  const bits = 8 * size;
  const name = classes[type];
  if (metadata.virtual_sources)
    return other('virtual', 'it is virtual: its values lie in other files, which are not followed. Save a copy.');
  if (name === 'integer') return integer(size, signed);
  if (name === 'enum') {
    const { members = {}, type: base } = metadata.enum_type ?? {};
    const isBool = size === 1 && Object.keys(members).sort().join() === 'FALSE,TRUE';
    if (isBool && members.FALSE === 0 && members.TRUE === 1) return { kind: 'number', dtype: 'bool' };
    return base === 0 ? integer(size, signed) : other('enum', 'its values are of no known type. Save integers.');
  }
  if (name === 'float') {
    if (size === 4 || size === 8) return { kind: 'number', dtype: `float${bits}` };
    const dtype = size === 2 ? halfFloat() : null;
    if (dtype) return { kind: 'number', dtype };
    return other(`float${bits}`, `it holds ${bits}-bit floats of another kind than IEEE 754's. Save it as float32.`);
  }
  if (name === 'text')
    return {
      kind: 'text',
      bytes: metadata.vlen ? null : size,
      padding: metadata.strpad === 2 ? 'blanks' : 'zeros',
    };
  if (name === 'compound') {
    const fields = metadata.compound_type?.members.map((member) => member.name).sort();
    if (fields?.length === 2 && ['i,r', 'imag,real'].includes(fields.join()))
      return other('complex', 'it holds complex numbers. Save the real and imaginary parts as two datasets.');
    return other('compound', `it holds records of several fields. ${byFields}`);
  }
  if (name === 'reference') return other('reference', 'it holds references to other objects. Save the values.');
  if (name === 'vlen') return other('vlen', 'its rows are of different lengths. Save rows of one length.');
  if (type === 10) return other('array', 'each element is an array. Save it as a dataset with one axis more.');
  return other(name ?? 'unknown', `its elements (${name ?? `class ${type}`}) are no numbers. Save it as float32.`);
}

function integer(size: number, signed: boolean): ElementType {
  if (![1, 2, 4, 8].includes(size))
    return other(`int${8 * size}`, `it holds integers of ${8 * size} bits. Save them as int64.`);
  return { kind: 'number', dtype: `${signed ? 'int' : 'uint'}${8 * size}` };
}

export function other(dtype: string, reason: string): ElementType {
  return { kind: 'other', dtype, reason };
}

/**
 * The layout of 16-bit floats, which the library does not tell: found as the properties of the datatype message in the
 * object's header (HDF5 File Format Specification, IV.A.2.d): bit offset, precision, exponent and mantissa, bias.
 */
export function halfFloatIn(header: Buffer): 'float16' | 'bfloat16' | null {
  const half = header.includes(Buffer.from([2, 0, 0, 0, 0, 0, 16, 0, 10, 5, 0, 10, 15, 0, 0, 0]));
  const brain = header.includes(Buffer.from([2, 0, 0, 0, 0, 0, 16, 0, 7, 8, 0, 7, 127, 0, 0, 0]));
  if (half === brain) return null;
  return half ? 'float16' : 'bfloat16';
}
