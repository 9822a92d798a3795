import fc from 'fast-check';
import { expect, test } from 'vitest';
import { centreColumns, columnMeans } from '../../src/linalg/centre';
import { Matrix } from '../../src/linalg/matrix';
import { Moments } from '../../src/linalg/moments';
import { dot, frobeniusSquared } from '../../src/linalg/norms';
import { crossProduct } from '../../src/linalg/products';
import { Random } from '../../src/linalg/random';

function gaussian(random: Random, rows: number, columns: number, offset = 0, scale = 1): Matrix<Float64Array> {
  const data = Float64Array.from({ length: rows * columns }, () => offset + scale * random.normal());
  return new Matrix(data, rows, columns);
}

async function gathered(parts: readonly Matrix[], height: number, double = true): Promise<Moments> {
  const moments = new Moments(
    parts.map(({ columns }) => columns),
    double,
  );
  const rows = parts[0]?.rows ?? 0;
  for (let start = 0; start < rows; start += height)
    await moments.add(parts.map((part) => part.slice(start, Math.min(rows, start + height))));
  return moments;
}

/** The same from the whole matrices: products of centred columns, and the lengths of centred rows. */
async function expected(parts: readonly Matrix[]) {
  const centred = parts.map((part) => centreColumns(part.toDouble()));
  const lengths = centred.map((x) => Float64Array.from({ length: x.rows }, (_, i) => dot(x.row(i), x.row(i))));
  const pairs = parts.flatMap((_, x) => parts.map((_, y) => [x, y] as const));
  const products = await Promise.all(pairs.map(([x, y]) => crossProduct(centred[x] as Matrix, centred[y] as Matrix)));
  return { centred, lengths, pairs, products };
}

function near(found: ArrayLike<number>, wanted: ArrayLike<number>, tolerance: number): void {
  let [scale, apart] = [1e-300, 0];
  for (let i = 0; i < wanted.length; i++) {
    scale = Math.max(scale, Math.abs(wanted[i] as number));
    apart = Math.max(apart, Math.abs((wanted[i] as number) - (found[i] as number)));
  }
  expect(found.length).toBe(wanted.length);
  expect(apart / scale).toBeLessThan(tolerance);
}

async function same(parts: readonly Matrix[], moments: Moments, tolerance: number): Promise<void> {
  const { lengths, pairs, products } = await expected(parts);
  expect(moments.rows).toBe(parts[0]?.rows);
  for (const [k, part] of parts.entries()) {
    near(moments.means(k), columnMeans(part), tolerance);
    near([moments.trace(k)], [(lengths[k] as Float64Array).reduce((sum, value) => sum + value, 0)], tolerance);
  }
  for (const [i, [x, y]] of pairs.entries()) {
    const product = products[i] as Matrix;
    near(moments.product(x, y).data, product.data, tolerance);
    near([moments.squaredNorm(x, y)], [frobeniusSquared(product)], tolerance);
    near([moments.lengthProduct(x, y)], [dot(lengths[x] as Float64Array, lengths[y] as Float64Array)], tolerance);
    if (x === y)
      near(
        moments.squares(x),
        Float64Array.from({ length: product.rows }, (_, j) => product.at(j, j)),
        tolerance,
      );
  }
}

test('sums gathered block by block are those of the whole', async () => {
  const shapes = fc.record({
    rows: fc.integer({ min: 2, max: 40 }),
    widths: fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 1, maxLength: 3 }),
    height: fc.integer({ min: 1, max: 45 }),
    offset: fc.constantFrom(0, 1, -1000),
    seed: fc.nat(),
  });
  await fc.assert(
    fc.asyncProperty(shapes, async ({ rows, widths, height, offset, seed }) => {
      const random = new Random(seed);
      const parts = widths.map((columns) => gaussian(random, rows, columns, offset));
      await same(parts, await gathered(parts, height), 1e-10);
    }),
    { numRuns: 60 },
  );
});

test('inputs wider than a tile, of different widths', async () => {
  const random = new Random(1);
  const parts = [gaussian(random, 50, 700, 3), gaussian(random, 50, 5), gaussian(random, 50, 1100)];
  await same(parts, await gathered(parts, 17), 1e-10);
});

test('a drift from block to block, far larger than the spread within one, costs no digits', async () => {
  const random = new Random(2);
  const parts = [gaussian(random, 60, 6), gaussian(random, 60, 4)];
  for (const { data, columns } of parts)
    for (let k = 0; k < data.length; k++) data[k] = (data[k] as number) + 100 * Math.floor(k / columns / 7);
  await same(parts, await gathered(parts, 7), 1e-11);
});

test('a large offset in float32 costs the float32 products nothing', async () => {
  const random = new Random(3);
  const singles = [0, 1].map(() => {
    const { data, rows, columns } = gaussian(random, 400, 20, 4096);
    return new Matrix(Float32Array.from(data), rows, columns);
  });
  await same(singles, await gathered(singles, 100, false), 2e-6);
});

test('columns that do not vary are exactly zero, also across blocks of different heights', async () => {
  const random = new Random(4);
  const part = gaussian(random, 23, 3);
  for (let i = 0; i < 23; i++) part.data[3 * i + 1] = 0.1;
  const moments = await gathered([part], 7);
  expect(Array.from(moments.product(0, 0).row(1))).toEqual([0, 0, 0]);
  expect(moments.constantColumns(0)).toEqual([1]);
  expect(moments.means(0)[1]).toBe(0.1);
});

test('values beyond the range of squares are summed over a power of two, whichever block they are in', async () => {
  for (const [early, late] of [
    [1e-200, 1e-200],
    [1e200, 1e200],
    [1, 1e120],
    [1e-120, 1],
  ] as const) {
    const random = new Random(5);
    const part = gaussian(random, 12, 4);
    const other = gaussian(random, 12, 2);
    const scaled = new Matrix(
      part.data.map((value, k) => value * (k < 24 ? early : late)),
      12,
      4,
    );
    const moments = await gathered([scaled, other], 6);
    const unit = 2 ** moments.exponent(0);
    const plain = new Matrix(
      scaled.data.map((value) => value / unit),
      12,
      4,
    );
    await same([plain, other], await gathered([plain, other], 12), 1e-12);
    near(moments.product(0, 1).data, (await gathered([plain, other], 12)).product(0, 1).data, 1e-12);
    near([moments.lengthProduct(0, 1)], [(await gathered([plain, other], 12)).lengthProduct(0, 1)], 1e-12);
    near([moments.lengthProduct(0, 0)], [(await gathered([plain, other], 12)).lengthProduct(0, 0)], 1e-12);
  }
});
