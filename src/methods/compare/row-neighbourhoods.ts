import { z } from 'zod';
import { UserError } from '../../protocol/errors';
import { count } from '../../protocol/words';
import { type Context, defineMethod, type Outcome, type Representation } from '../method';
import { percent } from '../shared/pca';
import { rowTable } from '../shared/row-table';
import { sortedLine } from '../shared/sorted-line';
import { neighbourGraph, searchParameters } from '../transform/neighbour-graph';
import { hypergeometric } from './neighbour-lists';
import { tieWarning } from './neighbour-parameters';

const parameters = z.object({
  neighbours: z.int().min(1).max(1000).default(10).meta({
    title: 'Neighbours',
    description: 'How many nearest rows of each row are looked at in either space, itself left out.',
  }),
  metric: z.enum(['cosine', 'euclidean']).default('cosine').meta({
    title: 'Nearness',
    description: 'Cosine similarity, for which rows of zeros are refused, or Euclidean distance.',
  }),
  ...searchParameters,
  listed: z.int().min(1).max(1_000_000).default(100_000).meta({
    title: 'Rows listed',
    description: 'Of the rows, those that the spaces agree on least come first.',
  }),
});

export const rowNeighbourhoods = defineMethod({
  id: 'row-neighbourhoods',
  kind: 'compare',
  title: 'Neighbourhoods, row by row',
  summary:
    'How many of the nearest rows of each row are the same in two spaces, and on which rows the spaces agree least.',
  blindTo: 'blind to everything beyond the nearest rows, and to their order',
  takes: 'pair',
  labels: 'optional',
  alone: true,
  parameters,
  values: [
    { key: 'preserved', title: 'Share of neighbours preserved', range: [0, 1], better: 'higher', self: 1 },
    { key: 'jaccard', title: 'Jaccard similarity of neighbours', range: [0, 1], better: 'higher', self: 1 },
    { key: 'none', title: 'Share of rows with no neighbour in common', range: [0, 1], better: 'lower', self: 0 },
  ],
  invariances: ['permutation', 'orthogonal', 'scaling', 'sign'],
  symmetric: true,
  cost: 'O(n² (p + q)), less where the search is approximate',
  formula:
    'preserved_i = |Nₖ(xᵢ) ∩ Nₖ(yᵢ)| / k, jaccard_i = |Nₖ(xᵢ) ∩ Nₖ(yᵢ)| / |Nₖ(xᵢ) ∪ Nₖ(yᵢ)|, the row itself left out, ties to the lower row; their means over rows',
  tex: String.raw`p_i = \frac{|N_k(x_i) \cap N_k(y_i)|}{k}, \qquad J_i = \frac{|N_k(x_i) \cap N_k(y_i)|}{|N_k(x_i) \cup N_k(y_i)|}`,
  citation:
    'Wang, Li, Ding, Xiao (2022). Towards understanding the instability of network embedding. IEEE TKDE 34(2). Boggust, Carter, Satyanarayan (2022). Embedding comparator. IUI (neighbourhoods of single rows side by side)',
  async run(inputs, chosen, context) {
    const [x, y] = inputs as [Representation, Representation];
    const n = x.matrix.rows;
    const k = chosen.neighbours;
    if (k >= n)
      throw new UserError(`${k} nearest neighbours need at least ${k + 1} rows and there are ${n}. Choose fewer.`);
    context.reserve(n * k * 24, 'the nearest rows of both spaces');
    const a = await neighbourGraph(x.matrix, k, { ...chosen, of: x.name }, half(context, 0, x.name));
    const b = await neighbourGraph(y.matrix, k, { ...chosen, of: y.name }, half(context, 0.5, y.name));
    const shared = sharedCounts(a.indices, b.indices, n, k);
    const preserved = Float64Array.from(shared, (m) => m / k);
    const jaccard = Float64Array.from(shared, (m) => m / (2 * k - m));
    const mean = (values: Float64Array) => values.reduce((sum, value) => sum + value, 0) / n;
    const order = [...shared.keys()].sort((i, j) => (shared[i] as number) - (shared[j] as number) || i - j);
    const listed = order.slice(0, chosen.listed);
    const chance = k / (n - 1);
    const jaccardChance = Array.from({ length: k + 1 }, (_, m) => (hypergeometric(m, k, n - 1) * m) / (2 * k - m));
    const level = jaccardChance.reduce((sum, part) => sum + part, 0);
    const none = shared.filter((m) => m === 0).length / n;
    const how = 'Exact mean over all pairings of the rows: two random sets of k of the other rows.';
    return {
      values: { preserved: mean(preserved), jaccard: mean(jaccard), none },
      chance: {
        preserved: { level: chance, how },
        jaccard: { level, how },
        none: { level: hypergeometric(0, k, n - 1), how },
      },
      tables: {
        rows: rowTable(
          `Rows by how little the spaces agree on their ${k} neighbours${listed.length < n ? `: the first ${count(listed.length)} of ${count(n)}` : ''}`,
          context,
          listed,
          { preserved: (i) => preserved[i] as number, jaccard: (i) => jaccard[i] as number },
        ),
      },
      figures: [
        sortedLine(
          {
            id: 'row-agreement',
            title: 'Neighbours preserved, row by row',
            caption: `Share of the ${k} nearest rows of each row that are the same in both spaces.`,
            of: 'rows',
            y: { label: 'neighbours preserved', domain: [0, 1] },
            references: [
              { y: mean(preserved), label: 'mean' },
              { y: chance, label: 'chance' },
            ],
          },
          [{ name: 'rows', values: preserved }],
        ),
      ],
      steps: [`nearest by ${chosen.metric}, not centred`, `${x.name}: ${a.step}`, `${y.name}: ${b.step}`],
      reading: `Of the ${k} nearest rows of a row, ${percent(mean(preserved))} are the same in both spaces on the mean (${percent(chance)} by chance); ${percent(none)} of the rows have none in common.`,
      warnings: [...a.warnings, ...b.warnings, ...tieWarning(x, a, k), ...tieWarning(y, b, k)],
    } satisfies Outcome;
  },
});

/** How many places both lists of each row name. */
function sharedCounts(a: Int32Array, b: Int32Array, n: number, k: number): Int32Array {
  const own = new Int32Array(n).fill(-1);
  const counts = new Int32Array(n);
  for (let i = 0; i < n; i++) {
    for (let e = i * k; e < (i + 1) * k; e++) own[a[e] as number] = i;
    let same = 0;
    for (let e = i * k; e < (i + 1) * k; e++) if (own[b[e] as number] === i) same++;
    counts[i] = same;
  }
  return counts;
}

/** A search reports the first fifth of what it is part of: here it is half of everything. */
function half(context: Context, from: number, name: string): Context {
  return {
    ...context,
    progress: (fraction) => context.progress(fraction === null ? null : from + 2.5 * fraction, `Neighbours in ${name}`),
  };
}
