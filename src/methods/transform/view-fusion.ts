import { z } from 'zod';
import { centreColumns, normaliseRows, standardiseColumns } from '../../linalg/centre';
import { Matrix } from '../../linalg/matrix';
import { multiply } from '../../linalg/products';
import { UserError } from '../../protocol/errors';
import type { Figure, Scatter } from '../../protocol/figures';
import type { Cell } from '../../protocol/result';
import { type Context, defineMethod, type Outcome, type Representation } from '../method';
import { type Classes, classesOf } from '../shared/classes';
import { digits6 } from '../shared/image';
import { percent } from '../shared/pca';
import { drawnRows, pointsOf } from '../shared/points';
import { rowTable } from '../shared/row-table';
import { constantColumns } from '../shared/warnings';
import { canonicalViews } from './canonical-views';
import { combine, propagate, similarityGraph, viewWeights } from './propagation';

const parameters = z.object({
  standardise: z.boolean().default(true).meta({
    title: 'Standardise',
    description: 'Every unit to deviation 1 before anything else, so that the ridge means the same for every view.',
  }),
  ridge: z.number().min(0).max(1e6).default(1e-4).meta({
    title: 'Ridge',
    description: 'Added to the variance of every unit: more where there are few rows for all units together.',
  }),
  power: z.number().min(0).max(16).default(4).meta({
    title: 'Power of the eigenvalues',
    description: 'Directions are weighed by λ to this power: what all views share comes first.',
  }),
  directions: z.enum(['shared', 'all']).default('shared').meta({
    title: 'Directions',
    description: 'shared: those with λ above 1, in which views agree at all; all: every one.',
  }),
  labelled: z.int().min(0).max(10_000).default(0).meta({
    title: 'Labelled rows of each class',
    description:
      'The first so many rows of each class are the examples, and the others are judged; 0: every labelled row is an example.',
  }),
  neighbours: z
    .int()
    .min(1)
    .max(1000)
    .default(30)
    .meta({ title: 'Neighbours', description: 'Of each row in the graph of each view.' }),
  alpha: z.number().min(0).max(0.99).default(0.5).meta({
    title: 'α',
    description: 'How far labels spread: 0 not at all; near 1 everywhere.',
  }),
});

/** A prototype of a class has so many times as many neighbours. */
const WIDE = 8;
const FEWEST = 3;
/** Rows listed of the labels that were spread. */
const MOST = 5000;

