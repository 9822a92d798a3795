/** A plane of a tensor: two of its axes, and an index on every other. */
export interface Slice {
  /** The axis whose indices are rows; null of a single number. */
  readonly rows: number | null;
  /** The axis whose indices are columns; null where there is one column. */
  readonly columns: number | null;
  /** An index for every axis; those of the rows and the columns count for nothing. */
  readonly at: readonly number[];
}

/** Half-open. */
export type Range = readonly [start: number, end: number];

/** Rows along the first axis, one a sample, columns along the second; index 0 on the others. */
export function firstSlice(shape: readonly number[]): Slice {
  return { rows: shape.length > 0 ? 0 : null, columns: shape.length > 1 ? 1 : null, at: shape.map(() => 0) };
}

/** Rows and columns of a plane. */
export function planeShape(shape: readonly number[], { rows, columns }: Slice): [number, number] {
  const [height, width] = [rows, columns].map((axis) => (axis === null ? 1 : (shape[axis] ?? 0)));
  // Another axis without length leaves nothing of these.
  const nothing = shape.some((side, axis) => side === 0 && axis !== rows && axis !== columns);
  return nothing ? [0, 0] : [height as number, width as number];
}

/** As NumPy writes it: `[:, 0, :, 3]`. */
export function sliceText({ rows, columns, at }: Slice): string {
  return `[${at.map((index, axis) => (axis === rows || axis === columns ? ':' : index)).join(', ')}]`;
}

/** Whether a slice is one of a tensor of this shape: whole axes that differ, and indices that are there. */
export function fits(shape: readonly number[], { rows, columns, at }: Slice): boolean {
  const isAxis = (axis: number | null) => axis === null || (Number.isInteger(axis) && axis >= 0 && axis < shape.length);
  const alone = shape.length === 0 ? rows === null : rows !== null;
  return (
    isAxis(rows) &&
    isAxis(columns) &&
    alone &&
    (columns === null || columns !== rows) &&
    at.length === shape.length &&
    at.every(
      (index, axis) =>
        axis === rows || axis === columns || (Number.isInteger(index) && index >= 0 && index < (shape[axis] ?? 0)),
    )
  );
}

/**
 * The slice with an axis as its rows or columns, or as neither. Axes that change places swap; what would leave no rows
 * changes nothing.
 */
export function assignAxis(slice: Slice, axis: number, part: 'rows' | 'columns' | 'index'): Slice {
  const { rows, columns, at } = slice;
  if (part === 'index') {
    if (axis === columns) return { ...slice, columns: null };
    return axis === rows && columns !== null ? { rows: columns, columns: null, at } : slice;
  }
  if (part === 'rows') return { rows: axis, columns: axis === columns ? rows : columns, at };
  return axis === rows
    ? columns === null
      ? slice
      : { rows: columns, columns: axis, at }
    : { ...slice, columns: axis };
}
