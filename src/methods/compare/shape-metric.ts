import { z } from 'zod';
import { centreInDouble, largestMagnitude } from '../../linalg/centre';
import { symmetricEigen } from '../../linalg/eigen';
import { Matrix, scaleColumns } from '../../linalg/matrix';
import { frobeniusSquared } from '../../linalg/norms';
import { rightSingular } from '../../linalg/orthonormal';
import { columnGram, multiply } from '../../linalg/products';
import { scale } from '../../linalg/vectors';
import { UserError } from '../../protocol/errors';
import { type Context, defineMethod, type Outcome, type Representation } from '../method';
import { inRange, rangeExponent } from '../shared/centred';
import { scorePairs } from '../shared/pairs';
import { inWords } from '../shared/reading';
import { constantColumns, fewRows } from '../shared/warnings';
import { align, NO_SHAPE, type Shape, shapeDistance } from './alignment';
import { directions } from './alignment-figures';
import { basisOf, eigenOfColumns, everything, KEPT, singularVectors } from './canonical';

const parameters = z.object({
  alpha: z.number().min(0).max(1).default(0.5).meta({
    title: 'Alpha',
    description: '1: Procrustes, variances kept; 0: CCA, all directions made equal; between them a part of both.',
  }),
  normalise: z.boolean().default(false).meta({
    title: 'Unit variance first',
    description:
      'Scales each space to a total sum of squares of 1 first. Without it a value for alpha between 0 and 1 depends on the units and on the number of rows.',
  }),
  height: z.int().min(1).max(1024).default(1).meta({
    title: 'Height',
    description:
      'Of feature maps: columns are then positions of height x width times channels, every position is a row of channels, and the least distance over all circular shifts of the maps is taken. 1 x 1: columns are units.',
  }),
  width: z.int().min(1).max(1024).default(1).meta({ title: 'Width', description: 'Of feature maps, as the height.' }),
  channels: z.enum(['first', 'last']).default('first').meta({
    title: 'Channels',
    description: 'Where they stand in a row of feature maps: first (channels x height x width) or last.',
  }),
});
type Choice = z.output<typeof parameters>;

export const shapeMetric = defineMethod({
  id: 'shape-metric',
  kind: 'compare',
  title: 'Generalised shape metric',
  summary: 'The angle between two spaces after partial whitening: Procrustes at one end, CCA at the other.',
  blindTo:
    'between the ends it depends on the units of the data; near alpha 0 noise directions count as much as others',
  takes: 'pair',
  parameters,
  values: [{ key: 'distance', title: 'Shape distance', range: [0, Math.PI / 2], better: 'lower', self: 0 }],
  invariances: ['permutation', 'orthogonal', 'translation', 'sign'],
  symmetric: true,
  cost: 'O(n (p² + q²)); of feature maps times their positions',
  formula: `arccos(‖ZxᵀZy‖* / (‖Zx‖ ‖Zy‖)), Zx = Xc V (α + (1 - α) Λ^(-1/2)) Vᵀ with XcᵀXc = VΛVᵀ; in radians; of feature maps the least over circular shifts of the positions of Y; ${KEPT}, for α = 0 of units scaled to like length`,
  tex: String.raw`\arccos \frac{\lVert Z_X^\top Z_Y\rVert_*}{\lVert Z_X\rVert_F\,\lVert Z_Y\rVert_F}, \qquad Z_X = X V\big(\alpha I + (1 - \alpha)\Lambda^{-1/2}\big)V^\top`,
  citation:
    'Williams, Kunz, Kornblith, Linderman (2021). Generalized shape metrics on neural representations. NeurIPS. arXiv:2110.14739',
  async run(inputs, chosen, context) {
    const [x, y] = inputs as [Representation, Representation];
    const warnings = [...constantColumns(x), ...constantColumns(y), ...fewRows(x.matrix.rows)];
    const steps = [
      'columns centred',
      ...(chosen.normalise ? ['scaled to a sum of squares of 1'] : []),
      `partially whitened, alpha ${chosen.alpha}`,
      'float64',
    ];
    const [a, given] = [await whitened(x, chosen, context), await whitened(y, chosen, context)];
    if (a === null || given === null)
      return { values: { distance: null }, steps, warnings: [...warnings, `Shape metric: ${NO_SHAPE}.`] };
    const { shape: b, down, right } = await nearestShift(a, given, chosen, context);
    if (positions(chosen) > 1)
      steps.push(
        `${chosen.height} x ${chosen.width} positions of channels, each a row; the best of ${positions(chosen)} circular shifts: ${down} down and ${right} right in ${y.name}`,
      );
    const { distance, parts } = await align(a, b, context);
    const angle = angleOf(distance);
    const ends = { 0: ' This is the angle of CCA.', 1: ' This is the angular Procrustes distance.' };
    return {
      values: { distance: angle },
      figures: [directions(parts)],
      steps,
      reading: `With alpha ${chosen.alpha} the two spaces stand at ${inWords((angle * 180) / Math.PI)} degrees to each other, of 0 for the same shape and 90 for nothing shared.${ends[chosen.alpha as 0 | 1] ?? ''}`,
      warnings,
    } satisfies Outcome;
  },
  sweep: (rows, columns, chosen, context) =>
    scorePairs(
      rows,
      columns,
      context,
      (input) => whitened(input, chosen, context),
      async (a: Shape | null, b) => {
        if (a === null || b === null) return { value: null, warning: NO_SHAPE };
        return { value: a === b ? 0 : angleOf((await nearestShift(a, b, chosen, context)).distance) };
      },
      ({ matrix }) => 8 * matrix.rows * Math.min(matrix.rows, matrix.columns),
    ),
});

