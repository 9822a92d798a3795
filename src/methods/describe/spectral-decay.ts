import { z } from 'zod';
import { columnMeans } from '../../linalg/centre';
import { symmetricEigenvalues } from '../../linalg/eigen';
import { Matrix } from '../../linalg/matrix';
import { singularValues } from '../../linalg/svd';
import { UserError } from '../../protocol/errors';
import type { Line } from '../../protocol/figures';
import { plural } from '../../protocol/words';
import { defineMethod, type Outcome, type Representation } from '../method';
import { centred, inRange } from '../shared/centred';
import { gather, oddities } from '../shared/gather';
import { digits6 } from '../shared/image';
import { inWords } from '../shared/reading';
import { constantColumns, fewRows } from '../shared/warnings';
import { precisionOf } from './spectrum';

/** RankMe adds so much to every share. */
const EPSILON = 1e-7;
/** Points of a straight line, at least. */
const LEAST = 5;
/** Rounding of a singular value, relative to the largest, over the spacing of stored numbers and the root of the shorter side. */
const BLUR = 4;
/** Relative to the largest eigenvalue of sums of squares, times the number of units: below is rounding. */
const ROUNDING = 16;

const parameters = z.object({
  from: z.int().min(0).max(1_000_000).default(0).meta({
    title: 'Fit from component',
    description: '0: the 11th, or a tenth of the rank, rounded, where that is less.',
  }),
  to: z.int().min(0).max(1_000_000).default(0).meta({
    title: 'Fit to component',
    description:
      '0: half of the rank, at most the 500th: the last ones are decided by the number of rows. Five components are fitted at least; of fewer nothing is.',
  }),
});

interface Chosen {
  readonly from: number;
  readonly to: number;
}

