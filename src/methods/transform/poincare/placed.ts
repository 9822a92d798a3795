import { centreInDouble, rowNorms } from '../../../linalg/centre';
import { Matrix } from '../../../linalg/matrix';
import { dot } from '../../../linalg/norms';
import { median } from '../../../linalg/ranks';
import { UserError } from '../../../protocol/errors';
import { count } from '../../../protocol/words';
import { EDGE, expCentre, logCentre, mobiusAdd, negative } from '../../shared/poincare';
import { rowsOfZeros } from '../../shared/warnings';

interface Lift {
  /** Length of the median row before lifting. */
  readonly scale: number;
  readonly centre: boolean;
  readonly curvature: number;
}

interface Normalised {
  readonly normalise: 'none' | 'midpoint' | 'variance';
  readonly curvature: number;
}

/** Rows that are points of the ball already. @throws UserError where one is not */
export function given(name: string, matrix: Matrix, c: number) {
  const ball = matrix.toDouble();
  const norms = rowNorms(ball);
  const outside = norms.findIndex((norm) => !(Math.sqrt(c) * norm < 1));
  if (outside >= 0)
    throw new UserError(
      `Row ${outside} of ${name} has length ${norms[outside]?.toPrecision(4)}: points of a ball of curvature -${c} are shorter than ${(1 / Math.sqrt(c)).toPrecision(4)}. Lift the rows (input = lift), or give the curvature they were made for.`,
    );
  const edge = norms.filter((norm) => Math.sqrt(c) * norm > 1 - EDGE).length;
  return {
    ...{ ball, steps: ['rows taken as points of the ball'] },
    warnings: edge > 0 ? [`${edge} rows lie within ${EDGE} of the edge, where distances have few digits.`] : [],
  };
}

/** Rows of flat space, scaled and carried into the ball. */
export function lifted(name: string, matrix: Matrix, { scale, centre, curvature: c }: Lift) {
  const flat = centre ? centreInDouble(matrix) : matrix.toDouble();
  const norms = rowNorms(flat);
  const middle = median(norms);
  // Where most rows are zero, the longest stands for all.
  const typical = middle > 0 ? middle : norms.reduce((most, norm) => Math.max(most, norm), 0);
  const ball = Matrix.zeros(flat.rows, flat.columns);
  let clipped = 0;
  for (let i = 0; i < flat.rows; i++) {
    const point = expCentre(
      flat.row(i).map((value) => (typical > 0 ? (scale * value) / typical : 0)),
      c,
    );
    const length = Math.sqrt(c * dot(point, point));
    if (length > 1 - EDGE) clipped++;
    const factor = length > 1 - EDGE ? (1 - EDGE) / length : 1;
    ball.row(i).set(point.map((value) => factor * value));
  }
  const zeros = norms.filter((norm) => norm === 0).length;
  return {
    ball,
    steps: [
      ...(centre ? ['columns centred'] : []),
      `median length brought to ${scale}, then lifted at the centre, curvature -${c}`,
    ],
    warnings: [
      ...(zeros > 0 && !centre ? rowsOfZeros(name, zeros, flat.rows) : []),
      ...(clipped > 0
        ? [
            `${count(clipped)} of ${count(flat.rows)} rows would lie within ${EDGE} of the edge and were put there: lower the scale.`,
          ]
        : []),
    ],
  };
}

/** The midpoint moved to the centre, and the variance to 1, as is asked. */
export function inside(
  ball: Matrix<Float64Array>,
  middle: Float64Array,
  variance: number,
  { normalise, curvature: c }: Normalised,
) {
  if (normalise === 'none') return { placed: ball, moved: [] };
  const back = negative(middle);
  const factor = normalise === 'variance' && variance > 0 ? 1 / Math.sqrt(variance) : 1;
  const placed = Matrix.zeros(ball.rows, ball.columns);
  for (let i = 0; i < ball.rows; i++) {
    const point = mobiusAdd(back, ball.row(i), c);
    placed.row(i).set(
      factor === 1
        ? point
        : expCentre(
            logCentre(point, c).map((value) => factor * value),
            c,
          ),
    );
  }
  const moved = [
    'midpoint moved to the centre',
    ...(factor === 1 ? [] : ['mean squared distance from it brought to 1']),
  ];
  return { placed, moved };
}
