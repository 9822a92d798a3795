import { centreColumns } from '../../../linalg/centre';
import type { Matrix } from '../../../linalg/matrix';
import type { Figure } from '../../../protocol/figures';
import type { Cell, Table } from '../../../protocol/result';
import { count } from '../../../protocol/words';
import { principalPlane } from '../../describe/overview-figures';
import type { Context } from '../../method';
import { classAfterClass, cosineBlocks } from '../../shared/cosine-blocks';
import { digits6, heatmapPanel, poolingNote } from '../../shared/image';
import { principalAxes } from '../../shared/pca';
import { rowTable } from '../../shared/row-table';
import type { Found } from './clusters';
import type { Trained } from './train';

/** Rows listed with their cluster. */
const MOST = 5000;

/** Both rates over the epochs, and what one is less than the other. */
export function trainingFigure({ curve, best, followed }: Trained, rows: number): Figure {
  const x = curve.map((_, epoch) => epoch);
  return {
    ...{ id: 'training', kind: 'line', title: 'Coding rates in training' },
    caption: `After each epoch; 0 is the end of the warm-up. All rows are to fill much room (R), rows that belong together little (R_c). The network of epoch ${best} is kept, where the reduction R - R_c is largest.${followed < rows ? ` Followed on ${count(followed)} of ${count(rows)} rows, chosen at random.` : ''}`,
    x: { label: 'epoch' },
    y: { label: 'nats' },
    series: [
      { name: 'R, all rows', x, y: curve.map(({ rate }) => digits6(rate)), dashed: true },
      { name: 'R_c, rows that belong together', x, y: curve.map(({ memberRate }) => digits6(memberRate)) },
      { name: 'reduction R - R_c', x, y: curve.map(({ rate, memberRate }) => digits6(rate - memberRate)) },
    ],
  };
}

/** |cosine| of every two rows before and after, cluster by cluster, and their means. */
export async function cosinesFigure(
  name: string,
  before: Matrix<Float64Array>,
  after: Matrix<Float64Array>,
  labels: Int32Array,
  context: Context,
) {
  const all = Int32Array.from(labels.keys());
  const { order, note } = classAfterClass(all, labels, context);
  const [first, second] = [
    await cosineBlocks(before, order, labels, context),
    await cosineBlocks(after, order, labels, context),
  ];
  const side = { label: 'rows by cluster', name: (i: number) => `${(labels[order[i] as number] as number) + 1}` };
  const figure: Figure = {
    ...{ id: 'cosines', kind: 'heatmap', title: 'Cosines of rows, cluster by cluster' },
    caption: `Absolute cosine of every two rows, of the centred rows as they came and as they are now. Dark beside the blocks of the diagonal: clusters stand orthogonal to one another.${note}${poolingNote(order.length, order.length, 'mean')}`,
    panels: [
      heatmapPanel(`${name}, centred`, first.entries, side, side, 'mean'),
      heatmapPanel(`${name} linearised`, second.entries, side, side, 'mean'),
    ],
    scale: { label: '|cosine|', kind: 'sequential', domain: [0, 1] },
  };
  return { figure, note, before: first, after: second };
}

/** What each number of clusters costs to code. */
export function lengthsFigure({ lengths, parts }: Found): Figure {
  return {
    ...{ id: 'coding-length', kind: 'line', title: 'How many clusters' },
    caption: `Nats that code the rows cluster by cluster, and which cluster each is of: the least is the number that the features favour. ${parts.length} clusters were taken.`,
    x: { label: 'clusters' },
    y: { label: 'coding length, nats' },
    series: [{ name: 'coding length', x: lengths.map((_, k) => k + 1), y: lengths.map(digits6) }],
  };
}

export function clusterTable({ parts }: Found): Table {
  return {
    title: 'Clusters',
    columns: ['cluster', 'rows', 'coding rate', 'directions that hold 95 %'],
    rows: parts.map(({ rows, rate, rank }, c): Cell[] => [c + 1, rows, rate, rank]),
  };
}

export function rowsTable({ labels }: Found, context: Context): Table {
  const listed = Array.from(labels.keys()).slice(0, MOST);
  const part = listed.length < labels.length ? ` (the first ${count(MOST)} of ${count(labels.length)} rows)` : '';
  return rowTable(`Cluster of each row${part}`, context, listed, { cluster: (i) => (labels[i] as number) + 1 });
}

/** The features in their principal plane, coloured by cluster. */
export async function planeFigures(
  name: string,
  features: Matrix<Float64Array>,
  { labels, parts }: Found,
  context: Context,
): Promise<Figure[]> {
  const centred = centreColumns(features);
  const principal = await principalAxes(centred, 2, context);
  if (principal.squares.length === 0) return [];
  const rows = {
    ...context.rows,
    labels: {
      ...{ kind: 'category' as const, name: 'cluster', index: labels },
      categories: parts.map((_, c) => `${c + 1}`),
    },
  };
  return [
    await principalPlane(`${name} linearised`, centred, principal, ' Colours are the clusters found.', {
      ...context,
      rows,
    }),
  ];
}