export const spectralDecay = defineMethod({
  id: 'spectral-decay',
  kind: 'describe',
  title: 'Spectrum and power law',
  summary:
    'How fast the variance falls from direction to direction: the exponent of a power law, over which range and how well it fits, and effective ranks.',
  blindTo:
    'a good fit over one decade is weak evidence of a power law; the exponent depends on the range and on the number of rows, and says nothing of what directions mean',
  takes: 'one',
  parameters,
  values: [
    { key: 'alpha', title: 'Exponent α of λ ∝ k^−α', range: [null, null] },
    { key: 'r2', title: 'R² of the power law', range: [0, 1] },
    { key: 'r2-exponential', title: 'R² of an exponential over the same range', range: [0, 1] },
    { key: 'from', title: 'Fitted from component', range: [1, null] },
    { key: 'to', title: 'Fitted to component', range: [1, null] },
    { key: 'rankme', title: 'RankMe (entropy of singular values, not centred)', range: [0, null] },
    { key: 'effective-rank', title: 'Effective rank (entropy, centred)', range: [0, null] },
    { key: 'stable-rank', title: 'Stable rank ‖X‖² / σ₁² (centred)', range: [0, null] },
    { key: 'participation-ratio', title: 'Participation ratio (centred)', range: [0, null] },
    { key: 'rank', title: 'Directions above rounding', range: [0, null] },
  ],
  invariances: ['permutation', 'orthogonal', 'scaling', 'sign'],
  symmetric: false,
  cost: 'O(n p min(n, p))',
  formula:
    'λ_k: eigenvalues of the covariance; rank: σ > max(n, p) eps σ₁, eps of the stored precision, beyond which none is counted. α: minus the slope of ln λ_k on ln k by least squares, every component of the range alike; 0, with R² 1, where they differ by rounding only; the exponential: ln λ_k on k. RankMe = exp(-Σ q ln q), q = σ / Σσ + 1e-7 of X as it is; effective rank: the same of centred X without 1e-7; stable rank = Σσ² / σ₁²',
  tex: String.raw`\ln \lambda_k \approx c - \alpha \ln k, \quad k_0 \le k \le k_1, \qquad \mathrm{RankMe} = \exp\Big(-\sum_k q_k \ln q_k\Big),\; q_k = \frac{\sigma_k}{\sum_l \sigma_l} + \epsilon, \qquad \frac{\lVert X \rVert_F^2}{\sigma_1^2}`,
  citation:
    'Stringer, Pachitariu, Steinmetz, Carandini, Harris (2019). High-dimensional geometry of population responses in visual cortex. Nature 571; Agrawal, Mondal, Ghosh, Richards (2022). α-ReQ. NeurIPS; Garrido, Balestriero, Najman, LeCun (2023). RankMe. ICML. arXiv:2210.02885; Roy, Vetterli (2007). The effective rank. EUSIPCO',
  async run([input], chosen, context) {
    const { name, matrix } = input as Representation;
    const { rows, columns, isDouble } = matrix;
    if (rows === 0 || columns === 0) throw new UserError(`${name} is empty: it has no spectrum.`);
    context.reserve(8 * 4 * rows * columns, 'singular values');
    context.progress(0.1, 'Singular values, centred');
    const own = await singularValues(centred(matrix, true), context);
    context.progress(0.5, 'Singular values, as they are');
    const raw = await singularValues(inRange(matrix.toDouble()), context);
    const least = Math.max(rows, columns) * precisionOf(isDouble);
    const blur = BLUR * Math.sqrt(Math.min(rows, columns)) * precisionOf(isDouble);
    const offset = columnMeans(matrix).every((mean) => mean === 0);
    return outcomeOf(
      name,
      { own, raw, least, blur, rows },
      chosen,
      [...(offset ? [] : ['columns centred, but for RankMe']), 'float64'],
      [...constantColumns({ name, matrix }), ...fewRows(rows)],
    );
  },
  async stream(stream, chosen, context) {
    const [{ name, columns, isDouble } = { name: '', columns: 0, isDouble: true }] = stream.inputs;
    const { moments, steps } = await gather(stream, true, context, 0.8);
    context.reserve(8 * 4 * columns * columns, 'eigenvalues of the products of all pairs of units');
    const covariance = moments.product(0, 0);
    const means = moments.means(0).map((mean) => mean / 2 ** moments.exponent(0));
    const raw = new Matrix(covariance.data.slice(), columns, columns);
    for (let i = 0; i < columns; i++)
      for (let j = 0; j < columns; j++)
        raw.data[i * columns + j] = raw.at(i, j) + moments.rows * (means[i] as number) * (means[j] as number);
    const roots = async (product: Matrix<Float64Array>) =>
      (await symmetricEigenvalues(product, context)).map((value) => Math.sqrt(Math.max(0, value)));
    const ofSquares = ROUNDING * columns * Number.EPSILON;
    const least = Math.max(precisionOf(isDouble) * moments.rows, Math.sqrt(ofSquares));
    const blur = Math.max(BLUR * Math.sqrt(columns) * precisionOf(isDouble), ofSquares);
    return outcomeOf(
      name,
      { own: await roots(covariance), raw: await roots(raw), least, blur, rows: moments.rows },
      chosen,
      [...steps, 'singular values from sums of squares: what is below 1e-6 of the largest counts as rounding'],
      oddities(stream, moments),
    );
  },
});

interface Spectra {
  /** Of the centred columns, descending. */
  readonly own: Float64Array;
  /** Of the data as they are. */
  readonly raw: Float64Array;
  /** Relative to the largest: below is rounding. */
  readonly least: number;
  /** How far rounding moves a singular value, relative to the largest. */
  readonly blur: number;
  readonly rows: number;
}

