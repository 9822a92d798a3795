import { ascendingOrder } from '../../linalg/order';
import type { StudyMatrix } from './runs';

/** What rounding makes of equal values, relative to their size. */
const ROUNDING = 1e-12;

/**
 * Values that differ by rounding alone are the one that stands first, so that they are ties; what is not finite stays.
 * @param size of what they are made of, or bounded by: rounding is of that where it is larger than the value.
 */
export function levelled(values: Float64Array, size = 0): Float64Array {
  const finite = values.filter(Number.isFinite);
  const order = ascendingOrder(finite);
  for (let start = 0, end = 0; start < order.length; start = end) {
    const least = finite[order[start] as number] as number;
    const isAlike = (value: number) => value - least <= ROUNDING * Math.max(size, Math.abs(least), Math.abs(value));
    while (end < order.length && isAlike(finite[order[end] as number] as number)) end++;
    const alike = order.subarray(start, end);
    const first = finite[alike.reduce((a, b) => Math.min(a, b))] as number;
    for (const k of alike) finite[k] = first;
  }
  let next = 0;
  return values.map((value) => (Number.isFinite(value) ? (finite[next++] as number) : value));
}

/** The study with {@link levelled} values: for what ranks them, or asks whether they are the same. */
export function withTies(study: StudyMatrix): StudyMatrix {
  const n = study.values.length;
  const all = levelled(
    Float64Array.from(study.values.flat(), (value) => value ?? Number.NaN),
    study.bound,
  );
  const values = study.values.map((row, i) =>
    row.map((value, j) => (value === null ? null : (all[i * n + j] as number))),
  );
  return { ...study, values };
}
