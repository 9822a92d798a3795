import { basename } from 'node:path';
import { type Identifiers, readIdentifiers } from '../data/identifiers';
import type { ReadRepresentation } from '../data/representation';
import { UserError } from '../protocol/errors';
import type { InputSpec } from '../protocol/result';
import { count } from '../protocol/words';
import type { Identified } from './pairing';
import type { Desk } from './task';

/**
 * The identifiers of the rows that were read, of every input; undefined where none has any.
 * @param memory bound in bytes.
 * @throws UserError when only some inputs have identifiers, they cannot be read, or are not as many as the rows.
 */
export async function readAllIdentifiers(
  inputs: readonly InputSpec[],
  sources: readonly Pick<ReadRepresentation, 'shape'>[],
  names: readonly string[],
  base: string,
  memory: number,
  desk: Desk,
): Promise<readonly Identified[] | undefined> {
  const without = inputs.findIndex(({ ids }) => !ids);
  const having = inputs.findIndex(({ ids }) => ids);
  if (having < 0) return undefined;
  if (without >= 0) {
    throw new UserError(
      `${names[having]} has identifiers and ${names[without]} has none. Rows are paired by identifiers of every input, or ` +
        'by position: give identifiers to all, or to none.',
    );
  }
  const read = new Map<string, Identifiers>();
  const identified: Identified[] = [];
  for (const [i, spec] of inputs.entries()) {
    desk.signal.throwIfAborted();
    const key = JSON.stringify([spec.path, spec.query, spec.raw, spec.ids]);
    const identifiers = read.get(key) ?? (await readOf(spec, base, memory, desk));
    read.set(key, identifiers);
    const chosen = chosenOf(identifiers, spec, sources[i]?.shape[0] ?? 0);
    identified.push({ name: names[i] as string, spec, first: spec.rows?.[0] ?? 0, identifiers: chosen });
  }
  return identified;
}

/** Names of an input's rows, those without an identifier called by their place. */
export function namesOf({ identifiers, first }: Identified): string[] {
  return identifiers.ids.map((id, row) => id ?? `row ${row + first}`);
}

/** A column of the same table is one of what the input reads from it. */
async function readOf({ path, query, raw, ids }: InputSpec, base: string, limit: number, { signal }: Desk) {
  const spec = ids as NonNullable<typeof ids>;
  const same = spec.path === path ? { query, raw } : {};
  return readIdentifiers(spec, base, { ...same, limit, signal });
}

/** Identifiers of the whole file follow the rows that were chosen of it. */
function chosenOf(read: Identifiers, { path, rows, ids: spec }: InputSpec, all: number): Identifiers {
  const { ids } = read;
  const [start, end] = rows ?? [0, all];
  const height = Math.min(end, all) - start;
  if (ids.length === all) return { ...read, ids: ids.slice(start, start + height) };
  if (ids.length === height) return read;
  throw new UserError(
    `${basename(spec?.path ?? path)} has ${count(ids.length)} identifiers; ${basename(path)} has ${count(all)} rows. ` +
      'Give one identifier for each row, in the same order.',
  );
}
