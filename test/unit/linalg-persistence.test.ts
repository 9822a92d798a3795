import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Matrix } from '../../src/linalg/matrix';
import { type Bar, holes } from '../../src/linalg/persistence';
import { Random } from '../../src/linalg/random';

function distancesOf(points: readonly (readonly [number, number])[]): Matrix {
  return Matrix.of(points.map((a) => points.map((b) => Math.hypot(a[0] - b[0], a[1] - b[1]))));
}

function polygon(n: number, x = 0): [number, number][] {
  return Array.from({ length: n }, (_, k) => [x + Math.cos((2 * Math.PI * k) / n), Math.sin((2 * Math.PI * k) / n)]);
}

/** The boundaries of all triangles, reduced: nothing is left out and nothing implicit. */
function byBoundaries(d: Matrix): Bar[] {
  const n = d.rows;
  const edges: [number, number][] = [];
  for (let i = 0; i < n; i++) for (let j = i + 1; j < n; j++) edges.push([i, j]);
  edges.sort((a, b) => d.at(...a) - d.at(...b));
  const place = new Map(edges.map(([i, j], k) => [i * n + j, k]));
  const triangles: number[][] = [];
  for (let i = 0; i < n; i++)
    for (let j = i + 1; j < n; j++)
      for (let k = j + 1; k < n; k++)
        triangles.push([i * n + j, i * n + k, j * n + k].map((e) => place.get(e) as number).sort((a, b) => b - a));
  triangles.sort((a, b) => (a[0] as number) - (b[0] as number));
  const columns = new Map<number, Set<number>>();
  const bars: Bar[] = [];
  for (const triangle of triangles) {
    const column = new Set(triangle);
    for (;;) {
      if (column.size === 0) break;
      const low = Math.max(...column);
      const other = columns.get(low);
      if (!other) {
        columns.set(low, column);
        const [birth, death] = [
          d.at(...(edges[low] as [number, number])),
          d.at(...(edges[triangle[0] as number] as [number, number])),
        ];
        if (death > birth) bars.push({ birth, death });
        break;
      }
      for (const e of other) if (!column.delete(e)) column.add(e);
    }
  }
  return bars.sort((a, b) => b.death - b.birth - (a.death - a.birth) || a.birth - b.birth);
}

describe('holes', () => {
  test('a square has one, from its side to its diagonal; a hexagon from its side to that of its triangle', () => {
    const square = holes(
      distancesOf([
        [0, 0],
        [1, 0],
        [1, 1],
        [0, 1],
      ]),
    );
    expect(square).toEqual([{ birth: 1, death: Math.SQRT2 }]);
    const [hexagon, ...others] = holes(distancesOf(polygon(6)));
    expect(hexagon?.birth).toBeCloseTo(1, 12);
    expect(hexagon?.death).toBeCloseTo(Math.sqrt(3), 12);
    expect(others.every(({ birth, death }) => death - birth < 1e-12)).toBe(true);
  });

  test('two circles far apart have two', () => {
    const bars = holes(distancesOf([...polygon(20), ...polygon(30, 10)]));
    expect(bars.filter(({ birth, death }) => death - birth > 0.5)).toHaveLength(2);
  });

  test('of any distances are those of the whole boundary matrix', () =>
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 14 }), fc.integer(), fc.constantFrom(3, 1e6), (n, seed, values) => {
        const random = new Random(seed);
        const d = Matrix.zeros(n, n);
        // Not metric, and with many equal ones: neither matters.
        for (let i = 0; i < n; i++)
          for (let j = i + 1; j < n; j++) d.data[i * n + j] = d.data[j * n + i] = random.integer(values);
        expect(holes(d)).toEqual(byBoundaries(d));
      }),
    ));
});
