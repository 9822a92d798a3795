import type { Matrix } from '../../linalg/matrix';
import type { Contributions } from '../shared/contributions';
import type { UnitNames, Units } from './correlation';

/** A unit of the first and one of the second, as positions in their correlations, and what the pair counts in the value. */
export interface WeightedPair {
  readonly unit: number;
  readonly partner: number;
  readonly weight: number;
}

/** What the units of both sides add to Σ w s over pairs of strength s: each pair counts whole for either of its units. */
export function unitsOfPairs(
  pairs: readonly WeightedPair[],
  strength: Matrix,
  sides: readonly [UnitNames, UnitNames],
  columns: readonly [number, number],
): readonly [Float64Array, Float64Array] {
  const lists = [new Float64Array(columns[0]), new Float64Array(columns[1])] as const;
  for (const { unit, partner, weight } of pairs) {
    const part = weight * strength.at(unit, partner);
    for (const [side, own] of [unit, partner].entries()) {
      const [list, at] = [lists[side] as Float64Array, sides[side]?.kept[own] as number];
      list[at] = (list[at] as number) + part;
    }
  }
  return lists;
}

/**
 * The same with what rows add: row i Σ w zᵢ z′ᵢ / n, z and z′ the two units of a pair, standardised; against its sign where the
 * strength is |r| and r negative.
 * @param r the correlations of the units
 */
export function pairContributions(
  pairs: readonly WeightedPair[],
  r: Matrix,
  strength: Matrix,
  sides: readonly [Units, Units],
): Contributions {
  const [x, y] = sides;
  const n = x.matrix.rows;
  const ready = pairs.map(({ unit, partner, weight }) => {
    const [j, k] = [x.kept[unit] as number, y.kept[partner] as number];
    const sign = Math.sign(r.at(unit, partner)) === Math.sign(strength.at(unit, partner)) ? 1 : -1;
    const [a, b] = [x.means[j] as number, y.means[k] as number];
    return { j, k, a, b, s: x.deviations[j] as number, t: y.deviations[k] as number, scale: (sign * weight) / n };
  });
  const rows = Float64Array.from({ length: n }, (_, i) => {
    const [left, right] = [x.matrix.row(i), y.matrix.row(i)];
    let sum = 0;
    for (const { j, k, a, b, s, t, scale } of ready)
      sum += (((left[j] as number) - a) / s) * (((right[k] as number) - b) / t) * scale;
    return sum;
  });
  return { rows, units: unitsOfPairs(pairs, strength, sides, [x.matrix.columns, y.matrix.columns]) };
}
