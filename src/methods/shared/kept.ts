import type { DistanceMetric } from '../../linalg/distances';
import type { Matrix } from '../../linalg/matrix';
import { type NeighbourMetric, type Neighbours, nearestNeighbours } from '../../linalg/neighbours';
import { Points } from '../../linalg/points';
import type { Context } from '../method';
import { type Origin, originOf, placesOf } from './reordered';

/** What is made of an input, shared between the measures of a comparison where it keeps such things. */
export async function kept<T>(
  context: Pick<Context, 'kept'>,
  of: Matrix,
  key: string,
  bytes: number,
  make: () => Promise<T>,
): Promise<T> {
  return context.kept ? context.kept(of, key, bytes, make) : make();
}

/** Rows up to which the distances of all pairs, 64 MB, are held rather than computed in each pass over them. */
const HELD = 4096;

/**
 * The rows as points, shared. Where they are few and memory allows it their distances are held from the second pass on.
 * @param inputs that are looked at together
 */
export async function pointsOf(
  matrix: Matrix,
  inputs: number,
  context: Pick<Context, 'signal' | 'kept' | 'fits'>,
  metric: DistanceMetric = 'euclidean',
): Promise<Points> {
  const bytes = 4 * matrix.rows ** 2;
  // Beside them all rows in float64, while the distances are taken.
  const work = 2 * bytes + 8 * matrix.data.length;
  if (matrix.rows > HELD || !context.fits(work * inputs)) return new Points(matrix, metric);
  const make = async () => new Points(matrix, metric, true);
  return kept(context, matrix, `all distances, ${directions(metric)}`, bytes, make);
}

/** As {@link pointsOf}, for whoever will pass over them more than once. */
export async function heldPointsOf(...asked: Parameters<typeof pointsOf>): Promise<Points> {
  const points = await pointsOf(...asked);
  if (points.few && Number.isFinite(points.largest)) await points.hold({ signal: asked[2].signal });
  return points;
}

/** What distances are of: of the rows themselves, or of directions. */
function directions(metric: DistanceMetric): string {
  return metric === 'squared-euclidean' ? 'euclidean' : metric;
}

/** The nearest rows of each row; shared. */
export async function neighboursOf(
  matrix: Matrix,
  k: number,
  metric: NeighbourMetric,
  context: Pick<Context, 'signal' | 'kept' | 'reserve'> & Partial<Pick<Context, 'progress'>>,
): Promise<Neighbours> {
  const origin = context.kept && originOf(matrix);
  // Among rows equally near the lowest index in the order of the data comes first, in whatever order they are now.
  if (origin) return moved(await neighboursOf(origin.of, k, metric, context), origin, k);
  const key = `${k} neighbours, ${metric}`;
  return kept(context, matrix, key, 4 * matrix.rows * k, () => nearestNeighbours(matrix, k, metric, context));
}

function moved({ indices, tied }: Neighbours, origin: Origin, k: number): Neighbours {
  const places = placesOf(origin);
  const out = new Int32Array(indices.length);
  for (const [i, row] of origin.order.entries())
    for (let c = 0; c < k; c++) out[i * k + c] = places[indices[row * k + c] as number] as number;
  return { indices: out, tied };
}
