import { join } from 'node:path';
import { ensureProject, ensureWorkbench, root } from '../../scripts/workbench/ensure.mjs';
import { packageExtension } from '../../scripts/workbench/vsix.mjs';

/** What the browser tests install: packaged once per run, as it would be published. */
export const vsix = join(root, 'test/.build/sextant.vsix');

/** Vitest calls it before the first suite. */
export async function setup(): Promise<void> {
  await ensureProject();
  await ensureWorkbench();
  await packageExtension(vsix);
}
