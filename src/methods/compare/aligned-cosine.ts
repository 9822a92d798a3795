import { z } from 'zod';
import { centreColumns } from '../../linalg/centre';
import type { Matrix } from '../../linalg/matrix';
import { dot, frobeniusSquared } from '../../linalg/norms';
import { crossProduct, multiply } from '../../linalg/products';
import { svd } from '../../linalg/svd';
import { type Context, defineMethod, type Outcome, type Representation } from '../method';
import { inRange } from '../shared/centred';
import { scorePairs } from '../shared/pairs';
import { inWords } from '../shared/reading';
import { LISTED, rowTable } from '../shared/row-table';
import { sortedLine } from '../shared/sorted-line';
import { fewRows, zeroRows } from '../shared/warnings';

const parameters = z.object({
  centre: z.boolean().default(false).meta({
    title: 'Centre columns',
    description: 'Off: cosines to the origin of the data, which a shift of all rows changes. On: to the mean row.',
  }),
});

export const alignedCosine = defineMethod({
  id: 'aligned-cosine',
  kind: 'compare',
  title: 'Aligned cosine similarity',
  summary: 'The mean cosine between a row of one space and the same row of the other, after the best rotation.',
  blindTo:
    'blind to the lengths of rows once they are aligned; without centring, a mean that both share looks like likeness',
  takes: 'pair',
  parameters,
  values: [{ key: 'similarity', title: 'Mean cosine after rotation', range: [-1, 1], better: 'higher', self: 1 }],
  invariances: ['permutation', 'orthogonal', 'scaling', 'sign'],
  symmetric: true,
  cost: 'O(npq + pq min(p, q))',
  formula:
    'meanᵢ cos(xᵢQ, yᵢ), Q = argmin ‖XQ - Y‖ over orthogonal Q; not centred unless chosen; the narrower padded with zeros',
  tex: String.raw`\frac1n \sum_i \frac{\langle Q^\top x_i, y_i\rangle}{\lVert x_i\rVert\,\lVert y_i\rVert}, \qquad Q = \operatorname*{arg\,min}_{Q^\top Q = I} \lVert XQ - Y\rVert_F`,
  citation:
    'Hamilton, Leskovec, Jurafsky (2016). Diachronic word embeddings reveal statistical laws of semantic change. ACL. arXiv:1605.09096',
  async run(inputs, { centre }, context) {
    const [x, y] = inputs as [Representation, Representation];
    const rows = x.matrix.rows;
    const warnings = [...zeroRows(x), ...zeroRows(y), ...fewRows(rows)];
    const steps = [centre ? 'columns centred' : 'not centred', 'float64'];
    context.reserve(8 * 4 * rows * Math.max(x.matrix.columns, y.matrix.columns), 'both spaces, rotated');
    const cosines = await alignedCosines(pointsOf(x, centre), pointsOf(y, centre), context);
    const known = [...cosines.keys()].filter((i) => !Number.isNaN(cosines[i]));
    if (known.length === 0)
      return { values: { similarity: null }, steps, warnings: [...warnings, `Aligned cosine similarity: ${NO_ROWS}.`] };
    const similarity = mean(cosines);
    const listed = known.sort((i, j) => (cosines[i] as number) - (cosines[j] as number)).slice(0, LISTED);
    return {
      values: { similarity },
      tables: {
        cosines: rowTable(`Rows that the rotation carries least well (${listed.length} of ${rows})`, context, listed, {
          cosine: (i) => cosines[i] as number,
        }),
      },
      figures: [
        sortedLine(
          {
            id: 'cosines',
            title: 'How well each row is carried onto its partner',
            caption: 'Cosine of each row with its partner after the best rotation.',
            of: 'rows',
            y: { label: 'cosine', domain: [Math.min(0, ...listed.map((i) => cosines[i] as number)), 1] },
            references: [{ y: similarity, label: 'mean' }],
          },
          [{ name: 'rows', values: cosines }],
        ),
      ],
      steps,
      reading: `After the best rotation a row and its partner have a cosine of ${inWords(similarity)} on average${centre ? '' : '; a mean that both spaces share is part of it, so compare with the centred value'}.`,
      warnings: [...warnings, ...leftOut(rows - known.length, rows)],
    } satisfies Outcome;
  },
  sweep: (rows, columns, { centre }, context) =>
    scorePairs(
      rows,
      columns,
      context,
      async (input) => pointsOf(input, centre),
      async (a, b) => {
        const value = mean(await alignedCosines(a, b, context));
        return Number.isNaN(value) ? { value: null, warning: NO_ROWS } : { value };
      },
      ({ matrix }) => 8 * matrix.data.length,
    ),
});

const NO_ROWS = 'every row is zero in one of them, so no cosine is defined';

function leftOut(count: number, rows: number): string[] {
  return count === 0
    ? []
    : [`${count} of ${rows} rows have no direction in one of the spaces and are left out of the mean.`];
}

function pointsOf({ matrix }: Representation, centre: boolean): Matrix<Float64Array> {
  const x = inRange(matrix.toDouble()) as Matrix<Float64Array>;
  return centre ? centreColumns(x) : x;
}

/** The cosine of each row with its partner; NaN where one of them is zero. */
async function alignedCosines(
  x: Matrix<Float64Array>,
  y: Matrix<Float64Array>,
  { signal }: Pick<Context, 'signal'>,
): Promise<Float64Array> {
  if (frobeniusSquared(x) === 0 || frobeniusSquared(y) === 0) return new Float64Array(x.rows).fill(Number.NaN);
  const { u, v } = await svd(await crossProduct(x, y, { signal }), { signal });
  // The narrower is carried into the wider: nothing of it is projected away.
  const wide = x.columns >= y.columns;
  const [moved, fixed] = wide ? [y, x] : [x, y];
  const turn = wide
    ? await multiply(v, u, { signal, transposeB: true })
    : await multiply(u, v, { signal, transposeB: true });
  const rotated = await multiply(moved, turn, { signal });
  return Float64Array.from({ length: x.rows }, (_, i) => {
    const [a, b] = [rotated.row(i), fixed.row(i)];
    const [aa, bb] = [dot(moved.row(i), moved.row(i)), dot(b, b)];
    return aa > 0 && bb > 0 ? Math.max(-1, Math.min(1, dot(a, b) / Math.sqrt(aa * bb))) : Number.NaN;
  });
}

/** Of those that are numbers. */
function mean(values: Float64Array): number {
  const known = values.filter((value) => !Number.isNaN(value));
  return known.reduce((sum, value) => sum + value, 0) / known.length;
}
