import { z } from 'zod';
import { assign } from '../../linalg/assignment';
import { Matrix } from '../../linalg/matrix';
import { averageRanks } from '../../linalg/ranks';
import type { Signal } from '../../linalg/signal';
import { UserError } from '../../protocol/errors';
import type { Table } from '../../protocol/result';
import { type Context, defineMethod, type Outcome, type Representation } from '../method';
import { contributed } from '../shared/contributions';
import { scorePairs } from '../shared/pairs';
import { inWords } from '../shared/reading';
import { sortedLine } from '../shared/sorted-line';
import { constantColumns } from '../shared/warnings';
import { type UnitNames, unitsOf } from './correlation';
import { unitsOfPairs } from './pair-contributions';
import { NO_UNITS, NOTHING_CORRELATES, requireRows, summarise } from './shuffled';

export const binParameters = {
  bins: z.int().min(0).max(100).default(0).meta({
    title: 'Bins',
    description:
      'Of each unit, for information. 0: √(n / 10), at least 4 and at most 20, which leaves some ten rows for each cell of two units.',
  }),
  binning: z.enum(['frequency', 'width']).default('frequency').meta({
    title: 'Binning',
    description:
      'frequency: bins of equal numbers of rows: rank r of n is in bin ⌊(r - ½) b / n⌋ of b, or the one below where that is whole and above b / 2; equal values have their mean rank, and a bin together. width: bins of equal width from the smallest value of a unit to its largest, as a plain histogram has them: a value on the edge of two is in the upper one.',
  }),
};

const parameters = z.object({
  ...binParameters,
  permutations: z.int().min(0).max(1000).default(10).meta({
    title: 'Random pairings',
    description:
      'How many times the matching is repeated with the rows of the second paired at random, to find the chance level; 0 leaves it out.',
  }),
});

type Chosen = Pick<z.output<typeof parameters>, 'bins' | 'binning'>;

export function binCount({ bins }: Pick<Chosen, 'bins'>, rows: number): number {
  if (bins === 1)
    throw new UserError(
      'One bin holds every value and tells nothing: take 2 bins or more, or 0 for a number by the rows.',
    );
  return bins > 0 ? bins : Math.min(20, Math.max(4, Math.floor(Math.sqrt(rows / 10))));
}

/** The units that vary, each value replaced by its bin. */
export interface Binned extends UnitNames {
  /** Unit by unit. */
  readonly bins: readonly Uint8Array[];
  /** Bins that hold a row. */
  readonly occupied: readonly number[];
}

