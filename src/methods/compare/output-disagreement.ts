import { z } from 'zod';
import { Matrix } from '../../linalg/matrix';
import { sumOf } from '../../linalg/norms';
import { softmaxRows } from '../../linalg/softmax';
import { placeOfLargest, scale } from '../../linalg/vectors';
import { UserError } from '../../protocol/errors';
import { plural } from '../../protocol/words';
import { type Context, defineMethod, type Outcome, type Representation } from '../method';
import { contributed, partsOfMean } from '../shared/contributions';
import { inWords } from '../shared/reading';
import { sortedLine } from '../shared/sorted-line';
import { fewRows } from '../shared/warnings';

type Outputs = 'logits' | 'probabilities';

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
        `Outputs of the same classes are needed, two or more: ${x.name} has ${plural(columns, 'column')} and ${y.name} has ${y.matrix.columns}.`,
      );
    const { each, classes, largest } = divergences(x, y, outputs, context);
    const mean = sumOf(each) / rows;
    const [ofX, ofY] = largest;
    const other = ofX.reduce((sum, one, i) => sum + Number(one !== ofY[i]), 0);
    const [values, warnings] = [{ divergence: mean, disagreement: other / rows }, fewRows(rows)];
    if (context.bare) return { values, warnings };
    // Both sides have the same classes.
    const parts = { rows: partsOfMean(each), units: [classes.map((part) => part / rows)] };
    const own = contributed(parts, [{ name: 'both' }], 'the divergence', context, {
      'divergence (bits)': (i) => each[i] as number,
      [x.name]: (i) => ofX[i] as number,
      [y.name]: (i) => ofY[i] as number,
    });
    return {
      values,
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
      warnings,
    } satisfies Outcome;
  },
});

/** Probabilities of either side that are held at a time. */
const TOGETHER = 2 ** 16;

/** The divergence of each row, what each class adds over all rows, and which class each row is most likely of by either side. */
function divergences(x: Representation, y: Representation, outputs: Outputs, { signal }: Pick<Context, 'signal'>) {
  const { rows, columns } = x.matrix;
  const [each, classes] = [new Float64Array(rows), new Float64Array(columns)];
  const largest = [new Int32Array(rows), new Int32Array(rows)] as const;
  const height = Math.ceil(TOGETHER / columns);
  const memory = [x, y].map(() => new Float64Array(height * columns));
  for (let start = 0; start < rows; start += height) {
    signal.throwIfAborted();
    const [p, q] = [x, y].map((of, k) => {
      const found = predicted(of, start, height, outputs, memory[k] as Float64Array);
      largest[k]?.set(found.largest, start);
      return found.matrix;
    }) as [Matrix<Float64Array>, Matrix<Float64Array>];
    for (let i = 0; i < p.rows; i++) each[start + i] = divergence(p.row(i), q.row(i), classes);
  }
  return { each, classes, largest };
}

/**
 * The probabilities of the classes in rows from `start` on, and which class each row is most likely of, the lowest of several.
 * @throws UserError where a row is no distribution.
 */
function predicted(
  { name, matrix }: Representation,
  start: number,
  height: number,
  outputs: Outputs,
  memory: Float64Array,
) {
  const part = matrix.slice(start, Math.min(matrix.rows, start + height));
  if (outputs === 'logits') return softmaxRows(part, memory);
  const rows = new Matrix(memory.subarray(0, part.data.length), part.rows, part.columns);
  rows.data.set(part.data);
  const largest = Int32Array.from({ length: rows.rows }, (_, i) => {
    const row = rows.row(i);
    const sum = sumOf(row);
    if (row.some((value) => value < 0) || Math.abs(sum - 1) > 1e-3)
      throw new UserError(
        `${name}: row ${start + i} is no distribution (its values sum to ${sum.toPrecision(6)}). Choose logits, or give probabilities.`,
      );
    scale(row, 1 / sum);
    return placeOfLargest(row, 0, row.length);
  });
  return { matrix: rows, largest };
}

/** @param classes what each class adds is added to these: never less than nothing */
function divergence(p: Float64Array, q: Float64Array, classes: Float64Array): number {
  // A variable of the module would be looked up for every value.
  const series = SERIES;
  let sum = 0;
  for (let j = 0; j < p.length; j++) {
    const both = (p[j] as number) + (q[j] as number);
    if (both === 0) continue;
    const part = both * apart(Math.abs((p[j] as number) - (q[j] as number)) / both, series);
    sum += part;
    classes[j] = (classes[j] as number) + part;
  }
  return Math.min(1, sum);
}

/** Points of a table up to REACH, and terms of the series about each. */
const STEP = 1 / 512;
const REACH = 0.9375;
const TERMS = 7;
const SERIES = seriesOfPoints();

/**
 * ((1 + t) ln(1 + t) + (1 - t) ln(1 - t)) / 4 ln 2 for t from 0 to 1: what p = m (1 + t) and q = m (1 - t) add to the divergence,
 * over p + q. Two logarithms would leave few digits of it where t is small.
 */
function apart(t: number, series: Float64Array): number {
  if (t > REACH) return ((1 + t) * Math.log(1 + t) + (t < 1 ? (1 - t) * Math.log(1 - t) : 0)) / (4 * Math.LN2);
  const point = (t / STEP + 0.5) | 0;
  const from = t - point * STEP;
  // Written out: a loop over the terms takes twice the time.
  const at = point * TERMS;
  const higher = (series[at + 4] as number) + from * ((series[at + 5] as number) + from * (series[at + 6] as number));
  const middle = (series[at + 2] as number) + from * ((series[at + 3] as number) + from * higher);
  return (series[at] as number) + from * ((series[at + 1] as number) + from * middle);
}

/** Taylor's, of the function above. */
function seriesOfPoints(): Float64Array {
  const points = REACH / STEP + 1;
  const terms = (point: number) => {
    const [plus, minus] = [1 + point * STEP, 1 - point * STEP];
    const [up, down] = [Math.log(plus), Math.log(minus)];
    const higher = Array.from({ length: TERMS - 2 }, (_, i) => i + 2).map(
      (k) => ((-1) ** k * plus ** (1 - k) + minus ** (1 - k)) / (k * (k - 1)),
    );
    return [plus * up + minus * down, up - down, ...higher].map((term) => term / (4 * Math.LN2));
  };
  return Float64Array.from(Array.from({ length: points }, (_, point) => terms(point)).flat());
}
