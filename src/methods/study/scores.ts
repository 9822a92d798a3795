import { kendallTauB, pearson, spearman } from '../../linalg/ranks';
import { UserError } from '../../protocol/errors';
import type { Cell } from '../../protocol/result';
import type { StudySection } from '../../protocol/study';
import { inThree } from './groups';
import { chanceOf, type Relabelling } from './relabel';
import { atLayer, betweenRuns, pairsOf, type StudyMatrix, section, sharedLayers } from './runs';
import { levelled, withTies } from './ties';

const correlations = { spearman, pearson, kendall: kendallTauB } as const;
type Kind = keyof typeof correlations;
const titles = { spearman: "Spearman's ρ", pearson: "Pearson's r", kendall: "Kendall's τ-b" };

type Pairs = readonly (readonly [number, number])[];

/** Pairs of runs with a value, and how unlike they are. */
function pairsWith(unlike: Float64Array, n: number, bound?: number) {
  const pairs = pairsOf(n).filter(([i, j]) => Number.isFinite(unlike[i * n + j]));
  const apart = levelled(
    Float64Array.from(pairs, ([i, j]) => unlike[i * n + j] as number),
    bound,
  );
  return { pairs, apart };
}

/** By how much scores differ, n x n. Those of .7 and .8 do by as much as those of .8 and .9, whatever is left of them in binary. */
function differences(scores: readonly number[]): Float64Array {
  const largest = scores.reduce((most, score) => Math.max(most, Math.abs(score)), 0);
  const all = scores.flatMap((a) => scores.map((b) => Math.abs(a - b)));
  return levelled(Float64Array.from(all), largest);
}

/**
 * Correlation of how unlike runs are with the difference of a number that each run has (ReSi's test 1), positive where runs
 * that differ more are less alike. Chance by a Mantel test: the numbers reordered among the runs, both ends.
 * @param scores one for each run.
 */
export function scoreCorrelation(
  study: StudyMatrix,
  scores: readonly number[] | null,
  name: string,
  how: Relabelling,
): Promise<StudySection> {
  const about =
    'Are runs less alike, the more a number of theirs (such as accuracy) differs? Correlation over the pairs of runs, positive where they are; p by reordering the numbers among the runs (Mantel 1967), both ends. Klabunde et al. (2025), ReSi, ICLR, test 1.';
  return section({ id: 'scores', title: 'Differences of a score', about }, () => {
    const { runs, better, title } = study;
    if (scores === null) throw new UserError('No scores were given: a column of a table with a number for each run.');
    if (runs.length < 3)
      throw new UserError(`There are ${runs.length} runs, and so one pair. A correlation needs three runs.`);
    if (scores.every((score) => score === scores[0]))
      throw new UserError(
        `${name} is ${scores[0]} for every run, so nothing can go with it. Give numbers that differ.`,
      );
    const sign = better === 'higher' ? -1 : 1;
    const between = betweenRuns(study);
    const even = withTies(study);
    const unlike = betweenRuns(even).map((value) => sign * value);
    const n = runs.length;
    const { pairs, apart } = pairsWith(unlike, n, study.bound);
    const gaps = differences(scores);
    const farOf = (pairs: Pairs, order?: Int32Array) =>
      Float64Array.from(pairs, ([i, j]) => gaps[(order?.[i] ?? i) * n + (order?.[j] ?? j)] as number);
    const far = farOf(pairs);
    if (pairs.length < 3) throw new UserError('Fewer than three pairs of runs have a value.');
    const values: Record<string, number | null> = {};
    const chance: Record<string, ReturnType<typeof chanceOf>> = {};
    for (const kind of Object.keys(correlations) as Kind[]) {
      const of = correlations[kind];
      const value = of(apart, far);
      values[kind] = Number.isFinite(value) ? value : null;
      if (!Number.isFinite(value)) continue;
      const moved = (order: Int32Array) => of(apart, farOf(pairs, order));
      chance[kind] = chanceOf(value, n, moved, Math.abs, how, `values of ${name} among the runs`);
    }
    const names = pairs.map(([i, j]) => `${runs[i]?.name} × ${runs[j]?.name}`);
    const ys = pairs.map(([i, j]) => between[i * n + j] as number);
    const lost = pairsOf(n).length - pairs.length;
    const flat = Object.values(values).includes(null);
    return {
      ...{ values, chance, titles },
      tables: {
        pairs: {
          ...{ title: 'Pairs of runs', columns: ['runs', `difference of ${name}`, title] },
          rows: names.map((pair, k): Cell[] => [pair, far[k] as number, ys[k] as number]),
        },
        ...layerTable(even, farOf, sign),
      },
      figures: [
        {
          ...{ id: 'score-differences', kind: 'scatter', title: `${title} by difference of ${name}` },
          caption: 'A point for each pair of runs.',
          rows: pairs.map((_, k) => k),
          names,
          panels: [{ title: '', x: { label: `difference of ${name}` }, y: { label: title }, xs: [...far], ys }],
        },
      ],
      reading: flat
        ? null
        : `Spearman's ρ ${inThree(values.spearman ?? undefined)} over ${pairs.length} pairs of runs, p ${inThree(chance.spearman?.p)}.`,
      warnings: [
        ...(lost > 0 ? [`Pairs of runs without a value, left out: ${lost}.`] : []),
        ...(flat ? ['A correlation is missing: all pairs differ equally, or are equally alike.'] : []),
      ],
    };
  });
}

function layerTable(study: StudyMatrix, farOf: (pairs: Pairs) => Float64Array, sign: number) {
  const layers = sharedLayers(study.runs);
  if (layers.length < 2) return {};
  const rows = layers.map((layer): Cell[] => {
    const { pairs, apart } = pairsWith(
      atLayer(study, layer).map((value) => sign * value),
      study.runs.length,
      study.bound,
    );
    const far = farOf(pairs);
    const all = (Object.keys(correlations) as Kind[]).map((kind) => correlations[kind](apart, far));
    return [layer, ...all.map((value) => (Number.isFinite(value) ? value : null))];
  });
  return { layers: { title: 'By layer', columns: ['layer', ...Object.values(titles)], rows } };
}
