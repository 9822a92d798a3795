import { Transform2d, transformLength } from '../../linalg/fft';
import { planeForces } from '../../linalg/plane-forces';

/**
 * The repulsion of t-SNE: F(i) = Σⱼ (1 + |yᵢ - yⱼ|²)⁻² (yᵢ - yⱼ), into `out`.
 * @returns Z = Σ_{i≠j} (1 + |yᵢ - yⱼ|²)⁻¹
 */
export type Repulsion = (y: Float64Array, out: Float64Array) => number;

/** Nodes of interpolation about a point, along a side. */
const NODES = 4;
/**
 * Nodes are no farther apart than this, and at least so many lie along a side. Where they are half a unit apart, maps end with a
 * divergence some 3 % above that of exact forces; here with 0.7 %.
 */
const SPACING = 1 / 3;
const FEWEST = 48;

/** Over all pairs. */
export function exactRepulsion(n: number, m: number): Repulsion {
  return m === 2 ? flat(n) : (y, out) => deep(y, out, n);
}

function flat(n: number): Repulsion {
  const plane = planeForces(n);
  const [fx, fy] = plane.forces;
  return (y, out) => {
    for (let i = 0; i < n; i++) {
      plane.x[i] = y[2 * i] as number;
      plane.y[i] = y[2 * i + 1] as number;
    }
    const z = plane.sum();
    for (let i = 0; i < n; i++) {
      out[2 * i] = fx[i] as number;
      out[2 * i + 1] = fy[i] as number;
    }
    return 2 * z;
  };
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
 * By interpolation, in time that grows with n and with the area of the map: the points are spread over a regular grid; the
 * kernel (1 + d²)⁻¹ is applied to the grid by Fourier transforms; what comes is gathered at the points. Its sum is Z, and its
 * slope F, which takes one charge where (1 + d²)⁻² takes four (Linderman, Rachh, Hoskins, Steinerberger and Kluger, "Fast
 * interpolation-based t-SNE for improved visualization of single-cell RNA-seq data", Nature Methods 2019). For slopes to be smooth, the
 * interpolation is by cubic splines, through the values at the nodes (Essmann, Perera, Berkowitz, Darden, Lee and Pedersen, "A smooth
 * particle mesh Ewald method", J. Chem. Phys. 1995).
 */
export function gridRepulsion(n: number): Repulsion {
  const grid = new Grid();
  const box = new Int32Array(2 * n);
  const weights = new Float64Array(2 * NODES * n);
  const slopes = new Float64Array(2 * NODES);
  const own = new Float64Array(3);
  return (y, out) => {
    const { lowX, lowY, spacing } = grid.fit(y);
    const { width } = grid;
    const charges = grid.cleared();
    for (let i = 0; i < n; i++) {
      place(((y[2 * i] as number) - lowX) / spacing, 2 * i, box, weights);
      place(((y[2 * i + 1] as number) - lowY) / spacing, 2 * i + 1, box, weights);
      for (let b = 0; b < NODES; b++) {
        const wy = weights[2 * NODES * i + NODES + b] as number;
        const row = (box[2 * i + 1] as number) + b;
        const part = charges[row & 1] as Float64Array;
        let at = (row >> 1) * width + (box[2 * i] as number);
        for (let a = 0; a < NODES; a++, at++)
          part[at] = (part[at] as number) + wy * (weights[2 * NODES * i + a] as number);
      }
    }
    grid.apply();
    let z = 0;
    for (let i = 0; i < n; i++) {
      const first = 2 * NODES * i;
      slopesOf(((y[2 * i] as number) - lowX) / spacing, 0, slopes);
      slopesOf(((y[2 * i + 1] as number) - lowY) / spacing, NODES, slopes);
      let value = 0;
      let alongX = 0;
      let alongY = 0;
      for (let b = 0; b < NODES; b++) {
        const row = (box[2 * i + 1] as number) + b;
        const part = charges[row & 1] as Float64Array;
        let at = (row >> 1) * width + (box[2 * i] as number);
        let here = 0;
        let slope = 0;
        for (let a = 0; a < NODES; a++, at++) {
          const sum = part[at] as number;
          here += sum * (weights[first + a] as number);
          slope += sum * (slopes[a] as number);
        }
        value += here * (weights[first + NODES + b] as number);
        alongX += slope * (weights[first + NODES + b] as number);
        alongY += here * (slopes[NODES + b] as number);
      }
      grid.onItself(weights, first, slopes, own);
      out[2 * i] = (alongX - (own[1] as number)) / (-2 * spacing);
      out[2 * i + 1] = (alongY - (own[2] as number)) / (-2 * spacing);
      z += value - (own[0] as number);
    }
    return z;
  };
}

/** The first of the four nodes about a point and their weights (of the cubic spline), from its place in units of nodes. */
function place(at: number, slot: number, box: Int32Array, weights: Float64Array): void {
  const before = Math.floor(at);
  const t = at - before;
  const next = 1 - t;
  box[slot] = before - 1;
  weights[NODES * slot] = (next * next * next) / 6;
  weights[NODES * slot + 1] = 2 / 3 - t * t * (1 - t / 2);
  weights[NODES * slot + 2] = 2 / 3 - next * next * (1 - next / 2);
  weights[NODES * slot + 3] = (t * t * t) / 6;
}

/** How these weights change with the place. */
function slopesOf(at: number, slot: number, slopes: Float64Array): void {
  const t = at - Math.floor(at);
  const next = 1 - t;
  slopes[slot] = (-next * next) / 2;
  slopes[slot + 1] = t * (1.5 * t - 2);
  slopes[slot + 2] = -next * (1.5 * next - 2);
  slopes[slot + 3] = (t * t) / 2;
}

/** Sums of products of the weights of nodes 0, 1, 2 and 3 apart, and then of weights and slopes. */
function pairsOfNodes(weights: Float64Array, at: number, slopes: Float64Array, from: number, out: Float64Array): void {
  const w0 = weights[at] as number;
  const w1 = weights[at + 1] as number;
  const w2 = weights[at + 2] as number;
  const w3 = weights[at + 3] as number;
  const s0 = slopes[from] as number;
  const s1 = slopes[from + 1] as number;
  const s2 = slopes[from + 2] as number;
  const s3 = slopes[from + 3] as number;
  out[0] = w0 * w0 + w1 * w1 + w2 * w2 + w3 * w3;
  out[1] = w0 * w1 + w1 * w2 + w2 * w3;
  out[2] = w0 * w2 + w1 * w3;
  out[3] = w0 * w3;
  out[4] = w0 * s0 + w1 * s1 + w2 * s2 + w3 * s3;
  out[5] = (w0 * s1 + w1 * s0 + w1 * s2 + w2 * s1 + w2 * s3 + w3 * s2) / 2;
  out[6] = (w0 * s2 + w2 * s0 + w1 * s3 + w3 * s1) / 2;
  out[7] = (w0 * s3 + w3 * s0) / 2;
}

/** What is spread, and gathered, by splines is smoothed by both: by so much each wave of so many nodes. */
function smoothing(length: number): Float64Array {
  return Float64Array.from({ length }, (_, j) => ((2 + Math.cos((2 * Math.PI * j) / length)) / 3) ** 2);
}

/**
 * The nodes, the kernel between them, and the charges. They are real: two rows of nodes make one of complex numbers, so that
 * a transform takes half the time.
 */
class Grid {
  width = 0;
  private height = 0;
  private re = new Float64Array();
  private im = new Float64Array();
  /** Rows of nodes over the map. */
  private rows = 0;
  /** Half the sum, and half the difference, of the kernel's transform in a row and in that half of all rows further on. */
  private sums = new Float64Array();
  private differences = new Float64Array();
  private readonly beside = new Float64Array(NODES * NODES);
  private readonly alongX = new Float64Array(2 * NODES);
  private readonly alongY = new Float64Array(2 * NODES);
  private spacing = 0;
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
    const columns = Math.floor((highX - lowX) / spacing) + 5;
    this.rows = Math.floor((highY - lowY) / spacing) + 5;
    const [width, height] = [transformLength(2 * columns), transformLength(2 * this.rows)];
    if (width !== this.width || height !== this.height || spacing !== this.spacing) this.renew(width, height, spacing);
    return {
      spacing,
      lowX: (lowX + highX - (columns - 1) * spacing) / 2,
      lowY: (lowY + highY - (this.rows - 1) * spacing) / 2,
    };
  }

  /** No charges: even rows of nodes in the first part, odd ones in the second. */
  cleared(): readonly [Float64Array, Float64Array] {
    return [this.re.fill(0), this.im.fill(0)];
  }

  private renew(width: number, height: number, spacing: number): void {
    const half = height / 2;
    if (width !== this.width || height !== this.height) {
      this.re = new Float64Array(half * width);
      this.im = new Float64Array(half * width);
      this.sums = new Float64Array(half * width);
      this.differences = new Float64Array(half * width);
      this.transform = new Transform2d(width, half);
    }
    this.width = width;
    this.height = height;
    this.spacing = spacing;
    const [kernel, imaginary] = [new Float64Array(height * width), new Float64Array(height * width)];
    for (let i = 0, at = 0; i < height; i++) {
      const dy = Math.min(i, height - i) * spacing;
      for (let j = 0; j < width; j++, at++) {
        const dx = Math.min(j, width - j) * spacing;
        kernel[at] = 1 / (1 + dx * dx + dy * dy);
      }
    }
    // Symmetric, so that its transform is real.
    new Transform2d(width, height).transform(kernel, imaginary, height, false);
    const [acrossX, acrossY] = [smoothing(width), smoothing(height)];
    for (let i = 0, at = 0; i < half; i++)
      for (let j = 0; j < width; j++, at++) {
        const scale = half * width * (acrossX[j] as number);
        const one = (kernel[at] as number) / (scale * (acrossY[i] as number));
        const two = (kernel[at + half * width] as number) / (scale * (acrossY[i + half] as number));
        this.sums[at] = (one + two) / 2;
        this.differences[at] = (one - two) / 2;
      }
    const [even, odd] = this.cleared();
    even[0] = 1;
    this.apply(NODES);
    // Of nodes of one point; each difference but none stands for two.
    for (let k = 0; k < NODES * NODES; k++) {
      const [dy, dx] = [Math.floor(k / NODES), k % NODES];
      const times = (dy > 0 ? 2 : 1) * (dx > 0 ? 2 : 1);
      this.beside[k] = times * ((dy % 2 === 0 ? even : odd)[(dy >> 1) * width + dx] as number);
    }
  }

  /**
   * What a point's unit charge does to itself through the nodes, nearly 1, and its slopes, nearly 0. Its weights begin at `at`,
   * those along y after those along x.
   */
  onItself(weights: Float64Array, at: number, slopes: Float64Array, out: Float64Array): void {
    const { beside, alongX, alongY } = this;
    pairsOfNodes(weights, at, slopes, 0, alongX);
    pairsOfNodes(weights, at + NODES, slopes, NODES, alongY);
    let sum = 0;
    let sumX = 0;
    let sumY = 0;
    for (let dy = 0; dy < NODES; dy++) {
      let here = 0;
      let slope = 0;
      for (let dx = 0; dx < NODES; dx++) {
        const force = beside[dy * NODES + dx] as number;
        here += force * (alongX[dx] as number);
        slope += force * (alongX[NODES + dx] as number);
      }
      sum += here * (alongY[dy] as number);
      sumX += slope * (alongY[dy] as number);
      sumY += here * (alongY[NODES + dy] as number);
    }
    out[0] = sum;
    out[1] = sumX;
    out[2] = sumY;
  }

  /** Charges in so many rows of nodes become what they do at each node of these. */
  apply(rows = this.rows): void {
    const { re, im, width, sums, differences, transform } = this;
    transform.transform(re, im, Math.ceil(rows / 2), false);
    const half = this.height / 2;
    // Of the transforms of even and of odd rows, E and O, comes Z = E + iO; those of all rows are E + tO and, half of them on, E - tO.
    for (let i = 0; i <= half / 2; i++) {
      const back = i === 0 ? 0 : half - i;
      const [c, s] = [Math.cos((Math.PI * i) / half), -Math.sin((Math.PI * i) / half)];
      const both = back !== i;
      for (let j = 0; j < width; j++) {
        const mirrored = j === 0 ? 0 : width - j;
        if (!both && mirrored < j) break;
        const p = i * width + j;
        const q = back * width + mirrored;
        const eR = ((re[p] as number) + (re[q] as number)) / 2;
        const eI = ((im[p] as number) - (im[q] as number)) / 2;
        const oR = ((im[p] as number) + (im[q] as number)) / 2;
        const oI = ((re[q] as number) - (re[p] as number)) / 2;
        const sum = sums[p] as number;
        const difference = differences[p] as number;
        const evenR = sum * eR + difference * (c * oR - s * oI);
        const evenI = sum * eI + difference * (c * oI + s * oR);
        const oddR = sum * oR + difference * (c * eR + s * eI);
        const oddI = sum * oI + difference * (c * eI - s * eR);
        re[p] = evenR - oddI;
        im[p] = evenI + oddR;
        re[q] = evenR + oddI;
        im[q] = oddR - evenI;
      }
    }
    transform.transform(re, im, Math.ceil(rows / 2), true);
  }
}
