/** What is taken of all pairs of rows without holding them, against the same with all of them held. */
import { describe, expect, test } from 'vitest';
import { type DistanceMetric, squaredDistance } from '../../src/linalg/distances';
import { Matrix } from '../../src/linalg/matrix';
import { medianDistance } from '../../src/linalg/pair-median';
import { type Form, pairSums } from '../../src/linalg/pair-sums';
import { firstOf, pairTiles, tilesOf } from '../../src/linalg/pair-tiles';
import { condensed, Points } from '../../src/linalg/points';
import { Random } from '../../src/linalg/random';
import { median } from '../../src/linalg/ranks';

/** Normal values; some rows twice, one row far away. */
function rowsOf(n: number, d: number, seed: number, offset = 0): Matrix<Float64Array> {
  const random = new Random(seed);
  const x = new Matrix(
    Float64Array.from({ length: n * d }, () => random.normal() + offset),
    n,
    d,
  );
  for (let i = 3; i < n; i += 5) x.row(i).set(x.row(i - 2));
  if (n > 8) x.row(1).set(x.row(1).map((value) => 50 * value));
  return x;
}

/** Few distances, each of them many times. */
function bits(n: number, d: number, seed: number): Matrix<Float64Array> {
  const random = new Random(seed);
  return new Matrix(
    Float64Array.from({ length: n * d }, () => random.integer(2)),
    n,
    d,
  );
}

/** The distances of all pairs, each summed by itself. */
function lengths(x: Matrix): Float64Array {
  const rows = Array.from({ length: x.rows }, (_, i) => x.row(i));
  return Float64Array.from(
    rows.flatMap((row, i) => rows.slice(i + 1).map((other) => Math.sqrt(squaredDistance(row, other)))),
  );
}

// The last of the first group and those of the second have so many pairs that products of rows are taken.
const SHAPES = [
  [2, 3],
  [3, 1],
  [7, 4],
  [50, 6],
  [101, 20],
] as const;
const WIDE = [700, 1100] as const;

describe('the median distance', () => {
  const exactly = async (x: Matrix, options: object, tolerance = 1e-13) => {
    const expected = median(lengths(x));
    const found = await medianDistance(new Points(x), options);
    expect(Math.abs(found - expected), `${x.rows} x ${x.columns} ${JSON.stringify(options)}`).toBeLessThanOrEqual(
      tolerance * expected,
    );
  };

  test('is that of all pairs, with room for all of them or for a few', async () => {
    for (const [n, d] of SHAPES) {
      for (const x of [rowsOf(n, d, n), bits(n, d, n)]) {
        await exactly(x, {});
        await exactly(x, { tile: 3, room: 2 });
        await exactly(x, { tile: 8, room: 1 });
      }
    }
  });

  test('is the same from products of rows, far from the origin', async () => {
    const [n, d] = WIDE;
    expect(new Points(rowsOf(n, d, 1)).direct).toBe(false);
    // The row far away moves the centre by 70 deviations: squared lengths of 5e6 leave squared distances of 2e3.
    await exactly(rowsOf(n, d, 1, 1000), { tile: 128, room: 100 }, 2e-12);
    await exactly(bits(n, d, 1), { tile: 300, room: 100 });
  });

  test('is zero where half of the pairs are of equal rows, and not a number where squares overflow', async () => {
    const same = Matrix.of([
      [1, 2],
      [1, 2],
      [1, 2],
      [1, 2],
      [5, 6],
    ]);
    expect(await medianDistance(new Points(same), { room: 1 })).toBe(0);
    const all = Matrix.of([[1], [1], [1]]);
    expect(await medianDistance(new Points(all), { room: 1 })).toBe(0);
    const huge = Matrix.of([[1e200], [-1e200], [0]]);
    expect(await medianDistance(new Points(huge))).toBeNaN();
  });

  test('two middle distances may lie far apart, with others close to each', async () => {
    const near = Array.from({ length: 3 }, (_, i) => i * 1e-9);
    const x = Matrix.of([...near, ...near.map((value) => 1 + value)].map((value) => [value]).slice(0, 4));
    for (const room of [1, 2, 100]) await exactly(x, { tile: 2, room });
  });
});

test('tiles cover each pair of rows once', () => {
  for (const [n, size] of [
    [1, 5],
    [10, 3],
    [10, 10],
    [11, 4],
    [12, 1],
  ] as const) {
    const seen = new Uint8Array(n * n);
    for (const { rows, columns, diagonal } of tilesOf(n, size)) {
      expect(rows[1] - rows[0]).toBeLessThanOrEqual(size);
      expect(diagonal).toBe(rows[0] === columns[0]);
      for (let i = rows[0]; i < rows[1]; i++)
        for (let j = columns[0]; j < columns[1]; j++) seen[i * n + j] = (seen[i * n + j] as number) + 1;
    }
    for (let i = 0; i < n; i++) for (let j = i; j < n; j++) expect(seen[i * n + j]).toBe(1);
  }
});

