import { normaliseRows } from '../../linalg/centre';
import type { Matrix } from '../../linalg/matrix';
import { crossProduct, multiply } from '../../linalg/products';
import type { Cancellable } from '../../linalg/signal';
import { svd } from '../../linalg/svd';
import { ridgeMap } from '../shared/ridge';
import { regularSimplex } from '../shared/simplex';
import { type Labelled, templates } from './compatibility-tests';

export const adapterNames = ['none', 'simplex', 'harmonic', 'procrustes'] as const;
export type AdapterName = (typeof adapterNames)[number];

/** A linear map that brings rows of one version to where all versions can be searched. */
export type Adapter = (rows: Matrix<Float64Array>) => Promise<Matrix<Float64Array>>;

/**
 * Fits an adapter to the gallery rows of one version.
 * - `simplex`: least squares onto the vertices of a regular simplex, one for each class, the same for every version: the fixed
 *   classifier of Biondi, Pernici, Ricci, Del Bimbo (2024), fitted to frozen rows.
 * - `harmonic`: least squares onto the templates of the first version, which stays as it is: the aim of the harmonic embeddings
 *   of Schroff, Kalenichenko, Philbin (2015), section 5.6, without their triplets.
 * - `procrustes`: the rotation onto the same rows of the first version; it needs no classes.
 * Rows have length 1 before and after.
 */
export async function fitAdapter(
  name: Exclude<AdapterName, 'none'>,
  gallery: Labelled,
  first: Labelled,
  classes: number,
  lambda: number,
  options: Cancellable,
): Promise<Adapter> {
  if (name === 'procrustes') {
    const { u, v } = await svd(await crossProduct(gallery.rows, first.rows, options), options);
    const map = await multiply(u, v, { ...options, transposeB: true });
    return async (rows) => normaliseRows(await multiply(rows, map, options)).matrix;
  }
  const targets = (name === 'simplex' ? regularSimplex(classes) : templates(first, classes)).takeRows(gallery.of);
  const map = await ridgeMap(gallery.rows, targets, lambda, options);
  return async (rows) => normaliseRows(await multiply(rows, map, options)).matrix;
}
