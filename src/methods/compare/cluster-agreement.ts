import { z } from 'zod';
import { assign } from '../../linalg/assignment';
import { centreInDouble, normaliseInDouble } from '../../linalg/centre';
import { Matrix } from '../../linalg/matrix';
import { Random } from '../../linalg/random';
import type { Figure, Scatter } from '../../protocol/figures';
import type { Table } from '../../protocol/result';
import { count, plural } from '../../protocol/words';
import { clustersByDensity, densityParameters } from '../describe/hdbscan';
import { principalPlane } from '../describe/overview-figures';
import { bySize, kmeansLabels } from '../match/kmeans';
import { type Context, defineMethod, type Outcome, type Representation } from '../method';
import { ranged } from '../shared/centred';
import { adjustedInformation, adjustedRand, normalisedInformation } from '../shared/clusterings';
import { heatmapPanel, poolingNote } from '../shared/image';
import { percent, principalAxes } from '../shared/pca';
import { inWords } from '../shared/reading';
import { everyRow, LISTED, rowTable } from '../shared/row-table';
import { duplicateRows, fewRows, zeroRows } from '../shared/warnings';
import { unionOfSubspaces } from '../transform/union-of-subspaces';

const parameters = z.object({
  how: z.enum(['kmeans', 'spherical', 'subspaces', 'hdbscan']).default('kmeans').meta({
    title: 'Clusters by',
    description:
      'kmeans; spherical: of rows of length one; subspaces: by the flat subspace that a row is nearest to; hdbscan: by density, as many as there are, with noise.',
  }),
  clusters: z.int().min(2).max(500).default(5).meta({
    title: 'Clusters',
    description: 'Of k-means, and subspaces: how many, in both spaces.',
  }),
  dimension: z.int().min(1).max(500).default(2).meta({
    title: 'Dimension',
    description: 'Of each subspace, where clusters are subspaces.',
  }),
  restarts: z.int().min(1).max(200).default(10).meta({
    title: 'Starts',
    description: 'Of k-means and subspaces: random starts, of which the best is kept.',
  }),
  smallest: densityParameters.smallest,
  samples: densityParameters.samples,
  selection: densityParameters.selection,
});