test.each([5, 400])('points that hold their distances give the same pairs, of %i columns', async (columns) => {
  const n = 1600;
  const random = new Random(3);
  const matrix = new Matrix(
    Float32Array.from({ length: n * columns }, () => random.normal()),
    n,
    columns,
  );
  const [points, holding] = [new Points(matrix), new Points(matrix)];
  await holding.hold();
  /** Of all pairs, each found once. */
  let twice = false;
  const pairsOf = async (of: Points) => {
    const out = new Float64Array(n * n).fill(Number.NaN);
    for await (const tile of pairTiles([of], 300))
      for (let i = tile.rows[0], k = 0; i < tile.rows[1]; i++)
        for (let j = firstOf(tile, i); j < tile.columns[1]; j++, k++) {
          twice ||= !Number.isNaN(out[i * n + j]);
          out[i * n + j] = tile.squares[0]?.[k] as number;
        }
    return out;
  };
  const [found, expected] = [await pairsOf(holding), await pairsOf(points)];
  const few = new Points(matrix, 'euclidean', true);
  expect((await pairsOf(few)).every((value, k) => Object.is(value, found[k]))).toBe(true);
  expect(few.held).toBeUndefined();
  expect((await pairsOf(few)).every((value, k) => Object.is(value, found[k]))).toBe(true);
  expect(few.held).toBeDefined();
  let apart = 0;
  for (let i = 0; i < n; i++)
    for (let j = i + 1; j < n; j++)
      apart = Math.max(apart, Math.abs((found[i * n + j] as number) - (expected[i * n + j] as number)));
  expect(twice).toBe(false);
  expect(apart).toBeLessThan(1e-11 * points.largest);
  expect(found[5 * n + 9]).toBeCloseTo(squaredDistance(matrix.row(5), matrix.row(9)), 9);
});

describe('sums over all pairs', () => {
  const forms: Record<Form, (s: number) => number> = {
    exp: Math.exp,
    expm1: Math.expm1,
    sqrt: Math.sqrt,
    laplace: (s) => Math.exp(-Math.sqrt(s)),
    plain: (s) => s,
  };

  /** Of all i and j, from condensed distances. */
  async function whole(x: Matrix, metric: DistanceMetric, scale: number, form: Form, shift: Float64Array) {
    const n = x.rows;
    const euclidean = metric === 'euclidean';
    const pairs = await condensed(x, euclidean ? 'squared-euclidean' : metric);
    const out = Matrix.zeros(n, n);
    for (let i = 0, k = 0; i < n; i++) {
      for (let j = i; j < n; j++) {
        const squared = i === j ? 0 : (pairs[k++] as number) * (euclidean ? 1 : 2);
        const value = forms[form](scale * squared) - (shift[i] as number) - (shift[j] as number);
        out.data[i * n + j] = value;
        out.data[j * n + i] = value;
      }
    }
    return out;
  }

  const check = async (
    matrices: Matrix[],
    form: Form,
    scale: number,
    tile: number,
    metric: DistanceMetric,
    apart = false,
  ) => {
    const random = new Random(5);
    const functions = matrices.map((x) => ({
      points: new Points(x, metric),
      scale,
      shift: Float64Array.from({ length: x.rows }, () => 0.3 + 0.1 * random.normal()),
    }));
    const sums = await pairSums(functions, form, { tile, apart });
    const full = await Promise.all(
      matrices.map((x, l) => whole(x, metric, scale, form, functions[l]?.shift as Float64Array)),
    );
    if (apart) for (const { data, rows } of full) for (let i = 0; i < rows; i++) data[i * (rows + 1)] = 0;
    for (const [a, f] of full.entries()) {
      for (const [b, g] of full.entries()) {
        const terms = f.data.map((value, k) => value * (g.data[k] as number));
        const size = terms.reduce((sum, value) => sum + Math.abs(value), 0);
        const expected = terms.reduce((sum, value) => sum + value, 0);
        expect(Math.abs(sums.cross.at(a, b) - expected), `${form} ${a} ${b}`).toBeLessThan(1e-13 * size);
      }
      for (let i = 0; i < f.rows; i++) {
        const expected = f.row(i).reduce((sum, value) => sum + value, 0);
        const size = f.row(i).reduce((sum, value) => sum + Math.abs(value), 0);
        expect(Math.abs((sums.rows[a]?.[i] as number) - expected), `${form} row ${i}`).toBeLessThan(1e-12 * size);
      }
    }
  };

  test('are those of the whole functions, whatever the tile', async () => {
    for (const [n, d] of SHAPES) {
      for (const tile of [1, 3, 16, 1000].filter((size) => n / size < 20)) {
        await check([rowsOf(n, d, n), bits(n, d + 1, n), rowsOf(n, 1, 2)], 'exp', -0.2, tile, 'euclidean');
        await check([rowsOf(n, d, n), bits(n, d + 1, n)], 'sqrt', 1, tile, 'euclidean');
        await check([rowsOf(n, d, n)], 'plain', 0.5, tile, 'euclidean');
      }
    }
    await check([rowsOf(40, 6, 1), rowsOf(40, 7, 2)], 'expm1', -1e-8, 16, 'euclidean');
    await check([rowsOf(40, 6, 1, 2), rowsOf(40, 7, 2)], 'plain', 0.5, 16, 'correlation');
    await check([rowsOf(40, 6, 1, 2), rowsOf(40, 7, 2)], 'plain', 0.5, 16, 'cosine');
  });

  test('leave out each row with itself where they are apart, in every tile', async () => {
    for (const tile of [1, 7, 16, 1000])
      for (const form of ['exp', 'sqrt', 'plain'] as const)
        await check([rowsOf(23, 6, 1), bits(23, 7, 2)], form, form === 'exp' ? -0.2 : 1, tile, 'euclidean', true);
  });

  test('are the same from products of rows, far from the origin', async () => {
    const [n, d] = WIDE;
    await check([rowsOf(n, d, 1, 100), bits(n, d, 2)], 'sqrt', 1, 256, 'euclidean');
    await check([rowsOf(n, d, 1, 100), rowsOf(n, d, 2)], 'plain', 0.5, 256, 'correlation');
  });
});
