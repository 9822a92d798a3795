import { z } from 'zod';
import type { Matrix } from '../../linalg/matrix';
import { UserError } from '../../protocol/errors';
import type { Chance } from '../../protocol/result';
import type { Context } from '../method';
import { absolute, correlations, type Units } from './correlation';

/** The parameters of every matching by correlation. */
export const matchingParameters = {
  sign: z.enum(['signed', 'absolute']).default('signed').meta({
    title: 'Sign',
    description:
      'signed: units that rise together match; absolute: units that move oppositely match too (|r|). The tables and matrices always show r with its sign.',
  }),
  permutations: z.int().min(0).max(1000).default(10).meta({
    title: 'Random pairings',
    description:
      'How many times the matching is repeated with the rows of the second paired at random, to find the chance level; 0 leaves it out.',
  }),
} as const;

export interface MatchingChoice {
  readonly sign: 'signed' | 'absolute';
  readonly permutations: number;
}

/** What is matched: r or |r|. */
export function strengths(r: Matrix, sign: MatchingChoice['sign']): Matrix {
  return sign === 'absolute' ? absolute(r) : r;
}

/** Repeats a matching with the rows paired at random: the level, spread and z of each of its values. */
export async function chanceOf<Key extends string>(
  values: Readonly<Record<Key, number>>,
  [x, y]: readonly [Units, Units],
  { sign, permutations }: MatchingChoice,
  context: Context,
  score: (strength: Matrix) => Record<Key, number>,
): Promise<Record<Key, Chance> | Record<string, never>> {
  if (permutations === 0) return {};
  const draws: Record<Key, number>[] = [];
  for (let i = 0; i < permutations; i++) {
    context.progress(0.4 + (0.6 * i) / permutations, `Random pairing ${i + 1} of ${permutations}`);
    const shuffled = await correlations(x, y, context.signal, context.random.permutation(y.matrix.rows));
    draws.push(score(strengths(shuffled, sign)));
  }
  const keys = Object.keys(values) as Key[];
  return Object.fromEntries(
    keys.map((key) => [
      key,
      summarise(
        values[key],
        draws.map((draw) => draw[key]),
      ),
    ]),
  ) as Record<Key, Chance>;
}

/** The level, spread and z of a value among those of random pairings. */
export function summarise(value: number, draws: readonly number[]): Chance {
  const count = draws.length;
  const level = draws.reduce((sum, draw) => sum + draw, 0) / count;
  const how = `Mean of ${count} random pairing${count === 1 ? '' : 's'} of the rows; there is no closed form.`;
  if (count === 1) return { level, how };
  const sd = Math.sqrt(draws.reduce((sum, draw) => sum + (draw - level) ** 2, 0) / (count - 1));
  return sd > 1e-12 ? { level, sd, z: (value - level) / sd, how } : { level, sd, how };
}

export const NO_UNITS = 'every unit of one of them is constant, so nothing correlates';

/** @throws UserError where correlations are not defined */
export function requireRows(n: number): void {
  if (n < 3) throw new UserError(`Correlations of units need 3 rows or more; there are ${n}.`);
}
/** The same as a sentence that says what to do. */
export const NOTHING_CORRELATES =
  'Every unit of one of them is constant, so nothing correlates and the values are empty. Choose rows on which the units vary, or another layer.';
