import { averageRanks } from '../../linalg/ranks';
import { UserError } from '../../protocol/errors';
import type { Cell } from '../../protocol/result';
import type { StudySection } from '../../protocol/study';
import { chanceOf, type Relabelling } from './relabel';
import { atLayer, betweenRuns, type StudyMatrix, section, sharedLayers } from './runs';
import { levelled, withTies } from './ties';

/**
 * Area under the precision-recall curve by average precision, Σ (Rₖ - Rₖ₋₁) Pₖ over the distinct thresholds: how well a
 * score ranks what is wanted first. NaN where nothing, or everything, is wanted.
 */
export function averagePrecision(scores: readonly number[], wanted: readonly boolean[]): number {
  const all = wanted.filter(Boolean).length;
  if (all === 0 || all === wanted.length) return Number.NaN;
  const order = [...scores.keys()].sort((a, b) => (scores[b] as number) - (scores[a] as number));
  let [sum, hits, before] = [0, 0, 0];
  for (const [k, i] of order.entries()) {
    if (wanted[i]) hits++;
    // Equal scores are one threshold.
    if (scores[order[k + 1] ?? -1] === scores[i]) continue;
    sum += ((hits - before) / all) * (hits / (k + 1));
    before = hits;
  }
  return sum;
}

/** Share of pairs (a, b), a wanted and b not, in which a does not score higher than b. */
export function violationRate(scores: readonly number[], wanted: readonly boolean[]): number {
  const m = wanted.filter(Boolean).length;
  const others = wanted.length - m;
  if (m === 0 || others === 0) return Number.NaN;
  // By ranks, ties shared: those won and half of those tied; then by ranks with the ties against.
  const ranks = averageRanks(Float64Array.from(scores));
  let won = 0;
  for (const [i, is] of wanted.entries()) if (is) won += ranks[i] as number;
  won -= (m * (m + 1)) / 2;
  const of = new Map<number, [number, number]>();
  for (const [i, is] of wanted.entries()) {
    const tie = of.get(scores[i] as number) ?? [0, 0];
    tie[is ? 0 : 1]++;
    of.set(scores[i] as number, tie);
  }
  for (const [a, b] of of.values()) won -= (a * b) / 2;
  return 1 - won / (m * others);
}

/** Scores of the pairs of one group: those within it, and those of its runs with all others. */
function ofGroup(scores: Float64Array, groups: readonly number[], group: number) {
  const n = groups.length;
  const found: number[] = [];
  const within: boolean[] = [];
  for (let i = 0; i < n; i++) {
    if (groups[i] !== group) continue;
    for (let j = 0; j < n; j++) {
      const same = groups[j] === group;
      const value = scores[i * n + j] as number;
      if ((same && j <= i) || Number.isNaN(value)) continue;
      found.push(value);
      within.push(same);
    }
  }
  return { found, within };
}

/** The mean over the groups of what ranks pairs within a group above pairs with others (ReSi's tests 3 to 5). */
function overGroups(
  scores: Float64Array,
  groups: readonly number[],
  of: (found: readonly number[], within: readonly boolean[]) => number,
): number {
  const each = [...new Set(groups)].map((group) => {
    const { found, within } = ofGroup(scores, groups, group);
    return of(found, within);
  });
  const finite = each.filter(Number.isFinite);
  return finite.reduce((sum, value) => sum + value, 0) / finite.length;
}

/**
 * Groups of runs: does the measure find runs of one group more alike than runs of different ones?
 * @param groups one for each run.
 */
