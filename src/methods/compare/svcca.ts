import { z } from 'zod';
import { defineMethod, type Outcome, type Representation } from '../method';
import { scorePairs } from '../shared/pairs';
import { percent } from '../shared/pca';
import { grade, inWords } from '../shared/reading';
import { constantColumns, fewRows } from '../shared/warnings';
import {
  type Basis,
  basisBytes,
  basisOf,
  type Canonical,
  type Cut,
  canonicalCorrelations,
  correlationFigure,
  correlationTable,
  forcedWarning,
  NO_DIRECTIONS,
} from './canonical';

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
  formula:
    'mean of the singular values ρ of UₓᵀUᵧ, U the fewest left singular vectors with Σσ² / Σσ² of all >= 0.99; columns centred',
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
    for (const [input, basis] of [
      [x, a],
      [y, b],
    ] as const) {
      if (chosen.dimensions > basis.rank)
        warnings.push(
          `${input.name} has ${basis.rank} directions only; all were kept instead of ${chosen.dimensions}.`,
        );
    }
    context.progress(0.8, 'Canonical correlations');
    const canonical = await canonicalCorrelations(a, b, context);
    const kept = (basis: Basis) => `${basis.u.columns} of ${basis.rank} (${percent(basis.share)} of variance)`;
    return {
      values: { similarity: canonical.mean, 'rho-squared': canonical.meanSquare },
      chance: { 'rho-squared': canonical.chance },
      tables: { correlations: correlationTable(canonical) },
      figures: [correlationFigure(canonical)],
      steps: ['columns centred', `principal components kept: ${kept(a)} and ${kept(b)}`, 'float64'],
      reading: reading(canonical, a, b),
      warnings: [...forcedWarning(canonical, a, b), ...warnings],
    } satisfies Outcome;
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
        return { value: canonical.mean, warning: forcedWarning(canonical, a, b)[0] };
      },
      basisBytes,
    ),
});

function cutOf({ variance, dimensions }: z.output<typeof parameters>): Cut {
  if (dimensions > 0) return () => dimensions;
  return (squares) => {
    const total = squares.reduce((sum, square) => sum + square, 0);
    let sum = 0;
    const last = squares.findIndex((square) => {
      sum += square;
      return sum >= variance * total;
    });
    return last < 0 ? squares.length : last + 1;
  };
}

function reading({ mean, meanSquare, chance, forced }: Canonical, x: Basis, y: Basis): string {
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
