import type { Matrix } from '../../../linalg/matrix';
import type { Cell, Table } from '../../../protocol/result';
import type { Context } from '../../method';
import type { Classes } from '../../shared/classes';
import { depthOf, midpoint, poincareDistance, varianceAbout } from '../../shared/poincare';
import { nearestOf } from './judged';

/** Midpoints of classes, how deep they are, and whether a row is nearest to that of its class. */
export function byClass(
  ball: Matrix<Float64Array>,
  flat: Matrix,
  classes: Classes,
  c: number,
  context: Context,
): Table {
  const groups = classes.groups.map((group) => Array.from(group, (i) => ball.row(i)));
  const middles = groups.map((rows) => midpoint(rows, c));
  const means = classes.groups.map((group) => {
    const part = flat.takeRows(group).toDouble();
    return Float64Array.from(
      { length: flat.columns },
      (_, j) => part.column(j).reduce((sum, v) => sum + v, 0) / part.rows,
    );
  });
  const right = groups.map(() => ({ ball: 0, flat: 0 }));
  for (const i of classes.rows) {
    context.signal.throwIfAborted();
    const own = classes.of[i] as number;
    const hyperbolic = middles.map((at) => poincareDistance(ball.row(i), at, c));
    const row = flat.row(i);
    const euclidean = means.map((mean) => mean.reduce((sum, value, j) => sum + (value - (row[j] as number)) ** 2, 0));
    const tally = right[own] as { ball: number; flat: number };
    if (nearestOf(Float64Array.from(hyperbolic), 1)[0] === own) tally.ball++;
    if (nearestOf(Float64Array.from(euclidean), 1)[0] === own) tally.flat++;
  }
  const total = classes.rows.length;
  const sum = (key: 'ball' | 'flat') => right.reduce((all, tally) => all + tally[key], 0) / total;
  return {
    title: 'Classes in the ball',
    columns: [
      classes.label,
      'rows',
      'depth of the midpoint',
      'variance about it',
      'nearest to it',
      'nearest to the flat mean',
    ],
    rows: [
      ...classes.names.map((label, k): Cell[] => {
        const rows = groups[k] as Float64Array[];
        const at = middles[k] as Float64Array;
        const tally = right[k] as { ball: number; flat: number };
        return [
          label,
          rows.length,
          depthOf(at, c),
          varianceAbout(rows, at, c),
          tally.ball / rows.length,
          tally.flat / rows.length,
        ];
      }),
      ['all', total, null, null, sum('ball'), sum('flat')],
    ],
  };
}
