import { isAbsolute, relative, resolve, sep } from 'node:path';

/** A path as a document in `folder` writes it: relative to there where that is possible, with forward slashes. */
export function portable(folder: string): (path: string) => string {
  return (path) => (isAbsolute(path) ? relative(folder, path) || '.' : path).split(sep).join('/');
}

/** A path of a document in `folder`, as this machine finds it. */
export function located(folder: string): (path: string) => string {
  return (path) => resolve(folder, path);
}

/**
 * Whether opening a document may read the file at once. A network path would send the person's credentials to whoever
 * wrote the document; it is read when the person asks for the analysis.
 */
export function isLocal(path: string): boolean {
  return !/^[\\/]{2}/.test(path);
}
