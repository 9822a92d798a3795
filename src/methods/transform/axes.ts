import { z } from 'zod';
import { columnMeans } from '../../linalg/centre';
import { Matrix } from '../../linalg/matrix';
import { dot } from '../../linalg/norms';
import { multiply } from '../../linalg/products';
import { UserError } from '../../protocol/errors';
import { needsRows } from '../embed/made';
import { type Context, defineMethod, type Outcome, type Representation } from '../method';
import { parseRows } from '../sample/rows';
import { percent, principalAxes } from '../shared/pca';
import { shifted } from './lda';
import { faithfulnessValues, judgeParameters, mapOutcome } from './map';

const end = (title: string, what: string) =>
  z
    .string()
    .default('')
    .meta({
      title,
      description: `${what}: a category of the labels, the name of a row, or row numbers and slices (0:40,7), whose mean is taken. Empty: the mean of all rows; both ends empty: the direction of most variance that is left.`,
    });

const parameters = z.object({
  'x-from': end('Horizontal from', 'Where the horizontal axis begins'),
  'x-to': end('Horizontal to', 'Where the horizontal axis leads'),
  'y-from': end('Vertical from', 'Where the vertical axis begins'),
  'y-to': end('Vertical to', 'Where the vertical axis leads'),
  perpendicular: z.boolean().default(true).meta({
    title: 'Perpendicular',
    description:
      'Takes the horizontal direction out of the vertical one, so that distances on the map are distances in a plane.',
  }),
  ...judgeParameters,
});

export const axes = defineMethod({
  id: 'custom-axes',
  kind: 'transform',
  title: 'Custom axes',
  summary: 'Shows the rows along directions that are named: from one row, or one group of rows, to another.',
  blindTo: 'blind to everything outside the plane of the two directions',
  takes: 'one',
  labels: 'optional',
  parameters,
  values: [
    ...faithfulnessValues,
    { key: 'shown', title: 'Share of the variance in the plane', range: [0, 1] },
    { key: 'cosine', title: 'Cosine of the two directions as given', range: [-1, 1] },
  ],
  invariances: ['permutation', 'orthogonal', 'scaling', 'translation', 'sign'],
  symmetric: false,
  cost: 'O(np); O(n p min(n, p)) where a direction is left open',
  formula: '(x_i - m) · u, u = (b - a) / |b - a| for the two ends a and b of an axis, m the mean of all rows',
  tex: String.raw`(x_i - \bar{x}) \cdot \frac{b - a}{\lVert b - a \rVert}`,
  citation:
    'Bolukbasi, Chang, Zou, Saligrama, Kalai (2016). Man is to computer programmer as woman is to homemaker? NeurIPS (directions as differences). Liu, Jun, Li, Heer (2019). Latent space cartography. Computer Graphics Forum 38',
  async run([input], chosen, context) {
    const { name, matrix } = input as Representation;
    needsRows(matrix.rows, 'rows');
    context.reserve(8 * 3 * matrix.rows * matrix.columns, 'the coordinates along the axes');
    context.signal.throwIfAborted();
    const mean = columnMeans(matrix);
    const centred = shifted(matrix, mean);
    const given = [
      difference(chosen['x-from'], chosen['x-to'], 'horizontal', centred, context),
      difference(chosen['y-from'], chosen['y-to'], 'vertical', centred, context),
    ] as const;
    const plane = await directions(given, centred, chosen.perpendicular, context);
    const map = await multiply(centred, plane.axes, { ...context, transposeB: true });
    const total = squares(centred.data);
    // In the plane, whatever the angle of the axes.
    const inside = await planeSquares(centred, plane.axes, context);
    const shown = total > 0 ? Math.min(1, inside / total) : null;
    const words = (axis: 0 | 1) => given[axis]?.words ?? 'most variance left';
    const outcome = await mapOutcome(
      {
        ...{ name, of: matrix, map, metric: 'euclidean' },
        axes: [words(0), words(1)],
        title: 'Custom axes',
        caption:
          'Each point is a row, along the two directions given; 0 is the mean of all rows, and units are those of the data.',
      },
      chosen,
      context,
    );
    return {
      ...outcome,
      values: { ...outcome.values, shown, cosine: plane.cosine },
      representations: outcome.representations.map((made) => ({ ...made, name: `${name} axes` })),
      steps: [
        `horizontal: ${words(0)}; vertical: ${words(1)}`,
        ...(plane.turned ? ['the vertical direction made perpendicular to the horizontal one'] : []),
        ...outcome.steps,
      ],
      reading:
        shown === null
          ? 'All rows are the same: there is no direction in which they vary.'
          : `The plane of the two directions holds ${percent(shown)} of the variance. ${outcome.reading}`,
      warnings: [
        ...(shown === null ? ['All rows are the same: no share of the variance can be shown.'] : []),
        ...(plane.cosine !== null && Math.abs(plane.cosine) > 0.9
          ? [`The two directions are nearly the same (cosine ${plane.cosine.toFixed(3)}).`]
          : []),
        ...(plane.cosine === null && shown !== null
          ? ['The rows vary in one direction only: the vertical axis is empty.']
          : []),
        ...(plane.cosine === null && shown === null ? ['Without variance there is no angle between directions.'] : []),
        ...outcome.warnings,
      ],
    } satisfies Outcome;
  },
});

