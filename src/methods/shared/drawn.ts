import { count } from '../../protocol/words';
import type { Context, Labels, Representation, Rows } from '../method';

/** Rows of which figures are drawn where not all pairs of rows are held. */
export const DRAWN = 1000;

/** The same rows of each input, at most 1,000, drawn by the seed, with a context of theirs and the words for captions. */
export function drawnInputs(inputs: readonly Representation[], context: Context) {
  const all = inputs[0]?.matrix.rows ?? 0;
  if (all <= DRAWN) return { inputs, context, note: '' };
  const places = context.random.sample(all, DRAWN).sort();
  return {
    inputs: inputs.map(({ name, matrix }) => ({ name, matrix: matrix.takeRows(places) })),
    context: { ...context, rows: rowsAt(context.rows, places) },
    note: ` Drawn: ${count(places.length)} of ${count(all)} rows, chosen at random.`,
  };
}

function rowsAt({ index, names, labels }: Rows, places: Int32Array): Rows {
  return {
    index: places.map((place) => index[place] as number),
    ...(names && { names: Array.from(places, (place) => names[place] as string) }),
    ...(labels && { labels: labelsAt(labels, places) }),
  };
}

function labelsAt(labels: Labels, places: Int32Array): Labels {
  return labels.kind === 'category'
    ? { ...labels, index: places.map((place) => labels.index[place] as number) }
    : { ...labels, values: Float64Array.from(places, (place) => labels.values[place] as number) };
}
