import type { Line, LineSeries } from '../../protocol/figures';
import { digits6 } from './image';

const MOST = 40;

interface Description {
  readonly id: string;
  readonly title: string;
  readonly caption: string;
  readonly x: string;
  /** What is counted: "rows". */
  readonly y: string;
}

/** Counts in equal bins, as many as Rice's rule has (at most 40), from the least to the greatest of finite values. */
export function histogram(values: ArrayLike<number>, named: Description, lines: readonly LineSeries[] = []): Line {
  let [least, most] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (let i = 0; i < values.length; i++) {
    least = Math.min(least, values[i] as number);
    most = Math.max(most, values[i] as number);
  }
  const bins = Math.max(1, Math.min(MOST, Math.ceil(2 * Math.cbrt(values.length))));
  const width = (most - least) / bins;
  // Between values that are apart by rounding alone there are no bins.
  const several = width > 1e-12 * Math.max(Math.abs(least), Math.abs(most));
  const counts = new Array<number>(several ? bins : 1).fill(0);
  for (let i = 0; i < values.length; i++) {
    const bin = several ? Math.min(bins - 1, Math.floor(((values[i] as number) - least) / width)) : 0;
    counts[bin] = (counts[bin] as number) + 1;
  }
  const centre = (bin: number) => (several ? (digits6(least + (bin + 0.5) * width) ?? 0) : (digits6(least) ?? 0));
  const heights = lines.flatMap(({ y }) => y.map((value) => value ?? 0));
  return {
    ...{ id: named.id, kind: 'line', title: named.title },
    caption: `${named.caption} Counted in ${counts.length} equal bin${counts.length === 1 ? '' : 's'}.`,
    x: { label: named.x },
    y: { label: named.y, domain: [0, digits6(1.05 * Math.max(1, ...counts, ...heights)) ?? 1] },
    series: [{ name: named.y, x: counts.map((_, bin) => centre(bin)), y: counts, bars: true }, ...lines],
  };
}
