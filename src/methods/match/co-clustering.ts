import { z } from 'zod';
import type { Matrix } from '../../linalg/matrix';
import { Random } from '../../linalg/random';
import {
  type Context,
  defineMethod,
  type Outcome,
  type PairScore,
  type Representation,
  type RowStream,
} from '../method';
import { scorePairs } from '../shared/pairs';
import { inWords } from '../shared/reading';
import { clusteredFigure, spectrumFigure, treeFigure } from './co-cluster-figures';
import { clusterTable, coCluster, overall } from './co-clusters';
import { correlations, reserveTables, standardisedBytes, type Units, unitsOf } from './correlation';
import { NOTHING_CORRELATES, requireRows } from './shuffled';
import { predictionParameters } from './sparse-prediction';
import { correlatedValues, inBlocks, pearsonOnly, unitSums } from './unit-sums';

/** Of every method that clusters units. */
export const clusterParameters = {
  clustering: z.enum(['spectral', 'hierarchical']).default('spectral').meta({
    title: 'Clustering',
    description:
      'spectral: normalised cut of the similarities, by k-means of 20 starts; hierarchical: the tree of average linkage, cut.',
  }),
  clusters: z.int().min(0).max(500).default(0).meta({
    title: 'Clusters',
    description:
      'How many; 0: as many as come before the widest gap between eigenvalues that follow each other, from 2 on; 1 of one unit on either side. Of correlations between the sides alone the upper eigenvalues mirror the lower: there are no more clusters than the side with fewer units has of them.',
  }),
  largest: z.int().min(2).max(200).default(40).meta({
    title: 'Clusters at most',
    description: 'Of what the gap may tell.',
  }),
  blocks: z.enum(['all', 'between']).default('all').meta({
    title: 'Correlations used',
    description:
      'all: within either side and between them; between: only those of units of different sides, and of each unit with itself, which is 1.',
  }),
} as const;

const parameters = z.object({ coefficient: predictionParameters.coefficient, ...clusterParameters });
type Choice = z.output<typeof parameters>;

export const coClustering = defineMethod({
  id: 'co-clustering',
  kind: 'match',
  title: 'Co-clustering of units',
  summary:
    'Clusters the units of both representations together, and asks of each cluster whether both sides span the same subspace.',
  blindTo: 'blind to relations that are not linear; with few rows for many units subspaces agree by chance',
  takes: 'pair',
  parameters,
  values: [
    { key: 'agreement', title: 'Mean canonical correlation within clusters', range: [0, 1], better: 'higher', self: 1 },
    { key: 'best', title: 'Mean |r| of the best pair of each cluster', range: [0, 1], better: 'higher', self: 1 },
    { key: 'shared', title: 'Share of units in clusters of both', range: [0, 1], better: 'higher', self: 1 },
    { key: 'clusters', title: 'Clusters', range: [1, null] },
  ],
  invariances: ['permutation', 'scaling', 'translation', 'column-scaling', 'sign'],
  symmetric: true,
  cost: 'O(n(p + q)² + k(p + q)²) for k clusters at most',
  formula:
    'S = |r| over all units of both (blocks = between: 0 of two units of one side, 1 of a unit with itself), D = diag(S 1); clusters by k-means of the rows of D^-1/2 V, V the k bottom eigenvectors of I - D^-1/2 S D^-1/2; agreement = mean over clusters that have units of both, weighted by the number of canonical correlations (the lower rank, of directions with more than 1e-8 of the largest variance of standardised units), of the mean of the canonical correlations of their units of the first with those of the second; best: the same mean of the largest |r| between the sides',
  tex: String.raw`\min_{C_1, \dots, C_k} \sum_c \frac{\sum_{i \in C_c, j \notin C_c} S_{ij}}{\sum_{i \in C_c, j} S_{ij}}, \quad S_{ij} = |r_{ij}|; \qquad \bar\rho_c = \frac{1}{\min(a_c, b_c)} \sum_m \sigma_m\big(R_{aa}^{-1/2} R_{ab} R_{bb}^{-1/2}\big)`,
  citation:
    'Li, Yosinski, Clune, Lipson, Hopcroft (2016). Convergent learning: do different neural networks learn the same representations? ICLR. arXiv:1511.07543; Shi, Malik (2000). Normalized cuts and image segmentation. IEEE TPAMI 22(8)',
  async run(inputs, chosen, context) {
    const used = correlatedValues(inputs as readonly Representation[], chosen.coefficient, context);
    return clustered(inBlocks(used, context), chosen, context);
  },
  room: standardisedBytes,
  stream: (stream, chosen, context) => clustered(pearsonOnly(stream, chosen), chosen, context),
  async sweep(rows, columns, chosen, context) {
    for (const { matrix } of rows.slice(0, 1)) requireRows(matrix.rows);
    return scorePairs(
      rows,
      columns,
      context,
      async (input): Promise<Side> => {
        const [used] = correlatedValues([input], chosen.coefficient, context) as [Representation];
        const units = unitsOf(used);
        return { units, own: await correlations(units, units, context.signal) };
      },
      (x, y) => agreementOf(x, y, chosen, context),
      ({ matrix }) => 8 * matrix.columns * (matrix.columns + (chosen.coefficient === 'rank' ? matrix.rows : 0)),
    );
  },
});

