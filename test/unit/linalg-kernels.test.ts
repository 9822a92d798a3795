import fc from 'fast-check';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { Kernels } from '../../src/linalg/kernels';
import { Random } from '../../src/linalg/random';
import { constant, encodeModule } from '../../src/linalg/wasm';
import { limitAddresses } from './address-limit';

const shape = { rows: fc.integer({ min: 0, max: 13 }), columns: fc.integer({ min: 0, max: 21 }) };

describe('loops over the rows of a matrix', () => {
  afterEach(() => vi.restoreAllMocks());

  test.each(['in WebAssembly', 'where addresses are limited, without'])('are sums of any part, %s', async (how) => {
    if (how !== 'in WebAssembly') limitAddresses();
    await fc.assert(
      fc.asyncProperty(fc.record({ ...shape, from: fc.integer({ min: 0, max: 3 }) }), ({ rows, columns, from }) =>
        Kernels.lend(how === 'in WebAssembly' ? 5000 : 50_000, async (kernels) => {
          const random = new Random(rows * 100 + columns);
          const stride = from + columns + 2;
          const take = (height: number, width: number) => {
            const made = kernels.zeros(height, width);
            made.data.forEach((_, k, data) => {
              data[k] = random.normal();
            });
            return made;
          };
          const [a, x, y, c] = [take(rows, stride), take(1, columns), take(1, columns + 1), take(1, rows)];
          const out = kernels.zeros(1, rows + 1);
          const before = y.data.slice();
          kernels.dots([a.data, from], stride, rows, columns, [x.data, 0], [out.data, 0]);
          kernels.adds([a.data, from], stride, rows, columns, [c.data, 0], [y.data, 0]);
          for (let i = 0; i < rows; i++) {
            let sum = 0;
            for (let k = 0; k < columns; k++) sum += a.at(i, from + k) * x.at(0, k);
            expect(out.at(0, i)).toBeCloseTo(sum, 12);
          }
          for (let k = 0; k < columns; k++) {
            let sum = before[k] as number;
            for (let i = 0; i < rows; i++) sum += c.at(0, i) * a.at(i, from + k);
            expect(y.at(0, k)).toBeCloseTo(sum, 12);
          }
          // Nothing beyond what was asked for is written.
          expect([out.at(0, rows), y.at(0, columns)]).toEqual([0, before[columns]]);
          const square = take(rows, rows);
          for (let i = 0; i < rows; i++)
            for (let k = 0; k < i; k++) square.data[k * rows + i] = square.data[i * rows + k] as number;
          const [by, images] = [take(1, rows), take(1, rows + 1)];
          const last = images.at(0, rows);
          kernels.symmetric([square.data, 0], rows, rows, [by.data, 0], [images.data, 0]);
          for (let i = 0; i < rows; i++) {
            let sum = 0;
            for (let k = 0; k < rows; k++) sum += square.at(i, k) * by.at(0, k);
            expect(images.at(0, i)).toBeCloseTo(sum, 12);
          }
          expect(images.at(0, rows)).toBe(last);
          if (rows < 2) return;
          const values = Float64Array.from({ length: rows }, (_, i) => i + random.uniform());
          for (const squared of [true, false]) {
            const { gaps, from } = kernels.poles(values, squared);
            from(rows - 1);
            const end = values[rows - 1] as number;
            for (const [i, value] of values.entries())
              expect(gaps[i]).toBe((value - end) * (squared ? value + end : 1));
          }
          const [above, below, made] = [take(1, columns).data, take(1, columns).data, take(1, columns + 1).data];
          const kept = made[columns];
          for (const [loop, of] of [
            [kernels.quotients, (k: number) => (above[k] as number) / (below[k] as number)],
            [kernels.products, (k: number) => (above[k] as number) * (below[k] as number)],
          ] as const) {
            const squares = loop.call(kernels, above, below, made.subarray(0, columns));
            for (let k = 0; k < columns; k++) expect(made[k]).toBe(of(k));
            const sum = made.subarray(0, columns).reduce((total, value) => total + value * value, 0);
            expect(Math.abs(squares - sum)).toBeLessThanOrEqual(1e-12 * sum);
            expect(made[columns]).toBe(kept);
          }
          const [poles, away] = [kernels.poles(values, false), kernels.take(1, rows).data];
          poles.from(0);
          poles.squares.set(Float64Array.from({ length: rows }, () => random.uniform()));
          const split = 1 + (columns % (rows - 1));
          const sums = poles.sums(split, -0.5, away);
          for (const [part, start, end] of [
            [0, 0, split],
            [3, split, rows],
          ] as const) {
            let [value, slope] = [0, 0];
            for (let i = start; i < end; i++) {
              const gap = (poles.gaps[i] as number) + 0.5;
              expect(away[i]).toBe(gap);
              value += (poles.squares[i] as number) / gap;
              slope += (poles.squares[i] as number) / gap ** 2;
            }
            expect([sums[part], sums[part + 1]]).toEqual([expect.closeTo(value, 12), expect.closeTo(slope, 12)]);
            expect(sums[part + 2]).toBeGreaterThanOrEqual(value * (1 - 1e-12));
            // Of terms that are all positive no sum on the way is larger.
            expect(sums[part + 2]).toBeLessThanOrEqual((end - start + 1) * value * (1 + 1e-12));
          }
        }),
      ),
      { numRuns: 100 },
    );
  });

  test('two that work at the same time have memory of their own; memory that is lent again is zero', async () => {
    await Kernels.lend(100, async (one) => {
      one.zeros(4, 4).data.fill(1);
      await Kernels.lend(100, async (other) => {
        expect(other.memory).not.toBe(one.memory);
        expect(other.zeros(4, 4).data.every((value) => value === 0)).toBe(true);
      });
      const mark = one.mark();
      expect(one.zeros(2, 2).data.byteOffset).toBe(one.zeros(0, 0).data.byteOffset - 32);
      one.release(mark);
      expect(one.zeros(1, 1).data.byteOffset).toBe(mark * 8);
    });
    await Kernels.lend(100, async (again) => expect(again.zeros(4, 4).data.every((value) => value === 0)).toBe(true));
  });

  // Of the two gigabytes nothing is touched, so that they take no memory.
  test.each(['in WebAssembly', 'where addresses are limited, without'])('reach beyond 2 GB, %s', async (how) => {
    if (how !== 'in WebAssembly') limitAddresses();
    await Kernels.lend(2 ** 28 + 1000, async (kernels) => {
      kernels.take(1, 2 ** 28);
      const { blocks, step } = kernels.sparse(Int32Array.of(0, 1, 2), Int32Array.of(1, 0), Float64Array.of(2, 3));
      const [now, next] = blocks;
      now.set(Float64Array.from({ length: now.length }, (_, k) => k));
      next.fill(1);
      step(0, 0.5);
      expect([next[0], next.at(-1)]).toEqual([0.5 * 2 * 8 - 1, 0.5 * 3 * 7 - 1]);
    });
  });

  test('memory that cannot be is refused in words', async () => {
    await expect(Kernels.lend(2 ** 29, async () => {})).rejects.toThrow('4 GB at most');
  });
});

test('a module is valid WebAssembly; constants are signed numbers of base 128', () => {
  expect(WebAssembly.validate(encodeModule([]))).toBe(true);
  const bytes = {
    0: [0],
    63: [63],
    64: [0xc0, 0],
    127: [0xff, 0],
    128: [0x80, 1],
    1024: [0x80, 8],
    8191: [0xff, 0x3f],
  };
  for (const [value, wanted] of Object.entries(bytes)) expect(constant(Number(value))).toEqual([0x41, ...wanted]);
});
