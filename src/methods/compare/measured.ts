import { z } from 'zod';
import type { Matrix } from '../../linalg/matrix';
import { Random } from '../../linalg/random';
import { UserError } from '../../protocol/errors';
import { count } from '../../protocol/words';
import type { Context, Labels, Method, Representation } from '../method';

/**
 * What the methods that examine measures share: which measures, and the value of each again and again, each time as if it
 * were run by itself.
 */

/** The parameter that chooses measures, as every surface can ask for it. */
export function measuresParameter(standard: string) {
  return z.string().min(1).max(2000).default(standard).meta({
    title: 'Measures',
    description: 'recommended: those of a comparison by default; all; or ids with commas between them.',
  });
}

/** @throws UserError that lists the measures there are. */
export function measuresOf(measures: readonly Method[], chosen: string): readonly Method[] {
  if (chosen === 'all') return measures;
  if (chosen === 'recommended') {
    const place = ({ recommended = Number.POSITIVE_INFINITY }: Method) => recommended;
    return measures.filter(({ recommended }) => recommended !== undefined).sort((a, b) => place(a) - place(b));
  }
  const ids = [...new Set(chosen.split(',').map((id) => id.trim()))].filter((id) => id !== '');
  const found = ids.map((id) => {
    const measure = measures.find((one) => one.id === id);
    if (measure) return measure;
    const known = measures.map((one) => one.id).join(', ');
    throw new UserError(`measures: there is no measure "${id}". It takes recommended, all, or some of: ${known}.`);
  });
  if (found.length > 0) return found;
  throw new UserError('measures names none. It takes recommended, all, or ids with commas between them.');
}

export interface Measured {
  /** Null where it cannot be computed; then `why` says so. */
  readonly value: number | null;
  readonly level?: number;
  readonly why?: string;
}

/** The first value of a measure, or that named `key`, its draws those of the seed every time: with the same rows it differs only by the data. */
export async function measured(
  measure: Method,
  [x, y]: readonly [Matrix, Matrix],
  context: Context,
  parameters: Readonly<Record<string, unknown>> = {},
  key = measure.values[0]?.key ?? '',
): Promise<Measured> {
  context.signal.throwIfAborted();
  const values = measure.parameters.parse(parameters);
  const quiet: Context = {
    ...context,
    mayOverwrite: false,
    progress: () => {},
    random: new Random(context.random.seed),
  };
  const a: Representation = { name: 'the first', matrix: x };
  const b: Representation = x === y ? a : { name: 'the second', matrix: y };
  try {
    if (measure.sweep && key === measure.values[0]?.key) {
      const scores = await measure.sweep([a], [b], values, quiet);
      return found(scores.values[0], scores.chance?.[0], scores.warnings);
    }
    const outcome = await measure.run([a, b], values, quiet);
    return found(outcome.values[key], outcome.chance?.[key]?.level, outcome.warnings);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return { value: null, why: error.message };
  }
}

function found(
  value: number | null | undefined,
  level: number | null | undefined,
  warnings: readonly string[] = [],
): Measured {
  if (value == null || !Number.isFinite(value))
    return {
      value: null,
      why: warnings.at(-1)?.replace(/^the first and the second: /, '') ?? 'no finite number came out',
    };
  return level != null && Number.isFinite(level) ? { value, level } : { value };
}

/** Inputs cut down to what is examined in reasonable time, and what was done to them. */
export interface Cut {
  readonly matrices: readonly [Matrix<Float64Array>, Matrix<Float64Array>];
  readonly context: Context;
  readonly steps: readonly string[];
}

/** At most so many rows and units, drawn by the seed; the order stays. In float64, so that rounding is not taken for change. */
export function cutDown(
  inputs: readonly Representation[],
  most: { readonly rows: number; readonly units?: number },
  context: Context,
): Cut {
  const random = new Random(context.random.seed);
  const [x, y] = inputs as [Representation, Representation];
  const n = x.matrix.rows;
  const steps: string[] = [];
  const chosen = n > most.rows ? random.sample(n, most.rows).sort() : null;
  if (chosen) steps.push(`${count(chosen.length)} of ${count(n)} rows drawn at random`);
  const kept = chosen?.length ?? n;
  context.reserve(8 * 3 * kept * (x.matrix.columns + y.matrix.columns), 'copies of the inputs in float64');
  const narrow = ({ name, matrix }: Representation) => {
    const rows = chosen ? matrix.takeRows(chosen) : matrix;
    const { units = matrix.columns } = most;
    if (matrix.columns <= units) return rows.toDouble();
    steps.push(`${count(units)} of ${count(matrix.columns)} units of ${name} drawn at random`);
    return rows.takeColumns(random.sample(matrix.columns, units).sort()).toDouble();
  };
  const matrices = [narrow(x), narrow(y)] as const;
  return { matrices, context: chosen ? { ...context, rows: rowsAt(context, chosen) } : context, steps };
}

/** The rows at these places, their names and labels with them. */
export function rowsAt({ rows }: Context, places: Int32Array): Context['rows'] {
  const { names, labels, anchorLabels } = rows;
  const taken = { index: Int32Array.from(places, (place) => rows.index[place] ?? place) };
  const at = Array.from(places);
  return {
    ...taken,
    ...(names && { names: at.map((place) => names[place] ?? '') }),
    ...(labels && { labels: labelsAt(labels, places) }),
    ...(anchorLabels && { anchorLabels: labelsAt(anchorLabels, places) }),
  };
}

function labelsAt(labels: Labels, places: Int32Array): Labels {
  if (labels.kind === 'category') return { ...labels, index: places.map((place) => labels.index[place] ?? -1) };
  return { ...labels, values: Float64Array.from(places, (place) => labels.values[place] ?? Number.NaN) };
}
