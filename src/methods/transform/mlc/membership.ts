import { Matrix } from '../../../linalg/matrix';
import { gram, multiply } from '../../../linalg/products';
import type { Cancellable } from '../../../linalg/signal';
import { addScaled, innerProduct } from '../../../linalg/vectors';

/** Which rows belong together: n x n, rows sum to 1, and columns as nearly as the steps have come. */
export interface Membership {
  readonly gamma: Matrix<Float64Array>;
  /** The gradient by the directions from that by the membership: through every step. */
  back(by: Matrix<Float64Array>): Promise<Matrix<Float64Array>>;
}

/**
 * The Sinkhorn layer: exp(|C Cᵀ| / η), its rows and columns scaled in turn to sum to 1, `steps` times, rows last where that is odd.
 * Ding, Tong, Chan, Dai, Ma, Haeffele (2023), "Unsupervised manifold linearizing and clustering", ICCV; steps as in
 * Chu, Tong, Ding, Dai, Haeffele, Vidal, Ma (2024), "Image clustering via the principle of rate reduction in the age of pretrained
 * models", ICLR, whose program holds every second step fixed in the gradient, which is not done here.
 * @param directions rows of length 1
 */
export async function membershipOf(
  directions: Matrix<Float64Array>,
  eta: number,
  steps: number,
  options: Cancellable,
): Promise<Membership> {
  const n = directions.rows;
  const cosines = await gram(directions, options);
  // The largest there can be is 1: taken off, nothing overflows, and the scaling makes up for it.
  const kernel = cosines.map((value) => Math.exp((Math.abs(value) - 1) / eta));
  const scales = [new Float64Array(n).fill(1)];
  for (let step = 0; step < steps; step++) {
    options.signal?.throwIfAborted();
    scales.push(timesVector(kernel, scales[step] as Float64Array).map((sum) => 1 / sum));
  }
  const [left, right] = [scales[steps], scales[steps - 1]] as [Float64Array, Float64Array];
  const gamma = Matrix.zeros(n, n);
  for (let i = 0, k = 0; i < n; i++)
    for (let j = 0; j < n; j++, k++)
      gamma.data[k] = (left[i] as number) * (kernel.data[k] as number) * (right[j] as number);
  const back = async (by: Matrix<Float64Array>) => {
    const pull = throughSteps(kernel, scales, by);
    // What is said of the cosine of i and j is said twice, of (i, j) and of (j, i).
    for (let i = 0; i < n; i++)
      for (let j = 0; j <= i; j++) {
        const [here, there] = [i * n + j, j * n + i];
        const both = (pull.data[here] as number) + (pull.data[there] as number);
        const slope = (both * (kernel.data[here] as number) * Math.sign(cosines.data[here] as number)) / eta;
        pull.data[here] = slope;
        pull.data[there] = slope;
      }
    return multiply(pull, directions, options);
  };
  return { gamma, back };
}

/** The gradient by the kernel: v₀ = 1, vₜ = 1 / (K vₜ₋₁), Γ = diag(v_T) K diag(v_T₋₁), from the last step to the first. */
function throughSteps(
  kernel: Matrix<Float64Array>,
  scales: readonly Float64Array[],
  by: Matrix<Float64Array>,
): Matrix<Float64Array> {
  const n = kernel.rows;
  const steps = scales.length - 1;
  const out = Matrix.zeros(n, n);
  const [left, right] = [scales[steps], scales[steps - 1]] as [Float64Array, Float64Array];
  const byScale = scales.map(() => new Float64Array(n));
  const [byLeft, byRight] = [byScale[steps], byScale[steps - 1]] as [Float64Array, Float64Array];
  for (let i = 0, k = 0; i < n; i++)
    for (let j = 0; j < n; j++, k++) {
      const [pull, entry] = [by.data[k] as number, kernel.data[k] as number];
      out.data[k] = (left[i] as number) * (right[j] as number) * pull;
      byLeft[i] = (byLeft[i] as number) + entry * (right[j] as number) * pull;
      byRight[j] = (byRight[j] as number) + entry * (left[i] as number) * pull;
    }
  for (let step = steps; step > 0; step--) {
    const [scale, before, below] = [scales[step], scales[step - 1], byScale[step - 1]] as [
      Float64Array,
      Float64Array,
      Float64Array,
    ];
    const bySum = (byScale[step] as Float64Array).map((value, i) => -value * (scale[i] as number) ** 2);
    for (let i = 0; i < n; i++) addScaled(out.row(i), before, bySum[i] as number);
    addScaled(below, timesVector(kernel, bySum), 1);
  }
  return out;
}

/** K v, of a symmetric K. */
function timesVector(kernel: Matrix<Float64Array>, vector: Float64Array): Float64Array {
  return vector.map((_, i) => innerProduct(kernel.row(i), vector));
}
