import type { Matrix } from '../../../linalg/matrix';
import { UserError } from '../../../protocol/errors';
import type { Rows } from '../../method';
import { withoutMissing } from '../../shared/classes';
import { lacking } from '../../shared/warnings';

/** Outputs of a network before and after its units were merged, on the same data. */
export interface Tested {
  /** Share of rows whose largest output is the same; null where there is one output only. */
  readonly agreement: number | null;
  /** Share of rows whose largest output is that of their label; null where there are no labels, or `why`. */
  readonly before: number | null;
  readonly after: number | null;
  readonly why?: string;
  /** Says of rows without a label that they do not count. */
  readonly left?: string;
  /** ‖after - before‖ / ‖before‖, Frobenius norms; null where the outputs were all 0. */
  readonly relative: number | null;
  readonly largest: number;
}

/** @throws UserError where the two have other shapes. */
export function functionTest(before: Matrix, after: Matrix, { labels }: Pick<Rows, 'labels'>): Tested {
  if (before.rows !== after.rows || before.columns !== after.columns)
    throw new UserError(
      'The merged model has outputs of another shape; its units could not be followed. Please report this model.',
    );
  let [gap, size, largest] = [0, 0, 0];
  for (const [k, value] of before.data.entries()) {
    const difference = Math.abs((after.data[k] as number) - value);
    gap += difference * difference;
    size += value * value;
    largest = Math.max(largest, difference);
  }
  const several = before.columns > 1;
  const [a, b] = [several ? winners(before) : [], several ? winners(after) : []];
  const classes = several && labels ? classesOf(labels, before.columns) : undefined;
  const known = Array.isArray(classes) ? classes : undefined;
  const shareOf = (found: readonly number[], wanted: readonly number[]) => {
    const rows = found.flatMap((_, row) => ((wanted[row] ?? -1) < 0 ? [] : [row]));
    return rows.length > 0 ? rows.filter((row) => found[row] === wanted[row]).length / rows.length : null;
  };
  return {
    agreement: several ? shareOf(a, b) : null,
    before: known ? shareOf(a, known) : null,
    after: known ? shareOf(b, known) : null,
    ...(typeof classes === 'string' && { why: classes }),
    ...(known?.includes(-1) && {
      left: `Accuracy: ${lacking(known.filter((one) => one < 0).length, 'row', `"${labels?.name}"`)}`,
    }),
    relative: size > 0 ? Math.sqrt(gap / size) : null,
    largest,
  };
}

/** The first of the largest outputs of each row. */
function winners({ rows, columns, data }: Matrix): number[] {
  return Array.from({ length: rows }, (_, i) => {
    let best = i * columns;
    for (let k = best + 1; k < (i + 1) * columns; k++) if ((data[k] as number) > (data[best] as number)) best = k;
    return best - i * columns;
  });
}

/** The output that each row's label stands for, -1 for a row without one: by its number, or by its place among the names; or why there is none. */
function classesOf(given: NonNullable<Rows['labels']>, outputs: number): number[] | string {
  if (given.kind === 'number') return `Accuracy is left empty: ${given.name} holds numbers that are no classes.`;
  const labels = withoutMissing(given);
  const numbers = labels.categories.map(Number);
  const counted = numbers.every((value) => Number.isInteger(value) && value >= 0 && value < outputs);
  if (!counted && labels.categories.length !== outputs)
    return `Accuracy is left empty: ${labels.name} has ${labels.categories.length} classes and the model ${outputs} outputs.`;
  return Array.from(labels.index, (one) => (counted && one >= 0 ? (numbers[one] as number) : one));
}
