import { z } from 'zod';
import type { Matrix } from '../../linalg/matrix';
import { dot, frobeniusSquared } from '../../linalg/norms';
import { orthonormalColumns } from '../../linalg/orthonormal';
import { crossProduct } from '../../linalg/products';
import { singularValues, svd } from '../../linalg/svd';
import type { Chance } from '../../protocol/result';
import { type Context, defineMethod, type Outcome, type Representation } from '../method';
import { inRange } from '../shared/centred';
import { digits6 } from '../shared/image';
import { scorePairs, scoreWith } from '../shared/pairs';
import { grade, inWords } from '../shared/reading';
import { constantColumns, fewRows } from '../shared/warnings';
import { type Basis, basisBytes, basisOf, everything, NO_DIRECTIONS } from './canonical';
import { chanceOf, permutationMoments } from './cka';

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
  formula: '‖UxᵀUy‖² / max(rank X, rank Y), U the left singular vectors; not centred unless chosen',
  tex: String.raw`\frac{\lVert U_X^\top U_Y\rVert_F^2}{\max(\operatorname{rank} X, \operatorname{rank} Y)}`,
  citation:
    'May, Zhang, Dao, Ré (2019). On the downstream performance of compressed word embeddings. NeurIPS. arXiv:1909.01264',
  async run(inputs, { centre }, context) {
    const [x, y] = inputs as [Representation, Representation];
    const warnings = [...constantColumns(x), ...constantColumns(y), ...fewRows(x.matrix.rows)];
    const steps = [centre ? 'columns centred' : 'not centred', 'float64'];
    const [a, b] = [await spanOf(x, centre, context), await spanOf(y, centre, context)];
    if (a === null || b === null)
      return { values: { similarity: null }, steps, warnings: [...warnings, `Eigenspace overlap: ${NO_DIRECTIONS}.`] };
    const { value, chance } = await overlap(a, b, centre, context);
    const cosines = await singularValues(await crossProduct(a.u, b.u, context), context);
    return {
      values: { similarity: value },
      ...(chance && { chance: { similarity: chance } }),
      figures: [
        {
          id: 'principal-angles',
          kind: 'line',
          title: 'Directions that both span',
          caption:
            'Squared cosines of the principal angles between the two subspaces, in order: 1 is a direction that both have.',
          x: { label: 'direction' },
          y: { label: 'squared cosine', domain: [0, 1] },
          series: [
            {
              name: 'squared cosine',
              x: Array.from(cosines, (_, k) => k + 1),
              y: Array.from(cosines, (cosine) => digits6(Math.min(1, cosine * cosine))),
            },
          ],
        },
      ],
      steps: [...steps, `ranks ${a.rank} and ${b.rank}`],
      reading: reading(value, chance),
      warnings,
    } satisfies Outcome;
  },
  sweep: (rows, columns, { centre }, context) =>
    scorePairs(
      rows,
      columns,
      context,
      (input) => spanOf(input, centre, context),
      async (a: Basis | null, b) => {
        if (a === null || b === null) return { value: null, warning: NO_DIRECTIONS };
        return scoreWith(await overlap(a, b, centre, context));
      },
      basisBytes,
    ),
});

/** An orthonormal basis of the columns, as they are or centred; null where there is no direction. */
async function spanOf(input: Representation, centre: boolean, context: Context): Promise<Basis | null> {
  if (centre) return basisOf(input, everything, context);
  const { matrix } = input;
  context.signal.throwIfAborted();
  context.reserve(8 * 4 * matrix.rows * matrix.columns, 'the singular vectors');
  const x = inRange(matrix.toDouble()) as Matrix<Float64Array>;
  const independent = await orthonormalColumns(x, context);
  if (independent) return { u: independent.q, rank: independent.q.columns, share: 1 };
  const { u, s } = await svd(x, context);
  const least = Math.max(matrix.rows, matrix.columns) * Number.EPSILON * (s[0] ?? 0);
  const rank = s.filter((value) => value > least).length;
  if (rank === 0) return null;
  const kept = Array.from({ length: rank }, (_, k) => k);
  return { u: rank === u.columns ? u : u.takeColumns(kept), rank, share: 1 };
}

async function overlap(x: Basis, y: Basis, centred: boolean, context: Context) {
  const rows = x.u.rows;
  const most = Math.max(x.rank, y.rank);
  const value = Math.min(1, frobeniusSquared(await crossProduct(x.u, y.u, context)) / most);
  if (rows < 2) return { value };
  const [p, q] = [constantPart(x.u), constantPart(y.u)];
  // A pairing leaves the constant vector where it is, and spreads the rest over all other directions.
  const level = (p * q + ((x.rank - p) * (y.rank - q)) / (rows - 1)) / most;
  const how =
    'Mean over all pairings of the rows, exact: (kx - cx) (ky - cy) / (n - 1) + cx cy for k directions, c of them along the mean.';
  if (!centred) return { value, chance: chanceOf(value, level, undefined, how) };
  const { variance } = permutationMoments(sideOf(x.u), sideOf(y.u));
  return { value, chance: chanceOf(value, level, variance === null ? undefined : Math.sqrt(variance) / most, how) };
}

/** The squared cosine of the constant vector with the subspace. */
function constantPart(u: Matrix<Float64Array>): number {
  let sum = 0;
  for (let j = 0; j < u.columns; j++) sum += u.column(j).reduce((total, value) => total + value, 0) ** 2;
  return sum / u.rows;
}

/** The projection onto centred directions as a kernel. */
function sideOf(u: Matrix<Float64Array>) {
  return { squared: u.columns, diagonal: Float64Array.from({ length: u.rows }, (_, i) => dot(u.row(i), u.row(i))) };
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
