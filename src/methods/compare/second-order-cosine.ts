import { z } from 'zod';
import { normaliseInDouble } from '../../linalg/centre';
import { squaredDistance } from '../../linalg/distances';
import type { Matrix } from '../../linalg/matrix';
import { dot } from '../../linalg/norms';
import { count } from '../../protocol/words';
import { defineMethod, type Outcome, type Representation } from '../method';
import { inRange } from '../shared/centred';
import { inWords } from '../shared/reading';
import { duplicateRows, fewRows } from '../shared/warnings';
import { bothLists, neighbourParameters, tooFewRows } from './neighbour-parameters';
import { rowAgreement } from './row-agreement';

const parameters = z.object({
  neighbours: neighbourParameters.neighbours,
  entries: z.enum(['similarities', 'distances']).default('similarities').meta({
    title: 'Entries',
    description: 'Of the vectors compared: cosines to the neighbours, as published, or one minus them, as ReSi does.',
  }),
});
type Entries = z.output<typeof parameters>['entries'];

export const secondOrderCosine = defineMethod({
  id: 'second-order-cosine',
  kind: 'compare',
  title: 'Second-order cosine similarity',
  summary:
    'Compares how near a row is to its neighbours of either space, in both spaces, by the cosine of those lists.',
  blindTo: 'near 1 for almost anything: cosines to neighbours are all positive; compare pairs, not with 0',
  takes: 'pair',
  parameters,
  values: [{ key: 'similarity', title: 'Second-order cosine', range: [-1, 1], better: 'higher', self: 1 }],
  invariances: ['permutation', 'orthogonal', 'scaling', 'sign'],
  symmetric: true,
  cost: 'O(n² (p + q))',
  formula:
    'meanᵢ cos(a, b), aⱼ = cos(xᵢ, xⱼ) and bⱼ = cos(yᵢ, yⱼ) over j in Nₖ(xᵢ) ∪ Nₖ(yᵢ), nearest by cosine; rows of which one list is all zeros left out',
  tex: String.raw`\frac1n \sum_i \cos(a_i, b_i), \qquad a_{ij} = \cos(x_i, x_j),\; b_{ij} = \cos(y_i, y_j),\; j \in N_k(x_i) \cup N_k(y_i)`,
  citation:
    'Hamilton, Leskovec, Jurafsky (2016). Cultural shift or linguistic drift? Comparing two computational measures of semantic change. EMNLP. arXiv:1606.02821',
  async run(inputs, { neighbours: k, entries }, context) {
    const [x, y] = inputs as [Representation, Representation];
    const rows = x.matrix.rows;
    const steps = [`${k} nearest rows by cosine`, entries, 'not centred', 'float64'];
    const warnings = [...duplicateRows(x), ...duplicateRows(y), ...fewRows(rows)];
    const both = await bothLists([x, y], { neighbours: k, metric: 'cosine' }, context);
    if (both === null) return { values: { similarity: null }, steps, warnings: [...warnings, tooFewRows(k, rows)] };
    const [a, b] = [x, y].map(({ matrix }) => directionsOf(matrix)) as [Directions, Directions];
    const each = Float64Array.from({ length: rows }, (_, i) => {
      context.signal.throwIfAborted();
      return ofRow(a, b, both.lists, i, k, entries);
    });
    const known = [...each.keys()].filter((i) => !Number.isNaN(each[i]));
    if (known.length === 0)
      return {
        values: { similarity: null },
        steps,
        warnings: [...warnings, 'Second-order cosine: the list of every row is all zeros in one of them.'],
      };
    const value = known.reduce((sum, i) => sum + (each[i] as number), 0) / known.length;
    if (known.length < rows)
      warnings.push(
        `${count(rows - known.length)} of ${count(rows)} rows are left out of the mean: their list is all zeros.`,
      );
    return {
      values: { similarity: value },
      ...rowAgreement(
        each,
        {
          what: 'the second-order cosine',
          least: 'neighbourhoods agree least',
          caption: 'Cosine of the two lists of similarities of each row.',
          y: { label: 'cosine' },
          references: [{ y: value, label: 'mean' }],
        },
        { cosine: each },
        context,
      ),
      steps,
      ...(both.ordered && {
        reading: `Rows lie as near to their neighbours in one space as in the other to a cosine of ${inWords(value)}; values near 1 are common, so compare them with those of other pairs.`,
      }),
      warnings: [...warnings, ...both.warnings],
    } satisfies Outcome;
  },
});

interface Directions {
  readonly matrix: Matrix;
  readonly without: ReadonlySet<number>;
}

function directionsOf(x: Matrix): Directions {
  const { matrix, zeroRows } = normaliseInDouble(inRange(x));
  return { matrix, without: new Set(zeroRows) };
}

/** NaN where one of the two lists is all zeros. */
function ofRow(
  a: Directions,
  b: Directions,
  [near, far]: readonly [Int32Array, Int32Array],
  row: number,
  k: number,
  entries: Entries,
): number {
  const union = new Set([...near.subarray(row * k, row * k + k), ...far.subarray(row * k, row * k + k)]);
  const list = ({ matrix, without }: Directions) =>
    Float64Array.from(union, (j) => {
      if (entries === 'similarities') return dot(matrix.row(row), matrix.row(j));
      // Little would be left of 1 - cos where all rows have nearly one direction.
      return without.has(row) || without.has(j) ? 1 : squaredDistance(matrix.row(row), matrix.row(j)) / 2;
    });
  const [s, t] = [list(a), list(b)];
  const norm = Math.sqrt(dot(s, s) * dot(t, t));
  return norm > 0 ? Math.max(-1, Math.min(1, dot(s, t) / norm)) : Number.NaN;
}
