import { columnMeans, normaliseRows } from '../../linalg/centre';
import { Matrix } from '../../linalg/matrix';

/**
 * The K vertices of a regular simplex about the origin, in rows of length 1, in K - 1 dimensions: any two have the inner product
 * -1 / (K - 1). From the identity and one point as far from all of them (Pernici, Bruni, Baecchi, Del Bimbo 2019, "Fix your
 * features: stationary and maximally discriminative embeddings using regular polytope networks").
 */
export function regularSimplex(k: number): Matrix<Float64Array> {
  const points = Matrix.zeros(k, k - 1);
  for (let i = 0; i < k - 1; i++) points.data[i * (k - 1) + i] = 1;
  points.row(k - 1).fill((1 - Math.sqrt(k)) / (k - 1));
  const means = columnMeans(points);
  for (let at = 0; at < points.data.length; at++)
    points.data[at] = (points.data[at] as number) - (means[at % (k - 1)] as number);
  return normaliseRows(points).matrix;
}
