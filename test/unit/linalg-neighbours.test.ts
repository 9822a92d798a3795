import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { DistanceMetric } from '../../src/linalg/distances';
import { Lookahead } from '../../src/linalg/lookahead';
import { Matrix } from '../../src/linalg/matrix';
import { type NeighbourMetric, nearestNeighbours, neighbourBytes } from '../../src/linalg/neighbours';
import { squaredTile } from '../../src/linalg/pair-squares';
import { condensed, Points } from '../../src/linalg/points';
import { multiply } from '../../src/linalg/products';
import { Random } from '../../src/linalg/random';
import { reachabilityTree } from '../../src/linalg/reachability-tree';
import { rowSearch } from '../../src/linalg/row-neighbours';
import { svd } from '../../src/linalg/svd';

const METRICS: readonly NeighbourMetric[] = ['cosine', 'euclidean', 'inner'];

function normal(rows: number, columns: number, seed: number, offset = 0): Matrix<Float64Array> {
  const random = new Random(seed);
  return new Matrix(
    Float64Array.from({ length: rows * columns }, () => offset + random.normal()),
    rows,
    columns,
  );
}

/** Small integers: distances are exact, and ties abound. */
const grid = fc
  .tuple(fc.integer({ min: 2, max: 30 }), fc.integer({ min: 1, max: 4 }))
  .chain(([rows, columns]) =>
    fc
      .array(fc.integer({ min: -2, max: 2 }), { minLength: rows * columns, maxLength: rows * columns })
      .map((values) => new Matrix(Float64Array.from(values), rows, columns)),
  );

function squared(x: Matrix, i: number, j: number): number {
  let sum = 0;
  for (let k = 0; k < x.columns; k++) sum += (x.at(i, k) - x.at(j, k)) ** 2;
  return sum;
}

