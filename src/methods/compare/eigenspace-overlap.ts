import { z } from 'zod';
import { columnSums, squaredLengths } from '../../linalg/centre';
import type { Matrix } from '../../linalg/matrix';
import type { Moments } from '../../linalg/moments';
import { dot, frobeniusSquared } from '../../linalg/norms';
import { crossProduct, multiply } from '../../linalg/products';
import { singularValues } from '../../linalg/svd';
import type { Figure } from '../../protocol/figures';
import type { Chance } from '../../protocol/result';
import { type Context, defineMethod, type Outcome, type Representation, type Streamed } from '../method';
import { contributed } from '../shared/contributions';
import { gather, oddities } from '../shared/gather';
import { scorePairs, scoreWith } from '../shared/pairs';
import { grade, inWords } from '../shared/reading';
import { constantColumns, fewRows } from '../shared/warnings';
import { type Basis, basisBytes, basisOf, everything, NO_DIRECTIONS, SPANNED, spanOf } from './canonical';
import { rowsOfProjections } from './canonical-contributions';
import { basisOfMoments, type MomentBasis, productAbout, scaledMeans, squaredWarnings } from './canonical-moments';
import { chanceOf, permutationMoments } from './cka';
import { squaredCosines } from './squared-cosines';

const parameters = z.object({
  centre: z.boolean().default(false).meta({
    title: 'Centre columns',
    description: 'Off, as the measure was defined: the mean row counts as a direction. On: equal to mean ρ² of CCA.',
  }),
});

export const eigenspaceOverlap = defineMethod({
  id: 'eigenspace-overlap',
  kind: 'compare',
  title: 'Eigenspace overlap score',
  summary: 'How much of the subspace of rows that one representation spans lies in that of the other.',
  blindTo: 'blind to how much variance a direction holds; high for anything where units are not far fewer than rows',
  takes: 'pair',
  parameters,
  values: [{ key: 'similarity', title: 'Eigenspace overlap', range: [0, 1], better: 'higher', self: 1 }],
  invariances: ['permutation', 'orthogonal', 'scaling', 'column-scaling', 'linear', 'sign'],
  symmetric: true,
  cost: 'O(n (p² + q²))',
  formula: `‖UxᵀUy‖² / max(rank X, rank Y), U the left singular vectors; not centred unless chosen; ${SPANNED}`,
  tex: String.raw`\frac{\lVert U_X^\top U_Y\rVert_F^2}{\max(\operatorname{rank} X, \operatorname{rank} Y)}`,
  citation:
    'May, Zhang, Dao, Ré (2019). On the downstream performance of compressed word embeddings. NeurIPS. arXiv:1909.01264',
  async run(inputs, { centre }, context) {
    const [x, y] = inputs as [Representation, Representation];
    const warnings = [...constantColumns(x), ...constantColumns(y), ...fewRows(x.matrix.rows)];
    const steps = [centre ? 'columns centred' : 'not centred', 'float64'];
    const [a, b] = [await directionsOf(x, centre, context), await directionsOf(y, centre, context)];
    if (a === null || b === null)
      return { values: { similarity: null }, steps, warnings: [...warnings, `Eigenspace overlap: ${NO_DIRECTIONS}.`] };
    const { value, chance, product } = await overlap(a, b, centre, context);
    const cosines = await singularValues(product, context);
    const parts = { rows: await rowsOfProjections(a.u, b.u, product, Math.max(a.rank, b.rank), context) };
    const own = contributed(parts, [x, y], 'the eigenspace overlap', context);
    return {
      values: { similarity: value },
      ...(chance && { chance: { similarity: chance } }),
      tables: own.tables,
      figures: [angles(cosines), ...own.figures],
      steps: [...steps, `ranks ${a.rank} and ${b.rank}`],
      reading: reading(value, chance),
      warnings,
    } satisfies Outcome;
  },
  room: (inputs) => Math.max(...inputs.map(({ rows, columns }) => 48 * rows * columns)),
  async stream(stream, { centre }, context) {
    const { moments, steps: how } = await gather(stream, true, context, 0.6);
    const [x, y] = stream.inputs as [Streamed, Streamed];
    const warnings = oddities(stream, moments);
    const steps = [centre ? 'columns centred' : 'not centred', ...how];
    const [a, b] = [await spanOfMoments(moments, 0, centre, context), await spanOfMoments(moments, 1, centre, context)];
    if (a === null || b === null)
      return { values: { similarity: null }, steps, warnings: [...warnings, `Eigenspace overlap: ${NO_DIRECTIONS}.`] };
    const { value, chance, cosines } = await overlapOfMoments(moments, [0, a], [1, b], centre, context);
    return {
      values: { similarity: value },
      ...(chance && { chance: { similarity: chance } }),
      figures: [angles(await singularValues(cosines, context))],
      steps: [...steps, `ranks ${a.rank} and ${b.rank}`],
      reading: reading(value, chance),
      warnings: [...warnings, ...squaredWarnings([x.name, y.name], [a, b])],
    } satisfies Outcome;
  },
  fromMoments: {
    double: true,
    async score(moments, x, y, { centre }, context) {
      const a = await spanOfMoments(moments, x, centre, context);
      const b = x === y ? a : await spanOfMoments(moments, y, centre, context);
      if (a === null || b === null) return { value: null, warning: NO_DIRECTIONS };
      const [warning] = squaredWarnings(['the first', 'the second'], [a, b]);
      return { ...scoreWith(await overlapOfMoments(moments, [x, a], [y, b], centre, context)), warning };
    },
  },
  sweep: (rows, columns, { centre }, context) =>
    scorePairs(
      rows,
      columns,
      context,
      (input) => directionsOf(input, centre, context),
      async (a: Basis | null, b) => {
        if (a === null || b === null) return { value: null, warning: NO_DIRECTIONS };
        return scoreWith(await overlap(a, b, centre, context));
      },
      basisBytes,
    ),
});

