import { z } from 'zod';
import { symmetricEigenvalues } from '../../linalg/eigen';
import { Matrix } from '../../linalg/matrix';
import { sumOf } from '../../linalg/norms';
import { firstOf, type PairTile, pairTiles } from '../../linalg/pair-tiles';
import { condensed } from '../../linalg/points';
import { count } from '../../protocol/words';
import { type Context, defineMethod, type Outcome, type Representation } from '../method';
import { inOneRange } from '../shared/centred';
import { contributed, partsOfRoot } from '../shared/contributions';
import { pointsOf } from '../shared/kept';
import { scorePairs } from '../shared/pairs';
import { inWords } from '../shared/reading';
import { LISTED, rowTable } from '../shared/row-table';
import { sortedLine } from '../shared/sorted-line';
import { constantColumns, fewRows } from '../shared/warnings';

const parameters = z.object({
  norm: z.enum(['matrix', 'pairs', 'stress', 'spectral']).default('matrix').meta({
    title: 'Norm',
    description:
      "matrix: Frobenius norm of the whole difference, each pair twice. pairs: each pair once. stress: root mean square over pairs. spectral: largest singular value of the difference, as ReSi's code computes it.",
  }),
});
type Norm = z.output<typeof parameters>['norm'];

/** Rows whose distances from as many others are held at once. */
const TILE = 512;

export const rsmDifference = defineMethod({
  id: 'rsm-difference',
  kind: 'compare',
  title: 'Difference of distance matrices',
  summary: 'How far apart the distances between rows are in the two spaces, in the units of the data.',
  blindTo: 'sees scale: a space and twice that space differ; grows with the number of rows',
  takes: 'pair',
  parameters,
  values: [{ key: 'distance', title: 'Difference of distances', range: [0, null], better: 'lower', self: 0 }],
  invariances: ['permutation', 'orthogonal', 'translation', 'sign'],
  symmetric: true,
  cost: 'O(n² (p + q))',
  formula:
    '‖Dx - Dy‖ over all ordered pairs of rows, Euclidean distances D; or √Σ_{i<j}; or that over √(n (n - 1) / 2); or the largest singular value of Dx - Dy',
  tex: String.raw`\lVert D_X - D_Y\rVert_F, \qquad (D_X)_{ij} = \lVert x_i - x_j\rVert`,
  citation:
    'Yin, Shen (2018). On the dimensionality of word embedding. NeurIPS. arXiv:1812.04224; Klabunde et al. (2025). ReSi (RSMDiff). ICLR. arXiv:2408.00531',
  async run(inputs, { norm }, context) {
    const [x, y] = inputs as [Representation, Representation];
    const rows = x.matrix.rows;
    const { x: first, y: second, unit } = inOneRange(x.matrix, y.matrix);
    const { each, squares } = await differences(first, second, context);
    const sum = sumOf(each);
    const value = unit * (norm === 'spectral' ? await spectralNorm(first, second, context) : scoreOf(sum, rows, norm));
    const scale = unit * Math.sqrt(squares / 2 / Math.max(1, rows * (rows - 1)));
    const stress = unit * scoreOf(sum, rows, 'stress');
    const rootMeans = each.map((part) => unit * Math.sqrt(part / Math.max(1, rows - 1)));
    const own = contributionsOf(each, rootMeans, value, norm, context);
    return {
      values: { distance: value },
      tables: own.tables,
      figures: [
        sortedLine(
          {
            id: 'row-difference',
            title: 'Difference of each row',
            caption:
              'Root mean square difference of the distances of each row to all others, in the units of the data.',
            of: 'rows',
            y: { label: 'difference of distances' },
            references: [{ y: stress, label: 'all pairs' }],
          },
          [{ name: 'rows', values: rootMeans }],
        ),
        ...own.figures,
      ],
      steps: [`Euclidean distances of ${count((rows * (rows - 1)) / 2)} pairs of rows`, 'float64'],
      reading: `Distances between rows differ by ${inWords(stress)} (root mean square), where they are ${inWords(scale)} long; a difference of scale alone counts as a difference.`,
      warnings: [...constantColumns(x), ...constantColumns(y), ...fewRows(rows)],
    } satisfies Outcome;
  },
  sweep: (rows, columns, { norm }, context) =>
    scorePairs(
      rows,
      columns,
      context,
      async ({ matrix }) => matrix,
      async (a, b) => {
        const { x, y, unit } = inOneRange(a, b);
        if (norm === 'spectral') return { value: unit * (await spectralNorm(x, y, context)) };
        const { each } = await differences(x, y, context);
        return { value: unit * scoreOf(sumOf(each), a.rows, norm) };
      },
    ),
});

