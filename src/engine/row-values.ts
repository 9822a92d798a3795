import { resolve } from 'node:path';
import { readLabels, readNames } from '../data/labels';
import { UserError } from '../protocol/errors';
import type { RowValues, RowValuesRequest } from '../protocol/rows';

/**
 * One value of every row of a file, and the rows' names where the file has any. What is not finite is null.
 * @param limit bytes that the column may take
 * @throws UserError where the file or the column cannot be read, or the expression gives other than a value a row.
 */
export async function rowValues(
  { values, input }: RowValuesRequest,
  base: string,
  limit: number,
  signal: AbortSignal = new AbortController().signal,
): Promise<RowValues> {
  const same = input?.path === values.path && input.query !== undefined ? { query: input.query } : {};
  const options = { limit, signal, ...same };
  const labels = await readLabels(values, base, options);
  const names = await namesOf(resolve(base, values.path), options);
  const length = labels.kind === 'category' ? labels.index.length : labels.values.length;
  return {
    labels:
      labels.kind === 'category'
        ? { ...labels, index: Array.from(labels.index) }
        : { ...labels, values: Array.from(labels.values, (value) => (Number.isFinite(value) ? value : null)) },
    ...(names?.length === length && { names }),
  };
}

/** Names are no more than a help: a file whose names cannot be read has its values all the same. */
async function namesOf(path: string, options: Parameters<typeof readNames>[1]): Promise<readonly string[] | null> {
  try {
    return await readNames(path, options);
  } catch (error) {
    if (error instanceof UserError) return null;
    throw error;
  }
}
