import { basename, resolve } from 'node:path';
import { UserError } from '../protocol/errors';
import type { LabelSpec } from '../protocol/result';
import { byNumber, count } from '../protocol/words';
import { identifier } from './duckdb';
import { openData } from './file';
import { metadataBeside } from './projector';
import type { Signal } from './source';
import type { ColumnValues } from './tensor';

/** One value per row; what methods take as labels. */
export type LabelValues =
  | {
      readonly kind: 'category';
      readonly name: string;
      readonly categories: readonly string[];
      readonly index: Int32Array;
    }
  | { readonly kind: 'number'; readonly name: string; readonly values: Float64Array };

/** Integers with at most so many distinct values are classes. */
const mostClasses = 32;

/**
 * Reads labels: a column of a table, or a vector of numbers or fixed-width strings. Text is categories. So are integers
 * with at most 32 distinct values of which at least one occurs twice (class labels); all other numbers are numbers, NaN
 * where missing. Empty text is the category "(missing)". Categories are sorted as people count.
 * @throws UserError when the file, tensor or column cannot be read or is no vector.
 */
export async function readLabels(
  spec: LabelSpec,
  baseFolder: string,
  options: { readonly limit: number; readonly signal?: Signal; readonly query?: string },
): Promise<LabelValues> {
  const { expression } = spec;
  if (expression !== undefined) return readExpression({ ...spec, expression }, baseFolder, options);
  const file = await openData(resolve(baseFolder, spec.path), options);
  try {
    return labelsOf(await file.readColumn(spec.column ?? spec.tensor ?? null, options));
  } finally {
    await file.close();
  }
}

/** What SQL makes of each row of a table, or of what a query makes of it. @throws UserError where it gives other than one value a row */
async function readExpression(
  { path, expression }: LabelSpec & { readonly expression: string },
  baseFolder: string,
  options: { readonly limit: number; readonly signal?: Signal; readonly query?: string },
): Promise<LabelValues> {
  const given = expression.trim();
  if (given === '') throw new UserError('The expression is empty. Write one over the columns of the table.');
  const of = options.query === undefined ? 'data' : `(\n${options.query}\n) AS data`;
  const query = `SELECT (\n${given}\n) AS ${identifier(given)} FROM ${of}`;
  const file = await openData(resolve(baseFolder, path), { ...options, query, expression: given });
  try {
    const { columns = [] } = file.describe();
    const [only] = columns;
    if (!only || columns.length > 1)
      throw new UserError(
        `${basename(path)}: the expression gives ${columns.length} columns; one value a row is needed.`,
      );
    return labelsOf(await file.readColumn(only.name, options));
  } finally {
    await file.close();
  }
}

function labelsOf(column: ColumnValues): LabelValues {
  const { name, values } = column;
  if (!(values instanceof Float64Array))
    return categories(
      name,
      values.map((value) => value || '(missing)'),
    );
  const distinct = new Set<number>();
  for (const value of values) {
    if (!Number.isInteger(value) || distinct.size > mostClasses) return { kind: 'number', name, values };
    distinct.add(value);
  }
  if (distinct.size > mostClasses || distinct.size === values.length) return { kind: 'number', name, values };
  return categories(name, Array.from(values, String));
}

function categories(name: string, values: readonly string[]): LabelValues {
  const sorted = [...new Set(values)].sort(byNumber);
  const position = new Map(sorted.map((category, i) => [category, i]));
  return {
    kind: 'category',
    name,
    categories: sorted,
    index: Int32Array.from(values, (value) => position.get(value) as number),
  };
}

/**
 * Names of the rows: the first text column of a table whose values all differ, or a vector of strings that all differ; null
 * where there is none. Those of TensorFlow Projector's vectors are in the metadata beside them.
 * @throws UserError when the file cannot be read, or the metadata has other rows than the vectors.
 */
export async function readNames(
  path: string,
  options: { readonly limit: number; readonly signal?: Signal; readonly query?: string },
): Promise<string[] | null> {
  const file = await openData(path, options);
  try {
    const { columns, tensors } = file.describe();
    const metadata = metadataBeside(path);
    if (metadata !== undefined) return await namesBeside(path, tensors[0]?.shape[0] ?? 0, metadata, options);
    const candidates = columns
      ? columns.filter((column) => column.type === 'text').map((column) => column.name)
      : tensors.filter((tensor) => tensor.shape.length === 1 && tensor.unusable).map((tensor) => tensor.name);
    for (const candidate of candidates) {
      const { values } = await file.readColumn(candidate, options).catch((error: unknown) => {
        if (error instanceof UserError) return { values: [] };
        throw error;
      });
      if (!(values instanceof Float64Array) && values.length > 0 && new Set(values).size === values.length)
        return [...values];
    }
    return null;
  } finally {
    await file.close();
  }
}

async function namesBeside(
  path: string,
  rows: number,
  metadata: string,
  options: { readonly limit: number; readonly signal?: Signal },
): Promise<string[] | null> {
  const file = await openData(metadata, options);
  const described = file.describe().tensors[0]?.shape[0] ?? 0;
  await file.close();
  if (described === rows) return readNames(metadata, options);
  throw new UserError(
    `${basename(metadata)} has ${count(described)} rows, ${basename(path)} beside it has ${count(rows)}. Metadata needs one row for ` +
      'each vector, and column names only where it has several columns.',
  );
}
