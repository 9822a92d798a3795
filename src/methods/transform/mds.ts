import { z } from 'zod';
import { centreRows, normaliseInDouble } from '../../linalg/centre';
import { Matrix } from '../../linalg/matrix';
import { condensed } from '../../linalg/points';
import { scale } from '../../linalg/vectors';
import { UserError } from '../../protocol/errors';
import { count, some } from '../../protocol/words';
import { needsRows } from '../embed/made';
import { type Context, defineMethod, type Outcome, type Representation } from '../method';
import { inRange, rangeExponent } from '../shared/centred';
import type { MapMetric } from './faithfulness';
import { dimensionsParameter, faithfulnessValues, judgeParameters, mapOutcome, metricParameter } from './map';
import { classicalMap, smacof } from './scaling';

const parameters = z.object({
  how: z.enum(['smacof', 'classical']).default('smacof').meta({
    title: 'Scaling',
    description:
      'smacof: the distances on the map come as near to the given ones as can be, by least squares, from the classical start; classical: eigenvectors (of Euclidean distances it is PCA).',
  }),
  dimensions: dimensionsParameter,
  metric: metricParameter,
  rounds: z.int().min(1).max(10_000).default(300).meta({ title: 'Rounds', description: 'Of majorisation, at most.' }),
  tolerance: z.number().min(0).max(0.1).default(1e-6).meta({
    title: 'Tolerance',
    description: 'It stops where the stress falls by less than this part of itself in a round.',
  }),
  ...judgeParameters,
});

export const mds = defineMethod({
  id: 'mds',
  kind: 'transform',
  title: 'Multidimensional scaling',
  summary: 'Draws the rows so that their distances on the map are as near as possible to those in the representation.',
  blindTo: 'blind to fine neighbourhoods: large distances weigh most',
  takes: 'one',
  labels: 'optional',
  parameters,
  values: [
    ...faithfulnessValues,
    { key: 'stress', title: 'Stress-1 (Kruskal): 0 is perfect', range: [0, null], better: 'lower' },
    { key: 'rounds', title: 'Rounds of majorisation', range: [0, null] },
  ],
  invariances: ['permutation', 'orthogonal', 'scaling', 'translation', 'sign'],
  symmetric: false,
  cost: 'O(n²p) and O(n²) a round, in time; n² numbers twice in memory',
  formula:
    'classical: eigenvectors of -½ H D² H times the roots of their eigenvalues; smacof: X <- B(X) X / n, metric, all weights 1; stress-1 = sqrt(Σ(δ-d)² / Σ d²) over pairs',
  tex: String.raw`\min_Y \sum_{i<j} \bigl(\delta_{ij} - \lVert y_i - y_j\rVert\bigr)^2`,
  citation:
    'Torgerson (1952). Multidimensional scaling. Psychometrika 17. de Leeuw (1977). Applications of convex analysis to multidimensional scaling. Borg, Groenen (2005). Modern multidimensional scaling',
  async run([input], chosen, context) {
    const { name, matrix } = input as Representation;
    needsRows(matrix.rows, 'row');
    const n = matrix.rows;
    context.reserve(8 * (2.5 * n * n + 2 * n * matrix.columns), `the distances of all pairs of ${count(n)} rows`);
    context.progress(0.05, 'Distances');
    const distances = await squareDistances(inRange(matrix), chosen.metric, context);
    const squared = distances.map((d) => d * d);
    context.progress(0.2, 'Classical scaling');
    const start = await classicalMap(squared, chosen.dimensions, context);
    const made = smacof(
      distances,
      start,
      { rounds: chosen.how === 'classical' ? 0 : chosen.rounds, tolerance: chosen.tolerance },
      context,
    );
    // Cosines and correlations have no unit.
    if (chosen.metric === 'euclidean') scale(made.map.data, 2 ** rangeExponent(matrix));
    const outcome = await mapOutcome(
      {
        ...{ name, of: matrix, map: made.map, metric: chosen.metric },
        axes: ['map 1', 'map 2', 'map 3'],
        title: 'Multidimensional scaling',
        caption: 'Each point is a row; distances on the map stand for distances in the representation.',
      },
      chosen,
      context,
    );
    const stress = Number.isFinite(made.stress1) ? made.stress1 : null;
    return {
      ...outcome,
      values: { ...outcome.values, stress, rounds: made.rounds },
      representations: outcome.representations.map((one) => ({ ...one, name: `${name} MDS` })),
      steps: [
        chosen.how === 'classical' ? 'classical scaling' : `majorisation from the classical map, ${made.rounds} rounds`,
        ...outcome.steps,
      ],
      warnings: [
        ...(stress === null ? ['All rows fall on one point: stress cannot be computed.'] : []),
        ...(chosen.how === 'smacof' && !made.settled
          ? [`The stress was still falling after ${made.rounds} rounds: allow more (rounds).`]
          : []),
        ...outcome.warnings,
      ],
    } satisfies Outcome;
  },
});

/** n x n. @throws UserError where rows have no direction, which cosines and correlations need */
export async function squareDistances(
  x: Matrix,
  metric: MapMetric,
  context: Pick<Context, 'signal' | 'rows'>,
): Promise<Matrix<Float64Array>> {
  const pairs = await condensed(x, metric, { signal: context.signal });
  const n = x.rows;
  const out = Matrix.zeros(n, n);
  for (let i = 0, at = 0; i < n; i++)
    for (let j = i + 1; j < n; j++, at++) {
      const d = pairs[at] as number;
      if (Number.isNaN(d)) throw withoutDirection(metric, directionsOf(x, metric)?.zeroRows ?? [], context);
      out.data[i * n + j] = d;
      out.data[j * n + i] = d;
    }
  return out;
}

/** The rows as they are, or centred, at length one; null of Euclidean distances, for which lengths count. */
export function directionsOf(x: Matrix, metric: MapMetric) {
  return metric === 'euclidean' ? null : normaliseInDouble(metric === 'correlation' ? centreRows(x) : x);
}

/**
 * That these rows have no direction, which the metric needs.
 * @param of name of the representation, where there are several
 */
export function withoutDirection(
  metric: MapMetric,
  places: readonly number[],
  { rows: { index, names } }: Pick<Context, 'rows'>,
  of?: string,
): UserError {
  const rows = places.map((i) => names?.[i] ?? `${index[i] ?? i}`);
  const named = `${some(rows, 5)}${of === undefined ? '' : ` of ${of}`}`;
  const [which, are, have, them] =
    places.length === 1 ? [`Row ${named}`, 'is', 'has', 'it'] : [`Rows ${named}`, 'are', 'have', 'them'];
  const why = metric === 'cosine' ? `all zeros and ${have} no cosine` : `constant and ${have} no correlation`;
  return new UserError(`${which} ${are} ${why} with the others. Leave ${them} out, or use Euclidean distance.`);
}
