import type { Analysis } from './analysis';
import type { Figure, PointLabels, Scatter } from './figures';
import type { Result } from './result';

/** Points of a scatter that a document keeps: it is read by people and by programs that compare lines, and loaded whole. */
const KEPT = 10_000;
/** Points of all figures together that are held whole for the page of an analysis. */
const HELD = 3_000_000;

/** The analysis as its document keeps it: of larger scatters a part of the points, which their captions say. */
export function keptAnalysis(analysis: Analysis): Analysis {
  const { results, studies } = analysis;
  if (
    ![...results, ...(studies ?? []).flatMap(({ sections }) => sections)].some(({ figures }) => figures.some(isLarge))
  )
    return analysis;
  return {
    ...analysis,
    results: results.map(keptFigures),
    ...(studies && {
      studies: studies.map((study) => ({ ...study, sections: study.sections.map(keptFigures) })),
    }),
  };
}

/** The same results, of which the older ones are cut down as in a document where all together have too many points. */
export function heldResults(results: readonly Result[], most = HELD): Result[] {
  let points = 0;
  return results
    .toReversed()
    .map((result) => {
      const own = result.figures.reduce((sum, figure) => sum + (isLarge(figure) ? figure.rows.length : 0), 0);
      points += own;
      return own > 0 && points > most ? keptFigures(result) : result;
    })
    .toReversed();
}

function isLarge(figure: Figure): figure is Scatter {
  return figure.kind === 'scatter' && figure.rows.length > KEPT;
}

function keptFigures<T extends { readonly figures: readonly Figure[] }>(item: T): T {
  if (!item.figures.some(isLarge)) return item;
  return { ...item, figures: item.figures.map((figure) => (isLarge(figure) ? thinned(figure) : figure)) };
}

/** One point of each of 10,000 equal stretches of the rows, at a place within it that looks random and is always the same. */
function thinned(figure: Scatter): Scatter {
  const { rows, names, labels, panels, caption } = figure;
  const count = rows.length;
  let state = 0x2545f491;
  const places = Array.from({ length: KEPT }, (_, i) => {
    // Xorshift (Marsaglia 2003).
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return Math.floor(((i + (state >>> 0) / 2 ** 32) * count) / KEPT);
  });
  const taken = <T>(list: readonly T[]): T[] => places.map((place) => list[place] as T);
  const note = `Kept of ${count} points: ${KEPT}, spread over all rows; run again to see all.`;
  return {
    ...figure,
    caption: caption ? `${caption} ${note}` : note,
    rows: taken(rows),
    panels: panels.map((panel) => ({ ...panel, xs: taken(panel.xs), ys: taken(panel.ys) })),
    ...(names && { names: taken(names) }),
    ...(labels && { labels: labelsAt(labels, taken) }),
  };
}

function labelsAt(labels: PointLabels, taken: <T>(list: readonly T[]) => T[]): PointLabels {
  return labels.kind === 'category'
    ? { ...labels, index: taken(labels.index) }
    : { ...labels, values: taken(labels.values) };
}