/** An orthonormal basis of the columns, as they are or centred; null where there is no direction. */
function directionsOf(input: Representation, centre: boolean, context: Context): Promise<Basis | null> {
  return centre ? basisOf(input, everything, context) : spanOf(input.matrix, false, context);
}

async function overlap(x: Basis, y: Basis, centred: boolean, context: Context) {
  const rows = x.u.rows;
  const product = await crossProduct(x.u, y.u, context);
  const value = Math.min(1, frobeniusSquared(product) / Math.max(x.rank, y.rank));
  if (rows < 2) return { value, product };
  const chance = chanceLevel(value, rows, [x.rank, constantPart(x.u)], [y.rank, constantPart(y.u)]);
  if (!centred) return { value, chance, product };
  const { variance } = permutationMoments(sideOf(x.u), sideOf(y.u));
  const sd = variance === null ? undefined : Math.sqrt(variance) / Math.max(x.rank, y.rank);
  return { value, chance: chanceOf(value, chance.level, sd, chance.how), product };
}

type Span = readonly [rank: number, constantPart: number];

/** A pairing leaves the constant vector where it is, and spreads the rest over all other directions. */
function chanceLevel(value: number, rows: number, [rankX, p]: Span, [rankY, q]: Span): Chance {
  const level = (p * q + ((rankX - p) * (rankY - q)) / (rows - 1)) / Math.max(rankX, rankY);
  const how =
    'Mean over all pairings of the rows, exact: (kx - cx) (ky - cy) / (n - 1) + cx cy for k directions, c of them along the mean.';
  return chanceOf(value, level, undefined, how);
}

function spanOfMoments(moments: Moments, input: number, centre: boolean, context: Context) {
  return basisOfMoments(moments, input, everything, true, context, centre ? 'mean' : 'zero');
}

/** The same of sums over rows; of centred columns without the spread of chance, which takes every row. */
async function overlapOfMoments(
  moments: Moments,
  [x, a]: readonly [number, MomentBasis],
  [y, b]: readonly [number, MomentBasis],
  centre: boolean,
  context: Context,
) {
  const product = productAbout(moments, x, y, centre ? 'mean' : 'zero');
  const cosines = await crossProduct(a.whitening, await multiply(product, b.whitening, context), context);
  const value = Math.min(1, frobeniusSquared(cosines) / Math.max(a.rank, b.rank));
  if (moments.rows < 2) return { value, cosines };
  const along = (input: number, { whitening }: MomentBasis) => {
    if (centre) return 0;
    const means = scaledMeans(moments, input);
    let sum = 0;
    for (let j = 0; j < whitening.columns; j++) sum += dot(whitening.column(j), means) ** 2;
    return moments.rows * sum;
  };
  return { value, cosines, chance: chanceLevel(value, moments.rows, [a.rank, along(x, a)], [b.rank, along(y, b)]) };
}

/** The squared cosine of the constant vector with the subspace. */
function constantPart(u: Matrix<Float64Array>): number {
  const sums = columnSums(u);
  return dot(sums, sums) / u.rows;
}

/** The projection onto centred directions as a kernel. */
function sideOf(u: Matrix<Float64Array>) {
  return { squared: u.columns, diagonal: squaredLengths(u) };
}

function angles(cosines: Float64Array): Figure {
  return squaredCosines(cosines, {
    ...{ id: 'principal-angles', title: 'Directions that both span', of: 'squared cosine' },
    caption:
      'Squared cosines of the principal angles between the two subspaces, in order: 1 is a direction that both have.',
  });
}

function reading(value: number, chance: Chance | undefined): string {
  const numbers = `(eigenspace overlap ${inWords(value)}${chance ? `; ${inWords(chance.level)} by chance` : ''})`;
  const words = {
    chance: 'no more than by chance',
    little: 'a little more than by chance',
    part: 'in part',
    much: 'for the most part',
    most: 'almost entirely',
  };
  return `The two representations span the same directions of row space ${words[grade(value, chance ?? { level: 0 })]} ${numbers}.`;
}
