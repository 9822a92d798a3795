import { z } from 'zod';
import { pairSums, SUMS_BYTES } from '../../linalg/pair-sums';
import { type Context, defineMethod, type Outcome, type Representation } from '../method';
import { contributed } from '../shared/contributions';
import { pointsOf } from '../shared/kept';
import { scorePairs } from '../shared/pairs';
import { inWords } from '../shared/reading';
import { sortedLine } from '../shared/sorted-line';
import { fewRows } from '../shared/warnings';

const parameters = z.object({
  t: z.number().gt(0).max(1000).default(2).meta({
    title: 'Sharpness t',
    description: 'Of the Gaussian potential exp(-t d²): the larger, the more only near pairs count.',
  }),
});

export const uniformityDifference = defineMethod({
  id: 'uniformity-difference',
  kind: 'compare',
  title: 'Difference of uniformity',
  summary: 'How much more evenly the rows of one space are spread than those of the other.',
  blindTo: 'a single number of each space: 0 does not mean alike; depends on the units of the data',
  takes: 'pair',
  parameters,
  values: [
    { key: 'difference', title: 'Difference of uniformity', range: [0, null], better: 'lower', self: 0 },
    { key: 'first', title: 'Uniformity of the first', range: [null, 0] },
    { key: 'second', title: 'Uniformity of the second', range: [null, 0] },
  ],
  invariances: ['permutation', 'orthogonal', 'translation', 'sign'],
  symmetric: true,
  cost: 'O(n² (p + q))',
  formula:
    '|u(X) - u(Y)|, u = log mean over all ordered pairs, i = j too, of exp(-t ‖xᵢ - xⱼ‖²); t = 2 unless chosen; rows not normalised',
  tex: String.raw`|u(X) - u(Y)|, \qquad u(X) = \log \frac{1}{n^2} \sum_{i,j} e^{-t\lVert x_i - x_j\rVert^2}`,
  citation:
    'Wang, Isola (2020). Understanding contrastive representation learning through alignment and uniformity on the hypersphere. ICML. arXiv:2005.10242; Klabunde et al. (2025). ReSi (UnifDiff). ICLR. arXiv:2408.00531',
  async run(inputs, { t }, context) {
    const [x, y] = inputs as [Representation, Representation];
    const [a, b] = [await potentials(x, t, context), await potentials(y, t, context)];
    const [first, second] = [uniformity(a), uniformity(b)];
    const own = contributed({ rows: contributionsOf(a, b) }, [x, y], 'the difference of uniformity', context);
    return {
      values: { difference: Math.abs(first - second), first, second },
      tables: own.tables,
      figures: [
        sortedLine(
          {
            id: 'crowding',
            title: 'How crowded each row is',
            caption:
              'Mean potential exp(-t d²) of each row with all rows: 1 where all rows are one, 1/n where it has no neighbours.',
            of: 'rows',
            y: { label: 'mean potential', log: true },
          },
          [
            { name: x.name, values: a },
            { name: y.name, values: b },
          ],
        ),
        ...own.figures,
      ],
      steps: ['rows not normalised', `t = ${t}`, 'pairs of a row with itself counted', 'float64'],
      reading: `The log mean potential is ${inWords(first)} in ${x.name} and ${inWords(second)} in ${y.name} (lower: more evenly spread); equal values do not mean that the spaces are alike.`,
      warnings: [
        ...[x, y].flatMap(({ name }, i) => (isApart([a, b][i] as Float64Array) ? [`${name}: ${APART}`] : [])),
        ...fewRows(x.matrix.rows),
      ],
    } satisfies Outcome;
  },
  sweep: (rows, columns, { t }, context) =>
    scorePairs(
      rows,
      columns,
      context,
      async (input) => {
        const found = await potentials(input, t, context);
        return { value: uniformity(found), apart: isApart(found) };
      },
      (a, b) => ({ value: Math.abs(a.value - b.value), ...((a.apart || b.apart) && { warning: APART }) }),
    ),
});

/** Of all others with a row, beside its own with itself, which is 1. */
const FEW = 1e-3;
const APART =
  'rows are so far apart at this t that the potential of each with itself is all there is, but for a thousandth: uniformity is -ln n whatever they are. Choose a smaller t, about 1 over their mean squared distance.';

function isApart(potentials: Float64Array): boolean {
  const n = potentials.length;
  return n > 1 && potentials.reduce((sum, value) => sum + (value - 1 / n), 0) < FEW;
}

/** Mean potential of each row with all rows, itself among them. */
async function potentials({ matrix }: Representation, t: number, context: Context): Promise<Float64Array> {
  context.reserve(SUMS_BYTES, 'potentials of pairs of rows, tile by tile');
  const points = await pointsOf(matrix, 2, context);
  const { rows } = await pairSums([{ points, scale: -t, shift: new Float64Array(matrix.rows) }], 'exp', {
    signal: context.signal,
  });
  return (rows[0] as Float64Array).map((sum) => sum / matrix.rows);
}

/**
 * What rows add to |ln a - ln b|, a and b the mean potentials: the difference of their own over n, divided by the logarithmic mean
 * (a - b) / (ln a - ln b) of both, which leaves nothing over (Ang and Choi, The Energy Journal 18, 1997).
 */
function contributionsOf(x: Float64Array, y: Float64Array): Float64Array {
  const n = x.length;
  const mean = (list: Float64Array) => list.reduce((sum, value) => sum + value, 0) / n;
  const [a, b] = [mean(x), mean(y)];
  // ln (a / b) / (a - b), which goes to 1 / a.
  const apart = a === b ? 1 / a : Math.log1p((a - b) / b) / (a - b);
  return x.map((part, i) => (Math.sign(a - b) * apart * (part - (y[i] as number))) / n);
}

function uniformity(potentials: Float64Array): number {
  return Math.min(0, Math.log(potentials.reduce((sum, value) => sum + value, 0) / potentials.length));
}
