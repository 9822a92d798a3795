import { z } from 'zod';
import { centreInDouble, standardiseColumns } from '../../linalg/centre';
import { Matrix } from '../../linalg/matrix';
import { multiply } from '../../linalg/products';
import { UserError } from '../../protocol/errors';
import type { Figure, Scatter } from '../../protocol/figures';
import type { Cell, Chance } from '../../protocol/result';
import { count, plural } from '../../protocol/words';
import { summarise } from '../match/shuffled';
import { type Context, defineMethod, type Outcome, type Representation } from '../method';
import { inRange, rangeExponent } from '../shared/centred';
import { digits6 } from '../shared/image';
import { percent } from '../shared/pca';
import { drawnRows, pointsOf } from '../shared/points';
import { inWords } from '../shared/reading';
import { rowTable } from '../shared/row-table';
import { constantColumns } from '../shared/warnings';
import { type CanonicalViews, canonicalViews } from './canonical-views';
import { type Spread, spreadLabels } from './label-spread';

const parameters = z.object({
  standardise: z.boolean().default(true).meta({
    title: 'Standardise',
    description:
      'Every unit to deviation 1 (divided by n) before anything else, so that the ridge means the same for every view.',
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
  prototypes: z.number().min(1).max(100).default(8).meta({
    title: 'Neighbours of a prototype',
    description: 'How many times as many as a row has: a prototype stands for a whole class.',
  }),
  hypergraph: z.number().min(0).max(1).default(0).meta({
    title: 'Share of the hypergraph',
    description:
      '0: labels spread from row to row within each view; 0.75, as published: that much of the weight is of rows that are near the same rows of another view; 1: of these alone.',
  }),
  'self-training': z.boolean().default(false).meta({
    title: 'Self-training',
    description:
      'A prototype becomes the mean of the rows nearest to it by cosine in its view, as many as half of an even share of a class and 500 at most, before labels spread.',
  }),
  alpha: z.number().min(0).max(0.99).default(0.5).meta({
    title: 'α',
    description: 'How far labels spread: 0 not at all; near 1 everywhere.',
  }),
});

const FEWEST = 3;
/** A direction is shared where λ is above 1 by more than rounding. */
const SHARED = 1 + 1e-9;
/** Random pairings of the rows of all views, where each takes so many multiplications at most. */
const PAIRINGS = 10;
const AFFORDABLE = 2e9;
/** Rows listed of the labels that were spread. */
const MOST = 5000;

export const viewFusion = defineMethod({
  id: 'view-fusion',
  kind: 'transform',
  title: 'Fusion of views',
  summary:
    'Puts several representations of the same rows into one space of what they share, and spreads the labels of a few rows over all.',
  blindTo:
    'what only one view knows is left out; of two views as many directions as the narrower has units have λ above 1 whatever they hold, so that the number of shared directions is read beside that of rows paired at random; with more units than rows every direction seems shared',
  takes: 'many',
  labels: 'optional',
  parameters,
  values: [
    { key: 'agreement', title: 'How far the first direction is shared: (λ - 1) / (m - 1) of m views', range: [0, 1] },
    { key: 'shared', title: 'Directions that views share (λ > 1)', range: [0, null] },
    { key: 'accuracy', title: 'Rows that get their class from the examples', range: [0, 1], better: 'higher' },
    { key: 'best-view', title: 'The same, by the best single view', range: [0, 1], better: 'higher' },
    { key: 'labelled', title: 'Rows that were given a class', range: [0, null] },
  ],
  invariances: ['translation'],
  symmetric: true,
  cost: 'O(n d² + d³) for d units of all views; with labels O(m n²)',
  formula:
    'Σw = λBw, Σ the covariance of all units (divided by n - 1) + ridge, B its blocks of each view, λ from 0 to the number m of views, above 1 where views agree, of two views 1 ± a canonical correlation; z_v = x_v W_v diag(λ^p), of which the mean over views is made; labels: class prototypes (means of z_v over the examples) as further nodes, then all to length 1, graphs (K + Kᵀ) / 2 of each view, K = exp(-d² / median d²) at the nearest of each node, itself among them, the median over all pairs, each node with itself (d = 0) too, weighed by how closely it agrees with the others, W their sum, or (1 - h) of it + h ηᵀdiag(δ)η over hyperedges, each the rows of one view nearest to a row of another; Y of a prototype 1 for its class and -1 for every other, of a row 0; F = (1 - α)(I - αD^(-1/2)WD^(-1/2))⁻¹Y, of which a row gets the class with the largest entry, and none where two are equal or no label reaches it',
  tex: String.raw`\Sigma w = \lambda B w, \qquad z_v = x_v W_v \Lambda^{p}, \qquad z = \tfrac1m \sum_v z_v, \qquad F = (1-\alpha)\big(I - \alpha D^{-1/2} W D^{-1/2}\big)^{-1} Y`,
  citation:
    'Fu, Hospedales, Xiang, Gong (2015). Transductive multi-view zero-shot learning. IEEE TPAMI 37. arXiv:1501.04560; views without prior weights, and one pass, where their program keeps the best of several; Zhou, Bousquet, Lal, Weston, Schölkopf (2004). Learning with local and global consistency. NIPS',
  async run(inputs, chosen, context) {
    const views = inputs as readonly Representation[];
    const n = views[0]?.matrix.rows ?? 0;
    if (n < FEWEST)
      throw new UserError(`There are ${n} rows: what views share shows in ${FEWEST} or more, better in hundreds.`);
    const units = views.reduce((sum, { matrix }) => sum + matrix.columns, 0);
    context.reserve(8 * (4 * n * units + 4 * units ** 2), 'the views and their covariance');
    // Each view in a unit of its own in which the squares of large values are doubles, and the ridge in the square of it.
    const exponents = views.map(({ matrix }) => (chosen.standardise ? 0 : Math.max(0, rangeExponent(matrix))));
    const centred = views.map(({ matrix }, v) =>
      chosen.standardise
        ? standardiseColumns(matrix.toDouble())
        : centreInDouble((exponents[v] as number) > 0 ? inRange(matrix) : matrix),
    );
    const ridges = exponents.map((exponent) => chosen.ridge * 2 ** (-2 * exponent));
    context.progress(0, 'Shared directions');
    const canonical = await canonicalViews(centred, ridges, context);
    const { values: eigenvalues, maps } = canonical;
    const { shared, agreement } = sharedOf(eigenvalues, views.length);
    const affordable = n * units ** 2 + 10 * units ** 3 <= AFFORDABLE;
    const chance = affordable && !context.bare ? await byChance(canonical, { shared, agreement }, n, context) : null;
    const kept = chosen.directions === 'all' || shared === 0 ? eigenvalues.length : shared;
    const weighted: Matrix<Float64Array>[] = [];
    for (const [v, view] of centred.entries()) {
      const map = (maps[v] as Matrix<Float64Array>).columnBand(0, kept);
      for (const k of map.data.keys())
        map.data[k] = (map.data[k] as number) * Math.max(0, eigenvalues[k % kept] as number) ** chosen.power;
      weighted.push(await multiply(view, map, context));
    }
    const spread = context.rows.labels ? await spreadLabels(centred, weighted, chosen, context) : null;
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
        agreement,
        accuracy: spread?.accuracy ?? null,
        'best-view': best,
        labelled: spread?.examples ?? 0,
      },
      ...(chance && { chance }),
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
      figures: [spectrum(eigenvalues, views.length, chance?.agreement), plane(fused, spread, context)],
      representations: [{ name: 'fused', matrix: fused }],
      steps: [
        chosen.standardise ? 'units standardised' : 'columns centred',
        `ridge ${chosen.ridge}`,
        `${plural(kept, 'direction')}, weighed by λ^${chosen.power}`,
        'mean of the views',
        ...(affordable ? [] : ['no level of chance: it takes too long with so many rows and units']),
        ...(spread && chosen.hypergraph > 0 ? [`hypergraph weighing ${chosen.hypergraph}`] : []),
        ...(spread && chosen['self-training'] ? ['prototypes trained once on the rows nearest to them'] : []),
        'float64',
      ],
      reading: `${sharing({ shared, agreement }, chance)}${
        spread?.accuracy == null
          ? ''
          : ` From ${plural(spread.examples, 'labelled row')}, ${percent(spread.accuracy)} of the others get their class; the best single view gives ${percent(best ?? 0)}.`
      }`,
      warnings: [
        ...views.flatMap(constantColumns),
        ...(spread?.left ?? []),
        ...(spread ? unanswered(spread) : []),
        ...(units >= n
          ? [
              `There are ${units} units for ${n} rows: every direction seems shared. Raise the ridge, or reduce the views first.`,
            ]
          : []),
        ...(shared === 0 ? ['The views share no direction: all were kept.'] : []),
        ...(spread === null ? ['No labels were given, so none were spread: the accuracies are empty.'] : []),
        ...(spread !== null && spread.accuracy === null
          ? [
              'Every labelled row is an example, so there is none to judge by, and the accuracies are empty. Set how many labelled rows of each class are examples (labelled), and the others are judged.',
            ]
          : []),
      ],
    } satisfies Outcome;
  },
});

