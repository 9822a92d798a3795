import { useMemo, useState } from 'preact/hooks';
import type { Cell } from '../src/protocol/result';
import { exportText, useFiles } from './context';
import { csv } from './csv';
import type { RowColumn } from './figures/row-facts';
import { count, full, number } from './format';

const pageSize = 25;

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

interface Order {
  readonly column: number;
  readonly descending: boolean;
}

/** Points of a scatter as a table in pages, of which only the page that is shown is made: a million rows cost no more than a hundred. */
export function PointTable({ points, columns, rows, selection, title, name, onSelect }: PointTableProps) {
  const files = useFiles();
  const [order, setOrder] = useState<Order | null>(null);
  const [at, setAt] = useState(0);
  const sorted = useMemo(() => {
    const by = order && columns[order.column];
    return by ? sortedBy(points, by, order.descending) : points;
  }, [points, columns, order]);
  const pages = Math.max(1, Math.ceil(points.length / pageSize));
  const current = Math.min(at, pages - 1);
  const shown = sorted.subarray(current * pageSize, (current + 1) * pageSize);
  const sort = (column: number) => {
    setOrder({ column, descending: order?.column === column ? !order.descending : false });
    setAt(0);
  };
  const toggle = (row: number) => {
    const next = new Set(selection);
    if (!next.delete(row)) next.add(row);
    onSelect(next);
  };
  const save = () => {
    const table = {
      columns: columns.map((column) => column.name),
      rows: Array.from(sorted, (point) => columns.map((column) => column.at(point))),
    };
    exportText(files, `${name}.csv`, csv(table));
  };
  return (
    <div class="data-table">
      <div class="bar">
        <span class="caption">
          {title}, {count(points.length)} {points.length === 1 ? 'row' : 'rows'}
        </span>
        <button type="button" class="quiet" onClick={save}>
          Export CSV
        </button>
      </div>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls has to be reachable by keyboard */}
      <section class="scroll" tabIndex={0} aria-label={title}>
        <table aria-rowcount={points.length + 1}>
          <thead>
            <tr aria-rowindex={1}>
              <th scope="col">selected</th>
              {columns.map((column, i) => (
                <th key={`${i} ${column.name}`} scope="col" aria-sort={sortOf(order, i)}>
                  <button type="button" onClick={() => sort(i)}>
                    {column.name}
                    <span aria-hidden="true">{order?.column === i ? (order.descending ? ' ↓' : ' ↑') : ''}</span>
                  </button>
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {[...shown].map((point, i) => {
              const row = rows[point] as number;
              return (
                <tr key={point} aria-rowindex={current * pageSize + i + 2}>
                  <td>
                    <input
                      type="checkbox"
                      checked={selection.has(row)}
                      aria-label={`row ${row}`}
                      onChange={() => toggle(row)}
                    />
                  </td>
                  {columns.map((column, c) => {
                    const cell = column.at(point);
                    return (
                      <td
                        key={`${c} ${column.name}`}
                        class={typeof cell === 'number' ? 'number' : undefined}
                        title={typeof cell === 'number' ? full(cell) : undefined}
                      >
                        {text(cell)}
                      </td>
                    );
                  })}
                </tr>
              );
            })}
          </tbody>
        </table>
      </section>
      {pages > 1 && (
        <div class="bar">
          <button type="button" class="quiet" disabled={current === 0} onClick={() => setAt(current - 1)}>
            Previous
          </button>
          <span class="caption" aria-live="polite">
            {count(current * pageSize + 1)} to {count(current * pageSize + shown.length)} of {count(points.length)}
          </span>
          <button type="button" class="quiet" disabled={current === pages - 1} onClick={() => setAt(current + 1)}>
            Next
          </button>
          <label class="caption">
            Go to{' '}
            <input
              type="number"
              class="place"
              min={1}
              max={points.length}
              value={current * pageSize + 1}
              onChange={(event) => setAt(Math.max(0, Math.floor((Number(event.currentTarget.value) - 1) / pageSize)))}
            />
          </label>
        </div>
      )}
    </div>
  );
}

function text(cell: Cell): string {
  if (typeof cell === 'string') return cell;
  return cell !== null && Number.isInteger(cell) ? count(cell) : number(cell);
}

function sortOf(order: Order | null, column: number): 'ascending' | 'descending' | undefined {
  if (order?.column !== column) return undefined;
  return order.descending ? 'descending' : 'ascending';
}

/** Numbers by size, texts by alphabet, what is missing last; equal ones stay in their order. */
function sortedBy(points: Uint32Array, { at }: RowColumn, descending: boolean): Uint32Array {
  const sign = descending ? -1 : 1;
  const cells = Array.from(points, at);
  const places = Uint32Array.from(points, (_, i) => i);
  const collator = new Intl.Collator('en', { numeric: true });
  const compare = (i: number, j: number): number => {
    const [a, b] = [cells[i] ?? null, cells[j] ?? null];
    if (a === null || b === null) return Number(a === null) - Number(b === null);
    if (typeof a === 'number' && typeof b === 'number') return sign * (a - b);
    return sign * collator.compare(String(a), String(b));
  };
  return places.sort((i, j) => compare(i, j) || i - j).map((place) => points[place] as number);
}
