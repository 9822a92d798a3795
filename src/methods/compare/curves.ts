import { quantile } from '../../linalg/ranks';
import type { Figure, LineSeries } from '../../protocol/figures';
import type { Cell, Table } from '../../protocol/result';
import type { Method } from '../method';
import { digits6 } from '../shared/image';
import type { Measured } from './measured';

/** The value of one measure as something is changed little by little. */
export interface Curve {
  readonly measure: Method;
  readonly points: readonly Point[];
}

export interface Point {
  readonly x: number;
  /** The mean over the draws that gave a value; null where none did. */
  readonly value: number | null;
  readonly low?: number;
  readonly high?: number;
  /** Mean chance level of the draws, where there is a closed form. */
  readonly level: number | null;
  /** Every draw that gave a value. */
  readonly drawn: readonly number[];
}

/** Sums up the draws at one place: their mean, and with three or more the tenth and ninetieth percentile. */
export function pointOf(x: number, draws: readonly Measured[]): Point {
  const drawn = draws.flatMap(({ value }) => value ?? []);
  const levels = draws.flatMap(({ level }) => level ?? []);
  const point = { x, value: mean(drawn), level: mean(levels), drawn };
  if (drawn.length < 3) return point;
  const sorted = [...drawn].sort((a, b) => a - b);
  return { ...point, low: quantile(sorted, 0.1), high: quantile(sorted, 0.9) };
}

/** Where the curve first passes `target` coming from its own best side, linearly between points; null where it does not. */
export function crossing({ measure, points }: Curve, target: number): number | null {
  const sign = measure.values[0]?.better === 'lower' ? -1 : 1;
  const known = points.filter(({ value }) => value !== null);
  for (const [k, point] of known.entries()) {
    const excess = sign * ((point.value as number) - target);
    // At the start the value may be the target itself, but for rounding.
    if (excess > 1e-9 * Math.max(1, Math.abs(target))) continue;
    const before = known[k - 1];
    if (before === undefined) return point.x;
    const share =
      (sign * ((before.value as number) - target)) / (sign * ((before.value as number) - (point.value as number)));
    return before.x + share * (point.x - before.x);
  }
  return null;
}

/**
 * One figure for the measures that rise with likeness and one for those that fall, so that a line going down means the same
 * in each. Chance levels, and levels to compare with, are dashed.
 * @param marks a level for some measures, such as the value of the two inputs
 */
export function curveFigures(
  id: string,
  { title, caption, x, log }: { title: string; caption: string; x: string; log?: boolean },
  curves: readonly Curve[],
  marks: { readonly label: string; readonly of: (measure: Method) => number | null } | null,
): Figure[] {
  const kinds = [
    ['similarities', 'similarity', curves.filter(({ measure }) => measure.values[0]?.better !== 'lower')],
    ['distances', 'distance', curves.filter(({ measure }) => measure.values[0]?.better === 'lower')],
  ] as const;
  return kinds.flatMap(([kind, label, some]): Figure[] => {
    const series = some.flatMap((curve) => seriesOf(curve, marks));
    if (series.length === 0) return [];
    return [
      {
        id: `${id}-${kind}`,
        kind: 'line',
        title: kinds.every(([, , each]) => each.length > 0) ? `${title}: ${kind}` : title,
        caption,
        x: { label: x, ...(log && { log }) },
        // A line alone has no legend.
        y: { label: some.length === 1 ? (some[0] as Curve).measure.title : label },
        series,
      },
    ];
  });
}

function seriesOf(
  { measure, points }: Curve,
  marks: { readonly label: string; readonly of: (measure: Method) => number | null } | null,
): LineSeries[] {
  const known = points.filter(({ value }) => value !== null);
  if (known.length === 0) return [];
  const x = known.map((point) => point.x);
  const banded = known.some(({ low }) => low !== undefined);
  const draw = (of: (point: Point) => number | null | undefined) =>
    known.map((point) => digits6(of(point) ?? 0) as number);
  const mark = marks?.of(measure) ?? null;
  const leveled = known.some(({ level }) => level !== null);
  return [
    {
      ...{ name: measure.title, x, y: draw(({ value }) => value) },
      ...(banded && { low: draw(({ low, value }) => low ?? value), high: draw(({ high, value }) => high ?? value) }),
    },
    ...(leveled
      ? [
          {
            name: `${measure.title}, chance`,
            x,
            y: known.map(({ level }) => (level === null ? null : digits6(level))),
            ...{ dashed: true, of: measure.title },
          },
        ]
      : []),
    ...(mark !== null
      ? [
          {
            name: `${measure.title}, ${marks?.label}`,
            x,
            y: known.map(() => digits6(mark)),
            dashed: true,
            of: measure.title,
          },
        ]
      : []),
  ];
}

/** All points of all curves. */
export function curveTable(title: string, x: string, curves: readonly Curve[]): Table {
  return {
    title,
    columns: ['measure', x, 'value', 'from', 'to', 'chance'],
    rows: curves.flatMap(({ measure, points }) =>
      points.map((point): Cell[] => [
        ...[measure.id, point.x, point.value],
        ...[point.low ?? null, point.high ?? null, point.level],
      ]),
    ),
  };
}

/** Why measures could not be computed, each reason once. */
export function reasons(found: Iterable<readonly [Method, Measured]>): string[] {
  const told = new Set<string>();
  for (const [{ title }, { value, why }] of found) if (value === null) told.add(`${title}: ${why}`);
  return [...told];
}

export function mean(values: readonly number[]): number | null {
  return values.length === 0 ? null : values.reduce((sum, value) => sum + value, 0) / values.length;
}
