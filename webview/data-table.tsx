import { useMemo, useState } from 'preact/hooks';
import type { Cell, Table } from '../src/protocol/result';
import { copyText, exportTable, useFiles } from './context';
import { tsv } from './csv';
import { type LinkedRows, useLinkedRows } from './figures/linked';
import { count, full, number } from './format';

const pageSize = 25;

interface DataTableProps {
  readonly table: Table;
  /** For the file's name and for screen readers. */
  readonly name: string;
  /** Its first column numbers rows of the data: they are pointed at, marked and picked with those of figures. */
  readonly linked?: boolean;
}

interface Order {
  readonly column: number;
  readonly descending: boolean;
}

/** A table in pages, sorted by any column; copies and exports hold every row in full precision. */
export function DataTable({ table, name, linked = false }: DataTableProps) {
  const page = useFiles();
  const rowsOf = useLinkedRows();
  const [order, setOrder] = useState<Order | null>(null);
  const [at, setAt] = useState(0);
  const rows = useMemo(() => (order ? sorted(table.rows, order) : table.rows), [table, order]);
  const pages = Math.max(1, Math.ceil(rows.length / pageSize));
  const current = Math.min(at, pages - 1);
  const shown = rows.slice(current * pageSize, (current + 1) * pageSize);
  const numeric = useMemo(
    () => table.columns.map((_, i) => table.rows.every((row) => typeof row[i] !== 'string')),
    [table],
  );
  const title = table.title ?? name;
  const sort = (column: number) => {
    setOrder({ column, descending: order?.column === column ? !order.descending : false });
    setAt(0);
  };
  return (
    <div class="data-table">
      <div class="bar">
        <span class="caption">
          {title}, {count(rows.length)} {rows.length === 1 ? 'row' : 'rows'}
        </span>
        <button type="button" class="quiet" onClick={() => copyText(page, tsv({ columns: table.columns, rows }))}>
          Copy
        </button>
        <button type="button" class="quiet" onClick={() => exportTable(page, name, { columns: table.columns, rows })}>
          Export CSV
        </button>
      </div>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls has to be reachable by keyboard */}
      <section class="scroll" tabIndex={0} aria-label={title}>
        <table>
          <thead>
            <tr>
              {table.columns.map((column, i) => (
                <th
                  key={`${i} ${column}`}
                  scope="col"
                  class={numeric[i] ? 'number' : undefined}
                  aria-sort={sortOf(order, i)}
                >
                  <button type="button" onClick={() => sort(i)}>
                    {column}
                    <span aria-hidden="true">{order?.column === i ? (order.descending ? ' ↓' : ' ↑') : ''}</span>
                  </button>
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {shown.map((row, i) => (
              <tr key={current * pageSize + i} {...(linked && linkOf(Number(row[0]), rowsOf))}>
                {row.map((cell, column) => (
                  <td
                    key={`${column} ${table.columns[column]}`}
                    class={numeric[column] ? 'number' : undefined}
                    title={typeof cell === 'number' ? full(cell) : undefined}
                  >
                    {linked && column === 0 ? (
                      <button
                        type="button"
                        class="quiet"
                        aria-label={`Row ${text(cell)}: show it`}
                        onClick={() => rowsOf.mark(Number(cell))}
                      >
                        {text(cell)}
                      </button>
                    ) : (
                      text(cell)
                    )}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </section>
      {pages > 1 && (
        <div class="bar">
          <button type="button" class="quiet" disabled={current === 0} onClick={() => setAt(current - 1)}>
            Previous
          </button>
          <span class="caption" aria-live="polite">
            {count(current * pageSize + 1)} to {count(current * pageSize + shown.length)} of {count(rows.length)}
          </span>
          <button type="button" class="quiet" disabled={current === pages - 1} onClick={() => setAt(current + 1)}>
            Next
          </button>
        </div>
      )}
    </div>
  );
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

function text(cell: Cell): string {
  if (typeof cell === 'string') return cell;
  return cell !== null && Number.isInteger(cell) ? count(cell) : number(cell);
}

function sortOf(order: Order | null, column: number): 'ascending' | 'descending' | undefined {
  if (order?.column !== column) return undefined;
  return order.descending ? 'descending' : 'ascending';
}

/** Numbers by size, texts by alphabet, what is missing last; equal rows stay in their order. */
function sorted(rows: Table['rows'], { column, descending }: Order): Table['rows'] {
  const sign = descending ? -1 : 1;
  return [...rows].sort((left, right) => {
    const a = left[column] ?? null;
    const b = right[column] ?? null;
    if (a === null || b === null) return Number(a === null) - Number(b === null);
    if (typeof a === 'number' && typeof b === 'number') return sign * (a - b);
    return sign * String(a).localeCompare(String(b), 'en', { numeric: true });
  });
}
