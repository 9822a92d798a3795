import { leadingRoom } from '../../linalg/leading-eigen';
import type { Matrix } from '../../linalg/matrix';
import { free } from '../../linalg/memory';
import type { Cell, Table } from '../../protocol/result';
import { count, plural } from '../../protocol/words';
import type { Context } from '../method';
import { type Merge, membersOf } from '../study/linkage';
import { chainLinkage, cutTree } from './chain-linkage';
import type { UnitNames } from './correlation';
import { bySize } from './kmeans';
import { byEigengap, laplacianSpectrum, type Spectrum, similarities, spectralClusters } from './spectral';
import { type SubspaceAgreement, subspaceAgreement } from './subspaces';
import type { Products, UnitSums } from './unit-sums';

export interface CoClusterChoice {
  readonly clustering: 'spectral' | 'hierarchical';
  /** 0: by the widest gap of the spectrum. */
  readonly clusters: number;
  readonly blocks: 'all' | 'between';
  /** Clusters that the gap may give at most. */
  readonly largest: number;
}

/** Some units of both sides; places are positions among those that vary. */
export interface Cluster {
  readonly a: readonly number[];
  readonly b: readonly number[];
  /** Mean |r| of its units with each other; null of a single one. */
  readonly within: number | null;
  /** Largest |r| of a unit of one side with one of the other, null where a side has none, as has the subspace. */
  readonly best: number | null;
  readonly subspace: SubspaceAgreement | null;
}

export interface CoClusters {
  readonly clusters: readonly Cluster[];
  /** Cluster of each unit: those of the first side, then those of the second. */
  readonly labels: Int32Array;
  readonly spectrum: Spectrum;
  /** How many eigenvalues those behind them mirror, as of units that are tied to the other side alone; null otherwise. */
  readonly mirror: number | null;
  readonly merges: readonly Merge[];
  /** All units by cluster, and within a cluster as the tree has them. */
  readonly order: readonly number[];
  readonly steps: readonly string[];
  readonly warnings: readonly string[];
}

/**
 * Clusters of the units of both sides together.
 * @param drawn whether figures follow: otherwise there is no tree where clusters are not cut from it, and no order
 */
export async function coCluster(
  { all }: Pick<UnitSums, 'all'>,
  chosen: CoClusterChoice,
  context: Pick<Context, 'signal' | 'random' | 'reserve'>,
  drawn = true,
): Promise<CoClusters> {
  const p = all.aa.rows;
  const n = p + all.bb.rows;
  context.reserve(8 * n * n + leadingRoom(n), `the similarities of all pairs of ${n} units`);
  const s = similarities(all, chosen.blocks === 'between');
  const most = Math.min(n, Math.max(chosen.largest, chosen.clusters));
  const spectrum = await laplacianSpectrum(s, most, context);
  const mirror = chosen.blocks === 'between' ? Math.min(p, n - p) : null;
  const below = spectrum.values.subarray(0, (mirror ?? n) + 1);
  const count = Math.min(n, chosen.clusters > 0 ? chosen.clusters : byEigengap(below));
  for (let k = 0; k < s.data.length; k++) s.data[k] = 1 - (s.data[k] as number);
  const spectral = chosen.clustering === 'spectral';
  const merges = drawn || !spectral ? chainLinkage(s, context.signal) : [];
  free(s.data);
  const labels = spectral ? await spectralClusters(spectrum, count, context) : bySize(cutTree(merges, n, count));
  const groups = Array.from({ length: Math.max(...labels) + 1 }, (_, c) =>
    [...labels.keys()].filter((unit) => labels[unit] === c),
  );
  const clusters: Cluster[] = [];
  for (const units of groups) {
    context.signal.throwIfAborted();
    const a = units.filter((unit) => unit < p);
    const b = units.filter((unit) => unit >= p).map((unit) => unit - p);
    const subspace = await subspaceAgreement(all, a, b, context.signal);
    clusters.push({ a, b, ...closeness(all, a, b), subspace });
  }
  const leaves = !drawn ? [] : merges.length > 0 ? (membersOf(merges, n).at(-1) ?? []) : [0];
  const order = [...leaves].sort((x, y) => (labels[x] as number) - (labels[y] as number));
  return {
    ...{ clusters, labels, spectrum, mirror, merges, order },
    steps: [
      `similarity: |r|${chosen.blocks === 'between' ? ', between the sides, and 1 of each unit with itself' : ''}`,
      `${plural(clusters.length, 'cluster')}, ${chosen.clusters > n ? 'one of each unit' : chosen.clusters > 0 ? 'as asked for' : below.length > 2 ? 'by the widest eigengap' : n > 2 ? 'of all units, as one side has a single one' : 'of one unit of either side'}`,
    ],
    warnings: [
      ...(chosen.clusters > n
        ? [`${chosen.clusters} clusters were asked for, but there are ${n} units: each is a cluster by itself.`]
        : []),
      ...(spectrum.exact
        ? []
        : ['The eigenvectors of the similarities are not exact: the clusters may differ from the best ones.']),
      ...fewRowsFor(clusters, all.rows),
    ],
  };
}

