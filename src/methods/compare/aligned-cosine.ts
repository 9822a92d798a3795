import { z } from 'zod';
import { centreColumns, squaredLengths } from '../../linalg/centre';
import { Matrix } from '../../linalg/matrix';
import { free } from '../../linalg/memory';
import { Moments } from '../../linalg/moments';
import { dot, frobeniusSquared } from '../../linalg/norms';
import { multiply } from '../../linalg/products';
import { type Svd, svd } from '../../linalg/svd';
import { count } from '../../protocol/words';
import {
  type Context,
  defineMethod,
  type Outcome,
  type Representation,
  type Streamed,
  type StreamedRows,
} from '../method';
import { inRange } from '../shared/centred';
import { contributed, partsOfMean } from '../shared/contributions';
import { gather } from '../shared/gather';
import { scorePairs } from '../shared/pairs';
import { inWords } from '../shared/reading';
import { LISTED, rowTable } from '../shared/row-table';
import { sortedLine } from '../shared/sorted-line';
import { fewRows, rowsOfZeros, zeroRows } from '../shared/warnings';
import { rotationOf, strongOf } from './alignment';
import { productAbout, scaledMeans } from './canonical-moments';

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
    'meanᵢ cos(xᵢQ, yᵢ), Q = argmin ‖XQ - Y‖ over orthogonal Q; not centred unless chosen; the narrower padded with zeros; rows that are zeros in one of them left out',
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
    return { ...outcomeOf(cosines, centre, context, warnings), steps };
  },
  async stream(stream, { centre }, context) {
    const [x, y] = stream.inputs as [Streamed, Streamed];
    const zeros = [0, 0];
    const count = ({ matrices }: Pick<StreamedRows, 'matrices'>) => {
      for (const [k, matrix] of matrices.entries())
        for (let i = 0; i < matrix.rows; i++) if (matrix.row(i).every((value) => value === 0)) (zeros[k] as number)++;
    };
    const { moments, steps: how } = await gather(stream, true, context, 0.5, { bytes: 0, each: count });
    const rows = moments.rows;
    context.progress(0.5, 'Rotation');
    const found = await svd(productAbout(moments, 0, 1, centre ? 'mean' : 'zero'), context);
    const turn = await turnOf(found, context);
    const weak = (turn.moves === 'second' ? found.v : found.u).columnBand(strongOf(found.s), found.s.length);
    context.reserve(24 * rows + Moments.bytes(x.columns + y.columns), 'the cosines of all rows');
    const cosines = new Float64Array(rows);
    const index = new Int32Array(rows);
    const perRow = stream.blockBytes(1) + 32 * (x.columns + y.columns);
    const room = stream.room - Moments.bytes(x.columns + y.columns) - 24 * rows;
    const height = Math.max(1, Math.min(TALLEST, Math.floor(room / perRow)));
    let [done, unknown] = [0, 0];
    for await (const block of stream.blocks(height)) {
      const [a, b] = block.matrices.map((matrix, k) => pointsAbout(matrix, moments, k, centre)) as [Points, Points];
      cosines.set(await cosinesOf(a, b, turn, context), done);
      unknown += await rowsAlong(turn.moves === 'second' ? b : a, weak, context);
      for (const [i, position] of block.index.entries()) index[done + i] = stream.first + position;
      done += block.index.length;
      context.progress(0.5 + (0.5 * block.passed) / stream.rows, 'Cosines of rows');
    }
    const warnings = [
      ...rowsOfZeros(x.name, zeros[0] as number, rows),
      ...rowsOfZeros(y.name, zeros[1] as number, rows),
      ...notTurned(unknown, rows),
      ...fewRows(rows),
    ];
    const steps = [centre ? 'columns centred' : 'not centred', ...how, 'a second pass for the cosines'];
    return { ...outcomeOf(cosines, centre, { rows: { index } }, warnings), steps };
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

/** Rows of a block of the second pass, at most. */
const TALLEST = 4096;

type Points = Matrix<Float64Array>;

/** @param cosines NaN where a row has none */
function outcomeOf(cosines: Float64Array, centre: boolean, context: Pick<Context, 'rows'>, warnings: string[]) {
  const rows = cosines.length;
  const known = [...cosines.keys()].filter((i) => !Number.isNaN(cosines[i]));
  if (known.length === 0)
    return { values: { similarity: null }, warnings: [...warnings, `Aligned cosine similarity: ${NO_ROWS}.`] };
  const similarity = mean(cosines);
  const own = contributed({ rows: partsOfMean(cosines) }, [], 'the mean cosine', context);
  const listed = known.sort((i, j) => (cosines[i] as number) - (cosines[j] as number)).slice(0, LISTED);
  const shared = centre ? '' : '; a mean that both spaces share is part of it, so compare with the centred value';
  return {
    values: { similarity },
    tables: {
      ...own.tables,
      cosines: rowTable(
        `Rows that the rotation carries least well (${count(listed.length)} of ${count(rows)})`,
        context,
        listed,
        {
          cosine: (i) => cosines[i] as number,
        },
      ),
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
      ...own.figures,
    ],
    reading: `After the best rotation a row and its partner have a cosine of ${inWords(similarity)} on average${shared}.`,
    warnings: [...warnings, ...leftOut(rows - known.length, rows)],
  } satisfies Outcome;
}

/** Of its squared length, what a row may have along unknown directions: its cosine changes by no more than twice as much. */
const ALONG = 1e-6;

/** How many rows have more than that along directions. */
async function rowsAlong(x: Points, directions: Points, { signal }: Pick<Context, 'signal'>): Promise<number> {
  const lengths = squaredLengths(x);
  const along = squaredLengths(await multiply(x, directions, { signal }));
  return along.filter((square, i) => square > ALONG * (lengths[i] as number)).length;
}

function notTurned(lost: number, rows: number): string[] {
  if (lost === 0) return [];
  return [
    `${count(lost)} of ${count(rows)} rows lie along directions so weak beside the strongest, as where one row is far longer than others, that sums of squares, which are all that is kept of rows read in blocks, do not tell how they are turned: their cosines mean nothing. Rows that fit into memory have the right ones.`,
  ];
}

function leftOut(lost: number, rows: number): string[] {
  return lost === 0
    ? []
    : [`${count(lost)} of ${count(rows)} rows have no direction in one of the spaces and are left out of the mean.`];
}

function pointsOf({ matrix }: Representation, centre: boolean): Matrix<Float64Array> {
  const x = inRange(matrix.toDouble()) as Matrix<Float64Array>;
  return centre ? centreColumns(x) : x;
}

/** The rows of a block about zero or the mean of all rows, over the power of two that the sums are over. */
function pointsAbout(block: Matrix, moments: Moments, input: number, centre: boolean): Points {
  const unit = 2 ** moments.exponent(input);
  const out = Matrix.zeros(block.rows, block.columns);
  // Rows that are all the same have no direction from their mean; rounding would give them one.
  if (centre && moments.constantColumns(input).length === block.columns) return out;
  const means = centre ? scaledMeans(moments, input) : new Float64Array(block.columns);
  for (let i = 0, k = 0; i < block.rows; i++)
    for (let j = 0; j < block.columns; j++, k++) out.data[k] = (block.data[k] as number) / unit - (means[j] as number);
  return out;
}

/** The cosine of each row with its partner; NaN where one of them is zero. */
async function alignedCosines(x: Points, y: Points, context: Pick<Context, 'signal'>): Promise<Float64Array> {
  if (frobeniusSquared(x) === 0 || frobeniusSquared(y) === 0) return new Float64Array(x.rows).fill(Number.NaN);
  return cosinesOf(x, y, await turnOf(await rotationOf(x, y, context), context), context);
}

interface Turn {
  readonly rotation: Points;
  /** Which side is turned: the narrower is carried into the wider, so that nothing of it is projected away. */
  readonly moves: 'first' | 'second';
}

/** From the singular vectors of XᵀY. */
async function turnOf({ u, v }: Svd, { signal }: Pick<Context, 'signal'>): Promise<Turn> {
  const second = u.rows >= v.rows;
  const rotation = await multiply(second ? v : u, second ? u : v, { signal, transposeB: true });
  free(u.data, v.data);
  return { rotation, moves: second ? 'second' : 'first' };
}

async function cosinesOf(
  x: Points,
  y: Points,
  { rotation, moves }: Turn,
  { signal }: Pick<Context, 'signal'>,
): Promise<Float64Array> {
  const [moved, fixed] = moves === 'second' ? [y, x] : [x, y];
  const rotated = await multiply(moved, rotation, { signal });
  const cosines = new Float64Array(x.rows).fill(Number.NaN);
  for (let i = 0; i < x.rows; i++) {
    const [own, other] = [moved.row(i), fixed.row(i)];
    const lengths = Math.sqrt(dot(own, own)) * Math.sqrt(dot(other, other));
    if (lengths > 0) cosines[i] = Math.max(-1, Math.min(1, dot(rotated.row(i), other) / lengths));
  }
  free(rotated.data);
  return cosines;
}

/** Of those that are numbers. */
function mean(values: Float64Array): number {
  const known = values.filter((value) => !Number.isNaN(value));
  return known.reduce((sum, value) => sum + value, 0) / known.length;
}
