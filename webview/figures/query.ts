import type { Cell } from '../../src/protocol/result';
import type { RowColumn } from './row-facts';

/** Whether a point is found. */
export type Found = (point: number) => boolean;

const comparisons: Readonly<Record<string, (order: number) => boolean>> = {
  '=': (order) => order === 0,
  '!=': (order) => order !== 0,
  '<': (order) => order < 0,
  '<=': (order) => order <= 0,
  '>': (order) => order > 0,
  '>=': (order) => order >= 0,
};

interface Token {
  readonly text: string;
  /** A name or a value, not a sign; what is in quotes is never a word of the language. */
  readonly word: boolean;
  readonly quoted: boolean;
}

/**
 * What finds the points that a query asks for. A query compares what is known of rows (`digit = 3`, `row < 100 and not name ~ cat`,
 * names and texts with blanks in quotes; ~ is "contains", in either case); anything else is a text that is searched for in all of it.
 * @throws Error in words, where a comparison is not one.
 */
export function queryOf(query: string, columns: readonly RowColumn[]): Found {
  const tokens = tokensOf(query, columns);
  if (!tokens.some(({ text, word }) => !word && (text === '~' || text in comparisons)))
    return containing(query, columns);
  let at = 0;
  const sign = (text: string) => {
    const next = tokens[at];
    if (!next || next.quoted || next.text.toLowerCase() !== text) return false;
    at++;
    return true;
  };
  const either = (): Found => {
    const parts = [both()];
    while (sign('or')) parts.push(both());
    return parts.length === 1 ? (parts[0] as Found) : (point) => parts.some((part) => part(point));
  };
  const both = (): Found => {
    const parts = [one()];
    while (sign('and')) parts.push(one());
    return parts.length === 1 ? (parts[0] as Found) : (point) => parts.every((part) => part(point));
  };
  const one = (): Found => {
    if (sign('not')) {
      const part = one();
      return (point) => !part(point);
    }
    if (sign('(')) {
      const part = either();
      if (!sign(')')) throw new Error('A bracket is not closed.');
      return part;
    }
    const [name, how, value] = tokens.slice(at, at + 3);
    if (!name?.word)
      throw new Error(`Expected the name of something known of rows${name ? `, found ${name.text}` : ''}.`);
    if (!how || how.word) throw new Error(`Expected =, !=, <, <=, >, >= or ~ after ${name.text}.`);
    if (!value?.word) throw new Error(`Expected a value after ${name.text} ${how.text}.`);
    at += 3;
    return comparing(columnOf(name.text, columns), how.text, value);
  };
  const found = either();
  if (at < tokens.length) throw new Error(`Expected "and" or "or" before ${tokens[at]?.text}.`);
  return found;
}

function tokensOf(query: string, columns: readonly RowColumn[]): Token[] {
  // Names that are more than a word need no quotes where a sign follows.
  const long = columns
    .map(({ name }) => name)
    .filter((name) => /[^\w]/.test(name))
    .sort((a, b) => b.length - a.length)
    .map((name) => name.replaceAll(/[.*+?^${}()|[\]\\/]/g, '\\$&'));
  const names = long.length > 0 ? new RegExp(`(?<![^\\s(])(${long.join('|')})(?=\\s*(?:[<>=~]|!=))`, 'gi') : null;
  const given = names ? query.replaceAll(names, (name) => (name.includes('"') ? name : `"${name}"`)) : query;
  const pattern = /"([^"]*)"|(<=|>=|!=|[<>=~()])|([^\s<>=!~()"]+)|(\S)/g;
  return [...given.matchAll(pattern)].map(([all, quoted, sign]) => ({
    text: quoted ?? all,
    word: sign === undefined,
    quoted: quoted !== undefined,
  }));
}

function columnOf(name: string, columns: readonly RowColumn[]): RowColumn {
  const same = (other: string) => other.toLowerCase() === name.toLowerCase();
  const found = columns.find((column) => same(column.name));
  if (found) return found;
  throw new Error(
    `Nothing called ${name} is known of the rows. Known: ${columns.map((column) => column.name).join(', ')}.`,
  );
}

/** Numbers where both sides are, texts otherwise; of what is not known no comparison holds. */
function comparing({ at }: RowColumn, how: string, { text, quoted }: Token): Found {
  const number = quoted || text.trim() === '' ? Number.NaN : Number(text);
  const lower = text.toLowerCase();
  if (how === '~') return (point) => textOf(at(point)).includes(lower);
  const holds = comparisons[how] ?? (() => false);
  return (point) => {
    const cell = at(point);
    if (cell === null) return false;
    const size = typeof cell === 'number' ? cell : cell.trim() === '' ? Number.NaN : Number(cell);
    if (!Number.isNaN(number) && !Number.isNaN(size)) return holds(size - number);
    const words = textOf(cell);
    return holds(words < lower ? -1 : words > lower ? 1 : 0);
  };
}

function containing(query: string, columns: readonly RowColumn[]): Found {
  const wanted = query.trim().toLowerCase();
  // Places on a map are not what anyone looks for by text.
  const holds = (cell: Cell) => typeof cell === 'string' && textOf(cell).includes(wanted);
  const [row] = columns;
  return (point) => wanted !== '' && (String(row?.at(point)) === wanted || columns.some(({ at }) => holds(at(point))));
}

function textOf(cell: Cell): string {
  return cell === null ? '' : String(cell).toLowerCase();
}
