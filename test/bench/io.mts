// npm run bench -- io [FILE...] [--rows 200000 --columns 256]: how fast each format is read, all of it in blocks of rows as methods
// read what is larger than memory, beside `cat FILE > /dev/null` in turns with it, and beside NumPy, pandas, h5py, SciPy or
// PyTorch reading it whole. Files are in the page cache; decoded megabytes count. FILE: only some, as x.npy.
import { execFileSync } from 'node:child_process';
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { build } from 'esbuild';
import { ensurePython, python, root } from '../../scripts/workbench/ensure.mjs';
import { temporaryFolder } from '../../scripts/workbench/process.mjs';

const { values: given, positionals } = parseArgs({
  options: { rows: { type: 'string', default: '200000' }, columns: { type: 'string', default: '256' } },
  allowPositionals: true,
});
await ensurePython();
const reader = join(root, 'test/.build/io-ours.js');
await build({
  ...{
    absWorkingDir: root,
    entryPoints: ['test/bench/io-ours.ts'],
    outfile: reader,
    bundle: true,
    logLevel: 'warning',
  },
  ...{ platform: 'node', format: 'cjs', target: 'node20', minify: true },
  external: ['@duckdb/node-api', 'onnxruntime-node'],
});
const folder = temporaryFolder('sextant-bench-');
const script = join(root, 'test/bench/io.py');
const call = (program: string, ...args: string[]) => execFileSync(program, args, { encoding: 'utf8', cwd: root });

const made: string[] = JSON.parse(call(python, script, 'make', folder, given.rows, given.columns));
// Debian has no Python that writes Parquet: ours is read, without a peer.
call(process.execPath, reader, join(folder, 'x.npy'), join(folder, 'x.parquet'));

process.stdout.write('file             decoded      sextant         peer   ratio     of cat\n');
const only = positionals.slice(1);
for (const name of [...made, 'x.parquet']) {
  if (only.length > 0 && !only.includes(name)) continue;
  const path = join(folder, name);
  const { seconds, bytes, cat }: Record<'seconds' | 'bytes' | 'cat', number> = JSON.parse(
    call(process.execPath, reader, path),
  );
  const peer: number | null = JSON.parse(call(python, script, 'time', path));
  const rate = (time: number) => `${(bytes / 1e6 / time).toFixed(0)} MB/s`.padStart(12);
  const line = [
    name.padEnd(14),
    `${(bytes / 1e6).toFixed(0)} MB`.padStart(9),
    rate(seconds),
    peer === null ? 'none'.padStart(12) : rate(peer),
    peer === null ? ''.padStart(7) : (peer / seconds).toFixed(2).padStart(7),
    // What `cat` moves are the stored bytes.
    `${((100 * cat) / seconds).toFixed(0)} % of ${(statSync(path).size / 1e6 / cat).toFixed(0)} MB/s`.padStart(18),
  ];
  process.stdout.write(`${line.join(' ')}\n`);
}
