import type { Outcome } from '../methods/method';
import type { ValueDescription } from '../protocol/catalogue';
import type { Figure } from '../protocol/figures';
import type { Chance, Interval, Table } from '../protocol/result';
import { plural } from '../protocol/words';

/** The parts of an outcome that go into a result, without NaN and infinities, which JSON does not have. */
export interface Clean {
  readonly values: Readonly<Record<string, number | null>>;
  readonly chance: Readonly<Record<string, Chance>>;
  readonly intervals: Readonly<Record<string, Interval>>;
  readonly tables: Readonly<Record<string, Table>>;
  readonly figures: readonly Figure[];
  readonly warnings: readonly string[];
}

/**
 * Replaces what is not finite by null, or leaves it out where null may not stand; a warning says so each time. A value that is
 * not there has neither a level of chance nor an interval.
 */
export function clean(outcome: Outcome): Clean {
  const warnings = [...(outcome.warnings ?? [])];
  const values: Record<string, number | null> = {};
  for (const [key, value] of Object.entries(outcome.values)) {
    const missing = value !== null && !Number.isFinite(value);
    if (missing) warnings.push(`${key} could not be computed: it came out as ${value}.`);
    values[key] = missing ? null : value;
  }
  const tables: Record<string, Table> = {};
  for (const [key, table] of Object.entries(outcome.tables ?? {})) {
    const missing = table.rows.flat().filter(notFinite).length;
    const rows = table.rows.map((row) => row.map((cell) => (notFinite(cell) ? null : cell)));
    if (missing > 0) warnings.push(`${plural(missing, 'cell')} of the table ${key} came out as no finite number.`);
    tables[key] = missing > 0 ? { ...table, rows } : table;
  }
  const figures: Figure[] = [];
  for (const figure of outcome.figures ?? []) {
    const { drawn, missing } = cleanFigure(figure);
    if (!drawn) warnings.push(`The figure "${figure.title}" is left out: a place in it came out as no finite number.`);
    else if (missing > 0)
      warnings.push(`${plural(missing, 'value')} of the figure "${figure.title}" came out as no finite number.`);
    if (drawn) figures.push(drawn);
  }
  return {
    values,
    chance: onlyFinite(values, outcome.chance, 'level'),
    intervals: onlyFinite(values, outcome.intervals, 'low', 'high'),
    ...{ tables, figures, warnings },
  };
}

/** Intervals cut where they would leave the range of their value, which is said. */
export function withinRanges(
  intervals: Clean['intervals'],
  values: readonly Pick<ValueDescription, 'key' | 'range'>[],
): Clean['intervals'] {
  const ranges = new Map(values.map(({ key, range }) => [key, range]));
  const cut = (key: string, interval: Interval): Interval => {
    const [least, most] = ranges.get(key) ?? [null, null];
    const low = Math.max(interval.low, least ?? interval.low);
    const high = Math.min(interval.high, most ?? interval.high);
    if (low === interval.low && high === interval.high) return interval;
    return { ...interval, low, high, how: `${interval.how}, cut at the end of the range` };
  };
  return Object.fromEntries(Object.entries(intervals).map(([key, interval]) => [key, cut(key, interval)]));
}

function notFinite(value: unknown): boolean {
  return typeof value === 'number' && !Number.isFinite(value);
}

/** Entries of values that are there, whose required numbers are finite, without the optional ones that are not. */
function onlyFinite<T extends object>(
  values: Clean['values'],
  entries: Readonly<Record<string, T>> = {},
  ...required: (keyof T)[]
) {
  const kept: Record<string, T> = {};
  for (const [key, entry] of Object.entries(entries)) {
    if (values[key] === null || required.some((name) => notFinite(entry[name]))) continue;
    kept[key] = Object.fromEntries(Object.entries(entry).filter(([, value]) => !notFinite(value))) as T;
  }
  return kept;
}

/** Heights, cells and labels may be missing; a place may not. */
function cleanFigure(figure: Figure): { drawn: Figure | null; missing: number } {
  let missing = 0;
  const gaps = (list: readonly (number | null)[]) => {
    const count = list.reduce((sum: number, value) => sum + (notFinite(value) ? 1 : 0), 0);
    missing += count;
    return count === 0 ? list : list.map((value) => (notFinite(value) ? null : value));
  };
  const whole = (...lists: (readonly number[] | undefined)[]) => lists.every((list) => !list?.some(notFinite));
  switch (figure.kind) {
    case 'heatmap': {
      if (!whole(figure.scale.domain)) return { drawn: null, missing };
      const panels = figure.panels.map((panel) => ({ ...panel, values: gaps(panel.values) }));
      return { drawn: { ...figure, panels }, missing };
    }
    case 'scatter': {
      const { panels, labels } = figure;
      if (!panels.every((panel) => whole(panel.xs, panel.ys))) return { drawn: null, missing };
      if (labels?.kind !== 'number') return { drawn: figure, missing };
      return { drawn: { ...figure, labels: { ...labels, values: gaps(labels.values) } }, missing };
    }
    case 'tree':
      return { drawn: whole(figure.merges.map(({ height }) => height)) ? figure : null, missing };
    case 'line': {
      if (!figure.series.every(({ x, low, high }) => whole(x, low, high))) return { drawn: null, missing };
      const series = figure.series.map((one) => ({ ...one, y: gaps(one.y) }));
      return { drawn: { ...figure, series }, missing };
    }
  }
}
