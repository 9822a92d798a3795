import { basename, resolve } from 'node:path';
import { UserError } from '../protocol/errors';
import type { LabelSpec } from '../protocol/result';
import { count } from '../protocol/words';
import { openData } from './file';
import type { OpenOptions } from './format';
import { readNames } from './labels';
import type { ReadOptions } from './tensor';

export interface Identifiers {
  /** Of the column or vector. */
  readonly name: string;
  /** One for each row; null where it is missing. */
  readonly ids: readonly (string | null)[];
  /** Whether they were read as numbers. */
  readonly numbers: boolean;
}

/**
 * Reads identifiers: a column of a table, or a vector of numbers or strings. Text stays as it is, to the letter; numbers
 * become their shortest decimal text, so that 7, 7.0 and "7" are one identifier. Empty text, NaN and infinities are missing.
 * @throws UserError when the column cannot be read or is no vector, or holds integers that float64 rounds.
 */
export async function readIdentifiers(
  spec: LabelSpec,
  baseFolder: string,
  options: Omit<OpenOptions, 'signal'> & Pick<ReadOptions, 'limit' | 'signal'>,
): Promise<Identifiers> {
  const file = await openData(resolve(baseFolder, spec.path), options);
  try {
    const { name, values } = await file.readColumn(spec.column ?? spec.tensor ?? null, options);
    if (!(values instanceof Float64Array))
      return { name, ids: values.map((text) => (text === '' ? null : text)), numbers: false };
    const ids = Array.from(values, (value, row) => decimal(value, row, `${basename(spec.path)}: ${name}`));
    return { name, ids, numbers: true };
  } finally {
    await file.close();
  }
}

/**
 * What seems to name the rows of a file, each once: the column that a table suggests, or a vector of strings; null where
 * there is none.
 * @throws UserError when the file cannot be read.
 */
export async function likelyNames(
  path: string,
  options: Pick<ReadOptions, 'limit' | 'signal'>,
): Promise<readonly (string | null)[] | null> {
  const file = await openData(path, options);
  const { columns, suggested } = file.describe();
  await file.close();
  if (!columns) return readNames(path, options);
  if (suggested?.ids === undefined) return null;
  const { ids } = await readIdentifiers({ path, column: suggested.ids }, '', options);
  return new Set(ids).size === ids.length ? ids : null;
}

function decimal(value: number, row: number, what: string): string | null {
  if (!Number.isFinite(value)) return null;
  if (!Number.isInteger(value) || Number.isSafeInteger(value)) return String(value);
  throw new UserError(
    `${what} in row ${count(row)} is an integer above 9,007,199,254,740,991, where float64 rounds: two identifiers could ` +
      'become one. Save them as text.',
  );
}
