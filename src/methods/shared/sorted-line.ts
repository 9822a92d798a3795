import type { Line } from '../../protocol/figures';
import { digits6 } from './image';

/** Points of a drawn curve: of longer lists, evenly spaced ranks. */
const POINTS = 400;

interface Curve {
  readonly name: string;
  readonly values: ArrayLike<number>;
}

interface Description {
  readonly id: string;
  readonly title: string;
  readonly caption: string;
  /** Of what the values are: "rows", "units". */
  readonly of: string;
  readonly y: Line['y'];
  readonly references?: Line['references'];
}

/**
 * One or more lists of values, each from its largest to its smallest against the share of the list: what a histogram says,
 * without bins. Values that are not numbers are left out.
 */
export function sortedLine({ id, title, caption, of, y, references }: Description, curves: readonly Curve[]): Line {
  return {
    id,
    kind: 'line',
    title,
    caption,
    x: { label: `share of ${of}, by falling value` },
    y: { ...y, ...(y.domain && { domain: [short(y.domain[0]), short(y.domain[1])] as const }) },
    series: curves.map(({ name, values }) => {
      const sorted = Float64Array.from(values)
        .filter((value) => Number.isFinite(value))
        .sort()
        .reverse();
      const count = Math.min(POINTS, sorted.length);
      const ranks = Array.from({ length: count }, (_, i) =>
        count === 1 ? 0 : Math.round((i * (sorted.length - 1)) / (count - 1)),
      );
      return {
        name,
        x: ranks.map((rank) => short((rank + 0.5) / sorted.length)),
        y: ranks.map((rank) => digits6(sorted[rank] as number)),
      };
    }),
    ...(references && {
      references: references.map(({ y: level, label }) => ({ y: short(level), label })),
    }),
  };
}

function short(value: number): number {
  return Number(value.toPrecision(6));
}
