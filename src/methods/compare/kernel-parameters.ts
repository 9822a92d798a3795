import { z } from 'zod';
import type { Representation } from '../method';
import { ranged, rangeExponent } from '../shared/centred';
import { biased, type CkaScore, debiased, lange, type Side } from './cka';

/** The parameters of alignments of kernels that fall with distance. */
export const kernelParameters = {
  sigma: z.number().min(0.01).max(1000).default(1).meta({
    title: 'Bandwidth',
    description:
      'σ as a multiple of the median distance between two rows, taken for each representation by itself; or σ itself, where the width is fixed.',
  }),
  width: z.enum(['median', 'fixed']).default('median').meta({
    title: 'Width',
    description:
      'median: σ follows the median distance, so that scale does not matter. fixed: the same σ for both, in the units of the data.',
  }),
  estimator: z.enum(['biased', 'debiased', 'lange']).default('biased').meta({
    title: 'Estimator',
    description:
      'debiased: U-centred kernels, zero on average for rows paired at random. lange: kernels centred and their diagonals then left out.',
  }),
} as const;

export interface KernelChoice {
  readonly sigma: number;
  readonly width: 'median' | 'fixed';
  readonly estimator: keyof typeof ESTIMATORS;
}

export const ESTIMATORS = {
  biased: { estimate: biased, step: 'kernels double-centred' },
  debiased: { estimate: debiased, step: 'kernels U-centred' },
  lange: { estimate: lange, step: 'kernels double-centred, their diagonals left out' },
} as const;

/** What σ is a multiple of. */
export function unitOf({ width }: Pick<KernelChoice, 'width'>, median: number): number {
  return width === 'median' ? median : 1;
}

/** Inputs whose distances neither overflow nor vanish, where σ follows these: of each one only. */
export function rangedBy({ width }: KernelChoice): (input: Representation) => Representation {
  const made = new Map<Representation, Representation>();
  return (input) => {
    const found = made.get(input) ?? (width === 'median' ? ranged(input) : input);
    made.set(input, found);
    return found;
  };
}

/** Median distances in the units of the inputs, from those of {@link rangedBy}. */
export function inUnits(
  medians: readonly number[],
  inputs: readonly Representation[],
  { width }: KernelChoice,
): number[] {
  return medians.map((median, k) =>
    width === 'median' ? median * 2 ** rangeExponent((inputs[k] as Representation).matrix) : median,
  );
}

export function widthsOf({ sigma, width }: KernelChoice, medians: readonly number[]): string {
  if (width === 'fixed') return `σ = ${sigma}; median distances ${medians.map(short).join(' and ')}`;
  return `σ = ${sigma} × the median distance: ${medians.map((median) => short(median * sigma)).join(' and ')}`;
}

function short(value: number): string {
  return String(Number(value.toPrecision(4)));
}

/** @param k null where there is no kernel, its σ being zero with the median distance; likewise `l` */
export function alignment<Kernel extends Side>(
  k: Kernel | null,
  l: Kernel | null,
  { width, estimator }: KernelChoice,
  product: (k: Kernel, l: Kernel) => number,
): CkaScore {
  if (k === null || l === null) return { value: null, warning: NO_MEDIAN };
  if (width === 'fixed' && !(k.squared > 0 && l.squared > 0)) return { value: null, warning: NO_DISTANCE };
  const score = ESTIMATORS[estimator].estimate(product(k, l), k, l);
  const narrow = score.value === null && estimator === 'debiased' && k.diagonal.length >= 4;
  return narrow
    ? { ...score, warning: `${score.warning}, or so far from every other that its kernel is lost beside 1` }
    : score;
}

/** What to expect of kernels that are nearly 0 but for their diagonals. */
export function nearlyIdentity({ estimator }: Pick<KernelChoice, 'estimator'>): string {
  const what = estimator === 'biased' ? 'CKA goes to 1 for anything' : 'what counts is the few nearest pairs';
  return `both kernels are nearly the identity, and ${what}. Use a larger bandwidth.`;
}

export const NO_DISTANCE =
  'in one of them all distances are nothing beside σ, so that its kernel is the same for all pairs of rows';
const NO_MEDIAN = 'half of the pairs of rows or more are identical in one of them, so the median distance is zero';
