import type { FileDescription } from '../protocol/engine';
import { UserError } from '../protocol/errors';
import type { Column } from './column';
import type { Signal } from './source';
import type { TableSource } from './table-source';

/** Rows and columns that are looked at. */
const sampleRows = 1000;
const mostColumns = 64;
/** A column of text with at most so many different values is one of classes. */
const mostClasses = 32;

/** Names that people give to such columns, the likeliest first; also as an ending, after `_`, `-`, `.` or a blank. */
const ids =
  'id ids key uuid guid name names word token path file filename file_name image url identifier sample index'.split(
    ' ',
  );
const labels = 'label labels class classes target targets category y species split group kind type'.split(' ');

/**
 * Columns that seem to name the rows (all values differ) and to class them (few values, most of them twice and more), from
 * the first 1,000 rows: suggestions that a person can change.
 */
export async function suggest(source: TableSource, signal?: Signal): Promise<FileDescription['suggested']> {
  const part = source.parts.find(({ rows }) => rows > 0);
  if (!part) return undefined;
  const named = ({ name }: Column) => rank(ids, name) < ids.length || rank(labels, name) < labels.length;
  const integers = /^u?int|^bool/;
  const candidates = source.columns
    .filter((column) => column.kind === 'text' || (column.kind === 'number' && named(column)))
    .slice(0, mostColumns);
  if (candidates.length === 0) return undefined;
  const height = Math.min(sampleRows, part.rows);
  const sql = part.select(
    candidates.map(({ sql }) => `CAST(${sql} AS VARCHAR)`),
    null,
    [0, height],
  );
  const rows = await source.database.rows(sql, signal).catch(async (error: unknown) => {
    signal?.throwIfAborted();
    const told = await part.explain(error, [], 0, signal);
    // What cannot be read is said when it is asked for.
    if (told instanceof UserError) return [];
    throw told;
  });
  const found = candidates.map((column, i) => {
    const values = rows.map((row) => row[i] as string | null);
    const present = values.filter((value): value is string => value !== null && value !== '');
    const distinct = new Set(present).size;
    const countable =
      column.kind === 'text' || integers.test(column.dtype) || present.every((value) => /^-?\d+(\.0)?$/.test(value));
    return {
      column,
      isId: countable && present.length === rows.length && rows.length > 1 && distinct === rows.length,
      isLabel: countable && distinct >= 2 && distinct <= mostClasses && distinct * 2 <= present.length,
    };
  });
  const best = (list: readonly string[], of: typeof found) =>
    of
      .filter(({ column }) => column.kind === 'text' || rank(list, column.name) < list.length)
      .sort((a, b) => rank(list, a.column.name) - rank(list, b.column.name))[0]?.column.name;
  const id = best(
    ids,
    found.filter(({ isId }) => isId),
  );
  const label = best(
    labels,
    found.filter(({ isLabel }) => isLabel),
  );
  if (id === undefined && label === undefined) return undefined;
  return { ...(id !== undefined && { ids: id }), ...(label !== undefined && { labels: label }) };
}

function rank(list: readonly string[], name: string): number {
  const lower = name.toLowerCase();
  const whole = list.indexOf(lower);
  if (whole >= 0) return whole;
  const ending = list.indexOf(/[_\-. ]([^_\-. ]+)$/.exec(lower)?.[1] ?? '');
  // After all that are the whole name.
  return ending >= 0 ? list.length - 1 + ending / list.length : list.length;
}
