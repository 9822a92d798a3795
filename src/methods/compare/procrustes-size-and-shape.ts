import { z } from 'zod';
import type { Matrix } from '../../linalg/matrix';
import { nuclearNorm } from '../../linalg/svd';
import { count } from '../../protocol/words';
import { type Context, defineMethod, type Outcome, type Representation } from '../method';
import { contributed, partsOfRoot } from '../shared/contributions';
import { scorePairs } from '../shared/pairs';
import { inWords } from '../shared/reading';
import { LISTED, rowTable } from '../shared/row-table';
import { sortedLine } from '../shared/sorted-line';
import { constantColumns, fewRows } from '../shared/warnings';
import { align, configurationOf, shapeBytes, unitProducts, withSizes } from './alignment';

export const procrustesSizeAndShape = defineMethod({
  id: 'procrustes-size-and-shape',
  kind: 'compare',
  title: 'Procrustes distance, size kept',
  summary: 'What is left between two spaces after the best rotation of one onto the other, in the units of the data.',
  blindTo: 'sees scale: a space and twice that space are far apart; grows with the number of rows and units',
  takes: 'pair',
  parameters: z.object({}),
  values: [
    { key: 'distance', title: 'Size-and-shape distance', range: [0, null], better: 'lower', self: 0 },
    { key: 'per-row', title: 'Root mean square per row', range: [0, null], better: 'lower', self: 0 },
  ],
  invariances: ['permutation', 'orthogonal', 'translation', 'sign'],
  symmetric: true,
  cost: 'O(npq + pq min(p, q))',
  formula: 'min ‖X - YQ‖ over orthogonal Q = √(‖X‖² + ‖Y‖² - 2 ‖XᵀY‖*); columns centred, units kept',
  tex: String.raw`\min_{Q^\top Q = I} \lVert X - YQ\rVert_F = \sqrt{\lVert X\rVert_F^2 + \lVert Y\rVert_F^2 - 2\lVert X^\top Y\rVert_*}`,
  citation:
    'Dryden, Mardia (2016). Statistical shape analysis, 2nd edition, chapter 5. Wiley; Klabunde et al. (2025). ReSi (ProcDist). ICLR. arXiv:2408.00531',
  async run(inputs, _, context) {
    const [x, y] = inputs as [Representation, Representation];
    const { a, b, unit } = withSizes(await configurationOf(x, context), await configurationOf(y, context));
    context.progress(0.3, 'Rotation');
    const found = await align(a, b, context);
    const [distance, residuals] = [unit * found.distance, found.residuals.map((residual) => unit * residual)];
    const rows = x.matrix.rows;
    const order = Array.from(residuals.keys()).sort((i, j) => (residuals[j] as number) - (residuals[i] as number));
    const listed = order.slice(0, LISTED);
    const squares = found.residuals.map((residual) => residual * residual);
    const own = contributed({ rows: partsOfRoot(squares, distance) }, [x, y], 'the size-and-shape distance', context);
    return {
      values: { distance, 'per-row': distance / Math.sqrt(rows) },
      tables: {
        ...own.tables,
        residuals: rowTable(
          `Rows farthest from their partner (${count(listed.length)} of ${count(rows)})`,
          context,
          listed,
          {
            residual: (i) => residuals[i] as number,
          },
        ),
      },
      figures: [
        sortedLine(
          {
            id: 'residuals',
            title: 'What is left of each row',
            caption: 'Distance of each row from its partner after the best rotation, in the units of the data.',
            of: 'rows',
            y: { label: 'distance to the partner' },
            references: [{ y: distance / Math.sqrt(rows), label: 'root mean square' }],
          },
          [{ name: 'rows', values: residuals }],
        ),
        ...own.figures,
      ],
      steps: ['columns centred', 'units of the data kept', 'float64'],
      reading: `After the best rotation rows lie ${inWords(distance / Math.sqrt(rows))} from their partners (root mean square), in spaces whose rows lie ${inWords((unit * a.length) / Math.sqrt(rows))} and ${inWords((unit * b.length) / Math.sqrt(rows))} from their means; a difference of scale alone counts as a difference.`,
      warnings: [...constantColumns(x), ...constantColumns(y), ...fewRows(rows)],
    } satisfies Outcome;
  },
  sweep: (rows, columns, _, context) =>
    scorePairs(
      rows,
      columns,
      context,
      (input) => configurationOf(input, context),
      async (a, b) => ({ value: a === b ? 0 : await distanceOf(a, b, context) }),
      shapeBytes,
    ),
});

/** Below this share of what it is the difference of, a distance is taken from the residuals instead. */
const CLOSE = 1e-6;

async function distanceOf(x: Matrix<Float64Array>, y: Matrix<Float64Array>, context: Context): Promise<number> {
  const { a, b, unit } = withSizes(x, y);
  const both = a.length ** 2 + b.length ** 2;
  const squared = both - 2 * (await nuclearNorm(await unitProducts(a, b, context), context));
  return unit * (squared > CLOSE * both ? Math.sqrt(squared) : (await align(a, b, context)).distance);
}
