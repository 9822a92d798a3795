import type { Matrix } from '../../linalg/matrix';
import type { Moments } from '../../linalg/moments';
import type { Signal } from '../../linalg/signal';
import type { Context, Outcome, PairScore, PairScores, Representation, RowStream } from '../method';
import { gather, oddities } from '../shared/gather';
import { scorePairs } from '../shared/pairs';
import { correlations, reserveTables, type UnitNames, unitsOf } from './correlation';
import { correlationsOfMoments, NO_CHANCE, unitsOfMoments } from './moments';
import { type MatchingChoice, NO_UNITS, requireRows, strengths } from './shuffled';

/** The first value of a matching of units, given how strongly they go together. */
type Score = (strength: Matrix, signal: Signal) => number;

/** Every pair of representations in one sweep, by a matching that correlations of units decide. */
export function sweepBy(score: Score) {
  return async (
    rows: readonly Representation[],
    columns: readonly Representation[],
    { sign }: MatchingChoice,
    context: Context,
  ): Promise<PairScores> => {
    for (const { matrix } of rows.slice(0, 1)) requireRows(matrix.rows);
    return scorePairs(
      rows,
      columns,
      context,
      async (input) => unitsOf(input),
      async (x, y) => {
        if (x.kept.length === 0 || y.kept.length === 0) return { value: null, warning: NO_UNITS };
        reserveTables(x, y, context);
        const r = await correlations(x, y, context.signal);
        return { value: score(strengths(r, sign), context.signal) };
      },
    );
  };
}

/** The same from the sums over rows. */
export function fromMomentsBy(score: Score) {
  return {
    double: true,
    async score(
      moments: Moments,
      x: number,
      y: number,
      { sign }: MatchingChoice,
      context: Context,
    ): Promise<PairScore> {
      requireRows(moments.rows);
      const [a, b] = [unitsOfMoments(moments, x, ''), unitsOfMoments(moments, y, '')];
      if (a.kept.length === 0 || b.kept.length === 0) return { value: null, warning: NO_UNITS };
      const r = correlationsOfMoments(moments, [x, a], [y, b], context);
      return { value: score(strengths(r, sign), context.signal) };
    },
  };
}

/**
 * A matching of two inputs larger than memory, in one pass.
 * @param matched all that the matching says, from the correlations of the units and how many rows they are over
 * @param empty its values where a side has no unit that varies
 */
export async function streamed(
  stream: RowStream,
  { permutations }: MatchingChoice,
  context: Context,
  empty: Outcome['values'],
  matched: (
    r: Matrix,
    units: readonly [UnitNames, UnitNames],
    rows: number,
  ) => Outcome & Required<Pick<Outcome, 'steps' | 'warnings'>>,
): Promise<Outcome> {
  const { moments, steps } = await gather(stream, true, context, 0.8);
  requireRows(moments.rows);
  const warnings = oddities(stream, moments);
  const [x, y] = stream.inputs.map(({ name }, k) => unitsOfMoments(moments, k, name)) as [UnitNames, UnitNames];
  if (x.kept.length === 0 || y.kept.length === 0) return { values: empty, warnings };
  const r = correlationsOfMoments(moments, [0, x], [1, y], context);
  context.progress(0.8, 'Matching');
  const outcome = matched(r, [x, y], moments.rows);
  return {
    ...outcome,
    steps: [...steps, ...outcome.steps],
    warnings: [...warnings, ...outcome.warnings, ...(permutations > 0 ? [NO_CHANCE] : [])],
  };
}
