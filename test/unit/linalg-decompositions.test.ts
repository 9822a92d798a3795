import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { symmetricEigen, symmetricEigenvalues } from '../../src/linalg/eigen';
import { Matrix } from '../../src/linalg/matrix';
import { multiply } from '../../src/linalg/products';
import { Random } from '../../src/linalg/random';
import { nuclearNorm, singularValues, svd } from '../../src/linalg/svd';

type Double = Matrix<Float64Array>;
type Kind = (typeof KINDS)[number];

const KINDS = ['normal', 'low rank', 'zero', 'constant', 'equal values', 'graded', 'zero columns', 'integers'] as const;

function filled(rows: number, columns: number, value: (i: number, j: number) => number): Double {
  const data = Float64Array.from({ length: rows * columns }, (_, k) => value(Math.floor(k / columns), k % columns));
  return new Matrix(data, rows, columns);
}

function normal(rows: number, columns: number, random: Random): Double {
  return filled(rows, columns, () => random.normal());
}

/** Orthonormal columns. */
async function orthogonal(rows: number, columns: number, random: Random): Promise<Double> {
  return (await svd(normal(rows, columns, random))).u;
}

async function example(kind: Kind, rows: number, columns: number, seed: number): Promise<Double> {
  const random = new Random(seed);
  const rank = 1 + random.integer(3);
  switch (kind) {
    case 'normal':
      return normal(rows, columns, random);
    case 'low rank':
      return multiply(normal(rows, rank, random), normal(rank, columns, random));
    case 'zero':
      return Matrix.zeros(rows, columns);
    case 'constant':
      return filled(rows, columns, () => 0.1);
    case 'equal values': {
      const k = Math.min(rows, columns);
      const values = Float64Array.from({ length: k }, (_, i) => (i % 3) + 1);
      return rebuilt(await orthogonal(rows, k, random), values, await orthogonal(columns, k, random));
    }
    case 'graded':
      return filled(rows, columns, (i, j) => random.normal() * 10 ** (-(i + 2 * j) / 4));
    case 'zero columns':
      return filled(rows, columns, (_, j) => (j % 2 === 0 ? 0 : random.normal()));
    case 'integers':
      return filled(rows, columns, () => random.integer(3) - 1);
  }
}

/** The largest departure of the columns' inner products from those of orthonormal vectors. */
async function skew(q: Double): Promise<number> {
  const products = await multiply(q, q, { transposeA: true });
  return products.data.reduce((most, value, k) => {
    return Math.max(most, Math.abs(value - (k % (products.columns + 1) === 0 ? 1 : 0)));
  }, 0);
}

async function rebuilt(u: Double, values: Float64Array, v: Double): Promise<Double> {
  const weighted = filled(u.rows, u.columns, (i, j) => u.at(i, j) * (values[j] as number));
  return multiply(weighted, v, { transposeB: true });
}

function furthest(a: Double, b: Double): number {
  return a.data.reduce((most, value, k) => Math.max(most, Math.abs(value - (b.data[k] as number))), 0);
}

function expectDescending(values: Float64Array): void {
  for (let i = 1; i < values.length; i++) expect(values[i]).toBeLessThanOrEqual(values[i - 1] as number);
}

/** Sizes on either side of those from which panels, division and onnxruntime begin. */
const size = fc.oneof(fc.integer({ min: 1, max: 12 }), fc.integer({ min: 25, max: 110 }));
const power = fc.constantFrom(1, 1e150, 1e-150, 1e-300);

async function checkSvd(a: Double, scale: number): Promise<void> {
  const { u, s, v } = await svd(a);
  const k = Math.min(a.rows, a.columns);
  expect([u.rows, u.columns, v.rows, v.columns, s.length]).toEqual([a.rows, k, a.columns, k, k]);
  expect(await skew(u)).toBeLessThan(1e-13);
  expect(await skew(v)).toBeLessThan(1e-13);
  expectDescending(s);
  for (const value of s) expect(value).toBeGreaterThanOrEqual(0);
  const bound = 2e-14 * (s[0] as number) + scale * Number.MIN_VALUE;
  expect(furthest(await rebuilt(u, s, v), a)).toBeLessThanOrEqual(bound);
  const alone = await singularValues(a);
  for (const [i, value] of s.entries()) expect(Math.abs((alone[i] as number) - value)).toBeLessThanOrEqual(bound);
}

