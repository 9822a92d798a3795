import type { Matrix } from '../../linalg/matrix';
import { type NeighbourMetric, type Neighbours, nearestNeighbours } from '../../linalg/neighbours';
import type { Context } from '../method';

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
  const key = `${k} neighbours, ${metric}`;
  return kept(context, matrix, key, 4 * matrix.rows * k, () => nearestNeighbours(matrix, k, metric, context));
}
