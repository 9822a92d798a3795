/** What the singular values of a centred representation say of its dimension. */
export interface Spectrum {
  /** Descending; those that are rounding alone are left out. */
  readonly singular: Float64Array;
  /** How many directions vary at all. */
  readonly rank: number;
  /** (Σ σ²)² / Σ σ⁴: as many directions of equal variance would spread as much. Null where nothing varies. */
  readonly participation: number | null;
  /** exp of the entropy of σ / Σ σ (Roy and Vetterli, "The effective rank", EUSIPCO 2007). Null where nothing varies. */
  readonly effective: number | null;
  /** Share of the variance of the widest direction. Null where nothing varies. */
  readonly leading: number | null;
  /** How many directions, the widest first, hold 99 % of the variance. */
  readonly nearlyAll: number;
}

/**
 * @param singular all singular values of a centred n x p matrix, descending
 * @param precision spacing of the stored numbers at 1: values below max(n, p) times that, relative to the largest, are rounding
 */
export function spectrumOf(singular: Float64Array, longest: number, precision: number): Spectrum {
  const largest = singular[0] ?? 0;
  const kept = singular.filter((value) => value > longest * precision * largest);
  if (kept.length === 0)
    return { singular: kept, rank: 0, participation: null, effective: null, leading: null, nearlyAll: 0 };
  // Relative to the largest, so that no fourth power leaves the range of doubles; the smallest are added first.
  const sum = (of: (relative: number) => number) => kept.reduceRight((total, value) => total + of(value / largest), 0);
  const squares = sum((r) => r ** 2);
  const total = sum((r) => r);
  return {
    singular: kept,
    rank: kept.length,
    participation: squares ** 2 / sum((r) => r ** 4),
    effective: Math.exp(-sum((r) => (r / total) * Math.log(r / total))),
    leading: 1 / squares,
    nearlyAll: holding(
      kept.map((value) => value / largest),
      0.99 * squares,
    ),
  };
}

/** How many of the squares, from the first, add up to `share` or more. */
function holding(singular: Float64Array, share: number): number {
  let held = 0;
  const at = singular.findIndex((value) => {
    held += value ** 2;
    return held >= share;
  });
  return at < 0 ? singular.length : at + 1;
}

/** Spacing of numbers at 1, by how they are stored. */
export function precisionOf(isDouble: boolean): number {
  return isDouble ? Number.EPSILON : 2 ** -23;
}
