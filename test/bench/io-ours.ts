// Reads the first tensor of a file whole, in blocks of rows, three times, and prints the best time and the decoded bytes;
// or, with a second path, writes the first file as Parquet there. Bundled and run as a process by io.mts.
import { join } from 'node:path';
import { rowBlocks } from '../../src/data/blocks';
import { openData } from '../../src/data/file';
import { hdf5Worker } from '../../src/data/hdf5/client';
import { writeParquet } from '../../src/data/parquet-writer';
import { Matrix } from '../../src/linalg/matrix';

const blockBytes = 32 << 20;
const limit = 4e9;

async function read(path: string): Promise<{ seconds: number; bytes: number }> {
  const start = performance.now();
  const file = await openData(path);
  let bytes = 0;
  try {
    const [tensor] = file.describe().tensors;
    const [count = 0, width = 1] = tensor?.shape ?? [];
    const height = Math.max(1, Math.floor(blockBytes / (8 * width)));
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
  const turns = [await read(from), await read(from), await read(from)];
  const seconds = Math.min(...turns.map((turn) => turn.seconds));
  process.stdout.write(JSON.stringify({ seconds, bytes: turns[0]?.bytes }));
}

void main(process.argv.slice(2));