function fewRowsFor(clusters: readonly Cluster[], rows: number): string[] {
  const wide = clusters.filter(({ subspace, a, b }) => subspace && rows < 5 * (a.length + b.length));
  if (wide.length === 0) return [];
  return [
    `${count(wide.length)} of ${count(clusters.length)} clusters ${wide.length === 1 ? 'has' : 'have'} more than a fifth as many units as there are rows (${rows}): their canonical correlations are large by chance alone.`,
  ];
}

function closeness({ aa, ab, bb }: Products, a: readonly number[], b: readonly number[]) {
  let [sum, best] = [0, 0];
  const pairs = (m: Matrix, rows: readonly number[], columns: readonly number[], same: boolean) => {
    for (const [i, x] of rows.entries())
      for (const y of same ? columns.slice(i + 1) : columns) {
        const size = Math.abs(m.at(x, y));
        sum += size;
        if (!same) best = Math.max(best, size);
      }
  };
  pairs(aa, a, a, true);
  pairs(bb, b, b, true);
  pairs(ab, a, b, false);
  const count = ((a.length + b.length) * (a.length + b.length - 1)) / 2;
  return { within: count > 0 ? sum / count : null, best: a.length > 0 && b.length > 0 ? best : null };
}

/** Means over the clusters that both sides have units in, each weighted by its dimensions; null where there is none. */
export function overall({ clusters, labels }: CoClusters) {
  const mixed = clusters.filter(({ subspace }) => subspace !== null);
  const dimensions = (one: Cluster) => one.subspace?.correlations.length ?? 0;
  const total = mixed.reduce((sum, one) => sum + dimensions(one), 0);
  const mean = (of: (one: Cluster) => number) =>
    total > 0 ? mixed.reduce((sum, one) => sum + dimensions(one) * of(one), 0) / total : null;
  return {
    agreement: mean(({ subspace }) => subspace?.mean ?? 0),
    best: mean(({ best }) => best ?? 0),
    level: mean(({ subspace }) => subspace?.chance ?? 0),
    shared: mixed.reduce((sum, { a, b }) => sum + a.length + b.length, 0) / labels.length,
  };
}

/** How many units of a cluster a table names. */
const NAMED = 40;

export function clusterTable({ clusters }: CoClusters, [x, y]: readonly [UnitNames, UnitNames]): Table {
  const list = (places: readonly number[], { kept }: UnitNames) =>
    places
      .slice(0, NAMED)
      .map((place) => kept[place])
      .join(' ') + (places.length > NAMED ? ' …' : '');
  const degrees = (cosine: number | undefined) => (cosine === undefined ? null : (Math.acos(cosine) * 180) / Math.PI);
  return {
    title: 'Clusters of units',
    columns: [
      ...['cluster', `units of ${x.name}`, `units of ${y.name}`, 'mean |r| within', 'best pair |r|'],
      ...['mean canonical correlation', 'by chance', 'largest angle (°)', 'of the first', 'of the second'],
    ],
    rows: clusters.map(({ a, b, within, best, subspace }, c): Cell[] => [
      ...[c, a.length, b.length, within, best, subspace?.mean ?? null, subspace?.chance ?? null],
      ...[degrees(subspace?.correlations.at(-1)), list(a, x), list(b, y)],
    ]),
  };
}