describe('nearestNeighbours', () => {
  test('lists nearest first, the lowest index among equals, and counts undecided rows', async () => {
    await fc.assert(
      fc.asyncProperty(grid, fc.nat(), async (x, seed) => {
        const k = 1 + (seed % (x.rows - 1));
        const { indices, tied } = await nearestNeighbours(x, k, 'euclidean');
        let undecided = 0;
        for (let i = 0; i < x.rows; i++) {
          const others = Array.from({ length: x.rows }, (_, j) => j).filter((j) => j !== i);
          others.sort((a, b) => squared(x, i, a) - squared(x, i, b) || a - b);
          expect([...indices.subarray(i * k, (i + 1) * k)]).toEqual(others.slice(0, k));
          const [last, next] = [others[k - 1] as number, others[k]];
          if (next !== undefined && squared(x, i, last) === squared(x, i, next)) undecided++;
        }
        expect(tied).toBe(undecided);
      }),
    );
  });

  test('equal cosines tie, however their directions are rounded', async () => {
    await fc.assert(
      fc.asyncProperty(grid, fc.nat(), async (x, seed) => {
        const k = 1 + (seed % (x.rows - 1));
        const { indices, tied } = await nearestNeighbours(x, k, 'cosine');
        const inner = (i: number, j: number) =>
          x.row(i).reduce((sum: number, v: number, c: number) => sum + v * x.at(j, c), 0);
        // The cosine with its sign, squared and without the length of row i: a ratio of small integers, compared crosswise.
        const farther = (i: number, a: number, b: number) => {
          const ratio = (j: number) => [Math.sign(inner(i, j)) * inner(i, j) ** 2, inner(j, j) || 1] as const;
          const [[p, q], [r, s]] = [ratio(a), ratio(b)];
          return r * q - p * s;
        };
        let undecided = 0;
        for (let i = 0; i < x.rows; i++) {
          const others = Array.from({ length: x.rows }, (_, j) => j).filter((j) => j !== i);
          others.sort((a, b) => farther(i, a, b) || a - b);
          expect([...indices.subarray(i * k, (i + 1) * k)]).toEqual(others.slice(0, k));
          const [last, next] = [others[k - 1] as number, others[k]];
          if (next !== undefined && farther(i, last, next) === 0) undecided++;
        }
        expect(tied).toBe(undecided);
      }),
    );
  });

  test('leaves a row out of its own list, not out of those of its duplicates', async () => {
    const x = normal(50, 30, 1);
    for (const copy of [20, 44]) x.row(copy).set(x.row(7));
    for (const metric of METRICS.slice(0, 2)) {
      const { indices, tied } = await nearestNeighbours(x, 2, metric);
      expect([...indices.subarray(14, 16)]).toEqual([20, 44]);
      expect([...indices.subarray(40, 42)]).toEqual([7, 44]);
      expect([...indices.subarray(88, 90)]).toEqual([7, 20]);
      // Whoever has one of the three as second neighbour has another as close.
      expect((await nearestNeighbours(x, 1, metric)).tied).toBeGreaterThanOrEqual(3);
      expect(tied).toBeLessThan(50);
    }
  });

  test.each([60, 900])('by cosine, of %i rows in a cone as narrow as 1e-7: those of the plane across it', async (n) => {
    const [across, k] = [normal(n, 6, 3), 4];
    const cone = new Matrix(new Float64Array(n * 7), n, 7);
    for (let i = 0; i < n; i++) cone.row(i).set([1, ...across.row(i).map((value) => 1e-7 * value)]);
    const wanted = await nearestNeighbours(across, k, 'euclidean');
    expect(await nearestNeighbours(cone, k, 'cosine')).toEqual(wanted);
    const search = rowSearch(cone.row(5), 5, k, 'cosine');
    search.add(cone, 0);
    const { rows, distances } = search.found();
    expect(rows).toEqual([...wanted.indices.subarray(5 * k, 6 * k)]);
    for (const [c, j] of rows.entries())
      expect((distances[c] as number) / 5e-15 / squared(across, 5, j)).toBeCloseTo(1, 12);
    // A row without a direction is as far from all as a right angle.
    const zero = new Matrix(Float64Array.of(...cone.data, ...new Float64Array(7)), n + 1, 7);
    const { indices } = await nearestNeighbours(zero, k, 'cosine');
    expect(indices.subarray(0, n * k)).toEqual(wanted.indices);
    expect([...indices.subarray(n * k)]).toEqual([0, 1, 2, 3]);
  });

  test('is as good as sorting all of 700 rows', async () => {
    const x = normal(700, 90, 2, 3);
    for (const metric of METRICS) {
      const { indices } = await nearestNeighbours(x, 5, metric);
      const products = await multiply(x, x, { transposeB: true });
      const value = (i: number, j: number) => {
        const inner = products.at(i, j);
        if (metric === 'inner') return inner;
        const lengths = [products.at(i, i), products.at(j, j)] as const;
        return metric === 'cosine' ? inner / Math.sqrt(lengths[0] * lengths[1]) : 2 * inner - lengths[0] - lengths[1];
      };
      for (let i = 0; i < 700; i += 23) {
        const others = Array.from({ length: 700 }, (_, j) => j).filter((j) => j !== i);
        others.sort((a, b) => value(i, b) - value(i, a));
        expect([...indices.subarray(5 * i, 5 * i + 5)]).toEqual(others.slice(0, 5));
      }
    }
  });

  test('is not changed by rotation, nor by very large or small units', async () => {
    const x = normal(60, 8, 3);
    const { u } = await svd(normal(8, 8, 4));
    for (const metric of METRICS) {
      const wanted = await nearestNeighbours(x, 7, metric);
      expect(await nearestNeighbours(await multiply(x, u), 7, metric)).toEqual(wanted);
      for (const unit of [1e150, 1e-150, 1e307, 1e-307]) {
        const scaled = new Matrix(
          x.data.map((value) => value * unit),
          60,
          8,
        );
        expect(await nearestNeighbours(scaled, 7, metric)).toEqual(wanted);
      }
    }
  });

  test('refuses a number of neighbours that there is not', async () => {
    for (const k of [0, 4, 1.5]) {
      await expect(nearestNeighbours(normal(4, 2, 5), k, 'cosine')).rejects.toThrow('from 1 to 3 other rows');
    }
  });

  test('stops when cancelled', async () => {
    const signal = AbortSignal.abort();
    await expect(nearestNeighbours(normal(9, 2, 6), 2, 'cosine', { signal })).rejects.toThrow();
  });
});

