import { accessSync, constants, mkdirSync } from 'node:fs';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';

/**
 * The folder for layers of models that are computed once: that of SEXTANT_CACHE, or `sextant` in the person's folder for caches.
 * Undefined where the variable is empty or the folder cannot be written: then they last as long as the command.
 */
export function layersFolder(): string | undefined {
  const { SEXTANT_CACHE: given } = process.env;
  if (given === '') return undefined;
  const folder = join(given === undefined ? join(cachesFolder(), 'sextant') : resolve(given), 'layers');
  try {
    // Activations are of data that may be nobody else's affair.
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    accessSync(folder, constants.W_OK);
    return folder;
  } catch {
    return undefined;
  }
}

function cachesFolder(): string {
  const { XDG_CACHE_HOME: xdg, LOCALAPPDATA: local } = process.env;
  if (process.platform === 'darwin') return join(homedir(), 'Library/Caches');
  if (process.platform === 'win32') return local ?? join(homedir(), 'AppData/Local');
  return xdg?.startsWith('/') ? xdg : join(homedir(), '.cache');
}
