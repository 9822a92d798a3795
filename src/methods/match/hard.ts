import { z } from 'zod';
import { assign } from '../../linalg/assignment';
import type { Matrix } from '../../linalg/matrix';
import type { Signal } from '../../linalg/signal';
import type { Line } from '../../protocol/figures';
import type { Chance } from '../../protocol/result';
import { plural } from '../../protocol/words';
import { defineMethod, type Outcome, type Representation } from '../method';
import { contributed, withContributions } from '../shared/contributions';
import { digits6 } from '../shared/image';
import { grade, inWords } from '../shared/reading';
import { constantColumns, fewRows } from '../shared/warnings';
import { bestColumns, correlations, standardisedBytes, type UnitNames, unitsOf } from './correlation';
import { correlationMatrices, withTheRest } from './figures';
import { pairContributions } from './pair-contributions';
import { fromMomentsBy, streamed, sweepBy } from './pairs';
import { chanceOf, type MatchingChoice, matchingParameters, requireRows, strengths } from './shuffled';

/** Correlations that are apart by less are the same, but for rounding: those of a unit that is there twice. */
const TIED = 1e-12;

/** A unit of the first with its one-to-one partner and its best partner, as positions in the correlation matrix. */
export interface Match {
  readonly unit: number;
  readonly partner: number;
  readonly best: number;
}

export const hardMatching = defineMethod({
  id: 'hard-matching',
  kind: 'match',
  title: 'One-to-one matching of units',
  summary:
    'Pairs each unit of one with a unit of the other so that the sum of their correlations is as large as it can be.',
  blindTo: 'blind to subspaces that both share in different bases, and to units that several others make up together',
  takes: 'pair',
  recommended: 6,
  parameters: z.object(matchingParameters),
  values: [
    { key: 'correlation', title: 'Mean correlation of matched units', range: [-1, 1], better: 'higher', self: 1 },
    { key: 'semi', title: 'Mean correlation with the best partner', range: [-1, 1], better: 'higher', self: 1 },
    { key: 'gap', title: 'What one-to-one costs', range: [0, 2], better: 'lower', self: 0 },
    { key: 'agreement', title: 'Share matched to their best partner', range: [0, 1], better: 'higher', self: 1 },
    { key: 'above-0.5', title: 'Share matched above 0.5', range: [0, 1], better: 'higher', self: 1 },
    { key: 'above-0.8', title: 'Share matched above 0.8', range: [0, 1], better: 'higher', self: 1 },
  ],
  invariances: ['permutation', 'scaling', 'translation', 'column-scaling'],
  symmetric: true,
  cost: 'O(npq + max(p, q)³) for each pairing of the rows',
  formula:
    'max over one-to-one maps m of the mean of r(x_i, y_m(i)), r = Pearson correlation, min(p, q) pairs, by linear assignment (the Hungarian problem); semi = mean over the same units of max_j r(x_i, y_j); gap = semi - correlation; constant units left out',
  tex: String.raw`\max_{m} \frac{1}{\min(p, q)} \sum_i r(x_i, y_{m(i)})`,
  citation:
    'Li, Yosinski, Clune, Lipson, Hopcroft (2016). Convergent learning: do different neural networks learn the same representations? ICLR. arXiv:1511.07543',
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
    context.progress(0.2, 'Matching');
    const values = (of: Matrix) => score(of, match(of, context.signal));
    const chance = await chanceOf(values(strengths(r, chosen.sign)), units, chosen, context, values);
    const { matches, ...outcome } = matched(r, units, first.matrix.rows, chosen.sign, chance, context.signal);
    const pairs = matches.map((one) => ({ ...one, weight: 1 / matches.length }));
    const parts = pairContributions(pairs, r, strengths(r, chosen.sign), units);
    const own = contributed(parts, [first, second], 'the mean correlation of matched units', context);
    return { ...withContributions(outcome, own), warnings: [...warnings, ...outcome.warnings] } satisfies Outcome;
  },
  room: standardisedBytes,
  stream: (stream, chosen, context) =>
    streamed(stream, chosen, context, empty(), (r, units, rows) => {
      const { matches: _, ...outcome } = matched(r, units, rows, chosen.sign, {}, context.signal);
      return outcome;
    }),
  fromMoments: fromMomentsBy((strength, signal) => score(strength, match(strength, signal)).correlation),
  sweep: sweepBy((strength, signal) => score(strength, match(strength, signal)).correlation),
});

/** All that a matching says, from the correlations of the units. */
function matched(
  r: Matrix,
  units: readonly [UnitNames, UnitNames],
  rows: number,
  sign: MatchingChoice['sign'],
  chance: Partial<Record<Key, Chance>>,
  signal: Signal,
) {
  const strength = strengths(r, sign);
  const matches = match(strength, signal);
  const values = score(strength, matches);
  const [x, y] = units;
  return {
    matches,
    values,
    chance: chance as Record<string, Chance>,
    tables: { matches: table(r, matches, units) },
    figures: [
      matchLine(strength, matches, units, rows, sign, chance.correlation),
      correlationMatrices(
        r,
        units,
        withTheRest(
          matches.map(({ unit }) => unit),
          r.rows,
        ),
        withTheRest(
          matches.map(({ partner }) => partner),
          r.columns,
        ),
        `After reordering, matched units lie on the diagonal, strongest first${matches.length < Math.max(r.rows, r.columns) ? '; units without a partner follow' : ''}.`,
      ),
    ],
    steps: ['units standardised', ...(sign === 'absolute' ? ['sign of r ignored'] : []), 'products in float64'],
    reading: reading(values, matches.length, chance.correlation),
    warnings: unmatched(x, y),
  };
}

