import { readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { UserError } from '../protocol/errors';
import { runFiles } from '../protocol/formats';
import { byNumber } from '../protocol/words';
import { unopened } from './source';

/** Names of the regular files in a folder, neither links nor hidden ones. @throws UserError where it cannot be read. */
export function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder, { withFileTypes: true })
      .filter((entry) => entry.isFile() && !entry.name.startsWith('.'))
      .map(({ name }) => name);
  } catch (error) {
    throw unopened(folder, error);
  }
}

/**
 * The data files in a folder, in counting order; tables only where there are no arrays. Folders in it are not looked into.
 * @throws UserError where there is none.
 */
export function dataFilesIn(folder: string): string[] {
  const found = runFiles(namesIn(folder)).sort(byNumber);
  if (found.length === 0)
    throw new UserError(
      `${basename(folder)} holds no data file that Sextant reads. Name the files, or another folder.`,
    );
  return found.map((name) => join(folder, name));
}
