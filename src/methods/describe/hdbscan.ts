import { z } from 'zod';
import { centreInDouble, normaliseInDouble } from '../../linalg/centre';
import type { Matrix } from '../../linalg/matrix';
import { reachabilityTree } from '../../linalg/reachability-tree';
import type { Figure, Tree } from '../../protocol/figures';
import { count } from '../../protocol/words';
import { type Context, defineMethod, type Outcome, type Representation } from '../method';
import { ranged, rangeExponent } from '../shared/centred';
import { agreementTable } from '../shared/clusterings';
import {
  type CondensedTree,
  chosenClusters,
  condense,
  type DensityLabels,
  densityLabels,
} from '../shared/density-clusters';
import { percent, principalAxes } from '../shared/pca';
import { inWords } from '../shared/reading';
import { everyRow, LISTED, rowTable } from '../shared/row-table';
import { silhouetteOf } from '../shared/silhouette';
import { duplicateRows, fewRows, rowsOfZeros } from '../shared/warnings';
import { principalPlane } from './overview-figures';

/** Leaves of the drawn tree. */
const LEAVES = 60;

export const densityParameters = {
  smallest: z.int().min(2).max(100_000).default(5).meta({
    title: 'Smallest cluster',
    description: 'A group of fewer rows is no cluster: its rows are noise, or fall out of a larger one.',
  }),
  samples: z.int().min(0).max(10_000).default(0).meta({
    title: 'Samples',
    description:
      'The distance to which nearest row, itself counted, says how dense it is about a row; larger smooths. 0: as the smallest cluster.',
  }),
  selection: z.enum(['eom', 'leaf']).default('eom').meta({
    title: 'Which clusters',
    description: 'eom: those that last longest over distances (excess of mass); leaf: the finest ones.',
  }),
} as const;

const parameters = z.object({
  ...densityParameters,
  distance: z.enum(['euclidean', 'cosine']).default('euclidean').meta({
    title: 'Distance',
    description: 'euclidean, or that of rows brought to length one (cosine).',
  }),
});

