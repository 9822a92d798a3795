import { z } from 'zod';
import { centreInDouble } from '../../linalg/centre';
import type { Matrix } from '../../linalg/matrix';
import { dot, frobeniusSquared } from '../../linalg/norms';
import { crossProduct, gram } from '../../linalg/products';
import { type Context, defineMethod, type Outcome, type Representation } from '../method';
import { inRange } from '../shared/centred';
import { type Contributions, contributed } from '../shared/contributions';
import { digits6 } from '../shared/image';
import { grade, inWords } from '../shared/reading';
import { constantColumns, fewRows } from '../shared/warnings';
import { chanceOf, squaredLengths, uCentredProduct } from './cka';
import { linearContributions } from './linear-contributions';

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
    const [a, b] = [inRange(x.matrix), inRange(y.matrix)];
    let [xy, xx, yy] = [0, 0, 0];
    let [batches, used, variance] = [0, 0, 0];
    const running: number[] = [];
    const adds: (Contributions | null)[] = [];
    for (let start = 0; start < rows; start += batch) {
      context.signal.throwIfAborted();
      context.progress(start / rows, 'Batches');
      const end = Math.min(rows, start + batch);
      if (end - start < 4) continue;
      const part = await batchSums(a.slice(start, end), b.slice(start, end), context);
      xy += part.xy;
      xx += part.xx;
      yy += part.yy;
      // Var h(K, πL) = h(K, K) h(L, L) 2 / (n (n - 3)) in each batch, which is permuted by itself.
      variance += (part.xx * part.yy * 2) / ((end - start) * (end - start - 3));
      batches++;
      running.push(xx > 0 && yy > 0 ? xy / Math.sqrt(xx * yy) : 0);
      used += end - start;
      adds.push(part.adds);
    }
    const steps = [`${batches} batches of ${batch} rows in their order`, 'kernels U-centred in each', 'float64'];
    if (used < rows) warnings.push(`The last ${rows - used} rows are left out: fewer than 4 make no batch.`);
    if (!(xx > 0 && yy > 0)) {
      const why =
        batches === 0
          ? `at least 4 rows are needed and there are ${rows}`
          : 'nothing of one of them is left once the bias is removed';
      return { values: { cka: null }, steps, warnings: [...warnings, `Minibatch CKA: ${why}.`] };
    }
    const value = xy / Math.sqrt(xx * yy);
    const adding = together(adds, Math.sqrt(xx * yy), [rows, a.columns, b.columns]);
    const own = contributed(adding, [x, y], 'minibatch CKA', context);
    const how =
      'Zero by construction; the variance over all pairings of the rows within batches is a sum of 2 / (n (n - 3)) of each.';
    const chance = chanceOf(value, 0, Math.sqrt(variance / (xx * yy)), how);
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
          series: [{ name: 'so far', x: running.map((_, i) => i + 1), y: running.map(digits6) }],
          references: [{ y: 0, label: 'chance' }],
        },
        ...own.figures,
      ],
      steps: [...steps, ...own.steps],
      reading: `Batch by batch the two spaces ${words[grade(value, chance)]} (minibatch CKA ${inWords(value)}; 0 by chance).`,
      warnings,
    } satisfies Outcome;
  },
});

/** Unbiased HSIC of one batch: of both, and of each with itself. */
async function batchSums(x: Matrix, y: Matrix, context: Context) {
  const { signal } = context;
  const n = x.rows;
  const [a, b] = [centreInDouble(x), centreInDouble(y)];
  const [r, s] = [squaredLengths(a), squaredLengths(b)];
  const unbiased = (product: number, one: Float64Array, other: Float64Array) =>
    uCentredProduct(product, one, other) / (n * (n - 3));
  const [xy, xx, yy] = await kernelProducts(a, b, signal);
  const adds = await linearContributions(a, b, n * (n - 3), context, 'debiased');
  return { xy: unbiased(xy, r, s), xx: unbiased(xx, r, r), yy: unbiased(yy, s, s), adds };
}

/** Rows of batch after batch, and units summed over them; rows of no batch add nothing. Null where some batch has none. */
function together(
  batches: readonly (Contributions | null)[],
  norm: number,
  [n, p, q]: readonly [number, number, number],
): Contributions | null {
  const [rows, first, second] = [new Float64Array(n), new Float64Array(p), new Float64Array(q)];
  let start = 0;
  for (const batch of batches) {
    if (batch?.rows === undefined) return null;
    for (const [i, part] of batch.rows.entries()) rows[start + i] = part / norm;
    start += batch.rows.length;
    for (const [side, list] of [first, second].entries())
      for (const [j, part] of batch.units?.[side]?.entries() ?? []) list[j] = (list[j] as number) + part / norm;
  }
  return { rows, units: [first, second] };
}

/** ⟨XXᵀ, YYᵀ⟩, and of each with itself, by the smaller side. */
async function kernelProducts(x: Matrix, y: Matrix, signal: Context['signal']): Promise<[number, number, number]> {
  if (Math.max(x.columns, y.columns) <= x.rows) {
    const square = async (a: Matrix, b: Matrix) => frobeniusSquared(await crossProduct(a, b, { signal }));
    return [await square(x, y), await square(x, x), await square(y, y)];
  }
  const [k, l] = [await gram(x, { signal }), await gram(y, { signal })];
  return [dot(k.data, l.data), dot(k.data, k.data), dot(l.data, l.data)];
}
