import type { Chance } from '../../protocol/result';
import { count } from '../../protocol/words';

/** How much of what could be shared is shared, with chance as zero. */
export type Grade = 'chance' | 'little' | 'part' | 'much' | 'most';

/** Standard deviations above the mean of random pairings below which a score is not told from chance. */
const DISTINCT = 3;

/**
 * Places a score whose largest value is 1 between its chance level and 1: below a quarter of the way it is little, below
 * a half a part, below four fifths much. A score within three standard deviations of chance is chance, however large:
 * the permutation distributions are skewed to the right, and their 99 % points lie between 2.3 and 3.2 deviations.
 */
export function grade(value: number, { level, z }: Pick<Chance, 'level' | 'z'>): Grade {
  if (z !== undefined && z < DISTINCT) return 'chance';
  const share = (value - level) / (1 - level);
  if (!(share > 0)) return 'chance';
  if (share < 0.25) return 'little';
  if (share < 0.5) return 'part';
  return share < 0.8 ? 'much' : 'most';
}

/** Two decimals in a sentence; near 0 and 1, where two would hide the difference, as many as show it. */
export function inWords(value: number): string {
  const size = Math.abs(value);
  if (size < 1e-6) return '0';
  return plain(value, size).replaceAll('-', '−');
}

function plain(value: number, size: number): string {
  if (size < 0.01) return String(Number(value.toPrecision(1)));
  if (size < 1000) return value.toFixed(size > 0.99 && size < 1 ? 3 : 2);
  return size < 1e9 ? count(Math.round(value)) : value.toPrecision(3).replace('e+', 'e');
}
