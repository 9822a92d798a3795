/**
 * The k least of the first `length` values, least first, the one at `skip` left out; equal values in the order of their places.
 * One pass that keeps a sorted list: for k far below `length`, where a value that enters the list is rare.
 * @param places at least k long; receives where they are
 * @param least at least k long; receives the values
 * @returns how many there are, k but for short lists
 */
export function leastOf(
  values: Float64Array,
  length: number,
  skip: number,
  k: number,
  places: Int32Array,
  least: Float64Array,
): number {
  let count = 0;
  let bound = Number.POSITIVE_INFINITY;
  for (let j = 0; j < length; j++) {
    const value = values[j] as number;
    if (!(value < bound) && count === k) continue;
    if (j === skip) continue;
    let at = count < k ? count++ : k - 1;
    for (; at > 0 && (least[at - 1] as number) > value; at--) {
      least[at] = least[at - 1] as number;
      places[at] = places[at - 1] as number;
    }
    least[at] = value;
    places[at] = j;
    if (count === k) bound = least[k - 1] as number;
  }
  return count;
}
