import { truncateSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { readArray } from '../../src/data/array';
import { type Dtype, numericDtype } from '../../src/data/dtype';
import { openData } from '../../src/data/file';
import { array, floats, header, limit, npy, read, refusal, scratch, zip } from './data-files';

const { write } = scratch();
const fixtures = join(import.meta.dirname, '..', 'fidelity', 'fixtures', 'data');
const good = header("'<f4'", '(2, 3)');

const bad: Record<string, [content: Uint8Array, told: string]> = {
  'an empty file': [Buffer.alloc(0), 'the file is empty (0 bytes)'],
  'four bytes': [Buffer.from('\x93NUM', 'latin1'), '4 bytes: too few for an array'],
  'other bytes': [Buffer.alloc(200, 'x'), "no array in NumPy's format"],
  'a version from the future': [npy(good, floats(1, 2, 3, 4, 5, 6), 4), 'version 4.0'],
  'a header beyond the file': [
    npy(good, undefined, 1, 60000),
    'header should take 60,000 bytes from byte 10; the file has',
  ],
  'a 4 GB header in a small file': [
    npy(good, undefined, 2, 4294967295),
    'header should take 4,294,967,295 bytes from byte 12',
  ],
  'a header above the bound': [npy(good.padEnd(1 << 21), undefined, 2), 'at most 1,048,576 are read'],
  'a shape of 10 GB': [
    npy(header("'<f4'", '(50000, 50000)'), Buffer.alloc(900)),
    'should hold 50,000 x 50,000 float32 values (10,000,000,000 bytes at byte',
  ],
  'fewer values than the shape': [
    npy(good, floats(1, 2, 3)),
    'should hold 2 x 3 float32 values (24 bytes at byte 70); the file ends after 12 of them',
  ],
  'more values than the shape': [npy(good, floats(1, 2, 3, 4, 5, 6, 7)), '4 bytes follow that belong to no array'],
  'two arrays in one file': [Buffer.concat([array([1], [1]), array([1], [2])]), 'Save several arrays with np.savez'],
  'a shape whose product overflows': [
    npy(header("'<f4'", '(9007199254740991, 9007199254740991)')),
    'more than any file can hold',
  ],
  'a shape that overflows beside a zero': [
    npy(header("'<f4'", '(0, 9007199254740991, 9)')),
    'more than any file can hold',
  ],
  'too many axes': [npy(header("'<f4'", `(${'1,'.repeat(65)})`), floats(1)), 'more than any file can hold'],
  'a negative size': [npy(header("'<f4'", '(-2, 3)'), floats(1)), 'every size must be an integer from 0'],
  'a fractional size': [npy(header("'<f4'", '(2.5, 3)'), floats(1)), 'every size must be an integer from 0'],
  'a size in words': [npy(header("'<f4'", "('2', 3)"), floats(1)), 'shape should be a tuple of integers'],
  'a number for a shape': [npy(header("'<f4'", '(3)'), floats(1, 2, 3)), 'shape should be a tuple of integers'],
  'a list for a shape': [npy(header("'<f4'", '[3]'), floats(1, 2, 3)), 'shape should be a tuple of integers'],
  'an order in words': [npy(header("'<f4'", '(1,)', "'F'"), floats(1)), 'fortran_order should be True or False'],
  'an unknown dtype': [npy(header("'<q9'", '(1,)'), floats(1)), "dtype '<q9' is unknown"],
  'an empty dtype': [npy(header("''", '(1,)'), floats(1)), 'dtype "" is unknown'],
  'a missing key': [npy("{'descr': '<f4', 'shape': (1,)}", floats(1)), 'it has descr, shape'],
  'an additional key': [
    npy("{'descr': '<f4', 'fortran_order': False, 'shape': (1,), 'x': 1}"),
    'it has descr, fortran_order, shape, x',
  ],
  'a key that stands twice': [npy("{'descr': '<f4', 'descr': '<f8'}"), 'expected a new key in quotes'],
  'no dictionary': [npy("('<f4', False, (1,))"), 'it has no dictionary'],
  code: [npy(header("__import__('os').system('true')", '(1,)')), 'expected a value, found "__import__(\''],
  arithmetic: [npy(header("'<f4'", '(2*3,)')), "expected ',' or ')', found \"*3,)"],
  'a string without an end': [npy("{'descr': '<f4"), 'expected a closing quote, found its end'],
  'text after the header': [npy(`${good}{}`, floats(1)), 'expected the end of the header'],
  'endless nesting': [npy('('.repeat(60000)), 'expected less nesting'],
  'a zip archive': [Buffer.from('PK\x03\x04 and so on'), 'no .npy file but a zip archive'],
  'a Git LFS pointer': [Buffer.from('version https://git-lfs.github.com/spec/v1\n'), 'Run `git lfs pull`'],
};

describe('a bad .npy file is refused in words', () => {
  for (const [name, [content, told]] of Object.entries(bad))
    test(name, async () => {
      const message = await refusal(read(write('bad.npy', content)));
      expect(message).toContain(told);
      expect(message).toMatch(/^bad\.npy/);
      expect(message).toMatch(/[.`]$/);
    });
});

test('a byte position in the header counts from the beginning of the file', async () => {
  const path = write('position.npy', npy("{'descr': oops}"));
  expect(await refusal(read(path))).toContain('cannot be read at byte 20: expected a value, found "oops}"');
});

const unusable: Record<string, [dtype: string, told: string]> = {
  'object.npy': ['object', 'np.asarray(x, dtype=np.float32)'],
  'complex.npy': ['complex64', 'complex numbers'],
  'structured.npy': ['structured', 'records of several fields'],
  'dates.npy': ['datetime64', 'dates'],
  'void.npy': ['void16', 'x.astype(np.float32)'],
  'long-double.npy': ['float128', 'x.astype(np.float64)'],
  'unicode.npy': ['str5', 'Use it as labels'],
  'bytes.npy': ['bytes3', 'Use it as labels'],
};

describe('what is no number is described and refused', () => {
  for (const [name, [dtype, told]] of Object.entries(unusable))
    test(name, async () => {
      const file = await openData(join(fixtures, name));
      const [tensor] = file.describe().tensors;
      expect(tensor?.dtype).toBe(dtype);
      expect(tensor?.unusable).toContain(told);
      expect(await refusal(file.read(null, { limit }))).toContain(told);
      await file.close();
    });
});

test('integers beyond 2^53 are refused, not rounded', async () => {
  const values = Buffer.from(BigInt64Array.of(9007199254740991n, -9007199254740991n).buffer);
  expect((await read(write('exact.npy', npy(header("'<i8'", '(2,)'), values)))).data).toEqual(
    Float64Array.of(9007199254740991, -9007199254740991),
  );
  for (const value of [9007199254740993n, -9007199254740993n]) {
    const large = Buffer.from(BigInt64Array.of(0n, value).buffer);
    const told = await refusal(read(write('large.npy', npy(header("'<i8'", '(2,)'), large))));
    expect(told).toContain('integers beyond 2^53 would be rounded');
    expect(told).toContain('9,007,199,254,740,992');
  }
});

test('the decoded array may not exceed the bound', async () => {
  const path = write('bytes.npy', npy(header("'|u1'", '(1000, 10)'), Buffer.alloc(10_000)));
  expect(await refusal(read(path, null, { limit: 39_999 }))).toContain('needs 40.0 kB of memory for 1,000 x 10 values');
  expect((await read(path, null, { limit: 40_000 })).shape).toEqual([1000, 10]);
  expect((await read(path, null, { limit: 40, rows: [7, 8] })).shape).toEqual([1, 10]);
});

test('rows that are not there are refused', async () => {
  const path = write('rows.npy', array([2, 3], [1, 2, 3, 4, 5, 6]));
  for (const rows of [
    [0, 3],
    [-1, 1],
    [2, 1],
    [0.5, 1],
    [0, NaN],
  ] as const)
    expect(await refusal(read(path, null, { rows }))).toContain('has 2 rows');
  expect((await read(path, null, { rows: [1, 2] })).data).toEqual(Float32Array.of(4, 5, 6));
});

/** Longer than a block, in both orders, so that the seams show. */
test('an array of many blocks is whole, in any order and compressed, and in windows', async () => {
  const [rows, columns] = [600_001, 3];
  const at = (i: number, j: number) => (i * columns + j) % 65_521;
  const values = Uint16Array.from({ length: rows * columns }, (_, k) => at(Math.floor(k / columns), k % columns));
  const transposed = Uint16Array.from({ length: rows * columns }, (_, k) => at(k % rows, Math.floor(k / rows)));
  for (const [order, content] of [
    ['False', values],
    ['True', transposed],
  ] as const) {
    const whole = Buffer.from(Float32Array.from(values).buffer);
    const end = Buffer.from(Float32Array.from(values.subarray(524_287 * columns)).buffer);
    const array = npy(header("'<u2'", `(${rows}, ${columns})`, order), Buffer.from(content.buffer));
    for (const path of [
      write('large.npy', array),
      write('large.npz', zip([{ name: 'a.npy', data: array, method: 8 }])),
    ]) {
      expect(Buffer.compare(Buffer.from((await read(path)).data.buffer), whole)).toBe(0);
      const { data } = await read(path, null, { rows: [524_287, 600_001] });
      expect(Buffer.compare(Buffer.from(data.buffer), end)).toBe(0);
    }
  }
});

test('reading stops when it is cancelled', async () => {
  const path = write('cancel.npy', npy(header("'<f4'", '(4000000,)'), Buffer.alloc(16_000_000)));
  let asked = 0;
  const signal = {
    throwIfAborted() {
      if (++asked === 2) throw new Error('cancelled');
    },
  };
  await expect(read(path, null, { signal })).rejects.toThrow('cancelled');
  expect(asked).toBe(2);
});

test('a file that shrinks after it was opened is no crash', async () => {
  const path = write('shrinks.npy', array([100, 10], Array(1000).fill(1)));
  const file = await openData(path);
  truncateSync(path, 2000);
  expect(await refusal(file.read(null, { limit }))).toContain('the file ends at byte 2,000');
  await file.close();
});

test('a row or a column in the order of Fortran is read into its place', async () => {
  const dtype = numericDtype('float32') as Dtype;
  const into: Uint8Array[] = [];
  const source = {
    size: 20,
    async read(target: Uint8Array, position: number) {
      into.push(target);
      target.set(floats(1, 2, 3, 4, 5).subarray(position, position + target.length));
    },
  };
  for (const shape of [[1, 5], [5, 1], [1, 5, 1], [5]]) {
    const layout = { source, offset: 0, shape, dtype, fortran: true, bigEndian: false };
    const { data } = await readArray(layout, { limit }, 'x');
    expect(data).toEqual(Float32Array.of(1, 2, 3, 4, 5));
    expect(into.pop()?.buffer).toBe(data.buffer);
    if (shape[0] === 5)
      expect((await readArray(layout, { limit, rows: [2, 4] }, 'x')).data).toEqual(Float32Array.of(3, 4));
  }
});
