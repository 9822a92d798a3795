import type { PointLabels, Scatter } from '../../src/protocol/figures';

/** A scatter without the points that are hidden; its caption says so, and that it is turned. */
export function exportable(figure: Scatter, shown: (point: number) => boolean, turned: boolean): Scatter {
  const { rows, names, labels, panels, caption } = figure;
  const places = [...rows.keys()].filter(shown);
  const notes = [
    ...(caption ? [caption] : []),
    ...(turned
      ? ['Three dimensions, seen from a side in parallel projection, on a scale on which the farthest point is at 1.']
      : []),
    ...(places.length < rows.length ? [`Shown: ${places.length} of ${rows.length} points.`] : []),
  ];
  const taken = <T>(list: readonly T[]): readonly T[] =>
    places.length === list.length ? list : places.map((place) => list[place] as T);
  return {
    ...figure,
    ...(notes.length > 0 && { caption: notes.join(' ') }),
    rows: taken(rows),
    panels: panels.map((panel) => ({
      ...panel,
      ...(turned && { x: { label: 'to the right' }, y: { label: 'upwards' } }),
      ...{ xs: taken(panel.xs), ys: taken(panel.ys) },
    })),
    ...(names && { names: taken(names) }),
    ...(labels && { labels: labelsAt(labels, taken) }),
  };
}

function labelsAt(labels: PointLabels, taken: <T>(list: readonly T[]) => readonly T[]): PointLabels {
  return labels.kind === 'category'
    ? { ...labels, index: taken(labels.index) }
    : { ...labels, values: taken(labels.values) };
}