export const hdbscan = defineMethod({
  id: 'hdbscan',
  kind: 'describe',
  title: 'Clusters by density (HDBSCAN)',
  summary:
    'Finds groups of rows that are denser than what is around them, of any shape and as many as there are, and leaves the rest as noise.',
  blindTo:
    'in many dimensions density hardly differs and most rows become noise: reduce them first; one cluster alone is never found; the smallest size decides how fine it looks',
  takes: 'one',
  labels: 'optional',
  parameters,
  values: [
    { key: 'clusters', title: 'Clusters', range: [0, null] },
    { key: 'noise', title: 'Share of rows that are noise', range: [0, 1] },
    { key: 'silhouette', title: 'Silhouette of the rows in clusters', range: [-1, 1], better: 'higher' },
    { key: 'membership', title: 'Mean membership of the rows in clusters', range: [0, 1] },
    { key: 'largest', title: 'Share of rows in the largest cluster', range: [0, 1] },
  ],
  invariances: ['permutation', 'orthogonal', 'scaling', 'translation', 'sign'],
  symmetric: false,
  cost: 'O(n² p)',
  formula:
    'mutual reachability max(core(i), core(j), d(i, j)), core the distance to the k-th nearest, itself counted; single linkage of it, exact; splits into parts of `smallest` rows or more make clusters, of stability Σ (λ - birth), λ = 1 / distance; taken are those of no less stability than all they part into together; membership λ over the largest at which a row leaves the cluster or it parts, at most 1. Edges of one length join at once; rows joined at distance 0 leave at the least that is not',
  tex: String.raw`d_{\mathrm{mr}}(i,j) = \max\{\kappa_i, \kappa_j, d(i,j)\}, \qquad S(C) = \sum_{x \in C} \big(\lambda_x - \lambda_{\mathrm{birth}}(C)\big),\; \lambda = 1/d_{\mathrm{mr}}`,
  citation:
    'Campello, Moulavi, Sander (2013). Density-based clustering based on hierarchical density estimates. PAKDD; McInnes, Healy, Astels (2017). hdbscan. JOSS 2',
  async run([input], chosen, context) {
    const { name, matrix } = ranged(input as Representation);
    const n = matrix.rows;
    const none = { clusters: null, noise: null, silhouette: null, membership: null, largest: null };
    if (n < 3) return { values: none, warnings: [`${n} rows are too few to have clusters.`] };
    context.reserve(8 * (5 * n * matrix.columns + Math.min(n * n, 2 ** 24)) + 100 * n, 'the clusters');
    const unit = chosen.distance === 'cosine' ? normaliseInDouble(matrix) : null;
    const x = unit ? unit.matrix : matrix.toDouble();
    // Directions have no scale.
    const scale = unit ? 1 : 2 ** rangeExponent((input as Representation).matrix);
    const samples = Math.min(n, chosen.samples || chosen.smallest);
    const found = await clustersByDensity(x, chosen, context);
    const { tree, labels: dense } = found;
    const { labels, membership, places } = dense;
    const sizes = places.map((_, label) => labels.reduce((sum, one) => sum + (one === label ? 1 : 0), 0));
    const noise = labels.reduce((sum, label) => sum + (label < 0 ? 1 : 0), 0);
    const inside = Int32Array.from(labels.keys()).filter((i) => (labels[i] as number) >= 0);
    context.progress(0.85, 'Silhouettes');
    const { silhouette, judged, of } = await silhouetteOf(
      x.takeRows(inside),
      Int32Array.from(inside, (i) => labels[i] as number),
      places.length,
      context,
    );
    const placeInside = new Map(Array.from(inside, (row, i) => [row, i]));
    const mean = inside.reduce((sum, i) => sum + (membership[i] as number), 0) / inside.length;
    return {
      values: {
        ...{ clusters: places.length, noise: noise / n, silhouette },
        ...{ membership: inside.length > 0 ? mean : null, largest: (sizes[0] ?? 0) / n },
      },
      tables: {
        clusters: {
          title: 'Clusters',
          columns: ['cluster', 'rows', 'stability', 'from distance', 'to distance', 'mean membership'],
          rows: places.map((place, label) => {
            const { stability, birth, death } = tree.clusters[place] as CondensedTree['clusters'][number];
            const own = inside.filter((i) => labels[i] === label);
            const firm = own.reduce((sum, i) => sum + (membership[i] as number), 0) / own.length;
            return [label + 1, sizes[label] as number, stability / scale, scale / birth, scale / death, firm];
          }),
        },
        ...agreementTable(labels, context, (i) => (labels[i] as number) >= 0, ', rows in clusters only'),
        ...renamed(agreementTable(labels, context, undefined, ', noise as a cluster of its own')),
        ...(noise > 0 && { noise: noiseTable(dense, noise, context) }),
        rows: everyRow('Cluster of each row; none: noise', context, n, {
          cluster: (i) => ((labels[i] as number) < 0 ? null : `${(labels[i] as number) + 1}`),
          membership: (i) => membership[i] as number,
          silhouette: (i) => of(placeInside.get(i) ?? -1),
        }),
      },
      figures: await figures(name, matrix, dense, tree, scale, context),
      steps: [
        ...(unit ? ['rows brought to length one'] : []),
        `core distance to nearest row ${samples}, itself counted; clusters of ${chosen.smallest} rows or more, ${chosen.selection}`,
        'spanning tree exact',
        ...(judged < inside.length ? [`silhouettes of ${judged} rows drawn at random, among themselves`] : []),
      ],
      reading: readingOf(name, places.length, noise / n, silhouette),
      warnings: [
        ...(places.length === 0
          ? [
              `No two groups of ${chosen.smallest} rows part: all rows are noise, or one cluster, which is not told from none. Try a smaller size, or reduce the dimensions.`,
            ]
          : []),
        ...(places.length > 0 && silhouette === null ? ['There is no silhouette of fewer than two clusters.'] : []),
        ...(tree.zeros ? ['Some rows are joined at distance 0: they leave at the least distance that is not.'] : []),
        ...(noise > 0.5 * n && places.length > 0
          ? [`More than half of the rows are noise (${percent(noise / n)}).`]
          : []),
        ...(chosen.smallest > n / 2 ? [`There can be no two clusters of ${chosen.smallest} among ${n} rows.`] : []),
        ...(unit ? rowsOfZeros(name, unit.zeroRows.length, n, 'at the origin') : []),
        ...duplicateRows({ name, matrix }),
        ...fewRows(n),
      ],
    } satisfies Outcome;
  },
});

interface Chosen {
  readonly smallest: number;
  readonly samples: number;
  readonly selection: 'eom' | 'leaf';
}

