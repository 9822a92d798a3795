import { z } from 'zod';
import { Random } from '../../linalg/random';
import type { Cell, Table } from '../../protocol/result';
import { type Context, defineMethod, type Method, type Outcome, type Representation } from '../method';
import { percent } from '../shared/pca';
import { inWords } from '../shared/reading';
import { constantColumns, fewRows } from '../shared/warnings';
import { type Curve, crossing, curveFigures, curveTable, type Point, pointOf, reasons } from './curves';
import { type Cut, cutDown, type Measured, measured, measuresOf, measuresParameter, rowsAt } from './measured';
import { deletions, KEPT, NOISE, noisy } from './perturbations';

const parameters = z.object({
  measures: measuresParameter('linear-cka,procrustes,mean-cca'),
  repeats: z.int().min(1).max(100).default(5).meta({
    title: 'Repeats',
    description: 'Draws of noise, and of rows, at each size; bands are their 10th and 90th percentiles.',
  }),
  rows: z
    .int()
    .min(8)
    .max(100_000)
    .default(1000)
    .meta({ title: 'Rows at most', description: 'Of more, so many are drawn at random.' }),
});

/** Fewer rows are no choice of rows. */
const FEWEST = 4;

/** What one measure was found to bear. */
interface Borne {
  readonly measure: Method;
  /** Of the two inputs. */
  readonly threshold: Measured;
  readonly noise: Curve;
  readonly rows: Curve;
  readonly components: Curve;
}

/** Curves of measures under noise, fewer rows and fewer principal components. */
export function robustness(measures: readonly Method[]): Method {
  return defineMethod({
    id: 'robustness',
    kind: 'compare',
    title: 'Robustness curves',
    summary:
      'How measures fall as noise is added to the first representation, rows are left out, or its principal components removed.',
    blindTo: 'says what a measure reacts to, not whether the network would; noise is the same in every direction',
    takes: 'pair',
    alone: true,
    parameters,
    values: [
      { key: 'noise', title: 'Noise that makes as much difference as the second input', range: [0, null], self: 0 },
      { key: 'components', title: 'Components left where that many make as much', range: [0, null] },
      { key: 'removed', title: 'Share of components removed there', range: [0, 1] },
    ],
    invariances: ['scaling', 'translation'],
    symmetric: false,
    cost: 'about 60 to 100 times that of the measures, on at most the rows that are asked for',
    formula:
      'm(X, X + s σ E), E standard normal, σ² = ‖X‖² / np of the centred X; m(X, Y) on random rows; m(X, Xₖ), Xₖ the first k principal components; both against m(X, Y). Values are of the first measure',
    tex: String.raw`m(X, X + s\sigma E), \quad m(X_S, Y_S), \quad m(X, X V_k V_k^\top) \quad \text{against} \quad m(X, Y)`,
    citation:
      'Ding, Denain, Steinhardt (2021). Grounding representation similarity through statistical testing. NeurIPS. arXiv:2108.01661',
    async run(inputs, { measures: chosen, repeats, rows: most }, context) {
      const asked = measuresOf(measures, chosen);
      const cut = cutDown(inputs, { rows: most }, context);
      const found = await curvesOf(asked, cut, repeats, context);
      return outcome(found, cut, inputs as [Representation, Representation], repeats);
    },
  });
}

interface Found {
  readonly borne: readonly Borne[];
  readonly rank: number;
  readonly shares: ReadonlyMap<number, number>;
  readonly reasons: readonly string[];
}

async function curvesOf(asked: readonly Method[], cut: Cut, repeats: number, context: Context): Promise<Found> {
  const [x, y] = cut.matrices;
  context.reserve(8 * 6 * x.data.length, 'changed copies of the first input');
  const { seed } = context.random;
  const { counts, rank, at } = await deletions(x, context);
  const sizes = [...new Set(KEPT.map((share) => Math.round(share * x.rows)))].filter((size) => size >= FEWEST);
  const total = asked.length + NOISE.length + sizes.length + counts.length;
  let done = 0;
  const step = (message: string) => {
    context.signal.throwIfAborted();
    context.progress(done++ / total, message);
  };
  const why: (readonly [Method, Measured])[] = [];
  const all = async (pair: Parameters<typeof measured>[1], within: Context) => {
    const values: Measured[] = [];
    for (const measure of asked) {
      const one = await measured(measure, pair, within);
      why.push([measure, one]);
      values.push(one);
    }
    return values;
  };
  const transposed = (draws: readonly (readonly Measured[])[], place: number) =>
    asked.map((_, m) =>
      pointOf(
        place,
        draws.map((draw) => draw[m] as Measured),
      ),
    );
  step('The two inputs');
  const thresholds = await all([x, y], cut.context);
  const noise: Point[][] = [];
  for (const size of NOISE) {
    step(`Noise of ${size}`);
    const draws: Measured[][] = [];
    // Without noise every draw is the same.
    for (let r = 0; r < (size === 0 ? 1 : repeats); r++)
      draws.push(await all([x, noisy(x, size, seed + 1 + r)], cut.context));
    noise.push(transposed(draws, size));
  }
  const rows: Point[][] = [];
  for (const size of sizes) {
    step(`${size} rows`);
    const draws: Measured[][] = [];
    for (let r = 0; r < (size === x.rows ? 1 : repeats); r++) {
      const places = new Random(seed + 1 + r).sample(x.rows, size).sort();
      const within = { ...cut.context, rows: rowsAt(cut.context, places) };
      draws.push(await all([x.takeRows(places), y.takeRows(places)], within));
    }
    rows.push(transposed(draws, size));
  }
  const components: Point[][] = [];
  const shares = new Map<number, number>();
  for (const count of counts) {
    step(`${count} of ${rank} components`);
    const { matrix, share } = await at(count);
    shares.set(count, share);
    components.push(transposed([await all([x, matrix], cut.context)], count));
  }
  const curve = (points: readonly Point[][], m: number): Curve => ({
    measure: asked[m] as Method,
    points: points.map((each) => each[m] as Point),
  });
  const borne = asked.map(
    (measure, m): Borne => ({
      measure,
      threshold: thresholds[m] as Measured,
      noise: curve(noise, m),
      rows: curve(rows, m),
      components: curve(components, m),
    }),
  );
  return { borne, rank, shares, reasons: reasons(why) };
}

