import { isUtf8 } from 'node:buffer';
import { UserError } from '../protocol/errors';
import { count, plural } from '../protocol/words';
import type { Dialect } from './csv';
import type { Signal } from './source';
import type { Unpacked } from './unpacked';

const [feed, carriage, blank, quote] = [10, 13, 32, 34];

/** Where in a cell the scan is. */
enum Place {
  Start,
  Plain,
  Quoted,
  /** After a quote inside quotes: the end of the cell, or the first of two quotes that stand for one. */
  Closed,
}

/**
 * Walks through a text table and counts its records, the header included. DuckDB reads the cells; this says beforehand, and
 * exactly where, what it would stumble over. Quoted cells may hold line ends, so records are no lines; empty lines are no
 * records where there are several columns.
 * @param visit sees the index (from 0) and first line (from 1) of each record; true ends the walk.
 * @throws UserError at a record with other than the expected number of cells, a quote that is not closed or has text after
 * it, line ends of two kinds, or bytes that are no UTF-8.
 */
export async function scanRecords(
  source: Unpacked,
  dialect: Dialect,
  signal?: Signal,
  visit?: (index: number, line: number) => boolean,
): Promise<number> {
  const { newLine } = dialect;
  const delimiter = dialect.delimiter.charCodeAt(0);
  const columns = dialect.names.length;
  const fail = (line: number, what: string) => new UserError(`${source.name}: line ${count(line)} ${what}`);
  const ragged = (line: number, cells: number) =>
    fail(line, `has ${plural(cells, 'cell')} where the first has ${count(columns)}. Correct the line.`);
  const special = new Uint8Array(256);
  for (const byte of [feed, carriage, blank, quote, delimiter]) special[byte] = 1;
  let legible = true;
  let place = Place.Start;
  let [index, line, start, cells, empty, returned] = [0, 1, 1, 1, true, false];
  /** Where in the block the last quote closed: another one right after it opens again. */
  let closed = -2;
  let beginning = true;
  for await (const part of source.blocks(signal)) {
    // A character may be cut in two by the block's end, which is sorted out after the walk.
    legible &&= isUtf8(part);
    const marked = beginning && part[0] === 0xef && part[1] === 0xbb && part[2] === 0xbf;
    beginning = false;
    const last = part.length - 1;
    for (let i = marked ? 3 : 0; i < part.length; i++) {
      const byte = part[i] as number;
      // Nearly every byte.
      if (special[byte] === 0 && !returned && place !== Place.Closed) {
        if (place === Place.Start) place = Place.Plain;
        empty = false;
        while (i < last && special[part[i + 1] as number] === 0) i++;
        continue;
      }
      const doubled = byte === quote && i === closed + 1;
      let end = '';
      if (returned) end = byte === feed ? '\r\n' : '\r';
      else if (byte === feed) end = '\n';
      returned = byte === carriage;
      if (end !== '') {
        if (place !== Place.Quoted) {
          if (end !== newLine)
            throw fail(
              line,
              `ends with ${JSON.stringify(end)}, the first with ${JSON.stringify(newLine)}. Save it with one kind.`,
            );
          if (!empty || columns === 1) {
            if (cells !== columns) throw ragged(start, cells);
            if (visit?.(index, start)) return index;
            index++;
          }
          [place, start, cells, empty] = [Place.Start, line + 1, 1, true];
        }
        line++;
      }
      if (byte === feed || byte === carriage) continue;
      empty = false;
      if (place === Place.Quoted) {
        if (byte === quote) [place, closed] = [Place.Closed, i];
      } else if (byte === delimiter) {
        cells++;
        place = Place.Start;
      } else if (byte === quote && (place === Place.Start || doubled)) place = Place.Quoted;
      else if (place === Place.Closed)
        throw fail(start, `has text after the closing quote of cell ${count(cells)}. Correct the line.`);
      else if (place === Place.Start && byte !== blank) place = Place.Plain;
    }
    closed -= part.length;
  }
  if (place === Place.Quoted) throw fail(start, 'has a quote that is not closed. Correct the line.');
  if (!empty) {
    if (cells !== columns) throw ragged(start, cells);
    visit?.(index, start);
    index++;
  }
  if (!legible) await refuseIllegible(source, fail, signal);
  return index;
}

async function refuseIllegible(
  source: Unpacked,
  fail: (line: number, what: string) => UserError,
  signal?: Signal,
): Promise<void> {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  let line = 1;
  const legible = (part: Buffer | undefined) => {
    try {
      decoder.decode(part, { stream: part !== undefined });
      return true;
    } catch {
      return false;
    }
  };
  for await (const part of source.blocks(signal)) {
    if (!legible(part)) {
      // The first line of the block that is wrong by itself, or the one that begins before it.
      let from = 0;
      for (
        let to = part.indexOf(feed) + 1;
        to > 0 && isUtf8(part.subarray(from, to));
        to = part.indexOf(feed, from) + 1
      ) {
        from = to;
        line++;
      }
      throw fail(line, 'is not UTF-8. Save the table as UTF-8.');
    }
    for (const byte of part) if (byte === feed) line++;
  }
  // Cut off within a character.
  if (!legible(undefined)) throw fail(line, 'is not UTF-8. Save the table as UTF-8.');
}
