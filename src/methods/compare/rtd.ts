import { z } from 'zod';
import { Matrix } from '../../linalg/matrix';
import { type Bar, holes, holesBytes } from '../../linalg/persistence';
import { condensed } from '../../linalg/points';
import { quantile } from '../../linalg/ranks';
import type { Figure } from '../../protocol/figures';
import { count } from '../../protocol/words';
import { type Context, defineMethod, type Outcome, type Representation } from '../method';
import { inRange } from '../shared/centred';
import { digits6 } from '../shared/image';
import { inWords } from '../shared/reading';
import { duplicateRows, fewRows } from '../shared/warnings';

const parameters = z.object({
  points: z.int().min(4).max(600).default(100).meta({
    title: 'Rows in a draw',
    description: 'So many rows are drawn at random; all, where there are no more. Time grows with the cube.',
  }),
  trials: z.int().min(1).max(1000).default(10).meta({
    title: 'Draws',
    description: 'The value is the mean over draws of rows. One is enough where all rows are taken.',
  }),
});

export const rtd = defineMethod({
  id: 'rtd',
  kind: 'compare',
  title: 'Representation topology divergence',
  summary: 'Sums how much earlier parts of one space join than the same rows of the other, as distances grow.',
  blindTo: 'blind to differences that join no rows sooner or later; its size depends on the number of rows drawn',
  takes: 'pair',
  parameters,
  values: [{ key: 'distance', title: 'Topology divergence', range: [0, null], better: 'lower', self: 0 }],
  invariances: ['permutation', 'orthogonal', 'scaling', 'translation', 'sign'],
  symmetric: true,
  cost: 'O(m² (p + q) + m³) or more for each draw of m rows',
  formula:
    'mean over draws and both directions of Σ (death - birth) over the bars of H₁ (persistent homology) of the Vietoris-Rips complex of 2m points with distances [0, A; A, min(A, B)], A and B the Euclidean distances over their 0.9-quantile (diagonal included)',
  tex: String.raw`\tfrac12\bigl(\rho(A, B) + \rho(B, A)\bigr), \qquad \rho(A, B) = \sum_{(b, d) \in H_1(M)} (d - b), \quad M = \begin{pmatrix} 0 & A \\ A & \min(A, B)\end{pmatrix}`,
  citation:
    'Barannikov, Trofimov, Balabin, Burnaev (2022). Representation topology divergence: a method for comparing neural network representations. ICML. arXiv:2201.00058',
  async run(inputs, { points, trials }, context) {
    const [x, y] = inputs as [Representation, Representation];
    const rows = x.matrix.rows;
    const warnings = [...duplicateRows(x), ...duplicateRows(y), ...fewRows(rows)];
    const all = rows <= points;
    const draws = all ? 1 : trials;
    const steps = [
      all
        ? `all ${count(rows)} rows, once`
        : `${draws} ${draws === 1 ? 'draw' : 'draws'} of ${count(points)} of ${count(rows)} rows`,
      'distances over their 0.9-quantile',
      'first homology over two elements, exact',
    ];
    context.reserve(holesBytes(2 * Math.min(rows, points)), 'the complex of the rows of both');
    const values: number[] = [];
    let bars: readonly [readonly Bar[], readonly Bar[]] = [[], []];
    for (let draw = 0; draw < draws; draw++) {
      context.progress(draw / draws, `Draw ${draw + 1} of ${draws}`);
      const places = all ? null : context.random.sample(rows, points);
      const [a, b] = [await scaled(x, places, context), await scaled(y, places, context)];
      if (a === null || b === null) {
        const why = 'nine tenths of all distances between the rows drawn are zero in one of them, so it has no scale';
        return { values: { distance: null }, steps, warnings: [...warnings, `Topology divergence: ${why}.`] };
      }
      const both = [holes(joined(a, b), context.signal), holes(joined(b, a), context.signal)] as const;
      if (draw === 0) bars = both;
      values.push((total(both[0]) + total(both[1])) / 2);
    }
    const mean = values.reduce((sum, value) => sum + value, 0) / draws;
    const sd = Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / Math.max(1, draws - 1));
    return {
      values: { distance: mean },
      figures: [figure([x, y], bars)],
      steps: draws > 1 ? [...steps, `standard deviation over draws ${inWords(sd)}`] : steps,
      reading: `Parts that join earlier in one of the spaces add up to a difference of ${inWords(mean)}, in units of a large distance, for ${Math.min(rows, points)} rows; 0 would be the same joining of rows at every scale, and only other pairs, or random pairings, tell what is small.`,
      warnings,
    } satisfies Outcome;
  },
});

/** All distances over the 0.9-quantile of all n² of them; null where that is zero. */
async function scaled(
  { matrix }: Representation,
  places: Int32Array | null,
  { signal }: Context,
): Promise<Matrix<Float64Array> | null> {
  signal.throwIfAborted();
  const taken = places === null ? matrix : matrix.takeRows(places);
  const n = taken.rows;
  const pairs = await condensed(inRange(taken), 'euclidean', { signal });
  const out = Matrix.zeros(n, n);
  for (let i = 0, k = 0; i < n; i++)
    for (let j = i + 1; j < n; j++, k++) out.data[i * n + j] = out.data[j * n + i] = pairs[k] as number;
  const scale = quantile(out.data.slice().sort(), 0.9);
  if (!(scale > 0)) return null;
  for (let k = 0; k < out.data.length; k++) out.data[k] = (out.data[k] as number) / scale;
  return out;
}

/** Two copies of the rows: all of the first at one point, A between the copies, within the second the smaller of A and B. */
function joined(a: Matrix, b: Matrix): Matrix<Float64Array> {
  const n = a.rows;
  const out = Matrix.zeros(2 * n, 2 * n);
  for (let i = 0; i < n; i++)
    for (let j = 0; j < n; j++) {
      out.data[i * 2 * n + n + j] = out.data[(n + j) * 2 * n + i] = a.at(i, j);
      out.data[(n + i) * 2 * n + n + j] = Math.min(a.at(i, j), b.at(i, j));
    }
  return out;
}

function total(bars: readonly Bar[]): number {
  return bars.reduceRight((sum, { birth, death }) => sum + (death - birth), 0);
}

function figure([x, y]: readonly Representation[], bars: readonly [readonly Bar[], readonly Bar[]]): Figure {
  const series = (name: string, of: readonly Bar[]) => ({
    name,
    x: of.map((_, i) => i + 1),
    y: of.map(({ birth, death }) => digits6(death - birth)),
  });
  return {
    id: 'bars',
    kind: 'line',
    title: 'What joins earlier in one space',
    caption:
      'For each bar, how much the distance grows between the joining of a part in the one space and in the other, the longest first, in the first draw; the value is half the sum of both curves.',
    x: { label: 'bar, by length' },
    y: { label: 'length of the bar' },
    series: [series(`${y?.name} before ${x?.name}`, bars[0]), series(`${x?.name} before ${y?.name}`, bars[1])],
  };
}
