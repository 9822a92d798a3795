import { z } from 'zod';
import { defineMethod, type Outcome, type Representation } from '../method';
import { grade, inWords } from '../shared/reading';
import { duplicateRows, fewRows } from '../shared/warnings';
import { hypergeometric } from './neighbour-lists';
import { bothLists, nearnessStep, neighbourParameters, tooFewRows } from './neighbour-parameters';
import { rowAgreement } from './row-agreement';

export const jaccardKnn = defineMethod({
  id: 'jaccard-knn',
  kind: 'compare',
  title: 'Jaccard similarity of neighbourhoods',
  summary:
    'The nearest rows that both spaces give a row, as a share of those that either gives it, averaged over rows.',
  blindTo: 'blind to everything but local neighbourhoods: neither their order nor any larger distance counts',
  takes: 'pair',
  parameters: z.object(neighbourParameters),
  values: [{ key: 'similarity', title: 'Jaccard similarity', range: [0, 1], better: 'higher', self: 1 }],
  invariances: ['permutation', 'orthogonal', 'scaling', 'sign'],
  symmetric: true,
  cost: 'O(n² (p + q))',
  formula: 'meanᵢ |Nₖ(xᵢ) ∩ Nₖ(yᵢ)| / |Nₖ(xᵢ) ∪ Nₖ(yᵢ)|, the row itself left out by its index, ties to the lower row',
  tex: String.raw`\frac1n \sum_i \frac{|N_k(x_i) \cap N_k(y_i)|}{|N_k(x_i) \cup N_k(y_i)|}`,
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
    const each = Float64Array.from({ length: rows }, (_, i) => jaccard(both.lists, i, k));
    const value = each.reduce((sum, part) => sum + part, 0) / rows;
    // Permuted whole, the lists of a row meet as two random sets do.
    const places = Array.from({ length: k + 1 }, (_, m) => m);
    const level = places.reduce((sum, m) => sum + (hypergeometric(m, k, rows - 1) * m) / (2 * k - m), 0);
    return {
      values: { similarity: value },
      chance: {
        similarity: { level, how: 'The hypergeometric mean of m / (2k - m): exact over all pairings of the rows.' },
      },
      ...rowAgreement(
        each,
        {
          what: 'the Jaccard similarity',
          least: 'neighbours agree least',
          caption: 'Jaccard similarity of the two neighbourhoods of each row.',
          y: { label: 'Jaccard similarity', domain: [0, 1] },
          references: [
            { y: value, label: 'mean' },
            { y: level, label: 'mean by chance' },
          ],
        },
        { jaccard: each },
        context,
      ),
      steps,
      ...(both.ordered && { reading: reading(value, level, k) }),
      warnings: [...warnings, ...both.warnings],
    } satisfies Outcome;
  },
});

function jaccard([a, b]: readonly [Int32Array, Int32Array], row: number, k: number): number {
  const own = new Set(a.subarray(row * k, row * k + k));
  let shared = 0;
  for (const other of b.subarray(row * k, row * k + k)) if (own.has(other)) shared++;
  return shared / (2 * k - shared);
}

function reading(value: number, level: number, k: number): string {
  const words = {
    chance: 'agree no better than by chance',
    little: 'agree a little',
    part: 'agree in part',
    much: 'agree for the most part',
    most: 'are nearly the same',
  };
  return `The neighbourhoods of ${k} rows ${words[grade(value, { level })]} (Jaccard similarity ${inWords(value)}; ${inWords(level)} by chance).`;
}
