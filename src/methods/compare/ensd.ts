import { z } from 'zod';
import { defineMethod, type Outcome, type Representation, type Streamed } from '../method';
import { contributed, withContributions } from '../shared/contributions';
import { gather, oddities } from '../shared/gather';
import { scoreWith } from '../shared/pairs';
import { inWords } from '../shared/reading';
import { constantColumns, fewRows } from '../shared/warnings';
import { type CkaScore, chanceOf, pairingMoments, type SideSums, sumsOf } from './cka';
import { componentFigures } from './components';
import { linearContributions } from './linear-contributions';
import { centredRoom, linearKernels, linearSweep, scoreOfMoments, sumsOfMoments } from './linear-kernel';

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
    const { cross, x: a, y: b, layers, steps } = await linearKernels([x, y], context);
    const warnings = [...constantColumns(x), ...constantColumns(y), ...fewRows(x.matrix.rows)];
    const outcome = outcomeOf(cross, [sumsOf(a), sumsOf(b)], [x.name, y.name], steps, warnings);
    if (outcome.values.dimensions === null) return outcome;
    const figures = await componentFigures(x, y, cross / Math.sqrt(a.squared * b.squared), context);
    const parts = await linearContributions(...layers, 1 / unitOf(sumsOf(a), sumsOf(b)), context);
    const adds = contributed(parts, [x, y], 'the shared dimensions', context);
    return withContributions({ ...outcome, figures, steps }, adds);
  },
  sweep: (rows, columns, _, context) =>
    linearSweep(rows, columns, (cross, a, b) => shared(cross, 0, sumsOf(a), sumsOf(b)), context),
  room: centredRoom,
  async stream(stream, _, context) {
    const { moments, steps: how } = await gather(stream, false, context);
    const [x, y] = stream.inputs as [Streamed, Streamed];
    const sides = [sumsOfMoments(moments, 0), sumsOfMoments(moments, 1)] as const;
    const steps = ['columns centred', ...how];
    return outcomeOf(moments.squaredNorm(0, 1), sides, [x.name, y.name], steps, oddities(stream, moments));
  },
  fromMoments: {
    double: false,
    async score(moments, x, y) {
      return scoreWith(scoreOfMoments(moments, x, y, shared));
    },
  },
});

function outcomeOf(
  cross: number,
  [a, b]: readonly [SideSums, SideSums],
  [x, y]: readonly [string, string],
  steps: readonly string[],
  warnings: readonly string[],
) {
  const { value, chance, warning } = shared(cross, 0, a, b);
  const [first, second] = [participation(a), participation(b)];
  const values = { dimensions: value, first, second };
  if (value === null || chance === undefined || first === null || second === null)
    return { values, steps, warnings: [...warnings, `Shared dimensions: ${warning}.`] } satisfies Outcome;
  return {
    values,
    chance: { dimensions: chance },
    steps,
    reading: `The spaces share about ${inWords(value)} dimensions of the ${inWords(first)} that ${x} and the ${inWords(second)} that ${y} effectively has (${inWords(chance.level)} if rows were paired at random).`,
    warnings,
  } satisfies Outcome;
}

function shared(cross: number, _: number, a: SideSums, b: SideSums): CkaScore {
  if (!(a.squared > 0 && b.squared > 0)) return { value: null, warning: 'one of them has the same value in every row' };
  const unit = unitOf(a, b);
  const { mean, variance } = pairingMoments(a, b);
  const how = 'Mean over all pairings of the rows, in closed form (Kazi-Aoual et al. 1995).';
  const sd = variance === null ? undefined : Math.sqrt(variance) * unit;
  return { value: cross * unit, chance: chanceOf(cross * unit, mean * unit, sd, how) };
}

/** What tr(KL) is multiplied by. */
function unitOf(a: SideSums, b: SideSums): number {
  return (a.trace * b.trace) / (a.squared * b.squared);
}

/** tr(K)² / tr(K²); null where nothing varies. */
function participation({ squared, trace }: SideSums): number | null {
  return squared > 0 ? trace ** 2 / squared : null;
}
