import { extent } from '../src/figures/ticks';
import type { MethodDescription } from '../src/protocol/catalogue';
import type { ColourScale } from '../src/protocol/figures';
import { displayNames, shortNames } from '../src/protocol/names';
import type { InputRecord, InputSpec, MeasureMatrix } from '../src/protocol/result';

/** A run of inputs from one file. */
export interface Group {
  readonly name: string;
  /** Positions in `order`. */
  readonly start: number;
  readonly end: number;
}

/** The inputs as a map of all pairs shows them: those of one file together. */
export interface Arrangement {
  /** Index of the input at each position. */
  readonly order: readonly number[];
  /** One, without a name, where grouping tells nothing. */
  readonly groups: readonly Group[];
  /** Names at each position, as short as the groups allow. */
  readonly labels: readonly string[];
}

export function arrange(inputs: readonly InputSpec[], names: readonly string[]): Arrangement {
  const paths = [...new Set(inputs.map(({ path }) => path))];
  const grouped = paths.length > 1 && paths.length < inputs.length;
  if (!grouped) {
    const order = inputs.map((_, i) => i);
    return { order, groups: [{ name: '', start: 0, end: inputs.length }], labels: shortNames(names) };
  }
  const order = paths.flatMap((path) => inputs.flatMap((input, i) => (input.path === path ? [i] : [])));
  const files = displayNames(paths.map((path) => ({ path })));
  const groups: Group[] = [];
  for (const [i, path] of paths.entries()) {
    const start = groups.at(-1)?.end ?? 0;
    const end = start + inputs.filter((input) => input.path === path).length;
    groups.push({ name: files[i] ?? path, start, end });
  }
  const full = order.map((i) => inputs[i]?.tensor ?? names[i] ?? '');
  const distinct = [...new Set(full)];
  const short = new Map(shortNames(distinct).map((name, i) => [distinct[i], name]));
  return { order, groups, labels: full.map((name) => short.get(name) ?? name) };
}

/** Positions of which the first feeds the second: layers of one model on the same data. */
export function wires(records: readonly InputRecord[], { order }: Arrangement): readonly (readonly [number, number])[] {
  const keyOf = ({ path, model }: InputRecord, tensor: string | null) => JSON.stringify([path, tensor, model]);
  const places = new Map(
    order.flatMap((input, place) => {
      const record = records[input];
      return record ? [[keyOf(record, record.tensor), place] as const] : [];
    }),
  );
  return order.flatMap((input, place) => {
    const record = records[input];
    return (record?.from ?? []).flatMap((name) => {
      const before = record && places.get(keyOf(record, name));
      return before === undefined ? [] : [[before, place] as const];
    });
  });
}

/** Row-major values of `matrix` in the order of `arrangement`. */
export function arranged(matrix: MeasureMatrix['matrix'], { order }: Arrangement): (number | null)[] {
  return order.flatMap((row) => order.map((column) => matrix[row]?.[column] ?? null));
}

/** What rounding makes of equal values, relative to their size: as a study has it. */
const ROUNDING = 1e-12;

/**
 * The best partner of each position in every other group, or among all others where there is one group. The first of
 * those that are equal but for rounding; none where nothing was computed.
 * @param bound of the values, which rounding is of where it is larger than they are.
 */
export function bestPartners(
  values: readonly (number | null)[],
  { order, groups }: Arrangement,
  better: 'higher' | 'lower',
  bound = 0,
): readonly (readonly [number, number])[] {
  const size = order.length;
  const sign = better === 'higher' ? 1 : -1;
  return order.flatMap((_, row) =>
    groups.flatMap(({ start, end }) => {
      if (groups.length > 1 && row >= start && row < end) return [];
      let best: number | null = null;
      for (let column = start; column < end; column++) {
        const value = values[row * size + column] ?? null;
        const champion = best === null ? null : (values[row * size + best] ?? null);
        if (column === row || value === null) continue;
        if (champion === null) best = column;
        else if (sign * (value - champion) > ROUNDING * Math.max(bound, Math.abs(value), Math.abs(champion)))
          best = column;
      }
      return best === null ? [] : [[row, best] as const];
    }),
  );
}

/**
 * How often the best partner of a layer in another file has its name: the layer identification of Kornblith et al.
 * (2019), section 6.1. Null where files share fewer than two names.
 */
export function identification(
  partners: readonly (readonly [number, number])[],
  { groups, labels }: Arrangement,
): { readonly right: number; readonly of: number; readonly chance: number } | null {
  if (groups.length < 2) return null;
  let [right, of, chance] = [0, 0, 0];
  for (const [row, column] of partners) {
    const group = groups.find(({ start, end }) => column >= start && column < end);
    const names = labels.slice(group?.start, group?.end);
    if (names.length < 2 || !names.includes(labels[row] ?? '')) continue;
    of++;
    chance += 1 / names.length;
    if (labels[row] === labels[column]) right++;
  }
  return of > 0 ? { right, of, chance } : null;
}

/** The measure's own range; an end that it does not have is taken from the values, and the label says so. */
export function scaleOf(
  method: MethodDescription | undefined,
  measure: MeasureMatrix,
  values: readonly (number | null)[],
): ColourScale {
  const value = method?.values.find(({ key }) => key === measure.value);
  const [low = null, high = null] = value?.range ?? [];
  const [least, most] = extent([values]);
  const label = `${value?.title ?? measure.value}${low === null || high === null ? ' (scaled to the values)' : ''}`;
  const domain = [low ?? Math.min(0, least), high ?? most] as const;
  const chance = middle((measure.chance ?? []).flat().filter((level) => level !== null));
  const kind = low !== null && low === -(high ?? 0) ? 'diverging' : 'sequential';
  return { label, kind, domain, ...(chance !== null && { chance }) };
}

/** Chance levels differ from pair to pair where the numbers of units do: the scale shows the one in the middle. */
function middle(levels: readonly number[]): number | null {
  return [...levels].sort((a, b) => a - b)[Math.floor(levels.length / 2)] ?? null;
}

/** What tells names of one kind apart: "layer1", "layer2" -> "1", "2". */
export function withoutStem(names: readonly string[]): readonly string[] {
  const stem = /^\D*/.exec(names[0] ?? '')?.[0] ?? '';
  const shorter = names.map((name) => name.slice(stem.length));
  return names.every((name) => name.startsWith(stem)) && shorter.every(Boolean) ? shorter : names;
}
