import { kendallTauA, kendallTauB } from '../../linalg/ranks';
import type { Chance } from '../../protocol/result';
import { biasedOf, chanceOf, type Side, sumsOf } from './cka';
import { type CentredKernel, kernelProduct } from './kernels';
import { covariance, type PairList, type PairMoments, pairVariance } from './pair-list';

export const COMPARISONS = [
  'spearman',
  'pearson',
  'kendall',
  'cosine',
  'tau-a',
  'rho-a',
  'cosine-cov',
  'corr-cov',
  'bures',
] as const;

export type Comparison = (typeof COMPARISONS)[number];

/** Those that see the order of the dissimilarities only. */
export const RANKED: ReadonlySet<Comparison> = new Set(['spearman', 'kendall', 'tau-a', 'rho-a']);
export const WHITENED: ReadonlySet<Comparison> = new Set(['cosine-cov', 'corr-cov']);

/** Values of all pairs of rows, or their ranks, and what they are weighted by. */
export interface Dissimilarities extends PairList {
  readonly whitened?: CentredKernel;
}

export interface Score {
  readonly value: number | null;
  readonly chance?: Chance;
  readonly warning?: string;
}

export const UNEQUAL = 'all pairs of rows are equally dissimilar in one of them, so there is nothing to correlate';
export const NO_NUMBER =
  'some dissimilarities are not numbers: a row is all zeros or, for correlation, constant; for poisson some value is below zero; or values are too large to be squared';
const BY_SYMMETRY = 'Zero over all pairings of the rows, by symmetry';
const EXACT = 'mean and variance over all pairings of the rows are exact (Mantel 1967).';

export function compareLists(x: Dissimilarities, y: Dissimilarities, comparison: Comparison): Score {
  if (x.whitened && y.whitened) {
    if (!Number.isFinite(x.squared + y.squared)) return { value: null, warning: NO_NUMBER };
    // What is left of equal values once they are less their mean is rounding.
    if (comparison === 'corr-cov' && !(x.squared > 0 && y.squared > 0)) return { value: null, warning: UNEQUAL };
    return whitenedScore(kernelProduct(x.whitened, y.whitened), x.whitened, y.whitened, comparison);
  }
  const score = compareMoments(x, y, comparison, () => covariance(x, y));
  if (score.value === null || (comparison !== 'kendall' && comparison !== 'tau-a')) return score;
  return tau((comparison === 'kendall' ? kendallTauB : kendallTauA)(x.values, y.values));
}

/**
 * The cosine of two double-centred matrices of dissimilarities. With zeros on its diagonal, the trace of such a matrix is minus
 * the sum of its entries over n: of values less their mean it is 0.
 */
export function whitenedScore(product: number, x: Side, y: Side, comparison: Comparison): Score {
  const sums = (side: Side) => ({ ...sumsOf(side), ...(comparison === 'corr-cov' && { trace: 0 }) });
  return biasedOf(product, 0, sums(x), sums(y));
}

/** Of a Kendall's tau, whose spread over pairings has no closed form here. */
export function tau(value: number): Score {
  return { value, chance: chanceOf(value, 0, undefined, `${BY_SYMMETRY}.`) };
}

/** @param product Σ (x - mean x) (y - mean y) */
export function compareMoments(
  x: PairMoments | null | undefined,
  y: PairMoments | null | undefined,
  comparison: Comparison,
  product: () => number,
): Score {
  if (!x || !y || !Number.isFinite(x.squared + y.squared)) return { value: null, warning: NO_NUMBER };
  const scale = Math.sqrt(x.squared * y.squared);
  if (comparison === 'cosine') {
    const pairs = (x.rows * (x.rows - 1)) / 2;
    const length = (list: PairMoments) => Math.sqrt(list.squared + pairs * list.mean ** 2);
    const norm = length(x) * length(y);
    if (!(norm > 0)) return { value: null, warning: UNEQUAL };
    const expected = pairs * x.mean * y.mean;
    const value = (expected + product()) / norm;
    const sd = Math.sqrt(pairVariance(x, y)) / norm;
    return { value, chance: chanceOf(value, expected / norm, sd, `The product of the means: ${EXACT}`) };
  }
  if (!(scale > 0)) return { value: null, warning: UNEQUAL };
  const m = (x.rows * (x.rows - 1)) / 2;
  // Spearman's formula for ranks without ties.
  const norm = comparison === 'rho-a' ? (m ** 3 - m) / 12 : scale;
  const value = product() / norm;
  const sd = Math.sqrt(pairVariance(x, y)) / norm;
  return { value, chance: chanceOf(value, 0, sd, `${BY_SYMMETRY}; ${EXACT}`) };
}