/**
 * What rows add to the norm, the root of a sum of squares over pairs: in proportion to their own squares. The largest singular
 * value is no such sum; of it rows are listed by their root mean square differences alone.
 */
function contributionsOf(each: Float64Array, rootMeans: Float64Array, value: number, norm: Norm, context: Context) {
  const more = { 'root mean square difference': (i: number) => rootMeans[i] as number };
  if (norm !== 'spectral')
    return contributed({ rows: partsOfRoot(each, value) }, [], 'the difference of distances', context, more);
  const order = [...each.keys()].sort((i, j) => (each[j] as number) - (each[i] as number)).slice(0, LISTED);
  const title = `Rows whose distances differ most (${count(order.length)} of ${count(each.length)})`;
  return { tables: { rows: rowTable(title, context, order, more) }, figures: [] };
}

/** ‖Dx - Dy‖₂, the largest magnitude of an eigenvalue; the difference is held for all pairs. */
async function spectralNorm(x: Matrix, y: Matrix, context: Context): Promise<number> {
  const n = x.rows;
  context.reserve(8 * 3 * n * n, 'the difference of the distance matrices');
  const quiet = { signal: context.signal };
  const [a, b] = [await condensed(x, 'euclidean', quiet), await condensed(y, 'euclidean', quiet)];
  const lower = Matrix.zeros(n, n);
  for (let i = 0, k = 0; i < n; i++)
    for (let j = i + 1; j < n; j++, k++) lower.data[j * n + i] = (a[k] as number) - (b[k] as number);
  const values = await symmetricEigenvalues(lower, quiet);
  return Math.max(Math.abs(values[0] ?? 0), Math.abs(values[n - 1] ?? 0));
}

/** @param sum of the squared differences over ordered pairs. */
function scoreOf(sum: number, rows: number, norm: Norm): number {
  if (norm === 'matrix') return Math.sqrt(sum);
  return norm === 'pairs' ? Math.sqrt(sum / 2) : Math.sqrt(sum / Math.max(1, rows * (rows - 1)));
}

/** Σⱼ (dᵢⱼ(X) - dᵢⱼ(Y))² for each row i, and Σᵢⱼ dᵢⱼ² of both together. No n x n matrix is held. */
async function differences(x: Matrix, y: Matrix, context: Context) {
  const n = x.rows;
  const each = new Float64Array(n);
  let squares = 0;
  const [a, b] = [await pointsOf(x, 2, context), await pointsOf(y, 2, context)];
  for await (const tile of pairTiles([a, b], TILE, { signal: context.signal })) {
    context.progress(tile.done, 'Distances');
    squares += 2 * addDifferences(each, tile);
  }
  return { each, squares };
}

/** Adds what the pairs of a tile differ by to both of their rows; returns Σ dᵢⱼ² of the two. */
function addDifferences(each: Float64Array, tile: PairTile): number {
  const [one, other] = tile.squares as [Float64Array, Float64Array];
  let long = 0;
  for (let i = tile.rows[0], k = 0; i < tile.rows[1]; i++) {
    let sum = 0;
    for (let j = firstOf(tile, i); j < tile.columns[1]; j++, k++) {
      const p = one[k] as number;
      const q = other[k] as number;
      const difference = Math.sqrt(p) - Math.sqrt(q);
      sum += difference * difference;
      each[j] = (each[j] as number) + difference * difference;
      long += p + q;
    }
    each[i] = (each[i] as number) + sum;
  }
  return long;
}
