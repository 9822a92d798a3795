import { z } from 'zod';
import { columnMeans, normaliseRows } from '../../linalg/centre';
import type { Matrix } from '../../linalg/matrix';
import { frobeniusSquared } from '../../linalg/norms';
import { UserError } from '../../protocol/errors';
import type { Chance, Interval } from '../../protocol/result';
import { count, plural, some } from '../../protocol/words';
import { type Context, defineMethod, type Labels, type Outcome, type Representation } from '../method';
import { anchorParameters, chooseAnchors } from '../sample/anchors';
import { lostBeyond } from '../sample/span';
import { classLabels } from '../shared/classes';
import { tiedPlaces } from '../shared/retrieval';
import { trainHead } from '../stitch/heads';
import { applyMap, less, ridgeAffine } from '../stitch/linear-map';
import { hitsOf, intervalOf, reconstructionOf, retrievalOf, type StitchScores } from '../stitch/pair-scores';
import { splitRows } from '../stitch/split';
import { leaveNothingOver, translation, translationKinds } from '../stitch/translations';
import { project, projectionParameters, projectionSteps } from '../transform/projections';
import { anchorTable, zeroRowWarnings } from '../transform/relative';
import { rowsAt } from './measured';
import { type Stitched, stitchingFigures, stitchingReading, stitchingTable, stitchKinds } from './stitching-figures';

const parameters = z.object({
  ...anchorParameters,
  anchors: anchorParameters.anchors.default(64),
  ...projectionParameters,
  head: z.enum(['softmax', 'ridge', 'knn']).default('softmax').meta({
    title: 'Head',
    description:
      'What is trained on one space: softmax regression (a linear probe), ridge regression to one column for each class, or the vote of the nearest training rows by cosine.',
  }),
  penalty: z.number().min(1e-9).max(1e9).default(0.1).meta({
    title: 'Penalty',
    description:
      'Times half the squared weights of softmax, one vector for each class, times the squared weights of ridge. In scikit-learn: C = 1 / penalty, of two classes 2 / penalty, for it has one vector for both; alpha of Ridge.',
  }),
  neighbours: z
    .int()
    .min(1)
    .max(1000)
    .default(5)
    .meta({ title: 'Neighbours', description: 'How many training rows vote, where the head is knn.' }),
  'unit-rows': z.boolean().default(true).meta({
    title: 'Rows of unit length',
    description:
      'Whether rows of the relative representation are divided by their length before the head; absolute coordinates are used as they are.',
  }),
  'decoder-penalty': z.number().min(0).max(1e6).default(0.1).meta({
    title: 'Decoder penalty',
    description:
      'Ridge of the linear decoder that gets coordinates back from the relative representation, as a multiple of the mean squared singular value of what it is fitted on.',
  }),
  'train-rows': z.string().max(200_000).default('').meta({
    title: 'Training rows',
    description:
      'Row numbers of the file and Python slices, such as 0:1347; the others are tested. Empty: drawn at random.',
  }),
  'test-share': z.number().min(0.01).max(0.9).default(0.25).meta({
    title: 'Test share',
    description: 'Share of each class that is tested, drawn at random, where no training rows are given.',
  }),
  queries: z.int().min(2).max(100_000).default(2000).meta({
    title: 'Retrieval rows',
    description: 'At most so many test rows, drawn at random where there are more, are looked up among one another.',
  }),
});

type Choice = z.output<typeof parameters>;

