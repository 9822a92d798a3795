import { z } from 'zod';
import { centreColumns } from '../../linalg/centre';
import { symmetricEigen } from '../../linalg/eigen';
import { Matrix } from '../../linalg/matrix';
import { frobeniusSquared } from '../../linalg/norms';
import { crossProduct, gram, multiply } from '../../linalg/products';
import { type Context, defineMethod, type Outcome, type Representation } from '../method';
import { scorePairs } from '../shared/pairs';
import { inWords } from '../shared/reading';
import { constantColumns, fewRows } from '../shared/warnings';
import { align, NO_SHAPE, type Shape, shapeDistance } from './alignment';
import { directions } from './alignment-figures';

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
});

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
  cost: 'O(n (p² + q²))',
  formula: 'arccos(‖ZxᵀZy‖* / (‖Zx‖ ‖Zy‖)), Zx = Xc V (α + (1 - α) Λ^(-1/2)) Vᵀ with XcᵀXc = VΛVᵀ; in radians',
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
    const [a, b] = [await whitened(x, chosen, context), await whitened(y, chosen, context)];
    if (a === null || b === null)
      return { values: { distance: null }, steps, warnings: [...warnings, `Shape metric: ${NO_SHAPE}.`] };
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
        return { value: a === b ? 0 : angleOf(await shapeDistance(a, b, context)) };
      },
      ({ matrix }) => 8 * matrix.rows * Math.min(matrix.rows, matrix.columns),
    ),
});

/** The shape of the partially whitened representation, as its scores on its own principal axes: a rotation of it. */
async function whitened(
  { matrix }: Representation,
  { alpha, normalise }: z.output<typeof parameters>,
  context: Pick<Context, 'signal' | 'reserve'>,
): Promise<Shape | null> {
  context.signal.throwIfAborted();
  context.reserve(8 * 4 * matrix.rows * matrix.columns, 'the whitened representation');
  const x = centreColumns(matrix.toDouble());
  const total = frobeniusSquared(x);
  if (!(total > 0)) return null;
  const wide = x.columns > x.rows;
  const product = wide ? await gram(x, context) : await crossProduct(x, x, context);
  const { values, vectors } = await symmetricEigen(product, context);
  const least = Math.max(x.rows, x.columns) * Number.EPSILON * (values[0] ?? 0);
  const kept = [...values.keys()].filter((k) => (values[k] as number) > least);
  const axes = vectors.takeColumns(kept);
  // Left singular vectors times singular values, or the scores: either way n x rank.
  const scores = wide ? axes : await multiply(x, axes, context);
  const unit = normalise ? 1 / Math.sqrt(total) : 1;
  const out = Matrix.zeros(x.rows, kept.length);
  for (const [j, k] of kept.entries()) {
    const sigma = Math.sqrt(values[k] as number);
    const factor = (wide ? sigma : 1) * (alpha * unit + (1 - alpha) / sigma);
    for (let i = 0; i < x.rows; i++) out.data[i * kept.length + j] = scores.at(i, j) * factor;
  }
  const length = Math.sqrt(frobeniusSquared(out));
  for (let k = 0; k < out.data.length; k++) out.data[k] = (out.data[k] as number) / length;
  return { matrix: out, length };
}

/** The arc of a chord of the unit sphere. */
function angleOf(distance: number): number {
  return 2 * Math.asin(Math.min(1, distance / 2));
}
