import { stat } from 'node:fs/promises';
import { openSource } from '../data/source';
import { messageOf, UserError } from '../protocol/errors';
import { size } from '../protocol/words';

/** The largest tokenizers of today, of a million pieces, are a tenth of this. */
const longest = 256e6;

/** Fields of a JSON file; anything may be missing or of another type. */
export type Fields = Readonly<Record<string, unknown>>;

/**
 * The object in a JSON file, or undefined where there is no such file.
 * @throws UserError where it is larger than 256 MB, no JSON, or no object.
 */
export async function readFields(path: string): Promise<Fields | undefined> {
  const value = await readJson(path);
  if (value === undefined) return undefined;
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Fields;
  throw new UserError(`${path}: a JSON object was expected, and this is none. Copy the file anew.`);
}

/** As {@link readFields}, of a file that holds a list of objects; what is no object in it is left out. */
export async function readList(path: string): Promise<readonly Fields[] | undefined> {
  const value = await readJson(path);
  if (value === undefined) return undefined;
  if (!Array.isArray(value))
    throw new UserError(`${path}: a JSON list was expected, and this is none. Copy the file anew.`);
  return value.filter((one): one is Fields => typeof one === 'object' && one !== null);
}

async function readJson(path: string): Promise<unknown> {
  if (!(await exists(path))) return undefined;
  const source = await openSource(path);
  try {
    if (source.size > longest)
      throw new UserError(`${path}: it has ${size(source.size)}; at most ${size(longest)} are read of such a file.`);
    return JSON.parse((await source.head(source.size)).toString('utf8').replace(/^\uFEFF/, ''));
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw new UserError(`${path}: it is not JSON (${messageOf(error)}). Copy the file anew.`);
  } finally {
    await source.close();
  }
}

export function exists(path: string): Promise<boolean> {
  return stat(path).then(
    (status) => status.isFile(),
    () => false,
  );
}
