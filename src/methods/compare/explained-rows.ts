import { squaredDistance } from '../../linalg/distances';
import type { Matrix } from '../../linalg/matrix';
import { dot } from '../../linalg/norms';

/**
 * What rows add to R² = 1 - Σ ‖xᵢ - x̂ᵢ‖² / Σ ‖xᵢ‖²: the square of each, less that of its residual, over all squares.
 * @param x centred, n x p
 * @param guess what is made of each row, likewise
 */
export function explainedRows(x: Matrix, guess: Matrix, total: number): Float64Array {
  return Float64Array.from({ length: x.rows }, (_, i) => {
    const row = x.row(i);
    return (dot(row, row) - squaredDistance(row, guess.row(i))) / total;
  });
}
