import { z } from 'zod';
import type { Line } from '../../protocol/figures';
import type { Cell, Table } from '../../protocol/result';
import { type Context, defineMethod, type Outcome, type Representation, type RowStream } from '../method';
import { digits6 } from '../shared/image';
import { inWords } from '../shared/reading';
import { standardisedBytes, type UnitNames } from './correlation';
import { meanOf, type Predicted, type Prediction, predictAll, r2Curve } from './prediction';
import { NOTHING_CORRELATES, requireRows } from './shuffled';
import { correlatedValues, inBlocks, pearsonOnly, unitSums } from './unit-sums';

/** Of every method that predicts units. */
export const predictionParameters = {
  coefficient: z.enum(['pearson', 'rank']).default('pearson').meta({
    title: 'Correlation',
    description:
      'pearson: of the values; rank: of their ranks in each unit, which heavy tails do not dominate. Ranks need all rows in memory.',
  }),
  few: z.int().min(1).max(100).default(6).meta({
    title: 'Few units',
    description: 'How many units may predict another together for it to count as sparsely predicted.',
  }),
  most: z.int().min(1).max(500).default(32).meta({
    title: 'Most units',
    description:
      'The lasso path of a unit ends before the point with more weights than this, also those too small to count.',
  }),
  held: z.number().min(0).max(0.5).default(0.2).meta({
    title: 'Rows held out',
    description:
      'R² is taken on rows held out: each is with this probability, drawn by the seed. Where this share is fewer than 10 rows, or 0, none is: R² is that of the rows fitted to.',
  }),
} as const;

const parameters = z.object({ ...predictionParameters, few: predictionParameters.few.default(3) });
type Choice = z.output<typeof parameters>;

export const sparsePrediction = defineMethod({
  id: 'sparse-prediction',
  kind: 'match',
  title: 'Sparse prediction of units',
  summary: 'Predicts each unit of either representation from as few units of the other as will do.',
  blindTo: 'blind to relations that are not linear, and to codes that are shared by many units at once',
  takes: 'pair',
  parameters,
  values: [
    { key: 'r2', title: 'R² of the second from few units', range: [null, 1], better: 'higher', self: 1 },
    { key: 'r2-reverse', title: 'R² of the first from few units', range: [null, 1], better: 'higher', self: 1 },
    { key: 'r2-all', title: 'R² of the second from all units', range: [null, 1], better: 'higher' },
    { key: 'r2-all-reverse', title: 'R² of the first from all units', range: [null, 1], better: 'higher' },
    { key: 'units', title: 'Mean number of units that predict one of the second', range: [0, null] },
    { key: 'units-reverse', title: 'Mean number of units that predict one of the first', range: [0, null] },
  ],
  invariances: ['permutation', 'scaling', 'translation', 'column-scaling', 'sign'],
  symmetric: false,
  cost: 'O(n(p + q)² + pq(p + q) + s² pq) with s units at most on a path',
  formula:
    'for each unit y of one side: w(λ) = argmin ‖y - Xw‖² / 2n + λ Σ|w| on standardised units, 20 penalties from max |Xᵀy| / n down to a thousandth, evenly by their logarithms, or until w has more weights than the most units, however small; after that units of less than a thousandth of the largest weight do not count; r2 = mean over y of the held-out R² of least squares on the units of one point: of those with no more than the few, at the largest λ at which the held-out error of w itself is within a standard error, √(2 / h) of it for h rows held out, of the least; r2-all = the same of least squares on all units, by the shortest weights where several fit alike; units: their number at the λ that is so chosen of all. Without rows held out: the last of these points',
  tex: String.raw`\hat w(\lambda) = \arg\min_w \tfrac{1}{2n}\lVert y - Xw\rVert^2 + \lambda\lVert w\rVert_1, \qquad R^2 = 1 - \frac{\lVert y - X_S\,\hat\beta_S\rVert^2}{\lVert y\rVert^2}, \quad S = \{j : \hat w_j \ne 0\},\ |S| \le s`,
  citation:
    'Li, Yosinski, Clune, Lipson, Hopcroft (2016). Convergent learning: do different neural networks learn the same representations? ICLR. arXiv:1511.07543; Friedman, Hastie, Tibshirani (2010). Regularization paths for generalized linear models via coordinate descent. J. Stat. Softw. 33(1)',
  async run(inputs, chosen, context) {
    const used = correlatedValues(inputs as readonly Representation[], chosen.coefficient, context);
    return predicted(inBlocks(used, context), chosen, context);
  },
  room: standardisedBytes,
  stream: (stream, chosen, context) => predicted(pearsonOnly(stream, chosen), chosen, context),
});

