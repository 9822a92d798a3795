// Reads the first tensor of a file whole, in blocks of rows, and lets `cat` read it, in turns, and prints the best time of each
// and the decoded bytes; or, with a second path, writes the first file as Parquet there. Bundled and run as a process by io.mts.
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { rowBlocks } from '../../src/data/blocks';
import { openData } from '../../src/data/file';
import { hdf5Worker } from '../../src/data/hdf5/client';
import { writeParquet } from '../../src/data/parquet-writer';
import { Matrix } from '../../src/linalg/matrix';

/** As methods read what is larger than memory. */
const tallest = 8192;
const blockBytes = 32 << 20;
const limit = 4e9;
/** `cat` is given the file so many times at once: its own start is nothing beside that. */
const copies = 4;
/** Seconds after which three turns are enough. */
const enough = 4;

async function read(path: string): Promise<{ seconds: number; bytes: number }> {
  const start = performance.now();
  const file = await openData(path);
  let bytes = 0;
  try {
    const [tensor] = file.describe().tensors;
    const [count = 0, width = 1] = tensor?.shape ?? [];
    const height = Math.max(1, Math.min(tallest, Math.floor(blockBytes / (8 * width))));
    const name = tensor?.name ?? null;
    if (file.blocks) {
      for await (const { data } of rowBlocks(file, name, [0, count], height, { limit })) bytes += data.byteLength;
    } else {
      // Into the same memory again and again, as what is larger than memory is read.
      let into: Float32Array | Float64Array | undefined;
      for (let row = 0; row < count; row += height) {
        const rows = [row, Math.min(count, row + height)] as const;
        const { data } = await file.read(name, { limit, rows, ...(into && { into }) });
        into ??= data;
        bytes += data.byteLength;
      }
    }
  } finally {
    await file.close();
  }
  return { seconds: (performance.now() - start) / 1000, bytes };
}

async function parquet(from: string, to: string): Promise<void> {
  const file = await openData(from);
  const [height = 0, width = 0] = file.describe().tensors[0]?.shape ?? [];
  async function* blocks() {
    for await (const { data, shape } of rowBlocks(file, null, [0, height], 8192, { limit }))
      yield new Matrix(data, shape[0] as number, width);
  }
  const columns = Array.from({ length: width }, (_, j) => `u${j}`);
  await writeParquet(to, { columns, blocks: blocks() });
  await file.close();
}

async function main([from = '', to]: readonly string[]): Promise<void> {
  hdf5Worker.script = join(process.cwd(), 'dist/hdf5.js');
  if (to !== undefined) return parquet(from, to);
  let [seconds, cat, decoded, spent] = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY, 0, 0];
  for (let turn = 0; turn < 3 || (turn < 9 && spent < enough); turn++) {
    const ours = await read(from);
    decoded = ours.bytes;
    seconds = Math.min(seconds, ours.seconds);
    const theirs = catTime(from);
    cat = Math.min(cat, theirs);
    spent += ours.seconds + copies * theirs;
  }
  process.stdout.write(JSON.stringify({ seconds, bytes: decoded, cat }));
}

/** Seconds that `cat FILE > /dev/null` takes: it reads into memory, 128 KB at a time, and what it writes goes nowhere. */
function catTime(path: string): number {
  const start = performance.now();
  execFileSync('sh', ['-c', 'cat "$@" > /dev/null', 'sh', ...Array.from({ length: copies }, () => path)]);
  return (performance.now() - start) / 1000 / copies;
}

void main(process.argv.slice(2));