describe('singular value decomposition', () => {
  test('rebuilds any matrix from orthonormal vectors', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...KINDS),
        size,
        size,
        fc.nat(),
        power,
        async (kind, rows, columns, seed, scale) => {
          const a = await example(kind, rows, columns, seed);
          await checkSvd(
            filled(rows, columns, (i, j) => a.at(i, j) * scale),
            scale,
          );
        },
      ),
      { numRuns: 80 },
    );
  });

  test('of a matrix so tall that rows are taken in blocks', async () => {
    for (const kind of KINDS) await checkSvd(await example(kind, 3500, 6, 1), 1);
    await checkSvd(await example('normal', 2600, 70, 2), 1);
  });

  test('of 300 columns, all but equal, and bidiagonal with zeros', async () => {
    await checkSvd(await example('equal values', 300, 300, 3), 1);
    await checkSvd(
      filled(300, 300, (i, j) => (i === j ? Number(i % 7 > 0) : Number(j === i + 1))),
      1,
    );
    await checkSvd(
      filled(300, 300, (i, j) => (i === j ? 1 : j === i + 1 ? 1e-14 * (i % 3) : 0)),
      1,
    );
  });

  test('keeps the singular values that AᵀA would lose', async () => {
    const random = new Random(4);
    const wanted = Float64Array.from({ length: 40 }, (_, i) => 10 ** (-i / 4));
    const u = await orthogonal(90, 40, random);
    const a = await rebuilt(u, wanted, await orthogonal(40, 40, random));
    const found = await singularValues(a);
    for (const [i, value] of wanted.entries()) expect(Math.abs((found[i] as number) - value)).toBeLessThan(1e-15);
  });

  test('has a nuclear norm that rotations do not change', async () => {
    const random = new Random(5);
    const a = normal(50, 30, random);
    const turned = await multiply(await orthogonal(50, 50, random), a);
    expect((await nuclearNorm(turned)) / (await nuclearNorm(a))).toBeCloseTo(1, 13);
    expect(
      await nuclearNorm(
        Matrix.of([
          [3, 0],
          [0, -4],
        ]),
      ),
    ).toBeCloseTo(7, 14);
  });

  test('of nothing is nothing', async () => {
    const { u, s, v } = await svd(Matrix.zeros(4, 0));
    expect([u.rows, u.columns, s.length, v.rows]).toEqual([4, 0, 0, 0]);
    expect(await nuclearNorm(Matrix.zeros(0, 3))).toBe(0);
  });
});

