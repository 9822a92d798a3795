import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { centreColumns, centreInDouble } from '../../src/linalg/centre';
import { CentredLayer } from '../../src/linalg/centred-layer';
import { featureSideNorms } from '../../src/linalg/feature-sweep';
import { sampleSideNorms } from '../../src/linalg/gram-sweep';
import { Matrix } from '../../src/linalg/matrix';
import { frobeniusSquared } from '../../src/linalg/norms';
import { crossProduct } from '../../src/linalg/products';
import { Random } from '../../src/linalg/random';
import { crossNorms, sweepPrecision } from '../../src/linalg/sweep';

/** Layers that share a signal, so that similarities are neither all 0 nor all 1. */
function layersOf(n: number, widths: readonly number[], seed: number, single = false, scale = 1): Matrix[] {
  const random = new Random(seed);
  const signal = Float64Array.from({ length: n * 5 }, () => random.normal());
  return widths.map((p, l) => {
    const noise = 0.3 * (l + 1);
    const data = Float64Array.from({ length: n * p }, (_, k) => {
      return scale * (l + (signal[Math.floor(k / p) * 5 + ((k % p) % 5)] as number) + noise * random.normal());
    });
    return new Matrix(single ? Float32Array.from(data) : data, n, p);
  });
}

const layered = (list: readonly Matrix[]) => list.map((layer) => CentredLayer.of(layer));

async function pairByPair(rows: readonly Matrix[], columns: readonly Matrix[]): Promise<number[]> {
  const out: number[] = [];
  for (const x of rows.map(centreInDouble))
    for (const y of columns.map(centreInDouble)) out.push(frobeniusSquared(await crossProduct(x, y)));
  return out;
}

function cka(norms: Matrix): number[] {
  return Array.from(norms.data, (value, k) => {
    const [i, j] = [Math.floor(k / norms.columns), k % norms.columns];
    return value / Math.sqrt(norms.at(i, i) * norms.at(j, j));
  });
}

function expectRelative(actual: ArrayLike<number>, wanted: ArrayLike<number>, tolerance: number): void {
  expect(actual.length).toBe(wanted.length);
  for (let k = 0; k < actual.length; k++) {
    expect(Math.abs((actual[k] as number) / (wanted[k] as number) - 1)).toBeLessThan(tolerance);
  }
}