interface Shared {
  readonly shared: number;
  readonly agreement: number;
}

/** @param eigenvalues of so many views, descending */
function sharedOf(eigenvalues: Float64Array, views: number): Shared {
  return {
    shared: eigenvalues.filter((value) => value > SHARED).length,
    agreement: Math.max(0, Math.min(1, ((eigenvalues[0] as number) - 1) / (views - 1))),
  };
}

/** The same of views whose rows are paired at random. */
async function byChance({ maps, paired }: CanonicalViews, observed: Shared, n: number, { random }: Context) {
  const draws: Shared[] = [];
  for (let i = 0; i < PAIRINGS; i++)
    draws.push(sharedOf(await paired(maps.map(() => random.permutation(n))), maps.length));
  const level = (key: keyof Shared) =>
    summarise(
      observed[key],
      draws.map((draw) => draw[key]),
    );
  return { shared: level('shared'), agreement: level('agreement') };
}

function sharing({ shared, agreement }: Shared, chance: Readonly<Record<keyof Shared, Chance>> | null): string {
  const many = `The views share ${plural(shared, 'direction')}`;
  const first = shared === 0 ? '' : `; the first is shared to ${percent(agreement)}`;
  if (!chance) return `${many}${first}.`;
  const { shared: number, agreement: share } = chance;
  return `${many} (${inWords(number.level)} when rows are paired at random)${first}${first && ` (${percent(share.level)})`}.`;
}

/** What to say of rows that got no class. */
function unanswered({ label, found }: Spread): string[] {
  const none = found.filter((i) => label[i] === -1).length;
  if (none === 0) return [];
  const are = none === 1 ? 'is' : 'are';
  return [
    `${count(none)} of ${plural(found.length, 'row')} ${are} reached by no label, or by two classes alike, and got no class; where theirs is known it counts as not found. Take more neighbours, more labelled rows, or an α above 0.`,
  ];
}

function spectrum(values: Float64Array, views: number, chance: Chance | undefined): Figure {
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
    references: [
      { y: 1, label: 'shared by none' },
      ...(chance
        ? [{ y: Number((1 + (views - 1) * chance.level).toPrecision(6)), label: 'the first, rows paired at random' }]
        : []),
    ],
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