describe('nearestNeighbours of many rows, by single precision first', () => {
  const n = 3000;
  /** The nearest by sorting all, of some rows. */
  async function expectExact(x: Matrix, k: number, metric: NeighbourMetric) {
    const { indices } = await nearestNeighbours(x, k, metric);
    const rows = x.toDouble();
    const lengths = Float64Array.from({ length: n }, (_, i) => Math.hypot(...rows.row(i)));
    for (let i = 5; i < n; i += 599) {
      const far = (j: number) => {
        if (metric === 'euclidean') return squared(rows, i, j);
        const inner = rows.row(i).reduce((sum, value, c) => sum + value * rows.at(j, c), 0);
        return metric === 'inner' ? -inner : -inner / ((lengths[i] as number) * (lengths[j] as number));
      };
      const others = Array.from({ length: n }, (_, j) => j).filter((j) => j !== i);
      const values = new Map(others.map((j) => [j, far(j)]));
      others.sort((a, b) => (values.get(a) as number) - (values.get(b) as number) || a - b);
      expect([...indices.subarray(i * k, (i + 1) * k)], `${metric} ${i}`).toEqual(others.slice(0, k));
    }
  }

  test('finds what double precision finds', async () => {
    const x = normal(n, 5, 11, 3);
    for (const metric of METRICS) await expectExact(x, 7, metric);
  });

  test('and where single precision does not tell rows apart', async () => {
    // Differences of some 1e-5 beside lengths of one: the rows are then compared in double precision.
    const x = normal(n, 3, 12);
    for (let i = 0; i < n; i++) x.row(i).set(x.row(i).map((value, c) => (c === 0 ? 1 : 0) + 1e-5 * value + (i % 2)));
    await expectExact(x, 4, 'euclidean');
    await expectExact(x, 4, 'cosine');
  });

  test('and where it takes differences for zero beside what is the same in all rows', async () => {
    const x = normal(n, 9, 14);
    for (let i = 0; i < n; i++) x.row(i).set(x.row(i).map((value, c) => (c === 0 ? 1 : 1e-22 * value)));
    await expectExact(x, 4, 'euclidean');
  });

  test('of more neighbours than it looks for', async () => {
    for (const metric of METRICS) await expectExact(normal(n, 5, 15, 1), 400, metric);
  });

  test('with duplicates, the lowest index first', async () => {
    const x = normal(n, 4, 13);
    for (const copy of [900, 2999, 30]) x.row(copy).set(x.row(5));
    const { indices, tied } = await nearestNeighbours(x, 2, 'euclidean');
    expect([...indices.subarray(10, 12)]).toEqual([30, 900]);
    expect([...indices.subarray(2 * 2999)]).toEqual([5, 30]);
    expect(tied).toBeGreaterThanOrEqual(4);
  });
});

describe('squared distances of some rows from all', () => {
  const squaredDistances = async (x: Matrix, start: number, end: number) => {
    const points = new Points(x);
    const out = Matrix.zeros(end - start, x.rows);
    await squaredTile(points.block(start, end), points.block(0, x.rows), points.direct, out.data, {}, () => {});
    return out;
  };

  test('are exact for small integers', async () => {
    await fc.assert(
      fc.asyncProperty(grid, async (x) => {
        const d = await squaredDistances(x, 0, x.rows);
        for (let i = 0; i < x.rows; i++) for (let j = 0; j < x.rows; j++) expect(d.at(i, j)).toBe(squared(x, i, j));
      }),
    );
  });

  test('by products, beside an offset: accurate, never negative, zero between identical rows', async () => {
    const n = 1600;
    const x = normal(n, 200, 7, 1e4);
    x.row(9).set(x.row(1500));
    // All but the same row.
    x.row(10).set(x.row(1500).map((value) => value + 1e-6));
    const d = await squaredDistances(x, 8, 12);
    for (let i = 0; i < 4; i++) {
      for (let j = 0; j < n; j++) {
        const wanted = squared(x, 8 + i, j);
        expect(Math.abs(d.at(i, j) - wanted)).toBeLessThanOrEqual(1e-11 * wanted);
      }
    }
    expect([d.at(0, 8), d.at(1, 1500), d.at(1, 9)]).toEqual([0, 0, 0]);
  });

  test('by products are exact, too, for small integers', async () => {
    const random = new Random(8);
    const x = new Matrix(
      Float32Array.from({ length: 2300 * 100 }, () => random.integer(2)),
      2300,
      100,
    );
    const d = await squaredDistances(x, 1000, 1003);
    for (let i = 0; i < 3; i++) for (let j = 0; j < 2300; j++) expect(d.at(i, j)).toBe(squared(x, 1000 + i, j));
  });
});

describe('condensed', () => {
  test('has the upper triangle row by row, by products as one by one', async () => {
    const x = normal(1500, 230, 9);
    const few = x.slice(0, 90);
    for (const metric of ['euclidean', 'squared-euclidean', 'correlation', 'cosine'] as DistanceMetric[]) {
      const [all, some] = [await condensed(x, metric), await condensed(few, metric)];
      expect([all.length, some.length]).toEqual([(1500 * 1499) / 2, (90 * 89) / 2]);
      for (let i = 0, k = 0; i < 90; i++) {
        for (let j = i + 1; j < 90; j++, k++) {
          const other = all[i * 1500 - (i * (i + 1)) / 2 + j - i - 1] as number;
          expect(Math.abs((some[k] as number) - other)).toBeLessThan(1e-11);
        }
      }
    }
  });

  test('is not a number where a row has no direction', async () => {
    const x = Matrix.of([
      [1, 2, 4],
      [3, 3, 3],
      [0, 0, 0],
      [2, 4, 8],
    ]);
    const isDefined = async (metric: DistanceMetric) => Array.from(await condensed(x, metric), (d) => !Number.isNaN(d));
    expect(await isDefined('euclidean')).toEqual([true, true, true, true, true, true]);
    expect(await isDefined('cosine')).toEqual([true, false, true, false, true, false]);
    expect(await isDefined('correlation')).toEqual([false, false, true, false, false, false]);
    expect((await condensed(x, 'cosine'))[2]).toBeCloseTo(0, 15);
  });

  test('of one row is empty, and it stops when cancelled', async () => {
    expect((await condensed(normal(1, 3, 10), 'euclidean')).length).toBe(0);
    const signal = AbortSignal.abort();
    await expect(condensed(normal(9, 3, 10), 'cosine', { signal })).rejects.toThrow();
  });
});

