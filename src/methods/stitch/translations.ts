import { centreInDouble, columnMeans, largestMagnitude, squaredLengths } from '../../linalg/centre';
import { type Matrix, scaleColumns } from '../../linalg/matrix';
import { multiply } from '../../linalg/products';
import type { Signal } from '../../linalg/signal';
import { svd } from '../../linalg/svd';
import { rotationOf } from '../compare/alignment';
import { inRange, rangeExponent } from '../shared/centred';
import { type AffineMap, ridgeAffine } from './linear-map';

export type TranslationKind = 'procrustes' | 'affine' | 'cca';

export const translationKinds: readonly TranslationKind[] = ['procrustes', 'affine', 'cca'];

/**
 * A map from one space into another, fitted on the same anchors in both (Maiorca et al. 2023, "Latent space translation via
 * semantic alignment"). `procrustes`: the rotation, scale and shift that bring them closest; `affine`: least squares, the smallest
 * of the best maps; `cca`: each canonical variable of one taken for that of the other, without the shrinking of least squares.
 * @param from anchors x d
 * @param to the same anchors x q
 */
export async function translation(
  kind: TranslationKind,
  from: Matrix,
  to: Matrix,
  signal?: Signal,
): Promise<AffineMap> {
  const [a, b] = [rangeExponent(from), rangeExponent(to)];
  const { map, ...means } = await fitted(kind, inRange(from), inRange(to), signal);
  const times = (values: Float64Array, exponent: number) => values.map((value) => value * 2 ** exponent);
  return { from: times(means.from, a), map, to: times(means.to, b), exponents: [a, b] };
}

/** Of values whose squares are doubles. */
async function fitted(kind: TranslationKind, from: Matrix, to: Matrix, signal?: Signal): Promise<AffineMap> {
  if (kind === 'affine') return ridgeAffine(from, to, 0, signal);
  const [meanFrom, meanTo] = [columnMeans(from), columnMeans(to)];
  const map = await (kind === 'procrustes' ? rotation : canonical)(sideOf(from), sideOf(to), signal);
  return { from: meanFrom, map, to: meanTo };
}

/** Centred, and the largest value before: what centring leaves of its rounding is no direction. */
interface Anchors {
  readonly x: Matrix<Float64Array>;
  readonly largest: number;
}

function sideOf(matrix: Matrix): Anchors {
  return { x: centreInDouble(matrix), largest: largestMagnitude(matrix) };
}

/**
 * U Vᵀ of XᵀY, scaled by its nuclear norm over |X Q|²: the least |s X Q - Y|. Directions that the anchors do not tie together
 * have no sign of their own and are left out; those that are weak beside one far anchor are not.
 */
async function rotation(from: Anchors, to: Anchors, signal?: Signal) {
  const [a, b] = [await spanned(from.x, from.largest, signal), await spanned(to.x, to.largest, signal)];
  for (const { u, s } of [a, b]) scaleColumns(u, s);
  const { u, s, v } = await rotationOf(a.u, b.u, { signal });
  const [x, y] = [await multiply(a.u, u, { signal }), await multiply(b.u, v, { signal })];
  const [lengths, others] = [squaredLengths(x.transpose()), squaredLengths(y.transpose())];
  const least = (Math.max(x.rows, u.rows, v.rows) * Number.EPSILON) ** 2;
  const tied = [...s.keys()].filter(
    (k) => (s[k] as number) ** 2 > least * (lengths[k] as number) * (others[k] as number),
  );
  const [p, q] = [
    await multiply(a.v, u.takeColumns(tied), { signal }),
    await multiply(b.v, v.takeColumns(tied), { signal }),
  ];
  const square = tied.reduce((sum, k) => sum + (lengths[k] as number), 0);
  const scale = square > 0 ? tied.reduce((sum, k) => sum + (s[k] as number), 0) / square : 0;
  return scaledBy(await multiply(p, q, { transposeB: true, signal }), () => scale);
}

/** V_x S_x⁻¹ P Qᵀ S_y V_yᵀ, where P D Qᵀ are the canonical correlations of the two bases. */
async function canonical(from: Anchors, to: Anchors, signal?: Signal) {
  const [a, b] = [await spanned(from.x, from.largest, signal), await spanned(to.x, to.largest, signal)];
  const { u: p, v: q } = await svd(await multiply(a.u, b.u, { transposeA: true, signal }), { signal });
  const turn = await multiply(p, q, { transposeB: true, signal });
  const into = scaledBy(turn, (k) => (b.s[k % turn.columns] as number) / (a.s[Math.floor(k / turn.columns)] as number));
  return multiply(await multiply(a.v, into, { signal }), b.v, { transposeB: true, signal });
}

/**
 * Whether k anchors, centred, have the rank k - 1, the most they can. An affine map from them then passes through every anchor,
 * and every canonical correlation with another space is 1, so that `cca` is `affine` from them and into them.
 * @param anchors k x d
 */
export async function leaveNothingOver(anchors: Matrix, signal?: Signal): Promise<boolean> {
  if (anchors.columns < anchors.rows - 1) return false;
  const { x, largest } = sideOf(inRange(anchors));
  return (await spanned(x, largest, signal)).s.length >= x.rows - 1;
}

/** The decomposition without the directions that rounding alone spans. */
async function spanned(x: Matrix, largest: number, signal?: Signal) {
  const { u, s, v } = await svd(x, { signal });
  const least = Math.max(x.rows, x.columns) * Number.EPSILON * Math.max(s[0] ?? 0, largest);
  const kept = Array.from(s.keys()).filter((k) => (s[k] as number) > least);
  return { u: u.takeColumns(kept), s: s.filter((value) => value > least), v: v.takeColumns(kept) };
}

function scaledBy(m: Matrix<Float64Array>, factor: (k: number) => number): Matrix<Float64Array> {
  for (let k = 0; k < m.data.length; k++) m.data[k] = (m.data[k] as number) * factor(k);
  return m;
}
