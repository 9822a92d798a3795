import { cholesky } from '../../linalg/cholesky';
import { Matrix } from '../../linalg/matrix';
import { multiply } from '../../linalg/products';
import type { Chance } from '../../protocol/result';
import type { Context } from '../method';
import { summarise } from './shuffled';
import type { Products } from './unit-sums';

/** Added to the variances, so that units that repeat others have a factor too. */
const RIDGE = 1e-6;

/**
 * The chance level of a matching without the rows: the correlations of units whose rows are paired at random are, in the
 * limit of many rows, normal with covariance C_ik D_jl / (n - 1) (Hoeffding 1951, A combinatorial central limit theorem),
 * which is that of F Z Gᵀ / √(n - 1) for C = F Fᵀ, D = G Gᵀ and standard normal Z.
 */
export async function gaussianChance<Key extends string>(
  { aa, bb, rows }: Products,
  values: Readonly<Record<Key, number>>,
  count: number,
  score: (r: Matrix<Float64Array>) => Record<Key, number>,
  context: Pick<Context, 'signal' | 'random' | 'progress'>,
  [start, end]: readonly [number, number],
): Promise<Record<string, Chance>> {
  const [left, right] = [await factor(aa, context), await factor(bb, context)];
  const draws: Record<Key, number>[] = [];
  for (let draw = 0; draw < count; draw++) {
    context.progress(start + ((end - start) * draw) / count, `Random pairing ${draw + 1} of ${count}`);
    const z = Matrix.zeros(aa.rows, bb.rows);
    for (let k = 0; k < z.data.length; k++) z.data[k] = context.random.normal() / Math.sqrt(rows - 1);
    const turned = await multiply(left, z, context);
    draws.push(score(await multiply(turned, right, { ...context, transposeB: true })));
  }
  const how = `Mean of ${count} draws of the correlations of units whose rows are paired at random, in their normal limit of many rows.`;
  const keys = Object.keys(values) as Key[];
  return Object.fromEntries(
    keys.map((key) => [
      key,
      {
        ...summarise(
          values[key],
          draws.map((draw) => draw[key]),
        ),
        how,
      },
    ]),
  );
}

function factor(c: Matrix<Float64Array>, { signal }: Pick<Context, 'signal'>): Promise<Matrix<Float64Array>> {
  const data = c.data.slice();
  for (let i = 0; i < c.rows; i++) data[i * c.rows + i] = c.at(i, i) + RIDGE;
  return cholesky(new Matrix(data, c.rows, c.rows), signal);
}
