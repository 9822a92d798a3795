import { z } from 'zod';
import { centreColumns, columnMeans, rowNorms } from '../../linalg/centre';
import { Matrix } from '../../linalg/matrix';
import { dot } from '../../linalg/norms';
import { crossProduct, multiply } from '../../linalg/products';
import { svd } from '../../linalg/svd';
import type { Cell } from '../../protocol/result';
import { type Context, defineMethod, type Outcome, type Representation } from '../method';
import { ranged, rangeExponent } from '../shared/centred';
import { type Classes, classesOf, placesByClass } from '../shared/classes';
import { welchBound } from '../shared/equiangular';
import { heatmapPanel, poolingNote } from '../shared/image';
import { inWords } from '../shared/reading';

export const classGeometry = defineMethod({
  id: 'class-geometry',
  kind: 'describe',
  title: 'Class geometry and neural collapse',
  summary:
    'How far class means are from the corners of a regular simplex, and how much rows scatter about the mean of their class.',
  blindTo: 'sees class means and covariances only; classes of several clusters look scattered',
  takes: 'one',
  labels: 'required',
  parameters: z.object({}),
  values: [
    { key: 'mean-cosine', title: 'Mean cosine of two centred class means', range: [-1, 1] },
    { key: 'simplex', title: 'That of a regular simplex', range: [-1, 0] },
    { key: 'cosine-sd', title: 'Spread of these cosines', range: [0, 1] },
    { key: 'coherence', title: 'Largest |cosine|', range: [0, 1] },
    { key: 'welch', title: 'Least coherence there can be (Welch)', range: [0, 1] },
    { key: 'equinorm', title: 'Spread of the lengths of class means over their mean', range: [0, null] },
    { key: 'collapse', title: 'Scatter within classes by that between (NC1)', range: [0, null] },
    { key: 'nearest-mean', title: 'Rows nearer to the mean of their class than to others', range: [0, 1] },
  ],
  invariances: ['permutation', 'orthogonal', 'scaling', 'translation', 'sign'],
  symmetric: false,
  cost: 'O(n p (p + K)) for K classes',
  formula:
    'm_c: class means less their mean, classes weighing the same. Cosines of m_a and m_b against -1 / (K - 1); coherence = max |cos|, at least √((K - d) / (d (K - 1))) where K > d, otherwise 0; spreads and covariances are divided by the number, not by one less; NC1 = tr(Σ_W Σ_B⁺) / K, Σ_W the covariance of rows about the mean of their class, Σ_B the mean over classes of m_c m_cᵀ',
  tex: String.raw`\cos(m_a, m_b) \to \frac{-1}{K-1}, \qquad \mathrm{NC1} = \frac1K \operatorname{tr}\big(\Sigma_W \Sigma_B^{+}\big)`,
  citation:
    'Papyan, Han, Donoho (2020). Prevalence of neural collapse during the terminal phase of deep learning training. PNAS 117. arXiv:2008.08186; Shen, Sun, Wei (2024). Equiangular basis vectors: a novel paradigm for classification tasks. IJCV',
  async run([input], _, context) {
    const { name, matrix } = ranged(input as Representation);
    const unit = 2 ** rangeExponent((input as Representation).matrix);
    const classes = classesOf(context.rows, matrix.rows, 2);
    const count = classes.names.length;
    context.reserve(8 * (3 * matrix.rows * matrix.columns + 2 * matrix.columns ** 2), 'centred rows and their scatter');
    const rows = matrix.takeRows(classes.rows).toDouble();
    const of = classes.rows.map((place) => classes.of[place] as number);
    const { means, within } = momentsOf(rows, of, classes);
    context.signal.throwIfAborted();
    const lengths = rowNorms(means);
    const squares = new Float64Array(count);
    for (const [i, c] of of.entries()) squares[c] = (squares[c] as number) + dot(within.row(i), within.row(i));
    const scatters = squares.map((square, c) => Math.sqrt(square / (classes.groups[c]?.length ?? 1)));
    const flat = lengths.filter((length) => length === 0).length;
    const found = cosinesOf(means, lengths);
    const average = lengths.reduce((sum, length) => sum + length, 0) / count;
    const spread = Math.sqrt(lengths.reduce((sum, length) => sum + (length - average) ** 2, 0) / count);
    context.progress(0.5, 'Scatter within and between classes');
    const collapse = await collapseOf(means, within, context);
    const ideal = -1 / (count - 1);
    const { columns: d } = matrix;
    const { mean, sd, most, at } = found;
    const side = { label: classes.label, name: (c: number) => classes.names[c] ?? '' };
    const unsure = mean === null || sd === null || most === null || collapse === null;
    return {
      values: {
        'mean-cosine': mean,
        simplex: ideal,
        'cosine-sd': sd,
        coherence: most,
        welch: welchBound(count, d),
        equinorm: average > 0 ? spread / average : null,
        collapse,
        'nearest-mean': nearest(within, of, means),
      },
      tables: {
        classes: {
          title: 'Classes',
          columns: [classes.label, 'rows', 'length of the mean', 'scatter about it'],
          rows: classes.names.map((label, c): Cell[] => {
            const size = classes.groups[c]?.length ?? 0;
            return [label, size, unit * (lengths[c] as number), unit * (scatters[c] as number)];
          }),
        },
      },
      figures: [
        {
          ...{ id: 'means', kind: 'heatmap', title: 'Cosines of class means' },
          caption: `Class means less their mean. In a regular simplex of ${count} classes every two have ${inWords(ideal)}.${poolingNote(count, count, 'mean')}`,
          panels: [heatmapPanel('', { rows: count, columns: count, at }, side, side, 'mean')],
          scale: { label: 'cosine', kind: 'diverging', domain: [-1, 1] },
        },
      ],
      steps: ['less the mean of the class means', `${count} classes of "${classes.label}"`, 'float64'],
      ...(!unsure && {
        reading: `Class means have cosines of ${inWords(mean)} ± ${inWords(sd)} (a regular simplex: ${inWords(ideal)}), and rows scatter about them ${inWords(collapse)} times as much as means differ (NC1): ${collapse < 0.1 && sd < 0.1 ? 'classes have collapsed to points that stand alike' : 'this is no neural collapse'}.`,
      }),
      warnings: [
        ...classes.left,
        ...(flat > 0 ? [`${flat} of ${count} class means of ${name} are the mean of all, and have no direction.`] : []),
        ...(unsure || average === 0 ? ['Class means do not differ, so that some values are empty.'] : []),
      ],
    } satisfies Outcome;
  },
});

