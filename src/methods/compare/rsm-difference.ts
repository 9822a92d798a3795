import { z } from 'zod';
import { squaredDistances } from '../../linalg/distances';
import type { Matrix } from '../../linalg/matrix';
import { type Context, defineMethod, type Outcome, type Representation } from '../method';
import { scorePairs } from '../shared/pairs';
import { inWords } from '../shared/reading';
import { LISTED, rowTable } from '../shared/row-table';
import { sortedLine } from '../shared/sorted-line';
import { constantColumns, fewRows } from '../shared/warnings';

const parameters = z.object({
  norm: z.enum(['matrix', 'pairs', 'stress']).default('matrix').meta({
    title: 'Norm',
    description:
      'matrix: Frobenius norm of the whole difference, each pair twice. pairs: each pair once. stress: root mean square over pairs.',
  }),
});
type Norm = z.output<typeof parameters>['norm'];

/** Rows whose distances are held at once, in bytes for both sides. */
const TILE_BYTES = 32e6;

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
    '‖Dx - Dy‖ over all ordered pairs of rows, Euclidean distances D; or √Σ_{i<j}; or that over √(n (n - 1) / 2)',
  tex: String.raw`\lVert D_X - D_Y\rVert_F, \qquad (D_X)_{ij} = \lVert x_i - x_j\rVert`,
  citation:
    'Yin, Shen (2018). On the dimensionality of word embedding. NeurIPS. arXiv:1812.04224; Klabunde et al. (2025). ReSi (RSMDiff). ICLR. arXiv:2408.00531',
  async run(inputs, { norm }, context) {
    const [x, y] = inputs as [Representation, Representation];
    const rows = x.matrix.rows;
    const { each, squares } = await differences(x.matrix, y.matrix, context);
    const sum = each.reduce((total, part) => total + part, 0);
    const value = scoreOf(sum, rows, norm);
    const scale = Math.sqrt(squares / 2 / Math.max(1, rows * (rows - 1)));
    const order = [...each.keys()].sort((i, j) => (each[j] as number) - (each[i] as number)).slice(0, LISTED);
    return {
      values: { distance: value },
      tables: {
        rows: rowTable(`Rows whose distances differ most (${order.length} of ${rows})`, context, order, {
          'root mean square difference': (i) => Math.sqrt((each[i] as number) / Math.max(1, rows - 1)),
        }),
      },
      figures: [
        sortedLine(
          {
            id: 'row-difference',
            title: 'Difference of each row',
            caption:
              'Root mean square difference of the distances of each row to all others, in the units of the data.',
            of: 'rows',
            y: { label: 'difference of distances' },
            references: [{ y: scoreOf(sum, rows, 'stress'), label: 'all pairs' }],
          },
          [{ name: 'rows', values: each.map((part) => Math.sqrt(part / Math.max(1, rows - 1))) }],
        ),
      ],
      steps: [`Euclidean distances of ${(rows * (rows - 1)) / 2} pairs of rows`, 'float64'],
      reading: `Distances between rows differ by ${inWords(scoreOf(sum, rows, 'stress'))} (root mean square), where they are ${inWords(scale)} long; a difference of scale alone counts as a difference.`,
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
        const { each } = await differences(a, b, context);
        return {
          value: scoreOf(
            each.reduce((total, part) => total + part, 0),
            a.rows,
            norm,
          ),
        };
      },
    ),
});

/** @param sum of the squared differences over ordered pairs. */
function scoreOf(sum: number, rows: number, norm: Norm): number {
  if (norm === 'matrix') return Math.sqrt(sum);
  return norm === 'pairs' ? Math.sqrt(sum / 2) : Math.sqrt(sum / Math.max(1, rows * (rows - 1)));
}

/** Σⱼ (dᵢⱼ(X) - dᵢⱼ(Y))² for each row i, and Σᵢⱼ dᵢⱼ² of both together. No n x n matrix is held. */
async function differences(x: Matrix, y: Matrix, context: Pick<Context, 'signal' | 'progress'>) {
  const n = x.rows;
  const each = new Float64Array(n);
  let squares = 0;
  const height = Math.max(1, Math.floor(TILE_BYTES / (16 * n)));
  for (let start = 0; start < n; start += height) {
    context.signal.throwIfAborted();
    context.progress(start / n, 'Distances');
    const end = Math.min(n, start + height);
    const [a, b] = [await squaredDistances(x, start, end, context), await squaredDistances(y, start, end, context)];
    for (let i = start; i < end; i++) {
      let sum = 0;
      const [one, other] = [a.row(i - start), b.row(i - start)];
      for (let j = 0; j < n; j++) {
        const difference = Math.sqrt(one[j] as number) - Math.sqrt(other[j] as number);
        sum += difference * difference;
        squares += (one[j] as number) + (other[j] as number);
      }
      each[i] = sum;
    }
  }
  return { each, squares };
}
