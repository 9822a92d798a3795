import { z } from 'zod';
import { defineMethod, type Outcome, type Representation, type Streamed } from '../method';
import { contributed } from '../shared/contributions';
import { gather, oddities } from '../shared/gather';
import { scorePairs } from '../shared/pairs';
import { percent } from '../shared/pca';
import { grade, inWords } from '../shared/reading';
import { constantColumns, fewRows } from '../shared/warnings';
import {
  type Basis,
  type BasisSize,
  basisBytes,
  basisOf,
  type Canonical,
  type Cut,
  canonicalCorrelations,
  correlationFigure,
  correlationTable,
  forcedWarning,
  KEPT,
  NO_DIRECTIONS,
} from './canonical';
import { canonicalContributions } from './canonical-contributions';
import { basisOfMoments, canonicalOfMoments, type MomentBasis, squaredWarnings } from './canonical-moments';

const parameters = z.object({
  variance: z.number().gt(0).max(1).default(0.99).meta({
    title: 'Variance kept',
    description: 'The fewest principal components that hold this share of the variance are kept of each side.',
  }),
  dimensions: z
    .int()
    .min(0)
    .max(100_000)
    .default(0)
    .meta({ title: 'Components kept', description: 'A fixed number of components instead; 0: by variance.' }),
  cut: z.enum(['variance', 'singular-values']).default('variance').meta({
    title: 'Cut by',
    description:
      'What must add up to that share: variances, as defined; or singular values, their roots, as some code takes them, which keeps more.',
  }),
  average: z.enum(['all', 'leading']).default('all').meta({
    title: 'Mean of',
    description:
      'all: every canonical correlation. leading: the fewest largest ones that hold 98 % of their sum, as google/svcca takes it, which is higher.',
  }),
});

export const svcca = defineMethod({
  id: 'svcca',
  kind: 'compare',
  title: 'SVCCA',
  summary: 'The mean canonical correlation between the principal components that hold most of the variance.',
  blindTo: 'blind to the variance of a direction once it is kept, and to all that is cut; jumps where the cut moves',
  takes: 'pair',
  parameters,
  values: [
    { key: 'similarity', title: 'SVCCA', range: [0, 1], better: 'higher', self: 1 },
    { key: 'rho-squared', title: 'Mean squared canonical correlation', range: [0, 1], better: 'higher', self: 1 },
  ],
  invariances: ['permutation', 'orthogonal', 'scaling', 'translation', 'sign'],
  symmetric: true,
  cost: 'O(n (p² + q²))',
  formula: `mean of the singular values ρ of UₓᵀUᵧ, U the fewest left singular vectors with Σσ² / Σσ² of all >= 0.99; columns centred; ${KEPT}`,
  tex: String.raw`\frac1r \sum_{i=1}^{r} \sigma_i(U_X^\top U_Y), \qquad U = \text{fewest left singular vectors with } \sum \sigma^2 \ge \tau \sum_{\text{all}} \sigma^2`,
  citation:
    'Raghu, Gilmer, Yosinski, Sohl-Dickstein (2017). SVCCA: singular vector canonical correlation analysis for deep learning dynamics and interpretability. NeurIPS. arXiv:1706.05806',
  async run(inputs, chosen, context) {
    const [x, y] = inputs as [Representation, Representation];
    const cut = cutOf(chosen);
    const warnings = [...constantColumns(x), ...constantColumns(y), ...fewRows(x.matrix.rows)];
    context.progress(0, `Principal components of ${x.name}`);
    const a = await basisOf(x, cut, context);
    context.progress(0.4, `Principal components of ${y.name}`);
    const b = await basisOf(y, cut, context);
    if (a === null || b === null) {
      const values = { similarity: null, 'rho-squared': null };
      return { values, steps: ['columns centred'], warnings: [...warnings, `SVCCA: ${NO_DIRECTIONS}.`] };
    }
    warnings.push(...tooFew(x.name, a, chosen.dimensions), ...tooFew(y.name, b, chosen.dimensions));
    context.progress(0.8, 'Canonical correlations');
    const canonical = await canonicalCorrelations(a, b, context);
    const parts = await canonicalContributions(a, b, (rho) => weightsOf(rho, chosen), context);
    const own = contributed(parts, [x, y], 'SVCCA', context);
    return {
      values: { similarity: meanOf(canonical, chosen), 'rho-squared': canonical.meanSquare },
      chance: { 'rho-squared': canonical.chance },
      tables: { correlations: correlationTable(canonical), ...own.tables },
      figures: [correlationFigure(canonical), ...own.figures],
      steps: [
        'columns centred',
        `principal components kept: ${keptOf(a, x.matrix)} and ${keptOf(b, y.matrix)}`,
        'float64',
        ...own.steps,
      ],
      reading: reading({ ...canonical, mean: meanOf(canonical, chosen) }, a, b),
      warnings: [...forcedWarning(canonical, a, b), ...warnings],
    } satisfies Outcome;
  },
  room: (inputs) => Math.max(...inputs.map(({ rows, columns }) => 48 * rows * columns)),
  async stream(stream, chosen, context) {
    const { moments, steps: how } = await gather(stream, true, context, 0.6);
    const [x, y] = stream.inputs as [Streamed, Streamed];
    const cut = cutOf(chosen);
    const warnings = oddities(stream, moments);
    context.progress(0.6, `Principal components of ${x.name}`);
    const a = await basisOfMoments(moments, 0, cut, false, context);
    context.progress(0.75, `Principal components of ${y.name}`);
    const b = await basisOfMoments(moments, 1, cut, false, context);
    if (a === null || b === null) {
      const values = { similarity: null, 'rho-squared': null };
      return { values, steps: ['columns centred', ...how], warnings: [...warnings, `SVCCA: ${NO_DIRECTIONS}.`] };
    }
    warnings.push(...tooFew(x.name, a, chosen.dimensions), ...tooFew(y.name, b, chosen.dimensions));
    context.progress(0.9, 'Canonical correlations');
    const canonical = await canonicalOfMoments(moments, [0, a], [1, b], context);
    return {
      values: { similarity: meanOf(canonical, chosen), 'rho-squared': canonical.meanSquare },
      chance: { 'rho-squared': canonical.chance },
      tables: { correlations: correlationTable(canonical) },
      figures: [correlationFigure(canonical)],
      steps: ['columns centred', `principal components kept: ${keptOf(a, x)} and ${keptOf(b, y)}`, ...how],
      reading: reading({ ...canonical, mean: meanOf(canonical, chosen) }, a, b),
      warnings: [...forcedWarning(canonical, a, b), ...warnings, ...weakness([x.name, y.name], [a, b])],
    } satisfies Outcome;
  },
  fromMoments: {
    double: true,
    async score(moments, x, y, chosen, context) {
      const a = await basisOfMoments(moments, x, cutOf(chosen), false, context);
      const b = x === y ? a : await basisOfMoments(moments, y, cutOf(chosen), false, context);
      if (a === null || b === null) return { value: null, warning: NO_DIRECTIONS };
      const canonical = await canonicalOfMoments(moments, [x, a], [y, b], context);
      const warnings = [...forcedWarning(canonical, a, b), ...weakness(['the first', 'the second'], [a, b])];
      return { value: meanOf(canonical, chosen), warning: warnings[0] };
    },
  },
  sweep: (rows, columns, chosen, context) =>
    scorePairs(
      rows,
      columns,
      context,
      (input) => basisOf(input, cutOf(chosen), context),
      async (a: Basis | null, b) => {
        if (a === null || b === null) return { value: null, warning: NO_DIRECTIONS };
        const canonical = await canonicalCorrelations(a, b, context);
        return { value: meanOf(canonical, chosen), warning: forcedWarning(canonical, a, b)[0] };
      },
      basisBytes,
    ),
});

