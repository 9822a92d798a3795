import { UserError } from '../protocol/errors';
import type { FileSource } from './source';
import { count, plural } from './words';

/** How a text table is written, from its first record. */
export interface Dialect {
  readonly delimiter: string;
  /** Whether the first record holds names. */
  readonly header: boolean;
  /** One per column, all different. */
  readonly names: readonly string[];
  /** The first record has names, but none for the first column: pandas' index. */
  readonly unnamedFirst: boolean;
  readonly notes: readonly string[];
}

/** The first record has to end within so many bytes. */
const longestHeader = 4 << 20;
const number = /^\s*[+-]?((\d+\.?\d*|\.\d+)(e[+-]?\d+)?|nan|inf(inity)?)\s*$/i;

/**
 * Reads names and delimiter from the first record (RFC 4180). The delimiter is a tab in .tsv; in .csv the most frequent of
 * comma, semicolon and tab, or a blank between numbers (numpy.savetxt). A first record of numbers only is data, not names,
 * unless it counts 0, 1, 2, ..., which pandas writes above unnamed columns.
 * @throws UserError when the file is empty, is UTF-16 or binary, or its first record has no end.
 */
export async function readDialect(source: FileSource, tab: boolean): Promise<Dialect> {
  const head = await source.head(longestHeader);
  if ((head[0] === 0xff && head[1] === 0xfe) || (head[0] === 0xfe && head[1] === 0xff))
    throw new UserError(`${source.name}: the text is UTF-16. Save it as UTF-8.`);
  const text = head
    .toString('utf8')
    .replace(/^\uFEFF/, '')
    .replace(/^[\r\n]+/, '');
  if (text.slice(0, 1000).includes('\0'))
    throw new UserError(`${source.name}: this is no text. Save the table as CSV in UTF-8.`);
  if (text === '')
    throw new UserError(`${source.name}: the table is empty. Save it again with a line of column names.`);
  const delimiter = tab ? '\t' : sniff(text);
  const fields = firstRecord(text, delimiter);
  if (!fields || (!fields.ended && head.length < source.size))
    throw new UserError(
      `${source.name}: the first line does not end within ${count(longestHeader)} bytes, or a quote in it is not closed.`,
    );
  const cells = fields.cells;
  const [first, ...rest] = cells;
  const numbered = first === '' ? rest : cells;
  const counts = numbered.length > 1 && numbered.every((cell, i) => cell.trim() === String(i));
  const header = counts || !cells.every((cell) => cell === '' || number.test(cell));
  const notes: string[] = [];
  if (!header) notes.push('no header line: columns are named by position');
  else if (counts) notes.push('first line taken for column names');
  const { names, renamed } = unique(
    cells.map((cell, i) => (header && cell.trim() !== '' ? cell.trim() : `column${i + 1}`)),
  );
  if (renamed > 0) notes.push(`${plural(renamed, 'repeated column name')} numbered`);
  return { delimiter, header, names, unnamedFirst: header && first === '' && rest.length > 0, notes };
}

function sniff(text: string): string {
  const line = text.slice(0, /[\r\n]/.exec(text)?.index ?? text.length);
  const bare = line.replace(/"[^"]*"/g, '');
  const tally = [',', ';', '\t'].map((mark) => bare.split(mark).length - 1);
  const most = Math.max(...tally);
  if (most > 0) return [',', ';', '\t'][tally.indexOf(most)] as string;
  const words = line.trim().split(' ');
  return words.length > 1 && words.every((word) => number.test(word)) ? ' ' : ',';
}

/** The cells up to the first line end outside quotes; undefined where a quote is not closed. */
function firstRecord(text: string, delimiter: string): { cells: string[]; ended: boolean } | undefined {
  const cells: string[] = [];
  for (let at = 0; ; at++) {
    let cell = '';
    if (text[at] === '"') {
      for (at++; text[at] !== '"' || text[at + 1] === '"'; at++) {
        if (at >= text.length) return undefined;
        if (text[at] === '"') at++;
        cell += text[at];
      }
      at++;
    }
    const start = at;
    while (at < text.length && text[at] !== delimiter && text[at] !== '\n' && text[at] !== '\r') at++;
    cells.push(cell + text.slice(start, at));
    if (text[at] !== delimiter) return { cells, ended: at < text.length };
  }
}

function unique(names: readonly string[]): { names: string[]; renamed: number } {
  const seen = new Set(names);
  const used = new Set<string>();
  let renamed = 0;
  const out = names.map((name) => {
    let candidate = name;
    for (let i = 1; used.has(candidate) || (candidate !== name && seen.has(candidate)); i++) candidate = `${name}.${i}`;
    if (candidate !== name) renamed++;
    used.add(candidate);
    return candidate;
  });
  return { names: out, renamed };
}

export interface CsvRecord {
  /** From 0, the header counted. */
  readonly index: number;
  /** Where it begins, from 1; quoted cells may hold line ends, so it is no count of records. */
  readonly line: number;
  readonly cells: number;
}

/**
 * The first record that passes `test`; it reads the file byte by byte, to say where an error is. Empty lines are no
 * records where there are several columns.
 */
export async function findRecord(
  source: FileSource,
  dialect: Dialect,
  test: (record: CsvRecord) => boolean,
): Promise<CsvRecord | undefined> {
  const [quoteMark, feed, carriage] = [34, 10, 13];
  const delimiter = dialect.delimiter.charCodeAt(0);
  const block = Buffer.alloc(1 << 20);
  let [index, line, start, cells, length] = [0, 1, 1, 1, 0];
  let [quoted, cellStart, previous] = [false, true, 0];
  const ends = (): CsvRecord | undefined => {
    const record = { index, line: start, cells };
    const counts = length > 0 || dialect.names.length === 1;
    if (counts) index++;
    [start, cells, length, cellStart] = [line, 1, 0, true];
    return counts && test(record) ? record : undefined;
  };
  for (let at = 0; at < source.size; at += block.length) {
    const part = block.subarray(0, Math.min(block.length, source.size - at));
    await source.read(part, at);
    for (const byte of part) {
      const second = byte === feed && previous === carriage;
      const lineEnd = byte === feed || byte === carriage;
      previous = byte;
      if (lineEnd && !second) line++;
      if (lineEnd && !quoted) {
        // The feed after a carriage return belongs to the same line end.
        const found = second ? undefined : ends();
        if (found) return found;
        continue;
      }
      length++;
      if (quoted) quoted = byte !== quoteMark;
      else if (byte === quoteMark && cellStart) quoted = true;
      else if (byte === delimiter) cells++;
      // Two quotes inside quotes stand for one: the second opens again.
      cellStart = byte === delimiter || byte === quoteMark;
    }
  }
  return length > 0 ? ends() : undefined;
}
