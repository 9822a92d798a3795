import { z } from 'zod';
import { normaliseInDouble } from '../../linalg/centre';
import { CANCELLED, squaredDistance } from '../../linalg/distances';
import type { Matrix } from '../../linalg/matrix';
import { multiply } from '../../linalg/products';
import { Random } from '../../linalg/random';
import { singularValues } from '../../linalg/svd';
import type { Line } from '../../protocol/figures';
import type { Table } from '../../protocol/result';
import { type Context, defineMethod, type Outcome, type Representation } from '../method';
import { type AnchorChoice, anchorParameters, chooseAnchors } from '../sample/anchors';
import { lostBeyond, spannedShare } from '../sample/span';
import { digits6 } from '../shared/image';
import { plane } from '../shared/plane';
import { mean } from '../shared/retrieval';
import { LISTED, rowTable } from '../shared/row-table';
import { sortedLine } from '../shared/sorted-line';
import {
  type ProjectionChoice,
  preparedRows,
  project,
  projectionParameters,
  projectionSteps,
} from '../transform/projections';
import { anchorTable, zeroRowWarnings } from '../transform/relative';

const parameters = z.object({ ...anchorParameters, ...projectionParameters });

/** Ways to choose anchors that every space allows: what the chosen ones are held against. */
const OTHERS = ['uniform', 'farthest', 'kmeans'] as const;

export const anchorCoverage = defineMethod({
  id: 'anchor-coverage',
  kind: 'describe',
  title: 'Anchor coverage',
  summary:
    'How well anchors stand for a space: how far rows are from the nearest one, what share of the space they span, and whether another choice would do better.',
  blindTo: 'sees one space, not whether the anchors lie alike in another',
  takes: 'one',
  labels: 'optional',
  parameters,
  values: [
    { key: 'mean-distance', title: 'Mean distance to the nearest anchor', range: [0, null] },
    { key: 'covering-radius', title: 'Largest distance to the nearest anchor', range: [0, null] },
    { key: 'spanned', title: 'Share of squared length that anchors span', range: [0, 1] },
    { key: 'rank', title: 'Rank of the relative representation', range: [0, null] },
    { key: 'effective-rank', title: 'Effective rank of it', range: [0, null] },
  ],
  invariances: [],
  symmetric: false,
  cost: 'O(nmp) for m anchors, four times',
  formula:
    'distance of row i = min over anchors a of |x_i / |x_i| - x_a / |x_a|| (euclidean and basis: of |x_i - x_a|; l1: of Σ|x_i - x_a|); spanned = |X P|² / |X|² for the projector P on the anchors, both centred and divided as is chosen (for distances: less the mean of the anchors); effective rank = exp of the entropy of the shares of singular values of R',
  tex: String.raw`d_i = \min_{a \in A} \left\lVert \tfrac{x_i}{\lVert x_i\rVert} - \tfrac{x_a}{\lVert x_a\rVert} \right\rVert, \qquad \frac{\lVert X P_A \rVert_F^2}{\lVert X \rVert_F^2}`,
  citation:
    'Moschella et al. (2023), appendix on anchor selection. arXiv:2209.15430; Gonzalez (1985), Clustering to minimize the maximum intercluster distance; Roy and Vetterli (2007), The effective rank',
  async run([input], chosen, context) {
    const { name, matrix } = input as Representation;
    const anchors = await chooseAnchors(matrix, chosen, context);
    const count = anchors.rows.length;
    const bytes = 8 * matrix.rows * (5 * count + 2 * matrix.columns);
    context.reserve(bytes, 'the relative representations of four choices of anchors and rows of length one');
    context.progress(0.2, 'Distances from the anchors');
    const own = await nearest(matrix, anchors.rows, chosen, context);
    const curves = [{ name: `chosen (${chosen['anchor-selection']})`, values: own.distances }];
    for (const [i, selection] of OTHERS.entries()) {
      if (selection === chosen['anchor-selection']) continue;
      context.progress(0.3 + 0.15 * i, `Anchors: ${selection}`);
      const other: AnchorChoice = { ...chosen, anchors: count, 'anchor-selection': selection, 'anchor-rows': '' };
      const fresh = { ...context, progress: () => {}, random: new Random(context.random.seed) };
      const { rows } = await chooseAnchors(matrix, other, fresh);
      curves.push({ name: selection, values: (await nearest(matrix, rows, chosen, context)).distances });
    }
    context.progress(0.8, 'Rank');
    const relative = (await project(matrix, anchors.rows, chosen, context.signal)).matrix;
    const singular = await singularValues(relative, { signal: context.signal });
    const rank = rankOf(singular, relative);
    const spanned = await spannedShare(matrix, anchors.rows, chosen, context.signal);
    const worst = [...own.distances.keys()].sort((i, j) => at(own.distances, j) - at(own.distances, i) || i - j);
    const byClass = classTable(own.distances, anchors.rows, context);
    return {
      values: {
        'mean-distance': mean(own.distances),
        'covering-radius': own.distances.reduce((a, b) => Math.max(a, b), 0),
        ...{ spanned, rank, 'effective-rank': effectiveRank(singular) },
      },
      tables: {
        choices: choiceTable(curves),
        ...(byClass && { classes: byClass }),
        'least-covered': rowTable(
          `Rows farthest from every anchor: ${Math.min(LISTED, worst.length)} of ${worst.length}`,
          context,
          worst.slice(0, LISTED),
          { distance: (row) => at(own.distances, row) },
        ),
        anchors: anchorTable(anchors.rows, context),
      },
      figures: [
        await plane(
          {
            id: 'coverage',
            title: 'Distance to the nearest anchor',
            caption: 'Each point is a row along the two directions that vary most; anchors themselves have distance 0.',
          },
          [{ name, matrix }],
          { name: 'distance to the nearest anchor', values: own.distances },
          context,
        ),
        sortedLine(
          {
            id: 'distances',
            title: 'Rows by their distance to the nearest anchor',
            caption: `As many anchors by each way of choosing. The lower a curve, the better its ${count} anchors cover the space.`,
            of: 'rows',
            y: { label: 'distance' },
          },
          curves,
        ),
        spectrum(singular, rank),
      ],
      steps: [anchors.step, ...projectionSteps(chosen), 'products in float64'],
      reading: `${spanned === null ? 'A' : `${count} anchors span ${(100 * spanned).toFixed(1)} % of the squared length of the rows of ${name}; a`} row is ${mean(own.distances).toFixed(3)} from its nearest anchor on the mean. A choice that covers one space well need not cover another.`,
      warnings: [
        ...anchors.warnings,
        ...zeroRowWarnings(name, own.zeroRows),
        ...(spanned === null ? ['No row has a length of which anchors could span a share: that share is empty.'] : []),
        ...(rank === 0 ? ['The relative representation is all zeros: it has no effective rank.'] : []),
        ...(await lostBeyond(name, matrix, anchors.rows, chosen, context.signal, spanned)),
      ],
    } satisfies Outcome;
  },
});

