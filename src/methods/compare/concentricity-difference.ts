import { z } from 'zod';
import { columnMeans, projectRows, rowNorms } from '../../linalg/centre';
import { dot } from '../../linalg/norms';
import { defineMethod, type Outcome, type Representation } from '../method';
import { inRange } from '../shared/centred';
import { contributed, partsOfMean } from '../shared/contributions';
import { scorePairs } from '../shared/pairs';
import { inWords } from '../shared/reading';
import { sortedLine } from '../shared/sorted-line';

export const concentricityDifference = defineMethod({
  id: 'concentricity-difference',
  kind: 'compare',
  title: 'Difference of concentricity',
  summary: 'How much more the rows of one space point the way of their mean than those of the other.',
  blindTo: 'a single number of each space: 0 does not mean alike',
  takes: 'pair',
  parameters: z.object({}),
  values: [
    { key: 'difference', title: 'Difference of concentricity', range: [0, 2], better: 'lower', self: 0 },
    { key: 'first', title: 'Concentricity of the first', range: [-1, 1] },
    { key: 'second', title: 'Concentricity of the second', range: [-1, 1] },
  ],
  invariances: ['permutation', 'orthogonal', 'scaling', 'sign'],
  symmetric: true,
  cost: 'O(n (p + q))',
  formula: '|meanᵢ cos(xᵢ, x̄) - meanᵢ cos(yᵢ, ȳ)|, x̄ the mean row; rows of zeros left out',
  tex: String.raw`\left|\frac1n\sum_i \cos(x_i, \bar x) - \frac1n\sum_i \cos(y_i, \bar y)\right|`,
  citation: 'Wang, Isola (2020) as read by Klabunde et al. (2025). ReSi (ConcDiff). ICLR. arXiv:2408.00531',
  async run(inputs, _, context) {
    const [x, y] = inputs as [Representation, Representation];
    context.signal.throwIfAborted();
    const [first, second] = [concentricity(x), concentricity(y)];
    const steps = ['not centred', 'float64'];
    if (first.value === null || second.value === null) {
      const values = { difference: null, first: first.value, second: second.value };
      return { values, steps, warnings: [`Concentricity: ${NO_MEAN}.`] };
    }
    const left = [first, second].flatMap(({ zeros }, i) =>
      zeros === 0
        ? []
        : [
            `${zeros} ${zeros === 1 ? 'row' : 'rows'} of ${(i === 0 ? x : y).name} ${zeros === 1 ? 'is' : 'are'} all zeros and left out of the mean cosine.`,
          ],
    );
    const sign = Math.sign(first.value - second.value);
    const [ofX, ofY] = [partsOfMean(first.cosines), partsOfMean(second.cosines)];
    const parts = { rows: ofX.map((part, i) => sign * (part - (ofY[i] as number))) };
    const own = contributed(parts, [x, y], 'the difference of concentricity', context);
    return {
      values: { difference: Math.abs(first.value - second.value), first: first.value, second: second.value },
      tables: own.tables,
      figures: [
        sortedLine(
          {
            id: 'cosines',
            title: 'Cosine of rows with their mean',
            caption: 'Near 1: all rows point the way of the mean; around 0: the mean is no direction of theirs.',
            of: 'rows',
            y: { label: 'cosine with the mean row' },
          },
          [
            { name: x.name, values: first.cosines },
            { name: y.name, values: second.cosines },
          ],
        ),
        ...own.figures,
      ],
      steps,
      reading: `Rows of ${x.name} have a cosine of ${inWords(first.value)} with their mean, those of ${y.name} of ${inWords(second.value)}; equal values do not mean that the spaces are alike.`,
      warnings: left,
    } satisfies Outcome;
  },
  sweep: (rows, columns, _, context) =>
    scorePairs(
      rows,
      columns,
      context,
      async (input) => concentricity(input).value,
      (a, b) => (a === null || b === null ? { value: null, warning: NO_MEAN } : { value: Math.abs(a - b) }),
    ),
});

const NO_MEAN = 'the mean row of one of them is zero, so it has no direction';

/** Products of longer rows, or of shorter ones, may be no doubles. */
const LONGEST = 1e100;

function concentricity({ matrix }: Pick<Representation, 'matrix'>): {
  value: number | null;
  zeros: number;
  cosines: Float64Array;
} {
  const norms = rowNorms(matrix);
  const largest = norms.reduce((most, norm) => Math.max(most, norm), 0);
  if (largest > LONGEST || (largest > 0 && largest < 1 / LONGEST)) return concentricity({ matrix: inRange(matrix) });
  const means = columnMeans(matrix);
  const length = Math.sqrt(dot(means, means));
  const along = projectRows(matrix, means);
  // A mean that is rounding has no direction either.
  const cosines = new Float64Array(matrix.rows).fill(Number.NaN);
  if (!(length > 1e-14 * largest)) return { value: null, zeros: 0, cosines };
  let [sum, known] = [0, 0];
  for (let i = 0; i < matrix.rows; i++) {
    const norm = norms[i] as number;
    if (norm === 0) continue;
    cosines[i] = (along[i] as number) / (norm * length);
    sum += cosines[i] as number;
    known++;
  }
  return { value: sum / known, zeros: matrix.rows - known, cosines };
}