/** Directions that are lost are those that are cut off. */
function weakness(names: readonly string[], bases: readonly MomentBasis[]): string[] {
  return squaredWarnings(
    names,
    bases.map((basis) => ({ ...basis, lost: 0 })),
  );
}

function keptOf(
  { u, rank, share }: BasisSize & Pick<Basis, 'rank' | 'share'>,
  { columns }: { readonly columns: number },
): string {
  const lost = Math.min(u.rows - 1, columns) - rank;
  const beyond = lost > 0 ? `; ${lost} more of no more than rounding` : '';
  return `${u.columns} of ${rank} (${percent(share)} of variance${beyond})`;
}

function tooFew(name: string, { rank }: Pick<Basis, 'rank'>, wanted: number): string[] {
  return wanted > rank ? [`${name} has ${rank} directions only; all were kept instead of ${wanted}.`] : [];
}

function cutOf({ variance, dimensions, cut }: z.output<typeof parameters>): Cut {
  if (dimensions > 0) return () => dimensions;
  return (squares) => {
    const sizes = cut === 'variance' ? squares : squares.map(Math.sqrt);
    const total = sizes.reduce((sum, size) => sum + size, 0);
    let sum = 0;
    const last = sizes.findIndex((size) => {
      sum += size;
      return sum >= variance * total;
    });
    return last < 0 ? squares.length : last + 1;
  };
}

/** Share of the sum of the correlations that the leading ones hold. */
const LEADING = 0.98;

function meanOf({ correlations, mean }: Canonical, chosen: z.output<typeof parameters>): number {
  const count = countOf(correlations, chosen);
  if (count === correlations.length) return mean;
  return correlations.subarray(0, count).reduce((sum, rho) => sum + rho, 0) / count;
}

/** How many correlations the mean is over. */
function countOf(correlations: Float64Array, { average }: z.output<typeof parameters>): number {
  if (average === 'all') return correlations.length;
  const total = correlations.reduce((sum, rho) => sum + rho, 0);
  let sum = 0;
  for (const [k, rho] of correlations.entries()) {
    sum += rho;
    if (sum >= LEADING * total) return k + 1;
  }
  return correlations.length;
}

/** What each correlation counts in the mean. */
function weightsOf(correlations: Float64Array, chosen: z.output<typeof parameters>): Float64Array {
  const count = countOf(correlations, chosen);
  return correlations.map((_, k) => (k < count ? 1 / count : 0));
}

function reading({ mean, meanSquare, chance, forced }: Canonical, x: BasisSize, y: BasisSize): string {
  const numbers = `(SVCCA ${inWords(mean)}; mean square ${inWords(meanSquare)}, ${inWords(chance.level)} by chance)`;
  if (forced > 0) return `There are too few rows for so many components to say anything ${numbers}.`;
  const words = {
    chance: 'are no more alike than by chance',
    little: 'are a little alike',
    part: 'are alike in part',
    much: 'are much alike',
    most: 'span nearly the same directions',
  };
  return `The ${x.u.columns} and ${y.u.columns} leading components ${words[grade(meanSquare, chance)]} ${numbers}.`;
}