export const stitching = defineMethod({
  id: 'stitching',
  kind: 'compare',
  title: 'Zero-shot stitching',
  summary:
    'Trains a head on the relative representation of each space and tests it on that of every other, beside absolute coordinates and beside maps fitted on the anchors.',
  blindTo: 'says what one head can use on these labels, not whether the spaces agree in everything else',
  takes: 'many',
  labels: 'optional',
  parameters,
  values: [
    { key: 'relative', title: 'Accuracy stitched, relative', range: [0, 1], better: 'higher' },
    { key: 'relative-own', title: 'Accuracy on the own space, relative', range: [0, 1], better: 'higher' },
    { key: 'absolute', title: 'Accuracy stitched, absolute', range: [0, 1], better: 'higher' },
    { key: 'absolute-own', title: 'Accuracy on the own space, absolute', range: [0, 1], better: 'higher' },
    { key: 'procrustes', title: 'Accuracy stitched by Procrustes', range: [0, 1], better: 'higher' },
    { key: 'affine', title: 'Accuracy stitched by an affine map', range: [0, 1], better: 'higher' },
    { key: 'cca', title: 'Accuracy stitched by CCA', range: [0, 1], better: 'higher' },
    ...stitchKinds.map(({ key, title }) => ({
      ...{ key: `${key}-retrieval`, title: `Mean reciprocal rank, ${title}` },
      range: [0, 1] as const,
      better: 'higher' as const,
    })),
    ...stitchKinds.map(({ key, title }) => ({
      ...{ key: `${key}-reconstruction`, title: `Variance got back, ${title}` },
      range: [null, 1] as const,
      better: 'higher' as const,
    })),
  ],
  invariances: [],
  symmetric: false,
  cost: 'O(k n m p) for the projections, k heads, k² tests of n m C for C classes and k² maps of m p²',
  formula:
    'R_X = projection of X on anchors A; head h_X trained on R_X[train]; cell (X, Y) = mean over test rows i of 1[h_X(R_Y[i]) = label_i]; absolute: X in place of R_X; procrustes, affine, cca: Y mapped into X by pairs of anchors, Y_c and X_c less the means of these; procrustes (rotation, scale and shift): s Y_c Q with U Σ Vᵀ of Y_cᵀ X_c, Q = U Vᵀ over the directions with σ > 0 alone (fewer than there are anchors; what rows have beyond them is lost) and s = Σσ / ‖Y_c Q‖²; cca: each canonical variable of Y taken for that of X, not times their correlation; X onto itself goes through its map as well; the mean is over X ≠ Y, with the interval of Wilson (1927) of a share p of m = n p (1 - p) / s² rows, s² the variance over n test rows of the share of pairs that are right on a row (m is n where pairs are right on the same rows and where p is 0 or 1, and n for each pair at most); reconstruction = 1 - Σ ‖xᵢ - x̂ᵢ‖² / Σ ‖xᵢ - mean training row of X‖² over test rows i, x̂ᵢ from row i of Y: R_Y[i] through a ridge map with intercept from R_X[train] to X[train], both before unit-rows (relative), as it is (absolute) or mapped',
  tex: String.raw`a_{XY} = \frac1{|T|} \sum_{i \in T} \mathbb 1\big[h_X(R_Y(i)) = c_i\big], \qquad h_X \text{ trained on } R_X(\text{train}), \quad X \ne Y`,
  citation:
    'Moschella et al. (2023). Relative representations enable zero-shot latent space communication. ICLR. arXiv:2209.15430; Maiorca et al. (2023). Latent space translation via semantic alignment. NeurIPS. arXiv:2311.00664',
  async run(inputs, chosen, context) {
    const spaces = inputs as readonly Representation[];
    const { labels } = context.rows;
    const classes = (labels && classLabels(labels)) ?? undefined;
    const warnings = [...aboutLabels(labels, classes)];
    const first = (spaces[0] as Representation).matrix;
    const named = chosen['anchor-selection'] === 'rows' || chosen['anchor-selection'] === 'file';
    const given = named ? await chooseAnchors(first, chosen, context) : null;
    const split = splitRows(chosen, classes, context, new Set(given?.rows));
    const training = { ...context, rows: rowsAt(context, split.train) };
    const anchors = given ?? (await chooseAnchors(first.takeRows(split.train), chosen, training));
    const places = given?.rows ?? anchors.rows.map((row) => split.train[row] as number);
    warnings.push(...split.warnings, ...anchors.warnings);
    context.reserve(
      8 * spaces.reduce((sum, { matrix }) => sum + matrix.rows * (2 * places.length + 3 * matrix.columns), 0),
      'the relative representations',
    );
    for (const { name, matrix } of spaces)
      warnings.push(...(await lostBeyond(name, matrix, places, chosen, context.signal)));

    const own = classes && { train: pick(classes.index, split.train), test: pick(classes.index, split.test) };
    const asked = context.random.atMost(split.test.length, chosen.queries);
    const sides: Side[] = [];
    for (const [i, space] of spaces.entries()) {
      context.progress((0.3 * i) / spaces.length, `Relative representation of ${space.name}`);
      const { matrix, zeroRows } = await project(space.matrix, places, chosen, context.signal);
      warnings.push(...zeroRowWarnings(space.name, zeroRows.length));
      sides.push({
        space,
        relative: matrix,
        anchors: space.matrix.takeRows(places).toDouble(),
        ...parts(space.matrix, matrix, split),
      });
    }
    warnings.push(...(await nothingOver(sides, context)));
    const before = (rows: Matrix<Float64Array>) => (chosen['unit-rows'] ? normaliseRows(rows).matrix : rows);
    const scores: Stitched['scores'] = [];
    let unsettled = 0;
    for (const [i, trained] of sides.entries()) {
      context.progress(0.3 + (0.7 * i) / sides.length, `A head on ${trained.space.name}`);
      const train = (rows: Matrix<Float64Array>) =>
        own && classes ? trainHead(chosen, rows, own.train, classes.categories.length, context.signal) : null;
      const heads = { relative: await train(before(trained.relativeTrain)), absolute: await train(trained.train) };
      unsettled += [heads.relative, heads.absolute].filter((head) => head && !head.settled).length;
      const decoder = await decoderOf(trained, chosen['decoder-penalty'], context);
      const judge = async (
        kind: 'relative' | 'absolute',
        rows: Matrix<Float64Array>,
        truth: Matrix<Float64Array>,
        guess: Matrix<Float64Array>,
      ): Promise<StitchScores> => {
        const predicted = await heads[kind]?.predict(kind === 'relative' ? before(rows) : rows);
        const hits = predicted && own ? hitsOf(predicted, own.test) : undefined;
        return {
          ...(hits && { hits }),
          accuracy: hits ? hits.reduce((sum, hit) => sum + hit, 0) / hits.length : null,
          ...(await retrievalOf(rows.takeRows(asked), truth.takeRows(asked), context.signal)),
          reconstruction: reconstructionOf(guess, trained.test, trained.train),
        };
      };
      const line: Record<string, StitchScores | null>[] = [];
      for (const tested of sides) {
        context.signal.throwIfAborted();
        const cell: Record<string, StitchScores | null> = {};
        const decoded = await applyMap(decoder, tested.relativeTest, context.signal);
        cell.relative = await judge('relative', tested.relativeTest, trained.relativeTest, decoded);
        const same = tested.space.matrix.columns === trained.space.matrix.columns;
        cell.absolute = same ? await judge('absolute', tested.test, trained.test, tested.test) : null;
        for (const kind of translationKinds) {
          const map = await translation(kind, tested.anchors, trained.anchors, context.signal);
          const moved = await applyMap(map, tested.test, context.signal);
          cell[kind] = await judge('absolute', moved, trained.test, moved);
        }
        line.push(cell);
      }
      scores.push(line);
    }
    if (unsettled > 0)
      warnings.push(
        `${unsettled} of ${2 * sides.length} heads had not settled after 500 steps, as happens where units vary nearly together: accuracies may be off by a few rows. Choose a larger penalty, or, for the absolute coordinates, principal components of the spaces.`,
      );
    const stitched: Stitched = {
      ...{ names: spaces.map(({ name }) => name), scores, anchors: places.length, tests: split.test.length },
      chance: own && classes ? majority(own, classes.categories.length) : null,
    };
    warnings.push(...ties(scores, asked.length));
    const told = valuesOf(stitched);
    if (Object.values(told.values).includes(null)) warnings.push(...why(stitched, classes !== undefined, spaces));
    return {
      ...told,
      tables: { stitching: stitchingTable(stitched), anchors: anchorTable(places, context) },
      figures: stitchingFigures(stitched),
      steps: [
        split.step,
        `${anchors.step}, among the training rows`,
        ...projectionSteps(chosen),
        ...(classes ? [headStep(chosen)] : []),
        ...(asked.length < split.test.length
          ? [`${count(asked.length)} of ${count(split.test.length)} test rows, drawn at random, looked up`]
          : []),
        'products in float64',
      ],
      reading: stitchingReading(stitched, told.values),
      warnings,
    } satisfies Outcome;
  },
});

