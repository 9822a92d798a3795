import { basename, resolve } from 'node:path';
import { openSource } from '../data/source';
import { size } from '../data/words';
import type { Context } from '../methods/method';
import { parseAnchorSet } from '../protocol/anchors';
import { UserError } from '../protocol/errors';

/** A set of a million anchors with long identifiers takes some 50 MB. */
const longest = 64e6;

/**
 * The anchors that a parameter names by a file, for the context of the method; nothing where it names none.
 * @throws UserError where the file cannot be read or is no anchor set
 */
export async function anchorSetFor(
  parameters: Readonly<Record<string, unknown>>,
  base: string,
): Promise<Pick<Context, 'anchorSet'>> {
  const path = parameters['anchor-file'];
  if (parameters['anchor-selection'] !== 'file' || typeof path !== 'string' || path.trim() === '') return {};
  const source = await openSource(resolve(base, path.trim()));
  const name = basename(path.trim());
  try {
    if (source.size > longest)
      throw new UserError(`${name} has ${size(source.size)}; an anchor set of at most ${size(longest)} is read.`);
    const text = (await source.head(source.size)).toString('utf8').replace(/^\uFEFF/, '');
    const { rows, ids, chosen } = parseAnchorSet(text, name);
    return { anchorSet: { name, rows, chosen, ...(ids && { ids }) } };
  } finally {
    await source.close();
  }
}
