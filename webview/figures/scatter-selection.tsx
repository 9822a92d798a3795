import { useEffect, useMemo, useState } from 'preact/hooks';
import type { Scatter } from '../../src/protocol/figures';
import { exportTable, useFiles } from '../context';
import { count, plural } from '../format';
import { PointTable } from '../point-table';
import { pointColumns, pointTable, type RowColumn } from './row-facts';

interface SelectionProps {
  readonly figure: Scatter;
  readonly selection: ReadonlySet<number>;
  readonly columns: readonly RowColumn[];
  onSelect(rows: ReadonlySet<number>): void;
}

/** How many rows of this figure are selected, and what can be done with them: seen as a table, kept in a file, let go. */
export function ScatterSelection({ figure, selection, columns, onSelect }: SelectionProps) {
  const files = useFiles();
  const [listed, setListed] = useState<Uint32Array | null>(null);
  const { rows } = figure;
  const points = useMemo(() => pointsIn(rows, selection), [rows, selection]);
  const all = useMemo(() => pointColumns(figure, columns), [figure, columns]);
  // A row that is let go stays in the list, under the hand that may take it back.
  const list = useMemo(() => {
    if (!listed) return points;
    const known = new Set(listed);
    return points.every((point) => known.has(point)) ? listed : points;
  }, [listed, points]);
  useEffect(() => {
    if (listed) setListed(list);
  }, [listed, list]);
  if (points.length === 0) return null;
  const save = () => exportTable(files, `${figure.id}-rows`, pointTable(points, all));
  return (
    <div class="selection">
      <div class="bar">
        <span class="caption" aria-live="polite">
          {plural(points.length, 'row')} of {count(rows.length)} selected
        </span>
        <button
          type="button"
          class="quiet"
          aria-expanded={listed !== null}
          onClick={() => setListed(listed ? null : points)}
        >
          {listed ? 'Hide the table' : 'Show as table'}
        </button>
        <button type="button" class="quiet" onClick={() => void save()}>
          Export rows as CSV
        </button>
        <button type="button" class="quiet" onClick={() => onSelect(new Set())}>
          Select none
        </button>
      </div>
      {listed && (
        <PointTable
          {...{ columns: all, rows, selection, onSelect }}
          points={list}
          title={`Selected rows of ${figure.title}`}
          name={`${figure.id}-selected`}
        />
      )}
    </div>
  );
}

/** Positions of the selected rows in their list. */
export function pointsIn(rows: readonly number[], selection: ReadonlySet<number>): Uint32Array {
  if (selection.size === 0) return new Uint32Array(0);
  const found: number[] = [];
  for (let i = 0; i < rows.length; i++) if (selection.has(rows[i] as number)) found.push(i);
  return Uint32Array.from(found);
}
