import { z } from 'zod';
import { normaliseRows } from '../../linalg/centre';
import { Matrix } from '../../linalg/matrix';
import { condensed } from '../../linalg/points';
import type { Line } from '../../protocol/figures';
import { count } from '../../protocol/words';
import { needsRows } from '../embed/made';
import { type Context, defineMethod, type Outcome, type Representation } from '../method';
import { ranged, rangeExponent } from '../shared/centred';
import { directedRows } from '../shared/directed';
import { fourPointDeltas, gromovDelta } from '../shared/gromov';
import { histogram } from '../shared/histogram';
import { digits6 } from '../shared/image';
import { inWords } from '../shared/reading';
import { duplicateRows, fewRows } from '../shared/warnings';

const QUADRUPLES = 5000;

const parameters = z.object({
  rows: z.int().min(4).max(1500).default(400).meta({
    title: 'Rows of a draw',
    description: 'δ takes time with the cube of the rows: of more, so many are drawn at random.',
  }),
  draws: z.int().min(1).max(50).default(5).meta({
    title: 'Draws',
    description: 'How often rows, or another base point among all rows, are drawn.',
  }),
  distance: z.enum(['euclidean', 'cosine']).default('euclidean').meta({
    title: 'Distance',
    description: 'Euclidean, or the angle between rows (cosine).',
  }),
});

export const hyperbolicity = defineMethod({
  id: 'hyperbolicity',
  kind: 'describe',
  title: 'δ-hyperbolicity',
  summary:
    'How tree-like the distances of the rows are, by Gromov’s four-point condition: 0 is a tree, and a reason to look at the rows in hyperbolic space.',
  blindTo:
    'where all distances are nearly equal, as of noise in many dimensions, δ is small too: read it beside the rows with their units shuffled',
  takes: 'one',
  seesUnits: true,
  parameters,
  values: [
    { key: 'relative', title: 'Relative δ: 2δ over the diameter, mean of draws', range: [0, 1] },
    { key: 'shuffled', title: 'The same with each unit shuffled', range: [0, 1] },
    { key: 'delta', title: 'δ, mean of draws', range: [0, null] },
    { key: 'largest', title: 'δ, largest of draws', range: [0, null] },
    {
      key: 'average',
      title: `Mean over ${QUADRUPLES} random quadruples of twice their δ over the diameter`,
      range: [0, 1],
    },
  ],
  invariances: ['permutation', 'orthogonal', 'scaling', 'translation', 'sign'],
  symmetric: false,
  cost: 'O(r m³) for r draws of m rows',
  formula:
    'δ = max over x, y, z of min((x|z), (z|y)) - (x|y), (x|y) = (d(x, p) + d(y, p) - d(x, y)) / 2 at a random base row p; relative 2δ / max d; a draw is `rows` rows, or all',
  tex: String.raw`\delta = \max_{x,y,z} \big[ \min\{(x|z),(z|y)\} - (x|y) \big], \qquad (x|y) = \tfrac12\big(d(x,p) + d(y,p) - d(x,y)\big), \qquad \delta_{\mathrm{rel}} = \frac{2\delta}{\max d}`,
  citation:
    'Gromov (1987). Hyperbolic groups; Khrulkov, Mirvakhabova, Ustinova, Oseledets, Lempitsky (2020). Hyperbolic image embeddings. CVPR. arXiv:1904.02239; Fournier, Ismail, Vigneron (2015). Computing the Gromov hyperbolicity of a discrete metric space. Information Processing Letters 115',
  async run([input], chosen, context) {
    const { name, matrix } = ranged(input as Representation);
    needsRows(matrix.rows, 'row');
    const n = matrix.rows;
    const size = Math.min(n, chosen.rows);
    context.reserve(8 * (3 * size * size + 2 * n * matrix.columns), 'the distances of a draw');
    const angles = chosen.distance === 'cosine';
    // Angles have no scale.
    const unit = angles ? 1 : 2 ** rangeExponent((input as Representation).matrix);
    const { unit: x, warnings: zeros } = angles
      ? directedRows({ name, matrix })
      : { unit: matrix.toDouble(), warnings: [] };
    if (x.rows < 4)
      return {
        values: { relative: null, shuffled: null, delta: null, largest: null, average: null },
        warnings: [...zeros, `δ is of four points: ${x.rows} rows are too few.`],
      };
    const draws: Draw[] = [];
    const mixed: Draw[] = [];
    for (let draw = 0; draw < chosen.draws; draw++) {
      context.progress(draw / chosen.draws, `Draw ${draw + 1} of ${chosen.draws}`);
      const places = size < x.rows ? context.random.sample(x.rows, size).sort() : null;
      const part = places ? x.takeRows(places) : x;
      const quadruples = Math.ceil(QUADRUPLES / chosen.draws);
      draws.push(await drawOf(part, chosen.distance, quadruples, context));
      mixed.push(await drawOf(shuffled(part, angles, context), chosen.distance, quadruples, context));
    }
    const known = draws.every(({ diameter }) => diameter > 0);
    const relative = known ? meanOf(draws.map(relativeOf)) : null;
    const beside = mixed.every(({ diameter }) => diameter > 0) ? meanOf(mixed.map(relativeOf)) : null;
    const deltas = draws.map(({ delta }) => unit * delta);
    return {
      values: {
        ...{ relative, shuffled: beside, delta: meanOf(deltas), largest: Math.max(...deltas) },
        average: known ? meanOf(draws.map(({ diameter, four }) => (2 * meanOf(four)) / diameter)) : null,
      },
      ...(relative !== null && draws.length > 1 && { intervals: { relative: between(draws.map(relativeOf)) } }),
      tables: {
        draws: {
          title: 'Draws',
          columns: ['draw', 'rows', 'δ', 'diameter', 'relative δ', 'relative δ, units shuffled'],
          rows: draws.map((draw, i) => [
            ...[i + 1, draw.rows, unit * draw.delta, unit * draw.diameter],
            ...[known ? relativeOf(draw) : null, beside === null ? null : relativeOf(mixed[i] as Draw)],
          ]),
        },
      },
      figures: known ? [quadrupleFigure(draws, mixed)] : [],
      steps: [
        size < x.rows
          ? `${chosen.draws} draws of ${count(size)} of ${count(x.rows)} rows`
          : `all ${count(x.rows)} rows, ${chosen.draws} base rows`,
        angles ? 'angles between rows' : 'Euclidean distances',
        `${QUADRUPLES} quadruples drawn at random for the picture and the mean`,
      ],
      ...(relative !== null && beside !== null && { reading: readingOf(name, relative, beside) }),
      warnings: [
        ...zeros,
        ...(known ? [] : ['All rows are the same: there is no distance to be tree-like.']),
        ...(known && beside === null
          ? ['With units shuffled all rows are the same: there is nothing to compare with.']
          : []),
        ...(size < x.rows
          ? [`δ is a maximum: of ${count(size)} of ${count(x.rows)} rows it may be less than of all.`]
          : []),
        ...duplicateRows({ name, matrix }),
        ...fewRows(n),
      ],
    } satisfies Outcome;
  },
});

