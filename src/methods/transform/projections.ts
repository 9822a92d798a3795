import { z } from 'zod';
import { columnDeviations, columnMeans, rowNorms, standardiseColumns } from '../../linalg/centre';
import { squaredDistance } from '../../linalg/distances';
import { Matrix } from '../../linalg/matrix';
import { multiply } from '../../linalg/products';
import type { Signal } from '../../linalg/signal';
import { svd } from '../../linalg/svd';
import type { ColourScale } from '../../protocol/figures';
import { inRange, rangeExponent } from '../shared/centred';
import { centreParameter, type Projection, relativeProjection } from './projection';

/** By which function of a row and an anchor rows are described, and what is done before and after. */
export const projectionParameters = {
  projection: z.enum(['cosine', 'euclidean', 'angular', 'l1', 'basis']).default('cosine').meta({
    title: 'Projection',
    description:
      'cosine: similarity, as published, blind to rotation and scale; angular: the angle as a share of a half turn; euclidean: distance, blind to rotation and shift; l1: sum of absolute differences, blind to shift and to the order of units; basis: coordinates in the basis of the anchors by least squares, blind to any linear map where the anchors span the units.',
  }),
  centre: centreParameter,
  standardise: z.enum(['none', 'units', 'similarities']).default('none').meta({
    title: 'Standardise',
    description:
      'units: each unit is divided by its standard deviation before (over the rows that it is centred on; divided by n, not n - 1), and a constant one stays as it is; similarities: each column of the relative representation gets mean 0 and standard deviation 1 over all rows after.',
  }),
} as const;

export interface ProjectionChoice {
  readonly projection: 'cosine' | 'euclidean' | 'angular' | 'l1' | 'basis';
  readonly centre: z.output<typeof centreParameter>;
  readonly standardise: 'none' | 'units' | 'similarities';
}

/**
 * Relative representation by one of several projections (Moschella et al. 2023, equation 2 for cosine; Cannistraci et al.
 * 2024, "From Bricks to Bridges", section 3, for distances), in float64.
 * @param x n x d
 * @param anchors row positions in `x`
 * @returns n x anchors
 */
export async function project(
  x: Matrix,
  anchors: Int32Array,
  choice: ProjectionChoice,
  signal?: Signal,
): Promise<Projection> {
  const { projection, standardise } = choice;
  const made = await raw(x, anchors, choice, signal);
  if (projection === 'angular') {
    const { data } = made.matrix;
    for (let k = 0; k < data.length; k++) data[k] = Math.acos(Math.max(-1, Math.min(1, data[k] as number))) / Math.PI;
  }
  return standardise === 'similarities' ? { ...made, matrix: standardiseColumns(made.matrix) } : made;
}

async function raw(x: Matrix, anchors: Int32Array, choice: ProjectionChoice, signal?: Signal): Promise<Projection> {
  const { projection, centre } = choice;
  const divided = dividedRows(x, anchors, choice);
  if (projection === 'cosine' || projection === 'angular') return relativeProjection(divided, anchors, centre, signal);
  const given = inRange(divided);
  const points = centredRows(given, anchors, centre);
  const chosen = points.takeRows(anchors);
  if (projection === 'basis') {
    const matrix = await coordinates(points, chosen, roundingOf(given, anchors), signal);
    return { matrix, zeroRows: [] };
  }
  const distance = projection === 'l1' ? absoluteDistance : euclideanDistance;
  const unit = 2 ** rangeExponent(divided);
  const matrix = Matrix.zeros(x.rows, anchors.length);
  for (let i = 0, k = 0; i < x.rows; i++) {
    signal?.throwIfAborted();
    const row = points.row(i);
    for (let a = 0; a < anchors.length; a++, k++) matrix.data[k] = unit * distance(row, chosen.row(a));
  }
  return { matrix, zeroRows: [] };
}

/** Whether rows are described by how far they are from the anchors, which does not depend on where the origin is. */
export function isMetric({ projection }: Pick<ProjectionChoice, 'projection'>): boolean {
  return projection === 'euclidean' || projection === 'l1';
}

/**
 * Rows of which the projection takes cosines or coordinates; of distances, less the mean of the anchors. n x d
 * @returns with the singular value of the anchors below which a direction of theirs is none
 */
export function preparedRows(x: Matrix, anchors: Int32Array, choice: ProjectionChoice) {
  const centre = isMetric(choice) ? 'anchors' : choice.centre;
  const divided = dividedRows(x, anchors, choice);
  return { rows: centredRows(divided, anchors, centre), rounding: roundingOf(divided, anchors) };
}

