import { spearman } from '../../linalg/ranks';
import { UserError } from '../../protocol/errors';
import type { Figure, LineSeries } from '../../protocol/figures';
import { shortNames } from '../../protocol/names';
import type { Cell } from '../../protocol/result';
import type { StudySection } from '../../protocol/study';
import { inThree } from './groups';
import { chanceOf, type Relabelling } from './relabel';
import { atLayer, pairsOf, type Run, type StudyMatrix, section, sharedLayers } from './runs';
import { withTies } from './ties';

/** Similarities among the layers of one run, larger for more alike, L x L; NaN where there is none. */
export type Layers = readonly (readonly number[])[];

/**
 * Over all i < j < k: s(i, j) below s(i, k), and s(k, j) below s(k, i), among all such comparisons. NaN for fewer than three
 * layers.
 */
export function monotonicityViolations(s: Layers): number {
  let [violations, all] = [0, 0];
  for (const [i, row] of s.entries())
    for (const [j, near] of row.entries())
      for (const [k, further] of row.entries()) {
        const beyond = i < j ? k > j : k < j;
        if (i === j || !beyond || Number.isNaN(near) || Number.isNaN(further)) continue;
        all++;
        if (near < further) violations++;
      }
  return all === 0 ? Number.NaN : violations / all;
}

/**
 * How far layers an even number apart are more alike than those one nearer and one further: s(i, j) less the mean of
 * s(i, j - 1) and s(i, j + 1) for j - i = 2, 4 and so on, the mean over all. Above 0 where a map of a network with residual
 * connections shows a grid (Kornblith et al. 2019, figure of a ResNet). NaN for fewer than four layers.
 */
export function gridPattern(s: Layers): number {
  const found: number[] = [];
  for (const [i, row] of s.entries())
    for (let j = i + 2; j + 1 < row.length; j += 2)
      found.push((row[j] as number) - ((row[j - 1] as number) + (row[j + 1] as number)) / 2);
  return meanOf(found);
}

/**
 * Spearman's correlation of dissimilarity with distance in layers, from each layer up and from each layer down; the mean over
 * those of two layers or more that are not all equal.
 */
export function depthCorrelation(s: Layers): number {
  const found: number[] = [];
  for (const [i, row] of s.entries()) {
    for (const side of [row.slice(i + 1), row.slice(0, i).reverse()]) {
      const gaps = [...side.keys()].filter((k) => !Number.isNaN(side[k] as number));
      if (gaps.length < 2) continue;
      const unlike = Float64Array.from(gaps, (k) => -(side[k] as number));
      const value = spearman(unlike, Float64Array.from(gaps));
      if (Number.isFinite(value)) found.push(value);
    }
  }
  return found.reduce((sum, value) => sum + value, 0) / found.length;
}

/** Whether layers are less alike the further they are apart (ReSi's test 6), run by run, and runs layer by layer. */
export function depth(study: StudyMatrix, how: Relabelling): Promise<StudySection> {
  const about =
    'Within each run, are layers less alike the more layers lie between them? Violations: of all layers i < j < k, how often i is more like k than like j, or k more like i than like j. Correlation: Spearman’s, of dissimilarity with distance in layers, the mean over layers and both directions. Klabunde et al. (2025), ReSi, ICLR, test 6. Grid: how far layers 2, 4, 6… apart are more alike than those one nearer and one further, as where every second layer is the sum of a residual (Kornblith et al., 2019).';
  return section({ id: 'depth', title: 'Along the layers', about }, () => {
    const { runs, better } = study;
    const deep = runs.filter(({ layers }) => layers.length >= 3);
    if (deep.length === 0)
      throw new UserError(
        'No run has three layers or more, so there is no order of layers to follow. Choose more of each file.',
      );
    const sign = better === 'higher' ? 1 : -1;
    const even = withTies(study);
    const own = deep.map((run) => layersOf(even, run, sign));
    const rates = own.map(monotonicityViolations);
    const found = own.map(depthCorrelation);
    const grids = own.map(gridPattern);
    const grid = meanOf(grids);
    const violations = meanOf(rates);
    const correlation = meanOf(found);
    if (!Number.isFinite(violations)) throw new UserError('The measure has no value among the layers of any run.');
    const places = Math.max(...deep.map(({ layers }) => layers.length));
    // One order of layers for all runs: how a study with mistaken layers would look.
    const moved = (order: Int32Array) => own.map((s) => reordered(s, order));
    const rate = (order: Int32Array) => meanOf(moved(order).map(monotonicityViolations));
    const rho = (order: Int32Array) => meanOf(moved(order).map(depthCorrelation));
    const share = chanceOf(violations, places, rate, (value) => -value, how, 'layers');
    const ends = Number.isFinite(correlation)
      ? chanceOf(correlation, places, rho, (value) => value, how, 'layers')
      : null;
    const squares = Number.isFinite(grid)
      ? chanceOf(
          grid,
          places,
          (order) => meanOf(moved(order).map(gridPattern)),
          (value) => value,
          how,
          'layers',
        )
      : null;
    return {
      values: {
        ...{ 'violation-rate': violations, correlation: Number.isFinite(correlation) ? correlation : null },
        ...(squares && { grid }),
      },
      titles: { 'violation-rate': 'Violation rate', correlation: 'Correlation with distance', grid: 'Grid pattern' },
      chance: { 'violation-rate': share, ...(ends && { correlation: ends }), ...(squares && { grid: squares }) },
      tables: {
        runs: {
          ...{ title: 'By run', columns: ['run', 'layers', 'violation rate', 'correlation with distance', 'grid'] },
          rows: deep.map(({ name, layers }, i): Cell[] => [
            ...[name, layers.length, finite(rates[i]), finite(found[i]), finite(grids[i])],
          ]),
        },
      },
      figures: [...byGap(study, deep), ...profile(study)],
      reading: `Layers further apart are the more alike in ${inThree(violations)} of comparisons; by chance ${inThree(share.level)}.`,
      warnings:
        deep.length < runs.length ? [`Runs of fewer than three layers, left out: ${runs.length - deep.length}.`] : [],
    };
  });
}

