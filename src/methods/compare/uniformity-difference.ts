import { z } from 'zod';
import { squaredDistances } from '../../linalg/distances';
import { type Context, defineMethod, type Outcome, type Representation } from '../method';
import { scorePairs } from '../shared/pairs';
import { inWords } from '../shared/reading';
import { fewRows } from '../shared/warnings';

const parameters = z.object({
  t: z.number().gt(0).max(1000).default(2).meta({
    title: 'Sharpness t',
    description: 'Of the Gaussian potential exp(-t d²): the larger, the more only near pairs count.',
  }),
});

/** Rows whose distances are held at once, in bytes. */
const TILE_BYTES = 32e6;

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
    const [first, second] = [await uniformity(x, t, context), await uniformity(y, t, context)];
    return {
      values: { difference: Math.abs(first - second), first, second },
      steps: ['rows not normalised', `t = ${t}`, 'pairs of a row with itself counted', 'float64'],
      reading: `The log mean potential is ${inWords(first)} in ${x.name} and ${inWords(second)} in ${y.name} (lower: more evenly spread); equal values do not mean that the spaces are alike.`,
      warnings: fewRows(x.matrix.rows),
    } satisfies Outcome;
  },
  sweep: (rows, columns, { t }, context) =>
    scorePairs(
      rows,
      columns,
      context,
      (input) => uniformity(input, t, context),
      (a, b) => ({ value: Math.abs(a - b) }),
    ),
});

async function uniformity({ matrix }: Representation, t: number, context: Context): Promise<number> {
  const n = matrix.rows;
  const height = Math.max(1, Math.floor(TILE_BYTES / (8 * n)));
  let sum = 0;
  for (let start = 0; start < n; start += height) {
    context.signal.throwIfAborted();
    const end = Math.min(n, start + height);
    const { data } = await squaredDistances(matrix, start, end, context);
    let part = 0;
    for (let k = 0; k < data.length; k++) part += Math.exp(-t * (data[k] as number));
    sum += part;
  }
  return Math.min(0, Math.log(sum / (n * n)));
}
