import { z } from 'zod';
import { dot } from '../../linalg/norms';
import { defineMethod, type Outcome, type Representation } from '../method';
import { inWords } from '../shared/reading';
import { constantColumns, fewRows } from '../shared/warnings';
import { chanceOf, permutationMoments, type Side } from './cka';
import { componentFigures } from './components';
import { linearKernels } from './linear-kernel';

export const ensd = defineMethod({
  id: 'ensd',
  kind: 'compare',
  title: 'Effective number of shared dimensions',
  summary: 'How many dimensions the two spaces share, counted as the participation ratio counts those of one.',
  blindTo: 'blind to low-variance directions; no share of a whole: read it beside both participation ratios',
  takes: 'pair',
  parameters: z.object({}),
  values: [
    { key: 'dimensions', title: 'Shared dimensions', range: [0, null], better: 'higher' },
    { key: 'first', title: 'Participation ratio of the first', range: [0, null] },
    { key: 'second', title: 'Participation ratio of the second', range: [0, null] },
  ],
  invariances: ['permutation', 'orthogonal', 'scaling', 'translation', 'sign'],
  symmetric: true,
  cost: 'O(n min(p² + pq + q², n (p + q)))',
  formula: 'tr K tr L tr(KL) / (tr K² tr L²) = CKA √(PR(X) PR(Y)), K = XXᵀ, L = YYᵀ; columns centred',
  tex: String.raw`\frac{\operatorname{tr} K\,\operatorname{tr} L\,\operatorname{tr}(KL)}{\operatorname{tr} K^2\,\operatorname{tr} L^2} = \mathrm{CKA}(K, L)\sqrt{\mathrm{PR}(X)\,\mathrm{PR}(Y)}`,
  citation:
    'Giaffar, Rullán Buxó, Aoi (2024). The effective number of shared dimensions: a simple method for revealing shared structure between datasets. bioRxiv 2023.07.27.550815',
  async run(inputs, _, context) {
    const [x, y] = inputs as [Representation, Representation];
    const { cross, x: a, y: b, steps } = await linearKernels([x, y], context);
    const warnings = [...constantColumns(x), ...constantColumns(y), ...fewRows(x.matrix.rows)];
    const [first, second] = [participation(a), participation(b)];
    if (first === null || second === null) {
      const values = { dimensions: null, first, second };
      return {
        values,
        steps,
        warnings: [...warnings, 'Shared dimensions: one of them has the same value in every row.'],
      };
    }
    const unit = (trace(a) * trace(b)) / (a.squared * b.squared);
    const { mean, variance } = permutationMoments(a, b);
    const how = 'Mean over all pairings of the rows, in closed form (Kazi-Aoual et al. 1995).';
    const sd = variance === null ? undefined : Math.sqrt(variance) * unit;
    const value = cross * unit;
    return {
      values: { dimensions: value, first, second },
      chance: { dimensions: chanceOf(value, mean * unit, sd, how) },
      figures: await componentFigures(x, y, cross / Math.sqrt(a.squared * b.squared), context),
      steps,
      reading: `The spaces share about ${inWords(value)} dimensions of the ${inWords(first)} that ${x.name} and the ${inWords(second)} that ${y.name} effectively has (${inWords(mean * unit)} if rows were paired at random).`,
      warnings,
    } satisfies Outcome;
  },
});

function trace({ diagonal }: Side): number {
  return diagonal.reduce((sum, value) => sum + value, 0);
}

/** tr(K)² / tr(K²); null where nothing varies. */
function participation(side: Side): number | null {
  const sum = dot(side.diagonal, new Float64Array(side.diagonal.length).fill(1));
  return side.squared > 0 ? sum ** 2 / side.squared : null;
}
