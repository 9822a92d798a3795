import { z } from 'zod';
import { defineMethod, type Outcome, type Representation } from '../method';
import { gather, oddities } from '../shared/gather';
import { scorePairs } from '../shared/pairs';
import { inWords } from '../shared/reading';
import { constantColumns, fewRows } from '../shared/warnings';
import { align, NO_SHAPE, type Shape, shapeBytes, shapeDistance, shapeOf } from './alignment';
import { directions } from './alignment-figures';
import { closeWarning, shapePair } from './shapes-of-moments';

export const angularShape = defineMethod({
  id: 'angular-shape',
  kind: 'compare',
  title: 'Angular shape distance',
  summary:
    'The angle between two spaces as points of shape space: a metric, so that spaces can be clustered and mapped.',
  blindTo: 'sees every direction by its standard deviation; small for anything where units are not far fewer than rows',
  takes: 'pair',
  parameters: z.object({}),
  values: [{ key: 'distance', title: 'Angular distance', range: [0, Math.PI / 2], better: 'lower', self: 0 }],
  invariances: ['permutation', 'orthogonal', 'scaling', 'translation', 'sign'],
  symmetric: true,
  cost: 'O(npq + pq min(p, q))',
  formula: 'arccos(‖XᵀY‖* / (‖X‖ ‖Y‖)), columns centred, in radians',
  tex: String.raw`\theta(X, Y) = \arccos \frac{\lVert X^\top Y\rVert_*}{\lVert X\rVert_F\,\lVert Y\rVert_F}`,
  citation:
    'Williams, Kunz, Kornblith, Linderman (2021). Generalized shape metrics on neural representations. NeurIPS. arXiv:2110.14739',
  async run(inputs, _, context) {
    const [x, y] = inputs as [Representation, Representation];
    const warnings = [...constantColumns(x), ...constantColumns(y), ...fewRows(x.matrix.rows)];
    const steps = ['columns centred', 'scaled to equal total variance', 'float64'];
    const [a, b] = [await shapeOf(x, context), await shapeOf(y, context)];
    if (a === null || b === null) {
      return { values: { distance: null }, steps, warnings: [...warnings, `Angular shape distance: ${NO_SHAPE}.`] };
    }
    const { distance, parts } = await align(a, b, context);
    const angle = angleOf(distance);
    return {
      values: { distance: angle },
      figures: [directions(parts)],
      steps,
      reading: reading(angle),
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
      return { values: { distance: null }, steps, warnings: [...warnings, `Angular shape distance: ${NO_SHAPE}.`] };
    const angle = angleOf(pair.distance);
    return {
      values: { distance: angle },
      figures: [directions(pair.parts)],
      steps,
      reading: reading(angle),
      warnings: [...warnings, ...closeWarning(pair)],
    } satisfies Outcome;
  },
  fromMoments: {
    double: true,
    async score(moments, x, y, _, context) {
      const pair = await shapePair(moments, x, y, context);
      return pair === null
        ? { value: null, warning: NO_SHAPE }
        : { value: angleOf(pair.distance), warning: closeWarning(pair)[0] };
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
        return { value: a === b ? 0 : angleOf(await shapeDistance(a, b, context)) };
      },
      shapeBytes,
    ),
});

function reading(angle: number): string {
  const degrees = inWords((angle * 180) / Math.PI);
  return `After the best rotation the two spaces stand at ${degrees} degrees to each other, of 0 for the same shape and 90 for nothing shared (angular distance ${inWords(angle)}; chance has no closed form).`;
}

/** The arc of a chord of the unit sphere: the arc cosine of the similarity, without its loss of digits near zero. */
function angleOf(distance: number): number {
  return 2 * Math.asin(distance / 2);
}
