import type { Matrix } from '../../linalg/matrix';
import { multiply } from '../../linalg/products';
import type { Line, Scatter } from '../../protocol/figures';
import type { Context } from '../method';
import { digits6 } from '../shared/image';
import { axisLabel, type Principal } from '../shared/pca';
import { drawnRows, pointsOf } from '../shared/points';
import { inWords } from '../shared/reading';
import type { Spectrum } from './spectrum';

/** The rows of a centred representation in its principal plane. */
export async function principalPlane(
  name: string,
  centred: Matrix,
  principal: Principal,
  sampled: string,
  context: Context,
): Promise<Scatter> {
  const { rows, note } = drawnRows(context, centred.rows);
  const plane = await multiply(centred.takeRows(rows), principal.axes, context);
  const along = (axis: number) =>
    Array.from(rows, (_, i) => (axis < plane.columns ? Number(plane.at(i, axis).toPrecision(6)) : 0));
  return {
    id: 'principal-plane',
    kind: 'scatter',
    title: 'Principal plane',
    caption: `Each point is a row, seen along the two directions that vary most. Distances in the plane leave out every other direction.${sampled}${note}`,
    panels: [
      {
        title: name,
        x: { label: axisLabel(principal, 0) },
        y: { label: axisLabel(principal, 1) },
        xs: along(0),
        ys: along(1),
      },
    ],
    ...pointsOf(context, rows),
  };
}

/** Singular values relative to the largest. */
export function spectrumLine({ singular, rank, participation, effective }: Spectrum, sampled: string): Line {
  const largest = singular[0] ?? 1;
  const dimension =
    participation === null || effective === null
      ? ''
      : ` The variance is spread as over ${inWords(participation)} equal directions (participation ratio); by the entropy of the singular values, over ${inWords(effective)}.`;
  return {
    id: 'spectrum',
    kind: 'line',
    title: 'Singular values',
    caption: `Of the centred representation, relative to the largest; ${rank} of them are more than rounding.${dimension}${sampled}`,
    x: { label: 'component' },
    y: { label: 'singular value, relative', log: true },
    series: [
      {
        name: 'singular values',
        x: Array.from(singular, (_, i) => i + 1),
        y: Array.from(singular, (value) => digits6(value / largest)),
      },
    ],
  };
}

/** How long rows are: counts in equal bins from the shortest to the longest. */
export function normDistribution(norms: Float64Array): Line {
  const least = norms.reduce((low, value) => Math.min(low, value), Infinity);
  const most = norms.reduce((high, value) => Math.max(high, value), 0);
  // Rice's rule.
  const bins = Math.min(40, Math.ceil(2 * Math.cbrt(norms.length)));
  const width = (most - least) / bins;
  const counts = new Array<number>(width > 0 ? bins : 1).fill(0);
  for (const norm of norms) {
    const bin = width > 0 ? Math.min(bins - 1, Math.floor((norm - least) / width)) : 0;
    counts[bin] = (counts[bin] as number) + 1;
  }
  return {
    id: 'row-norms',
    kind: 'line',
    title: 'Length of rows',
    caption: `How many rows have which Euclidean length, in ${counts.length} equal bins from ${least.toPrecision(3)} to ${most.toPrecision(3)}. Measures that see distances are decided by the long rows.`,
    x: { label: 'Euclidean length of the row' },
    y: { label: 'rows' },
    series: [
      { name: 'rows', x: counts.map((_, bin) => Number((least + (bin + 0.5) * width).toPrecision(6))), y: counts },
    ],
  };
}
