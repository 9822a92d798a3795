import { z } from 'zod';
import type { Matrix } from '../../linalg/matrix';
import { sumOf } from '../../linalg/norms';
import { UserError } from '../../protocol/errors';
import type { Heatmap } from '../../protocol/figures';
import type { Cell, Table } from '../../protocol/result';
import {
  type Context,
  defineMethod,
  type Outcome,
  type PairScore,
  type Representation,
  type RowStream,
} from '../method';
import { heatmapPanel, poolingNote } from '../shared/image';
import { scorePairs } from '../shared/pairs';
import { inWords } from '../shared/reading';
import { sortedLine } from '../shared/sorted-line';
import { constantColumns } from '../shared/warnings';
import { membersOf } from '../study/linkage';
import { chainLinkage } from './chain-linkage';
import {
  absolute,
  bestColumns,
  correlations,
  reserveTables,
  standardisedBytes,
  type UnitNames,
  unitsOf,
} from './correlation';
import { binCount, binned, binParameters, binSteps, fewForCells, informationOf } from './mutual-information';
import { matchingParameters, NO_UNITS, requireRows, strengths } from './shuffled';
import { correlatedValues, inBlocks, type Products, unitSums } from './unit-sums';

const parameters = z.object({
  relation: z.enum(['pearson', 'rank', 'information']).default('pearson').meta({
    title: 'Relation',
    description:
      'pearson: correlation of the values; rank: of their ranks (Spearman), which heavy tails do not dominate; information: mutual information in nats, linear or not, in bins. The last two need all rows in memory.',
  }),
  sign: matchingParameters.sign,
  ...binParameters,
});
type Choice = z.output<typeof parameters>;

const NOTHING_BETWEEN =
  'Every unit of one of them is constant, so nothing goes together across the two, nor within that one. Choose rows on which the units vary, or another layer.';

/** How the units of two sides go together, within either and between them. */
type Relations = Omit<Products, 'rows'>;

export const unitCorrelations = defineMethod({
  id: 'unit-correlations',
  kind: 'match',
  title: 'Correlations of units, within and between',
  summary:
    'How units go together within either representation and between the two: redundancy inside beside likeness across.',
  blindTo: 'blind to what several units make up together; many units have some strong partner by chance',
  takes: 'pair',
  parameters,
  values: [
    { key: 'between', title: 'Mean with the best partner of the other side', range: [-1, null], better: 'higher' },
    { key: 'within', title: 'Mean with the best other unit of the first', range: [-1, null] },
    { key: 'within-second', title: 'Mean with the best other unit of the second', range: [-1, null] },
  ],
  invariances: ['permutation', 'scaling', 'translation', 'column-scaling'],
  symmetric: true,
  cost: 'O(n(p + q)²)',
  formula:
    'between = (mean_i max_j r(x_i, y_j) + mean_j max_i r(x_i, y_j)) / 2, within = mean_i max over j ≠ i of r(x_i, x_j); r Pearson correlation, that of ranks, or mutual information in nats (as of the matching by it); constant units left out',
  tex: String.raw`\tfrac12\Big(\frac1p\sum_i\max_j r(x_i, y_j) + \frac1q\sum_j\max_i r(x_i, y_j)\Big), \qquad \frac1p\sum_i\max_{j \ne i} r(x_i, x_j)`,
  citation:
    'Li, Yosinski, Clune, Lipson, Hopcroft (2016). Convergent learning: do different neural networks learn the same representations? ICLR. arXiv:1511.07543 (§ 2.1 and 3)',
  async run(inputs, chosen, context) {
    const [first, second] = inputs as [Representation, Representation];
    requireRows(first.matrix.rows);
    if (chosen.relation === 'information') return informed([first, second], chosen, context);
    const used = correlatedValues([first, second], chosen.relation, context);
    return correlated(inBlocks(used, context), chosen, context);
  },
  room: standardisedBytes,
  stream: (stream, chosen, context) => {
    if (chosen.relation !== 'pearson')
      throw new UserError(
        `The relation ${chosen.relation} needs all rows in memory, and these inputs do not fit into it. Take pearson, or a sample of the rows (--sample).`,
      );
    return correlated(stream, chosen, context);
  },
  async sweep(rows, columns, chosen, context) {
    for (const { matrix } of rows.slice(0, 1)) requireRows(matrix.rows);
    const { relation, binning, sign } = chosen;
    const { signal } = context;
    if (relation === 'information')
      return scorePairs(
        rows,
        columns,
        context,
        async (input) => binned(input, binCount(chosen, input.matrix.rows), binning, context),
        (x, y) => {
          reserveTables(x, y, context);
          return between(informationOf(x, y, null, signal));
        },
        ({ matrix }) => matrix.data.length,
      );
    return scorePairs(
      rows,
      columns,
      context,
      async (input) => unitsOf(correlatedValues([input], relation, context)[0] as Representation),
      async (x, y) => {
        reserveTables(x, y, context);
        return between(strengths(await correlations(x, y, signal), sign));
      },
      ({ matrix }) => (relation === 'rank' ? 8 * matrix.data.length : 0),
    );
  },
});

