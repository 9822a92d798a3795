import { z } from 'zod';
import { columnMeans } from '../../linalg/centre';
import { Matrix } from '../../linalg/matrix';
import { dot } from '../../linalg/norms';
import { multiply } from '../../linalg/products';
import { addScaled, scale } from '../../linalg/vectors';
import { UserError } from '../../protocol/errors';
import { needsRows } from '../embed/made';
import { type Context, defineMethod, type Outcome, type Representation } from '../method';
import { briefRows, parseRows } from '../sample/rows';
import { inRange, rangeExponent } from '../shared/centred';
import { percent, principalAxes } from '../shared/pca';
import { shifted } from './lda';
import { dimensionsParameter, faithfulnessValues, judgeParameters, mapOutcome } from './map';

const end = (title: string, what: string) =>
  z
    .string()
    .default('')
    .meta({
      title,
      rows: true,
      description: `${what}: a category of the labels, the name of a row, or row numbers and slices (0:40,7), whose mean is taken. Empty: the mean of all rows; both ends empty: the direction of most variance that is left.`,
    });

const parameters = z.object({
  'x-from': end('Horizontal from', 'Where the horizontal axis begins'),
  'x-to': end('Horizontal to', 'Where the horizontal axis leads'),
  'y-from': end('Vertical from', 'Where the vertical axis begins'),
  'y-to': end('Vertical to', 'Where the vertical axis leads'),
  dimensions: dimensionsParameter,
  'z-from': end('Third from', 'Of three dimensions: where the third axis begins'),
  'z-to': end('Third to', 'Of three dimensions: where the third axis leads'),
  perpendicular: z.boolean().default(true).meta({
    title: 'Perpendicular',
    description:
      'Takes the directions before out of each further one, so that distances on the map are distances in a plane, or in a space of three dimensions.',
  }),
  ...judgeParameters,
});

