import { Transform2d, transformLength } from '../../linalg/fft';

/**
 * The repulsion of t-SNE: F(i) = Σⱼ (1 + |yᵢ - yⱼ|²)⁻² (yᵢ - yⱼ), into `out`.
 * @returns Z = Σ_{i≠j} (1 + |yᵢ - yⱼ|²)⁻¹
 */
export type Repulsion = (y: Float64Array, out: Float64Array) => number;

/** Nodes of interpolation about a point, along a side. */
const NODES = 4;
/** Nodes are no farther apart than this, and at least so many lie along a side. */
const SPACING = 1 / 2;
const FEWEST = 48;

/** Over all pairs. */
export function exactRepulsion(n: number, m: number): Repulsion {
  return m === 2 ? (y, out) => flat(y, out, n) : (y, out) => deep(y, out, n);
}

function flat(y: Float64Array, out: Float64Array, n: number): number {
  let z = 0;
  out.fill(0);
  for (let i = 0; i < n; i++) {
    const xi = y[2 * i] as number;
    const yi = y[2 * i + 1] as number;
    let fx = 0;
    let fy = 0;
    for (let j = i + 1, at = 2 * j; j < n; j++, at += 2) {
      const dx = xi - (y[at] as number);
      const dy = yi - (y[at + 1] as number);
      const q = 1 / (1 + dx * dx + dy * dy);
      z += q;
      const square = q * q;
      const gx = square * dx;
      const gy = square * dy;
      fx += gx;
      fy += gy;
      out[at] = (out[at] as number) - gx;
      out[at + 1] = (out[at + 1] as number) - gy;
    }
    out[2 * i] = (out[2 * i] as number) + fx;
    out[2 * i + 1] = (out[2 * i + 1] as number) + fy;
  }
  return 2 * z;
}

function deep(y: Float64Array, out: Float64Array, n: number): number {
  let z = 0;
  out.fill(0);
  for (let i = 0; i < n; i++) {
    const [xi, yi, zi] = [y[3 * i] as number, y[3 * i + 1] as number, y[3 * i + 2] as number];
    let fx = 0;
    let fy = 0;
    let fz = 0;
    for (let at = 3 * (i + 1); at < 3 * n; at += 3) {
      const dx = xi - (y[at] as number);
      const dy = yi - (y[at + 1] as number);
      const dz = zi - (y[at + 2] as number);
      const q = 1 / (1 + dx * dx + dy * dy + dz * dz);
      z += q;
      const square = q * q;
      fx += square * dx;
      fy += square * dy;
      fz += square * dz;
      out[at] = (out[at] as number) - square * dx;
      out[at + 1] = (out[at + 1] as number) - square * dy;
      out[at + 2] = (out[at + 2] as number) - square * dz;
    }
    out[3 * i] = (out[3 * i] as number) + fx;
    out[3 * i + 1] = (out[3 * i + 1] as number) + fy;
    out[3 * i + 2] = (out[3 * i + 2] as number) + fz;
  }
  return 2 * z;
}

/**
 * By interpolation, in time that grows with n and with the area of the map (Linderman, Rachh, Hoskins, Steinerberger and Kluger,
 * "Fast interpolation-based t-SNE for improved visualization of single-cell RNA-seq data", Nature Methods 2019, but with the four nodes about each point
 * instead of three in a box): charges 1, x, y and x² + y² of the points are spread over a regular grid; the kernel (1 + d²)⁻² is
 * applied to the grid by Fourier transforms; what comes is gathered at the points. From these four sums come both F and Z.
 */
export function gridRepulsion(n: number): Repulsion {
  const grid = new Grid();
  const box = new Int32Array(2 * n);
  const weights = new Float64Array(2 * NODES * n);
  return (y, out) => {
    const { lowX, lowY, spacing, middleX, middleY } = grid.fit(y);
    const { re, im, size } = grid;
    for (const array of [...re, ...im]) array.fill(0);
    const [re0, im0, re1, im1] = [re[0], im[0], re[1], im[1]] as [
      Float64Array,
      Float64Array,
      Float64Array,
      Float64Array,
    ];
    for (let i = 0; i < n; i++) {
      const x = y[2 * i] as number;
      const v = y[2 * i + 1] as number;
      place((x - lowX) / spacing, 2 * i, box, weights);
      place((v - lowY) / spacing, 2 * i + 1, box, weights);
      const cx = x - middleX;
      const cy = v - middleY;
      const square = cx * cx + cy * cy;
      for (let b = 0; b < NODES; b++) {
        const wy = weights[2 * NODES * i + NODES + b] as number;
        let at = ((box[2 * i + 1] as number) + b) * size + (box[2 * i] as number);
        for (let a = 0; a < NODES; a++, at++) {
          const w = wy * (weights[2 * NODES * i + a] as number);
          re0[at] = (re0[at] as number) + w;
          im0[at] = (im0[at] as number) + w * square;
          re1[at] = (re1[at] as number) + w * cx;
          im1[at] = (im1[at] as number) + w * cy;
        }
      }
    }
    grid.apply();
    let z = 0;
    for (let i = 0; i < n; i++) {
      let one = 0;
      let squares = 0;
      let xs = 0;
      let ys = 0;
      for (let b = 0; b < NODES; b++) {
        const wy = weights[2 * NODES * i + NODES + b] as number;
        let at = ((box[2 * i + 1] as number) + b) * size + (box[2 * i] as number);
        for (let a = 0; a < NODES; a++, at++) {
          const w = wy * (weights[2 * NODES * i + a] as number);
          one += w * (re0[at] as number);
          squares += w * (im0[at] as number);
          xs += w * (re1[at] as number);
          ys += w * (im1[at] as number);
        }
      }
      const cx = (y[2 * i] as number) - middleX;
      const cy = (y[2 * i + 1] as number) - middleY;
      out[2 * i] = cx * one - xs;
      out[2 * i + 1] = cy * one - ys;
      // Σⱼ (1 + |yᵢ - yⱼ|²) K(i, j)
      z += (1 + cx * cx + cy * cy) * one - 2 * (cx * xs + cy * ys) + squares - grid.onItself(weights, 2 * NODES * i);
    }
    return z;
  };
}

