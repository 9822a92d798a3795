import { Matrix } from '../../../linalg/matrix';
import { dot } from '../../../linalg/norms';
import { multiply } from '../../../linalg/products';
import type { Cancellable } from '../../../linalg/signal';
import { principalAxes } from '../../shared/pca';
import { expCentre, logCentre } from '../../shared/poincare';
import { fixSigns } from '../map';

export interface Projected {
  readonly radius: 'kept' | 'projected';
  /** Of what is shown: a disc, or a ball of three. */
  readonly dimensions: number;
  readonly curvature: number;
}

/** Tangent vectors at the centre along their two or three principal directions, carried back into a disc or ball of the same curvature. */
export async function discOf(placed: Matrix<Float64Array>, chosen: Projected, options: Cancellable) {
  const { radius, dimensions, curvature: c } = chosen;
  const tangent = Matrix.zeros(placed.rows, placed.columns);
  for (let i = 0; i < placed.rows; i++) tangent.row(i).set(logCentre(placed.row(i), c));
  const { axes } = await principalAxes(tangent, dimensions, options);
  const disc = Matrix.zeros(placed.rows, dimensions);
  if (axes.columns > 0) {
    const along = await multiply(tangent, axes, options);
    for (let i = 0; i < disc.rows; i++) disc.row(i).set(along.row(i));
  }
  fixSigns(disc);
  for (let i = 0; i < disc.rows; i++) {
    const [flat, whole] = [disc.row(i), tangent.row(i)];
    const [short, long] = [Math.sqrt(dot(flat, flat)), Math.sqrt(dot(whole, whole))];
    const factor = radius === 'kept' && short > 0 ? long / short : 1;
    flat.set(
      expCentre(
        flat.map((value) => factor * value),
        c,
      ),
    );
  }
  return disc;
}
