import { pearson } from '../../linalg/ranks';
import { UserError } from '../../protocol/errors';
import type { Figure, PointLabels } from '../../protocol/figures';
import { shortNames } from '../../protocol/names';
import type { Cell, Table } from '../../protocol/result';
import type { StudySection } from '../../protocol/study';
import type { Context } from '../method';
import { optimalLeafOrder } from './leaf-order';
import { averageLinkage, copheneticDistances } from './linkage';
import { classicalScaling } from './mds';
import { type Metric, metricOf } from './metric';
import { betweenRuns, pairsOf, type StudyMatrix, section } from './runs';
import { withTies } from './ties';

/** Things between which there are distances: runs, or the layers of all of them. */
interface Things {
  readonly what: 'runs' | 'layers';
  readonly names: readonly string[];
  /** The same in figures, without what all layers share. */
  readonly short: readonly string[];
  readonly distances: Float64Array;
  readonly values: Float64Array;
  readonly labels?: PointLabels;
}

/** Runs, and the layers of all runs, as points of a plane, as leaves of a tree, and in an order that puts like by like. */
export function maps(
  study: StudyMatrix,
  measure: string,
  parameters: Readonly<Record<string, unknown>>,
  groups: readonly string[] | null,
  context: Pick<Context, 'signal'>,
): Promise<StudySection> {
  const about =
    'Which runs, and which layers, are near each other? Classical scaling (Torgerson 1952) draws them in a plane, average linkage as a tree; the matrix is ordered by optimal leaf ordering of that tree (Bar-Joseph, Gifford, Jaakkola 2001).';
  return section({ id: 'maps', title: 'Maps', about }, async () => {
    const metric = metricOf(measure, parameters);
    const { runs } = study;
    const all: Things[] = [];
    const layers = runs.reduce((sum, run) => sum + run.layers.length, 0);
    if (runs.length >= 3) all.push(ofRuns(study, metric, groups));
    if (layers >= 3 && layers > runs.length) all.push(ofLayers(study, metric));
    if (all.length === 0)
      throw new UserError(`A map needs three runs or layers; there are ${layers}. Choose more files.`);
    const values: Record<string, number> = {};
    const titles: Record<string, string> = {};
    const tables: Record<string, Table> = {};
    const figures: Figure[] = [];
    const warnings: string[] = [];
    for (const things of all) {
      const { what } = things;
      const drawn = await mapOf(things, study.title, metric, context);
      for (const [key, value] of Object.entries(drawn.values)) values[`${what}-${key}`] = value;
      for (const [key, title] of Object.entries(partTitles)) titles[`${what}-${key}`] = `${title}, ${what}`;
      for (const [key, table] of Object.entries(drawn.tables)) tables[`${what}-${key}`] = table;
      figures.push(...drawn.figures);
      warnings.push(...drawn.warnings);
    }
    return { values, titles, tables, figures, warnings, reading: null };
  });
}

const partTitles = {
  kept: 'Share of variance kept by the map',
  negative: 'Share of negative eigenvalues',
  correlation: 'Correlation of map and distances',
  cophenetic: 'Cophenetic correlation',
};

function ofRuns(study: StudyMatrix, metric: Metric, groups: readonly string[] | null): Things {
  const names = study.runs.map(({ name }) => name);
  const categories = [...new Set(groups ?? [])];
  return {
    ...{
      what: 'runs',
      names,
      short: names,
      distances: betweenRuns(withTies(study), metric.of),
      values: betweenRuns(study),
    },
    ...(groups && {
      labels: { kind: 'category', name: 'group', categories, index: groups.map((group) => categories.indexOf(group)) },
    }),
  };
}

function ofLayers(study: StudyMatrix, metric: Metric): Things {
  const { runs } = study;
  const all = runs.flatMap((run, r) => run.layers.map((layer) => ({ ...layer, r, run: run.name })));
  const cellsOf = ({ values }: StudyMatrix) =>
    Float64Array.from(all.flatMap((a) => all.map((b) => values[a.place]?.[b.place] ?? Number.NaN)));
  const layers = [...new Set(all.map(({ name }) => name))];
  const short = new Map(shortNames(layers).map((name, i) => [layers[i], name]));
  const called = (of: (name: string) => string) =>
    all.map(({ name, run }) => (runs.length > 1 ? `${run} ${of(name)}` : of(name)));
  const index = all.map(({ r }) => r);
  const labels: PointLabels = { kind: 'category', name: 'run', categories: runs.map(({ name }) => name), index };
  const names = { names: called((name) => name), short: called((name) => short.get(name) ?? name) };
  const distances = cellsOf(withTies(study)).map(metric.of);
  return { what: 'layers', ...names, distances, values: cellsOf(study), labels };
}

