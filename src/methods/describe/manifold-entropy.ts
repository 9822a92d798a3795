import { z } from 'zod';
import { centreColumns } from '../../linalg/centre';
import { Matrix } from '../../linalg/matrix';
import { Points } from '../../linalg/points';
import { multiply } from '../../linalg/products';
import type { Line } from '../../protocol/figures';
import type { Cell, Table } from '../../protocol/result';
import { count, plural } from '../../protocol/words';
import { needsRows } from '../embed/made';
import { type Context, defineMethod, type Outcome, type Representation } from '../method';
import { centred, ranged, rangeExponent } from '../shared/centred';
import { type Classes, someClasses } from '../shared/classes';
import { histogram } from '../shared/histogram';
import { digits6 } from '../shared/image';
import {
  effectiveModes,
  indexOf,
  joined,
  meanLog,
  meanSquare,
  nearestEntropy,
  nearestOfBoth,
  nearestOthers,
} from '../shared/nearest-entropy';
import { type Principal, percent, principalAxes } from '../shared/pca';
import { inWords } from '../shared/reading';
import { LISTED, rowTable } from '../shared/row-table';
import { duplicateRows, fewRows } from '../shared/warnings';

/** Draws of as many rows of each class as the smallest has. */
const DRAWS = 20;

const parameters = z.object({
  neighbours: z.int().min(1).max(100).default(3).meta({
    title: 'Neighbour of the entropy',
    description: 'Which nearest row the differential entropy (Kozachenko and Leonenko) looks at.',
  }),
  share: z.number().gt(0).max(1).default(0.95).meta({
    title: 'Variance kept for the entropy',
    description: 'It is computed in as many principal components as hold this share of the variance; 1: in all units.',
  }),
  near: z.number().gt(0).max(1).default(0.1).meta({
    title: 'Near duplicates within',
    description: 'Rows at most this share of the root mean squared distance of two rows apart are counted as one mode.',
  }),
});

