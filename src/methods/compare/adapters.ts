import { normaliseRows } from '../../linalg/centre';
import type { Matrix } from '../../linalg/matrix';
import { crossProduct, multiply } from '../../linalg/products';
import { svd } from '../../linalg/svd';
import { ridgeMap } from '../shared/ridge';
import { regularSimplex } from '../shared/simplex';
import { fitTriplets, imagesOf, tripletSettings, type Watched } from '../shared/triplets';
import { type Labelled, templates } from './compatibility-tests';

export const adapterNames = ['none', 'simplex', 'harmonic', 'triplet', 'procrustes'] as const;
export type AdapterName = (typeof adapterNames)[number];

/** A linear map, or an affine one, that brings rows of one version to where all versions can be searched. */
export type Adapter = (rows: Matrix<Float64Array>) => Promise<Matrix<Float64Array>>;

/**
 * Fits an adapter to the gallery rows of one version.
 * - `simplex`: least squares onto the vertices of a regular simplex, one for each class, the same for every version: the fixed
 *   classifier of Biondi, Pernici, Ricci, Del Bimbo (2024), fitted to frozen rows.
 * - `harmonic`: least squares onto the templates of the first version, which stays as it is: the aim of the harmonic embeddings
 *   of Schroff, Kalenichenko, Philbin (2015), section 5.6, without their triplets.
 * - `triplet`: from there on by their triplets, of which anchors are of this version, and the two others both of this version or
 *   both of the first, in as many steps and at the rate that {@link tripletSettings} gives; one layer, where theirs is a network.
 * - `procrustes`: the rotation onto the same rows of the first version; it needs no classes.
 * Rows have length 1 before and after.
 */
export async function fitAdapter(
  name: Exclude<AdapterName, 'none'>,
  gallery: Labelled,
  first: Labelled,
  classes: number,
  lambda: number,
  options: Pick<Watched, 'signal' | 'random'>,
): Promise<Adapter> {
  if (name === 'procrustes') {
    const { u, v } = await svd(await crossProduct(gallery.rows, first.rows, options), options);
    const map = await multiply(u, v, { ...options, transposeB: true });
    return async (rows) => normaliseRows(await multiply(rows, map, options)).matrix;
  }
  const targets = (name === 'simplex' ? regularSimplex(classes) : templates(first, classes)).takeRows(gallery.of);
  const map = await ridgeMap(gallery.rows, targets, lambda, options);
  if (name === 'triplet') {
    const quiet = { signal: options.signal, random: options.random };
    const moved = await fitTriplets(gallery.rows, gallery.of, map, tripletSettings, quiet, first.rows);
    return (rows) => imagesOf(rows, moved, options);
  }
  return async (rows) => normaliseRows(await multiply(rows, map, options)).matrix;
}
