import { normaliseRows } from '../../linalg/centre';
import type { Matrix } from '../../linalg/matrix';
import type { Watch } from '../../linalg/signal';
import type { Heatmap, Line } from '../../protocol/figures';
import type { Cell, Table } from '../../protocol/result';
import { count } from '../../protocol/words';
import type { Context } from '../method';
import { digits6, heatmapPanel, poolingNote } from '../shared/image';
import { seriate } from '../transform/projection';
import { isDistance, type ProjectionChoice, projectionScale } from '../transform/projections';
import { type Agreement, type AgreementOptions, agreement } from './agreement';

const LISTED = 500;

/** Relative representations (n x m each) side by side: the same rows and anchors, on one scale. */
export function relativeMatrices(
  names: readonly string[],
  matrices: readonly Matrix[],
  anchors: Int32Array,
  choice: ProjectionChoice,
  { rows }: Context,
): Heatmap {
  const first = matrices[0] as Matrix;
  const name = (i: number) => rows.names?.[i] ?? String(rows.index[i] ?? i);
  const order = seriate(first, anchors, isDistance(choice));
  const panel = (title: string, matrix: Matrix) =>
    heatmapPanel(
      title,
      matrix,
      { label: 'row', order: order.rows, name },
      { label: 'anchor', order: order.anchors, name: (a) => name(anchors[a] as number) },
      'mean',
    );
  return {
    id: 'relative-matrices',
    kind: 'heatmap',
    title: 'Rows as the anchors describe them',
    caption: `All panels show the same rows and anchors in the same order, made from ${names[0]}: each anchor is followed by the most similar one left, rows are sorted by the anchor they are nearest to. The more alike the panels, the better the agreement.${poolingNote(first.rows, first.columns, 'mean')}`,
    panels: matrices.map((matrix, i) => panel(names[i] ?? '', matrix)),
    scale: projectionScale(choice, matrices),
  };
}

/** Agreement by the first 2, 4, 8, ... anchors, and by all. */
export async function agreementByAnchors(
  first: Matrix,
  second: Matrix,
  queries: Int32Array,
  options: AgreementOptions,
  watch: Watch,
): Promise<Line> {
  const all = first.columns;
  const counts: number[] = [];
  for (let count = 2; count < all; count *= 2) counts.push(count);
  counts.push(all);
  const scores: Agreement[] = [];
  for (const count of counts) {
    watch.progress?.(count / (2 * all), 'Agreement by number of anchors');
    const prefix = (m: Matrix) => normaliseRows(m.columnBand(0, count)).matrix;
    scores.push(await agreement(prefix(first), prefix(second), queries, options, { signal: watch.signal }));
  }
  const series = (name: string, value: (score: Agreement) => number) => ({
    name,
    x: counts,
    y: scores.map((score) => digits6(value(score))),
  });
  const sampled =
    queries.length < first.rows ? ` From ${count(queries.length)} of ${count(first.rows)} rows, drawn at random.` : '';
  return {
    id: 'agreement-by-anchors',
    kind: 'line',
    title: 'Agreement by number of anchors',
    caption: `The first 2, 4, 8, ... of the anchors in the order chosen. With very few, any two rows have a high cosine: read it together with the ranks.${sampled}`,
    x: { label: 'anchors', log: true },
    y: { label: 'agreement', domain: [Math.min(0, ...scores.map((score) => Math.floor(score.cosine))), 1] },
    series: [
      series('mean reciprocal rank', (score) => score.mrr),
      series('mean cosine', (score) => score.cosine),
      series(`Jaccard of ${options.k} neighbours`, (score) => score.jaccard),
    ],
  };
}

/** The rows that agree least: by falling rank, then by rising cosine. */
export function disagreements(scores: Agreement, queries: Int32Array, { rows }: Context): Table {
  const { ranks, cosines, jaccards } = scores;
  const at = (values: Float64Array, i: number) => values[i] as number;
  const worst = Int32Array.from(queries.keys())
    .sort((i, j) => at(ranks, j) - at(ranks, i) || at(cosines, i) - at(cosines, j) || i - j)
    .slice(0, LISTED);
  const columns = ['row', ...(rows.names ? ['name'] : []), 'rank', 'cosine', 'jaccard'];
  const cells = Array.from(worst, (i): Cell[] => {
    const row = queries[i] as number;
    const name = rows.names ? [rows.names[row] ?? ''] : [];
    return [rows.index[row] ?? row, ...name, at(ranks, i), at(cosines, i), at(jaccards, i)];
  });
  const title = `Rows that agree least${worst.length < queries.length ? `: ${count(worst.length)} of ${count(queries.length)}` : ''}`;
  return { title, columns, rows: cells };
}
