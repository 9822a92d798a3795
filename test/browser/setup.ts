import { rmSync } from 'node:fs';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { ensureProject, ensureWorkbench, root } from '../../scripts/workbench/ensure.mjs';
import { installExtension } from '../../scripts/workbench/server.mjs';
import { packageExtension } from '../../scripts/workbench/vsix.mjs';

declare module 'vitest' {
  export interface ProvidedContext {
    /** Where the extension is installed, for every server of the tests. */
    extensions: string;
  }
}

/** What the browser tests install: packaged once per run, as it would be published. */
export const vsix = join(root, 'test/.build/sextant.vsix');

/** Where screenshots and the console go. */
export const artifacts = join(root, 'test/artifacts');

/** Vitest calls it before the first suite. */
export async function setup({ provide }: TestProject): Promise<void> {
  rmSync(artifacts, { recursive: true, force: true });
  await ensureProject();
  await ensureWorkbench();
  await packageExtension(vsix);
  provide('extensions', await installExtension(vsix));
}
