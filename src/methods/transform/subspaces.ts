import { z } from 'zod';
import { centreColumns, centreInDouble, normaliseRows } from '../../linalg/centre';
import { Matrix } from '../../linalg/matrix';
import { UserError } from '../../protocol/errors';
import type { Figure } from '../../protocol/figures';
import type { Table } from '../../protocol/result';
import { count, plural } from '../../protocol/words';
import { principalPlane } from '../describe/overview-figures';
import { needsRows } from '../embed/made';
import { type Context, defineMethod, type Outcome, type Representation } from '../method';
import { ranged, rangeExponent } from '../shared/centred';
import { placesByClass } from '../shared/classes';
import { agreementTable } from '../shared/clusterings';
import { principalAngles } from '../shared/grassmann';
import { percent, principalAxes } from '../shared/pca';
import { everyRow, LISTED, rowTable } from '../shared/row-table';
import { SHARE, STARTS, stabilityOf } from '../shared/stability';
import { followedAt } from './denoiser-jacobian';
import { flatSilhouettes } from './flat-silhouettes';
import { denoised, type Union, unionOfSubspaces } from './union-of-subspaces';

const parameters = z.object({
  clusters: z
    .int()
    .min(1)
    .max(200)
    .default(4)
    .meta({ title: 'Subspaces', description: 'How many subspaces the rows are parted into.' }),
  dimension: z.int().min(1).max(500).default(2).meta({
    title: 'Dimension',
    description: 'Of each subspace; the table says how many dimensions hold 95 % of each cluster.',
  }),
  centre: z.boolean().default(true).meta({
    title: 'Centre',
    description: 'Subtracts the mean of all rows first: the subspaces go through it.',
  }),
  normalise: z.boolean().default(false).meta({
    title: 'Unit length',
    description: 'Brings rows to length one first, so that long rows do not decide.',
  }),
  starts: z
    .int()
    .min(1)
    .max(200)
    .default(10)
    .meta({
      title: 'Starts',
      description: `Random starts, of which the best is kept; of each part of the rows that stability is over, ${STARTS} at most.`,
    }),
  noise: z.number().min(0).max(1e3).default(0).meta({
    title: 'Noise',
    description:
      'What the representation made takes for noise (standard deviation, where rows have variance 1 along a subspace): each row becomes the mean of what it may have been. 0: its projection onto its own subspace.',
  }),
});

