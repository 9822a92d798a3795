import { z } from 'zod';
import { defineMethod, type Outcome, type Representation } from '../method';
import { inWords } from '../shared/reading';
import { duplicateRows, fewRows } from '../shared/warnings';
import { bothLists, nearnessStep, neighbourParameters, tooFewRows } from './neighbour-parameters';
import { rowAgreement } from './row-agreement';

export const rankSimilarity = defineMethod({
  id: 'rank-similarity',
  kind: 'compare',
  title: 'Rank similarity of neighbourhoods',
  summary: 'Whether the nearest rows that both spaces give a row stand in the same order, the nearest counting most.',
  blindTo:
    'blind to how many neighbours are shared: one shared neighbour at the same place gives 1; read it with Jaccard',
  takes: 'pair',
  parameters: z.object(neighbourParameters),
  values: [{ key: 'similarity', title: 'Rank similarity', range: [0, 1], better: 'higher', self: 1 }],
  invariances: ['permutation', 'orthogonal', 'scaling', 'sign'],
  symmetric: true,
  cost: 'O(n² (p + q))',
  formula:
    'meanᵢ Σⱼ 2 / ((1 + |r - s|) (r + s)) / H, over the shared neighbours j with places r and s; H = 1 + 1/2 + ... + 1/|shared|; 0 where none is shared',
  tex: String.raw`\frac1n \sum_i \frac{1}{H_{|S_i|}} \sum_{j \in S_i} \frac{2}{(1 + |r_j - s_j|)(r_j + s_j)}, \qquad S_i = N_k(x_i) \cap N_k(y_i)`,
  citation:
    'Wang, Li, Ding, Xiao (2022). Towards understanding the instability of network embedding. IEEE TKDE 34(2); Klabunde et al. (2025). ReSi. ICLR. arXiv:2408.00531',
  async run(inputs, chosen, context) {
    const [x, y] = inputs as [Representation, Representation];
    const rows = x.matrix.rows;
    const k = chosen.neighbours;
    const steps = [nearnessStep(chosen), 'not centred', 'float64'];
    const warnings = [...duplicateRows(x), ...duplicateRows(y), ...fewRows(rows)];
    const both = await bothLists([x, y], chosen, context);
    if (both === null) return { values: { similarity: null }, steps, warnings: [...warnings, tooFewRows(k, rows)] };
    const each = Float64Array.from({ length: rows }, (_, i) => ofRow(both.lists, i, k));
    const value = each.reduce((sum, part) => sum + part, 0) / rows;
    return {
      values: { similarity: value },
      ...rowAgreement(
        each,
        {
          what: 'the rank similarity',
          least: 'neighbours agree least',
          caption: 'Rank similarity of the shared neighbours of each row.',
          y: { label: 'rank similarity', domain: [0, 1] },
          references: [{ y: value, label: 'mean' }],
        },
        { 'rank similarity': each },
        context,
      ),
      steps,
      ...(both.ordered && {
        reading: `Where both spaces give a row the same neighbours, their order agrees to ${inWords(value)} of 1; how many they share is another question, which the Jaccard similarity answers.`,
      }),
      warnings: [...warnings, ...both.warnings],
    } satisfies Outcome;
  },
});

function ofRow([a, b]: readonly [Int32Array, Int32Array], row: number, k: number): number {
  const places = new Map<number, number>();
  for (let place = 0; place < k; place++) places.set(a[row * k + place] as number, place + 1);
  let [sum, harmonic, shared] = [0, 0, 0];
  for (let place = 0; place < k; place++) {
    const r = places.get(b[row * k + place] as number);
    if (r === undefined) continue;
    const s = place + 1;
    sum += 2 / ((1 + Math.abs(r - s)) * (r + s));
    harmonic += 1 / ++shared;
  }
  return shared === 0 ? 0 : sum / harmonic;
}
