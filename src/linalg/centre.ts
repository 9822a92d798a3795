import { Matrix, type Real, reals, transposeInto } from './matrix';
import { type RowLoops, rowLoops } from './row-loops';
import { largest } from './vectors';

/** The mean of each column, in float64; exact where all of its values are equal. */
export function columnMeans(x: Matrix): Float64Array {
  return meansInParts(x).first;
}

/** X less the mean of each column; a new matrix of the same precision. Columns that are constant become exactly zero. */
export function centreColumns<T extends Real>(x: Matrix<T>): Matrix<T> {
  return centred(x, emptyLike(x.data));
}

/** As {@link centreColumns}, in float64 whatever the precision of X. */
export function centreInDouble(x: Matrix): Matrix<Float64Array> {
  return centred(x, new Float64Array(x.data.length));
}

/** The transpose of {@link centreInDouble}. */
export function centreTurned(x: Matrix, means: Means = meansInParts(x)): Matrix<Float64Array> {
  const out = Matrix.zeros(x.columns, x.rows);
  eachCentredBlock(x, means, (block, row) =>
    transposeInto(out, 0, row, new Matrix(block, block.length / x.columns, x.columns)),
  );
  return out;
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
  const means = meansInParts(x);
  return standardised(x, means, deviations(x, means.first));
}

/** (X - means) / deviations by columns, in float64, into memory that is there already. */
export function standardiseInto(out: Float64Array, x: Matrix, means: Float64Array, deviations: Float64Array): void {
  eachStandardisedBlock(x, means, deviations, (block, row) => out.set(block, row * x.columns));
}

/** The same, turned: a row for each column of X. */
export function standardiseTurned(out: Matrix, x: Matrix, means: Float64Array, deviations: Float64Array): void {
  eachStandardisedBlock(x, means, deviations, (block, row) =>
    transposeInto(out, 0, row, new Matrix(block, block.length / x.columns, x.columns)),
  );
}

function eachStandardisedBlock(
  x: Matrix,
  means: Float64Array,
  deviations: Float64Array,
  visit: (block: Float64Array, row: number) => void,
): void {
  const loops = rowLoops(x.columns);
  loops.vectors[0].set(means);
  loops.vectors[1].set(deviations);
  eachBlock(x, loops, (block, row) => {
    loops.standardise(block.length);
    visit(block, row);
  });
}

/** The Euclidean length of each row, safe from overflow and underflow of the squares. */
export function rowNorms(x: Matrix): Float64Array {
  const norms = new Float64Array(x.rows);
  const loops = rowLoops(x.columns);
  eachBlock(x, loops, (block, row) => norms.set(lengthsOf(block, x.columns, loops), row));
  return norms;
}

/** The squared length of each row, in float64, less its column means where they are given. */
export function squaredLengths(x: Matrix, means: Means | null = null): Float64Array {
  const squares = new Float64Array(x.rows);
  const loops = rowLoops(x.columns);
  eachCentredBlock(x, means, (block, row) => {
    loops.squareRows(block.length);
    squares.set(loops.sums.subarray(0, block.length / x.columns), row);
  });
  return squares;
}

/** Σⱼ (xᵢⱼ - aⱼ)² of each row. */
export function squaresAbout(x: Matrix, row: Float64Array): Float64Array {
  return squaredLengths(x, { first: row, second: new Float64Array(x.columns) });
}

/** The inner product of each row with a vector. */
export function projectRows(x: Matrix, vector: Float64Array): Float64Array {
  const products = new Float64Array(x.rows);
  const loops = rowLoops(x.columns);
  loops.vectors[0].set(vector);
  eachBlock(x, loops, (block, row) => {
    loops.projectRows(block.length);
    products.set(loops.sums.subarray(0, block.length / x.columns), row);
  });
  return products;
}

/** Rows over their Euclidean length, and those lengths. Zero rows stay zero and are listed. */
export function normaliseRows<T extends Real>(x: Matrix<T>): Normalised<T> {
  return normalised(x, emptyLike(x.data));
}

/** As {@link normaliseRows}, in float64 whatever the precision of X. @param memory where it is to be, if that is there already */
export function normaliseInDouble(x: Matrix, memory?: Float64Array): Normalised<Float64Array> {
  return normalised(x, memory?.subarray(0, x.data.length) ?? new Float64Array(x.data.length));
}

interface Normalised<T extends Real> {
  matrix: Matrix<T>;
  lengths: Float64Array;
  zeroRows: number[];
}

