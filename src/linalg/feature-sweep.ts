import type { CentredLayer } from './centred-layer';
import { Matrix, type Real, reals } from './matrix';
import { free } from './memory';
import { multiply } from './products';
import type { Watch } from './signal';

/** Columns multiplied at a time: enough for the full speed of a product, few enough that a tile is 8 MB. */
const GROUP_WIDTH = 1024;
/** Columns of a group in one product: the more, the faster it is; the fewer, the less of its products with itself is done twice. */
const BAND = 192;
/** Groups that one is multiplied with while its columns are laid out: their tiles are 32 MB. */
const TOGETHER = 4;
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
 * product of two groups is a tile of the covariance of everything with everything, which is never whole; of a group with
 * itself only the half from the diagonal on is made.
 */
export async function featureSideNorms(
  rows: readonly CentredLayer[],
  columns: readonly CentredLayer[] | null,
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
    for (let h = columns === null ? g : 0; h < otherGroups.length; h += TOGETHER) {
      const some = otherGroups.slice(h, h + TOGETHER);
      const step = (fraction: number) => {
        signal?.throwIfAborted();
        progress?.((g * otherGroups.length + h + fraction * some.length) / total, 'Products of layers');
      };
      for (const band of await bandsOf(rows, left, others, some, double, step)) {
        addSquares(band, left, (i, j, diagonal, rest) => {
          add(i, j, diagonal + rest);
          // What lies below the diagonal of everything with everything is what lies above it.
          if (columns === null) add(j, i, rest);
        });
        free(band.products.data);
      }
    }
  }
  return out;
}

function groupsOf(layers: readonly CentredLayer[]): Group[] {
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

/** Products of a group's columns from `start` on with those of another; with its own, from `start` on too. */
interface Band {
  readonly right: Group;
  readonly start: number;
  readonly products: Matrix;
}

/** XᵀY for the columns of a group and of others, in bands, summed over blocks of rows in float64. */
async function bandsOf(
  rows: readonly CentredLayer[],
  left: Group,
  columns: readonly CentredLayer[],
  others: readonly Group[],
  double: boolean,
  step: (fraction: number) => void,
): Promise<Band[]> {
  const n = rows[0]?.rows ?? 0;
  const bands: Band[] = [];
  const count = Math.ceil(left.width / BAND);
  for (let top = 0; top < n; top += BLOCK_ROWS) {
    const bottom = Math.min(n, top + BLOCK_ROWS);
    const a = pack(rows, left, top, bottom, double);
    let at = 0;
    for (const right of others) {
      const b = left === right ? a : pack(columns, right, top, bottom, double);
      for (let k = 0; k < count; k++, at++) {
        step((top + ((bottom - top) * at) / (count * others.length)) / n);
        const [start, end] = [k * BAND, Math.min(left.width, (k + 1) * BAND)];
        const part = left === right ? b.slice(start, b.rows) : b;
        const products = await multiply(a.slice(start, end), part, { transposeB: true });
        if (top === 0) bands.push({ right, start, products: products.toDouble() });
        else addTo((bands[at] as Band).products, products);
      }
      if (b !== a) free(b.data);
    }
    free(a.data);
  }
  return bands;
}

function addTo({ data: sums }: Matrix, { data: part }: Matrix): void {
  for (let k = 0; k < sums.length; k++) sums[k] = (sums[k] as number) + (part[k] as number);
}

/** Rows `start` to `end` of a group's columns, turned: the columns lie one after the other. */
function pack(layers: readonly CentredLayer[], group: Group, start: number, end: number, double: boolean): Matrix {
  const size = (end - start) * group.width;
  const out = new Matrix(reals(size, double), group.width, end - start);
  for (const { layer, start: first, end: last, offset } of group.pieces)
    (layers[layer] as CentredLayer).turnInto(out, offset, start, end, first, last);
  return out;
}

/**
 * Squares of a band's products, summed by pairs of layers. Of a group with itself only what lies right of the diagonal is
 * in `rest`.
 */
function addSquares(
  { right, start, products }: Band,
  left: Group,
  add: (i: number, j: number, diagonal: number, rest: number) => void,
): void {
  const own = left === right;
  const [end, skipped] = [start + products.rows, own ? start : 0];
  for (const a of left.pieces)
    for (let i = Math.max(start, a.offset); i < Math.min(end, a.offset + a.end - a.start); i++) {
      const row = products.row(i - start);
      if (own) add(a.layer, a.layer, (row[i - start] as number) ** 2, 0);
      for (const b of right.pieces) {
        const first = own ? Math.max(b.offset, i + 1) : b.offset;
        add(a.layer, b.layer, 0, squares(row, first - skipped, b.offset + b.end - b.start - skipped));
      }
    }
}

function squares(values: Real, start: number, end: number): number {
  let sum = 0;
  for (let k = start; k < end; k++) sum += (values[k] as number) ** 2;
  return sum;
}
