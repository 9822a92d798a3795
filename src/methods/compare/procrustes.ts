import { z } from 'zod';
import type { Matrix } from '../../linalg/matrix';
import { frobeniusSquared } from '../../linalg/norms';
import { multiply } from '../../linalg/products';
import type { Figure } from '../../protocol/figures';
import { count } from '../../protocol/words';
import { type Context, defineMethod, type Outcome, type Representation, type Streamed } from '../method';
import { contributed } from '../shared/contributions';
import { gather, oddities } from '../shared/gather';
import { digits6 } from '../shared/image';
import { scorePairs } from '../shared/pairs';
import { type Principal, principalAxes, varianceShares, withShare } from '../shared/pca';
import { drawnRows, pointsOf } from '../shared/points';
import { grade, inWords } from '../shared/reading';
import { LISTED, rowTable } from '../shared/row-table';
import { constantColumns, fewRows } from '../shared/warnings';
import {
  type Alignment,
  align,
  chanceBound,
  NO_SHAPE,
  type Shape,
  shapeBytes,
  shapeDistance,
  shapeOf,
} from './alignment';
import { shapeContributions } from './shape-contributions';
import { closeWarning, shapePair, spectraOfMoments } from './shapes-of-moments';

export const procrustes = defineMethod({
  id: 'procrustes',
  kind: 'compare',
  title: 'Procrustes distance',
  summary: 'What is left between two spaces of unit size after the best rotation of one onto the other.',
  blindTo:
    'sees every direction by its standard deviation; high similarity for anything where units are not far fewer than rows',
  takes: 'pair',
  labels: 'optional',
  recommended: 3,
  parameters: z.object({}),
  values: [
    { key: 'distance', title: 'Procrustes distance', range: [0, Math.SQRT2], better: 'lower', self: 0 },
    { key: 'similarity', title: 'Procrustes similarity', range: [0, 1], better: 'higher', self: 1 },
  ],
  invariances: ['permutation', 'orthogonal', 'scaling', 'translation', 'sign'],
  symmetric: true,
  cost: 'O(npq + pq min(p, q))',
  formula: 'min ‖X - YQ‖ over orthogonal Q = √(2 - 2 s), s = ‖XᵀY‖*; columns centred, ‖X‖ = ‖Y‖ = 1',
  tex: String.raw`\min_{Q^\top Q = I} \lVert X - YQ\rVert_F = \sqrt{2 - 2\,\lVert X^\top Y\rVert_*}, \qquad \lVert X\rVert_F = \lVert Y\rVert_F = 1`,
  citation:
    'Schönemann (1966). A generalized solution of the orthogonal Procrustes problem. Psychometrika 31; Williams, Kunz, Kornblith, Linderman (2021). Generalized shape metrics on neural representations. NeurIPS. arXiv:2110.14739',
  async run(inputs, _, context) {
    const [x, y] = inputs as [Representation, Representation];
    const rows = x.matrix.rows;
    const warnings = [...constantColumns(x), ...constantColumns(y), ...fewRows(rows)];
    context.progress(0, 'Centring');
    const [a, b] = [await shapeOf(x, context), await shapeOf(y, context)];
    const steps = ['columns centred', 'scaled to equal total variance', 'float64'];
    if (a === null || b === null) {
      const values = { distance: null, similarity: null };
      return { values, steps, warnings: [...warnings, `Procrustes distance: ${NO_SHAPE}.`] };
    }
    context.progress(0.3, 'Rotation');
    const alignment = await align(a, b, context);
    context.progress(0.6, 'Principal components');
    const axes = [await principalAxes(a.matrix, 2, context), await principalAxes(b.matrix, 0, context)] as const;
    const parts = await shapeContributions([x, y], [a, b], alignment, context);
    const own = contributed(parts, [x, y], 'the Procrustes similarity', context);
    const bound = chanceBound(rows, axes[0].squares, axes[1].squares);
    if (bound > 0.75) warnings.push(flexible(rows, x.matrix, y.matrix, bound));
    return {
      values: { distance: alignment.distance, similarity: alignment.similarity },
      tables: {
        residuals: residualTable(alignment, context),
        ...own.tables,
      },
      figures: [await planes([x, y], [a, b], alignment, axes[0], context), spectra([x, y], axes), ...own.figures],
      steps,
      reading: reading(alignment, bound),
      warnings,
    } satisfies Outcome;
  },
  room: (inputs) => Math.max(...inputs.map(({ rows, columns }) => 40 * rows * columns)),
  async stream(stream, _, context) {
    const { moments, steps: how } = await gather(stream, true, context, 0.8);
    const [x, y] = stream.inputs as [Streamed, Streamed];
    const warnings = oddities(stream, moments);
    const steps = [
      'columns centred',
      'scaled to equal total variance',
      ...how,
      'no row kept, so none is listed or drawn',
    ];
    context.progress(0.8, 'Rotation');
    const pair = await shapePair(moments, 0, 1, context);
    if (pair === null) {
      const values = { distance: null, similarity: null };
      return { values, steps, warnings: [...warnings, `Procrustes distance: ${NO_SHAPE}.`] };
    }
    const { squares, bound } = await spectraOfMoments(moments, context);
    if (bound > 0.75) warnings.push(flexible(moments.rows, x, y, bound));
    return {
      values: { distance: pair.distance, similarity: pair.similarity },
      figures: [
        spectra(
          [x, y],
          squares.map((values) => ({ squares: values })),
        ),
      ],
      steps,
      reading: reading(pair, bound),
      warnings: [...warnings, ...closeWarning(pair)],
    } satisfies Outcome;
  },
  fromMoments: {
    double: true,
    async score(moments, x, y, _, context) {
      const pair = await shapePair(moments, x, y, context);
      return pair === null
        ? { value: null, warning: NO_SHAPE }
        : { value: pair.distance, warning: closeWarning(pair)[0] };
    },
  },
  sweep: (rows, columns, _, context) =>
    scorePairs(
      rows,
      columns,
      context,
      (input) => shapeOf(input, context),
      async (a, b) => {
        if (a === null || b === null) return { value: null, warning: NO_SHAPE };
        return { value: a === b ? 0 : await shapeDistance(a, b, context) };
      },
      shapeBytes,
    ),
});

