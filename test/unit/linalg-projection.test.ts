import { describe, expect, test } from 'vitest';
import { approximateNeighbours } from '../../src/linalg/approximate-neighbours';
import { symmetricEigen } from '../../src/linalg/eigen';
import { Transform2d, transformLength } from '../../src/linalg/fft';
import { leadingEigen } from '../../src/linalg/lanczos';
import { leastOf } from '../../src/linalg/least';
import { Matrix } from '../../src/linalg/matrix';
import { nearestNeighbours } from '../../src/linalg/neighbours';
import { multiply } from '../../src/linalg/products';
import { Random } from '../../src/linalg/random';

function gaussian(rows: number, columns: number, seed: number): Matrix<Float64Array> {
  const random = new Random(seed);
  return new Matrix(
    Float64Array.from({ length: rows * columns }, () => random.normal()),
    rows,
    columns,
  );
}

/** Of squared distances in float32 between rows whose squares are some thousands. */
const ROUNDING = 2e-3;

/** Share of the true neighbours in lists. */
function recallOf(found: Int32Array, truth: Int32Array, k: number): number {
  let same = 0;
  for (let i = 0; i < truth.length / k; i++) {
    const own = new Set(truth.subarray(i * k, (i + 1) * k));
    expect(new Set(found.subarray(i * k, (i + 1) * k)).size).toBe(k);
    for (let c = 0; c < k; c++) if (own.has(found[i * k + c] as number)) same++;
  }
  return same / truth.length;
}

describe('approximate neighbours', () => {
  test('find what they say they find, with few cells searched where the data have few dimensions', async () => {
    const x = await multiply(gaussian(3000, 3, 1), gaussian(3, 20, 2));
    const truth = (await nearestNeighbours(x, 10, 'euclidean')).indices;
    const found = await approximateNeighbours(x, 10, 'euclidean', { random: new Random(3), recall: 0.98 });
    expect(found.probes).toBeLessThan(found.cells / 4);
    expect(found.recall).toBeGreaterThanOrEqual(0.98);
    expect(Math.abs(recallOf(found.indices, truth, 10) - found.recall)).toBeLessThan(0.01);
    const again = await approximateNeighbours(x, 10, 'euclidean', { random: new Random(3), recall: 0.98 });
    expect(again.indices).toEqual(found.indices);
  });

  test('of crowds as dense as others are sparse, beside rows that repeat: as many, nearest first', async () => {
    const x = await multiply(gaussian(3000, 3, 7), gaussian(3, 12, 8));
    for (let i = 0; i < 3000; i++)
      x.row(i).set(i < 40 ? x.row(40) : x.row(i).map((value, c) => (i % 3) * 20 * (c % 2) + value * 0.3 ** (i % 3)));
    const k = 12;
    const truth = (await nearestNeighbours(x, k, 'euclidean')).indices;
    const { indices, ...found } = await approximateNeighbours(x, k, 'euclidean', { random: new Random(9) });
    expect(found.probes).toBeLessThan(found.cells / 4);
    const far = (i: number, j: number) => x.row(i).reduce((sum, value, c) => sum + (value - x.at(j, c)) ** 2, 0);
    let [same, size] = [0, 0];
    for (let i = 0; i < 3000; i++) {
      const others = [...indices.subarray(i * k, (i + 1) * k)];
      expect(new Set(others.concat(i)).size).toBe(k + 1);
      const bound = far(i, truth[(i + 1) * k - 1] as number) + ROUNDING;
      same += others.filter((j) => far(i, j) <= bound).length;
      size += k;
      for (let c = 1; c < k; c++)
        expect(far(i, others[c] as number)).toBeGreaterThan(far(i, others[c - 1] as number) - ROUNDING);
    }
    expect(same / size).toBeGreaterThan(0.97);
  });

  test('compare all pairs where nothing less would do', async () => {
    const x = gaussian(400, 60, 4);
    for (const metric of ['euclidean', 'cosine'] as const) {
      const truth = (await nearestNeighbours(x, 8, metric)).indices;
      const found = await approximateNeighbours(x, 8, metric, { random: new Random(5), recall: 1 });
      expect([found.recall, found.cells]).toEqual([1, 1]);
      expect(recallOf(found.indices, truth, 8)).toBeGreaterThan(0.999);
    }
  });

  test('of rows that repeat are other rows', async () => {
    const x = new Matrix(new Float32Array(300), 100, 3);
    const { indices } = await approximateNeighbours(x, 5, 'euclidean', { random: new Random(0) });
    for (let i = 0; i < 100; i++) expect(indices.subarray(5 * i, 5 * i + 5)).not.toContain(i);
    await expect(approximateNeighbours(x, 100, 'euclidean', { random: new Random(0) })).rejects.toThrow(/1 to 99/);
  });
});

