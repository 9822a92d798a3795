import { z } from 'zod';
import { condensed, type DistanceMetric } from '../../linalg/distances';
import { kendallTauB } from '../../linalg/ranks';
import type { Chance } from '../../protocol/result';
import { type Context, defineMethod, type Outcome, type Representation } from '../method';
import { scorePairs } from '../shared/pairs';
import { grade, inWords } from '../shared/reading';
import { constantColumns, duplicateRows, fewRows } from '../shared/warnings';
import { chanceOf } from './cka';
import { covariance, type PairList, pairBytes, pairList, pairVariance, ranksOf } from './pair-list';
import { rdmFigures } from './rdm-figures';

const parameters = z.object({
  dissimilarity: z.enum(['euclidean', 'squared-euclidean', 'correlation', 'cosine']).default('euclidean').meta({
    title: 'Dissimilarity',
    description:
      'Between rows. Correlation is 1 - r over the units of two rows, cosine 1 - cosine: both see a shift of all rows, and correlation a rotation.',
  }),
  comparison: z.enum(['spearman', 'pearson', 'kendall', 'cosine']).default('spearman').meta({
    title: 'Comparison',
    description:
      'Of the two lists of dissimilarities: by ranks (Spearman, or Kendall, tau-b) or by size (Pearson, or cosine).',
  }),
});

type Comparison = z.output<typeof parameters>['comparison'];

/** Those that see the order of the dissimilarities only. */
const RANKED: ReadonlySet<Comparison> = new Set(['spearman', 'kendall']);

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
  formula: 'corr of dᵢⱼ(X) and dᵢⱼ(Y) over i < j; Euclidean d and Spearman corr unless chosen otherwise',
  citation:
    'Kriegeskorte, Mur, Bandettini (2008). Representational similarity analysis: connecting the branches of systems neuroscience. Frontiers in Systems Neuroscience 2:4',
  async run(inputs, { dissimilarity, comparison }, context) {
    const [x, y] = inputs as [Representation, Representation];
    const rows = x.matrix.rows;
    const warnings = [...[x, y].flatMap(constantColumns), ...[x, y].flatMap(duplicateRows), ...fewRows(rows)];
    const steps = [`${dissimilarity} dissimilarities of ${(rows * (rows - 1)) / 2} pairs of rows`, 'float64'];
    context.reserve(6 * pairBytes(x), 'the dissimilarities of all pairs of rows');
    const [a, b] = [
      await prepare(x, dissimilarity, comparison, context),
      await prepare(y, dissimilarity, comparison, context),
    ];
    context.progress(0.8, 'Comparing');
    const { value, chance, warning } = compare(a, b, comparison);
    if (value === null || chance === undefined) {
      return { values: { correlation: null }, steps, warnings: [...warnings, `RSA: ${warning}.`] };
    }
    return {
      values: { correlation: value },
      chance: { correlation: chance },
      figures: rdmFigures([x, y], [a, b], RANKED.has(comparison), context),
      steps,
      reading: reading(value, chance, comparison),
      warnings,
    } satisfies Outcome;
  },
  sweep(rows, columns, { dissimilarity, comparison }, context) {
    return scorePairs(
      rows,
      columns,
      context,
      (input) => prepare(input, dissimilarity, comparison, context),
      (a, b) => {
        const score = compare(a, b, comparison);
        return { ...score, level: score.chance?.level };
      },
      pairBytes,
    );
  },
});

interface Score {
  readonly value: number | null;
  readonly chance?: Chance;
  readonly warning?: string;
}

async function prepare(
  { name, matrix }: Representation,
  metric: DistanceMetric,
  comparison: Comparison,
  context: Context,
): Promise<PairList> {
  context.progress(null, `Dissimilarities in ${name}`);
  const pairs = await condensed(matrix, metric, { signal: context.signal });
  context.signal.throwIfAborted();
  // Ranks would hide what is not a number.
  const ranked = RANKED.has(comparison) && pairs.every(Number.isFinite);
  return pairList(ranked ? ranksOf(pairs) : pairs, matrix.rows);
}

const UNEQUAL = 'all pairs of rows are equally dissimilar in one of them, so there is nothing to correlate';
const NO_NUMBER =
  'some dissimilarities are not numbers: a row is all zeros or, for correlation, constant, or its values are too large to be squared';
const BY_SYMMETRY = 'Zero over all pairings of the rows, by symmetry';
const EXACT = 'mean and variance over all pairings of the rows are exact (Mantel 1967).';

function compare(x: PairList, y: PairList, comparison: Comparison): Score {
  if (!Number.isFinite(x.squared + y.squared)) return { value: null, warning: NO_NUMBER };
  const scale = Math.sqrt(x.squared * y.squared);
  if (comparison === 'cosine') {
    const length = (list: PairList) => Math.sqrt(list.squared + list.values.length * list.mean ** 2);
    const norm = length(x) * length(y);
    if (!(norm > 0)) return { value: null, warning: UNEQUAL };
    const expected = x.values.length * x.mean * y.mean;
    const value = (expected + covariance(x, y)) / norm;
    const sd = Math.sqrt(pairVariance(x, y)) / norm;
    return { value, chance: chanceOf(value, expected / norm, sd, `The product of the means: ${EXACT}`) };
  }
  if (!(scale > 0)) return { value: null, warning: UNEQUAL };
  if (comparison === 'kendall') {
    const value = kendallTauB(x.values, y.values);
    return { value, chance: chanceOf(value, 0, undefined, `${BY_SYMMETRY}.`) };
  }
  const value = covariance(x, y) / scale;
  const sd = Math.sqrt(pairVariance(x, y)) / scale;
  return { value, chance: chanceOf(value, 0, sd, `${BY_SYMMETRY}; ${EXACT}`) };
}

function reading(value: number, chance: Chance, comparison: Comparison): string {
  const name = { spearman: "Spearman's ρ", pearson: "Pearson's r", kendall: "Kendall's τ", cosine: 'cosine' }[
    comparison
  ];
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
