import { expect, test } from 'vitest';
import { placeRuleNames } from '../../src/figures/rule-names';

const frame = { left: 0, right: 400, top: 0, bottom: 300 };
const place = (heights: readonly number[], ...lines: (readonly [number, number])[][]) =>
  placeRuleNames(
    heights.map((at) => ({ at, width: 60 })),
    lines,
    frame,
  );

test('the name of a level stands at its right end, above it, where nothing is in the way', () => {
  expect(place([100])).toEqual([{ x: 400, y: 92, anchor: 'end' }]);
});

test('a line that runs there sends it below, or to the left', () => {
  const along = (y: number, from = 0) => [from, 400].map((x) => [x, y] as const);
  expect(place([100], along(94))).toEqual([{ x: 400, y: 108, anchor: 'end' }]);
  expect(place([100], along(94, 300), along(106, 300))).toEqual([{ x: 0, y: 92, anchor: 'start' }]);
  // Where lines are everywhere, where the least of them is.
  expect(place([100], along(94), along(105), along(107))).toMatchObject([{ y: 92 }]);
});

test('names of levels that are close together are apart, and within the picture', () => {
  const [first, second] = place([150, 152]);
  expect(Math.abs((first?.y ?? 0) - (second?.y ?? 0))).toBeGreaterThanOrEqual(12);
  const names = place([150, 151, 152, 153]);
  expect(new Set(names.map(({ y, anchor }) => `${Math.round(y / 12)} ${anchor}`)).size).toBe(4);
  expect(place([298])).toEqual([{ x: 400, y: 290, anchor: 'end' }]);
  expect(place([1])).toEqual([{ x: 400, y: 9, anchor: 'end' }]);
});

test('gaps in a line are in nobody’s way', () => {
  const gap = [
    [300, 92],
    [350, Number.NaN],
    [400, 92],
  ] as const;
  expect(place([100], [...gap])).toEqual([{ x: 400, y: 92, anchor: 'end' }]);
  const line = [
    [0, 94],
    [400, 94],
  ] as const;
  expect(place([100], [...gap], [...line])).toEqual([{ x: 400, y: 108, anchor: 'end' }]);
});