interface Side {
  readonly space: Representation;
  readonly relative: Matrix<Float64Array>;
  readonly anchors: Matrix<Float64Array>;
  readonly train: Matrix<Float64Array>;
  readonly test: Matrix<Float64Array>;
  readonly relativeTrain: Matrix<Float64Array>;
  readonly relativeTest: Matrix<Float64Array>;
}

/** A linear map from the relative representation of a space back to its coordinates, from its training rows alone. */
function decoderOf({ relativeTrain, train }: Side, penalty: number, { signal }: Context) {
  const spread = frobeniusSquared(less(relativeTrain, columnMeans(relativeTrain))) / relativeTrain.columns;
  return ridgeAffine(relativeTrain, train, penalty * spread, signal);
}

/** Says from which spaces there are too few anchors to fit anything. */
async function nothingOver(sides: readonly Side[], { signal }: Context): Promise<string[]> {
  const [full, wider]: [string[], string[]] = [[], []];
  const k = sides[0]?.anchors.rows ?? 0;
  for (const { space, anchors } of sides) {
    if (!(await leaveNothingOver(anchors, signal))) continue;
    const name = `${space.name} (${plural(anchors.columns, 'unit')})`;
    full.push(name);
    if (anchors.columns >= k) wider.push(name);
  }
  if (full.length === 0) return [];
  const lost =
    wider.length > 0
      ? ` Procrustes turns only the ${plural(k - 1, 'direction')} in which anchors differ, and what rows of ${some(wider)} have beyond these is lost by all three.`
      : '';
  return [
    `With ${plural(k, 'anchor')} nothing is left over to fit a map from ${some(full)}: the affine map passes through every anchor, and CCA, in both directions, is the same map.${lost} Use several times as many anchors as units.`,
  ];
}

