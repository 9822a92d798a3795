import { z } from 'zod';
import type { Figure } from '../../protocol/figures';
import type { Chance } from '../../protocol/result';
import { type Context, defineMethod, type Outcome, type Representation } from '../method';
import { contributed } from '../shared/contributions';
import { digits6 } from '../shared/image';
import { scoreWith } from '../shared/pairs';
import { grade, inWords } from '../shared/reading';
import { constantColumns, fewRows } from '../shared/warnings';
import { biased, debiased, debiasedOf, type Estimator, lange, langeOf } from './cka';
import { normOfKernels } from './kernel-contributions';
import { linearContributions } from './linear-contributions';
import { centredRoom, type LinearKernels, linearKernels, linearSweep, scoreOfMoments } from './linear-kernel';
import { streamedScore } from './streamed-score';

const parameters = z.object({
  estimator: z.enum(['song', 'lange']).default('song').meta({
    title: 'Estimator',
    description:
      'song: U-centred kernels, unbiased, zero by chance. lange: kernels centred and their diagonals then left out, as some code does; its chance level is small, not zero.',
  }),
});

export const linearCkaDebiased = defineMethod({
  id: 'linear-cka-debiased',
  kind: 'compare',
  title: 'Linear CKA, debiased',
  summary: 'Linear CKA with its chance level taken out: zero on average for rows paired at random, however few.',
  blindTo: 'blind to low-variance directions; can be negative, and undefined where rows are very few',
  takes: 'pair',
  recommended: 2,
  parameters,
  values: [{ key: 'cka', title: 'Linear CKA, debiased', range: [-1, 1], better: 'higher', self: 1 }],
  invariances: ['permutation', 'orthogonal', 'scaling', 'translation', 'sign'],
  symmetric: true,
  cost: 'O(n min(p² + pq + q², n (p + q)))',
  formula: 'HSICᵤ(K, L) / √(HSICᵤ(K, K) HSICᵤ(L, L)) with K = XXᵀ, L = YYᵀ and the unbiased HSIC (U-centred kernels)',
  tex: String.raw`\frac{\mathrm{HSIC}_u(K, L)}{\sqrt{\mathrm{HSIC}_u(K, K)\,\mathrm{HSIC}_u(L, L)}}, \qquad K = XX^\top,\; L = YY^\top`,
  citation:
    'Song, Smola, Gretton, Bedo, Borgwardt (2012). Feature selection via dependence maximization. JMLR 13; Székely, Rizzo (2014). Partial distance correlation with methods for dissimilarities. Annals of Statistics 42(6)',
  async run(inputs, { estimator }, context) {
    const [x, y] = inputs as [Representation, Representation];
    const kernels = await linearKernels([x, y], context);
    const estimate = ESTIMATORS[estimator].whole;
    const { value, chance, warning } = estimate(kernels.cross, kernels.x, kernels.y);
    const steps = [...kernels.steps, ESTIMATORS[estimator].step];
    const warnings = [...constantColumns(x), ...constantColumns(y), ...fewRows(x.matrix.rows)];
    if (value === null || chance === undefined) {
      return { values: { cka: null }, steps, warnings: [...warnings, `Linear CKA, debiased: ${warning}.`] };
    }
    const figures = await byRows([x, y], kernels, estimate, context);
    context.progress(0.9, 'Contributions of rows and units');
    const kind = ESTIMATORS[estimator].estimate;
    const norm = normOfKernels(kind, kernels.x, kernels.y);
    const parts = await linearContributions(...kernels.layers, norm, context, kind);
    const own = contributed(parts, [x, y], 'debiased linear CKA', context);
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
  sweep: (rows, columns, { estimator }, context) => linearSweep(rows, columns, ESTIMATORS[estimator].whole, context),
  room: centredRoom,
  async stream(stream, { estimator }, context) {
    const { score, steps: how, warnings } = await streamedScore(stream, ESTIMATORS[estimator], context);
    const { value, chance, warning } = score;
    const steps = [...how, ESTIMATORS[estimator].step];
    if (value === null || chance === undefined)
      return { values: { cka: null }, steps, warnings: [...warnings, `Linear CKA, debiased: ${warning}.`] };
    return { values: { cka: value }, chance: { cka: chance }, steps, reading: reading(value, chance), warnings };
  },
  fromMoments: {
    double: false,
    async score(moments, x, y, { estimator }) {
      return scoreWith(scoreOfMoments(moments, x, y, ESTIMATORS[estimator].sums));
    },
  },
});

const ESTIMATORS = {
  song: {
    estimate: 'debiased',
    whole: debiased,
    sums: debiasedOf,
    step: 'bias removed from the lengths of the centred rows',
  },
  lange: { estimate: 'lange', whole: lange, sums: langeOf, step: 'kernels centred, their diagonals left out' },
} as const;

/** Halvings of the rows, and the fewest rows worth drawing. */
const HALVINGS = 5;
const FEWEST = 8;

/** Both estimates on a half, a quarter, ... of the rows: how much of a value is the number of rows. */
async function byRows(
  inputs: readonly [Representation, Representation],
  all: LinearKernels,
  estimate: Estimator,
  context: Context,
): Promise<Figure[]> {
  const rows = inputs[0].matrix.rows;
  const sizes = Array.from({ length: HALVINGS + 1 }, (_, k) => Math.floor(rows / 2 ** k)).filter((n) => n >= FEWEST);
  if (sizes.length < 2) return [];
  const order = context.random.permutation(rows);
  const points: { n: number; free: number | null; plain: number | null; level: number | null }[] = [];
  for (const [k, n] of sizes.entries()) {
    context.signal.throwIfAborted();
    const some = ({ name, matrix }: Representation) => ({ name, matrix: matrix.takeRows(order.subarray(0, n)) });
    const { cross, x, y } = k === 0 ? all : await linearKernels([some(inputs[0]), some(inputs[1])], context);
    const plain = biased(cross, x, y);
    points.unshift({ n, free: estimate(cross, x, y).value, plain: plain.value, level: plain.chance?.level ?? null });
  }
  const x = points.map(({ n }) => n);
  const drawn = (values: readonly (number | null)[]) => values.map((value) => (value === null ? null : digits6(value)));
  return [
    {
      id: 'cka-by-rows',
      kind: 'line',
      title: 'Linear CKA by number of rows',
      caption:
        'On a random half of the rows, a half of that, and so on. As rows become few, what the biased value is by chance rises; the debiased value is zero by chance throughout, and only its spread grows.',
      x: { label: 'rows', log: true },
      y: { label: 'linear CKA' },
      series: [
        { name: 'debiased', x, y: drawn(points.map(({ free }) => free)) },
        { name: 'biased', x, y: drawn(points.map(({ plain }) => plain)) },
        { name: 'biased, by chance', x, y: drawn(points.map(({ level }) => level)), dashed: true, of: 'biased' },
      ],
    },
  ];
}

function reading(value: number, chance: Chance): string {
  const numbers = `(debiased linear CKA ${inWords(value)}; ${inWords(chance.level)} by chance, give or take ${inWords(chance.sd ?? 0)})`;
  const words = {
    chance: 'nothing that rows paired at random would not show',
    little: 'a little of the geometry is shared',
    part: 'a part of the geometry is shared',
    much: 'much of the geometry is shared',
    most: 'the two spaces hold nearly the same geometry',
  };
  return `With what chance gives taken out, ${words[grade(value, chance)]} ${numbers}.`;
}