async function mapOf(things: Things, title: string, metric: Metric, context: Pick<Context, 'signal'>) {
  const { what, names, short, distances, values, labels } = things;
  const n = names.length;
  for (let i = 0; i < n; i++) distances[i * n + i] = 0;
  const gap = pairsOf(n).find(([i, j]) => !Number.isFinite(distances[i * n + j]));
  if (gap) throw new UserError(`There is no distance between ${names[gap[0]]} and ${names[gap[1]]}, and so no map.`);
  if (distances.every((distance) => distance === 0))
    throw new UserError(`All ${n} ${what} are the same: there is no map.`);
  const scaling = await classicalScaling(distances, n, context);
  const merges = averageLinkage(distances, n);
  const order = optimalLeafOrder(merges, distances, n);
  const pairs = pairsOf(n);
  const upper = (all: Float64Array) => Float64Array.from(pairs, ([i, j]) => all[i * n + j] as number);
  const cophenetic = pearson(upper(copheneticDistances(merges, n)), upper(distances));
  const axis = [0, 1].map((a) => [...scaling.points.column(a)]) as [number[], number[]];
  const percent = (share: number) => `${(100 * share).toFixed(1)} %`;
  const broken = triangles(distances, n);
  const ticks = order.map((i) => short[i] as string);
  const figures: Figure[] = [
    {
      ...{ id: `map-of-${what}`, kind: 'scatter', title: `Map of ${what}` },
      caption: `Classical scaling of distances (${metric.how}). The plane keeps ${percent(scaling.kept)} of the sum of the sizes of the eigenvalues; ${percent(scaling.negative)} are negative.`,
      ...{ rows: names.map((_, i) => i), names: short, ...(labels && { labels }) },
      panels: [{ title: '', x: { label: 'first axis' }, y: { label: 'second axis' }, xs: axis[0], ys: axis[1] }],
    },
    {
      ...{ id: `tree-of-${what}`, kind: 'tree', title: `Tree of ${what}` },
      caption: `Average linkage of distances (${metric.how}); cophenetic correlation ${Number.isFinite(cophenetic) ? cophenetic.toFixed(3) : 'not defined'}.`,
      ...{ leaves: short, order, merges, height: { label: 'distance' } },
    },
    {
      ...{ id: `ordered-${what}`, kind: 'heatmap', title: `${title}, like by like` },
      caption: 'In the order of the tree’s leaves that puts like by like.',
      panels: [
        {
          ...{ title: '', rows: { label: '', ticks }, columns: { label: '', ticks }, shape: [n, n] },
          values: order.flatMap((i) => order.map((j) => finite(values[i * n + j]))),
        },
      ],
      scale: { label: title, kind: 'sequential', domain: domainOf(values) },
    },
  ];
  return {
    values: {
      ...{ kept: scaling.kept, negative: scaling.negative },
      ...(Number.isFinite(scaling.correlation) && { correlation: scaling.correlation }),
      ...(Number.isFinite(cophenetic) && { cophenetic }),
    },
    tables: {
      map: {
        title: `Map of ${what}`,
        columns: ['name', 'first axis', 'second axis'],
        rows: names.map((name, i): Cell[] => [name, axis[0][i] as number, axis[1][i] as number]),
      },
      tree: {
        ...{ title: `Merges of the tree of ${what}`, columns: ['left', 'right', 'distance'] },
        rows: merges.map(({ left, right, height }): Cell[] => [
          ...[left, right].map((c) => names[c] ?? `merge ${c - n + 1}`),
          height,
        ]),
      },
      order: {
        title: `Order of ${what}, like by like`,
        columns: ['place', 'name'],
        rows: order.map((i, place): Cell[] => [place + 1, names[i] as string]),
      },
    },
    figures,
    warnings:
      broken > 0
        ? [`${broken} triples of ${what} violate the triangle inequality: the distances are no metric on them.`]
        : [],
  };
}

function finite(value: number | undefined): number | null {
  return value !== undefined && Number.isFinite(value) ? value : null;
}

function domainOf(values: Float64Array): [number, number] {
  const found = values.filter(Number.isFinite);
  const [low, high] = [Math.min(...found), Math.max(...found)];
  return low < high ? [low, high] : [low - 0.5, high + 0.5];
}

/** Triples of which one side is longer than the other two by more than rounding. */
function triangles(d: Float64Array, n: number): number {
  const slack = 1e-9 * d.reduce((most, one) => Math.max(most, one), 0);
  let count = 0;
  for (const [i, j] of pairsOf(n))
    for (let k = 0; k < n; k++)
      if ((d[i * n + j] as number) > (d[i * n + k] as number) + (d[k * n + j] as number) + slack) count++;
  return count;
}
