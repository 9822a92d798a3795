import { z } from 'zod';
import { centreInDouble, normaliseInDouble } from '../../linalg/centre';
import { ascendingOrder } from '../../linalg/order';
import { defineMethod, type Outcome, type Representation } from '../method';
import { classesOf } from '../shared/classes';
import { percent } from '../shared/pca';
import { inWords } from '../shared/reading';
import { rowsOfZeros } from '../shared/warnings';
import { consecutivePairs, lacking, PAIR_BYTES, pairsOfRows } from './pairs-of-rows';
import { areaUnder, atFalseAccepts, crossValidated, equalError, verificationCurve } from './verification-curve';
import { acceptedByClass, distancesFigure, hardestTable, rocFigure } from './verification-report';

const parameters = z.object({
  far: z.number().min(1e-6).max(0.5).default(0.001).meta({
    title: 'False accept rate',
    description: 'The share of pairs of two classes that may be accepted, at which the validation rate is given.',
  }),
  pairs: z.enum(['all', 'consecutive']).default('all').meta({
    title: 'Pairs',
    description:
      'all: every pair of rows; consecutive: rows 0 and 1, 2 and 3, and so on, as lists of pairs are written.',
  }),
  'most-pairs': z.int().min(1000).max(50_000_000).default(2_000_000).meta({
    title: 'Pairs at most',
    description: 'Of more, so many are drawn by the seed, half of them of one class if there are as many.',
  }),
  centre: z.enum(['none', 'mean']).default('none').meta({
    title: 'Centre',
    description: 'mean: the mean of all rows is taken off before they are brought to length 1.',
  }),
});

const NOTHING = {
  ...{ auc: null, eer: null, val: null, 'val-threshold': null, accuracy: null, 'accuracy-sd': null, threshold: null },
  ...{ 'same-pairs': null, 'different-pairs': null },
};
const FOLDS = 10;
/** Fewer classes say little of classes that were not seen. */
const FEW_CLASSES = 50;

