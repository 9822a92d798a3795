import { z } from 'zod';
import { defineMethod, type Outcome, type Representation, type Streamed } from '../method';
import { contributed } from '../shared/contributions';
import { gather, oddities } from '../shared/gather';
import { scorePairs } from '../shared/pairs';
import { grade, inWords } from '../shared/reading';
import { constantColumns, fewRows } from '../shared/warnings';
import {
  type Basis,
  basisBytes,
  basisOf,
  type Canonical,
  canonicalCorrelations,
  correlationFigure,
  correlationTable,
  everything,
  forcedWarning,
  NO_DIRECTIONS,
  SPANNED,
} from './canonical';
import { canonicalContributions } from './canonical-contributions';
import { basisOfMoments, canonicalOfMoments, squaredWarnings } from './canonical-moments';

export const meanCca = defineMethod({
  id: 'mean-cca',
  kind: 'compare',
  title: 'Mean CCA',
  summary:
    'The mean canonical correlation: how well directions of one space can be found in the other by any linear map.',
  blindTo:
    'blind to how much variance a direction holds: noise counts as much as signal; meaningless where units outnumber rows',
  takes: 'pair',
  parameters: z.object({}),
  values: [
    { key: 'similarity', title: 'Mean canonical correlation', range: [0, 1], better: 'higher', self: 1 },
    { key: 'rho-squared', title: 'Mean squared canonical correlation', range: [0, 1], better: 'higher', self: 1 },
  ],
  invariances: ['permutation', 'orthogonal', 'scaling', 'translation', 'column-scaling', 'linear', 'sign'],
  symmetric: true,
  cost: 'O(n (p² + q²))',
  formula: `mean of the min(rank X, rank Y) singular values ρ of QₓᵀQᵧ, Q an orthonormal basis of the centred columns; ${SPANNED}`,
  tex: String.raw`\bar\rho = \frac1r \sum_{i=1}^{r} \sigma_i(Q_X^\top Q_Y), \qquad r = \min(\operatorname{rank} X, \operatorname{rank} Y)`,
  citation:
    'Hotelling (1936). Relations between two sets of variates. Biometrika 28; Raghu, Gilmer, Yosinski, Sohl-Dickstein (2017). SVCCA. NeurIPS. arXiv:1706.05806',
  async run(inputs, _, context) {
    const [x, y] = inputs as [Representation, Representation];
    const warnings = [...constantColumns(x), ...constantColumns(y), ...fewRows(x.matrix.rows)];
    context.progress(0, `Directions of ${x.name}`);
    const a = await basisOf(x, everything, context);
    context.progress(0.4, `Directions of ${y.name}`);
    const b = await basisOf(y, everything, context);
    if (a === null || b === null) {
      const values = { similarity: null, 'rho-squared': null };
      return { values, steps: ['columns centred'], warnings: [...warnings, `Mean CCA: ${NO_DIRECTIONS}.`] };
    }
    context.progress(0.8, 'Canonical correlations');
    const canonical = await canonicalCorrelations(a, b, context);
    const parts = await canonicalContributions(a, b, (rho) => rho.map(() => 1 / rho.length), context);
    const own = contributed(parts, [x, y], 'the mean canonical correlation', context);
    return {
      values: { similarity: canonical.mean, 'rho-squared': canonical.meanSquare },
      chance: { 'rho-squared': canonical.chance },
      tables: { correlations: correlationTable(canonical), ...own.tables },
      figures: [correlationFigure(canonical), ...own.figures],
      steps: [
        'columns centred',
        `ranks ${a.rank} of ${x.matrix.columns} and ${b.rank} of ${y.matrix.columns}`,
        'float64',
        ...own.steps,
      ],
      reading: reading(canonical),
      warnings: [...forcedWarning(canonical, a, b), ...warnings],
    } satisfies Outcome;
  },
  room: (inputs) => Math.max(...inputs.map(({ rows, columns }) => 48 * rows * columns)),
  async stream(stream, _, context) {
    const { moments, steps: how } = await gather(stream, true, context, 0.6);
    const [x, y] = stream.inputs as [Streamed, Streamed];
    const warnings = oddities(stream, moments);
    context.progress(0.6, `Directions of ${x.name}`);
    const a = await basisOfMoments(moments, 0, everything, true, context);
    context.progress(0.75, `Directions of ${y.name}`);
    const b = await basisOfMoments(moments, 1, everything, true, context);
    if (a === null || b === null) {
      const values = { similarity: null, 'rho-squared': null };
      return { values, steps: ['columns centred', ...how], warnings: [...warnings, `Mean CCA: ${NO_DIRECTIONS}.`] };
    }
    context.progress(0.9, 'Canonical correlations');
    const canonical = await canonicalOfMoments(moments, [0, a], [1, b], context);
    return {
      values: { similarity: canonical.mean, 'rho-squared': canonical.meanSquare },
      chance: { 'rho-squared': canonical.chance },
      tables: { correlations: correlationTable(canonical) },
      figures: [correlationFigure(canonical)],
      steps: ['columns centred', `ranks ${a.rank} of ${x.columns} and ${b.rank} of ${y.columns}`, ...how],
      reading: reading(canonical),
      warnings: [...forcedWarning(canonical, a, b), ...warnings, ...squaredWarnings([x.name, y.name], [a, b])],
    } satisfies Outcome;
  },
  fromMoments: {
    double: true,
    async score(moments, x, y, _, context) {
      const a = await basisOfMoments(moments, x, everything, true, context);
      const b = x === y ? a : await basisOfMoments(moments, y, everything, true, context);
      if (a === null || b === null) return { value: null, warning: NO_DIRECTIONS };
      const canonical = await canonicalOfMoments(moments, [x, a], [y, b], context);
      const warnings = [...forcedWarning(canonical, a, b), ...squaredWarnings(['the first', 'the second'], [a, b])];
      return { value: canonical.mean, warning: warnings[0] };
    },
  },
  sweep: (rows, columns, _, context) =>
    scorePairs(
      rows,
      columns,
      context,
      (input) => basisOf(input, everything, context),
      async (a: Basis | null, b) => {
        if (a === null || b === null) return { value: null, warning: NO_DIRECTIONS };
        const canonical = await canonicalCorrelations(a, b, context);
        return { value: canonical.mean, warning: forcedWarning(canonical, a, b)[0] };
      },
      basisBytes,
    ),
});

function reading({ mean, meanSquare, chance, forced }: Canonical): string {
  const numbers = `(mean canonical correlation ${inWords(mean)}; mean square ${inWords(meanSquare)}, ${inWords(chance.level)} by chance)`;
  if (forced > 0) return `There are too few rows for canonical correlations to say anything ${numbers}.`;
  const words = {
    chance: 'no better than from rows paired at random',
    little: 'only a little better than by chance',
    part: 'in part',
    much: 'for the most part',
    most: 'almost entirely',
  };
  return `A linear map finds the directions of one space in the other ${words[grade(meanSquare, chance)]} ${numbers}.`;
}
