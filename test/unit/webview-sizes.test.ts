import { describe, expect, test } from 'vitest';
import { LARGEST, Raster, stages } from '../../src/figures/cloud-raster';
import { drawingOrder } from '../../src/figures/drawing-order';
import { legibleSpread, spreadsOf, valueScale } from '../../src/figures/value-scale';
import { orderOf } from '../../webview/figures/cloud-points';
import { Sheet } from '../../webview/figures/cloud-sheet';
import { pointSizes, sizeColumn } from '../../webview/figures/point-sizes';
import { sizeMarks } from '../../webview/figures/size-legend';

const sizes = (values: readonly (number | null)[], spread: 'even' | 'log' | 'rank' = 'even') =>
  pointSizes({ kind: 'number', name: 'count', values }, spread);

describe('sizes', () => {
  test('areas are in proportion to values, the largest five times as wide as points that are alike', () => {
    const { factor, bytes, said } = sizes([100, 25, 4, 50]);
    expect([0, 1, 2, 3].map((point) => factor(point) ** 2)).toEqual(
      [25, 6.25, 1, 12.5].map((area) => expect.closeTo(area, 12)),
    );
    // Drawn in steps of a 128th of the largest radius.
    for (const point of [0, 1, 2, 3])
      expect(Math.abs((LARGEST * (bytes[point] as number)) / 255 - factor(point))).toBeLessThan(LARGEST / 200);
    expect(said).toBe('The area of a point is in proportion to its count.');
  });

  test('what is too small to be seen, and what has no value, is as small as is seen, and is told', () => {
    const { factor, said } = sizes([1e6, 1, 0, null, null]);
    expect([1, 2, 3].map(factor)).toEqual([0.5, 0.5, 0.5]);
    expect(said).toBe(
      'The area of a point is in proportion to its count. 2 points of the least are drawn larger than that, to be seen. 2 without count are drawn as small as the least.',
    );
  });

  test('negative values are counted from the least, and that is told', () => {
    const { factor, said } = sizes([-3, 0, 1]);
    expect(factor(1) ** 2 / factor(2) ** 2).toBeCloseTo(3 / 4, 12);
    expect(said).toMatch(/in proportion to its count above the least, −3\. 1 point of the least/);
  });

  test('of values that are all alike, or none, there are sizes too', () => {
    for (const values of [[0, 0], [7, 7], [-2, -2], [null, null], []])
      for (const spread of ['even', 'rank'] as const)
        expect(
          values.map((_, i) => sizes(values, spread).factor(i)).every((factor) => factor > 0 && factor <= LARGEST),
        ).toBe(true);
  });

  test('by logarithm and by rank, the least and the greatest are the ends, and the legend tells which', () => {
    const logs = sizes([1, 10, 100, 10_000], 'log');
    expect([1, 2, 3].map((point) => logs.factor(point) ** 2)).toEqual(
      [6.25, 12.5, 25].map((area) => expect.closeTo(area, 12)),
    );
    expect(logs.said).toContain('in proportion to the logarithm of its count');
    const ranks = sizes([5, 1, 1e9, null, 7, 6], 'rank');
    expect([0, 5, 4, 2].map((point) => ranks.factor(point) ** 2)).toEqual(
      [1, 2, 3, 4].map((k) => expect.closeTo((25 * k) / 4, 12)),
    );
    expect(ranks.said).toContain('in proportion to the rank of its count');
  });

  test('circles of the legend are of values that look different', () => {
    const marks = sizeMarks(sizes([63_922, 3, 500, 0]));
    expect(marks.map(({ value }) => value)).toEqual([2000, 5000, 10_000, 20_000, 50_000]);
    expect(sizeMarks(sizes([1, 10, 1e5], 'log')).map(({ value }) => value)).toEqual([1, 10, 100, 100_000]);
  });

  test('a value is found by its row', () => {
    const column = sizeColumn({ kind: 'number', name: 'count', values: [5, null, 7] }, [10, 20, 30]);
    expect([30, 20, 11].map(column.at)).toEqual([7, null, null]);
  });
});

describe('the spread of values', () => {
  test('a logarithm is offered where all are above zero, ranks where there are three', () => {
    expect(spreadsOf([1, 2, 3, null])).toEqual(['even', 'log', 'rank']);
    expect(spreadsOf([0, 2, 3])).toEqual(['even', 'rank']);
    expect(spreadsOf([1, 2, 2, null])).toEqual(['even']);
  });

  test('colours begin with the logarithm where an even scale would show half of the values alike', () => {
    const tail = Array.from({ length: 101 }, (_, i) => 10_000 / (i + 1) ** 2);
    expect(legibleSpread(tail)).toBe('log');
    expect(legibleSpread([...tail, null])).toBe('log');
    // No logarithm of nought; half of them told apart; nothing to spread.
    for (const values of [[...tail, 0], tail.slice(0, 10), [5, 5, 5], [1], []])
      expect(legibleSpread(values)).toBe('even');
  });

  test('equal values share the middle of their ranks', () => {
    const scale = valueScale([3, 1, 1, 9, null], 'rank');
    expect([1, 3, 9].map(scale.share)).toEqual([0.5 / 3, 2 / 3, 1].map((share) => expect.closeTo(share, 12)));
  });

  test('scales are made once for a list', () => {
    const values = [1, 2, 3];
    expect(valueScale(values, 'rank')).toBe(valueScale(values, 'rank'));
  });
});

describe('points of different sizes in pixels', () => {
  const dots = (size: number) => ({
    ...{ places: Float32Array.of(30.5, 30.5), looks: Uint8Array.of(200, 0, 0, 0), count: 1 },
    sizes: Uint8Array.of(size),
  });
  const pass = { view: [1, 1, 0, 0], radius: 2, alpha: 1, stage: stages.all } as const;

  test.each([255, 128, 51, 20])('a point of size %i has its area, in either way of drawing', (size) => {
    const radius = (2 * LARGEST * size) / 255;
    const raster = new Raster(61, 61);
    raster.draw([0, 0, 61, 61], dots(size), pass);
    const inked = raster.ink.reduce((sum, value, i) => sum + (i % 4 === 3 ? value : 0), 0);
    expect(inked / (Math.PI * radius ** 2)).toBeCloseTo(1, radius < 1 ? 0 : 1);
    const bytes = new Uint8ClampedArray(4 * 61 * 61);
    const sheet = new Sheet(bytes, 61);
    sheet.clear(255 << 24);
    sheet.draw([0, 0, 61, 61], dots(size), pass);
    const red = bytes.reduce((sum, value, i) => sum + (i % 4 === 0 ? value : 0), 0) / 200;
    expect(Math.abs(red - inked)).toBeLessThan(0.02 * inked + 0.1);
  });

  test('the larger are drawn first, those of one size mixed; a part of the points is a fair sample of all', () => {
    const own = Uint8Array.from({ length: 1000 }, (_, i) => (i % 10 === 0 ? 200 : 40));
    const order = orderOf(1000, { sizes: own, every: 1 });
    expect([...order].map((point) => own[point])).toEqual([...Array(100).fill(200), ...Array(900).fill(40)]);
    expect([...order].sort((a, b) => a - b)).toEqual(Array.from({ length: 1000 }, (_, i) => i));
    expect([...order.slice(0, 100)]).not.toEqual([...order.slice(0, 100)].sort((a, b) => a - b));
    expect(orderOf(1000, { sizes: own, every: 4 })).toBe(drawingOrder(1000));
  });
});
