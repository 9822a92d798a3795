import { Matrix } from '../../linalg/matrix';
import { multiply } from '../../linalg/products';
import { singularValues, svd } from '../../linalg/svd';
import type { Context } from '../method';
import { denoised } from './union-of-subspaces';

/** Of the sum of the singular values of the Jacobian. */
export const SHARE = 0.99;

type Watch = Pick<Context, 'signal'>;

/**
 * ∂/∂x of the denoiser of `union-of-subspaces` at a row, p x p: with P_k = U_k U_kᵀ and w its weights,
 * J = (1 + γ²)⁻¹ [Σ_k w_k P_k + (γ² (1 + γ²))⁻¹ Σ_k w_k (P_k x)(P_k x - Σ_j w_j P_j x)ᵀ].
 */
export function denoiserJacobian(
  x: ArrayLike<number>,
  bases: readonly Matrix<Float64Array>[],
  shares: ArrayLike<number>,
  gamma: number,
): Matrix<Float64Array> {
  const p = x.length;
  const square = gamma * gamma;
  const { row, weights } = denoised(x, bases, shares, gamma);
  const mean = row.map((value) => value * (1 + square));
  const out = Matrix.zeros(p, p);
  for (const [k, basis] of bases.entries()) {
    const weight = weights[k] as number;
    const along = new Float64Array(basis.columns);
    for (let j = 0; j < p; j++)
      for (let c = 0; c < along.length; c++) along[c] = (along[c] as number) + basis.at(j, c) * (x[j] as number);
    const projected = Float64Array.from({ length: p }, (_, j) =>
      along.reduce((sum, value, c) => sum + basis.at(j, c) * value, 0),
    );
    for (let i = 0; i < p; i++)
      for (let j = 0; j < p; j++) {
        let plane = 0;
        for (let c = 0; c < along.length; c++) plane += basis.at(i, c) * basis.at(j, c);
        const turn =
          ((projected[i] as number) * ((projected[j] as number) - (mean[j] as number))) / (square * (1 + square));
        out.data[i * p + j] = out.at(i, j) + (weight * (plane + turn)) / (1 + square);
      }
  }
  return out;
}

/** How many singular values of a Jacobian hold 99 % of their sum: directions that the denoised row follows. */
export async function followed(jacobian: Matrix, context: Watch): Promise<number> {
  const values = await singularValues(jacobian, context);
  const total = values.reduceRight((sum, value) => sum + value, 0);
  let [held, count] = [0, 0];
  while (count < values.length && held < SHARE * total) held += values[count++] as number;
  return count;
}

/** {@link followed} at some rows, in the space that the subspaces span together: the Jacobian is nothing outside it. */
export async function followedAt(
  rows: Matrix<Float64Array>,
  bases: readonly Matrix<Float64Array>[],
  shares: ArrayLike<number>,
  gamma: number,
  context: Watch,
): Promise<number[]> {
  const width = bases.reduce((sum, { columns }) => sum + columns, 0);
  const all = Matrix.zeros(rows.columns, width);
  let start = 0;
  for (const basis of bases) {
    for (let j = 0; j < basis.rows; j++) all.row(j).set(basis.row(j), start);
    start += basis.columns;
  }
  const { u, s } = await svd(all, context);
  const span = u.takeColumns([...s.keys()].filter((c) => (s[c] as number) > 1e-10 * (s[0] as number)));
  const inside = await multiply(rows, span, context);
  const small: Matrix<Float64Array>[] = [];
  for (const basis of bases) small.push(await multiply(span, basis, { ...context, transposeA: true }));
  const found: number[] = [];
  for (let i = 0; i < inside.rows; i++) {
    context.signal.throwIfAborted();
    found.push(await followed(denoiserJacobian(inside.row(i), small, shares, gamma), context));
  }
  return found;
}
