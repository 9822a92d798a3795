import { z } from 'zod';
import { scaleOf } from '../../linalg/householder';
import { Matrix } from '../../linalg/matrix';
import { dot, frobeniusSquared } from '../../linalg/norms';
import { crossProduct, multiply } from '../../linalg/products';
import { qr } from '../../linalg/qr';
import { type Svd, svd } from '../../linalg/svd';
import { addScaled, scale } from '../../linalg/vectors';
import type { Table } from '../../protocol/result';
import { type Context, defineMethod, type Outcome, type Representation } from '../method';
import { inOneRange } from '../shared/centred';
import { inWords } from '../shared/reading';
import { sortedLine } from '../shared/sorted-line';
import { constantColumns } from '../shared/warnings';
import { type Conditions, conditionsOf, type Moments, momentsOf } from './conditions';

const parameters = z.object({
  alpha: z.number().min(0).max(2).default(1).meta({
    title: 'α',
    description: '2: means only, plain Procrustes. 1: the Wasserstein distance of Gaussians. 0: covariances only.',
  }),
  restarts: z.int().min(0).max(1000).default(5).meta({
    title: 'Restarts',
    description:
      'The best rotation is found step by step, from the rows as they pair up and from so many random starts.',
  }),
});

/** Steps of one search, and the relative gain below which it ends. */
const STEPS = 500;
const GAIN = 1e-11;

export const stochasticShape = defineMethod({
  id: 'stochastic-shape',
  kind: 'compare',
  title: 'Stochastic shape distance',
  summary:
    'How far apart the responses to the same conditions stay after the best rotation, their noise compared along with their means.',
  blindTo: 'sees noise as its covariance only; needs labels, and several rows of each condition',
  takes: 'pair',
  labels: 'optional',
  parameters,
  values: [{ key: 'distance', title: 'Stochastic shape distance', range: [0, null], better: 'lower', self: 0 }],
  invariances: ['permutation', 'orthogonal', 'translation', 'sign'],
  symmetric: true,
  cost: 'O(m r² (r + p + q) + pq (m r + min(p, q))) for each step of a search, m conditions of r rows each or, where units are fewer, as many',
  formula:
    'd² = min over rotations Q of the mean over conditions of α ‖μᵢ - Qνᵢ‖² + (2 - α) B²(Sᵢ, QTᵢQᵀ), B²(S, T) = tr S + tr T - 2 tr √(√S T √S); the mean of all μᵢ taken off, S over rows - 1; the narrower padded with zeros',
  tex: String.raw`d^2 = \min_{Q^\top Q = I} \frac1m \sum_{i=1}^{m} \alpha\lVert \mu_i - Q\nu_i\rVert^2 + (2-\alpha)\,\mathcal{B}^2(S_i, Q T_i Q^\top)`,
  citation:
    'Duong, Zhou, Nassar, Berman, Olieslagers, Williams (2023). Representational dissimilarity metric spaces for stochastic neural networks. ICLR. arXiv:2211.11665',
  async run(inputs, { alpha, restarts }, context) {
    const [x, y] = inputs as [Representation, Representation];
    const warnings = [...constantColumns(x), ...constantColumns(y)];
    const conditions = conditionsOf(context.rows.labels, x.matrix.rows, 2);
    if (typeof conditions === 'string') {
      return { values: { distance: null }, warnings: [...warnings, `Stochastic shape distance: ${conditions}.`] };
    }
    warnings.push(...conditions.left);
    const { columns: p } = x.matrix;
    const { columns: q } = y.matrix;
    context.reserve(8 * (6 * x.matrix.rows * (p + q) + 6 * p * q), 'means and deviations of the conditions');
    const { x: first, y: second, unit } = inOneRange(x.matrix, y.matrix);
    const [a, b] = [momentsOf(first, conditions), momentsOf(second, conditions)];
    const roots = await rootsOf(a, b, conditions, context);
    const found = await search(a, b, roots, { alpha, restarts }, context);
    const parts = await residuals(a, b, roots, found, context);
    const count = conditions.groups.length;
    const square = parts.reduce((sum, { mean, noise }) => sum + alpha * mean + (2 - alpha) * noise, 0) / count;
    const value = unit * Math.sqrt(square);
    return {
      values: { distance: value },
      tables: { conditions: table(conditions, parts, unit) },
      figures: [
        sortedLine(
          {
            id: 'conditions',
            title: 'How far apart the conditions are',
            caption:
              'Squared distance of the means, and of the covariances (Bures), of each condition after the best rotation.',
            of: 'conditions',
            y: { label: 'squared distance' },
          },
          [
            { name: 'means', values: parts.map(({ mean }) => unit * unit * mean) },
            { name: 'noise', values: parts.map(({ noise }) => unit * unit * noise) },
          ],
        ),
      ],
      steps: [
        `${count} conditions by ${context.rows.labels?.name}`,
        'their common mean taken off; covariances over rows - 1',
        `${restarts + 1} searches`,
        'float64',
      ],
      reading: `After the best rotation the responses of the two spaces to the same condition are ${inWords(value)} apart, means and noise taken together, in the units of the data; the search may miss a better rotation.`,
      warnings,
    } satisfies Outcome;
  },
});

/** Roots of the covariances of either side, RᵀR, condition after condition. */
interface Roots {
  readonly a: Matrix<Float64Array>;
  readonly b: Matrix<Float64Array>;
  readonly places: Conditions['places'];
}