/** The first value alone, from how the units of two sides go together. */
function between(across: Matrix): PairScore {
  if (across.data.length === 0) return { value: null, warning: NO_UNITS };
  const means = [across, across.transpose()].map((side) => sumOf(bestOf(side).strength) / side.rows);
  return { value: ((means[0] as number) + (means[1] as number)) / 2 };
}

/** Of each unit its best partner. */
function bestOf(across: Matrix) {
  const partners = bestColumns(across);
  return { partners, strength: Float64Array.from(partners, (j, i) => across.at(i, j)) };
}

async function correlated(stream: RowStream, chosen: Choice, context: Context): Promise<Outcome> {
  requireRows(stream.rows);
  const coefficient = chosen.relation === 'rank' ? 'rank' : 'pearson';
  const sums = await unitSums(stream, { coefficient, held: 0, listed: 1, seed: 0 }, context, 0.8);
  const ignored = chosen.sign === 'absolute' ? ['sign of r ignored'] : [];
  return related(sums.all, sums.units, chosen, [...sums.steps, ...ignored], [...sums.warnings], context);
}

async function informed(inputs: readonly [Representation, Representation], chosen: Choice, context: Context) {
  const rows = inputs[0].matrix.rows;
  const count = binCount(chosen, rows);
  const [x, y] = inputs.map((input) => binned(input, count, chosen.binning, context)) as [
    ReturnType<typeof binned>,
    ReturnType<typeof binned>,
  ];
  const units = x.kept.length + y.kept.length;
  context.reserve(8 * 4 * units ** 2, 'the information of all pairs of units');
  const warnings = [...inputs.flatMap(constantColumns), ...fewForCells(rows, count)];
  const parts = [
    [x, x],
    [x, y],
    [y, y],
  ] as const;
  const [aa, ab, bb] = parts.map(([a, b], k) => {
    context.progress(k / 3, 'Information of units');
    return informationOf(a, b, null, context.signal);
  }) as [Matrix<Float64Array>, Matrix<Float64Array>, Matrix<Float64Array>];
  const steps = binSteps(count, chosen.binning);
  return related({ aa, ab, bb }, [x, y], chosen, steps, warnings, context);
}

