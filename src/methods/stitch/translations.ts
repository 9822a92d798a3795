import { columnMeans } from '../../linalg/centre';
import type { Matrix } from '../../linalg/matrix';
import { frobeniusSquared } from '../../linalg/norms';
import { multiply } from '../../linalg/products';
import type { Signal } from '../../linalg/signal';
import { svd } from '../../linalg/svd';
import { inRange, rangeExponent } from '../shared/centred';
import { type AffineMap, less, ridgeAffine } from './linear-map';

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
  return { from: times(means.from, a), map: scaledBy(map, () => 2 ** (b - a)), to: times(means.to, b) };
}

/** Of values whose squares are doubles. */
async function fitted(kind: TranslationKind, from: Matrix, to: Matrix, signal?: Signal): Promise<AffineMap> {
  if (kind === 'affine') return ridgeAffine(from, to, 0, signal);
  const [meanFrom, meanTo] = [columnMeans(from), columnMeans(to)];
  const [x, y] = [less(from, meanFrom), less(to, meanTo)];
  const map = kind === 'procrustes' ? await rotation(x, y, signal) : await canonical(x, y, signal);
  return { from: meanFrom, map, to: meanTo };
}

/**
 * U Vᵀ of XᵀY, scaled by its nuclear norm over |X Q|²: the least |s X Q - Y|. Directions that the anchors do not tie together
 * have no sign of their own and are left out.
 */
async function rotation(x: Matrix, y: Matrix, signal?: Signal) {
  const { u, s, v } = await spanned(await multiply(x, y, { transposeA: true, signal }), signal);
  const q = await multiply(u, v, { transposeB: true, signal });
  const length = frobeniusSquared(await multiply(x, q, { signal }));
  const scale = length > 0 ? s.reduce((sum, value) => sum + value, 0) / length : 0;
  return scaledBy(q, () => scale);
}

/** V_x S_x⁻¹ P Qᵀ S_y V_yᵀ, where P D Qᵀ are the canonical correlations of the two bases. */
async function canonical(x: Matrix, y: Matrix, signal?: Signal) {
  const [a, b] = [await spanned(x, signal), await spanned(y, signal)];
  const { u: p, v: q } = await svd(await multiply(a.u, b.u, { transposeA: true, signal }), { signal });
  const turn = await multiply(p, q, { transposeB: true, signal });
  const into = scaledBy(turn, (k) => (b.s[k % turn.columns] as number) / (a.s[Math.floor(k / turn.columns)] as number));
  return multiply(await multiply(a.v, into, { signal }), b.v, { transposeB: true, signal });
}

/** The decomposition without the directions that rounding alone spans. */
async function spanned(x: Matrix, signal?: Signal) {
  const { u, s, v } = await svd(x, { signal });
  const least = Math.max(x.rows, x.columns) * Number.EPSILON * (s[0] ?? 0);
  const kept = Array.from(s.keys()).filter((k) => (s[k] as number) > least);
  return { u: u.takeColumns(kept), s: s.filter((value) => value > least), v: v.takeColumns(kept) };
}

function scaledBy(m: Matrix<Float64Array>, factor: (k: number) => number): Matrix<Float64Array> {
  for (let k = 0; k < m.data.length; k++) m.data[k] = (m.data[k] as number) * factor(k);
  return m;
}
