import { scaled, scaleOf } from '../../linalg/householder';
import type { Matrix } from '../../linalg/matrix';
import { MEDIAN_BYTES, medianDistance } from '../../linalg/pair-median';
import { squaredTile } from '../../linalg/pair-squares';
import {
  type Form,
  type PairFunction,
  type PairSums,
  pairSums,
  SMALL_EXPONENT,
  SUMS_BYTES,
} from '../../linalg/pair-sums';
import { Points } from '../../linalg/points';
import type { Context, Representation } from '../method';
import { inRange, rangeExponent } from '../shared/centred';
import { heldPointsOf, pointsOf } from '../shared/kept';
import type { Side } from './cka';

/** Rows from whose kernels with all rows the mean of each row is estimated. */
const PROBES = 16;

/** A kernel of all pairs of rows that was never held: where its sums are among those of the others. */
export interface TiledKernel extends Side {
  readonly place: number;
}

/** Centred kernels, and <A, B> of any two of them. */
export interface TiledKernels {
  /** By input; null where there is no kernel. */
  readonly sides: ReadonlyMap<Representation, TiledKernel | null>;
  product(a: TiledKernel, b: TiledKernel): number;
}

/** Points whose squared distances neither overflow nor vanish; the scale of a matrix is changed only for that. */
export async function pointsInRange(matrix: Matrix, inputs: number, context: Context): Promise<Points> {
  const points = await pointsOf(matrix, inputs, context);
  if (points.largest > 1e-200 && points.largest < 1e200) return points;
  return new Points(scaled(matrix, scaleOf(matrix)));
}

/** The median distance of the rows of each input. */
export type Medians = ReadonlyMap<Representation, { readonly points: Points; readonly median: number }>;

/** Median distance of each input's rows by tiles; 0 where they have none. */
export async function tiledMedians(inputs: readonly Representation[], context: Context): Promise<Medians> {
  context.reserve(MEDIAN_BYTES, 'finding the median distance');
  const medians = new Map<Representation, { points: Points; median: number }>();
  const distinct = [...new Set(inputs)];
  for (const [k, input] of distinct.entries()) {
    const points = await heldPointsOf(input.matrix, distinct.length, context);
    const share = (done: number | null) =>
      context.progress((0.5 * (k + (done ?? 0))) / distinct.length, `The median distance in ${input.name}`);
    const median = await finiteMedian(input.matrix, (matrix) =>
      medianDistance(matrix === input.matrix ? points : new Points(matrix), {
        signal: context.signal,
        progress: share,
      }),
    );
    medians.set(input, { points, median });
  }
  return medians;
}

/** The median distance, once more over a power of two where the squares of distances overflow or vanish; 0 where there is none. */
export async function finiteMedian(matrix: Matrix, medianOf: (matrix: Matrix) => Promise<number>): Promise<number> {
  const median = await medianOf(matrix);
  const near = inRange(matrix);
  if (near === matrix || (median > 0 && median < Number.POSITIVE_INFINITY)) return median || 0;
  return (await medianOf(near)) * 2 ** rangeExponent(matrix) || 0;
}

/** Gaussian kernels, double-centred. @param sigma from the median distance; there is no kernel where it is 0 */
export async function tiledRbf(
  medians: Medians,
  sigma: (median: number) => number,
  context: Context,
): Promise<TiledKernels> {
  const used = [...medians].filter(([, { median }]) => sigma(median) > 0);
  const scaleOf = (median: number) => -0.5 / sigma(median) / sigma(median);
  const wide = used.every(([, { points, median }]) => -scaleOf(median) * points.largest < SMALL_EXPONENT);
  return tiledKernels(
    [...medians.keys()],
    used.map(([input, { points, median }]) => ({ input, points, scale: scaleOf(median) })),
    wide ? 'expm1' : 'exp',
    context,
  );
}

/** Kernels exp(-d / σ), double-centred, as {@link tiledRbf}. */
export async function tiledLaplace(
  medians: Medians,
  sigma: (median: number) => number,
  context: Context,
): Promise<TiledKernels> {
  const used = [...medians].filter(([, { median }]) => sigma(median) > 0);
  const scaleOf = (median: number) => 1 / sigma(median) / sigma(median);
  return tiledKernels(
    [...medians.keys()],
    used.map(([input, { points, median }]) => ({ input, points, scale: scaleOf(median) })),
    'laplace',
    context,
  );
}

