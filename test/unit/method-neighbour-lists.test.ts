import { expect, test } from 'vitest';
import { Matrix } from '../../src/linalg/matrix';
import { Random } from '../../src/linalg/random';
import { cycleKnn } from '../../src/methods/compare/cycle-knn';
import { overlapVariance } from '../../src/methods/compare/neighbour-lists';
import { runMethod } from './run-method';

/** Others of each row, drawn at random. */
function lists(rows: number, k: number, random: Random): Int32Array {
  const out = new Int32Array(rows * k);
  for (let i = 0; i < rows; i++)
    out.set(
      random.sample(rows - 1, k).map((j) => (j < i ? j : j + 1)),
      i * k,
    );
  return out;
}

/** Neighbours that two lists share, the rows of the second renamed. */
function shared(a: Int32Array, b: Int32Array, k: number, renamed: readonly number[]): number {
  let count = 0;
  for (const [i, to] of renamed.entries()) {
    const other = Array.from(b.subarray(i * k, i * k + k), (j) => renamed[j] as number);
    for (const j of a.subarray(to * k, to * k + k)) if (other.includes(j)) count++;
  }
  return count;
}

function permutations(items: readonly number[]): number[][] {
  return items.length < 2
    ? [[...items]]
    : items.flatMap((one) => permutations(items.filter((other) => other !== one)).map((rest) => [one, ...rest]));
}

test('the variance of what lists share is that over all pairings of the rows', () => {
  const [rows, k, random] = [6, 2, new Random(5)];
  const [a, b] = [lists(rows, k, random), lists(rows, k, random)];
  const counts = permutations([...Array(rows).keys()]).map((renamed) => shared(a, b, k, renamed));
  const mean = counts.reduce((sum, count) => sum + count, 0) / counts.length;
  const variance = counts.reduce((sum, count) => sum + (count - mean) ** 2, 0) / counts.length;
  expect(overlapVariance(a, b, rows, k)).toBeCloseTo(variance, 12);
});

test('a thousand neighbours take no square of them for each row', { timeout: 20_000 }, async () => {
  const [rows, k, random] = [4000, 1000, new Random(1)];
  expect(overlapVariance(lists(rows, k, random), lists(rows, k, random), rows, k)).toBeGreaterThan(0);
  const [x, y] = [0, 1].map(
    () =>
      new Matrix(
        Float64Array.from({ length: 2 * rows }, () => random.uniform() - 0.5),
        rows,
        2,
      ),
  ) as [Matrix, Matrix];
  const { values } = await runMethod(cycleKnn, [x, y], { neighbours: k });
  expect(values).toEqual({ similarity: 1, reverse: 1 });
});
