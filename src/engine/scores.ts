import { Moments } from '../linalg/moments';
import {
  type Context,
  isSymmetric,
  type Method,
  type PairScores,
  type Representation,
  type Size,
} from '../methods/method';
import { UserError } from '../protocol/errors';
import type { CompareRequest, InputRecord, InputSpec } from '../protocol/result';
import { anchorSetFor, rowsForAnchors } from './anchor-file';
import { type Calibration, calibrate, type Draws, groupsOf, type Score, unmoved } from './calibrate';
import { type Chosen, streamScores } from './compare-stream';
import { contextOf, shareOf } from './context';
import { bytesOf, checkMemory, OverMemory, overInBlocks, roomOf, sizesOf } from './memory';
import { narrowable, prepareNarrow } from './narrow';
import { scoresOf } from './pair-scores';
import { distinct, type Prepared } from './prepare';
import { prepareInputs } from './sampled';
import { Shelf } from './shelf';
import { shuffled } from './shuffle';
import { inPlace, openInputs } from './stream';
import type { CompareTask, Desk } from './task';
import { NOT_REPEATED } from './uncertainty';

export interface Scored {
  readonly records: readonly InputRecord[];
  readonly steps: readonly string[];
  readonly warnings: readonly string[];
  /** In the order of the measures. */
  readonly scores: readonly Scores[];
}

/** In memory where the inputs fit into it; otherwise in blocks of rows, or in strips of units, if the measures can. */
export async function scoreAll(
  task: CompareTask,
  chosen: readonly Chosen[],
  specs: readonly InputSpec[],
  desk: Desk,
): Promise<Scored> {
  const { request, base, memory } = task;
  const methods = chosen.map(({ method }) => method);
  const whole = !inPlace(request) || (await fits(methods, specs, base, memory));
  const wide = !whole && (await tooWide(specs, base, memory));
  const narrow = wide ? await inStrips(task, chosen, specs, desk) : undefined;
  if (narrow) return narrow;
  try {
    if (!whole) return await inBlocks(task, chosen, specs, desk);
    const prepared = await prepareInputs({ ...request, inputs: specs }, base, memory, desk);
    return await inMemory(task, chosen, specs, prepared, desk);
  } catch (error) {
    if (!(error instanceof OverMemory) || wide) throw error;
    const narrow = await inStrips(task, chosen, specs, desk);
    if (!narrow) throw error;
    return narrow;
  }
}

/** Whether not even the sums over rows of the two widest inputs would fit. */
async function tooWide(specs: readonly InputSpec[], base: string, memory: number): Promise<boolean> {
  const sizes = await sizesOf(distinct(specs), base);
  const [first = 0, second = 0] = sizes.map((size) => size?.columns ?? 0).sort((a, b) => b - a);
  return Moments.bytes(first + second) > memory;
}

/** The measures that can do with coordinates of the rows; the others say why not. Undefined where the inputs have too many rows for that. */
async function inStrips(
  task: CompareTask,
  chosen: readonly Chosen[],
  specs: readonly InputSpec[],
  desk: Desk,
): Promise<Scored | undefined> {
  const { request, base, memory } = task;
  const able = chosen.filter(({ method }) => narrowable(method));
  if (able.length === 0 || !inPlace(request)) return undefined;
  const centred = able.every(({ method }) => method.invariances.includes('translation'));
  const prepared = await prepareNarrow({ ...request, inputs: specs }, base, memory, desk, centred).catch(
    (error: unknown) => {
      if (!(error instanceof OverMemory)) throw error;
    },
  );
  if (!prepared) return undefined;
  const { scores, ...notes } = await inMemory(task, able, specs, prepared, desk);
  return { ...notes, scores: await withRefusals(chosen, able, scores, specs, base, memory) };
}

/** The scores of those that were able, in the place of each, and why the others have none. */
async function withRefusals(
  chosen: readonly Chosen[],
  able: readonly Chosen[],
  scores: readonly Scores[],
  specs: readonly InputSpec[],
  base: string,
  memory: number,
): Promise<Scores[]> {
  const refusal = await checkMemory(distinct(specs), base, memory).then(
    () => 'The inputs and what is made of them do not fit into memory together.',
    (error: unknown) => {
      if (error instanceof OverMemory) return error.message;
      throw error;
    },
  );
  const nothing = scores[0]?.values.map(() => null) ?? [];
  return chosen.map((one) => scores[able.indexOf(one)] ?? { values: nothing, warnings: [refusal] });
}

/** One value for each pair, and what random pairings say of it where they were asked for. */
export type Scores = PairScores & { readonly calibration?: Calibration; readonly draws?: Draws };

/** Whether to read the inputs whole: they fit, and so does what the only measure makes of them if it could do without. */
async function fits(
  methods: readonly Method[],
  specs: readonly InputSpec[],
  base: string,
  memory: number,
): Promise<boolean> {
  if (!methods.some(({ fromMoments }) => fromMoments)) return true;
  const sizes = await sizesOf(distinct(specs), base);
  if (sizes.includes(undefined)) return true;
  const known = sizes as readonly Size[];
  const [only, ...others] = methods;
  const room = only && others.length === 0 ? roomOf(only, known, true) : 0;
  // Paired by identifiers, rows are copied.
  return (specs.some(({ ids }) => ids) ? 2 : 1) * bytesOf(known) + room <= memory;
}