export const verification = defineMethod({
  id: 'verification',
  kind: 'describe',
  title: 'Verification report',
  summary:
    'Whether two rows are of one class, told by their distance alone: ROC, equal error, validation rate, threshold and the hardest pairs.',
  blindTo:
    'says nothing of classes that are not among the rows: a network separates the classes it was trained on better than others',
  takes: 'one',
  labels: 'required',
  parameters,
  values: [
    { key: 'auc', title: 'Area under the ROC', range: [0, 1] },
    { key: 'eer', title: 'Equal error rate', range: [0, 1] },
    { key: 'val', title: 'Validation rate at the false accept rate', range: [0, 1] },
    { key: 'val-threshold', title: 'Squared distance there', range: [0, 4] },
    { key: 'accuracy', title: 'Balanced accuracy, thresholds from other folds', range: [0, 1] },
    { key: 'accuracy-sd', title: 'Its spread over the folds', range: [0, 1] },
    { key: 'threshold', title: 'Squared distance that separates best', range: [0, 4] },
    { key: 'same-pairs', title: 'Pairs of one class', range: [0, null] },
    { key: 'different-pairs', title: 'Pairs of two classes', range: [0, null] },
  ],
  invariances: ['permutation', 'orthogonal', 'scaling', 'sign'],
  symmetric: false,
  cost: 'O(n² p), or O(m p) for m pairs that are drawn',
  formula:
    'D(i, j) = ‖xᵢ - xⱼ‖² on rows of length 1; VAL(d) and FAR(d): shares of the pairs of one class and of two with D ≤ d; VAL at the largest d with FAR(d) ≤ the rate; equal error: FAR where it is 1 - VAL, on straight lines between the points of the ROC; accuracy and threshold: means over ten folds of pairs of (VAL + 1 - FAR) / 2 at the threshold that is best on the other nine, halfway between two distances',
  tex: String.raw`\mathrm{VAL}(d) = \frac{|\{\text{same}: D \le d\}|}{|\text{same}|}, \qquad \mathrm{FAR}(d) = \frac{|\{\text{different}: D \le d\}|}{|\text{different}|}, \qquad D_{ij} = \lVert x_i - x_j \rVert^2`,
  citation:
    'Schroff, Kalenichenko, Philbin (2015). FaceNet: a unified embedding for face recognition and clustering. CVPR. arXiv:1503.03832',
  async run([input], { far, pairs: which, 'most-pairs': most, centre }, context) {
    const { name, matrix } = input as Representation;
    const { rows: n, columns } = matrix;
    const classes = classesOf(context.rows, n, 1);
    const count = Math.min(most, which === 'consecutive' ? n / 2 : (n * (n - 1)) / 2);
    context.reserve(8 * 3 * n * columns + PAIR_BYTES * count, 'rows of length 1 and their pairs');
    const { matrix: unit, zeroRows } = normaliseInDouble(centre === 'mean' ? centreInDouble(matrix) : matrix);
    context.progress(0.1, 'Distances');
    const pairs =
      which === 'consecutive'
        ? consecutivePairs(unit, classes)
        : await pairsOfRows(unit, classes, most, context.random, context);
    const reason = lacking(pairs);
    if (reason !== null) return { values: NOTHING, warnings: [...classes.left, reason] };
    context.progress(0.5, 'Thresholds');
    context.signal.throwIfAborted();
    const order = ascendingOrder(pairs.distances);
    const curve = verificationCurve(pairs, order);
    const auc = areaUnder(curve);
    const eer = equalError(curve);
    const point = atFalseAccepts(curve, far);
    const alike = pairs.same.reduce((sum, one) => sum + one, 0);
    const unlike = pairs.same.length - alike;
    const foldable = Math.min(alike, unlike) >= FOLDS;
    const folds = foldable ? crossValidated(pairs, FOLDS, context.random, order) : null;
    context.progress(0.9, 'Figures');
    return {
      values: {
        ...{ auc, eer, val: point.val, 'val-threshold': point.threshold },
        accuracy: folds?.accuracy ?? null,
        'accuracy-sd': folds?.sd ?? null,
        threshold: folds?.threshold ?? null,
        'same-pairs': alike,
        'different-pairs': unlike,
      },
      tables: {
        'hardest-same': hardestTable('Pairs of one class that are farthest apart', pairs, order, 1, classes, context),
        'hardest-different': hardestTable('Pairs of two classes that are nearest', pairs, order, 0, classes, context),
      },
      figures: [
        rocFigure(curve, { auc, eer, far, val: point.val }),
        distancesFigure(pairs, folds?.threshold ?? null),
        acceptedByClass(pairs, classes, folds?.threshold ?? point.threshold ?? 0),
      ],
      steps: [
        ...(centre === 'mean' ? ['centred on the mean of all rows'] : []),
        'rows of length 1, squared distances',
        ...(pairs.drawn === '' ? [] : [pairs.drawn]),
        'float64',
      ],
      reading: `Two rows of one class are nearer than two of different classes with probability ${inWords(auc)} (equal error ${percent(eer)}). Where at most ${far} of the wrong pairs may pass, ${percent(point.val)} of the right ones do.`,
      warnings: [
        ...classes.left,
        ...rowsOfZeros(name, zeroRows.length, n, 'at the origin'),
        ...(far * unlike < 10
          ? [
              `A false accept rate of ${far} allows ${Math.floor(far * unlike)} of the ${unlike} pairs of two classes: the validation rate hangs on these few. Give more rows, or a larger rate (far).`,
            ]
          : []),
        ...(point.threshold === null
          ? [
              'No threshold keeps to that false accept rate, so it is empty: the nearest pairs of all are of two classes.',
            ]
          : []),
        ...(foldable
          ? []
          : [
              `There are fewer than ${FOLDS} pairs of one kind: no thresholds were chosen, and their values are empty.`,
            ]),
        ...(classes.names.length < FEW_CLASSES
          ? [
              `${classes.names.length} classes: of classes that a network was not trained on this says little. Verify on held-out ones, better ${FEW_CLASSES} or more.`,
            ]
          : []),
      ],
    } satisfies Outcome;
  },
});
