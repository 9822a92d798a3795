import { z } from 'zod';
import type { Matrix } from '../../linalg/matrix';
import { singularValues } from '../../linalg/svd';
import type { Line } from '../../protocol/figures';
import type { Interval } from '../../protocol/result';
import { count, plural } from '../../protocol/words';
import { type Context, defineMethod, type Outcome, type Representation } from '../method';
import { centred, ranged, rangeExponent } from '../shared/centred';
import { directedRows } from '../shared/directed';
import { distinctRows } from '../shared/distinct';
import { digits6 } from '../shared/image';
import { inWords } from '../shared/reading';
import { LISTED, rowTable } from '../shared/row-table';
import { fewRows } from '../shared/warnings';
import {
  type Estimate,
  intervalOf,
  likelihood,
  logRatios,
  neighbourDistances,
  twonnFit,
  twonnLikelihood,
} from './intrinsic-estimates';
import { precisionOf, spectrumOf } from './spectrum';

/** A part of the rows smaller than this says nothing of their dimension. */
const LEAST_PART = 50;
/** Points of the drawn fit. */
const DRAWN = 200;
const HOW =
  'normal approximation over rows, taken as independent: neighbourhoods overlap, so the true interval is somewhat wider';

const parameters = z.object({
  neighbours: z.int().min(3).max(1000).default(20).meta({
    title: 'Neighbours',
    description: 'Of the maximum likelihood estimate. Few see fine scales and noise, many see curvature and edges.',
  }),
  distance: z.enum(['euclidean', 'cosine']).default('euclidean').meta({
    title: 'Distance',
    description: 'euclidean, or that of rows brought to length one (cosine), which loses the dimension of length.',
  }),
});

