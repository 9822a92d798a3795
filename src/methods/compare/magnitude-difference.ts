import { z } from 'zod';
import { columnMeans, normaliseRows, projectRows, rowNorms } from '../../linalg/centre';
import { Matrix } from '../../linalg/matrix';
import { defineMethod, type Outcome, type Representation } from '../method';
import { contributed } from '../shared/contributions';
import { scorePairs } from '../shared/pairs';
import { inWords } from '../shared/reading';
import { sortedLine } from '../shared/sorted-line';

export const magnitudeDifference = defineMethod({
  id: 'magnitude-difference',
  kind: 'compare',
  title: 'Difference of magnitude',
  summary: 'How much longer the mean row of one space is than that of the other.',
  blindTo: 'a single number of each space: 0 does not mean alike; depends on the units of the data',
  takes: 'pair',
  parameters: z.object({}),
  values: [
    { key: 'difference', title: 'Difference of magnitude', range: [0, null], better: 'lower', self: 0 },
    { key: 'first', title: 'Magnitude of the first', range: [0, null] },
    { key: 'second', title: 'Magnitude of the second', range: [0, null] },
  ],
  invariances: ['permutation', 'orthogonal', 'sign'],
  symmetric: true,
  cost: 'O(n (p + q))',
  formula: '|‖x̄‖ - ‖ȳ‖|, x̄ the mean row',
  tex: String.raw`\big|\,\lVert\bar x\rVert - \lVert\bar y\rVert\,\big|`,
  citation: 'Wang, Isola (2020) as read by Klabunde et al. (2025). ReSi (MagDiff). ICLR. arXiv:2408.00531',
  async run(inputs, _, context) {
    const [x, y] = inputs as [Representation, Representation];
    context.signal.throwIfAborted();
    const [ofX, ofY] = [alongMean(x), alongMean(y)];
    const [first, second] = [ofX.length, ofY.length];
    const sign = Math.sign(first - second);
    const parts = { rows: ofX.parts.map((part, i) => sign * (part - (ofY.parts[i] as number))) };
    const own = contributed(parts, [x, y], 'the difference of magnitude', context);
    return {
      values: { difference: Math.abs(first - second), first, second },
      tables: own.tables,
      figures: [
        sortedLine(
          {
            id: 'lengths',
            title: 'Length of rows',
            caption: 'The mean row is as long as rows are only where all of them point the same way.',
            of: 'rows',
            y: { label: 'length' },
            references: [
              { y: first, label: `mean row of ${x.name}` },
              { y: second, label: `mean row of ${y.name}` },
            ],
          },
          [x, y].map(({ name, matrix }) => ({ name, values: rowNorms(matrix) })),
        ),
        ...own.figures,
      ],
      steps: ['not centred', 'float64'],
      reading: `The mean row of ${x.name} is ${inWords(first)} long and that of ${y.name} ${inWords(second)}; equal lengths do not mean that the spaces are alike.`,
    } satisfies Outcome;
  },
  sweep: (rows, columns, _, context) =>
    scorePairs(
      rows,
      columns,
      context,
      async ({ matrix }) => meanRow(matrix).lengths[0] as number,
      (a, b) => ({ value: Math.abs(a - b) }),
    ),
});

/** The length of the mean row, and what each row adds to it: 1 / n of its part along it. */
function alongMean({ matrix }: Representation): { length: number; parts: Float64Array } {
  const mean = meanRow(matrix);
  const parts = projectRows(matrix, mean.matrix.data).map((product) => product / matrix.rows);
  return { length: mean.lengths[0] as number, parts };
}

/** Of length 1, and its own length. */
function meanRow(matrix: Matrix) {
  return normaliseRows(new Matrix(columnMeans(matrix), 1, matrix.columns));
}
