import { afterEach, describe, expect, test, vi } from 'vitest';
import { heatTrace } from '../../src/linalg/heat-trace';
import { Kernels } from '../../src/linalg/kernels';
import { symmetrised } from '../../src/methods/transform/neighbour-graph';
import { limitAddresses } from './address-limit';

const times = [0.1, 0.5, 1, 3, 10];

/** tr e^(-tL) / n from eigenvalues that are known. */
const known = (values: readonly number[]) =>
  times.map((t) => values.reduce((sum, value) => sum + Math.exp(-t * value), 0) / values.length);

/** With an edge between rows i < j wherever they are `joined`. */
const graph = (n: number, joined: (i: number, j: number) => boolean) => {
  const rows = Array.from({ length: n }, (_, i) => i);
  const ends = rows.map((i) => rows.filter((j) => i !== j && joined(Math.min(i, j), Math.max(i, j))));
  return {
    offsets: Int32Array.from([...rows, n], (i) => ends.slice(0, i).flat().length),
    indices: Int32Array.from(ends.flat()),
  };
};
const ring = (n: number) => graph(n, (i, j) => j - i === 1 || j - i === n - 1);
/** Not all rows have as many edges. */
const path = (n: number) => graph(n, (i, j) => j - i === 1);
const complete = (n: number) => graph(n, () => true);

test('edges of nearest neighbours are of both rows, once', () => {
  const near = { n: 4, k: 1, indices: Int32Array.of(1, 0, 0, 2) };
  const { offsets, indices, values } = symmetrised(near, new Float64Array(4).fill(1), () => 1);
  const rows = Array.from({ length: 4 }, (_, i) => Array.from(indices.subarray(offsets[i], offsets[i + 1]).sort()));
  expect(rows).toEqual([[1, 2], [0], [0, 3], [2]]);
  expect(values).toEqual(new Float64Array(6).fill(1));
});

describe.each(['in WebAssembly', 'where addresses are limited, without'])('the trace of heat, %s', (how) => {
  afterEach(() => vi.restoreAllMocks());

  test.each([3, 8, 10, 41])('on rings, paths and complete graphs of %i rows', async (n) => {
    if (how !== 'in WebAssembly') limitAddresses();
    const around = known(Array.from({ length: n }, (_, j) => 1 - Math.cos((2 * Math.PI * j) / n)));
    const everywhere = known(Array.from({ length: n }, (_, j) => (j === 0 ? 0 : n / (n - 1))));
    const along = known(Array.from({ length: n }, (_, j) => 1 - Math.cos((Math.PI * j) / (n - 1))));
    for (const [edges, expected] of [
      [ring(n), around],
      [path(n), along],
      [complete(n), everywhere],
    ] as const) {
      // Whatever is idle is lent meanwhile.
      const found = await Kernels.lend(1, () => heatTrace(edges, times));
      for (const [i, value] of expected.entries()) expect((found[i] as number) / value).toBeCloseTo(1, 13);
    }
  });
});

test('stops when cancelled', async () => {
  await expect(heatTrace(ring(5), times, AbortSignal.abort())).rejects.toThrow();
});
