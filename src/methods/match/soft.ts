import { z } from 'zod';
import type { Matrix } from '../../linalg/matrix';
import type { Line } from '../../protocol/figures';
import type { Chance, Table } from '../../protocol/result';
import { defineMethod, type Outcome, type Representation } from '../method';
import { contributed, withContributions } from '../shared/contributions';
import { digits6 } from '../shared/image';
import { inWords } from '../shared/reading';
import { constantColumns, fewRows } from '../shared/warnings';
import { bestColumns, correlations, standardisedBytes, type UnitNames, unitsOf } from './correlation';
import { correlationMatrices, withTheRest } from './figures';
import { pairContributions, type WeightedPair } from './pair-contributions';
import { fromMomentsBy, streamed, sweepBy } from './pairs';
import { chanceOf, type MatchingChoice, matchingParameters, requireRows, strengths } from './shuffled';

export const softMatching = defineMethod({
  id: 'soft-matching',
  kind: 'match',
  title: 'Best partner of every unit',
  summary: 'Lets every unit of each representation choose its most correlated unit of the other, as often as it likes.',
  blindTo: 'blind to subspaces that both share in different bases, and to units chosen by many',
  takes: 'pair',
  parameters: z.object(matchingParameters),
  values: [
    { key: 'correlation', title: 'Mean correlation with the best partner', range: [-1, 1], better: 'higher', self: 1 },
    { key: 'forward', title: 'Units of the first', range: [-1, 1], better: 'higher', self: 1 },
    { key: 'reverse', title: 'Units of the second', range: [-1, 1], better: 'higher', self: 1 },
    { key: 'mutual', title: 'Share of the first whose choice is mutual', range: [0, 1], better: 'higher' },
    { key: 'chosen', title: 'Share of the second that is chosen', range: [0, 1], better: 'higher' },
    { key: 'chosen-reverse', title: 'Share of the first that is chosen', range: [0, 1], better: 'higher' },
  ],
  invariances: ['permutation', 'scaling', 'translation', 'column-scaling'],
  symmetric: true,
  cost: 'O(npq) for each pairing of the rows',
  formula:
    'forward = mean_i max_j r(x_i, y_j), reverse = mean_j max_i r(x_i, y_j), r = Pearson correlation; correlation = (forward + reverse) / 2; a unit chooses the first of equally good ones; constant units left out',
  tex: String.raw`\tfrac12\Big(\frac1p \sum_i \max_j r(x_i, y_j) + \frac1q \sum_j \max_i r(x_i, y_j)\Big)`,
  citation:
    'Li, Yosinski, Clune, Lipson, Hopcroft (2016). Convergent learning: do different neural networks learn the same representations? ICLR. arXiv:1511.07543 (semi-matching)',
  async run(inputs, chosen, context) {
    const [first, second] = inputs as [Representation, Representation];
    requireRows(first.matrix.rows);
    const warnings = [...inputs.flatMap(constantColumns), ...fewRows(first.matrix.rows)];
    const units = [unitsOf(first), unitsOf(second)] as const;
    const [x, y] = units;
    if (x.kept.length === 0 || y.kept.length === 0) return { values: empty(), warnings } satisfies Outcome;
    context.reserve(8 * 5 * x.kept.length * y.kept.length, 'the correlations of all pairs of units');
    context.progress(0, 'Correlations of units');
    const r = await correlations(x, y, context.signal);
    const chance = await chanceOf(values(strengths(r, chosen.sign)), units, chosen, context, values);
    const outcome = matched(r, units, chosen.sign, chance);
    const strength = strengths(r, chosen.sign);
    const parts = pairContributions(pairsOf(strength), r, strength, units);
    const own = contributed(parts, [first, second], 'the mean correlation with the best partner', context);
    return { ...withContributions(outcome, own), warnings: [...warnings, ...outcome.warnings] } satisfies Outcome;
  },
  room: standardisedBytes,
  stream: (stream, chosen, context) =>
    streamed(stream, chosen, context, empty(), (r, units) => matched(r, units, chosen.sign, {})),
  fromMoments: fromMomentsBy((strength) => values(strength).correlation),
  sweep: sweepBy((strength) => values(strength).correlation),
});

/** All that choices say, from the correlations of the units. */
function matched(
  r: Matrix,
  units: readonly [UnitNames, UnitNames],
  sign: MatchingChoice['sign'],
  chance: Partial<Record<Key, Chance>>,
) {
  const [x, y] = units;
  const strength = strengths(r, sign);
  const forward = ordered(choices(strength));
  const reverse = ordered(choices(strength.transpose()));
  const scores = score(forward, reverse);
  return {
    values: scores,
    chance: chance as Record<string, Chance>,
    tables: {
      matches: table('Best partner of each unit of the first', r, forward, x, y),
      'matches-reverse': table('Best partner of each unit of the second', r.transpose(), reverse, y, x),
      hubs: hubs(forward, units),
    },
    figures: [
      strengthLine(forward, reverse, units, chance.correlation),
      popularityLine(forward, reverse, units),
      correlationMatrices(
        r,
        units,
        forward.order,
        withTheRest([...new Set(forward.order.map((i) => forward.partner[i] as number))], r.columns),
        `After reordering, units of ${x.name} stand by falling correlation with their best partner, and partners in the order in which they are first chosen; units that nobody chose come last.`,
      ),
    ],
    steps: ['units standardised', ...(sign === 'absolute' ? ['sign of r ignored'] : []), 'products in float64'],
    reading: reading(scores, units, chance.correlation),
    warnings: [] as string[],
  };
}

