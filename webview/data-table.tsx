import { useCallback, useMemo } from 'preact/hooks';
import type { Table } from '../src/protocol/result';
import { copyText, exportTable, useFiles } from './context';
import { tsv } from './csv';
import { type LinkedRows, useLinkedRows } from './figures/linked';
import { type PagedColumn, PagedTable, type PagedTableProps } from './paged-table';

interface DataTableProps {
  readonly table: Table;
  /** For the file's name and for screen readers. */
  readonly name: string;
  /** How columns show their cells, by their names. */
  readonly shows?: Readonly<Record<string, PagedColumn['show']>>;
}

/**
 * The table of a result; copies and exports hold every row in full precision. Lines that are each about a row of the data are
 * pointed at, marked and selected with those of figures.
 * @param linked false: what is called a row there is none of the data
 */
export function DataTable({ linked = true, ...rest }: DataTableProps & { readonly linked?: boolean }) {
  const about = useMemo(() => linked && isAboutRows(rest.table), [linked, rest.table]);
  return about ? <LinkedTable {...rest} /> : <Lines {...rest} />;
}

/** Whether each line is about a row of its own. */
function isAboutRows({ columns, rows }: Table): boolean {
  if (columns[0] !== 'row') return false;
  return new Set(rows.map(([row]) => row)).size === rows.length && rows.every(([row]) => Number.isInteger(row));
}

function LinkedTable(props: DataTableProps) {
  const links = useLinkedRows();
  const { rows } = props.table;
  const { mark, pick, picked } = links;
  const rowOf = useCallback((entry: number) => Number(rows[entry]?.[0]), [rows]);
  const first = useMemo(
    (): PagedColumn['show'] => (entry, text) => (
      <button
        type="button"
        class="quiet"
        tabIndex={pick ? -1 : 0}
        aria-label={`Row ${text}: show it`}
        onClick={() => mark(rowOf(entry))}
      >
        {text}
      </button>
    ),
    [rowOf, mark, pick],
  );
  return (
    <Lines
      {...props}
      first={first}
      selection={pick && { rows: picked, rowOf, onSelect: pick, onEnter: mark }}
      carried={(entry) => carriedOf(rowOf(entry), links)}
    />
  );
}

/** How a line of a table follows the row that it is about. */
function carriedOf(row: number, { pointed, marked, point }: LinkedRows) {
  const names = [pointed === row && 'pointed', marked === row && 'marked'].filter(Boolean);
  return {
    ...(names.length > 0 && { class: names.join(' ') }),
    onPointerEnter: () => point(row),
    onPointerLeave: () => point(null),
    onFocus: () => point(row),
    onBlur: () => point(null),
  };
}

interface LinesProps extends DataTableProps, Pick<PagedTableProps, 'carried' | 'selection'> {
  /** How the first column shows its cells. */
  readonly first?: PagedColumn['show'];
}

function Lines({ table, name, first, carried, selection, shows }: LinesProps) {
  const files = useFiles();
  const entries = useMemo(() => Uint32Array.from(table.rows, (_, i) => i), [table]);
  const columns = useMemo(
    () =>
      table.columns.map(
        (column, c): PagedColumn => ({
          name: column,
          numeric: table.rows.every((row) => typeof row[c] !== 'string'),
          at: (entry) => table.rows[entry]?.[c] ?? null,
          show: shows?.[column] ?? (c === 0 ? first : undefined),
        }),
      ),
    [table, first, shows],
  );
  const ordered = (sorted: Uint32Array) => ({
    columns: table.columns,
    rows: Array.from(sorted, (entry) => table.rows[entry] as Table['rows'][number]),
  });
  return (
    <PagedTable
      {...{ entries, columns, carried, selection }}
      title={table.title ?? name}
      actions={[
        { title: 'Copy', run: (sorted) => copyText(files, tsv(ordered(sorted))) },
        { title: 'Export CSV', run: (sorted) => exportTable(files, name, ordered(sorted)) },
      ]}
    />
  );
}
