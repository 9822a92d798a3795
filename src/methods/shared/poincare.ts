import type { Real } from '../../linalg/matrix';
import { dot } from '../../linalg/norms';

/**
 * The Poincaré ball of curvature -c: points of length below 1 / √c. Ungar (Gyrovector spaces, 2009); Ganea, Bécigneul and
 * Hofmann (Hyperbolic neural networks, NeurIPS 2018); Van Spengler, Berkhout and Mettes (Poincaré ResNet, ICCV 2023).
 */

/** What is nearer to the boundary than this share is moved inwards: beyond, doubles run out. */
export const EDGE = 1e-5;
/** The largest argument of an inverse hyperbolic tangent. */
const MOST = 1 - 1e-15;

/** λ of the metric: 2 / (1 - c ‖x‖²). */
export function conformal(x: Real, c: number): number {
  return 2 / (1 - c * dot(x, x));
}

function artanh(value: number): number {
  return Math.atanh(Math.min(MOST, value));
}

/** a x + b y */
function combination(a: number, x: Real, b: number, y: Real): Float64Array {
  return Float64Array.from(x, (value, k) => a * value + b * (y[k] as number));
}

/** Möbius addition x ⊕ y. */
export function mobiusAdd(x: Real, y: Real, c: number): Float64Array {
  const [xy, xx, yy] = [dot(x, y), dot(x, x), dot(y, y)];
  const below = 1 + 2 * c * xy + c * c * xx * yy;
  return combination((1 + 2 * c * xy + c * yy) / below, x, (1 - c * xx) / below, y);
}

export function negative(x: Real): Float64Array {
  return Float64Array.from(x, (value) => -value);
}

/** (2 / √c) arsinh of √c ‖x - y‖ over √((1 - c‖x‖²)(1 - c‖y‖²)): the geodesic distance, exact where points are near. */
export function poincareDistance(x: Real, y: Real, c: number, xx = dot(x, x), yy = dot(y, y)): number {
  let apart = 0;
  for (let k = 0; k < x.length; k++) apart += ((x[k] as number) - (y[k] as number)) ** 2;
  return (2 / Math.sqrt(c)) * Math.asinh(Math.sqrt((c * apart) / ((1 - c * xx) * (1 - c * yy))));
}

/** Distance from the centre. */
export function depthOf(x: Real, c: number): number {
  return (2 / Math.sqrt(c)) * artanh(Math.sqrt(c * dot(x, x)));
}

/** From the tangent space at the centre into the ball. */
export function expCentre(v: Real, c: number): Float64Array {
  const length = Math.sqrt(c * dot(v, v));
  return Float64Array.from(v, (value) => (length > 0 ? (Math.tanh(length) / length) * value : value));
}

export function logCentre(y: Real, c: number): Float64Array {
  const length = Math.sqrt(c * dot(y, y));
  return Float64Array.from(y, (value) => (length > 0 ? (artanh(length) / length) * value : value));
}

/** From the tangent space at x. */
export function expAt(x: Real, v: Real, c: number): Float64Array {
  const length = Math.sqrt(c * dot(v, v));
  if (length === 0) return Float64Array.from(x);
  const factor = Math.tanh((conformal(x, c) * length) / 2) / length;
  return mobiusAdd(x, combination(factor, v, 0, v), c);
}

export function logAt(x: Real, y: Real, c: number): Float64Array {
  const w = mobiusAdd(negative(x), y, c);
  const length = Math.sqrt(c * dot(w, w));
  return Float64Array.from(w, (value) =>
    length > 0 ? ((2 / conformal(x, c)) * artanh(length) * value) / length : value,
  );
}

/** The closed-form midpoint of Einstein's gyrovectors, carried to this ball. @param rows of the ball */
export function midpoint(rows: readonly Real[], c: number): Float64Array {
  const width = rows[0]?.length ?? 0;
  const sum = new Float64Array(width);
  let weight = -rows.length / 2;
  for (const row of rows) {
    const gamma = 1 / (1 - c * dot(row, row));
    weight += gamma;
    for (let k = 0; k < width; k++) sum[k] = (sum[k] as number) + gamma * (row[k] as number);
  }
  const whole = sum.map((value) => value / weight);
  const gamma = 1 / Math.sqrt(Math.max(1e-15, 1 - c * dot(whole, whole)));
  return whole.map((value) => (gamma / (1 + gamma)) * value);
}

/** The point of least mean squared distance (Fréchet), from the midpoint on. */
export function frechetMean(rows: readonly Real[], c: number): Float64Array {
  let at = midpoint(rows, c);
  for (let round = 0; round < 200; round++) {
    const step = new Float64Array(at.length);
    for (const row of rows) {
      const v = logAt(at, row, c);
      for (let k = 0; k < step.length; k++) step[k] = (step[k] as number) + (v[k] as number) / rows.length;
    }
    at = expAt(at, step, c);
    if (Math.sqrt(dot(step, step)) < 1e-14) break;
  }
  return at;
}

/** Mean squared distance from a point. */
export function varianceAbout(rows: readonly Real[], at: Real, c: number): number {
  return rows.reduce((sum, row) => sum + poincareDistance(row, at, c) ** 2, 0) / rows.length;
}
