import { readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { UserError } from '../protocol/errors';
import { runFiles } from '../protocol/formats';
import { byNumber } from '../protocol/words';

/**
 * The data files in a folder, in counting order, without hidden ones; tables only where there are no arrays. Folders in it
 * are not looked into.
 * @throws UserError where there is none.
 */
export function dataFilesIn(folder: string): string[] {
  const files = readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isFile());
  const found = runFiles(files.map(({ name }) => name)).sort(byNumber);
  if (found.length === 0)
    throw new UserError(
      `${basename(folder)} holds no data file that Sextant reads. Name the files, or another folder.`,
    );
  return found.map((name) => join(folder, name));
}
