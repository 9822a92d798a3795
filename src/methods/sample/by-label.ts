import { UserError } from '../../protocol/errors';
import type { Context } from '../method';
import { classLabels } from '../shared/classes';

type Surroundings = Pick<Context, 'random' | 'rows'>;

interface Chosen {
  /** Positions among the rows in use. */
  readonly rows: Int32Array;
  readonly step: string;
}

/**
 * Rows drawn at random from the categories of the labels in turn, so that each gives as many as any other while it has rows; none
 * of the rows without a label.
 * @throws UserError where the labels are no categories
 */
export function stratified(count: number, { random, rows: of }: Surroundings): Chosen {
  const { index, anchorLabels: given = of.labels } = of;
  const labels = given && classLabels(given);
  if (!labels) {
    throw new UserError(
      `Stratified anchors are drawn from the categories of the labels, and ${given ? `the labels ${given.name} are numbers` : 'there are no labels'}. Give a column of categories as labels or as anchor column, or choose another anchor selection.`,
    );
  }
  const waiting = labels.categories.map((): number[] => []);
  for (const i of random.permutation(index.length)) waiting[labels.index[i] as number]?.push(i);
  const used = waiting.filter((rows) => rows.length > 0).length;
  if (used === 0)
    throw new UserError(`No row has a label in ${labels.name}, so no anchor can be drawn from its categories.`);
  const rows: number[] = [];
  while (rows.length < count && waiting.some((left) => left.length > 0)) {
    for (const left of waiting) {
      const row = rows.length < count ? left.pop() : undefined;
      if (row !== undefined) rows.push(row);
    }
  }
  return {
    rows: Int32Array.from(rows),
    step: `${rows.length} anchors drawn at random from the ${used} categories of ${labels.name} in turn`,
  };
}

/**
 * The rows with the largest numbers as labels, the earlier of equal ones first; or rows drawn at random among the `pool` with
 * the largest.
 * @throws UserError where the labels are no numbers
 */
export function largest(count: number, pool: number, { random, rows: of }: Surroundings): Chosen {
  const { index, anchorLabels: labels = of.labels } = of;
  if (labels?.kind !== 'number') {
    throw new UserError(
      `The top anchors are the rows with the largest numbers as labels, and ${labels ? `the labels ${labels.name} are categories` : 'there are no labels'}. Give a column of numbers, such as frequencies, as labels or as anchor column, or choose another anchor selection (stratified takes categories).`,
    );
  }
  const value = (i: number) => labels.values[i] as number;
  const order = Int32Array.from(index.keys())
    .filter((i) => Number.isFinite(value(i)))
    .sort((i, j) => value(j) - value(i) || i - j);
  if (order.length === 0)
    throw new UserError(`None of the labels ${labels.name} is a number, so no row can be on top.`);
  if (pool <= count) {
    const rows = order.slice(0, count);
    return { rows, step: `${rows.length} anchors: the rows with the largest ${labels.name}` };
  }
  const among = order.slice(0, pool);
  const rows = Int32Array.from(random.sample(among.length, Math.min(count, among.length)), (i) => among[i] as number);
  return {
    rows,
    step: `${rows.length} anchors drawn at random among the ${among.length} rows with the largest ${labels.name}`,
  };
}
