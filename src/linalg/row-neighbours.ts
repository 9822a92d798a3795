import type { Matrix, Real } from './matrix';

/** The nearest rows of one row, as blocks of rows go by. */
export interface RowSearch {
  /** Looks at rows, of which the first is number `first`. */
  add(block: Matrix, first: number): void;
  /** Of those seen so far, nearest first. */
  found(): FoundRows;
}

export interface FoundRows {
  readonly rows: readonly number[];
  /** 1 - cosine, or Euclidean. */
  readonly distances: readonly number[];
  /** Other rows that were compared, and those that could not be: some value of them is no finite number. */
  readonly compared: number;
  readonly left: number;
}

/**
 * The k nearest other rows of one row, exactly, in float64 in one pass over the rows; of equally near ones the first comes first.
 * A row without direction has cosine 0 with every other. Squares are taken of values over the size of the row that is asked
 * for, which keeps them within range.
 * @param target its values
 * @param own its number, which is left out
 */
export function rowSearch(target: Float64Array, own: number, k: number, metric: 'cosine' | 'euclidean'): RowSearch {
  // A power of two: no digit of a value is lost, but for those that are nearly zero.
  const largest = target.reduce((most, value) => Math.max(most, Math.abs(value)), 0) || 1;
  const scale = 2 ** Math.max(-1000, Math.min(1000, Math.floor(Math.log2(largest))));
  const factor = 1 / scale;
  const wanted = target.map((value) => value * factor);
  const square = wanted.reduce((sum, value) => sum + value * value, 0);
  const measure = metric === 'cosine' ? cosineDistance : squaredDistance;
  const rows: number[] = [];
  const least: number[] = [];
  let [compared, left] = [0, 0];
  return {
    add({ data, rows: height, columns }, first) {
      for (let i = 0; i < height; i++) {
        if (first + i === own) continue;
        const value = measure(wanted, square, data, i * columns, factor);
        if (Number.isNaN(value) || value === Number.POSITIVE_INFINITY) {
          left++;
          continue;
        }
        compared++;
        if (least.length === k && !(value < (least[k - 1] as number))) continue;
        let at = least.length < k ? least.length : k - 1;
        for (; at > 0 && (least[at - 1] as number) > value; at--) {
          least[at] = least[at - 1] as number;
          rows[at] = rows[at - 1] as number;
        }
        least[at] = value;
        rows[at] = first + i;
      }
    },
    found: () => ({
      rows: [...rows],
      distances: metric === 'cosine' ? [...least] : least.map((value) => scale * Math.sqrt(value)),
      ...{ compared, left },
    }),
  };
}

/** Half the squared distance of the two directions: where they are nearly one, little would be left of 1 - cos. */
function cosineDistance(a: Float64Array, square: number, data: Real, start: number, factor: number): number {
  let other = 0;
  for (let j = 0; j < a.length; j++) other += ((data[start + j] as number) * factor) ** 2;
  if (!Number.isFinite(other)) return Number.NaN;
  if (square === 0 || other === 0) return 1;
  const [own, its] = [1 / Math.sqrt(square), factor / Math.sqrt(other)];
  let sum = 0;
  for (let j = 0; j < a.length; j++) sum += ((a[j] as number) * own - (data[start + j] as number) * its) ** 2;
  return sum / 2;
}

function squaredDistance(a: Float64Array, _: number, data: Real, start: number, factor: number): number {
  let sum = 0;
  for (let j = 0; j < a.length; j++) {
    const difference = (a[j] as number) - (data[start + j] as number) * factor;
    sum += difference * difference;
  }
  return sum;
}
