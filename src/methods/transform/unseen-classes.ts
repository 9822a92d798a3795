import type { Matrix } from '../../linalg/matrix';
import type { Adapter } from '../compare/adapters';
import { pairsOfRows } from '../describe/pairs-of-rows';
import { areaUnder, verificationCurve } from '../describe/verification-curve';
import type { Context } from '../method';
import type { Classes } from '../shared/classes';

/** Of more pairs of rows, so many are drawn. */
const PAIRS = 200_000;
/** Two to fit to, and two to tell apart. */
const FEWEST = 4;

/** Areas under the ROC of pairs of rows, before a map and after it. */
interface Areas {
  readonly before: number;
  readonly after: number;
}

/**
 * Whether rows of classes that a map was not fitted to are of one class, told by their distance (Schroff, Kalenichenko, Philbin 2015,
 * section 4): every other class is left out in turn, the first, third and so on, then the second, fourth and so on; the mean of both.
 * @param rows n x p, of length 1
 * @param mapOf the map that is fitted to some of the classes
 * @returns null of fewer than four classes
 */
export async function unseenAreas(
  rows: Matrix<Float64Array>,
  classes: Classes,
  mapOf: (seen: Classes) => Promise<Adapter>,
  context: Context,
): Promise<Areas | null> {
  if (classes.names.length < FEWEST) return null;
  const halves = [0, 1].map((side) => someOf(classes, (c) => c % 2 === side)) as [Classes, Classes];
  const found: Areas[] = [];
  for (const [side, unseen] of halves.entries()) {
    context.progress(0.9 + 0.05 * side, 'Classes left out');
    const map = await mapOf(halves[1 - side] as Classes);
    const area = async (of: Matrix<Float64Array>) =>
      areaUnder(verificationCurve(await pairsOfRows(of, unseen, PAIRS, context.random, context)));
    found.push({ before: await area(rows), after: await area(await map(rows)) });
  }
  const mean = (of: keyof Areas) => found.reduce((sum, areas) => sum + areas[of] / found.length, 0);
  return { before: mean('before'), after: mean('after') };
}

/** The classes that are wanted, counted anew; rows of the others are of none. */
function someOf({ label, names, groups, of }: Classes, wanted: (c: number) => boolean): Classes {
  const kept = [...names.keys()].filter(wanted);
  const place = new Map(kept.map((c, k) => [c, k]));
  const own = of.map((c) => place.get(c) ?? -1);
  return {
    ...{ label, left: [], of: own },
    names: kept.map((c) => names[c] as string),
    groups: kept.map((c) => groups[c] as Int32Array),
    rows: Int32Array.from(own.keys()).filter((i) => (own[i] as number) >= 0),
  };
}

/** What the areas say, and where they warn. */
export function unseenWords(areas: Areas | null, { names, label }: Classes): { words: string; warnings: string[] } {
  if (areas === null)
    return {
      words: '',
      warnings: [
        `${names.length} classes of "${label}" are too few to leave some out: what the map does to classes that it was not fitted to is not told. ${FEWEST} are needed.`,
      ],
    };
  const [before, after] = [areas.before.toFixed(3), areas.after.toFixed(3)];
  return {
    words: ` Of classes that a map was not fitted to, two rows of one class are nearer than two of different ones with probability ${after}, ${before} before it.`,
    warnings:
      after < before
        ? [
            `Classes that a map was not fitted to are told apart worse than without it (area under the ROC ${after}, ${before} before): use it for the classes that it was fitted to, or fit it to more.`,
          ]
        : [],
  };
}
