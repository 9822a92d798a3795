import { describe, expect, test } from 'vitest';
import { symmetricEigen } from '../../src/linalg/eigen';
import { Matrix } from '../../src/linalg/matrix';
import { leftSingular, orthonormaliseRows, rightSingular, withinReach } from '../../src/linalg/orthonormal';
import { columnGram, crossProduct, gram, multiply } from '../../src/linalg/products';
import { singularValues } from '../../src/linalg/svd';
import { farthest, identity, normal } from './matrices';

/** An orthonormal basis of the columns; null where they are nearly dependent. */
async function orthonormalColumns(x: Matrix<Float64Array>) {
  const rows = x.transpose();
  const found = await orthonormaliseRows(rows);
  return found && { q: rows.transpose(), ...found };
}

const rightOf = async (x: Matrix<Float64Array>) => rightSingular(await symmetricEigen(await columnGram(x)));

describe('orthonormaliseRows', () => {
  test.each([
    [40, 1, 1e3, 0],
    [60, 60, 1e3, 0],
    [300, 150, 1e3, 0],
    [300, 150, 1, 3e3],
  ])('spans columns of %i x %i, lengths apart by %d, sharing %d', async (rows, columns, spread, shared) => {
    const x = normal(rows, columns, 1);
    const own = normal(rows, columns, 2);
    for (let k = 0; k < x.data.length; k++) {
      const together = shared * x.at(Math.floor(k / columns), 0);
      x.data[k] = ((together + (own.data[k] as number)) / (shared + 1)) * spread ** (-(k % columns) / columns);
    }
    const found = await orthonormalColumns(x);
    if (found === null) throw new Error('These columns are independent.');
    expect(farthest(await crossProduct(found.q, found.q), identity(columns))).toBeLessThan(1e-14);
    expect(farthest(await multiply(found.q, await crossProduct(found.q, x)), x)).toBeLessThan(1e-12);
    const least = (await singularValues(x)).at(-1) as number;
    expect(found.least).toBeLessThanOrEqual(least * (1 + 1e-6));
    expect(found.least).toBeGreaterThan(least / Math.sqrt(columns + 1));
    const length = Math.sqrt(x.data.reduce((sum, value) => sum + value ** 2, 0));
    expect(found.length).toBeCloseTo(length, 9);
  });

  test('leaves columns that are dependent, or nearly so, to others', async () => {
    const x = normal(50, 4, 2);
    for (let i = 0; i < 50; i++) x.row(i)[3] = x.at(i, 0) + x.at(i, 1) + 1e-7 * x.at(i, 3);
    expect(await orthonormalColumns(x)).toBeNull();
    for (let i = 0; i < 50; i++) x.row(i)[3] = x.at(i, 0);
    expect(await orthonormalColumns(x)).toBeNull();
    expect(await orthonormalColumns(Matrix.zeros(5, 2))).toBeNull();
    expect(await orthonormalColumns(normal(3, 4, 3))).toBeNull();
  });
});

test.each([[30], [300]])(
  'inner products of %i columns, and of as many rows, are symmetric and those of a product',
  async (columns) => {
    const x = normal(70, columns, 5);
    const squares = await columnGram(x);
    expect(farthest(squares, await crossProduct(x, x))).toBeLessThan(1e-13);
    expect(squares.transpose().data).toEqual(squares.data);
    const rows = await gram(x.transpose());
    expect(farthest(rows, squares)).toBeLessThan(1e-13);
  },
);

describe('singular vectors by the eigenvectors of XᵀX', () => {
  /** Singular values from 1 down to the least, evenly spaced in the logarithm. */
  async function withSpread(rows: number, columns: number, least: number) {
    const q = await orthonormalColumns(normal(rows, columns, 5));
    const turn = await orthonormalColumns(normal(columns, columns, 6));
    if (q === null || turn === null) throw new Error('These columns are independent.');
    const s = Float64Array.from({ length: columns }, (_, k) => least ** (k / Math.max(1, columns - 1)));
    const scaled = new Matrix(
      q.q.data.map((value, k) => value * (s[k % columns] as number)),
      rows,
      columns,
    );
    return { x: await multiply(scaled, turn.q), u: q.q, s };
  }

  test.each([
    [50, 1, 1],
    [60, 60, 0.1],
    [400, 150, 1e-4],
  ])('are those that %i x %i was made of', async (rows, columns, least) => {
    const { x, u, s } = await withSpread(rows, columns, least);
    const right = await rightOf(x);
    if (right === null) throw new Error('All of these directions can be told from rounding.');
    const kept = s.filter((value) => value >= 2e-3).length;
    const left = await leftSingular(x, right, kept);
    expect(farthest(await crossProduct(left, left), identity(kept))).toBeLessThan(1e-14 * Math.sqrt(rows));
    for (const [k, value] of s.entries()) expect(Math.abs((right.s[k] as number) - value)).toBeLessThan(1e-10);
    // The same span: what the vectors that it was made of have in it is all of them.
    const shares = await crossProduct(left, u.takeColumns(Array.from({ length: kept }, (_, k) => k)));
    for (const value of await singularValues(shares)) expect(Math.abs(value - 1)).toBeLessThan(1e-12);
    if (kept < columns) expect(withinReach(right, columns)).toBe(false);
  });

  test('are left to a decomposition of the matrix where directions drown in rounding', async () => {
    expect(await rightOf((await withSpread(200, 20, 1e-6)).x)).toBeNull();
    expect(await rightOf(Matrix.zeros(5, 2))).toBeNull();
    expect(await rightOf(normal(3, 4, 3))).toBeNull();
  });
});
