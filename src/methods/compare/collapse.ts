import { z } from 'zod';
import { quantile } from '../../linalg/ranks';
import type { Line } from '../../protocol/figures';
import { type Context, defineMethod, type Outcome, type Representation } from '../method';
import { inOneRange, inRange, rangeExponent } from '../shared/centred';
import { digits6 } from '../shared/image';
import { heldPointsOf } from '../shared/kept';
import { effectiveModes, indexOf, joined, nearestAcross, nearestOfPairs } from '../shared/nearest-entropy';
import { inWords } from '../shared/reading';
import { LISTED, rowTable } from '../shared/row-table';
import { sortedLine } from '../shared/sorted-line';
import { duplicateRows, fewRows } from '../shared/warnings';

/** Rows of the second that are nearer to each other than this share of the first's are: near duplicates. */
const SHARE = 0.01;

export const collapse = defineMethod({
  id: 'collapse',
  kind: 'compare',
  title: 'Collapse against a reference',
  summary:
    'Whether the second set of rows is less diverse than the first, as generated samples against real ones or a checkpoint against an earlier one: manifold entropy, fidelity and coverage.',
  blindTo:
    'looks at nearest rows alone; fidelity and coverage need both in the same coordinates; rows of the two are not paired, so that it says nothing of agreement',
  takes: 'pair',
  seesUnits: true,
  parameters: z.object({}),
  values: [
    { key: 'difference', title: 'Relative index of the second less that of the first', range: [null, null], self: 0 },
    { key: 'first', title: 'Manifold entropy index of the first', range: [null, null] },
    { key: 'second', title: 'Manifold entropy index of the second', range: [null, null] },
    {
      key: 'fidelity',
      title: 'Index from the second to the first (low: its rows are near real ones)',
      range: [null, null],
    },
    {
      key: 'coverage',
      title: 'Index from the first to the second (rises where modes are missing)',
      range: [null, null],
    },
    { key: 'first-modes', title: 'Effective modes of the first', range: [1, null] },
    { key: 'second-modes', title: 'Effective modes of the second', range: [1, null] },
  ],
  invariances: ['permutation', 'orthogonal', 'scaling', 'translation', 'sign'],
  symmetric: false,
  cost: 'O(n² (p + q))',
  formula:
    'H(A|B) = ln mean_a min_{b in B} ‖a - b‖² / p, the row itself left out where B = A. difference = [H(Y|Y) - ln s(Y)] - [H(X|X) - ln s(X)], s the mean squared distance of two rows over p; fidelity = H(Y|X), coverage = H(X|Y); modes: e to the entropy of the sizes of groups of rows joined by steps up to the 1st percentile of nearest distances in X, each set in units of its own spread',
  tex: String.raw`H(A \mid B) = \ln \frac{1}{|A|} \sum_{a \in A} \min_{b \in B,\, b \ne a} \tfrac1p \lVert a - b \rVert^2, \qquad \Delta = \Big[H(Y|Y) - \ln s_Y\Big] - \Big[H(X|X) - \ln s_X\Big]`,
  citation:
    'Liu, Li, Wu, Li, Wang, Zhang, Shen (2023). Combating mode collapse via offline manifold entropy estimation. AAAI. arXiv:2208.12055',
  async run(inputs, _, context) {
    const [x, y] = inputs as [Representation, Representation];
    const n = x.matrix.rows;
    const none = { difference: null, first: null, second: null, fidelity: null, coverage: null };
    if (n < 2)
      return {
        values: { ...none, 'first-modes': null, 'second-modes': null },
        warnings: ['There is no nearest other row among fewer than two.'],
      };
    const [a, b] = [await sideOf(x, context), await sideOf(y, context)];
    const same = x.matrix.columns === y.matrix.columns;
    const { x: first, y: second, unit } = inOneRange(x.matrix, y.matrix);
    const [coverage, fidelity] = same ? await nearestAcross(first, second, context) : [null, null];
    const across = (squares: Float64Array | null) => {
      const index = squares && indexOf(squares, x.matrix.columns);
      return index === null ? null : index + 2 * Math.log(unit);
    };
    const radius = quantile(a.squares.map((square) => Math.sqrt(square / (a.spread || 1))).sort(), SHARE);
    // The percentile may be a distance itself: rounding is not to leave it out.
    const within = radius * (1 + 1e-9);
    const modes = async ({ points, spread }: Side) =>
      effectiveModes(await joined(points, within * Math.sqrt(spread), context));
    const values = {
      difference: a.relative === null || b.relative === null ? null : b.relative - a.relative + 0,
      ...{ first: a.index, second: b.index },
      ...{ fidelity: across(fidelity), coverage: across(coverage) },
      ...{ 'first-modes': await modes(a), 'second-modes': await modes(b) },
    };
    const missing =
      coverage &&
      Array.from(coverage.keys()).sort((i, j) => (coverage[j] as number) - (coverage[i] as number) || i - j);
    return {
      values,
      tables: {
        ...(missing &&
          coverage && {
            missing: rowTable(
              `Rows of ${x.name} that ${y.name} has least of (${Math.min(LISTED, n)} of ${n})`,
              context,
              missing.slice(0, LISTED),
              { [`distance to the nearest of ${y.name}`]: (i) => unit * Math.sqrt(coverage[i] as number) },
            ),
          }),
      },
      figures: [nearestFigure(x, a, y, b)],
      steps: [
        'rows of the two sides are not paired',
        same ? 'taken to be in the same coordinates' : 'widths differ: fidelity and coverage are left empty',
        'float64',
      ],
      ...(values.difference !== null && { reading: readingOf(x.name, y.name, values.difference, values) }),
      warnings: [
        ...(same
          ? []
          : [`${x.name} and ${y.name} have different numbers of units: there is no distance from one to the other.`]),
        ...(values.difference === null || values.first === null || values.second === null
          ? ['An index is empty: every row repeats another exactly.']
          : []),
        ...(same && (values.fidelity === null || values.coverage === null)
          ? ['Every row of one side is a row of the other too: that index is empty (minus infinity).']
          : []),
        ...duplicateRows(x),
        ...duplicateRows(y),
        ...fewRows(n),
      ],
    } satisfies Outcome;
  },
});