/** The deviations or, of conditions with more rows than there are units, their triangular factors: turns are of rows by rows. */
async function rootsOf(a: Moments, b: Moments, { places }: Conditions, { signal }: Context): Promise<Roots> {
  const width = Math.max(a.deviations.columns, b.deviations.columns);
  let end = 0;
  const moved = places.map((place) => {
    const start = end;
    end += Math.min(width, place.end - place.start);
    return { start, end };
  });
  const rootOf = async ({ deviations }: Moments) => {
    if (end === deviations.rows) return deviations;
    const out = Matrix.zeros(end, deviations.columns);
    for (const [k, place] of places.entries()) {
      let rows = deviations.slice(place.start, place.end);
      if (rows.rows > width) {
        const scale = scaleOf(rows);
        rows = (await qr(rows, scale, signal)).r.map((value) => value * scale);
      }
      out.data.set(rows.data, (moved[k]?.start ?? 0) * out.columns);
    }
    return out;
  };
  return { a: await rootOf(a), b: await rootOf(b), places: moved };
}

interface Solution {
  /** p x q; its rows or its columns are orthonormal, whichever are fewer. */
  readonly rotation: Matrix<Float64Array>;
  /** For each condition how the rows of its roots are turned into each other. */
  readonly turns: readonly Matrix[];
}

/**
 * Maximises α Σ μᵢᵀQνᵢ + (2 - α) Σ ‖DᵢQEᵢᵀ‖*, with D and E the deviations of rows: convex in Q, so that the polar factor of its
 * gradient is never worse than Q. Random starts flip the signs of rows of deviations, so that rotated data start alike.
 */
async function search(
  a: Moments,
  b: Moments,
  roots: Roots,
  { alpha, restarts }: z.output<typeof parameters>,
  context: Context,
): Promise<Solution> {
  const means = (await crossProduct(a.means, b.means, context)) as Matrix<Float64Array>;
  scale(means.data, alpha);
  let best: (Solution & { readonly gain: number }) | null = null;
  for (let start = 0; start <= restarts; start++) {
    context.progress(start / (restarts + 1), `Search ${start + 1} of ${restarts + 1}`);
    let first = a.deviations;
    let turned = start > 0 ? flipped(b.deviations, context) : b.deviations;
    let last = Number.NEGATIVE_INFINITY;
    for (let step = 0; step < STEPS; step++) {
      context.signal.throwIfAborted();
      const gradient = (await crossProduct(first, turned, context)) as Matrix<Float64Array>;
      scale(gradient.data, 2 - alpha);
      addScaled(gradient.data, means.data, 1);
      const rotation = await polar(await svd(gradient, context));
      const rotated = await multiply(roots.a, rotation, context);
      const turns: Matrix[] = [];
      let gain = dot(rotation.data, means.data);
      for (const { start: from, end } of roots.places) {
        const product = await multiply(rotated.slice(from, end), roots.b.slice(from, end), {
          transposeB: true,
          signal: context.signal,
        });
        const parts = await svd(product, context);
        gain += (2 - alpha) * parts.s.reduceRight((total, value) => total + value, 0);
        turns.push(await polar(parts));
      }
      if (best === null || gain > best.gain) best = { gain, turns, rotation };
      if (gain - last <= GAIN * Math.abs(gain)) break;
      last = gain;
      first = roots.a;
      turned = await turn(roots, turns, context);
    }
    if (alpha === 2) break;
  }
  return best as Solution;
}

function polar({ u, v }: Svd): Promise<Matrix<Float64Array>> {
  return multiply(u, v, { transposeB: true });
}

/** Rows of which each has another sign or not. */
function flipped(rows: Matrix<Float64Array>, { random }: Context): Matrix<Float64Array> {
  const out = new Matrix(rows.data.slice(), rows.rows, rows.columns);
  for (let i = 0; i < out.rows; i++)
    if (random.uniform() < 0.5) for (const [j, value] of out.row(i).entries()) out.row(i)[j] = -value;
  return out;
}

/** The second roots, turned into the first. */
async function turn({ b, places }: Roots, turns: readonly Matrix[], { signal }: Context) {
  const out = Matrix.zeros(b.rows, b.columns);
  for (const [k, { start, end }] of places.entries()) {
    const part = await multiply(turns[k] as Matrix, b.slice(start, end), { signal });
    out.data.set(part.data, start * b.columns);
  }
  return out;
}

interface Part {
  readonly mean: number;
  readonly noise: number;
}

/** Entry by entry, the narrower rotated into the wider: near zero nothing cancels. */
async function residuals(
  a: Moments,
  b: Moments,
  roots: Roots,
  { rotation, turns }: Solution,
  context: Context,
): Promise<Part[]> {
  const turned = await turn(roots, turns, context);
  const wide = rotation.rows >= rotation.columns;
  const { signal } = context;
  const into = (m: Matrix<Float64Array>) => multiply(m, rotation, { transposeB: wide, signal });
  const [means, noise] = wide
    ? [difference(a.means, await into(b.means)), difference(roots.a, await into(turned))]
    : [difference(b.means, await into(a.means)), difference(turned, await into(roots.a))];
  return roots.places.map(({ start, end }, k) => ({
    mean: frobeniusSquared(means.slice(k, k + 1)),
    noise: frobeniusSquared(noise.slice(start, end)),
  }));
}

function table({ names, groups }: Conditions, parts: readonly Part[], unit: number): Table {
  return {
    title: 'Conditions',
    columns: ['condition', 'rows', 'distance of means', 'distance of noise'],
    rows: parts.map(({ mean, noise }, k) => [
      names[k] ?? '',
      groups[k]?.length ?? 0,
      unit * Math.sqrt(mean),
      unit * Math.sqrt(noise),
    ]),
  };
}

function difference(a: Matrix, b: Matrix): Matrix<Float64Array> {
  return a.map((value, k) => value - (b.data[k] as number));
}
