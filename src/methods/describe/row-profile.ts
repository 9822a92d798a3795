import { z } from 'zod';
import { rowNorms } from '../../linalg/centre';
import { median } from '../../linalg/ranks';
import { UserError } from '../../protocol/errors';
import { count, some } from '../../protocol/words';
import { tieWarning } from '../compare/neighbour-parameters';
import { type Context, defineMethod, type Outcome, type Representation } from '../method';
import { percent } from '../shared/pca';
import { rowTable } from '../shared/row-table';
import { rowsOfZeros } from '../shared/warnings';
import { neighbourGraph, searchParameters } from '../transform/neighbour-graph';
import { besideZeros } from './beside-zeros';

const parameters = z.object({
  neighbours: z.int().min(1).max(1000).default(10).meta({
    title: 'Neighbours',
    description: 'How many nearest rows of each row are looked at, itself left out.',
  }),
  metric: z
    .enum(['cosine', 'euclidean'])
    .default('cosine')
    .meta({ title: 'Nearness', description: 'Cosine distance (1 - cosine) or Euclidean distance.' }),
  ...searchParameters,
  listed: z.int().min(1).max(1_000_000).default(100_000).meta({
    title: 'Rows listed',
    description: 'Of the rows, the most solitary come first.',
  }),
});

export const rowProfile = defineMethod({
  id: 'row-profile',
  kind: 'describe',
  title: 'Rows, one by one',
  summary: 'How long each row is, how far from its nearest others, and how often it is among the nearest of others.',
  blindTo: 'blind to anything that is not about single rows',
  takes: 'one',
  labels: 'optional',
  parameters,
  values: [
    { key: 'length', title: 'Median length', range: [0, null] },
    { key: 'nearest', title: 'Median distance to the nearest row', range: [0, null] },
    { key: 'distance', title: 'Median of the mean distance to the nearest rows', range: [0, null] },
    { key: 'most-often', title: 'Most often among the nearest of others', range: [0, null] },
    { key: 'never', title: 'Share of rows that are never among the nearest', range: [0, 1] },
  ],
  invariances: ['permutation', 'orthogonal', 'sign'],
  symmetric: false,
  cost: 'O(n² p), less where the search is approximate',
  formula:
    'length_i = |x_i|; nearest_i = min_j d_ij; distance_i = mean of d_ij over the k nearest j; occurrence_i = number of rows that have i among their k nearest, of equally near ones the lower; a row of zeros has cosine 0',
  tex: String.raw`\lVert x_i\rVert, \qquad \min_j d_{ij}, \qquad \frac1k \sum_{j \in N_k(i)} d_{ij}, \qquad |\{j : i \in N_k(j)\}|`,
  citation:
    'Ramaswamy, Rastogi, Shim (2000). Efficient algorithms for mining outliers from large data sets. SIGMOD. Radovanović, Nanopoulos, Ivanović (2010). Hubs in space. JMLR 11',
  async run([input], chosen, context) {
    const { name, matrix } = input as Representation;
    const n = matrix.rows;
    const k = chosen.neighbours;
    if (k >= n)
      throw new UserError(`${k} nearest neighbours need at least ${k + 1} rows and there are ${n}. Choose fewer.`);
    context.reserve(n * (k * 12 + 40), 'the nearest rows');
    const lengths = rowNorms(matrix);
    const zeros = Int32Array.from(lengths.keys()).filter((i) => chosen.metric === 'cosine' && lengths[i] === 0);
    const near = await (zeros.length > 0 ? besideZeros(zeros) : neighbourGraph)(matrix, k, chosen, {
      ...context,
      progress: (fraction, message) => context.progress(fraction === null ? null : 5 * fraction, message),
    });
    const [nearest, distance, occurrence] = [new Float64Array(n), new Float64Array(n), new Float64Array(n)];
    for (let i = 0, e = 0; i < n; i++) {
      nearest[i] = near.distances[e] as number;
      let sum = 0;
      for (let c = 0; c < k; c++, e++) {
        sum += near.distances[e] as number;
        const j = near.indices[e] as number;
        occurrence[j] = (occurrence[j] as number) + 1;
      }
      distance[i] = sum / k;
    }
    const order = [...distance.keys()].sort((i, j) => (distance[j] as number) - (distance[i] as number) || i - j);
    const listed = order.slice(0, chosen.listed);
    const most = occurrence.reduce((max, value) => Math.max(max, value), 0);
    const never = occurrence.filter((value) => value === 0).length / n;
    return {
      values: {
        length: median(lengths),
        nearest: median(nearest),
        distance: median(distance),
        'most-often': most,
        never,
      },
      tables: {
        rows: rowTable(
          `Rows by how far their ${k} nearest are${listed.length < n ? `: the first ${count(listed.length)} of ${count(n)}` : ''}`,
          context,
          listed,
          {
            length: (i) => lengths[i] as number,
            nearest: (i) => nearest[i] as number,
            distance: (i) => distance[i] as number,
            occurrence: (i) => occurrence[i] as number,
          },
        ),
      },
      steps: [`distances are ${chosen.metric === 'cosine' ? '1 - cosine' : 'Euclidean'}, not centred`, near.step],
      reading: `One row is among the ${k} nearest of ${most} others, which is the most; ${percent(never)} of the rows are among those of none.`,
      warnings: [
        ...rowsOfZeros(name, zeros.length, n),
        ...(zeros.length > 0 ? [atDistanceOne(zeros, context)] : []),
        ...near.warnings,
        ...tieWarning(input as Representation, near, k),
      ],
    } satisfies Outcome;
  },
});

function atDistanceOne(zeros: Int32Array, { rows: { index, names } }: Pick<Context, 'rows'>): string {
  const named = Array.from(zeros, (i) => `${names?.[i] ?? index[i] ?? i}`);
  const [rows, have] = zeros.length === 1 ? ['The row', 'has'] : ['Rows', 'have'];
  return `${rows} of zeros (${some(named, 5)}) ${have} cosine 0, and so distance 1, with every other row.`;
}