/** The first of the four nodes about a point and their weights (Lagrange's), from its place in units of nodes. */
function place(at: number, slot: number, box: Int32Array, weights: Float64Array): void {
  const before = Math.floor(at);
  const t = at - before;
  const [next, last] = [1 - t, 2 - t];
  box[slot] = before - 1;
  weights[NODES * slot] = (-t * next * last) / 6;
  weights[NODES * slot + 1] = ((t + 1) * next * last) / 2;
  weights[NODES * slot + 2] = ((t + 1) * t * last) / 2;
  weights[NODES * slot + 3] = (-(t + 1) * t * next) / 6;
}

/** The nodes, the kernel between them, and the charges: two to each complex array. */
class Grid {
  size = 0;
  re: Float64Array[] = [];
  im: Float64Array[] = [];
  private nodes = 0;
  private kernel = new Float64Array();
  private readonly beside = new Float64Array(NODES * NODES);
  private known = { size: 0, spacing: 0 };
  private transform = new Transform2d(1);

  /** Lays the grid over the map. Spacings go by powers of two, so that a kernel lasts for many steps. */
  fit(y: Float64Array) {
    let [lowX, highX, lowY, highY] = [Infinity, -Infinity, Infinity, -Infinity];
    for (let k = 0; k < y.length; k += 2) {
      const x = y[k] as number;
      const v = y[k + 1] as number;
      if (x < lowX) lowX = x;
      if (x > highX) highX = x;
      if (v < lowY) lowY = v;
      if (v > highY) highY = v;
    }
    const span = Math.max(highX - lowX, highY - lowY, 1e-300);
    const spacing = Math.min(SPACING, SPACING * 2 ** Math.floor(Math.log2(span / (FEWEST * SPACING))));
    // Two more at either edge.
    this.nodes = Math.floor(span / spacing) + 5;
    const size = transformLength(2 * this.nodes);
    if (size !== this.known.size || spacing !== this.known.spacing) this.renew(size, spacing);
    const [middleX, middleY] = [(lowX + highX) / 2, (lowY + highY) / 2];
    const half = ((this.nodes - 1) * spacing) / 2;
    return { spacing, middleX, middleY, lowX: middleX - half, lowY: middleY - half };
  }

  private renew(size: number, spacing: number): void {
    if (size !== this.size) {
      this.size = size;
      this.re = [new Float64Array(size * size), new Float64Array(size * size)];
      this.im = [new Float64Array(size * size), new Float64Array(size * size)];
      this.kernel = new Float64Array(size * size);
      this.transform = new Transform2d(size);
    }
    const { kernel } = this;
    const imaginary = new Float64Array(size * size);
    for (let i = 0; i < size; i++) {
      const dy = Math.min(i, size - i) * spacing;
      for (let j = 0; j < size; j++) {
        const dx = Math.min(j, size - j) * spacing;
        kernel[i * size + j] = 1 / (1 + dx * dx + dy * dy) ** 2;
      }
    }
    // Symmetric, so that its transform is real.
    this.transform.transform(kernel, imaginary, size, false);
    for (let k = 0; k < kernel.length; k++) kernel[k] = (kernel[k] as number) / (size * size);
    // Of nodes of one point; each difference but none stands for two.
    for (let k = 0; k < NODES * NODES; k++) {
      const [dy, dx] = [Math.floor(k / NODES), k % NODES];
      const times = (dy > 0 ? 2 : 1) * (dx > 0 ? 2 : 1);
      this.beside[k] = times / (1 + (dx * dx + dy * dy) * spacing * spacing) ** 2;
    }
    this.known = { size, spacing };
  }

  /** What a point's unit charge does to itself through the nodes: nearly 1. Its weights begin at `at`, those along y after those along x. */
  onItself(weights: Float64Array, at: number): number {
    const { beside } = this;
    let sum = 0;
    for (let dy = 0; dy < NODES; dy++) {
      let alongY = 0;
      for (let b = dy; b < NODES; b++)
        alongY += (weights[at + NODES + b] as number) * (weights[at + NODES + b - dy] as number);
      for (let dx = 0; dx < NODES; dx++) {
        let alongX = 0;
        for (let a = dx; a < NODES; a++) alongX += (weights[at + a] as number) * (weights[at + a - dx] as number);
        sum += alongX * alongY * (beside[dy * NODES + dx] as number);
      }
    }
    return sum;
  }

  /** Charges become what they do at each node. */
  apply(): void {
    const { kernel, transform, nodes } = this;
    for (const which of [0, 1] as const) {
      const [re, im] = [this.re[which] as Float64Array, this.im[which] as Float64Array];
      transform.transform(re, im, nodes, false);
      for (let k = 0; k < kernel.length; k++) {
        const factor = kernel[k] as number;
        re[k] = (re[k] as number) * factor;
        im[k] = (im[k] as number) * factor;
      }
      transform.transform(re, im, nodes, true);
    }
  }
}