export const mutualInformationMatching = defineMethod({
  id: 'mutual-information-matching',
  kind: 'match',
  title: 'Matching by mutual information',
  summary:
    'Pairs units one to one so that what they tell about each other, in nats, is as much as it can be: linear or not.',
  blindTo:
    'blind to relations finer than the bins; needs many rows, some ten for each cell of two units; signs leave the bins as they are but for values on the edge of two, of which there are many where values are few',
  takes: 'pair',
  parameters,
  values: [
    { key: 'information', title: 'Mean information of matched units', range: [0, null], better: 'higher' },
    { key: 'best', title: 'Mean information with the best partner', range: [0, null], better: 'higher' },
    { key: 'share', title: 'Share of the entropy of the first', range: [0, 1], better: 'higher' },
  ],
  invariances: ['permutation', 'scaling', 'translation', 'column-scaling', 'sign'],
  symmetric: true,
  cost: 'O(npq + max(p, q)³) for each pairing of the rows',
  formula:
    'max over one-to-one maps m of the mean of I(xᵢ, y_m(i)), I = max(0, Σ p_ab ln(p_ab / (p_a p_b)) - (A - 1)(B - 1) / 2n) over A and B bins that hold a row (Miller and Madow), min(p, q) pairs; best = mean over the same units of max_j I(xᵢ, yⱼ); share = information over the mean of the entropies -Σ p_a ln p_a of the same units; constant units left out',
  tex: String.raw`\max_m \frac{1}{\min(p, q)}\sum_i I(x_i, y_{m(i)}), \quad I = \max\Bigl(0, \sum_{ab} p_{ab}\ln\frac{p_{ab}}{p_a p_b} - \frac{(A-1)(B-1)}{2n}\Bigr)`,
  citation:
    'Li, Yosinski, Clune, Lipson, Hopcroft (2016). Convergent learning: do different neural networks learn the same representations? ICLR. arXiv:1511.07543; bias: Miller (1955). Note on the bias of information estimates. Information Theory in Psychology',
  async run(inputs, chosen, context) {
    const [first, second] = inputs as [Representation, Representation];
    const rows = first.matrix.rows;
    requireRows(rows);
    const warnings = inputs.flatMap(constantColumns);
    const count = binCount(chosen, rows);
    const { binning } = chosen;
    const [x, y] = [binned(first, count, binning, context), binned(second, count, binning, context)];
    const steps = binSteps(count, binning);
    if (x.kept.length === 0 || y.kept.length === 0) {
      const values = { information: null, best: null, share: null };
      return { values, steps, warnings: [...warnings, NOTHING_CORRELATES] } satisfies Outcome;
    }
    context.reserve(8 * 4 * x.kept.length * y.kept.length, 'the information of all pairs of units');
    warnings.push(...fewForCells(rows, count));
    const information = informationOf(x, y, null, context.signal);
    const pairs = matched(information, context.signal);
    const values = score(information, pairs, x);
    const draws: ReturnType<typeof score>[] = [];
    for (let i = 0; i < chosen.permutations; i++) {
      context.progress((i + 1) / (chosen.permutations + 1), `Random pairing ${i + 1} of ${chosen.permutations}`);
      const shuffled = informationOf(x, y, context.random.permutation(rows), context.signal);
      draws.push(score(shuffled, matched(shuffled, context.signal), x));
    }
    const weight = 1 / pairs.length;
    const weighted = pairs.map(([unit, partner]) => ({ unit, partner, weight }));
    const widths = [first.matrix.columns, second.matrix.columns] as const;
    const parts = { units: unitsOfPairs(weighted, information, [x, y], widths) };
    const own = contributed(parts, [first, second], 'the mean information of matched units', context);
    const keys = ['information', 'best', 'share'] as const;
    const of = (key: (typeof keys)[number]) =>
      summarise(
        values[key],
        draws.map((draw) => draw[key]),
      );
    const chance = draws.length === 0 ? {} : Object.fromEntries(keys.map((key) => [key, of(key)]));
    const level = draws.length === 0 ? '' : ` (${inWords(of('information').level)} when rows are paired at random)`;
    return {
      values,
      chance,
      tables: { matches: table(information, pairs, x, y), ...own.tables },
      figures: [
        sortedLine(
          {
            id: 'matched-information',
            title: 'What matched units share',
            caption: 'Mutual information of each matched pair; the best partner of a unit may be another.',
            of: 'units',
            y: { label: 'nats' },
          },
          [
            { name: 'one-to-one', values: pairs.map((pair) => information.at(...pair)) },
            {
              name: 'best partner',
              values: Array.from({ length: information.rows }, (_, i) => Math.max(...information.row(i))),
            },
          ],
        ),
        ...own.figures,
      ],
      steps,
      reading: `A unit and its partner share ${inWords(values.information)} nats on average${level}, ${inWords(100 * values.share)} % of what the units of ${x.name} hold in ${count} bins.`,
      warnings,
    } satisfies Outcome;
  },
  async sweep(rows, columns, chosen, context) {
    for (const { matrix } of rows.slice(0, 1)) requireRows(matrix.rows);
    return scorePairs(
      rows,
      columns,
      context,
      async (input) => binned(input, binCount(chosen, input.matrix.rows), chosen.binning, context),
      async (x, y) => {
        if (x.kept.length === 0 || y.kept.length === 0) return { value: null, warning: NO_UNITS };
        const information = informationOf(x, y, null, context.signal);
        return { value: score(information, matched(information, context.signal), x).information };
      },
      ({ matrix }) => matrix.data.length,
    );
  },
});

