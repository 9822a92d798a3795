import { leastOf } from '../../linalg/least';
import type { Matrix } from '../../linalg/matrix';
import { free } from '../../linalg/memory';
import { squaredTile } from '../../linalg/pair-squares';
import { Points } from '../../linalg/points';
import { plural } from '../../protocol/words';
import { type Sparse, sparseOf } from '../embed/sparse';
import type { Context } from '../method';

/** What is less is none. */
const LEAST = 1e-4;

/**
 * The alpha-decay graph: w_ij = ½ (exp(-(d_ij/σ_i)^α) + exp(-(d_ij/σ_j)^α)), with σ_i the distance to the `knn`-th nearest other
 * row, terms below 1e-4 left out, no loops. Moon et al. 2019 (PHATE), as in graphtools. Where σ is zero, rows at no distance count 1.
 * @param x the rows, of which distances are made tile by tile
 * @param wanted knn; where there are fewer other rows, all of them
 */
export async function decayGraph(
  x: Matrix,
  wanted: number,
  alpha: number,
  context: Pick<Context, 'signal'>,
): Promise<Sparse> {
  const n = x.rows;
  const knn = Math.min(wanted, n - 1);
  const i: number[] = [];
  const j: number[] = [];
  const values: number[] = [];
  const height = Math.min(n, Math.max(1, Math.floor(4e6 / n)));
  const memory = new Float64Array(height * n);
  const [places, least] = [new Int32Array(knn), new Float64Array(knn)];
  const points = new Points(x);
  const all = points.block(0, n);
  for (let start = 0; start < n; start += height) {
    const some = points.block(start, Math.min(n, start + height));
    await squaredTile(some, all, points.direct, memory, context, (r, row) => {
      const own = start + r;
      const sigma = least[leastOf(row, n, own, knn, places, least) - 1] as number;
      for (let c = 0; c < n; c++) {
        if (c === own) continue;
        const square = row[c] as number;
        const w = square === 0 ? 1 : Math.exp(-((square / sigma) ** (alpha / 2)));
        if (!(w >= LEAST)) continue;
        i.push(own, c);
        j.push(c, own);
        values.push(w / 2, w / 2);
      }
    });
  }
  free(memory);
  return sparseOf(n, n, { i, j, values });
}

/** How the graph was made. */
export function graphStep({ rows, values }: Sparse, wanted: number): string {
  const knn = Math.min(wanted, rows - 1);
  const all = knn < wanted ? ` (the last; ${wanted} was asked for)` : '';
  return `alpha-decay graph, reach to neighbour ${knn}${all}, ${plural(values.length / 2, 'edge')}`;
}
