import { centreColumns, columnMeans } from '../../linalg/centre';
import { Matrix } from '../../linalg/matrix';
import type { Labels } from '../method';
import { placesByClass, withoutMissing } from '../shared/classes';

/** Rows that belong to one condition each, several to every one. */
export interface Conditions {
  readonly names: readonly string[];
  /** Rows of each condition. */
  readonly groups: readonly Int32Array[];
  /** Where the rows of each lie once they are put together. */
  readonly places: readonly { readonly start: number; readonly end: number }[];
  /** What was left out, in words. */
  readonly left: readonly string[];
}

/**
 * Conditions by label; a reason where they are too few. A missing label is no condition.
 * @param fewest conditions that are needed
 */
export function conditionsOf(given: Labels | undefined, rows: number, fewest: number): Conditions | string {
  if (given === undefined)
    return 'it needs labels: a column that says of each row which condition it is a response to (--labels)';
  if (given.kind !== 'category')
    return `"${given.name}" holds numbers, and conditions are categories: give a column of names`;
  const labels = withoutMissing(given);
  const groups = placesByClass(labels.index.subarray(0, rows), labels.categories.length);
  const all = labels.categories.map((name, category) => ({ name, group: groups[category] as Int32Array }));
  const used = all.filter(({ group }) => group.length > 1);
  if (used.length < fewest)
    return `of the values of "${labels.name}" ${used.length} ${used.length === 1 ? 'has' : 'have'} two rows or more, and ${fewest} such conditions are needed: choose other labels, or more rows`;
  const single = all.filter(({ group }) => group.length === 1).length;
  const places: { start: number; end: number }[] = [];
  let end = 0;
  for (const { group } of used) {
    places.push({ start: end, end: end + group.length });
    end += group.length;
  }
  const missing = rows - end - single;
  return {
    names: used.map(({ name }) => name),
    groups: used.map(({ group }) => group),
    places,
    left: [
      ...(single > 0 ? [`Left out, with one row only: ${single} of the values of "${labels.name}".`] : []),
      ...(missing > 0
        ? [`${missing} ${missing === 1 ? 'row has' : 'rows have'} no value of "${labels.name}" and did not enter.`]
        : []),
    ],
  };
}

export interface Moments {
  /** A row for each condition, less the mean of all. */
  readonly means: Matrix<Float64Array>;
  /** Rows less the mean of their condition, over √(rows - 1), condition after condition: DᵀD of each is its covariance. */
  readonly deviations: Matrix<Float64Array>;
}

export function momentsOf(matrix: Matrix, { groups, places }: Conditions): Moments {
  const { columns } = matrix;
  const means = Matrix.zeros(groups.length, columns);
  const deviations = Matrix.zeros(places.at(-1)?.end ?? 0, columns);
  for (const [k, group] of groups.entries()) {
    const rows = matrix.takeRows(group).toDouble();
    means.data.set(columnMeans(rows), k * columns);
    const scale = 1 / Math.sqrt(group.length - 1);
    const centred = centreColumns(rows).data.map((value) => value * scale);
    deviations.data.set(centred, (places[k]?.start ?? 0) * columns);
  }
  return { means: centreColumns(means), deviations };
}
