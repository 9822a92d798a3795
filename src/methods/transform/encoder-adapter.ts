import { z } from 'zod';
import { centreColumns, normaliseInDouble } from '../../linalg/centre';
import type { Matrix } from '../../linalg/matrix';
import { multiply } from '../../linalg/products';
import type { Scatter } from '../../protocol/figures';
import {
  type Adapter,
  adapterNames,
  fitAdapter,
  headParameter,
  headWords,
  keepsFirst,
  unitsParameter,
  vectorsOf,
} from '../compare/adapters';
import { type Labelled, searches } from '../compare/compatibility-tests';
import { type Context, defineMethod, type Outcome, type Representation } from '../method';
import { type Classes, classesOf } from '../shared/classes';
import { coherenceOf, frameBytes, welchBound } from '../shared/equiangular';
import { principalAxes } from '../shared/pca';
import { drawnRows, pointsOf } from '../shared/points';
import { inWords } from '../shared/reading';
import { zeroRows } from '../shared/warnings';
import { openSet, type Pointing, pointingOf } from './open-set';
import { unseenAreas, unseenWords } from './unseen-classes';

const choices = adapterNames.filter((name) => name !== 'none');
const parameters = z.object({
  adapter: z.enum(choices).default('simplex').meta({
    title: 'Adapter',
    description:
      'simplex: every version onto the vertices of one regular simplex, one for each class; equiangular: onto as many vectors in any number of units, of which no two are near; harmonic: onto the class templates of the first version (mean rows, scaled to length 1), which stays as it is; triplet: on from there by triplets of rows of both (semi-hard, margin 0.2, 60 steps of AdaGrad); procrustes: rotated onto the first version.',
  }),
  ridge: z.number().min(0).max(1e6).default(1).meta({
    title: 'Ridge penalty',
    description: 'Of all adapters but procrustes, on rows of length 1; 0: least squares.',
  }),
  units: unitsParameter,
  head: headParameter,
});

const FOLDS = 5;

/** Fits the map of a version to some rows of some classes. */
type Fit = (t: number, fitted: Int32Array, classes: Classes) => Promise<Adapter>;

