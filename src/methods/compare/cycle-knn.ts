import { z } from 'zod';
import { defineMethod, type Outcome, type Representation } from '../method';
import { inWords } from '../shared/reading';
import { duplicateRows, fewRows } from '../shared/warnings';
import { bothLists, nearnessStep, neighbourParameters, tooFewRows } from './neighbour-parameters';

export const cycleKnn = defineMethod({
  id: 'cycle-knn',
  kind: 'compare',
  title: 'Cycle consistency of neighbours',
  summary: 'How often a row is found again by going to a neighbour in one space and then to one in the other.',
  blindTo: 'blind to everything but local neighbourhoods; grows with the square of the number of neighbours by chance',
  takes: 'pair',
  parameters: z.object(neighbourParameters),
  values: [
    { key: 'similarity', title: 'Rows found again, out by the second', range: [0, 1], better: 'higher' },
    { key: 'reverse', title: 'Rows found again, out by the first', range: [0, 1], better: 'higher' },
  ],
  invariances: ['permutation', 'orthogonal', 'scaling', 'sign'],
  symmetric: false,
  cost: 'O(n² (p + q))',
  formula: 'share of rows i with i in Nₖ(xⱼ) for some j in Nₖ(yᵢ); reverse: the spaces exchanged',
  tex: String.raw`\frac1n \left|\{\, i : \exists\, j \in N_k(y_i),\; i \in N_k(x_j) \,\}\right|`,
  citation: 'Huh, Cheung, Wang, Isola (2024). The platonic representation hypothesis. ICML. arXiv:2405.07987',
  async run(inputs, chosen, context) {
    const [x, y] = inputs as [Representation, Representation];
    const rows = x.matrix.rows;
    const k = chosen.neighbours;
    const steps = [nearnessStep(chosen), 'not centred', 'float64'];
    const warnings = [...duplicateRows(x), ...duplicateRows(y), ...fewRows(rows)];
    const both = await bothLists([x, y], chosen, context);
    if (both === null)
      return { values: { similarity: null, reverse: null }, steps, warnings: [...warnings, tooFewRows(k, rows)] };
    const [a, b] = both.lists;
    const [there, back] = [found(b, a, rows, k), found(a, b, rows, k)];
    const bound = Math.min(1, (k * k) / (rows - 1));
    if (bound > 0.5)
      warnings.push(
        `With ${k} neighbours of ${rows - 1} rows up to ${inWords(bound)} are found again by chance. Use fewer.`,
      );
    return {
      values: { similarity: there, reverse: back },
      steps,
      reading: `Of the rows, ${inWords(100 * there)} % are found again by a neighbour of ${y.name} and one of ${x.name} (${inWords(100 * back)} % the other way round; at most ${inWords(100 * bound)} % by chance).`,
      warnings: [...warnings, ...both.warnings],
    } satisfies Outcome;
  },
});

/** The share of rows that are a neighbour, by `home`, of one of their neighbours by `out`. */
function found(out: Int32Array, home: Int32Array, rows: number, k: number): number {
  let count = 0;
  for (let i = 0; i < rows; i++) {
    const again = out.subarray(i * k, i * k + k).some((j) => home.subarray(j * k, j * k + k).includes(i));
    if (again) count++;
  }
  return count / rows;
}