/** Cells of two units that hold too few rows each. @param count of bins */
export function fewForCells(rows: number, count: number): string[] {
  if (rows >= 10 * count ** 2) return [];
  return [
    `${rows} rows for ${count ** 2} cells of two units: with fewer than some ten rows for each the estimate is noise in part. Use fewer bins or more rows.`,
  ];
}

export function binSteps(count: number, binning: Chosen['binning']): string[] {
  const bins = binning === 'width' ? 'of equal width' : 'of equal numbers of rows';
  return [`${count} bins ${bins}`, 'Miller-Madow bias taken off, at least 0', 'nats'];
}

export function binned(
  input: Representation,
  count: number,
  binning: Chosen['binning'],
  { signal, reserve }: Context,
): Binned {
  const { name, kept, matrix } = unitsOf(input);
  reserve(matrix.rows * (matrix.columns + 64), `the bins of ${name}`);
  const bins = Array.from(kept, (j) => {
    signal.throwIfAborted();
    return binning === 'width' ? evenBins(matrix.column(j), count) : binsOf(matrix.column(j), count);
  });
  return { name, kept, bins, occupied: bins.map((of) => sizesOf(of).filter((size) => size > 0).length) };
}

/** How many rows are in each bin. */
function sizesOf(bins: Uint8Array): Int32Array {
  const sizes = new Int32Array(256);
  for (let i = 0; i < bins.length; i++) {
    const bin = bins[i] as number;
    sizes[bin] = (sizes[bin] as number) + 1;
  }
  return sizes;
}

/** By rank, from both ends alike, so that the order may be reversed. */
export function binsOf(values: Float64Array, count: number): Uint8Array {
  const ranks = averageRanks(values);
  const bins = new Uint8Array(ranks.length);
  for (let i = 0; i < bins.length; i++) {
    const place = (((ranks[i] as number) - 0.5) * count) / ranks.length;
    bins[i] = place <= count / 2 ? Math.min(Math.floor(place), count - 1) : Math.ceil(place) - 1;
  }
  return bins;
}

/** Of equal width between the smallest value and the largest, which is in the last bin. */
export function evenBins(values: Float64Array, count: number): Uint8Array {
  let [least, most] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const value of values) [least, most] = [Math.min(least, value), Math.max(most, value)];
  // Small enough that the span of what spans all numbers, so many times, is finite.
  const unit = Number.isFinite((most - least) * count) ? 1 : 2 ** -8;
  const from = unit * least;
  const span = unit * most - from;
  // Multiplied first: a value on the edge of two bins is in the upper one.
  return Uint8Array.from(values, (value) => Math.min(count - 1, Math.floor(((unit * value - from) * count) / span)));
}

/** Of every unit of x with every unit of y, whose rows come in the order `pairing`. */
export function informationOf(x: Binned, y: Binned, pairing: Int32Array | null, signal: Signal): Matrix<Float64Array> {
  const out = Matrix.zeros(x.kept.length, y.kept.length);
  const n = x.bins[0]?.length ?? 0;
  const width =
    Math.max(0, ...[...x.bins, ...y.bins].map((of) => of.reduce((most, bin) => Math.max(most, bin), 0))) + 1;
  const cells = width * width;
  const counts = new Int32Array(TOGETHER * cells);
  const rows = new Uint16Array(n);
  // n ln n of every count that there can be: a logarithm for each cell would be most of the time.
  const terms = Float64Array.from({ length: n + 1 }, (_, count) => (count === 0 ? 0 : count * Math.log(count)));
  const marginal = (of: Uint8Array) => sizesOf(of).reduce((sum, size) => sum + (terms[size] as number), 0);
  const [own, their] = [x.bins.map(marginal), y.bins.map(marginal)];
  const groups = grouped(y.bins, n, pairing);
  for (const [i, bins] of x.bins.entries()) {
    signal.throwIfAborted();
    for (let k = 0; k < n; k++) rows[k] = (bins[k] as number) * width;
    for (const [g, group] of groups.entries()) {
      const first = g * TOGETHER;
      count(rows, group, counts, cells);
      for (let j = first; j < Math.min(first + TOGETHER, y.bins.length); j++) {
        let joint = 0;
        for (let at = (j - first) * cells; at < (j - first + 1) * cells; at++)
          joint += terms[counts[at] as number] as number;
        const plain = (joint - (own[i] as number) - (their[j] as number) + (terms[n] as number)) / n;
        const bias = (((x.occupied[i] as number) - 1) * ((y.occupied[j] as number) - 1)) / (2 * n);
        out.data[i * out.columns + j] = Math.max(0, plain - bias);
      }
    }
  }
  return out;
}

