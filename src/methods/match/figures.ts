import type { Matrix } from '../../linalg/matrix';
import type { Heatmap } from '../../protocol/figures';
import { heatmapPanel, poolingNote } from '../shared/image';
import type { UnitNames } from './correlation';

/** The correlations of units as they are in the files, and reordered. Orders are positions in `r`. */
export function correlationMatrices(
  r: Matrix,
  [x, y]: readonly [UnitNames, UnitNames],
  rows: readonly number[],
  columns: readonly number[],
  how: string,
): Heatmap {
  const side = ({ name, kept }: UnitNames) => ({ label: `unit of ${name}`, name: (i: number) => String(kept[i]) });
  return {
    id: 'unit-correlations',
    kind: 'heatmap',
    title: 'Correlation of units, before and after reordering',
    caption: `${how}${poolingNote(r.rows, r.columns, 'largest')}`,
    panels: [
      heatmapPanel('As in the files', r, side(x), side(y), 'largest'),
      heatmapPanel('Reordered', r, { ...side(x), order: rows }, { ...side(y), order: columns }, 'largest'),
    ],
    scale: { label: 'correlation', kind: 'diverging', domain: [-1, 1] },
  };
}

/** `first`, then whatever of 0, 1, ..., count - 1 is not in it, in order. */
export function withTheRest(first: readonly number[], count: number): number[] {
  const seen = new Set(first);
  return [...first, ...Array.from({ length: count }, (_, i) => i).filter((i) => !seen.has(i))];
}