function layersOf({ values }: StudyMatrix, { layers }: Run, sign: number): Layers {
  return layers.map((a) =>
    layers.map((b) => {
      const value = values[a.place]?.[b.place] ?? null;
      return value === null ? Number.NaN : sign * value;
    }),
  );
}

/** The layers in another order; of one for more layers, what concerns these. */
function reordered(s: Layers, order: Int32Array): Layers {
  const own = Array.from(order).filter((place) => place < s.length);
  return own.map((i) => own.map((j) => s[i]?.[j] ?? Number.NaN));
}

function meanOf(values: readonly number[]): number {
  const found = values.filter(Number.isFinite);
  return found.reduce((sum, value) => sum + value, 0) / found.length;
}

function finite(value: number | undefined): number | null {
  return value !== undefined && Number.isFinite(value) ? value : null;
}

/** Mean value by distance in layers, a line for each run. */
function byGap(study: StudyMatrix, deep: readonly Run[]): Figure[] {
  const series = deep.map((run): LineSeries => {
    const s = layersOf(study, run, 1);
    const x = Array.from({ length: s.length - 1 }, (_, k) => k + 1);
    const y = x.map((gap) => finite(meanOf(s.slice(gap).map((row, i) => row[i] as number))));
    return { name: run.name, x, y };
  });
  return [
    {
      ...{ id: 'by-distance', kind: 'line', title: 'By distance in layers' },
      caption: 'Mean over the pairs of layers of one run that are so many layers apart.',
      ...{ x: { label: 'layers apart' }, y: { label: study.title }, series },
    },
  ];
}

/** The same layer in different runs, from the input on: mean, least and greatest over the pairs of runs. */
function profile(study: StudyMatrix): Figure[] {
  const { runs, title } = study;
  const layers = runs.length < 2 ? [] : sharedIfAny(runs);
  if (layers.length < 2) return [];
  const spread = layers.map((layer) => {
    const all = atLayer(study, layer);
    return pairsOf(runs.length)
      .map(([i, j]) => all[i * runs.length + j] as number)
      .filter(Number.isFinite);
  });
  // Of one pair there is nothing to reach from and to.
  const whole = runs.length > 2 && spread.every((values) => values.length > 0);
  return [
    {
      ...{ id: 'depth-profile', kind: 'line', title: 'The same layer in different runs' },
      caption:
        runs.length === 2
          ? 'Between the two runs.'
          : 'Mean over the pairs of runs; the band reaches from the least to the greatest pair.',
      x: { label: 'layer', ticks: shortNames(layers) },
      y: { label: title },
      series: [
        {
          name: 'pairs of runs',
          x: layers.map((_, i) => i),
          y: spread.map((values) => finite(meanOf(values))),
          ...(whole && { low: spread.map((v) => Math.min(...v)), high: spread.map((v) => Math.max(...v)) }),
        },
      ],
    },
  ];
}

function sharedIfAny(runs: readonly Run[]): readonly string[] {
  try {
    return sharedLayers(runs);
  } catch (error) {
    if (error instanceof UserError) return [];
    throw error;
  }
}
