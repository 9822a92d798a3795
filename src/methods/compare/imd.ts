import { z } from 'zod';
import { heatTrace } from '../../linalg/heat-trace';
import type { Figure } from '../../protocol/figures';
import { type Context, defineMethod, type Outcome, type Representation } from '../method';
import { digits6 } from '../shared/image';
import { kept, neighboursOf } from '../shared/kept';
import { scorePairs } from '../shared/pairs';
import { inWords } from '../shared/reading';
import { originOf } from '../shared/reordered';
import { duplicateRows, fewRows } from '../shared/warnings';
import { symmetrised } from '../transform/neighbour-graph';
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
/** Traces are 1 at most: no further apart than this, they differ by the order of the sums. */
const ROUNDING = 8 * Number.EPSILON;

export const imd = defineMethod({
  id: 'imd',
  kind: 'compare',
  title: 'Intrinsic multi-scale distance',
  summary: 'Compares how heat spreads over the neighbour graphs of the two spaces, at all scales at once.',
  blindTo:
    'blind to which row is which: it compares shapes, not the places of samples, and random pairings change nothing; small values have no chance level',
  takes: 'pair',
  parameters,
  values: [{ key: 'distance', title: 'Multi-scale distance (millionths)', range: [0, null], better: 'lower', self: 0 }],
  invariances: ['permutation', 'orthogonal', 'scaling', 'translation', 'sign'],
  symmetric: true,
  cost: 'O(n² (p + q + k)) for k neighbours',
  formula:
    '10⁶ max_t e^(-2 (t + 1/t)) |h(t; X) - h(t; Y)|, h = tr e^(-tL) / n, L the normalised Laplacian of the graph that joins rows of which either is among the k nearest (Euclidean) of the other; exact traces, 256 times t from 0.1 to 10, evenly by their logarithms',
  tex: String.raw`10^6 \max_t\, e^{-2(t + 1/t)} \left|h_X(t) - h_Y(t)\right|, \qquad h(t) = \tfrac1n \operatorname{tr} e^{-t\mathcal L}`,
  citation:
    'Tsitsulin, Munkhoeva, Mottin, Karras, Bronstein, Oseledets, Müller (2020). The shape of data: intrinsic distance for data distributions. ICLR. arXiv:1905.11141',
  async run(inputs, { neighbours: k }, context) {
    const [x, y] = inputs as [Representation, Representation];
    const rows = x.matrix.rows;
    const warnings = [...duplicateRows(x), ...duplicateRows(y), ...fewRows(rows)];
    const steps = [
      `graphs of ${k} nearest rows (Euclidean), symmetrised`,
      'exact traces of the heat kernels',
      'float64',
    ];
    if (k >= rows) return { values: { distance: null }, steps, warnings: [...warnings, tooFewRows(k, rows)] };
    const [a, b] = [await traceOf(x, k, context), await traceOf(y, k, context)];
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
      async (input) => (k >= n ? null : traceOf(input, k, context)),
      (a, b) =>
        a === null || b === null ? { value: null, warning: tooFewRows(k, n) } : { value: distanceOf(a, b).value },
    );
  },
});

/** tr e^(-tL) / n at each of the times. */
async function traceOf({ name, matrix: given }: Representation, k: number, context: Context): Promise<Float64Array> {
  // The order of the rows does not matter, but to rounding.
  const matrix = originOf(given)?.of ?? given;
  return kept(context, matrix, `heat traces, ${k} neighbours`, 8 * TIMES.length, () =>
    tracesOf({ name, matrix }, k, context),
  );
}

async function tracesOf({ name, matrix }: Representation, k: number, context: Context): Promise<Float64Array> {
  context.progress(null, `Neighbour graph of ${name}`);
  context.reserve(8 * matrix.rows * (8 * k + 20), 'the neighbour graph');
  const { indices } = await neighboursOf(matrix, k, 'euclidean', { ...context, progress: () => {} });
  context.progress(null, `Heat on the graph of ${name}`);
  const graph = symmetrised({ n: matrix.rows, k, indices }, new Float64Array(indices.length).fill(1), () => 1);
  return heatTrace(graph, TIMES, context.signal);
}

function distanceOf(a: Float64Array, b: Float64Array): { value: number; time: number } {
  let best = { value: 0, time: 1 };
  for (const [i, t] of TIMES.entries()) {
    const apart = Math.abs((a[i] as number) - (b[i] as number));
    const value = apart > ROUNDING ? UNIT * Math.exp(-2 * (t + 1 / t)) * apart : 0;
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
