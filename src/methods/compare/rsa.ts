import { z } from 'zod';
import type { DistanceMetric } from '../../linalg/distances';
import type { Figure } from '../../protocol/figures';
import type { Chance, Table } from '../../protocol/result';
import { count } from '../../protocol/words';
import { type Context, defineMethod, type Outcome, type Representation } from '../method';
import { contributed } from '../shared/contributions';
import { DRAWN, drawnInputs } from '../shared/drawn';
import { scorePairs, scoreWith } from '../shared/pairs';
import { grade, inWords } from '../shared/reading';
import { constantColumns, duplicateRows, fewRows } from '../shared/warnings';
import { BY_CONDITION, type ByCondition, conditionDistances, isByCondition } from './condition-distances';
import { conditionsOf } from './conditions';
import { NOISE } from './noise';
import { type PairList, pairBytes } from './pair-list';
import { rdmFigures } from './rdm-figures';
import { curved, type List, listOf, type Metric, prepare, scoreOf } from './rsa-lists';
import { COMPARISONS, type Comparison, RANKED, type Score } from './rsa-scores';
import { tiledScores } from './rsa-tiled';

const parameters = z.object({
  dissimilarity: z
    .enum(['euclidean', 'squared-euclidean', 'correlation', 'cosine', 'poisson', ...BY_CONDITION])
    .default('euclidean')
    .meta({
      title: 'Dissimilarity',
      description:
        'Between rows. Correlation is 1 - r over the units of two rows, cosine 1 - cosine: both see a shift of all rows, and correlation a rotation. Poisson is between rows of counts or rates: the symmetric divergence of Poisson distributions. Mahalanobis, crossnobis and poisson-cv are between conditions, which labels give to several rows each: squared distances of means in units of the noise; the same, and the divergence, without the bias that noise gives them.',
    }),
  noise: z.enum(NOISE).default('shrinkage-diagonal').meta({
    title: 'Noise',
    description:
      'For mahalanobis and crossnobis: the covariance of what rows differ by from the mean of their condition, as it is (full, diagonal) or shrunk towards its diagonal (Schäfer and Strimmer) or the identity (Ledoit and Wolf); none takes noise as white.',
  }),
  comparison: z.enum(COMPARISONS).default('spearman').meta({
    title: 'Comparison',
    description:
      'Of the two lists of dissimilarities: by ranks (spearman; kendall, tau-b; tau-a and rho-a count ties as disagreement) or by size (pearson, cosine; cosine-cov and corr-cov are whitened by how dissimilarities covary where noise is isotropic; bures is the normalised Bures similarity of the inner products that belong to the dissimilarities, taken as squared distances).',
  }),
});

/** Of these there is no way by tiles. */
const whole = (metric: Metric, comparison: Comparison) => metric === 'poisson' || comparison === 'bures';

/** Conditions without which there is nothing to compare: one pair has no correlation. */
const fewest = (comparison: Comparison) => (['cosine', 'cosine-cov', 'bures'].includes(comparison) ? 2 : 3);

/** Those that are sums over pairs of rows, so that each row has its part. */
const SUMS: ReadonlySet<Comparison> = new Set(['spearman', 'pearson', 'cosine']);

