import type { Context, Method, PairScores, Representation } from '../methods/method';
import { UserError } from '../protocol/errors';

/**
 * The measure of every row with every column: in one go where it can, and otherwise pair by pair.
 * @param mirrored the cells below the diagonal are those above it: both stand for one pair.
 */
export async function scoresOf(
  method: Method,
  parameters: Record<string, unknown>,
  rows: readonly Representation[],
  columns: readonly Representation[],
  fresh: () => Context,
  { only, last, mirrored }: { readonly only: boolean; readonly last: boolean; readonly mirrored: boolean },
): Promise<PairScores> {
  const context = { ...fresh(), mayOverwrite: last };
  if (!method.sweep) return pairByPair(method, parameters, rows, columns, fresh, { only, mirrored });
  const scores = await method.sweep(rows, columns, parameters, context);
  if (!mirrored) return scores;
  const wide = columns.length;
  const above = (k: number) => Math.min(k, (k % wide) * wide + Math.floor(k / wide));
  return { ...scores, values: scores.values.map((_, k) => scores.values[above(k)] ?? null) };
}

/** Half the pairs where one half mirrors the other; the diagonal is computed like the rest. */
async function pairByPair(
  method: Method,
  parameters: Record<string, unknown>,
  rows: readonly Representation[],
  columns: readonly Representation[],
  fresh: () => Context,
  { only, mirrored }: { readonly only: boolean; readonly mirrored: boolean },
): Promise<PairScores> {
  const pairs = rows.flatMap((_, i) => columns.map((_, j) => [i, j] as const)).filter(([i, j]) => !mirrored || i <= j);
  const key = method.values[0]?.key ?? '';
  const size = rows.length * columns.length;
  const values = new Array<number | null>(size).fill(null);
  const chance = new Array<number | null>(size).fill(null);
  const sd = new Array<number | null>(size).fill(null);
  const warnings = new Map<string, string[]>();
  let failure: UserError | undefined;
  let computed = 0;
  for (const [k, [i, j]] of pairs.entries()) {
    const [a, b] = [rows[i], columns[j]] as [Representation, Representation];
    const context = fresh();
    context.signal.throwIfAborted();
    context.progress(k / pairs.length, `${method.title}: ${a.name} × ${b.name}`);
    const quiet = { ...context, progress: () => {}, bare: true };
    const warn = (warning: string) =>
      warnings.set(warning, [...(warnings.get(warning) ?? []), `${a.name} × ${b.name}`]);
    try {
      const outcome = await method.run([a, b], parameters, quiet);
      for (const at of mirrored ? [i * columns.length + j, j * columns.length + i] : [i * columns.length + j]) {
        values[at] = outcome.values[key] ?? null;
        chance[at] = outcome.chance?.[key]?.level ?? null;
        sd[at] = outcome.chance?.[key]?.sd ?? null;
      }
      outcome.warnings?.forEach(warn);
      computed++;
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      failure ??= error;
      warn(error.message);
    }
  }
  if (only && computed === 0 && failure) throw failure;
  const told = [...warnings].map(([warning, names]) =>
    names.length === pairs.length ? warning : `${warning} (${names.length === 1 ? names[0] : `${names.length} pairs`})`,
  );
  return {
    values,
    ...(chance.some((level) => level !== null) && { chance }),
    ...(sd.some((spread) => spread !== null) && { sd }),
    warnings: told,
  };
}
