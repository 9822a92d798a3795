import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { python } from '../../scripts/workbench/ensure.mjs';
import { writeNpz } from '../../src/data/npz-writer';
import type { NamedWritable } from '../../src/data/writable';
import { writeRepresentation } from '../../src/data/writer';
import { Matrix, type Real } from '../../src/linalg/matrix';

/** What we write, read by NumPy and by Python's zipfile: reference/written.py. */
const folder = mkdtempSync(join(tmpdir(), 'sextant-writers-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface Read {
  readonly arrays: Readonly<Record<string, { shape: number[]; dtype: string; values: string }>>;
  readonly metadata?: Readonly<Record<string, string>>;
}

function readByNumpy(...paths: string[]): Read[] {
  const script = join(import.meta.dirname, 'reference', 'written.py');
  return JSON.parse(execFileSync(python, [script, ...paths], { encoding: 'utf8' }));
}

function big(data: Real): string {
  const bytes = Buffer.alloc(data.byteLength);
  for (let i = 0; i < data.length; i++) {
    if (data instanceof Float64Array) bytes.writeDoubleBE(data[i] as number, 8 * i);
    else bytes.writeFloatBE(data[i] as number, 4 * i);
  }
  return bytes.toString('hex');
}

/** The ends of both precisions, and numbers between them. */
function values<T extends Real>(type: new (length: number) => T, rows: number, columns: number): Matrix<T> {
  const ends = [0, -0, Infinity, -Infinity, 3.4028234663852886e38, 1e-45, 1 / 3, -1e10, 5e-324, Number.MAX_VALUE];
  const data = new type(rows * columns);
  for (let i = 0; i < data.length; i++) data[i] = ends[i] ?? Math.sin(i) * 10 ** ((i % 20) - 10);
  return new Matrix(data, rows, columns);
}

async function* blocksOf(matrix: Matrix, height: number) {
  for (let row = 0; row < matrix.rows; row += height) yield matrix.slice(row, Math.min(matrix.rows, row + height));
}

const single = values(Float32Array, 1001, 3);
const double = values(Float64Array, 17, 5);
const odd = values(Float32Array, 1, 1);
const none = values(Float32Array, 0, 4);
const streamed = (name: string, matrix: Matrix): NamedWritable => ({
  ...{ name, rows: matrix.rows, columns: matrix.columns, double: matrix.isDouble },
  blocks: blocksOf(matrix, 10),
});
const all = () => [
  streamed('odd', odd),
  streamed('naïve layer/1 𝄞', single),
  streamed('double', double),
  streamed('none', none),
];

const entry = (matrix: Matrix) => ({
  ...{ shape: [matrix.rows, matrix.columns], dtype: matrix.isDouble ? 'float64' : 'float32' },
  values: big(matrix.data),
});

test('.npy, .npz and .safetensors are what NumPy and Python read', async () => {
  const paths = ['single.npy', 'double.npy', 'all.npz', 'all.safetensors', 'empty.npy'].map((name) =>
    join(folder, name),
  );
  const [one, two, npz, tensors, empty] = paths as [string, string, string, string, string];
  await writeRepresentation(one, [streamed('x', single)]);
  await writeRepresentation(two, [streamed('x', double)]);
  await writeRepresentation(npz, all());
  await writeRepresentation(tensors, all(), { method: 'relative', 'naïve "key"': 'value\n𝄞' });
  await writeRepresentation(empty, [streamed('x', none)]);
  const [first, second, archive, safetensors, last] = readByNumpy(...paths);
  expect(first?.arrays).toEqual({ '': entry(single) });
  expect(second?.arrays).toEqual({ '': entry(double) });
  expect(last?.arrays).toEqual({ '': entry(none) });
  const named = { odd: entry(odd), double: entry(double), none: entry(none) };
  expect(archive?.arrays).toEqual({ ...named, 'naïve layer-1 𝄞': entry(single) });
  expect(safetensors?.arrays).toEqual({ ...named, 'naïve layer/1 𝄞': entry(single) });
  expect(safetensors?.metadata).toEqual({ method: 'relative', 'naïve "key"': 'value\n𝄞' });
});

test('archives in zip64, of members and of places beyond the bound, are what Python reads', async () => {
  for (const zip64From of [0, 300, 5000]) {
    const path = join(folder, `wide-${zip64From}.npz`);
    await writeNpz(path, all(), { zip64From });
    expect(Object.keys(readByNumpy(path)[0]?.arrays ?? {})).toEqual(['odd', 'naïve layer-1 𝄞', 'double', 'none']);
  }
});
