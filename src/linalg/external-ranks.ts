import { ascendingOrder } from './order';
import { type Bucket, type Pages, Spread } from './scratch';
import type { Cancellable } from './signal';

/** Parts into which a bucket is cut that holds more than there is memory for. */
const PARTS = 64;

/**
 * Values that differ by no more than this part of themselves are equal. Distances that are equal by construction differ in their
 * last bits as they are computed, some 1e-16 of them for each term that is summed; differences between data are larger.
 */
export const ROUNDING = 1e-12;

/** By how much a value may be larger than the one before it and be equal to it. */
export type Tolerance = (value: number) => number;

/** That part of the value itself; of values that are no more than that part of the largest, the same of those. */
export function toleranceOf(largest: number): Tolerance {
  const least = ROUNDING * largest;
  return (value) => ROUNDING * Math.max(Math.abs(value), least);
}

export interface Ranking extends Cancellable {
  /** Which number of the records is ranked. */
  readonly key: number;
  /** Values that are larger by no more than that of themselves are equal to the one before and share the mean of their ranks. */
  readonly tolerance: Tolerance;
  /** Records that memory holds at a time. */
  readonly capacity: number;
  /** Places `start` to `end` (exclusive) of equal values, or of one; in ascending order. */
  run?(start: number, end: number): void;
}

/** Records with the rank in the place of the value; in ascending order, where `order` gives one. */
export type Visit = (columns: readonly Float64Array[], count: number, order: Uint32Array | null) => void;

interface Run {
  readonly start: number;
  readonly end: number;
}

/**
 * Ranks from 1 of records in sealed buckets, each of which holds larger values than the one before it: bucket after bucket
 * is sorted in memory, and read for the last time. One that is too large is cut, unless all of it is equal, which needs no
 * sorting.
 */
export function rankBuckets(pages: Pages, buckets: readonly Bucket[], ranking: Ranking, visit: Visit): void {
  const sorter = new Sorter(pages, buckets, ranking);
  while (sorter.next(visit));
}

class Sorter {
  private readonly queue: Bucket[];
  private readonly memory: readonly Float64Array[];
  private readonly ahead: Float64Array;
  private position = 0;
  /** Equal values that reach into the bucket at the front of the queue. */
  private open: Run | null = null;

  constructor(
    private readonly pages: Pages,
    buckets: readonly Bucket[],
    private readonly ranking: Ranking,
  ) {
    this.queue = buckets.filter(({ count }) => count > 0);
    const most = this.queue.reduce((size, { count }) => Math.max(size, count), 0);
    const size = Math.min(most, ranking.capacity);
    this.memory = Array.from({ length: pages.width }, () => new Float64Array(size));
    this.ahead = new Float64Array(size);
  }

  /** Whether there was a bucket more. */
  next(visit: Visit): boolean {
    this.ranking.signal?.throwIfAborted();
    this.prepare(0);
    const bucket = this.queue.shift();
    if (bucket === undefined) return false;
    if (bucket.count > this.ranking.capacity) this.equal(bucket, visit);
    else this.sorted(bucket, visit);
    this.position += bucket.count;
    if (this.open !== null && this.open.end <= this.position) this.open = null;
    return true;
  }

  /** A bucket of equal values, however many. */
  private equal(bucket: Bucket, visit: Visit): void {
    const { key, signal } = this.ranking;
    const end = this.position + bucket.count;
    const run = this.runOf(this.position, end, end, bucket.most);
    for (const { columns, count } of bucket.read()) {
      signal?.throwIfAborted();
      (columns[key] as Float64Array).fill((run.start + 1 + run.end) / 2, 0, count);
      visit(columns, count, null);
    }
  }

  private sorted(bucket: Bucket, visit: Visit): void {
    const { key, tolerance, signal } = this.ranking;
    const { count, most } = bucket;
    bucket.take(this.memory);
    signal?.throwIfAborted();
    const values = (this.memory[key] as Float64Array).subarray(0, count);
    const order = ascendingOrder(values);
    signal?.throwIfAborted();
    const after = this.position + count;
    for (let start = 0; start < count; ) {
      let end = start + 1;
      let value = values[order[start] as number] as number;
      while (end < count) {
        const next = values[order[end] as number] as number;
        if (!(next - value <= tolerance(next))) break;
        value = next;
        end++;
      }
      const run = this.runOf(this.position + start, this.position + end, after, most);
      const rank = (run.start + 1 + run.end) / 2;
      for (let k = start; k < end; k++) values[order[k] as number] = rank;
      start = end;
    }
    signal?.throwIfAborted();
    visit(this.memory, count, order);
  }

  /** The equal values of which some stand at these places of the bucket that ends at `after`. */
  private runOf(start: number, end: number, after: number, most: number): Run {
    if (this.open !== null && start < this.open.end) return this.open;
    const run = end === after ? { start, end: this.reach(end, most) } : { start, end };
    if (run.end > after) this.open = run;
    this.ranking.run?.(run.start, run.end);
    return run;
  }

  /** Where values end that are equal to `value`, the last before place `end`, which begins the queue. */
  private reach(end: number, value: number): number {
    const { key, tolerance, capacity } = this.ranking;
    for (let k = 0, at = end, last = value; ; k++) {
      this.prepare(k);
      const next = this.queue[k];
      if (next === undefined || next.least - last > tolerance(next.least)) return at;
      if (next.count <= capacity) {
        const values = next.column(key, this.ahead).sort();
        let equal = 1;
        for (let value = next.least; equal < values.length; equal++) {
          const following = values[equal] as number;
          if (!(following - value <= tolerance(following))) break;
          value = following;
        }
        if (equal < values.length) return at + equal;
      }
      at += next.count;
      last = next.most;
    }
  }

  /** Cuts the bucket at this place of the queue until it fits into memory, or is one value. */
  private prepare(place: number): void {
    const { key, tolerance, capacity, signal } = this.ranking;
    for (;;) {
      const bucket = this.queue[place];
      if (bucket === undefined || bucket.count <= capacity || bucket.most - bucket.least <= tolerance(bucket.most))
        return;
      const width = (bucket.most - bucket.least) / PARTS;
      const edges = Float64Array.from({ length: PARTS - 1 }, (_, k) => bucket.least + (k + 1) * width);
      const parts = new Spread(this.pages, edges, key);
      for (const { columns, count } of bucket.read()) {
        signal?.throwIfAborted();
        for (let t = 0; t < count; t++) parts.addFrom(columns, t);
      }
      this.queue.splice(place, 1, ...parts.seal().filter(({ count }) => count > 0));
    }
  }
}