export const rsa = defineMethod({
  id: 'rsa',
  kind: 'compare',
  title: 'Representational similarity analysis',
  summary: 'Correlates the dissimilarities of all pairs of rows in one space with those in the other.',
  blindTo:
    'with ranks, blind to how large distances are; dominated by the many middling ones, little by neighbourhoods',
  takes: 'pair',
  labels: 'optional',
  recommended: 5,
  parameters,
  values: [{ key: 'correlation', title: 'RSA', range: [-1, 1], better: 'higher', self: 1 }],
  invariances: ['permutation', 'orthogonal', 'scaling', 'translation', 'sign'],
  symmetric: true,
  cost: 'O(n² (p + q) + n² log n)',
  formula:
    'corr of dᵢⱼ(X) and dᵢⱼ(Y) over i < j; Euclidean d and Spearman corr unless chosen otherwise; mahalanobis: (μᵢ - μⱼ)ᵀ S⁻¹ (μᵢ - μⱼ) / p of conditions with noise covariance S; crossnobis: the mean of (xᵢ - xⱼ)ᵀ S⁻¹ (x′ᵢ - x′ⱼ) / p over different rows x and x′, or over different folds where conditions have equally many rows, fold k being the k-th row of each, in the order of the file (poisson-cv: so alone); poisson: (xᵢ - xⱼ)ᵀ (ln xᵢ - ln xⱼ) / p, (x + 0.1) / 1.1 in the place of x; bures: tr √(√K L √K) / √(tr K tr L), K = -½ HDH',
  tex: String.raw`\operatorname{corr}_{i<j}\big(d(x_i, x_j),\, d(y_i, y_j)\big)`,
  citation:
    'Kriegeskorte, Mur, Bandettini (2008). Representational similarity analysis: connecting the branches of systems neuroscience. Frontiers in Systems Neuroscience 2:4',
  async run(inputs, chosen, context) {
    const { dissimilarity, comparison } = chosen;
    const [x, y] = inputs as [Representation, Representation];
    if (isByCondition(dissimilarity)) return byCondition(x, y, { ...chosen, dissimilarity }, context);
    const rows = x.matrix.rows;
    const warnings = [...[x, y].flatMap(constantColumns), ...[x, y].flatMap(duplicateRows), ...fewRows(rows)];
    const steps = [`${dissimilarity} dissimilarities of ${count((rows * (rows - 1)) / 2)} pairs of rows`, 'float64'];
    const held = whole(dissimilarity, comparison) || context.fits(HELD * pairBytes(x));
    if (!held) {
      steps.push('tile by tile', ...(RANKED.has(comparison) ? [`ranks sorted on disk`] : []));
      steps.push(`figures from ${count(DRAWN)} rows, drawn at random`);
    }
    const {
      score,
      figures,
      parts,
      notes = [],
    } = held
      ? await inMemory(x, y, dissimilarity, comparison, context)
      : await tiled(x, y, dissimilarity as DistanceMetric, comparison, context);
    const { value, chance, warning } = score;
    if (value === null) {
      return { values: { correlation: null }, steps, warnings: [...warnings, `RSA: ${warning}.`] };
    }
    // Of the other comparisons no row has a part of its own.
    const own = SUMS.has(comparison) ? contributed(parts ? { rows: parts } : null, [x, y], 'RSA', context) : undefined;
    return {
      values: { correlation: value },
      ...(chance && { chance: { correlation: chance } }),
      ...(own && { tables: own.tables }),
      figures: [...figures, ...(own?.figures ?? [])],
      steps: [...steps, ...(own?.steps ?? [])],
      reading: reading(value, chance, comparison),
      warnings: [...warnings, ...notes],
    } satisfies Outcome;
  },
  async sweep(rows, columns, { dissimilarity, comparison, noise }, context) {
    if (isByCondition(dissimilarity)) {
      const conditions = conditionsOf(context.rows.labels, rows[0]?.matrix.rows ?? 0, fewest(comparison));
      const scores = await scorePairs(
        rows,
        columns,
        context,
        async ({ matrix }) => {
          if (typeof conditions === 'string') return conditions;
          const found = await conditionDistances(matrix, conditions, dissimilarity, noise, context);
          return typeof found === 'string'
            ? found
            : listOf(found.values, conditions.groups.length, comparison, context);
        },
        async (a, b) => {
          const reason = [a, b].find((one) => typeof one === 'string');
          if (reason !== undefined) return { value: null, warning: reason as string };
          return scoreWith(await scoreOf(a as List, b as List, comparison, context));
        },
      );
      if (typeof conditions === 'string') return scores;
      return { ...scores, of: 'conditions', warnings: [...conditions.left, ...(scores.warnings ?? [])] };
    }
    const inputs = [...new Set([...rows, ...columns])];
    const bytes = inputs.reduce((sum, input) => sum + pairBytes(input), 0);
    if (!whole(dissimilarity, comparison) && !context.fits(bytes)) {
      const score = await tiledScores(inputs, dissimilarity as DistanceMetric, comparison, context);
      const given = async (input: Representation) => input;
      return scorePairs(rows, columns, context, given, async (a, b) => scoreWith(await score(a, b)));
    }
    return scorePairs(
      rows,
      columns,
      context,
      (input) => prepare(input, dissimilarity, comparison, context),
      async (a, b) => scoreWith(await scoreOf(a, b, comparison, context)),
      pairBytes,
    );
  },
});

/** What one list of values takes while both are ranked and compared. */
const HELD = 6;
type Scored = {
  readonly score: Score;
  readonly figures: readonly Figure[];
  /** What each row adds to the value, where the value is a sum over pairs of rows. */
  readonly parts?: Float64Array | undefined;
  readonly notes?: readonly string[];
};

/** Pairs of conditions instead of rows. */
async function byCondition(
  x: Representation,
  y: Representation,
  { dissimilarity, comparison, noise }: z.output<typeof parameters> & { readonly dissimilarity: ByCondition },
  context: Context,
): Promise<Outcome> {
  const warnings = [x, y].flatMap(constantColumns);
  const none = (reason: string): Outcome => ({
    values: { correlation: null },
    warnings: [...warnings, `RSA, ${dissimilarity}: ${reason}.`],
  });
  const conditions = conditionsOf(context.rows.labels, x.matrix.rows, fewest(comparison));
  if (typeof conditions === 'string') return none(conditions);
  warnings.push(...conditions.left);
  const count = conditions.groups.length;
  const steps = [`${dissimilarity} dissimilarities of ${count} conditions by ${context.rows.labels?.name}`];
  const lists: List[] = [];
  for (const { name, matrix } of [x, y]) {
    context.progress(0.4 * lists.length, `Dissimilarities in ${name}`);
    const found = await conditionDistances(matrix, conditions, dissimilarity, noise, context);
    if (typeof found === 'string') return none(`${name}: ${found}`);
    steps.push(...found.steps.map((step) => `${name}: ${step}`));
    lists.push(await listOf(found.values, count, comparison, context));
  }
  const [a, b] = lists as [List, List];
  const { value, chance, warning } = await scoreOf(a, b, comparison, context);
  if (value === null) return none(warning ?? 'there is nothing to correlate');
  warnings.push(...curved([x, y], lists));
  const rows = { index: Int32Array.from({ length: count }, (_, k) => k), names: conditions.names };
  const own = { ...context, rows };
  const parts = SUMS.has(comparison) ? rowParts(a, b, comparison === 'cosine') : undefined;
  const adds = parts && contributed({ rows: parts }, [x, y], 'RSA', own);
  return {
    values: { correlation: value },
    ...(chance && { chance: { correlation: { ...chance, of: 'conditions', how: ofConditions(chance.how) } } }),
    ...(adds && { tables: Object.fromEntries(Object.entries(adds.tables).map(([id, table]) => [id, named(table)])) }),
    figures: [...rdmFigures([x, y], [a, b], RANKED.has(comparison), own), ...(adds?.figures ?? [])].map((figure) => ({
      ...figure,
      title: ofConditions(figure.title),
    })),
    steps: [...steps, 'float64'],
    reading: ofConditions(reading(value, chance, comparison)),
    warnings: [...warnings, ...fewConditions(count)],
  };
}

