import { normaliseRows } from './centre';
import { centredPoints } from './distances';
import { scaled, scaleOf } from './householder';
import { Matrix } from './matrix';
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
  const half = halfSquares(points);
  progress?.(0, 'Parting the space into cells');
  const centres = await centresOf(points, cells, random, signal);
  const halfCentres = halfSquares(centres);
  const first = new Int32Array(n * Math.min(cells, RANKED));
  await nearestCentres(points, centres, halfCentres, first.length / n, first, options);
  const own = Int32Array.from({ length: n }, (_, i) => first[(i * first.length) / n] as number);
  const asked = random.sample(n, Math.min(n, ASKED)).sort() as Int32Array;
  const ranked = new Int32Array(asked.length * cells);
  await nearestCentres(points.takeRows(asked), centres, halfCentres, cells, ranked, { signal });
  const { recall, probes } = await probesFor(points, half, k, asked, ranked, own, target, options);
  // Where much of the space has to be searched, products of all rows with all are as quick.
  const every = probes > EVERY * cells;
  const enough = every || probes * n <= first.length;
  const near = enough ? first : new Int32Array(n * probes);
  if (!enough) await nearestCentres(points, centres, halfCentres, probes, near, options);
  const lists = every
    ? { offsets: Int32Array.of(0, n), members: Int32Array.from({ length: n }, (_, i) => i) }
    : byCell(own, 1, 1, cells);
  const searching = every ? lists : byCell(near, near.length / n, probes, cells);
  const list = new Shortlist(n, k);
  const count = every ? 1 : cells;
  for (let cell = 0; cell < count; cell++) {
    progress?.(0.3 + (0.7 * cell) / count, 'Nearest neighbours, by cells');
    const inside = lists.members.subarray(lists.offsets[cell], lists.offsets[cell + 1]);
    const asking = searching.members.subarray(searching.offsets[cell], searching.offsets[cell + 1]);
    await search(points, half, asking, inside, list, signal);
  }
  return {
    indices: list.sorted(),
    recall: every ? 1 : recall,
    asked: every ? n : asked.length,
    cells: every ? 1 : cells,
    probes: every ? 1 : probes,
  };
}

/** In float32, about the mean, or of length one. */
function prepare(x: Matrix, metric: 'cosine' | 'euclidean'): Matrix<Float32Array> {
  const range = scaled(x, scaleOf(x));
  const rows = metric === 'cosine' ? normaliseRows(range).matrix : centredPoints(range);
  return new Matrix(Float32Array.from(rows.data), rows.rows, rows.columns);
}

function halfSquares({ data, rows, columns }: Matrix): Float32Array {
  const out = new Float32Array(rows);
  for (let i = 0, at = 0; i < rows; i++) {
    let sum = 0;
    for (let j = 0; j < columns; j++, at++) sum += (data[at] as number) * (data[at] as number);
    out[i] = sum / 2;
  }
  return out;
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
    await nearestCentres(some, found, halfSquares(found), 1, nearest, { signal });
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
  half: Float32Array,
  most: number,
  out: Int32Array,
  { signal, progress }: Watch,
): Promise<void> {
  const height = Math.max(1, Math.floor(TILE / centres.rows));
  const memory = new Float32Array(Math.min(height, points.rows) * centres.rows);
  const order = new Int32Array(most);
  const least = new Float32Array(most);
  for (let start = 0; start < points.rows; start += height) {
    progress?.((0.2 * start) / points.rows, 'Parting the space into cells');
    signal?.throwIfAborted();
    const part = points.slice(start, Math.min(points.rows, start + height));
    const products = new Matrix(memory.subarray(0, part.rows * centres.rows), part.rows, centres.rows);
    await multiplyInto(products, part, centres, { transposeB: true, signal });
    for (let i = 0; i < part.rows; i++) {
      const row = products.row(i);
      for (let c = 0; c < row.length; c++) row[c] = (half[c] as number) - (row[c] as number);
      nearest(row, most, order, least);
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
  half: Float32Array,
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
  const others = Int32Array.from({ length: n }, (_, i) => i);
  progress?.(0.2, 'Measuring how far to search');
  await search(points, half, asked, others, list, signal, true);
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

/** The rows that have each cell among their first `probes`, cell by cell. */
function byCell(near: Int32Array, ranked: number, probes: number, cells: number) {
  const n = near.length / ranked;
  const offsets = new Int32Array(cells + 1);
  for (let i = 0; i < n; i++)
    for (let p = 0; p < probes; p++) {
      const after = (near[i * ranked + p] as number) + 1;
      offsets[after] = (offsets[after] as number) + 1;
    }
  for (let c = 0; c < cells; c++) offsets[c + 1] = (offsets[c + 1] as number) + (offsets[c] as number);
  const next = offsets.slice();
  const members = new Int32Array(n * probes);
  for (let i = 0; i < n; i++)
    for (let p = 0; p < probes; p++) {
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
  half: Float32Array,
  asking: Int32Array,
  inside: Int32Array,
  list: Shortlist,
  signal: Watch['signal'],
  numbered = false,
): Promise<void> {
  if (inside.length === 0 || asking.length === 0) return;
  const every = inside.length === points.rows;
  const others = every ? points : points.takeRows(inside);
  const halves = Float32Array.from(inside, (j) => half[j] as number);
  const height = Math.max(1, Math.floor(TILE / inside.length));
  const memory = new Float32Array(Math.min(height, asking.length) * inside.length);
  for (let start = 0; start < asking.length; start += height) {
    signal?.throwIfAborted();
    const places = asking.subarray(start, start + height);
    const rows = points.takeRows(places);
    const products = new Matrix(memory.subarray(0, places.length * inside.length), places.length, inside.length);
    await multiplyInto(products, rows, others, { transposeB: true, signal });
    for (let i = 0; i < places.length; i++) {
      const row = places[i] as number;
      list.enter(numbered ? start + i : row, row, products.data as Float32Array, i * inside.length, halves, inside);
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

  /** Products of `row` with the rows `inside`, from place `from` on. */
  enter(
    line: number,
    row: number,
    products: Float32Array,
    from: number,
    halves: Float32Array,
    inside: Int32Array,
  ): void {
    const { k, values, indices } = this;
    const first = line * k;
    const last = first + k - 1;
    let bound = values[last] as number;
    for (let j = 0; j < inside.length; j++) {
      const value = (halves[j] as number) - (products[from + j] as number);
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
