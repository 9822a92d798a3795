import { z } from 'zod';
import { centreInDouble, normaliseRows } from '../../linalg/centre';
import { Matrix } from '../../linalg/matrix';
import { UserError } from '../../protocol/errors';
import { count, plural } from '../../protocol/words';
import { needsRows } from '../embed/made';
import { defineMethod, type Outcome, type Representation } from '../method';
import { agreementTable } from '../shared/clusterings';
import { partOf } from '../shared/coding-rate';
import { inWords } from '../shared/reading';
import { constantColumns, fewRows } from '../shared/warnings';
import { clustersOf } from './mlc/clusters';
import { clusterTable, cosinesFigure, lengthsFigure, planeFigures, rowsTable, trainingFigure } from './mlc/output';
import { outputsOf, Perceptron, scaleOver, weightsOf } from './mlc/perceptron';
import { rateBytes } from './mlc/rates';
import { train } from './mlc/train';

/** Rows of which every two are compared when clusters are sought. */
const LANDMARKS = 4000;

const parameters = z.object({
  clusters: z.int().min(0).max(200).default(0).meta({
    title: 'Clusters',
    description: '0: as many as the shortest coding length has, of 2 up to the most.',
  }),
  most: z.int().min(2).max(200).default(20).meta({
    title: 'Most clusters',
    description: 'Numbers of clusters up to this one are tried, and their coding lengths drawn.',
  }),
  units: z.int().min(2).max(256).default(32).meta({
    title: 'Units',
    description: 'Of the representation made. Clusters are to be orthogonal: there is room for as many as fit into it.',
  }),
  hidden: z.int().min(2).max(4096).default(256).meta({ title: 'Hidden units', description: 'Of both hidden layers.' }),
  'warm-up': z.int().min(0).max(100_000).default(40).meta({
    title: 'Warm-up',
    description: 'Steps that spread all rows out before any two are taken to belong together.',
  }),
  epochs: z.int().min(0).max(10_000).default(30).meta({
    title: 'Epochs',
    description: 'After the warm-up, each through all rows once. The best is kept.',
  }),
  batch: z.int().min(2).max(2048).default(256).meta({
    title: 'Batch',
    description: 'Rows of a step, every two of which are compared.',
  }),
  rate: z.number().min(1e-6).max(10).default(0.01).meta({ title: 'Rate', description: 'Length of a step.' }),
  'cluster-rate': z.number().min(1e-6).max(10).default(0.01).meta({
    title: 'Rate of the cluster head',
    description: 'Length of a step of the head that tells which rows belong together.',
  }),
  precision: z.number().min(1e-4).max(100).default(0.1).meta({
    title: 'Precision ε²',
    description:
      'Squared error up to which rows are coded: smaller counts finer directions. Compare at equal values only.',
  }),
  sharpness: z.number().min(0.02).max(10).default(0.175).meta({
    title: 'Sharpness η',
    description: 'Of the membership: the smaller, the fewer rows each belongs with.',
  }),
  spread: z.number().min(0).max(10).default(0.05).meta({
    title: 'Spread',
    description: 'Weight of the squared membership: with none, a row comes to belong with itself alone.',
  }),
  restarts: z
    .int()
    .min(1)
    .max(200)
    .default(10)
    .meta({ title: 'Starts', description: 'Random starts of k-means, of which the best is kept.' }),
});

