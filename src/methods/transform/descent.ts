import type { Sparse } from '../embed/sparse';
import type { Repulsion } from './repulsion';

/** Each pair of a symmetric matrix once: what lies above the diagonal. */
export function pairsOf({ rows, columns, offsets, indices, values }: Sparse): Sparse {
  const starts = new Int32Array(rows + 1);
  const ends = new Int32Array(indices.length);
  const kept = new Float64Array(values.length);
  let at = 0;
  for (let i = 0; i < rows; i++) {
    for (let e = offsets[i] as number; e < (offsets[i + 1] as number); e++) {
      if ((indices[e] as number) <= i) continue;
      ends[at] = indices[e] as number;
      kept[at++] = values[e] as number;
    }
    starts[i + 1] = at;
  }
  return { rows, columns, offsets: starts, indices: ends.slice(0, at), values: kept.slice(0, at) };
}

/**
 * The gradient of the Kullback-Leibler divergence of t-SNE, into `out`: 4 Σⱼ (e p(i,j) - q(i,j)) (1 + |yᵢ - yⱼ|²)⁻¹ (yᵢ - yⱼ), with q
 * from the repulsion's F and Z, and e the exaggeration. Van der Maaten and Hinton 2008, equation 5.
 * @param p of {@link pairsOf}
 * @param y n x m, m = 2 or 3
 * @returns Z
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
  for (let k = 0; k < out.length; k++) out[k] = (-4 * (memory[k] as number)) / z;
  if (m === 2) attractFlat(p, y, 4 * exaggeration, out);
  else attractDeep(p, y, 4 * exaggeration, out);
  return z;
}

function attractFlat(
  { rows, offsets, indices, values }: Sparse,
  y: Float64Array,
  times: number,
  out: Float64Array,
): void {
  for (let i = 0; i < rows; i++) {
    const xi = y[2 * i] as number;
    const yi = y[2 * i + 1] as number;
    let fx = 0;
    let fy = 0;
    const end = offsets[i + 1] as number;
    for (let e = offsets[i] as number; e < end; e++) {
      const other = 2 * (indices[e] as number);
      const dx = xi - (y[other] as number);
      const dy = yi - (y[other + 1] as number);
      const w = (times * (values[e] as number)) / (1 + dx * dx + dy * dy);
      const gx = w * dx;
      const gy = w * dy;
      fx += gx;
      fy += gy;
      out[other] = (out[other] as number) - gx;
      out[other + 1] = (out[other + 1] as number) - gy;
    }
    out[2 * i] = (out[2 * i] as number) + fx;
    out[2 * i + 1] = (out[2 * i + 1] as number) + fy;
  }
}

function attractDeep(
  { rows, offsets, indices, values }: Sparse,
  y: Float64Array,
  times: number,
  out: Float64Array,
): void {
  for (let i = 0; i < rows; i++)
    for (let e = offsets[i] as number; e < (offsets[i + 1] as number); e++) {
      const [one, other] = [3 * i, 3 * (indices[e] as number)];
      let square = 1;
      for (let c = 0; c < 3; c++) square += ((y[one + c] as number) - (y[other + c] as number)) ** 2;
      const w = (times * (values[e] as number)) / square;
      for (let c = 0; c < 3; c++) {
        const force = w * ((y[one + c] as number) - (y[other + c] as number));
        out[one + c] = (out[one + c] as number) + force;
        out[other + c] = (out[other + c] as number) - force;
      }
    }
}

/** Σ p log(p / q), q over the sum `z` of all pairs. @param p of {@link pairsOf} */
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
  return 2 * sum;
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
