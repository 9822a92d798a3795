import { z } from 'zod';
import { condensed } from '../../linalg/distances';
import { median } from '../../linalg/ranks';
import type { Figure } from '../../protocol/figures';
import type { Chance } from '../../protocol/result';
import { type Context, defineMethod, type Outcome, type Representation } from '../method';
import { digits6 } from '../shared/image';
import { scorePairs } from '../shared/pairs';
import { grade, inWords } from '../shared/reading';
import { constantColumns, fewRows } from '../shared/warnings';
import { biased, type CkaScore, debiased, type Side } from './cka';
import { type CentredKernel, kernelProduct, rbfKernel } from './kernels';
import { pairBytes } from './pair-list';
import { tiledMedians, tiledRbf } from './tiled-kernels';

const parameters = z.object({
  sigma: z.number().min(0.01).max(1000).default(1).meta({
    title: 'Bandwidth',
    description: 'σ as a multiple of the median distance between two rows, taken for each representation by itself.',
  }),
  estimator: z.enum(['biased', 'debiased']).default('biased').meta({
    title: 'Estimator',
    description: 'Debiased: U-centred kernels, zero on average for rows paired at random.',
  }),
});

/** Bandwidths of the figure, and the most rows for which the distances of all pairs are held and these computed. */
const BANDWIDTHS = [0.1, 0.2, 0.4, 0.7, 1, 1.5, 2.5, 4, 7];
const MANY_ROWS = 1500;

export const rbfCka = defineMethod({
  id: 'rbf-cka',
  kind: 'compare',
  title: 'RBF CKA',
  summary: 'CKA with a Gaussian kernel, for which distances much beyond the bandwidth are all alike.',
  blindTo: 'blind to distances well above the bandwidth; goes to 1 for anything as the bandwidth goes to 0',
  takes: 'pair',
  parameters,
  values: [{ key: 'cka', title: 'RBF CKA', range: [-1, 1], better: 'higher', self: 1 }],
  invariances: ['permutation', 'orthogonal', 'scaling', 'translation', 'sign'],
  symmetric: true,
  cost: 'O(n² (p + q))',
  formula: '<HKH, HLH> / (‖HKH‖ ‖HLH‖), K = exp(-d² / 2σ²), σ = c · median of d over pairs of different rows',
  tex: String.raw`\frac{\langle HKH, HLH\rangle}{\lVert HKH\rVert_F\,\lVert HLH\rVert_F}, \qquad K_{ij} = \exp\!\left(-\frac{\lVert x_i - x_j\rVert^2}{2\sigma^2}\right),\; \sigma = c \cdot \operatorname{median}_{i<j}\lVert x_i - x_j\rVert`,
  citation:
    'Kornblith, Norouzi, Lee, Hinton (2019). Similarity of neural network representations revisited. ICML. arXiv:1905.00414',
  async run(inputs, chosen, context) {
    const [x, y] = inputs as [Representation, Representation];
    const rows = x.matrix.rows;
    const warnings = [...constantColumns(x), ...constantColumns(y), ...fewRows(rows)];
    const { medians, score, figures } =
      rows <= MANY_ROWS ? await held(x, y, chosen, context) : await tiled(x, y, chosen, context);
    const { value, chance, warning } = score;
    const steps = [
      `σ = ${chosen.sigma} × the median distance: ${medians.map((median) => short(median * chosen.sigma)).join(' and ')}`,
      chosen.estimator === 'biased' ? 'kernels double-centred' : 'kernels U-centred',
      'distances in float64',
      ...(rows <= MANY_ROWS ? [] : ['all pairs of rows, tile by tile', 'median distance exact']),
    ];
    if (value === null || chance === undefined) {
      return { values: { cka: null }, steps, warnings: [...warnings, `RBF CKA: ${warning}.`] };
    }
    // At the median distance the kernel is exp(-1 / 2c²), of either side.
    const typical = Math.exp(-0.5 / chosen.sigma ** 2);
    if (typical < 0.01) {
      warnings.push(
        `With σ = ${chosen.sigma} × the median distance the kernel of two typical rows is ${typical.toPrecision(1)}: both kernels are nearly the identity, and CKA goes to 1 for anything. Use a larger bandwidth.`,
      );
    }
    return {
      values: { cka: value },
      chance: { cka: chance },
      figures,
      steps,
      reading: reading(value, chance),
      warnings,
    } satisfies Outcome;
  },
  async sweep(rows, columns, { sigma, estimator }, context) {
    const leveled = (score: CkaScore) => ({ ...score, level: score.chance?.level });
    if ((rows[0]?.matrix.rows ?? 0) <= MANY_ROWS) {
      return scorePairs(
        rows,
        columns,
        context,
        async (input) => kernel(await distances(input, context), sigma),
        (k, l) => leveled(alignment(k, l, estimator, kernelProduct)),
        pairBytes,
      );
    }
    const kernels = await tiledRbf(await tiledMedians([...rows, ...columns], context), sigma, context);
    return scorePairs(
      rows,
      columns,
      context,
      async (input) => kernels.sides.get(input) ?? null,
      (k, l) => leveled(alignment(k, l, estimator, kernels.product)),
    );
  },
});