export const subspaces = defineMethod({
  id: 'subspaces',
  kind: 'transform',
  title: 'Union of subspaces',
  summary:
    'Parts the rows into clusters that each lie near a flat subspace of their own, and projects each row onto its own.',
  blindTo: 'blind to curvature within a cluster; subspaces that share directions cannot be told apart there',
  takes: 'one',
  labels: 'optional',
  parameters,
  values: [
    { key: 'energy', title: 'Share of the squared lengths that the subspaces hold', range: [0, 1], better: 'higher' },
    { key: 'one-subspace', title: 'The same of one subspace of this dimension', range: [0, 1] },
    { key: 'smallest-angle', title: 'Smallest principal angle of two subspaces, degrees', range: [0, 90] },
    {
      key: 'silhouette',
      title: 'Silhouette by distances to the subspaces, mean over rows',
      range: [-1, 1],
      better: 'higher',
    },
    {
      key: 'stability',
      title: `Stability: adjusted Rand index against subspaces of ${100 * SHARE} % of the rows`,
      range: [-1, 1],
      better: 'higher',
    },
    { key: 'sufficient', title: 'Subspaces with as many rows as dimensions, or more', range: [0, null] },
  ],
  invariances: ['permutation', 'orthogonal', 'scaling', 'sign'],
  symmetric: false,
  cost: 'O(r (n p K d + K p³)) for r starts',
  formula:
    'argmax Σ_i max_k |U_k^T x_i|², U_k of d orthonormal columns; denoised: (1 + γ²)^-1 Σ_k w_k U_k U_k^T x, w_k ∝ π_k (1 + γ^-2)^(-d/2) exp(|U_k^T x|² / 2γ²(1 + γ²)); silhouette (b - a) / b, a and b the distances of a row to its own and the next nearest subspace',
  tex: String.raw`\max_{U_1,\dots,U_K} \sum_i \max_k \lVert U_k^{\top} x_i \rVert^2, \qquad U_k^{\top} U_k = I_d`,
  citation:
    'Wang, Zhang, Zhang, Chen, Ma, Qu (2024). Diffusion models learn low-dimensional distributions via subspace clustering. arXiv:2409.02426. Bradley, Mangasarian (2000). k-plane clustering. Journal of Global Optimization 16',
  async run([input], chosen, context) {
    const { name, matrix } = ranged(input as Representation);
    // Rows of length one have no unit.
    const unit = chosen.normalise ? 1 : 2 ** rangeExponent((input as Representation).matrix);
    const noise = chosen.noise / unit;
    // Its squares are doubles, and so is what they are added to.
    if (noise > 0 && Math.abs(Math.log2(noise)) > 200)
      throw new UserError(
        `Noise ${chosen.noise} beside values of ${name} of about ${unit.toExponential(0)}: one is nothing to the other. Scale the rows, so that their variance along a subspace is about 1, or set the noise to 0.`,
      );
    needsRows(matrix.rows, 'row');
    const clusters = Math.min(chosen.clusters, matrix.rows);
    const dimension = Math.min(chosen.dimension, matrix.columns);
    context.reserve(8 * (4 * matrix.rows * matrix.columns + 4 * matrix.columns ** 2), 'the subspaces');
    const centred = chosen.centre ? centreInDouble(matrix) : matrix.toDouble();
    const x = chosen.normalise ? normaliseRows(centred).matrix : centred;
    const found = await unionOfSubspaces(x, { clusters, dimension, starts: chosen.starts }, context);
    if (!(found.total > 0)) throw new UserError(`The rows of ${name} are all the same: there is no subspace to find.`);
    const one = await principalAxes(x, dimension, context);
    const single = one.squares.subarray(0, dimension).reduce((sum, value) => sum + value, 0) / found.total;
    const energy = Math.min(1, found.captured / found.total);
    const sizes = Array.from({ length: clusters }, (_, k) => found.labels.filter((label) => label === k).length);
    const angles = await anglesOf(found, context);
    const made = madeOf(x, found, sizes, noise, context);
    const rows = { ...context.rows, labels: labelsOf(found.labels, clusters) };
    const sufficient = sizes.filter((size, k) => size >= (found.bases[k]?.columns ?? 0) && size >= dimension).length;
    const silhouettes = clusters > 1 ? await flatSilhouettes(x, found, context) : null;
    const silhouette = silhouettes && silhouettes.reduce((sum, value) => sum + value, 0) / x.rows;
    context.progress(0.8, 'Stability');
    const part = async (some: Matrix<Float64Array>, starts: number) =>
      (await unionOfSubspaces(some, { clusters, dimension, starts }, quiet(context))).labels;
    const stable = clusters > 1 ? await stabilityOf(x, found.labels, clusters, chosen.starts, part, context) : null;
    const stability = stable?.mean ?? null;
    const smallest = angles.length > 0 ? Math.min(...angles.map(([, , angle]) => angle)) : null;
    return {
      values: {
        energy,
        'one-subspace': Math.min(1, single),
        'smallest-angle': smallest,
        silhouette,
        stability,
        sufficient,
      },
      tables: {
        clusters: await clusterTable(x, found, sizes, context),
        ...(angles.length > 0 && {
          angles: { title: 'Smallest principal angles', columns: ['subspace', 'and', 'degrees'], rows: angles },
        }),
        ...agreementTable(found.labels, context),
        rows: everyRow('Subspace of each row', context, x.rows, {
          subspace: (i) => `${(found.labels[i] as number) + 1}`,
          ...(silhouettes && { silhouette: (i: number) => silhouettes[i] as number }),
        }),
        ...(chosen.noise > 0 && { directions: await directionsTable(x, found, sizes, noise, context) }),
      },
      figures: await planes(name, x, { ...context, rows }),
      representations: [
        {
          name: `${name} subspaces`,
          matrix: (unit === 1 ? made : made.map((value) => value * unit)).inPrecisionOf(matrix),
        },
      ],
      steps: [
        ...(chosen.centre ? ['columns centred'] : []),
        ...(chosen.normalise ? ['rows brought to length one'] : []),
        `${clusters} subspaces of ${dimension} dimensions, best of ${chosen.starts} starts, seed ${context.random.seed}`,
        chosen.noise > 0
          ? `each row the mean of what it may have been, at noise ${chosen.noise}`
          : 'each row projected onto its own subspace',
        ...(stable ? [stable.step] : []),
      ],
      reading: `${plural(clusters, 'subspace')} of ${plural(dimension, 'dimension')} hold${clusters === 1 ? 's' : ''} ${percent(energy)} of the squared lengths, one alone ${percent(Math.min(1, single))}${
        smallest === null ? '' : `; the two nearest are ${smallest.toFixed(0)}° apart in their closest direction`
      }. That many subspaces fit better than one says little: compare with other numbers of them.`,
      warnings: [
        ...(clusters < chosen.clusters
          ? [`There are ${matrix.rows} rows: no more than ${plural(clusters, 'subspace')}.`]
          : []),
        ...(dimension < chosen.dimension
          ? [`Of ${plural(matrix.columns, 'unit')}, subspaces have ${plural(dimension, 'dimension')}.`]
          : []),
        ...(smallest === null ? ['One subspace has no angle to another, no silhouette, and is always the same.'] : []),
        ...(sufficient < clusters
          ? [
              `${clusters - sufficient} of ${clusters} subspaces have fewer rows than dimensions: what they are is not determined.`,
            ]
          : []),
      ],
    } satisfies Outcome;
  },
});