export function groupSeparation(
  study: StudyMatrix,
  groups: readonly string[] | null,
  how: Relabelling,
): Promise<StudySection> {
  const about =
    'Are runs of one group more alike than runs of different groups? For each group, pairs within it against pairs of its runs with all others: area under the precision-recall curve (average precision), and the share of comparisons in which a pair within is not more alike (violations, ties among them); then the mean over groups. Klabunde et al. (2025), ReSi, ICLR, tests 3 to 5.';
  return section({ id: 'groups', title: 'Groups of runs', about }, () => {
    const { names, index } = checked(study, groups);
    const sign = study.better === 'higher' ? 1 : -1;
    const signed = (values: Float64Array) =>
      levelled(
        values.map((value) => sign * value),
        study.bound,
      );
    const even = withTies(study);
    const scores = signed(betweenRuns(even));
    const n = index.length;
    const measures = { auprc: averagePrecision, 'violation-rate': violationRate };
    const ends = { auprc: (value: number) => value, 'violation-rate': (value: number) => -value };
    const values: Record<string, number> = {};
    const chance: Record<string, ReturnType<typeof chanceOf>> = {};
    for (const key of ['auprc', 'violation-rate'] as const) {
      const of = (list: readonly number[]) => overGroups(scores, list, measures[key]);
      const value = of(index);
      if (!Number.isFinite(value)) throw new UserError('The measure has no value for pairs within and between groups.');
      values[key] = value;
      const moved = (order: Int32Array) => of(Array.from(order, (i) => index[i] as number));
      chance[key] = chanceOf(value, n, moved, ends[key], how, 'groups of the runs');
    }
    const single = names.filter((_, g) => index.filter((own) => own === g).length < 2);
    const lost = scores.filter((value, k) => Math.floor(k / n) < k % n && Number.isNaN(value)).length;
    return {
      values,
      chance,
      titles: { auprc: 'AUPRC', 'violation-rate': 'Violation rate' },
      tables: {
        groups: {
          title: 'By group',
          columns: ['group', 'runs', 'AUPRC', 'violation rate'],
          rows: byGroup(scores, names, index),
        },
        ...layerTable(even, index, signed),
      },
      reading: `AUPRC ${inThree(values.auprc)} where chance is ${inThree(chance.auprc?.level)} (p ${inThree(chance.auprc?.p)}); violations ${inThree(values['violation-rate'])}.`,
      warnings: [
        ...(single.length > 0
          ? [`${single.join(', ')}: groups of one run have no pair within; the mean leaves them out.`]
          : []),
        ...(lost > 0 ? [`Pairs of runs without a value, left out: ${lost}.`] : []),
      ],
    };
  });
}

/** @throws UserError where the groups cannot be told apart. */
function checked({ runs }: StudyMatrix, groups: readonly string[] | null) {
  if (groups === null)
    throw new UserError('No groups were given: a column of a table, or a pattern for the names of the files.');
  const names = [...new Set(groups)];
  const index = groups.map((group) => names.indexOf(group));
  if (names.length < 2)
    throw new UserError(`All ${runs.length} runs are in one group, ${names[0]}. Separation needs two groups or more.`);
  if (names.length === runs.length)
    throw new UserError('Every run is a group of its own. Separation needs a group with two runs or more.');
  return { names, index };
}

function byGroup(scores: Float64Array, names: readonly string[], index: readonly number[]): Cell[][] {
  return names.map((name, g) => {
    const { found, within } = ofGroup(scores, index, g);
    const [area, violations] = [averagePrecision(found, within), violationRate(found, within)];
    return [name, index.filter((own) => own === g).length, finite(area), finite(violations)];
  });
}

function layerTable(study: StudyMatrix, index: readonly number[], signed: (values: Float64Array) => Float64Array) {
  const layers = sharedLayers(study.runs);
  if (layers.length < 2) return {};
  const rows = layers.map((layer): Cell[] => {
    const scores = signed(atLayer(study, layer));
    return [
      layer,
      finite(overGroups(scores, index, averagePrecision)),
      finite(overGroups(scores, index, violationRate)),
    ];
  });
  return { layers: { title: 'By layer', columns: ['layer', 'AUPRC', 'violation rate'], rows } };
}

const finite = (value: number): number | null => (Number.isFinite(value) ? value : null);
export const inThree = (value: number | undefined): string => (value === undefined ? '–' : value.toFixed(3));