export const manifoldEntropy = defineMethod({
  id: 'manifold-entropy',
  kind: 'describe',
  title: 'Manifold entropy and collapse',
  summary:
    'How diverse the rows are, from the distance of each to its nearest other: low where rows repeat each other or fall onto few modes.',
  blindTo:
    'sees the nearest row alone: two copies of one rich set look collapsed, and few far modes of many even rows look rich; compare equal numbers of rows only',
  takes: 'one',
  seesUnits: true,
  labels: 'optional',
  parameters,
  values: [
    { key: 'relative', title: 'Index over the mean squared distance (free of scale)', range: [null, 0] },
    { key: 'index', title: 'Manifold entropy index ln mean δ', range: [null, null] },
    { key: 'mean-log', title: 'Mean ln δ', range: [null, null] },
    { key: 'entropy', title: 'Differential entropy, nats (Kozachenko, Leonenko)', range: [null, null] },
    { key: 'dimensions', title: 'Dimensions that the entropy is taken in', range: [0, null] },
    { key: 'modes', title: 'Effective modes, near duplicates as one', range: [1, null] },
    { key: 'near-duplicates', title: 'Rows that have a near duplicate', range: [0, 1] },
  ],
  invariances: ['permutation', 'orthogonal', 'scaling', 'translation', 'sign'],
  symmetric: false,
  cost: 'O(n² p)',
  formula:
    'δ_i = min_{m ≠ i} ‖z_i - z_m‖² / p. index = ln mean δ; relative = ln(mean δ p / mean_{i ≠ j} ‖z_i - z_j‖²); entropy = ψ(n) - ψ(k) + ln V_d + (d / n) Σ ln r_k; modes = exp of the entropy of the sizes of groups that steps of near duplicates join',
  tex: String.raw`H = \ln \frac1n \sum_i \min_{m \ne i} \tfrac1p \lVert z_i - z_m \rVert^2, \qquad h = \psi(n) - \psi(k) + \ln V_d + \frac dn \sum_i \ln r_k(z_i)`,
  citation:
    'Liu, Li, Wu, Li, Wang, Zhang, Shen (2023). Combating mode collapse via offline manifold entropy estimation. AAAI. arXiv:2208.12055; Kozachenko, Leonenko (1987). Sample estimate of the entropy of a random vector. Problems of Information Transmission 23',
  async run([input], chosen, context) {
    const { name, matrix } = ranged(input as Representation);
    // What is left of a logarithm of lengths where the values are those over a power of two.
    const shift = Math.LN2 * rangeExponent((input as Representation).matrix);
    needsRows(matrix.rows, 'row');
    const [n, p] = [matrix.rows, matrix.columns];
    context.reserve(8 * 4 * n * p, 'the centred rows and their principal components');
    const moved = centred(matrix.toDouble(), true).toDouble();
    const spread = meanSquare(moved);
    const { squares, own } = await nearestOfBoth(matrix, moved, context);
    context.progress(0.5, 'Principal components');
    const principal = await principalAxes(moved, p, context);
    const kept = dimensionsFor(principal, chosen.share);
    const space = chosen.share === 1 ? matrix.toDouble() : await inData(matrix, principal, kept, context);
    const k = Math.min(chosen.neighbours, n - 1);
    const entropy = space.columns > 0 ? await nearestEntropy(space, k, shift, context) : null;
    const groups = await joined(new Points(moved), chosen.near * Math.sqrt(spread), context);
    const sizes = new Map<number, number>();
    for (const group of groups) sizes.set(group, (sizes.get(group) ?? 0) + 1);
    const near = groups.reduce((count, group) => count + ((sizes.get(group) as number) > 1 ? 1 : 0), 0) / n;
    const index = indexOf(squares, p, shift);
    const logs = meanLog(squares, p, shift);
    const relative = relativeOf(own, spread);
    const normal = await normalIndex(principal, n, context);
    const classes = someClasses(context.rows, n, 3);
    return {
      values: {
        ...{ relative, index, 'mean-log': logs, entropy, dimensions: space.columns },
        ...{ modes: effectiveModes(groups), 'near-duplicates': near },
      },
      chance: {
        ...(relative !== null &&
          normal !== null && {
            relative: { level: normal, how: 'one draw of as many normal rows of the same covariance' },
          }),
      },
      ...(relative !== null && { intervals: { relative: intervalOf(own, relative) } }),
      tables: {
        'near-duplicates': duplicates(groups, sizes, own, spread, context),
        ...(classes && { classes: await classTable(moved, spread, classes, context) }),
      },
      figures: spread > 0 ? [distances(own, spread, chosen.near)] : [],
      steps: [
        `entropy by the ${k === 1 ? 'nearest row' : `${k} nearest rows`} in ${plural(space.columns, 'dimension')}`,
        `near duplicates: within ${chosen.near} of the root mean squared distance`,
        'float64',
      ],
      ...(relative !== null && { reading: readingOf(name, relative, normal, near, effectiveModes(groups), n) }),
      warnings: [
        ...(index === null ? ['Every row repeats another exactly: the index is empty (minus infinity).'] : []),
        ...(relative === null && index !== null ? ['All rows are the same: nothing to measure distances by.'] : []),
        ...(entropy === null
          ? [`The differential entropy is empty: some rows have ${k} exact copies or nothing varies (minus infinity).`]
          : []),
        ...(logs === null ? ['The mean ln δ is empty: some rows repeat another exactly (minus infinity).'] : []),
        ...(k < chosen.neighbours ? [`The entropy looks at neighbour ${k}: there are no more rows.`] : []),
        ...duplicateRows({ name, matrix }),
        ...(classes?.left ?? []),
        ...fewRows(n),
      ],
    } satisfies Outcome;
  },
});

function relativeOf(squares: Float64Array, spread: number): number | null {
  if (!(spread > 0)) return null;
  const mean = squares.reduce((sum, square) => sum + square, 0) / squares.length;
  return mean > 0 ? Math.log(mean / spread) : null;
}

function dimensionsFor({ squares }: Principal, share: number): number {
  const total = squares.reduceRight((sum, square) => sum + square, 0);
  let [held, count] = [0, 0];
  while (count < squares.length && held < share * total) held += squares[count++] as number;
  return count;
}

/** The rows in their first principal components, in the units of the data. */
async function inData(matrix: Matrix, { axes }: Principal, count: number, context: Context) {
  const chosen = axes.columnBand(0, count);
  return multiply(matrix.toDouble(), chosen, context);
}

/** What the relative index of normal rows of this covariance is: of one draw. */
async function normalIndex({ squares }: Principal, n: number, context: Context): Promise<number | null> {
  if (squares.length === 0) return null;
  const scales = squares.map((square) => Math.sqrt(square / (n - 1)));
  const drawn = Matrix.zeros(n, scales.length);
  for (let i = 0, k = 0; i < n; i++)
    for (let j = 0; j < scales.length; j++, k++) drawn.data[k] = (scales[j] as number) * context.random.normal();
  return relativeOf(await nearestOthers(drawn, context), meanSquare(centreColumns(drawn)));
}