export const intrinsicDimension = defineMethod({
  id: 'intrinsic-dimension',
  kind: 'describe',
  title: 'Intrinsic dimension',
  summary:
    'How many numbers it would take to say where a row lies, from how fast neighbours become more with distance, and from the spread of the variance.',
  blindTo:
    'low where there are too few rows for a high dimension; noise looks like dimension at fine scales, curvature at coarse ones; clusters and grids break it',
  takes: 'one',
  labels: 'optional',
  parameters,
  values: [
    { key: 'twonn', title: 'TwoNN, as fitted by its authors', range: [0, null] },
    { key: 'twonn-likelihood', title: 'TwoNN, maximum likelihood', range: [0, null] },
    { key: 'likelihood', title: 'Maximum likelihood of k neighbours', range: [0, null] },
    { key: 'participation-ratio', title: 'Participation ratio (linear dimension)', range: [0, null] },
    { key: 'distinct', title: 'Distinct rows', range: [0, null] },
  ],
  invariances: ['permutation', 'orthogonal', 'scaling', 'translation', 'sign'],
  symmetric: false,
  cost: 'O(n² p)',
  formula:
    'r_j: distance to the j-th nearest of the distinct rows. twonn: slope through the origin of -ln(1 - F) on ln(r₂/r₁), F = i/n, of the ⌊0.9 n⌋ smallest; likelihood of it: (n - 1) / Σ ln(r₂/r₁); k neighbours: n (k - 1) / Σᵢ Σ_{j<k} ln(r_k/r_j); participation ratio (Σσ²)² / Σσ⁴ of the columns of these rows, centred',
  tex: String.raw`\hat d_{\text{2NN}}: -\ln(1-F(\mu)) = d \ln \mu,\; \mu = \tfrac{r_2}{r_1}, \qquad \hat d_k = \Big[ \frac{1}{n(k-1)} \sum_i \sum_{j<k} \ln \frac{r_k(x_i)}{r_j(x_i)} \Big]^{-1}, \qquad \mathrm{PR} = \frac{(\sum \sigma^2)^2}{\sum \sigma^4}`,
  citation:
    'Facco, d’Errico, Rodriguez, Laio (2017). Estimating the intrinsic dimension of datasets by a minimal neighborhood information. Scientific Reports 7. arXiv:1803.06992; Levina, Bickel (2004). Maximum likelihood estimation of intrinsic dimension. NeurIPS; MacKay, Ghahramani (2005). Comments on it; Ansuini, Laio, Macke, Zoccolan (2019). Intrinsic dimension of data representations in deep neural networks. NeurIPS. arXiv:1905.12784',
  async run([input], chosen, context) {
    const { name, matrix } = ranged(input as Representation);
    const { x, places, steps, warnings } = prepared(name, matrix, chosen.distance);
    const n = x.rows;
    const k = Math.min(chosen.neighbours, n - 1);
    const spectrum = await spectrumIn(x, context);
    const participation = spectrum.participation;
    if (participation === null) warnings.push('Nothing varies: there is no dimension.');
    if (n < 4) {
      return {
        values: {
          ...{ twonn: null, 'twonn-likelihood': null, likelihood: null },
          ...{ 'participation-ratio': participation, distinct: n },
        },
        steps,
        warnings: [...warnings, `${n} distinct rows: at least 4 are needed for neighbours to tell a dimension.`],
      };
    }
    if (k < chosen.neighbours) warnings.push(`${k} neighbours are used: ${n} distinct rows have no more.`);
    const distances = await neighbourDistances(x, k, context);
    const logs = logRatios(distances, k);
    const fit = twonnFit(logs);
    const [two, many] = [twonnLikelihood(logs), likelihood(distances, k, k)];
    const tied = logs.reduce((count, log) => count + (log === 0 ? 1 : 0), 0);
    if (tied > 0)
      warnings.push(
        `${count(tied)} of ${count(n)} rows have their two nearest at one distance: ties, as grids and rounded values make, lift these estimates.`,
      );
    if (fit.value === null || many.value === null)
      warnings.push('Every row has its neighbours at one distance: their number does not tell a dimension.');
    // Directions have no scale.
    const unit = chosen.distance === 'cosine' ? 1 : 2 ** rangeExponent((input as Representation).matrix);
    const parts = (await byParts(x, context)).map((part) => ({ ...part, distance: unit * part.distance }));
    const far = distances.map((distance) => unit * distance);
    return {
      values: {
        ...{ twonn: fit.value, 'twonn-likelihood': two.value, likelihood: many.value },
        ...{ 'participation-ratio': participation, distinct: n },
      },
      intervals: intervals({ 'twonn-likelihood': two, likelihood: many }),
      tables: {
        rows: rowsTable(many, context, places),
        scale: scaleTable(parts, far, k),
      },
      figures: [scaleFigure(parts, far, k, participation), fitFigure(logs, fit)],
      steps: [...steps, `${k} neighbours`, `TwoNN fitted to ${fit.kept} of ${n} ratios`, 'float64'],
      reading: readingOf(name, matrix.columns, fit.value, many.value, participation, intervalOf(two)),
      warnings: [...warnings, ...fewRows(n)],
    } satisfies Outcome;
  },
});

/** The distinct rows, and what was done. */
function prepared(name: string, matrix: Matrix, distance: 'euclidean' | 'cosine') {
  const steps: string[] = [];
  const warnings: string[] = [];
  let x: Matrix = matrix;
  let places: Int32Array = Int32Array.from({ length: matrix.rows }, (_, i) => i);
  if (distance === 'cosine') {
    const directed = directedRows({ name, matrix });
    [x, places] = [directed.unit, directed.places];
    steps.push('rows brought to length one');
    warnings.push(...directed.warnings);
  }
  const kept = distinctRows(x);
  if (kept.length < x.rows) {
    const repeated = x.rows - kept.length;
    const verbs = repeated === 1 ? ['repeats', 'it was'] : ['repeat', 'they were'];
    warnings.push(
      `${count(repeated)} of ${count(x.rows)} rows ${verbs[0]} an earlier one exactly: ${verbs[1]} left out, as at distance 0 there is no dimension.`,
    );
    places = kept.map((i) => places[i] as number);
    x = x.takeRows(kept);
  }
  return { x, places, steps, warnings };
}