async function predicted(stream: RowStream, chosen: Choice, context: Context): Promise<Outcome> {
  requireRows(stream.rows);
  const { random } = context;
  const sums = await unitSums(stream, { ...chosen, listed: 1, seed: random.seed }, context, 0.4);
  const [x, y] = sums.units;
  const { warnings, steps } = sums;
  if (x.kept.length === 0 || y.kept.length === 0) {
    const keys = ['r2', 'r2-reverse', 'r2-all', 'r2-all-reverse', 'units', 'units-reverse'];
    const values = Object.fromEntries(keys.map((key) => [key, null]));
    return { values, steps, warnings: [...warnings, NOTHING_CORRELATES] };
  }
  const there = await predictAll(sums, 'a', chosen, context, [0.4, 0.7]);
  const back = await predictAll(sums, 'b', chosen, context, [0.7, 1]);
  const few = (predictions: readonly Prediction[]) => meanOf(predictions, (one) => one.few.refit);
  const units = (predictions: readonly Prediction[]) => meanOf(predictions, unitsNeeded);
  const r2 = few(there.predictions);
  return {
    values: {
      ...{ r2, 'r2-reverse': few(back.predictions) },
      'r2-all': meanOf(there.predictions, ({ whole }) => whole),
      'r2-all-reverse': meanOf(back.predictions, ({ whole }) => whole),
      ...{ units: units(there.predictions), 'units-reverse': units(back.predictions) },
    },
    tables: {
      units: predictionTable(there.predictions, y, x),
      'units-reverse': predictionTable(back.predictions, x, y),
    },
    figures: [curveFigure([there.predictions, back.predictions], sums.units, chosen.most, sums.held !== null)],
    steps,
    reading: `At most ${chosen.few} units of ${x.name} predict a unit of ${y.name} with an R² of ${inWords(r2)} on average; all of them with ${inWords(meanOf(there.predictions, ({ whole }) => whole))}.`,
    warnings: [...warnings, ...lassoWarnings(there, back)],
  };
}

/** At the standard-error rule; of those rows fitted to, where none are held out, at the end of the path. */
function unitsNeeded({ chosen, path }: Prediction): number {
  return chosen ?? path.at(-1)?.places.length ?? 0;
}

export function lassoWarnings(there: Predicted, back: Predicted): string[] {
  const [stopped, repeated] = [there.unconverged + back.unconverged, there.repeated + back.repeated];
  const warnings: string[] = [];
  if (stopped > 0)
    warnings.push(
      `The descent of ${stopped === 1 ? '1 unit was ended before its' : `${stopped} units were ended before their`} weights stood still, for predictors nearly repeat each other: which of these carry the weight says little.`,
    );
  if (repeated > 0)
    warnings.push(
      `Least squares has no answer for some of the predictors chosen for ${repeated === 1 ? '1 unit' : `${repeated} units`}, which repeat each other to rounding, as where one row lies far from all others: R² there is that of the lasso's weights.`,
    );
  return warnings;
}

/** @param others the units that predict */
function predictionTable(predictions: readonly Prediction[], own: UnitNames, others: UnitNames): Table {
  const rows = predictions.map(({ few, whole, ...rest }, k): Cell[] => [
    own.kept[k] as number,
    few.places.length,
    few.refit,
    few.lasso,
    whole,
    unitsNeeded({ few, whole, ...rest }),
    predictors({ few }, others),
  ]);
  return {
    title: `Units of ${own.name} predicted from ${others.name}`,
    columns: ['unit', 'few units', 'R²', 'R² of the lasso', 'R² from all', 'units by standard error', 'predictors'],
    rows: rows.sort((a, b) => Number(b[2]) - Number(a[2]) || Number(a[0]) - Number(b[0])),
  };
}

/** "0 +0.71, 5 +0.57": the units that predict, the weightiest first, and their standardised weights. */
export function predictors({ few: { places, weights } }: Pick<Prediction, 'few'>, others: UnitNames): string {
  return [...places.keys()]
    .sort((a, b) => Math.abs(weights[b] as number) - Math.abs(weights[a] as number) || a - b)
    .map((i) => {
      const weight = weights[i] as number;
      return `${others.kept[places[i] as number]} ${weight < 0 ? '−' : '+'}${Math.abs(weight).toFixed(2)}`;
    })
    .join(', ');
}

/** R² against the number of units that may predict, for both directions. */
export function curveFigure(
  [there, back]: readonly [readonly Prediction[], readonly Prediction[]],
  [x, y]: readonly [UnitNames, UnitNames],
  most: number,
  held: boolean,
): Line {
  const curve = (predictions: readonly Prediction[], target: UnitNames, source: UnitNames) => {
    const { units, refit, lasso } = r2Curve(predictions, Math.min(most, source.kept.length));
    const of = (values: readonly number[]) => values.map(digits6);
    const name = `${target.name} from ${source.name}`;
    return [
      { name, x: units, y: of(refit) },
      { name: `${target.name}, lasso weights`, x: units, y: of(lasso), dashed: true, of: name },
    ];
  };
  const series = [...curve(there, y, x), ...curve(back, x, y)];
  const lowest = Math.min(0, ...series.flatMap(({ y: values }) => values.map((value) => value ?? 0)));
  return {
    id: 'sparse-prediction',
    kind: 'line',
    title: 'R² by the number of units that predict',
    caption: `Mean over units, ${held ? 'on rows held out' : 'on the rows fitted to'}. The lasso chooses the units; least squares on them gives the solid lines, the lasso's own weights the dashed ones. From all units: ${inWords(meanOf(there, ({ whole }) => whole))} and ${inWords(meanOf(back, ({ whole }) => whole))}.`,
    x: { label: 'units at most' },
    y: { label: held ? 'held-out R²' : 'R²', domain: [lowest, 1] },
    series,
  };
}
