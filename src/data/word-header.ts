import { UserError } from '../protocol/errors';
import { count, dims, plural } from '../protocol/words';
import { parseDecimal } from './decimal';
import type { FileSource } from './source';
import { binaryRows, textRows, trim, type WordRows } from './word-rows';

/** What the beginning of a file of word vectors says. */
export interface Vectors {
  readonly units: number;
  /** How many words the first line declares; absent where it is a word itself. */
  readonly declared?: number;
  readonly rows: WordRows;
  /** The bytes that hold the rows. */
  readonly first: number;
  readonly stop: number;
  readonly notes: readonly string[];
  /** Whether rows that end at this byte are all there is. */
  closes(byte: number): Promise<boolean>;
}

/** What is looked at to tell the form: several rows. */
const headBytes = 1 << 20;
const sampleLines = 1000;
const mostUnits = 100_000;
const expected =
  'Word vectors are lines of a word and its numbers, after a line with how many words and numbers there are.';

/**
 * Tells word2vec's binary form, text with a first line that declares "words numbers" (word2vec, fastText) and text without
 * (GloVe) apart.
 * @throws UserError when it is none of them, or too small for what it declares.
 */
export async function beginning(source: FileSource): Promise<Vectors> {
  const head = await source.head(headBytes);
  const marked = head[0] === 0xef && head[1] === 0xbb && head[2] === 0xbf ? 3 : 0;
  const header = /^(\d{1,15})[ \t]+(\d{1,9})[ \t]*\r?\n/.exec(head.toString('latin1', marked, marked + 64));
  const first = marked + (header?.[0].length ?? 0);
  const lines = linesOf(head, first, head.length === source.size);
  if (!header) {
    if (!isText(head)) throw new UserError(`${source.name}: this is no text. ${expected}`);
    return text(source, head, first, mostFrequent(source, head, lines), undefined);
  }
  const [declared, units] = [Number(header[1]), Number(header[2])];
  if (declared < 1 || units < 1 || units > mostUnits)
    throw new UserError(
      `${source.name}: the first line declares ${plural(declared, 'word')} of ${plural(units, 'number')}; both should be at least 1, ` +
        `and at most ${count(mostUnits)} numbers are read. Correct the first line.`,
    );
  const [line] = lines;
  const reads = line !== undefined && fits(head, line, units);
  if (reads || (isText(head) && !source.name.toLowerCase().endsWith('.bin')))
    return text(source, head, first, units, declared);
  const rows = binaryRows(units);
  const stop = source.size;
  refuseTooSmall(source, declared, units, rows, stop - first);
  const closes = async (byte: number) => {
    const rest = Buffer.alloc(Math.min(2, stop - byte));
    await source.read(rest, byte);
    return rest.length === 0 || (rest.length === 1 && rest[0] === 10);
  };
  return { units, declared, rows, first, stop, notes: [], closes };
}

async function text(
  source: FileSource,
  head: Buffer,
  first: number,
  units: number,
  declared: number | undefined,
): Promise<Vectors> {
  const rows = textRows(units, declared === undefined ? 1 : 2, source.name);
  const stop = await trimmedEnd(source, head, first);
  if (declared !== undefined) refuseTooSmall(source, declared, units, rows, stop + 1 - first);
  const notes = ['decimal text read as the nearest float64'];
  if (declared === undefined) notes.push(`no first line of sizes: ${plural(units, 'number')} after each word`);
  return {
    units,
    ...(declared === undefined ? {} : { declared }),
    ...{ rows, first, stop, notes },
    closes: async (byte) => byte >= stop,
  };
}

/** Blank lines at the end are no rows. */
async function trimmedEnd(source: FileSource, head: Buffer, first: number): Promise<number> {
  if (head.length === source.size) return trim(head, first, head.length);
  const block = Buffer.alloc(1 << 16);
  for (let to = source.size; to > first; ) {
    const from = Math.max(first, to - block.length);
    const part = block.subarray(0, to - from);
    await source.read(part, from);
    const end = trim(part, 0, part.length);
    if (end > 0) return from + end;
    to = from;
  }
  return first;
}

function refuseTooSmall(source: FileSource, declared: number, units: number, rows: WordRows, bytes: number): void {
  if (declared * rows.least <= bytes) return;
  throw new UserError(
    `${source.name}: the first line declares ${dims([declared, units])} values, at least ${count(declared * rows.least)} bytes; ` +
      `the file has ${count(bytes)} after it. Save it again, or copy it anew.`,
  );
}

/** No control characters but tabs and line ends. */
function isText(head: Buffer): boolean {
  return !head.subarray(0, 4096).some((byte) => byte < 32 && byte !== 9 && byte !== 10 && byte !== 13);
}

type Line = readonly [start: number, end: number];

/** The first lines, without their ends; one that the head cuts off is left out. */
function linesOf(head: Buffer, first: number, whole: boolean): Line[] {
  const lines: Line[] = [];
  for (let start = first; start < head.length && lines.length < sampleLines; ) {
    const feed = head.indexOf(10, start);
    if (feed < 0 && !whole) break;
    const end = feed < 0 ? head.length : feed;
    lines.push([start, trim(head, start, end)]);
    start = end + 1;
  }
  return lines;
}

/** Whether a line ends with so many numbers after something else. */
function fits(head: Buffer, [start, end]: Line, units: number): boolean {
  const fields = head.toString('latin1', start, end).split(/[ \t]+/);
  const isNumber = (field: string) => parseDecimal(Buffer.from(field, 'latin1'), 0, field.length) !== undefined;
  return fields.length > units && fields.slice(-units).every(isNumber);
}

/** How many fields most lines have after the first: words of several parts are rare, and so are damaged lines. */
function mostFrequent(source: FileSource, head: Buffer, lines: readonly Line[]): number {
  const tally = new Map<number, number>();
  for (const [start, end] of lines) {
    let separators = 0;
    for (let i = start; i < end; i++)
      if ((head[i] === 32 || head[i] === 9) && head[i - 1] !== 32 && head[i - 1] !== 9) separators++;
    if (end > start) tally.set(separators, (tally.get(separators) ?? 0) + 1);
  }
  const [most] = [...tally].sort((a, b) => b[1] - a[1] || a[0] - b[0]);
  const units = most?.[0] ?? 0;
  if (units < 1 || units > mostUnits)
    throw new UserError(`${source.name}: line 1 is no word followed by 1 to ${count(mostUnits)} numbers. ${expected}`);
  return units;
}
