import type { Matrix } from '../../linalg/matrix';
import type { Heatmap, Scatter, Tree } from '../../protocol/figures';
import type { Cell, Table } from '../../protocol/result';
import type { Context } from '../method';
import type { Classes } from '../shared/classes';
import type { Basis, SubspaceDistances } from '../shared/grassmann';
import { heatmapPanel, poolingNote } from '../shared/image';
import type { TangentMap } from '../shared/karcher';
import { percent } from '../shared/pca';
import { LISTED, rowTable } from '../shared/row-table';
import { optimalLeafOrder } from '../study/leaf-order';
import { averageLinkage } from '../study/linkage';
import type { Subspace } from './subspaces';

/** Angles between two classes. */
export interface AnglePair {
  readonly a: number;
  readonly b: number;
  readonly angles: Float64Array;
  readonly distances: SubspaceDistances;
}

const degrees = (angle: number) => (angle * 180) / Math.PI;

function square(size: number, pairs: readonly AnglePair[], of: (pair: AnglePair) => number): Float64Array {
  const out = new Float64Array(size * size);
  for (const pair of pairs) out[pair.a * size + pair.b] = out[pair.b * size + pair.a] = of(pair);
  return out;
}

/** Distances and least angles of all classes, those that are close beside each other. */
export function anglesFigure({ names, label }: Classes, pairs: readonly AnglePair[]): Heatmap {
  const size = names.length;
  const chordal = square(size, pairs, ({ distances }) => distances.chordal);
  const shared = square(size, pairs, ({ distances }) => distances.meanSquaredCosine);
  for (let c = 0; c < size; c++) shared[c * size + c] = 1;
  const order = optimalLeafOrder(averageLinkage(chordal, size), chordal, size);
  const side = { label, order, name: (c: number) => names[c] ?? '' };
  const at = (values: Float64Array) => (i: number, j: number) => values[i * size + j] as number;
  return {
    ...{ id: 'overlap', kind: 'heatmap', title: 'What classes share of their subspaces' },
    caption: `Mean squared cosine of the principal angles between the subspaces of two classes: 0 where they are orthogonal, 1 where one holds the other. Classes that share much stand beside each other.${poolingNote(size, size, 'mean')}`,
    panels: [heatmapPanel('', { rows: size, columns: size, at: at(shared) }, side, side, 'mean')],
    scale: { label: 'mean cos²', kind: 'sequential', domain: [0, 1] },
  };
}

/** Which classes' subspaces are close. */
export function treeFigure({ names }: Classes, pairs: readonly AnglePair[]): Tree {
  const size = names.length;
  const chordal = square(size, pairs, ({ distances }) => distances.chordal);
  const merges = averageLinkage(chordal, size);
  return {
    ...{ id: 'classes-tree', kind: 'tree', title: 'Classes by the distance of their subspaces' },
    caption: 'Average linkage of the chordal distances.',
    leaves: names,
    order: optimalLeafOrder(merges, chordal, size),
    merges,
    height: { label: 'chordal distance' },
  };
}

/** Classes as points around the mean of their subspaces. */
export function mapFigure(
  { names, groups, label }: Classes,
  { points, kept }: TangentMap,
  dimensions: number,
  cut: boolean,
  { rows }: Pick<Context, 'rows'>,
): Scatter {
  const along = (axis: number) => [...points.column(axis)].map((value) => Number(value.toPrecision(6)));
  return {
    ...{ id: 'classes-map', kind: 'scatter', title: 'Map of the classes’ subspaces' },
    caption: `Each point is the subspace of a class${cut ? `, of which ${dimensions === 1 ? 'the first dimension is' : `the first ${dimensions} dimensions are`} drawn, as many as all have` : ''}, as seen from the mean of all (the Karcher mean, in the middle): how far from the middle is how far from the mean, in radians. The plane holds ${percent(kept)} of the squared distances to the mean.`,
    panels: [{ title: '', x: { label: 'first axis' }, y: { label: 'second axis' }, xs: along(0), ys: along(1) }],
    // A row of each class: that is what lights up in other figures.
    rows: groups.map((group) => rows.index[group[0] ?? 0] ?? group[0] ?? 0),
    names,
    labels: { kind: 'category', name: label, categories: names, index: names.map((_, c) => c) },
  };
}

