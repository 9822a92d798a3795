import type { Sparse } from '../embed/sparse';
import type { Context } from '../method';

/** The curve 1 / (1 + a d^2b) that stands for likeness on a map. */
export interface Curve {
  readonly a: number;
  readonly b: number;
}

/**
 * The curve that is nearest, by least squares at 300 places up to three spreads, to 1 within `nearest` and then falls off as
 * exp(-(d - nearest) / spread): McInnes, Healy and Melville 2018, section 3.2. Levenberg and Marquardt's iteration.
 */
export function fitCurve(nearest: number, spread: number): Curve {
  const xs = Float64Array.from({ length: 300 }, (_, i) => (3 * spread * i) / 299);
  const wanted = xs.map((x) => (x < nearest ? 1 : Math.exp(-(x - nearest) / spread)));
  let [a, b] = [1, 1];
  let damping = 1e-3;
  let error = errorOf(a, b);
  for (let round = 0; round < 500; round++) {
    let [aa, ab, bb, ga, gb] = [0, 0, 0, 0, 0];
    for (let i = 1; i < xs.length; i++) {
      const log = Math.log(xs[i] as number);
      const power = Math.exp(2 * b * log);
      const y = 1 / (1 + a * power);
      const slopeA = -power * y * y;
      const slopeB = -2 * a * power * log * y * y;
      const left = (wanted[i] as number) - y;
      aa += slopeA * slopeA;
      ab += slopeA * slopeB;
      bb += slopeB * slopeB;
      ga += slopeA * left;
      gb += slopeB * left;
    }
    const [da, db] = [aa * (1 + damping), bb * (1 + damping)];
    const determinant = da * db - ab * ab;
    const [stepA, stepB] = [(db * ga - ab * gb) / determinant, (da * gb - ab * ga) / determinant];
    const next = errorOf(a + stepA, b + stepB);
    if (next <= error) {
      [a, b, error, damping] = [a + stepA, b + stepB, next, damping / 10];
      if (Math.abs(stepA) + Math.abs(stepB) < 1e-14) break;
    } else damping *= 10;
    if (damping > 1e12) break;
  }
  return { a, b };

  function errorOf(p: number, q: number): number {
    if (!(p > 0 && q > 0)) return Number.POSITIVE_INFINITY;
    return xs.reduce((sum, x, i) => sum + ((wanted[i] as number) - 1 / (1 + p * x ** (2 * q))) ** 2, 0);
  }
}

/** Steps of the table in each doubling, and the doublings that it covers. */
const FINE = 32;
const [FIRST, LAST] = [-36, 18];
const FRACTION = 2 ** -18;

/**
 * What draws two rows together, and what pushes them apart, over their difference, by the squared distance. Powers are dear:
 * both are read from tables, linear between 32 places in each doubling, which is good to some 1e-4.
 */
class Forces {
  readonly attraction = new Float64Array(FINE * (LAST - FIRST) + 2);
  readonly repulsion = new Float64Array(FINE * (LAST - FIRST) + 2);

  constructor({ a, b }: Curve) {
    for (let e = 0; e < this.attraction.length; e++) {
      const octave = Math.floor(e / FINE);
      const square = 2 ** (FIRST + octave) * (1 + (e % FINE) / FINE);
      const power = square ** b;
      this.attraction[e] = (-2 * a * b * (power / square)) / (1 + a * power);
      this.repulsion[e] = (2 * b) / ((0.001 + square) * (1 + a * power));
    }
  }
}

/**
 * UMAP's stochastic gradient descent, as umap-learn does it: in each epoch every edge that is due, as often as its weight beside
 * the largest says, draws its ends together, and each time pushes the first of them away from `negatives` random rows. The
 * steps shrink to nothing. In place, one edge after the other, so that the same seed gives the same map.
 * @param y n x m, m = 2 or 3
 */