describe('crossNorms', () => {
  test('agrees with one product for each pair, from either side, in either precision', async () => {
    const widths = fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 5 });
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 3, max: 60 }),
        widths,
        widths,
        fc.nat(),
        fc.boolean(),
        async (n, p, q, seed, single) => {
          const rows = layersOf(n, p, seed, single);
          const columns = layersOf(n, q, seed + 1);
          const wanted = await pairByPair(rows, columns);
          const own = await pairByPair(rows, rows);
          for (const side of [featureSideNorms, sampleSideNorms]) {
            expectRelative((await side(layered(rows), layered(columns), true, {})).data, wanted, 1e-11);
            expectRelative((await side(layered(rows), null, true, {})).data, own, 1e-11);
          }
          expectRelative((await crossNorms(layered(rows), layered(columns))).data, wanted, 1e-11);
          expectRelative((await crossNorms(layered(rows), null)).data, own, 1e-11);
        },
      ),
      { numRuns: 40 },
    );
  });

  test('of layers wider than a group, in blocks of rows', async () => {
    const rows = layersOf(300, [1500, 700, 600, 3], 1);
    const wanted = await pairByPair(rows, rows);
    expectRelative((await featureSideNorms(layered(rows), null, true, {})).data, wanted, 1e-12);
    expectRelative(
      (await featureSideNorms(layered(rows.slice(0, 2)), layered(rows), true, {})).data,
      wanted.slice(0, 8),
      1e-12,
    );
    const tall = layersOf(9000, [6, 3], 2);
    expectRelative((await crossNorms(layered(tall), null)).data, await pairByPair(tall, tall), 1e-12);
  });

  test('in tiles of the Gram matrices, the last of another size', async () => {
    const layers = layersOf(2500, [3, 700, 40], 3);
    const wanted = await pairByPair(layers, layers);
    expectRelative((await sampleSideNorms(layered(layers), null, true, {})).data, wanted, 1e-12);
    expectRelative(
      (await sampleSideNorms(layered(layers.slice(1)), layered(layers), true, {})).data,
      wanted.slice(3),
      1e-12,
    );
  });

  test('gives CKA to 1e-6 from products in float32, from either side', async () => {
    const layers = layersOf(1500, [40, 700, 8, 300], 4, true);
    const exact = cka(await featureSideNorms(layered(layers), null, true, {}));
    expect(Math.min(...exact)).toBeLessThan(0.7);
    for (const side of [featureSideNorms, sampleSideNorms]) {
      expectRelative(cka(await side(layered(layers), null, false, {})), exact, 5e-7);
    }
  });

  test('says its precision: float32 only where there is much to do, and nothing is in float64', async () => {
    const many = (single: boolean) =>
      Array.from({ length: 4 }, () => {
        const size = 3000 * 1500;
        return new Matrix(single ? new Float32Array(size) : new Float64Array(size), 3000, 1500);
      });
    expect(sweepPrecision(layered(many(true)), null)).toContain('float32');
    expect(sweepPrecision(layered(many(true)), layered([new Matrix(new Float64Array(3000), 3000, 1)]))).not.toContain(
      'float32',
    );
    expect(sweepPrecision(layered(layersOf(50, [4, 4], 1, true)), null)).not.toContain('float32');
  });

  test('of large float32 layers whose squares would overflow', async () => {
    const [n, p] = [3200, 1600];
    const layer = (unit: number, step: number) => {
      const data = new Float32Array(n * p);
      for (let k = 0; k < data.length; k++) data[k] = unit * (((k * step) % 10007) - 5003);
      return centreColumns(new Matrix(data, n, p));
    };
    const layers = [layer(1e18, 7919), layer(1e-21, 1)];
    const same = [layer(2 ** -10, 7919), layer(2 ** -10, 1)];
    expect(sweepPrecision(layered(layers), null)).toContain('float32');
    expectRelative(cka(await crossNorms(layered(layers), null)), cka(await crossNorms(layered(same), null)), 1e-6);
  });

  test('announces layers that it makes whole, which are those of products of rows unless they serve as they are', async () => {
    const announced = async (layers: readonly CentredLayer[]) => {
      const all: number[] = [];
      await crossNorms(layers, null, { reserve: (bytes) => all.push(bytes) });
      return all;
    };
    const [narrow, wide] = [layersOf(200, [4, 3], 1), layersOf(20, [40, 30], 1)];
    expect(await announced(layered(narrow))).toEqual([]);
    expect(await announced(layered(wide))).toEqual([8 * 20 * 70]);
    expect(await announced(wide.map((layer) => CentredLayer.of(layer, true, true)))).toEqual([]);
  });

  test('of a zero layer is zero, and of none is nothing', async () => {
    const [x] = layersOf(20, [4], 6);
    const norms = await crossNorms(layered([x as Matrix, Matrix.zeros(20, 3)]), null);
    expect([...norms.data.subarray(1)]).toEqual([0, 0, 0]);
    expect((await crossNorms([], null)).data.length).toBe(0);
  });

  test('needs equally many rows', async () => {
    await expect(crossNorms(layered([Matrix.zeros(4, 2)]), layered([Matrix.zeros(5, 2)]))).rejects.toThrow(
      'got 4 and 5',
    );
  });

  test('tells its progress, and stops when cancelled', async () => {
    for (const widths of [
      [1500, 1500],
      [40, 3],
    ]) {
      const layers = layersOf(1300, widths, 7);
      const fractions: number[] = [];
      let calls = 0;
      const signal = { throwIfAborted: () => void calls++ };
      await crossNorms(layered(layers), null, { signal, progress: (fraction) => fractions.push(fraction as number) });
      expect(fractions).toEqual(fractions.toSorted((a, b) => a - b));
      expect(fractions.every((fraction) => fraction >= 0 && fraction <= 1)).toBe(true);
      expect(calls).toBeGreaterThan(0);
      await expect(crossNorms(layered(layers), null, { signal: AbortSignal.abort() })).rejects.toThrow();
    }
  });
});
