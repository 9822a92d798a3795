import { z } from 'zod';
import { centreInDouble, normaliseInDouble } from '../../linalg/centre';
import type { Matrix } from '../../linalg/matrix';
import { dot, sumOf } from '../../linalg/norms';
import { defineMethod, type Outcome, type Representation } from '../method';
import { inRange } from '../shared/centred';
import { contributed } from '../shared/contributions';
import { inWords } from '../shared/reading';
import { sortedLine } from '../shared/sorted-line';
import { duplicateRows, fewRows } from '../shared/warnings';
import { bothLists, nearnessStep, neighbourParameters, tooFewRows } from './neighbour-parameters';

const parameters = z.object({
  neighbours: neighbourParameters.neighbours,
  metric: z.enum(['cosine', 'inner']).default('cosine').meta({
    title: 'Nearness',
    description:
      'Cosine: rows brought to length 1 first, as in the paper’s experiments. Inner: inner products of the rows as they are.',
  }),
});

export const cknna = defineMethod({
  id: 'cknna',
  kind: 'compare',
  title: 'CKA of nearest neighbours',
  summary: 'Debiased CKA that looks only at pairs of rows that are near neighbours in both spaces.',
  blindTo: 'blind to all distances beyond the neighbourhood; with all rows as neighbours it is debiased linear CKA',
  takes: 'pair',
  parameters,
  values: [{ key: 'similarity', title: 'CKNNA', range: [null, null], better: 'higher', self: 1 }],
  invariances: ['permutation', 'orthogonal', 'scaling', 'sign'],
  symmetric: false,
  cost: 'O(n² (p + q))',
  formula:
    'a(K, L) / √(a(K, K) a(L, L)), a = the unbiased HSIC of M ∘ K and M ∘ L, M marking j among the k nearest of i in both; the transpose of the second in its first term, as published',
  tex: String.raw`\frac{a(K, L)}{\sqrt{a(K, K)\,a(L, L)}}, \qquad a(K, L) = \mathrm{HSIC}_u(M \circ K, M \circ L), \quad M_{ij} = [\,j \in N_k(x_i) \cap N_k(y_i)\,]`,
  citation: 'Huh, Cheung, Wang, Isola (2024). The platonic representation hypothesis. ICML. arXiv:2405.07987',
  async run(inputs, chosen, context) {
    const [x, y] = inputs as [Representation, Representation];
    const rows = x.matrix.rows;
    const k = chosen.neighbours;
    const steps = [nearnessStep(chosen), 'not centred', 'float64'];
    const warnings = [...duplicateRows(x), ...duplicateRows(y), ...fewRows(rows)];
    const refuse = (why: string) => ({ values: { similarity: null }, steps, warnings: [...warnings, why] });
    if (rows < 4) return refuse(`CKNNA needs at least 4 rows and there are ${rows}.`);
    const both = await bothLists([x, y], chosen, context);
    if (both === null) return refuse(tooFewRows(k, rows));
    const [a, b] = [x, y].map(({ matrix }) => pointsOf(matrix, chosen.metric, k)) as [Matrix, Matrix];
    const [near, far] = both.lists;
    const each = alignments([a, b], [near, far], k);
    const cross = sumOf(each);
    const shared = marks([near, far], rows, k).map((others) => others.size / k);
    const own = [sumOf(alignments([a, a], [near, near], k)), sumOf(alignments([b, b], [far, far], k))] as const;
    warnings.push(...both.warnings);
    if (!(own[0] > 0 && own[1] > 0))
      return refuse(
        'CKNNA: the unbiased estimate for one space with itself is not positive: too few rows or neighbours.',
      );
    const norm = Math.sqrt(own[0] * own[1]);
    const value = cross / norm;
    const adds = contributed({ rows: each.map((part) => part / norm) }, [x, y], 'CKNNA', context);
    return {
      values: { similarity: value },
      tables: adds.tables,
      figures: [
        sortedLine(
          {
            id: 'marked-pairs',
            title: 'Neighbours that count',
            caption: `Share of the ${k} nearest rows of each row that are nearest in both spaces: the pairs that the measure looks at.`,
            of: 'rows',
            y: { label: 'share of neighbours', domain: [0, 1] },
          },
          [{ name: 'rows', values: shared }],
        ),
        ...adds.figures,
      ],
      steps,
      ...(both.ordered && {
        reading: `Among pairs of rows that are neighbours in both spaces the inner products agree to ${inWords(value)} of 1, and rows paired at random would give about 0.`,
      }),
      warnings,
    } satisfies Outcome;
  },
});

function pointsOf(matrix: Matrix, metric: 'cosine' | 'inner', k: number): Matrix<Float64Array> {
  const x = inRange(matrix);
  const points = metric === 'cosine' ? normaliseInDouble(x).matrix : x.toDouble();
  // Where all pairs count the estimate is of kernels centred, and far from the origin nothing would be left of these otherwise.
  return k < x.rows - 1 ? points : centreInDouble(points);
}

/** For each row the rows that are near it in both lists. */
function marks([near, far]: readonly [Int32Array, Int32Array], rows: number, k: number): Set<number>[] {
  return Array.from({ length: rows }, (_, i) => {
    const own = new Set(near.subarray(i * k, i * k + k));
    return new Set([...far.subarray(i * k, i * k + k)].filter((j) => own.has(j)));
  });
}

/**
 * n (n - 3) times the unbiased HSIC (Song et al. 2012) of both kernels, zero but where j is near i in both lists, as a sum over rows:
 * Σⱼ Kᵢⱼ Lⱼᵢ, the product of the sums over all by row i of either, half and half, and what K has in column i times what L has in
 * row i.
 */
function alignments(
  [x, y]: readonly [Matrix, Matrix],
  lists: readonly [Int32Array, Int32Array],
  k: number,
): Float64Array {
  const n = x.rows;
  const marked = marks(lists, n, k);
  const [products, rowsOfK, columnsOfK, rowsOfL] = Array.from({ length: 4 }, () => new Float64Array(n)) as Lists;
  const add = (list: Float64Array, i: number, value: number) => {
    list[i] = (list[i] as number) + value;
  };
  for (const [i, others] of marked.entries()) {
    for (const j of others) {
      const [kernel, other] = [dot(x.row(i), x.row(j)), dot(y.row(i), y.row(j))];
      if (marked[j]?.has(i)) add(products, i, kernel * other);
      add(rowsOfK, i, kernel);
      add(columnsOfK, j, kernel);
      add(rowsOfL, i, other);
    }
  }
  const [sumK, sumL] = [sumOf(rowsOfK), sumOf(rowsOfL)];
  return products.map((product, i) => {
    const [row, column, other] = [rowsOfK[i], columnsOfK[i], rowsOfL[i]] as [number, number, number];
    const all = (row * sumL + sumK * other) / 2;
    return product + all / ((n - 1) * (n - 2)) - (2 * column * other) / (n - 2);
  });
}

type Lists = [Float64Array, Float64Array, Float64Array, Float64Array];
