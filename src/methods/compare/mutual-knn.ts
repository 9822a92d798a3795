import { z } from 'zod';
import type { Figure } from '../../protocol/figures';
import type { Chance } from '../../protocol/result';
import { count } from '../../protocol/words';
import { defineMethod, type Outcome, type Representation } from '../method';
import { contributed, partsOfMean } from '../shared/contributions';
import { digits6 } from '../shared/image';
import { neighboursOf } from '../shared/kept';
import { scorePairs } from '../shared/pairs';
import { grade, inWords } from '../shared/reading';
import { LISTED, rowTable } from '../shared/row-table';
import { duplicateRows, fewRows, zeroRows } from '../shared/warnings';
import { chanceOf } from './cka';
import { hypergeometric, overlapVariance } from './neighbour-lists';
import { isOrdered, nearnessStep, neighbourParameters, tieWarning, tooFewRows } from './neighbour-parameters';

const parameters = z.object(neighbourParameters);

/** Of the list of a row, besides its numbers. */
const ROW_BYTES = 200;

export const mutualKnn = defineMethod({
  id: 'mutual-knn',
  kind: 'compare',
  title: 'Mutual nearest neighbours',
  summary: 'The share of the nearest neighbours of a row that both spaces agree on, averaged over the rows.',
  blindTo: 'blind to everything but local neighbourhoods: neither their order nor any larger distance counts',
  takes: 'pair',
  recommended: 4,
  parameters,
  values: [{ key: 'similarity', title: 'Mutual nearest neighbours', range: [0, 1], better: 'higher', self: 1 }],
  invariances: ['permutation', 'orthogonal', 'scaling', 'sign'],
  symmetric: true,
  cost: 'O(n² (p + q))',
  formula: 'Σᵢ |Nₖ(xᵢ) ∩ Nₖ(yᵢ)| / (n k), the row itself left out by its index, ties to the lower row',
  tex: String.raw`\frac{1}{nk} \sum_i |N_k(x_i) \cap N_k(y_i)|`,
  citation: 'Huh, Cheung, Wang, Isola (2024). The platonic representation hypothesis. ICML. arXiv:2405.07987',
  async run(inputs, { neighbours: k, metric }, context) {
    const [x, y] = inputs as [Representation, Representation];
    const rows = x.matrix.rows;
    const steps = [nearnessStep({ neighbours: k, metric }), 'not centred', 'float64'];
    const warnings = [...duplicateRows(x), ...duplicateRows(y), ...fewRows(rows)];
    if (k >= rows) return { values: { similarity: null }, steps, warnings: [...warnings, tooFewRows(k, rows)] };
    if (metric === 'cosine') warnings.push(...zeroRows(x), ...zeroRows(y));
    context.progress(0, `Neighbours in ${x.name}`);
    const a = await neighboursOf(x.matrix, k, metric, context);
    const b = await neighboursOf(y.matrix, k, metric, context);
    context.reserve(rows * (12 * k + ROW_BYTES), 'the lists of neighbours and what they share');
    warnings.push(...tieWarning(x, a, k), ...tieWarning(y, b, k));
    const shared = sharedByPlace(a.indices, b.indices, rows, k);
    const overlap = shared.map((counts) => counts[k - 1] as number);
    const value = overlap.reduce((sum, count) => sum + count, 0) / (rows * k);
    const sd = Math.sqrt(overlapVariance(a.indices, b.indices, rows, k)) / (rows * k);
    const how =
      'k / (n - 1): mean and variance over all pairings of the rows are exact, the lists being permuted whole.';
    const chance = chanceOf(value, k / (rows - 1), rows > 3 ? sd : undefined, how);
    if (chance.level > 0.5) {
      warnings.push(
        `${k} neighbours of ${rows - 1} other rows are shared to ${inWords(chance.level)} by chance alone. Use fewer.`,
      );
    }
    const least = Array.from(overlap, (_, i) => i).sort((i, j) => (overlap[i] as number) - (overlap[j] as number));
    const listed = least.slice(0, LISTED);
    const parts = { rows: partsOfMean(overlap.map((count) => count / k)) };
    const own = contributed(parts, [x, y], 'the shared neighbours', context);
    return {
      values: { similarity: value },
      chance: { similarity: chance },
      tables: {
        ...own.tables,
        'least-agreement': rowTable(
          `Rows whose neighbours agree least (${count(listed.length)} of ${count(rows)})`,
          context,
          listed,
          {
            [`shared of ${k}`]: (i) => overlap[i] as number,
          },
        ),
      },
      figures: [distribution(overlap, rows, k), ...(k > 1 ? [bySize(shared, rows, k)] : []), ...own.figures],
      steps,
      ...(isOrdered(a, k) && isOrdered(b, k) && { reading: reading(value, chance, k) }),
      warnings,
    } satisfies Outcome;
  },
  async sweep(rows, columns, { neighbours: k, metric }, context) {
    const n = rows[0]?.matrix.rows ?? 0;
    const tied: string[] = [];
    const prepare = async (input: Representation) => {
      if (k >= n) return null;
      const found = await neighboursOf(input.matrix, k, metric, { ...context, progress: () => {} });
      tied.push(...tieWarning(input, found, k));
      return found;
    };
    const scores = await scorePairs(
      rows,
      columns,
      context,
      prepare,
      (a, b) => {
        if (a === null || b === null) return { value: null, warning: tooFewRows(k, n) };
        const shared = sharedByPlace(a.indices, b.indices, n, k);
        const sum = shared.reduce((total, counts) => total + (counts[k - 1] as number), 0);
        const sd = n > 3 ? Math.sqrt(overlapVariance(a.indices, b.indices, n, k)) / (n * k) : undefined;
        return { value: sum / (n * k), level: k / (n - 1), sd };
      },
      ({ matrix }) => (k >= n ? 0 : 4 * k * matrix.rows),
    );
    return { ...scores, warnings: [...tied, ...(scores.warnings ?? [])] };
  },
});