function outcomeOf(
  name: string,
  { own, raw, least, blur, rows }: Spectra,
  chosen: Chosen,
  steps: readonly string[],
  odd: readonly string[],
): Outcome {
  const largest = own[0] ?? 0;
  const kept = own.filter((value) => value > least * largest).map((value) => value / largest);
  const rank = kept.length;
  // Over the largest squared and the number of rows; ratios are all that counts.
  const squares = kept.map((value) => value * value);
  const total = squares.reduceRight((sum, value) => sum + value, 0);
  const [from, to] = rangeOf(chosen, rank);
  const fit = to - from + 1 >= LEAST ? fitOf(squares, from, to, blur) : null;
  const asked = Math.max(chosen.from, chosen.to) > rank;
  const rankme = entropyRank(raw, EPSILON);
  return {
    values: {
      ...{ alpha: fit?.alpha ?? null, r2: fit?.r2 ?? null, 'r2-exponential': fit?.exponential ?? null },
      ...{ from: fit ? from : null, to: fit ? to : null, rankme, rank },
      'effective-rank': rank > 0 ? entropyRank(kept, 0) : null,
      'stable-rank': rank > 0 ? total : null,
      'participation-ratio': rank > 0 ? total ** 2 / squares.reduceRight((sum, value) => sum + value * value, 0) : null,
    },
    ...(fit && {
      tables: {
        ranges: {
          title: 'The exponent over other ranges',
          columns: ['from', 'to', 'α', 'R²', 'R² of an exponential'],
          rows: otherRanges(from, to, rank).map(([a, b]) => {
            const other = fitOf(squares, a, b, blur);
            return [a, b, other.alpha, other.r2, other.exponential];
          }),
        },
      },
    }),
    figures: rank > 1 ? [figureOf(squares, total, fit, from, to)] : [],
    steps: [...steps, ...(fit ? [`fitted to components ${from} to ${to} of ${rank}, all alike`] : [])],
    ...(fit && { reading: readingOf(name, fit, from, to, rankme) }),
    warnings: [
      ...(rank === 0 ? ['Nothing varies: there is no spectrum.'] : []),
      ...(rank > 0 && !fit
        ? [`A power law needs ${LEAST} components at least; components ${from} to ${to} of ${rank} are left.`]
        : []),
      ...(asked ? [`The range ends where rounding begins, after ${plural(rank, 'component')}.`] : []),
      ...(fit && to / from < 10
        ? [
            `The range spans ${inWords(Math.log10(to / from))} of a decade: too little to tell a power law from another curve.`,
          ]
        : []),
      ...(fit && fit.exponential > fit.r2 ? ['Over this range an exponential fits better than a power law.'] : []),
      ...(rank >= rows - 1 && rank > 1
        ? [`There are no more rows (${rows}) than directions: the tail of the spectrum is decided by their number.`]
        : []),
      ...(rankme === null ? ['All values are zero: RankMe is empty.'] : []),
      ...odd,
    ],
  };
}

function rangeOf({ from, to }: Chosen, rank: number): [number, number] {
  const first = from > 0 ? from : Math.max(1, Math.min(11, Math.round(rank / 10)));
  const last =
    to > 0 ? Math.min(to, rank) : Math.max(Math.min(rank, first + LEAST - 1), Math.min(500, Math.floor(rank / 2)));
  if (first > last && from > 0 && to > 0)
    throw new UserError(`The fit runs from component ${from} to ${to}, of ${rank}: nothing is between them.`);
  return [first, last];
}

/** exp of the entropy of the shares, each raised by `added`. */
function entropyRank(singular: Float64Array, added: number): number | null {
  const total = singular.reduceRight((sum, value) => sum + value, 0);
  if (!(total > 0)) return null;
  return Math.exp(
    -singular.reduceRight((sum, value) => {
      const share = value / total + added;
      return share > 0 ? sum + share * Math.log(share) : sum;
    }, 0),
  );
}

interface Fit {
  readonly alpha: number;
  readonly intercept: number;
  readonly r2: number;
  readonly exponential: number;
  /** Whether the values differ by rounding only. */
  readonly level: boolean;
}

