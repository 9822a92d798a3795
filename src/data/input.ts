import { statSync } from 'node:fs';
import { basename, resolve } from 'node:path';
import type { InputSpec } from '../protocol/result';
import { filesOf } from './files';

/**
 * Reads `path` or `path#tensor`. A `#` may be part of a file's name: the longest beginning that is an existing file, or a
 * pattern for some, is the path, and only where there is none the last `#` divides.
 */
export function parseInput(text: string, baseFolder = '.'): InputSpec {
  for (let end = text.length; end > 0; end = text.lastIndexOf('#', end - 1)) {
    if (isFile(resolve(baseFolder, text.slice(0, end)))) return split(text, end);
  }
  const last = text.lastIndexOf('#');
  return split(text, last > 0 ? last : text.length);
}

function split(text: string, end: number): InputSpec {
  const tensor = text.slice(end + 1);
  return tensor === '' ? { path: text.slice(0, end) } : { path: text.slice(0, end), tensor };
}

export function isFile(path: string): boolean {
  try {
    if (/[*?]/.test(basename(path)) && filesOf(path)[0] !== path) return true;
    return statSync(path).isFile();
  } catch {
    return false;
  }
}
