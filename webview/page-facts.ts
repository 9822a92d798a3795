import { useEffect, useMemo } from 'preact/hooks';
import type { Cell, Result } from '../src/protocol/result';
import { usePageState } from './context';
import { labelCell, type PicturesProps, type RowColumn, type RowFacts } from './figures/row-facts';
import { useGallery, useShown } from './gallery';
import { Fields } from './row-fields';

/** What the results of the page say of single rows, for every scatter of it. */
export function usePageFacts(): RowFacts {
  const { results, catalogue } = usePageState();
  return useMemo(() => {
    const titleOf = (method: string) => catalogue.get(method)?.title ?? method;
    return { columns: columnsOf([...results.values()], titleOf), Pictures, Fields };
  }, [results, catalogue]);
}

function Pictures({ rows, onShown }: PicturesProps) {
  const { gallery } = useGallery();
  const shown = useShown(gallery, rows);
  useEffect(() => onShown(shown), [shown, onShown]);
  return null;
}

/** Columns of tables about rows, and what colours the points of scatters; of the same name, the one that knows most rows. */
export function columnsOf(results: readonly Result[], titleOf: (method: string) => string): RowColumn[] {
  const found = new Map<string, { readonly size: number; readonly column: RowColumn }>();
  const add = (name: string, size: number, at: RowColumn['at']) => {
    if (size > (found.get(name)?.size ?? 0)) found.set(name, { size, column: { name, at } });
  };
  for (const { tables, figures, method } of results) {
    for (const { columns, rows } of Object.values(tables)) {
      if (columns[0] !== 'row') continue;
      for (const [i, name] of columns.entries()) {
        if (i === 0 || name === 'name') continue;
        add(
          `${titleOf(method)}: ${name}`,
          rows.length,
          lookup(rows.length, (k) => [Number(rows[k]?.[0]), rows[k]?.[i] ?? null]),
        );
      }
    }
    for (const figure of figures) {
      if (figure.kind !== 'scatter' || !figure.labels) continue;
      const { labels, rows } = figure;
      add(
        labels.name,
        rows.length,
        lookup(rows.length, (k) => [rows[k] ?? -1, labelCell(labels, k)]),
      );
    }
  }
  return [...found.values()].map(({ column }) => column);
}

/** Cells by row, gathered when they are first asked for. */
function lookup(count: number, entry: (k: number) => readonly [number, Cell]): RowColumn['at'] {
  let cells: Map<number, Cell> | undefined;
  return (row) => {
    if (!cells) {
      cells = new Map();
      for (let k = 0; k < count; k++) cells.set(...entry(k));
    }
    return cells.get(row) ?? null;
  };
}
