import { Random } from '../linalg/random';
import { quantile } from '../linalg/ranks';
import { rowsAt } from '../methods/compare/measured';
import type { Context, Method, Outcome, PairScores, Representation } from '../methods/method';
import { inWords } from '../methods/shared/reading';
import type { ValueDescription } from '../protocol/catalogue';
import type { Chance, RunRequest } from '../protocol/result';
import { calibrate, type Draws, groupsOf, howDrawn, type Score, unmoved } from './calibrate';
import { shareOf } from './context';
import { choose, FEWEST, type Resampling, resampled } from './resample';

const ALONE =
  'Random pairings and choices of rows are asked of measures of one or two representations; this method was run once.';

/** Of inputs that are read in blocks of rows. */
export const NOT_REPEATED =
  'Random pairings and intervals were left out: they need the rows in memory. Compute on a sample of them (sample), or give more memory.';

const NO_INTERVAL = `There is no interval: it takes ${FEWEST} choices of rows on which the value can be computed. Ask for more choices.`;

/**
 * What is wrong with an interval, if anything. Draws of the bootstrap repeat rows, halves are fewer rows: where that moves the
 * measure, its spread over draws is another than over rows.
 * @param drawn in ascending order.
 */
function doubtOf(
  kind: Resampling['kind'],
  { title }: Method,
  [least, most]: ValueDescription['range'],
  value: number,
  drawn: readonly number[],
): { readonly warning: string; readonly none?: true } | null {
  const beyond = (share: number) => value < quantile(drawn, share) || value > quantile(drawn, 1 - share);
  if (kind === 'bootstrap') {
    if (!beyond(0.25)) return null;
    const where = beyond(0.025) ? 'does not hold the value' : 'lies mostly to one side of the value';
    const why = 'Draws repeat rows, and so have fewer that differ, which moves this measure.';
    return { warning: `${title}: the bootstrap interval ${where}. ${why} Take intervals by halves of the rows.` };
  }
  const [first, last] = [drawn[0] as number, drawn.at(-1) as number];
  const rounding = 1e-12 * Math.max(Math.abs(first), Math.abs(last), Math.abs(value));
  if (last - first <= rounding && Math.abs(value - first) > rounding)
    return {
      none: true,
      warning: `${title}: there is no interval. Halves of the rows are too few for this measure, which is ${inWords(first)} for all of them. Use more rows, or fewer units or neighbours.`,
    };
  const middle = quantile(drawn, 0.5);
  const end = middle < value ? least : most;
  // Near an end that it cannot pass a measure varies less.
  if (!beyond(0.025) || end === null || Math.abs(end - middle) > Math.abs(end - value) / 2) return null;
  return {
    warning: `${title}: halves of the rows give ${inWords(middle)} in the middle, so much nearer to ${inWords(end)}, the end of its range, that they vary less than all rows do: the interval is too narrow. Use more rows, or fewer units or neighbours.`,
  };
}

/** How much of the work is done after the method's run and after the random pairings: each repetition counts as one run. */
export function sharesOf(method: Method, request: RunRequest): { readonly run: number; readonly pairings: number } {
  const { permutations = 0, resample } = request;
  if (method.alone || method.takes === 'many') return { run: 1, pairings: 1 };
  const pairings = method.takes === 'pair' ? permutations : 0;
  const all = 1 + pairings + (resample?.count ?? 0);
  return { run: 1 / all, pairings: (1 + pairings) / all };
}

/**
 * Adds to an outcome what the request asks beyond the value itself: its level, spread and p by random pairings of the rows,
 * and its interval over the choice of rows. A closed form with its spread stays; only its p is added. Both are of the value that
 * stands for the method.
 * @throws UserError where pairings within categories are asked for without categories.
 */