async function inMemory(
  { request, base, memory }: CompareTask,
  chosen: readonly Chosen[],
  specs: readonly InputSpec[],
  prepared: Prepared,
  desk: Desk,
): Promise<Scored> {
  const { inputs, against = [], seed = 0, permutations = 0, within = false } = request;
  const draws = {
    count: permutations,
    seed,
    groups: within && permutations > 0 ? groupsOf(prepared.rows.labels) : undefined,
  };
  const rows = prepared.representations.slice(0, inputs.length);
  const columns = against.length > 0 ? prepared.representations.slice(inputs.length) : rows;
  const doubts = await shuffled(prepared, base, memory, desk);
  const scores: Scores[] = [];
  const shared = chosen.length > 1 || permutations > 0;
  const shelf = shared ? new Shelf([...rows, ...columns].map(({ matrix }) => matrix)) : undefined;
  const sampled = prepared.sampled === undefined ? [] : [`Computed on a ${prepared.sampled}.`];
  for (const [i, one] of chosen.entries()) {
    desk.progress(i / chosen.length, one.method.title);
    const part = shareOf(desk, i / chosen.length, (i + 1) / chosen.length);
    const anchors = await anchorSetFor(one.parameters, base);
    const used = await rowsForAnchors(one.parameters, base, inputs, prepared, memory, part);
    const fresh = (from: number, to: number) => () => ({
      ...contextOf(shareOf(part, from, to), seed, used, prepared.bytes, memory, shelf),
      ...anchors,
    });
    // The pairing that is there is one of those that are scored.
    const first = 1 / (1 + permutations);
    const mirrored = isSymmetric(one.method, one.parameters) && rows === columns;
    const whole = { only: chosen.length === 1, last: i === chosen.length - 1 && permutations === 0, mirrored };
    try {
      const scored = await scoresOf(one.method, one.parameters, rows, columns, fresh(0, first), whole);
      scores.push(await withCalibration(one, [rows, columns], scored, draws, fresh(first, 1)));
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      if (error instanceof OverMemory && one.method.fromMoments && inPlace(request))
        scores.push(...(await streamed([one], request, specs, base, memory - prepared.bytes, part)).scores);
      // One measure of several that cannot be had does not take the others away.
      else if (whole.only) throw error;
      else scores.push({ values: rows.flatMap(() => columns.map(() => null)), warnings: [error.message] });
    }
  }
  const { records, steps } = prepared;
  return { records, steps, warnings: [...doubts, ...prepared.warnings, ...sampled], scores };
}

/** Adds what random pairings say, where they were asked for. */
async function withCalibration(
  { method, parameters }: Chosen,
  [rows, columns]: readonly [readonly Representation[], readonly Representation[]],
  scored: PairScores,
  draws: Draws,
  fresh: () => Context,
): Promise<Scores> {
  const [value] = method.values;
  if (draws.count === 0 || !value) return scored;
  // One pairing of a pair is one draw, also where the pair stands in the matrix twice.
  const how = { only: false, last: false, mirrored: isSymmetric(method, parameters) && rows === columns };
  const quiet = () => ({ ...fresh(), progress: () => {} });
  const score: Score = (left, right) => scoresOf(method, parameters, left, right, quiet, how);
  const calibration = await calibrate(value, [rows, columns], scored.values, draws, fresh(), score);
  // Within categories chance is another than over all pairings of the rows, for which closed forms are, unless they are of conditions;
  // some lack the spread.
  const closed = scored.sd && scored.of === undefined && !draws.groups;
  const warnings = [...(scored.warnings ?? []), ...unmoved(method.title, scored.values, calibration)];
  return { ...scored, warnings, ...(!closed && { chance: calibration.level, sd: calibration.sd }), calibration, draws };
}

/** Inputs that are not read whole: the measures that can do with sums over rows are had, the others say why not. */
async function inBlocks(
  { request, base, memory }: CompareTask,
  chosen: readonly Chosen[],
  specs: readonly InputSpec[],
  desk: Desk,
): Promise<Scored> {
  const able = chosen.filter(({ method }) => method.fromMoments);
  const { scores, ...notes } = await streamed(able, request, specs, base, memory, desk);
  return { ...notes, scores: await withRefusals(chosen, able, scores, specs, base, memory) };
}

async function streamed(
  chosen: readonly Chosen[],
  { inputs, against = [], seed = 0, permutations = 0 }: CompareRequest,
  specs: readonly InputSpec[],
  base: string,
  room: number,
  desk: Desk,
): Promise<Scored> {
  const open = await openInputs(specs, base, room, desk);
  try {
    const places = specs.map((_, i) => i);
    const rows = places.slice(0, inputs.length);
    const columns = against.length > 0 ? places.slice(inputs.length) : rows;
    const context = (part: number, parts: number) =>
      contextOf(shareOf(desk, part / parts, (part + 1) / parts), seed, { index: new Int32Array() }, 0, room);
    const scores = await streamScores(chosen, open, rows, columns, context);
    const { records, steps, warnings } = open.notes();
    return { records, steps, warnings: [...warnings, ...(permutations > 0 ? [NOT_REPEATED] : [])], scores };
  } catch (error) {
    if (!(error instanceof OverMemory)) throw error;
    throw overInBlocks(error, await sizesOf(distinct(specs), base), room);
  } finally {
    await open.close();
  }
}
