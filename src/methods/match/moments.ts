import { Matrix } from '../../linalg/matrix';
import type { Moments } from '../../linalg/moments';
import type { Context } from '../method';
import type { UnitNames } from './correlation';

/** The units that vary of a representation of which the sums over rows are known. */
export function unitsOfMoments(moments: Moments, input: number, name: string): UnitNames {
  const constant = new Set(moments.constantColumns(input));
  return {
    name,
    kept: Int32Array.from({ length: moments.widths[input] as number }, (_, j) => j).filter((j) => !constant.has(j)),
  };
}

/** Pearson correlations of the units that vary, from the sums over rows, in float64. */
export function correlationsOfMoments(
  moments: Moments,
  [x, a]: readonly [number, UnitNames],
  [y, b]: readonly [number, UnitNames],
  context: Context,
): Matrix {
  context.reserve(
    8 * 6 * (moments.widths[x] as number) * (moments.widths[y] as number),
    'the correlations of all pairs of units',
  );
  const product = moments.product(x, y);
  const [left, right] = [moments.squares(x).map(Math.sqrt), moments.squares(y).map(Math.sqrt)];
  const r = Matrix.zeros(a.kept.length, b.kept.length);
  let k = 0;
  for (const i of a.kept)
    for (const j of b.kept) {
      const value = product.at(i, j) / ((left[i] as number) * (right[j] as number));
      // Rounding alone can carry a correlation past 1.
      r.data[k++] = Math.max(-1, Math.min(1, value));
    }
  return r;
}

export const NO_CHANCE =
  'The chance level is left out: it takes the rows of the second in random order, and rows read in blocks come in that of the file. A sample of the rows that fits into memory (--sample) has one.';
