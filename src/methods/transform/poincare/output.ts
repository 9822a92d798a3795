import type { Matrix } from '../../../linalg/matrix';
import type { Line, Scatter } from '../../../protocol/figures';
import type { Context } from '../../method';
import { histogram } from '../../shared/histogram';
import { percent } from '../../shared/pca';
import { drawnRows, pointsOf } from '../../shared/points';
import { inWords } from '../../shared/reading';
import type { Projected } from './disc';
import type { Judged } from './judged';

export function scatterOf(
  name: string,
  disc: Matrix<Float64Array>,
  depths: Float64Array,
  c: number,
  radius: Projected['radius'],
  context: Context,
): Scatter {
  const { rows, note } = drawnRows(context, disc.rows);
  const deepest = depths.reduce((most, depth) => Math.max(most, depth), 0) * Math.sqrt(c);
  // Circles a whole number of units apart, five at most.
  const step = Math.max(1, Math.ceil(deepest / 5));
  const rings = Array.from({ length: 5 }, (_, k) => (k + 1) * step).filter((at) => at < deepest + step && at < 14);
  const along = Array.from({ length: disc.columns }, (_, axis) =>
    Array.from(rows, (i) => Number((Math.sqrt(c) * disc.at(i, axis)).toPrecision(6))),
  );
  const deep = disc.columns === 3;
  const sides = deep
    ? ([
        [0, 1],
        [0, 2],
        [1, 2],
      ] as const)
    : ([[0, 1]] as const);
  const label = (axis: number) => `${['first', 'second', 'third'][axis]} direction`;
  const circles = rings.map((at) => Number(Math.tanh(at / 2).toPrecision(6)));
  return {
    ...{ id: 'disc', kind: 'scatter', title: deep ? 'Poincaré ball' : 'Poincaré disc' },
    caption: `Each point is a row; the edge is infinitely far away. Circles are at hyperbolic distances ${rings.join(', ')}${c === 1 ? '' : ` over √${c}`} from the centre. ${radius === 'kept' ? 'The distance of a row from the centre is that in the whole ball, its direction a projection.' : 'Directions that are not seen shorten distances.'}${note}`,
    panels: sides.map(([x, y]) => ({
      ...{ title: name, x: { label: label(x) }, y: { label: label(y) }, xs: along[x] ?? [], ys: along[y] ?? [] },
      disc: circles,
    })),
    ...pointsOf(context, rows),
  };
}

export function depthFigure(depths: Float64Array, name: string): Line {
  return histogram(depths, {
    ...{ id: 'depths', title: 'Depth of rows', x: 'hyperbolic distance from the centre', y: 'rows' },
    caption: `Of ${name} in the ball. A hierarchy has few rows near the centre and many far out; a single hump is a shell, as lengths in many dimensions make.`,
  });
}

export function readingOf(name: string, depths: Float64Array, { kept, shepard }: Judged, variance: number): string {
  const sorted = depths.toSorted();
  const at = (share: number) => inWords(sorted[Math.floor(share * (sorted.length - 1))] as number);
  const seen =
    kept === null || shepard === null
      ? ''
      : ` On the disc ${percent(kept)} of the nearest rows of a row are kept, and distances correlate at ${inWords(shepard)}: ${shepard > 0.8 ? 'it shows most of the ball' : shepard > 0.4 ? 'it shows a part of the ball' : 'what is near on it may be far apart'}.`;
  return `Rows of ${name} lie between ${at(0.05)} and ${at(0.95)} from the centre (nine of ten), with a variance of ${inWords(variance)}.${seen}`;
}