/** For each row, how many of its first 1, 2, ..., k neighbours both lists share. */
function sharedByPlace(a: Int32Array, b: Int32Array, rows: number, k: number): Int32Array[] {
  // At which place each row was last seen in either list, and for whom.
  const seen = new Int32Array(rows).fill(-1);
  return Array.from({ length: rows }, (_, i) => {
    const counts = new Int32Array(k);
    let count = 0;
    for (let place = 0; place < k; place++) {
      for (const list of [a, b]) {
        const other = list[i * k + place] as number;
        if (seen[other] === i) count++;
        else seen[other] = i;
      }
      counts[place] = count;
    }
    return counts;
  });
}

function distribution(overlap: readonly number[], rows: number, k: number): Figure {
  const counts = new Array<number>(k + 1).fill(0);
  for (const shared of overlap) counts[shared] = (counts[shared] as number) + 1;
  const x = counts.map((_, m) => m);
  return {
    id: 'shared-neighbours',
    kind: 'line',
    title: 'Neighbours that a row shares',
    caption: `How many of its ${k} nearest rows a row has in both spaces. By chance: the hypergeometric distribution.`,
    x: { label: `shared neighbours of ${k}` },
    y: { label: 'share of rows' },
    series: [
      { name: 'rows', x, y: counts.map((count) => digits6(count / rows)) },
      { name: 'by chance', x, y: x.map((m) => digits6(hypergeometric(m, k, rows - 1))), dashed: true },
    ],
  };
}

function bySize(shared: readonly Int32Array[], rows: number, k: number): Figure {
  const x = Array.from({ length: k }, (_, place) => place + 1);
  const mean = (size: number) => shared.reduce((sum, counts) => sum + (counts[size - 1] as number), 0) / (rows * size);
  return {
    id: 'agreement-by-size',
    kind: 'line',
    title: 'Agreement by size of the neighbourhood',
    caption: 'The measure for every smaller number of neighbours.',
    x: { label: 'neighbours' },
    y: { label: 'shared', domain: [0, 1] },
    series: [
      { name: 'shared', x, y: x.map((size) => digits6(mean(size))) },
      { name: 'by chance', x, y: x.map((size) => digits6(size / (rows - 1))), dashed: true },
    ],
  };
}

function reading(value: number, chance: Chance, k: number): string {
  const words = {
    chance: 'Neighbourhoods agree no better than by chance',
    little: 'Neighbourhoods agree a little',
    part: 'Neighbourhoods agree in part',
    much: 'Neighbourhoods agree for the most part',
    most: 'Neighbourhoods are nearly the same',
  };
  const nearest = k === 1 ? 'its nearest row' : `its ${k} nearest rows`;
  return `${words[grade(value, chance)]}: of ${nearest}, a row has ${(value * k).toFixed(1)} in both spaces on average (${inWords(value)}; ${inWords(chance.level)} by chance).`;
}
