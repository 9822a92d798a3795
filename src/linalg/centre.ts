import { Matrix, type Real } from './matrix';

/** The mean of each column, summed in float64 in two passes, so that the rounding of the first is taken back. */
export function columnMeans(x: Matrix): Float64Array {
  const means = columnSums(x, new Float64Array(x.columns));
  for (let j = 0; j < x.columns; j++) means[j] = (means[j] as number) / x.rows;
  const residue = columnSums(x, means);
  for (let j = 0; j < x.columns; j++) means[j] = (means[j] as number) + (residue[j] as number) / x.rows;
  return means;
}

/** X less the mean of each column; a new matrix of the same precision. Columns that are constant become exactly zero. */
export function centreColumns<T extends Real>(x: Matrix<T>): Matrix<T> {
  return affine(x, columnMeans(x), null);
}

/** As {@link centreColumns}, in the memory of X, which is X no more. */
export function centreColumnsInPlace<T extends Real>(x: Matrix<T>): Matrix<T> {
  return affine(x, columnMeans(x), null, x.data);
}

/** The population standard deviation of each column (divided by n, not n - 1). Zero exactly where all are equal. */
export function columnDeviations(x: Matrix): Float64Array {
  return deviations(x, columnMeans(x));
}

/** X less the mean of each column, over its population standard deviation. Constant columns become zero. */
export function standardiseColumns<T extends Real>(x: Matrix<T>): Matrix<T> {
  const means = columnMeans(x);
  return affine(x, means, deviations(x, means));
}

/** The Euclidean length of each row, safe from overflow and underflow of the squares. */
export function rowNorms(x: Matrix): Float64Array {
  const norms = new Float64Array(x.rows);
  for (let i = 0; i < x.rows; i++) norms[i] = length(x.row(i));
  return norms;
}

/** Rows over their Euclidean length. Zero rows stay zero and are listed. */
export function normaliseRows<T extends Real>(x: Matrix<T>): { matrix: Matrix<T>; zeroRows: number[] } {
  const norms = rowNorms(x);
  const out = x.data.slice() as T;
  const zeroRows: number[] = [];
  for (let i = 0; i < x.rows; i++) {
    const norm = norms[i] as number;
    if (norm === 0) {
      zeroRows.push(i);
      continue;
    }
    for (let k = i * x.columns; k < (i + 1) * x.columns; k++) out[k] = (out[k] as number) / norm;
  }
  return { matrix: new Matrix(out, x.rows, x.columns), zeroRows };
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

/** Σᵢ (xᵢⱼ - aⱼ). */
function columnSums(x: Matrix, about: Float64Array): Float64Array {
  const { data, rows, columns } = x;
  const sums = new Float64Array(columns);
  for (let i = 0, k = 0; i < rows; i++)
    for (let j = 0; j < columns; j++, k++) sums[j] = (sums[j] as number) + ((data[k] as number) - (about[j] as number));
  return sums;
}

function deviations(x: Matrix, means: Float64Array): Float64Array {
  const { data, rows, columns } = x;
  const largest = new Float64Array(columns);
  for (let i = 0, k = 0; i < rows; i++)
    for (let j = 0; j < columns; j++, k++) {
      const size = Math.abs((data[k] as number) - (means[j] as number));
      if (size > (largest[j] as number)) largest[j] = size;
    }
  const sums = new Float64Array(columns);
  for (let i = 0, k = 0; i < rows; i++)
    for (let j = 0; j < columns; j++, k++) {
      const scaled = ((data[k] as number) - (means[j] as number)) / ((largest[j] as number) || 1);
      sums[j] = (sums[j] as number) + scaled * scaled;
    }
  return sums.map((sum, j) => (largest[j] as number) * Math.sqrt(sum / rows));
}

/** (X - means) / scale by columns; a scale of zero gives zero. */
function affine<T extends Real>(
  x: Matrix<T>,
  means: Float64Array,
  scale: Float64Array | null,
  out: T = x.data.slice() as T,
): Matrix<T> {
  const { data, rows, columns } = x;
  // What rounding the means has left out: beside a large offset it is not small.
  const residue = columnSums(x, means).map((sum) => sum / rows);
  for (let i = 0, k = 0; i < rows; i++)
    for (let j = 0; j < columns; j++, k++) {
      const centred = (data[k] as number) - (means[j] as number) - (residue[j] as number);
      out[k] = scale === null ? centred : scale[j] === 0 ? 0 : centred / (scale[j] as number);
    }
  return new Matrix(out, rows, columns);
}

function length(row: Real): number {
  let sum = 0;
  for (let j = 0; j < row.length; j++) sum += (row[j] as number) * (row[j] as number);
  if (sum > 1e-290 && sum < 1e290) return Math.sqrt(sum);
  let largest = 0;
  for (let j = 0; j < row.length; j++) largest = Math.max(largest, Math.abs(row[j] as number));
  if (largest === 0) return 0;
  sum = 0;
  for (let j = 0; j < row.length; j++) sum += ((row[j] as number) / largest) ** 2;
  return largest * Math.sqrt(sum);
}