async function spectrumIn(x: Matrix, context: Context) {
  context.reserve(8 * 2 * x.rows * x.columns, 'the centred rows');
  const all = await singularValues(centred(x, true), context);
  return spectrumOf(all, Math.max(x.rows, x.columns), precisionOf(x.isDouble));
}

function intervals(of: Readonly<Record<string, Estimate>>): Record<string, Interval> {
  return Object.fromEntries(
    Object.entries(of).flatMap(([key, estimate]) => {
      const found = intervalOf(estimate);
      return found === null ? [] : [[key, { ...found, level: 0.95, how: HOW }]];
    }),
  );
}

interface Part {
  readonly rows: number;
  readonly distance: number;
  /** Mean over the parts of this size, their least and their greatest. */
  readonly value: number;
  readonly low: number;
  readonly high: number;
}

/** TwoNN of all rows, of halves, quarters and so on, drawn at random and disjoint: a coarser scale each time. */
async function byParts(x: Matrix, context: Context): Promise<Part[]> {
  const order = context.random.permutation(x.rows);
  const found: Part[] = [];
  for (let pieces = 1; Math.floor(x.rows / pieces) >= LEAST_PART || pieces === 1; pieces *= 2) {
    context.progress(0.4 + 0.1 * Math.log2(pieces), `TwoNN of ${pieces} parts`);
    const size = Math.floor(x.rows / pieces);
    const values: number[] = [];
    let distance = 0;
    for (let piece = 0; piece < pieces; piece++) {
      context.signal.throwIfAborted();
      const part = pieces === 1 ? x : x.takeRows(order.subarray(piece * size, (piece + 1) * size).toSorted());
      const distances = await neighbourDistances(part, 2, { ...context, progress: () => {} });
      const { value } = twonnLikelihood(logRatios(distances, 2));
      if (value !== null) values.push(value);
      distance += meanOf(distances, 2, 1) / pieces;
    }
    if (values.length === 0) break;
    const value = values.reduce((sum, one) => sum + one, 0) / values.length;
    found.push({ rows: size, distance, value, low: Math.min(...values), high: Math.max(...values) });
  }
  return found;
}

/** Mean distance to the neighbour at a place. */
function meanOf(distances: Float64Array, width: number, place: number): number {
  const n = distances.length / width;
  let sum = 0;
  for (let i = 0; i < n; i++) sum += (distances[i * width + place] as number) / n;
  return sum;
}

function sizes(k: number): number[] {
  return Array.from({ length: k - 2 }, (_, j) => j + 3);
}

function scaleFigure(parts: readonly Part[], distances: Float64Array, k: number, participation: number | null): Line {
  const short = (value: number) => digits6(value) ?? 0;
  const counts = sizes(k).filter((of) => likelihood(distances, k, of).value !== null);
  return {
    ...{ id: 'scale', kind: 'line', title: 'Dimension against scale' },
    caption:
      'TwoNN (maximum likelihood) of all rows and of random halves, quarters and so on, whose neighbours are farther away, with the band from the least to the greatest part; and the likelihood of 3, 4, … neighbours. A plateau is a dimension; a rise to the left is noise, a fall to the right curvature, edges or too few rows.',
    x: { label: 'mean distance to the last neighbour used', log: true },
    y: { label: 'intrinsic dimension' },
    series: [
      ...(parts.length > 0
        ? [
            {
              ...{ name: 'TwoNN of parts', x: parts.map(({ distance }) => short(distance)) },
              y: parts.map(({ value }) => short(value)),
              low: parts.map(({ low }) => short(low)),
              high: parts.map(({ high }) => short(high)),
            },
          ]
        : []),
      {
        name: 'likelihood of k',
        x: counts.map((of) => short(meanOf(distances, k, of - 1))),
        y: counts.map((of) => digits6(likelihood(distances, k, of).value as number)),
      },
    ],
    ...(participation !== null && {
      references: [{ y: short(participation), label: 'participation ratio' }],
    }),
  };
}

