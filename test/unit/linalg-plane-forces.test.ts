import fc from 'fast-check';
import { afterEach, expect, test, vi } from 'vitest';
import { Random } from '../../src/linalg/random';
import { limitAddresses } from './address-limit';

afterEach(() => {
  vi.restoreAllMocks();
  vi.resetModules();
});

test.each(['in WebAssembly', 'where addresses are limited, without'])(
  'forces of all pairs of points, %s',
  async (how) => {
    if (how !== 'in WebAssembly') limitAddresses();
    const { planeForces } = await import('../../src/linalg/plane-forces');
    const points = fc.record({ count: fc.integer({ min: 0, max: 23 }), size: fc.constantFrom(1e-4, 1, 30) });
    fc.assert(
      fc.property(points, ({ count, size }) => {
        const plane = planeForces(count);
        // Its memory comes in pages.
        expect(plane.x.buffer.byteLength % 65_536 === 0).toBe(how === 'in WebAssembly');
        const random = new Random(count);
        // Twice: nothing of the first sums may be left.
        for (let turn = 0; turn < 2; turn++) {
          for (let i = 0; i < count; i++) {
            plane.x[i] = size * random.normal();
            plane.y[i] = size * random.normal();
          }
          let expected = 0;
          const forces = [new Float64Array(count), new Float64Array(count)] as const;
          for (let i = 0; i < count; i++)
            for (let j = 0; j < count; j++) {
              if (i === j) continue;
              const [dx, dy] = [plane.x, plane.y].map((at) => (at[i] as number) - (at[j] as number)) as [
                number,
                number,
              ];
              const q = 1 / (1 + dx ** 2 + dy ** 2);
              expected += q / 2;
              for (const [axis, d] of [dx, dy].entries())
                (forces[axis] as Float64Array)[i] = ((forces[axis] as Float64Array)[i] as number) + q * q * d;
            }
          expect(Math.abs(plane.sum() - expected)).toBeLessThanOrEqual(1e-14 * expected);
          for (const [axis, own] of plane.forces.entries())
            for (let i = 0; i < count; i++)
              expect(Math.abs((own[i] as number) - (forces[axis]?.[i] as number))).toBeLessThan(1e-14 * count * size);
        }
      }),
    );
  },
);
