import { multiply } from '../../linalg/products';
import type { Context, Representation } from '../method';
import { type Contributions, partsOf } from '../shared/contributions';
import type { Alignment, Shape } from './alignment';

/**
 * What rows and units add to the similarity tr(XᵀYQ): row i <xᵢ, yᵢQ>, unit j of X <xⱼ, (YQ)ⱼ>, unit k of Y <yₖ, (XQᵀ)ₖ>.
 * Where there are more units than rows the shapes are rotated, and what units add is not to be had.
 */
export async function shapeContributions(
  inputs: readonly Representation[],
  [a, b]: readonly [Shape, Shape],
  { rotation }: Alignment,
  { signal }: Pick<Context, 'signal'>,
): Promise<Contributions> {
  const ofX = partsOf(a.matrix, await multiply(b.matrix, rotation, { signal }), 1);
  const ofY = partsOf(b.matrix, await multiply(a.matrix, rotation, { signal, transposeB: true }), 1);
  const own = (side: number, parts: Float64Array) =>
    inputs[side]?.matrix.columns === parts.length ? parts : undefined;
  return { rows: ofX.rows, units: [own(0, ofX.columns), own(1, ofY.columns)] };
}
