import { Moments } from '../linalg/moments';
import { type Context, isSymmetric, type Method, type PairScores } from '../methods/method';
import { gather } from '../methods/shared/gather';
import { UserError } from '../protocol/errors';
import type { OpenInputs } from './stream';

/** Share of the room that sums over rows may take; the rest is for blocks and for what is made of the sums. */
const SUMS = 0.6;

/** A measure with its parameters. */
export interface Chosen {
  readonly method: Method;
  readonly parameters: Record<string, unknown>;
}

/**
 * Several measures over all pairs of inputs that are read in blocks of rows: all of them from the sums of one pass, or, where
 * the sums of all inputs together would not fit into memory, of a pass for every two groups of inputs.
 * @param rows places of the inputs that are the rows of the answer, among those that are open; `columns` likewise
 * @returns the scores of each measure
 */
export async function streamScores(
  chosen: readonly Chosen[],
  open: OpenInputs,
  rows: readonly number[],
  columns: readonly number[],
  context: (part: number, parts: number) => Context,
): Promise<PairScores[]> {
  const mirrored = rows === columns;
  const double = chosen.some(({ method }) => method.fromMoments?.double);
  const tables = chosen.map(() => ({
    values: new Array<number | null>(rows.length * columns.length).fill(null),
    chance: new Array<number | null>(rows.length * columns.length).fill(null),
    sd: new Array<number | null>(rows.length * columns.length).fill(null),
    warnings: new Map<string, string[]>(),
  }));
  const done = new Set<number>();
  const passes = passesOf(open, [...new Set([...rows, ...columns])]);
  for (const [p, places] of passes.entries()) {
    const stream = open.pick(places);
    const names = stream.inputs.map(({ name }) => name);
    const own = context(p, passes.length);
    const wanted = rows.flatMap((row, i) =>
      columns.flatMap((column, j) => {
        const at = i * columns.length + j;
        const here = places.includes(row) && places.includes(column) && !done.has(at) && !(mirrored && j < i);
        return here ? [{ at, mirror: j * columns.length + i, x: places.indexOf(row), y: places.indexOf(column) }] : [];
      }),
    );
    if (wanted.length === 0) continue;
    let moments: Moments | string;
    try {
      moments = (await gather(stream, double, own, 0.9)).moments;
    } catch (error) {
      if (!(error instanceof UserError) || passes.length === 1) throw error;
      moments = error.message;
    }
    for (const [k, { at, mirror, x, y }] of wanted.entries()) {
      own.signal.throwIfAborted();
      own.progress(0.9 + (0.1 * k) / wanted.length, `${names[x]} and ${names[y]}`);
      done.add(at);
      for (const [m, { method, parameters }] of chosen.entries()) {
        const { values, chance, sd, warnings } = tables[m] as (typeof tables)[number];
        const scoreOf = async (a: number, b: number) =>
          typeof moments === 'string'
            ? { value: null, warning: moments }
            : await method.fromMoments?.score(moments, a, b, parameters, own);
        const score = await scoreOf(x, y);
        // The other half of the matrix is the same only where the order does not matter.
        const same = isSymmetric(method, parameters) || at === mirror || !mirrored;
        const other = same ? score : await scoreOf(y, x);
        for (const [place, one] of mirrored
          ? ([
              [at, score],
              [mirror, other],
            ] as const)
          : ([[at, score]] as const)) {
          values[place] = one?.value ?? null;
          chance[place] = one?.level ?? null;
          sd[place] = one?.sd ?? null;
        }
        for (const warning of new Set([score?.warning, other?.warning]))
          if (warning !== undefined)
            warnings.set(warning, [...(warnings.get(warning) ?? []), `${names[x]} and ${names[y]}`]);
      }
    }
  }
  return tables.map(({ values, chance, sd, warnings }) => ({
    values,
    ...(chance.some((level) => level !== null) && { chance }),
    ...(sd.some((spread) => spread !== null) && { sd }),
    warnings: Array.from(
      warnings,
      ([warning, pairs]) => `${pairs.length > 3 ? `${pairs.length} pairs` : pairs.join('; ')}: ${warning}`,
    ),
  }));
}

/** The places of the inputs of each pass: all at once where their sums fit into memory, or groups by twos. */
function passesOf({ stream }: OpenInputs, places: readonly number[]): number[][] {
  const bytes = (members: readonly number[]) =>
    Moments.bytes(members.reduce((sum, place) => sum + (stream.inputs[place]?.columns ?? 0), 0));
  const bound = SUMS * stream.room;
  if (bytes(places) <= bound) return [[...places]];
  const groups: number[][] = [];
  for (const place of places) {
    const last = groups.at(-1);
    // Two groups share a pass; sums grow with the square of the columns.
    if (last && bytes([...last, place]) <= bound / 4) last.push(place);
    else groups.push([place]);
  }
  if (groups.length === 1) return groups;
  return groups.flatMap((group, g) => groups.slice(g + 1).map((other) => [...group, ...other]));
}
