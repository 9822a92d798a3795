import * as z from 'zod';
import { messageOf, UserError } from './errors';
import type { Result } from './result';

/** Rows that serve as anchors, in a file that can be shared: `NAME.anchors.json`. */
export interface AnchorSet {
  readonly format: 'sextant-anchors';
  readonly formatVersion: 1;
  /** Of the program that wrote it. */
  readonly version: string;
  /** How they were chosen, in a few words. */
  readonly chosen: string;
  readonly seed: number;
  /** The file that the rows are numbered in. */
  readonly source: { readonly file: string; readonly tensor: string | null; readonly sha256: string };
  /** From 0, in the order chosen. */
  readonly rows: readonly number[];
  /** Identifier of each anchor, where the rows have any. */
  readonly ids?: readonly string[];
}

/** More anchors than any method takes. */
const MOST = 1_000_000;

const schema = z.object({
  format: z.literal('sextant-anchors'),
  formatVersion: z.literal(1),
  version: z.string(),
  chosen: z.string(),
  seed: z.int().min(0),
  source: z.object({ file: z.string(), tensor: z.string().nullable(), sha256: z.string() }),
  rows: z.array(z.int().min(0)).min(1).max(MOST),
  ids: z.array(z.string()).exactOptional(),
});

/** @param name of the file, for messages. @throws UserError that says where it goes wrong */
export function parseAnchorSet(text: string, name: string): AnchorSet {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    throw new UserError(`${name} is not an anchor set: it is not JSON (${messageOf(error)}).`);
  }
  const head = z.object({ format: z.literal('sextant-anchors') }).safeParse(json);
  if (!head.success) throw new UserError(`${name} is not an anchor set: it has no "format": "sextant-anchors".`);
  const { data, error } = schema.safeParse(json);
  const issue = error?.issues[0];
  if (issue) {
    const place = issue.path.length > 0 ? issue.path.join('.') : 'its top level';
    throw new UserError(`${name} is damaged at ${place}: ${issue.message.replace(/^Invalid input: /, '')}.`);
  }
  const set = data as AnchorSet;
  if (set.ids && set.ids.length !== set.rows.length) {
    throw new UserError(`${name} is damaged: it has ${set.rows.length} rows and ${set.ids.length} identifiers.`);
  }
  return set;
}

/** The anchors that a result was computed with, to be used again; null where it has none. */
export function anchorSetOf({ tables, inputs, steps, seed, version }: Result): AnchorSet | null {
  const table = tables.anchors;
  const [source] = inputs;
  if (!table || !source || table.columns[0] !== 'row') return null;
  const named = table.columns[1] === 'name';
  return {
    ...{ format: 'sextant-anchors', formatVersion: 1, version },
    chosen: steps.find((step) => /\banchors\b/.test(step)) ?? '',
    seed,
    source: { file: source.path.replace(/^.*[\\/]/, ''), tensor: source.tensor, sha256: source.sha256 },
    rows: table.rows.map(([row]) => Number(row)),
    ...(named && { ids: table.rows.map(([, name]) => String(name ?? '')) }),
  };
}

/** A line for each part: a change of anchors is a change of one line or two. */
export function formatAnchorSet(set: AnchorSet): string {
  const parts = Object.entries(set).map(([key, value]) => `  ${JSON.stringify(key)}: ${JSON.stringify(value)}`);
  return `{\n${parts.join(',\n')}\n}\n`;
}