/** The units of one side, and how they correlate with each other. */
interface Side {
  readonly units: Units;
  readonly own: Matrix<Float64Array>;
}

/** The agreement alone, with its level of chance. */
async function agreementOf(x: Side, y: Side, chosen: Choice, context: Context): Promise<PairScore> {
  if (x.units.kept.length === 0 || y.units.kept.length === 0) return { value: null, warning: NOTHING_CORRELATES };
  reserveTables(x.units, y.units, context);
  const ab = await correlations(x.units, y.units, context.signal);
  const all = { rows: x.units.matrix.rows, aa: x.own, ab, bb: y.own };
  // Every pair begins with the seed, as one that is looked at by itself.
  const own = { ...context, random: new Random(context.random.seed) };
  const found = await coCluster({ all }, chosen, own, false);
  const { agreement, level } = overall(found);
  const warnings = [...found.warnings, ...(agreement === null ? [NO_SUBSPACE] : [])];
  return {
    value: agreement,
    ...(level !== null && { level }),
    ...(warnings.length > 0 && { warning: warnings.join(' ') }),
  };
}

const NO_SUBSPACE = 'No cluster has units of both sides: there is no subspace to compare.';

async function clustered(stream: RowStream, chosen: Choice, context: Context): Promise<Outcome> {
  requireRows(stream.rows);
  const sums = await unitSums(stream, { ...chosen, held: 0, listed: 1, seed: 0 }, context, 0.5);
  const { units, all, steps, warnings } = sums;
  const [x, y] = units;
  if (x.kept.length === 0 || y.kept.length === 0) {
    const values = { agreement: null, best: null, shared: null, clusters: null };
    return { values, steps, warnings: [...warnings, NOTHING_CORRELATES] };
  }
  context.progress(0.5, 'Clusters');
  const found = await coCluster(sums, chosen, context);
  const { agreement, best, shared, level } = overall(found);
  const none = agreement === null ? [NO_SUBSPACE] : [];
  return {
    values: { agreement, best, shared, clusters: found.clusters.length },
    ...(level !== null && {
      chance: {
        agreement: {
          level,
          how: 'Root mean square of canonical correlations of unrelated units, √(max(a, b) / (n - 1)), by cluster.',
        },
      },
    }),
    tables: { clusters: clusterTable(found, units) },
    figures: [clusteredFigure(all, found, units), spectrumFigure(found), treeFigure(found, units)],
    steps: [...steps, ...found.steps],
    reading:
      agreement === null || best === null
        ? `None of ${found.clusters.length} clusters has units of both sides.`
        : `${Math.round(100 * shared)} % of the units are in clusters of both sides; there the subspaces agree by ${inWords(agreement)} (canonical correlation), and the best pair of units by ${inWords(best)}${agreement > best + 0.05 ? ': the subspace is shared more than its basis' : ''}.`,
    warnings: [...warnings, ...found.warnings, ...none],
  };
}