interface Difference {
  readonly vector: Float64Array;
  readonly words: string;
}

/** Null where both ends are left open. */
function difference(
  from: string,
  to: string,
  which: string,
  centred: Matrix<Float64Array>,
  context: Context,
): Difference | null {
  const [a, b] = [from.trim(), to.trim()];
  if (a === '' && b === '') return null;
  const [start, stop] = [endOf(a, centred, context), endOf(b, centred, context)];
  const vector = stop.map((value, j) => value - (start[j] as number));
  if (!(dot(vector, vector) > 0))
    throw new UserError(
      `Both ends of the ${which} axis are the same point: there is no direction from one to the other.`,
    );
  return { vector, words: `${a || 'mean'} → ${b || 'mean'}` };
}

/** The mean of the rows that are named. @throws UserError where none are */
function endOf(text: string, centred: Matrix<Float64Array>, { rows }: Context): Float64Array {
  if (text === '') return new Float64Array(centred.columns);
  const { labels, names } = rows;
  const category = labels?.kind === 'category' ? labels.categories.indexOf(text) : -1;
  if (category >= 0 && labels?.kind === 'category') {
    const own = Array.from({ length: centred.rows }, (_, i) => i).filter((i) => labels.index[i] === category);
    if (own.length > 0) return columnMeans(centred.takeRows(own));
    throw new UserError(`No row in use is of the category "${text}".`);
  }
  const named = names?.indexOf(text) ?? -1;
  if (named >= 0) return centred.row(named).slice();
  if (!/^[-\d:,\s]+$/.test(text)) {
    throw new UserError(
      `"${text}" is neither a category of the labels nor the name of a row${labels ? '' : ' (no labels were given)'}. Write one of these, or row numbers such as 0:40,7.`,
    );
  }
  return columnMeans(centred.takeRows(parseRows(text, rows.index).rows));
}

/** Two directions of unit length, in rows; the second may be zero where nothing varies. */
async function directions(
  given: readonly [Difference | null, Difference | null],
  centred: Matrix<Float64Array>,
  perpendicular: boolean,
  context: Context,
) {
  const x = given[0] ? unit(given[0].vector) : await leading(centred, given[1] && unit(given[1].vector), context);
  const second = given[1] ? unit(given[1].vector) : await leading(centred, x, context);
  const exists = dot(x, x) > 0 && dot(second, second) > 0;
  const cosine = exists ? Math.max(-1, Math.min(1, dot(x, second))) : null;
  const turned = perpendicular && cosine !== null && Math.abs(cosine) > 1e-12;
  const y = turned ? without(second, x) : second;
  return { axes: new Matrix(Float64Array.from([...x, ...y]), 2, centred.columns), cosine, turned };
}

/** The first principal axis of what is left without a direction. */
async function leading(
  centred: Matrix<Float64Array>,
  apart: Float64Array | null,
  context: Context,
): Promise<Float64Array> {
  let left = centred;
  if (apart !== null && dot(apart, apart) > 0) {
    left = new Matrix(centred.data.slice(), centred.rows, centred.columns);
    for (let i = 0; i < left.rows; i++) {
      const row = left.row(i);
      const along = dot(row, apart);
      for (let j = 0; j < row.length; j++) row[j] = (row[j] as number) - along * (apart[j] as number);
    }
  }
  // What is left of everything is rounding.
  if (!(squares(left.data) > 1e-24 * squares(centred.data))) return new Float64Array(centred.columns);
  const { axes: found } = await principalAxes(left, 1, context);
  const axis = found.columns > 0 ? found.column(0) : new Float64Array(centred.columns);
  const largest = axis.reduce((most, value) => (Math.abs(value) > Math.abs(most) + 1e-12 ? value : most), 0);
  return largest < 0 ? axis.map((value) => -value) : axis;
}

function unit(vector: Float64Array): Float64Array {
  const length = Math.sqrt(dot(vector, vector));
  return length > 0 ? vector.map((value) => value / length) : vector;
}

/** Zero where the two are the same direction but for rounding. */
function without(vector: Float64Array, direction: Float64Array): Float64Array {
  const along = dot(vector, direction);
  const rest = vector.map((value, j) => value - along * (direction[j] as number));
  return dot(rest, rest) > 1e-24 ? unit(rest) : new Float64Array(vector.length);
}

async function planeSquares(
  centred: Matrix<Float64Array>,
  axes: Matrix<Float64Array>,
  context: Context,
): Promise<number> {
  const basis = new Matrix(axes.data.slice(), 2, axes.columns);
  basis.row(1).set(without(basis.row(1), basis.row(0)));
  return squares((await multiply(centred, basis, { ...context, transposeB: true })).data);
}

function squares(values: Float64Array): number {
  return values.reduce((sum, value) => sum + value * value, 0);
}
