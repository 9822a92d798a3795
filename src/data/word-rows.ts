import type { Real } from '../linalg/matrix';
import { UserError } from '../protocol/errors';
import { count, plural } from '../protocol/words';
import { parseDecimal } from './decimal';
import type { RowForm } from './row-walk';

/** How the rows of a file of word vectors are written. Rows count from 0. */
export interface WordRows extends RowForm {
  readonly dtype: 'float32' | 'float64';
  /** The fewest bytes that a row can take. */
  readonly least: number;
  /** @throws UserError where the row is none. */
  word(block: Buffer, start: number, end: number, row: number): Buffer;
  /** Writes the numbers of a row into `out` from `at`. @throws UserError where they are none, too few or too many. */
  numbers(block: Buffer, start: number, end: number, row: number, out: Real, at: number): void;
}

const [tab, feed, carriage, blank] = [9, 10, 13, 32];
const separates = (byte: number | undefined) => byte === blank || byte === tab;

/**
 * One word and its float32 numbers after the other, as word2vec.c and gensim write them: a blank ends the word; word2vec.c
 * ends the numbers with a line feed, gensim does not.
 */
export function binaryRows(units: number): WordRows {
  const begin = (block: Buffer, start: number) => (block[start] === feed ? start + 1 : start);
  return {
    dtype: 'float32',
    least: 4 * units + 1,
    end(block, start) {
      const space = block.indexOf(blank, begin(block, start));
      const end = space + 1 + 4 * units;
      return space < 0 || end > block.length ? -1 : end;
    },
    word: (block, start, end) => block.subarray(begin(block, start), end - 4 * units - 1),
    numbers(block, _, end, __, out, at) {
      const bytes = new Uint8Array(out.buffer, out.byteOffset + 4 * at, 4 * units);
      bytes.set(block.subarray(end - 4 * units, end));
    },
  };
}

/**
 * One line per word: the word, then its numbers, separated by blanks or tabs (word2vec, fastText, GloVe). A word may contain
 * blanks; the last fields are the numbers.
 * @param firstLine the line of row 0, for messages.
 * @param name of the file, for messages.
 */
export function textRows(units: number, firstLine: number, name: string): WordRows {
  const fail = (row: number, what: string) => new UserError(`${name}: line ${count(row + firstLine)} ${what}`);
  /** Where the word ends, before the last `units` fields. */
  const wordEnd = (block: Buffer, start: number, end: number, row: number): number => {
    let at = trim(block, start, end);
    if (at === start) throw fail(row, 'is empty. Remove it.');
    for (let field = units; field > 0; field--) {
      while (at > start && !separates(block[at - 1])) at--;
      if (at === start)
        throw fail(row, `has ${plural(units - field, 'number')} where ${count(units)} are expected. Correct the line.`);
      at--;
      // Several blanks separate like one, except before the first number: there they may be the word's.
      while (field > 1 && at > start && separates(block[at - 1])) at--;
    }
    return at;
  };
  return {
    dtype: 'float64',
    least: 2 * units,
    end(block, start, last) {
      const at = block.indexOf(feed, start);
      if (at >= 0) return at + 1;
      return last ? block.length : -1;
    },
    word: (block, start, end, row) => block.subarray(start, wordEnd(block, start, end, row)),
    numbers(block, start, end, row, out, at) {
      const stop = trim(block, start, end);
      const word = wordEnd(block, start, end, row);
      let [from, plain] = [word, true];
      for (let unit = 0; unit < units; unit++) {
        while (separates(block[from])) from++;
        let to = from;
        while (to < stop && !separates(block[to])) to++;
        const value = parseDecimal(block, from, to);
        if (value === undefined)
          throw fail(
            row,
            `has '${block.toString('utf8', from, Math.min(to, from + 40))}' where number ${count(unit + 1)} of ${count(units)} ` +
              'is expected. Correct the line.',
          );
        if (unit === 0) plain = isInteger(block, from, to);
        out[at + unit] = value;
        from = to;
      }
      // A word of several parts may end in an integer ("area 51"), unless the vectors are of integers; with one more number
      // in the line it would seem to end in a decimal.
      let part = word;
      while (part > start && !separates(block[part - 1])) part--;
      if (part > start && parseDecimal(block, part, word) !== undefined && (plain || !isInteger(block, part, word)))
        throw fail(
          row,
          `has more than ${plural(units, 'number')}: '${block.toString('utf8', part, word)}' comes before the last ` +
            `${count(units)}. Correct the line.`,
        );
    },
  };
}

/** The end of a line without the blanks and the line end that close it. */
export function trim(block: Buffer, start: number, end: number): number {
  let at = end;
  while (at > start && (separates(block[at - 1]) || block[at - 1] === feed || block[at - 1] === carriage)) at--;
  return at;
}

function isInteger(block: Buffer, start: number, end: number): boolean {
  for (let i = start; i < end; i++) {
    const byte = block[i] as number;
    if (byte === 46 || byte === 69 || byte === 101) return false;
  }
  return true;
}
