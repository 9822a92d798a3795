import { z } from 'zod';
import { normaliseInDouble, normaliseRows } from '../../linalg/centre';
import type { Matrix } from '../../linalg/matrix';
import { Random } from '../../linalg/random';
import type { Watch } from '../../linalg/signal';
import { UserError } from '../../protocol/errors';
import type { Chance } from '../../protocol/result';
import { count, plural } from '../../protocol/words';
import { type Context, defineMethod, type Outcome, type Representation } from '../method';
import { anchorParameters, chooseAnchors } from '../sample/anchors';
import { lostBeyond } from '../sample/span';
import { contributed } from '../shared/contributions';
import { tiedPlaces } from '../shared/retrieval';
import { project, projectionParameters, projectionSteps } from '../transform/projections';
import { anchorTable, zeroRowWarnings } from '../transform/relative';
import {
  type Agreement,
  type AgreementOptions,
  ANCHORS_PAIRED,
  agreement,
  agreementChance,
  fewerNeighbours,
  reciprocalRank,
  reciprocalRankChance,
} from './agreement';
import { agreementByAnchors, disagreements, relativeMatrices } from './agreement-figures';

/** The curve over the number of anchors is drawn from at most this many queries. */
const CURVE_QUERIES = 1000;

const parameters = z.object({
  ...anchorParameters,
  ...projectionParameters,
  neighbours: z
    .int()
    .min(1)
    .max(1000)
    .default(10)
    .meta({ title: 'Neighbours', description: 'How many neighbours Jaccard compares.' }),
  variant: z.enum(['own-spaces', 'top-k']).default('own-spaces').meta({
    title: 'Variant',
    description:
      'own-spaces: MRR counts every rank, Jaccard compares neighbours found in each space by itself, the row left out. top-k: as in the published code, MRR counts ranks up to the number of neighbours, Jaccard compares neighbours in the second space of the row of the first and of the row of the second, the row itself included.',
  }),
  queries: z.int().min(1).max(1_000_000).default(5000).meta({
    title: 'Queries',
    description: 'At most this many rows, drawn at random where there are more, are looked up among all rows.',
  }),
});