type Wide = Pick<Streamed, 'columns'>;

function flexible(rows: number, x: Wide, y: Wide, bound: number): string {
  return `With ${rows} rows for ${x.columns} and ${y.columns} units a rotation fits almost anything: rows paired at random may reach a similarity of ${inWords(bound)}.`;
}

/** Both spaces in the principal plane of the first, the second carried there by the rotation. */
async function planes(
  [x, y]: readonly [Representation, Representation],
  [a, b]: readonly [Shape, Shape],
  { rotation }: Alignment,
  principal: Principal,
  context: Context,
): Promise<Figure> {
  const { rows, note } = drawnRows(context, x.matrix.rows);
  const panel = async (title: string, points: Matrix, axes: Matrix, named: (axis: string) => string) => {
    const plane = await multiply(points, axes, context);
    // Of a shape, whose length is 1, squares are shares.
    const share = (k: number) => (k < plane.columns ? frobeniusSquared(plane.takeColumns([k])) : undefined);
    const axis = (k: number) => ({ label: withShare(named(`PC ${k + 1}`), share(k)) });
    const coordinate = (k: number) =>
      Array.from(rows, (i) => (k < plane.columns ? Number((plane.at(i, k) * a.length).toPrecision(6)) : 0));
    return { title, x: axis(0), y: axis(1), xs: coordinate(0), ys: coordinate(1) };
  };
  const rotated = await multiply(rotation, principal.axes, context);
  return {
    id: 'aligned-planes',
    kind: 'scatter',
    title: 'Both spaces, aligned',
    caption: `The principal plane of ${x.name}, and ${y.name} rotated onto ${x.name} by the best rotation, scaled to the same total variance, and seen in the same plane.${note}`,
    panels: [
      await panel(`${x.name}, principal plane`, a.matrix, principal.axes, (axis) => axis),
      {
        ...(await panel(
          `${y.name}, rotated onto ${x.name}`,
          b.matrix,
          rotated,
          (axis) => `along ${axis} of ${x.name}`,
        )),
        on: 0,
      },
    ],
    ...pointsOf(context, rows),
  };
}

/** Components drawn in the figure of variances. */
const SPECTRUM = 200;

function spectra(inputs: readonly { readonly name: string }[], axes: readonly Pick<Principal, 'squares'>[]): Figure {
  return {
    id: 'variance',
    kind: 'line',
    title: 'Variance held by the first components',
    caption: `The sooner a line reaches 1, the fewer directions the space really uses.${axes.some(({ squares }) => squares.length > SPECTRUM) ? ` Drawn: the first ${SPECTRUM}.` : ''}`,
    x: { label: 'principal components' },
    y: { label: 'share of variance', domain: [0, 1] },
    series: inputs.map(({ name }, k) => {
      let total = 0;
      const shares = [...varianceShares(axes[k] as Pick<Principal, 'squares'>)].slice(0, SPECTRUM);
      const y = shares.map((share) => {
        total += share;
        return digits6(total);
      });
      return { name, x: y.map((_, i) => i + 1), y };
    }),
  };
}

/** The rows that the rotation carries least well. */
function residualTable({ residuals, distance }: Alignment, context: Context) {
  const order = Array.from(residuals, (_, i) => i).sort((i, j) => (residuals[j] as number) - (residuals[i] as number));
  const listed = order.slice(0, LISTED);
  const title = `Rows farthest from their partner after the rotation (${count(listed.length)} of ${count(residuals.length)})`;
  const typical = Math.sqrt(residuals.length);
  return rowTable(title, context, listed, {
    // In units of the root mean square length of a row.
    residual: (i) => (residuals[i] as number) * typical,
    'share of squared distance': (i) => (distance > 0 ? ((residuals[i] as number) / distance) ** 2 : null),
  });
}

function reading({ similarity, distance }: Pick<Alignment, 'similarity' | 'distance'>, bound: number): string {
  const numbers = `(Procrustes similarity ${inWords(similarity)}, distance ${inWords(distance)}; rows paired at random reach a similarity of ${inWords(bound)} at most on average)`;
  const words = {
    chance: 'is not told from what it does to rows paired at random',
    little: 'carries little of one space onto the other',
    part: 'carries a part of one space onto the other',
    much: 'carries much of one space onto the other',
    most: 'carries nearly all of one space onto the other',
  };
  return `The best rotation ${words[grade(similarity, { level: bound })]} ${numbers}.`;
}
