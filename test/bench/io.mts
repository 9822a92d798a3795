// npm run bench -- io [--rows 200000 --columns 256]: how fast each format is read, all of it in blocks of rows, beside `cat`
// and beside NumPy, pandas, h5py, SciPy or PyTorch reading it whole. Files are in the page cache; decoded megabytes count.
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { ensurePython, python, root } from '../../scripts/workbench/ensure.mjs';
import { temporaryFolder } from '../../scripts/workbench/process.mjs';
import { rowBlocks } from '../../src/data/blocks';
import { openData } from '../../src/data/file';
import { writeParquet } from '../../src/data/parquet-writer';
import { Matrix } from '../../src/linalg/matrix';
import { bundleHdf5Worker } from '../unit/hdf5-worker';

const { values: given } = parseArgs({
  options: { rows: { type: 'string', default: '200000' }, columns: { type: 'string', default: '256' } },
  allowPositionals: true,
});
const [rows, columns] = [given.rows, given.columns];
const blockBytes = 32 << 20;
const limit = 4e9;

await ensurePython();
await bundleHdf5Worker();
const folder = temporaryFolder('sextant-bench-');
const script = join(root, 'test/bench/io.py');
const made: string[] = JSON.parse(execFileSync(python, [script, 'make', folder, rows, columns], { encoding: 'utf8' }));
await parquet();

process.stdout.write('file             decoded      sextant         peer   ratio        cat   of cat\n');
for (const name of [...made, 'x.parquet']) {
  const path = join(folder, name);
  const { seconds, bytes } = await ours(path);
  const peer: number | null = JSON.parse(execFileSync(python, [script, 'time', path], { encoding: 'utf8' }));
  const cat = best(() => execFileSync('sh', ['-c', 'cat "$0" > /dev/null', path]));
  const size = Number(execFileSync('stat', ['-c', '%s', path], { encoding: 'utf8' }));
  const rate = (of: number, time: number) => `${(of / 1e6 / time).toFixed(0)} MB/s`.padStart(12);
  const line = [
    name.padEnd(14),
    `${(bytes / 1e6).toFixed(0)} MB`.padStart(9),
    rate(bytes, seconds),
    peer === null ? 'none'.padStart(12) : rate(bytes, peer),
    peer === null ? ''.padStart(7) : (peer / seconds).toFixed(2).padStart(7),
    // What `cat` moves are the stored bytes.
    rate(size, cat),
    `${((100 * (size / seconds)) / (size / cat)).toFixed(0)} %`.padStart(8),
  ];
  process.stdout.write(`${line.join(' ')}\n`);
}

/** The best of three readings of the first tensor, whole. */
async function ours(path: string): Promise<{ seconds: number; bytes: number }> {
  let seconds = Number.POSITIVE_INFINITY;
  let bytes = 0;
  for (let turn = 0; turn < 3; turn++) {
    const start = performance.now();
    const file = await openData(path);
    try {
      const [tensor] = file.describe().tensors;
      const [count = 0, width = 1] = tensor?.shape ?? [];
      const height = Math.max(1, Math.floor(blockBytes / (8 * width)));
      bytes = 0;
      for await (const { data } of rowBlocks(file, tensor?.name ?? null, [0, count], height, { limit }))
        bytes += data.byteLength;
    } finally {
      await file.close();
    }
    seconds = Math.min(seconds, (performance.now() - start) / 1000);
  }
  return { seconds, bytes };
}

function best(work: () => void): number {
  const seconds = [0, 1, 2].map(() => {
    const start = performance.now();
    work();
    return (performance.now() - start) / 1000;
  });
  return Math.min(...seconds);
}

/** Python has no Parquet here: ours is read without a peer. */
async function parquet(): Promise<void> {
  const file = await openData(join(folder, 'x.npy'));
  try {
    const [height, width] = file.describe().tensors[0]?.shape as [number, number];
    async function* blocks() {
      for await (const { data, shape } of rowBlocks(file, null, [0, height], 8192, { limit }))
        yield new Matrix(data, shape[0] as number, width);
    }
    const names = Array.from({ length: width }, (_, j) => `u${j}`);
    await writeParquet(join(folder, 'x.parquet'), { columns: names, blocks: blocks() });
  } finally {
    await file.close();
  }
}