/** Units counted together: one table alone would wait for each count to be written before the next is read. */
const TOGETHER = 4;

/** The bins of four units in the bytes of one number for each row, in the order `pairing`; zeros past the last unit. */
function grouped(bins: readonly Uint8Array[], rows: number, pairing: Int32Array | null): Uint32Array[] {
  return Array.from({ length: Math.ceil(bins.length / TOGETHER) }, (_, g) => {
    const out = new Uint32Array(rows);
    for (const [place, of] of bins.slice(g * TOGETHER, (g + 1) * TOGETHER).entries())
      for (let k = 0; k < rows; k++)
        out[k] = (out[k] as number) | ((of[pairing ? (pairing[k] as number) : k] as number) << (8 * place));
    return out;
  });
}

/** How often a bin of one unit, times the number of bins, meets one of each of four others: a table for each of these. */
function count(rows: Uint16Array, group: Uint32Array, counts: Int32Array, cells: number): void {
  counts.fill(0);
  for (let k = 0; k < rows.length; k++) {
    const [row, bins] = [rows[k] as number, group[k] as number];
    const p = row + (bins & 255);
    const q = row + ((bins >>> 8) & 255) + cells;
    const r = row + ((bins >>> 16) & 255) + 2 * cells;
    const s = row + (bins >>> 24) + 3 * cells;
    counts[p] = (counts[p] as number) + 1;
    counts[q] = (counts[q] as number) + 1;
    counts[r] = (counts[r] as number) + 1;
    counts[s] = (counts[s] as number) + 1;
  }
}

type Pair = readonly [unit: number, partner: number];

function matched(information: Matrix<Float64Array>, signal: Signal): Pair[] {
  const partners = assign(information, { maximise: true, signal });
  return [...partners.entries()]
    .filter(([, partner]) => partner >= 0)
    .sort((a, b) => information.at(...b) - information.at(...a) || a[0] - b[0]);
}

function score(information: Matrix<Float64Array>, pairs: readonly Pair[], x: Binned) {
  const mean = (of: (unit: number, partner: number) => number) =>
    pairs.reduce((sum, [unit, partner]) => sum + of(unit, partner), 0) / pairs.length;
  const entropy = (unit: number) => {
    const of = x.bins[unit] as Uint8Array;
    return sizesOf(of).reduce(
      (sum, size) => (size > 0 ? sum - (size / of.length) * Math.log(size / of.length) : sum),
      0,
    );
  };
  const value = mean((unit, partner) => information.at(unit, partner));
  const best = mean((unit) => Math.max(...information.row(unit)));
  const held = mean(entropy);
  return { information: value, best, share: held > 0 ? value / held : 0 };
}

function table(information: Matrix, pairs: readonly Pair[], x: UnitNames, y: UnitNames): Table {
  return {
    title: 'Matched units',
    columns: ['unit', 'partner', 'information (nats)'],
    rows: pairs.map(([unit, partner]) => [
      x.kept[unit] as number,
      y.kept[partner] as number,
      information.at(unit, partner),
    ]),
  };
}
