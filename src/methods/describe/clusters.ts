import { z } from 'zod';
import { centreColumns, centreInDouble, normaliseInDouble } from '../../linalg/centre';
import type { Matrix } from '../../linalg/matrix';
import { plural } from '../../protocol/words';
import { needsRows } from '../embed/made';
import { kmeansLabels } from '../match/kmeans';
import { type Context, defineMethod, type Outcome, type Representation } from '../method';
import { ranged } from '../shared/centred';
import { placesByClass } from '../shared/classes';
import { agreementTable } from '../shared/clusterings';
import { directionClusters } from '../shared/doubly-stochastic';
import { percent, principalAxes } from '../shared/pca';
import { everyRow } from '../shared/row-table';
import { silhouetteOf } from '../shared/silhouette';
import { SHARE, STARTS, stabilityOf } from '../shared/stability';
import { rowsOfZeros } from '../shared/warnings';
import { principalPlane } from './overview-figures';

const parameters = z.object({
  clusters: z
    .int()
    .min(2)
    .max(500)
    .default(5)
    .meta({ title: 'Clusters', description: 'How many clusters the rows are parted into.' }),
  how: z.enum(['kmeans', 'spherical', 'directions']).default('kmeans').meta({
    title: 'Clusters by',
    description:
      'kmeans: least squared distances to the centres; spherical: the same of rows of length one, so that directions count alone; directions: spectral clustering of the doubly stochastic matrix (Sinkhorn, η = 0.175) of absolute cosines, for rows that lie near a few lines or planes.',
  }),
  restarts: z
    .int()
    .min(1)
    .max(200)
    .default(10)
    .meta({
      title: 'Starts',
      description: `Random starts (k-means++), of which the best is kept; of each part of the rows that stability is over, ${STARTS} at most.`,
    }),
});

export const clusters = defineMethod({
  id: 'clusters',
  kind: 'describe',
  title: 'Clusters',
  summary:
    'Parts the rows into clusters by k-means, or by the directions near which they lie, and says how far apart they are, how stable, and what labels they meet.',
  blindTo: 'blind to clusters that are long, nested or of very different sizes; k-means parts what has no clusters too',
  takes: 'one',
  labels: 'optional',
  parameters,
  values: [
    { key: 'silhouette', title: 'Silhouette, mean over rows', range: [-1, 1], better: 'higher' },
    { key: 'explained', title: 'Share of the variance that the clusters explain', range: [0, 1] },
    {
      key: 'stability',
      title: `Stability: adjusted Rand index against clusterings of ${100 * SHARE} % of the rows`,
      range: [-1, 1],
      better: 'higher',
    },
    { key: 'smallest', title: 'Rows of the smallest cluster', range: [0, null] },
  ],
  invariances: ['permutation', 'orthogonal', 'scaling', 'translation', 'sign'],
  symmetric: false,
  cost: 'O(r n p K) a round for r starts and 24 more at most; directions: O(n² p), nine times',
  formula:
    'argmin Σ |x_i - c(i)|², best of several starts from k-means++; silhouette (b - a) / max(a, b), a and b the mean Euclidean distances to the own and the nearest other cluster, 0 for a row alone; of rows of length one, but for kmeans; explained: 1 - Σ |x_i - c(i)|² / Σ |x_i - c|², c the mean of all. Directions, where x and -x are the same: distances min(|x - y|, |x + y|); explained: 1 - Σ (1 - cos²(x_i, u(i))) / Σ (1 - cos²(x_i, u)), u(i) and u the first right singular vectors of the cluster and of all rows, not centred',
  tex: String.raw`\min_{c} \sum_i \lVert x_i - \mu_{c(i)} \rVert^2, \qquad s_i = \frac{b_i - a_i}{\max(a_i, b_i)}`,
  citation:
    'Arthur, Vassilvitskii (2007). k-means++. SODA. Dhillon, Modha (2001). Concept decompositions. Machine Learning 42. Rousseeuw (1987). Silhouettes. Hubert, Arabie (1985). Comparing partitions. Directions: Ding, Tong, Chan, Dai, Ma, Haeffele (2023). Unsupervised manifold linearizing and clustering. ICCV. arXiv:2301.01805, of the rows as they are, without its network',
  async run([input], chosen, context) {
    const { name, matrix } = ranged(input as Representation);
    needsRows(matrix.rows, 'row');
    context.reserve(8 * 4 * matrix.rows * matrix.columns, 'the clusters');
    const centred = centreInDouble(matrix);
    const spherical = chosen.how !== 'kmeans' ? normaliseInDouble(matrix) : null;
    const x = spherical ? spherical.matrix : centred;
    const count = Math.min(chosen.clusters, matrix.rows);
    context.progress(0.1, 'Clusters');
    const byDirections = chosen.how === 'directions';
    if (byDirections) context.reserve(8 * 4 * matrix.rows ** 2, 'cosines of all rows');
    const part = (rows: Matrix<Float64Array>, starts: number) =>
      byDirections
        ? directionClusters(rows, count, starts, context)
        : kmeansLabels(rows, count, starts, context.random, context.signal);
    const labels = await part(x, chosen.restarts);
    const found = labels.reduce((most, label) => Math.max(most, label), 0) + 1;
    context.progress(0.4, 'Silhouettes');
    const { silhouette, judged, of } = await silhouetteOf(x, labels, found, context, !byDirections);
    context.progress(0.6, 'Stability');
    const single = found === matrix.rows;
    const stable = found > 1 && !single ? await stabilityOf(x, labels, count, chosen.restarts, part, context) : null;
    const stability = stable?.mean ?? null;
    const explained = byDirections
      ? await explainedByDirections(x, labels, found, context)
      : explainedBy(x, labels, found);
    const sizes = Array.from({ length: found }, (_, c) => labels.filter((label) => label === c).length);
    const rows = {
      ...context.rows,
      labels: {
        ...{ kind: 'category' as const, name: 'cluster', index: labels },
        categories: sizes.map((_, c) => `${c + 1}`),
      },
    };
    const principal = await principalAxes(centred, 2, context);
    const words = ' Colours are the clusters found.';
    return {
      values: { silhouette, explained, stability, smallest: Math.min(...sizes) },
      tables: {
        clusters: {
          title: 'Clusters',
          columns: ['cluster', 'rows'],
          rows: sizes.map((size, c) => [c + 1, size]),
        },
        rows: everyRow('Cluster of each row', context, matrix.rows, {
          cluster: (i) => `${(labels[i] as number) + 1}`,
          silhouette: of,
        }),
        ...agreementTable(labels, context),
      },
      figures:
        principal.squares.length > 0
          ? [await principalPlane(name, centred, principal, words, { ...context, rows })]
          : [],
      steps: [
        ...(spherical ? ['rows brought to length one'] : []),
        ...(byDirections ? ['absolute cosines made doubly stochastic, η = 0.175'] : []),
        `${plural(found, 'cluster')}, best of ${plural(chosen.restarts, 'start')}, seed ${context.random.seed}`,
        `silhouettes of ${judged < matrix.rows ? `${judged} rows drawn at random, among themselves` : 'all rows'}${byDirections ? ', each as far from another as from the nearer of it and its negative' : ''}`,
        ...(stable ? [stable.step] : []),
      ],
      reading:
        single && found > 1
          ? `Each of ${matrix.rows} rows is a cluster by itself: ask for fewer clusters.`
          : readingOf(found, silhouette, stability, explained, byDirections),
      warnings: [
        ...(found < chosen.clusters ? [`Only ${plural(found, 'cluster')}: there are no more rows that differ.`] : []),
        ...(silhouette === null ? ['With one cluster, or none but single rows, there is no silhouette.'] : []),
        ...(stability === null
          ? ['One cluster, and clusters of single rows, are always the same: stability says nothing.']
          : []),
        ...(explained === null
          ? [
              byDirections
                ? 'All rows have one direction: there is nothing off it to explain.'
                : 'All rows are the same: there is no variance to explain.',
            ]
          : []),
        ...(spherical ? rowsOfZeros(name, spherical.zeroRows.length, matrix.rows, 'at the origin') : []),
      ],
    } satisfies Outcome;
  },
});

