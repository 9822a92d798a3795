import type { PointLabels, Scatter } from '../../protocol/figures';
import { count } from '../../protocol/words';
import type { Context, Labels } from '../method';

/** More points than this are not light to carry, in a figure that is one of several. */
const POINTS = 10_000;
/** The same where the figure is what the method is for. */
export const MAPPED = 1_000_000;

/** The rows that a scatter draws: all, or a seeded sample of them in their order, and the words for the caption. */
export function drawnRows(
  { random }: Pick<Context, 'random'>,
  rows: number,
  most = POINTS,
): { rows: Int32Array; note: string } {
  const note = rows <= most ? '' : ` Drawn: ${count(most)} of ${count(rows)} rows, chosen at random.`;
  return { rows: random.atMost(rows, most), note };
}

/** What a scatter says of its points: their rows in the files, names and labels. `drawn` are positions among the rows in use. */
export function pointsOf(
  { rows }: Pick<Context, 'rows'>,
  drawn: Int32Array,
): Pick<Scatter, 'rows' | 'names' | 'labels'> {
  const { index, names, labels } = rows;
  return {
    rows: Array.from(drawn, (i) => index[i] ?? i),
    ...(names ? { names: Array.from(drawn, (i) => names[i] ?? '') } : {}),
    ...(labels ? { labels: labelsOf(labels, drawn) } : {}),
  };
}

function labelsOf(labels: Labels, drawn: Int32Array): PointLabels {
  if (labels.kind === 'category') {
    const { kind, name, categories, index } = labels;
    return { kind, name, categories, index: Array.from(drawn, (i) => index[i] ?? -1) };
  }
  const { kind, name, values } = labels;
  const number = (i: number) => {
    const value = values[i] ?? Number.NaN;
    return Number.isFinite(value) ? value : null;
  };
  return { kind, name, values: Array.from(drawn, number) };
}
