import { readdirSync, statSync } from 'node:fs';
import { basename, dirname, extname, join } from 'node:path';
import { matches } from '../data/glob';
import { byNumber, count } from '../data/words';
import { UserError } from '../protocol/errors';

/** Endings of the images that are read. */
export const imageEndings = ['.png', '.jpg', '.jpeg', '.webp', '.bmp'];

/** So many have names and times that are listed without strain. */
const most = 1_000_000;

function isImage(name: string): boolean {
  return imageEndings.includes(extname(name).toLowerCase());
}

/** Whether a path stands for images: a folder, an image, or a pattern with the ending of one. */
export function standsForImages(path: string): boolean {
  return isImage(path) || isFolder(path);
}

/**
 * The images that a path stands for, in counting order of their names: an image; all in a folder; or, where the last part holds
 * `*` or `?`, those in its folder that match. Hidden files, symbolic links and inner folders are left out.
 * @throws UserError where there is none, or more than a million.
 */
export function imageFilesOf(path: string): string[] {
  if (isFolder(path)) return listed(path, () => true, path);
  if (!/[*?]/.test(basename(path))) return [path];
  return listed(dirname(path), (name) => matches(basename(path), name), path);
}

function listed(folder: string, wanted: (name: string) => boolean, path: string): string[] {
  const names = readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isFile() && !entry.name.startsWith('.') && isImage(entry.name) && wanted(entry.name))
    .map(({ name }) => name)
    .sort((a, b) => byNumber(a, b) || (a < b ? -1 : 1));
  if (names.length === 0)
    throw new UserError(
      `${path}: there is no image (${imageEndings.join(', ')}) in it. Choose another folder or pattern.`,
    );
  if (names.length > most)
    throw new UserError(
      `${path}: it stands for ${count(names.length)} images; at most ${count(most)} are read. Choose fewer.`,
    );
  return names.map((name) => join(folder, name));
}

function isFolder(path: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch {
    return false;
  }
}