function related(
  all: Relations,
  units: readonly [UnitNames, UnitNames],
  { relation, sign }: Choice,
  steps: string[],
  warnings: string[],
  { signal }: Pick<Context, 'signal'>,
): Outcome {
  const [x, y] = units;
  const strength = (m: Matrix) => (relation !== 'information' && sign === 'absolute' ? absolute(m) : m);
  const [aa, ab, bb] = [strength(all.aa), strength(all.ab), strength(all.bb)];
  const inside = [bestOther(aa), bestOther(bb)] as const;
  const within = [inside[0]?.mean ?? null, inside[1]?.mean ?? null] as const;
  const alone = units.some(({ kept }) => kept.length === 1)
    ? ['One unit alone has no other unit to go together with.']
    : [];
  if (x.kept.length === 0 || y.kept.length === 0) {
    const values = { between: null, within: within[0], 'within-second': within[1] };
    return { values, steps, warnings: [...warnings, NOTHING_BETWEEN, ...alone] };
  }
  const sides = [
    { own: x, other: y, within: inside[0], across: ab, raw: [all.aa, all.ab] as const },
    { own: y, other: x, within: inside[1], across: ab.transpose(), raw: [all.bb, all.ab.transpose()] as const },
  ];
  const best = sides.map(({ across }) => bestOf(across));
  const across = best.map((side) => mean(side.strength));
  const between = ((across[0] as number) + (across[1] as number)) / 2;
  const table = ({ own, other, within: twins, raw }: (typeof sides)[number], k: number): Table => ({
    title: `Units of ${own.name}`,
    columns: ['unit', 'best partner', 'with it', 'best other unit', 'with that'],
    rows: Array.from(own.kept, (unit, i): Cell[] => {
      const partner = best[k]?.partners[i] as number;
      const twin = twins?.partners[i];
      return [
        ...[unit, other.kept[partner] as number, raw[1].at(i, partner)],
        ...(twin === undefined ? [null, null] : [own.kept[twin] as number, raw[0].at(i, twin)]),
      ];
    }),
  });
  return {
    values: { between, within: within[0], 'within-second': within[1] },
    tables: {
      units: table(sides[0] as (typeof sides)[number], 0),
      'units-second': table(sides[1] as (typeof sides)[number], 1),
    },
    figures: [
      matrices(all, units, relation, signal),
      sortedLine(
        {
          id: 'best-partners',
          title: 'Best partners, across and inside',
          caption:
            'Each list by falling value: a side that is redundant has other units as close as any of the other side.',
          of: 'units',
          y: { label: relation === 'information' ? 'nats' : 'correlation' },
        },
        sides.flatMap(({ own, other, within: twins }, k) => [
          { name: `${own.name}, in ${other.name}`, values: best[k]?.strength ?? new Float64Array() },
          ...(twins ? [{ name: `${own.name}, inside`, values: twins.strength }] : []),
        ]),
      ),
    ],
    steps,
    reading: `A unit and its best partner on the other side go together by ${inWords(between)} on average${relation === 'information' ? ' nats' : ''}${within[0] === null || within[1] === null ? '' : `; with the best other unit of their own side, by ${inWords(within[0])} and ${inWords(within[1])}`}.`,
    warnings: [...warnings, ...alone],
  };
}

function mean(values: Float64Array): number {
  return sumOf(values) / values.length;
}

/** Of each unit the other unit of the same side that goes together with it best; null of a single unit. */
function bestOther(m: Matrix) {
  if (m.rows < 2) return null;
  const partners = Int32Array.from({ length: m.rows }, (_, i) => {
    let best = i === 0 ? 1 : 0;
    for (let j = 0; j < m.rows; j++) if (j !== i && m.at(i, j) > m.at(i, best)) best = j;
    return best;
  });
  const strength = Float64Array.from(partners, (j, i) => m.at(i, j));
  return { partners, strength, mean: mean(strength) };
}

/** The three blocks, each side in the order of its tree of average linkage. */
function matrices(
  all: Relations,
  [x, y]: readonly [UnitNames, UnitNames],
  relation: Choice['relation'],
  signal: Context['signal'],
): Heatmap {
  const nats = relation === 'information';
  const largest = [all.aa, all.ab, all.bb].reduce((most, { data }) => data.reduce((m, v) => Math.max(m, v), most), 0);
  const order = ({ name, kept }: UnitNames, within: Matrix<Float64Array>) => {
    const n = within.rows;
    const distances = within.map((value) => (nats ? largest : 1) - Math.abs(value));
    const leaves = n > 1 ? (membersOf(chainLinkage(distances, signal), n).at(-1) ?? []) : [0];
    return { label: `unit of ${name}`, name: (i: number) => String(kept[i]), order: leaves };
  };
  const [a, b] = [order(x, all.aa), order(y, all.bb)];
  return {
    id: 'unit-relations',
    kind: 'heatmap',
    title: nats ? 'Mutual information of units' : 'Correlation of units',
    caption: `Each side in the order of its tree of average linkage.${poolingNote(all.ab.rows, all.ab.columns, 'largest')}`,
    panels: [
      heatmapPanel('Between', all.ab, a, b, 'largest'),
      heatmapPanel(`Within ${x.name}`, all.aa, a, a, 'largest'),
      heatmapPanel(`Within ${y.name}`, all.bb, b, b, 'largest'),
    ],
    scale: nats
      ? { label: 'nats', kind: 'sequential', domain: [0, largest > 0 ? Number(largest.toPrecision(6)) : 1] }
      : { label: relation === 'rank' ? 'rank correlation' : 'correlation', kind: 'diverging', domain: [-1, 1] },
  };
}
