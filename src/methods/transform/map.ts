import { z } from 'zod';
import type { Matrix } from '../../linalg/matrix';
import type { ValueDescription } from '../../protocol/catalogue';
import type { Scatter } from '../../protocol/figures';
import type { Interval } from '../../protocol/result';
import { count, plural } from '../../protocol/words';
import type { Context, Outcome } from '../method';
import { drawnRows, MAPPED, pointsOf } from '../shared/points';
import { type Faithfulness, faithfulness, type MapMetric } from './faithfulness';

/** Whose distances a map is to keep. */
export const metricParameter = z.enum(['euclidean', 'cosine', 'correlation']).default('euclidean').meta({
  title: 'Distance',
  description:
    'Between rows of the representation: euclidean, cosine (1 - cosine) or correlation (1 - Pearson). The map itself is read by Euclidean distance.',
});

export const dimensionsParameter = z
  .int()
  .min(2)
  .max(3)
  .default(2)
  .meta({ title: 'Dimensions', description: 'Reduction to a map of 2 or 3.' });

/** How a map is judged: the same parameters in every method that makes one. */
export const judgeParameters = {
  'judged-rows': z.int().min(0).max(1_000_000).default(0).meta({
    title: 'Judged rows',
    description:
      'Faithfulness is measured on so many rows, drawn at random where there are more, the neighbours of each against all rows, distances among those drawn; with all of them it is exact. 0: 2,000, or of more than 100,000 rows fewer, so that a map is not waited for: as many as make 200 million distances, but no fewer than 100.',
  }),
  'judged-neighbours': z.int().min(1).max(1000).default(10).meta({
    title: 'Judged neighbours',
    description:
      'The k of trustworthiness and continuity (Venna, Kaski 2001) and of the share of the k nearest that are the same; fewer than half of the rows. Of equally near rows the lower is nearer.',
  }),
} as const;

interface Judge {
  readonly 'judged-rows': number;
  readonly 'judged-neighbours': number;
}

export const faithfulnessValues = [
  { key: 'trustworthiness', title: 'Trustworthiness: map neighbours are real', range: [0, 1], better: 'higher' },
  { key: 'continuity', title: 'Continuity: real neighbours stay near', range: [0, 1], better: 'higher' },
  { key: 'kept-neighbours', title: 'Share of neighbours kept', range: [0, 1], better: 'higher' },
  { key: 'shepard', title: 'Shepard correlation of distances (Pearson)', range: [-1, 1], better: 'higher' },
  {
    key: 'distance-preservation',
    title: 'Distance preservation (Spearman, mean over rows)',
    range: [-1, 1],
    better: 'higher',
  },
] as const satisfies readonly ValueDescription[];

const DEFINITIONS = [
  'T = 1 - 2 / (n k (2n - 3k - 1)) Σ max(0, r(i,j) - k) over the k nearest j of each i on the map, r the rank by distance in the representation (Venna and Kaski 2001)',
  'the same with the map and the representation exchanged',
  'the mean over rows of |k nearest in both| / k',
  "Pearson's correlation of the distances of pairs of rows, in the representation and on the map",
  "Spearman's correlation of the distances from a row, in the mean over rows",
];

/** Share of the neighbours kept, corrected for chance, from which on a map shows some. */
const BEYOND_CHANCE = 0.05;

export interface MapMade {
  readonly name: string;
  /** n x d: what is mapped. */
  readonly of: Matrix;
  /** n x m, of which the first two or three columns are drawn. */
  readonly map: Matrix<Float64Array>;
  readonly metric: MapMetric;
  /** Of the columns. */
  readonly axes: readonly string[];
  readonly title: string;
  readonly caption: string;
}

