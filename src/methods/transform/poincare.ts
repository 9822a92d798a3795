import { z } from 'zod';
import { centreColumns, rowNorms } from '../../linalg/centre';
import { Matrix } from '../../linalg/matrix';
import { dot } from '../../linalg/norms';
import { multiply } from '../../linalg/products';
import { pearson, spearman } from '../../linalg/ranks';
import { UserError } from '../../protocol/errors';
import type { Line, Scatter } from '../../protocol/figures';
import type { Cell, Table } from '../../protocol/result';
import { needsRows } from '../embed/made';
import { type Context, defineMethod, type Outcome, type Representation } from '../method';
import { type Classes, someClasses } from '../shared/classes';
import { histogram } from '../shared/histogram';
import { percent, principalAxes } from '../shared/pca';
import {
  EDGE,
  expCentre,
  logCentre,
  midpoint,
  mobiusAdd,
  negative,
  poincareDistance,
  varianceAbout,
} from '../shared/poincare';
import { drawnRows, pointsOf } from '../shared/points';
import { inWords } from '../shared/reading';
import { rowsOfZeros } from '../shared/warnings';
import { fixSigns } from './map';

/** Rows of which all distances are compared with those on the disc. */
const JUDGED = 500;
const NEIGHBOURS = 10;

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
    'any data can be lifted: that it looks like a hierarchy is no evidence of one (see δ-hyperbolicity); the two directions shown leave out all others',
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
    { key: 'variance', title: 'Hyperbolic variance about the midpoint', range: [0, null] },
  ],
  invariances: ['permutation', 'orthogonal', 'scaling', 'translation', 'sign'],
  symmetric: false,
  cost: 'O(n p min(n, p))',
  formula:
    'exp₀(v) = tanh(√c‖v‖) v / (√c‖v‖), v the centred row over its median length times `scale`; midpoint m = γ/(1+γ) Σγ_i² x_i / (Σγ_i² - n/2); rows become (-m) ⊕ x; the disc: the tangent vectors log₀ x along their two principal directions, carried back; distances (2/√c) arsinh(√c‖x-y‖ / √((1-c‖x‖²)(1-c‖y‖²)))',
  tex: String.raw`\exp_0(v) = \tanh(\sqrt c \lVert v\rVert) \frac{v}{\sqrt c \lVert v \rVert}, \qquad d(x,y) = \frac{1}{\sqrt c}\operatorname{arcosh}\Big(1 + \frac{2c\lVert x-y\rVert^2}{(1-c\lVert x\rVert^2)(1-c\lVert y\rVert^2)}\Big)`,
  citation:
    'van Spengler, Berkhout, Mettes (2023). Poincaré ResNet. ICCV. arXiv:2303.14027; Nickel, Kiela (2017). Poincaré embeddings for learning hierarchical representations. NeurIPS. arXiv:1705.08039; Ganea, Bécigneul, Hofmann (2018). Hyperbolic neural networks. NeurIPS. arXiv:1805.09112',
  async run([input], chosen, context) {
    const { name, matrix } = input as Representation;
    needsRows(matrix.rows, 'rows');
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
            level: Math.min(NEIGHBOURS, judged.rows - 1) / (judged.rows - 1),
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
        `distances judged on ${judged.rows < n ? `${judged.rows} of ${n} rows, drawn at random, among themselves` : `all ${n} rows`}`,
        'float64',
      ],
      reading: readingOf(name, depths, judged, variance),
      warnings: [
        ...warnings,
        ...(judged.kept === null ? ['There are too few rows for neighbours to be kept.'] : []),
        ...(judged.shepard === null || judged.preservation === null
          ? ['The distances, in the ball or on the disc, are all the same: they have no correlation.']
          : []),
        ...(classes?.left ?? []),
      ],
    } satisfies Outcome;
  },
});

type Chosen = z.output<typeof parameters>;

