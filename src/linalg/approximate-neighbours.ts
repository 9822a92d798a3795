import { cellsWithin, nearestOfAll, reachOf, searchCells } from './cell-search';
import { type Cells, distance, eachNearest, partSpace } from './cells';
import { normaliseRows } from './centre';
import { scaleOf } from './householder';
import type { Matrix } from './matrix';
import { type Cloud, cloud, measureRows, takeRows } from './nearness';
import type { Random } from './random';
import type { Watch } from './signal';

export interface ApproximateNeighbours {
  /** rows x k, nearest first. */
  indices: Int32Array;
  /** Share of the true neighbours of `asked` random rows that were looked at; 1 where all pairs were. */
  recall: number;
  /** Rows whose exact neighbours were found to measure that. */
  asked: number;
  /** Cells of the space, and how many of them were searched for each row, its own among them, in the mean. */
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
/** Part of the cells beyond which all pairs are compared. */
const EVERY = 0.3;
/** Values that are held for comparisons. */
const HELD = 1 << 22;

/**
 * The k nearest other rows of each row, nearly all of them, in float32. The rows are parted into cells about the centres of
 * k-means, and each is compared with the rows of its own cell and of the cells within its reach. That of a row is the same
 * part of its distance from its own centre everywhere, and what counts is how far it is from the plane halfway to the centre of
 * the other cell. Two rows that are compared may enter the lists of both, so that it is enough if one of them reaches the
 * cell of the other: half as many cells do. How far to reach is not guessed: for rows drawn at random the exact neighbours
 * are found, and how far these and they are out of each other's reach says what share is found with which. (Inverted lists:
 * Jégou, Douze and Schmid, "Product quantization for nearest neighbor search", 2011, section 4, without the quantisation.)
 * Of 50,000 rows of 128 units this takes a fifth of the processor time in which a library of navigable graphs (usearch 2.25) builds its graph and
 * searches it for as many true neighbours, most of it for building what is here asked once.
 * @throws RangeError unless 1 <= k < rows
 */
export async function approximateNeighbours(
  x: Matrix,
  k: number,
  metric: 'cosine' | 'euclidean',
  options: ApproximateOptions,
): Promise<ApproximateNeighbours> {
  const { random, signal, progress, reserve, recall: target = 0.98 } = options;
  const n = x.rows;
  if (!(Number.isInteger(k) && k >= 1 && k < n)) {
    throw new RangeError(`Rows have from 1 to ${n - 1} other rows as neighbours; ${k} were asked for.`);
  }
  const count = Math.max(1, Math.min(n, Math.round(2 * Math.sqrt(n))));
  const what = `finding the ${k} nearest of ${n} rows`;
  const held = n * (8 * x.columns + 12 * k + 32) + 4 * HELD + 4 * count * (2 * count + 3 * x.columns + ASKED);
  reserve?.(held, what);
  const part = (from: number, to: number): Watch => ({
    signal,
    progress: (fraction, message) => progress?.(from + (to - from) * (fraction ?? 0), message),
  });
  const points = prepare(x, metric);
  const cells = await partSpace(points, count, random, part(0, 0.05));
  const asked = random.sample(n, Math.min(n, ASKED)).sort() as Int32Array;
  const { recall, reach, share } = await reachFor(points, cells, asked, k, target, part(0.05, 0.25));
  // Where much of the space has to be searched, products of all rows with all are as quick.
  if (share > EVERY) {
    const indices = await nearestOfAll(points, null, k, { ...part(0.25, 1), message: 'Nearest neighbours' });
    return { indices, recall: 1, asked: n, cells: 1, probes: 1 };
  }
  reserve?.(held + 9 * n * count * share, what);
  const reached = await cellsWithin(points, cells, reach, share, part(0.25, 0.45));
  const indices = await searchCells(points, count, reached, k, part(0.45, 1));
  return { indices, recall, asked: asked.length, cells: count, probes: 1 + reached.near.length / n };
}

/** In float32, about the mean, or of length one. */
function prepare(x: Matrix, metric: 'cosine' | 'euclidean'): Cloud {
  const { rows, columns } = x;
  // Changes no order, and keeps squares within range.
  const factor = 1 / scaleOf(x);
  const { data } = metric === 'cosine' ? normaliseRows(x).matrix : x;
  const points = cloud(rows, columns);
  const means = new Float64Array(columns);
  if (metric === 'euclidean') {
    for (let at = 0; at < data.length; )
      for (let j = 0; j < columns; j++, at++) means[j] = (means[j] as number) + factor * (data[at] as number);
    for (let j = 0; j < columns; j++) means[j] = (means[j] as number) / rows;
  }
  const times = metric === 'euclidean' ? factor : 1;
  for (let at = 0; at < data.length; )
    for (let j = 0; j < columns; j++, at++) points.data[at] = times * (data[at] as number) - (means[j] as number);
  measureRows(points, 0, rows);
  return points;
}

/** How far to reach so that the share of true neighbours asked for is found, and which part of the cells rows then reach. */
async function reachFor(
  points: Cloud,
  cells: Cells,
  asked: Int32Array,
  k: number,
  target: number,
  watch: Watch,
): Promise<{ recall: number; reach: number; share: number }> {
  const { centres, apart } = cells;
  const count = centres.rows;
  const truth = await nearestOfAll(points, asked, k, { ...watch, message: 'Measuring how far to search' });
  const rows = Int32Array.from(new Set([...asked, ...truth]));
  const lines = new Map(Array.from(rows, (row, line) => [row, line]));
  const own = new Int32Array(rows.length);
  const nearest = new Float32Array(rows.length);
  const reaches = new Float32Array(asked.length * count);
  const reach = (line: number, cell: number, near: number) => {
    const [home, value] = [own[line] as number, nearest[line] as number];
    const from = distance(value + (points.halves[rows[line] as number] as number));
    return reachOf(near - value, apart[home * count + cell] as number, from);
  };
  await eachNearest(takeRows(points, rows), cells, { signal: watch.signal }, (line, cell, { values }, at) => {
    own[line] = cell;
    nearest[line] = values[at + cell] as number;
    if (line < asked.length)
      for (let c = 0; c < count; c++) reaches[line * count + c] = reach(line, c, values[at + c] as number);
  });
  const needed = new Float64Array(truth.length);
  for (const [e, other] of truth.entries()) {
    const [line, there] = [Math.floor(e / k), lines.get(other) as number];
    const cell = own[line] as number;
    const back = reach(there, cell, nearTo(points, other, centres, cell));
    needed[e] = Math.min(reaches[line * count + (own[there] as number)] as number, back);
  }
  needed.sort();
  // The share is itself measured on some rows: a fifth of what may be missing is kept in hand.
  const wanted = Math.min(1, target + 0.2 * (1 - target));
  const most = needed[Math.max(0, Math.ceil(wanted * needed.length - 1e-9) - 1)] as number;
  const within = (values: Float64Array | Float32Array) => {
    let some = 0;
    for (const value of values) if (value <= most) some++;
    return some / values.length;
  };
  return { recall: within(needed), reach: most, share: most < Number.POSITIVE_INFINITY ? within(reaches) : 1 };
}

/** Half the square of the distance between a row and a centre, less half the square of the row. */
function nearTo(points: Cloud, row: number, centres: Cloud, cell: number): number {
  const { columns } = points;
  let product = 0;
  for (let j = 0; j < columns; j++)
    product += (points.data[row * columns + j] as number) * (centres.data[cell * columns + j] as number);
  return (centres.halves[cell] as number) - product;
}
