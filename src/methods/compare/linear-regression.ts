import { z } from 'zod';
import { centreTurned, meansInParts, squaredLengths } from '../../linalg/centre';
import type { Matrix } from '../../linalg/matrix';
import { free } from '../../linalg/memory';
import type { Moments } from '../../linalg/moments';
import { frobeniusSquared, sumOf } from '../../linalg/norms';
import { columnGram, crossProduct, gram, multiply } from '../../linalg/products';
import type { Chance, Table } from '../../protocol/result';
import { type Context, defineMethod, type Outcome, type Representation, type Streamed } from '../method';
import { centred, inRange } from '../shared/centred';
import { type Contributions, contributed } from '../shared/contributions';
import { gather, oddities } from '../shared/gather';
import { scorePairs } from '../shared/pairs';
import { grade, inWords } from '../shared/reading';
import { sortedLine } from '../shared/sorted-line';
import { constantColumns, fewRows } from '../shared/warnings';
import { type Basis, basisBytes, basisOf, everything, NO_DIRECTIONS, SPANNED } from './canonical';
import { basisOfMoments, type MomentBasis, squaredWarnings } from './canonical-moments';
import { chanceOf, permutationMoments } from './cka';
import { explainedRows } from './explained-rows';

export const linearRegression = defineMethod({
  id: 'linear-regression',
  kind: 'compare',
  title: 'Linear regression',
  summary:
    'How much of the variance of one space a linear map from the other explains, on the rows that it was fitted to.',
  blindTo:
    'rises with the number of predictors whatever they are: 1 for anything where they are not far fewer than rows',
  takes: 'pair',
  parameters: z.object({}),
  values: [
    { key: 'r2', title: 'R² of the first from the second', range: [0, 1], better: 'higher', self: 1 },
    { key: 'r2-reverse', title: 'R² of the second from the first', range: [0, 1], better: 'higher', self: 1 },
  ],
  invariances: ['permutation', 'orthogonal', 'scaling', 'translation', 'sign'],
  symmetric: false,
  cost: 'O(n (p² + q²))',
  formula: `r2 = ‖QyᵀX‖² / ‖X‖², Qy an orthonormal basis of the columns of Y; columns centred; all units of X together; ${SPANNED}`,
  tex: String.raw`R^2 = \frac{\lVert Q_Y^\top X\rVert_F^2}{\lVert X\rVert_F^2}`,
  citation:
    'Kornblith, Norouzi, Lee, Hinton (2019). Similarity of neural network representations revisited. ICML. arXiv:1905.00414',
  async run(inputs, _, context) {
    const [x, y] = inputs as [Representation, Representation];
    const warnings = [...constantColumns(x), ...constantColumns(y), ...fewRows(x.matrix.rows)];
    context.progress(0, 'Directions');
    const [a, b] = [await basisOf(x, everything, context), await basisOf(y, everything, context)];
    const steps = ['columns centred', 'fitted and judged on the same rows', 'float64'];
    if (a === null || b === null) {
      const values = { r2: null, 'r2-reverse': null };
      return { values, steps, warnings: [...warnings, `Linear regression: ${NO_DIRECTIONS}.`] };
    }
    context.progress(0.6, 'Regression');
    const there = await explained(await targetOf(x, context), b, context);
    const back = await explained(await targetOf(y, context), a, context);
    for (const [target, predictor, { chance }] of [
      [x, y, there],
      [y, x, back],
    ] as const) {
      if (chance.level > 0.5)
        warnings.push(
          `${predictor.name} has so many directions for ${x.matrix.rows} rows that it explains ${inWords(chance.level)} of ${target.name} even if rows are paired at random. Read the cross-validated ridge regression instead.`,
        );
    }
    const units = unitsOf(there, back, x, y);
    const own = contributed(
      await contributionsOf(x, b, there, context),
      [x, y],
      `R² of ${x.name} from ${y.name}`,
      context,
    );
    return {
      values: { r2: there.value, 'r2-reverse': back.value },
      chance: { r2: there.chance, 'r2-reverse': back.chance },
      tables: { ...own.tables, ...units.tables },
      figures: [...units.figures, ...own.figures],
      steps: [...steps, `ranks ${a.rank} and ${b.rank}`, ...own.steps],
      reading: reading(there, back, x, y),
      warnings,
    } satisfies Outcome;
  },
  room: (inputs) => Math.max(...inputs.map(({ rows, columns }) => 48 * rows * columns)),
  async stream(stream, _, context) {
    const { moments, steps: how } = await gather(stream, true, context, 0.6);
    const [x, y] = stream.inputs as [Streamed, Streamed];
    const warnings = oddities(stream, moments);
    const a = await basisOfMoments(moments, 0, everything, true, context);
    const b = await basisOfMoments(moments, 1, everything, true, context);
    const steps = ['columns centred', 'fitted and judged on the same rows', ...how];
    if (a === null || b === null) {
      const values = { r2: null, 'r2-reverse': null };
      return { values, steps, warnings: [...warnings, `Linear regression: ${NO_DIRECTIONS}.`] };
    }
    const there = await explainedByMoments(moments, 0, [1, b], context);
    const back = await explainedByMoments(moments, 1, [0, a], context);
    return {
      values: { r2: there.value, 'r2-reverse': back.value },
      chance: { r2: there.chance, 'r2-reverse': back.chance },
      ...unitsOf(there, back, x, y),
      steps: [...steps, `ranks ${a.rank} and ${b.rank}`],
      reading: reading(there, back, x, y),
      warnings: [...warnings, ...squaredWarnings([x.name, y.name], [a, b])],
    } satisfies Outcome;
  },
  fromMoments: {
    double: true,
    async score(moments, x, y, _, context) {
      const b = await basisOfMoments(moments, y, everything, true, context);
      if (b === null || !(moments.trace(x) > 0)) return { value: null, warning: NO_DIRECTIONS };
      const { value, chance } = await explainedByMoments(moments, x, [y, b], context);
      return { value, level: chance.level, warning: squaredWarnings(['the second'], [b])[0] };
    },
  },
  sweep: (rows, columns, _, context) => {
    const bytes = ({ matrix }: Representation) => 8 * matrix.data.length;
    const inputs = [...new Set([...rows, ...columns])];
    const keep = context.fits(inputs.reduce((sum, input) => sum + basisBytes(input) + bytes(input), 0));
    return scorePairs(
      rows,
      columns,
      context,
      async (input) => ({
        target: rows.includes(input) ? await targetOf(input, context, keep) : null,
        basis: columns.includes(input) ? await basisOf(input, everything, context) : null,
      }),
      async ({ target }, { basis }) => {
        const found = target && basis && (await explained(target, basis, context));
        if (!found || Number.isNaN(found.value)) return { value: null, warning: NO_DIRECTIONS };
        return { value: found.value, level: found.chance.level, sd: found.chance.sd };
      },
      (input) => basisBytes(input) + (keep ? bytes(input) : 0),
      false,
    );
  },
});

