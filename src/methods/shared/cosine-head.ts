import { normaliseRows } from '../../linalg/centre';
import { Matrix } from '../../linalg/matrix';
import { crossProduct, multiply } from '../../linalg/products';
import type { Random } from '../../linalg/random';
import type { Cancellable } from '../../linalg/signal';
import { alongSphere } from './along-sphere';

/** As published: the temperature; steps of Adam, and their length. */
export const cosineHead = { temperature: 0.07, steps: 400, rate: 0.02 } as const;
/** Rows of a step: all of them where there are no more. */
const BATCH = 2048;

/**
 * An affine map from `start` on whose images point at the vectors of their classes: the least mean cross-entropy of the softmax of
 * their cosines with all vectors over the temperature, by Adam (β .9 and .999). Shen, Sun, Wei (2022), "Equiangular basis vectors",
 * of one layer on rows that stay as they are.
 * @param x n x p
 * @param of class of each row, from 0 on
 * @param start p x d
 * @param vectors classes x d, rows of length 1
 * @returns (p + 1) x d, the last row added to every image
 */
export async function fitCosines(
  x: Matrix<Float64Array>,
  of: Int32Array,
  start: Matrix<Float64Array>,
  vectors: Matrix<Float64Array>,
  options: Cancellable & { readonly random: Random },
  { temperature, steps, rate }: { temperature: number; steps: number; rate: number } = cosineHead,
): Promise<Matrix<Float64Array>> {
  const map = Matrix.zeros(x.columns + 1, start.columns);
  map.data.set(start.data);
  const [first, second] = [new Float64Array(map.data.length), new Float64Array(map.data.length)];
  const wide = withOnes(x);
  for (let step = 1; step <= steps; step++) {
    options.signal?.throwIfAborted();
    const some = x.rows > BATCH ? options.random.sample(x.rows, BATCH) : null;
    const batch = some ? wide.takeRows(some) : wide;
    const { slope } = await crossEntropy(
      batch,
      some ? some.map((i) => of[i] as number) : of,
      map,
      vectors,
      temperature,
      options,
    );
    const [mean, square] = [1 - 0.9 ** step, 1 - 0.999 ** step];
    for (const [k, value] of slope.data.entries()) {
      first[k] = 0.9 * (first[k] as number) + 0.1 * value;
      second[k] = 0.999 * (second[k] as number) + 0.001 * value * value;
      const length = Math.sqrt((second[k] as number) / square) + 1e-8;
      map.data[k] = (map.data[k] as number) - (rate * (first[k] as number)) / mean / length;
    }
  }
  return map;
}

/**
 * The mean cross-entropy and its gradient by the map.
 * @param x n x (p + 1), the last column of ones
 */
export async function crossEntropy(
  x: Matrix<Float64Array>,
  of: Int32Array,
  map: Matrix<Float64Array>,
  vectors: Matrix<Float64Array>,
  temperature: number,
  options: Cancellable,
): Promise<{ readonly loss: number; readonly slope: Matrix<Float64Array> }> {
  const images = await multiply(x, map, options);
  const unit = normaliseRows(images);
  const scores = await multiply(unit.matrix, vectors, { ...options, transposeB: true });
  let loss = 0;
  for (let i = 0; i < scores.rows; i++) {
    const row = scores.row(i);
    const own = of[i] as number;
    const most = row.reduce((best, value) => Math.max(best, value), -1);
    let total = 0;
    loss += (most - (row[own] as number)) / temperature;
    for (const c of row.keys()) {
      row[c] = Math.exp(((row[c] as number) - most) / temperature);
      total += row[c] as number;
    }
    loss += Math.log(total);
    for (const c of row.keys())
      row[c] = ((row[c] as number) / total - (c === own ? 1 : 0)) / (temperature * scores.rows);
  }
  const pull = alongSphere(await multiply(scores, vectors, options), unit);
  return { loss: loss / scores.rows, slope: (await crossProduct(x, pull, options)).toDouble() };
}

/** With a column of ones, to which a map adds its last row. */
export function withOnes(x: Matrix<Float64Array>): Matrix<Float64Array> {
  const out = Matrix.zeros(x.rows, x.columns + 1);
  for (let i = 0; i < x.rows; i++) {
    out.row(i).set(x.row(i));
    out.row(i)[x.columns] = 1;
  }
  return out;
}
