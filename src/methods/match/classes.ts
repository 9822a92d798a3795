import type { Matrix } from '../../linalg/matrix';
import type { CoClusters } from './co-clusters';
import { bestColumns } from './correlation';
import type { Match } from './hard';
import type { Prediction } from './prediction';

export const CLASSES = ['convergent', 'split', 'shared subspace', 'partial', 'rare', 'dead'] as const;
export type UnitClass = (typeof CLASSES)[number];

export interface Thresholds {
  /** Correlation with the matched partner from which on a unit is convergent. */
  readonly convergent: number;
  /** R² from few units from which on it is split. */
  readonly split: number;
  /** Mean canonical correlation of its cluster from which on the subspace is shared. */
  readonly shared: number;
  /** R² below which it is rare. */
  readonly rare: number;
  readonly few: number;
}

/** What is known of a unit that varies; partners are positions among such units of the other side. */
export interface UnitFacts {
  readonly class: UnitClass;
  readonly best: number;
  /** -1 where the widths differ and it has none. */
  readonly matched: number;
  readonly mutual: boolean;
  readonly prediction: Prediction;
  readonly cluster: number;
  /** Mean canonical correlation of its cluster; null where that has units of one side only. */
  readonly agreement: number | null;
}

/** The rule of each class, the first that holds deciding, in words. */
export function rules({ convergent, split, shared, rare, few }: Thresholds): Record<UnitClass, string> {
  return {
    convergent: `it and its one-to-one partner are each other's best, and correlate by ${convergent} or more`,
    split: `at most ${few} units of the other side predict it with an R² of ${split} or more`,
    'shared subspace': `its cluster spans the same subspace on both sides (mean canonical correlation of ${shared} or more), and it is not rare`,
    partial: `none of the others: predicted in part, with an R² of ${rare} or more`,
    rare: `neither few nor all units of the other side predict it with an R² of ${rare}`,
    dead: 'it has one value only',
  };
}

/**
 * Classes the units of one side.
 * @param strength of the side's units (rows) with the other's
 * @param offset of the side's units among the labels of the clusters
 */
export function classify(
  strength: Matrix,
  back: Int32Array,
  matches: ReadonlyMap<number, number>,
  predictions: readonly Prediction[],
  { labels, clusters }: CoClusters,
  offset: number,
  thresholds: Thresholds,
): UnitFacts[] {
  const best = bestColumns(strength);
  return predictions.map((prediction, unit): UnitFacts => {
    const matched = matches.get(unit) ?? -1;
    const partner = best[unit] as number;
    const mutual = back[partner] === unit;
    const cluster = labels[offset + unit] as number;
    const agreement = clusters[cluster]?.subspace?.mean ?? null;
    const known = { best: partner, matched, mutual, prediction, cluster, agreement };
    const together = matched === partner && mutual && strength.at(unit, partner) >= thresholds.convergent;
    return { ...known, class: together ? 'convergent' : otherClass(prediction, agreement, thresholds) };
  });
}

function otherClass({ few, whole }: Prediction, agreement: number | null, limits: Thresholds): UnitClass {
  if (few.refit >= limits.split) return 'split';
  if (Math.max(few.refit, whole) < limits.rare) return 'rare';
  return agreement !== null && agreement >= limits.shared ? 'shared subspace' : 'partial';
}

/** Matches by the unit of the first side, or of the second. */
export function byUnit(matches: readonly Match[], side: 'first' | 'second'): ReadonlyMap<number, number> {
  return new Map(
    matches.map(({ unit, partner }) => (side === 'first' ? ([unit, partner] as const) : ([partner, unit] as const))),
  );
}
