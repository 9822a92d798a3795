import { z } from 'zod';
import { centreInDouble } from '../../linalg/centre';
import { Matrix } from '../../linalg/matrix';
import { crossProduct, multiply } from '../../linalg/products';
import { qr } from '../../linalg/qr';
import { svd } from '../../linalg/svd';
import { scale } from '../../linalg/vectors';
import { UserError } from '../../protocol/errors';
import { plural } from '../../protocol/words';
import { needsRows } from '../embed/made';
import { type Context, defineMethod, type Outcome, type Representation } from '../method';
import { inRange, rangeExponent } from '../shared/centred';
import { percent, principalAxes } from '../shared/pca';
import { faithfulnessValues, fixSigns, judgeParameters, mapOutcome } from './map';

/** Up to so many rows or columns, whichever are fewer, all eigenvalues are found. */
const EXACT = 1500;
const OVERSAMPLING = 10;
const POWERS = 7;

const parameters = z.object({
  dimensions: z.int().min(2).max(4096).default(2).meta({
    title: 'Dimensions',
    description:
      'Principal components to keep, the widest first. The picture shows the first two, or the first three of three or more.',
  }),
  solver: z.enum(['auto', 'exact', 'randomised']).default('auto').meta({
    title: 'Solver',
    description:
      'exact: all eigenvalues of the smaller product of rows or columns. randomised: the range of X after 7 power iterations from a random start with 10 further directions. auto: exact up to 1,500 rows or columns.',
  }),
  ...judgeParameters,
});

export const pca = defineMethod({
  id: 'pca',
  kind: 'transform',
  title: 'PCA',
  summary:
    'Dimension reduction: turns the representation so that its first axes, the principal components, are those along which the rows vary most, and keeps these.',
  blindTo: 'blind to structure in directions of little variance, and to anything that is not flat',
  takes: 'one',
  labels: 'optional',
  parameters,
  values: [
    ...faithfulnessValues,
    { key: 'kept', title: 'Share of the variance that is kept', range: [0, 1] },
    { key: 'dimensions', title: 'Dimensions', range: [0, null] },
  ],
  invariances: ['permutation', 'orthogonal', 'translation', 'sign'],
  symmetric: false,
  cost: 'O(n p min(n, p)); randomised O(n p k)',
  formula: 'X_c V_k, columns centred, X_c = U S V^T; the largest coordinate on each axis is positive; not whitened',
  tex: String.raw`X_c V_k, \qquad X_c = X - \tfrac1n \mathbf{1}\mathbf{1}^{\top} X = U \Sigma V^{\top}`,
  citation:
    'Jolliffe (2002). Principal component analysis. Halko, Martinsson, Tropp (2011). Finding structure with randomness. SIAM Review 53',
  async run([input], chosen, context) {
    const { name, matrix } = input as Representation;
    needsRows(matrix.rows, 'row');
    const smaller = Math.min(matrix.rows, matrix.columns);
    if (matrix.columns < 2) throw new UserError(`${name} has one column: there is nothing to turn. Draw it as it is.`);
    const exact = chosen.solver === 'exact' || (chosen.solver === 'auto' && smaller <= EXACT);
    context.reserve(
      8 * (2 * matrix.rows * matrix.columns + (exact ? 4 * smaller * smaller : 0)),
      'the principal components',
    );
    context.progress(0.1, 'Principal components');
    const centred = centreInDouble(inRange(matrix));
    const wanted = Math.min(chosen.dimensions, smaller);
    const axes = exact
      ? (await principalAxes(centred, wanted, context)).axes
      : await randomisedAxes(centred, wanted, context);
    context.signal.throwIfAborted();
    const found = axes.columns;
    const map = Matrix.zeros(matrix.rows, Math.max(1, found));
    if (found > 0) {
      const scores = await multiply(centred, axes, context);
      for (let i = 0; i < map.rows; i++) map.row(i).set(scores.row(i));
    }
    fixSigns(map);
    const total = squares(centred.data, 1, 0);
    const shares = Array.from({ length: found }, (_, c) => squares(map.data, map.columns, c) / total);
    const kept =
      total > 0
        ? Math.min(
            1,
            shares.reduceRight((sum, share) => sum + share, 0),
          )
        : null;
    scale(map.data, 2 ** rangeExponent(matrix));
    const outcome = await mapOutcome(
      {
        ...{ name, of: matrix, map, metric: 'euclidean' },
        axes: Array.from({ length: 3 }, (_, c) =>
          c < found ? `PC ${c + 1} (${percent(shares[c] as number)} of variance)` : `PC ${c + 1} (no variance)`,
        ),
        title: 'Principal components',
        caption: `Each point is a row, seen along the directions that vary most${found > 3 ? `, the first three of them; the faithfulness is that of all ${found} components` : ''}.`,
      },
      chosen,
      context,
    );
    return {
      ...outcome,
      values: { ...outcome.values, kept, dimensions: found },
      representations: outcome.representations.map((made) => ({ ...made, name: `${name} PCA` })),
      steps: [
        'columns centred',
        exact ? 'all eigenvalues found' : `randomised: ${POWERS} power iterations, seed ${context.random.seed}`,
        ...outcome.steps,
      ],
      reading:
        kept === null
          ? 'All rows are the same: there is no direction in which they vary.'
          : `The first ${found === 1 ? 'component keeps' : `${found} components keep`} ${percent(kept)} of the variance. ${outcome.reading}`,
      warnings: [
        ...(kept === null
          ? ['All rows are the same: no share of the variance can be kept, and one column of zeros is written.']
          : []),
        ...(kept !== null && found < chosen.dimensions
          ? [`The rows span ${plural(found, 'dimension')}; ${chosen.dimensions} were asked for.`]
          : []),
        ...outcome.warnings,
      ],
    } satisfies Outcome;
  },
});

/** The leading right singular vectors, p x k in columns: Halko, Martinsson and Tropp 2011, algorithms 4.4 and 5.1. */
export async function randomisedAxes(
  x: Matrix<Float64Array>,
  k: number,
  context: Pick<Context, 'random' | 'signal' | 'progress'>,
): Promise<Matrix<Float64Array>> {
  const width = Math.min(x.rows, x.columns, k + OVERSAMPLING);
  const unit = Matrix.identity(width);
  const orthonormal = async (y: Matrix<Float64Array>) => (await qr(y, 1, context.signal)).times(unit);
  const start = Float64Array.from({ length: x.columns * width }, () => context.random.normal());
  let basis = await orthonormal(new Matrix(start, x.columns, width));
  for (let power = 0; power < POWERS; power++) {
    context.progress(0.1 + (0.6 * power) / POWERS, `Principal components, round ${power + 1}`);
    const image = await orthonormal(await multiply(x, basis, context));
    basis = await orthonormal((await crossProduct(x, image, context)) as Matrix<Float64Array>);
  }
  const { s, v } = await svd(await multiply(x, basis, context), context);
  const least = Math.max(x.rows, x.columns) * Number.EPSILON * (s[0] ?? 0);
  const kept = Array.from({ length: k }, (_, c) => c).filter((c) => (s[c] ?? 0) > least);
  return multiply(basis, v.takeColumns(kept), context);
}

function squares(values: Float64Array, step: number, from: number): number {
  let sum = 0;
  for (let k = from; k < values.length; k += step) sum += (values[k] as number) ** 2;
  return sum;
}
