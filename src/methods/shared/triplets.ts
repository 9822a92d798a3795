import { normaliseRows } from '../../linalg/centre';
import { Matrix } from '../../linalg/matrix';
import { crossProduct, multiply } from '../../linalg/products';
import type { Random } from '../../linalg/random';
import type { Cancellable } from '../../linalg/signal';
import { alongSphere } from './along-sphere';
import { withOnes } from './cosine-head';

export interface TripletSettings {
  /** By how much a squared distance to another class is to be larger. */
  readonly margin: number;
  /** Steps of AdaGrad, and the length of the first. */
  readonly steps: number;
  readonly rate: number;
  /** Rows of each class in a batch: all of them where there are no more. */
  readonly perClass: number;
}

/** As published: a margin of 0.2 and AdaGrad from 0.05. */
export const tripletSettings: TripletSettings = { margin: 0.2, steps: 60, rate: 0.05, perClass: 25 };

/** Rows of a batch at most; of more classes some are drawn. */
const BATCH = 400;

export interface Watched extends Cancellable {
  readonly random: Random;
  progress?(fraction: number, message: string): void;
}

/**
 * An affine map from `start` on whose images, brought to length 1, have rows of one class nearer than rows of two by a margin:
 * Σ max(0, D(a, p) - D(a, n) + margin) over every pair a, p of one class in a batch and the nearest n of another class that is
 * farther than p (semi-hard; pairs without one are passed over), D squared distances.
 * Schroff, Kalenichenko, Philbin (2015), "FaceNet: a unified embedding for face recognition and clustering", sections 3 and 5.6.
 * @param x n x p
 * @param of class of each row, from 0 on
 * @param start p x d
 * @param fixed n x d, rows of length 1 that stay: triplets of an image and two of these count as much as those of images (harmonic)
 * @returns (p + 1) x d, the last row added to every image
 */
export async function fitTriplets(
  x: Matrix<Float64Array>,
  of: Int32Array,
  start: Matrix<Float64Array>,
  { margin, steps, rate, perClass }: TripletSettings,
  options: Watched,
  fixed?: Matrix<Float64Array>,
): Promise<Matrix<Float64Array>> {
  const groups = groupsOf(of);
  const [wide, map] = [withOnes(x), Matrix.zeros(x.columns + 1, start.columns)];
  map.data.set(start.data);
  const squares = new Float64Array(map.data.length);
  for (let step = 0; step < steps; step++) {
    options.signal?.throwIfAborted();
    options.progress?.(step / steps, `Triplets, step ${step + 1} of ${steps}`);
    const places = batchOf(groups, perClass, options.random);
    const [batch, classes] = [wide.takeRows(places), places.map((i) => of[i] as number)];
    const images = await multiply(batch, map, options);
    const unit = normaliseRows(images);
    const pull = await gradient(unit.matrix, unit.matrix, classes, margin, true, options);
    if (fixed) {
      const more = await gradient(unit.matrix, fixed.takeRows(places), classes, margin, false, options);
      for (const [k, value] of more.data.entries()) pull.data[k] = (pull.data[k] as number) + value;
    }
    alongSphere(pull, unit);
    const slope = await crossProduct(batch, pull, options);
    for (const [k, value] of slope.data.entries()) {
      squares[k] = (squares[k] as number) + value * value;
      map.data[k] = (map.data[k] as number) - (rate * value) / (Math.sqrt(squares[k] as number) + 1e-10);
    }
  }
  return map;
}

/** The images of rows, of length 1. @param map as {@link fitTriplets} gives it */
export async function imagesOf(
  x: Matrix<Float64Array>,
  map: Matrix<Float64Array>,
  options: Cancellable,
): Promise<Matrix<Float64Array>> {
  return normaliseRows(await multiply(withOnes(x), map, options)).matrix;
}

/**
 * For every pair of one class the row of another class that is nearest of those farther away, where it is within the margin:
 * +1 where an anchor and its partner meet, -1 for the anchor and that row, over the number of such triplets.
 * @param cosines anchors x others, of the same rows
 * @param same an anchor is no partner of its own
 */
export function semiHard(cosines: Matrix<Float64Array>, of: Int32Array, margin: number, same: boolean) {
  const n = of.length;
  const signs = Matrix.zeros(n, n);
  let [active, loss] = [0, 0];
  for (let a = 0; a < n; a++) {
    const [row, out] = [cosines.row(a), signs.row(a)];
    for (let p = 0; p < n; p++) {
      if (of[p] !== of[a] || (same && p === a)) continue;
      const near = row[p] as number;
      let [best, at] = [near - margin / 2, -1];
      for (let k = 0; k < n; k++) {
        const other = row[k] as number;
        if (other > best && other < near && of[k] !== of[a]) [best, at] = [other, k];
      }
      if (at < 0) continue;
      out[p] = (out[p] as number) + 1;
      out[at] = (out[at] as number) - 1;
      active++;
      loss += 2 * (best - near) + margin;
    }
  }
  for (const [k, value] of signs.data.entries()) signs.data[k] = value / Math.max(1, active);
  return { signs, active, loss };
}

/** Of the mean loss, by the anchors; by the others too where they are the anchors themselves. */
async function gradient(
  anchors: Matrix<Float64Array>,
  others: Matrix<Float64Array>,
  of: Int32Array,
  margin: number,
  same: boolean,
  options: Cancellable,
): Promise<Matrix<Float64Array>> {
  const { signs } = semiHard(await multiply(anchors, others, { ...options, transposeB: true }), of, margin, same);
  if (same) {
    const n = of.length;
    for (let i = 0; i < n; i++)
      for (let j = 0; j <= i; j++) {
        const sum = signs.at(i, j) + signs.at(j, i);
        signs.data[i * n + j] = sum;
        signs.data[j * n + i] = sum;
      }
  }
  // D = 2 - 2 cos.
  const out = await multiply(signs, others, options);
  for (const [k, value] of out.data.entries()) out.data[k] = -2 * value;
  return out;
}

function batchOf(groups: readonly Int32Array[], perClass: number, random: Random): Int32Array {
  const most = Math.max(2, Math.floor(BATCH / perClass));
  const chosen =
    groups.length <= most ? groups : [...random.sample(groups.length, most)].map((c) => groups[c] as Int32Array);
  return Int32Array.from(
    chosen.flatMap((group) =>
      group.length <= perClass ? [...group] : [...random.sample(group.length, perClass)].map((k) => group[k] as number),
    ),
  );
}

function groupsOf(of: Int32Array): Int32Array[] {
  const groups = new Map<number, number[]>();
  for (const [i, c] of of.entries()) {
    const group = groups.get(c);
    if (group) group.push(i);
    else groups.set(c, [i]);
  }
  return [...groups.values()].map((group) => Int32Array.from(group));
}