/** The map as a representation and a figure, and how faithful it is: beside the picture, in numbers. */
export async function mapOutcome(made: MapMade, judge: Judge, context: Context) {
  const { name, of, map, metric } = made;
  const judged = await faithfulness(
    of,
    map,
    { k: judge['judged-neighbours'], rows: judge['judged-rows'] || judgedOf(of.rows), metric },
    context,
  );
  const known = (value: number) => (Number.isFinite(value) ? value : null);
  const values = {
    trustworthiness: known(judged.trustworthiness),
    continuity: known(judged.continuity),
    'kept-neighbours': known(judged.kept),
    shepard: known(judged.shepard),
    'distance-preservation': known(judged.preservation),
  };
  const warnings: string[] = [];
  if (judged.k < 1)
    warnings.push(`Neighbours cannot be judged among ${of.rows} rows: three are needed for the nearest of each.`);
  else if (judged.k < judge['judged-neighbours'])
    warnings.push(
      `${plural(judged.k, 'neighbour')} of each row ${judged.k === 1 ? 'is' : 'are'} judged: with ${of.rows} rows there can be no more.`,
    );
  if (judged.judged.length < 3) warnings.push(fewJudged(judged.judged.length, of.rows));
  else if (judged.k >= 1 && values.trustworthiness === null)
    warnings.push(
      'The distances, here or on the map, are all the same: no row is nearer than another, and they have no correlation.',
    );
  else if (values.shepard === null || values['distance-preservation'] === null)
    warnings.push('The distances of the judged rows, here or on the map, are all the same: they have no correlation.');
  return {
    values,
    ...(judged.k >= 1 ? chanceOf(judged) : {}),
    intervals: intervalsOf(judged, of.rows),
    tables: { faithfulness: faithfulnessTable(judged, Object.values(values), of.rows) },
    figures: [scatterOf(made, judged, context)],
    representations: [{ name: `${name} map`, matrix: map.inPrecisionOf(of) }],
    steps: [
      judgedWords(judged, of.rows),
      ...(metric === 'euclidean' ? [] : [`distances are 1 - ${metric === 'cosine' ? 'cosine' : "Pearson's r"}`]),
    ],
    reading: readingOf(judged),
    warnings,
  } satisfies Outcome;
}

/** How many of n rows are judged unless a number is asked for. */
export function judgedOf(n: number): number {
  return Math.max(100, Math.min(2000, Math.floor(2e8 / n)));
}

function judgedWords({ judged, k }: Faithfulness, n: number): string {
  const which =
    judged.length < n
      ? `${shareOf(judged, n)}, drawn at random: neighbours against all, distances among those drawn`
      : `all ${count(n)} rows`;
  return `faithfulness measured on ${which}, with ${plural(k, 'neighbour')}`;
}

function fewJudged(judged: number, n: number): string {
  const intervals = judged === 1 && n > 1 ? ', and there are no intervals' : '';
  const more = n > 2 ? ' Judge three rows or more (judged-rows).' : '';
  return `${plural(judged, 'row')} judged: correlations of distances take three${intervals}.${more}`;
}

function shareOf({ length }: Int32Array, n: number): string {
  return `${count(length)} of ${count(n)} rows`;
}

function chanceOf({ chance, k }: Faithfulness): Pick<Outcome, 'chance'> {
  const how = `of a map that puts the rows anywhere, with ${plural(k, 'neighbour')}; closed form`;
  return {
    chance: {
      trustworthiness: { level: chance.trustworthiness, how },
      continuity: { level: chance.trustworthiness, how },
      'kept-neighbours': { level: chance.kept, how },
      shepard: { level: 0, how: 'of distances that have nothing to do with each other' },
      'distance-preservation': { level: 0, how: 'of distances that have nothing to do with each other' },
    },
  };
}