export const relativeAgreement = defineMethod({
  id: 'relative-agreement',
  kind: 'compare',
  title: 'Relative agreement',
  summary:
    'Describes both spaces by similarities to the same anchor rows, then asks how well rows of the first find themselves in the second.',
  blindTo:
    'blind to rotation, scale and the length of rows; sees only what the anchors span; spaces that share nothing come out above chance, as their anchors are paired',
  takes: 'pair',
  seesUnits: true,
  labels: 'optional',
  recommended: 7,
  parameters,
  values: [
    { key: 'mrr', title: 'Mean reciprocal rank', range: [0, 1], better: 'higher', self: 1 },
    { key: 'cosine', title: 'Mean cosine', range: [-1, 1], better: 'higher', self: 1 },
    { key: 'jaccard', title: 'Jaccard of neighbours', range: [0, 1], better: 'higher', self: 1 },
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
  cost: 'O(nm(p + q) + qnm) for m anchors and q queries',
  formula:
    'R[i,a] = cos(x_i, x_a), S[i,a] = cos(y_i, y_a), or another projection of both; mrr = mean 1/rank of S_i among all S by cosine with R_i; cosine = mean cos(R_i, S_i); jaccard = mean |N_R(i) ∩ N_S(i)| / |N_R(i) ∪ N_S(i)|; without anchors: the same of x_i and y_i as they are in the files, neither centred nor standardised, where both have as many units; ties of the rank count half, and of neighbours the lower row comes first; what is within 1e-12 ties',
  tex: String.raw`R_{ia} = \cos(x_i, x_a), \quad S_{ia} = \cos(y_i, y_a), \qquad \mathrm{MRR} = \frac1n \sum_i \frac{1}{\operatorname{rank}_i}`,
  citation:
    'Moschella, Maiorano, Fumero, Norelli, Locatello, Rodolà (2023). Relative representations enable zero-shot latent space communication. ICLR. arXiv:2209.15430',
  async run(inputs, chosen, context) {
    const [x, y] = inputs as [Representation, Representation];
    const n = x.matrix.rows;
    requireRows(n);
    const anchors = await chooseAnchors(x.matrix, chosen, context);
    const k = Math.min(chosen.neighbours, n - 1);
    const warnings = [...anchors.warnings, ...fewerNeighbours(k, chosen.neighbours)];
    const options: AgreementOptions = { k, variant: chosen.variant };
    context.reserve(8 * 5 * n * anchors.rows.length, 'the two relative representations');

    const first = await project(x.matrix, anchors.rows, chosen, context.signal);
    const second = await project(y.matrix, anchors.rows, chosen, context.signal);
    warnings.push(
      ...zeroRowWarnings(x.name, first.zeroRows.length),
      ...zeroRowWarnings(y.name, second.zeroRows.length),
      ...(await lostBeyond(x.name, x.matrix, anchors.rows, chosen, context.signal)),
      ...(await lostBeyond(y.name, y.matrix, anchors.rows, chosen, context.signal)),
    );
    const left = normaliseRows(first.matrix).matrix;
    const right = normaliseRows(second.matrix).matrix;
    const queries = context.random.atMost(n, chosen.queries);
    const scores = await agreement(left, right, queries, options, stage(context, 0.1, 0.4));
    const chance: Record<string, Chance> = {};
    for (const [key, { level, how }] of Object.entries(agreementChance(left, right, queries, options, scores)))
      chance[key] = { level, how: `${how} ${ANCHORS_PAIRED}` };
    if (scores.shared > 0) warnings.push(tiedPlaces(plural(scores.shared, 'row')));
    if (scores.tied > 0) {
      warnings.push(
        `${count(scores.tied)} rows have tied neighbours at the ${k}th place: the lower row number was taken.`,
      );
    }

    const absolute = await withoutAnchors(x, y, queries, options, context, stage(context, 0.4, 0.7));
    if (typeof absolute === 'string') warnings.push(absolute);
    else for (const [key, level] of Object.entries(absolute.chance)) chance[`absolute-${key}`] = level;
    const direct = typeof absolute === 'string' ? null : absolute.scores;

    const curveQueries = context.random.atMost(n, CURVE_QUERIES);
    const curve = await agreementByAnchors(first.matrix, second.matrix, curveQueries, options, stage(context, 0.7, 1));
    const parts = new Float64Array(n);
    for (const [place, row] of queries.entries()) parts[row] = (scores.reciprocals[place] as number) / queries.length;
    const own = contributed({ rows: parts }, [x, y], 'the mean reciprocal rank', context);
    return {
      values: {
        mrr: scores.mrr,
        cosine: scores.cosine,
        jaccard: scores.jaccard,
        'absolute-mrr': direct?.mrr ?? null,
        'absolute-cosine': direct?.cosine ?? null,
        'absolute-jaccard': direct?.jaccard ?? null,
      },
      chance,
      tables: {
        ...own.tables,
        disagreements: disagreements(scores, queries, context),
        anchors: anchorTable(anchors.rows, context),
      },
      figures: [
        relativeMatrices([x.name, y.name], [first.matrix, second.matrix], anchors.rows, chosen, context),
        curve,
        ...own.figures,
      ],
      steps: [
        anchors.step,
        ...projectionSteps(chosen),
        queries.length === n
          ? 'every row looked up'
          : `${count(queries.length)} of ${count(n)} rows, drawn at random, looked up`,
        'products in float64',
      ],
      reading: reading(x.name, y.name, scores, anchors.rows.length, chance.mrr?.level ?? 0, direct),
      warnings,
    } satisfies Outcome;
  },
  /** With the anchors and queries that `run` draws for each pair. */
  async sweep(rows, columns, chosen, context) {
    const n = rows[0]?.matrix.rows ?? 0;
    requireRows(n);
    const options: AgreementOptions = { k: Math.min(chosen.neighbours, n - 1), variant: chosen.variant };
    const values: number[] = [];
    const warnings = new Set<string>();
    for (const x of rows) {
      const { signal } = context;
      const drawn = { random: new Random(context.random.seed), rows: context.rows, signal, progress: () => {} };
      const anchors = await chooseAnchors(x.matrix, chosen, drawn);
      for (const warning of anchors.warnings) warnings.add(warning);
      const queries = drawn.random.atMost(n, chosen.queries);
      context.reserve(8 * 5 * n * anchors.rows.length, 'the two relative representations');
      const unit = async ({ matrix }: Representation) => {
        const projection = await project(matrix, anchors.rows, chosen, signal);
        return normaliseRows(projection.matrix).matrix;
      };
      const left = await unit(x);
      for (const y of columns) {
        context.progress(values.length / (rows.length * columns.length), `${x.name} and ${y.name}`);
        values.push(await reciprocalRank(left, await unit(y), queries, options, { signal }));
      }
    }
    const chance = values.map(() => reciprocalRankChance(n, options));
    return { values, chance, warnings: [...warnings] };
  },
});

function requireRows(n: number): void {
  if (n < 3) throw new UserError(`Relative agreement compares neighbours and needs 3 rows or more; there are ${n}.`);
}

/** Coordinates used as they are, the baseline; a sentence where that cannot be. */
async function withoutAnchors(
  x: Representation,
  y: Representation,
  queries: Int32Array,
  options: AgreementOptions,
  context: Context,
  watch: Watch,
): Promise<string | { scores: Agreement; chance: Record<string, Chance> }> {
  const [p, q] = [x.matrix.columns, y.matrix.columns];
  if (p !== q) {
    return `Without anchors the two cannot be compared: ${x.name} has ${plural(p, 'unit')} and ${y.name} has ${q}. Those values are left empty.`;
  }
  context.reserve(8 * 4 * x.matrix.rows * p, 'rows of unit length');
  const unit = (m: Matrix) => normaliseInDouble(m).matrix;
  const [a, b] = [unit(x.matrix), unit(y.matrix)];
  const scores = await agreement(a, b, queries, options, watch);
  return { scores, chance: agreementChance(a, b, queries, options, scores) };
}

/** Progress of a part of the work, mapped to the whole. */
function stage(context: Context, from: number, to: number): Watch {
  return {
    signal: context.signal,
    progress: (fraction, message) =>
      context.progress(fraction === null ? null : from + (to - from) * fraction, message),
  };
}

function reading(
  x: string,
  y: string,
  scores: Agreement,
  anchors: number,
  chance: number,
  direct: Agreement | null,
): string {
  const found = scores.ranks.filter((rank) => rank === 1).length / scores.ranks.length;
  const baseline = direct === null ? '' : `, and ${direct.mrr.toFixed(4)} without anchors`;
  return `By similarities to ${anchors} anchors, ${found === 1 ? 100 : (100 * found).toFixed(found > 0.99 ? 2 : 1)} % of the rows of ${x} find themselves first in ${y} (mean reciprocal rank ${scores.mrr.toFixed(4)}, ${chance.toFixed(4)} by chance${baseline}). This compares angles to the anchors, whatever the rotation: it does not say that single units agree.`;
}
