import { Matrix } from '../../../linalg/matrix';
import { dot } from '../../../linalg/norms';
import { pearson } from '../../../linalg/ranks';
import { ranksOf } from '../../compare/pair-list';
import type { Context } from '../../method';
import { poincareDistance } from '../../shared/poincare';

/** Rows of which all distances are compared with those on the disc. */
const JUDGED = 500;
export const NEIGHBOURS = 10;

export interface Judged {
  readonly rows: number;
  /** Neighbours looked at, fewer than all others. */
  readonly k: number;
  readonly kept: number | null;
  readonly shepard: number | null;
  readonly preservation: number | null;
}

/** How the distances on the disc are those in the ball. */
export function judge(ball: Matrix<Float64Array>, disc: Matrix<Float64Array>, c: number, context: Context): Judged {
  const places = context.random.atMost(ball.rows, JUDGED);
  const m = places.length;
  const [a, b] = [distancesIn(ball.takeRows(places), c, context), distancesIn(disc.takeRows(places), c, context)];
  const k = Math.min(NEIGHBOURS, m - 2);
  let [kept, preservation, defined] = [0, 0, 0];
  for (let i = 0; i < m; i++) {
    // Of distances that differ by rounding alone the ranks are equal.
    const [own, other] = [ranksOf(without(a.row(i), i)), ranksOf(without(b.row(i), i))];
    const rank = pearson(own, other);
    if (Number.isFinite(rank)) [preservation, defined] = [preservation + rank, defined + 1];
    if (k < 1) continue;
    const near = new Set(nearestOf(own, k));
    kept += nearestOf(other, k).filter((j) => near.has(j)).length / (k * m);
  }
  const pairs = (d: Matrix<Float64Array>) =>
    Float64Array.from({ length: m }, (_, i) => i).reduce<number[]>((all, i) => {
      for (let j = i + 1; j < m; j++) all.push(d.at(i, j));
      return all;
    }, []);
  const shepard = pearson(Float64Array.from(pairs(a)), Float64Array.from(pairs(b)));
  return {
    rows: m,
    k,
    kept: k < 1 ? null : Math.min(1, kept),
    shepard: Number.isFinite(shepard) ? shepard : null,
    preservation: defined > 0 ? preservation / defined : null,
  };
}

function distancesIn(x: Matrix<Float64Array>, c: number, { signal }: Pick<Context, 'signal'>): Matrix<Float64Array> {
  const out = Matrix.zeros(x.rows, x.rows);
  const squares = Array.from({ length: x.rows }, (_, i) => dot(x.row(i), x.row(i)));
  for (let i = 0; i < x.rows; i++) {
    signal.throwIfAborted();
    for (let j = i + 1; j < x.rows; j++) {
      const d = poincareDistance(x.row(i), x.row(j), c, squares[i], squares[j]);
      out.data[i * x.rows + j] = out.data[j * x.rows + i] = d;
    }
  }
  return out;
}

function without(values: Float64Array, place: number): Float64Array {
  return values.filter((_, j) => j !== place);
}

export function nearestOf(values: Float64Array, k: number): number[] {
  return Array.from(values.keys())
    .sort((a, b) => (values[a] as number) - (values[b] as number) || a - b)
    .slice(0, k);
}
