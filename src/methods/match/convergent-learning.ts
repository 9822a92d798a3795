import { z } from 'zod';
import type { Matrix } from '../../linalg/matrix';
import type { Chance } from '../../protocol/result';
import { type Context, defineMethod, type Outcome, type Representation, type RowStream } from '../method';
import { byUnit, CLASSES, classify, type Thresholds } from './classes';
import { clusteredFigure, spectrumFigure, treeFigure } from './co-cluster-figures';
import { clusterParameters } from './co-clustering';
import { clusterTable, coCluster, overall } from './co-clusters';
import { classOf, classTable, pairTable, type Side, unitTable } from './convergent-tables';
import { bestColumns, standardisedBytes, unitsOf } from './correlation';
import { correlationMatrices, withTheRest } from './figures';
import { match, matchLine, score, unmatched } from './hard';
import { gaussianChance } from './matching-null';
import { meanOf, predictAll } from './prediction';
import { chanceOf, matchingParameters, NOTHING_CORRELATES, requireRows, strengths } from './shuffled';
import { curveFigure, lassoWarnings, predictionParameters } from './sparse-prediction';
import { correlatedValues, inBlocks, pearsonOnly, unitSums } from './unit-sums';

/** Multiplications up to which the chance level comes from the rows themselves, paired at random. */
const AFFORDABLE = 2e10;

const threshold = (value: number, title: string, description: string) =>
  z.number().min(0).max(1).default(value).meta({ title, description });

const parameters = z.object({
  sign: matchingParameters.sign,
  ...predictionParameters,
  convergent: threshold(
    0.8,
    'Convergent from',
    'Correlation of two units that are each other’s best and matched one to one.',
  ),
  split: threshold(
    0.64,
    'Split from',
    'R² of a unit from few of the other side: by default what a correlation of 0.8 explains.',
  ),
  shared: threshold(0.9, 'Shared subspace from', 'Mean canonical correlation of the two sides of a unit’s cluster.'),
  rare: threshold(0.3, 'Rare below', 'R² of a unit from few or from all of the other side, the larger of both.'),
  ...clusterParameters,
  permutations: matchingParameters.permutations.default(5),
  samples: z.int().min(1).max(100).default(8).meta({
    title: 'Rows listed',
    description: 'On which each unit is largest, and as many on which it is smallest.',
  }),
});
type Choice = z.output<typeof parameters>;

export const convergentLearning = defineMethod({
  id: 'convergent-learning',
  kind: 'match',
  title: 'Convergent learning',
  summary:
    'Classes every unit of two networks: found again in the other, split among few units of it, part of a subspace that both share, or rare.',
  blindTo: 'blind to relations that are not linear; the classes depend on their thresholds',
  takes: 'pair',
  alone: true,
  parameters,
  values: [
    { key: 'correlation', title: 'Mean correlation of matched units', range: [-1, 1], better: 'higher', self: 1 },
    { key: 'semi', title: 'Mean correlation with the best partner', range: [-1, 1], better: 'higher', self: 1 },
    { key: 'gap', title: 'What one-to-one costs', range: [0, 2], better: 'lower', self: 0 },
    { key: 'r2', title: 'Mean R² from few units', range: [null, 1], better: 'higher', self: 1 },
    { key: 'r2-all', title: 'Mean R² from all units', range: [null, 1], better: 'higher' },
    { key: 'agreement', title: 'Mean canonical correlation within clusters', range: [0, 1], better: 'higher', self: 1 },
    ...CLASSES.map((name) => ({
      key: name.replace(' ', '-'),
      title: `Share of units that are ${name === 'shared subspace' ? 'in a shared subspace' : name}`,
      range: [0, 1] as const,
    })),
  ],
  invariances: ['permutation', 'scaling', 'translation', 'column-scaling'],
  symmetric: true,
  cost: 'O(n(p + q)² + max(p, q)³ + s²pq) with s units at most on a path',
  formula:
    'correlation, semi and gap as of one-to-one matching; r2 as of sparse prediction, the mean over units of both; agreement as of co-clustering; classes in this order: convergent (matched, mutually best, r ≥ 0.8), split (R² ≥ 0.64 from few units by the lasso), rare (R² < 0.3 from few and from all), shared subspace (cluster with mean canonical correlation ≥ 0.9), partial (the rest); thresholds are parameters',
  tex: String.raw`\max_m \frac{1}{\min(p, q)}\sum_i r(x_i, y_{m(i)}); \qquad R^2_i = 1 - \frac{\lVert x_i - Y_S\hat\beta_S\rVert^2}{\lVert x_i\rVert^2},\ |S| \le s; \qquad \bar\rho_c = \frac{1}{\min(a_c, b_c)}\sum_m \cos\theta_m`,
  citation:
    'Li, Yosinski, Clune, Lipson, Hopcroft (2016). Convergent learning: do different neural networks learn the same representations? ICLR. arXiv:1511.07543',
  async run(inputs, chosen, context) {
    const given = inputs as readonly Representation[];
    const isRank = chosen.coefficient === 'rank';
    const used = correlatedValues(given, chosen.coefficient, context);
    const [first, second] = used as [Representation, Representation];
    const work = first.matrix.rows * first.matrix.columns * second.matrix.columns * chosen.permutations;
    const byRows = work <= AFFORDABLE ? () => [unitsOf(first), unitsOf(second)] as const : undefined;
    return aligned(inBlocks(used, context), chosen, context, byRows, isRank ? inBlocks(given, context) : undefined);
  },
  room: standardisedBytes,
  stream: (stream, chosen, context) => aligned(pearsonOnly(stream, chosen), chosen, context),
});

