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
 * the longest runs go first; of numbers that go up, round ones; otherwise every second, third and so on, so that all that is
 * written is `apart` cells apart, and of cells that stand for several rows the first.
 * @param short what is written for each name
 */
export function namePlaces(names: readonly string[], apart: number, short = names): NamePlace[] {
  const runs: { readonly name: string; readonly start: number; end: number }[] = [];
  for (const [i, name] of names.entries()) {
    const last = runs.at(-1);
    if (last?.name === name) last.end = i;
    else runs.push({ name, start: i, end: i });
  }
  if (runs.length === names.length) {
    const step = Math.max(1, Math.ceil(apart));
    const numbers = step > 1 && numbersOf(names);
    if (numbers) return roundPlaces(numbers, apart);
    return short.flatMap((text, at) => (at % step === 0 ? [{ at, text: text.split(BETWEEN)[0] ?? text }] : []));
  }
  // A cell that holds rows of two is named like none.
  const named = runs.filter(({ name, start, end }) => end > start || !name.includes(BETWEEN));
  const written: NamePlace[] = [];
  for (const { start, end } of named.sort((a, b) => b.end - b.start - (a.end - a.start) || a.start - b.start)) {
    const at = (start + end) / 2;
    if (written.every((other) => Math.abs(other.at - at) >= apart)) written.push({ at, text: short[start] as string });
  }
  return written.sort((a, b) => a.at - b.at);
}

/** The first and the last number of each cell, where the names are whole numbers that go up. */
function numbersOf(names: readonly string[]): readonly (readonly [number, number])[] | undefined {
  const ranges = names.map((text) =>
    text.split(BETWEEN).map((part) => (/^\d+$/.test(part) ? Number(part) : Number.NaN)),
  );
  const found = ranges.map(([first = Number.NaN, last = first]) => [first, last] as const);
  return found.every(([first], i) => first > (found[i - 1]?.[1] ?? -1)) ? found : undefined;
}

/** Round numbers in the cells that hold them. */
function roundPlaces(cells: readonly (readonly [number, number])[], apart: number): NamePlace[] {
  const ends = [cells[0]?.[0] ?? 0, cells.at(-1)?.[1] ?? 0] as const;
  const places: NamePlace[] = [];
  for (const { value, text } of linearTicks(ends, cells.length / apart, 1)) {
    const at = cells.findIndex(([first, last]) => first <= value && value <= last);
    // A number in the middle of a cell stands up to one from where it would.
    if (at >= 0 && at - (places.at(-1)?.at ?? Number.NEGATIVE_INFINITY) > apart - 1) places.push({ at, text });
  }
  return places;
}

/** The names that are written before others: those that neighbours share, or all where none do. */
export function namesOf(names: readonly string[]): readonly string[] {
  const shared = names.filter((name, i) => name === names[i + 1]);
  return shared.length > 0 ? shared : names;
}
