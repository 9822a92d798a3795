import type { Sparse } from '../embed/sparse';
import type { Repulsion } from './repulsion';

/**
 * The gradient of the Kullback-Leibler divergence of t-SNE, into `out`: 4 Σⱼ (e p(i,j) - q(i,j)) (1 + |yᵢ - yⱼ|²)⁻¹ (yᵢ - yⱼ), with q
 * from the repulsion's F and Z, and e the exaggeration. Van der Maaten and Hinton 2008, equation 5.
 * @param y n x m, m = 2 or 3
 * @returns the divergence of p times e, without the part that does not depend on y, if it is asked for
 */
export function gradient(
  p: Sparse,
  y: Float64Array,
  m: number,
  exaggeration: number,
  repulsion: Repulsion,
  out: Float64Array,
  memory: Float64Array,
): number {
  const z = repulsion(y, memory);
  const { offsets, indices, values } = p;
  for (let i = 0; i < p.rows; i++) {
    const at = i * m;
    const xi = y[at] as number;
    const yi = y[at + 1] as number;
    const zi = m === 3 ? (y[at + 2] as number) : 0;
    let fx = 0;
    let fy = 0;
    let fz = 0;
    const end = offsets[i + 1] as number;
    for (let e = offsets[i] as number; e < end; e++) {
      const other = (indices[e] as number) * m;
      const dx = xi - (y[other] as number);
      const dy = yi - (y[other + 1] as number);
      const dz = m === 3 ? zi - (y[other + 2] as number) : 0;
      const w = (values[e] as number) / (1 + dx * dx + dy * dy + dz * dz);
      fx += w * dx;
      fy += w * dy;
      fz += w * dz;
    }
    out[at] = 4 * (exaggeration * fx - (memory[at] as number) / z);
    out[at + 1] = 4 * (exaggeration * fy - (memory[at + 1] as number) / z);
    if (m === 3) out[at + 2] = 4 * (exaggeration * fz - (memory[at + 2] as number) / z);
  }
  return z;
}

/** Σ p log(p / q), q over the sum `z` of all pairs. */
export function divergence(p: Sparse, y: Float64Array, m: number, z: number): number {
  let sum = 0;
  for (let i = 0; i < p.rows; i++) {
    for (let e = p.offsets[i] as number; e < (p.offsets[i + 1] as number); e++) {
      const other = (p.indices[e] as number) * m;
      let square = 0;
      for (let c = 0; c < m; c++) square += ((y[i * m + c] as number) - (y[other + c] as number)) ** 2;
      const value = p.values[e] as number;
      sum += value * Math.log(value * (1 + square) * z);
    }
  }
  return sum;
}

/** Momentum, and a gain for each coordinate that grows while the gradient keeps its sign (Jacobs 1988). */
export class Descent {
  private readonly update: Float64Array;
  private readonly gains: Float64Array;

  constructor(
    private readonly y: Float64Array,
    private readonly rate: number,
  ) {
    this.update = new Float64Array(y.length);
    this.gains = new Float64Array(y.length).fill(1);
  }

  step(slope: Float64Array, momentum: number): void {
    const { y, update, gains, rate } = this;
    for (let k = 0; k < y.length; k++) {
      const g = slope[k] as number;
      const u = update[k] as number;
      const gain = Math.max(0.01, u * g < 0 ? (gains[k] as number) + 0.2 : (gains[k] as number) * 0.8);
      gains[k] = gain;
      const next = momentum * u - rate * gain * g;
      update[k] = next;
      y[k] = (y[k] as number) + next;
    }
  }

  /** As at the start, where another phase begins. */
  rest(): void {
    this.update.fill(0);
    this.gains.fill(1);
  }
}
