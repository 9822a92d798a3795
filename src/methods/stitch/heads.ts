import { normaliseRows } from '../../linalg/centre';
import { Matrix } from '../../linalg/matrix';
import { multiply } from '../../linalg/products';
import type { Signal } from '../../linalg/signal';
import { applyMap, ridgeAffine } from './linear-map';
import { softmaxRegression } from './softmax';

export type HeadKind = 'softmax' | 'ridge' | 'knn';

export interface HeadChoice {
  readonly head: HeadKind;
  readonly penalty: number;
  readonly neighbours: number;
}

/** Tells classes from the rows of a space. */
export interface Head {
  /** False where training was stopped before it had settled. */
  readonly settled: boolean;
  /** The class of each row. */
  predict(x: Matrix<Float64Array>): Promise<Int32Array>;
}

/** Similarities held at once: 32 MB. */
const TILE = 1 << 22;

/**
 * Trains a head. `softmax`: softmax regression; `ridge`: least squares to one column for each class, 1 or 0, and the largest wins;
 * `knn`: the vote of the nearest training rows by cosine, the nearest of equal votes.
 * @param x training rows
 * @param classes of them, from 0 to `count` - 1
 */
export async function trainHead(
  { head, penalty, neighbours }: HeadChoice,
  x: Matrix<Float64Array>,
  classes: Int32Array,
  count: number,
  signal?: Signal,
): Promise<Head> {
  if (head === 'knn') return { settled: true, predict: (rows) => vote(rows, x, classes, count, neighbours, signal) };
  const { map, converged } =
    head === 'ridge'
      ? { map: await ridgeAffine(x, oneColumnEach(classes, count), penalty, signal), converged: true }
      : await softmaxRegression(x, classes, count, penalty, signal);
  return { settled: converged, predict: async (rows) => largestOf(await applyMap(map, rows, signal)) };
}

function oneColumnEach(classes: Int32Array, count: number): Matrix<Float64Array> {
  const out = Matrix.zeros(classes.length, count);
  for (const [i, own] of classes.entries()) out.data[i * count + own] = 1;
  return out;
}

/** The first of equally large. */
function largestOf(scores: Matrix): Int32Array {
  return Int32Array.from({ length: scores.rows }, (_, i) => {
    const row = scores.row(i);
    let best = 0;
    for (let c = 1; c < row.length; c++) if ((row[c] as number) > (row[best] as number)) best = c;
    return best;
  });
}

/** The places of the k largest, the largest first, of equal ones the first. */
function largestPlaces(scores: Float64Array, k: number): Int32Array {
  const found = new Int32Array(k);
  let filled = 0;
  for (let j = 0; j < scores.length; j++) {
    const score = scores[j] as number;
    if (filled === k && score <= (scores[found[k - 1] as number] as number)) continue;
    let at = filled < k ? filled++ : k - 1;
    for (; at > 0 && (scores[found[at - 1] as number] as number) < score; at--) found[at] = found[at - 1] as number;
    found[at] = j;
  }
  return found;
}

async function vote(
  rows: Matrix<Float64Array>,
  known: Matrix<Float64Array>,
  classes: Int32Array,
  count: number,
  neighbours: number,
  signal?: Signal,
): Promise<Int32Array> {
  const candidates = normaliseRows(known).matrix;
  const queries = normaliseRows(rows).matrix;
  const k = Math.min(neighbours, known.rows);
  const out = new Int32Array(rows.rows);
  const height = Math.max(1, Math.floor(TILE / known.rows));
  for (let start = 0; start < rows.rows; start += height) {
    signal?.throwIfAborted();
    const end = Math.min(rows.rows, start + height);
    const tile = await multiply(queries.slice(start, end), candidates, { transposeB: true, signal });
    for (let i = start; i < end; i++) {
      const nearest = largestPlaces(tile.row(i - start), k);
      const votes = new Int32Array(count);
      for (const j of nearest) votes[classes[j] as number] = (votes[classes[j] as number] as number) + 1;
      const most = votes.reduce((a, b) => Math.max(a, b), 0);
      out[i] = classes[nearest.find((j) => votes[classes[j] as number] === most) as number] as number;
    }
  }
  return out;
}
