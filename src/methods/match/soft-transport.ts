import { z } from 'zod';
import type { Matrix } from '../../linalg/matrix';
import { type Transport, transport } from '../../linalg/transport';
import type { Chance, Table } from '../../protocol/result';
import { defineMethod, type Outcome, type Representation } from '../method';
import { contributed } from '../shared/contributions';
import { inWords } from '../shared/reading';
import { constantColumns, fewRows } from '../shared/warnings';
import { correlations, standardisedBytes, type UnitNames, type Units, unitsOf } from './correlation';
import { correlationMatrices, withTheRest } from './figures';
import { pairContributions } from './pair-contributions';
import { sweepBy } from './pairs';
import { chanceOf, matchingParameters, NOTHING_CORRELATES, requireRows, strengths } from './shuffled';

export const softMatchingTransport = defineMethod({
  id: 'soft-matching-transport',
  kind: 'match',
  title: 'Soft matching by transport',
  summary:
    'Matches units by optimal transport: every unit of either side is matched whole, split between partners where the widths differ.',
  blindTo: 'blind to subspaces that both share in different bases, and to units that several others make up together',
  takes: 'pair',
  parameters: z.object(matchingParameters),
  values: [
    { key: 'correlation', title: 'Mean correlation over the plan', range: [-1, 1], better: 'higher', self: 1 },
    { key: 'distance', title: 'Soft matching distance', range: [0, 2], better: 'lower', self: 0 },
  ],
  invariances: ['permutation', 'scaling', 'translation', 'column-scaling'],
  symmetric: true,
  cost: 'O(npq + (p + q)² pq) for each pairing of the rows, at most; mostly far less',
  formula:
    'max over plans P ≥ 0 with row sums 1 / p and column sums 1 / q of Σ Pᵢⱼ r(xᵢ, yⱼ), exact; distance = √(2 - 2 correlation), the 2-Wasserstein (earth mover’s) distance between the two sets of units centred and scaled to length 1; the one-to-one matching for p = q; constant units left out',
  tex: String.raw`\max_{P \ge 0,\; P\mathbf{1} = \mathbf{1}/p,\; P^\top\mathbf{1} = \mathbf{1}/q}\ \sum_{ij} P_{ij}\, r(x_i, y_j), \qquad d = \sqrt{2 - 2\sum_{ij} P_{ij}\, r(x_i, y_j)}`,
  citation:
    'Khosla, Williams (2024). Soft matching distance: a metric on neural representations that captures single-neuron tuning. UniReps, PMLR 243. arXiv:2311.09466',
  async run(inputs, chosen, context) {
    const [first, second] = inputs as [Representation, Representation];
    requireRows(first.matrix.rows);
    const warnings = [...inputs.flatMap(constantColumns), ...fewRows(first.matrix.rows)];
    const units = [unitsOf(first), unitsOf(second)] as const;
    const [x, y] = units;
    if (x.kept.length === 0 || y.kept.length === 0)
      return {
        values: { correlation: null, distance: null },
        warnings: [...warnings, NOTHING_CORRELATES],
      } satisfies Outcome;
    context.reserve(8 * 6 * x.kept.length * y.kept.length, 'the correlations of all pairs of units');
    context.progress(0, 'Correlations of units');
    const r = await correlations(x, y, context.signal);
    context.progress(0.2, 'Transport');
    const strength = strengths(r, chosen.sign);
    const plan = transport(strength, { maximise: true, signal: context.signal });
    const scores = score(strength, plan);
    const values = { ...scores, distance: distanceOf(scores, plan, r, strength, units) };
    const chance = await chanceOf(values, units, chosen, context, (of) =>
      score(of, transport(of, { maximise: true, signal: context.signal })),
    );
    const order = byStrength(strength, plan);
    const pairs = plan.plan.map(({ row, column, mass }) => ({ unit: row, partner: column, weight: mass / plan.total }));
    const parts = pairContributions(pairs, r, strength, units);
    const own = contributed(parts, [first, second], 'the mean correlation over the plan', context);
    return {
      values,
      chance: chance as Record<string, Chance>,
      tables: { matches: table(r, plan, order, units), ...own.tables },
      figures: [
        correlationMatrices(
          r,
          units,
          withTheRest(distinct(order.map(({ row }) => row)), r.rows),
          withTheRest(distinct(order.map(({ column }) => column)), r.columns),
          'After reordering, units that share mass lie near the diagonal, the strongest first.',
        ),
        ...own.figures,
      ],
      steps: [
        'units standardised',
        ...(chosen.sign === 'absolute' ? ['sign of r ignored'] : []),
        `${plan.plan.length} parts of the plan, exact`,
        'products in float64',
      ],
      reading: reading(values, units, chance.correlation),
      warnings,
    } satisfies Outcome;
  },
  room: standardisedBytes,
  sweep: sweepBy((strength, signal) => score(strength, transport(strength, { maximise: true, signal })).correlation),
});

