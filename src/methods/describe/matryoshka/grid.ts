import type { Context } from '../../method';
import type { Layer } from './sides';
import type { Score } from './tasks';

/** One layer cut to its first dimensions. */
export interface Cell {
  /** From 0. */
  readonly layer: number;
  readonly width: number;
  readonly score: Score;
  /** Share of layers that are run times share of the dimensions that are kept, of the last layer's. */
  readonly cost: number;
}

export type Scorer = (layer: Layer, index: number, width: number) => Promise<Score>;

/** What makes a cell cheap: fewer layers times dimensions, or first one of the two and then the other. */
export type Cost = 'product' | 'dimensions' | 'layers';

/**
 * Powers of two below the widest layer, from 4 (from 1 where it has fewer than 16 units), and the width of every layer; or
 * those that are given.
 */
export function widthsOf(layers: readonly Layer[], given: readonly number[]): number[] {
  const own = layers.map(({ matrix }) => matrix.columns);
  const widest = Math.max(...own);
  const powers: number[] = [];
  for (let width = widest < 16 ? 1 : 4; width < widest; width *= 2) powers.push(width);
  const all = given.length > 0 ? given.filter((width) => width <= widest) : [...powers, ...own];
  return [...new Set([...all, ...own])].sort((a, b) => a - b);
}

/** Every layer at every width that it has. */
export async function scoreCells(
  layers: readonly Layer[],
  widths: readonly number[],
  scorer: Scorer,
  context: Context,
  most: number,
): Promise<Cell[]> {
  const cells: Cell[] = [];
  const full = layers.at(-1)?.matrix.columns ?? 1;
  for (const [index, layer] of layers.entries()) {
    for (const width of widths.filter((one) => one <= layer.matrix.columns)) {
      context.signal.throwIfAborted();
      context.progress((most * index) / layers.length, `${layer.name}, ${width} dimensions`);
      const cost = ((index + 1) / layers.length) * (width / full);
      cells.push({ layer: index, width, score: await scorer(layer, index, width), cost });
    }
  }
  return cells;
}

export interface Choice {
  readonly best: Cell;
  readonly chosen: Cell;
  /** The last layer in full. */
  readonly full: Cell;
  /** Scores from here on are within the tolerance of the best. */
  readonly least: number;
}

/** The cheapest cell within a share of the best; undefined where no cell has a score. */
export function choose(cells: readonly Cell[], tolerance: number, by: Cost): Choice | undefined {
  const known = cells.filter(({ score }) => Number.isFinite(score.value));
  const order = (a: Cell, b: Cell) => {
    const first = by === 'product' ? a.cost - b.cost : by === 'dimensions' ? a.width - b.width : a.layer - b.layer;
    return first || a.width - b.width || a.layer - b.layer;
  };
  const cheap = [...known].sort(order);
  const highest = Math.max(...known.map(({ score }) => score.value));
  // The cheapest of those that score the same.
  const best = cheap.find(({ score }) => score.value === highest);
  const full = cells.at(-1);
  if (!best || !full) return undefined;
  const least = highest - tolerance * Math.abs(highest);
  return { best, chosen: cheap.find(({ score }) => score.value >= least) ?? best, full, least };
}

/** Whether no cell of as few layers and dimensions scores as high. */
export function isOptimal(cell: Cell, cells: readonly Cell[]): boolean {
  return !cells.some(
    (other) =>
      other !== cell &&
      other.layer <= cell.layer &&
      other.width <= cell.width &&
      other.score.value >= cell.score.value &&
      (other.layer < cell.layer || other.width < cell.width || other.score.value > cell.score.value),
  );
}

/** Standard error of a mean over rows; undefined where the score is none. */
export function standardError({ value, each }: Score): number | null {
  if (!each || each.length < 2) return null;
  const squares = each.reduce((sum, one) => sum + (one - value) ** 2, 0);
  return Math.sqrt(squares / (each.length - 1) / each.length);
}
