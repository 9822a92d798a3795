import { z } from 'zod';
import { normaliseRows } from '../../linalg/centre';
import type { Matrix } from '../../linalg/matrix';
import { crossProduct, multiply } from '../../linalg/products';
import { svd } from '../../linalg/svd';
import { equiangular } from '../shared/equiangular';
import { ridgeMap } from '../shared/ridge';
import { regularSimplex } from '../shared/simplex';
import { fitTriplets, imagesOf, tripletSettings, type Watched } from '../shared/triplets';
import { type Labelled, templates } from './compatibility-tests';

export const adapterNames = ['none', 'simplex', 'equiangular', 'harmonic', 'triplet', 'procrustes'] as const;
export type AdapterName = (typeof adapterNames)[number];
/** Those that leave the first version as it is. */
export const keepsFirst = (name: AdapterName) => name !== 'simplex' && name !== 'equiangular';

export const unitsParameter = z.int().min(2).max(4096).default(32).meta({
  title: 'Units',
  description:
    'Of the equiangular adapter: in how many dimensions its vectors are, one for each class. There are no more units than classes: then any two vectors are orthogonal; the fewer, the nearer the nearest two.',
});

/** A linear map, or an affine one, that brings rows of one version to where all versions can be searched. */
export type Adapter = (rows: Matrix<Float64Array>) => Promise<Matrix<Float64Array>>;

/**
 * Fits an adapter to the gallery rows of one version.
 * - `simplex`: least squares onto the vertices of a regular simplex, one for each class, the same for every version: the fixed
 *   classifier of Biondi, Pernici, Ricci, Del Bimbo (2024), fitted to frozen rows.
 * - `equiangular`: least squares onto as many vectors in fewer or more dimensions, of which no two are near (Shen, Sun, Wei 2022).
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
  { ridge, units }: { readonly ridge: number; readonly units: number },
  options: Pick<Watched, 'signal' | 'random'>,
): Promise<Adapter> {
  if (name === 'procrustes') {
    const { u, v } = await svd(await crossProduct(gallery.rows, first.rows, options), options);
    const map = await multiply(u, v, { ...options, transposeB: true });
    return async (rows) => normaliseRows(await multiply(rows, map, options)).matrix;
  }
  const corners =
    name === 'simplex'
      ? regularSimplex(classes)
      : name === 'equiangular'
        ? (await equiangular(classes, units, options)).vectors
        : templates(first, classes);
  const map = await ridgeMap(gallery.rows, corners.takeRows(gallery.of), ridge, options);
  if (name === 'triplet') {
    const quiet = { signal: options.signal, random: options.random };
    const moved = await fitTriplets(gallery.rows, gallery.of, map, tripletSettings, quiet, first.rows);
    return (rows) => imagesOf(rows, moved, options);
  }
  return async (rows) => normaliseRows(await multiply(rows, map, options)).matrix;
}
