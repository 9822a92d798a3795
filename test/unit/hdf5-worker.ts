import { join } from 'node:path';
import { build } from 'esbuild';
import { hdf5Worker } from '../../src/data/hdf5/client';
import { root } from './engine-files';

/** Bundles the worker as the build does, and has it used. */
export async function bundleHdf5Worker(): Promise<void> {
  const outfile = join(root, 'test/.build', `hdf5-${process.pid}`, 'hdf5.js');
  await build({
    ...{ absWorkingDir: root, entryPoints: ['src/data/hdf5/worker.ts'], outfile, bundle: true, logLevel: 'warning' },
    ...{ platform: 'node', format: 'cjs', target: 'node20', charset: 'utf8', loader: { '.so': 'binary' } },
    define: { 'import.meta.url': '""' },
  });
  hdf5Worker.script = outfile;
}