function outcome(
  { borne, rank, shares, reasons: why }: Found,
  cut: Cut,
  [a, b]: readonly [Representation, Representation],
  repeats: number,
): Outcome {
  const limits = borne.map((one) => ({ ...one, ...limitOf(one) }));
  const [first] = limits;
  const threshold = {
    label: `${a.name} and ${b.name}`,
    of: (measure: Method) => borne.find((one) => one.measure === measure)?.threshold.value ?? null,
  };
  const curves = (of: (one: Borne) => Curve) => borne.map(of);
  const components = first?.components ?? null;
  const missing = first && (first.noise === null || components === null) ? [unreached(first)] : [];
  return {
    values: {
      noise: first?.noise ?? null,
      components,
      removed: components === null || rank === 0 ? null : 1 - components / rank,
    },
    tables: {
      limits: limitsTable(limits, rank, shares),
      noise: curveTable(
        'The first input and itself with noise',
        'noise',
        curves(({ noise }) => noise),
      ),
      rows: curveTable(
        'The two inputs on fewer rows',
        'rows',
        curves(({ rows }) => rows),
      ),
      components: curveTable(
        'The first input and its first principal components',
        'components',
        curves((one) => one.components),
      ),
    },
    figures: [
      ...curveFigures(
        'noise',
        {
          title: `${a.name} and itself with noise`,
          caption: `Noise as a share of the standard deviation of the values. Dashed: the value of ${threshold.label}, and chance where it has a closed form.`,
          x: 'noise (standard deviations)',
        },
        curves(({ noise }) => noise),
        threshold,
      ),
      ...curveFigures(
        'rows',
        {
          title: `${a.name} and ${b.name} on fewer rows`,
          caption: 'Rows drawn at random, the same for every measure. Dashed: chance, where it has a closed form.',
          x: 'rows',
        },
        curves(({ rows }) => rows),
        null,
      ),
      ...curveFigures(
        'components',
        {
          title: `${a.name} and its first principal components`,
          caption: `Where a line meets its dashed level, what was removed makes as much difference as there is between ${threshold.label}: up to there the measure would not tell.`,
          x: 'components kept',
        },
        curves((one) => one.components),
        threshold,
      ),
    ],
    steps: [
      ...cut.steps,
      'float64',
      `${repeats} ${repeats === 1 ? 'draw' : 'draws'} of noise and of rows at each size`,
    ],
    ...(first && first.threshold.value !== null && { reading: reading(first, rank, shares, [a.name, b.name]) }),
    warnings: [...constantColumns(a), ...constantColumns(b), ...fewRows(cut.matrices[0].rows), ...why, ...missing],
  };
}

interface Limit {
  readonly measure: Method;
  readonly threshold: Measured;
  readonly noise: number | null;
  readonly components: number | null;
}

function limitOf({ measure, threshold, noise, components }: Borne): Limit {
  const { value } = threshold;
  const at = (curve: Curve) => (value === null ? null : crossing(curve, value));
  return { measure, threshold, noise: at(noise), components: at(components) };
}

function unreached({ measure, threshold, noise, components }: Limit): string {
  if (threshold.value === null)
    return `${measure.title} of the two inputs cannot be computed, so there is nothing to reach.`;
  const what =
    noise === null
      ? components === null
        ? 'Neither noise nor removal of components'
        : 'No noise that was tried'
      : 'No removal of components';
  return `${what} made as much difference to ${measure.title} as there is between the two inputs.`;
}

function limitsTable(limits: readonly Limit[], rank: number, shares: ReadonlyMap<number, number>): Table {
  return {
    title: 'What makes as much difference as there is between the two inputs',
    columns: ['measure', 'value of the inputs', 'chance', 'noise', 'components kept', 'share removed', 'variance left'],
    rows: limits.map(({ measure, threshold, noise, components }): Cell[] => [
      ...[measure.title, threshold.value, threshold.level ?? null, noise],
      ...(components === null ? [null, null, null] : [components, 1 - components / rank, shareAt(components, shares)]),
    ]),
  };
}

/** Share of the variance at the nearest number of components that was tried. */
function shareAt(components: number, shares: ReadonlyMap<number, number>): number | null {
  const [nearest] = [...shares].sort(([a], [b]) => Math.abs(a - components) - Math.abs(b - components));
  return nearest?.[1] ?? null;
}

function reading(
  { measure, noise, components }: Limit,
  rank: number,
  shares: ReadonlyMap<number, number>,
  [a, b]: readonly [string, string],
): string {
  const enough = [
    ...(noise === null ? [] : [`noise of ${inWords(noise)} times the standard deviation of the values`]),
    ...(components === null
      ? []
      : [
          `keeping ${Number(components.toPrecision(3))} of ${rank} principal components (${percent(shareAt(components, shares) ?? 0)} of the variance)`,
        ]),
  ];
  const what = enough.join(' or ') || 'neither noise that was tried nor removal of principal components';
  const not = noise === null ? 'noise that was tried' : 'removal of principal components';
  const but = enough.length === 1 ? `; no ${not} does` : '';
  return `To ${measure.title}, ${what} makes as much difference to ${a} as there is between ${a} and ${b}${but}.`;
}