interface Explained {
  readonly value: number;
  readonly chance: Chance;
  /** R² of each unit; null where it is constant. */
  readonly units: readonly (number | null)[];
  /** What each unit adds to the value: the part of it that is explained, over the variance of all. */
  readonly parts: Float64Array;
}

/** A representation that is to be explained, and what any predictor of it is judged by. */
interface Target {
  readonly matrix: Matrix;
  /** The centred units, each a row; null where memory has no room to keep them. */
  readonly turned: Matrix<Float64Array> | null;
  /** Of each unit, and of all of them. */
  readonly squares: Float64Array;
  readonly total: number;
  /** XXᵀ. */
  readonly kernel: { readonly squared: number; readonly diagonal: Float64Array };
}

async function targetOf({ matrix }: Representation, { signal }: Context, keep = true): Promise<Target> {
  const given = inRange(matrix);
  const means = meansInParts(given);
  const turned = centreTurned(given, means);
  const inner = given.columns <= given.rows ? await gram(turned, { signal }) : await columnGram(turned, { signal });
  const kernel = { squared: frobeniusSquared(inner), diagonal: squaredLengths(given, means) };
  const squares = squaredLengths(turned);
  const target = { matrix, squares, total: sumOf(squares), kernel };
  free(inner.data);
  if (!keep) free(turned.data);
  return { ...target, turned: keep ? turned : null };
}

/** The share of the variance of the target that lies in the span of `basis`. */
async function explained({ matrix, turned, squares, total, kernel }: Target, basis: Basis, { signal }: Context) {
  const units = turned ?? centreTurned(inRange(matrix));
  const products = await multiply(units, basis.u, { signal });
  if (turned === null) free(units.data);
  const value = Math.min(1, frobeniusSquared(products) / total);
  // tr(UUᵀ πXXᵀπᵀ): a projection against a kernel.
  const projection = { squared: basis.rank, diagonal: squaredLengths(basis.u) };
  const { variance } = permutationMoments(projection, kernel);
  const level = basis.rank / (matrix.rows - 1);
  const how = 'rank of the predictor / (n - 1): exact over all pairings of the rows.';
  return {
    value,
    ...ofUnits(products, squares, total),
    products,
    chance: chanceOf(value, level, variance === null ? undefined : Math.sqrt(variance) / total, how),
  } satisfies Explained & { readonly products: Matrix };
}

