import { performance } from 'node:perf_hooks';
import type { Method, PairScores } from '../methods/method';
import { UserError } from '../protocol/errors';
import type { Comparison, MatrixCalibration, MeasureMatrix } from '../protocol/result';
import { type Calibration, type Draws, howDrawn } from './calibrate';
import { findMethod } from './describe';
import { parseParameters } from './parameters';
import { type Scores, scoreAll } from './scores';
import type { CompareTask, Desk } from './task';
import { version } from './version';

/**
 * One or more measures over all pairs of the inputs, or of the inputs with the references.
 * @throws UserError when the request, a file or the data cannot be used; Cancelled.
 */
export async function compare(task: CompareTask, catalogue: readonly Method[], desk: Desk): Promise<Comparison> {
  const start = performance.now();
  const { request } = task;
  const methods = chooseMeasures(catalogue, request.measures);
  if (request.parameters && methods.length !== 1) {
    throw new UserError('Parameters belong to one measure; name it, or leave the parameters out.');
  }
  const parameters = methods.map((method) => parseParameters(method, request.parameters));
  const { inputs, against = [], seed = 0 } = request;
  if (inputs.length < 1 || inputs.length + against.length < 2) {
    throw new UserError('A comparison needs two representations or more; add one.');
  }
  const specs = [...inputs, ...against];
  const chosen = methods.map((method, i) => ({ method, parameters: parameters[i] ?? {} }));
  const { records, steps, warnings, scores } = await scoreAll(task, chosen, specs, desk);
  const wide = against.length > 0 ? against.length : inputs.length;
  const measures: Record<string, Comparison['measures'][string]> = {};
  const told = [...warnings];
  for (const [i, { method, parameters: values }] of chosen.entries()) {
    const own = scores[i] as Scores;
    const lost = own.values.filter((value) => value !== null && !Number.isFinite(value)).length;
    const all = [...(own.warnings ?? []), ...(lost > 0 ? [notFinite(lost)] : [])];
    told.push(...all.map((warning) => `${method.id}: ${warning}`));
    measures[method.id] = { ...matrixOf(method, own, inputs.length, wide), parameters: values };
  }
  return {
    ...{ version, seed },
    ...(request.sample && { sample: request.sample }),
    ...(request.permutations && { permutations: request.permutations }),
    ...(request.permutations && request.within && { within: true, ...(request.labels && { labels: request.labels }) }),
    seconds: (performance.now() - start) / 1000,
    inputs: records.slice(0, inputs.length),
    ...(against.length > 0 && { against: records.slice(inputs.length) }),
    ...{ measures, steps, warnings: told },
  };
}

/** `undefined`: the recommended ones, in their order; `['all']`: every method that takes a pair. */
export function chooseMeasures(catalogue: readonly Method[], ids: readonly string[] | undefined): readonly Method[] {
  const pairs = catalogue.filter((method) => method.takes === 'pair' && !method.alone);
  if (ids?.includes('all')) return pairs;
  if (!ids || ids.length === 0) {
    const order = (method: Method) => method.recommended ?? Number.POSITIVE_INFINITY;
    return pairs.filter((method) => method.recommended !== undefined).sort((a, b) => order(a) - order(b));
  }
  return [...new Set(ids)].map((id) => {
    const method = findMethod(catalogue, id);
    if (method.alone) throw new UserError(`${id} examines measures and is none of them. Run it on one pair instead.`);
    if (method.takes === 'pair') return method;
    if (method.takes === 'many')
      throw new UserError(`${id} takes all representations at once, so it is no measure of pairs. Run it on them.`);
    throw new UserError(`${id} takes one representation, so it cannot compare. Run it on each instead.`);
  });
}

function matrixOf(method: Method, scores: Scores, rows: number, columns: number): MeasureMatrix {
  const square = (list: readonly (number | null)[]) =>
    Array.from({ length: rows }, (_, i) =>
      list.slice(i * columns, (i + 1) * columns).map((x) => (x !== null && Number.isFinite(x) ? x : null)),
    );
  // A value that is not there has no level of chance.
  const beside = (list: readonly (number | null)[]) =>
    square(list.map((x, k) => (Number.isFinite(scores.values[k]) ? x : null)));
  return {
    matrix: square(scores.values),
    value: method.values[0]?.key ?? '',
    ...(scores.chance && { chance: beside(scores.chance) }),
    ...(scores.sd && { sd: beside(scores.sd) }),
    ...(scores.calibration &&
      scores.draws && { calibration: calibrationOf(scores, scores.calibration, scores.draws, square) }),
  };
}

function calibrationOf(
  { values }: PairScores,
  { level, sd, ...rest }: Calibration,
  draws: Draws,
  square: (list: readonly (number | null)[]) => (number | null)[][],
): MatrixCalibration {
  const z = values.map((value, k) => {
    const [mean, spread] = [level[k], sd[k]];
    return value == null || mean == null || !spread ? null : (value - mean) / spread;
  });
  const [p, pMax, q, calibrated] = [rest.p, rest.pMax, rest.q, rest.calibrated].map(square);
  return {
    permutations: draws.count,
    ...{ level: square(level), sd: square(sd), z: square(z) },
    ...({ p, pMax, q, calibrated } as Pick<MatrixCalibration, 'p' | 'pMax' | 'q' | 'calibrated'>),
    how: howDrawn(draws),
  };
}

function notFinite(count: number): string {
  return `${count} ${count === 1 ? 'value' : 'values'} could not be computed: no finite number came out.`;
}