/** Class means less their mean, and rows less the mean of their class. */
function momentsOf(rows: Matrix<Float64Array>, of: Int32Array, { names }: Classes) {
  const means = Matrix.zeros(names.length, rows.columns);
  const within = Matrix.zeros(rows.rows, rows.columns);
  for (const [c, places] of placesByClass(of, names.length).entries()) {
    const mean = columnMeans(rows.takeRows(places));
    means.row(c).set(mean);
    for (const i of places) within.row(i).set(rows.row(i).map((value, j) => value - (mean[j] as number)));
  }
  return { means: centreColumns(means), within };
}

function cosinesOf(means: Matrix<Float64Array>, lengths: Float64Array) {
  const at = (i: number, j: number) => {
    const scale = (lengths[i] as number) * (lengths[j] as number);
    return scale > 0 ? Math.max(-1, Math.min(1, dot(means.row(i), means.row(j)) / scale)) : Number.NaN;
  };
  const all: number[] = [];
  for (let i = 0; i < means.rows; i++) for (let j = i + 1; j < means.rows; j++) all.push(at(i, j));
  if (!all.every(Number.isFinite)) return { at, mean: null, sd: null, most: null };
  const mean = all.reduce((sum, value) => sum + value, 0) / all.length;
  const sd = Math.sqrt(all.reduce((sum, value) => sum + (value - mean) ** 2, 0) / all.length);
  return { at, mean, sd, most: all.reduce((most, value) => Math.max(most, Math.abs(value)), 0) };
}

/** tr(Σ_W Σ_B⁺) / K: the squares of the deviations along the directions of the means. Null where there are none. */
async function collapseOf(means: Matrix<Float64Array>, within: Matrix<Float64Array>, context: Context) {
  const { s, v } = await svd(means, context);
  const kept = Array.from(s.keys()).filter(
    (k) => (s[k] as number) > Math.max(means.rows, means.columns) * Number.EPSILON * (s[0] as number) * 16,
  );
  if ((s[0] ?? 0) === 0 || kept.length === 0) return null;
  const scatter = await multiply(within, v.takeColumns(kept), context);
  const products = await crossProduct(scatter, scatter, context);
  // Σ_B has the eigenvalues s² / K.
  return kept.reduce((sum, k, c) => sum + products.at(c, c) / within.rows / (s[k] as number) ** 2, 0);
}

/** Share of the rows that lie nearer to the mean of their class than to any other. */
function nearest(within: Matrix<Float64Array>, of: Int32Array, means: Matrix<Float64Array>): number {
  const right = of.reduce((sum, c, i) => {
    const row = within.row(i);
    const own = dot(row, row);
    for (let k = 0; k < means.rows; k++) {
      if (k === c) continue;
      const [there, here] = [means.row(k), means.row(c)];
      if (row.reduce((total, value, j) => total + (value + (here[j] as number) - (there[j] as number)) ** 2, 0) <= own)
        return sum;
    }
    return sum + 1;
  }, 0);
  return right / of.length;
}
