import { Matrix, type Real, reals } from './matrix';
import { dot } from './norms';
import { rowLoops } from './row-loops';

/** The mean of each column, summed in float64 in two passes, so that the rounding of the first is taken back. */
export function columnMeans(x: Matrix): Float64Array {
  const { first, second } = meansInParts(x);
  return first.map((mean, j) => mean + (second[j] as number));
}

/** X less the mean of each column; a new matrix of the same precision. Columns that are constant become exactly zero. */
export function centreColumns<T extends Real>(x: Matrix<T>): Matrix<T> {
  return centred(x, emptyLike(x.data));
}

/** As {@link centreColumns}, in float64 whatever the precision of X. */
export function centreInDouble(x: Matrix): Matrix<Float64Array> {
  return centred(x, new Float64Array(x.data.length));
}

/** As {@link centreColumns}, in the memory of X, which is X no more. */
export function centreColumnsInPlace<T extends Real>(x: Matrix<T>): Matrix<T> {
  return centred(x, x.data);
}

/** X less a row that is taken from each of its rows, in float64. */
export function subtractFromRows(x: Matrix, row: Float64Array): Matrix<Float64Array> {
  const out = new Float64Array(x.data.length);
  const means = { first: row, second: new Float64Array(x.columns) };
  eachCentredBlock(x, means, (block, at) => out.set(block, at * x.columns));
  return new Matrix(out, x.rows, x.columns);
}

/** The population standard deviation of each column (divided by n, not n - 1). Zero exactly where all are equal. */
export function columnDeviations(x: Matrix, means: Float64Array = columnMeans(x)): Float64Array {
  return deviations(x, means);
}

/** X less the mean of each column, over its population standard deviation. Constant columns become zero. */
export function standardiseColumns<T extends Real>(x: Matrix<T>): Matrix<T> {
  const means = columnMeans(x);
  return standardised(x, means, deviations(x, means));
}

/** (X - means) / deviations by columns, in float64, into memory that is there already. */
export function standardiseInto(out: Float64Array, x: Matrix, means: Float64Array, deviations: Float64Array): void {
  const loops = rowLoops(x.columns);
  loops.vectors[0].set(means);
  loops.vectors[1].set(deviations);
  eachBlock(x, loops.block, x.columns, (block, start) => {
    loops.standardise(block.length);
    out.set(block, start);
  });
}

/** The Euclidean length of each row, safe from overflow and underflow of the squares. */
export function rowNorms(x: Matrix): Float64Array {
  const norms = new Float64Array(x.rows);
  eachBlock(x, rowLoops(x.columns).block, x.columns, (block, start) => measureRows(block, start, x.columns, norms));
  return norms;
}

/** Σⱼ (xᵢⱼ - aⱼ)² of each row. */
export function squaresAbout(x: Matrix, row: Float64Array): Float64Array {
  const squares = new Float64Array(x.rows);
  const loops = rowLoops(x.columns);
  loops.vectors[0].set(row);
  loops.vectors[1].fill(0);
  eachBlock(x, loops.block, x.columns, (block, start) => {
    loops.subtractFromRows(block.length);
    const rows = new Matrix(block, block.length / x.columns, x.columns);
    for (let i = 0; i < rows.rows; i++) squares[start / x.columns + i] = dot(rows.row(i), rows.row(i));
  });
  return squares;
}

/** Rows over their Euclidean length, and those lengths. Zero rows stay zero and are listed. */
export function normaliseRows<T extends Real>(x: Matrix<T>): Normalised<T> {
  return normalised(x, emptyLike(x.data));
}

/** As {@link normaliseRows}, in float64 whatever the precision of X. */
export function normaliseInDouble(x: Matrix): Normalised<Float64Array> {
  return normalised(x, new Float64Array(x.data.length));
}

interface Normalised<T extends Real> {
  matrix: Matrix<T>;
  lengths: Float64Array;
  zeroRows: number[];
}

function normalised<T extends Real>(x: Matrix, out: T): Normalised<T> {
  const lengths = new Float64Array(x.rows);
  eachBlock(x, rowLoops(x.columns).block, x.columns, (block, start) => {
    measureRows(block, start, x.columns, lengths);
    divideRows(block, start, x.columns, lengths);
    out.set(block, start);
  });
  const zeroRows = Array.from(lengths.keys()).filter((i) => lengths[i] === 0);
  return { matrix: new Matrix(out, x.rows, x.columns), lengths, zeroRows };
}

/** X less the mean of each row, in float64. */
export function centreRows(x: Matrix): Matrix<Float64Array> {
  const out = Matrix.zeros(x.rows, x.columns);
  for (let i = 0; i < x.rows; i++) {
    const values = Float64Array.from(x.row(i));
    out.row(i).set(centreColumns(new Matrix(values, x.columns, 1)).data);
  }
  return out;
}

/** The largest magnitude of all values; NaN where one of them is no number. */
export function largestMagnitude(x: Matrix): number {
  const loops = rowLoops(1);
  let most = 0;
  eachBlock(x, loops.block, 1, (block) => {
    most = Math.max(most, loops.largest(block.length));
  });
  return most;
}

/**
 * Visits blocks of whole rows as float64, so that a loop meets one kind of array: copies in `memory`, which may be written
 * to; `start` is the place of the first value.
 */
function eachBlock(
  x: Matrix,
  memory: Float64Array,
  width: number,
  visit: (block: Float64Array, start: number) => void,
): void {
  const step = memory.length - (memory.length % Math.max(1, width));
  for (let start = 0; start < x.data.length; start += step) {
    const part = x.data.subarray(start, start + step);
    const block = memory.subarray(0, part.length);
    block.set(part);
    visit(block, start);
  }
}

