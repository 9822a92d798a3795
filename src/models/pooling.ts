import { join } from 'node:path';
import { UserError } from '../protocol/errors';
import { type Fields, readFields } from './json';
import { readModules } from './modules';

/** How one vector per text is made of one per token, padding left out: the mean, the first, the last or the largest. */
export type Pooling = 'mean' | 'cls' | 'last' | 'max';

export type AfterModule = 'unit-length' | { readonly folder: string; readonly inner: string };

export interface PoolingChoice {
  readonly pooling: Pooling;
  /** What follows it, in order: rows are divided by their Euclidean length, or go through a Dense module in a folder of its own. */
  readonly after: readonly AfterModule[];
  /** Where it was read, or that it is the default; for the steps of a result. */
  readonly note: string;
  /** Parts of the model that are files of their own and are not applied. */
  readonly warnings: readonly string[];
}

/** sentence-transformers' switches, older ones; newer files name the mode. */
const switches: Readonly<Record<string, Pooling>> = {
  pooling_mode_mean_tokens: 'mean',
  pooling_mode_cls_token: 'cls',
  pooling_mode_lasttoken: 'last',
  pooling_mode_max_tokens: 'max',
};
const modes: Readonly<Record<string, Pooling>> = {
  mean: 'mean',
  cls: 'cls',
  lasttoken: 'last',
  last: 'last',
  max: 'max',
};

/**
 * The pooling of a Hugging Face folder as its files say: the modules of `modules.json`, otherwise `1_Pooling/config.json`,
 * otherwise `pooling.json`; the mean, not normalised, where none of them is there.
 * @throws UserError where one is damaged, or asks for a pooling that is none of the four.
 */
export async function readPooling(folder: string): Promise<PoolingChoice> {
  const modules = await readModules(folder);
  const inner = modules.find(({ kind }) => kind === 'Pooling')?.inner ?? '1_Pooling';
  const places = [`${inner}/config.json`, 'pooling.json'];
  const after = modules.flatMap(({ kind, inner }): AfterModule[] =>
    kind === 'Normalize' ? ['unit-length'] : kind === 'Dense' && inner !== undefined ? [{ folder, inner }] : [],
  );
  const warnings = modules
    .filter(({ kind, inner }) => !applied.includes(kind) || (kind === 'Dense' && inner === undefined))
    .map(({ kind }) => `The model's module ${kind} follows its network in a file of its own; it is not applied.`);
  for (const place of places) {
    const fields = await readFields(join(folder, place));
    if (!fields) continue;
    const pooling = poolingOf(fields, join(folder, place));
    return { pooling, after, note: `tokens pooled as ${place} says`, warnings };
  }
  return { pooling: 'mean', after, note: 'mean of the tokens: the folder does not say otherwise', warnings };
}

/** Modules that are, and those that do nothing to a trained model. */
const applied: readonly string[] = ['Transformer', 'Pooling', 'Dense', 'Normalize', 'Dropout'];

function poolingOf(fields: Fields, path: string): Pooling {
  const mode = fields.pooling_mode;
  const asked =
    typeof mode === 'string'
      ? [mode]
      : Object.keys(fields).filter((key) => key.startsWith('pooling_mode') && fields[key] === true);
  const known = asked.flatMap((name) => switches[name] ?? modes[name] ?? []);
  if (asked.length === 1 && known[0]) return known[0];
  throw new UserError(
    `${path}: it asks for the pooling ${asked.join(' and ') || 'of nothing'}; one of mean, first token, last token or maximum is ` +
      'applied. Choose one of them yourself.',
  );
}

/** Divides every row by its Euclidean length, in place; rows of zeros stay. @returns how many did. */
export function normaliseRows(data: Float32Array | Float64Array, width: number): number {
  let zeros = 0;
  for (let start = 0; start < data.length; start += width) {
    const row = data.subarray(start, start + width);
    let sum = 0;
    for (const value of row) sum += value * value;
    if (sum === 0) zeros++;
    else for (let j = 0; j < width; j++) row[j] = (row[j] as number) / Math.sqrt(sum);
  }
  return zeros;
}