export function layOut(
  graph: Sparse,
  y: Float64Array,
  m: number,
  { epochs, negatives, curve }: { epochs: number; negatives: number; curve: Curve },
  context: Pick<Context, 'random' | 'signal' | 'progress' | 'sketch'>,
): void {
  const { heads, tails, every } = edgesOf(graph, epochs);
  const { attraction, repulsion } = new Forces(curve);
  const n = graph.rows;
  const count = heads.length;
  const next = every.slice();
  const waits = every.map((value) => value / negatives);
  const nextNegative = waits.slice();
  const bits = new Int32Array(1);
  const real = new Float32Array(bits.buffer);
  const base = (FIRST + 127) * FINE;
  const most = attraction.length - 2;
  const deep = m === 3;
  const share = n / 2 ** 32;
  let state = (context.random.integer(0x7fffffff) + 1) | 0;
  for (let epoch = 0; epoch < epochs; epoch++) {
    if (epoch % 10 === 0) context.progress(0.3 + (0.6 * epoch) / epochs, `UMAP, epoch ${epoch} of ${epochs}`);
    context.signal.throwIfAborted();
    context.sketch?.(y, m);
    const alpha = 1 - epoch / epochs;
    for (let e = 0; e < count; e++) {
      if ((next[e] as number) > epoch) continue;
      const i = (heads[e] as number) * m;
      const j = (tails[e] as number) * m;
      let x = y[i] as number;
      let v = y[i + 1] as number;
      let w = deep ? (y[i + 2] as number) : 0;
      let dx = x - (y[j] as number);
      let dy = v - (y[j + 1] as number);
      let dz = deep ? w - (y[j + 2] as number) : 0;
      let square = dx * dx + dy * dy + dz * dz;
      if (square > 0) {
        real[0] = square;
        const word = bits[0] as number;
        const at = Math.min(most, Math.max(0, (word >> 18) - base));
        const part = (word & 0x3ffff) * FRACTION;
        const low = attraction[at] as number;
        const force = low + part * ((attraction[at + 1] as number) - low);
        dx = alpha * clip(force * dx);
        dy = alpha * clip(force * dy);
        x += dx;
        v += dy;
        y[j] = (y[j] as number) - dx;
        y[j + 1] = (y[j + 1] as number) - dy;
        if (deep) {
          dz = alpha * clip(force * dz);
          w += dz;
          y[j + 2] = (y[j + 2] as number) - dz;
        }
      }
      next[e] = (next[e] as number) + (every[e] as number);
      const wait = waits[e] as number;
      const due = Math.floor((epoch - (nextNegative[e] as number)) / wait);
      for (let s = 0; s < due; s++) {
        state ^= state << 13;
        state ^= state >>> 17;
        state ^= state << 5;
        const k = (((state >>> 0) * share) | 0) * m;
        if (k === i) continue;
        dx = x - (y[k] as number);
        dy = v - (y[k + 1] as number);
        dz = deep ? w - (y[k + 2] as number) : 0;
        square = dx * dx + dy * dy + dz * dz;
        real[0] = square;
        const word = bits[0] as number;
        const at = Math.min(most, Math.max(0, (word >> 18) - base));
        const part = (word & 0x3ffff) * FRACTION;
        const low = repulsion[at] as number;
        const force = low + part * ((repulsion[at + 1] as number) - low);
        // Two rows in one place are pushed apart along the diagonal.
        x += alpha * (square > 0 ? clip(force * dx) : 4);
        v += alpha * (square > 0 ? clip(force * dy) : 4);
        if (deep) w += alpha * (square > 0 ? clip(force * dz) : 4);
      }
      if (due > 0) nextNegative[e] = (nextNegative[e] as number) + due * wait;
      y[i] = x;
      y[i + 1] = v;
      if (deep) y[i + 2] = w;
    }
  }
}

function clip(value: number): number {
  return value > 4 ? 4 : value < -4 ? -4 : value;
}

/** Both directions of each edge, and the epochs from one turn of it to the next; edges that have no turn are left out. */
function edgesOf({ rows, offsets, indices, values }: Sparse, epochs: number) {
  const largest = values.reduce((most, value) => Math.max(most, value), 0);
  const least = largest / epochs;
  let count = 0;
  for (const value of values) if (value >= least) count++;
  const heads = new Int32Array(count);
  const tails = new Int32Array(count);
  const every = new Float64Array(count);
  let at = 0;
  for (let i = 0; i < rows; i++)
    for (let e = offsets[i] as number; e < (offsets[i + 1] as number); e++) {
      const value = values[e] as number;
      if (value < least) continue;
      heads[at] = i;
      tails[at] = indices[e] as number;
      every[at++] = largest / value;
    }
  return { heads, tails, every };
}