function score(strength: Matrix, { plan, total }: Transport) {
  const sum = plan.reduce((all, { row, column, mass }) => all + mass * strength.at(row, column), 0);
  const correlation = sum / total;
  return { correlation, distance: Math.sqrt(Math.max(0, 2 - 2 * correlation)) };
}

/** Above this, 2 - 2 correlation has lost half of its digits. */
const CLOSE = 1 - 1e-6;

/** √Σ Pᵢⱼ ‖xᵢ ∓ yⱼ‖² where nearly nothing is left of it, of units of length 1: nothing cancels. */
function distanceOf(
  { correlation, distance }: ReturnType<typeof score>,
  { plan, total }: Transport,
  r: Matrix,
  strength: Matrix,
  [x, y]: readonly [Units, Units],
): number {
  if (correlation < CLOSE) return distance;
  const n = x.matrix.rows;
  let sum = 0;
  for (const { row, column, mass } of plan) {
    const [j, k] = [x.kept[row] as number, y.kept[column] as number];
    const sign = r.at(row, column) === strength.at(row, column) ? 1 : -1;
    const [a, b] = [x.means[j] as number, y.means[k] as number];
    const [s, t] = [x.deviations[j] as number, y.deviations[k] as number];
    for (let i = 0; i < n; i++) sum += mass * ((x.matrix.at(i, j) - a) / s - (sign * (y.matrix.at(i, k) - b)) / t) ** 2;
  }
  return Math.sqrt(sum / n / total);
}

function byStrength(strength: Matrix, { plan }: Transport) {
  return [...plan].sort(
    (a, b) => strength.at(b.row, b.column) - strength.at(a.row, a.column) || a.row - b.row || a.column - b.column,
  );
}

function distinct(places: readonly number[]): number[] {
  return [...new Set(places)];
}

function table(
  r: Matrix,
  { total }: Transport,
  order: Transport['plan'],
  [x, y]: readonly [UnitNames, UnitNames],
): Table {
  return {
    title: 'Transport plan',
    columns: ['unit', 'partner', 'share of the unit', 'share of the partner', 'correlation'],
    rows: order.map(({ row, column, mass }) => [
      x.kept[row] as number,
      y.kept[column] as number,
      (mass * r.rows) / total,
      (mass * r.columns) / total,
      r.at(row, column),
    ]),
  };
}

function reading(
  { correlation, distance }: ReturnType<typeof score>,
  [x, y]: readonly [UnitNames, UnitNames],
  chance: Chance | undefined,
): string {
  const level = chance ? ` (${inWords(chance.level)} when rows are paired at random)` : '';
  const how = x.kept.length === y.kept.length ? 'One to one' : 'Split between partners where they must be';
  return `${how}, matched units correlate by ${inWords(correlation)} on average${level}; the soft matching distance is ${inWords(distance)}, of 0 for the same units and √2 for unrelated ones.`;
}
