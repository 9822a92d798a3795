import { expect, test } from 'vitest';
import type { Matrix } from '../../src/linalg/matrix';
import { gram } from '../../src/linalg/products';
import { Random } from '../../src/linalg/random';
import { tridiagonalEigenvalues } from '../../src/linalg/tridiagonal-ql';
import { tridiagonalVectors } from '../../src/linalg/tridiagonal-vectors';
import { farthest, identity } from './matrices';

const random = new Random(3);
const draws = (n: number, of = () => random.normal()) => Float64Array.from({ length: n }, of);
/** Wilkinson's, of 21 rows each, whose eigenvalues come in pairs closer than rounding, joined by so much. */
const wilkinson = (blocks: number, joint: number) =>
  [
    Float64Array.from({ length: 21 * blocks }, (_, i) => Math.abs((i % 21) - 10) / 10),
    Float64Array.from({ length: 21 * blocks - 1 }, (_, i) => (i % 21 === 20 ? joint : 0.1)),
  ] as const;

const MATRICES: Readonly<Record<string, readonly [diagonal: Float64Array, offDiagonal: Float64Array]>> = {
  'of one row': [Float64Array.of(3), new Float64Array()],
  'that is drawn': [draws(400), draws(399)],
  'that is graded': [Float64Array.from({ length: 200 }, (_, i) => 10 ** (-i / 12)), draws(199, () => 1e-9)],
  'of the second difference': [new Float64Array(300).fill(2), new Float64Array(299).fill(-1)],
  "of one of Wilkinson's": wilkinson(1, 0),
  "of ten of Wilkinson's, apart": wilkinson(10, 0),
  "of ten of Wilkinson's, glued": wilkinson(10, 1e-11),
  'that is the identity': [new Float64Array(150).fill(1), new Float64Array(149)],
  'that has equal values but for rounding': [new Float64Array(150).fill(1), draws(149, () => 1e-15 * random.normal())],
};

test.each(Object.entries(MATRICES))('the leading vectors of a matrix %s', async (_, [diagonal, offDiagonal]) => {
  const n = diagonal.length;
  const values = tridiagonalEigenvalues(diagonal, offDiagonal).slice(-Math.ceil(n / 8));
  const vectors = tridiagonalVectors(diagonal, offDiagonal, values) as Matrix<Float64Array>;
  expect(farthest(await gram(vectors), identity(values.length))).toBeLessThan(1e-14);
  for (const [k, value] of values.entries()) {
    const v = vectors.row(k);
    for (let i = 0; i < n; i++) {
      const beside =
        (i > 0 ? (offDiagonal[i - 1] as number) * (v[i - 1] as number) : 0) +
        (i + 1 < n ? (offDiagonal[i] as number) * (v[i + 1] as number) : 0);
      expect(Math.abs(((diagonal[i] as number) - value) * (v[i] as number) + beside)).toBeLessThan(1e-13);
    }
  }
});

test('a number that is no eigenvalue has no vector', () => {
  const [diagonal, offDiagonal] = MATRICES['that is drawn'] as (typeof MATRICES)[string];
  expect(tridiagonalVectors(diagonal, offDiagonal, Float64Array.of(100))).toBeNull();
  expect(tridiagonalVectors(Float64Array.of(0, 0), Float64Array.of(0), Float64Array.of(0, 0))).toBeNull();
});
