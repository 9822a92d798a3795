import { basename, resolve } from 'node:path';
import { openData } from '../data/file';
import { UserError } from '../protocol/errors';
import type { LabelSpec } from '../protocol/result';
import type { GroupSpec } from '../protocol/study';
import { some } from '../protocol/words';
import type { Desk } from './task';

/** A run, as tables and patterns may name it. */
export interface NamedRun {
  readonly name: string;
  readonly path: string;
}

/** Columns that say which run a row is about; otherwise it is the first one of text. */
const naming = ['run', 'file', 'path', 'model', 'name'];
const longest = 200;

/** Name of a column, and its value for each run, text or number. */
interface RunColumn {
  readonly name: string;
  readonly values: readonly (string | number)[];
}

/**
 * A column of a table with a row for each run. A row is about the run whose path, or an end of it that no other run's has (with
 * the file's ending or without), or display name stands in the column `run`, `file`, `path`, `model` or `name`, or else in the
 * first column of text.
 * @throws UserError where the table has no such column, or not one row for every run.
 */
async function readRunColumn(
  { path, column, tensor }: LabelSpec,
  runs: readonly NamedRun[],
  base: string,
  options: { readonly limit: number; readonly signal: Desk['signal'] },
): Promise<RunColumn> {
  const file = await openData(resolve(base, path), options);
  const table = basename(path);
  try {
    const { columns } = file.describe();
    if (!columns)
      throw new UserError(
        `${table} is no table. Groups and scores are columns of a table (CSV, Parquet, ...) with a row for each run.`,
      );
    const asked = column ?? tensor;
    const others = columns.filter(({ name }) => name !== asked);
    const keys =
      naming.map((key) => others.find(({ name }) => name.toLowerCase() === key)).find((found) => found !== undefined) ??
      others.find(({ numeric }) => !numeric);
    if (!keys)
      throw new UserError(
        `${table} does not say which run a row is about: it needs a column "run" with the names of the files.`,
      );
    const rest = columns.filter((one) => one !== keys);
    const wanted = asked ?? (rest.length === 1 ? rest[0]?.name : undefined);
    if (wanted === undefined)
      throw new UserError(
        `${table} has ${rest.length} columns besides "${keys.name}". Say which one, as ${table}#column: ${some(rest.map(({ name }) => name))}.`,
      );
    const named = await file.readColumn(keys.name, options);
    const { values: all, name } = await file.readColumn(wanted, options);
    const values = listOf(all);
    const texts = listOf(named.values).map((value) => String(value).trim());
    // A column of numbers has 7 where 007 was written.
    const called = namesOf(runs, base, (name) => (keys.numeric && /^\d+$/.test(name) ? String(Number(name)) : name));
    return {
      name,
      values: runs.map((run, i) => filled(values[rowOf(called[i] ?? [], texts, table)], run, name, table)),
    };
  } finally {
    await file.close();
  }
}

const listOf = (values: Float64Array | readonly string[]): readonly (string | number)[] => [...values];

/** What a table may call each run: whatever names no other one. @param written how a name stands in the table */
function namesOf(runs: readonly NamedRun[], base: string, written: (name: string) => string): string[][] {
  const all = runs.map(({ name, path }) => {
    const parts = resolve(base, path).replaceAll('\\', '/').split('/');
    const ends = parts.map((_, i) => parts.slice(i).join('/'));
    return new Set([path, ...ends.flatMap((end) => [end, end.replace(/\.[^./]+$/, '')]), name].map(written));
  });
  const times = new Map<string, number>();
  for (const name of all.flatMap((names) => [...names])) times.set(name, 1 + (times.get(name) ?? 0));
  return all.map((names) => [...names].filter((name) => times.get(name) === 1));
}

function rowOf(names: readonly string[], texts: readonly string[], table: string): number {
  for (const text of names) {
    const row = texts.indexOf(text);
    if (row < 0) continue;
    if (texts.lastIndexOf(text) === row) return row;
    throw new UserError(
      `${table} has the run "${text}" in two rows or more, ${row} and ${texts.lastIndexOf(text)} among them. Keep one.`,
    );
  }
  const [file, stem] = names.slice(-2);
  throw new UserError(
    `${table} has no row for the run ${file} (neither "${file}" nor "${stem}"); it has ${some(texts)}. Add it, or leave that file out.`,
  );
}

function filled(value: string | number | undefined, { name }: NamedRun, column: string, table: string) {
  const empty = value === undefined || (typeof value === 'number' ? Number.isNaN(value) : value.trim() === '');
  if (empty) throw new UserError(`${table} has no ${column} for the run ${name}. Fill it in.`);
  return typeof value === 'number' ? value : value.trim();
}

/** The group of each run. @throws UserError where a run has none. */
export async function readGroups(
  spec: GroupSpec,
  runs: readonly NamedRun[],
  base: string,
  options: Parameters<typeof readRunColumn>[3],
): Promise<readonly string[]> {
  if ('table' in spec) return (await readRunColumn(spec.table, runs, base, options)).values.map(String);
  const pattern = patternOf(spec.pattern);
  return runs.map(({ path }) => {
    const file = basename(path.replaceAll('\\', '/'));
    const found = pattern.exec(file) ?? pattern.exec(path.replaceAll('\\', '/'));
    const group = found?.[1] ?? found?.[0];
    if (group !== undefined && group !== '') return group;
    throw new UserError(`The pattern ${spec.pattern} finds no group in ${file}. Change it, or leave that file out.`);
  });
}

function patternOf(text: string): RegExp {
  if (text.length > longest)
    throw new UserError(`The pattern for groups has ${text.length} characters; at most ${longest} are taken.`);
  try {
    return new RegExp(text, 'u');
  } catch (error) {
    const why = error instanceof Error ? error.message.replace(/^Invalid regular expression: /, '') : '';
    throw new UserError(`The pattern for groups is no regular expression: ${why}.`);
  }
}

/** A number for each run. @throws UserError where a run has none. */
export async function readScores(
  spec: LabelSpec,
  runs: readonly NamedRun[],
  base: string,
  options: Parameters<typeof readRunColumn>[3],
): Promise<{ readonly name: string; readonly values: readonly number[] }> {
  const { name, values } = await readRunColumn(spec, runs, base, options);
  const numbers = values.map((value, i) => {
    if (typeof value === 'number' && Number.isFinite(value)) return value;
    throw new UserError(
      `${basename(spec.path)}: ${name} is no number for the run ${runs[i]?.name} (${value}). Scores are finite numbers: choose another column, or put the value right.`,
    );
  });
  return { name, values: numbers };
}
