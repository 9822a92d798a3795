import type { Heatmap } from '../../protocol/figures';
import type { Table } from '../../protocol/result';
import { digits6 } from '../shared/image';
import { inWords } from '../shared/reading';
import type { StitchScores } from '../stitch/pair-scores';

export const stitchKinds = [
  { key: 'relative', title: 'relative' },
  { key: 'absolute', title: 'absolute' },
  { key: 'procrustes', title: 'Procrustes' },
  { key: 'affine', title: 'affine map' },
  { key: 'cca', title: 'CCA' },
] as const;

/** Every space stitched to every other. */
export interface Stitched {
  readonly names: readonly string[];
  /** By the space that is trained on, then the one that is tested, then the kind; null where widths differ. */
  readonly scores: Readonly<Record<string, StitchScores | null>>[][];
  readonly anchors: number;
  readonly tests: number;
  /** Accuracy of always naming the commonest class; null without classes. */
  readonly chance: number | null;
}

type Score = 'accuracy' | 'retrieval' | 'reconstruction';

export function stitchingFigures(stitched: Stitched): Heatmap[] {
  const { chance, tests } = stitched;
  const figures: Heatmap[] = [];
  if (chance !== null) {
    figures.push({
      ...panelsOf(stitched, 'accuracy'),
      id: 'stitching',
      title: 'Accuracy of stitched heads',
      caption: `A head is trained on the space of a row and tested on ${tests} other rows in the space of a column; the diagonal is the space itself. Procrustes, affine map and CCA bring the column's space into the row's by ${stitched.anchors} pairs of anchors, also the space into itself, and use the head on absolute coordinates.`,
      scale: { label: 'accuracy', kind: 'sequential', domain: [0, 1], chance },
    });
  }
  figures.push(
    {
      ...panelsOf(stitched, 'retrieval'),
      id: 'retrieval',
      title: 'Retrieval between spaces',
      caption:
        "Mean reciprocal rank of each test row of a column's space among those of the row's, by cosine: 1 where every row finds itself first.",
      scale: { label: 'mean reciprocal rank', kind: 'sequential', domain: [0, 1] },
    },
    {
      ...panelsOf(stitched, 'reconstruction'),
      id: 'reconstruction',
      title: 'Reconstruction from another space',
      caption:
        "Share of the variance of the row's space that is got back from the column's, on test rows: relative by a decoder trained on the row's space alone, the others by their map, which may lose some of the space itself where anchors are few. Values below −1 have the colour of −1; the table has them in full.",
      scale: { label: 'variance got back', kind: 'diverging', domain: [-1, 1] },
    },
  );
  return figures;
}

function panelsOf({ names, scores }: Stitched, score: Score): Pick<Heatmap, 'kind' | 'panels'> {
  const used = stitchKinds.filter(({ key }) => scores.some((line) => line.some((cell) => cell[key]?.[score] != null)));
  return {
    kind: 'heatmap',
    panels: used.map(({ key, title }) => ({
      title,
      rows: { label: score === 'accuracy' ? 'trained on' : 'into', ticks: names },
      columns: { label: score === 'accuracy' ? 'tested on' : 'from', ticks: names },
      shape: [names.length, names.length] as const,
      values: scores.flatMap((line) =>
        line.map((cell) => {
          const value = cell[key]?.[score];
          return value == null ? null : digits6(value);
        }),
      ),
    })),
  };
}

/** A line for each ordered pair of spaces. */
export function stitchingTable({ names, scores }: Stitched): Table {
  const list: readonly Score[] = ['accuracy', 'retrieval', 'reconstruction'];
  const columns = list.flatMap((score) => stitchKinds.map(({ key }) => `${key} ${score}`));
  return {
    title: 'Stitching',
    columns: ['trained on', 'tested on', ...columns],
    rows: names.flatMap((trained, i) =>
      names.map((tested, j) => [
        trained,
        tested,
        ...list.flatMap((score) => stitchKinds.map(({ key }) => scores[i]?.[j]?.[key]?.[score] ?? null)),
      ]),
    ),
  };
}

export function stitchingReading(stitched: Stitched, values: Readonly<Record<string, number | null>>): string {
  const { anchors, tests, chance, scores } = stitched;
  const told = (key: string) => (values[key] == null ? null : inWords(values[key] as number));
  if (chance === null) {
    return `By ${anchors} anchors, test rows find themselves in another space with a mean reciprocal rank of ${told('relative-retrieval')}${told('absolute-retrieval') === null ? '' : `, ${told('absolute-retrieval')} by absolute coordinates`}. Without classes as labels nothing was trained.`;
  }
  const exchanged = scores.some((line, i) => line.some((cell, j) => i !== j && cell.absolute));
  const none = exchanged
    ? 'there is no mean with absolute coordinates, as the widths differ'
    : 'absolute coordinates cannot be exchanged';
  const absolute = told('absolute') === null ? none : `${told('absolute')} with absolute coordinates`;
  return `A head trained on one space's similarities to ${anchors} anchors is right on ${told('relative')} of ${tests} test rows in another space without further training, ${told('relative-own')} in its own; ${absolute}; always naming the commonest class is right on ${inWords(chance)}. It says what this head can use, not that the spaces agree in everything else.`;
}