export async function withUncertainty(
  method: Method,
  parameters: Record<string, unknown>,
  inputs: readonly Representation[],
  outcome: Outcome,
  request: RunRequest,
  context: Context,
): Promise<Outcome> {
  const value = method.values.find(({ key }) => key === method.resampled) ?? method.values[0];
  if (!value || outcome.values[value.key] == null) return outcome;
  const { permutations: count = 0, within = false, resample, seed = 0 } = request;
  if (method.alone || method.takes === 'many')
    return count > 0 || resample ? { ...outcome, warnings: [...(outcome.warnings ?? []), ALONE] } : outcome;
  const key = value.key;
  const share = sharesOf(method, request);
  /** As the value itself was computed: what a method draws by the seed it draws again, or its draws would count for those of the rows. */
  const anew = (of: Context): Context => ({ ...of, progress: () => {}, random: new Random(seed) });
  const score: Score = async (rows, columns, part) => scoreOf(method, key, parameters, rows, columns, anew(part));
  let added: Pick<Outcome, 'chance' | 'intervals' | 'reading' | 'warnings'> = {};
  if (count > 0 && method.takes === 'pair') {
    const draws: Draws = { count, seed, groups: within ? groupsOf(context.rows.labels) : undefined };
    const [x, y] = inputs as [Representation, Representation];
    const observed = [outcome.values[key] as number] as const;
    const calibration = await calibrate(
      value,
      [[x], [y]],
      observed,
      draws,
      shareOf(context, share.run, share.pairings),
      score,
    );
    const closed = !('permutations' in parameters);
    const { level, sd, p } = calibration;
    const chance = chanceOf(outcome, key, draws, [level[0], sd[0], p[0]], closed);
    const others = draws.groups ?? outcome.chance?.[key]?.of;
    added = {
      // What a method says of chance is over all pairings; other values than the first are not drawn.
      chance: { ...(!draws.groups && outcome.chance), ...(chance && { [key]: chance }) },
      ...(chance && others && { reading: drawnReading(value, observed[0], chance.level, draws.groups?.name) }),
      warnings: [...(outcome.warnings ?? []), ...unmoved(method.title, observed, calibration)],
    };
  }
  if (resample && resample.count > 0) {
    const rows = inputs[0]?.matrix.rows ?? 0;
    const observed = outcome.values[key] as number;
    const { interval, drawn } = await resampled(
      observed,
      rows,
      { ...resample, seed },
      shareOf(context, share.pairings, 1),
      async (chosen) => {
        const [x, y] = choose(inputs, chosen);
        if (!x) return null;
        // Labels go with their rows.
        const within = anew({ ...context, rows: rowsAt(context, chosen) });
        return (await scoreOf(method, key, parameters, [x], [y ?? x], within)).values[0] ?? null;
      },
    );
    const doubt = interval
      ? doubtOf(resample.kind, method, value.range, observed, drawn)
      : { warning: NO_INTERVAL, none: true };
    added = {
      ...added,
      intervals: { ...outcome.intervals, ...(interval && !doubt?.none && { [key]: interval }) },
      ...(doubt && { warnings: [...(added.warnings ?? outcome.warnings ?? []), doubt.warning] }),
    };
  }
  return { ...outcome, ...added };
}

function chanceOf(
  outcome: Outcome,
  key: string,
  draws: Draws,
  [level, sd, p]: readonly (number | null | undefined)[],
  closed: boolean,
): Chance | undefined {
  if (level == null || p == null) return undefined;
  const known = outcome.chance?.[key];
  // The closed form is over all pairings: within categories it is another level. Methods that pair rows at random themselves have none.
  if (closed && known?.sd !== undefined && known.of === undefined && !draws.groups)
    return { ...known, p, how: `${known.how} p by ${draws.count} random pairings, seed ${draws.seed}.` };
  const value = outcome.values[key] as number;
  return { level, ...(sd ? { sd, z: (value - level) / sd } : {}), p, how: howDrawn(draws) };
}

/** In the place of a method's own reading, which compares with other pairings than those that were drawn. */
function drawnReading({ title }: ValueDescription, value: number, level: number, labels: string | undefined): string {
  const pairings = labels === undefined ? 'Rows paired at random' : `Rows paired at random within ${labels} still`;
  return `${title}: ${inWords(value)}. ${pairings} give ${inWords(level)}.`;
}

/** The value alone, without figures where the method has a shorter way to it. */
async function scoreOf(
  method: Method,
  key: string,
  parameters: Record<string, unknown>,
  rows: readonly Representation[],
  columns: readonly Representation[],
  context: Context,
): Promise<PairScores> {
  if (method.sweep && method.takes === 'pair') return method.sweep(rows, columns, parameters, context);
  const inputs = method.takes === 'one' ? rows : [...rows, ...columns];
  const { values } = await method.run(inputs, parameters, context);
  return { values: [values[key] ?? null] };
}