export const axes = defineMethod({
  id: 'custom-axes',
  kind: 'transform',
  title: 'Custom axes',
  summary:
    'Shows the rows along directions that are named: from one row, or one group of rows, to another (concept or steering vectors).',
  blindTo: 'blind to everything outside the plane, or the space, of the two or three directions',
  takes: 'one',
  labels: 'optional',
  parameters,
  values: [
    ...faithfulnessValues,
    { key: 'shown', title: 'Share of the variance that the directions hold', range: [0, 1] },
    { key: 'cosine', title: 'Cosine of the first two directions as given', range: [-1, 1] },
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
    needsRows(matrix.rows, 'row');
    context.reserve(8 * 3 * matrix.rows * matrix.columns, 'the coordinates along the axes');
    context.signal.throwIfAborted();
    const x = inRange(matrix);
    const centred = shifted(x, columnMeans(x));
    const given = [
      difference(chosen['x-from'], chosen['x-to'], 'horizontal', centred, context),
      difference(chosen['y-from'], chosen['y-to'], 'vertical', centred, context),
    ] as const;
    const third = difference(chosen['z-from'], chosen['z-to'], 'third', centred, context);
    const deep = chosen.dimensions === 3;
    const plane = await directions(given, deep ? { given: third } : null, centred, chosen.perpendicular, context);
    const map = await multiply(centred, plane.axes, { ...context, transposeB: true });
    scale(map.data, 2 ** rangeExponent(matrix));
    const total = squares(centred.data);
    // In the plane or space, whatever the angles of the axes.
    const inside = await squaresWithin(centred, plane.axes, context);
    const shown = total > 0 ? Math.min(1, inside / total) : null;
    const words = [...given, ...(deep ? [third] : [])].map((one) => one?.words ?? 'most variance left');
    const outcome = await mapOutcome(
      {
        ...{ name, of: matrix, map, metric: 'euclidean' },
        axes: words,
        title: 'Custom axes',
        caption: `Each point is a row, along the ${deep ? 'three' : 'two'} directions given; 0 is the mean of all rows, and units are those of the data.`,
      },
      chosen,
      context,
    );
    return {
      ...outcome,
      values: { ...outcome.values, shown, cosine: plane.cosine },
      representations: outcome.representations.map((made) => ({ ...made, name: `${name} axes` })),
      steps: [
        `horizontal: ${words[0]}; vertical: ${words[1]}${deep ? `; third: ${words[2]}` : ''}`,
        ...(plane.turned ? ['the vertical direction made perpendicular to the horizontal one'] : []),
        ...(plane.thirdTurned ? ['the third direction made perpendicular to both'] : []),
        ...outcome.steps,
      ],
      reading:
        shown === null
          ? 'All rows are the same: there is no direction in which they vary.'
          : `The ${deep ? 'space of the three' : 'plane of the two'} directions holds ${percent(shown)} of the variance. ${outcome.reading}`,
      warnings: [
        ...(shown === null ? ['All rows are the same: no share of the variance can be shown.'] : []),
        ...(plane.cosine !== null && Math.abs(plane.cosine) > 0.9
          ? [`The two directions are nearly the same (cosine ${plane.cosine.toFixed(3)}).`]
          : []),
        ...(plane.cosine === null && shown !== null
          ? ['The rows vary in one direction only: the vertical axis is empty.']
          : []),
        ...(plane.cosine === null && shown === null ? ['Without variance there is no angle between directions.'] : []),
        ...(plane.cosine !== null && plane.empty
          ? [
              third
                ? 'The third direction lies in the plane of the first two: the third axis is empty.'
                : 'The rows vary in the plane of the first two directions only: the third axis is empty.',
            ]
          : []),
        ...(third !== null && !deep
          ? ['A third axis was given and is not drawn: the map has two dimensions (dimensions).']
          : []),
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
  return { vector, words: `${briefRows(a) || 'mean'} → ${briefRows(b) || 'mean'}` };
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
  return columnMeans(centred.takeRows(parseRows(text, rows.index, 'an end of an axis').rows));
}

/** Two or three directions of unit length, in rows; those after the first may be zero where nothing varies, or none is left. */
async function directions(
  given: readonly [Difference | null, Difference | null],
  third: { readonly given: Difference | null } | null,
  centred: Matrix<Float64Array>,
  perpendicular: boolean,
  context: Context,
) {
  const own = given.map((one) => one && unit(one.vector));
  const x = own[0] ?? (await leading(centred, own[1] ? [own[1]] : [], context));
  const second = own[1] ?? (await leading(centred, [x], context));
  const exists = dot(x, x) > 0 && dot(second, second) > 0;
  const cosine = exists ? Math.max(-1, Math.min(1, dot(x, second))) : null;
  const turned = perpendicular && cosine !== null && Math.abs(cosine) > 1e-12;
  const y = turned ? without(second, x) : second;
  if (!third) return { axes: rowsOf([x, y]), cosine, turned, thirdTurned: false, empty: false };
  // What is left is outside of both, at whatever angle they are.
  const across = without(second, x);
  const last = third.given ? unit(third.given.vector) : await leading(centred, [x, across], context);
  const left = without(last, x, across);
  const thirdTurned = perpendicular && Math.max(Math.abs(dot(last, x)), Math.abs(dot(last, across))) > 1e-12;
  const z = perpendicular ? left : last;
  return { axes: rowsOf([x, y, z]), cosine, turned, thirdTurned, empty: !(dot(z, z) > 0) };
}

function rowsOf(vectors: readonly Float64Array[]): Matrix<Float64Array> {
  return new Matrix(
    Float64Array.from(vectors.flatMap((vector) => [...vector])),
    vectors.length,
    vectors[0]?.length ?? 0,
  );
}

/** The first principal axis of what is left without directions at right angles to each other. */
async function leading(
  centred: Matrix<Float64Array>,
  apart: readonly Float64Array[],
  context: Context,
): Promise<Float64Array> {
  const given = apart.filter((direction) => dot(direction, direction) > 0);
  const left = given.length > 0 ? new Matrix(centred.data.slice(), centred.rows, centred.columns) : centred;
  for (const direction of given) {
    for (let i = 0; i < left.rows; i++) {
      const row = left.row(i);
      addScaled(row, direction, -dot(row, direction));
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

/** A direction without others, which are at right angles to each other; zero where it is of them but for rounding. */
function without(vector: Float64Array, ...directions: readonly Float64Array[]): Float64Array {
  const rest = vector.slice();
  for (const direction of directions) addScaled(rest, direction, -dot(rest, direction));
  return dot(rest, rest) > 1e-24 ? unit(rest) : new Float64Array(vector.length);
}

async function squaresWithin(
  centred: Matrix<Float64Array>,
  axes: Matrix<Float64Array>,
  context: Context,
): Promise<number> {
  const basis = new Matrix(axes.data.slice(), axes.rows, axes.columns);
  for (let i = 1; i < basis.rows; i++)
    basis.row(i).set(without(basis.row(i), ...Array.from({ length: i }, (_, k) => basis.row(k))));
  return squares((await multiply(centred, basis, { ...context, transposeB: true })).data);
}

function squares(values: Float64Array): number {
  return values.reduce((sum, value) => sum + value * value, 0);
}