/** Rows that are points of the ball already. @throws UserError where one is not */
function given(name: string, matrix: Matrix, c: number) {
  const ball = matrix.toDouble();
  const norms = rowNorms(ball);
  const outside = norms.findIndex((norm) => !(Math.sqrt(c) * norm < 1));
  if (outside >= 0)
    throw new UserError(
      `Row ${outside} of ${name} has length ${norms[outside]?.toPrecision(4)}: points of a ball of curvature -${c} are shorter than ${(1 / Math.sqrt(c)).toPrecision(4)}. Lift the rows (input = lift), or give the curvature they were made for.`,
    );
  const edge = norms.filter((norm) => Math.sqrt(c) * norm > 1 - EDGE).length;
  return {
    ...{ ball, steps: ['rows taken as points of the ball'] },
    warnings: edge > 0 ? [`${edge} rows lie within ${EDGE} of the edge, where distances have few digits.`] : [],
  };
}

/** Rows of flat space, scaled and carried into the ball. */
function lifted(name: string, matrix: Matrix, { scale, centre, curvature: c }: Chosen) {
  const flat = centre ? centreColumns(matrix.toDouble()) : matrix.toDouble();
  const norms = rowNorms(flat);
  const middle = norms.toSorted()[norms.length >> 1] as number;
  // Where most rows are zero, the longest stands for all.
  const typical = middle > 0 ? middle : norms.reduce((most, norm) => Math.max(most, norm), 0);
  const ball = Matrix.zeros(flat.rows, flat.columns);
  let clipped = 0;
  for (let i = 0; i < flat.rows; i++) {
    const point = expCentre(
      flat.row(i).map((value) => (typical > 0 ? (scale * value) / typical : 0)),
      c,
    );
    const length = Math.sqrt(c * dot(point, point));
    if (length > 1 - EDGE) clipped++;
    const factor = length > 1 - EDGE ? (1 - EDGE) / length : 1;
    ball.row(i).set(point.map((value) => factor * value));
  }
  const zeros = norms.filter((norm) => norm === 0).length;
  return {
    ball,
    steps: [
      ...(centre ? ['columns centred'] : []),
      `median length brought to ${scale}, then lifted at the centre, curvature -${c}`,
    ],
    warnings: [
      ...(zeros > 0 && !centre ? rowsOfZeros(name, zeros, flat.rows) : []),
      ...(clipped > 0
        ? [`${clipped} of ${flat.rows} rows would lie within ${EDGE} of the edge and were put there: lower the scale.`]
        : []),
    ],
  };
}

/** The midpoint moved to the centre, and the variance to 1, as is asked. */
function inside(
  ball: Matrix<Float64Array>,
  middle: Float64Array,
  variance: number,
  { normalise, curvature: c }: Chosen,
) {
  if (normalise === 'none') return { placed: ball, moved: [] };
  const back = negative(middle);
  const factor = normalise === 'variance' && variance > 0 ? 1 / Math.sqrt(variance) : 1;
  const placed = Matrix.zeros(ball.rows, ball.columns);
  for (let i = 0; i < ball.rows; i++) {
    const point = mobiusAdd(back, ball.row(i), c);
    placed.row(i).set(
      factor === 1
        ? point
        : expCentre(
            logCentre(point, c).map((value) => factor * value),
            c,
          ),
    );
  }
  const moved = [
    'midpoint moved to the centre',
    ...(factor === 1 ? [] : ['mean squared distance from it brought to 1']),
  ];
  return { placed, moved };
}

function rowsIn(x: Matrix<Float64Array>): Float64Array[] {
  return Array.from({ length: x.rows }, (_, i) => x.row(i));
}

/** Distance from the centre. */
function depthOf(row: Float64Array, c: number): number {
  return (2 / Math.sqrt(c)) * Math.atanh(Math.min(1 - 1e-15, Math.sqrt(c * dot(row, row))));
}

