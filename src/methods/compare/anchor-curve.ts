import { z } from 'zod';
import { normaliseInDouble, normaliseRows } from '../../linalg/centre';
import type { Matrix } from '../../linalg/matrix';
import { Random } from '../../linalg/random';
import { UserError } from '../../protocol/errors';
import type { Line, LineSeries } from '../../protocol/figures';
import type { Interval, Table } from '../../protocol/result';
import { count, plural } from '../../protocol/words';
import { type Context, defineMethod, type Outcome, type Representation } from '../method';
import { anchorParameters, chooseAnchors } from '../sample/anchors';
import { digits6 } from '../shared/image';
import { inWords } from '../shared/reading';
import { project, projectionParameters, projectionSteps } from '../transform/projections';
import { type Agreement, type AgreementOptions, agreement, fewerNeighbours } from './agreement';

const SCORES = ['mrr', 'cosine', 'jaccard'] as const;
type Score = (typeof SCORES)[number];
const titles: Readonly<Record<Score, string>> = {
  mrr: 'mean reciprocal rank',
  cosine: 'mean cosine',
  jaccard: 'Jaccard of neighbours',
};
/** A mean reciprocal rank this far below the best is as good. */
const NEAR = 0.01;

const parameters = z.object({
  ...anchorParameters,
  ...projectionParameters,
  repeats: z.int().min(1).max(100).default(5).meta({
    title: 'Repeats',
    description: 'How often anchors are chosen anew, each time with the next seed.',
  }),
  neighbours: z
    .int()
    .min(1)
    .max(1000)
    .default(10)
    .meta({ title: 'Neighbours', description: 'How many neighbours Jaccard compares.' }),
  queries: z.int().min(3).max(100_000).default(1000).meta({
    title: 'Rows',
    description: 'At most so many rows, drawn at random where there are more, are looked up among one another.',
  }),
});

