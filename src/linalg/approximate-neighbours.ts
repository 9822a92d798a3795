import { normaliseRows } from './centre';
import { centredPoints } from './distances';
import { scaled, scaleOf } from './householder';
import { Matrix } from './matrix';
import { FAR, valuesWithLeast } from './narrow-neighbours';
import { multiplyInto } from './products';
import type { Random } from './random';
import type { Watch } from './signal';

export interface ApproximateNeighbours {
  /** rows x k, nearest first. */
  indices: Int32Array;
  /** Share of the true neighbours of `asked` random rows that were looked at; 1 where all pairs were. */
  recall: number;
  /** Rows whose exact neighbours were found to measure that. */
  asked: number;
  /** Cells of the space, and how many of them were searched for each row. */
  cells: number;
  probes: number;
}

export interface ApproximateOptions extends Watch {
  random: Random;
  /** At least this share of the true neighbours is to be found: 0.98 where none is given. */
  recall?: number;
  reserve?: (bytes: number, what: string) => void;
}

/** Rows whose neighbours are found exactly, so that it is known how far the search has to go. */
const ASKED = 600;
const ROUNDS = 4;
/** Rows for each centre that choose where it lies. */
const TRAINED = 24;
const TILE = 1 << 22;
/** Values of which the least is found with them, so that most of them are never looked at. */
const WIDTH = 16;
/** Cells ranked for each row before it is known how many are needed. */
const RANKED = 16;
/** Part of the cells beyond which all pairs are compared. */
const EVERY = 0.3;

/**
 * The k nearest other rows of each row, nearly all of them, in float32. The rows are parted into cells about the centres of
 * k-means; each row is compared with the rows of the cells whose centres are nearest to it, by products of all rows that
 * search a cell with all that lie in it. How many cells are searched is not guessed: for rows drawn at random the exact
 * neighbours are found, and the cells in which they lie say what share is found with each number of cells. (Inverted lists:
 * Jégou, Douze and Schmid, "Product quantization for nearest neighbor search", 2011, section 4, without the quantisation.)
 * @throws RangeError unless 1 <= k < rows
 */
export async function approximateNeighbours(
  x: Matrix,
  k: number,
  metric: 'cosine' | 'euclidean',
  options: ApproximateOptions,
): Promise<ApproximateNeighbours> {
  const { random, signal, progress, recall: target = 0.98 } = options;
  const n = x.rows;
  if (!(Number.isInteger(k) && k >= 1 && k < n)) {
    throw new RangeError(`Rows have from 1 to ${n - 1} other rows as neighbours; ${k} were asked for.`);
  }
  const cells = Math.max(1, Math.min(n, Math.round(2 * Math.sqrt(n))));
  options.reserve?.(n * (8 * x.columns + 8 * k + 16) + 8 * TILE, `finding the ${k} nearest of ${n} rows`);
  const points = prepare(x, metric);
  progress?.(0, 'Parting the space into cells');
  const centres = await centresOf(points, cells, random, signal);
  const first = new Int32Array(n * Math.min(cells, RANKED));
  await nearestCentres(points, centres, first.length / n, first, options);
  const own = Int32Array.from({ length: n }, (_, i) => first[(i * first.length) / n] as number);
  const asked = random.sample(n, Math.min(n, ASKED)).sort() as Int32Array;
  const ranked = new Int32Array(asked.length * cells);
  await nearestCentres(points.takeRows(asked), centres, cells, ranked, { signal });
  const { recall, probes } = await probesFor(points, k, asked, ranked, own, target, options);
  // Where much of the space has to be searched, products of all rows with all are as quick.
  const every = probes > EVERY * cells;
  const enough = every || probes * n <= first.length;
  const near = enough ? first : new Int32Array(n * probes);
  if (!enough) await nearestCentres(points, centres, probes, near, options);
  const lists = every ? { offsets: Int32Array.of(0, n), members: places(n) } : byCell(own, 1, 1, cells);
  // First those of its own cell: what lies farther is then seen to lie farther.
  const further = every ? lists : byCell(near, near.length / n, probes, cells, 1);
  const list = new Shortlist(n, k);
  const count = every ? 1 : cells;
  const among = ({ offsets, members }: typeof lists, cell: number) =>
    members.subarray(offsets[cell], offsets[cell + 1]);
  for (let cell = 0; !every && cell < cells; cell++)
    await search(points, among(lists, cell), among(lists, cell), list, signal);
  for (let cell = 0; cell < count; cell++) {
    progress?.(0.3 + (0.7 * cell) / count, 'Nearest neighbours, by cells');
    await search(points, among(further, cell), among(lists, cell), list, signal);
  }
  return {
    indices: list.sorted(),
    recall: every ? 1 : recall,
    asked: every ? n : asked.length,
    cells: every ? 1 : cells,
    probes: every ? 1 : probes,
  };
}