export const clusterAgreement = defineMethod({
  id: 'cluster-agreement',
  kind: 'compare',
  title: 'Agreement of clusters',
  summary: 'Clusters the rows in both spaces by themselves, and says how far the same rows are together in both.',
  blindTo:
    'two cuts through one even cloud disagree by accident: read it beside the stability of each side’s clusters; sees no order within a cluster',
  takes: 'pair',
  parameters,
  values: [
    { key: 'rand', title: 'Adjusted Rand index', range: [-1, 1], better: 'higher', self: 1 },
    { key: 'adjusted-information', title: 'Adjusted mutual information', range: [null, 1], better: 'higher', self: 1 },
    { key: 'information', title: 'Normalised mutual information', range: [0, 1], better: 'higher', self: 1 },
    { key: 'matched', title: 'Share of rows in matched clusters', range: [0, 1], better: 'higher' },
    { key: 'first-clusters', title: 'Clusters of the first', range: [0, null] },
    { key: 'second-clusters', title: 'Clusters of the second', range: [0, null] },
  ],
  invariances: ['permutation', 'orthogonal', 'scaling', 'translation', 'sign'],
  symmetric: true,
  cost: 'O(r n p K) a round for r starts; hdbscan O(n² p)',
  formula:
    'a, b: clusters of both sides, from the same seed. ARI = (Σ C(n_ij, 2) - E) / (½ [Σ C(a_i, 2) + Σ C(b_j, 2)] - E), E = Σ C(a_i, 2) Σ C(b_j, 2) / C(n, 2); AMI = (I - E I) / (½ [H(a) + H(b)] - E I); NMI = 2 I / (H(a) + H(b)); matched: the largest Σ n_ij over pairings of clusters, over n. Noise of hdbscan is a cluster of its own, and counted as one',
  tex: String.raw`\mathrm{ARI} = \frac{\sum_{ij}\binom{n_{ij}}{2} - E}{\frac12\big[\sum_i \binom{a_i}{2} + \sum_j \binom{b_j}{2}\big] - E}, \qquad \mathrm{AMI} = \frac{I - \mathbb{E} I}{\frac12 (H_a + H_b) - \mathbb{E} I}`,
  citation:
    'Hubert, Arabie (1985). Comparing partitions. Journal of Classification 2; Vinh, Epps, Bailey (2010). Information theoretic measures for clusterings comparison. JMLR 11',
  async run(inputs, chosen, context) {
    const [x, y] = inputs.map(ranged) as [Representation, Representation];
    const n = x.matrix.rows;
    const none = { rand: null, 'adjusted-information': null, information: null, matched: null };
    if (n < 3)
      return {
        values: { ...none, 'first-clusters': null, 'second-clusters': null },
        warnings: [`${n} rows are too few to have clusters.`],
      };
    context.progress(0, `Clusters of ${x.name}`);
    const a = await sideOf(x, chosen, context);
    context.progress(0.4, `Clusters of ${y.name}`);
    const b = await sideOf(y, chosen, context);
    const one = [a, b].filter(({ count }) => count === 1).length;
    // Then there is one way only to deal the rows out, and what is expected is all there can be.
    const fixed = a.count === b.count && (one === 2 || a.count === n);
    const table = meetings(a, b);
    const pairs = assign(table, { maximise: true, signal: context.signal });
    const partner = new Map(Array.from(pairs, (column, row) => [row, column]));
    const agree = a.places.map((row, i) => (partner.get(row) === b.places[i] ? 1 : 0));
    const matched = agree.reduce((sum, value) => sum + value, 0) / n;
    const adjusted = fixed
      ? null
      : {
          rand: adjustedRand(a.places, b.places),
          'adjusted-information': Math.min(1, adjustedInformation(a.places, b.places)),
        };
    const how = 'of clusterings of these sizes, rows dealt at random: 0 by construction';
    return {
      values: {
        ...{ rand: null, 'adjusted-information': null, ...adjusted },
        information: one === 2 ? null : normalisedInformation(a.places, b.places),
        ...{ matched, 'first-clusters': a.count, 'second-clusters': b.count },
      },
      chance: fixed ? {} : { rand: { level: 0, how }, 'adjusted-information': { level: 0, how } },
      tables: {
        clusters: matchedTable(x, a, y, b, table, pairs),
        moved: movedTable(x, a, y, b, agree, context),
        rows: everyRow('Clusters of each row', context, n, {
          first: (i) => a.names[a.places[i] as number] ?? '',
          second: (i) => b.names[b.places[i] as number] ?? '',
          'in matched clusters': (i) => (agree[i] === 1 ? 'yes' : 'no'),
        }),
      },
      figures: [mapOf(x, a, y, b, table, pairs), ...(await planes([x, y], agree, context))],
      steps: [
        chosen.how === 'hdbscan'
          ? `by density: clusters of ${chosen.smallest} rows or more, ${chosen.selection}; noise counts as one cluster`
          : `${NAMES[chosen.how]}, ${chosen.clusters} clusters${chosen.how === 'subspaces' ? ` of ${chosen.dimension} dimensions, columns centred` : ''}, best of ${chosen.restarts} starts, seed ${context.random.seed}, the same for both`,
        'clusters matched so that most rows are in pairs',
      ],
      ...(adjusted && { reading: readingOf(x, y, { ...adjusted, matched }) }),
      warnings: [
        ...(fixed
          ? [
              one === 2
                ? 'Both sides have a single cluster (or noise alone), which is nothing to agree on.'
                : 'Every row is a cluster of its own on both sides, which is no more than chance: choose fewer clusters.',
            ]
          : one > 0
            ? ['One side has a single cluster (or noise alone), and so nothing that the other could agree with.']
            : []),
        ...[...a.warnings, ...b.warnings, ...duplicateRows(x), ...duplicateRows(y), ...fewRows(n)],
      ],
    } satisfies Outcome;
  },
});