function normalised<T extends Real>(x: Matrix, out: T): Normalised<T> {
  const lengths = new Float64Array(x.rows);
  const loops = rowLoops(x.columns);
  eachBlock(x, loops, (block, row) => {
    const own = lengthsOf(block, x.columns, loops);
    lengths.set(own, row);
    for (let i = 0; i < own.length; i++) if (own[i] === 0) own[i] = 1;
    loops.divideRows(block.length);
    out.set(block, row * x.columns);
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
  eachBlock(new Matrix(x.data, x.data.length, 1), loops, (block) => {
    most = Math.max(most, loops.largest(block.length));
  });
  return most;
}

/**
 * Visits blocks of whole rows as float64, so that a loop meets one kind of array: copies in the memory of the loops, which may
 * be written to; `row` is the first.
 */
function eachBlock(x: Matrix, loops: RowLoops, visit: (block: Float64Array, row: number) => void): void {
  const step = loops.block.length;
  for (let start = 0; start < x.data.length; start += step) {
    const part = x.data.subarray(start, start + step);
    const block = loops.block.subarray(0, part.length);
    block.set(part);
    visit(block, start / x.columns);
  }
}

/** Σᵢ (xᵢⱼ - aⱼ), in float64; a is zero where none is given. */
export function columnSums(x: Matrix, about: Float64Array = new Float64Array(x.columns)): Float64Array {
  const loops = rowLoops(x.columns);
  loops.vectors[0].set(about);
  loops.vectors[1].fill(0);
  eachBlock(x, loops, (block) => loops.addRows(block.length));
  return loops.vectors[1].slice();
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

/** Rows from all over a matrix, of which the mean is near that of all. */
const SOME = 64;

/** Sums are of differences from the mean of some rows: beside a large offset the rounding of others is not small. */
export function meansInParts(x: Matrix): Means {
  const some = Math.min(x.rows, SOME);
  const near = meansOf(x.takeRows(Array.from({ length: some }, (_, i) => Math.floor((i * x.rows) / some))));
  const rest = meansOf(x, near);
  const first = near.map((mean, j) => mean + (rest[j] as number));
  // Knuth's: exactly what the sum of both has lost.
  const second = first.map((sum, j) => {
    const added = sum - (near[j] as number);
    return (near[j] as number) - (sum - added) + ((rest[j] as number) - added);
  });
  return { first, second };
}

/** Σᵢ (xᵢⱼ - aⱼ) / n */
function meansOf(x: Matrix, about?: Float64Array): Float64Array {
  return columnSums(x, about).map((sum) => sum / x.rows);
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
  eachBlock(x, loops, (block, row) => {
    if (means !== null) loops.subtractFromRows(block.length);
    visit(block, row);
  });
}

function deviations(x: Matrix, means: Float64Array): Float64Array {
  const loops = rowLoops(x.columns);
  loops.vectors[0].set(means);
  loops.vectors[1].fill(0);
  eachBlock(x, loops, (block) => loops.addSquares(block.length));
  // Squares that overflow or vanish are taken once more, of values over the largest.
  return loops.vectors[1].map((sum, j) =>
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
function standardised<T extends Real>(x: Matrix<T>, means: Means, scale: Float64Array): Matrix<T> {
  const out = emptyLike(x.data);
  eachBlock(x, rowLoops(x.columns), (block, row) => {
    standardise(block, means, scale);
    out.set(block, row * x.columns);
  });
  return new Matrix(out, x.rows, x.columns);
}

function standardise(block: Float64Array, { first, second }: Means, scale: Float64Array): void {
  for (let k = 0; k < block.length; k += scale.length)
    for (let j = 0; j < scale.length; j++) {
      const centred = (block[k + j] as number) - (first[j] as number) - (second[j] as number);
      block[k + j] = scale[j] === 0 ? 0 : centred / (scale[j] as number);
    }
}

function emptyLike<T extends Real>(data: T): T {
  return reals(data.length, data instanceof Float64Array) as T;
}

/** The length of each row of the block, in `sums` of the loops. */
function lengthsOf(block: Float64Array, width: number, loops: RowLoops): Float64Array {
  loops.squareRows(block.length);
  const sums = loops.sums.subarray(0, block.length / width);
  for (let i = 0; i < sums.length; i++) {
    const sum = sums[i] as number;
    sums[i] = sum > 1e-290 && sum < 1e290 ? Math.sqrt(sum) : scaledLength(block.subarray(i * width, (i + 1) * width));
  }
  return sums;
}

function scaledLength(values: Float64Array): number {
  const most = largest(values);
  if (most === 0) return 0;
  let sum = 0;
  for (const value of values) sum += (value / most) ** 2;
  return most * Math.sqrt(sum);
}
