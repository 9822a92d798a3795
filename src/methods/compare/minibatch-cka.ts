import { z } from 'zod';
import { defineMethod, type Outcome, type Representation } from '../method';
import { contributed } from '../shared/contributions';
import { digits6 } from '../shared/image';
import { scorePairs, scoreWith } from '../shared/pairs';
import { grade, inWords } from '../shared/reading';
import { constantColumns, fewRows } from '../shared/warnings';
import { type BatchSums, batchSums, together } from './batch-sums';
import { type CkaScore, chanceOf, isLeft } from './cka';

const parameters = z.object({
  batch: z.int().min(4).max(1_000_000).default(256).meta({
    title: 'Rows in a batch',
    description: 'Rows are taken in their order. The last batch may be shorter; one of fewer than 4 rows is left out.',
  }),
});

export const minibatchCka = defineMethod({
  id: 'minibatch-cka',
  kind: 'compare',
  title: 'Minibatch CKA',
  summary:
    'Debiased linear CKA from batches of rows, as tools compute it that never hold all rows: the sums are added first.',
  blindTo: 'blind to low-variance directions; noisier than debiased CKA of all rows, which it estimates',
  takes: 'pair',
  parameters,
  values: [{ key: 'cka', title: 'Minibatch CKA', range: [null, null], better: 'higher', self: 1 }],
  invariances: ['permutation', 'orthogonal', 'scaling', 'translation', 'sign'],
  symmetric: true,
  cost: 'O(n b (p + q)) for batches of b rows',
  formula: 'Σ h(K, L) / √(Σ h(K, K) Σ h(L, L)) over batches, h = unbiased HSIC (Song et al. 2012) of linear kernels',
  tex: String.raw`\frac{\sum_b \mathrm{HSIC}_u(K_b, L_b)}{\sqrt{\sum_b \mathrm{HSIC}_u(K_b, K_b)\,\sum_b \mathrm{HSIC}_u(L_b, L_b)}}`,
  citation: 'Nguyen, Raghu, Kornblith (2021). Do wide and deep networks learn the same things? ICLR. arXiv:2010.15327',
  async run(inputs, { batch }, context) {
    const [x, y] = inputs as [Representation, Representation];
    const rows = x.matrix.rows;
    const warnings = [...constantColumns(x), ...constantColumns(y), ...fewRows(rows)];
    const sums = await batchSums(x, y, batch, true, context);
    const { value, chance, warning } = scoreOf(sums, rows);
    const steps = [`${sums.batches} batches of ${batch} rows in their order`, 'kernels U-centred in each', 'float64'];
    if (sums.used < rows) warnings.push(leftOver(sums, rows));
    if (value === null || chance === undefined)
      return { values: { cka: null }, steps, warnings: [...warnings, `Minibatch CKA: ${warning}.`] };
    const parts = together(sums.adds, normOf(sums), [rows, x.matrix.columns, y.matrix.columns]);
    const own = contributed(parts, [x, y], 'minibatch CKA', context);
    const words = {
      chance: 'are no more alike in geometry than rows paired at random',
      little: 'share little of their geometry',
      part: 'share a part of their geometry',
      much: 'share much of their geometry',
      most: 'hold nearly the same geometry',
    };
    return {
      values: { cka: value },
      chance: { cka: chance },
      tables: own.tables,
      figures: [
        {
          id: 'by-batches',
          kind: 'line',
          title: 'The estimate as batches come in',
          caption: 'The ratio of the sums over the first batches: how soon it settles.',
          x: { label: 'batches' },
          y: { label: 'minibatch CKA' },
          series: [{ name: 'so far', x: sums.running.map((_, i) => i + 1), y: sums.running.map(digits6) }],
          references: [{ y: 0, label: 'chance' }],
        },
        ...own.figures,
      ],
      steps: [...steps, ...own.steps],
      reading: `Batch by batch the two spaces ${words[grade(value, chance)]} (minibatch CKA ${inWords(value)}; 0 by chance).`,
      warnings,
    } satisfies Outcome;
  },
  sweep: (rows, columns, { batch }, context) =>
    scorePairs(
      rows,
      columns,
      context,
      async (input) => input,
      async (a, b) => {
        const sums = await batchSums(a, b, batch, false, context);
        const score = scoreOf(sums, a.matrix.rows);
        const left = sums.used < a.matrix.rows && score.value !== null;
        return scoreWith(left ? { ...score, warning: leftOver(sums, a.matrix.rows) } : score);
      },
    ),
});

function normOf({ xx, yy }: BatchSums): number {
  return Math.sqrt(xx * yy);
}

function scoreOf(sums: BatchSums, rows: number): CkaScore {
  const { xy, xx, yy, squares, variance, batches } = sums;
  if (batches === 0) return { value: null, warning: `at least 4 rows are needed and there are ${rows}` };
  if (!(isLeft(xx, squares[0]) && isLeft(yy, squares[1])))
    return { value: null, warning: 'nothing of one of them is left once the bias is removed' };
  const value = xy / normOf(sums);
  const how =
    'Zero by construction; the variance over all pairings of the rows within batches is a sum of 2 / (n (n - 3)) of each.';
  return { value, chance: chanceOf(value, 0, Math.sqrt(variance / (xx * yy)), how) };
}

function leftOver({ used }: BatchSums, rows: number): string {
  return `The last ${rows - used} rows are left out: fewer than 4 make no batch.`;
}
