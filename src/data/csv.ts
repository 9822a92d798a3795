import { UserError } from '../protocol/errors';
import { count, plural } from '../protocol/words';
import type { Unpacked } from './unpacked';

export type Kind = 'number' | 'text';

/** How a text table is written, from its beginning. */
export interface Dialect {
  readonly delimiter: string;
  readonly newLine: '\n' | '\r\n' | '\r';
  /** Whether the first record holds names. */
  readonly header: boolean;
  /** One per column, all different. */
  readonly names: readonly string[];
  /** The first record has names, but none for the first column: pandas' index. */
  readonly unnamedFirst: boolean;
  /** Of each column: numbers, when more than half of the cells seen that are not empty are; absent where all are empty. */
  readonly kinds: readonly (Kind | undefined)[];
  readonly notes: readonly string[];
}

/** What stands for a missing number, besides nothing. */
export const missing = ['', 'NA', 'na', 'N/A', 'n/a', '#N/A', 'NaN', 'nan', 'NAN', 'null', 'NULL', 'None', 'none'];
/** Digits in one way alone: cells of many of them, and something after, are told in one walk. */
const number = /^\s*[+-]?((\d+(\.\d*)?|\.\d+)(e[+-]?\d+)?|nan|inf(inity)?)\s*$/i;

const decimalComma = /^\s*[+-]?(\d+|\d{1,3}(\.\d{3})+),\d+(e[+-]?\d+)?\s*$/i;
/** Thousands, or three decimals: nobody can tell. */
const grouped = /^\s*[+-]?\d{1,3}(,\d{3})+(\.\d*)?\s*$/;

/** The first record has to end within so many bytes, and the sample is taken from them. */
const longestHead = 4 << 20;
const sampleRows = 1000;
const mostColumns = 20_000;

/**
 * Reads names, delimiter and kinds of column from the first 1,000 records (RFC 4180). The delimiter is a tab in .tsv; in
 * .csv the most frequent of comma, semicolon and tab, or a blank between numbers (numpy.savetxt). A first record of numbers
 * only is data, not names, unless it counts 0, 1, 2, ..., which pandas writes above unnamed columns.
 * @param headless whether a table of so many columns is known to have no names.
 * @throws UserError when the table is empty, UTF-16 or binary, or its first record has no end or too many cells.
 */
export async function readDialect(
  source: Unpacked,
  tab: boolean,
  headless: (columns: number) => boolean = () => false,
): Promise<Dialect> {
  const { bytes: head, whole } = await source.head(longestHead);
  if ((head[0] === 0xff && head[1] === 0xfe) || (head[0] === 0xfe && head[1] === 0xff))
    throw new UserError(`${source.name}: the text is UTF-16. Save it as UTF-8.`);
  if (head.subarray(0, 1000).includes(0))
    throw new UserError(`${source.name}: this is no text. Save the table as CSV in UTF-8.`);
  const text = head.toString('utf8').replace(/^\uFEFF/, '');
  const delimiter = tab ? '\t' : sniff(text);
  const records = recordsOf(text, delimiter, whole);
  const record = records.next().value;
  if (!record || /^[\r\n]/.test(text)) {
    const blank = text.trim() === '';
    if (blank) throw new UserError(`${source.name}: the table is empty. Save it again with a line of column names.`);
    if (record) throw new UserError(`${source.name}: the first line is empty. Remove it.`);
    throw new UserError(
      `${source.name}: the first line does not end within ${count(longestHead)} bytes, or a quote in it is not closed.`,
    );
  }
  const { cells } = record;
  const newLine = text.startsWith('\r\n', record.end) ? '\r\n' : text[record.end] === '\r' ? '\r' : '\n';
  if (cells.length > mostColumns)
    throw new UserError(
      `${source.name}: the table has ${count(cells.length)} columns; at most ${count(mostColumns)} are read. Save it as .npy.`,
    );
  const [first, ...rest] = cells;
  const numbered = first === '' ? rest : cells;
  const counts = numbered.length > 1 && numbered.every((cell, i) => cell.trim() === String(i));
  const named =
    counts || !cells.every((cell) => cell === '' || [number, decimalComma, grouped].some((form) => form.test(cell)));
  const header = named && !headless(cells.length);
  const notes: string[] = [];
  if (!header) notes.push('no header line: columns are named by position');
  else if (counts) notes.push('first line taken for column names');
  const { names, renamed } = unique(
    cells.map((cell, i) => (header && cell.trim() !== '' ? cell.trim() : `column${i + 1}`)),
  );
  if (renamed > 0) notes.push(`${plural(renamed, 'repeated column name')} numbered`);
  const { kinds, commas, thousands } = kindsOf(header ? undefined : record, records, names.length);
  if (commas > 0)
    notes.push(
      `${plural(commas, 'column')} of numbers with a decimal comma left out as text: save with decimal points`,
    );
  if (thousands > 0)
    notes.push(
      `${plural(thousands, 'column')} of numbers with commas left out as text: save with decimal points, and with nothing between thousands`,
    );
  return { delimiter, newLine, header, names, unnamedFirst: header && first === '' && rest.length > 0, kinds, notes };
}

