import fc from 'fast-check';
import { afterEach, expect, test, vi } from 'vitest';
import { Random } from '../../src/linalg/random';
import { limitAddresses } from './address-limit';

afterEach(() => {
  vi.restoreAllMocks();
  vi.resetModules();
});

test.each(['in WebAssembly', 'where addresses are limited, without'])('a step of majorisation, %s', async (how) => {
  if (how !== 'in WebAssembly') limitAddresses();
  const { stressStep } = await import('../../src/linalg/stress-step');
  const cases = fc.record({
    count: fc.integer({ min: 0, max: 23 }),
    dimensions: fc.constantFrom(2 as const, 3 as const),
    // Some points lie on each other.
    grid: fc.constantFrom(0, 2, 1000),
    size: fc.constantFrom(1e-100, 1, 1e9),
  });
  fc.assert(
    fc.property(cases, ({ count, dimensions, grid, size }) => {
      const made = stressStep(count, dimensions);
      // Its memory comes in pages.
      expect((made.points[0] as Float64Array).buffer.byteLength % 65_536 === 0).toBe(how === 'in WebAssembly');
      const random = new Random(count);
      // Twice: nothing of the first sums may be left.
      for (let turn = 0; turn < 2; turn++) {
        for (const along of made.points) for (let i = 0; i < count; i++) along[i] = size * random.integer(grid + 1);
        const given = Float64Array.from({ length: count * count }, () => size * random.uniform());
        let [stress, squares] = [0, 0];
        const moved = made.points.map(() => new Float64Array(count));
        for (let i = 0; i < count; i++)
          for (let j = 0; j < count; j++) {
            if (i === j) continue;
            const apart = made.points.map((along) => (along[i] as number) - (along[j] as number));
            const distance = Math.hypot(...apart);
            const delta = given[Math.min(i, j) * count + Math.max(i, j)] as number;
            stress += (delta - distance) ** 2 / 2;
            squares += distance ** 2 / 2;
            // A quotient of 0 and 0 counts as none.
            for (const [axis, d] of apart.entries())
              if (distance > 0)
                (moved[axis] as Float64Array)[i] =
                  ((moved[axis] as Float64Array)[i] as number) + ((delta / distance) * d) / count;
          }
        const found = made.step(given);
        expect(Math.abs(found.stress - stress)).toBeLessThanOrEqual(1e-13 * stress);
        expect(Math.abs(found.squares - squares)).toBeLessThanOrEqual(1e-13 * squares);
        for (const [axis, own] of made.moved.entries())
          for (let i = 0; i < count; i++)
            expect(Math.abs((own[i] as number) - (moved[axis]?.[i] as number))).toBeLessThanOrEqual(
              1e-13 * count * size,
            );
      }
    }),
  );
});
