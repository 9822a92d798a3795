import { z } from 'zod';
import type { Signal } from '../../linalg/signal';
import { defineMethod, type Outcome, type Representation } from '../method';
import { contributed, partsOfMean } from '../shared/contributions';
import { digits6 } from '../shared/image';
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
    const first = [foundFrom(b, a, rows, k, context.signal), foundFrom(a, b, rows, k, context.signal)] as const;
    const [out, home] = first.map((sizes) => shares(sizes, k)) as [number[], number[]];
    const [there, back] = [out[k - 1] as number, home[k - 1] as number];
    const sizes = out.map((_, i) => i + 1);
    const bound = Math.min(1, (k * k) / (rows - 1));
    if (bound > 0.5)
      warnings.push(
        `With ${k} neighbours of ${rows - 1} rows up to ${inWords(bound)} are found again by chance. Use fewer.`,
      );
    const parts = { rows: partsOfMean(first[0].map((size) => (size <= k ? 1 : 0))) };
    const own = contributed(parts, [x, y], `the rows found again, out by ${y.name}`, context);
    return {
      values: { similarity: there, reverse: back },
      tables: own.tables,
      figures: [
        {
          id: 'by-size',
          kind: 'line',
          title: 'Rows found again, by size of the neighbourhood',
          caption: 'The measure for every smaller number of neighbours, and what chance cannot exceed.',
          x: { label: 'neighbours' },
          y: { label: 'share of rows', domain: [0, 1] },
          series: [
            { name: `out by ${y.name}`, x: sizes, y: out.map(digits6) },
            { name: `out by ${x.name}`, x: sizes, y: home.map(digits6) },
            {
              name: 'at most by chance',
              x: sizes,
              y: sizes.map((size) => digits6(Math.min(1, size ** 2 / (rows - 1)))),
              dashed: true,
            },
          ],
        },
        ...own.figures,
      ],
      steps,
      ...(both.ordered && {
        reading: `Of the rows, ${inWords(100 * there)} % are found again by a neighbour of ${y.name} and one of ${x.name} (${inWords(100 * back)} % the other way round; at most ${inWords(100 * bound)} % by chance).`,
      }),
      warnings: [...warnings, ...both.warnings],
    } satisfies Outcome;
  },
});

/** The share of rows that are found again with 1, 2, ..., k neighbours. */
function shares(sizes: Int32Array, k: number): number[] {
  const counts = new Int32Array(k + 2);
  for (const size of sizes) counts[size] = (counts[size] as number) + 1;
  let sum = 0;
  return Array.from(counts.subarray(1, k + 1), (count) => {
    sum += count;
    return sum / sizes.length;
  });
}

/** The fewest neighbours with which each row is one of those, by `home`, of one of its own, by `out`: k + 1 where k are too few. */
function foundFrom(out: Int32Array, home: Int32Array, rows: number, k: number, signal: Signal): Int32Array {
  return Int32Array.from({ length: rows }, (_, i) => {
    signal.throwIfAborted();
    let size = k + 1;
    for (let place = 0; place < size - 1; place++) {
      const start = (out[i * k + place] as number) * k;
      const back = home.subarray(start, start + size - 1).indexOf(i);
      if (back >= 0) size = Math.max(place, back) + 1;
    }
    return size;
  });
}
