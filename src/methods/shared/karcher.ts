import { symmetricEigen } from '../../linalg/eigen';
import { Matrix } from '../../linalg/matrix';
import { frobeniusSquared } from '../../linalg/norms';
import { crossProduct, gram, multiply } from '../../linalg/products';
import type { Cancellable } from '../../linalg/signal';
import { svd } from '../../linalg/svd';
import { addScaled } from '../../linalg/vectors';
import { type Basis, grassmannExp, grassmannLog, orthonormal } from './grassmann';

const ITERATIONS = 50;
const ENOUGH = 1e-8;
/** Cosine of an angle that is as good as right: the logarithm is not defined there. */
const RIGHT = 1e-6;

/** Subspaces around their mean. */
export interface TangentMap {
  /** The Karcher mean: the sum of the squared geodesic distances to it is least, of those near where it began. */
  readonly mean: Basis;
  /** K x 2: coordinates of the directions to the subspaces along the two widest axes of them, the widest first. */
  readonly points: Matrix<Float64Array>;
  /** Share of the squared geodesic distances to the mean that the two axes hold. */
  readonly kept: number;
  /** Geodesic distance of each subspace to the mean. */
  readonly distances: Float64Array;
}

/**
 * Subspaces of as many dimensions each, drawn in the tangent space at their Karcher mean (Absil, Mahony, Sepulchre 2004,
 * "Riemannian geometry of Grassmann manifolds with a view on algorithmic computation", sections 3.6 to 3.8): distances to the mean
 * are exact, those between two of them nearly so where they are close to it. It begins at the mean by chordal distances; where
 * that is at a right angle to one, at the mean of all bases, each turned to the first. Null where no shortest way leads from the
 * mean to one of them, which is at a right angle to it, or the mean is not found in 50 steps.
 * @param bases two or more, d x k each
 */
export async function tangentMap(bases: readonly Basis[], options: Cancellable): Promise<TangentMap | null> {
  return (
    (await mapFrom(bases, await chordalMean(bases, options), options)) ??
    mapFrom(bases, await turnedMean(bases, options), options)
  );
}

async function mapFrom(bases: readonly Basis[], start: Basis, options: Cancellable): Promise<TangentMap | null> {
  let mean = start;
  for (let step = 0; step < ITERATIONS; step++) {
    const ways = await waysTo(bases, mean, options);
    if (!ways) return null;
    const way = Matrix.zeros(mean.rows, mean.columns);
    for (const one of ways)
      for (const k of way.data.keys()) way.data[k] = (way.data[k] as number) + (one.data[k] as number) / bases.length;
    if (Math.sqrt(frobeniusSquared(way)) < ENOUGH) return drawn(mean, ways, options);
    mean = await grassmannExp(mean, way, options);
  }
  return null;
}

/** The leading directions of all bases side by side: the subspace with the least sum of squared chordal distances. */
async function chordalMean(bases: readonly Basis[], options: Cancellable): Promise<Basis> {
  const [rows, k] = [bases[0]?.rows ?? 0, bases[0]?.columns ?? 0];
  const all = Matrix.zeros(rows, k * bases.length);
  for (let i = 0; i < rows; i++) for (const [c, basis] of bases.entries()) all.row(i).set(basis.row(i), c * k);
  const { u } = await svd(all, options);
  return u.columnBand(0, k);
}

async function turnedMean(bases: readonly Basis[], options: Cancellable): Promise<Basis> {
  const first = bases[0] as Basis;
  const sum = Matrix.zeros(first.rows, first.columns);
  for (const basis of bases) {
    const { u, v } = await svd(await crossProduct(basis, first, options), options);
    const turned = await multiply(basis, await multiply(u, v, { ...options, transposeB: true }), options);
    addScaled(sum.data, turned.data, 1);
  }
  return orthonormal(sum);
}

async function waysTo(bases: readonly Basis[], mean: Basis, options: Cancellable) {
  const ways: Matrix<Float64Array>[] = [];
  for (const basis of bases) {
    options.signal?.throwIfAborted();
    const { s } = await svd(await crossProduct(mean, basis, options), options);
    if (!((s.at(-1) ?? 0) > RIGHT)) return null;
    ways.push(await grassmannLog(mean, basis, options));
  }
  return ways;
}

async function drawn(mean: Basis, ways: readonly Matrix<Float64Array>[], options: Cancellable): Promise<TangentMap> {
  const size = mean.rows * mean.columns;
  const all = new Matrix(new Float64Array(ways.length * size), ways.length, size);
  for (const [c, way] of ways.entries()) all.row(c).set(way.data);
  const products = await gram(all, options);
  const { values, vectors } = await symmetricEigen(products, options);
  const points = Matrix.zeros(ways.length, 2);
  for (const axis of [0, 1]) {
    const value = Math.max(0, values[axis] ?? 0);
    if (axis >= vectors.columns) continue;
    const column = vectors.column(axis);
    // Of two directions of an axis, that in which the farthest subspace is positive.
    const largest = column.reduce((most, one) => (Math.abs(one) > Math.abs(most) + 1e-12 ? one : most), 0);
    for (const [c, one] of column.entries()) points.data[2 * c + axis] = Math.sqrt(value) * Math.sign(largest) * one;
  }
  const total = values.reduce((sum, value) => sum + Math.max(0, value), 0);
  const held = Math.max(0, values[0] ?? 0) + Math.max(0, values[1] ?? 0);
  return {
    mean,
    points,
    kept: total > 0 ? held / total : 1,
    distances: Float64Array.from(ways, (_, c) => Math.sqrt(Math.max(0, products.at(c, c)))),
  };
}
