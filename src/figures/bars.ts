import type { Line, LineSeries } from '../protocol/figures';

/** Half the width of the bars of a histogram; 0 of lines. */
export function halfBar({ bars, x }: Pick<LineSeries, 'bars' | 'x'>): number {
  if (!bars) return 0;
  const [first, second] = x;
  return first === undefined || second === undefined ? 0.5 : (second - first) / 2;
}

/** Places that a series reaches: those of its points, or the outer edges of its bars. */
export function reachOf(series: Pick<LineSeries, 'bars' | 'x'>): readonly number[] {
  const half = halfBar(series);
  const [first, last] = [series.x[0], series.x.at(-1)];
  if (half === 0 || first === undefined || last === undefined) return series.x;
  return [first - half, last + half];
}

/** A domain of heights that begins at 0 where there are bars, whose lengths are what is read. */
export function fromBars(
  series: readonly Pick<LineSeries, 'bars' | 'y'>[],
  [low, high]: readonly [number, number],
): [number, number] {
  const standing = series.some(({ bars }) => bars) && series.every(({ y }) => y.every((value) => (value ?? 0) >= 0));
  return standing ? [0, high] : [low, high];
}

/** How near the numbers along the axis may stand: between counts there is nothing. */
export function leastStep({ series }: Line): number {
  return series.every(({ x }) => x.every(Number.isInteger)) ? 1 : 0;
}