/** Where only some rows were judged, of the log odds, so that they end within 0 and 1; none where no row differs from another. */
function intervalsOf(judged: Faithfulness, n: number): Record<string, Interval> {
  const how = `${shareOf(judged.judged, n)} judged, drawn at random; normal approximation of the log odds`;
  const { errors } = judged;
  const given = [
    ['trustworthiness', judged.trustworthiness, errors.trustworthiness],
    ['continuity', judged.continuity, errors.continuity],
    ['kept-neighbours', judged.kept, errors.kept],
  ] as const;
  const known = given.filter(([, value, error]) => error > 0 && !Number.isNaN(value));
  return Object.fromEntries(
    known.map(([key, value, error]) => {
      const factor = Math.exp((1.96 * error) / (value * (1 - value)));
      const end = (odds: number) => value / (value + (1 - value) * odds);
      return [key, { low: end(factor), high: end(1 / factor), level: 0.95, how }];
    }),
  );
}

function faithfulnessTable(judged: Faithfulness, values: readonly (number | null)[], n: number) {
  const words = judgedWords(judged, n);
  return {
    title: `How faithful the map is: ${words.replace('faithfulness measured on ', '')}`,
    columns: ['measure', 'value', 'definition'],
    rows: faithfulnessValues.map(({ key }, i) => [key, values[i] ?? null, DEFINITIONS[i] ?? '']),
  };
}

/** What the numbers say, for someone who has not met them. */
function readingOf({ trustworthiness, continuity, kept, shepard, k, chance }: Faithfulness): string {
  if (Number.isNaN(trustworthiness)) return 'There is too little that differs for a map to show anything.';
  const share = `${Math.round(100 * kept)} %`;
  const near =
    (kept - chance.kept) / (1 - chance.kept) > BEYOND_CHANCE
      ? k === 1
        ? `The nearest row of a row is its nearest on the map for ${share} of the rows`
        : `Of the ${k} nearest rows of a row, ${share} are among its ${k} nearest on the map`
      : `The map keeps hardly more neighbours than chance would (${share})`;
  const trust = `trustworthiness ${trustworthiness.toFixed(3)}, continuity ${continuity.toFixed(3)}; 1 is best and ${chance.trustworthiness.toFixed(2)} chance`;
  const far =
    shepard > 0.8
      ? 'large distances are kept too'
      : shepard > 0.4
        ? 'large distances are kept in part: read them with care'
        : 'large distances on the map mean little';
  const distances = Number.isNaN(shepard) ? '' : ` The distances correlate at ${shepard.toFixed(2)}: ${far}.`;
  return `${near} (${trust}).${distances}`;
}

/** Of two dimensions one panel, of three or more every two of the first three. */
function scatterOf({ name, map, axes, title, caption }: MapMade, judged: Faithfulness, context: Context): Scatter {
  const { rows, note } = drawnRows(context, map.rows, MAPPED);
  const along = (axis: number) =>
    Array.from(rows, (i) => (axis < map.columns ? Number(map.at(i, axis).toPrecision(6)) : 0));
  const sides = map.columns >= 3 ? [[0, 1] as const, [0, 2] as const, [1, 2] as const] : [[0, 1] as const];
  const label = (axis: number) => axes[axis] ?? `map ${axis + 1}`;
  const trust = Number.isFinite(judged.trustworthiness)
    ? ` Trustworthiness ${judged.trustworthiness.toFixed(3)}, continuity ${judged.continuity.toFixed(3)}.`
    : '';
  return {
    id: 'map',
    kind: 'scatter',
    title,
    caption: `${caption}${trust}${note}`,
    panels: sides.map(([x, y]) => ({
      title: name,
      x: { label: label(x) },
      y: { label: label(y) },
      xs: along(x),
      ys: along(y),
    })),
    ...pointsOf(context, rows),
  };
}

/** The largest entry of each column positive, so that mirrored maps do not come and go. */
export function fixSigns(map: Matrix<Float64Array>): void {
  for (let c = 0; c < map.columns; c++) {
    let largest = 0;
    for (let i = 0; i < map.rows; i++)
      if (Math.abs(map.at(i, c)) > Math.abs(largest) * (1 + 1e-9)) largest = map.at(i, c);
    if (largest < 0) for (let i = 0; i < map.rows; i++) map.row(i)[c] = -map.at(i, c) + 0;
  }
}