function scaleTable(parts: readonly Part[], distances: Float64Array, k: number) {
  return {
    title: 'Dimension against scale',
    columns: ['estimate', 'rows', 'neighbours', 'mean distance to the last', 'dimension', 'least', 'greatest'],
    rows: [
      ...parts.map(({ rows, distance, value, low, high }) => ['TwoNN', rows, 2, distance, value, low, high]),
      ...sizes(k).map((of) => [
        ...['likelihood', distances.length / k, of, meanOf(distances, k, of - 1)],
        ...[likelihood(distances, k, of).value, null, null],
      ]),
    ],
  };
}

function rowsTable({ parts }: Estimate, context: Context, kept: Int32Array) {
  const order = Array.from(parts.keys()).sort((a, b) => (parts[a] as number) - (parts[b] as number));
  const half = LISTED / 2;
  const listed = order.length <= LISTED ? order : [...order.slice(0, half), ...order.slice(-half)];
  const places = new Map(listed.map((i) => [kept[i] ?? i, i]));
  return rowTable(
    order.length <= LISTED
      ? 'Dimension about each row'
      : `Rows of the highest and the lowest dimension (${count(listed.length)} of ${count(order.length)})`,
    context,
    [...places.keys()],
    {
      dimension: (place) => {
        const part = parts[places.get(place) as number] as number;
        return part > 0 ? 1 / part : null;
      },
    },
  );
}

function fitFigure(logs: Float64Array, fit: ReturnType<typeof twonnFit>): Line {
  const sorted = logs.toSorted();
  const n = sorted.length;
  const ranks = [...new Set(Array.from({ length: DRAWN }, (_, i) => Math.round((i * (n - 2)) / (DRAWN - 1))))];
  const at = ranks.map((rank) => digits6(sorted[rank] as number) ?? 0);
  const last = sorted[fit.kept - 1] ?? 0;
  return {
    ...{ id: 'fit', kind: 'line', title: 'Is the density even about rows?' },
    caption: `Of an even density the points lie on a line through the origin, whose slope is the dimension. Fitted to the ${fit.kept} smallest of ${n} ratios; drawn at ${ranks.length} of them.`,
    x: { label: 'ln(r₂ / r₁)' },
    y: { label: '−ln(1 − F)' },
    series: [
      { name: 'rows', x: at, y: ranks.map((rank) => digits6(-Math.log(1 - (rank + 1) / n))) },
      ...(fit.value === null || last === 0
        ? []
        : [
            {
              ...{ name: 'fit', dashed: true },
              x: [0, digits6(last) ?? 0],
              y: [0, digits6(fit.value * last)],
            },
          ]),
    ],
  };
}

function readingOf(
  name: string,
  units: number,
  twonn: number | null,
  many: number | null,
  participation: number | null,
  within: ReturnType<typeof intervalOf>,
): string {
  if (twonn === null || many === null || participation === null)
    return `No dimension can be read off the neighbours in ${name}.`;
  const { low, high } = within ?? { low: 0, high: Infinity };
  const bent =
    units === 1
      ? 'One unit is one direction: nothing can be bent.'
      : participation > Math.max(1.5 * twonn, high)
        ? 'The variance is spread over more directions than that: the rows lie on something bent, or in clusters that point to different sides.'
        : participation < Math.min(twonn / 1.5, low)
          ? 'The variance is held by fewer directions: most of that dimension is small in extent, as noise would be.'
          : 'The variance is spread over about as many directions: nothing here asks for something bent.';
  return `About a row of ${name}, neighbours become more as in ${inWords(twonn)} dimensions (TwoNN; ${inWords(many)} at the scale of the last neighbour), of ${plural(units, 'unit')}; the participation ratio is ${inWords(participation)}. ${bent}`;
}
