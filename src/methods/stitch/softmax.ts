import { columnDeviations, columnMeans, standardiseInto } from '../../linalg/centre';
import { lbfgs } from '../../linalg/lbfgs';
import { Matrix } from '../../linalg/matrix';
import { multiply } from '../../linalg/products';
import type { Signal } from '../../linalg/signal';
import type { AffineMap } from './linear-map';

/**
 * Softmax (multinomial logistic) regression: the least of -Σ log p(class of row i) + penalty / 2 |W|², the bias unpenalised, by
 * L-BFGS. With penalty = 1 / C this is what scikit-learn's LogisticRegression minimises. The search is on rows less their mean, which
 * the bias makes up for, and over lengths by which all weights and biases have one curvature where it begins: the minimum is the
 * same, and neither an offset nor uneven units keep the search from it.
 * @param x n x d
 * @param classes of each row, from 0
 * @returns a map to the scores of classes
 */
export async function softmaxRegression(
  x: Matrix<Float64Array>,
  classes: Int32Array,
  count: number,
  penalty: number,
  signal?: Signal,
): Promise<{ readonly map: AffineMap; readonly converged: boolean }> {
  const { rows: n, columns: d } = x;
  const from = columnMeans(x);
  // Of a bias the second derivative at zero is n (count - 1) / count², of a weight as many times the variance, and the penalty.
  const least = Math.sqrt(penalty / (n * (count - 1))) * count;
  const lengths = columnDeviations(x, from).map((deviation) => Math.hypot(deviation, least));
  const scaled = Matrix.zeros(n, d);
  standardiseInto(scaled.data, x, from, lengths);
  const size = d * count;
  const objective = async (point: Float64Array, gradient: Float64Array) => {
    const weights = new Matrix(point.subarray(0, size), d, count);
    const scores = await multiply(scaled, weights, { signal });
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
    const slope = await multiply(scaled, scores, { transposeA: true, signal });
    for (let k = 0; k < size; k++) {
      const length = lengths[Math.floor(k / count)] as number;
      const weight = (point[k] as number) / length;
      gradient[k] = (slope.data[k] as number) + (penalty * weight) / length;
      value += (penalty / 2) * weight * weight;
    }
    return value;
  };
  const options = { tolerance: 1e-4 * Math.max(1, n / 1000), iterations: 500, signal };
  const { x: found, converged } = await lbfgs(new Float64Array(size + count), objective, options);
  const weights = found.slice(0, size).map((weight, k) => weight / (lengths[Math.floor(k / count)] as number));
  return { map: { from, map: new Matrix(weights, d, count), to: found.slice(size) }, converged };
}
