import { existsSync, readdirSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { UserError } from '../protocol/errors';
import { byNumber, count } from '../protocol/words';
import { matches } from './glob';

/** So many are open at once without asking the system for more. */
const most = 500;

/**
 * The files that a path stands for: itself; or, where there is no file of that name and its last part holds `*` or `?`, the
 * regular files in that folder whose names match, in counting order. Hidden files and symbolic links are left out, and no
 * other folder is looked into.
 * @throws UserError where more than 500 match.
 */
export function filesOf(path: string): string[] {
  const pattern = basename(path);
  if (!/[*?]/.test(pattern) || existsSync(path)) return [path];
  const folder = dirname(path);
  const found = entries(folder)
    .filter((name) => matches(pattern, name) && (!name.startsWith('.') || pattern.startsWith('.')))
    .sort(byNumber);
  if (found.length > most)
    throw new UserError(`${path}: ${count(found.length)} files match; at most ${count(most)} are read together.`);
  return found.length === 0 ? [path] : found.map((name) => join(folder, name));
}

function entries(folder: string): string[] {
  try {
    return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => (entry.isFile() ? entry.name : []));
  } catch {
    return [];
  }
}
