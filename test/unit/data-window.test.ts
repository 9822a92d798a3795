import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Dtype, numericDtype } from '../../src/data/dtype';
import { openData } from '../../src/data/file';
import { readPlane } from '../../src/data/plane';
import type { DataFile } from '../../src/data/tensor';
import { readWindow } from '../../src/data/window';
import { firstSlice, planeShape, type Range, type Slice } from '../../src/protocol/slice';
import { header, limit, npy, refusal, scratch } from './data-files';

const { write } = scratch();
const shape = [5, 4, 3, 2];
const total = 120;
const floats = new Float32Array(total).map((_, i) => i);
const text = `(${shape.join(', ')},)`;
const bigEndian = Buffer.from(new Int16Array(total).map((_, i) => i).buffer).swap16();

/** Every element of these is its index in C order, or in Fortran order. */
const files = {
  c: write('c.npy', npy(header("'<f4'", text), new Uint8Array(floats.buffer))),
  fortran: write('f.npy', npy(header("'<f4'", text, 'True'), new Uint8Array(floats.buffer))),
  big: write('b.npy', npy(header("'>i2'", text), bigEndian)),
};

/** What stands at an index, from the definition of the order. */
function valueAt(index: readonly number[], fortran: boolean): number {
  const axes = fortran ? [...index.keys()].reverse() : [...index.keys()];
  return axes.reduce((sum, axis) => sum * (shape[axis] as number) + (index[axis] as number), 0);
}

function expected(slice: Slice, [rows, columns]: readonly [Range, Range], fortran: boolean): number[] {
  const values: number[] = [];
  for (let i = rows[0]; i < rows[1]; i++) {
    for (let j = columns[0]; j < columns[1]; j++) {
      const index = slice.at.map((at, axis) => (axis === slice.rows ? i : axis === slice.columns ? j : at));
      values.push(valueAt(index, fortran));
    }
  }
  return values;
}

const windows = fc
  .record({
    axes: fc.shuffledSubarray([0, 1, 2, 3], { minLength: 1, maxLength: 2 }),
    at: fc.tuple(fc.nat(4), fc.nat(3), fc.nat(2), fc.nat(1)),
  })
  .chain(({ axes: [rows = 0, columns = null], at }) => {
    const slice: Slice = { rows, columns, at };
    const [height, width] = planeShape(shape, slice);
    const range = (length: number) =>
      fc.tuple(fc.nat(length), fc.nat(length)).map(([a, b]): Range => [Math.min(a, b), Math.max(a, b)]);
    return fc.record({ slice: fc.constant(slice), window: fc.tuple(range(height), range(width)) });
  });

/** The same file without a way of its own: read through the first axis. */
function plain(file: DataFile): DataFile {
  const { plane: _, ...rest } = file;
  return rest;
}

describe.each(['c', 'fortran', 'big'] as const)('%s order', (name) => {
  test('every rectangle of every plane holds what belongs there', async () => {
    const file = await openData(files[name]);
    try {
      const property = fc.asyncProperty(windows, async ({ slice, window }) => {
        const wanted = expected(slice, window, name === 'fortran');
        expect([...(await readWindow(file, null, slice, window, { limit }))]).toEqual(wanted);
        expect([...(await readWindow(plain(file), null, slice, window, { limit }))]).toEqual(wanted);
      });
      await fc.assert(property, { numRuns: 300 });
    } finally {
      await file.close();
    }
  });
});

test('little more is read than what is asked for, in few goes', async () => {
  const reads: number[] = [];
  const source = {
    size: 8e9,
    read: async (target: Uint8Array) => {
      reads.push(target.length);
    },
  };
  const dtype = numericDtype('float32') as Dtype;
  const layout = { source, offset: 128, shape: [1_000_000, 2000], dtype, fortran: false, bigEndian: false };
  const slice = firstSlice(layout.shape);
  await readPlane(
    layout,
    slice,
    [
      [900_000, 900_064],
      [1000, 1032],
    ],
    { limit },
    'x',
  );
  expect(reads.reduce((sum, bytes) => sum + bytes, 0)).toBeLessThan(64 * 8000);
  expect(reads.length).toBeLessThanOrEqual(64);
});

test('what is not there is refused in words', async () => {
  const file = await openData(files.c);
  const slice = firstSlice(shape);
  for (const window of [
    [
      [0, 6],
      [0, 1],
    ],
    [
      [2, 1],
      [0, 1],
    ],
    [
      [0, 1],
      [0, 5],
    ],
    [
      [0, 0.5],
      [0, 1],
    ],
  ] as const)
    expect(await refusal(readWindow(file, null, slice, window, { limit }))).toMatch(/there are no such/);
  expect(
    await refusal(
      readWindow(
        file,
        'x',
        slice,
        [
          [0, 1],
          [0, 1],
        ],
        { limit },
      ),
    ),
  ).toMatch(/no tensor x/);
  expect(
    await refusal(
      readWindow(
        plain(file),
        null,
        slice,
        [
          [0, 5],
          [0, 1],
        ],
        { limit: 100 },
      ),
    ),
  ).toMatch(/bound is 100/);
  await file.close();
});
