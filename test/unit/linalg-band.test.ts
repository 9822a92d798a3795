import { describe, expect, test } from 'vitest';
import { chaseBand, symmetricBand } from '../../src/linalg/band';
import { symmetricEigen, symmetricEigenvalues } from '../../src/linalg/eigen';
import { Matrix } from '../../src/linalg/matrix';
import { Random } from '../../src/linalg/random';
import { tridiagonalEigenvalues } from '../../src/linalg/tridiagonal-ql';

function symmetric(n: number, seed: number): Matrix<Float64Array> {
  const random = new Random(seed);
  const out = Matrix.zeros(n, n);
  for (let i = 0; i < n; i++) for (let j = 0; j <= i; j++) out.data[i * n + j] = out.data[j * n + i] = random.normal();
  return out;
}

describe('a symmetric matrix by way of a band', () => {
  test.each([
    [3, 2],
    [5, 2],
    [17, 4],
    [40, 8],
    [41, 8],
    [50, 24],
    [100, 16],
  ])('has the eigenvalues that it has directly: %i, band of %i', async (n, width) => {
    const a = symmetric(n, n);
    const { values } = await symmetricEigen(a);
    const { diagonal, offDiagonal } = chaseBand(await symmetricBand(a, width));
    const found = tridiagonalEigenvalues(diagonal, offDiagonal).reverse();
    for (const [k, value] of values.entries()) expect(Math.abs((found[k] as number) - value)).toBeLessThan(1e-12);
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

  test('stops when cancelled', async () => {
    await expect(symmetricBand(symmetric(30, 1), 4, AbortSignal.abort())).rejects.toThrow();
    const band = await symmetricBand(symmetric(30, 1), 4);
    expect(() => chaseBand(band, AbortSignal.abort())).toThrow();
  });
});