test('what they take grows with the rows and with k, and is announced before', async () => {
  const x = new Matrix(new Float32Array(50_000 * 256), 50_000, 256);
  expect(neighbourBytes(x, 10)).toBeLessThan(300e6);
  const told: number[] = [];
  const refuse = (bytes: number) => {
    told.push(bytes);
    throw new Error('no room');
  };
  await expect(nearestNeighbours(x, 10, 'cosine', { reserve: refuse })).rejects.toThrow('no room');
  expect(told).toEqual([neighbourBytes(x, 10)]);
});

test('what is held ahead of a row is of that row, as long as it is held', async () => {
  const n = 200;
  const x = normal(n, 5, 3);
  const all = Int32Array.from({ length: n }, (_, i) => i);
  const lookahead = new Lookahead(x, new Int32Array(0));
  let held = 0;
  for (const i of all) {
    if (lookahead.held(i) === null) await lookahead.make(i, all.subarray(i + 1), new Float64Array(n));
    for (const j of all) {
      const bounds = lookahead.held(j);
      if (bounds === null) continue;
      held++;
      const [bound, distance] = [bounds[i] as number, squared(x, i, j)];
      expect(bound).toBeLessThanOrEqual(distance);
      expect(bound).toBeCloseTo(distance, 8);
    }
    // Half of what will be asked for is left to later batches, so that earlier ones have to go.
    if (i % 2 === 0) await lookahead.make(i, all.subarray(i + 1, i + 2), new Float64Array(n));
  }
  expect(held).toBeGreaterThan(n);
});

describe('the tree of mutual reachability', () => {
  /** Edges from the lightest on, where they join two parts: Kruskal. */
  function lightest(x: Matrix<Float64Array>, samples: number): { core: number[]; weights: number[] } {
    const n = x.rows;
    const all = Array.from({ length: n }, (_, i) => i);
    const d = all.map((i) => all.map((j) => Math.sqrt(squared(x, i, j))));
    const core = d.map((row) => row.toSorted((a, b) => a - b)[samples - 1] as number);
    const edges = all.flatMap((i) =>
      all.slice(0, i).map((j) => ({ i, j, w: Math.max(d[i]?.[j] as number, core[i] as number, core[j] as number) })),
    );
    const part = [...all];
    const weights: number[] = [];
    for (const { i, j, w } of edges.sort((a, b) => a.w - b.w)) {
      const [to, from] = [part[i] as number, part[j] as number];
      if (to === from) continue;
      for (const k of all) if (part[k] === from) part[k] = to;
      weights.push(w);
    }
    return { core, weights };
  }

  test.each([
    { columns: 3, samples: 4 },
    { columns: 80, samples: 1 },
    { columns: 80, samples: 5 },
    { columns: 80, samples: 90 },
  ])('is the lightest of rows in crowds, $columns columns, core of $samples', async ({ columns, samples }) => {
    const [x, centres] = [normal(400, columns, 1, 5), normal(8, columns, 2)];
    for (let i = 0; i < x.rows; i++)
      for (let j = 0; j < columns; j++)
        x.data[i * columns + j] = x.at(i, j) + (2 + (i % 3)) * centres.at((i * 5) % 8, j);
    const wanted = lightest(x, samples);
    const { core, weight, from, to } = await reachabilityTree(x, samples);
    for (let i = 0; i < x.rows; i++) expect(core[i]).toBeCloseTo(samples === 1 ? 0 : (wanted.core[i] as number), 10);
    for (const [k, value] of weight.toSorted().entries()) expect(value).toBeCloseTo(wanted.weights[k] as number, 10);
    for (const [k, value] of weight.entries()) {
      const [i, j] = [from[k] as number, to[k] as number];
      const own = Math.max(Math.sqrt(squared(x, i, j)), core[i] as number, core[j] as number);
      expect(value).toBeCloseTo(own, 10);
    }
  });
});