const KEYS = ['correlation', 'forward', 'reverse', 'mutual', 'chosen', 'chosen-reverse'] as const;
type Key = (typeof KEYS)[number];

function empty(): Record<Key, null> {
  return Object.fromEntries(KEYS.map((key) => [key, null])) as Record<Key, null>;
}

/** What the units of one side choose on the other. */
interface Choices {
  /** Of each unit: the partner, the first of equally good ones. */
  readonly partner: Int32Array;
  readonly strength: Float64Array;
  /** How often each unit of the other side is chosen. */
  readonly popularity: Int32Array;
}

interface Ordered extends Choices {
  /** Units by falling strength. */
  readonly order: readonly number[];
}

function choices(strengthOf: Matrix): Choices {
  const partner = bestColumns(strengthOf);
  const strength = Float64Array.from(partner, (j, i) => strengthOf.at(i, j));
  const popularity = new Int32Array(strengthOf.columns);
  for (const j of partner) popularity[j] = (popularity[j] as number) + 1;
  return { partner, strength, popularity };
}

function ordered(of: Choices): Ordered {
  const { strength } = of;
  const order = [...strength.keys()].sort((a, b) => (strength[b] as number) - (strength[a] as number) || a - b);
  return { ...of, order };
}

function values(strength: Matrix): Record<Key, number> {
  return score(choices(strength), choices(strength.transpose()));
}

/** Every choice: it counts for the unit that chooses, and for the one that is chosen. */
function pairsOf(strength: Matrix): WeightedPair[] {
  const [there, back] = [bestColumns(strength), bestColumns(strength.transpose())];
  return [
    ...Array.from(there, (partner, unit) => ({ unit, partner, weight: 1 / (2 * there.length) })),
    ...Array.from(back, (unit, partner) => ({ unit, partner, weight: 1 / (2 * back.length) })),
  ];
}

function score(forward: Choices, reverse: Choices): Record<Key, number> {
  const mean = (values: Float64Array) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const share = (values: Int32Array, holds: (value: number, i: number) => boolean) =>
    values.filter(holds).length / values.length;
  const [there, back] = [mean(forward.strength), mean(reverse.strength)];
  return {
    correlation: (there + back) / 2,
    forward: there,
    reverse: back,
    mutual: share(forward.partner, (j, i) => reverse.partner[j] === i),
    chosen: share(forward.popularity, (count) => count > 0),
    'chosen-reverse': share(reverse.popularity, (count) => count > 0),
  };
}

function table(title: string, r: Matrix, { partner, order }: Ordered, from: UnitNames, to: UnitNames): Table {
  const rows = order.map((i) => {
    const j = partner[i] as number;
    return [from.kept[i] as number, to.kept[j] as number, r.at(i, j)];
  });
  return { title, columns: ['unit', 'partner', 'correlation'], rows };
}

/** Units of the second that several units of the first chose, most popular first. */
function hubs({ partner, popularity }: Choices, [x, y]: readonly [UnitNames, UnitNames]): Table {
  const popular = [...popularity.keys()]
    .filter((j) => (popularity[j] as number) > 1)
    .sort((a, b) => (popularity[b] as number) - (popularity[a] as number) || a - b);
  const suitors = (j: number) => [...x.kept.filter((_, i) => partner[i] === j)].join(' ');
  return {
    title: `Units of ${y.name} that several units of ${x.name} chose`,
    columns: ['unit', 'chosen by', 'units'],
    rows: popular.map((j) => [y.kept[j] as number, popularity[j] as number, suitors(j)]),
  };
}

function strengthLine(
  forward: Ordered,
  reverse: Ordered,
  [x, y]: readonly [UnitNames, UnitNames],
  chance: Chance | undefined,
): Line {
  const series = (name: string, { order, strength }: Ordered) => ({
    name,
    x: order.map((_, i) => i + 1),
    y: order.map((i) => digits6(strength[i] as number)),
  });
  const lowest = Math.min(0, ...forward.strength, ...reverse.strength);
  return {
    id: 'best-correlations',
    kind: 'line',
    title: 'Correlation with the best partner',
    caption: 'Each side by falling correlation, so that the two curves do not pair units.',
    x: { label: 'unit, by strength' },
    y: { label: 'correlation', domain: [lowest, 1] },
    series: [series(`units of ${x.name}`, forward), series(`units of ${y.name}`, reverse)],
    ...(chance
      ? { references: [{ y: Number(chance.level.toPrecision(6)), label: 'mean, rows paired at random' }] }
      : {}),
  };
}

function popularityLine(forward: Choices, reverse: Choices, [x, y]: readonly [UnitNames, UnitNames]): Line {
  const series = (name: string, { popularity }: Choices) => ({
    name,
    x: Array.from(popularity, (_, i) => i + 1),
    y: [...popularity].sort((a, b) => b - a),
  });
  return {
    id: 'popularity',
    kind: 'line',
    title: 'How often a unit is chosen',
    caption: 'Hubs on the left are the best partner of many; units at zero are nobody’s best partner.',
    x: { label: 'unit, by times chosen' },
    y: { label: 'times chosen' },
    series: [series(`units of ${y.name}`, forward), series(`units of ${x.name}`, reverse)],
  };
}

function reading(
  values: Record<Key, number>,
  [, y]: readonly [UnitNames, UnitNames],
  chance: Chance | undefined,
): string {
  const level = chance ? ` (${inWords(chance.level)} when rows are paired at random)` : '';
  const left = Math.round(100 * (1 - values.chosen));
  return `A unit correlates with its best partner by ${inWords(values.correlation)} on average${level}; ${left} % of the units of ${y.name} are nobody’s best partner. Several units may share a partner, so this is no evidence of a one-to-one code.`;
}