/** In float32, about the mean, or of length one; behind each row a one, by which products with `against` are distances. */
function prepare(x: Matrix, metric: 'cosine' | 'euclidean'): Matrix<Float32Array> {
  const range = scaled(x, scaleOf(x));
  const { data, rows, columns } = metric === 'cosine' ? normaliseRows(range).matrix : centredPoints(range);
  const out = new Float32Array(rows * (columns + 1)).fill(1);
  for (let i = 0; i < rows; i++) out.set(data.subarray(i * columns, (i + 1) * columns), i * (columns + 1));
  return new Matrix(out, rows, columns + 1);
}

/**
 * For rows `places` of points what gives, in a product with another point, half the square of the row less the product of both:
 * as the distance from that point orders them. Behind the last row all is far.
 */
function against({ data, columns }: Matrix<Float32Array>, rows: Int32Array, width: number): Float32Array {
  const out = new Float32Array(width * columns);
  for (let j = 0; j < width; j++) {
    const last = (j + 1) * columns - 1;
    if (j >= rows.length) {
      out[last] = FAR;
      continue;
    }
    let sum = 0;
    for (let from = (rows[j] as number) * columns, to = j * columns; to < last; from++, to++) {
      const value = data[from] as number;
      out[to] = -value;
      sum += value * value;
    }
    out[last] = sum / 2;
  }
  return out;
}

function places(count: number): Int32Array {
  return Int32Array.from({ length: count }, (_, i) => i);
}

/** Of k-means, on some of the rows: where a centre lies exactly does not matter. */
async function centresOf(
  points: Matrix<Float32Array>,
  count: number,
  random: Random,
  signal: Watch['signal'],
): Promise<Matrix<Float32Array>> {
  const places = random.sample(points.rows, Math.min(points.rows, TRAINED * count));
  const some = points.takeRows(places);
  const centres = some.slice(0, count);
  const found = new Matrix(centres.data.slice(), count, points.columns);
  const nearest = new Int32Array(some.rows);
  for (let round = 0; round < ROUNDS; round++) {
    await nearestCentres(some, found, 1, nearest, { signal });
    const sums = new Float64Array(found.data.length);
    const sizes = new Int32Array(count);
    const { columns } = found;
    for (let i = 0; i < some.rows; i++) {
      const cell = nearest[i] as number;
      sizes[cell] = (sizes[cell] as number) + 1;
      for (let j = 0; j < columns; j++) {
        const at = cell * columns + j;
        sums[at] = (sums[at] as number) + (some.data[i * columns + j] as number);
      }
    }
    for (let c = 0; c < count; c++) {
      const size = sizes[c] as number;
      // A cell that nobody is in moves to a random row.
      const other = size === 0 ? some.row(random.integer(some.rows)) : null;
      for (let j = 0; j < columns; j++)
        found.data[c * columns + j] = other ? (other[j] as number) : (sums[c * columns + j] as number) / size;
    }
  }
  return found;
}