const KEYS = ['correlation', 'semi', 'gap', 'agreement', 'above-0.5', 'above-0.8'] as const;
type Key = (typeof KEYS)[number];

function empty(): Record<Key, null> {
  return Object.fromEntries(KEYS.map((key) => [key, null])) as Record<Key, null>;
}

/** All min(p, q) pairs of the best one-to-one matching, by falling strength. */
export function match(strength: Matrix, signal: Signal): Match[] {
  const best = bestColumns(strength);
  const at = ({ unit, partner }: Match) => strength.at(unit, partner);
  return Array.from(assign(strength, { maximise: true, signal }), (partner, unit): Match => {
    return { unit, partner, best: best[unit] as number };
  })
    .filter(({ partner }) => partner >= 0)
    .sort((a, b) => at(b) - at(a) || a.unit - b.unit);
}

export function score(strength: Matrix, matches: readonly Match[]): Record<Key, number> {
  const mean = (of: (match: Match) => number) => matches.reduce((sum, match) => sum + of(match), 0) / matches.length;
  const matched = ({ unit, partner }: Match) => strength.at(unit, partner);
  const correlation = mean(matched);
  const semi = mean(({ unit, best }) => strength.at(unit, best));
  return {
    correlation,
    semi,
    gap: mean(({ unit, partner, best }) => strength.at(unit, best) - strength.at(unit, partner)),
    agreement: mean(({ unit, partner, best }) => Number(strength.at(unit, best) - strength.at(unit, partner) < TIED)),
    'above-0.5': mean((match) => Number(matched(match) > 0.5)),
    'above-0.8': mean((match) => Number(matched(match) > 0.8)),
  };
}

function table(r: Matrix, matches: readonly Match[], [x, y]: readonly [UnitNames, UnitNames]) {
  return {
    title: 'Matched units',
    columns: ['unit', 'partner', 'correlation', 'best partner', 'best correlation'],
    rows: matches.map(({ unit, partner, best }) => [
      x.kept[unit] as number,
      y.kept[partner] as number,
      r.at(unit, partner),
      y.kept[best] as number,
      r.at(unit, best),
    ]),
  };
}

export function matchLine(
  strength: Matrix,
  matches: readonly Match[],
  [x, y]: readonly [UnitNames, UnitNames],
  n: number,
  sign: MatchingChoice['sign'],
  chance: Chance | undefined,
): Line {
  const ranks = matches.map((_, i) => i + 1);
  const best = matches.map(({ unit, best: column }) => digits6(strength.at(unit, column)));
  const matched = matches.map(({ unit, partner }) => digits6(strength.at(unit, partner)));
  // The larger of two-sided values has twice as many draws.
  const draws = y.kept.length * (sign === 'absolute' ? 2 : 1);
  const largest = Math.sqrt((2 * Math.log(draws)) / n);
  const references = [
    ...(chance ? [{ y: Number(chance.level.toPrecision(6)), label: 'one-to-one, rows paired at random' }] : []),
    ...(largest > 0 && largest < 1
      ? [{ y: Number(largest.toPrecision(6)), label: 'best of unrelated units, approximately' }]
      : []),
  ];
  return {
    id: 'matched-correlations',
    kind: 'line',
    title: 'Correlation of matched units',
    caption: `Where the best partner lies above the one-to-one partner, another unit has that partner. The best of ${y.kept.length} unrelated units correlates by about sqrt(2 ln q / n), an approximation.`,
    x: { label: `unit of ${x.name}, by match strength` },
    y: {
      label: sign === 'absolute' ? '|correlation|' : 'correlation',
      domain: [Math.min(0, ...matched.map(Number)), 1],
    },
    series: [
      { name: 'best partner', x: ranks, y: best, dashed: true },
      { name: 'one-to-one', x: ranks, y: matched },
    ],
    references,
  };
}

function reading(values: Record<Key, number>, pairs: number, chance: Chance | undefined): string {
  const level = chance ? ` (${inWords(chance.level)} when rows are paired at random)` : '';
  const atChance = chance !== undefined && grade(values.correlation, chance) === 'chance';
  const share = atChance ? '' : `, and ${Math.round(100 * values.agreement)} % of them have their best partner`;
  return `The ${pairs} matched units correlate by ${inWords(values.correlation)} on average${level}${share}; units that differ by a rotation would not match though they carry the same information.`;
}

export function unmatched(x: UnitNames, y: UnitNames): string[] {
  const [p, q] = [x.kept.length, y.kept.length];
  if (p === q) return [];
  const [name, rest] = p > q ? [x.name, p - q] : [y.name, q - p];
  return [
    `${plural(rest, 'unit')} of ${name} ${rest === 1 ? 'has' : 'have'} no partner: the widths differ (${p} and ${q}), and a matching is one-to-one.`,
  ];
}
