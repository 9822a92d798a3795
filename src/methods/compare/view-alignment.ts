import { z } from 'zod';
import { columnSums, normaliseInDouble } from '../../linalg/centre';
import { squaredDistance } from '../../linalg/distances';
import type { Matrix } from '../../linalg/matrix';
import { dot, frobeniusSquared, sumOf } from '../../linalg/norms';
import { pairSums, SUMS_BYTES } from '../../linalg/pair-sums';
import { pairTiles } from '../../linalg/pair-tiles';
import { Points } from '../../linalg/points';
import { addScaled } from '../../linalg/vectors';
import { UserError } from '../../protocol/errors';
import { count } from '../../protocol/words';
import { FAINT, TOO_FAR, uniformityParameters } from '../describe/uniformity';
import { type Context, defineMethod, type Outcome, type Representation } from '../method';
import { contributed, partsOfMean } from '../shared/contributions';
import { evenUniformity } from '../shared/even-uniformity';
import { histogram } from '../shared/histogram';
import { scorePairs } from '../shared/pairs';
import { inWords } from '../shared/reading';
import { LISTED, rowTable } from '../shared/row-table';
import { fewRows, zeroRows } from '../shared/warnings';

const parameters = z.object(uniformityParameters);
type Choice = z.output<typeof parameters>;

export const viewAlignment = defineMethod({
  id: 'view-alignment',
  kind: 'compare',
  title: 'Alignment and uniformity of two views',
  summary:
    'How near the two rows of a pair are in one shared space, as of two views of the same thing by one encoder, and how evenly each view is spread.',
  blindTo:
    'both inputs must be in the same coordinates: two encoders that were trained apart are far from aligned however alike; best, alone, where all has collapsed',
  takes: 'pair',
  parameters,
  values: [
    { key: 'alignment', title: 'Alignment (lower: nearer)', range: [0, null], better: 'lower', self: 0 },
    { key: 'uniformity', title: 'Uniformity, mean of both', range: [null, 0] },
    { key: 'first', title: 'Uniformity of the first', range: [null, 0] },
    { key: 'second', title: 'Uniformity of the second', range: [null, 0] },
  ],
  invariances: ['scaling'],
  symmetric: true,
  cost: 'O(n² p)',
  formula:
    'u, v: rows of length one. alignment = mean ‖u_i - v_i‖^α; uniformity = ln mean over pairs i < j of exp(-t ‖u_i - u_j‖²); chance, for α = 2: mean ‖u_i - v_j‖² over i ≠ j, the pairs of two different rows, where rows paired at random are now and then their own',
  tex: String.raw`\mathcal{L}_{\mathrm{align}} = \frac1n \sum_i \lVert u_i - v_i \rVert^{\alpha}, \qquad \mathcal{L}_{\mathrm{unif}} = \ln \frac{2}{n(n-1)} \sum_{i<j} e^{-t \lVert u_i - u_j \rVert^2}`,
  citation:
    'Wang, Isola (2020). Understanding contrastive representation learning through alignment and uniformity on the hypersphere. ICML. arXiv:2005.10242',
  async run(inputs, chosen, context) {
    const [x, y] = inputs as [Representation, Representation];
    const { t, alpha, normalise } = chosen;
    const n = x.matrix.rows;
    if (x.matrix.columns !== y.matrix.columns)
      throw new UserError(
        `${x.name} has ${x.matrix.columns} units and ${y.name} ${y.matrix.columns}: ${APART}. Compare spaces of different width by "procrustes" or "linear-cka".`,
      );
    context.reserve(16 * n * x.matrix.columns, 'rows of length one');
    const [a, b] = [viewOf(x.matrix, chosen).matrix, viewOf(y.matrix, chosen).matrix];
    const { parts, value, level } = aligned(x.matrix, y.matrix, chosen, context);
    const steps = [
      normalise ? 'rows brought to length one' : 'rows as they are',
      ...['not aligned: the coordinates are taken to be the same', `t = ${t}`, `α = ${alpha}`, 'float64'],
    ];
    const first = await uniformityOf(a, t, context);
    const second = await uniformityOf(b, t, context);
    const farthest = Array.from(parts.keys()).sort((i, j) => (parts[j] as number) - (parts[i] as number) || i - j);
    const listed = farthest.slice(0, LISTED);
    const uniformity = first === null || second === null ? null : (first + second) / 2;
    const warnings = [
      ...(uniformity === null ? [`Uniformity is empty: ${n > 1 ? TOO_FAR : 'there are no two rows'}.`] : []),
      ...(normalise ? [...zeroRows(x), ...zeroRows(y)] : []),
      ...fewRows(n),
    ];
    if (value === null) {
      const values = { alignment: null, uniformity, first, second };
      return { values, steps, warnings: [`Alignment is empty: ${BEYOND}.`, ...warnings] };
    }
    const squares = alpha === 2 ? squaresOfUnits(a, b) : undefined;
    const adds = { rows: partsOfMean(parts), units: [squares] };
    const own = contributed(adds, [{ name: 'both' }], 'the alignment', context);
    return {
      values: { alignment: value, uniformity, first, second },
      ...(level !== null && {
        chance: { alignment: { level, how: 'mean over all pairs of two different rows; closed form' } },
      }),
      tables: {
        ...own.tables,
        farthest: rowTable(
          `Rows whose views are farthest apart (${count(listed.length)} of ${count(n)})`,
          context,
          listed,
          {
            [`distance^${alpha}`]: (i) => parts[i] as number,
          },
        ),
      },
      figures: [
        histogram(
          parts.map((part) => part ** (1 / alpha)),
          {
            ...{ id: 'distances', title: 'Distance of the two views of a row', x: 'distance', y: 'rows' },
            caption:
              'Between the two rows of a pair: 0 where both views are the same; on the sphere 2 where they are opposite.',
          },
        ),
        ...own.figures,
      ],
      steps,
      reading: `The two views of a row are at ${inWords(value)} in the mean${level === null ? '' : ` (${inWords(level)} of rows that do not belong together)`}${uniformity === null ? '' : `; the views have a uniformity of ${inWords(uniformity)}${normalise ? ` (an even spread: ${inWords(evenUniformity(x.matrix.columns, t))})` : ''}`}.`,
      warnings,
    } satisfies Outcome;
  },
  sweep: (rows, columns, chosen, context) =>
    scorePairs(
      rows,
      columns,
      context,
      async ({ matrix }) => matrix,
      (a, b) => {
        if (a.columns !== b.columns) return { value: null, warning: `the numbers of units differ, and ${APART}` };
        const { value, level } = aligned(a, b, chosen, context);
        return value === null ? { value, warning: BEYOND } : { value, level: level ?? undefined };
      },
    ),
});

