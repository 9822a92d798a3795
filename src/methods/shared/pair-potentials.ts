import type { Matrix } from '../../linalg/matrix';
import { firstOf, pairTiles } from '../../linalg/pair-tiles';
import { Points } from '../../linalg/points';
import type { Context } from '../method';

/** Rows whose distances from as many others are held at once. */
const TILE = 512;

/** Squared distances of all pairs of rows i < j, tile by tile: `each` gets places of both and the square. */
export async function eachPair(
  x: Matrix,
  context: Pick<Context, 'signal' | 'progress'>,
  each: (i: number, j: number, squared: number) => void,
): Promise<void> {
  for await (const tile of pairTiles([new Points(x)], TILE, context)) {
    context.progress(tile.done, 'All pairs of rows');
    const [squares] = tile.squares as [Float64Array];
    for (let i = tile.rows[0], k = 0; i < tile.rows[1]; i++)
      for (let j = firstOf(tile, i); j < tile.columns[1]; j++, k++) each(i, j, squares[k] as number);
  }
}

/** ln of the mean of exp(-t d²) over pairs that are spread evenly over the sphere of length one in p dimensions. */
export function evenUniformity(p: number, t: number): number {
  // E exp(κ cos θ), κ = 2t, is ₀F₁(p / 2; t²): terms until they vanish beside the sum, kept in logarithms.
  let [log, sum] = [0, 0];
  let peak = 0;
  const logs = [0];
  for (let m = 1; m < 100_000; m++) {
    log += Math.log((t * t) / (m * (p / 2 + m - 1)));
    logs.push(log);
    peak = Math.max(peak, log);
    if (log < peak - 40) break;
  }
  for (const one of logs) sum += Math.exp(one - peak);
  return -2 * t + peak + Math.log(sum);
}
