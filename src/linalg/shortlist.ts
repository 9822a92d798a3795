/** For each row the k nearest that have been seen so far, least first. */
export class Shortlist {
  readonly indices: Int32Array;
  /** Of each row the farthest in its list: only what is nearer enters. */
  readonly bounds: Float32Array;
  readonly values: Float32Array;

  constructor(
    rows: number,
    private readonly k: number,
  ) {
    this.indices = new Int32Array(rows * k).fill(-1);
    this.values = new Float32Array(rows * k).fill(Number.POSITIVE_INFINITY);
    this.bounds = new Float32Array(rows).fill(Number.POSITIVE_INFINITY);
  }

  /** `other` at a value less than the bound of `row`. */
  enter(row: number, other: number, value: number): void {
    const { k, values, indices } = this;
    const first = row * k;
    const last = first + k - 1;
    let at = last;
    for (; at > first && (values[at - 1] as number) > value; at--) {
      values[at] = values[at - 1] as number;
      indices[at] = indices[at - 1] as number;
    }
    values[at] = value;
    indices[at] = other;
    this.bounds[row] = values[last] as number;
  }
}
