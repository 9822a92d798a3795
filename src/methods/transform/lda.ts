import { z } from 'zod';
import { columnMeans } from '../../linalg/centre';
import { Matrix } from '../../linalg/matrix';
import { multiply } from '../../linalg/products';
import { svd } from '../../linalg/svd';
import { count, some as firstOf, plural } from '../../protocol/words';
import { type Context, defineMethod, type Outcome, type Representation } from '../method';
import { ranged } from '../shared/centred';
import { classesOf } from '../shared/classes';
import { percent } from '../shared/pca';
import { dimensionsParameter, faithfulnessValues, fixSigns, judgeParameters, mapOutcome } from './map';

/** As scikit-learn's solver by singular values: what is below this beside the largest is no direction. */
const TOLERANCE = 1e-4;
/** Differences of means, over the deviation, that are none. */
const NONE = 1e-12;

const parameters = z.object({ dimensions: dimensionsParameter, ...judgeParameters });

export const lda = defineMethod({
  id: 'lda',
  kind: 'transform',
  title: 'Supervised LDA',
  summary:
    'Linear discriminant analysis: shows the rows along the directions that tell the classes of the labels apart best, relative to their spread.',
  blindTo:
    'blind to everything that does not tell the given classes apart; with as many units as rows it parts random labels too',
  takes: 'one',
  labels: 'optional',
  parameters,
  values: [
    ...faithfulnessValues,
    { key: 'separation', title: 'Share of the separation of classes that is shown', range: [0, 1] },
    { key: 'classes', title: 'Classes', range: [0, null] },
  ],
  invariances: ['permutation', 'orthogonal', 'scaling', 'translation', 'sign'],
  symmetric: false,
  cost: 'O(n p min(n, p))',
  formula:
    'leading eigenvectors of S_w^-1 S_b, by singular values: units over their deviation within classes, turned and scaled to variance 1 there along the directions that vary at all, then the means of the classes, weighted by their sizes; shares are squared singular values of the means',
  tex: String.raw`S_b\,a = \lambda\,S_w\,a, \qquad S_w = \tfrac{1}{n-C}\sum_c \sum_{i \in c} (x_i-\mu_c)(x_i-\mu_c)^{\top}, \quad S_b = \tfrac{1}{C-1}\sum_c n_c (\mu_c-\mu)(\mu_c-\mu)^{\top}`,
  citation: 'Fisher (1936). The use of multiple measurements in taxonomic problems. Annals of Eugenics 7',
  async run([input], chosen, context) {
    const { name, matrix } = ranged(input as Representation);
    const { names, rows: labelled, of, label } = classesOf(context.rows, matrix.rows, 2);
    const classes = { count: names.length, rows: labelled, index: labelled.map((i) => of[i] as number) };
    context.reserve(8 * 5 * matrix.rows * matrix.columns, 'the discriminant directions');
    context.progress(0.1, 'Discriminant directions');
    const { scalings, mean, shares, lost, still } = await discriminants(matrix, classes, context);
    const shown = Math.min(chosen.dimensions, scalings.columns);
    const map = Matrix.zeros(matrix.rows, chosen.dimensions);
    if (shown > 0) {
      const centred = shifted(matrix, mean);
      const scores = await multiply(centred, scalings, context);
      for (let i = 0; i < map.rows; i++) map.row(i).set(scores.row(i).subarray(0, shown));
    }
    fixSigns(map);
    const others = matrix.rows - labelled.length;
    const separation = shares.length > 0 ? shares.subarray(0, shown).reduce((sum, share) => sum + share, 0) : null;
    const outcome = await mapOutcome(
      {
        ...{ name, of: matrix, map, metric: 'euclidean' },
        axes: Array.from({ length: 3 }, (_, c) =>
          c < shown
            ? `LD ${c + 1} (${percent(shares[c] as number)} of separation)`
            : `LD ${c + 1} (nothing left to tell apart)`,
        ),
        title: 'Discriminant directions',
        caption: `Each point is a row, along the directions that part the ${classes.count} classes best. The labels were used: that classes are apart here is no finding by itself.`,
      },
      chosen,
      context,
    );
    return {
      ...outcome,
      values: { ...outcome.values, separation, classes: classes.count },
      representations: outcome.representations.map((made) => ({ ...made, name: `${name} LDA` })),
      steps: [`labels used: ${label}`, ...outcome.steps],
      reading:
        separation === null
          ? lost
            ? 'The rows of each class are all the same: the classes are apart, by no measure of spread.'
            : 'No direction tells the classes apart.'
          : `The directions shown hold ${percent(separation)} of what tells ${classes.count} classes apart, relative to their spread. ${outcome.reading}`,
      warnings: [
        ...(others > 0
          ? [
              `${plural(others, 'row')} ${others === 1 ? 'is' : 'are'} of no class of two rows or more: shown, but without a part in choosing the directions.`,
            ]
          : []),
        ...(separation === null
          ? [
              lost
                ? 'The rows of each class are all the same: there is no spread within classes to measure their separation by. Draw them by PCA.'
                : 'The means of the classes are the same: no share of the separation can be shown.',
            ]
          : []),
        ...(separation !== null && lost && (still.length > 0 || matrix.columns < classes.rows.length - classes.count)
          ? [lostWords(still, matrix.columns)]
          : []),
        ...(matrix.columns >= classes.rows.length - classes.count
          ? [
              `${matrix.columns} units, ${classes.rows.length} rows: with so many units any labels can be told apart. Reduce by PCA first.`,
            ]
          : []),
        ...(separation !== null && shown < chosen.dimensions
          ? [`${classes.count} classes are told apart by ${plural(shown, 'direction')} at most.`]
          : []),
        ...outcome.warnings,
      ],
    } satisfies Outcome;
  },
});