export const mlc = defineMethod({
  id: 'mlc',
  kind: 'transform',
  title: 'Linearise and cluster',
  summary:
    'Trains a small network on the rows, without labels, so that rows that belong together lie near a few directions and clusters stand orthogonal to one another.',
  blindTo:
    'the network makes what it looks for: flat orthogonal clusters are no finding by themselves; another seed may part the rows otherwise',
  takes: 'one',
  labels: 'optional',
  parameters,
  values: [
    { key: 'reduction', title: 'Rate reduction ΔR of the clusters found', range: [null, null] },
    { key: 'rate', title: 'Coding rate R of all rows', range: [0, null] },
    { key: 'cluster-rate', title: 'Coding rate R_c within clusters', range: [0, null] },
    { key: 'clusters', title: 'Clusters', range: [1, null] },
    { key: 'rank', title: 'Directions that hold 95 % of all rows', range: [0, null] },
    { key: 'cluster-rank', title: 'Directions that hold 95 % of a cluster, mean', range: [0, null] },
    { key: 'within-cosine', title: 'Mean |cosine| of two rows of one cluster', range: [0, 1] },
    { key: 'between-cosine', title: 'Mean |cosine| of two rows of two clusters', range: [0, 1] },
  ],
  invariances: ['scaling', 'translation'],
  symmetric: false,
  cost: `O(n h (p + h) + n b (b + d²)) an epoch for h hidden units and batches of b, of d units; then O(m²) for m rows, ${LANDMARKS} at most`,
  formula:
    'min -R/2 + R_c/2 + s/2 ‖Γ‖², R = ln det(I + d/(n ε²) ZᵀZ), R_c = 1/n Σⱼ ln det(I + d/ε² Zᵀ diag(Γⱼ) Z), over two heads of one perceptron: features Z, and C with Γ = exp((|CCᵀ| + u1ᵀ + 1vᵀ)/η), rows and columns summing to 1; C begins as a copy of Z. Clusters: spectral, of Γ; their number: the least Σⱼ (nⱼ + d)/2 ln det(I + d/(ε² nⱼ) ZⱼᵀZⱼ) + nⱼ ln(n/nⱼ)',
  tex: String.raw`\min_{Z,\,\Gamma}\; -\tfrac12 \ln\det\Big(I + \tfrac{d}{n\varepsilon^2} Z^\top Z\Big) + \tfrac{1}{2n} \sum_j \ln\det\Big(I + \tfrac{d}{\varepsilon^2} Z^\top \operatorname{diag}(\Gamma_j) Z\Big) + \tfrac{s}{2}\lVert\Gamma\rVert_F^2, \qquad \Gamma \mathbf 1 = \Gamma^\top \mathbf 1 = \mathbf 1`,
  citation:
    'Ding, Tong, Chan, Dai, Ma, Haeffele (2023). Unsupervised manifold linearizing and clustering. ICCV. arXiv:2301.01805; on rows that stay as they are, as Chu, Tong, Ding, Dai, Haeffele, Vidal, Ma (2024). Image clustering via the principle of rate reduction in the age of pretrained models. ICLR. arXiv:2306.05272',
  async run([input], chosen, context) {
    const { name, matrix } = input as Representation;
    needsRows(matrix.rows, 'row');
    const [n, p, d] = [matrix.rows, matrix.columns, chosen.units];
    const shape = { inputs: p, hidden: chosen.hidden, outputs: d };
    const compared = Math.min(n, LANDMARKS);
    context.reserve(
      8 * (3 * n * p + 4 * n * d + 5 * weightsOf(shape) + 4 * compared ** 2) +
        rateBytes(Math.min(n, Math.max(chosen.batch, 512)), d),
      'the network, its batches and the membership',
    );
    const { x, size } = scaled(matrix);
    if (!(size > 0)) throw new UserError(`The rows of ${name} are all the same: there is nothing to cluster.`);
    const trained = await train(
      x,
      Perceptron.drawn(shape, context.random),
      { ...chosen, warmUp: chosen['warm-up'], headRate: chosen['cluster-rate'] },
      { ...context, progress: (done, message) => context.progress(0.9 * done, message) },
    );
    const scale = await scaleOver(trained.net, x, context);
    const { features, cluster } = await outputsOf(trained.net, x, scale, context);
    context.progress(0.9, 'Clusters');
    const found = await clustersOf(features, cluster, { ...chosen, landmarks: LANDMARKS }, context);
    const whole = await partOf('all rows', features, chosen.precision, context);
    const within = found.parts.reduce((sum, { rate, rows }) => sum + (rate * rows) / n, 0);
    const ranks = found.parts.reduce((sum, { rank }) => sum + rank, 0) / found.parts.length;
    const cosines = await cosinesFigure(name, normaliseRows(x).matrix, features, found.labels, context);
    const { after, before } = cosines;
    const values = {
      ...{ reduction: whole.rate - within, rate: whole.rate, 'cluster-rate': within },
      ...{ clusters: found.parts.length, rank: whole.rank, 'cluster-rank': ranks },
      ...{ 'within-cosine': after.within, 'between-cosine': after.between },
    };
    return {
      values,
      tables: {
        clusters: clusterTable(found),
        ...agreementTable(found.labels, context),
        rows: rowsTable(found, context),
      },
      figures: [
        trainingFigure(trained, n),
        cosines.figure,
        ...(await planeFigures(name, features, found, context)),
        lengthsFigure(found),
      ],
      representations: [
        { name: `${name} linearised`, matrix: features.inPrecisionOf(matrix) },
        {
          name: `${name} clusters`,
          matrix: new Matrix(
            Float64Array.from(found.labels, (c) => c + 1),
            n,
            1,
          ),
        },
      ],
      steps: stepsOf(chosen, found, trained.best, n, context.random.seed),
      reading: readingOf(
        name,
        found.parts.length,
        whole.rank,
        d,
        ranks,
        before.between,
        after.between,
        trained.best > 0 || chosen['warm-up'] > 0,
      ),
      warnings: [
        ...(found.parts.length > d
          ? [`${found.parts.length} clusters cannot all be orthogonal in ${d} units: raise the units.`]
          : []),
        ...(chosen.clusters > found.parts.length
          ? [`Only ${plural(found.parts.length, 'cluster')}: there are no more rows that differ.`]
          : []),
        ...(chosen.clusters === 0 && found.parts.length === Math.min(chosen.most, n)
          ? [
              `The most clusters that were tried (${found.parts.length}) have the least coding length: more may have less. Raise the most.`,
            ]
          : []),
        ...(after.within === null || after.between === null
          ? [
              'A mean cosine is empty: no cluster has two rows among those that were compared, or there is one cluster only.',
            ]
          : []),
        ...constantColumns({ name, matrix }),
        ...fewRows(n),
      ],
    } satisfies Outcome;
  },
});