const NAMES = { kmeans: 'k-means', spherical: 'spherical k-means', subspaces: 'union of subspaces' } as const;

interface Side {
  /** Cluster of each row; where there is noise it is the last. */
  readonly places: Int32Array;
  readonly count: number;
  readonly names: readonly string[];
  readonly warnings: readonly string[];
}

async function sideOf(input: Representation, chosen: z.output<typeof parameters>, context: Context): Promise<Side> {
  const { name, matrix } = input;
  context.reserve(8 * 4 * matrix.rows * matrix.columns, 'the clusters');
  if (chosen.how === 'hdbscan') {
    const { labels } = await clustersByDensity(matrix.toDouble(), chosen, context);
    const count = labels.places.length;
    const noisy = labels.labels.some((label) => label < 0);
    return {
      places: labels.labels.map((label) => (label < 0 ? count : label)),
      count: count + (noisy ? 1 : 0),
      names: [...labels.places.map((_, label) => `${label + 1}`), ...(noisy ? ['noise'] : [])],
      warnings: count === 0 ? [`${name} has no clusters by density: all its rows are noise.`] : [],
    };
  }
  const points = chosen.how === 'spherical' ? normaliseInDouble(matrix).matrix : centreInDouble(matrix);
  const wanted = Math.min(chosen.clusters, matrix.rows);
  // Of the same seed, so that neither side is first.
  const random = new Random(context.random.seed);
  const { clusters, dimension, restarts: starts } = { ...chosen, clusters: wanted };
  const watch = { signal: context.signal, random, progress: () => {} };
  const flat = { clusters, dimension: Math.min(dimension, matrix.columns), starts };
  const places =
    chosen.how === 'subspaces'
      ? bySize((await unionOfSubspaces(points, flat, watch)).labels)
      : await kmeansLabels(points, wanted, starts, random, context.signal);
  const count = places.reduce((most, label) => Math.max(most, label), 0) + 1;
  return {
    ...{ places, count, names: Array.from({ length: count }, (_, label) => `${label + 1}`) },
    warnings: [
      ...(count < chosen.clusters
        ? [`${name} has ${plural(count, 'cluster')} only: there are no more rows that differ.`]
        : []),
      ...(chosen.how === 'spherical' ? zeroRows(input) : []),
    ],
  };
}

/** Rows in each cluster of one and of the other. */
function meetings(a: Side, b: Side): Matrix<Float64Array> {
  const table = Matrix.zeros(a.count, b.count);
  for (const [i, row] of a.places.entries()) {
    const at = row * b.count + (b.places[i] as number);
    table.data[at] = (table.data[at] as number) + 1;
  }
  return table;
}

function sizesOf({ places, count }: Side): number[] {
  const sizes = new Array<number>(count).fill(0);
  for (const place of places) sizes[place] = (sizes[place] as number) + 1;
  return sizes;
}

/** Rows of the first, and beside each the cluster of the second that it is matched with: pairs lie on the diagonal. */
function mapOf(
  x: Representation,
  a: Side,
  y: Representation,
  b: Side,
  table: Matrix<Float64Array>,
  pairs: Int32Array,
): Figure {
  const sizes = sizesOf(a);
  const first = Array.from({ length: a.count }, (_, row) => row);
  const taken = first.map((row) => pairs[row] as number).filter((column) => column >= 0);
  const rest = Array.from({ length: b.count }, (_, column) => column).filter((column) => !taken.includes(column));
  const at = (row: number, column: number) => table.at(row, column) / (sizes[row] as number);
  return {
    ...{ id: 'agreement', kind: 'heatmap', title: 'Where the rows of a cluster are' },
    caption: `Share of the rows of each cluster of ${x.name} that are in each cluster of ${y.name}, matched clusters on the diagonal. Ones on the diagonal are agreement; a row of several values is a cluster that the other space parts.${poolingNote(a.count, b.count, 'mean')}`,
    panels: [
      heatmapPanel(
        '',
        { rows: a.count, columns: b.count, at },
        { label: `clusters of ${x.name}`, order: first, name: (c) => a.names[c] ?? '' },
        { label: `clusters of ${y.name}`, order: [...taken, ...rest], name: (c) => b.names[c] ?? '' },
        'mean',
      ),
    ],
    scale: { label: 'share of the cluster', kind: 'sequential', domain: [0, 1] },
  };
}