/** 1 - the squares about the centres over those about the mean. */
function explainedBy(x: Matrix<Float64Array>, labels: Int32Array, count: number): number | null {
  const total = centreColumns(x).data.reduce((sum, value) => sum + value * value, 0);
  if (!(total > 1e-24 * x.data.reduce((sum, value) => sum + value * value, 0))) return null;
  let within = 0;
  for (const places of placesByClass(labels, count)) {
    within += centreColumns(x.takeRows(places)).data.reduce((sum, value) => sum + value * value, 0);
  }
  return Math.max(0, 1 - within / total);
}

/** 1 - the squares off the directions of the clusters over those off the one of all. @param unit rows of length 1 */
async function explainedByDirections(
  unit: Matrix<Float64Array>,
  labels: Int32Array,
  count: number,
  context: Context,
): Promise<number | null> {
  const off = async (rows: Matrix<Float64Array>) =>
    (await principalAxes(rows, 1, context)).squares.slice(1).reduceRight((sum, square) => sum + square, 0);
  const total = await off(unit);
  if (!(total > 0)) return null;
  let within = 0;
  for (const places of placesByClass(labels, count)) within += await off(unit.takeRows(places));
  return Math.max(0, 1 - within / total);
}

function readingOf(
  found: number,
  silhouette: number | null,
  stability: number | null,
  explained: number | null,
  byDirections: boolean,
): string {
  if (silhouette === null || stability === null || explained === null)
    return 'There are no two clusters to tell apart.';
  const apart =
    silhouette > 0.5
      ? 'well apart'
      : silhouette > 0.25
        ? 'apart in part'
        : 'hardly apart: a cloud cut into pieces would look so';
  const stable =
    stability > 0.8 ? 'come again when a fifth of the rows is left out' : 'change when a fifth of the rows is left out';
  return `${found} clusters hold ${percent(explained)} of ${byDirections ? 'what lies off the one direction nearest to all rows' : 'the variance'}. They are ${apart} (silhouette ${silhouette.toFixed(2)}) and ${stable} (${stability.toFixed(2)}).`;
}