export const anchorCurve = defineMethod({
  id: 'anchor-curve',
  kind: 'compare',
  title: 'Agreement by number of anchors',
  summary:
    'How well two spaces agree by 2, 4, 8, ... anchors, chosen again and again, beside absolute coordinates: how many anchors are enough.',
  blindTo: 'the number that is enough is one for these rows; more rows are harder to tell apart',
  takes: 'pair',
  alone: true,
  labels: 'optional',
  parameters,
  values: [
    { key: 'mrr', title: 'Mean reciprocal rank by all anchors', range: [0, 1], better: 'higher', self: 1 },
    { key: 'cosine', title: 'Mean cosine by all anchors', range: [-1, 1], better: 'higher', self: 1 },
    { key: 'jaccard', title: 'Jaccard of neighbours by all anchors', range: [0, 1], better: 'higher', self: 1 },
    { key: 'anchors-enough', title: 'Anchors that come within 0.01 of the best reciprocal rank', range: [1, null] },
    { key: 'absolute-mrr', title: 'Mean reciprocal rank, without anchors', range: [0, 1], better: 'higher', self: 1 },
    { key: 'absolute-cosine', title: 'Mean cosine, without anchors', range: [-1, 1], better: 'higher', self: 1 },
    {
      key: 'absolute-jaccard',
      title: 'Jaccard of neighbours, without anchors',
      range: [0, 1],
      better: 'higher',
      self: 1,
    },
  ],
  invariances: ['permutation', 'orthogonal', 'scaling', 'sign'],
  symmetric: false,
  cost: 'O(r (n m (p + q) + q² m log m)) for r repeats, m anchors and q rows looked up',
  formula:
    'for each count m and repeat: mrr, cosine and jaccard of relative-agreement by m anchors; mean, lowest and highest over the repeats',
  tex: String.raw`\mathrm{MRR}(m) = \frac1r \sum_{\rho=1}^{r} \mathrm{MRR}\big(A_\rho^{(m)}\big), \qquad |A_\rho^{(m)}| = m`,
  citation:
    'Moschella et al. (2023). Relative representations enable zero-shot latent space communication, section 4.1 and appendix. ICLR. arXiv:2209.15430',
  async run(inputs, chosen, context) {
    const [x, y] = inputs as [Representation, Representation];
    const n = x.matrix.rows;
    if (n < 3)
      throw new UserError(`Agreement by number of anchors compares neighbours and needs 3 rows; there are ${n}.`);
    const queries = context.random.atMost(n, chosen.queries);
    const options: AgreementOptions = { k: Math.min(chosen.neighbours, queries.length - 1), variant: 'own-spaces' };
    const own = Int32Array.from(queries.keys());
    const warnings = new Set(fewerNeighbours(options.k, chosen.neighbours));
    const found = new Map<number, Agreement[]>();
    let step = '';
    for (let repeat = 0; repeat < chosen.repeats; repeat++) {
      context.progress(repeat / chosen.repeats, `Anchors chosen for the ${repeat + 1}. time`);
      const drawn = await drawAnchors(x.matrix, chosen, { ...context, progress: () => {} }, repeat);
      step ||= drawn.step;
      for (const warning of drawn.warnings) warnings.add(warning);
      context.reserve(8 * 5 * n * drawn.rows.length, 'the two relative representations');
      const describe = describing([x.matrix, y.matrix], drawn.rows, queries, chosen, context);
      for (const count of counts(drawn.rows.length)) {
        const rows =
          chosen['anchor-selection'] === 'kmeans' ? await kmeansOf(x.matrix, chosen, count, context, repeat) : null;
        const [a, b] = await describe(count, rows);
        const scores = await agreement(a, b, own, options, { signal: context.signal });
        found.set(count, [...(found.get(count) ?? []), scores]);
      }
    }
    const absolute = await withoutAnchors(x.matrix, y.matrix, queries, own, options, context);
    if (absolute === null)
      warnings.add(
        `Without anchors the two cannot be compared: ${x.name} has ${plural(x.matrix.columns, 'unit')} and ${y.name} has ${y.matrix.columns}. Those values are left empty.`,
      );
    const all = [...found.keys()].sort((a, b) => a - b);
    const spread = new Map(all.map((count) => [count, spreadOf(found.get(count) ?? [])]));
    const last = spread.get(all.at(-1) as number) as Spread;
    const best = Math.max(...all.map((count) => spread.get(count)?.mrr.mean ?? 0));
    const enough = all.find((count) => (spread.get(count)?.mrr.mean ?? 0) >= best - NEAR) ?? 1;
    const sampled =
      queries.length < n ? ` ${count(queries.length)} of ${count(n)} rows, drawn at random, were looked up.` : '';
    return {
      values: {
        ...{ mrr: last.mrr.mean, cosine: last.cosine.mean, jaccard: last.jaccard.mean, 'anchors-enough': enough },
        'absolute-mrr': absolute?.mrr ?? null,
        'absolute-cosine': absolute?.cosine ?? null,
        'absolute-jaccard': absolute?.jaccard ?? null,
      },
      intervals: chosen.repeats > 1 ? intervalsOf(last, chosen.repeats) : {},
      tables: { curve: curveTable(all, spread) },
      figures: [curveFigure(all, spread, absolute, chosen.repeats, sampled)],
      steps: [
        `${step}, ${chosen.repeats} times`,
        ...projectionSteps(chosen),
        ...(sampled
          ? [`${count(queries.length)} of ${count(n)} rows, drawn at random, looked up among one another`]
          : []),
        'products in float64',
      ],
      reading: `By ${all.at(-1)} anchors rows of ${x.name} find themselves in ${y.name} with a mean reciprocal rank of ${inWords(last.mrr.mean)}${absolute ? `, ${inWords(absolute.mrr)} without anchors` : ''}; ${enough} anchors come within 0.01 of the best. With more rows to tell apart more anchors are needed.`,
      warnings: [...warnings],
    } satisfies Outcome;
  },
});

type Choice = z.output<typeof parameters>;

/** 2, 4, 8, ... and all. */
function counts(all: number): number[] {
  const out: number[] = [];
  for (let count = 2; count < all; count *= 2) out.push(count);
  return [...out, all];
}

/** Anchors of one repeat, in an order of which every beginning is a choice too; of those that a person names, another order. */
async function drawAnchors(x: Matrix, chosen: Choice, context: Context, repeat: number) {
  const random = new Random(context.random.seed + repeat);
  const anchors = await chooseAnchors(x, chosen, { ...context, random });
  const named = chosen['anchor-selection'] === 'rows' || chosen['anchor-selection'] === 'file';
  if (!named) return anchors;
  const order = random.permutation(anchors.rows.length);
  return { ...anchors, rows: order.map((i) => anchors.rows[i] as number), step: `${anchors.step}, in random order` };
}

/** A beginning of k-means with more centres is none with fewer. */
async function kmeansOf(x: Matrix, chosen: Choice, count: number, context: Context, repeat: number) {
  const random = new Random(context.random.seed + repeat);
  const asked = { ...chosen, anchors: count, 'anchor-rows': '' };
  return (await chooseAnchors(x, asked, { ...context, progress: () => {}, random })).rows;
}

