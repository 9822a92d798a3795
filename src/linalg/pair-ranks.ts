import { Bounds, Concordance, Tally } from './external-concordance';
import { type Ranking, rankBuckets, type Tolerance, toleranceOf, type Visit } from './external-ranks';
import { Matrix } from './matrix';
import { squaredTile } from './pair-squares';
import { firstOf, pairTiles } from './pair-tiles';
import type { Points } from './points';
import { Random } from './random';
import { type Bucket, Pages, type Scratch, Spread } from './scratch';
import type { Watch } from './signal';

/** Values of all pairs of points: a number for the squared distance. */
export interface PairValues {
  readonly points: Points;
  value(squared: number): number;
}

export interface RankOptions extends Watch {
  /** Bytes to work in. */
  readonly room: number;
}

/** What correlations of ranks need. */
export interface RankSums {
  /** Σ (r - mean r) (s - mean s) over the pairs of points, of every two lists. */
  readonly cross: Matrix<Float64Array>;
  /** Σⱼ (rᵢⱼ - mean r) of each list. */
  readonly rows: readonly Float64Array[];
}

/** Counts of pairs of pairs. */
export interface RankCounts {
  readonly pairs: bigint;
  readonly discordant: bigint;
  /** Equal in the first list, in the second, in both. */
  readonly tied: readonly [bigint, bigint, bigint];
}

const LARGEST_TILE = 512;
/** Sorted in a tenth of a second. */
const MOST_SORTED = 2 ** 20;
/** Records after which it is asked whether to go on: a hundredth of a second. */
const CHECKED = 2 ** 16;
const MOST_BUCKETS = 4096;
const LARGEST_PAGE = 8192;
/** Points between which distances say where to cut. */
const PROBES = 512;

/** Bytes that are written of `lists` lists of the values of all pairs of `n` points. */
export function scratchBytes(n: number, lists: number, room: number): number {
  const pairs = (n * (n - 1)) / 2;
  const { buckets, height, width } = planOf(pairs, lists, room);
  return 8 * width * (pairs + 2 * buckets * height);
}

/**
 * Sums of the ranks of the values of all pairs of points, in several lists, exactly, with memory for a part of them: the
 * values of all lists of a pair are one record. Records are sorted by the first list, which gives its ranks, then by the
 * second, and so on; with the last all ranks are known.
 */
export async function rankSums(
  lists: readonly PairValues[],
  scratch: Scratch,
  options: RankOptions,
): Promise<RankSums> {
  const n = lists[0]?.points.count ?? 0;
  const sorter = await Sorter.of(lists, scratch, options);
  const mean = (sorter.pairs + 1) / 2;
  const cross = Matrix.zeros(lists.length, lists.length);
  const rows = lists.map(() => new Float64Array(n));
  sorter.rankAll((columns, count) => {
    const pairs = columns.at(-1) as Float64Array;
    for (const [a, out] of rows.entries()) {
      const ranks = columns[a] as Float64Array;
      for (let k = 0; k < count; k++) {
        if (k % CHECKED === 0) options.signal?.throwIfAborted();
        const pair = pairs[k] as number;
        const i = Math.floor(pair / n);
        const j = pair - i * n;
        const rank = (ranks[k] as number) - mean;
        out[i] = (out[i] as number) + rank;
        out[j] = (out[j] as number) + rank;
      }
      for (let b = a; b < rows.length; b++) {
        const others = columns[b] as Float64Array;
        let sum = 0;
        for (let k = 0; k < count; k++) sum += ((ranks[k] as number) - mean) * ((others[k] as number) - mean);
        for (const at of a === b ? [a * rows.length + b] : [a * rows.length + b, b * rows.length + a])
          cross.data[at] = (cross.data[at] as number) + sum;
      }
    }
  });
  return { cross, rows };
}

/** Concordance of two lists of values of all pairs of points, by ranks as {@link rankSums} has them. */
export async function rankCounts(
  lists: readonly [PairValues, PairValues],
  scratch: Scratch,
  options: RankOptions,
): Promise<RankCounts> {
  const sorter = await Sorter.of(lists, scratch, options, 1);
  const ties = [new Tally(), new Tally()] as const;
  const bounds = new Bounds(sorter.plan.capacity);
  let concordance: Concordance | undefined;
  sorter.rankAll(
    (...block) => {
      concordance ??= new Concordance(sorter.pages, bounds.edges, [0, 1], sorter.plan.capacity, options.signal);
      concordance.visit(...block);
    },
    (list, start, end) => {
      ties[list as 0 | 1].addPairs(end - start);
      if (list === 0) bounds.run(start, end);
    },
  );
  const { discordant = 0n, tiedBoth = 0n } =
    concordance?.finish({ signal: options.signal, progress: sorter.last }) ?? {};
  const pairs = new Tally();
  pairs.addPairs(sorter.pairs);
  return { pairs: pairs.total, discordant, tied: [ties[0].total, ties[1].total, tiedBoth] };
}

interface Plan {
  readonly width: number;
  /** Records in memory at a time. */
  readonly capacity: number;
  readonly buckets: number;
  /** Records of a page. */
  readonly height: number;
  readonly tile: number;
}

/** Half of the room for sorting, a quarter each for the pages that are being filled and for tiles of distances. */
function planOf(pairs: number, lists: number, room: number): Plan {
  const width = lists + 1;
  // A record, its value once more, and two sets of keys.
  const capacity = Math.min(MOST_SORTED, Math.max(2, Math.floor(room / 2 / (8 * width + 44))));
  const buckets = Math.min(MOST_BUCKETS, Math.ceil((2 * pairs) / capacity));
  const height = Math.max(1, Math.min(LARGEST_PAGE, Math.floor(room / 4 / (8 * width * buckets))));
  const tile = Math.max(1, Math.min(LARGEST_TILE, Math.floor(Math.sqrt(room / 4 / (8 * width)))));
  return { width, capacity, buckets, height, tile };
}

