import { dot, sumOf } from '../../linalg/norms';
import type { Context, Representation } from '../method';
import type { Contributions } from '../shared/contributions';
import { type Side, uCentredProduct } from './cka';
import type { CentredKernel } from './kernels';

/** How <A, B> of centred kernels is estimated: as it is, of U-centred ones, or without the diagonals. */
export type Estimate = 'biased' | 'debiased' | 'lange';

/** Rows up to which the kernels of all pairs are held for what each row adds. */
const MOST_ROWS = 5000;

/** Row sums of products of double-centred kernels A and B. */
export interface KernelProducts {
  /** Σⱼ Aᵢⱼ Bᵢⱼ */
  readonly shared: Float64Array;
  /** Σⱼ Aᵢⱼ Bⱼⱼ and Σⱼ Bᵢⱼ Aⱼⱼ, which U-centring needs. */
  readonly across: readonly [Float64Array, Float64Array];
}

/**
 * What each row adds to an estimate of <A, B>: its row of A ∘ B, of that without the diagonal, or of the product of both
 * U-centred (Székely and Rizzo 2014), Ãᵢⱼ = Aᵢⱼ + (Aᵢᵢ + Aⱼⱼ) / (n - 2) - tr A / ((n - 1) (n - 2)) off the diagonal of a
 * kernel whose rows sum to zero. Pairs of rows count half for either. With m = n - 2 the last is Σⱼ Aᵢⱼ Bᵢⱼ + Σⱼ (Aᵢⱼ Bⱼⱼ
 * + Bᵢⱼ Aⱼⱼ) / m - n (n - 1) / m² Aᵢᵢ Bᵢᵢ + (Aᵢᵢ tr B + Bᵢᵢ tr A + Σⱼ Aⱼⱼ Bⱼⱼ) / m² - tr A tr B / ((n - 1) m²).
 * @param norm every part is divided by this
 */
export function rowsOfKernels(
  estimate: Estimate,
  { shared, across: [ab, ba] }: KernelProducts,
  a: Float64Array,
  b: Float64Array,
  norm: number,
): Float64Array {
  if (estimate === 'biased') return shared.map((part) => part / norm);
  const own = (i: number) => (a[i] as number) * (b[i] as number);
  if (estimate === 'lange') return shared.map((part, i) => (part - own(i)) / norm);
  const n = shared.length;
  const m = n - 2;
  const [traceA, traceB] = [sumOf(a), sumOf(b)];
  const same = (dot(a, b) - (traceA * traceB) / (n - 1)) / m ** 2;
  return shared.map((part, i) => {
    const diagonals = (a[i] as number) * traceB + (b[i] as number) * traceA;
    const pairs = ((ab[i] as number) + (ba[i] as number)) / m;
    return (part + pairs - ((n * (n - 1)) / m ** 2) * own(i) + diagonals / m ** 2 + same) / norm;
  });
}

/** ‖A‖ ‖B‖ as the estimate takes them: what CKA divides by. */
export function normOfKernels(estimate: Estimate, a: Side, b: Side): number {
  const own = ({ squared, diagonal }: Side) => {
    if (estimate === 'debiased') return uCentredProduct(squared, diagonal, diagonal);
    return estimate === 'lange' ? squared - dot(diagonal, diagonal) : squared;
  };
  return Math.sqrt(own(a) * own(b));
}

/**
 * What rows add to CKA of kernels that are made of all pairs of rows, once more where the value was computed tile by tile. Null
 * where they are too many to be held.
 * @param make the kernel of one input, double-centred; null where it has none
 */
export async function kernelContributions(
  inputs: readonly [Representation, Representation],
  make: (input: Representation) => Promise<CentredKernel | null>,
  estimate: Estimate,
  context: Context,
): Promise<Contributions | null> {
  const rows = inputs[0].matrix.rows;
  const room = 8 * 2 * rows * (rows - 1);
  if (rows > MOST_ROWS || !context.fits(room)) return null;
  context.reserve(room, 'the contributions of rows');
  context.progress(null, 'Contributions of rows');
  const [a, b] = [await make(inputs[0]), await make(inputs[1])];
  return a && b && contributionsOfKernels(a, b, estimate);
}

/** The same of kernels that are held. */
export function contributionsOfKernels(a: CentredKernel, b: CentredKernel, estimate: Estimate): Contributions {
  const norm = normOfKernels(estimate, a, b);
  return { rows: rowsOfKernels(estimate, productsOf(a, b), a.diagonal, b.diagonal, norm) };
}

function productsOf(a: CentredKernel, b: CentredKernel): KernelProducts {
  const [ownA, ownB] = [a.diagonal, b.diagonal];
  const n = ownA.length;
  const shared = ownA.map((value, i) => value * (ownB[i] as number));
  const across = [shared.slice(), shared.slice()] as const;
  const add = (list: Float64Array, i: number, value: number) => {
    list[i] = (list[i] as number) + value;
  };
  for (let i = 0, k = 0; i < n; i++) {
    const [ai, bi] = [ownA[i] as number, ownB[i] as number];
    let [sum, left, right] = [0, 0, 0];
    for (let j = i + 1; j < n; j++, k++) {
      const [p, q] = [a.pairs[k] as number, b.pairs[k] as number];
      sum += p * q;
      left += p * (ownB[j] as number);
      right += q * (ownA[j] as number);
      add(shared, j, p * q);
      add(across[0], j, p * bi);
      add(across[1], j, q * ai);
    }
    add(shared, i, sum);
    add(across[0], i, left);
    add(across[1], i, right);
  }
  return { shared, across };
}