/** Rows of unit length as the first anchors describe them, or as others do; projected once where columns stand for themselves. */
function describing(
  matrices: readonly [Matrix, Matrix],
  anchors: Int32Array,
  queries: Int32Array,
  chosen: Choice,
  { signal }: Context,
) {
  const apart = chosen.projection !== 'basis' && chosen.centre !== 'anchors';
  const whole = new Map<Matrix, Promise<Matrix>>();
  const made = async (x: Matrix, rows: Int32Array) => (await project(x, rows, chosen, signal)).matrix.takeRows(queries);
  return async (count: number, other: Int32Array | null): Promise<[Matrix, Matrix]> => {
    const one = async (x: Matrix) => {
      if (other !== null || !apart) return normaliseRows(await made(x, other ?? anchors.slice(0, count))).matrix;
      const all = whole.get(x) ?? made(x, anchors);
      whole.set(x, all);
      return normaliseRows((await all).columnBand(0, count)).matrix;
    };
    return [await one(matrices[0]), await one(matrices[1])];
  };
}

async function withoutAnchors(
  x: Matrix,
  y: Matrix,
  queries: Int32Array,
  own: Int32Array,
  options: AgreementOptions,
  { signal }: Context,
): Promise<Agreement | null> {
  if (x.columns !== y.columns) return null;
  const unit = (m: Matrix) => normaliseInDouble(m.takeRows(queries)).matrix;
  return agreement(unit(x), unit(y), own, options, { signal });
}

type Spread = Readonly<
  Record<Score, { readonly mean: number; readonly low: number; readonly high: number; readonly sd: number }>
>;

function spreadOf(scores: readonly Agreement[]): Spread {
  const of = (score: Score) => {
    const list = scores.map((one) => one[score]);
    const mean = list.reduce((a, b) => a + b, 0) / list.length;
    const square = list.reduce((sum, value) => sum + (value - mean) ** 2, 0);
    const sd = list.length > 1 ? Math.sqrt(square / (list.length - 1)) : 0;
    return { mean, low: Math.min(...list), high: Math.max(...list), sd };
  };
  return { mrr: of('mrr'), cosine: of('cosine'), jaccard: of('jaccard') };
}

function intervalsOf(spread: Spread, repeats: number): Record<Score, Interval> {
  const of = (score: Score): Interval => {
    const { mean, sd } = spread[score];
    const half = (1.96 * sd) / Math.sqrt(repeats);
    const how = `normal approximation of the mean over ${repeats} choices of anchors`;
    return { low: mean - half, high: mean + half, level: 0.95, how };
  };
  return { mrr: of('mrr'), cosine: of('cosine'), jaccard: of('jaccard') };
}

function curveTable(all: readonly number[], spread: ReadonlyMap<number, Spread>): Table {
  return {
    title: 'Agreement by number of anchors',
    columns: ['anchors', ...SCORES.flatMap((score) => [score, `${score} lowest`, `${score} highest`])],
    rows: all.map((count) => [
      count,
      ...SCORES.flatMap((score) => {
        const { mean = null, low = null, high = null } = spread.get(count)?.[score] ?? {};
        return [mean, low, high];
      }),
    ]),
  };
}

function curveFigure(
  all: readonly number[],
  spread: ReadonlyMap<number, Spread>,
  absolute: Agreement | null,
  repeats: number,
  sampled: string,
): Line {
  const short = (value: number) => Number(value.toPrecision(6));
  const at = (count: number, score: Score) => (spread.get(count) as Spread)[score];
  const curves = SCORES.map(
    (score): LineSeries => ({
      name: titles[score],
      x: all,
      y: all.map((count) => digits6(at(count, score).mean)),
      ...(repeats > 1 && {
        low: all.map((count) => short(at(count, score).low)),
        high: all.map((count) => short(at(count, score).high)),
      }),
    }),
  );
  const baselines = absolute
    ? SCORES.map(
        (score): LineSeries => ({
          name: `${titles[score]}, absolute`,
          x: all,
          y: all.map(() => digits6(absolute[score])),
          ...{ dashed: true, of: titles[score] },
        }),
      )
    : [];
  const least = Math.min(0, ...curves.flatMap(({ y, low = [] }) => [...y.map((value) => value ?? 0), ...low]));
  return {
    id: 'anchor-curve',
    kind: 'line',
    title: 'Agreement by number of anchors',
    caption: `Mean over ${repeats} choices of anchors${repeats > 1 ? ', bands from the lowest to the highest' : ''}${absolute ? '; dashed: the same of absolute coordinates' : ''}. With very few anchors any two rows have a high cosine: read it together with the ranks.${sampled}`,
    x: { label: 'anchors', log: true },
    y: { label: 'agreement', domain: [Math.floor(10 * least) / 10, 1] },
    series: [...curves, ...baselines],
  };
}
