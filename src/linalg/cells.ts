import { free } from './memory';
import { type Cloud, cloud, measureRows, type Near, Nearness, takeRows, WIDTH } from './nearness';
import type { Random } from './random';
import type { Watch } from './signal';

const ROUNDS = 2;
/** Rows for each centre that choose where it lies. */
const TRAINED = 12;
/** Values of how near rows are to centres that are held at a time. */
const TILE = 1 << 20;

/** A space parted into the cells of centres: a row lies in that of the nearest. */
export interface Cells {
  readonly centres: Cloud;
  /** Distance between each two centres. */
  readonly apart: Float32Array;
}

/** k-means on some of the rows: where a centre lies exactly does not matter. */
export async function partSpace(points: Cloud, count: number, random: Random, watch: Watch): Promise<Cells> {
  const { columns } = points;
  const some = takeRows(points, random.sample(points.rows, Math.min(points.rows, TRAINED * count)));
  const centres = cloud(count, columns);
  centres.data.set(some.data.subarray(0, count * columns));
  measureRows(centres, 0, count);
  for (let round = 0; round < ROUNDS; round++) {
    const sums = new Float64Array(count * columns);
    const sizes = new Int32Array(count);
    await eachNearest(some, { centres }, watch, (i, cell) => {
      sizes[cell] = (sizes[cell] as number) + 1;
      for (let from = i * columns, to = cell * columns; to < (cell + 1) * columns; from++, to++)
        sums[to] = (sums[to] as number) + (some.data[from] as number);
    });
    for (let c = 0; c < count; c++) {
      const size = sizes[c] as number;
      // A cell that nobody is in moves to a random row.
      const other = size === 0 ? columns * random.integer(some.rows) : 0;
      for (let j = 0, at = c * columns; j < columns; j++, at++)
        centres.data[at] = size === 0 ? (some.data[other + j] as number) : (sums[at] as number) / size;
    }
    measureRows(centres, 0, count);
  }
  const between = await distances(centres, watch);
  const order = chain(between, count);
  const apart = new Float32Array(count * count);
  for (let i = 0; i < count; i++)
    for (let c = 0; c < count; c++)
      apart[i * count + c] = between[(order[i] as number) * count + (order[c] as number)] as number;
  free(between);
  return { centres: takeRows(centres, order), apart };
}

/** Between each two centres. */
async function distances(centres: Cloud, watch: Watch): Promise<Float32Array> {
  const out = new Float32Array(centres.rows ** 2);
  await eachNearest(centres, { centres }, watch, (i, _, { values }, at) => {
    for (let c = 0; c < centres.rows; c++)
      out[i * centres.rows + c] = distance((values[at + c] as number) + (centres.halves[i] as number));
  });
  return out;
}

/** Each centre, and behind it that of those left which is nearest to it: near ones then lie within the same {@link WIDTH}. */
function chain(between: Float32Array, count: number): Int32Array {
  const order = new Int32Array(count);
  const left = new Set(order.keys());
  left.delete(0);
  for (let at = 1; at < count; at++) {
    const row = (order[at - 1] as number) * count;
    let next = -1;
    for (const c of left) if (next < 0 || (between[row + c] as number) < (between[row + next] as number)) next = c;
    order[at] = next;
    left.delete(next);
  }
  return order;
}

/** Calls `visit` with each row, the centre nearest to it, and how near it is to each, which begins at `at`. */
export async function eachNearest(
  points: Cloud,
  { centres }: Pick<Cells, 'centres'>,
  { signal, progress }: Watch,
  visit: (row: number, cell: number, near: Near, at: number) => void,
): Promise<void> {
  const { columns, rows } = points;
  const nearness = new Nearness();
  const height = Math.max(1, Math.floor(TILE / centres.rows));
  for (let start = 0; start < rows; start += height) {
    progress?.(start / rows, 'Parting the space into cells');
    signal?.throwIfAborted();
    const count = Math.min(height, rows - start);
    const some = points.data.subarray(start * columns, (start + count) * columns);
    const near = await nearness.between(some, count, centres, 0, centres.rows);
    for (let i = 0; i < count; i++) visit(start + i, nearest(near, i), near, i * near.stride);
  }
}

/** The place of the least value of a row. */
function nearest({ values, least, blocks, stride }: Near, i: number): number {
  let block = i * blocks;
  for (let b = block + 1; b < (i + 1) * blocks; b++) if ((least[b] as number) < (least[block] as number)) block = b;
  const first = i * stride;
  let at = first + (block - i * blocks) * WIDTH;
  for (let v = at + 1, end = at + WIDTH; v < end; v++) if ((values[v] as number) < (values[at] as number)) at = v;
  return at - first;
}

/** From half its square; rounding puts that below zero where there is none. */
export function distance(half: number): number {
  return Math.sqrt(Math.max(0, 2 * half));
}
