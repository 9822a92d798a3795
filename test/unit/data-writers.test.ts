import { mkdirSync, readdirSync, readFileSync, statSync, symlinkSync } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { devNull } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { openPart } from '../../src/data/atomic';
import { encodeNpy } from '../../src/data/npy-writer';
import { writeNpz } from '../../src/data/npz-writer';
import { FileSource } from '../../src/data/source';
import { type Block, type NamedWritable, writable } from '../../src/data/writable';
import { writeRepresentation } from '../../src/data/writer';
import { Matrix } from '../../src/linalg/matrix';
import { read, refusal, scratch } from './data-files';

const { folder, write } = scratch();
const x = new Matrix(Float32Array.of(1, 2, 3, 4, 5, 6), 3, 2);
const y = Matrix.of([[0.1, 1 / 3]]);
const named = (name: string, matrix: Matrix): NamedWritable => ({ name, ...writable(matrix) });
const endings = ['npy', 'npz', 'safetensors'];

/** Names of what is in a folder, hidden files too. */
function held(name: string): string[] {
  return readdirSync(join(folder, name));
}

test('what is written is read back in its own precision', async () => {
  for (const ending of endings)
    for (const matrix of [x, y]) {
      const path = join(folder, `back.${ending}`);
      await writeRepresentation(path, [named('x', matrix)]);
      const { shape, data, dtype } = await read(path);
      expect({ shape, data, dtype }).toEqual({
        shape: [matrix.rows, matrix.columns],
        data: matrix.data,
        dtype: matrix.isDouble ? 'float64' : 'float32',
      });
    }
});

test('tables hold the same values', async () => {
  for (const ending of ['csv', 'parquet'])
    for (const matrix of [x, y]) {
      const path = join(folder, `back.${ending}`);
      await writeRepresentation(path, [named('x', matrix)]);
      const { shape, data, columns } = await read(path);
      expect({ shape, columns }).toEqual({ shape: [matrix.rows, 2], columns: ['unit0', 'unit1'] });
      expect(Array.from(data)).toEqual(Array.from(matrix.data));
    }
});

test('a file is the same bytes each time, and .npy the same as in memory', async () => {
  for (const ending of endings) {
    const [a, b] = [join(folder, `a.${ending}`), join(folder, `b.${ending}`)];
    for (const path of [a, b]) await writeRepresentation(path, [named('x', x)], { method: 'm' });
    expect(readFileSync(a).equals(readFileSync(b))).toBe(true);
  }
  expect(readFileSync(join(folder, 'a.npy')).equals(encodeNpy(x))).toBe(true);
});

test('float32 blocks of a float64 matrix are widened', async () => {
  const path = join(folder, 'wide.npy');
  await writeRepresentation(path, [{ name: 'x', rows: 4, columns: 2, double: true, blocks: [x, y] }]);
  expect((await read(path)).data).toEqual(Float64Array.of(1, 2, 3, 4, 5, 6, 0.1, 1 / 3));
});

test('archives in zip64 are read back', async () => {
  const path = join(folder, 'zip64.npz');
  for (const zip64From of [0, 160]) {
    await writeNpz(path, [named('x', x), named('y', y)], { zip64From });
    expect((await read(path, 'x')).data).toEqual(x.data);
    expect((await read(path, 'y')).data).toEqual(y.data);
  }
});

test('a name may be as long as the system lets it be, in any script', async () => {
  const path = join(folder, `${'名'.repeat(83)}.npy`);
  await writeRepresentation(path, [named('x', x)]);
  expect((await read(path)).data).toEqual(x.data);
});

describe('a failure leaves nothing behind, and the file that was there as it was', () => {
  async function* failing(): AsyncGenerator<Block> {
    yield x.slice(0, 2);
    throw new Error('the disk is on fire');
  }
  const wrong: Record<string, [blocks: NamedWritable['blocks'], told: string]> = {
    'a source that fails': [failing(), 'the disk is on fire'],
    'too few rows': [[x.slice(0, 2)], '3 rows were announced; 2 came.'],
    'too many rows': [[x, x], 'A block of 3 x 2 does not fit into 3 x 2.'],
    'other columns': [[new Matrix(x.data, 2, 3)], 'A block of 2 x 3 does not fit into 3 x 2.'],
    'values that would be rounded': [[y], 'would be rounded to float32'],
  };
  for (const [name, [blocks, told]] of Object.entries(wrong))
    for (const ending of name === 'a source that fails' ? ['npy'] : endings)
      test(`${name}, .${ending}`, async () => {
        const inner = `failing ${name} ${ending}`;
        mkdirSync(join(folder, inner));
        const path = write(join(inner, `x.${ending}`), 'old');
        await expect(
          writeRepresentation(path, [{ name: 'x', rows: 3, columns: 2, double: false, blocks }]),
        ).rejects.toThrow(told);
        expect([held(inner), readFileSync(path, 'utf8')]).toEqual([[`x.${ending}`], 'old']);
      });
});