test('the least values are in order, ties by place', () => {
  const [places, least] = [new Int32Array(3), new Float64Array(3)];
  expect(leastOf(Float64Array.of(5, 1, 2, 1, 9, 0), 5, 2, 3, places, least)).toBe(3);
  expect([...places, ...least]).toEqual([1, 3, 0, 1, 1, 5]);
  expect(leastOf(Float64Array.of(5, 1), 2, 0, 3, places, least)).toBe(1);
});

test('leading eigenpairs are those of the whole matrix', async () => {
  const b = gaussian(150, 150, 6);
  const a = Matrix.zeros(150, 150);
  for (let i = 0; i < 150; i++) for (let j = 0; j < 150; j++) a.data[i * 150 + j] = b.at(i, j) + b.at(j, i);
  const apply = (v: Float64Array, out: Float64Array) => {
    for (let i = 0; i < 150; i++) out[i] = a.row(i).reduce((sum, value, j) => sum + value * (v[j] as number), 0);
  };
  const whole = await symmetricEigen(a);
  const { values, vectors, settled } = await leadingEigen(150, apply, 4, new Random(7), { tolerance: 1e-11 });
  expect(settled).toBe(true);
  for (let c = 0; c < 4; c++) {
    expect(values[c]).toBeCloseTo(whole.values[c] as number, 8);
    const along = vectors.column(c).reduce((sum, value, i) => sum + value * whole.vectors.at(i, c), 0);
    expect(Math.abs(along)).toBeCloseTo(1, 8);
  }
  // An operator of few different eigenvalues, whose Krylov space ends early.
  const two = await leadingEigen(60, (v, out) => void out.set(v.map((x, i) => (i < 2 ? 3 * x : x))), 3, new Random(8));
  expect(Array.from(two.values, (value) => Number(value.toFixed(9)))).toEqual([3, 3, 1]);
});

test('transforms are sums of waves, and come back', () => {
  expect([1, 5, 6, 7, 50, 96, 97].map(transformLength)).toEqual([1, 6, 6, 8, 64, 96, 128]);
  for (const n of [6, 8, 24]) {
    const [re, im] = [gaussian(n, n, 9).data, gaussian(n, n, 10).data];
    // Below the fifth row there is nothing.
    re.fill(0, 5 * n);
    im.fill(0, 5 * n);
    const [a, b] = [re.slice(), im.slice()];
    const transform = new Transform2d(n);
    transform.transform(a, b, 5, false);
    for (const [u, v] of [[1, 2] as const, [n - 1, 3] as const]) {
      let [x, y] = [0, 0];
      for (let k = 0; k < n * n; k++) {
        const angle = (-2 * Math.PI * (u * Math.floor(k / n) + v * (k % n))) / n;
        x += (re[k] as number) * Math.cos(angle) - (im[k] as number) * Math.sin(angle);
        y += (re[k] as number) * Math.sin(angle) + (im[k] as number) * Math.cos(angle);
      }
      expect(a[u * n + v]).toBeCloseTo(x, 10);
      expect(b[u * n + v]).toBeCloseTo(y, 10);
    }
    transform.transform(a, b, 5, true);
    for (let k = 0; k < 5 * n; k++) expect((a[k] as number) / n / n).toBeCloseTo(re[k] as number, 11);
  }
  expect(() => new Transform2d(10)).toThrow(/neither a power of two/);
});
