import type { Matrix } from '../../linalg/matrix';
import type { Cancellable } from '../../linalg/signal';
import { singularValues } from '../../linalg/svd';

/** A direction counts until so much of the squared length is held. */
const HELD = 0.95;

/** How much room some rows take. */
export interface Part {
  readonly name: string;
  readonly rows: number;
  /** ln det(I + d / (n ε²) ZᵀZ) */
  readonly rate: number;
  /** Directions that hold 95 % of the squared length. */
  readonly rank: number;
  /** Of the rows of length 1, descending. */
  readonly singular: Float64Array;
}

export async function partOf(
  name: string,
  rows: Matrix<Float64Array>,
  precision: number,
  options: Cancellable,
): Promise<Part> {
  const singular = await singularValues(rows, options);
  const rate = codingRateOf(singular, rows.rows, rows.columns, precision);
  const total = singular.reduceRight((sum, value) => sum + value * value, 0);
  let [held, rank] = [0, 0];
  while (rank < singular.length && total > 0 && held <= HELD * total) held += (singular[rank++] as number) ** 2;
  return { name, rows: rows.rows, rate, rank, singular };
}

/** ln det(I + d / (n ε²) ZᵀZ) from the singular values of Z, n x d. */
export function codingRateOf(singular: Float64Array, n: number, d: number, precision: number): number {
  return singular.reduceRight((sum, value) => sum + Math.log1p((d * value * value) / (n * precision)), 0);
}

/**
 * Nats that code all rows of n x d, cluster by cluster, and which cluster each is of: Σⱼ (nⱼ + d)/2 ln det(I + d / (ε² nⱼ) ZⱼᵀZⱼ)
 * + nⱼ ln(n / nⱼ). Ma, Derksen, Hong, Wright (2007), "Segmentation of multivariate mixed data via lossy data coding and compression",
 * IEEE TPAMI 29.
 */
export function codingLength(parts: readonly Pick<Part, 'rows' | 'rate'>[], d: number): number {
  const n = parts.reduce((sum, { rows }) => sum + rows, 0);
  return parts.reduce(
    (sum, { rows, rate }) => (rows === 0 ? sum : sum + ((rows + d) / 2) * rate + rows * Math.log(n / rows)),
    0,
  );
}
