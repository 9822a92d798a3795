import type { Heatmap, Line, Tree } from '../../protocol/figures';
import { digits6, heatmapPanel, poolingNote } from '../shared/image';
import { type Merge, membersOf } from '../study/linkage';
import type { CoClusters } from './co-clusters';
import type { UnitNames } from './correlation';
import type { Products } from './unit-sums';

/** Leaves of a drawn tree: more names could not be read. */
const LEAVES = 48;

/** The spectrum, with the number of clusters that was taken. */
export function spectrumFigure({ spectrum, mirror, clusters }: CoClusters): Line {
  const values = Array.from(spectrum.values, digits6);
  const height = values[clusters.length - 1] ?? 0;
  return {
    id: 'spectrum',
    kind: 'line',
    title: 'Eigenvalues of the normalised Laplacian',
    caption: `As many near zero as there are groups that hardly correlate with each other; the widest gap after the second tells how many${mirror === null ? '' : `, of the first ${mirror}, which those behind them mirror`}. ${clusters.length} clusters are taken.`,
    x: { label: 'eigenvalue, ascending' },
    y: { label: 'eigenvalue' },
    series: [{ name: 'eigenvalue', x: values.map((_, i) => i + 1), y: values }],
    references: [{ y: Number(height.toPrecision(6)), label: `the last of ${clusters.length}` }],
  };
}

/** Correlations between the sides, units by cluster. */
export function clusteredFigure(
  { ab, aa, bb }: Products,
  { order }: CoClusters,
  [x, y]: readonly [UnitNames, UnitNames],
): Heatmap {
  const p = aa.rows;
  const first = order.filter((unit) => unit < p);
  const second = order.filter((unit) => unit >= p).map((unit) => unit - p);
  const side = ({ name, kept }: UnitNames, places: readonly number[]) => {
    return { label: `unit of ${name}`, name: (i: number) => String(kept[i]), order: places };
  };
  const [rows, columns] = [side(x, first), side(y, second)];
  return {
    id: 'clustered-correlations',
    kind: 'heatmap',
    title: 'Correlations of units, by cluster',
    caption: `Units of both sides in the order of the clusters, the largest cluster first; within either side and between them.${poolingNote(p, bb.rows, 'largest')}`,
    panels: [
      heatmapPanel('Between', ab, rows, columns, 'largest'),
      heatmapPanel(`Within ${x.name}`, aa, rows, rows, 'largest'),
      heatmapPanel(`Within ${y.name}`, bb, columns, columns, 'largest'),
    ],
    scale: { label: 'correlation', kind: 'diverging', domain: [-1, 1] },
  };
}

/** The tree of average linkage; what joins low down is one leaf where there are many units. */
export function treeFigure({ merges, labels }: CoClusters, [x, y]: readonly [UnitNames, UnitNames]): Tree {
  const n = labels.length;
  const p = x.kept.length;
  const { groups, merges: upper, order } = collapsed(merges, n);
  const nameOf = (unit: number) => (unit < p ? `${x.name} ${x.kept[unit]}` : `${y.name} ${y.kept[unit - p]}`);
  const leaves = groups.map((units) => {
    const first = units.filter((unit) => unit < p).length;
    return units.length === 1
      ? nameOf(units[0] as number)
      : `${units.length} units (${first} + ${units.length - first})`;
  });
  return {
    id: 'unit-tree',
    kind: 'tree',
    title: 'Tree of units',
    caption: `Average linkage of 1 - |r| over the units of both sides.${groups.length < n ? ` The top of the tree: ${groups.length} branches, with how many units of the first and of the second each holds.` : ''}`,
    ...{ leaves, order, merges: upper, height: { label: '1 - mean |r|' } },
  };
}

/** The top of a tree, as a tree whose leaves are its branches. */
function collapsed(merges: readonly Merge[], n: number) {
  const members = membersOf(merges, n);
  const low = Math.max(0, n - LEAVES);
  const inside = new Set(merges.slice(0, low).flatMap(({ left, right }) => [left, right]));
  const roots = Array.from({ length: n + low }, (_, i) => i).filter((cluster) => !inside.has(cluster));
  const place = new Map(roots.map((cluster, leaf) => [cluster, leaf]));
  const upper = merges.slice(low).map(({ left, right, height }, k) => {
    const at = (cluster: number) => place.get(cluster) ?? -1;
    place.set(n + low + k, roots.length + k);
    return { left: at(left), right: at(right), height };
  });
  const order = membersOf(upper, roots.length).at(-1) ?? [0];
  return { groups: roots.map((cluster) => members[cluster] ?? []), merges: upper, order: [...order] };
}
