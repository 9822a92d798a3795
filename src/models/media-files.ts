import { statSync } from 'node:fs';
import { basename, dirname, extname, join } from 'node:path';
import { namesIn } from '../data/folder';
import { matches } from '../data/glob';
import { UserError } from '../protocol/errors';
import { imageEndings, soundEndings } from '../protocol/formats';
import { byNumber, count } from '../protocol/words';

/** So many have names and times that are listed without strain. */
const most = 1_000_000;

/** Files of which each is a row. */
export type Media = 'images' | 'sounds';

const endings: Readonly<Record<Media, readonly string[]>> = { images: imageEndings, sounds: soundEndings };

const isOf = (media: Media, name: string) => endings[media].includes(extname(name).toLowerCase());

/**
 * Whether a path stands for images or for sounds: one of them, a pattern with the ending of one, or a folder. A folder with both
 * stands for its images, and so does one with neither, which is refused when it is listed.
 */
export function mediaOf(path: string): Media | undefined {
  if (isOf('images', path)) return 'images';
  if (isOf('sounds', path)) return 'sounds';
  if (!isFolder(path)) return undefined;
  const names = namesIn(path);
  return !names.some((name) => isOf('images', name)) && names.some((name) => isOf('sounds', name))
    ? 'sounds'
    : 'images';
}

/**
 * The images or sounds that a path stands for, in counting order of their names: one; all in a folder; or, where the last part
 * holds `*` or `?`, those in its folder that match. Hidden files, symbolic links and inner folders are left out.
 * @throws UserError where there is none, or more than a million.
 */
export function mediaFilesOf(path: string, media: Media): string[] {
  if (isFolder(path)) return listed(path, media, () => true, path);
  if (!/[*?]/.test(basename(path))) return [path];
  return listed(dirname(path), media, (name) => matches(basename(path), name), path);
}

function listed(folder: string, media: Media, wanted: (name: string) => boolean, path: string): string[] {
  const names = namesIn(folder)
    .filter((name) => isOf(media, name) && wanted(name))
    .sort((a, b) => byNumber(a, b) || (a < b ? -1 : 1));
  const noun = media.slice(0, -1);
  if (names.length === 0)
    throw new UserError(
      `${path}: there is no ${noun} (${endings[media].join(', ')}) in it. Choose another folder or pattern.`,
    );
  if (names.length > most)
    throw new UserError(
      `${path}: it stands for ${count(names.length)} ${media}; at most ${count(most)} are read. Choose fewer.`,
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