/**
 * All steps, on correlations that are computed once.
 * @param byRows the units with their rows, where these are few enough to be paired at random
 * @param values of the units, where the stream has ranks
 */
async function aligned(
  stream: RowStream,
  chosen: Choice,
  context: Context,
  byRows?: () => Parameters<typeof chanceOf>[1],
  values?: RowStream,
): Promise<Outcome> {
  requireRows(stream.rows);
  const { random, signal } = context;
  const sums = await unitSums(stream, { ...chosen, listed: chosen.samples, seed: random.seed }, context, 0.3, values);
  const { all, units, extremes } = sums;
  const [x, y] = units;
  const columns = stream.inputs.map((input) => input.columns) as [number, number];
  if (x.kept.length === 0 || y.kept.length === 0) {
    const values = Object.fromEntries(convergentLearning.values.map(({ key }) => [key, null]));
    return { values, steps: sums.steps, warnings: [...sums.warnings, NOTHING_CORRELATES] };
  }
  context.progress(0.3, 'Matching');
  const strength = strengths(all.ab, chosen.sign);
  const matches = match(strength, signal);
  const scores = score(strength, matches);
  const scored = (r: Matrix) => score(r, match(r, signal));
  const normal = () =>
    gaussianChance(all, scores, chosen.permutations, (r) => scored(strengths(r, chosen.sign)), context, [0.35, 0.5]);
  const level: Record<string, Chance> = byRows
    ? await chanceOf(scores, byRows(), chosen, context, scored)
    : await drawn(chosen, normal);
  const there = await predictAll(sums, 'a', chosen, context, [0.5, 0.65]);
  const back = await predictAll(sums, 'b', chosen, context, [0.65, 0.8]);
  context.progress(0.8, 'Clusters');
  const clusters = await coCluster(sums, chosen, context);
  const reverse = strength.transpose();
  const sideOf = (k: 0 | 1): Side => {
    const [own, other] = k === 0 ? [x, y] : [y, x];
    const [mine, theirs] = k === 0 ? [strength, reverse] : [reverse, strength];
    const predictions = k === 0 ? back.predictions : there.predictions;
    const partners = byUnit(matches, k === 0 ? 'first' : 'second');
    const offset = k * x.kept.length;
    const facts = classify(mine, bestColumns(theirs), partners, predictions, clusters, offset, chosen);
    const r = k === 0 ? all.ab : all.ab.transpose();
    return { units: own, other, columns: columns[k], facts, r, extremes: extremes[k] };
  };
  const sides: readonly [Side, Side] = [sideOf(0), sideOf(1)];
  const few = [...there.predictions, ...back.predictions];
  const { agreement } = overall(clusters);
  const classes = sides.flatMap(classOf);
  const shares = Object.fromEntries(
    CLASSES.map((name) => [name.replace(' ', '-'), classes.filter((one) => one === name).length / classes.length]),
  );
  const chance = Object.fromEntries(
    (['correlation', 'semi', 'gap'] as const).flatMap((key) => (level[key] ? [[key, level[key]]] : [])),
  );
  const order = (of: (one: (typeof matches)[number]) => number, count: number) => withTheRest(matches.map(of), count);
  return {
    values: {
      ...{ correlation: scores.correlation, semi: scores.semi, gap: scores.gap },
      r2: meanOf(few, (one) => one.few.refit),
      'r2-all': meanOf(few, ({ whole }) => whole),
      ...{ agreement, ...shares },
    },
    chance,
    tables: {
      classes: classTable(sides, chosen),
      pairs: pairTable(matches, sides),
      units: unitTable(sides),
      clusters: clusterTable(clusters, units),
    },
    figures: [
      matchLine(strength, matches, units, all.rows, chosen.sign, chance.correlation),
      correlationMatrices(
        all.ab,
        units,
        order(({ unit }) => unit, all.ab.rows),
        order(({ partner }) => partner, all.ab.columns),
        'After reordering, matched units lie on the diagonal, strongest first.',
      ),
      curveFigure([there.predictions, back.predictions], units, chosen.most, sums.held !== null),
      clusteredFigure(all, clusters, units),
      spectrumFigure(clusters),
      treeFigure(clusters, units),
    ],
    steps: [...sums.steps, ...(chosen.sign === 'absolute' ? ['sign of r ignored in matching'] : []), ...clusters.steps],
    reading: reading(shares, classes.length, chosen),
    warnings: [
      ...sums.warnings,
      ...unmatched(x, y),
      ...clusters.warnings,
      ...lassoWarnings(there, back),
      ...(agreement === null ? ['No cluster has units of both sides: there is no subspace to compare.'] : []),
    ],
  };
}

async function drawn({ permutations }: Choice, normal: () => ReturnType<typeof gaussianChance>) {
  return permutations === 0 ? {} : normal();
}

function reading(shares: Readonly<Record<string, number>>, count: number, { few }: Thresholds): string {
  const percent = (key: string) => `${Math.round(100 * (shares[key] ?? 0))} %`;
  return `Of ${count} units of both, ${percent('convergent')} are found again in the other network, ${percent('split')} are made up by at most ${few} of its units, ${percent('shared-subspace')} lie in a subspace that both share, ${percent('partial')} are shared in part and ${percent('rare')} are rare${(shares.dead ?? 0) > 0 ? `; ${percent('dead')} are dead` : ''}. The classes depend on their thresholds.`;
}
