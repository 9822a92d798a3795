import { basename } from 'node:path';
import type { Identifiers } from '../data/identifiers';
import { UserError } from '../protocol/errors';
import type { Cell, InputSpec, Table } from '../protocol/result';
import { count, plural, some } from '../protocol/words';

/** An input with an identifier for each of its rows. */
export interface Identified {
  /** Of the representation. */
  readonly name: string;
  readonly spec: InputSpec;
  /** Index of its first row in the file. */
  readonly first: number;
  /** Of the rows that were read. */
  readonly identifiers: Identifiers;
}

export interface Pairing {
  /** For each input, the place among its rows that were read of every row that is used; the order is the first input's. */
  readonly picked: readonly Int32Array[];
  /** The identifier of each row that is used. */
  readonly ids: readonly string[];
  readonly steps: readonly string[];
  readonly warnings: readonly string[];
  /** Rows without a partner; absent where there are none. */
  readonly unmatched?: Table;
}

/** Rows of the table of unmatched ones; a warning counts all. */
const LISTED = 1000;

/** Inputs of one file with the same identifiers, and what became of their rows. */
interface Side {
  readonly name: string;
  readonly first: number;
  readonly identifiers: Identifiers;
  readonly places: ReadonlyMap<string, number>;
}

/**
 * Pairs rows by identifier: those that every input has, in the order of the first.
 * @throws UserError when an identifier occurs twice in an input, or fewer than two are in all.
 */
export function pairRows(inputs: readonly Identified[]): Pairing {
  const sides = new Map<string, Side>();
  for (const input of inputs) if (!sides.has(keyOf(input))) sides.set(keyOf(input), sideOf(input, inputs));
  const all = [...sides.values()];
  const [first] = all;
  const ids = (first?.identifiers.ids ?? []).filter(
    (id): id is string => id !== null && all.every(({ places }) => places.has(id)),
  );
  if (ids.length < 2) throw new UserError(tooFew(ids.length, all));
  const picked = new Map(
    [...sides].map(([key, { places }]) => [key, Int32Array.from(ids, (id) => places.get(id) as number)]),
  );
  return {
    picked: inputs.map((input) => picked.get(keyOf(input)) as Int32Array),
    ids,
    steps: [`paired by identifier: ${tally(ids.length, all)}`],
    ...unmatchedOf(all, new Set(ids)),
  };
}

function keyOf({ spec, identifiers }: Identified): string {
  const { path, rows, ids } = spec;
  return JSON.stringify([path, rows, ids, identifiers.ids.length]);
}

function sideOf(input: Identified, inputs: readonly Identified[]): Side {
  const { spec, first, identifiers } = input;
  const file = basename(spec.path);
  const alike = inputs.filter((other) => basename(other.spec.path) === file && keyOf(other) !== keyOf(input));
  const name = alike.length > 0 ? `${file} (${input.name})` : file;
  const places = new Map<string, number>();
  for (const [row, id] of identifiers.ids.entries()) {
    if (id === null) continue;
    const before = places.get(id);
    if (before !== undefined) {
      const zeros = identifiers.numbers ? '; numbers are one identifier whatever their zeros, as 01 is 1' : '';
      throw new UserError(
        `${name}: ${identifiers.name} ${quoted(id)} is in row ${count(before + first)} and in row ${count(row + first)}${zeros}. ` +
          'Rows are paired by identifiers that occur once: choose another column, or pair by position.',
      );
    }
    places.set(id, row);
  }
  return { name, first, identifiers, places };
}

/** "430 of 450 and 470 rows" */
function tally(paired: number, sides: readonly Side[]): string {
  const lengths = sides.map(({ identifiers }) => identifiers.ids.length);
  if (lengths.every((length) => length === paired)) return plural(paired, 'row');
  const last = count(lengths.pop() as number);
  return `${count(paired)} of ${lengths.length > 0 ? `${lengths.map(count).join(', ')} and ${last}` : last} rows`;
}

function unmatchedOf(sides: readonly Side[], ids: ReadonlySet<string>): Pick<Pairing, 'warnings' | 'unmatched'> {
  const warnings: string[] = [];
  const rows: (readonly Cell[])[] = [];
  let total = 0;
  for (const { name, first, identifiers } of sides) {
    const all = identifiers.ids;
    const alone = [...all.keys()].filter((row) => !ids.has(all[row] ?? ''));
    if (alone.length === 0) continue;
    const named = alone.flatMap((row) => all[row] ?? []);
    const missing = alone.length - named.length;
    const parts = [
      ...(named.length > 0 ? [`${some(named.map(quoted), 3)} not in every input`] : []),
      ...(missing > 0 ? [`${count(missing)} without ${identifiers.name}`] : []),
    ];
    warnings.push(
      `${count(alone.length)} of ${plural(all.length, 'row')} of ${name} left out, for they have no partner: ${parts.join('; ')}.`,
    );
    for (const row of alone.slice(0, LISTED - rows.length)) rows.push([name, row + first, all[row] ?? null]);
    total += alone.length;
  }
  if (total === 0) return { warnings };
  const title = `Rows without a partner${total > rows.length ? `: the first ${count(rows.length)} of ${count(total)}` : ''}`;
  return { warnings, unmatched: { title, columns: ['input', 'row', 'identifier'], rows } };
}

function tooFew(found: number, sides: readonly Side[]): string {
  const samples = sides.map(
    ({ name, identifiers, places }) => `${name} has ${some([...places.keys()].map(quoted), 3)} in ${identifiers.name}`,
  );
  const what = found === 0 ? 'No identifier is' : 'Only one identifier is';
  return `${what} in every input; two or more rows have to be paired. ${some(samples, 3)}. Choose columns that name the same samples.`;
}

/** Short enough for a message. */
function quoted(id: string): string {
  const points = [...id];
  return `'${points.length > 40 ? `${points.slice(0, 40).join('')}…` : id}'`;
}