describe('symmetric eigenproblem', () => {
  async function checkEigen(a: Double, scale: number): Promise<void> {
    const { values, vectors } = await symmetricEigen(a);
    expect(await skew(vectors)).toBeLessThan(1e-13);
    expectDescending(values);
    const largest = values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    const bound = 2e-14 * largest + scale * Number.MIN_VALUE;
    expect(furthest(await rebuilt(vectors, values, vectors), a)).toBeLessThanOrEqual(bound);
    const third = Math.ceil(values.length / 3);
    const some = await symmetricEigen(a, { leading: third });
    expect(some.values).toEqual(values.slice(0, third));
    expect(furthest(some.vectors, vectors.columnBand(0, third))).toBeLessThan(1e-13);
    const alone = await symmetricEigenvalues(a);
    for (const [i, value] of values.entries()) {
      expect(Math.abs((alone[i] as number) - value)).toBeLessThanOrEqual(bound);
    }
  }

  test('rebuilds any symmetric matrix from orthonormal vectors', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...KINDS),
        size,
        fc.nat(),
        power,
        fc.boolean(),
        async (kind, n, seed, scale, square) => {
          const a = await example(kind, n, n, seed);
          const b = square ? await multiply(a, a, { transposeA: true }) : a;
          await checkEigen(
            filled(n, n, (i, j) => b.at(Math.max(i, j), Math.min(i, j)) * scale),
            scale,
          );
        },
      ),
      { numRuns: 80 },
    );
  });

  test("of Wilkinson's matrix, whose eigenvalues come in pairs closer than rounding", async () => {
    await checkEigen(
      filled(201, 201, (i, j) => (i === j ? Math.abs(i - 100) : Number(Math.abs(i - j) === 1))),
      1,
    );
  });

  test('of the second difference is known', async () => {
    const n = 170;
    const a = filled(n, n, (i, j) => (i === j ? 2 : -Number(Math.abs(i - j) === 1)));
    const { values, vectors } = await symmetricEigen(a);
    for (let k = 0; k < n; k++) {
      const angle = (Math.PI * (n - k)) / (n + 1);
      expect(Math.abs((values[k] as number) - 2 + 2 * Math.cos(angle))).toBeLessThan(2e-14);
      const length = Math.sqrt(2 / (n + 1));
      expect(Math.abs(Math.abs(vectors.at(4, k)) - Math.abs(length * Math.sin(5 * angle)))).toBeLessThan(1e-11);
    }
  });

  test.each([[400], [403]])('of %i rows has the spectrum that it was made of, from its lower triangle', async (n) => {
    const random = new Random(n);
    // (I - 2uuᵀ) D (I - 2uuᵀ) = D - 2u(Du)ᵀ - 2(Du)uᵀ + 4(uᵀDu)uuᵀ
    const wanted = Float64Array.from({ length: n }, (_, k) => (k < 20 ? 1 : random.normal()))
      .sort()
      .reverse();
    const u = Float64Array.from({ length: n }, () => random.normal());
    const length = Math.sqrt(u.reduce((sum, value) => sum + value * value, 0));
    for (let i = 0; i < n; i++) u[i] = (u[i] as number) / length;
    const along = u.reduce((sum, value, i) => sum + value * value * (wanted[i] as number), 0);
    const a = Matrix.zeros(n, n);
    for (let i = 0; i < n; i++)
      for (let j = 0; j <= i; j++) {
        const [p, q] = [u[i] as number, u[j] as number];
        const both = 4 * along - 2 * (wanted[i] as number) - 2 * (wanted[j] as number);
        a.data[i * n + j] = (i === j ? (wanted[i] as number) : 0) + p * q * both;
      }
    const found = await symmetricEigenvalues(a);
    for (const [k, value] of wanted.entries()) expect(Math.abs((found[k] as number) - value)).toBeLessThan(1e-12);
  });

  test.each([[9], [40], [70]])('of %i rows has its leading pairs alone where no more are wanted', async (n) => {
    const random = new Random(n);
    const x = normal(n, n, random);
    const a = await multiply(x, x, { transposeB: true });
    const { values, vectors } = await symmetricEigen(a);
    for (const leading of [0, 1, 5, n, n + 3]) {
      const some = await symmetricEigen(a, { leading });
      expect([some.vectors.rows, some.vectors.columns]).toEqual([n, Math.min(n, leading)]);
      expect(some.values.length).toBe(Math.min(n, leading));
      for (const [j, value] of some.values.entries()) {
        expect(Math.abs(value - (values[j] as number))).toBeLessThan(1e-13 * (values[0] as number));
        // Few of many are made in another way: the sign is another's.
        const sign = Math.sign(some.vectors.at(0, j) * vectors.at(0, j));
        for (let i = 0; i < n; i++) expect(sign * some.vectors.at(i, j)).toBeCloseTo(vectors.at(i, j), 12);
      }
    }
  });

  test('reads the lower triangle only', async () => {
    const a = filled(70, 70, (i, j) => (i >= j ? Math.sin(i * 70 + j) : 1e9));
    const full = filled(70, 70, (i, j) => Math.sin(Math.max(i, j) * 70 + Math.min(i, j)));
    expect(await symmetricEigen(a)).toEqual(await symmetricEigen(full));
    expect(await symmetricEigenvalues(a)).toEqual(await symmetricEigenvalues(full));
  });
});

describe('bad input', () => {
  test('a value that is not finite is named', async () => {
    const a = Matrix.of([
      [1, 2],
      [Number.NaN, 4],
    ]);
    const message = 'Every value has to be finite; row 1, column 0 has NaN.';
    for (const decompose of [svd, singularValues, symmetricEigen, symmetricEigenvalues]) {
      await expect(decompose(a)).rejects.toThrow(message);
    }
    await expect(svd(Matrix.of([[Number.POSITIVE_INFINITY]]))).rejects.toThrow(RangeError);
  });

  test('a matrix that is not square has no eigenvalues', async () => {
    await expect(symmetricEigen(Matrix.zeros(2, 3))).rejects.toThrow('2 x 3');
  });

  test('each stops when cancelled, at any moment', async () => {
    const random = new Random(6);
    const a = normal(150, 150, random);
    const b = normal(2500, 40, random);
    for (const decompose of [svd, singularValues, symmetricEigen, symmetricEigenvalues]) {
      for (const matrix of decompose.name.startsWith('sym') ? [a] : [a, b]) {
        let calls = 0;
        await decompose(matrix, { signal: { throwIfAborted: () => void calls++ } });
        expect(calls).toBeGreaterThan(5);
        for (const at of [1, Math.ceil(calls / 3), Math.ceil((2 * calls) / 3), calls - 1]) {
          let left = at;
          const signal = {
            throwIfAborted() {
              if (left-- === 0) throw new Error('stopped here');
            },
          };
          await expect(decompose(matrix, { signal })).rejects.toThrow('stopped here');
        }
      }
    }
  });
});
