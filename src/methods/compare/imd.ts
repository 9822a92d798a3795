import { z } from 'zod';
import { symmetricEigenvalues } from '../../linalg/eigen';
import { Matrix } from '../../linalg/matrix';
import type { Figure } from '../../protocol/figures';
import { type Context, defineMethod, type Outcome, type Representation } from '../method';
import { digits6 } from '../shared/image';
import { neighboursOf } from '../shared/kept';
import { scorePairs } from '../shared/pairs';
import { inWords } from '../shared/reading';
import { duplicateRows, fewRows } from '../shared/warnings';
import { tooFewRows } from './neighbour-parameters';

const parameters = z.object({
  neighbours: z.int().min(1).max(1000).default(5).meta({
    title: 'Neighbours',
    description: 'Of each row in the graph that stands for the shape of the space.',
  }),
});

/** Times at which heat is compared: 256, evenly spaced in the logarithm from 0.1 to 10. */
const TIMES = Array.from({ length: 256 }, (_, i) => 10 ** (-1 + (2 * i) / 255));
/** The published code reports millionths. */
const UNIT = 1e6;

export const imd = defineMethod({
  id: 'imd',
  kind: 'compare',
  title: 'Intrinsic multi-scale distance',
  summary: 'Compares how heat spreads over the neighbour graphs of the two spaces, at all scales at once.',
  blindTo:
    'blind to which row is which: it compares shapes, not the places of samples; small values have no chance level',
  takes: 'pair',
  parameters,
  values: [{ key: 'distance', title: 'Multi-scale distance (millionths)', range: [0, null], better: 'lower', self: 0 }],
  invariances: ['permutation', 'orthogonal', 'scaling', 'translation', 'sign'],
  symmetric: true,
  cost: 'O(n² (p + q) + n³)',
  formula:
    '10⁶ max_t e^(-2 (t + 1/t)) |h(t; X) - h(t; Y)|, h = tr e^(-tL) / n, L the normalised Laplacian of the symmetrised graph of k nearest rows; exact eigenvalues, 256 times t from 0.1 to 10',
  tex: String.raw`10^6 \max_t\, e^{-2(t + 1/t)} \left|h_X(t) - h_Y(t)\right|, \qquad h(t) = \tfrac1n \operatorname{tr} e^{-t\mathcal L}`,
  citation:
    'Tsitsulin, Munkhoeva, Mottin, Karras, Bronstein, Oseledets, Müller (2020). The shape of data: intrinsic distance for data distributions. ICLR. arXiv:1905.11141',
  async run(inputs, { neighbours: k }, context) {
    const [x, y] = inputs as [Representation, Representation];
    const rows = x.matrix.rows;
    const warnings = [...duplicateRows(x), ...duplicateRows(y), ...fewRows(rows)];
    const steps = [
      `graphs of ${k} nearest rows (Euclidean), symmetrised`,
      'all eigenvalues of the Laplacians',
      'float64',
    ];
    if (k >= rows) return { values: { distance: null }, steps, warnings: [...warnings, tooFewRows(k, rows)] };
    const [a, b] = [await heatTrace(x, k, context), await heatTrace(y, k, context)];
    const { value, time } = distanceOf(a, b);
    return {
      values: { distance: value },
      figures: [traces([x, y], [a, b])],
      steps,
      reading: `The shapes of the two spaces differ by ${inWords(value)} millionths, most at scale t = ${inWords(time)}; 0 would be the same neighbour graph up to the names of its rows, and only other pairs tell what is small.`,
      warnings,
    } satisfies Outcome;
  },
  sweep(rows, columns, { neighbours: k }, context) {
    const n = rows[0]?.matrix.rows ?? 0;
    return scorePairs(
      rows,
      columns,
      context,
      async (input) => (k >= n ? null : heatTrace(input, k, context)),
      (a, b) =>
        a === null || b === null ? { value: null, warning: tooFewRows(k, n) } : { value: distanceOf(a, b).value },
    );
  },
});

/** tr e^(-tL) / n at each of the times. */
async function heatTrace({ name, matrix }: Representation, k: number, context: Context): Promise<Float64Array> {
  const n = matrix.rows;
  context.progress(null, `Neighbour graph of ${name}`);
  context.reserve(8 * 3 * n * n, 'the Laplacian of the neighbour graph');
  const { indices } = await neighboursOf(matrix, k, 'euclidean', { ...context, progress: () => {} });
  const laplacian = Matrix.zeros(n, n);
  for (let i = 0; i < n; i++)
    for (let place = 0; place < k; place++) {
      const j = indices[i * k + place] as number;
      laplacian.data[i * n + j] = laplacian.data[j * n + i] = 1;
    }
  const degrees = Float64Array.from({ length: n }, (_, i) => laplacian.row(i).reduce((sum, edge) => sum + edge, 0));
  for (let i = 0; i < n; i++)
    for (let j = 0; j < n; j++) {
      const edge = laplacian.data[i * n + j] as number;
      const scaled = edge / Math.sqrt((degrees[i] as number) * (degrees[j] as number));
      laplacian.data[i * n + j] = i === j ? 1 : -scaled;
    }
  const values = await symmetricEigenvalues(laplacian, { signal: context.signal });
  return Float64Array.from(TIMES, (t) => values.reduce((sum, value) => sum + Math.exp(-t * value), 0) / n);
}

function distanceOf(a: Float64Array, b: Float64Array): { value: number; time: number } {
  let best = { value: 0, time: 1 };
  for (const [i, t] of TIMES.entries()) {
    const value = UNIT * Math.exp(-2 * (t + 1 / t)) * Math.abs((a[i] as number) - (b[i] as number));
    if (value > best.value) best = { value, time: t };
  }
  return best;
}

function traces(inputs: readonly Representation[], lists: readonly Float64Array[]): Figure {
  return {
    id: 'heat-traces',
    kind: 'line',
    title: 'How heat spreads over the neighbour graphs',
    caption:
      'The share of heat that is still where it was after time t. Short times see single neighbourhoods, long ones the parts of the whole.',
    x: { label: 'time t', log: true },
    y: { label: 'heat trace' },
    series: inputs.map(({ name }, i) => ({
      name,
      x: TIMES.map((t) => Number(t.toPrecision(6))),
      y: Array.from(lists[i] as Float64Array, digits6),
    })),
  };
}
