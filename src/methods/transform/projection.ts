import { z } from 'zod';
import { columnMeans, normaliseInDouble, subtractFromRows } from '../../linalg/centre';
import { Matrix } from '../../linalg/matrix';
import { multiplyInto } from '../../linalg/products';
import type { Signal } from '../../linalg/signal';

/** Values of a block of rows that is widened to float64 and normalised at once: 4 MB. */
const BLOCK = 1 << 19;

export const centreParameter = z.enum(['none', 'mean', 'anchors']).default('none').meta({
  title: 'Centre',
  description:
    'What is subtracted before cosines are taken: none (as published), mean (the mean of all rows) or anchors (the mean of the anchors, which a sample seen alone can use too). Helps where activations are all positive or far from the origin.',
});

export interface Projection {
  /** n x anchors: cosine similarity of each row to each anchor. */
  readonly matrix: Matrix<Float64Array>;
  /** Rows without a direction (all zero, after centring): their similarities are zero. */
  readonly zeroRows: readonly number[];
}

/**
 * Relative representation: entry (i, a) is the cosine similarity of row i with anchor a, in float64. Unchanged by any
 * rotation, reflection or rescaling of the space. Moschella et al. 2023, equation 2.
 * @param x n x d
 * @param anchors row positions in `x`
 */
export async function relativeProjection(
  x: Matrix,
  anchors: Int32Array,
  centre: z.output<typeof centreParameter>,
  signal?: Signal,
): Promise<Projection> {
  const mean = centre === 'none' ? null : columnMeans(centre === 'mean' ? x : x.takeRows(anchors));
  const directions = directionsOf(x.takeRows(anchors), mean).matrix;
  const out = Matrix.zeros(x.rows, anchors.length);
  const zeroRows: number[] = [];
  const step = Math.max(1, Math.floor(BLOCK / Math.max(x.columns, anchors.length)));
  for (let start = 0; start < x.rows; start += step) {
    signal?.throwIfAborted();
    const end = Math.min(start + step, x.rows);
    const block = directionsOf(x.slice(start, end), mean);
    await multiplyInto(out.slice(start, end), block.matrix, directions, { transposeB: true, signal });
    for (const row of block.zeroRows) zeroRows.push(start + row);
  }
  return { matrix: out, zeroRows };
}

/** Rows of length one in float64, less the mean where there is one. */
function directionsOf(x: Matrix, mean: Float64Array | null) {
  return normaliseInDouble(mean ? subtractFromRows(x, mean) : x);
}

/** The distance, on the sphere of unit rows, from the row that is farthest from every anchor to its nearest anchor. */
export function coveringRadius(relative: Matrix): number {
  let least = 1;
  for (let i = 0; i < relative.rows; i++) {
    let nearest = -1;
    for (let a = 0; a < relative.columns; a++) nearest = Math.max(nearest, relative.at(i, a));
    least = Math.min(least, nearest);
  }
  return Math.sqrt(Math.max(0, 2 - 2 * least));
}

/** In which order to draw a relative representation so that what belongs together stands together. */
export interface Seriation {
  /** Anchors, as columns: each is followed by the most similar one that is left. */
  readonly anchors: Int32Array;
  /** Rows by their most similar anchor, in that order, then by falling similarity. */
  readonly rows: Int32Array;
}

/**
 * @param anchors row positions of the columns of `relative`
 * @param distances smaller values mean more similar
 */
export function seriate(relative: Matrix, anchors: Int32Array, distances = false): Seriation {
  const sign = distances ? -1 : 1;
  const tour = new Int32Array(anchors.length);
  const left = new Set(tour.keys());
  for (let place = 0, next = 0; place < tour.length; place++) {
    tour[place] = next;
    left.delete(next);
    const row = relative.row(anchors[next] as number);
    let best = -Infinity;
    for (const a of left) {
      if (sign * (row[a] as number) <= best) continue;
      best = sign * (row[a] as number);
      next = a;
    }
  }
  const nearest = new Int32Array(relative.rows);
  for (let i = 0; i < relative.rows; i++) {
    for (let place = 1; place < tour.length; place++) {
      if (at(i, place) > at(i, nearest[i] as number)) nearest[i] = place;
    }
  }
  const rows = Int32Array.from(nearest.keys()).sort((i, j) => {
    const [a, b] = [nearest[i] as number, nearest[j] as number];
    return a - b || at(j, b) - at(i, a) || i - j;
  });
  return { anchors: tour, rows };

  function at(row: number, place: number): number {
    return sign * relative.at(row, tour[place] as number);
  }
}
