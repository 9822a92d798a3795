import type { Matrix } from '../../linalg/matrix';
import { gram } from '../../linalg/products';
import { count } from '../../protocol/words';
import type { Context } from '../method';
import { DRAWN } from './drawn';

/** Places of rows, class after class: of at most 1,000, drawn by the seed where there are more. */
export function classAfterClass(
  rows: Int32Array,
  of: ArrayLike<number>,
  { random }: Pick<Context, 'random'>,
): { readonly order: Int32Array; readonly note: string } {
  const many = rows.length > DRAWN;
  const drawn = many ? random.sample(rows.length, DRAWN).map((k) => rows[k] as number) : rows.slice();
  return {
    order: drawn.sort((a, b) => (of[a] as number) - (of[b] as number) || a - b),
    note: many ? ` Cosines of ${count(DRAWN)} of ${count(rows.length)} rows, chosen at random.` : '',
  };
}

export interface CosineBlocks {
  /** |cosine| of two rows by their places in the order. */
  readonly entries: Pick<Matrix, 'rows' | 'columns' | 'at'>;
  /** Mean over pairs of one class, and of two; null where there are none. */
  readonly within: number | null;
  readonly between: number | null;
}

/** |cosine| of every two of some rows. @param unit rows of length 1 */
export async function cosineBlocks(
  unit: Matrix<Float64Array>,
  order: Int32Array,
  of: ArrayLike<number>,
  context: Pick<Context, 'signal'>,
): Promise<CosineBlocks> {
  const products = await gram(unit.takeRows(order), context);
  let [inside, insides, across, acrosses] = [0, 0, 0, 0];
  for (const [i, a] of order.entries())
    for (let j = i + 1; j < order.length; j++) {
      const cosine = Math.abs(products.at(i, j));
      if (of[a] === of[order[j] as number]) [inside, insides] = [inside + cosine, insides + 1];
      else [across, acrosses] = [across + cosine, acrosses + 1];
    }
  const at = (i: number, j: number) => Math.abs(products.at(i, j));
  return {
    entries: { rows: order.length, columns: order.length, at },
    within: insides === 0 ? null : Math.min(1, inside / insides),
    between: acrosses === 0 ? null : Math.min(1, across / acrosses),
  };
}
