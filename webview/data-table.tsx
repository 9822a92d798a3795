import { useMemo } from 'preact/hooks';
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
 * The table of a result; copies and exports hold every row in full precision.
 * @param linked its first column numbers rows of the data: they are pointed at, marked and picked with those of figures
 */
export function DataTable({ linked = false, ...rest }: DataTableProps & { readonly linked?: boolean }) {
  return linked ? <LinkedTable {...rest} /> : <Lines {...rest} />;
}

function LinkedTable(props: DataTableProps) {
  const links = useLinkedRows();
  const { rows } = props.table;
  const { mark } = links;
  const rowOf = (entry: number) => Number(rows[entry]?.[0]);
  const first = useMemo(
    (): PagedColumn['show'] => (entry, text) => (
      <button type="button" class="quiet" aria-label={`Row ${text}: show it`} onClick={() => mark(rowOf(entry))}>
        {text}
      </button>
    ),
    [rows, mark],
  );
  return <Lines {...props} first={first} carried={(entry) => linkOf(rowOf(entry), links)} />;
}

/** How a line of a table follows the row that it is about. */
function linkOf(row: number, { pointed, marked, picked, point }: LinkedRows) {
  const names = [pointed === row && 'pointed', marked === row && 'marked', picked.has(row) && 'picked'].filter(Boolean);
  return {
    ...(names.length > 0 && { class: names.join(' ') }),
    onPointerEnter: () => point(row),
    onPointerLeave: () => point(null),
  };
}

interface LinesProps extends DataTableProps, Pick<PagedTableProps, 'carried'> {
  /** How the first column shows its cells. */
  readonly first?: PagedColumn['show'];
}

function Lines({ table, name, first, carried, shows }: LinesProps) {
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
      {...{ entries, columns, carried }}
      title={table.title ?? name}
      actions={[
        { title: 'Copy', run: (sorted) => copyText(files, tsv(ordered(sorted))) },
        { title: 'Export CSV', run: (sorted) => exportTable(files, name, ordered(sorted)) },
      ]}
    />
  );
}
