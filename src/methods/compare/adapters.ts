import { z } from 'zod';
import { normaliseRows } from '../../linalg/centre';
import type { Matrix } from '../../linalg/matrix';
import { crossProduct, multiply } from '../../linalg/products';
import { svd } from '../../linalg/svd';
import { fitCosines } from '../shared/cosine-head';
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

export const headParameter = z.enum(['ridge', 'cross-entropy']).default('ridge').meta({
  title: 'Head',
  description:
    'How the simplex and the equiangular adapter are fitted to the vectors of the classes. ridge: least squares, in closed form; cross-entropy: on from there in 400 steps of Adam, so that each row has a larger cosine with the vector of its class than with all others (softmax at temperature 0.07).',
});

/** How an adapter was fitted, to be said after its name; nothing where there is but one way. */
export function headWords(name: AdapterName, head: z.output<typeof headParameter>): string {
  if (name !== 'simplex' && name !== 'equiangular') return '';
  return head === 'ridge' ? ' by least squares' : ' by cross-entropy, from least squares on';
}

/** Vectors that classes are fitted to whatever their rows are: null of an adapter that has none. */
export async function vectorsOf(
  name: AdapterName,
  classes: number,
  units: number,
  options: Pick<Watched, 'signal'>,
): Promise<Matrix<Float64Array> | null> {
  if (name === 'simplex') return regularSimplex(classes);
  return name === 'equiangular' ? (await equiangular(classes, units, options)).vectors : null;
}

/** A linear map, or an affine one, that brings rows of one version to where all versions can be searched. */
export type Adapter = (rows: Matrix<Float64Array>) => Promise<Matrix<Float64Array>>;

export interface FitChoice {
  readonly ridge: number;
  readonly units: number;
  readonly head: z.output<typeof headParameter>;
}

/**
 * Fits an adapter to the gallery rows of one version.
 * - `simplex`: least squares onto the vertices of a regular simplex, one for each class, the same for every version: the fixed
 *   classifier of Biondi, Pernici, Ricci, Del Bimbo (2024), fitted to frozen rows.
 * - `equiangular`: least squares onto as many vectors in fewer or more dimensions, of which no two are near (Shen, Sun, Wei 2022).
 *   Both go on from there by cross-entropy of the cosines where that is the head.
 * - `harmonic`: least squares onto the templates of the first version, of length 1, which stays as it is: the aim of the harmonic
 *   embeddings of Schroff, Kalenichenko, Philbin (2015), section 5.6, without their triplets.
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
  { ridge, units, head }: FitChoice,
  options: Pick<Watched, 'signal' | 'random'>,
): Promise<Adapter> {
  if (name === 'procrustes') {
    const { u, v } = await svd(await crossProduct(gallery.rows, first.rows, options), options);
    const map = await multiply(u, v, { ...options, transposeB: true });
    return async (rows) => normaliseRows(await multiply(rows, map, options)).matrix;
  }
  const vectors = await vectorsOf(name, classes, units, options);
  const corners = vectors ?? templates(first, classes);
  const map = await ridgeMap(gallery.rows, corners.takeRows(gallery.of), ridge, options);
  if (vectors && head === 'cross-entropy') {
    const turned = await fitCosines(gallery.rows, gallery.of, map, vectors, options);
    return (rows) => imagesOf(rows, turned, options);
  }
  if (name === 'triplet') {
    const quiet = { signal: options.signal, random: options.random };
    const moved = await fitTriplets(gallery.rows, gallery.of, map, tripletSettings, quiet, first.rows);
    return (rows) => imagesOf(rows, moved, options);
  }
  return async (rows) => normaliseRows(await multiply(rows, map, options)).matrix;
}