/** The kinds of columns, and how many of text hold numbers with a decimal comma, or with one that may part thousands. */
function kindsOf(first: CsvRecord | undefined, records: Iterator<CsvRecord>, columns: number) {
  const numbers = new Int32Array(columns);
  const texts = new Int32Array(columns);
  const [withComma, withGroups] = [new Int32Array(columns), new Int32Array(columns)];
  let record = first ?? records.next().value;
  for (let row = 0; row < sampleRows && record; row++, record = records.next().value)
    for (let i = 0; i < columns; i++) {
      const cell = record.cells[i] ?? '';
      if (missing.includes(cell)) continue;
      if (number.test(cell)) (numbers[i] as number)++;
      else {
        (texts[i] as number)++;
        if (grouped.test(cell)) (withGroups[i] as number)++;
        else if (decimalComma.test(cell)) (withComma[i] as number)++;
      }
    }
  const kinds = Array.from(numbers, (value, i): Kind | undefined => {
    const text = texts[i] as number;
    if (value + text === 0) return undefined;
    return value > text ? 'number' : 'text';
  });
  const left = [...kinds.keys()].filter((i) => {
    const [all, ofNumbers] = [(texts[i] as number) + (numbers[i] as number), numbers[i] as number];
    const cells = (withComma[i] as number) + (withGroups[i] as number);
    return kinds[i] === 'text' && 2 * (cells + ofNumbers) > all;
  });
  const commas = left.filter((i) => withComma[i]).length;
  return { kinds, commas, thousands: left.length - commas };
}

function sniff(text: string): string {
  const line = text.slice(0, /[\r\n]/.exec(text)?.index ?? text.length);
  const bare = line.replace(/"[^"]*"/g, '');
  const tally = [',', ';', '\t'].map((mark) => bare.split(mark).length - 1);
  const most = Math.max(...tally);
  const cells = bare.split(';');
  if (cells.length > 1 && cells.every((cell) => number.test(cell) || decimalComma.test(cell))) return ';';
  if (most > 0) return [',', ';', '\t'][tally.indexOf(most)] as string;
  const words = line.trim().split(' ');
  return words.length > 1 && words.every((word) => number.test(word)) ? ' ' : ',';
}

/** The cells of a record, and where in the text it ends. */
interface CsvRecord {
  readonly cells: string[];
  readonly end: number;
}

/** Splits text into records of cells; a record that the text cuts off is left out unless the text is `whole`. */
function* recordsOf(text: string, delimiter: string, whole: boolean): Generator<CsvRecord, undefined> {
  let cells: string[] = [];
  for (let at = 0; at < text.length; at++) {
    let cell = '';
    let opening = at;
    while (text[opening] === ' ' && delimiter !== ' ') opening++;
    if (text[opening] === '"') {
      at = opening;
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
    if (text[at] === delimiter && at + 1 < text.length) continue;
    if (text[at] === delimiter) cells.push('');
    if (at >= text.length && !whole) return undefined;
    // Empty lines are no records.
    if (cells.length > 1 || cells[0] !== '') yield { cells, end: at };
    cells = [];
  }
  return undefined;
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