type Side = Awaited<ReturnType<typeof sideOf>>;

async function sideOf({ matrix }: Representation, context: Context) {
  context.reserve(8 * 2 * matrix.rows * matrix.columns, 'the centred rows');
  const points = await heldPointsOf(inRange(matrix), 2, context);
  const { squares, mean: spread } = await nearestOfPairs(points, context);
  const mean = squares.reduce((sum, square) => sum + square, 0) / squares.length;
  const index = indexOf(squares, matrix.columns);
  return {
    points,
    spread,
    squares,
    // In the units that are given.
    index: index === null ? null : index + rangeExponent(matrix) * Math.log(4),
    relative: mean > 0 && spread > 0 ? Math.log(mean / spread) : null,
  };
}

function nearestFigure(x: Representation, a: Side, y: Representation, b: Side): Line {
  const relative = ({ squares, spread }: Side) =>
    squares.map((square) => digits6(spread > 0 ? Math.sqrt(square / spread) : 0) ?? 0);
  return sortedLine(
    {
      ...{ id: 'nearest', title: 'How far the nearest other row of the same set is', of: 'rows' },
      caption:
        'Distance to the nearest other row over the root mean squared distance of two rows of the set, the largest first. A curve that lies lower is less diverse; one that falls to 0 repeats itself.',
      y: { label: 'nearest row, relative' },
    },
    [
      { name: x.name, values: relative(a) },
      { name: y.name, values: relative(b) },
    ],
  );
}

function readingOf(
  first: string,
  second: string,
  difference: number,
  { 'first-modes': real, 'second-modes': made }: { 'first-modes': number; 'second-modes': number },
): string {
  const times = Math.exp(difference / 2);
  const words =
    Math.abs(difference) < 0.1
      ? `${second} is as diverse as ${first}`
      : difference < 0
        ? `${second} is less diverse than ${first}: its nearest rows stand ${inWords(times)} times as far apart`
        : `${second} is more diverse than ${first}: its nearest rows stand ${inWords(times)} times as far apart`;
  return `${words}, each in units of its own spread (difference ${inWords(difference)}); ${made.toFixed(0)} effective modes against ${real.toFixed(0)}.`;
}
