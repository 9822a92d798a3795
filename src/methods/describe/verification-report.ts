import type { Heatmap, Line } from '../../protocol/figures';
import type { Cell, Table } from '../../protocol/result';
import type { Context } from '../method';
import type { Classes } from '../shared/classes';
import { digits6, heatmapPanel, poolingNote } from '../shared/image';
import { percent } from '../shared/pca';
import { LISTED } from '../shared/row-table';
import type { RowPairs } from './pairs-of-rows';
import type { Curve } from './verification-curve';

/** Points of a drawn curve. */
const POINTS = 400;
const BINS = 60;

/** The pairs that a threshold gets wrong first. */
export function hardestTable(
  title: string,
  { a, b, distances, same }: RowPairs,
  order: Uint32Array,
  kind: 0 | 1,
  { of, names: classes, label }: Classes,
  { rows }: Pick<Context, 'rows'>,
): Table {
  const found: number[] = [];
  for (let k = 0; k < order.length && found.length < LISTED; k++) {
    const pair = order[kind === 1 ? order.length - 1 - k : k] as number;
    if (same[pair] === kind) found.push(pair);
  }
  const { index, names } = rows;
  const side = (i: number): Cell[] => [
    index[i] ?? i,
    ...(names ? [names[i] ?? null] : []),
    classes[of[i] as number] ?? null,
  ];
  const head = (which: string) => [`row${which}`, ...(names ? [`name${which}`] : []), `${label}${which}`];
  return {
    title,
    columns: [...head(' a'), ...head(' b'), 'squared distance'],
    rows: found.map((pair) => [...side(a[pair] as number), ...side(b[pair] as number), distances[pair] as number]),
  };
}

/** The share of right pairs that pass against that of wrong ones, on a logarithmic axis. */
export function rocFigure(
  { val, far }: Curve,
  { auc, eer, far: rate, val: at }: { auc: number; eer: number; far: number; val: number },
): Line {
  const steps: number[] = [];
  const least = far.find((share) => share > 0) ?? 1;
  // Evenly spaced on the axis as it is drawn.
  for (let k = 0, next = least; k < far.length; k++) {
    const last = k === far.length - 1;
    if ((far[k] as number) < next && !last) continue;
    steps.push(k);
    next = (far[k] as number) * (1 / least) ** (1 / POINTS);
  }
  return {
    ...{ id: 'roc', kind: 'line', title: 'Right and wrong pairs that pass' },
    caption: `Validation rate against false accept rate as the threshold rises: area ${auc.toFixed(4)}, equal error ${percent(eer)}, validation rate ${percent(at)} at ${rate}.`,
    x: { label: 'false accept rate', log: true },
    y: { label: 'validation rate', domain: [0, 1] },
    series: [
      { name: 'pairs', x: steps.map((k) => short(far[k])), y: steps.map((k) => short(val[k])) },
      { name: 'chance', x: steps.map((k) => short(far[k])), y: steps.map((k) => short(far[k])), dashed: true },
    ],
    references: [{ y: short(at), label: `at ${rate}` }],
  };
}

/** How far apart pairs of one class are, and pairs of two. */
export function distancesFigure({ distances, same }: RowPairs, threshold: number | null): Line {
  let [least, most] = [Infinity, 0];
  for (const distance of distances) [least, most] = [Math.min(least, distance), Math.max(most, distance)];
  const width = (most - least) / BINS || 1;
  const counts = [new Float64Array(BINS), new Float64Array(BINS)];
  for (const [k, distance] of distances.entries()) {
    const of = counts[same[k] as number] as Float64Array;
    const bin = Math.min(BINS - 1, Math.floor((distance - least) / width));
    of[bin] = (of[bin] as number) + 1;
  }
  const line = (kind: 0 | 1, name: string) => {
    const of = counts[kind] as Float64Array;
    const all = of.reduce((sum, count) => sum + count, 0);
    return {
      name,
      x: Array.from(of, (_, bin) => short(least + (bin + 0.5) * width)),
      y: Array.from(of, (count) => short(count / all)),
    };
  };
  return {
    ...{ id: 'distances', kind: 'line', title: 'How far apart pairs are' },
    caption: `Share of the pairs of each kind in ${BINS} equal bins of the squared distance.${threshold === null ? '' : ` ${threshold.toPrecision(4)} separates them best.`} Where the curves overlap no threshold is right.`,
    x: { label: 'squared distance' },
    y: { label: 'share of pairs' },
    series: [line(1, 'one class'), line(0, 'two classes')],
  };
}

/** Which classes are taken for one another. */
export function acceptedByClass(
  { a, b, distances }: RowPairs,
  { names, of, label }: Classes,
  threshold: number,
): Heatmap {
  const size = names.length;
  const [all, accepted] = [new Float64Array(size * size), new Float64Array(size * size)];
  for (const [k, i] of a.entries()) {
    const [x, y] = [of[i] as number, of[b[k] as number] as number];
    for (const cell of x === y ? [x * size + y] : [x * size + y, y * size + x]) {
      all[cell] = (all[cell] as number) + 1;
      if ((distances[k] as number) <= threshold) accepted[cell] = (accepted[cell] as number) + 1;
    }
  }
  const at = (i: number, j: number) => {
    const cell = i * size + j;
    return all[cell] === 0 ? Number.NaN : (accepted[cell] as number) / (all[cell] as number);
  };
  const side = { label, name: (k: number) => names[k] ?? '' };
  return {
    ...{ id: 'accepted', kind: 'heatmap', title: 'Which classes pass for one another' },
    caption: `Share of the pairs of a row of one class and a row of the other that are no farther apart than ${threshold.toPrecision(4)} (squared). On the diagonal right pairs, beside it wrong ones.${poolingNote(size, size, 'mean')}`,
    panels: [heatmapPanel('', { rows: size, columns: size, at }, side, side, 'mean')],
    scale: { label: 'share accepted', kind: 'sequential', domain: [0, 1] },
  };
}

function short(value: number | undefined): number {
  return digits6(value ?? 0) ?? 0;
}
