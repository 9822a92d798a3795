import { lbfgs } from '../../linalg/lbfgs';
import { Matrix } from '../../linalg/matrix';
import { multiply } from '../../linalg/products';
import type { Signal } from '../../linalg/signal';

/** Scores of classes: x W + b. */
export interface LinearScores {
  /** d x classes */
  readonly weights: Matrix<Float64Array>;
  readonly bias: Float64Array;
  readonly converged: boolean;
}

/**
 * Softmax (multinomial logistic) regression: the least of -Σ log p(class of row i) + penalty / 2 |W|², the bias unpenalised, by
 * L-BFGS. With penalty = 1 / C this is what scikit-learn's LogisticRegression minimises.
 * @param x n x d
 * @param classes of each row, from 0
 */
export async function softmaxRegression(
  x: Matrix<Float64Array>,
  classes: Int32Array,
  count: number,
  penalty: number,
  signal?: Signal,
): Promise<LinearScores> {
  const { rows: n, columns: d } = x;
  const size = d * count;
  const objective = async (point: Float64Array, gradient: Float64Array) => {
    const weights = new Matrix(point.subarray(0, size), d, count);
    const scores = await multiply(x, weights, { signal });
    gradient.fill(0);
    let value = 0;
    for (let i = 0; i < n; i++) {
      const row = scores.row(i);
      const own = classes[i] as number;
      let top = -Infinity;
      for (let c = 0; c < count; c++) {
        row[c] = (row[c] as number) + (point[size + c] as number);
        top = Math.max(top, row[c] as number);
      }
      let total = 0;
      value += top - (row[own] as number);
      for (let c = 0; c < count; c++) {
        row[c] = Math.exp((row[c] as number) - top);
        total += row[c] as number;
      }
      value += Math.log(total);
      for (let c = 0; c < count; c++) {
        const error = (row[c] as number) / total - (c === own ? 1 : 0);
        row[c] = error;
        gradient[size + c] = (gradient[size + c] as number) + error;
      }
    }
    const slope = await multiply(x, scores, { transposeA: true, signal });
    for (let k = 0; k < size; k++) {
      const weight = point[k] as number;
      gradient[k] = (slope.data[k] as number) + penalty * weight;
      value += (penalty / 2) * weight * weight;
    }
    return value;
  };
  const options = { tolerance: 1e-4 * Math.max(1, n / 1000), iterations: 500, signal };
  const { x: found, converged } = await lbfgs(new Float64Array(size + count), objective, options);
  return { weights: new Matrix(found.slice(0, size), d, count), bias: found.slice(size), converged };
}
