import { z } from 'zod';
import type { Matrix } from '../../linalg/matrix';
import { UserError } from '../../protocol/errors';
import { defineMethod, type Outcome, type Representation } from '../method';
import { contributed, partsOfMean } from '../shared/contributions';
import { inWords } from '../shared/reading';
import { sortedLine } from '../shared/sorted-line';
import { fewRows } from '../shared/warnings';

const parameters = z.object({
  outputs: z.enum(['logits', 'probabilities']).default('logits').meta({
    title: 'Outputs are',
    description: 'Logits are turned into probabilities by a softmax; probabilities have to be from 0 and sum to 1.',
  }),
});

export const outputDisagreement = defineMethod({
  id: 'output-disagreement',
  kind: 'compare',
  title: 'Disagreement of outputs',
  summary:
    'Compares two networks by what they predict: how often they choose another class, and how far their probabilities lie apart.',
  blindTo: 'blind to everything inside the networks: equal outputs can come from unlike representations',
  takes: 'pair',
  parameters,
  values: [
    { key: 'divergence', title: 'Jensen-Shannon divergence (bits)', range: [0, 1], better: 'lower', self: 0 },
    { key: 'disagreement', title: 'Share of rows with another class', range: [0, 1], better: 'lower', self: 0 },
  ],
  invariances: [],
  symmetric: true,
  cost: 'O(n c) for c classes',
  formula:
    'divergence = meanᵢ (KL(pᵢ ‖ m) + KL(qᵢ ‖ m)) / 2, m = (pᵢ + qᵢ) / 2, logarithms to base 2; disagreement = share of i with argmax pᵢ ≠ argmax qᵢ, the lowest class of several',
  tex: String.raw`\frac1n \sum_i \tfrac12\big(\mathrm{KL}(p_i \,\|\, m_i) + \mathrm{KL}(q_i \,\|\, m_i)\big), \qquad m_i = \tfrac12(p_i + q_i)`,
  citation:
    'Lin (1991). Divergence measures based on the Shannon entropy. IEEE Trans. Inf. Theory 37; Klabunde et al. (2025). ReSi. ICLR. arXiv:2408.00531',
  async run(inputs, { outputs }, context) {
    const [x, y] = inputs as [Representation, Representation];
    const { rows, columns } = x.matrix;
    if (y.matrix.columns !== columns || columns < 2)
      throw new UserError(
        `Outputs of the same classes are needed, two or more: ${x.name} has ${columns} columns and ${y.name} has ${y.matrix.columns}.`,
      );
    context.signal.throwIfAborted();
    const [p, q] = [probabilities(x, outputs), probabilities(y, outputs)];
    const [each, classes] = [new Float64Array(rows), new Float64Array(columns)];
    let other = 0;
    for (let i = 0; i < rows; i++) {
      const at = i * columns;
      each[i] = divergence(p.subarray(at, at + columns), q.subarray(at, at + columns), classes);
      if (largest(x.matrix, i) !== largest(y.matrix, i)) other++;
    }
    const mean = each.reduce((sum, value) => sum + value, 0) / rows;
    // Both sides have the same classes.
    const parts = { rows: partsOfMean(each), units: [classes.map((part) => part / rows)] };
    const own = contributed(parts, [{ name: 'both' }], 'the divergence', context, {
      'divergence (bits)': (i) => each[i] as number,
      [x.name]: (i) => largest(x.matrix, i),
      [y.name]: (i) => largest(y.matrix, i),
    });
    return {
      values: { divergence: mean, disagreement: other / rows },
      tables: own.tables,
      figures: [
        sortedLine(
          {
            id: 'row-divergence',
            title: 'Divergence of each row',
            caption: 'Jensen-Shannon divergence of the two predictions for each row, in bits.',
            of: 'rows',
            y: { label: 'divergence (bits)', domain: [0, 1] },
            references: [{ y: mean, label: 'mean' }],
          },
          [{ name: 'rows', values: each }],
        ),
        ...own.figures,
      ],
      steps: [outputs === 'logits' ? 'softmax of each row' : 'rows taken as probabilities', 'float64'],
      reading: `The two choose another class for ${inWords((100 * other) / rows)} % of the rows; their probabilities lie ${inWords(mean)} bits apart on average, of 1 for certainty of different classes.`,
      warnings: fewRows(rows),
    } satisfies Outcome;
  },
});

/** @throws UserError where a row is no distribution. */
function probabilities({ name, matrix }: Representation, outputs: 'logits' | 'probabilities'): Float64Array {
  const { rows, columns } = matrix;
  const out = new Float64Array(matrix.data);
  for (let i = 0; i < rows; i++) {
    const row = out.subarray(i * columns, (i + 1) * columns);
    if (outputs === 'logits') exponentials(row);
    const sum = sumOf(row);
    if (outputs === 'probabilities' && (row.some((value) => value < 0) || Math.abs(sum - 1) > 1e-3))
      throw new UserError(
        `${name}: row ${i} is no distribution (its values sum to ${sum.toPrecision(6)}). Choose logits, or give probabilities.`,
      );
    for (let j = 0; j < columns; j++) row[j] = (row[j] as number) / sum;
  }
  return out;
}

/** Of the values less the largest of them, in place. */
function exponentials(row: Float64Array): void {
  let most = Number.NEGATIVE_INFINITY;
  for (let j = 0; j < row.length; j++) if ((row[j] as number) > most) most = row[j] as number;
  for (let j = 0; j < row.length; j++) row[j] = Math.exp((row[j] as number) - most);
}

function sumOf(row: Float64Array): number {
  let sum = 0;
  for (let j = 0; j < row.length; j++) sum += row[j] as number;
  return sum;
}

/** @param classes what each class adds is added to these: never less than nothing */
function divergence(p: Float64Array, q: Float64Array, classes: Float64Array): number {
  let sum = 0;
  for (let j = 0; j < p.length; j++) {
    const a = p[j] as number;
    const b = q[j] as number;
    const middle = (a + b) / 2;
    let own = 0;
    if (a > 0) own += a * Math.log(a / middle);
    if (b > 0) own += b * Math.log(b / middle);
    sum += own;
    classes[j] = (classes[j] as number) + own / (2 * Math.LN2);
  }
  return Math.max(0, Math.min(1, sum / (2 * Math.LN2)));
}

function largest(matrix: Matrix, row: number): number {
  const values = matrix.row(row);
  let best = 0;
  for (let j = 1; j < values.length; j++) if ((values[j] as number) > (values[best] as number)) best = j;
  return best;
}