/** Of ln λ on ln k, and on k, for from <= k <= to. */
function fitOf(squares: Float64Array, from: number, to: number, blur: number): Fit {
  const places = Array.from({ length: to - from + 1 }, (_, i) => from + i);
  const y = places.map((k) => Math.log(squares[k - 1] as number));
  const mean = meanOf(y);
  const rounding = (k: number) => (2 * blur) / Math.sqrt(squares[k - 1] as number);
  if (y.every((value, i) => Math.abs(value - mean) <= rounding(from + i)))
    return { alpha: 0, intercept: mean, r2: 1, exponential: 1, level: true };
  const power = regression(places.map(Math.log), y);
  return {
    alpha: -power.slope + 0,
    intercept: power.intercept,
    r2: power.r2,
    exponential: regression(places, y).r2,
    level: false,
  };
}

function regression(x: readonly number[], y: readonly number[]) {
  const [a, b] = [meanOf(x), meanOf(y)];
  let [xx, xy, yy] = [0, 0, 0];
  for (const [i, value] of x.entries()) {
    const [dx, dy] = [value - a, (y[i] as number) - b];
    xx += dx * dx;
    xy += dx * dy;
    yy += dy * dy;
  }
  const slope = xy / xx;
  return { slope, intercept: b - slope * a, r2: Math.min(1, (xy * xy) / (xx * yy)) };
}

function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** The halves of the range on a logarithmic scale, and all of the spectrum. */
function otherRanges(from: number, to: number, rank: number): [number, number][] {
  const middle = Math.round(Math.sqrt(from * to));
  const all: [number, number][] = [
    [from, to],
    [from, middle],
    [middle, to],
    [1, rank],
  ];
  return all.filter(([a, b], i) => b - a + 1 >= LEAST && all.findIndex(([c, d]) => c === a && d === b) === i);
}

function figureOf(squares: Float64Array, total: number, fit: Fit | null, from: number, to: number): Line {
  const x = Array.from(squares, (_, i) => i + 1);
  return {
    ...{ id: 'spectrum', kind: 'line', title: 'Variance by component' },
    caption: `Share of the variance of each principal component, both axes logarithmic.${fit ? ` Dashed: k^−${fit.alpha.toFixed(2)}, fitted from component ${from} to ${to} (R² ${fit.r2.toFixed(3)}). A power law is straight; what bends down is no power law.` : ''}`,
    x: { label: 'component', log: true },
    y: { label: 'share of variance', log: true },
    series: [
      { name: 'variance', x, y: Array.from(squares, (value) => digits6(value / total)) },
      ...(fit
        ? [
            {
              ...{ name: `α = ${fit.alpha.toFixed(2)}`, x: [from, to], dashed: true },
              y: [from, to].map((k) => digits6(Math.exp(fit.intercept - fit.alpha * Math.log(k)) / total)),
            },
          ]
        : []),
    ],
  };
}

function readingOf(name: string, fit: Fit, from: number, to: number, rankme: number | null): string {
  const range = `From component ${from} to ${to} the variance of ${name}`;
  const said = fit.level
    ? `${range} is level but for rounding: no direction has more than another, and there is no exponent.`
    : `${range} falls as k^−${inWords(fit.alpha)} (R² ${fit.r2.toFixed(3)}). ${steepness(fit.alpha)}.`;
  return `${said}${rankme === null ? '' : ` RankMe is ${inWords(rankme)}.`}`;
}

function steepness(alpha: number): string {
  if (alpha > 1.5) return 'The variance falls steeply: few directions hold nearly all';
  if (alpha > 1.1) return 'The exponent is above 1: a smooth code, less rich than such a code can be';
  if (alpha >= 0.9) return 'The exponent is near 1, where a code is as rich as it can be and still smooth';
  if (alpha >= 0.7) return 'The exponent is below 1: fine directions carry more than in a smooth code';
  return 'The variance falls slowly: fine directions carry much, as noise does';
}
