import type { Interval } from '../../../protocol/result';
import { plural } from '../../../protocol/words';
import type { Context } from '../../method';
import { type Cell, type Choice, type Cost, choose } from './grid';

const LEVEL = 0.95;

/**
 * Intervals over draws of the rows, the same rows for every cell; undefined where scores are no means over rows. Of the last
 * layer in full, which is given beforehand, percentiles. The highest of many cells is too high by chance, and that of a draw
 * is so once more: best and recommended are chosen anew in each, and what draws are above the score is taken off below it
 * (basic bootstrap: Davison and Hinkley, "Bootstrap methods and their application", 1997, section 5.2). Scores that are means
 * are shares: an interval is cut at 0 and at 1.
 */
export function intervals(
  cells: readonly Cell[],
  choice: Choice,
  by: { readonly tolerance: number; readonly cost: Cost; readonly draws: number },
  { random, signal }: Pick<Context, 'random' | 'signal'>,
): Record<string, Interval> | undefined {
  const { draws } = by;
  const rows = choice.full.score.each?.length ?? 0;
  if (draws === 0 || rows === 0) return undefined;
  const found = { recommended: new Float64Array(draws), best: new Float64Array(draws), full: new Float64Array(draws) };
  for (let draw = 0; draw < draws; draw++) {
    signal.throwIfAborted();
    const picked = Int32Array.from({ length: rows }, () => random.integer(rows));
    const anew = choose(
      cells.map((cell) => redrawn(cell, picked)),
      by.tolerance,
      by.cost,
    ) as Choice;
    found.recommended[draw] = anew.chosen.score.value;
    found.best[draw] = anew.best.score.value;
    found.full[draw] = anew.full.score.value;
  }
  const how = `bootstrap of rows, ${draws} draws`;
  const chosen = (values: Float64Array, { score: { value } }: Cell): Interval => {
    const { low, high } = percentiles(values);
    return {
      ...{ low: Math.max(0, 2 * value - high), high: Math.min(1, 2 * value - low), level: LEVEL },
      how: `${how}, the cell chosen anew of ${plural(cells.length, 'cell')} in each; reflected at the score, which takes off what choosing adds (basic), cut at 0 and 1`,
    };
  };
  return {
    recommended: chosen(found.recommended, choice.chosen),
    best: chosen(found.best, choice.best),
    full: { ...percentiles(found.full), level: LEVEL, how: `${how}, percentiles` },
  };
}

/** The cell with the mean over the rows that were drawn. */
function redrawn(cell: Cell, picked: Int32Array): Cell {
  const each = cell.score.each as Float64Array;
  let sum = 0;
  for (const row of picked) sum += each[row] as number;
  return { ...cell, score: { value: sum / picked.length } };
}

function percentiles(values: Float64Array): { readonly low: number; readonly high: number } {
  const sorted = values.toSorted();
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] as number;
  return { low: at((1 - LEVEL) / 2), high: at((1 + LEVEL) / 2) };
}