/** Says by what retrieval other rows tie with those that are looked up. */
function ties(scores: Stitched['scores'], asked: number): string[] {
  const most = (key: string) => Math.max(...scores.flat().map((cell) => cell[key]?.shared ?? 0));
  const tied = stitchKinds.filter(({ key }) => most(key) > 0);
  if (tied.length === 0) return [];
  const rows = `up to ${count(Math.max(...tied.map(({ key }) => most(key))))} of ${plural(asked, 'test row')}`;
  return [
    `${tiedPlaces(rows)} It is so of retrieval by these: ${tied.map(({ title }) => title).join(', ')}. Take the mean row from each space beforehand; the choice of a centre does so for the relative representation alone.`,
  ];
}

function parts(x: Matrix, relative: Matrix<Float64Array>, { train, test }: { train: Int32Array; test: Int32Array }) {
  return {
    train: x.takeRows(train).toDouble(),
    test: x.takeRows(test).toDouble(),
    relativeTrain: relative.takeRows(train),
    relativeTest: relative.takeRows(test),
  };
}

function pick(values: Int32Array, places: Int32Array): Int32Array {
  return places.map((place) => values[place] as number);
}

/** @throws UserError where there is only one class */
function aboutLabels(labels: Labels | undefined, classes: ReturnType<typeof classLabels> | undefined): string[] {
  if (!labels)
    return [
      'There are no labels, so no head is trained: only retrieval and reconstruction are told. Give a class for each row.',
    ];
  if (!classes)
    return [
      `The labels ${labels.name} are numbers, and a head tells classes: only retrieval and reconstruction are told. Numbers of classes are whole, begin at 0 or 1 and leave none out.`,
    ];
  const used = new Set(classes.index);
  used.delete(-1);
  if (used.size > 1) return [];
  const only = classes.categories[[...used][0] ?? 0] ?? '';
  throw new UserError(
    `Every row has the label "${only}": with one class there is nothing to tell apart. Choose labels with two classes or more, or none to compare by retrieval alone.`,
  );
}