/** What is said of rows, of conditions: for texts that have no names in them. */
function ofConditions(text: string): string {
  return text.replaceAll(/\brow(s?)\b/g, 'condition$1');
}

function named(table: Table): Table {
  const columns = table.columns.map((name) => (name === 'row' ? 'condition' : name));
  return { ...table, ...(table.title && { title: ofConditions(table.title) }), columns };
}

function fewConditions(many: number): string[] {
  return many >= 10 ? [] : [`Only ${many} conditions: too few to tell likeness from accident.`];
}

async function inMemory(
  x: Representation,
  y: Representation,
  metric: Metric,
  comparison: Comparison,
  context: Context,
): Promise<Scored> {
  const ranked = RANKED.has(comparison);
  context.reserve(HELD * pairBytes(x), 'the dissimilarities of all pairs of rows');
  const [a, b] = [await prepare(x, metric, comparison, context), await prepare(y, metric, comparison, context)];
  context.progress(0.8, 'Comparing');
  const score = await scoreOf(a, b, comparison, context);
  if (score.value === null) return { score, figures: [] };
  const parts = SUMS.has(comparison) ? rowParts(a, b, comparison === 'cosine') : undefined;
  return { score, figures: rdmFigures([x, y], [a, b], ranked, context), parts, notes: curved([x, y], [a, b]) };
}

async function tiled(
  x: Representation,
  y: Representation,
  metric: DistanceMetric,
  comparison: Comparison,
  context: Context,
): Promise<Scored> {
  const score = await (await tiledScores([x, y], metric, comparison, context))(x, y);
  if (score.value === null) return { score, figures: [] };
  const drawn = drawnInputs([x, y], context);
  const [a, b] = drawn.inputs as [Representation, Representation];
  const { figures } = await inMemory(a, b, metric, comparison, drawn.context);
  return { score, figures: figures.map((figure) => ({ ...figure, caption: `${figure.caption ?? ''}${drawn.note}` })) };
}

/** What rows add to the correlation, or the cosine, of two lists: each pair counts half for either of its rows. */
function rowParts(x: PairList, y: PairList, cosine: boolean): Float64Array {
  const parts = new Float64Array(x.rows);
  const [mx, my] = cosine ? [0, 0] : [x.mean, y.mean];
  const pairs = x.values.length;
  const length = ({ squared, mean }: PairList) => Math.sqrt(squared + (cosine ? pairs * mean ** 2 : 0));
  const norm = 2 * length(x) * length(y);
  let k = 0;
  for (let i = 0; i < x.rows; i++) {
    for (let j = i + 1; j < x.rows; j++, k++) {
      const part = (((x.values[k] as number) - mx) * ((y.values[k] as number) - my)) / norm;
      parts[i] = (parts[i] as number) + part;
      parts[j] = (parts[j] as number) + part;
    }
  }
  return parts;
}

function reading(value: number, chance: Chance | undefined, comparison: Comparison): string {
  const name = {
    spearman: "Spearman's ρ",
    pearson: "Pearson's r",
    kendall: "Kendall's τ",
    cosine: 'cosine',
    'tau-a': "Kendall's τ-a",
    'rho-a': "Spearman's ρ-a",
    'cosine-cov': 'whitened cosine',
    'corr-cov': 'whitened correlation',
    bures: 'Bures similarity',
  }[comparison];
  if (chance === undefined)
    return `Which rows are near and which far: the two spaces agree to ${inWords(value)} (RSA, ${name}; its level of chance is found by random pairings).`;
  const numbers = `(RSA, ${name} ${inWords(value)}; ${inWords(chance.level)} by chance)`;
  const words = {
    chance: 'agree no better than if rows were paired at random',
    little: 'agree a little',
    part: 'agree in part',
    much: 'agree for the most part',
    most: 'agree closely',
  };
  return `Which rows are near and which far: the two spaces ${words[grade(value, chance)]} ${numbers}.`;
}
