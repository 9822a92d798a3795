import { z } from 'zod';
import { defineMethod, type Outcome, type Representation } from '../method';
import { contributed } from '../shared/contributions';
import { gather, oddities } from '../shared/gather';
import { scorePairs } from '../shared/pairs';
import { principalAxes } from '../shared/pca';
import { grade, inWords } from '../shared/reading';
import { constantColumns, fewRows } from '../shared/warnings';
import { align, chanceBound, NO_SHAPE, type Shape, shapeBytes, shapeDistance, shapeOf } from './alignment';
import { directions } from './alignment-figures';
import { shapeContributions } from './shape-contributions';
import { closeWarning, shapePair, spectraOfMoments } from './shapes-of-moments';

export const normalisedBures = defineMethod({
  id: 'normalised-bures',
  kind: 'compare',
  title: 'Normalised Bures similarity',
  summary:
    'The cosine between two spaces after the best rotation: the fidelity of their two matrices of inner products.',
  blindTo: 'sees every direction by its standard deviation; high for anything where units are not far fewer than rows',
  takes: 'pair',
  parameters: z.object({}),
  values: [{ key: 'similarity', title: 'Normalised Bures similarity', range: [0, 1], better: 'higher', self: 1 }],
  invariances: ['permutation', 'orthogonal', 'scaling', 'translation', 'sign'],
  symmetric: true,
  cost: 'O(npq + pq min(p, q))',
  formula: '‖XᵀY‖* / (‖X‖ ‖Y‖) = tr √(√K L √K) / √(tr K tr L), K = XXᵀ and L = YYᵀ; columns centred',
  tex: String.raw`\frac{\lVert X^\top Y\rVert_*}{\lVert X\rVert_F\,\lVert Y\rVert_F} = \frac{\operatorname{tr}\sqrt{\sqrt K\,L\,\sqrt K}}{\sqrt{\operatorname{tr} K\,\operatorname{tr} L}}`,
  citation:
    'Tang, Maddox, Dickens, Diethe, Damianou (2020). Similarity of neural networks with gradients. arXiv:2003.11498; Harvey, Larsen, Williams (2023). Duality of Bures and shape distances. arXiv:2311.11436',
  async run(inputs, _, context) {
    const [x, y] = inputs as [Representation, Representation];
    const rows = x.matrix.rows;
    const warnings = [...constantColumns(x), ...constantColumns(y), ...fewRows(rows)];
    const steps = ['columns centred', 'scaled to equal total variance', 'float64'];
    const [a, b] = [await shapeOf(x, context), await shapeOf(y, context)];
    if (a === null || b === null)
      return {
        values: { similarity: null },
        steps,
        warnings: [...warnings, `Normalised Bures similarity: ${NO_SHAPE}.`],
      };
    const alignment = await align(a, b, context);
    const { similarity, parts } = alignment;
    const adds = await shapeContributions([x, y], [a, b], alignment, context);
    const own = contributed(adds, [x, y], 'the Bures similarity', context);
    const axes = [await principalAxes(a.matrix, 0, context), await principalAxes(b.matrix, 0, context)] as const;
    const bound = chanceBound(rows, axes[0].squares, axes[1].squares);
    return {
      values: { similarity: Math.min(1, similarity) },
      tables: own.tables,
      figures: [directions(parts), ...own.figures],
      steps,
      reading: reading(similarity, bound),
      warnings,
    } satisfies Outcome;
  },
  room: (inputs) => Math.max(...inputs.map(({ rows, columns }) => 40 * rows * columns)),
  async stream(stream, _, context) {
    const { moments, steps: how } = await gather(stream, true, context, 0.8);
    const warnings = oddities(stream, moments);
    const steps = ['columns centred', 'scaled to equal total variance', ...how];
    const pair = await shapePair(moments, 0, 1, context);
    if (pair === null)
      return {
        values: { similarity: null },
        steps,
        warnings: [...warnings, `Normalised Bures similarity: ${NO_SHAPE}.`],
      };
    const { bound } = await spectraOfMoments(moments, context);
    return {
      values: { similarity: pair.similarity },
      figures: [directions(pair.parts)],
      steps,
      reading: reading(pair.similarity, bound),
      warnings: [...warnings, ...closeWarning(pair)],
    } satisfies Outcome;
  },
  fromMoments: {
    double: true,
    async score(moments, x, y, _, context) {
      const pair = await shapePair(moments, x, y, context);
      return pair === null ? { value: null, warning: NO_SHAPE } : { value: pair.similarity };
    },
  },
  sweep: (rows, columns, _, context) =>
    scorePairs(
      rows,
      columns,
      context,
      (input) => shapeOf(input, context),
      async (a: Shape | null, b) => {
        if (a === null || b === null) return { value: null, warning: NO_SHAPE };
        return { value: a === b ? 1 : 1 - (await shapeDistance(a, b, context)) ** 2 / 2 };
      },
      shapeBytes,
    ),
});

function reading(similarity: number, bound: number): string {
  const words = {
    chance: 'is not told from that of rows paired at random',
    little: 'is small',
    part: 'is partial',
    much: 'is large',
    most: 'is nearly complete',
  };
  return `The overlap of the two spaces after the best rotation ${words[grade(similarity, { level: bound })]} (${inWords(similarity)}; rows paired at random reach ${inWords(bound)} at most on average).`;
}