/** The `most` nearest centres of each row, nearest first. */
async function nearestCentres(
  points: Matrix<Float32Array>,
  centres: Matrix<Float32Array>,
  most: number,
  out: Int32Array,
  { signal, progress }: Watch,
): Promise<void> {
  const others = new Matrix(against(centres, places(centres.rows), centres.rows), centres.rows, centres.columns);
  const height = Math.max(1, Math.floor(TILE / centres.rows));
  const memory = new Float32Array(Math.min(height, points.rows) * centres.rows);
  const order = new Int32Array(most);
  const least = new Float32Array(most);
  for (let start = 0; start < points.rows; start += height) {
    progress?.((0.2 * start) / points.rows, 'Parting the space into cells');
    signal?.throwIfAborted();
    const part = points.slice(start, Math.min(points.rows, start + height));
    const products = new Matrix(memory.subarray(0, part.rows * centres.rows), part.rows, centres.rows);
    await multiplyInto(products, part, others, { transposeB: true, signal });
    for (let i = 0; i < part.rows; i++) {
      nearest(products.row(i), most, order, least);
      out.set(order, (start + i) * most);
    }
  }
}

/** The places of the k least values, least first. */
function nearest(values: Float32Array, k: number, places: Int32Array, least: Float32Array): void {
  if (k === values.length || k > 64) {
    const all = Int32Array.from({ length: values.length }, (_, c) => c);
    all.sort((a, b) => (values[a] as number) - (values[b] as number) || a - b);
    places.set(all.subarray(0, k));
    return;
  }
  let count = 0;
  let bound = Number.POSITIVE_INFINITY;
  for (let j = 0; j < values.length; j++) {
    const value = values[j] as number;
    if (value >= bound) continue;
    let at = count < k ? count++ : k - 1;
    for (; at > 0 && (least[at - 1] as number) > value; at--) {
      least[at] = least[at - 1] as number;
      places[at] = places[at - 1] as number;
    }
    least[at] = value;
    places[at] = j;
    if (count === k) bound = least[k - 1] as number;
  }
}

/**
 * How many cells have to be searched so that the share of true neighbours asked for is found.
 * @param ranked of each row asked, all cells, nearest first
 * @param own the cell in which each row lies
 */
async function probesFor(
  points: Matrix<Float32Array>,
  k: number,
  asked: Int32Array,
  ranked: Int32Array,
  own: Int32Array,
  target: number,
  { signal, progress }: ApproximateOptions,
): Promise<{ recall: number; probes: number }> {
  const n = points.rows;
  const cells = ranked.length / asked.length;
  const list = new Shortlist(asked.length, k);
  const others = places(n);
  progress?.(0.2, 'Measuring how far to search');
  await search(points, asked, others, list, signal, true);
  const found = new Float64Array(cells + 1);
  for (let q = 0; q < asked.length; q++) {
    const order = ranked.subarray(q * cells, (q + 1) * cells);
    for (let c = 0; c < k; c++) {
      const probe = order.indexOf(own[list.indices[q * k + c] as number] as number) + 1;
      found[probe] = (found[probe] as number) + 1;
    }
  }
  const total = asked.length * k;
  let recall = 0;
  // The share is itself measured on some rows: a tenth of what may be missing is kept in hand.
  const wanted = Math.min(1, target + 0.1 * (1 - target));
  for (let probes = 1; ; probes++) {
    recall += (found[probes] as number) / total;
    if (recall >= wanted - 1e-12 || probes === cells) return { recall: Math.min(1, recall), probes };
  }
}