function lostWords(still: readonly number[], units: number): string {
  const where =
    still.length > 0
      ? `in ${count(still.length)} of ${plural(units, 'unit')} that ${still.length === 1 ? 'has' : 'have'} one value within each class (${firstOf(still.map(String), 5)})`
      : 'along directions in which the rows of a class do not vary';
  return `Classes differ ${where}: there is no spread to measure that by, and it has no share in the map.`;
}

export interface Discriminants {
  /** p x m, in columns: X less `mean` times these are the coordinates, of unit variance within classes. */
  readonly scalings: Matrix<Float64Array>;
  readonly mean: Float64Array;
  /** Of the separation along each. */
  readonly shares: Float64Array;
  /** Whether the means differ where the rows of a class do not vary, which no direction holds. */
  readonly lost: boolean;
  /** Units of which all this is true. */
  readonly still: readonly number[];
}

/** Of a mean: what is left of equal values once it is taken away. */
const ROUNDING = 16 * Number.EPSILON;

/** By two singular value decompositions, without a covariance matrix; singular spreads within classes lose directions. */
export async function discriminants(
  x: Matrix,
  { count, rows, index }: { count: number; rows: Int32Array; index: Int32Array },
  { signal }: Pick<Context, 'signal'>,
): Promise<Discriminants> {
  const some = x.takeRows(rows).toDouble();
  const [n, p] = [some.rows, some.columns];
  const mean = columnMeans(some);
  const sizes = new Int32Array(count);
  for (const c of index) sizes[c] = (sizes[c] as number) + 1;
  const means = Matrix.zeros(count, p);
  for (let c = 0; c < count; c++) {
    const own = Array.from({ length: n }, (_, i) => i).filter((i) => index[i] === c);
    means.row(c).set(columnMeans(some.takeRows(own)));
  }
  const within = shifted(some, new Float64Array(p));
  const spread = new Float64Array(p);
  const largest = new Float64Array(p);
  for (let i = 0; i < n; i++) {
    const row = within.row(i);
    const own = means.row(index[i] as number);
    for (let j = 0; j < p; j++) {
      const [value, centre] = [row[j] as number, own[j] as number];
      row[j] = Math.abs(value - centre) > ROUNDING * Math.abs(centre) ? value - centre : 0;
      largest[j] = Math.max(largest[j] as number, Math.abs(value));
      spread[j] = (spread[j] as number) + (row[j] as number) ** 2 / n;
    }
  }
  const deviation = spread.map((value, j) => (value > 0 ? Math.sqrt(value) : largest[j] || 1));
  const factor = 1 / Math.sqrt(n - count);
  for (let i = 0; i < n; i++) {
    const row = within.row(i);
    for (let j = 0; j < p; j++) row[j] = ((row[j] as number) * factor) / (deviation[j] as number);
  }
  const first = await svd(within, { signal });
  const rank = first.s.filter((value) => value > TOLERANCE).length;
  const whitening = first.v.columnBand(0, rank);
  for (let j = 0; j < p; j++) {
    const row = whitening.row(j);
    for (let r = 0; r < rank; r++) row[r] = (row[r] as number) / (deviation[j] as number) / (first.s[r] as number);
  }
  const between = Matrix.zeros(count, p);
  const apart = new Float64Array(p);
  for (let c = 0; c < count; c++) {
    const weight = Math.sqrt((sizes[c] as number) / (count - 1));
    for (let j = 0; j < p; j++) {
      const value = weight * (means.at(c, j) - (mean[j] as number));
      between.row(c)[j] = value;
      apart[j] = (apart[j] as number) + (value / (deviation[j] as number)) ** 2;
    }
  }
  const still = Array.from({ length: p }, (_, j) => j).filter(
    (j) => spread[j] === 0 && (apart[j] as number) > NONE ** 2,
  );
  const all = apart.reduce((sum, value) => sum + value, 0);
  if (rank === 0)
    return { scalings: Matrix.zeros(p, 0), mean, shares: new Float64Array(), lost: still.length > 0, still };
  const along = await multiply(between, whitening, { signal });
  let held = 0;
  for (const [k, value] of along.data.entries()) held += (value * (first.s[k % rank] as number)) ** 2;
  const second = await svd(along, { signal });
  const most = Math.min(count - 1, rank);
  const kept = Array.from({ length: most }, (_, c) => c).filter(
    (c) => (second.s[c] as number) > TOLERANCE * (second.s[0] as number) && (second.s[c] as number) > NONE,
  );
  const total = second.s.reduce((sum, value) => sum + value * value, 0);
  return {
    scalings: await multiply(whitening, second.v.takeColumns(kept), { signal }),
    mean,
    shares: Float64Array.from(kept, (c) => (second.s[c] as number) ** 2 / total),
    lost: all - held > 1e-9 * all && all - held > NONE ** 2,
    still,
  };
}

/** In float64, less a row. */
export function shifted(x: Matrix, by: Float64Array): Matrix<Float64Array> {
  const data = new Float64Array(x.data.length);
  for (let i = 0, k = 0; i < x.rows; i++)
    for (let j = 0; j < x.columns; j++, k++) data[k] = (x.data[k] as number) - (by[j] as number);
  return new Matrix(data, x.rows, x.columns);
}
