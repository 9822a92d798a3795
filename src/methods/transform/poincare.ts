import { z } from 'zod';
import type { Matrix } from '../../linalg/matrix';
import { count, plural } from '../../protocol/words';
import { needsRows } from '../embed/made';
import { defineMethod, type Outcome, type Representation } from '../method';
import { someClasses } from '../shared/classes';
import { depthOf, midpoint, varianceAbout } from '../shared/poincare';
import { dimensionsParameter } from './map';
import { byClass } from './poincare/classes';
import { discOf } from './poincare/disc';
import { judge, NEIGHBOURS } from './poincare/judged';
import { depthFigure, readingOf, scatterOf } from './poincare/output';
import { given, inside, lifted } from './poincare/placed';

const parameters = z.object({
  input: z.enum(['lift', 'ball']).default('lift').meta({
    title: 'Rows are',
    description:
      'lift: of flat space, carried into the ball by the exponential map; ball: of the Poincaré ball already.',
  }),
  scale: z.number().gt(0).max(1000).default(1).meta({
    title: 'Median length before lifting',
    description: 'Decides everything: small, and the ball is flat; large, and all rows are near its edge.',
  }),
  centre: z.boolean().default(true).meta({
    title: 'Centre columns first',
    description: 'So that depth is distance from the mean row. Off where length itself means depth.',
  }),
  normalise: z.enum(['none', 'midpoint', 'variance']).default('midpoint').meta({
    title: 'In the ball',
    description:
      'midpoint: move the hyperbolic midpoint of the rows to the centre, which changes no distance; variance: and bring the mean squared distance from it to 1.',
  }),
  radius: z.enum(['kept', 'projected']).default('kept').meta({
    title: 'Radius on the disc',
    description:
      'kept: the distance of a row from the centre is what it is in the ball, only its direction is projected; projected: directions that are not seen shorten it.',
  }),
  dimensions: dimensionsParameter,
  curvature: z.number().gt(0).max(100).default(1).meta({
    title: 'Curvature c',
    description: 'The ball has curvature -c and radius 1/√c.',
  }),
});

export const poincare = defineMethod({
  id: 'poincare',
  kind: 'transform',
  title: 'Poincaré view',
  summary:
    'Lifts rows into hyperbolic space and shows them on the Poincaré disc, where a hierarchy has room: general things near the centre, particular ones near the edge.',
  blindTo:
    'any data can be lifted: that it looks like a hierarchy is no evidence of one (see δ-hyperbolicity); the two or three directions shown leave out all others',
  takes: 'one',
  labels: 'optional',
  parameters,
  values: [
    {
      key: 'kept-neighbours',
      title: `Share of ${NEIGHBOURS} hyperbolic neighbours kept on the disc`,
      range: [0, 1],
      better: 'higher',
    },
    {
      key: 'shepard',
      title: 'Correlation of hyperbolic distances, ball and disc (Pearson)',
      range: [-1, 1],
      better: 'higher',
    },
    {
      key: 'distance-preservation',
      title: 'Distance preservation (Spearman, mean over rows)',
      range: [-1, 1],
      better: 'higher',
    },
    { key: 'depth', title: 'Mean distance from the centre', range: [0, null] },
    { key: 'variance', title: 'Hyperbolic variance about the midpoint, as lifted', range: [0, null] },
  ],
  invariances: ['permutation', 'orthogonal', 'scaling', 'translation', 'sign'],
  symmetric: false,
  cost: 'O(n p min(n, p))',
  formula:
    'exp₀(v) = tanh(√c‖v‖) v / (√c‖v‖), v the centred row over the median length of rows, times `scale`; midpoint m = γ/(1+γ) Σγ_i² x_i / (Σγ_i² - n/2); rows become (-m) ⊕ x; the disc (or ball): the tangent vectors log₀ x along their two (or three) principal directions, carried back; distances (2/√c) arsinh(√c‖x-y‖ / √((1-c‖x‖²)(1-c‖y‖²)))',
  tex: String.raw`\exp_0(v) = \tanh(\sqrt c \lVert v\rVert) \frac{v}{\sqrt c \lVert v \rVert}, \qquad d(x,y) = \frac{1}{\sqrt c}\operatorname{arcosh}\Big(1 + \frac{2c\lVert x-y\rVert^2}{(1-c\lVert x\rVert^2)(1-c\lVert y\rVert^2)}\Big)`,
  citation:
    'van Spengler, Berkhout, Mettes (2023). Poincaré ResNet. ICCV. arXiv:2303.14027; Nickel, Kiela (2017). Poincaré embeddings for learning hierarchical representations. NeurIPS. arXiv:1705.08039; Ganea, Bécigneul, Hofmann (2018). Hyperbolic neural networks. NeurIPS. arXiv:1805.09112',
  async run([input], chosen, context) {
    const { name, matrix } = input as Representation;
    needsRows(matrix.rows, 'row');
    const [n, c] = [matrix.rows, chosen.curvature];
    context.reserve(8 * 5 * n * matrix.columns, 'the rows in the ball');
    context.progress(0.1, 'Into the ball');
    const { ball, steps, warnings } = chosen.input === 'ball' ? given(name, matrix, c) : lifted(name, matrix, chosen);
    context.signal.throwIfAborted();
    const before = rowsIn(ball);
    const middle = midpoint(before, c);
    const variance = varianceAbout(before, middle, c);
    const { placed, moved } = inside(ball, middle, variance, chosen);
    const rows = rowsIn(placed);
    const depths = Float64Array.from(rows, (row) => depthOf(row, c));
    context.progress(0.4, 'The disc');
    const disc = await discOf(placed, chosen, context);
    const judged = judge(placed, disc, c, context);
    const classes = someClasses(context.rows, n, 2);
    const table = classes ? byClass(placed, matrix, classes, c, context) : null;
    return {
      values: {
        ...{ 'kept-neighbours': judged.kept, shepard: judged.shepard, 'distance-preservation': judged.preservation },
        ...{ depth: depths.reduce((sum, depth) => sum + depth, 0) / n, variance },
      },
      ...(judged.kept !== null && {
        chance: {
          'kept-neighbours': {
            level: judged.k / (judged.rows - 1),
            how: `of a disc that puts the ${judged.rows} rows anywhere; closed form`,
          },
        },
      }),
      ...(table && { tables: { classes: table } }),
      figures: [scatterOf(name, disc, depths, c, chosen.radius, context), depthFigure(depths, name)],
      representations: [
        { name: `${name} on the disc`, matrix: disc },
        { name: `${name} in the ball`, matrix: placed },
      ],
      steps: [
        ...steps,
        ...moved,
        `distances judged on ${judged.rows < n ? `${count(judged.rows)} of ${count(n)} rows, drawn at random, among themselves` : `all ${count(n)} rows`}`,
        'float64',
      ],
      reading: readingOf(name, depths, judged, variance),
      warnings: [
        ...warnings,
        ...(judged.kept === null
          ? ['There are too few rows for neighbours to be kept.']
          : judged.k < NEIGHBOURS
            ? [
                `${plural(judged.k, 'neighbour')} of each row ${judged.k === 1 ? 'is' : 'are'} judged: with ${n} rows there can be no more.`,
              ]
            : []),
        ...(judged.shepard === null || judged.preservation === null
          ? ['The distances, in the ball or on the disc, are all the same: they have no correlation.']
          : []),
        ...(classes?.left ?? []),
      ],
    } satisfies Outcome;
  },
});

function rowsIn(x: Matrix<Float64Array>): Float64Array[] {
  return Array.from({ length: x.rows }, (_, i) => x.row(i));
}