describe('what cannot be written is refused in words', () => {
  test('a folder that is not there, or is a file', async () => {
    const missing = join(folder, 'missing', 'x.npy');
    expect(await refusal(writeRepresentation(missing, [named('x', x)]))).toBe(
      `${missing} cannot be written: there is no such folder. Make it first.`,
    );
    write('file', '');
    expect(await refusal(writeRepresentation(join(folder, 'file', 'x.npy'), [named('x', x)]))).toContain(
      'part of the path is a file',
    );
  });

  test('where a folder has that name', async () => {
    mkdirSync(join(folder, 'taken', 'x.npy'), { recursive: true });
    const path = join(folder, 'taken', 'x.npy');
    expect(await refusal(writeRepresentation(path, [named('x', x)]))).toContain('a folder has that name');
    expect(held('taken')).toEqual(['x.npy']);
  });

  test('two matrices of one name, and a name that safetensors keeps for itself', async () => {
    for (const ending of ['npz', 'safetensors']) {
      const path = join(folder, `twice.${ending}`);
      expect(await refusal(writeRepresentation(path, [named('x', x), named('x', y)]))).toContain(
        "two matrices have the name 'x",
      );
    }
    const reserved = writeRepresentation(join(folder, 'r.safetensors'), [named('__metadata__', x)]);
    expect(await refusal(reserved)).toContain('can be called __metadata__');
  });

  test('several matrices in a file of one, none at all, and another ending', async () => {
    const several = writeRepresentation(join(folder, 'x.npy'), [named('x', x), named('y', y)]);
    expect(await refusal(several)).toContain('a .npy file holds one matrix, and there are 2');
    expect(await refusal(writeRepresentation(join(folder, 'x.npz'), []))).toContain('there are 0');
    expect(await refusal(writeRepresentation(join(folder, 'x.pt'), [named('x', x)]))).toContain('has to end in one of');
  });
});

test('names of members of .npz stay in the folder in which the archive is unpacked', async () => {
  const path = join(folder, 'names.npz');
  await writeRepresentation(path, [named('../up', x), named('..', y)]);
  expect((await read(path, '..-up')).data).toEqual(x.data);
  expect((await read(path, 'array2')).data).toEqual(y.data);
});

test.runIf(process.platform !== 'win32')('a symbolic link is replaced, and what it leads to stays', async () => {
  const target = write('target.npy', 'precious');
  const path = join(folder, 'link.npy');
  symlinkSync(target, path);
  await writeRepresentation(path, [named('x', x)]);
  expect(readFileSync(target, 'utf8')).toBe('precious');
  expect(statSync(path).size).toBe(128 + 24);
});

test('two gigabytes and more are written and read at once, in calls that Node.js can make', async () => {
  const { sink, close } = await openPart(devNull, 'large.npy', true);
  await sink.write(new Uint8Array(2 ** 31 + 1));
  await close();
  expect(sink.position).toBe(2 ** 31 + 1);
  const asked: [at: number, length: number][] = [];
  const read = async (_: Uint8Array, at: number, length: number) => {
    asked.push([at, length]);
    return { bytesRead: length };
  };
  await new FileSource('large.npy', 2 ** 32, { read } as unknown as FileHandle).read(new Uint8Array(2 ** 32), 0);
  expect(Math.max(...asked.map(([, length]) => length))).toBeLessThan(2 ** 31);
  const ends = asked.sort(([a], [b]) => a - b).map(([at, length]) => at + length);
  expect(asked.map(([at]) => at)).toEqual([0, ...ends.slice(0, -1)]);
  expect(ends.at(-1)).toBe(2 ** 32);
});
