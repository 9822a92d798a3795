import type { Chance } from '../../protocol/result';
import type { Context, PairScore, PairScores, Representation } from '../method';

/**
 * Scores all pairs of `rows` x `columns`. What a measure needs of one representation is prepared once for each of them;
 * where both sides are the same list, a symmetric measure is computed for one half.
 * @param bytes of what is prepared of one representation, where that is as large as its data or larger
 */
export async function scorePairs<Prepared>(
  rows: readonly Representation[],
  columns: readonly Representation[],
  context: Context,
  prepare: (input: Representation) => Promise<Prepared>,
  score: (a: Prepared, b: Prepared) => PairScore | Promise<PairScore>,
  bytes: (input: Representation) => number = () => 0,
  symmetric = true,
): Promise<PairScores> {
  const inputs = [...new Set([...rows, ...columns])];
  const total = inputs.reduce((sum, input) => sum + bytes(input), 0);
  if (total > 0) context.reserve(total, `keeping what is computed of each of ${inputs.length} representations`);
  const prepared = new Map<Representation, Prepared>();
  for (const [k, input] of inputs.entries()) {
    context.signal.throwIfAborted();
    context.progress((0.5 * k) / inputs.length, input.name);
    prepared.set(input, await prepare(input));
  }
  const mirrored = symmetric && rows.length === columns.length && rows.every((row, i) => row === columns[i]);
  const values: (number | null)[] = new Array(rows.length * columns.length).fill(null);
  const chance: (number | null)[] = [...values];
  const spread: (number | null)[] = [...values];
  const warnings = new Map<string, string[]>();
  for (const [i, row] of rows.entries()) {
    for (const [j, column] of columns.entries()) {
      if (mirrored && j < i) continue;
      context.signal.throwIfAborted();
      context.progress(0.5 + (0.5 * (i * columns.length + j)) / values.length, `${row.name} and ${column.name}`);
      const { value, level, sd, warning } = await score(
        prepared.get(row) as Prepared,
        prepared.get(column) as Prepared,
      );
      for (const at of mirrored ? [i * columns.length + j, j * columns.length + i] : [i * columns.length + j]) {
        values[at] = value;
        chance[at] = level ?? null;
        spread[at] = sd ?? null;
      }
      if (warning !== undefined)
        warnings.set(warning, [...(warnings.get(warning) ?? []), `${row.name} and ${column.name}`]);
    }
  }
  return {
    values,
    ...(chance.some((level) => level !== null) && { chance }),
    ...(spread.some((sd) => sd !== null) && { sd: spread }),
    warnings: Array.from(warnings, ([warning, pairs]) => `${some(pairs)}: ${warning}`),
  };
}

/** The level and the spread of chance that belong to the value itself. */
export function scoreWith(score: { value: number | null; chance?: Chance | undefined; warning?: string }): PairScore {
  const { value, chance, warning } = score;
  return { value, level: chance?.level, sd: chance?.sd, warning };
}

/** The same complaint of many pairs is made once. */
function some(pairs: readonly string[]): string {
  const more = pairs.length - 3;
  return more > 1 ? `${pairs.slice(0, 3).join('; ')} and ${more} more pairs` : pairs.join('; ');
}
