import type { Matrix } from '../../linalg/matrix';
import { frobeniusSquared } from '../../linalg/norms';
import { multiply } from '../../linalg/products';
import type { Signal } from '../../linalg/signal';
import { svd } from '../../linalg/svd';
import { plural } from '../../protocol/words';
import { inRange } from '../shared/centred';
import { isMetric, type ProjectionChoice, preparedRows } from '../transform/projections';

/**
 * Share of the squared lengths of all rows that lies in the span of some of them; null where all are zero. Rows are taken as the
 * projection takes them: centred and divided as is chosen. Of distances, which no origin changes, from the mean of the anchors.
 * @param x n x d
 */
export async function spannedShare(
  x: Matrix,
  anchors: Int32Array,
  choice: ProjectionChoice,
  signal?: Signal,
): Promise<number | null> {
  const { rows, rounding } = preparedRows(inRange(x), anchors, choice);
  const { s, v } = await svd(rows.takeRows(anchors), { signal });
  const least = Math.max(rounding, Math.max(anchors.length, x.columns) * Number.EPSILON * (s[0] ?? 0));
  const kept = Array.from(s.keys()).filter((k) => (s[k] as number) > least);
  const total = frobeniusSquared(rows);
  if (!(total > 0)) return null;
  if (kept.length === 0) return 0;
  return Math.min(1, frobeniusSquared(await multiply(rows, v.takeColumns(kept), { signal })) / total);
}

/** What rounding may take away from a share of 1. */
const ROUNDING = 1e-9;

/**
 * Says what is lost where there are fewer anchors than units.
 * @param spanned the share that they span, where it is known already
 */
export async function lostBeyond(
  name: string,
  x: Matrix,
  anchors: Int32Array,
  choice: ProjectionChoice,
  signal?: Signal,
  spanned?: number | null,
): Promise<string[]> {
  const metric = isMetric(choice);
  // Less their own mean, as many anchors span one direction less.
  const most = metric || choice.centre === 'anchors' ? anchors.length - 1 : anchors.length;
  if (most >= Math.min(x.columns, x.rows)) return [];
  const share = spanned === undefined ? await spannedShare(x, anchors, choice, signal) : spanned;
  const lost = 1 - (share ?? 1);
  if (lost < ROUNDING) return [];
  const percent = 100 * lost < 0.01 ? 'less than 0.01' : `${Number((100 * lost).toPrecision(2))}`;
  const centred = { none: '', mean: ', centred on the mean of all rows', anchors: ', centred on their own mean' };
  const what = metric
    ? `: ${percent} % of the squared distance of its rows from the mean of the anchors lies in directions in which no two anchors differ. How far a row lies there is told by the distances; where to, is lost.`
    : `${centred[choice.centre]}: ${percent} % of the squared length of its rows lies in directions that no anchor has, and is lost.`;
  return [
    `${plural(anchors.length, 'anchor')} cannot span the ${x.columns} units of ${name}${what} Use ${most < anchors.length ? 'more anchors than units' : 'at least as many anchors as units'} where rows must stay apart.`,
  ];
}