function at(values: Float64Array, i: number): number {
  return values[i] as number;
}

/** On the unit sphere for cosines and angles; otherwise by the distance that the projection takes, Euclidean for `basis`. */
async function nearest(x: Matrix, anchors: Int32Array, chosen: ProjectionChoice, { signal }: Context) {
  const sphere = chosen.projection === 'cosine' || chosen.projection === 'angular';
  const measure: ProjectionChoice = {
    ...chosen,
    projection: chosen.projection === 'l1' ? 'l1' : 'euclidean',
    standardise: chosen.standardise === 'units' ? 'units' : 'none',
  };
  const unit = sphere ? normaliseInDouble(preparedRows(x, anchors, chosen).rows) : null;
  const points = unit?.matrix;
  const matrix = points
    ? await multiply(points, points.takeRows(anchors), { transposeB: true, signal })
    : (await project(x, anchors, measure, signal)).matrix;
  const distances = Float64Array.from({ length: x.rows }, (_, i) => {
    const row = matrix.row(i);
    if (!points) return row.reduce((a, b) => Math.min(a, b), Infinity);
    signal.throwIfAborted();
    const square = (cosine: number, a: number) => {
      const apart = 2 - 2 * cosine;
      return apart < CANCELLED ? squaredDistance(points.row(i), points.row(anchors[a] as number)) : apart;
    };
    return Math.sqrt(row.reduce((least, cosine, a) => Math.min(least, square(cosine, a)), Infinity));
  });
  for (const row of anchors) distances[row] = 0;
  return { distances, zeroRows: unit?.zeroRows.length ?? 0 };
}

function rankOf(singular: Float64Array, { rows, columns }: Matrix): number {
  const least = Math.max(rows, columns) * Number.EPSILON * (singular[0] ?? 0);
  return singular.filter((value) => value > least).length;
}

/** exp of the entropy of the shares of the singular values; null where all are zero. */
function effectiveRank(singular: Float64Array): number | null {
  const total = singular.reduce((a, b) => a + b, 0);
  if (!(total > 0)) return null;
  let entropy = 0;
  for (const value of singular) if (value > 0) entropy -= (value / total) * Math.log(value / total);
  return Math.exp(entropy);
}

function choiceTable(curves: readonly { readonly name: string; readonly values: Float64Array }[]): Table {
  return {
    title: 'Ways to choose as many anchors',
    columns: ['anchors', 'mean distance', 'largest distance'],
    rows: curves.map(({ name, values }) => [name, mean(values), values.reduce((a, b) => Math.max(a, b), 0)]),
  };
}

/** How each category of the labels is covered; undefined without categories. */
function classTable(distances: Float64Array, anchors: Int32Array, { rows: { labels } }: Context): Table | undefined {
  if (labels?.kind !== 'category') return undefined;
  const chosen = new Set(anchors);
  const members = labels.categories.map((): number[] => []);
  for (const [i, own] of labels.index.entries()) members[own]?.push(i);
  return {
    title: `Coverage by ${labels.name}`,
    columns: [labels.name, 'rows', 'anchors', 'mean distance'],
    rows: labels.categories.flatMap((category, c) => {
      const rows = members[c] as number[];
      if (rows.length === 0) return [];
      const far = mean(Float64Array.from(rows, (i) => at(distances, i)));
      return [[category, rows.length, rows.filter((i) => chosen.has(i)).length, far]];
    }),
  };
}

function spectrum(singular: Float64Array, rank: number): Line {
  const largest = singular[0] || 1;
  return {
    id: 'relative-spectrum',
    kind: 'line',
    title: 'Singular values of the relative representation',
    caption: `Relative to the largest. ${rank} of ${singular.length} are above rounding; the faster they fall, the more the anchors say the same.`,
    x: { label: 'place' },
    y: { label: 'singular value', domain: [0, 1] },
    series: [
      {
        name: 'singular value',
        x: Array.from(singular.keys(), (k) => k + 1),
        y: Array.from(singular, (value) => digits6(value / largest)),
      },
    ],
  };
}
