import type { ComponentChild, JSX } from 'preact';
import { useMemo, useState } from 'preact/hooks';
import type { Cell } from '../src/protocol/result';
import { toggled } from './figures/linked';
import { count, full, number } from './format';
import { type RowSelection, useSelectedLines } from './table-selection';

const pageSize = 25;

export interface PagedColumn {
  readonly name: string;
  /** Set to the right, its name too; absent: each cell as it is. */
  readonly numeric?: boolean | undefined;
  at(entry: number): Cell;
  /** In place of the cell's text. */
  readonly show?: ((entry: number, text: string) => ComponentChild) | undefined;
}

export interface PagedTableProps {
  /** What the columns are asked for, line by line, where nothing is sorted. */
  readonly entries: Uint32Array;
  readonly columns: readonly PagedColumn[];
  readonly title: string;
  /** Buttons that do something with all entries, as they are sorted. */
  readonly actions: readonly { readonly title: string; run(sorted: Uint32Array): void }[];
  /** Each line is about a row of the data, and selects it. */
  readonly selection?: RowSelection | undefined;
  /** What the line of an entry carries. */
  readonly carried?: ((entry: number) => JSX.IntrinsicElements['tr']) | undefined;
  /** A line can be gone to by its number. */
  readonly places?: boolean;
}

/** In the place of a column's number: what is selected. */
const SELECTED = -1;

interface Order {
  readonly column: number;
  readonly descending: boolean;
}

/** A table in pages, sorted by any column, of which only the page that is shown is made: a million lines cost no more than a hundred. */
export function PagedTable({ entries, columns, title, actions, selection, carried, places = false }: PagedTableProps) {
  const [order, setOrder] = useState<Order | null>(null);
  const [at, setAt] = useState(0);
  // By what is selected when it is asked for: lines stay where they are while they are taken and let go.
  const sorted = useMemo(() => {
    const by = order?.column === SELECTED ? selection && chosenOf(selection) : order && columns[order.column];
    return by && order ? sortedBy(entries, by, order.descending) : entries;
  }, [entries, columns, order]);
  const pages = Math.max(1, Math.ceil(entries.length / pageSize));
  const current = Math.min(at, pages - 1);
  const first = current * pageSize;
  const shown = sorted.subarray(first, first + pageSize);
  const turnTo = (place: number) => setAt(Math.floor(place / pageSize));
  const { body, lineOf } = useSelectedLines(selection, { sorted, first, shown: shown.length, turnTo });
  const chosen = useMemo(() => {
    if (!selection || selection.rows.size === 0) return 0;
    return entries.reduce((sum, entry) => sum + (selection.rows.has(selection.rowOf(entry)) ? 1 : 0), 0);
  }, [entries, selection?.rows, selection?.rowOf]);
  const sort = (column: number) => {
    // Selected lines first.
    const descending = order?.column === column ? !order.descending : column === SELECTED;
    setOrder({ column, descending });
    setAt(0);
  };
  const head = (name: string, column: number, numeric?: boolean) => (
    <th key={`${column} ${name}`} scope="col" class={numeric ? 'number' : undefined} aria-sort={sortOf(order, column)}>
      <button type="button" onClick={() => sort(column)}>
        {name}
        <span aria-hidden="true">{order?.column === column ? (order.descending ? ' ↓' : ' ↑') : ''}</span>
      </button>
    </th>
  );
  return (
    <div class="data-table">
      <div class="bar">
        <span class="caption">
          {title}, {count(entries.length)} {entries.length === 1 ? 'row' : 'rows'}
          {chosen > 0 && `, ${count(chosen)} selected`}
        </span>
        {actions.map((action) => (
          <button key={action.title} type="button" class="quiet" onClick={() => action.run(sorted)}>
            {action.title}
          </button>
        ))}
      </div>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls has to be reachable by keyboard */}
      <section class="scroll" tabIndex={0} aria-label={title}>
        <table
          aria-rowcount={entries.length + 1}
          {...(selection && { role: 'grid', 'aria-multiselectable': true, 'aria-label': title })}
        >
          <thead>
            <tr aria-rowindex={1}>
              {selection && head('selected', SELECTED)}
              {columns.map(({ name, numeric }, i) => head(name, i, numeric))}
            </tr>
          </thead>
          <tbody ref={body}>
            {[...shown].map((entry, i) => (
              <tr key={entry} aria-rowindex={first + i + 2} {...carried?.(entry)} {...lineOf(entry, first + i)}>
                {selection && (
                  <td>
                    <SelectBox {...{ selection, entry }} />
                  </td>
                )}
                {columns.map((column, c) => (
                  <PagedCell key={`${c} ${column.name}`} column={column} entry={entry} />
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
            {count(first + 1)} to {count(first + shown.length)} of {count(entries.length)}
          </span>
          <button type="button" class="quiet" disabled={current === pages - 1} onClick={() => setAt(current + 1)}>
            Next
          </button>
          {places && (
            <label class="caption">
              Go to{' '}
              <input
                type="number"
                class="place"
                min={1}
                max={entries.length}
                value={first + 1}
                onChange={(event) => setAt(Math.max(0, Math.floor((Number(event.currentTarget.value) - 1) / pageSize)))}
              />
            </label>
          )}
        </div>
      )}
    </div>
  );
}

/** For the pointer, and for who goes through the cells; the keys of the line do the same. */
function SelectBox({ selection: { rows, rowOf, onSelect }, entry }: { selection: RowSelection; entry: number }) {
  const row = rowOf(entry);
  return (
    <input
      type="checkbox"
      tabIndex={-1}
      checked={rows.has(row)}
      aria-label={`row ${row}`}
      onChange={() => onSelect(toggled(rows, row))}
    />
  );
}

function chosenOf({ rows, rowOf }: RowSelection): PagedColumn {
  return { name: 'selected', at: (entry) => (rows.has(rowOf(entry)) ? 1 : 0) };
}

function PagedCell({ column, entry }: { column: PagedColumn; entry: number }) {
  const cell = column.at(entry);
  const isNumber = typeof cell === 'number';
  const kind = (column.numeric ?? isNumber) ? 'number' : text(cell).length > prose ? 'prose' : undefined;
  return (
    <td class={kind} title={isNumber ? full(cell) : undefined}>
      {column.show ? column.show(entry, text(cell)) : text(cell)}
    </td>
  );
}

/** Longer text is broken into lines where the table is wider than the page. */
const prose = 40;

function text(cell: Cell): string {
  if (typeof cell === 'string') return cell;
  return cell !== null && Number.isInteger(cell) ? count(cell) : number(cell);
}

function sortOf(order: Order | null, column: number): 'ascending' | 'descending' | undefined {
  if (order?.column !== column) return undefined;
  return order.descending ? 'descending' : 'ascending';
}

/** Numbers by size, texts by alphabet, what is missing last; equal ones stay in their order. */
function sortedBy(entries: Uint32Array, { at }: PagedColumn, descending: boolean): Uint32Array {
  const sign = descending ? -1 : 1;
  const cells = Array.from(entries, (entry) => at(entry));
  const places = Uint32Array.from(entries, (_, i) => i);
  const collator = new Intl.Collator('en', { numeric: true });
  const compare = (i: number, j: number): number => {
    const [a, b] = [cells[i] ?? null, cells[j] ?? null];
    if (a === null || b === null) return Number(a === null) - Number(b === null);
    if (typeof a === 'number' && typeof b === 'number') return sign * (a - b);
    return sign * collator.compare(String(a), String(b));
  };
  return places.sort((i, j) => compare(i, j) || i - j).map((place) => entries[place] as number);
}