/** Columns centred, and all values over one number, so that the mean variance of a unit is 1. */
function scaled(matrix: Matrix): { readonly x: Matrix<Float64Array>; readonly size: number } {
  const x = centreInDouble(matrix);
  const largest = x.data.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  if (!(largest > 0)) return { x, size: 0 };
  const square = x.data.reduce((sum, value) => sum + (value / largest) ** 2, 0) / x.data.length;
  const size = largest * Math.sqrt(square);
  for (const k of x.data.keys()) x.data[k] = (x.data[k] as number) / size;
  return { x, size };
}

function stepsOf(
  chosen: z.output<typeof parameters>,
  { parts, landmarks, dimension }: Awaited<ReturnType<typeof clustersOf>>,
  best: number,
  n: number,
  seed: number,
): string[] {
  const batch = Math.min(chosen.batch, n);
  return [
    'columns centred, all values over one number',
    `perceptron of two hidden layers of ${chosen.hidden} units, batch normalisation after the first; seed ${seed}`,
    `${chosen['warm-up']} steps of warm-up, ${chosen.epochs} epochs in batches of ${batch}${n % batch > 0 && n > batch ? ' (rows that fill none are left for the next epoch)' : ''}; epoch ${best} kept`,
    `ε² = ${chosen.precision}, η = ${chosen.sharpness}, spread ${chosen.spread}, momentum 0.9, weight decay 1e-4, of the cluster head 5e-3`,
    chosen.clusters === 0
      ? `${plural(parts.length, 'cluster')}, of 2 to ${chosen.most} those with the least coding length`
      : plural(parts.length, 'cluster'),
    landmarks < n
      ? `clusters found among ${count(landmarks)} of ${count(n)} rows, drawn at random; each other row went to the one whose subspace of ${dimension} directions holds most of it`
      : 'membership of all rows',
    'float64',
  ];
}

function readingOf(
  name: string,
  clusters: number,
  rank: number,
  units: number,
  ranks: number,
  before: number | null,
  after: number | null,
  trained: boolean,
): string {
  const apart =
    before === null || after === null
      ? ''
      : ` Rows of two clusters have |cosine| ${inWords(after)}, before ${inWords(before)}.`;
  const made = trained ? 'was trained to make it so' : 'that was kept is as it was drawn, without training';
  return `The rows of ${name} now fill ${rank} of ${units} directions, and ${clusters === 1 ? 'the one cluster' : `each of ${clusters} clusters`} ${inWords(ranks)} on average.${apart} The network ${made}: what the clusters mean shows by labels, by looking at their rows, or by another seed that finds them too.`;
}