export const viewFusion = defineMethod({
  id: 'view-fusion',
  kind: 'transform',
  title: 'Fusion of views',
  summary:
    'Puts several representations of the same rows into one space of what they share, and spreads the labels of a few rows over all.',
  blindTo: 'what only one view knows is left out; with more units than rows every direction seems shared',
  takes: 'many',
  labels: 'optional',
  parameters,
  values: [
    { key: 'shared', title: 'Directions that views share (λ > 1)', range: [0, null] },
    { key: 'agreement', title: 'Largest λ, as a share of the views', range: [0, 1] },
    { key: 'accuracy', title: 'Rows that get their class from the examples', range: [0, 1], better: 'higher' },
    { key: 'best-view', title: 'The same, by the best single view', range: [0, 1], better: 'higher' },
    { key: 'labelled', title: 'Rows that were given a class', range: [0, null] },
  ],
  invariances: ['translation'],
  symmetric: true,
  cost: 'O(n d² + d³) for d units of all views; with labels O(m n²)',
  formula:
    'Σw = λBw, Σ the covariance of all units + ridge, B its blocks of each view; z_v = x_v W_v diag(λ^p), rows to length 1; labels: class prototypes (means of the examples) as further nodes, graphs exp(-d² / median d²) of each view weighed by how closely it agrees with the others, F = (1 - α)(I - αD^(-1/2)WD^(-1/2))⁻¹Y',
  tex: String.raw`\Sigma w = \lambda B w, \qquad z_v = x_v W_v \Lambda^{p}, \qquad F = (1-\alpha)\big(I - \alpha D^{-1/2} W D^{-1/2}\big)^{-1} Y`,
  citation:
    'Fu, Hospedales, Xiang, Gong (2015). Transductive multi-view zero-shot learning. IEEE TPAMI 37. arXiv:1501.04560; graphs of single rows only, without their hypergraph and self-training; Zhou, Bousquet, Lal, Weston, Schölkopf (2004). Learning with local and global consistency. NIPS',
  async run(inputs, chosen, context) {
    const views = inputs as readonly Representation[];
    const n = views[0]?.matrix.rows ?? 0;
    if (n < FEWEST)
      throw new UserError(`There are ${n} rows: what views share shows in ${FEWEST} or more, better in hundreds.`);
    const units = views.reduce((sum, { matrix }) => sum + matrix.columns, 0);
    context.reserve(8 * (4 * n * units + 4 * units ** 2), 'the views and their covariance');
    const centred = views.map(({ matrix }) =>
      chosen.standardise ? standardiseColumns(matrix.toDouble()) : centreColumns(matrix.toDouble()),
    );
    context.progress(0, 'Shared directions');
    const { values: eigenvalues, maps } = await canonicalViews(centred, chosen.ridge, context);
    const shared = eigenvalues.filter((value) => value > 1 + 1e-9).length;
    const kept = chosen.directions === 'all' || shared === 0 ? eigenvalues.length : shared;
    const columns = Array.from({ length: kept }, (_, k) => k);
    const weighted: Matrix<Float64Array>[] = [];
    for (const [v, view] of centred.entries()) {
      const map = (maps[v] as Matrix<Float64Array>).takeColumns(columns);
      for (const k of map.data.keys())
        map.data[k] = (map.data[k] as number) * Math.max(0, eigenvalues[k % kept] as number) ** chosen.power;
      weighted.push(await multiply(view, map, context));
    }
    const spread = context.rows.labels ? await spreadLabels(weighted, chosen, context) : null;
    const fused = Matrix.zeros(n, kept);
    for (const rows of weighted)
      for (const k of fused.data.keys())
        fused.data[k] = (fused.data[k] as number) + (rows.data[k] as number) / views.length;
    const names = views.map(({ name }) => name);
    const single = spread ? Math.max(...spread.alone.map((value) => value ?? 0)) : null;
    const best = spread?.accuracy == null ? null : single;
    return {
      values: {
        shared,
        agreement: Math.max(0, Math.min(1, (eigenvalues[0] as number) / views.length)),
        accuracy: spread?.accuracy ?? null,
        'best-view': best,
        labelled: spread?.examples ?? 0,
      },
      tables: {
        ...(spread && {
          views: {
            title: 'Views',
            columns: ['view', 'weight', 'accuracy alone'],
            rows: names.map((name, v): Cell[] => [name, spread.weights[v] ?? null, spread.alone[v] ?? null]),
          },
          rows: rowTable('Labels that were spread', context, spread.found.slice(0, MOST), {
            class: (i) => spread.names[spread.label[i] as number] ?? null,
            margin: (i) => spread.margin[i] as number,
          }),
        }),
      },
      figures: [spectrum(eigenvalues, views.length), plane(fused, spread, context)],
      representations: [{ name: 'fused', matrix: fused }],
      steps: [
        chosen.standardise ? 'units standardised' : 'columns centred',
        `ridge ${chosen.ridge}`,
        `${kept} directions, weighed by λ^${chosen.power}`,
        'mean of the views',
        'float64',
      ],
      reading: `The views share ${shared} directions; the first is shared to ${percent(Math.min(1, (eigenvalues[0] as number) / views.length))}.${
        spread?.accuracy == null
          ? ''
          : ` From ${spread.examples} labelled rows, ${percent(spread.accuracy)} of the others get their class; the best single view gives ${percent(best ?? 0)}.`
      }`,
      warnings: [
        ...views.flatMap(constantColumns),
        ...(spread?.left ?? []),
        ...(units >= n
          ? [
              `There are ${units} units for ${n} rows: every direction seems shared. Raise the ridge, or reduce the views first.`,
            ]
          : []),
        ...(shared === 0 ? ['The views share no direction: all were kept.'] : []),
        ...(spread === null ? ['No labels were given, so none were spread: the accuracies are empty.'] : []),
        ...(spread !== null && spread.accuracy === null
          ? ['Every labelled row is an example, so there is none to judge by: the accuracies are empty (labelled).']
          : []),
      ],
    } satisfies Outcome;
  },
});

/** Labels of all rows from examples. */
interface Spread {
  readonly names: readonly string[];
  readonly weights: readonly number[];
  readonly alone: readonly (number | null)[];
  readonly accuracy: number | null;
  readonly examples: number;
  readonly label: Int32Array;
  readonly margin: Float64Array;
  /** Rows that were no examples. */
  readonly found: readonly number[];
  readonly left: readonly string[];
}

