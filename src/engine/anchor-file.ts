import { basename, resolve } from 'node:path';
import { openSource } from '../data/source';
import type { Context, Rows } from '../methods/method';
import { parseAnchorSet } from '../protocol/anchors';
import { UserError } from '../protocol/errors';
import type { InputSpec, Result } from '../protocol/result';
import { size } from '../protocol/words';
import { type Prepared, readRows, takeLabels } from './prepare';
import type { Desk } from './task';

/** A set of a million anchors with long identifiers takes some 50 MB. */
const longest = 64e6;

/**
 * The rows with the column that a parameter names for anchors to be chosen by; the rows as they are where it names none.
 * @throws UserError where the file or the column cannot be read, or has other rows than the first input
 */
export async function rowsForAnchors(
  parameters: Readonly<Record<string, unknown>>,
  base: string,
  inputs: readonly InputSpec[],
  { rows, records }: Pick<Prepared, 'rows' | 'records'>,
  memory: number,
  desk: Desk,
): Promise<Rows> {
  const { 'anchor-column-file': path, 'anchor-column': column, 'anchor-selection': selection } = parameters;
  const [input, record] = [inputs[0], records[0]];
  if (selection !== 'top' && selection !== 'stratified') return rows;
  if (typeof path !== 'string' || path.trim() === '' || !input || !record) return rows;
  const named = typeof column === 'string' && column !== '' ? { column } : {};
  const { labels } = await readRows({ path: path.trim(), ...named }, input, record, base, memory, desk);
  const first = input.rows?.[0] ?? 0;
  return labels
    ? {
        ...rows,
        anchorLabels: takeLabels(
          labels,
          rows.index.map((row) => row - first),
        ),
      }
    : rows;
}

/**
 * The anchors that a parameter names by a file, for the context of the method; nothing where it names none.
 * @throws UserError where the file cannot be read or is no anchor set
 */
export async function anchorSetFor(
  parameters: Readonly<Record<string, unknown>>,
  base: string,
): Promise<Pick<Context, 'anchorSet'>> {
  const named = await readSet(parameters, base);
  if (!named) return {};
  const { rows, ids, chosen } = named.set;
  return { anchorSet: { name: named.name, rows, chosen, ...(ids && { ids }) } };
}

/** Says so where anchors were taken by row number of a file that none of the inputs is. */
export async function strangeSource(
  { parameters, steps }: Pick<Result, 'parameters' | 'steps'>,
  base: string,
  hashes: readonly string[],
): Promise<string[]> {
  if (!steps.some((step) => step.includes('found by row number'))) return [];
  const named = await readSet(parameters, base);
  if (!named || hashes.includes(named.set.source.sha256)) return [];
  return [
    `The anchors of ${named.name} are rows of ${named.set.source.file} as it was then, which is none of these files, and were taken by row number. Make sure that the same rows are the same samples, or pair rows by identifiers.`,
  ];
}

async function readSet(parameters: Readonly<Record<string, unknown>>, base: string) {
  const path = parameters['anchor-file'];
  if (parameters['anchor-selection'] !== 'file' || typeof path !== 'string' || path.trim() === '') return undefined;
  const source = await openSource(resolve(base, path.trim()));
  const name = basename(path.trim());
  try {
    if (source.size > longest)
      throw new UserError(`${name} has ${size(source.size)}; an anchor set of at most ${size(longest)} is read.`);
    const text = (await source.head(source.size)).toString('utf8').replace(/^\uFEFF/, '');
    return { name, set: parseAnchorSet(text, name) };
  } finally {
    await source.close();
  }
}
