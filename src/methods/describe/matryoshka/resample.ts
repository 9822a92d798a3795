import type { Interval } from '../../../protocol/result';
import type { Context } from '../../method';
import type { Cell, Choice } from './grid';

const LEVEL = 0.95;

/** Percentiles over draws of the rows, the same rows for every cell; undefined where scores are no means over rows. */
export function intervals(
  { chosen, best, full }: Choice,
  draws: number,
  { random, signal }: Context,
): Record<string, Interval> | undefined {
  const rows = chosen.score.each?.length ?? 0;
  if (draws === 0 || rows === 0) return undefined;
  const cells: Record<string, Cell> = { recommended: chosen, best, full };
  const found = new Map(Object.keys(cells).map((key) => [key, [] as number[]]));
  for (let draw = 0; draw < draws; draw++) {
    signal.throwIfAborted();
    const picked = Int32Array.from({ length: rows }, () => random.integer(rows));
    for (const [key, { score }] of Object.entries(cells)) {
      const total = picked.reduce((sum, row) => sum + (score.each?.[row] ?? 0), 0);
      found.get(key)?.push(total / rows);
    }
  }
  const how = `bootstrap of rows, ${draws} draws, percentiles`;
  return Object.fromEntries(
    [...found].map(([key, values]) => {
      values.sort((a, b) => a - b);
      const at = (share: number) => values[Math.min(draws - 1, Math.floor(share * draws))] as number;
      return [key, { low: at((1 - LEVEL) / 2), high: at((1 + LEVEL) / 2), level: LEVEL, how }];
    }),
  );
}
