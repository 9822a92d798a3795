import { z } from 'zod';
import type { Chance } from '../../protocol/result';
import { defineMethod, type Outcome, type Representation } from '../method';
import { grade, inWords } from '../shared/reading';
import { constantColumns, fewRows } from '../shared/warnings';
import { debiased } from './cka';
import { linearKernels, linearSweep } from './linear-kernel';

export const linearCkaDebiased = defineMethod({
  id: 'linear-cka-debiased',
  kind: 'compare',
  title: 'Linear CKA, debiased',
  summary: 'Linear CKA without its dependence on the number of rows: zero on average for rows paired at random.',
  blindTo: 'blind to low-variance directions; can be negative, and undefined where rows are very few',
  takes: 'pair',
  recommended: 2,
  parameters: z.object({}),
  values: [{ key: 'cka', title: 'Linear CKA, debiased', range: [-1, 1], better: 'higher', self: 1 }],
  invariances: ['permutation', 'orthogonal', 'scaling', 'translation', 'sign'],
  symmetric: true,
  cost: 'O(n min(p² + pq + q², n (p + q)))',
  formula: 'HSICᵤ(K, L) / √(HSICᵤ(K, K) HSICᵤ(L, L)) with K = XXᵀ, L = YYᵀ and the unbiased HSIC (U-centred kernels)',
  citation:
    'Song, Smola, Gretton, Bedo, Borgwardt (2012). Feature selection via dependence maximization. JMLR 13; Székely, Rizzo (2014). Partial distance correlation with methods for dissimilarities. Annals of Statistics 42(6)',
  async run(inputs, _, context) {
    const [x, y] = inputs as [Representation, Representation];
    const kernels = await linearKernels([x, y], context);
    const { value, chance, warning } = debiased(kernels.cross, kernels.x, kernels.y);
    const steps = [...kernels.steps, 'bias removed from the lengths of the centred rows'];
    const warnings = [...constantColumns(x), ...constantColumns(y), ...fewRows(x.matrix.rows)];
    if (value === null || chance === undefined) {
      return { values: { cka: null }, steps, warnings: [...warnings, `Linear CKA, debiased: ${warning}.`] };
    }
    return {
      values: { cka: value },
      chance: { cka: chance },
      steps,
      reading: reading(value, chance),
      warnings,
    } satisfies Outcome;
  },
  sweep: (rows, columns, _, context) => linearSweep(rows, columns, debiased, context),
});

function reading(value: number, chance: Chance): string {
  const numbers = `(debiased linear CKA ${inWords(value)}; 0 by chance, give or take ${inWords(chance.sd ?? 0)})`;
  const words = {
    chance: 'nothing that rows paired at random would not show',
    little: 'a little of the geometry is shared',
    part: 'a part of the geometry is shared',
    much: 'much of the geometry is shared',
    most: 'the two spaces hold nearly the same geometry',
  };
  return `Free of the bias of small samples, ${words[grade(value, chance)]} ${numbers}.`;
}
