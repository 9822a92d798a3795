import { UserError } from '../../protocol/errors';
import { count } from '../../protocol/words';
import type { Member } from '../container';
import type { Dtype } from '../dtype';
import type { ByteSource, Signal } from '../source';
import type { Element } from './element';

/** Longest text that is taken up whole, which has to be to turn its columns into rows. */
export const longestText = 64 << 20;

/**
 * An array of characters as one string per row, without the blanks that fill the rows up.
 * @param values where the characters lie, column by column: as UTF-8, UTF-16 or UTF-32.
 */
export function charRows(
  { source, bigEndian }: { readonly source: ByteSource; readonly bigEndian: boolean },
  values: Element | undefined,
  shape: readonly number[],
  name: string,
  where: string,
): Member {
  const [rows = 0, width = 0] = shape;
  const unusable = 'it holds text. Use it as labels, or save numbers.';
  const dtype: Dtype = { name: `str${width}`, itemsize: 4 * width, text: 'unicode', unusable };
  let all: Buffer | undefined;
  const text: ByteSource = {
    size: 4 * rows * width,
    async read(target, position, signal) {
      all ??= rowsOf(await characters(source, bigEndian, values, where, signal), rows, width, where);
      target.set(all.subarray(position, position + target.length));
    },
  };
  const layout = { source: text, offset: 0, shape: [rows], dtype, fortran: false, bigEndian: false };
  return { layout, description: { name, shape: [rows], dtype: dtype.name, bytes: values?.size ?? 0, unusable } };
}

async function characters(
  source: ByteSource,
  bigEndian: boolean,
  values: Element | undefined,
  where: string,
  signal?: Signal,
): Promise<number[]> {
  if (!values) return [];
  if (values.size > longestText)
    throw new UserError(
      `${where}: its text takes ${count(values.size)} bytes; at most ${count(longestText)} are read.`,
    );
  const bytes = Buffer.alloc(values.size);
  await source.read(bytes, values.offset, signal);
  return decodeCharacters(bytes, values.type, bigEndian, where);
}

/** MATLAB's characters are 16 bits each; those of UTF-8 and UTF-32 count the same unless they are beyond that. */
export function decodeCharacters(bytes: Buffer, type: number, bigEndian: boolean, where: string): number[] {
  if (type === 1 || type === 2) return [...bytes];
  if (type === 4 || type === 17) {
    const even = bytes.subarray(0, bytes.length & ~1);
    if (bigEndian) even.swap16();
    return Array.from({ length: even.length / 2 }, (_, i) => even.readUInt16LE(2 * i));
  }
  if (type === 16) {
    try {
      return Array.from(new TextDecoder('utf-8', { fatal: true }).decode(bytes), (c) => c.codePointAt(0) as number);
    } catch {
      throw new UserError(`${where} is no valid text. Save it again.`);
    }
  }
  throw new UserError(`${where}: its text is stored in an unknown way (${type}). Save it again.`);
}

/** From columns to rows of UCS-4; pairs of UTF-16 become one character, trailing blanks nothing. */
function rowsOf(codes: readonly number[], rows: number, width: number, where: string): Buffer {
  if (codes.length !== rows * width)
    throw new UserError(
      `${where} should hold ${count(rows * width)} characters and holds ${count(codes.length)}. Save it again.`,
    );
  const out = Buffer.alloc(4 * rows * width);
  for (let i = 0; i < rows; i++) {
    const units = Array.from({ length: width }, (_, j) => codes[i + j * rows] as number);
    while (units.at(-1) === 0x20 || units.at(-1) === 0) units.pop();
    ucs4(units, out.subarray(4 * i * width, 4 * (i + 1) * width));
  }
  return out;
}

/** Characters of MATLAB as UCS-4, which is no longer: pairs of UTF-16 become one character. */
export function ucs4(units: readonly number[], out: Buffer): void {
  const text = units.map((unit) => String.fromCodePoint(unit)).join('');
  Array.from(text).forEach((character, j) => {
    const code = character.codePointAt(0) as number;
    // Half of a pair stands for nothing.
    if (4 * j < out.length) out.writeUInt32LE(code >= 0xd800 && code < 0xe000 ? 0xfffd : code, 4 * j);
  });
}