/** Tangent vectors at the centre along their two principal directions, carried back into a disc of the same curvature. */
async function discOf(placed: Matrix<Float64Array>, { radius, curvature: c }: Chosen, context: Context) {
  const tangent = Matrix.zeros(placed.rows, placed.columns);
  for (let i = 0; i < placed.rows; i++) tangent.row(i).set(logCentre(placed.row(i), c));
  const { axes } = await principalAxes(tangent, 2, context);
  const disc = Matrix.zeros(placed.rows, 2);
  if (axes.columns > 0) {
    const along = await multiply(tangent, axes, context);
    for (let i = 0; i < disc.rows; i++) disc.row(i).set(along.row(i));
  }
  fixSigns(disc);
  for (let i = 0; i < disc.rows; i++) {
    const [flat, whole] = [disc.row(i), tangent.row(i)];
    const [short, long] = [Math.sqrt(dot(flat, flat)), Math.sqrt(dot(whole, whole))];
    const factor = radius === 'kept' && short > 0 ? long / short : 1;
    flat.set(
      expCentre(
        flat.map((value) => factor * value),
        c,
      ),
    );
  }
  return disc;
}

interface Judged {
  readonly rows: number;
  readonly kept: number | null;
  readonly shepard: number | null;
  readonly preservation: number | null;
}

/** How the distances on the disc are those in the ball. */
function judge(ball: Matrix<Float64Array>, disc: Matrix<Float64Array>, c: number, context: Context): Judged {
  const places =
    ball.rows <= JUDGED
      ? Int32Array.from({ length: ball.rows }, (_, i) => i)
      : (context.random.sample(ball.rows, JUDGED).sort() as Int32Array);
  const m = places.length;
  const [a, b] = [distancesIn(ball.takeRows(places), c, context), distancesIn(disc.takeRows(places), c, context)];
  const k = Math.min(NEIGHBOURS, m - 2);
  let [kept, preservation, defined] = [0, 0, 0];
  for (let i = 0; i < m; i++) {
    const [own, other] = [without(a.row(i), i), without(b.row(i), i)];
    const rank = spearman(own, other);
    if (Number.isFinite(rank)) [preservation, defined] = [preservation + rank, defined + 1];
    if (k < 1) continue;
    const near = new Set(nearestOf(own, k));
    kept += nearestOf(other, k).filter((j) => near.has(j)).length / (k * m);
  }
  const pairs = (d: Matrix<Float64Array>) =>
    Float64Array.from({ length: m }, (_, i) => i).reduce<number[]>((all, i) => {
      for (let j = i + 1; j < m; j++) all.push(d.at(i, j));
      return all;
    }, []);
  const shepard = pearson(Float64Array.from(pairs(a)), Float64Array.from(pairs(b)));
  return {
    rows: m,
    kept: k < 1 ? null : Math.min(1, kept),
    shepard: Number.isFinite(shepard) ? shepard : null,
    preservation: defined > 0 ? preservation / defined : null,
  };
}

function distancesIn(x: Matrix<Float64Array>, c: number, { signal }: Context): Matrix<Float64Array> {
  const out = Matrix.zeros(x.rows, x.rows);
  const squares = rowsIn(x).map((row) => dot(row, row));
  for (let i = 0; i < x.rows; i++) {
    signal.throwIfAborted();
    for (let j = i + 1; j < x.rows; j++) {
      const d = poincareDistance(x.row(i), x.row(j), c, squares[i], squares[j]);
      out.data[i * x.rows + j] = out.data[j * x.rows + i] = d;
    }
  }
  return out;
}

function without(values: Float64Array, place: number): Float64Array {
  return values.filter((_, j) => j !== place);
}

function nearestOf(values: Float64Array, k: number): number[] {
  return Array.from(values.keys())
    .sort((a, b) => (values[a] as number) - (values[b] as number) || a - b)
    .slice(0, k);
}