function intervalOf(squares: Float64Array, value: number) {
  const n = squares.length;
  const mean = squares.reduce((sum, square) => sum + square, 0) / n;
  const variance = squares.reduce((sum, square) => sum + (square - mean) ** 2, 0) / Math.max(1, n - 1);
  const error = Math.sqrt(variance / n) / mean;
  return {
    ...{ low: value - 1.96 * error, high: value + 1.96 * error, level: 0.95 },
    how: 'normal approximation over the nearest distances of rows, taken as independent',
  };
}

function duplicates(
  groups: Int32Array,
  sizes: ReadonlyMap<number, number>,
  squares: Float64Array,
  spread: number,
  context: Context,
): Table {
  const order = Array.from(groups.keys())
    .filter((i) => (sizes.get(groups[i] as number) as number) > 1)
    .sort(
      (a, b) =>
        (sizes.get(groups[b] as number) as number) - (sizes.get(groups[a] as number) as number) ||
        (groups[a] as number) - (groups[b] as number) ||
        a - b,
    );
  const numbers = new Map([...new Set(order.map((i) => groups[i] as number))].map((group, at) => [group, at + 1]));
  const listed = order.slice(0, 4 * LISTED);
  return rowTable(
    `Near duplicates, the largest groups first (${count(listed.length)} of ${count(order.length)} rows)`,
    context,
    listed,
    {
      group: (i) => numbers.get(groups[i] as number) as number,
      'rows of it': (i) => sizes.get(groups[i] as number) as number,
      'distance to the nearest, relative': (i) => (spread > 0 ? Math.sqrt((squares[i] as number) / spread) : null),
    },
  );
}

/** At one number of rows, the smallest class's, so that classes compare; each by the spread of all rows. */
async function classTable(
  x: Matrix<Float64Array>,
  spread: number,
  { names, groups, label }: Classes,
  context: Context,
): Promise<Table> {
  const size = Math.max(2, Math.min(...groups.map((group) => group.length)));
  const rows: Cell[][] = [];
  for (const [c, group] of groups.entries()) {
    const values: number[] = [];
    for (let draw = 0; draw < (group.length > size ? DRAWS : 1); draw++) {
      context.signal.throwIfAborted();
      const places = context.random.sample(group.length, size).map((at) => group[at] as number);
      const value = relativeOf(await nearestOthers(x.takeRows(places), context), spread);
      if (value !== null) values.push(value);
    }
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
    const sd = Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length);
    rows.push([names[c] as string, group.length, ...(values.length > 0 ? [mean, sd] : [null, null])]);
  }
  return {
    title: `Relative index of each class, at ${size} rows (mean of ${DRAWS} draws where it has more)`,
    columns: [label, 'rows', 'relative index', 'spread over draws'],
    rows: rows.sort((a, b) => Number(a[2] ?? Number.NEGATIVE_INFINITY) - Number(b[2] ?? Number.NEGATIVE_INFINITY)),
  };
}

function distances(squares: Float64Array, spread: number, near: number): Line {
  const relative = squares.map((square) => Math.sqrt(square / spread));
  const figure = histogram(relative, {
    ...{ id: 'nearest', title: 'How far the nearest other row is' },
    ...{ x: 'distance to the nearest row, relative', y: 'rows' },
    caption: `Over the root mean squared distance of two rows. A heap at 0 is repetition: what is below ${near} counts as a near duplicate. In many dimensions all rows stand towards 1.`,
  });
  return { ...figure, y: { ...figure.y, domain: [0, digits6(figure.y.domain?.[1] ?? 1) ?? 1] } };
}

function readingOf(
  name: string,
  relative: number,
  normal: number | null,
  near: number,
  modes: number,
  n: number,
): string {
  const share = Math.sqrt(Math.exp(relative));
  const against =
    normal === null
      ? ''
      : relative < normal - 1
        ? ' Normal rows of the same covariance would stand much farther apart: rows gather in clusters, on something bent, or repeat.'
        : ' That is not far from normal rows of the same covariance: there is no collapse that covariances do not show.';
  return `The nearest other row of ${name} is at ${percent(share)} of the distance of two rows (root mean squares; index ${inWords(relative)}${normal === null ? '' : `, normal rows ${inWords(normal)}`}).${against} ${percent(near)} of the rows have a near duplicate; they count as ${plural(Math.round(modes), 'mode')} of ${n}.`;
}
