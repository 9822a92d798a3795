import type { Visit } from './external-ranks';
import { inversions } from './ranks';
import { type Bucket, type Pages, Spread } from './scratch';
import type { Watch } from './signal';

/** Records after which it is asked whether to go on. */
const CHECKED = 2 ** 14;

/** Counts beyond 2^53, without loss. */
export class Tally {
  private whole = 0n;
  private part = 0;

  add(count: number): void {
    this.part += count;
    if (this.part > 2 ** 52) this.carry();
  }

  /** Pairs among this many. */
  addPairs(count: number): void {
    if (count < 2 ** 26) this.add((count * (count - 1)) / 2);
    else this.whole += (BigInt(count) * BigInt(count - 1)) / 2n;
  }

  get total(): bigint {
    this.carry();
    return this.whole;
  }

  private carry(): void {
    this.whole += BigInt(this.part);
    this.part = 0;
  }
}

/** Bounds between ranks, so that no more than `capacity` records lie between two of them, unless they are equal. */
export class Bounds {
  private readonly bounds: number[] = [];
  private start = 0;

  constructor(private readonly capacity: number) {}

  /** As {@link Ranking.run} tells of equal places, in ascending order. */
  run(start: number, end: number): void {
    if (end - this.start <= this.capacity) return;
    if (start > this.start) this.bounds.push(start + 0.5);
    this.start = start;
  }

  get edges(): Float64Array {
    return Float64Array.from(this.bounds);
  }
}

/**
 * Discordant pairs of records by the ranks of two of their numbers, and pairs that are equal in both. Records come in
 * ascending order of the second; they are sorted into buckets by the first, and pairs are counted where they come to stand in
 * different buckets as they come, and afterwards within each bucket, which keeps the order in which they came.
 */
export class Concordance {
  private readonly discordant = new Tally();
  private readonly spread: Spread;
  /** Records before those that are equal to the last one, by bucket: a Fenwick tree. */
  private readonly tree: Float64Array;
  private before = 0;
  /** Those that are equal to the last one, by bucket, and the buckets that have any. */
  private readonly since: Float64Array;
  private readonly touched: number[] = [];
  private last = 0;

  private readonly first: number;
  private readonly second: number;

  /**
   * @param edges by the ranks of the first: what is between two of them fits into memory, or is equal
   * @param numbers which two of a record's
   */
  constructor(
    private readonly pages: Pages,
    edges: Float64Array,
    numbers: readonly [first: number, second: number],
    private readonly capacity: number,
    private readonly signal?: Watch['signal'],
  ) {
    [this.first, this.second] = numbers;
    this.spread = new Spread(pages, edges, this.first);
    this.tree = new Float64Array(edges.length + 2);
    this.since = new Float64Array(edges.length + 1);
  }

  readonly visit: Visit = (columns, count, order) => {
    for (let k = 0; k < count; k++) {
      if (k % CHECKED === 0) this.signal?.throwIfAborted();
      this.add(columns, order === null ? k : (order[k] as number));
    }
  };

  private add(columns: readonly Float64Array[], t: number): void {
    const rank = columns[this.second]?.[t] as number;
    if (rank !== this.last) {
      for (const place of this.touched) this.insert(place);
      this.touched.length = 0;
      this.last = rank;
    }
    const place = this.spread.addFrom(columns, t);
    this.discordant.add(this.before - this.upTo(place));
    if (this.since[place] === 0) this.touched.push(place);
    this.since[place] = (this.since[place] as number) + 1;
  }

  /** Once all records have come. */
  finish({ signal, progress }: Watch): { readonly discordant: bigint; readonly tiedBoth: bigint } {
    const tied = new Tally();
    const buckets = this.spread.seal();
    const most = buckets.reduce((size, { count }) => Math.max(size, count), 0);
    const all = buckets.reduce((sum, { count }) => sum + count, 0);
    const size = Math.min(most, this.capacity);
    const columns = Array.from({ length: this.pages.width }, () => new Float64Array(size));
    let done = 0;
    for (const bucket of buckets) {
      progress?.(done / all, 'Discordant pairs, counted part by part');
      done += bucket.count;
      signal?.throwIfAborted();
      if (bucket.count > this.capacity) this.equal(bucket, tied);
      else {
        bucket.take(columns);
        const ranks = (columns[this.first] as Float64Array).subarray(0, bucket.count);
        const others = columns[this.second] as Float64Array;
        for (let start = 0; start < bucket.count; ) {
          let end = start + 1;
          while (end < bucket.count && others[end] === others[start]) end++;
          if (end > start + 1) addTies(ranks.subarray(start, end).sort(), tied);
          start = end;
        }
        this.discordant.add(inversions(ranks));
      }
    }
    return { discordant: this.discordant.total, tiedBoth: tied.total };
  }

  /** All are equal in the first: those that are equal in the second too follow one another. */
  private equal(bucket: Bucket, tied: Tally): void {
    let value = Number.NaN;
    let length = 0;
    for (const { columns, count } of bucket.read()) {
      const others = columns[this.second] as Float64Array;
      for (let t = 0; t < count; t++) {
        if (others[t] !== value) {
          tied.addPairs(length);
          value = others[t] as number;
          length = 0;
        }
        length++;
      }
    }
    tied.addPairs(length);
  }

  private insert(place: number): void {
    const count = this.since[place] as number;
    for (let k = place + 1; k < this.tree.length; k += k & -k) this.tree[k] = (this.tree[k] as number) + count;
    this.before += count;
    this.since[place] = 0;
  }

  /** Records in the buckets up to this one. */
  private upTo(place: number): number {
    let sum = 0;
    for (let k = place + 1; k > 0; k -= k & -k) sum += this.tree[k] as number;
    return sum;
  }
}

/** Pairs of equal values among sorted ones. */
function addTies(values: Float64Array, tied: Tally): void {
  for (let start = 0; start < values.length; ) {
    let end = start + 1;
    while (end < values.length && values[end] === values[start]) end++;
    tied.addPairs(end - start);
    start = end;
  }
}
