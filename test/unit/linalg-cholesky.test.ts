import { describe, expect, test } from 'vitest';
import { cholesky, lowerInverse, solvePositive } from '../../src/linalg/cholesky';
import { Matrix } from '../../src/linalg/matrix';
import { columnGram, gram, multiply } from '../../src/linalg/products';
import { farthest, identity, normal } from './matrices';

// Within a block of 64, its edges, and several blocks.
describe.each([1, 2, 63, 64, 65, 128, 200])('of %i columns', (n) => {
  const squares = () => columnGram(normal(3 * n, n, n));

  test('the factor is lower triangular and gives the matrix', async () => {
    const a = await squares();
    const read = new Matrix(a.data.slice(), n, n);
    for (let i = 0; i < n; i++) for (let j = i + 1; j < n; j++) read.data[i * n + j] = Number.NaN;
    const l = await cholesky(read);
    for (let i = 0; i < n; i++) for (let j = i + 1; j < n; j++) expect(l.at(i, j)).toBe(0);
    expect(farthest(await gram(l), a)).toBeLessThan(1e-13 * 3 * n * 4);
  });

  test('what is solved for gives the right-hand sides', async () => {
    const a = await squares();
    const b = normal(n, 3, 1);
    expect(farthest(await multiply(a, await solvePositive(a, b)), b)).toBeLessThan(1e-11);
  });

  test('the inverse of the factor times it is one, whatever is above the diagonal', async () => {
    const l = await cholesky(await squares());
    const read = new Matrix(l.data.slice(), n, n);
    for (let i = 0; i < n; i++) for (let j = i + 1; j < n; j++) read.data[i * n + j] = Number.NaN;
    expect(farthest(await multiply(await lowerInverse(read), l), identity(n))).toBeLessThan(1e-12);
  });
});

test('a matrix that is not positive definite is named by its pivot', async () => {
  const a = await columnGram(normal(300, 100, 1));
  a.data[70 * 101] = -1;
  await expect(cholesky(a)).rejects.toThrow(/pivot 70 is -/);
});
