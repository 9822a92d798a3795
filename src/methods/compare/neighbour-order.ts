import { z } from 'zod';
import type { Signal } from '../../linalg/signal';
import { defineMethod, type Outcome, type Representation } from '../method';
import { inWords } from '../shared/reading';
import { duplicateRows, fewRows } from '../shared/warnings';
import { bothLists, nearnessStep, neighbourParameters, tooFewRows } from './neighbour-parameters';
import { rowAgreement } from './row-agreement';

/** Places of a list after which it is asked whether to stop: a whole list of ten thousand takes half a second. */
const CHECKED = 64;
/** Places compared between two reports. */
const STEPS = 2 ** 22;

export const neighbourOrder = defineMethod({
  id: 'neighbour-order',
  kind: 'compare',
  title: 'Order of neighbours',
  summary:
    'How much of the list of its nearest rows, nearest first, a row has in both spaces: by edits, and in one order.',
  blindTo: 'blind to everything but local neighbourhoods; small as soon as near rows change places among themselves',
  takes: 'pair',
  parameters: z.object(neighbourParameters),
  values: [
    { key: 'similarity', title: 'Entries that no edit changes', range: [0, 1], better: 'higher', self: 1 },
    { key: 'common', title: 'Longest common subsequence', range: [0, null], better: 'higher' },
  ],
  invariances: ['permutation', 'orthogonal', 'scaling', 'sign'],
  symmetric: true,
  cost: 'O(n² (p + q) + n k²)',
  formula:
    '1 - meanᵢ e(Nₖ(xᵢ), Nₖ(yᵢ)) / k, e the fewest insertions, deletions and exchanges that make one ordered list of the other (Levenshtein); common: meanᵢ of the length of their longest common subsequence, 0 to k',
  tex: String.raw`1 - \frac{1}{nk} \sum_i \operatorname{lev}\big(N_k(x_i), N_k(y_i)\big), \qquad \text{common} = \frac1n \sum_i \operatorname{lcs}\big(N_k(x_i), N_k(y_i)\big)`,
  citation: 'Huh, Cheung, Wang, Isola (2024). The platonic representation hypothesis. ICML. arXiv:2405.07987',
  async run(inputs, chosen, context) {
    const [x, y] = inputs as [Representation, Representation];
    const rows = x.matrix.rows;
    const k = chosen.neighbours;
    const steps = [nearnessStep(chosen), 'not centred', 'float64'];
    const warnings = [...duplicateRows(x), ...duplicateRows(y), ...fewRows(rows)];
    const both = await bothLists([x, y], chosen, context);
    if (both === null)
      return { values: { similarity: null, common: null }, steps, warnings: [...warnings, tooFewRows(k, rows)] };
    const [a, b] = both.lists;
    const [same, common] = [new Float64Array(rows), new Float64Array(rows)];
    const every = Math.max(1, Math.floor(STEPS / k ** 2));
    for (let i = 0; i < rows; i++) {
      if (i % every === 0) context.progress(i / rows, 'Order of neighbours');
      const [one, other] = [a.subarray(i * k, i * k + k), b.subarray(i * k, i * k + k)];
      same[i] = 1 - edits(one, other, context.signal) / k;
      common[i] = commonSubsequence(one, other);
    }
    const mean = (values: Float64Array) => values.reduce((sum, value) => sum + value, 0) / rows;
    const [similarity, length] = [mean(same), mean(common)];
    return {
      values: { similarity, common: length },
      ...rowAgreement(
        same,
        {
          what: 'the entries that no edit changes',
          least: 'neighbours agree least in order',
          caption: 'Share of the list of nearest rows that no edit changes, for each row.',
          y: { label: 'unchanged entries', domain: [0, 1] },
          references: [{ y: similarity, label: 'mean' }],
        },
        { 'unchanged entries': same, 'common subsequence': common },
        context,
      ),
      steps,
      ...(both.ordered && {
        reading: `Of the ${k} nearest rows of a row, nearest first, ${inWords(length)} stand in the same order in both spaces, on average; edits leave ${inWords(100 * similarity)} % of the list as it is.`,
      }),
      warnings: [...warnings, ...both.warnings],
    } satisfies Outcome;
  },
});

/** Levenshtein's distance: Wagner and Fischer, "The string-to-string correction problem", J. ACM 1974. O(k²). */
function edits(a: Int32Array, b: Int32Array, signal: Signal): number {
  let above = Int32Array.from({ length: b.length + 1 }, (_, j) => j);
  let row = new Int32Array(b.length + 1);
  for (let i = 0; i < a.length; i++) {
    if (i % CHECKED === 0) signal.throwIfAborted();
    row[0] = i + 1;
    for (let j = 0; j < b.length; j++) {
      const exchanged = (above[j] as number) + (a[i] === b[j] ? 0 : 1);
      row[j + 1] = Math.min(exchanged, (above[j + 1] as number) + 1, (row[j] as number) + 1);
    }
    [above, row] = [row, above];
  }
  return above[b.length] as number;
}

/** Of lists without repetition: the longest run of rising places, found by bisection (Fredman, Discrete Mathematics 1975). */
function commonSubsequence(a: Int32Array, b: Int32Array): number {
  const places = new Map(Array.from(b, (row, place) => [row, place] as const));
  /** The least last place of a run of each length. */
  const ends: number[] = [];
  for (const row of a) {
    const place = places.get(row);
    if (place === undefined) continue;
    let [low, high] = [0, ends.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((ends[middle] as number) < place) low = middle + 1;
      else high = middle;
    }
    ends[low] = place;
  }
  return ends.length;
}
