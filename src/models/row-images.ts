import { stat } from 'node:fs/promises';
import { dirname, extname, isAbsolute, relative, resolve, sep } from 'node:path';
import { refuseLinkOut } from '../data/roots';
import { imageEndings } from '../protocol/formats';
import { mediaFilesOf } from './media-files';

/**
 * The image files that rows stand for: those of a folder or pattern, in counting order of their names, as a model that is run on
 * them has them.
 * @param path absolute
 * @returns null for a row that there is none for
 * @throws UserError where there is no image
 */
export function imagesOfRows(path: string, rows: readonly number[]): (string | null)[] {
  const files = mediaFilesOf(path, 'images');
  return rows.map((row) => files[row] ?? null);
}

/**
 * The image files that the cells of a table name: relative to its folder, and in it. A table may come from a stranger, so that a
 * path out of its folder, to another machine say, is a text and nothing else.
 * @param table absolute
 * @returns null for a text that names no image there
 */
export async function imagesNamed(table: string, texts: readonly string[]): Promise<(string | null)[]> {
  const folder = dirname(table);
  return Promise.all(
    texts.map(async (text) => {
      const name = text.trim();
      if (!imageEndings.includes(extname(name).toLowerCase()) || isAbsolute(name) || /^[\\/]|:/.test(name)) return null;
      const path = resolve(folder, name);
      const way = relative(folder, path);
      if (way === '..' || way.startsWith(`..${sep}`) || isAbsolute(way)) return null;
      try {
        await refuseLinkOut(path);
        return (await stat(path)).isFile() ? path : null;
      } catch {
        return null;
      }
    }),
  );
}