/** How much of the rows of each class lies in the subspace of each. */
export function energyFigure({ names, label }: Classes, energy: Matrix<Float64Array>, of: Int32Array): Heatmap {
  const size = names.length;
  const sums = new Float64Array(size * size);
  const sizes = new Int32Array(size);
  for (const [i, c] of of.entries()) {
    sizes[c] = (sizes[c] as number) + 1;
    for (let k = 0; k < size; k++) sums[c * size + k] = (sums[c * size + k] as number) + energy.at(i, k);
  }
  const at = (i: number, j: number) => (sums[i * size + j] as number) / (sizes[i] as number);
  const name = (c: number) => names[c] ?? '';
  return {
    ...{ id: 'energy', kind: 'heatmap', title: 'Rows in the subspaces of all classes' },
    caption: `Mean share of the squared length of the rows of one class (down) that lies in the subspace of another (across).${poolingNote(size, size, 'mean')}`,
    panels: [
      heatmapPanel(
        '',
        { rows: size, columns: size, at },
        { label: `rows of ${label}`, name },
        { label: 'subspace of', name },
        'mean',
      ),
    ],
    scale: { label: 'share', kind: 'sequential', domain: [0, 1] },
  };
}

export function classTable(
  { names, groups, label }: Classes,
  spaces: readonly Subspace[],
  bases: readonly Basis[],
  own: Float64Array,
  of: Int32Array,
  within: readonly number[],
): Table {
  const mean = (c: number) => {
    const values = own.filter((_, i) => of[i] === c);
    return values.reduce((sum, value) => sum + value, 0) / values.length;
  };
  return {
    title: 'Classes',
    columns: [
      label,
      'rows',
      'dimensions',
      'share of the first direction',
      'share in own subspace',
      'mean angle within, degrees',
    ],
    rows: names.map((name, c): Cell[] => [
      ...[name, groups[c]?.length ?? 0, bases[c]?.columns ?? 0],
      ...[spaces[c]?.shares[0] ?? null, mean(c), within[c] ?? null],
    ]),
  };
}

export function anglesTable({ names, label }: Classes, pairs: readonly AnglePair[]): Table {
  return {
    title: 'Angles between the subspaces of two classes',
    columns: [label, `other ${label}`, 'least angle', 'widest angle', 'geodesic', 'chordal', 'mean cos²'],
    rows: [...pairs]
      .sort((x, y) => x.distances.least - y.distances.least || x.a - y.a || x.b - y.b)
      .map(({ a, b, angles, distances }): Cell[] => [
        ...[names[a] ?? '', names[b] ?? '', degrees(distances.least), degrees(angles.at(-1) ?? 0)],
        ...[distances.geodesic, distances.chordal, distances.meanSquaredCosine],
      ]),
  };
}

/** The rows that another class holds better than their own: wrong labels, or strangers. */
export function distantRows(
  { names, rows: places }: Classes,
  energy: Matrix<Float64Array>,
  of: Int32Array,
  context: Pick<Context, 'rows'>,
): Table {
  const found = Array.from(of, (c, i) => {
    const row = energy.row(i);
    const best = row.reduce(
      (most, value, k) => (k !== c && (most < 0 || value > (row[most] as number)) ? k : most),
      -1,
    );
    return { place: places[i] as number, own: row[c] as number, best, other: row[best] as number, c };
  });
  found.sort((x, y) => x.own - x.other - (y.own - y.other) || x.place - y.place);
  const listed = new Map(found.slice(0, LISTED).map((one) => [one.place, one]));
  return rowTable('Rows that lie least in the subspace of their own class', context, [...listed.keys()], {
    class: (place) => names[listed.get(place)?.c ?? -1] ?? null,
    'share in own': (place) => listed.get(place)?.own ?? null,
    'best other': (place) => names[listed.get(place)?.best ?? -1] ?? null,
    'share there': (place) => listed.get(place)?.other ?? null,
    margin: (place) => (listed.get(place)?.own ?? 0) - (listed.get(place)?.other ?? 0),
  });
}
