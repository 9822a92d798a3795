import { Matrix, type Real } from './matrix';
import { columnGram, multiply } from './products';
import type { Watch } from './signal';

/** Columns multiplied at a time: enough for the full speed of a product, few enough that a tile is 8 MB. */
const GROUP_WIDTH = 1024;
/** Rows summed within one product; longer sums are put together in float64. */
const BLOCK_ROWS = 3072;

/** Columns `start` to `end` (exclusive) of one layer, at `offset` within their group. */
interface Piece {
  layer: number;
  start: number;
  end: number;
  offset: number;
}

interface Group {
  pieces: Piece[];
  width: number;
}

/**
 * ‖XᵢᵀYⱼ‖² for all pairs from products of columns. Narrow layers are joined and wide ones cut into groups of columns; the
 * product of two groups is a tile of the covariance of everything with everything, which is never whole.
 */
export async function featureSideNorms(
  rows: readonly Matrix[],
  columns: readonly Matrix[] | null,
  double: boolean,
  { signal, progress }: Watch,
): Promise<Matrix<Float64Array>> {
  const others = columns ?? rows;
  const out = Matrix.zeros(rows.length, others.length);
  const groups = groupsOf(rows);
  const otherGroups = columns === null ? groups : groupsOf(columns);
  const add = (i: number, j: number, value: number) => {
    const k = i * others.length + j;
    out.data[k] = (out.data[k] as number) + value;
  };
  const total = groups.length * otherGroups.length;
  for (const [g, left] of groups.entries()) {
    for (const [h, right] of otherGroups.entries()) {
      if (columns === null && h < g) continue;
      const step = (fraction: number) => {
        signal?.throwIfAborted();
        progress?.((g * otherGroups.length + h + fraction) / total, 'Products of layers');
      };
      const tile = await tileOf(rows, left, others, right, double, step);
      for (const a of left.pieces)
        for (const b of right.pieces) {
          const value = squaredNorm(tile, a, b);
          add(a.layer, b.layer, value);
          // Twice on the diagonal too, where the two groups hold different columns of one layer.
          if (columns === null && g !== h) add(b.layer, a.layer, value);
        }
    }
  }
  return out;
}

function groupsOf(layers: readonly Matrix[]): Group[] {
  const groups: Group[] = [];
  let group: Group = { pieces: [], width: 0 };
  for (const [layer, { columns }] of layers.entries()) {
    const count = Math.ceil(columns / GROUP_WIDTH);
    for (let c = 0; c < count; c++) {
      const start = Math.round((c * columns) / count);
      const end = Math.round(((c + 1) * columns) / count);
      if (group.width + end - start > GROUP_WIDTH || groups.length === 0) {
        group = { pieces: [], width: 0 };
        groups.push(group);
      }
      group.pieces.push({ layer, start, end, offset: group.width });
      group.width += end - start;
    }
  }
  return groups;
}

/** XᵀY for the columns of two groups, summed over blocks of rows in float64. */
async function tileOf(
  rows: readonly Matrix[],
  left: Group,
  columns: readonly Matrix[],
  right: Group,
  double: boolean,
  step: (fraction: number) => void,
): Promise<Matrix<Float64Array>> {
  const sums = Matrix.zeros(left.width, right.width);
  const n = rows[0]?.rows ?? 0;
  for (let start = 0; start < n; start += BLOCK_ROWS) {
    step(start / n);
    const end = Math.min(n, start + BLOCK_ROWS);
    const a = pack(rows, left, start, end, double);
    const part = await (left === right
      ? columnGram(a)
      : multiply(a, pack(columns, right, start, end, double), { transposeA: true }));
    if (n <= BLOCK_ROWS && double) return part as Matrix<Float64Array>;
    addTo(sums.data, part.data);
  }
  return sums;
}

function addTo(sums: Float64Array, part: Real): void {
  for (let k = 0; k < sums.length; k++) sums[k] = (sums[k] as number) + (part[k] as number);
}

/** Rows `start` to `end` of a group's columns, side by side; no copy where the group is one whole layer. */
function pack(layers: readonly Matrix[], group: Group, start: number, end: number, double: boolean): Matrix {
  const only = layers[group.pieces[0]?.layer ?? 0] as Matrix;
  if (group.pieces.length === 1 && only.columns === group.width && only.isDouble === double) {
    return only.slice(start, end);
  }
  const size = (end - start) * group.width;
  const out = double ? new Float64Array(size) : new Float32Array(size);
  for (const piece of group.pieces) {
    const { data, columns } = layers[piece.layer] as Matrix;
    for (let i = start; i < end; i++) {
      const values = data.subarray(i * columns + piece.start, i * columns + piece.end);
      out.set(values, (i - start) * group.width + piece.offset);
    }
  }
  return new Matrix(out, end - start, group.width);
}

/** The squared Frobenius norm of the block of a tile that two pieces make. */
function squaredNorm(tile: Matrix<Float64Array>, a: Piece, b: Piece): number {
  let total = 0;
  for (let i = a.offset; i < a.offset + a.end - a.start; i++) {
    let sum = 0;
    const base = i * tile.columns + b.offset;
    for (let k = base; k < base + b.end - b.start; k++) sum += (tile.data[k] as number) ** 2;
    total += sum;
  }
  return total;
}
