import { realpath } from 'node:fs/promises';
import { isAbsolute, relative, resolve, sep } from 'node:path';
import { UserError } from '../protocol/errors';

let roots: readonly string[] = [];

/**
 * From now on, in this thread, no symbolic link inside one of these folders is followed to where none of them is: a folder
 * from a stranger cannot have files read that the person did not choose. A file outside all of them was chosen as what it is.
 * @param folders absolute; none: links are followed anywhere.
 */
export function confine(folders: readonly string[]): void {
  roots = folders;
}

/**
 * @throws UserError where `path` is in one of the folders and its file in none; what `realpath` throws.
 */
export async function refuseLinkOut(path: string): Promise<void> {
  if (roots.length === 0) return;
  const absolute = resolve(path);
  if (!roots.some((root) => within(root, absolute))) return;
  const real = await realpath(absolute);
  // The folders themselves may be links.
  for (const root of roots) {
    const folder = await realpath(root).catch(() => root);
    if (within(folder, real)) return;
  }
  throw new UserError(
    `${path}: this is a symbolic link, or in a folder that is one, to ${real}, outside this workspace. Open that file itself.`,
  );
}

function within(folder: string, path: string): boolean {
  const way = relative(folder, path);
  return way !== '..' && !way.startsWith(`..${sep}`) && !isAbsolute(way);
}
