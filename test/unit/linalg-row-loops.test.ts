import fc from 'fast-check';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { Random } from '../../src/linalg/random';
import { limitAddresses } from './address-limit';

afterEach(() => {
  vi.restoreAllMocks();
  vi.resetModules();
});

describe.each(['in WebAssembly', 'where addresses are limited, without'])('loops over rows, %s', (how) => {
  async function loopsOf(width: number) {
    if (how !== 'in WebAssembly') limitAddresses();
    const { rowLoops } = await import('../../src/linalg/row-loops');
    return rowLoops(width);
  }

  test('add rows less a row, and take two rows from each', async () => {
    const shape = fc.record({ rows: fc.integer({ min: 0, max: 9 }), width: fc.integer({ min: 1, max: 21 }) });
    await fc.assert(
      fc.asyncProperty(shape, async ({ rows, width }) => {
        const loops = await loopsOf(width);
        const random = new Random(rows * 100 + width);
        const count = rows * width;
        for (const part of [loops.block, ...loops.vectors])
          for (let k = 0; k < Math.min(part.length, count + width); k++) part[k] = random.normal();
        const block = loops.block.slice(0, count + width);
        const [first, second] = loops.vectors.map((vector) => vector.slice()) as [Float64Array, Float64Array];
        loops.subtractFromRows(count);
        const wanted = block.map((value, k) =>
          k < count ? value - (first[k % width] as number) - (second[k % width] as number) : value,
        );
        expect(loops.block.slice(0, count + width)).toEqual(wanted);
        loops.block.set(block);
        loops.addRows(count);
        expect(loops.vectors[0]).toEqual(first);
        for (let j = 0; j < width; j++) {
          let sum = second[j] as number;
          for (let i = 0; i < rows; i++) sum += (block[i * width + j] as number) - (first[j] as number);
          expect(loops.vectors[1][j]).toBeCloseTo(sum, 12);
        }
      }),
      { numRuns: 60 },
    );
  });

  test('add squares of rows less a row, and standardise rows', async () => {
    for (const [rows, width] of [
      [0, 3],
      [1, 1],
      [5, 4],
      [4, 21],
    ] as const) {
      const loops = await loopsOf(width);
      const random = new Random(width);
      const count = rows * width;
      for (const part of [loops.block, ...loops.vectors])
        for (let k = 0; k < Math.min(part.length, count + width); k++) part[k] = random.normal();
      const block = loops.block.slice(0, count + width);
      const [first, second] = loops.vectors.map((vector) => vector.slice()) as [Float64Array, Float64Array];
      loops.addSquares(count);
      for (let j = 0; j < width; j++) {
        let sum = second[j] as number;
        for (let i = 0; i < rows; i++) sum += ((block[i * width + j] as number) - (first[j] as number)) ** 2;
        expect(loops.vectors[1][j]).toBeCloseTo(sum, 12);
      }
      expect(loops.vectors[0]).toEqual(first);
      expect(loops.block.slice(0, count + width)).toEqual(block);
      loops.vectors[1].set(second);
      loops.standardise(count);
      const wanted = block.map((value, k) =>
        k < count ? (value - (first[k % width] as number)) / (second[k % width] as number) : value,
      );
      expect(loops.block.slice(0, count + width)).toEqual(wanted);
    }
  });

  test('sum squares of rows and their products with a vector, and divide rows', async () => {
    // Rows of 128 values and more are summed in runs.
    for (const [rows, width] of [
      [0, 3],
      [7, 1],
      [5, 4],
      [4, 21],
      [3, 128],
      [2, 391],
      [1, 9000],
    ] as const) {
      const loops = await loopsOf(width);
      const random = new Random(width);
      const count = rows * width;
      for (const part of [loops.block, loops.vectors[0]])
        for (let k = 0; k < Math.min(part.length, count + width); k++) part[k] = random.normal();
      loops.sums.fill(-1);
      const [block, first] = [loops.block.slice(), loops.vectors[0].slice()];
      const row = (i: number) => block.subarray(i * width, (i + 1) * width);
      const untouched = () => expect([...loops.sums.subarray(rows)].every((sum) => sum === -1)).toBe(true);
      loops.squareRows(count);
      for (let i = 0; i < rows; i++)
        expect(loops.sums[i]).toBeCloseTo(
          row(i).reduce((sum, value) => sum + value ** 2, 0),
          10,
        );
      untouched();
      loops.projectRows(count);
      for (let i = 0; i < rows; i++)
        expect(loops.sums[i]).toBeCloseTo(
          row(i).reduce((sum, value, j) => sum + value * (first[j] as number), 0),
          10,
        );
      untouched();
      expect(loops.block).toEqual(block);
      const sums = loops.sums.slice();
      loops.divideRows(count);
      expect(loops.block).toEqual(
        block.map((value, k) => (k < count ? value / (sums[Math.floor(k / width)] as number) : value)),
      );
    }
  });

  test('give powers of e within two units in the last place, and zero where there is no normal number', async () => {
    const loops = await loopsOf(7);
    const count = 7 * Math.floor(loops.block.length / 7);
    // Up to 700 either way, with every power of two on the way, and far below.
    const powers = loops.block.map((_, k) => (k % 9 === 0 ? -708 - k : -700 + (1400 / count) * k + 1e-3 * Math.sin(k)));
    loops.sums.forEach((_, i) => {
      loops.sums[i] = 3 * i;
    });
    loops.block.set(powers.map((power, k) => power + 3 * Math.floor(k / 7)));
    const given = loops.block.slice();
    loops.exponentials(count - 7);
    loops.block.forEach((value, k) => {
      const power = (given[k] as number) - 3 * Math.floor(k / 7);
      if (k >= count - 7) expect(value).toBe(given[k]);
      else if (!(power > -708)) expect(value).toBe(0);
      else expect(Math.abs(value / Math.exp(power) - 1)).toBeLessThanOrEqual(2 * Number.EPSILON);
    });
  });

  test('know the largest magnitude, wherever it is, and what is no number', async () => {
    const loops = await loopsOf(1);
    for (let count = 0; count < 12; count++)
      for (let at = 0; at < count; at++) {
        loops.block.fill(-0.5);
        loops.block[count] = 9;
        loops.block[at] = -3;
        expect(loops.largest(count)).toBe(3);
        loops.block[at] = Number.NaN;
        expect(loops.largest(count)).toBeNaN();
      }
    expect(loops.largest(0)).toBe(0);
  });

  test('hold whole rows, however wide', async () => {
    for (const width of [1, 700, 8192, 8193]) {
      const { block, vectors } = await loopsOf(width);
      expect(block.length % width).toBe(0);
      expect(block.length).toBeGreaterThanOrEqual(width);
      expect(vectors.map(({ length }) => length)).toEqual([width, width]);
    }
  });
});
