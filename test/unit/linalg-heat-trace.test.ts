import { afterEach, describe, expect, test, vi } from 'vitest';
import { edgesOf, heatTrace } from '../../src/linalg/heat-trace';
import { Kernels } from '../../src/linalg/kernels';
import { limitAddresses } from './address-limit';

const times = [0.1, 0.5, 1, 3, 10];

/** tr e^(-tL) / n from eigenvalues that are known. */
const known = (values: readonly number[]) =>
  times.map((t) => values.reduce((sum, value) => sum + Math.exp(-t * value), 0) / values.length);

const ring = (n: number) =>
  edgesOf(
    Array.from({ length: n }, (_, i) => (i + 1) % n),
    1,
  );
/** Not all rows have as many edges. */
const path = (n: number) =>
  edgesOf(
    Array.from({ length: n }, (_, i) => (i === 0 ? 1 : i - 1)),
    1,
  );
const complete = (n: number) =>
  edgesOf(
    Array.from({ length: n * (n - 1) }, (_, e) => (Math.floor(e / (n - 1)) + 1 + (e % (n - 1))) % n),
    n - 1,
  );

test('edges are of both rows, once', () => {
  const { starts, ends } = edgesOf([1, 0, 0, 2], 1);
  expect([Array.from(starts), Array.from(ends)]).toEqual([
    [0, 2, 3, 5, 6],
    [1, 2, 0, 0, 3, 2],
  ]);
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
