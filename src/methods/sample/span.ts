import type { Matrix } from '../../linalg/matrix';
import { frobeniusSquared } from '../../linalg/norms';
import { multiply } from '../../linalg/products';
import type { Signal } from '../../linalg/signal';
import { svd } from '../../linalg/svd';

/** Share of the squared lengths of all rows that lies in the span of some of them; 1 where all are zero. */
export async function spannedShare(x: Matrix, anchors: Int32Array, signal?: Signal): Promise<number> {
  const { s, v } = await svd(x.takeRows(anchors), { signal });
  const least = Math.max(anchors.length, x.columns) * Number.EPSILON * (s[0] ?? 0);
  const kept = Array.from(s.keys()).filter((k) => (s[k] as number) > least);
  const total = frobeniusSquared(x);
  if (!(total > 0)) return 1;
  if (kept.length === 0) return 0;
  return Math.min(1, frobeniusSquared(await multiply(x.toDouble(), v.takeColumns(kept), { signal })) / total);
}

/** Says what is lost where there are fewer anchors than units. */
export async function lostBeyond(name: string, x: Matrix, anchors: Int32Array, signal?: Signal): Promise<string[]> {
  if (anchors.length >= Math.min(x.columns, x.rows)) return [];
  const lost = 100 * (1 - (await spannedShare(x, anchors, signal)));
  const share = lost < 0.01 ? 'less than 0.01' : lost.toPrecision(2);
  return [
    `${anchors.length} anchors cannot span the ${x.columns} units of ${name}: ${share} % of the squared length of its rows lies in directions that no anchor has, and is lost. Use at least as many anchors as units where rows must stay apart.`,
  ];
}