async function spreadLabels(
  weighted: readonly Matrix<Float64Array>[],
  { labelled, neighbours, alpha }: z.output<typeof parameters>,
  context: Context,
): Promise<Spread> {
  const n = weighted[0]?.rows ?? 0;
  const classes = classesOf(context.rows, n, 1);
  const count = classes.names.length;
  const examples = classes.groups.map((group) => (labelled > 0 ? group.subarray(0, labelled) : group));
  const given = new Set(examples.flatMap((group) => [...group]));
  context.reserve(8 * 3 * (n + count) ** 2, 'similarities of all rows');
  const nodes = weighted.map((rows) => normaliseRows(withPrototypes(rows, examples)).matrix);
  const y = Matrix.zeros(n + count, count);
  for (let c = 0; c < count; c++) y.row(n + c).fill(-1)[c] = 1;
  const graphs = [];
  const alone: (number | null)[] = [];
  for (const [v, rows] of nodes.entries()) {
    context.progress(0.3 + (0.5 * v) / nodes.length, `Neighbours in view ${v + 1} of ${nodes.length}`);
    const graph = await similarityGraph(rows, neighbours, count, WIDE, context);
    graphs.push(graph);
    alone.push(judge(decide(propagate(graph, y, alpha, context), n).label, classes, given));
  }
  const weights = viewWeights(nodes);
  const { label, margin } = decide(propagate(combine(graphs, weights), y, alpha, context), n);
  const found = Array.from({ length: n }, (_, i) => i).filter((i) => !given.has(i));
  return {
    ...{ names: classes.names, weights, alone, label, margin, found },
    accuracy: judge(label, classes, given),
    examples: given.size,
    left: classes.left.filter((text) => !text.includes('were left out')),
  };
}

/** The rows, and below them the mean of the examples of each class. */
function withPrototypes(rows: Matrix<Float64Array>, examples: readonly Int32Array[]): Matrix<Float64Array> {
  const out = Matrix.zeros(rows.rows + examples.length, rows.columns);
  out.data.set(rows.data);
  for (const [c, group] of examples.entries()) {
    const mean = out.row(rows.rows + c);
    for (const i of group)
      rows.row(i).forEach((value, j) => {
        mean[j] = (mean[j] as number) + value / group.length;
      });
  }
  return out;
}

/** The class with the largest share of each of the first n rows, and by how much. */
function decide(f: Matrix<Float64Array>, n: number) {
  const label = new Int32Array(n);
  const margin = new Float64Array(n);
  for (let i = 0; i < n; i++) {
    const row = f.row(i);
    let [best, second] = [0, Number.NEGATIVE_INFINITY];
    for (let c = 1; c < row.length; c++) {
      if ((row[c] as number) > (row[best] as number)) [best, second] = [c, row[best] as number];
      else second = Math.max(second, row[c] as number);
    }
    label[i] = best;
    margin[i] = Math.max(0, (row[best] as number) - second);
  }
  return { label, margin };
}

/** Share of the rows of a known class, other than the examples, that get it; null where there are none. */
function judge(label: Int32Array, { of, rows }: Classes, given: ReadonlySet<number>): number | null {
  const judged = [...rows].filter((i) => !given.has(i));
  return judged.length === 0 ? null : judged.filter((i) => label[i] === of[i]).length / judged.length;
}

function spectrum(values: Float64Array, views: number): Figure {
  return {
    ...{ id: 'shared', kind: 'line', title: 'How many directions are shared' },
    caption: `Generalised eigenvalues: ${views} where all views have a direction, 1 where each has it alone.`,
    x: { label: 'direction' },
    y: { label: 'λ', domain: [0, views] },
    series: [
      {
        name: 'λ',
        x: Array.from(values, (_, k) => k + 1),
        y: Array.from(values, (value) => digits6(Math.max(0, value))),
      },
    ],
    references: [{ y: 1, label: 'shared by none' }],
  };
}

function plane(fused: Matrix<Float64Array>, spread: Spread | null, context: Context): Scatter {
  const { rows, note } = drawnRows(context, fused.rows);
  const along = (axis: number) =>
    Array.from(rows, (i) => (axis < fused.columns ? Number(fused.at(i, axis).toPrecision(6)) : 0));
  const points = pointsOf(context, rows);
  return {
    ...{ id: 'fused', kind: 'scatter', title: 'What the views share' },
    caption: `Each point is a row along the two directions that are shared most${spread ? ', coloured by the class that it was given' : ''}.${note}`,
    panels: [
      {
        title: '',
        x: { label: 'first shared direction' },
        y: { label: 'second shared direction' },
        xs: along(0),
        ys: along(1),
      },
    ],
    ...points,
    ...(spread && {
      labels: {
        kind: 'category',
        name: 'class',
        categories: spread.names,
        index: Array.from(rows, (i) => spread.label[i] as number),
      },
    }),
  };
}
