import type { LineSummary } from '../protocol/window';

const bins = 16;

/** Running summaries of columns: rows are added a block at a time. */
export class Lines {
  private count = 0;
  private readonly min: Float64Array;
  private readonly max: Float64Array;
  private readonly finite: Float64Array;
  private readonly mean: Float64Array;
  /** Sum of squared deviations from the mean so far. */
  private readonly spread: Float64Array;
  private readonly nan: Float64Array;
  private readonly infinite: Float64Array;
  private readonly zeros: Float64Array;
  private bins: Float64Array | undefined;

  constructor(private readonly width: number) {
    const column = (value: number) => new Float64Array(width).fill(value);
    this.min = column(Infinity);
    this.max = column(-Infinity);
    [this.finite, this.mean, this.spread] = [column(0), column(0), column(0)];
    [this.nan, this.infinite, this.zeros] = [column(0), column(0), column(0)];
  }

  /** Rows in a row-major array. Means and deviations by Welford (1962), which does not cancel. */
  add(data: Float32Array | Float64Array): void {
    const { width, min, max, finite, mean, spread, nan, infinite, zeros } = this;
    if (width === 0) return;
    this.count += data.length / width;
    for (let k = 0; k < data.length; k += width) {
      for (let j = 0; j < width; j++) {
        const value = data[k + j] as number;
        if (Number.isNaN(value)) nan[j] = (nan[j] as number) + 1;
        else if (value === Infinity || value === -Infinity) infinite[j] = (infinite[j] as number) + 1;
        else {
          if (value < (min[j] as number)) min[j] = value;
          if (value > (max[j] as number)) max[j] = value;
          if (value === 0) zeros[j] = (zeros[j] as number) + 1;
          const n = (finite[j] as number) + 1;
          const distance = value - (mean[j] as number);
          finite[j] = n;
          mean[j] = (mean[j] as number) + distance / n;
          spread[j] = (spread[j] as number) + distance * (value - (mean[j] as number));
        }
      }
    }
  }

  /** The same rows once more, after all of them were added: counts them into bins. */
  bin(data: Float32Array | Float64Array): void {
    const { width, min, max } = this;
    this.bins ??= new Float64Array(width * bins);
    for (let k = 0; k < data.length; k += width) {
      for (let j = 0; j < width; j++) {
        const value = data[k + j] as number;
        const low = min[j] as number;
        const range = (max[j] as number) - low;
        if (!Number.isFinite(value)) continue;
        const at = j * bins + (range > 0 ? Math.min(bins - 1, Math.floor(((value - low) / range) * bins)) : 0);
        this.bins[at] = (this.bins[at] as number) + 1;
      }
    }
  }

  summaries(): LineSummary[] {
    const counted = this.bins;
    return Array.from({ length: this.width }, (_, j) => {
      const finite = this.finite[j] as number;
      const some = (value: number | undefined) => (finite > 0 && Number.isFinite(value) ? (value as number) : null);
      return {
        count: this.count,
        min: some(this.min[j]),
        max: some(this.max[j]),
        mean: some(this.mean[j]),
        sd: some(Math.sqrt((this.spread[j] as number) / finite)),
        nan: this.nan[j] as number,
        infinite: this.infinite[j] as number,
        zeros: this.zeros[j] as number,
        ...(counted && { bins: Array.from(counted.subarray(j * bins, (j + 1) * bins)) }),
      };
    });
  }
}
