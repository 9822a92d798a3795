import type { Matrix } from '../../linalg/matrix';
import type { Axis, HeatmapPanel } from '../../protocol/figures';

/** A drawn heatmap has at most this many cells along each side: more could not be told apart, and would not travel well. */
const CELLS = 256;

/** How several entries become one cell: the one of largest magnitude (correlations), or their mean (similarities). */
export type Pooling = 'largest' | 'mean';

/** One side of a drawn matrix. */
export interface Side {
  readonly label: string;
  /** Which rows (or columns) to draw, in this order; absent: all, as they are. */
  readonly order?: ArrayLike<number>;
  /** Name of a row (or column), by its index in the matrix. */
  readonly name?: (index: number) => string;
}

const POWERS = Array.from({ length: 23 }, (_, k) => Number(`1e${k}`));

/** Six significant digits: more than a picture shows, fewer bytes than a double prints. */
export function digits6(value: number): number | null {
  if (!Number.isFinite(value)) return null;
  // A whole number over a power of ten is what its decimal digits are read as, in a tenth of the time. Powers up to 22 are exact.
  const digits = 5 - Math.floor(Math.log10(Math.abs(value)));
  if (digits >= 0 && digits < POWERS.length) {
    const power = POWERS[digits] as number;
    const moved = value * power;
    const whole = Math.round(moved);
    if (Math.abs(moved - whole) < 0.499999) return whole / power;
  }
  return Number(value.toPrecision(6));
}

/** All of a matrix that drawing needs: one that is never formed can be drawn too. */
export type Entries = Pick<Matrix, 'rows' | 'columns' | 'at'>;

/** Draws a matrix as a panel of a heatmap, reordered, and pooled where it has more than 256 rows or columns. */
export function heatmapPanel(
  title: string,
  matrix: Entries,
  rows: Side,
  columns: Side,
  pooling: Pooling,
): HeatmapPanel {
  const rowBins = bins(rows.order?.length ?? matrix.rows);
  const columnBins = bins(columns.order?.length ?? matrix.columns);
  const rowAt = (i: number) => rows.order?.[i] ?? i;
  const columnAt = (j: number) => columns.order?.[j] ?? j;
  const along = Int32Array.from({ length: columnBins.at(-1)?.[1] ?? 0 }, (_, j) => columnAt(j));
  const values: (number | null)[] = [];
  for (const [rowStart, rowEnd] of rowBins) {
    for (const [columnStart, columnEnd] of columnBins) {
      let sum = 0;
      let largest = 0;
      for (let i = rowStart; i < rowEnd; i++) {
        const row = rowAt(i);
        for (let j = columnStart; j < columnEnd; j++) {
          const value = matrix.at(row, along[j] as number);
          sum += value;
          if (Math.abs(value) > Math.abs(largest)) largest = value;
        }
      }
      const count = (rowEnd - rowStart) * (columnEnd - columnStart);
      values.push(digits6(pooling === 'mean' ? sum / count : largest));
    }
  }
  return {
    title,
    rows: axis(rows, rowBins, rowAt),
    columns: axis(columns, columnBins, columnAt),
    shape: [rowBins.length, columnBins.length],
    values,
  };
}

/** What the caption of a figure has to say about the pooling of an r x c matrix; empty where every entry has its cell. */
export function poolingNote(rows: number, columns: number, pooling: Pooling): string {
  if (rows <= CELLS && columns <= CELLS) return '';
  const shown = `${Math.min(rows, CELLS)} x ${Math.min(columns, CELLS)}`;
  const how = pooling === 'mean' ? 'the mean' : 'the entry of largest magnitude';
  return ` Drawn with ${shown} cells for ${rows} x ${columns} entries: each shows ${how} of its block.`;
}

/** Splits 0, 1, ..., count - 1 into at most 256 runs of equal length, give or take one. */
function bins(count: number): [number, number][] {
  const cells = Math.min(count, CELLS);
  const edge = (i: number) => Math.floor((i * count) / cells);
  return Array.from({ length: cells }, (_, i) => [edge(i), edge(i + 1)]);
}

function axis(side: Side, runs: readonly [number, number][], at: (i: number) => number): Axis {
  const name = side.name ?? String;
  const ticks = runs.map(([start, end]) => {
    const first = name(at(start));
    const last = name(at(end - 1));
    return first === last ? first : `${first} … ${last}`;
  });
  return { label: side.label, ticks };
}