function positions({ height, width }: Choice): number {
  return height * width;
}

/** Y at the circular shift of its maps at which it is nearest to X: the first of equally near ones. */
async function nearestShift(x: Shape, y: Shape, chosen: Choice, context: Context) {
  const { height, width } = chosen;
  let best = { shape: y, distance: Number.POSITIVE_INFINITY, down: 0, right: 0 };
  if (positions(chosen) === 1) return { ...best, distance: await shapeDistance(x, y, context) };
  for (let down = 0; down < height; down++)
    for (let right = 0; right < width; right++) {
      context.signal.throwIfAborted();
      context.progress((down * width + right) / positions(chosen), 'Circular shifts');
      const rows = Int32Array.from({ length: y.matrix.rows }, (_, row) => {
        const place = row % positions(chosen);
        const [i, j] = [Math.floor(place / width) + down, (place % width) + right];
        return row - place + (i % height) * width + (j % width);
      });
      const shape = { ...y, matrix: y.matrix.takeRows(rows) };
      const distance = await shapeDistance(x, shape, context);
      if (distance < best.distance) best = { shape, distance, down, right };
    }
  return best;
}

/** A row for each position of each row's feature maps, its columns the channels. */
function unfolded({ name, matrix }: Representation, chosen: Choice): Matrix {
  const count = positions(chosen);
  if (count === 1) return matrix;
  const channels = matrix.columns / count;
  if (!Number.isInteger(channels))
    throw new UserError(
      `${name}: ${matrix.columns} columns are no feature maps of ${chosen.height} x ${chosen.width}: their number is no multiple of ${count}. Give the height and width that the maps of both have.`,
    );
  if (chosen.channels === 'last') return new Matrix(matrix.data, matrix.rows * count, channels);
  const out = Matrix.zeros(matrix.rows * count, channels);
  for (let i = 0, k = 0; i < matrix.rows; i++)
    for (let place = 0; place < count; place++)
      for (let c = 0; c < channels; c++, k++) out.data[k] = matrix.at(i, c * count + place);
  return out;
}

/** The shape of the partially whitened representation, as its scores on its own principal axes: a rotation of it. */
async function whitened(
  input: Representation,
  chosen: Choice,
  context: Pick<Context, 'signal' | 'reserve' | 'kept'>,
): Promise<Shape | null> {
  const { alpha, normalise } = chosen;
  context.signal.throwIfAborted();
  const maps = positions(chosen) > 1 ? 2 : 0;
  context.reserve(8 * (4 + maps) * input.matrix.data.length, 'the whitened representation');
  const matrix = unfolded(input, chosen);
  if (alpha === 0) {
    // All directions count alike, whatever the scale of units.
    const basis = await basisOf({ ...input, matrix }, everything, context);
    if (basis === null) return null;
    const length = Math.sqrt(basis.rank);
    return {
      matrix: basis.u.map((value) => value / length),
      length,
    };
  }
  const x = centreInDouble(inRange(matrix));
  const total = frobeniusSquared(x);
  if (!(total > 0)) return null;
  const exponent = normalise || alpha === 1 ? 0 : rangeExponent(matrix);
  const unit = normalise ? 1 / Math.sqrt(total) : 2 ** Math.min(0, exponent);
  const flat = (1 - alpha) * 2 ** Math.min(0, -exponent);
  const weight = (sigma: number) => alpha * unit * sigma + flat;
  const axes = await axesOf(matrix, x, context);
  const { u, s } = axes ? { u: await multiply(x, axes.v, context), s: axes.s } : await singularVectors(matrix, context);
  if (s.length === 0) return null;
  const out = axes ? u : u.takeColumns([...s.keys()]);
  // Over that of the widest direction, which changes the length alone.
  const widest = weight(s[0] as number);
  scaleColumns(
    out,
    s.map((sigma) => weight(sigma) / widest / (axes ? sigma : 1)),
  );
  const length = Math.sqrt(frobeniusSquared(out));
  scale(out.data, 1 / length);
  return { matrix: out, length };
}

/** Up to this ratio of the widest to the narrowest direction the eigenvalues of XᵀX leave ten digits of the latter. */
const SEEN = 1e3;

/** The principal axes, from the products of centred columns; null where these do not show all of them well. */
async function axesOf(matrix: Matrix, x: Matrix<Float64Array>, context: Pick<Context, 'signal' | 'reserve' | 'kept'>) {
  if (x.columns >= x.rows) return null;
  const shared = context.kept && inRange(matrix) === matrix;
  const eigen = await (shared
    ? eigenOfColumns(matrix, context)
    : symmetricEigen(await columnGram(x, context), context));
  const axes = rightSingular(eigen);
  const least = axes?.s.at(-1) ?? 0;
  const rounding = 100 * x.rows * Number.EPSILON * largestMagnitude(inRange(matrix));
  return axes && SEEN * least >= (axes.s[0] as number) && least > rounding ? axes : null;
}

/** The arc of a chord of the unit sphere. */
function angleOf(distance: number): number {
  return 2 * Math.asin(Math.min(1, distance / 2));
}
