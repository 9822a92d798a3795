import { execFileSync } from 'node:child_process';
import { availableParallelism } from 'node:os';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Matrix } from '../../src/linalg/matrix';
import { dot } from '../../src/linalg/norms';
import { crossProduct, gram, multiply, SERIAL, setThreads, subtractProduct } from '../../src/linalg/products';
import { Random } from '../../src/linalg/random';
import { sessionThreads } from '../../src/linalg/runtime';

const random = new Random(1);

function normal(rows: number, columns: number, single = false): Matrix {
  const values = Float64Array.from({ length: rows * columns }, () => random.normal());
  return new Matrix(single ? Float32Array.from(values) : values, rows, columns);
}

function naive(a: Matrix, b: Matrix): Matrix<Float64Array> {
  const out = Matrix.zeros(a.rows, b.columns);
  for (let i = 0; i < a.rows; i++)
    for (let j = 0; j < b.columns; j++)
      for (let k = 0; k < a.columns; k++) {
        out.data[i * b.columns + j] = out.at(i, j) + a.at(i, k) * b.at(k, j);
      }
  return out;
}

function furthest(a: Matrix, b: Matrix): number {
  expect([a.rows, a.columns]).toEqual([b.rows, b.columns]);
  let most = 0;
  for (let k = 0; k < a.data.length; k++)
    most = Math.max(most, Math.abs((a.data[k] as number) - (b.data[k] as number)));
  return most;
}

describe('multiply', () => {
  // Either side of the size from which onnxruntime does it.
  test('is the matrix product, transposed or not, in either precision', async () => {
    const size = fc.integer({ min: 0, max: 60 });
    await fc.assert(
      fc.asyncProperty(size, size, size, fc.boolean(), fc.boolean(), fc.boolean(), fc.boolean(), async (...args) => {
        const [m, k, n, transposeA, transposeB, singleA, singleB] = args;
        const a = normal(m, k, singleA);
        const b = normal(k, n, singleB);
        const [left, right] = [transposeA ? a.transpose() : a, transposeB ? b.transpose() : b];
        const product = await multiply(left, right, { transposeA, transposeB });
        expect(product.isDouble).toBe(!(singleA && singleB));
        expect(furthest(product, naive(a, b))).toBeLessThan(product.isDouble ? 1e-12 : 2e-5);
      }),
      { numRuns: 60 },
    );
  });

  test('is taken away in place, transposed or not, in either precision', async () => {
    const size = fc.integer({ min: 0, max: 60 });
    await fc.assert(
      fc.asyncProperty(size, size, size, fc.boolean(), fc.boolean(), fc.boolean(), async (...args) => {
        const [m, k, n, transposeA, transposeB, single] = args;
        const [a, b, out] = [normal(m, k, single), normal(k, n, single), normal(m, n, single)];
        const [left, right] = [transposeA ? a.transpose() : a, transposeB ? b.transpose() : b];
        const expected = naive(a, b);
        for (let i = 0; i < expected.data.length; i++)
          expected.data[i] = (out.data[i] as number) - (expected.data[i] as number);
        await subtractProduct(out, left, right, { transposeA, transposeB });
        expect(furthest(out, expected)).toBeLessThan(single ? 2e-5 : 1e-12);
      }),
      { numRuns: 60 },
    );
  });

  test('of a view reads that view only', async () => {
    const a = normal(80, 40);
    const b = normal(40, 50);
    const all = await multiply(a, b);
    expect(furthest(await multiply(a.slice(20, 60), b), all.slice(20, 60))).toBeLessThan(1e-12);
  });

  test('cut into bands is the same product', async () => {
    const a = normal(1700, 1600, true);
    const b = normal(1600, 1700, true);
    const rows = [0, 1, 850, 1698, 1699];
    const wanted = naive(a.takeRows(rows), b.takeColumns([0, 900, 1699]));
    const whole = await multiply(a, b);
    expect(furthest(whole.takeRows(rows).takeColumns([0, 900, 1699]), wanted)).toBeLessThan(1e-3);
    const turned = await multiply(a.transpose(), b, { transposeA: true });
    expect(furthest(turned.takeRows(rows).takeColumns([0, 900, 1699]), wanted)).toBeLessThan(1e-3);
  });

  test('is done bit for bit again', async () => {
    const a = normal(300, 200);
    expect((await multiply(a, a, { transposeB: true })).data).toEqual(
      (await multiply(a, a, { transposeB: true })).data,
    );
  });

  test('says which sizes do not fit', async () => {
    await expect(multiply(normal(2, 3), normal(2, 3))).rejects.toThrow('Cannot multiply 2 x 3 by 2 x 3.');
    await expect(multiply(normal(2, 3), normal(2, 3), { transposeA: true, transposeB: true })).rejects.toThrow(
      'Cannot multiply 2 x 3 (transposed) by 2 x 3 (transposed).',
    );
  });

  test('stops when cancelled', async () => {
    const signal = AbortSignal.abort();
    await expect(multiply(normal(2, 3), normal(3, 2), { signal })).rejects.toThrow();
    let calls = 0;
    const later = { throwIfAborted: () => expect(++calls).toBeLessThan(4) };
    await expect(multiply(normal(4000, 1500, true), normal(1500, 4000, true), { signal: later })).rejects.toThrow();
  });
});

test('a Gram matrix is exactly symmetric, with squared lengths on its diagonal', async () => {
  for (const [rows, columns, single] of [
    [5, 3, false],
    [130, 70, false],
    [600, 33, true],
  ] as const) {
    const x = normal(rows, columns, single);
    const g = await gram(x);
    expect(g.isDouble).toBe(!single);
    expect(g.transpose().data).toEqual(g.data);
    const last = rows - 1;
    const length = dot(x.row(last), x.row(last));
    expect(g.at(last, last) / length).toBeCloseTo(1, single ? 5 : 13);
  }
});

test('a cross product is XᵀY', async () => {
  const x = normal(70, 12);
  const y = normal(70, 25);
  expect(furthest(await crossProduct(x, y), naive(x.transpose(), y))).toBeLessThan(1e-12);
});

test('the number of threads changes no product', async () => {
  // Large enough for several.
  const a = normal(257, 229);
  expect(a.rows * a.columns ** 2).toBeGreaterThan(SERIAL);
  const before = await multiply(a, a, { transposeA: true });
  setThreads(1);
  const after = await multiply(a, a, { transposeA: true });
  setThreads(0);
  expect(furthest(after, before)).toBeLessThan(1e-12);
  expect(() => setThreads(-1)).toThrow(RangeError);
});

test('products have a thread for each core, and none for a second processor of one', () => {
  setThreads(0);
  if (process.platform !== 'linux') return;
  const listed = execFileSync('lscpu', ['--parse=CORE,SOCKET'], { encoding: 'utf8' });
  const cores = new Set(listed.split('\n').filter((line) => /^\d/.test(line))).size;
  expect(sessionThreads()).toBe(Math.min(cores, availableParallelism()));
  setThreads(3);
  expect(sessionThreads()).toBe(3);
  setThreads(0);
});