/** Σᵢ (xᵢⱼ - aⱼ), in float64; a is zero where none is given. */
export function columnSums(x: Matrix, about: Float64Array = new Float64Array(x.columns)): Float64Array {
  const { block: memory, vectors, addRows } = rowLoops(x.columns);
  vectors[0].set(about);
  vectors[1].fill(0);
  eachBlock(x, memory, x.columns, (block) => addRows(block.length));
  return vectors[1].slice();
}

/** What a first sum of means has left out: beside a large offset it is not small. */
function residueOf(x: Matrix, means: Float64Array): Float64Array {
  const residue = columnSums(x, means);
  for (let j = 0; j < residue.length; j++) residue[j] = (residue[j] as number) / x.rows;
  return residue;
}

function centred<T extends Real>(x: Matrix, out: T): Matrix<T> {
  eachCentredBlock(x, meansInParts(x), (block, row) => out.set(block, row * x.columns));
  return new Matrix(out, x.rows, x.columns);
}

/** The mean of each column in two parts, of which the second is what rounding has left out of the first. */
export interface Means {
  readonly first: Float64Array;
  readonly second: Float64Array;
}

export function meansInParts(x: Matrix): Means {
  const first = columnSums(x);
  for (let j = 0; j < x.columns; j++) first[j] = (first[j] as number) / x.rows;
  return { first, second: residueOf(x, first) };
}

/** Visits X less its column means (null: none) in float64, in blocks of whole rows: each is good until the visit ends, and may be changed. */
export function eachCentredBlock(
  x: Matrix,
  means: Means | null,
  visit: (block: Float64Array, row: number) => void,
): void {
  const loops = rowLoops(x.columns);
  if (means !== null)
    for (const [k, part] of [means.first, means.second].entries()) loops.vectors[k as 0 | 1].set(part);
  eachBlock(x, loops.block, x.columns, (block, start) => {
    if (means !== null) loops.subtractFromRows(block.length);
    visit(block, start / x.columns);
  });
}

function deviations(x: Matrix, means: Float64Array): Float64Array {
  const { block: memory, vectors, addSquares } = rowLoops(x.columns);
  vectors[0].set(means);
  vectors[1].fill(0);
  eachBlock(x, memory, x.columns, (block) => addSquares(block.length));
  // Squares that overflow or vanish are taken once more, of values over the largest.
  return vectors[1].map((sum, j) =>
    sum > 1e-280 && sum < 1e280 ? Math.sqrt(sum / x.rows) : scaledDeviation(x.column(j), means[j] as number),
  );
}

function scaledDeviation(values: Float64Array, mean: number): number {
  let largest = 0;
  for (const value of values) largest = Math.max(largest, Math.abs(value - mean));
  if (largest === 0) return 0;
  let sum = 0;
  for (const value of values) sum += ((value - mean) / largest) ** 2;
  return largest * Math.sqrt(sum / values.length);
}

/** (X - means) / scale by columns; a scale of zero gives zero. */
function standardised<T extends Real>(x: Matrix<T>, means: Float64Array, scale: Float64Array): Matrix<T> {
  const out = emptyLike(x.data);
  const residue = residueOf(x, means);
  eachBlock(x, rowLoops(x.columns).block, x.columns, (block, start) => {
    standardise(block, means, residue, scale);
    out.set(block, start);
  });
  return new Matrix(out, x.rows, x.columns);
}

function standardise(block: Float64Array, means: Float64Array, residue: Float64Array, scale: Float64Array): void {
  for (let k = 0; k < block.length; k += means.length)
    for (let j = 0; j < means.length; j++) {
      const centred = (block[k + j] as number) - (means[j] as number) - (residue[j] as number);
      block[k + j] = scale[j] === 0 ? 0 : centred / (scale[j] as number);
    }
}

function emptyLike<T extends Real>(data: T): T {
  return reals(data.length, data instanceof Float64Array) as T;
}

/** The lengths of the rows of a block, of which the first value has place `start`. */
function measureRows(block: Float64Array, start: number, width: number, lengths: Float64Array): void {
  for (let k = 0, i = start / width; k < block.length; k += width, i++) lengths[i] = lengthOf(block, k, k + width);
}

function divideRows(block: Float64Array, start: number, width: number, lengths: Float64Array): void {
  for (let k = 0, i = start / width; k < block.length; k += width, i++) {
    const length = lengths[i] === 0 ? 1 : (lengths[i] as number);
    for (let j = k; j < k + width; j++) block[j] = (block[j] as number) / length;
  }
}

function lengthOf(values: Float64Array, start: number, end: number): number {
  let [even, odd] = [0, 0];
  for (let j = start; j + 1 < end; j += 2) {
    even += (values[j] as number) * (values[j] as number);
    odd += (values[j + 1] as number) * (values[j + 1] as number);
  }
  if ((end - start) % 2 === 1) even += (values[end - 1] as number) ** 2;
  const sum = even + odd;
  if (sum > 1e-290 && sum < 1e290) return Math.sqrt(sum);
  let largest = 0;
  for (let j = start; j < end; j++) largest = Math.max(largest, Math.abs(values[j] as number));
  if (largest === 0) return 0;
  let scaled = 0;
  for (let j = start; j < end; j++) scaled += ((values[j] as number) / largest) ** 2;
  return largest * Math.sqrt(scaled);
}
