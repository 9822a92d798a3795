import { basename, extname, resolve } from 'node:path';
import { UserError } from '../protocol/errors';
import { textEndings } from '../protocol/formats';
import type { InputSpec } from '../protocol/result';
import { count, plural, size, some } from '../protocol/words';
import { openData } from './file';
import { filesOf } from './files';
import { openSource, type Signal } from './source';

/** One text per row. */
export interface TextRows {
  readonly texts: readonly string[];
  /** Column of the table; null: lines of a file, or files. */
  readonly column: string | null;
  /** Of the file: texts, or lines. */
  readonly rows: number;
  /** Row of the file for each text, from 0. */
  readonly index: Int32Array;
  /** What was done that a person should know. */
  readonly notes: readonly string[];
}

export interface TextOptions {
  /** Bytes allowed for the texts. */
  readonly limit: number;
  readonly signal?: Signal;
}

/** Whether the texts of `path` are its lines, or, of a pattern for several files, each file as a whole. */
export function isPlainText(path: string): boolean {
  return textEndings.includes(extname(path).toLowerCase());
}

/**
 * Texts: a column of a table, each line of a text file that is not blank, or each of the text files that a pattern stands for.
 * Of a table the column is the one that is named after `#` or chosen by `columns`; otherwise its only column of text, or the
 * one that is called `text`.
 * @throws UserError when the file cannot be read, is not UTF-8, or it is open which column is meant.
 */
export async function readTextRows(spec: InputSpec, baseFolder: string, options: TextOptions): Promise<TextRows> {
  const path = resolve(baseFolder, spec.path);
  const all = isPlainText(path) ? await plainTexts(path, options) : await columnTexts(path, spec, options);
  if (!spec.rows) return all;
  const [start, end] = spec.rows;
  if (end > all.rows)
    throw new UserError(
      `${basename(path)}: rows ${count(start)} to ${count(end - 1)} were asked for; it has ${count(all.rows)}. Choose fewer.`,
    );
  const kept = [...all.index.keys()].filter((i) => (all.index[i] as number) >= start && (all.index[i] as number) < end);
  return {
    ...all,
    texts: kept.map((i) => all.texts[i] as string),
    index: Int32Array.from(kept, (i) => all.index[i] as number),
    notes: [...all.notes, `rows ${count(start)} to ${count(end - 1)}`],
  };
}

async function columnTexts(path: string, spec: InputSpec, options: TextOptions): Promise<TextRows> {
  const file = await openData(path, { ...spec, signal: options.signal });
  try {
    const { columns } = file.describe();
    const wanted = spec.tensor ?? (typeof spec.columns === 'string' ? spec.columns : spec.columns?.[0]);
    const chosen = wanted ?? onlyColumn(basename(path), columns);
    const { name, values } = await file.readColumn(chosen, options);
    const empty = values instanceof Float64Array ? 0 : values.filter((text) => text.trim() === '').length;
    return {
      texts:
        values instanceof Float64Array
          ? Array.from(values, (value) => (Number.isNaN(value) ? '' : `${value}`))
          : values,
      column: name,
      rows: values.length,
      index: Int32Array.from({ length: values.length }, (_, i) => i),
      notes: [
        `texts of column '${name}'`,
        ...(values instanceof Float64Array ? [`numbers of column '${name}' read as text`] : []),
        ...(empty > 0 ? [`${plural(empty, 'empty text')} kept`] : []),
      ],
    };
  } finally {
    await file.close();
  }
}

/** The name of the only column of text, or of the one that is called "text"; null where the file has no columns. */
function onlyColumn(
  file: string,
  columns: readonly { readonly name: string; readonly type: string }[] | undefined,
): string | null {
  if (!columns) return null;
  const texts = columns.filter(({ type }) => type === 'text').map(({ name }) => name);
  if (texts.length === 1) return texts[0] as string;
  const named = texts.find((name) => name.toLowerCase() === 'text');
  if (named !== undefined) return named;
  throw new UserError(
    texts.length === 0
      ? `${file}: none of its columns is text (${some(columns.map(({ name }) => name))}). Name one as ${file}#column.`
      : `${file}: it has ${count(texts.length)} columns of text, ${some(texts)}. Name one of them, as ${file}#${texts[0]}.`,
  );
}

async function plainTexts(path: string, options: TextOptions): Promise<TextRows> {
  const files = filesOf(path);
  const read: string[] = [];
  let left = options.limit;
  for (const file of files) {
    options.signal?.throwIfAborted();
    const text = await wholeText(file, left);
    left -= 2 * text.length;
    read.push(text);
  }
  if (files.length > 1)
    return {
      ...{ texts: read, column: null, rows: read.length, index: Int32Array.from(read, (_, i) => i) },
      notes: [`each of ${count(files.length)} files is one text, in the order of their names`],
    };
  const lines = (read[0] as string).split(/\r\n|\r|\n/);
  if (lines.at(-1) === '') lines.pop();
  const kept = [...lines.keys()].filter((i) => lines[i]?.trim() !== '');
  const blank = lines.length - kept.length;
  if (kept.length === 0)
    throw new UserError(`${basename(path)}: it holds no text. Save it again, with one text a line.`);
  return {
    texts: kept.map((i) => lines[i] as string),
    column: null,
    rows: lines.length,
    index: Int32Array.from(kept),
    notes: ['each line is one text', ...(blank > 0 ? [`${plural(blank, 'blank line')} left out`] : [])],
  };
}

async function wholeText(path: string, limit: number): Promise<string> {
  const source = await openSource(path);
  try {
    // Decoded, a character of one byte takes two.
    if (3 * source.size > limit)
      throw new UserError(
        `${source.name}: ${size(source.size)} of text need ${size(3 * source.size)} of memory; ${size(Math.max(0, limit))} are left. ` +
          'Raise the memory bound, or split the file.',
      );
    const bytes = await source.head(source.size);
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    throw new UserError(`${source.name}: it is not UTF-8 text. Save it again in UTF-8.`);
  } finally {
    await source.close();
  }
}