/** The rows that have each cell among their first `probes`, after the first `from`, cell by cell. */
function byCell(near: Int32Array, ranked: number, probes: number, cells: number, from = 0) {
  const n = near.length / ranked;
  const offsets = new Int32Array(cells + 1);
  for (let i = 0; i < n; i++)
    for (let p = from; p < probes; p++) {
      const after = (near[i * ranked + p] as number) + 1;
      offsets[after] = (offsets[after] as number) + 1;
    }
  for (let c = 0; c < cells; c++) offsets[c + 1] = (offsets[c + 1] as number) + (offsets[c] as number);
  const next = offsets.slice();
  const members = new Int32Array(n * (probes - from));
  for (let i = 0; i < n; i++)
    for (let p = from; p < probes; p++) {
      const cell = near[i * ranked + p] as number;
      const at = next[cell] as number;
      members[at] = i;
      next[cell] = at + 1;
    }
  return { offsets, members };
}

/** Compares the rows `asking` with the rows `inside`. `numbered`: the list has a line for each place in `asking`, not for each row. */
async function search(
  points: Matrix<Float32Array>,
  asking: Int32Array,
  inside: Int32Array,
  list: Shortlist,
  signal: Watch['signal'],
  numbered = false,
): Promise<void> {
  if (inside.length === 0 || asking.length === 0) return;
  const inner = points.columns;
  const blocks = Math.ceil(inside.length / WIDTH);
  const width = blocks * WIDTH;
  const others = against(points, inside, width);
  const height = Math.min(asking.length, Math.max(1, Math.floor(TILE / width)));
  const rows = new Float32Array(height * inner);
  const values = new Float32Array(height * width);
  const least = new Float32Array(height * blocks);
  for (let start = 0; start < asking.length; start += height) {
    signal?.throwIfAborted();
    const some = asking.subarray(start, start + height);
    for (let i = 0; i < some.length; i++) rows.set(points.row(some[i] as number), i * inner);
    await valuesWithLeast({ rows, count: some.length, inner }, { others, blocks, width: WIDTH }, values, least);
    for (let i = 0; i < some.length; i++) {
      const row = some[i] as number;
      list.enter(numbered ? start + i : row, row, values, i * width, least, i * blocks, inside);
    }
  }
}

/** For each row the k nearest that have been seen so far. */
class Shortlist {
  readonly indices: Int32Array;
  private readonly values: Float32Array;

  constructor(
    private readonly rows: number,
    private readonly k: number,
  ) {
    this.indices = new Int32Array(rows * k).fill(-1);
    this.values = new Float32Array(rows * k).fill(Number.POSITIVE_INFINITY);
  }

  /** How far the rows `inside` are from `row`, from place `from` on, and the least of each so many of them, from place `block` on. */
  enter(
    line: number,
    row: number,
    far: Float32Array,
    from: number,
    least: Float32Array,
    block: number,
    inside: Int32Array,
  ): void {
    const { k, values, indices } = this;
    const first = line * k;
    const last = first + k - 1;
    let bound = values[last] as number;
    for (let start = 0; start < inside.length; start += WIDTH, block++) {
      if ((least[block] as number) >= bound) continue;
      const end = Math.min(inside.length, start + WIDTH);
      for (let j = start; j < end; j++) {
        const value = far[from + j] as number;
        if (value >= bound) continue;
        const other = inside[j] as number;
        if (other === row) continue;
        let at = last;
        for (; at > first && (values[at - 1] as number) > value; at--) {
          values[at] = values[at - 1] as number;
          indices[at] = indices[at - 1] as number;
        }
        values[at] = value;
        indices[at] = other;
        bound = values[last] as number;
      }
    }
  }

  /** Lists that stayed short, where few rows lie in the cells of a row, are filled with other rows in order. */
  sorted(): Int32Array {
    const { rows, k, indices } = this;
    for (let i = 0; i < rows; i++) {
      const own = indices.subarray(i * k, (i + 1) * k);
      for (let c = 0, next = 0; c < k; c++) {
        if (own[c] !== -1) continue;
        while (next === i || own.includes(next)) next++;
        own[c] = next;
      }
    }
    return indices;
  }
}
