import { UserError } from '../../protocol/errors';
import type { StudySection } from '../../protocol/study';

/** One run: its layers from the input on, each with its place in the matrix. */
export interface Run {
  readonly name: string;
  readonly layers: readonly { readonly name: string; readonly place: number }[];
}

export type Cells = readonly (readonly (number | null)[])[];

/** A measure over all pairs of the layers of all runs, symmetric. */
export interface StudyMatrix {
  readonly runs: readonly Run[];
  readonly values: Cells;
  readonly better: 'higher' | 'lower';
  /** What no value exceeds, where there is such a bound. */
  readonly bound?: number;
  /** Of the measure. */
  readonly title: string;
}

/** Both directions of a measure that has two, averaged, as S + Sᵀ in Kornblith et al. (2019). */
export function symmetrised(values: Cells): Cells {
  return values.map((row, i) => row.map((value, j) => averaged(value, values[j]?.[i] ?? null)));
}

export function averaged(value: number | null, other: number | null): number | null {
  return value === null || other === null ? null : (value + other) / 2;
}

/**
 * The layers that every run has, in the order of the first run. Runs of one layer each share it, whatever it is called.
 * @throws UserError where there is none.
 */
export function sharedLayers(runs: readonly Run[]): readonly string[] {
  const [first, ...others] = runs;
  if (!first) return [];
  if (runs.every(({ layers }) => layers.length === 1)) return [first.layers[0]?.name ?? ''];
  const shared = first.layers.map(({ name }) => name).filter((name) => others.every((run) => placeOf(run, name) >= 0));
  if (shared.length > 0) return shared;
  const strange = others.find((run) => !run.layers.some(({ name }) => placeOf(first, name) >= 0)) ?? others[0];
  throw new UserError(
    `No layer has the same name in every run: ${first.name} has ${listed(first)}, ${strange?.name} has ${listed(strange)}. ` +
      'Runs are compared layer by layer. Choose one layer of each file (file#layer), or study runs of one architecture.',
  );
}

function listed(run: Run | undefined): string {
  const names = run?.layers.map(({ name }) => name || '(one array)') ?? [];
  return names.length > 4 ? `${names.slice(0, 3).join(', ')} and ${names.length - 3} more` : names.join(', ');
}

/** Where a run's layer lies in the matrix; that of its only layer, whatever the name, where all have one. */
export function placeOf({ layers }: Run, name: string): number {
  return layers.find((layer) => layer.name === name)?.place ?? -1;
}

/**
 * Runs against runs at one layer, n x n, row-major; NaN where there is no value.
 * @param of what is taken of each value, such as the distance that belongs to a similarity.
 */
export function atLayer({ runs, values }: StudyMatrix, layer: string, of = (value: number) => value): Float64Array {
  const single = runs.every(({ layers }) => layers.length === 1);
  const places = runs.map((run) => (single ? (run.layers[0]?.place ?? -1) : placeOf(run, layer)));
  return Float64Array.from({ length: runs.length ** 2 }, (_, k) => {
    const [i, j] = [places[Math.floor(k / runs.length)] ?? -1, places[k % runs.length] ?? -1];
    const value = values[i]?.[j] ?? null;
    return value === null ? Number.NaN : of(value);
  });
}

/** Runs against runs: the mean over the layers that all of them share, NaN where one of these is missing. */
export function betweenRuns(study: StudyMatrix, of?: (value: number) => number): Float64Array {
  const layers = sharedLayers(study.runs);
  const sum = new Float64Array(study.runs.length ** 2);
  for (const layer of layers)
    for (const [k, value] of atLayer(study, layer, of).entries()) sum[k] = (sum[k] ?? 0) + value;
  return sum.map((total) => total / layers.length);
}

/** The pairs i < j of n things. */
export function pairsOf(n: number): readonly (readonly [number, number])[] {
  return Array.from({ length: n }, (_, i) =>
    Array.from({ length: n - i - 1 }, (_, k) => [i, i + 1 + k] as const),
  ).flat();
}

type Answer = Partial<Omit<StudySection, 'id' | 'title' | 'about' | 'missing'>>;

/** A question with its answer, or with the words of the UserError that came instead of one. */
export async function section(
  { id, title, about }: Pick<StudySection, 'id' | 'title' | 'about'>,
  answer: () => Answer | Promise<Answer>,
): Promise<StudySection> {
  const none = { values: {}, chance: {}, tables: {}, figures: [], reading: null, warnings: [], titles: {} };
  try {
    return { ...none, ...(await answer()), id, title, about, missing: null };
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return { ...none, id, title, about, missing: error.message };
  }
}