/** Midpoints of classes, how deep they are, and whether a row is nearest to that of its class. */
function byClass(ball: Matrix<Float64Array>, flat: Matrix, classes: Classes, c: number, context: Context): Table {
  const groups = classes.groups.map((group) => Array.from(group, (i) => ball.row(i)));
  const middles = groups.map((rows) => midpoint(rows, c));
  const means = classes.groups.map((group) => {
    const part = flat.takeRows(group).toDouble();
    return Float64Array.from(
      { length: flat.columns },
      (_, j) => part.column(j).reduce((sum, v) => sum + v, 0) / part.rows,
    );
  });
  const right = groups.map(() => ({ ball: 0, flat: 0 }));
  for (const i of classes.rows) {
    context.signal.throwIfAborted();
    const own = classes.of[i] as number;
    const hyperbolic = middles.map((at) => poincareDistance(ball.row(i), at, c));
    const row = flat.row(i);
    const euclidean = means.map((mean) => mean.reduce((sum, value, j) => sum + (value - (row[j] as number)) ** 2, 0));
    const tally = right[own] as { ball: number; flat: number };
    if (nearestOf(Float64Array.from(hyperbolic), 1)[0] === own) tally.ball++;
    if (nearestOf(Float64Array.from(euclidean), 1)[0] === own) tally.flat++;
  }
  const total = classes.rows.length;
  const sum = (key: 'ball' | 'flat') => right.reduce((all, tally) => all + tally[key], 0) / total;
  return {
    title: 'Classes in the ball',
    columns: [
      classes.label,
      'rows',
      'depth of the midpoint',
      'variance about it',
      'nearest to it',
      'nearest to the flat mean',
    ],
    rows: [
      ...classes.names.map((label, k): Cell[] => {
        const rows = groups[k] as Float64Array[];
        const at = middles[k] as Float64Array;
        const tally = right[k] as { ball: number; flat: number };
        return [
          label,
          rows.length,
          depthOf(at, c),
          varianceAbout(rows, at, c),
          tally.ball / rows.length,
          tally.flat / rows.length,
        ];
      }),
      ['all', total, null, null, sum('ball'), sum('flat')],
    ],
  };
}

function scatterOf(
  name: string,
  disc: Matrix<Float64Array>,
  depths: Float64Array,
  c: number,
  radius: Chosen['radius'],
  context: Context,
): Scatter {
  const { rows, note } = drawnRows(context, disc.rows);
  const deepest = depths.reduce((most, depth) => Math.max(most, depth), 0) * Math.sqrt(c);
  // Circles a whole number of units apart, five at most.
  const step = Math.max(1, Math.ceil(deepest / 5));
  const rings = Array.from({ length: 5 }, (_, k) => (k + 1) * step).filter((at) => at < deepest + step && at < 14);
  const along = (axis: number) => Array.from(rows, (i) => Number((Math.sqrt(c) * disc.at(i, axis)).toPrecision(6)));
  return {
    ...{ id: 'disc', kind: 'scatter', title: 'Poincaré disc' },
    caption: `Each point is a row; the edge is infinitely far away. Circles are at hyperbolic distances ${rings.join(', ')}${c === 1 ? '' : ` over √${c}`} from the centre. ${radius === 'kept' ? 'The distance of a row from the centre is that in the whole ball, its direction a projection.' : 'Directions that are not seen shorten distances.'}${note}`,
    panels: [
      {
        ...{ title: name, x: { label: 'first direction' }, y: { label: 'second direction' } },
        ...{ xs: along(0), ys: along(1), disc: rings.map((at) => Number(Math.tanh(at / 2).toPrecision(6))) },
      },
    ],
    ...pointsOf(context, rows),
  };
}

function depthFigure(depths: Float64Array, name: string): Line {
  return histogram(depths, {
    ...{ id: 'depths', title: 'Depth of rows', x: 'hyperbolic distance from the centre', y: 'rows' },
    caption: `Of ${name} in the ball. A hierarchy has few rows near the centre and many far out; a single hump is a shell, as lengths in many dimensions make.`,
  });
}

function readingOf(name: string, depths: Float64Array, { kept, shepard }: Judged, variance: number): string {
  const sorted = depths.toSorted();
  const at = (share: number) => inWords(sorted[Math.floor(share * (sorted.length - 1))] as number);
  const seen =
    kept === null || shepard === null
      ? ''
      : ` On the disc ${percent(kept)} of the nearest rows of a row are kept, and distances correlate at ${inWords(shepard)}: ${shepard > 0.8 ? 'it shows most of the ball' : shepard > 0.4 ? 'it shows a part of the ball' : 'what is near on it may be far apart'}.`;
  return `Rows of ${name} lie between ${at(0.05)} and ${at(0.95)} from the centre (nine of ten), with a variance of ${inWords(variance)}.${seen}`;
}