interface Draw {
  readonly rows: number;
  readonly delta: number;
  readonly diameter: number;
  /** Of quadruples. */
  readonly four: Float64Array;
}

async function drawOf(
  x: Matrix,
  distance: 'euclidean' | 'cosine',
  quadruples: number,
  context: Context,
): Promise<Draw> {
  const n = x.rows;
  const list = await condensed(x, 'euclidean', { signal: context.signal });
  const distances = new Float64Array(n * n);
  let diameter = 0;
  for (let i = 0, k = 0; i < n; i++)
    for (let j = i + 1; j < n; j++, k++) {
      const chord = list[k] as number;
      const d = distance === 'cosine' ? 2 * Math.asin(Math.min(1, chord / 2)) : chord;
      distances[i * n + j] = distances[j * n + i] = d;
      diameter = Math.max(diameter, d);
    }
  const delta = gromovDelta(distances, n, context.random.integer(n), context.signal);
  return { rows: n, delta, diameter, four: fourPointDeltas(distances, n, quadruples, context.random) };
}

/** Each column in an order of its own: the same units, nothing between them. */
function shuffled(x: Matrix<Float64Array>, toLengthOne: boolean, context: Context): Matrix<Float64Array> {
  const out = Matrix.zeros(x.rows, x.columns);
  for (let j = 0; j < x.columns; j++) {
    const order = context.random.permutation(x.rows);
    for (let i = 0; i < x.rows; i++) out.data[i * x.columns + j] = x.at(order[i] as number, j);
  }
  return toLengthOne ? normaliseRows(out).matrix : out;
}

function relativeOf({ delta, diameter }: Draw): number {
  return Math.min(1, (2 * delta) / diameter);
}

function meanOf(values: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i] as number;
  return sum / values.length;
}

/** Normal approximation of the mean of draws, which share rows. */
function between(values: readonly number[]) {
  const mean = meanOf(values);
  const error = Math.sqrt(meanOf(values.map((value) => (value - mean) ** 2)) / (values.length - 1));
  return {
    ...{ low: mean - 1.96 * error, high: mean + 1.96 * error, level: 0.95 },
    how: `mean of ${values.length} draws, normal approximation`,
  };
}

function quadrupleFigure(draws: readonly Draw[], mixed: readonly Draw[]): Line {
  const all = (list: readonly Draw[]) =>
    Float64Array.from(
      list.flatMap(({ four, diameter }) => Array.from(four, (value) => (diameter > 0 ? (2 * value) / diameter : 0))),
    );
  const own = histogram(all(draws), {
    ...{ id: 'quadruples', title: 'How far quadruples of rows are from a tree' },
    ...{ x: '2δ of four rows, over the diameter', y: 'quadruples' },
    caption:
      'Of four points on a tree the two larger of three sums of opposite distances are equal (0). Dashed: the same rows with each unit shuffled by itself.',
  });
  const x = own.series[0]?.x ?? [];
  const width = x.length > 1 ? (x[1] as number) - (x[0] as number) : 1;
  const counts = x.map(() => 0);
  for (const value of all(mixed)) {
    const bin = Math.floor((value - ((x[0] as number) - width / 2)) / width);
    if (bin >= 0 && bin < counts.length) counts[bin] = (counts[bin] as number) + 1;
  }
  const most = Math.max(own.y.domain?.[1] ?? 1, 1.05 * Math.max(...counts));
  return {
    ...own,
    y: { label: own.y.label, domain: [0, digits6(most) ?? 1] },
    series: [...own.series, { name: 'units shuffled', x, y: counts, dashed: true }],
  };
}

function readingOf(name: string, relative: number, shuffled: number): string {
  const tree =
    relative < 0.8 * shuffled && relative < 0.25
      ? 'more tree-like than its units by themselves make it: a hyperbolic view may show a hierarchy'
      : relative < 0.8 * shuffled
        ? 'somewhat more tree-like than its units by themselves make it'
        : 'no more tree-like than its units by themselves make it: nothing here asks for hyperbolic space';
  return `The relative δ of ${name} is ${inWords(relative)} (0: a tree; 1: as far from one as can be), with units shuffled ${inWords(shuffled)}: ${tree}.`;
}