/** What repeats a search says nothing of how far it is. */
function quiet({ signal, random }: Context) {
  return { signal, random, progress: () => {} };
}

function madeOf(
  x: Matrix<Float64Array>,
  found: Union,
  sizes: readonly number[],
  noise: number,
  { signal }: Context,
): Matrix {
  const out = new Float64Array(x.data.length);
  const shares = sizes.map((size) => size / x.rows);
  for (let i = 0; i < x.rows; i++) {
    if (i % 256 === 0) signal.throwIfAborted();
    const own = found.labels[i] as number;
    // Without noise there is one subspace that a row can be of.
    const { row } =
      noise > 0
        ? denoised(x.row(i), found.bases, shares, noise)
        : denoised(x.row(i), [found.bases[own] as Matrix<Float64Array>], [1], 1e-12);
    out.set(row, i * x.columns);
  }
  return new Matrix(out, x.rows, x.columns);
}

/** How many directions the denoised version of a row follows: those of its own subspace, or of several where it may be of them. */
async function directionsTable(
  x: Matrix<Float64Array>,
  { bases, labels }: Union,
  sizes: readonly number[],
  noise: number,
  context: Context,
): Promise<Table> {
  const some = Array.from({ length: Math.min(LISTED, x.rows) }, (_, i) => i);
  const shares = sizes.map((size) => size / x.rows);
  const counts = await followedAt(x.takeRows(some), bases, shares, noise, context);
  return rowTable(
    `Directions that a denoised row follows (99 % of the singular values of its Jacobian; ${count(some.length)} of ${count(x.rows)} rows)`,
    context,
    some,
    { subspace: (i) => (labels[i] as number) + 1, directions: (i) => counts[i] as number },
  );
}

/** Of every two subspaces that have a direction, in degrees. */
async function anglesOf({ bases }: Union, context: Context): Promise<[number, number, number][]> {
  const out: [number, number, number][] = [];
  for (let a = 0; a < bases.length; a++)
    for (let b = a + 1; b < bases.length; b++) {
      const [u, v] = [bases[a] as Matrix<Float64Array>, bases[b] as Matrix<Float64Array>];
      if (u.columns === 0 || v.columns === 0) continue;
      const [least] = await principalAngles(u, v, context);
      out.push([a + 1, b + 1, ((least as number) * 180) / Math.PI]);
    }
  return out;
}

async function clusterTable(
  x: Matrix<Float64Array>,
  { labels, bases }: Union,
  sizes: readonly number[],
  context: Context,
): Promise<Table> {
  const rows: (number | string)[][] = [];
  const places = placesByClass(labels, sizes.length);
  for (const [k, size] of sizes.entries()) {
    const own = x.takeRows(places[k] as Int32Array);
    const squares = size > 0 ? (await principalAxes(own, 1, context)).squares : new Float64Array();
    const total = squares.reduce((sum, value) => sum + value, 0);
    let needed = 0;
    for (let sum = 0; needed < squares.length && sum < 0.95 * total; needed++) sum += squares[needed] as number;
    const dimension = bases[k]?.columns ?? 0;
    const held = squares.subarray(0, dimension).reduce((sum, value) => sum + value, 0);
    rows.push([k + 1, size, dimension, total > 0 ? held / total : 1, needed]);
  }
  return {
    title: 'Subspaces',
    columns: ['subspace', 'rows', 'dimensions', 'share held', 'dimensions for 95 %'],
    rows,
  };
}

function labelsOf(labels: Int32Array, clusters: number) {
  return {
    ...{ kind: 'category' as const, name: 'subspace', index: labels },
    categories: Array.from({ length: clusters }, (_, k) => `${k + 1}`),
  };
}

async function planes(name: string, x: Matrix<Float64Array>, context: Context): Promise<Figure[]> {
  const centred = centreColumns(x);
  const principal = await principalAxes(centred, 2, context);
  if (principal.squares.length === 0) return [];
  return [await principalPlane(name, centred, principal, ' Colours are the subspaces found.', context)];
}
