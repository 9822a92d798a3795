import { z } from 'zod';
import { symmetricEigen } from '../../linalg/eigen';
import { Matrix } from '../../linalg/matrix';
import { frobeniusSquared } from '../../linalg/norms';
import { columnGram, crossProduct, gram, multiply } from '../../linalg/products';
import { singularValues } from '../../linalg/svd';
import { type Context, defineMethod, type Outcome, type Representation } from '../method';
import { centred } from '../shared/centred';
import { digits6 } from '../shared/image';
import { scorePairs } from '../shared/pairs';
import { inWords } from '../shared/reading';
import { constantColumns, fewRows } from '../shared/warnings';
import { basisOf, everything, NO_DIRECTIONS } from './canonical';
import { chanceOf } from './cka';

const parameters = z.object({
  lambda: z.number().min(0).max(1000).default(0).meta({
    title: 'Ridge penalty λ',
    description: 'Of the regressions that the distance is about. 0: every direction counts alike, as in CCA.',
  }),
  squared: z.boolean().default(true).meta({
    title: 'Squared',
    description: 'On: d², as the published code reports it. Off: d, which is a metric for λ > 0.',
  }),
});

/** The principal scores of a representation of unit total variance, each divided by √(σ² + λ). */
interface Whitened {
  /** n x rank */
  readonly scores: Matrix<Float64Array>;
  /** tr (Σλ⁻¹Σ)² */
  readonly self: number;
  /** tr Σλ⁻¹Σ */
  readonly trace: number;
}

export const gulp = defineMethod({
  id: 'gulp',
  kind: 'compare',
  title: 'GULP',
  summary: 'How differently the best ridge regression on either space can predict, over all targets at once.',
  blindTo: 'with λ = 0 blind to how much variance a direction holds; its range depends on the number of units',
  takes: 'pair',
  parameters,
  values: [{ key: 'distance', title: 'GULP distance', range: [0, null], better: 'lower', self: 0 }],
  invariances: ['permutation', 'orthogonal', 'scaling', 'translation', 'column-scaling', 'linear', 'sign'],
  symmetric: true,
  cost: 'O(n (p² + q²))',
  formula:
    'd² = tr(Σx,λ⁻¹Σx Σx,λ⁻¹Σx) + tr(Σy,λ⁻¹Σy Σy,λ⁻¹Σy) - 2 tr(Σx,λ⁻¹Σxy Σy,λ⁻¹Σyx), Σλ = Σ + λI; columns centred, tr Σ = 1; rank X + rank Y - 2 Σρ² for λ = 0',
  tex: String.raw`d_\lambda^2 = \operatorname{tr}\big((\Sigma_{x,\lambda}^{-1}\Sigma_x)^2\big) + \operatorname{tr}\big((\Sigma_{y,\lambda}^{-1}\Sigma_y)^2\big) - 2\operatorname{tr}\big(\Sigma_{x,\lambda}^{-1}\Sigma_{xy}\Sigma_{y,\lambda}^{-1}\Sigma_{xy}^\top\big), \quad \Sigma_\lambda = \Sigma + \lambda I`,
  citation:
    'Boix-Adserà, Lawrence, Stepaniants, Rigollet (2022). GULP: a prediction-based metric between representations. NeurIPS. arXiv:2210.06545',
  async run(inputs, { lambda, squared }, context) {
    const [x, y] = inputs as [Representation, Representation];
    const warnings = [...constantColumns(x), ...constantColumns(y), ...fewRows(x.matrix.rows)];
    const steps = ['columns centred', 'scaled to a total variance of 1', `λ = ${lambda}`, 'float64'];
    const [a, b] = [await whitened(x, lambda, context), await whitened(y, lambda, context)];
    if (a === null || b === null)
      return { values: { distance: null }, steps, warnings: [...warnings, `GULP: ${NO_DIRECTIONS}.`] };
    const square = await squareOf(a, b, context);
    const value = squared ? square : Math.sqrt(square);
    const shared = await singularValues(await crossProduct(a.scores, b.scores, context), context);
    const level = levelOf(a, b, x.matrix.rows);
    const how = 'The mean of d² over all pairings of the rows, exact: the cross term has the mean tr tr / (n - 1).';
    return {
      values: { distance: value },
      ...(squared && { chance: { distance: chanceOf(value, level, undefined, how) } }),
      figures: [
        {
          id: 'shared-directions',
          kind: 'line',
          title: 'Directions that both can predict',
          caption:
            'Squared correlations of the best matching directions, shrunk by the penalty. Their sum, twice, is what d² falls short of its largest value.',
          x: { label: 'direction' },
          y: { label: 'squared correlation', domain: [0, 1] },
          series: [
            {
              name: 'squared correlation',
              x: Array.from(shared, (_, k) => k + 1),
              y: Array.from(shared, (rho) => digits6(Math.min(1, rho * rho))),
            },
          ],
        },
      ],
      steps: [...steps, squared ? 'd², not its root' : 'd, the root of d²'],
      reading: reading(square, level, a.self + b.self),
      warnings,
    } satisfies Outcome;
  },
  sweep: (rows, columns, { lambda, squared }, context) =>
    scorePairs(
      rows,
      columns,
      context,
      (input) => whitened(input, lambda, context),
      async (a: Whitened | null, b) => {
        if (a === null || b === null) return { value: null, warning: NO_DIRECTIONS };
        const square = a === b ? 0 : await squareOf(a, b, context);
        if (!squared) return { value: Math.sqrt(square) };
        return { value: square, level: levelOf(a, b, rows[0]?.matrix.rows ?? 0) };
      },
      ({ matrix }) => 8 * matrix.rows * Math.min(matrix.rows, matrix.columns),
    ),
});

