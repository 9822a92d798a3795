/** Rotations where one row, or some units, outweigh all others: identities of a space and its turned copy. */
import { describe, expect, test } from 'vitest';
import { Matrix } from '../../src/linalg/matrix';
import { multiply } from '../../src/linalg/products';
import { qr } from '../../src/linalg/qr';
import { Random } from '../../src/linalg/random';
import { catalogue } from '../../src/methods/catalogue';
import type { Method, RowStream } from '../../src/methods/method';
import { contextFor, runMethod } from '../unit/run-method';

const ROWS = 50;
const method = (id: string) => catalogue.find((one) => one.id === id) as Method;

function normal(rows: number, columns: number, seed: number): Matrix<Float64Array> {
  const random = new Random(seed);
  return new Matrix(
    Float64Array.from({ length: rows * columns }, () => random.normal()),
    rows,
    columns,
  );
}

/** Orthonormal rows, p x q. */
async function turn(p: number, q: number): Promise<Matrix<Float64Array>> {
  const identity = Matrix.zeros(p, p);
  for (let k = 0; k < p; k++) identity.data[k * (p + 1)] = 1;
  return (await (await qr(normal(q, p, 9), 1)).times(identity)).transpose();
}

function farRow(columns: number, times: number): Matrix<Float64Array> {
  const x = normal(ROWS, columns, 1);
  for (let j = 0; j < columns; j++) x.data[7 * columns + j] = times * x.at(7, j);
  return x;
}

describe.each([
  [5, 5],
  [5, 7],
  [7, 60],
  [60, 70],
])('%i units turned into %i', (p, q) => {
  test.each([1e8, 1e12])('with one row %d times as far as others', async (times) => {
    const x = farRow(p, times);
    const y = (await multiply(x, await turn(p, q), {})) as Matrix<Float64Array>;
    for (const pair of [
      [x, y],
      [y, x],
    ] as const) {
      const { values } = await runMethod(method('aligned-cosine'), pair, { centre: false });
      expect(values.similarity).toBeCloseTo(1, 12);
      const { distance } = (await runMethod(method('procrustes-size-and-shape'), pair)).values;
      expect(Number(distance) / times).toBeLessThan(1e-13);
      expect((await runMethod(method('procrustes'), pair)).values.distance).toBeLessThan(1e-13);
    }
  });
});

test('directions that only one of them has are carried where the other has none', async () => {
  // Columns are orthogonal: what is left is the third of X, whatever its size.
  const x = Matrix.of(
    [1, -1, 1, -1].map((a, i) => [1e6 * a, [1, 1, -1, -1][i] as number, [1, -1, -1, 1][i] as number]),
  );
  const y = new Matrix(
    x.data.map((value, k) => (k % 3 === 2 ? 0 : value)),
    4,
    3,
  );
  const wide = (await multiply(y, await turn(3, 6), {})) as Matrix<Float64Array>;
  expect((await runMethod(method('procrustes-size-and-shape'), [x, wide])).values.distance).toBeCloseTo(2, 8);
});

test('read in blocks, a rotation that a far row hides is said to be unknown', async () => {
  for (const [times, said] of [
    [10, false],
    [1e9, true],
  ] as const) {
    const x = farRow(5, times);
    const y = await multiply(x, await turn(5, 7), {});
    const stream: RowStream = {
      ...{ inputs: [5, 7].map((columns, k) => ({ name: 'xy'[k] as string, columns, isDouble: true })) },
      ...{ rows: ROWS, first: 0, room: 1e8, blockBytes: () => 1 },
      async *blocks() {
        yield { matrices: [x, y], index: Int32Array.from({ length: ROWS }, (_, i) => i), passed: ROWS };
      },
    };
    const found = await method('aligned-cosine').stream?.(stream, { centre: false }, contextFor(ROWS));
    expect(found?.warnings?.some((warning) => warning.startsWith(`${ROWS - 1} of ${ROWS} rows lie along`))).toBe(said);
  }
});