/** Both principal planes, coloured by whether a row is in matched clusters. */
async function planes(
  inputs: readonly [Representation, Representation],
  agree: Int32Array,
  context: Context,
): Promise<Scatter[]> {
  const made: Scatter[] = [];
  const labels = {
    ...{ kind: 'category' as const, name: 'clusters', categories: ['agree', 'differ'] },
    index: agree.map((value) => 1 - value),
  };
  for (const { name, matrix } of inputs) {
    const centred = centreInDouble(matrix);
    const principal = await principalAxes(centred, 2, context);
    if (principal.squares.length === 0) return [];
    // The same draw of rows on both sides.
    const same = { ...context, rows: { ...context.rows, labels }, random: new Random(context.random.seed) };
    made.push(await principalPlane(name, centred, principal, '', same));
  }
  const [left, right] = made as [Scatter, Scatter];
  return [
    {
      ...left,
      ...{ id: 'planes', title: 'Which rows agree' },
      caption: `${left.caption} Coloured by whether the clusters of a row in both spaces are matched with each other.`,
      panels: [...left.panels, ...right.panels],
    },
  ];
}

function matchedTable(
  x: Representation,
  a: Side,
  y: Representation,
  b: Side,
  table: Matrix<Float64Array>,
  pairs: Int32Array,
): Table {
  const [left, right] = [sizesOf(a), sizesOf(b)];
  return {
    title: 'Matched clusters',
    columns: [x.name, 'rows', `matched in ${y.name}`, 'rows of it', 'shared', 'shared of all in either'],
    rows: left.map((size, row) => {
      const column = pairs[row] as number;
      if (column < 0) return [a.names[row] ?? '', size, null, null, null, null];
      const [other, shared] = [right[column] as number, table.at(row, column)];
      return [a.names[row] ?? '', size, b.names[column] ?? '', other, shared, shared / (size + other - shared)];
    }),
  };
}

function movedTable(
  x: Representation,
  a: Side,
  y: Representation,
  b: Side,
  agree: Int32Array,
  context: Context,
): Table {
  const moved = Array.from(agree.keys()).filter((i) => agree[i] === 0);
  const listed = moved.slice(0, 4 * LISTED);
  return rowTable(`Rows whose clusters differ (${count(listed.length)} of ${count(moved.length)})`, context, listed, {
    [`cluster in ${x.name}`]: (i) => a.names[a.places[i] as number] ?? '',
    [`cluster in ${y.name}`]: (i) => b.names[b.places[i] as number] ?? '',
  });
}

function readingOf(
  x: Representation,
  y: Representation,
  values: { readonly rand: number; readonly matched: number; readonly 'adjusted-information': number },
): string {
  const { rand, matched } = values;
  const words =
    rand > 0.8
      ? 'nearly the same clusters'
      : rand > 0.4
        ? 'the same clusters in part'
        : rand > 0.1
          ? 'clusters that have a little in common'
          : 'clusters that have hardly more in common than by chance';
  return `${x.name} and ${y.name} have ${words} (adjusted Rand index ${inWords(rand)}, adjusted mutual information ${inWords(values['adjusted-information'])}; 0 by chance): ${percent(matched)} of the rows are in matched clusters.`;
}
