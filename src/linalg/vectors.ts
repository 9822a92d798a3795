/** Σ aᵢ bᵢ for start <= i < end, in four running sums. */
export function innerProduct(a: Float64Array, b: Float64Array, start = 0, end = a.length): number {
  let s0 = 0;
  let s1 = 0;
  let s2 = 0;
  let s3 = 0;
  let i = start;
  for (; i + 3 < end; i += 4) {
    s0 += (a[i] as number) * (b[i] as number);
    s1 += (a[i + 1] as number) * (b[i + 1] as number);
    s2 += (a[i + 2] as number) * (b[i + 2] as number);
    s3 += (a[i + 3] as number) * (b[i + 3] as number);
  }
  for (; i < end; i++) s0 += (a[i] as number) * (b[i] as number);
  return s0 + s1 + (s2 + s3);
}

/** yᵢ += factor xᵢ for start <= i < end. */
export function addScaled(y: Float64Array, x: Float64Array, factor: number, start = 0, end = y.length): void {
  for (let i = start; i < end; i++) y[i] = (y[i] as number) + factor * (x[i] as number);
}

/** Values times a factor, in place. */
export function scale(values: Float64Array, factor: number): void {
  for (let k = 0; k < values.length; k++) values[k] = (values[k] as number) * factor;
}

/** The largest magnitude; 0 of no values. */
export function largest(values: Float64Array): number {
  return values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
}

/** The first of the places from `start` to `end` (exclusive) with the largest value. */
export function placeOfLargest(values: ArrayLike<number>, start: number, end: number): number {
  let place = start;
  let most = values[start] as number;
  for (let k = start + 1; k < end; k++) {
    if ((values[k] as number) <= most) continue;
    place = k;
    most = values[k] as number;
  }
  return place;
}
