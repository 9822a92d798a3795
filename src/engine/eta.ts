/** Seconds that pass, and share of the work done, before an estimate means anything. */
const MIN_SECONDS = 1;
const MIN_FRACTION = 0.02;
/** Seconds over which the estimate follows a change of pace. */
const SMOOTHING = 5;

/** Estimates the seconds that a job still takes from the fractions it reports; null until that is more than a guess. */
export class Eta {
  private start: { time: number; fraction: number } | undefined;
  private last: { time: number; fraction: number } | undefined;
  /** Fraction per second, smoothed. */
  private rate = 0;

  /** @param time in seconds, from any origin. */
  update(fraction: number | null, time: number): number | null {
    if (fraction === null || (this.last && fraction < this.last.fraction)) {
      // Another piece of the work, of unknown size, has begun.
      this.start = this.last = undefined;
      if (fraction === null) return null;
    }
    this.start ??= { time, fraction };
    const elapsed = time - this.start.time;
    const done = fraction - this.start.fraction;
    const step = this.last ? time - this.last.time : 0;
    if (this.last && step > 0) {
      const pace = (fraction - this.last.fraction) / step;
      // Starts as the plain average and forgets the distant past.
      const weight = 1 - Math.exp(-step / Math.min(elapsed, SMOOTHING));
      this.rate = elapsed <= step ? pace : this.rate + weight * (pace - this.rate);
    }
    if (!this.last || step > 0) this.last = { time, fraction };
    if (elapsed < MIN_SECONDS || done < MIN_FRACTION || this.rate <= 0) return null;
    return Math.max(0, (1 - fraction) / this.rate);
  }
}
