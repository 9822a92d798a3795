import { UserError } from '../../protocol/errors';
import { count } from '../../protocol/words';
import type { Member } from '../container';
import type { Dtype } from '../dtype';
import type { ByteSource, Signal } from '../source';
import { decodeCharacters, longestText, ucs4 } from './char';
import { type Element, Elements, miMatrix } from './element';

const mostCells = 1_000_000;
const char = 4;
const REMEDY = 'save cell2mat(x), or the cells as variables of their own.';
/** Of the texts side by side, each as long as the longest. */
const mostBytes = 256 << 20;

/**
 * A cell array whose cells are texts, as one text per row; otherwise why it is none, in words. All cells are looked at, their
 * texts are not read.
 * @param parts of the array, after its name
 */
export async function cellTexts(
  parts: Elements,
  shape: readonly number[],
  name: string,
  where: string,
): Promise<Member | string> {
  const [rows = 0, columns = 0] = shape;
  const total = rows * columns;
  if (shape.length > 2 || (rows !== 1 && columns !== 1) || total === 0)
    return `it is a cell array. Only one row or column of texts is read: ${REMEDY}`;
  if (total > mostCells)
    return `it is a cell array. It has ${count(total)} cells; at most ${count(mostCells)} are read. Save char(x).`;
  const { source, bigEndian } = parts;
  const texts: (Element | undefined)[] = [];
  let width = 0;
  let bytes = 0;
  for (let i = 0; i < total; i++) {
    const cell = await parts.next();
    if (cell.type !== miMatrix) throw new UserError(`${where}: cell ${count(i + 1)} is no array. Save it again.`);
    const text = await textOf(new Elements(source, bigEndian, cell.offset, cell.offset + cell.size, where), cell.size);
    if (text === null) return `it is a cell array. Its cell ${count(i + 1)} is no text of one line: ${REMEDY}`;
    texts.push(text.values);
    width = Math.max(width, text.length);
    bytes += text.values?.size ?? 0;
  }
  if (bytes > longestText || 4 * width * total > mostBytes)
    return 'its texts are too long to be read. Save shorter ones.';
  const unusable = 'it holds text. Use it as labels, or save numbers.';
  const dtype: Dtype = { name: `str${width}`, itemsize: 4 * width, text: 'unicode', unusable };
  let all: Buffer | undefined;
  const read = async (signal: Signal | undefined): Promise<Buffer> => {
    const out = Buffer.alloc(4 * width * total);
    for (const [i, values] of texts.entries()) {
      signal?.throwIfAborted();
      if (!values) continue;
      const text = Buffer.alloc(values.size);
      await source.read(text, values.offset, signal);
      ucs4(decodeCharacters(text, values.type, bigEndian, where), out.subarray(4 * width * i, 4 * width * (i + 1)));
    }
    return out;
  };
  const together: ByteSource = {
    size: 4 * width * total,
    async read(target, position, signal) {
      all ??= await read(signal);
      target.set(all.subarray(position, position + target.length));
    },
  };
  const layout = { source: together, offset: 0, shape: [total], dtype, fortran: false, bigEndian: false };
  return { layout, description: { name, shape: [total], dtype: dtype.name, bytes, unusable } };
}

/** Where the characters of a cell lie, and how many they are; null where it is no text of one line. */
async function textOf(parts: Elements, size: number) {
  if (size === 0) return { values: undefined, length: 0 };
  const [flags = 0] = await parts.integers(2, 'flags');
  const shape = await parts.integers(64, 'sizes');
  await parts.data(4096, 'name');
  const length = shape.reduce((product, side) => product * side, 1);
  if ((flags & 0xff) !== char || shape.length > 2 || (length > 0 && shape[0] !== 1)) return null;
  return { values: length > 0 ? await parts.next() : undefined, length };
}