export const encoderAdapter = defineMethod({
  id: 'encoder-adapter',
  kind: 'transform',
  title: 'Encoder adapter',
  summary:
    'Brings versions of an encoder, or one, into a space by a linear map each, fitted to labelled rows: versions can then search one another, and classes have an axis each.',
  blindTo: 'a map that is fitted to some classes may fail on others',
  takes: 'many',
  least: 1,
  labels: 'required',
  parameters,
  values: [
    { key: 'accuracy', title: 'Last version in the first, on held-out rows', range: [0, 1], better: 'higher' },
    { key: 'unseen', title: 'Area under the ROC, classes not fitted to', range: [0, 1], better: 'higher' },
    { key: 'unseen-before', title: 'The same of the last version as it is', range: [0, 1], better: 'higher' },
    { key: 'classes', title: 'Classes fitted to', range: [2, null] },
    { key: 'units', title: 'Units of the common space', range: [1, null] },
  ],
  invariances: ['scaling'],
  symmetric: false,
  cost: 'O(T n p min(n, p)) for T versions, six times, and of the last one twice more',
  formula:
    'z = x A / ‖x A‖ for rows x of length 1; A minimises Σ ‖xᵢ A - w(yᵢ)‖² + λ ‖A‖² over labelled rows, w the vertices of a regular simplex or the templates of the first version (means of its rows of length 1, scaled to length 1), or is orthogonal and nearest to the first version; head by cross-entropy: from that A on, an affine map that minimises -Σ ln softmax_w(⟨z, w⟩ / 0.07) at w(yᵢ). Open-set score: 1 - max_w ⟨z, w⟩; accuracy over five folds; unseen: the map fitted to every other class (of four or five to two or three, whose simplex is a line or a plane), probability that two rows of one of the others are nearer than two of two',
  tex: String.raw`z = \frac{xA}{\lVert xA\rVert}, \qquad A = \operatorname*{arg\,min}_A \sum_i \lVert x_iA - w_{y_i}\rVert^2 + \lambda\lVert A\rVert_F^2, \qquad \langle w_a, w_b\rangle = \frac{-1}{K-1}`,
  citation:
    'Biondi, Pernici, Ricci, Del Bimbo (2024). Stationary representations: optimally approximating compatibility and implications for improved model replacements. CVPR. arXiv:2405.02581; harmonic: after Schroff, Kalenichenko, Philbin (2015). FaceNet. CVPR, section 5.6, by least squares in place of triplets; triplet: with them, of one layer; equiangular: Shen, Sun, Wei (2022). Equiangular basis vectors. CVPR 2023. arXiv:2303.11637, with either head',
  async run(inputs, { adapter, ...chosen }, context) {
    const versions = inputs as readonly Representation[];
    const n = versions[0]?.matrix.rows ?? 0;
    const classes = classesOf(context.rows, n, 2);
    const units = versions.reduce((sum, { matrix }) => sum + matrix.columns, 0);
    context.reserve(8 * 5 * n * units, 'the versions and their maps');
    if (adapter === 'equiangular')
      context.reserve(frameBytes(classes.names.length, chosen.units), 'a vector for each class');
    const unit = versions.map(({ matrix }) => normaliseInDouble(matrix).matrix);
    const adapt: Fit = async (t, fitted, of) => {
      context.signal.throwIfAborted();
      if (t === 0 && keepsFirst(adapter)) return async (rows) => rows;
      const side = (version: Matrix<Float64Array> | undefined) => labelled(version as Matrix<Float64Array>, fitted, of);
      return fitAdapter(adapter, side(unit[t]), side(unit[0]), of.names.length, chosen, context);
    };
    const made: Matrix<Float64Array>[] = [];
    for (const [t, rows] of unit.entries()) {
      context.progress((0.5 * t) / unit.length, `Fitting version ${t + 1} of ${unit.length}`);
      const map = await adapt(t, classes.rows, classes);
      made.push(await map(rows));
    }
    const vectors = await vectorsOf(adapter, classes.names.length, chosen.units, context);
    const { accuracy, pointing } = await heldOut(unit, made, vectors, classes, adapt, context);
    const end = unit.length - 1;
    const areas = await unseenAreas(
      unit[end] as Matrix<Float64Array>,
      classes,
      (seen) => adapt(end, seen.rows, seen),
      context,
    );
    const unseen = unseenWords(areas, classes);
    const open =
      pointing &&
      openSet(
        versions.map(({ name }) => name),
        pointing,
        classes,
        context,
      );
    const [first, last] = [versions[0] as Representation, versions.at(-1) as Representation];
    return {
      values: {
        ...{ classes: classes.names.length, units: made[0]?.columns ?? 0, accuracy },
        ...{ unseen: areas?.after ?? null, 'unseen-before': areas?.before ?? null },
      },
      ...(open && { tables: open.tables }),
      figures: [await plane(versions, made, adapter, context), ...(open ? [open.figure] : [])],
      representations: versions.map(({ name, matrix }, t) => {
        const rows = made[t] as Matrix<Float64Array>;
        return { name: `${name} adapted`, matrix: rows.inPrecisionOf(matrix) };
      }),
      steps: [
        'rows of length 1, before and after',
        `${adapter} adapter fitted${headWords(adapter, chosen.head)} to ${classes.rows.length} rows of ${classes.names.length} classes of "${classes.label}"`,
        ...(adapter === 'equiangular' && vectors
          ? [
              `largest |cosine| of two vectors ${inWords(await coherenceOf(vectors, context))}, at least ${inWords(welchBound(classes.names.length, chosen.units))} (Welch)`,
            ]
          : []),
        'float64',
      ],
      reading: `${versions.length === 1 ? `The rows of ${first.name} are` : 'All versions are'} now in one space of ${made[0]?.columns} units. On rows that the maps were not fitted to, ${last.name} finds the class of ${inWords(accuracy)} of its rows among the templates of ${first.name}.${unseen.words}${open?.words ?? ''}`,
      warnings: [...classes.left, ...versions.flatMap(zeroRows), ...unseen.warnings],
    } satisfies Outcome;
  },
});

