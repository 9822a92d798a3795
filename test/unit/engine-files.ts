import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { encodeNpy } from '../../src/data/npy-writer';
import { Matrix } from '../../src/linalg/matrix';

export const root = fileURLToPath(new URL('../..', import.meta.url));

/** A folder of its own; the system clears it away. */
export function temporaryFolder(): string {
  return mkdtempSync(join(tmpdir(), 'sextant-test-'));
}

/** Writes nested arrays as float64 and returns the path. */
export function writeMatrix(folder: string, name: string, rows: readonly (readonly number[])[]): string {
  const path = join(folder, name);
  writeFileSync(path, encodeNpy(Matrix.of(rows)));
  return path;
}

/** Bundles programs as the build does, into a folder from where native modules are found. */
export async function bundle(entryPoints: Record<string, string>, name: string): Promise<string> {
  const outdir = join(root, 'test/.build', name);
  await build({
    ...{ absWorkingDir: root, entryPoints, outdir, bundle: true, platform: 'node', format: 'cjs', target: 'node20' },
    ...{
      logLevel: 'warning',
      logOverride: { 'empty-import-meta': 'silent' },
      external: ['onnxruntime-node', '@duckdb/node-api', '@resvg/resvg-js'],
    },
  });
  return outdir;
}