/** Of singular values of the anchors, centred or not: far from the origin centring leaves the rounding of what they were. */
function roundingOf(x: Matrix, anchors: Int32Array): number {
  const longest = rowNorms(x.takeRows(anchors)).reduce((most, length) => Math.max(most, length), 0);
  return Math.max(anchors.length, x.columns) * Number.EPSILON * longest;
}

function dividedRows(x: Matrix, anchors: Int32Array, { standardise, centre }: ProjectionChoice): Matrix {
  return standardise === 'units' ? overDeviations(x, centre === 'anchors' ? x.takeRows(anchors) : x) : x;
}

function centredRows(x: Matrix, anchors: Int32Array, centre: ProjectionChoice['centre']): Matrix<Float64Array> {
  return shifted(x, centre === 'none' ? null : centre === 'mean' ? x : x.takeRows(anchors));
}

/** C with the least squares of X - C A, of these the smallest: X A⁺. Singular values below rounding are none. */
async function coordinates(x: Matrix, basis: Matrix, rounding: number, signal?: Signal): Promise<Matrix<Float64Array>> {
  const { u, s, v } = await svd(basis, { signal });
  const least = Math.max(rounding, Math.max(basis.rows, basis.columns) * Number.EPSILON * (s[0] ?? 0));
  const along = await multiply(x.toDouble(), v, { signal });
  for (let k = 0; k < along.data.length; k++) {
    const sigma = s[k % s.length] as number;
    along.data[k] = sigma > least ? (along.data[k] as number) / sigma : 0;
  }
  return multiply(along, u, { transposeB: true, signal });
}

function euclideanDistance(a: Float64Array, b: Float64Array): number {
  return Math.sqrt(squaredDistance(a, b));
}

function absoluteDistance(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let j = 0; j < a.length; j++) sum += Math.abs((a[j] as number) - (b[j] as number));
  return sum;
}

/** Constant units stay as they are. */
function overDeviations(x: Matrix, of: Matrix): Matrix<Float64Array> {
  const scale = columnDeviations(of);
  return map(x, (value, j) => value / (scale[j] || 1));
}

/** In float64, less the mean of the rows of `on`. */
function shifted(x: Matrix, on: Matrix | null): Matrix<Float64Array> {
  const mean = on && columnMeans(on);
  return mean === null ? x.toDouble() : map(x, (value, j) => value - (mean[j] as number));
}

function map(x: Matrix, of: (value: number, column: number) => number): Matrix<Float64Array> {
  const out = Matrix.zeros(x.rows, x.columns);
  for (let i = 0, k = 0; i < x.rows; i++)
    for (let j = 0; j < x.columns; j++, k++) out.data[k] = of(x.data[k] as number, j);
  return out;
}

/** What was done, for the result's steps; the cosine as published needs no further word. */
export function projectionSteps({ projection, centre, standardise }: ProjectionChoice): string[] {
  const centred = {
    none: 'not centred',
    mean: 'centred on the mean of all rows',
    anchors: 'centred on the mean of the anchors',
  };
  return [
    centred[centre],
    ...(standardise === 'units' ? ['units divided by their standard deviations'] : []),
    words[projection],
    ...(standardise === 'similarities' ? ['columns of the relative representation standardised'] : []),
  ];
}

const words = {
  cosine: 'cosine similarities to the anchors',
  angular: 'angles to the anchors, as shares of a half turn',
  euclidean: 'Euclidean distances from the anchors',
  l1: 'sums of absolute differences from the anchors',
  basis: 'coordinates in the basis of the anchors, by least squares',
} as const;

/** The colours of relative representations on one scale: from -1 to 1 for cosines, over their own range for the rest. */
export function projectionScale(
  { projection, standardise }: ProjectionChoice,
  matrices: readonly Matrix[],
): ColourScale {
  const names = { cosine: 'cosine similarity', angular: 'angle / π', euclidean: 'distance', l1: 'L1 distance' };
  const label =
    standardise === 'similarities' ? 'standardised' : projection === 'basis' ? 'coordinate' : names[projection];
  if (standardise !== 'similarities' && projection === 'cosine') return { label, kind: 'diverging', domain: [-1, 1] };
  if (standardise !== 'similarities' && projection === 'angular') return { label, kind: 'sequential', domain: [0, 1] };
  let largest = 0;
  for (const { data } of matrices) for (const value of data) largest = Math.max(largest, Math.abs(value));
  const end = Number((largest || 1).toPrecision(3)) * 1.001;
  const signed = standardise === 'similarities' || projection === 'basis';
  return signed ? { label, kind: 'diverging', domain: [-end, end] } : { label, kind: 'sequential', domain: [0, end] };
}

/** Larger values mean nearer to the anchor: of distances and angles it is the smaller ones. */
export function isDistance({ projection }: Pick<ProjectionChoice, 'projection'>): boolean {
  return projection === 'angular' || projection === 'euclidean' || projection === 'l1';
}