/** A kernel that is asked for: form(scale d²). */
export interface Wanted {
  readonly input: Representation;
  readonly points: Points;
  readonly scale: number;
}

/** @param wanted those of `inputs` that have a kernel, form(scale d²) */
export async function tiledKernels(
  inputs: readonly Representation[],
  wanted: readonly Wanted[],
  form: Form,
  context: Context,
): Promise<TiledKernels> {
  context.reserve(SUMS_BYTES, 'kernels of pairs of rows, tile by tile');
  const functions: PairFunction[] = [];
  for (const { points, scale } of wanted) {
    functions.push({ points, scale, shift: await shiftOf(points, scale, form, context) });
  }
  const sides = new Map<Representation, TiledKernel | null>(inputs.map((input) => [input, null]));
  if (functions.length === 0) return { sides, product: () => Number.NaN };
  const sums = await pairSums(functions, form, {
    signal: context.signal,
    progress: (done, message) => context.progress(0.5 + 0.5 * (done ?? 0), message),
  });
  const product = (a: number, b: number) => centredProduct(sums, a, b);
  for (const [place, { input }] of wanted.entries()) {
    const diagonal = centredDiagonal(functions[place] as PairFunction, form, sums.rows[place] as Float64Array);
    sides.set(input, { place, squared: product(place, place), diagonal });
  }
  return { sides, product: (a, b) => product(a.place, b.place) };
}

/**
 * Half of what double-centring would take away, estimated from a few columns: uᵢ with fᵢⱼ - uᵢ - uⱼ nearly centred.
 * Adding a term for each row to a kernel changes nothing once it is centred; without it nothing would be left of the
 * digits where rows are far from all others.
 */
export async function shiftOf(
  points: Points,
  scale: number,
  form: Form,
  { signal }: Pick<Context, 'signal'>,
): Promise<Float64Array> {
  const n = points.count;
  const count = Math.min(n, PROBES);
  const places = Int32Array.from({ length: count }, (_, k) => Math.floor((k * n) / count));
  const value = {
    exp: Math.exp,
    expm1: Math.expm1,
    sqrt: Math.sqrt,
    laplace: (s: number) => Math.exp(-Math.sqrt(s)),
    plain: (s: number) => s,
  }[form];
  const means = new Float64Array(n);
  const add = (i: number, squared: number) => {
    means[i] = (means[i] as number) + value(scale * squared) / count;
  };
  if (points.held) for (let i = 0; i < n; i++) for (const place of places) add(i, points.distance(i, place));
  else {
    const probes = points.take(places);
    const rows = 1024;
    const memory = new Float64Array(rows * count);
    for (let start = 0; start < n; start += rows) {
      const block = points.block(start, Math.min(n, start + rows));
      await squaredTile(block, probes, points.direct, memory, { signal }, (i, squared) => {
        for (const one of squared) add(start + i, one);
      });
    }
  }
  const mean = means.reduce((sum, one) => sum + one, 0) / n;
  return means.map((one) => one - mean / 2);
}

/** <HFH, HGH> = Σ f g - 2/n Σᵢ Fᵢ Gᵢ + F G / n², with the sums Fᵢ of rows and F of all. */
function centredProduct({ cross, rows }: PairSums, a: number, b: number): number {
  const [f, g] = [rows[a], rows[b]] as [Float64Array, Float64Array];
  const n = f.length;
  let [byRows, all, others] = [0, 0, 0];
  for (let i = 0; i < n; i++) {
    byRows += (f[i] as number) * (g[i] as number);
    all += f[i] as number;
    others += g[i] as number;
  }
  return cross.at(a, b) - (2 * byRows) / n + ((all / n) * others) / n;
}

/** (HFH)ᵢᵢ = fᵢᵢ - 2 Fᵢ / n + F / n² */
function centredDiagonal({ shift }: PairFunction, form: Form, sums: Float64Array): Float64Array {
  const n = sums.length;
  const own = form === 'exp' || form === 'laplace' ? 1 : 0;
  const mean = sums.reduce((sum, value) => sum + value, 0) / n / n;
  return sums.map((sum, i) => own - 2 * (shift[i] as number) - (2 * sum) / n + mean);
}