class Sorter {
  private readonly edges: readonly Float64Array[];
  private readonly tolerances: readonly Tolerance[];

  private constructor(
    readonly pages: Pages,
    readonly plan: Plan,
    readonly pairs: number,
    private readonly first: readonly Bucket[],
    largest: Float64Array,
    samples: readonly Float64Array[],
    private readonly options: RankOptions,
    private readonly stages: number,
  ) {
    this.tolerances = Array.from(largest, toleranceOf);
    this.edges = samples.map((sample, l) => cuts(sample, plan.buckets, this.tolerances[l] as Tolerance));
  }

  /** @param after stages of work that follow the ranks, for the progress */
  static async of(lists: readonly PairValues[], scratch: Scratch, options: RankOptions, after = 0): Promise<Sorter> {
    const n = lists[0]?.points.count ?? 0;
    const pairs = (n * (n - 1)) / 2;
    const plan = planOf(pairs, lists.length, options.room);
    const pages = new Pages(scratch, plan.width, plan.height);
    const stages = 1 + lists.length + after;
    const samples: Float64Array[] = [];
    for (const list of lists) samples.push(await sampleOf(list, options));
    const spread = new Spread(
      pages,
      cuts(samples[0] as Float64Array, plan.buckets, () => 0),
      0,
    );
    const watch = { ...options, progress: shared(options, 0, stages) };
    const largest = await eachPair(lists, plan.tile, watch, (record) => spread.add(record));
    return new Sorter(pages, plan, pairs, spread.seal(), largest, samples, options, stages);
  }

  /** Progress of the work that follows the ranks. */
  get last() {
    return shared(this.options, this.stages - 1, this.stages);
  }

  /** Ranks one list after the other; `last` is given records with all ranks, in the order of the last list. */
  rankAll(last: Visit, run?: (list: number, start: number, end: number) => void): void {
    const { pages, edges, tolerances, plan, pairs } = this;
    const lists = edges.length;
    let buckets = this.first;
    for (const key of edges.keys()) {
      const spread = key + 1 < lists ? new Spread(pages, edges[key + 1] as Float64Array, key + 1) : null;
      const progress = shared(this.options, key + 1, this.stages);
      const ranking: Ranking = {
        ...{ key, tolerance: tolerances[key] as Tolerance, capacity: plan.capacity, signal: this.options.signal },
        ...(run && { run: (start, end) => run(key, start, end) }),
      };
      let done = 0;
      rankBuckets(pages, buckets, ranking, (columns, count, order) => {
        progress(done / pairs, 'Ranks of all pairs of rows, sorted on disk');
        done += count;
        if (spread === null) last(columns, count, order);
        else {
          for (let t = 0; t < count; t++) {
            if (t % CHECKED === 0) this.options.signal?.throwIfAborted();
            spread.addFrom(columns, t);
          }
        }
      });
      buckets = spread?.seal() ?? [];
    }
  }
}

function shared({ progress }: Watch, stage: number, stages: number) {
  return (fraction: number | null, message: string) => progress?.((stage + (fraction ?? 0)) / stages, message);
}

/** Visits the record of each pair of points, tile by tile: the values of all lists, and i n + j. Returns the lists' largest magnitudes. */
async function eachPair(
  lists: readonly PairValues[],
  tile: number,
  { signal, progress }: Watch,
  visit: (record: Float64Array) => void,
): Promise<Float64Array> {
  const points = lists.map((list) => list.points);
  const n = points[0]?.count ?? 0;
  const largest = new Float64Array(lists.length);
  const record = new Float64Array(lists.length + 1);
  for await (const pairs of pairTiles(points, tile, { signal })) {
    progress?.(pairs.done, 'All pairs of rows, tile by tile');
    for (let i = pairs.rows[0], k = 0; i < pairs.rows[1]; i++) {
      signal?.throwIfAborted();
      for (let j = firstOf(pairs, i); j < pairs.columns[1]; j++, k++) {
        for (let l = 0; l < lists.length; l++) {
          const value = (lists[l] as PairValues).value((pairs.squares[l] as Float64Array)[k] as number);
          if (Math.abs(value) > (largest[l] as number)) largest[l] = Math.abs(value);
          record[l] = value;
        }
        record[lists.length] = i * n + j;
        visit(record);
      }
    }
  }
  return largest;
}

/** Values between some of the points, in ascending order. */
async function sampleOf({ points, value }: PairValues, { signal, room }: RankOptions): Promise<Float64Array> {
  const count = Math.min(points.count, Math.max(2, Math.min(PROBES, Math.floor(Math.sqrt(room / 32)))));
  const probes = points.take(new Random(0).sample(points.count, count));
  const out: number[] = [];
  await squaredTile(probes, probes, points.direct, new Float64Array(count * count), { signal }, (i, squared) => {
    for (let j = i + 1; j < count; j++) out.push(value(squared[j] as number));
  });
  return Float64Array.from(out).sort();
}

/** Edges between so many buckets of about the same number of values; one value that fills several has a bucket of its own. */
function cuts(sorted: Float64Array, buckets: number, tolerance: Tolerance): Float64Array {
  const edges = new Set<number>();
  let last = Number.NaN;
  for (let k = 1; k < buckets; k++) {
    const value = sorted[Math.floor((k * sorted.length) / buckets)] as number;
    const near = tolerance(value);
    if (value - last <= near) {
      edges.add(value - 2 * near);
      edges.add(value + 2 * near);
    } else edges.add(value);
    last = value;
  }
  return Float64Array.from(edges).sort();
}