const APART = 'two views that are aligned are of one space';
const BEYOND = 'the views are so far apart that powers of distances are beyond float64 (1e308); scale both down';

interface View {
  readonly matrix: Matrix<Float64Array>;
  /** Of all values together. */
  readonly squares: number;
}

/** Of length one, or as they are. */
function viewOf(rows: Matrix, { normalise }: Choice, memory?: Float64Array): View {
  if (!normalise) return { matrix: rows.toDouble(), squares: frobeniusSquared(rows) };
  const { matrix, zeroRows: none } = normaliseInDouble(rows, memory);
  return { matrix, squares: matrix.rows - none.length };
}

/** Values of either view that are held at a time. */
const TOGETHER = 2 ** 16;

/** The alignment and its level alone. */
function aligned(x: Matrix, y: Matrix, chosen: Choice, { signal }: Pick<Context, 'signal'>) {
  const { alpha } = chosen;
  const { rows: n, columns } = x;
  const apart = new Float64Array(n);
  // Of both views: the sums of their rows, and of the squares of all values.
  const sums = [x, y].map(() => new Float64Array(columns));
  let squares = 0;
  const height = Math.ceil(TOGETHER / columns);
  const memory = [x, y].map(() => new Float64Array(height * columns));
  for (let start = 0; start < n; start += height) {
    signal.throwIfAborted();
    const views = [x, y].map((of, k) => viewOf(of.slice(start, Math.min(n, start + height)), chosen, memory[k]));
    const [a, b] = views as [View, View];
    for (let i = 0; i < a.matrix.rows; i++) apart[start + i] = squaredDistance(a.matrix.row(i), b.matrix.row(i));
    if (alpha !== 2) continue;
    for (const [k, view] of views.entries()) {
      addScaled(sums[k] as Float64Array, columnSums(view.matrix), 1);
      squares += view.squares;
    }
  }
  const parts = alpha === 2 ? apart : apart.map((squared) => squared ** (alpha / 2));
  const sum = sumOf(parts);
  if (!Number.isFinite(sum)) return { parts, value: null, level: null };
  // Of pairs that do not belong together, each row with every row of the other but its own: Σᵢⱼ ‖uᵢ - vⱼ‖² is n times all squares
  // less twice the product of the sums.
  const all = squares - (2 / n) * dot(...(sums as [Float64Array, Float64Array]));
  const level = alpha === 2 && n > 1 ? Math.max(0, (all - sum / n) / (n - 1)) : null;
  return { parts, value: sum / n, level: Number.isFinite(level) ? level : null };
}

/** Mean squared difference of each unit, which make up the alignment where α is 2. */
function squaresOfUnits(a: Matrix<Float64Array>, b: Matrix<Float64Array>): Float64Array {
  const out = new Float64Array(a.columns);
  for (let i = 0, k = 0; i < a.rows; i++)
    for (let j = 0; j < out.length; j++, k++)
      out[j] = (out[j] as number) + ((a.data[k] as number) - (b.data[k] as number)) ** 2 / a.rows;
  return out;
}

async function uniformityOf(x: Matrix, t: number, context: Context): Promise<number | null> {
  context.reserve(SUMS_BYTES, 'potentials of pairs of rows, tile by tile');
  const points = new Points(x);
  const potential = { points, scale: -t, shift: new Float64Array(x.rows) };
  const { rows } = await pairSums([potential], 'exp', { ...context, apart: true });
  const sum = sumOf(rows[0] as Float64Array);
  const log = sum >= FAINT ? Math.log(sum / (x.rows * (x.rows - 1))) : await faintUniformity(points, t, context);
  return Number.isFinite(log) ? Math.min(0, log) : null;
}

const TILE = 512;

/** The same, of potentials as multiples of the largest so far; not finite where there is none. */
async function faintUniformity(points: Points, t: number, context: Context): Promise<number> {
  let [nearest, sum] = [Number.POSITIVE_INFINITY, 0];
  for await (const { squares } of pairTiles([points], TILE, context))
    for (const square of squares[0] as Float64Array) {
      if (square < nearest) {
        sum = sum * Math.exp(-t * (nearest - square)) + 1;
        nearest = square;
      } else if (square < Number.POSITIVE_INFINITY) sum += Math.exp(-t * (square - nearest));
    }
  return Math.log((2 * sum) / (points.count * (points.count - 1))) - t * nearest;
}