/** Share of test rows of the class that is the commonest in training. */
function majority({ train, test }: { train: Int32Array; test: Int32Array }, count: number): number {
  const sizes = new Int32Array(count);
  for (const own of train) sizes[own] = (sizes[own] as number) + 1;
  const most = sizes.indexOf(sizes.reduce((a, b) => Math.max(a, b), 0));
  return test.filter((own) => own === most).length / test.length;
}

function headStep({ head, penalty, neighbours, 'unit-rows': unit }: Choice): string {
  const rows = unit ? ', relative rows of unit length' : '';
  if (head === 'knn') return `vote of the ${neighbours} nearest training rows`;
  return `${head === 'softmax' ? 'softmax' : 'ridge'} regression, penalty ${penalty}${rows}`;
}

/** Means over the pairs of different spaces, and over each space with itself. */
function valuesOf({ names, scores, chance }: Stitched) {
  const values: Record<string, number | null> = {};
  const levels: Record<string, Chance> = {};
  const intervals: Record<string, Interval> = {};
  const cells = (key: string, own: boolean) =>
    names.flatMap((_, i) => names.flatMap((_, j) => ((i === j) === own ? [scores[i]?.[j]?.[key] ?? null] : [])));
  const mean = (list: readonly (number | null | undefined)[]) => {
    const known = list.filter((value) => typeof value === 'number');
    return known.length > 0 && known.length === list.length ? known.reduce((a, b) => a + b, 0) / known.length : null;
  };
  for (const { key } of stitchKinds) {
    for (const own of key === 'relative' || key === 'absolute' ? [false, true] : [false]) {
      const name = own ? `${key}-own` : key;
      const found = cells(key, own);
      values[name] = mean(found.map((cell) => cell?.accuracy));
      if (values[name] === null) continue;
      if (chance !== null)
        levels[name] = { level: chance, how: 'Share of test rows of the class that is the commonest in training.' };
      intervals[name] = intervalOf(found.flatMap((cell) => cell?.hits ?? []));
    }
    values[`${key}-retrieval`] = mean(cells(key, false).map((cell) => cell?.retrieval));
    values[`${key}-reconstruction`] = mean(cells(key, false).map((cell) => cell?.reconstruction));
  }
  return { values, chance: levels, intervals };
}

/** Why some values are empty. */
function why({ scores }: Stitched, labelled: boolean, spaces: readonly Representation[]): string[] {
  const out: string[] = [];
  if (!labelled) out.push('Accuracies are empty: they need labels that are classes.');
  if (new Set(spaces.map(({ matrix }) => matrix.columns)).size > 1)
    out.push(
      'Absolute coordinates of spaces of different widths cannot be exchanged: the means of those values are empty.',
    );
  const cells = scores.flat();
  if (cells.some(({ relative }) => relative?.reconstruction === null))
    out.push(
      'One of the spaces does not vary on the test rows, so nothing of it can be got back: those values are empty.',
    );
  if (cells.some((cell) => cell.relative?.reconstruction !== null && cell.absolute?.reconstruction === null))
    out.push(
      'The values of one space are so much larger than those of another that the squares of the differences, over the variance, are beyond float64 (1e308): the variance that is got back without a map is empty. Divide each space by its largest value.',
    );
  return out;
}