async function whitened(input: Representation, lambda: number, context: Context): Promise<Whitened | null> {
  const { matrix } = input;
  context.signal.throwIfAborted();
  if (lambda === 0) {
    // Nothing is shrunk: any orthonormal basis will do.
    const basis = await basisOf(input, everything, context);
    return basis && { scores: basis.u, self: basis.rank, trace: basis.rank };
  }
  context.reserve(8 * 4 * matrix.rows * matrix.columns, 'the whitened representation');
  const x = centred(matrix, true) as Matrix<Float64Array>;
  const total = frobeniusSquared(x);
  if (!(total > 0)) return null;
  const wide = x.columns > x.rows;
  const { values, vectors } = await symmetricEigen(
    wide ? await gram(x, context) : await columnGram(x, context),
    context,
  );
  const least = Math.max(x.rows, x.columns) * Number.EPSILON * (values[0] ?? 0);
  const kept = [...values.keys()].filter((k) => (values[k] as number) > least);
  const axes = vectors.takeColumns(kept);
  const scores = wide ? axes : await multiply(x, axes, context);
  let [self, trace] = [0, 0];
  const out = Matrix.zeros(x.rows, kept.length);
  for (const [j, k] of kept.entries()) {
    const share = (values[k] as number) / total;
    const shrunk = share / (share + lambda);
    self += shrunk * shrunk;
    trace += shrunk;
    // A unit vector of scores, times the root of what the penalty leaves of it.
    const factor = Math.sqrt(shrunk) / (wide ? 1 : Math.sqrt(values[k] as number));
    for (let i = 0; i < x.rows; i++) out.data[i * kept.length + j] = scores.at(i, j) * factor;
  }
  return { scores: out, self, trace };
}

async function squareOf(a: Whitened, b: Whitened, context: Context): Promise<number> {
  const cross = frobeniusSquared(await crossProduct(a.scores, b.scores, context));
  const square = a.self + b.self - 2 * cross;
  // The difference of equal sums: what rounding leaves is none.
  return square < 1e-12 * (a.self + b.self) ? 0 : square;
}

function levelOf(a: Whitened, b: Whitened, rows: number): number {
  return a.self + b.self - (2 * a.trace * b.trace) / (rows - 1);
}

function reading(square: number, level: number, most: number): string {
  const share = 1 - square / level;
  const where = !(level > 0)
    ? 'With so few rows for so many directions the distance says nothing'
    : square === 0
      ? 'Regressions on either space predict exactly the same'
      : `Regressions on the two spaces differ by ${inWords(100 * (1 - share))} % of what they would if rows were paired at random`;
  return `${where} (GULP d² ${inWords(square)}; ${inWords(level)} by chance; ${inWords(most)} for nothing in common).`;
}