function labelled(version: Matrix<Float64Array>, places: Int32Array, { of }: Classes): Labelled {
  return { rows: version.takeRows(places), of: places.map((place) => of[place] as number) };
}

/**
 * Share of the held-out rows of the last version that are nearest to their class template of the first, over folds; and where rows
 * point among the vectors of the classes, if there are any: those of a class when they are held out, others by the map of all.
 */
async function heldOut(
  unit: readonly Matrix<Float64Array>[],
  made: readonly Matrix<Float64Array>[],
  vectors: Matrix<Float64Array> | null,
  classes: Classes,
  adapt: Fit,
  context: Context,
): Promise<{ readonly accuracy: number; readonly pointing: readonly Pointing[] | null }> {
  const fold = new Int8Array(classes.of.length).fill(-1);
  const folds = Math.min(FOLDS, ...classes.groups.map(({ length }) => length));
  for (const group of classes.groups)
    for (const [place, k] of context.random.permutation(group.length).entries())
      fold[group[k] as number] = place % folds;
  const last = unit.length - 1;
  const pointing: Pointing[] = [];
  if (vectors) for (const rows of made) pointing.push(await pointingOf(rows, vectors, context));
  let hits = 0;
  for (let held = 0; held < folds; held++) {
    context.progress(0.5 + (0.4 * held) / folds, `Fold ${held + 1} of ${folds}`);
    const fitted = classes.rows.filter((i) => fold[i] !== held);
    const judged = classes.rows.filter((i) => fold[i] === held);
    const pick = (t: number, places: Int32Array) => labelled(unit[t] as Matrix<Float64Array>, places, classes);
    const [gallery, query] = [pick(0, fitted), pick(last, judged)];
    const [into, from] = [await adapt(0, fitted, classes), await adapt(last, fitted, classes)];
    const images = await from(query.rows);
    const found = await searches(
      { ...query, rows: images },
      { ...gallery, rows: await into(gallery.rows) },
      classes.names.length,
      'templates',
      context,
    );
    hits += found.reduce((sum, hit) => sum + hit, 0);
    if (!vectors) continue;
    for (const [t, all] of pointing.entries()) {
      const map = t === last ? from : t === 0 ? into : await adapt(t, fitted, classes);
      const rows = t === last ? images : await map(pick(t, judged).rows);
      const { nearest, distance } = await pointingOf(rows, vectors, context);
      for (const [k, place] of judged.entries()) {
        all.nearest[place] = nearest[k] as number;
        all.distance[place] = distance[k] as number;
      }
    }
  }
  return { accuracy: hits / classes.rows.length, pointing: vectors && pointing };
}

/** All versions in the principal plane of the first as it is now. */
async function plane(
  versions: readonly Representation[],
  made: readonly Matrix<Float64Array>[],
  adapter: string,
  context: Context,
): Promise<Scatter> {
  const { rows, note } = drawnRows(context, made[0]?.rows ?? 0);
  const { axes } = await principalAxes(centreColumns(made[0] as Matrix<Float64Array>), 2, context);
  const panels = [];
  for (const [t, version] of made.entries()) {
    const flat = await multiply(version.takeRows(rows), axes, context);
    const along = (axis: number) =>
      Array.from(rows, (_, i) => (axis < flat.columns ? Number(flat.at(i, axis).toPrecision(6)) : 0));
    panels.push({
      title: versions[t]?.name ?? '',
      x: { label: 'first axis' },
      y: { label: 'second axis' },
      xs: along(0),
      ys: along(1),
    });
  }
  return {
    ...{ id: 'common-space', kind: 'scatter', title: 'Versions in the common space' },
    caption: `Each point is a row after the ${adapter} adapter of its version, along the two widest directions of ${versions[0]?.name}: the same axes for all. A row that lies in the same place everywhere can be searched by any version.${note}`,
    panels,
    ...pointsOf(context, rows),
  };
}