/** HDBSCAN of rows as they are. */
export async function clustersByDensity(
  x: Matrix<Float64Array>,
  { smallest, samples, selection }: Chosen,
  context: Pick<Context, 'signal' | 'progress' | 'reserve'>,
): Promise<{ readonly tree: CondensedTree; readonly labels: DensityLabels }> {
  const spanning = await reachabilityTree(x, Math.min(x.rows, samples || smallest), context);
  const tree = condense(spanning, smallest);
  return { tree, labels: densityLabels(tree, chosenClusters(tree, selection)) };
}

function renamed({ agreement }: ReturnType<typeof agreementTable>) {
  return agreement ? { 'agreement-with-noise': agreement } : {};
}

function noiseTable({ labels }: DensityLabels, noise: number, context: Context) {
  const listed = Array.from(labels.keys())
    .filter((i) => (labels[i] as number) < 0)
    .slice(0, LISTED);
  return rowTable(`Noise (${count(listed.length)} of ${count(noise)} rows)`, context, listed, {});
}

async function figures(
  name: string,
  matrix: Matrix,
  { labels, places }: DensityLabels,
  tree: CondensedTree,
  scale: number,
  context: Context,
): Promise<Figure[]> {
  const centred = centreInDouble(matrix);
  const principal = await principalAxes(centred, 2, context);
  const rows = {
    ...context.rows,
    labels: {
      ...{ kind: 'category' as const, name: 'cluster', index: labels },
      categories: places.map((_, label) => `${label + 1}`),
    },
  };
  const words = ' Colours are the clusters found; grey is noise.';
  return [
    ...(principal.squares.length > 0
      ? [await principalPlane(name, centred, principal, words, { ...context, rows })]
      : []),
    ...treeFigure(tree, places, scale),
  ];
}

/** How clusters part: the condensed tree, each cluster that parts no further a leaf. */
function treeFigure({ clusters }: CondensedTree, places: readonly number[], scale: number): Tree[] {
  const leaves = [...clusters.keys()].filter((c) => clusters[c]?.children.length === 0);
  if (leaves.length < 2 || leaves.length > LEAVES) return [];
  const label = new Map(places.map((place, at) => [place, at + 1]));
  const number = new Map(leaves.map((c, at) => [c, at]));
  const merges: { left: number; right: number; height: number }[] = [];
  const order: number[] = [];
  /** The node of the drawn tree that stands for each cluster, from the deepest up. */
  const node = new Map<number, number>();
  for (let c = clusters.length - 1; c >= 0; c--) {
    const { children, death } = clusters[c] as (typeof clusters)[number];
    if (children.length === 0) node.set(c, number.get(c) as number);
    let so = node.get(children[0] ?? -1);
    for (const child of children.slice(1)) {
      // Children part where their parent ends.
      merges.push({
        left: so as number,
        right: node.get(child) as number,
        height: Number((scale / death).toPrecision(6)),
      });
      so = leaves.length + merges.length - 1;
    }
    if (so !== undefined) node.set(c, so);
  }
  const stack = [0];
  while (stack.length > 0) {
    const c = stack.pop() as number;
    const { children } = clusters[c] as (typeof clusters)[number];
    if (children.length === 0) order.push(number.get(c) as number);
    stack.push(...children.toReversed());
  }
  const above = (of: number): number => {
    for (let c = of; c >= 0; c = clusters[c]?.parent ?? -1) if (label.has(c)) return label.get(c) as number;
    return 0;
  };
  return [
    {
      ...{ id: 'tree', kind: 'tree', title: 'How clusters part' },
      caption: `Clusters of the condensed tree and the distances at which they part; rows that fall out on the way are left out. Leaves name the cluster that was taken (– where none was) and their rows.`,
      leaves: leaves.map((c) => `${above(c) || '–'} (${clusters[c]?.size} rows)`),
      ...{ order, merges, height: { label: 'mutual reachability distance' } },
    },
  ];
}

function readingOf(name: string, clusters: number, noise: number, silhouette: number | null): string {
  if (clusters === 0) return `${name} has no two groups of rows that are denser than what is between them.`;
  const apart =
    silhouette === null
      ? ''
      : silhouette > 0.5
        ? ' They stand well apart'
        : silhouette > 0.25
          ? ' They stand apart in part'
          : ' By distances to all rows they hardly stand apart, as long or nested clusters do not';
  return `${name} has ${clusters} cluster${clusters === 1 ? '' : 's'} by density; ${percent(noise)} of the rows are noise.${apart}${silhouette === null ? '' : ` (silhouette ${inWords(silhouette)}).`}`;
}
