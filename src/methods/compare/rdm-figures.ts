import type { Figure } from '../../protocol/figures';
import type { Context, Representation } from '../method';
import { digits6, type Entries, heatmapPanel, poolingNote } from '../shared/image';
import { type PairList, ranksOf } from './pair-list';

/** Steps of distance in the first space for which the second is summed up. */
const STEPS = 25;

/** The two dissimilarity matrices side by side, and how the one goes with the other. */
export function rdmFigures(
  [x, y]: readonly [Representation, Representation],
  lists: readonly [PairList, PairList],
  ranked: boolean,
  context: Context,
): Figure[] {
  const rows = lists[0].rows;
  const [a, b] = lists.map(({ values }) => (ranked ? values : ranksOf(values))) as [Float64Array, Float64Array];
  const { order, name, sorted } = rowOrder(context, rows);
  const by = context.rows.labels?.name;
  const side = { label: by === undefined ? 'row' : `row, by ${by}`, order, name };
  return [
    {
      id: 'rdms',
      kind: 'heatmap',
      title: 'Dissimilarity of all pairs of rows',
      caption: `Coloured by rank among all pairs, 0 the nearest and 1 the farthest${sorted}.${poolingNote(rows, rows, 'mean')}`,
      panels: [
        heatmapPanel(x.name, square(a, rows), side, side, 'mean'),
        heatmapPanel(y.name, square(b, rows), side, side, 'mean'),
      ].map((panel) => ({ ...panel, values: panel.values.map(thousandths) })),
      scale: { label: 'rank of dissimilarity', kind: 'sequential', domain: [0, 1] },
    },
    conditional([x, y], a, b),
  ];
}

/** Finer than the colours, and half the bytes of six digits. */
function thousandths(value: number | null): number | null {
  return value === null ? null : Math.round(1000 * value) / 1000;
}

/** Ranks of pairs, from 0 to 1, as a square matrix that is never formed; a row is 0 from itself. */
function square(ranks: Float64Array, rows: number): Entries {
  const scale = 1 / Math.max(1, ranks.length - 1);
  return {
    rows,
    columns: rows,
    at(i, j) {
      if (i === j) return 0;
      const [low, high] = i < j ? [i, j] : [j, i];
      return ((ranks[(low * (2 * rows - low - 1)) / 2 + high - low - 1] as number) - 1) * scale;
    },
  };
}

function rowOrder({ rows }: Context, count: number) {
  const order = Int32Array.from({ length: count }, (_, i) => i);
  const { names, labels } = rows;
  const name = (i: number) => names?.[i] ?? String(rows.index[i] ?? i);
  if (labels === undefined) return { order, name, sorted: '' };
  const key = labels.kind === 'category' ? labels.index : labels.values;
  // What is missing comes last: differences from it would leave the others unsorted.
  const at = (i: number) => (Number.isNaN(key[i]) ? Number.POSITIVE_INFINITY : (key[i] as number));
  order.sort((i, j) => at(i) - at(j) || i - j);
  if (labels.kind === 'number') return { order, name, sorted: `; rows sorted by ${labels.name}` };
  const category = (i: number) => labels.categories[labels.index[i] as number] ?? 'no label';
  return { order, name: category, sorted: `; rows sorted by ${labels.name}` };
}

/** Mean rank in the second space, and its spread, of the pairs about as far apart as each other in the first. */
function conditional([x, y]: readonly [Representation, Representation], a: Float64Array, b: Float64Array): Figure {
  const steps = Math.min(STEPS, a.length);
  const [count, sum, squares] = [new Float64Array(steps), new Float64Array(steps), new Float64Array(steps)];
  const scale = 1 / Math.max(1, a.length - 1);
  for (let k = 0; k < a.length; k++) {
    const step = Math.min(steps - 1, Math.floor((((a[k] as number) - 0.5) / a.length) * steps));
    const rank = ((b[k] as number) - 1) * scale;
    count[step] = (count[step] as number) + 1;
    sum[step] = (sum[step] as number) + rank;
    squares[step] = (squares[step] as number) + rank * rank;
  }
  const used = Array.from(count, (_, step) => step).filter((step) => (count[step] as number) > 0);
  const mean = (step: number) => (sum[step] as number) / (count[step] as number);
  const spread = (step: number) =>
    Math.sqrt(Math.max(0, (squares[step] as number) / (count[step] as number) - mean(step) ** 2));
  const draw = (value: (step: number) => number) => used.map((step) => digits6(value(step)) as number);
  return {
    id: 'rank-by-rank',
    kind: 'line',
    title: 'Are pairs that are near in one near in the other?',
    caption: `Pairs of rows in ${steps} groups by their distance in ${x.name}: the mean rank of their distance in ${y.name}, with one standard deviation to each side.`,
    x: { label: `rank of distance in ${x.name}` },
    y: { label: `rank in ${y.name}`, domain: [0, 1] },
    series: [
      {
        name: 'mean rank',
        x: draw((step) => (step + 0.5) / steps),
        y: draw(mean),
        low: draw((step) => mean(step) - spread(step)),
        high: draw((step) => mean(step) + spread(step)),
      },
    ],
    references: [{ y: 0.5, label: 'chance' }],
  };
}