/** The same of sums over rows, without the spread of chance, which takes every row. */
async function explainedByMoments(
  moments: Moments,
  target: number,
  [predictor, basis]: readonly [number, MomentBasis],
  { signal }: Context,
): Promise<Explained> {
  const products = await crossProduct(moments.product(predictor, target), basis.whitening, { signal });
  const level = basis.rank / (moments.rows - 1);
  const how = 'rank of the predictor / (n - 1): exact over all pairings of the rows.';
  const total = moments.trace(target);
  const value = Math.min(1, frobeniusSquared(products) / total);
  return { value, ...ofUnits(products, moments.squares(target), total), chance: { level, how } };
}

/** @param products of each unit with each direction @param squares of each unit */
function ofUnits(products: Matrix, squares: Float64Array, total: number): Pick<Explained, 'units' | 'parts'> {
  const explained = squaredLengths(products);
  return {
    units: Array.from(squares, (square, j) => (square > 0 ? Math.min(1, (explained[j] as number) / square) : null)),
    parts: explained.map((part) => part / total),
  };
}

/** Multiplications beyond which what rows add would take longer than people wait for a value. */
const MOST_WORK = 4e11;

/**
 * What units of the target add to R², and rows: ‖xᵢ‖² - ‖xᵢ - x̂ᵢ‖² over the variance of all, x̂ = Uy (UyᵀX). Negative where a row
 * is farther from what the map makes of it than from the mean row. Null where that product is too much.
 */
async function contributionsOf(
  { matrix }: Representation,
  basis: Basis,
  { parts, products }: Explained & { readonly products: Matrix },
  context: Context,
): Promise<Contributions | null> {
  const room = 8 * 2 * matrix.rows * matrix.columns;
  if (matrix.rows * matrix.columns * basis.rank > MOST_WORK || !context.fits(room)) return null;
  context.reserve(room, 'what the map makes of each row');
  const x = centred(matrix, true) as Matrix<Float64Array>;
  const total = frobeniusSquared(x);
  const made = await multiply(basis.u, products, { transposeB: true, signal: context.signal });
  return { rows: explainedRows(x, made, total), units: [parts, undefined] };
}

/** R² unit by unit, both ways. */
function unitsOf(there: Explained, back: Explained, x: Named, y: Named): Required<Pick<Outcome, 'tables' | 'figures'>> {
  return {
    tables: {
      units: unitTable(`R² of each unit of ${x.name} from ${y.name}`, there),
      'units-reverse': unitTable(`R² of each unit of ${y.name} from ${x.name}`, back),
    },
    figures: [
      sortedLine(
        {
          id: 'unit-r2',
          title: 'How well each unit is explained',
          caption: 'R² of each unit by the linear map from the other space, on the rows that it was fitted to.',
          of: 'units',
          y: { label: 'R²', domain: [0, 1] },
        },
        [
          { name: `${x.name} from ${y.name}`, values: there.units.map((r2) => r2 ?? Number.NaN) },
          { name: `${y.name} from ${x.name}`, values: back.units.map((r2) => r2 ?? Number.NaN) },
        ],
      ),
    ],
  };
}

type Named = Pick<Representation, 'name'>;

function unitTable(title: string, { value, units, parts }: Explained): Table {
  const order = [...units.keys()].sort((i, j) => (units[j] ?? -1) - (units[i] ?? -1) || i - j);
  const part = (j: number) => parts[j] as number;
  return {
    title,
    columns: ['unit', 'R²', 'contribution', 'share'],
    rows: order.map((j) => [j, units[j] ?? null, part(j), value > 0 ? part(j) / value : null]),
  };
}

function reading(there: Explained, back: Explained, x: Named, y: Named): string {
  const words = {
    chance: 'no more than rows paired at random would let it',
    little: 'a little',
    part: 'a part',
    much: 'much',
    most: 'nearly all',
  };
  const side = ({ value, chance }: Explained) =>
    `${words[grade(value, chance)]} (R² ${inWords(value)}; ${inWords(chance.level)} by chance)`;
  return `Of the variance of ${x.name} a linear map from ${y.name} explains ${side(there)}; of ${y.name} from ${x.name}, ${side(back)}.`;
}