type Chosen = z.output<typeof parameters>;

interface Scored {
  readonly medians: readonly number[];
  readonly score: CkaScore;
  readonly figures: readonly Figure[];
}

/** With the distances of all pairs in memory, other bandwidths cost little. */
async function held(x: Representation, y: Representation, chosen: Chosen, context: Context): Promise<Scored> {
  context.reserve(5 * pairBytes(x), 'the distances and kernels of all pairs of rows');
  const [a, b] = [await distances(x, context), await distances(y, context)];
  const score = (sigma: number) => {
    context.signal.throwIfAborted();
    return alignment(kernel(a, sigma), kernel(b, sigma), chosen.estimator, kernelProduct);
  };
  const found = score(chosen.sigma);
  const figures = found.value === null ? [] : [bandwidths(score, chosen.sigma)];
  return { medians: [a.median, b.median], score: found, figures };
}

async function tiled(x: Representation, y: Representation, chosen: Chosen, context: Context): Promise<Scored> {
  const medians = await tiledMedians([x, y], context);
  const { sides, product } = await tiledRbf(medians, chosen.sigma, context);
  const score = alignment(sides.get(x) ?? null, sides.get(y) ?? null, chosen.estimator, product);
  return { medians: [x, y].map((input) => medians.get(input)?.median ?? 0), score, figures: [] };
}

interface Distances {
  readonly rows: number;
  readonly squared: Float64Array;
  readonly median: number;
}

async function distances({ name, matrix }: Representation, context: Context): Promise<Distances> {
  const { rows } = matrix;
  context.progress(null, `Distances in ${name}`);
  const squared = await condensed(matrix, 'squared-euclidean', context);
  return { rows, squared, median: median(squared.map(Math.sqrt)) || 0 };
}

/** Null where the median distance, and with it σ, is zero. */
function kernel({ rows, squared, median: middle }: Distances, sigma: number): CentredKernel | null {
  return middle > 0 ? rbfKernel(squared, rows, sigma * middle) : null;
}

function alignment<Kernel extends Side>(
  k: Kernel | null,
  l: Kernel | null,
  estimator: Chosen['estimator'],
  product: (k: Kernel, l: Kernel) => number,
): CkaScore {
  if (k === null || l === null) {
    const warning = 'half of the pairs of rows or more are identical in one of them, so the median distance is zero';
    return { value: null, warning };
  }
  return (estimator === 'biased' ? biased : debiased)(product(k, l), k, l);
}

function bandwidths(score: (sigma: number) => { value: number | null; chance?: Chance }, chosen: number): Figure {
  const sigmas = [...new Set([...BANDWIDTHS, chosen])].sort((a, b) => a - b);
  const scores = sigmas.map(score);
  return {
    id: 'cka-by-bandwidth',
    kind: 'line',
    title: 'RBF CKA by bandwidth',
    caption: `Narrow kernels see only near neighbours, wide ones turn into linear CKA. The value above is at ${chosen}.`,
    x: { label: 'σ / median distance', log: true },
    y: { label: 'RBF CKA' },
    series: [
      { name: 'RBF CKA', x: sigmas, y: scores.map(({ value }) => (value === null ? null : digits6(value))) },
      {
        name: 'by chance',
        x: sigmas,
        y: scores.map(({ chance }) => (chance === undefined ? null : digits6(chance.level))),
        dashed: true,
      },
    ],
  };
}

function short(value: number): string {
  return String(Number(value.toPrecision(4)));
}

function reading(value: number, chance: Chance): string {
  const numbers = `(RBF CKA ${inWords(value)}; ${inWords(chance.level)} by chance)`;
  const words = {
    chance: 'is no more alike than that of rows paired at random',
    little: 'is a little alike',
    part: 'is alike in part',
    much: 'is much alike',
    most: 'is nearly the same',
  };
  return `Up to distances of about the bandwidth, the geometry ${words[grade(value, chance)]} ${numbers}.`;
}
