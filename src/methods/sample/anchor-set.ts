import { UserError } from '../../protocol/errors';
import type { Context } from '../method';

/** Anchors that an error names one by one. */
const NAMED = 5;

interface SetAnchors {
  /** Positions of the anchors among the rows in use, in the order of the file. */
  readonly rows: Int32Array;
  readonly step: string;
  readonly warnings: readonly string[];
}

/**
 * The anchors that a file names, among the rows in use: by identifier where the file and the rows have any, so that the same
 * set serves files with other rows; otherwise by row number.
 * @throws UserError where there is no set, or some of its anchors are not in use
 */
export function fromSet({ anchorSet: set, rows }: Pick<Context, 'anchorSet' | 'rows'>): SetAnchors {
  if (!set) {
    throw new UserError(
      'The anchor selection is file, but no anchor file is given. Name one, such as words.anchors.json.',
    );
  }
  const byId = set.ids !== undefined && rows.names !== undefined;
  const place = new Map<string | number, number>();
  for (const [i, row] of rows.index.entries()) {
    const key = byId ? (rows.names?.[i] as string) : row;
    if (!place.has(key)) place.set(key, i);
  }
  const wanted: readonly (string | number)[] = byId ? (set.ids as readonly string[]) : set.rows;
  const missing = wanted.filter((key) => !place.has(key));
  if (missing.length > 0) {
    const some = missing.slice(0, NAMED).map((key) => (byId ? `"${key}"` : `row ${key}`));
    const more = missing.length > NAMED ? ` and ${missing.length - NAMED} more` : '';
    throw new UserError(
      `${missing.length} of the ${wanted.length} anchors of ${set.name} are not among the ${rows.index.length} rows in use: ${some.join(', ')}${more}. An anchor has to be a row of every file; rows without a partner, and rows that are not finite, are in none. Take those anchors out of the set, or choose anchors anew.`,
    );
  }
  const found = Int32Array.from(new Set(wanted.map((key) => place.get(key) as number)));
  const warnings =
    set.ids !== undefined && !byId
      ? [
          `The anchors of ${set.name} have identifiers, but the rows here have none: they were taken by row number. Pair the rows by identifiers, or give labels with names, where the files differ.`,
        ]
      : [];
  return {
    rows: found,
    step: `${found.length} anchors of ${set.name}, found by ${byId ? 'identifier' : 'row number'} (${set.chosen})`,
    warnings,
  };
}
