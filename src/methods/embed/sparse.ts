import type { Matrix } from '../../linalg/matrix';
import type { Context } from '../method';

/** A sparse matrix by rows: those of row i are at offsets[i] to offsets[i + 1] - 1. */
export interface Sparse {
  readonly rows: number;
  readonly columns: number;
  readonly offsets: Int32Array;
  readonly indices: Int32Array;
  readonly values: Float64Array;
}

/** Rows between two looks at the signal. */
const STRETCH = 1024;

/** Entries (i, j, value) as a matrix by rows; those of the same place are added. */
export function sparseOf(
  rows: number,
  columns: number,
  entries: { readonly i: ArrayLike<number>; readonly j: ArrayLike<number>; readonly values: ArrayLike<number> },
): Sparse {
  const starts = new Int32Array(rows + 1);
  for (let e = 0; e < entries.i.length; e++) (starts[(entries.i[e] as number) + 1] as number)++;
  for (let i = 0; i < rows; i++) (starts[i + 1] as number) += starts[i] as number;
  const order = new Int32Array(entries.i.length);
  const next = starts.slice();
  for (let e = 0; e < entries.i.length; e++) {
    const row = entries.i[e] as number;
    order[next[row] as number] = e;
    (next[row] as number)++;
  }
  const offsets = new Int32Array(rows + 1);
  const indices = new Int32Array(entries.i.length);
  const values = new Float64Array(entries.i.length);
  const place = new Map<number, number>();
  let at = 0;
  for (let i = 0; i < rows; i++) {
    place.clear();
    for (let k = starts[i] as number; k < (starts[i + 1] as number); k++) {
      const e = order[k] as number;
      const j = entries.j[e] as number;
      const known = place.get(j);
      if (known === undefined) {
        place.set(j, at);
        indices[at] = j;
        values[at++] = entries.values[e] as number;
      } else (values[known] as number) += entries.values[e] as number;
    }
    offsets[i + 1] = at;
  }
  return { rows, columns, offsets, indices: indices.slice(0, at), values: values.slice(0, at) };
}

/** out = A X, for X of A.columns rows; out is overwritten. */
export function timesDense(
  a: Sparse,
  x: Matrix<Float64Array>,
  out: Matrix<Float64Array>,
  { signal }: Pick<Context, 'signal'>,
): void {
  const width = x.columns;
  out.data.fill(0);
  for (let i = 0; i < a.rows; i++) {
    if (i % STRETCH === 0) signal.throwIfAborted();
    const row = out.row(i);
    for (let k = a.offsets[i] as number; k < (a.offsets[i + 1] as number); k++) {
      const value = a.values[k] as number;
      const start = (a.indices[k] as number) * width;
      for (let c = 0; c < width; c++) (row[c] as number) += value * (x.data[start + c] as number);
    }
  }
}

/** out = Aᵀ X, for X of A.rows rows; out is overwritten. */
export function transposedTimesDense(
  a: Sparse,
  x: Matrix<Float64Array>,
  out: Matrix<Float64Array>,
  { signal }: Pick<Context, 'signal'>,
): void {
  const width = x.columns;
  out.data.fill(0);
  for (let i = 0; i < a.rows; i++) {
    if (i % STRETCH === 0) signal.throwIfAborted();
    const row = x.row(i);
    for (let k = a.offsets[i] as number; k < (a.offsets[i + 1] as number); k++) {
      const value = a.values[k] as number;
      const start = (a.indices[k] as number) * width;
      for (let c = 0; c < width; c++) (out.data[start + c] as number) += value * (row[c] as number);
    }
  }
}
