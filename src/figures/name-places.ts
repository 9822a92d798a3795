import { linearTicks } from './ticks';

/** A name along one side of a heatmap, and the middle of the cells that it stands for, as a place among them (from 0). */
export interface NamePlace {
  readonly at: number;
  readonly text: string;
}

/** What stands between the first and the last name of a cell that stands for several. */
const BETWEEN = ' … ';

/**
 * Where to write the names of cells. Where neighbours have one name, as rows of one class, it is written once, in their middle, and
 * the longest runs go first; of numbers that count on, round ones; otherwise every second, third and so on, so that all that is
 * written is `apart` cells apart, and of cells that stand for several rows the first.
 */
export function namePlaces(names: readonly string[], apart: number): NamePlace[] {
  const runs: { readonly text: string; readonly start: number; end: number }[] = [];
  for (const [i, text] of names.entries()) {
    const last = runs.at(-1);
    if (last?.text === text) last.end = i;
    else runs.push({ text, start: i, end: i });
  }
  const counted = numbersOf(names);
  if (counted) return roundPlaces(counted, apart);
  if (runs.length === names.length) {
    const step = Math.max(1, Math.ceil(apart));
    return names.flatMap((text, at) => (at % step === 0 ? [{ at, text: text.split(BETWEEN)[0] ?? text }] : []));
  }
  // A cell that holds rows of two is named like none.
  const named = runs.filter(({ text, start, end }) => end > start || !text.includes(BETWEEN));
  const written: NamePlace[] = [];
  for (const { text, start, end } of named.sort((a, b) => b.end - b.start - (a.end - a.start) || a.start - b.start)) {
    const at = (start + end) / 2;
    if (written.every((other) => Math.abs(other.at - at) >= apart)) written.push({ at, text });
  }
  return written.sort((a, b) => a.at - b.at);
}

/** The number that each cell begins with, and the last of all, where they count on from one to the next; null of other names. */
function numbersOf(names: readonly string[]): { readonly starts: readonly number[]; readonly last: number } | null {
  const ends = names.map((name) => name.split(BETWEEN).map((part) => (/^\d+$/.test(part) ? Number(part) : Number.NaN)));
  const counts = ends.every(([start], i) => start === (i === 0 ? start : (ends[i - 1]?.at(-1) ?? 0) + 1));
  const last = ends.at(-1)?.at(-1);
  return counts && last !== undefined && last >= 0 ? { starts: ends.map(([start = 0]) => start), last } : null;
}

function roundPlaces({ starts, last }: NonNullable<ReturnType<typeof numbersOf>>, apart: number): NamePlace[] {
  const places: NamePlace[] = [];
  for (const { value } of linearTicks([starts[0] ?? 0, last], starts.length / apart)) {
    const at = starts.findLastIndex((start) => start <= value);
    const before = places.at(-1)?.at ?? Number.NEGATIVE_INFINITY;
    // A number in the middle of a cell stands up to one from where it would.
    if (Number.isInteger(value) && at - before > apart - 1 && at > before) places.push({ at, text: String(value) });
  }
  return places;
}

/** The names that are written before others: those that neighbours share, or all where none do. */
export function namesOf(names: readonly string[]): readonly string[] {
  const shared = names.filter((name, i) => name === names[i + 1]);
  return shared.length > 0 ? shared : names;
}
