import type { Matrix } from '../../linalg/matrix';
import { type NeighbourMetric, type Neighbours, nearestNeighbours } from '../../linalg/neighbours';
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
