import { useCallback } from 'preact/hooks';
import { exportTable, useFiles } from './context';
import { pointTable, type RowColumn } from './figures/row-facts';
import { PagedTable } from './paged-table';

interface PointTableProps {
  /** Positions of the points that are listed. */
  readonly points: Uint32Array;
  /** By point. */
  readonly columns: readonly RowColumn[];
  /** The row of each point. */
  readonly rows: readonly number[];
  readonly selection: ReadonlySet<number>;
  readonly title: string;
  /** Of an exported file, without its ending. */
  readonly name: string;
  onSelect(rows: ReadonlySet<number>): void;
}

/** Points of a scatter as a table, to be selected there too. */
export function PointTable({ points, columns, rows, selection, title, name, onSelect }: PointTableProps) {
  const files = useFiles();
  const save = (sorted: Uint32Array) => exportTable(files, name, pointTable(sorted, columns));
  const rowOf = useCallback((point: number) => rows[point] as number, [rows]);
  return (
    <PagedTable
      {...{ columns, title }}
      entries={points}
      actions={[{ title: 'Export CSV', run: save }]}
      selection={{ rows: selection, rowOf, onSelect }}
      places
    />
  );
}
