import { z } from 'zod';
import { condensed } from '../../linalg/points';
import { median } from '../../linalg/ranks';
import type { Figure } from '../../protocol/figures';
import type { Chance } from '../../protocol/result';
import { type Context, defineMethod, type Outcome, type Representation } from '../method';
import { type Contributions, contributed } from '../shared/contributions';
import { digits6 } from '../shared/image';
import { scorePairs, scoreWith } from '../shared/pairs';
import { grade, inWords } from '../shared/reading';
import { constantColumns, fewRows } from '../shared/warnings';
import type { CkaScore } from './cka';
import { contributionsOfKernels, kernelContributions } from './kernel-contributions';
import {
  alignment,
  ESTIMATORS,
  inUnits,
  kernelParameters,
  nearlyIdentity,
  rangedBy,
  unitOf,
  widthsOf,
} from './kernel-parameters';
import { type CentredKernel, kernelProduct, rbfKernel } from './kernels';
import { pairBytes } from './pair-list';
import { finiteMedian, type Medians, tiledMedians, tiledRbf } from './tiled-kernels';

const parameters = z.object(kernelParameters);

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
    const [x, y] = inputs.map(rangedBy(chosen)) as [Representation, Representation];
    const rows = x.matrix.rows;
    const warnings = [...constantColumns(x), ...constantColumns(y), ...fewRows(rows)];
    const { medians, score, figures, parts } =
      rows <= MANY_ROWS ? await held(x, y, chosen, context) : await tiled(x, y, chosen, context);
    const { value, chance, warning } = score;
    const steps = [
      widthsOf(chosen, inUnits(medians, inputs, chosen)),
      ESTIMATORS[chosen.estimator].step,
      'distances in float64',
      ...(rows <= MANY_ROWS ? [] : ['all pairs of rows, tile by tile', 'median distance exact']),
    ];
    if (value === null || chance === undefined) {
      return { values: { cka: null }, steps, warnings: [...warnings, `RBF CKA: ${warning}.`] };
    }
    const typical = Math.max(
      ...medians.map((median) => Math.exp(-0.5 * (median / unitOf(chosen, median) / chosen.sigma) ** 2)),
    );
    if (typical < 0.01) {
      warnings.push(
        `With σ = ${chosen.sigma}${chosen.width === 'median' ? ' × the median distance' : ''} the kernel of two typical rows is ${typical.toPrecision(1)}: ${nearlyIdentity(chosen)}`,
      );
    }
    const own = contributed(parts, [x, y], 'RBF CKA', context);
    return {
      values: { cka: value },
      chance: { cka: chance },
      tables: own.tables,
      figures: [...figures, ...own.figures],
      steps: [...steps, ...own.steps],
      reading: reading(value, chance),
      warnings,
    } satisfies Outcome;
  },
  async sweep(given, others, chosen, context) {
    const ranged = rangedBy(chosen);
    const [rows, columns] = [given.map(ranged), others.map(ranged)];
    if ((rows[0]?.matrix.rows ?? 0) <= MANY_ROWS) {
      return scorePairs(
        rows,
        columns,
        context,
        async (input) => kernel(await distances(input, context), chosen),
        (k, l) => scoreWith(alignment(k, l, chosen, kernelProduct)),
        pairBytes,
      );
    }
    const kernels = await tiledGaussian(await tiledMedians([...rows, ...columns], context), chosen, context);
    return scorePairs(
      rows,
      columns,
      context,
      async (input) => kernels.sides.get(input) ?? null,
      (k, l) => scoreWith(alignment(k, l, chosen, kernels.product)),
    );
  },
});

type Chosen = z.output<typeof parameters>;

interface Scored {
  readonly medians: readonly number[];
  readonly score: CkaScore;
  readonly figures: readonly Figure[];
  /** Null where the kernels are too large to be held. */
  readonly parts: Contributions | null;
}

/** With the distances of all pairs in memory, other bandwidths cost little. */
async function held(x: Representation, y: Representation, chosen: Chosen, context: Context): Promise<Scored> {
  context.reserve(5 * pairBytes(x), 'the distances and kernels of all pairs of rows');
  const [a, b] = [await distances(x, context), await distances(y, context)];
  const kernelsAt = (sigma: number) => {
    context.signal.throwIfAborted();
    return [kernel(a, { ...chosen, sigma }), kernel(b, { ...chosen, sigma })] as const;
  };
  const score = (sigma: number) => alignment(...kernelsAt(sigma), chosen, kernelProduct);
  const [k, l] = kernelsAt(chosen.sigma);
  const found = alignment(k, l, chosen, kernelProduct);
  const figures = found.value === null ? [] : [bandwidths(score, chosen)];
  const parts = k && l && found.value !== null ? contributionsOfKernels(k, l, chosen.estimator) : null;
  return { medians: [a.median, b.median], score: found, figures, parts };
}

async function tiled(x: Representation, y: Representation, chosen: Chosen, context: Context): Promise<Scored> {
  const medians = await tiledMedians([x, y], context);
  const { sides, product } = await tiledGaussian(medians, chosen, context);
  const score = alignment(sides.get(x) ?? null, sides.get(y) ?? null, chosen, product);
  const make = async (input: Representation) => {
    const squared = await condensed(input.matrix, 'squared-euclidean', { signal: context.signal });
    return kernel({ rows: input.matrix.rows, squared, median: medians.get(input)?.median ?? 0 }, chosen);
  };
  const parts = score.value === null ? null : await kernelContributions([x, y], make, chosen.estimator, context);
  return { medians: [x, y].map((input) => medians.get(input)?.median ?? 0), score, figures: [], parts };
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
  const middle = await finiteMedian(matrix, async (one) =>
    median(one === matrix ? squared.map(Math.sqrt) : await condensed(one, 'euclidean', context)),
  );
  return { rows, squared, median: middle };
}

/** Null where σ is zero with the median distance. */
function kernel({ rows, squared, median: middle }: Distances, chosen: Chosen): CentredKernel | null {
  const unit = unitOf(chosen, middle);
  return unit > 0 ? rbfKernel(squared, rows, chosen.sigma * unit) : null;
}

function tiledGaussian(medians: Medians, chosen: Chosen, context: Context) {
  return tiledRbf(medians, (median) => chosen.sigma * unitOf(chosen, median), context);
}

function bandwidths(
  score: (sigma: number) => { value: number | null; chance?: Chance },
  { sigma: chosen, width }: Chosen,
): Figure {
  const others = width === 'median' ? BANDWIDTHS : BANDWIDTHS.map((factor) => factor * chosen);
  const sigmas = [...new Set([...others, chosen])].sort((a, b) => a - b);
  const scores = sigmas.map(score);
  return {
    id: 'cka-by-bandwidth',
    kind: 'line',
    title: 'RBF CKA by bandwidth',
    caption: `Narrow kernels see only near neighbours, wide ones turn into linear CKA. The value above is at ${chosen}.`,
    x: { label: width === 'median' ? 'σ / median distance' : 'σ', log: true },
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
