import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { ensureProject, ensureWorkbench, root } from '../../scripts/workbench/ensure.mjs';
import { packageExtension } from '../../scripts/workbench/vsix.mjs';

/** What the browser tests install: packaged once per run, as it would be published. */
export const vsix = join(root, 'test/.build/sextant.vsix');

/** Where screenshots and the console go. */
export const artifacts = join(root, 'test/artifacts');

/** Vitest calls it before the first suite. */
export async function setup(): Promise<void> {
  rmSync(artifacts, { recursive: true, force: true });
  await ensureProject();
  await ensureWorkbench();
  await packageExtension(vsix);
}
