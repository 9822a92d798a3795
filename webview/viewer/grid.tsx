// biome-ignore-all lint/a11y/useSemanticElements: a table element cannot hold millions of rows that are not there
// biome-ignore-all lint/a11y/useFocusableInteractive: the grid has the focus, and names its active cell
// biome-ignore-all lint/a11y/useKeyWithClickEvents: the grid takes the keys of its cells
import type { ComponentChildren } from 'preact';
import { useEffect, useId, useRef, useState } from 'preact/hooks';
import type { Range } from '../../src/protocol/slice';
import type { Shown } from './cell';
import { useScroll } from './scroll';
import { toSee } from './track';

const rowHeight = 22;

/** A place in the grid that the keyboard has. */
export interface Spot {
  readonly row: number;
  readonly column: number;
}

interface GridProps {
  readonly label: string;
  readonly rows: number;
  readonly columns: number;
  readonly columnWidth: number;
  readonly indexWidth: number;
  /** Of the frozen head. */
  readonly headHeight: number;
  /** What the corner says of the head's lines. */
  readonly corner: ComponentChildren;
  head(column: number): ComponentChildren;
  /** Before the cells of a row: its index, and what is said of the row. */
  index(row: number): ComponentChildren;
  /** Undefined while it is on its way. */
  cell(row: number, column: number): Shown | undefined;
  /** In full, for hover. */
  title(row: number, column: number): string | undefined;
  /** The cell that is first in sight at the start. */
  readonly start: Spot | undefined;
  /** Called with what is in sight. */
  onSight(rows: Range, columns: Range): void;
  readonly spot: Spot | null;
  onSpot(spot: Spot): void;
  /** Marked rows: what another part of the page points at. */
  readonly marked: number | null;
  chosen?(column: number): boolean;
}

/** Rows and columns without end, of which only those in sight are there. Arrow keys move a cursor through the cells. */
export function Grid(props: GridProps) {
  const { label, rows, columns, columnWidth, indexWidth, headHeight, spot, marked } = props;
  const id = useId();
  const [focused, setFocused] = useState(false);
  const scroll = useScroll(
    { count: columns, size: columnWidth, frozen: indexWidth },
    { count: rows, size: rowHeight, frozen: headHeight },
  );
  const { rows: seen, columns: across, x, y, vertical, horizontal, moveTo } = scroll;
  useEffect(() => props.onSight(seen, across), [seen[0], seen[1], across[0], across[1], props.onSight]);
  const start = useRef(props.start);
  const measured = vertical.view > 0;
  // Wherever the cursor is put from, it is in sight.
  useEffect(() => {
    if (!measured) return;
    const { current: first } = start;
    start.current = undefined;
    if (first) moveTo(first.column * columnWidth, first.row * rowHeight);
    else if (spot) moveTo(toSee(spot.column, x, horizontal), toSee(spot.row, y, vertical));
  }, [spot, measured]);
  const list = ([start, end]: Range) => Array.from({ length: end - start }, (_, i) => start + i);
  const idOf = (row: number, column: number) => `${id}-${row}-${column}`;
  const inSight =
    spot && spot.row >= seen[0] && spot.row < seen[1] && spot.column >= across[0] && spot.column < across[1];
  const onKey = (event: KeyboardEvent) => {
    const next = moved(event, spot ?? { row: seen[0], column: across[0] }, seen[1] - seen[0] - 1, rows, columns);
    if (!next) return;
    event.preventDefault();
    props.onSpot(next);
  };
  return (
    <div
      ref={scroll.box}
      class={`value-grid${focused ? ' focused' : ''}`}
      role="grid"
      tabIndex={0}
      // No higher than what there is, and a scroll bar.
      style={pixels({ maxHeight: scroll.space.height + 18 })}
      aria-label={label}
      aria-rowcount={rows + 1}
      aria-colcount={columns + 1}
      aria-activedescendant={inSight && spot ? idOf(spot.row, spot.column) : undefined}
      onScroll={scroll.onScroll}
      onKeyDown={onKey}
      onFocus={() => setFocused(true)}
      onBlur={() => setFocused(false)}
    >
      <div class="grid-space" role="presentation" style={pixels(scroll.space)}>
        <div class="grid-head" role="row" aria-rowindex={1} style={pixels({ height: headHeight })}>
          <div
            class="grid-corner"
            role="columnheader"
            aria-colindex={1}
            style={pixels({ width: indexWidth, height: headHeight })}
          >
            {props.corner}
          </div>
          {list(across).map((column) => (
            <div
              key={column}
              class={props.chosen?.(column) === false ? 'grid-column unchosen' : 'grid-column'}
              role="columnheader"
              aria-colindex={column + 2}
              style={pixels({ left: scroll.leftOf(column), width: columnWidth, height: headHeight })}
            >
              {props.head(column)}
            </div>
          ))}
        </div>
        {list(seen).map((row) => (
          <div
            key={row}
            class={row === marked ? 'grid-row marked' : 'grid-row'}
            role="row"
            aria-rowindex={row + 2}
            style={pixels({ top: scroll.topOf(row), height: rowHeight })}
          >
            <div class="grid-index" role="rowheader" aria-colindex={1} style={pixels({ width: indexWidth })}>
              {props.index(row)}
            </div>
            {list(across).map((column) => {
              const shown = props.cell(row, column);
              const here = spot?.row === row && spot.column === column;
              const unchosen = props.chosen?.(column) === false ? ' unchosen' : '';
              return (
                <div
                  key={column}
                  id={idOf(row, column)}
                  class={`grid-cell ${shown?.kind ?? 'coming'}${here ? ' here' : ''}${unchosen}`}
                  role="gridcell"
                  aria-colindex={column + 2}
                  aria-selected={here}
                  title={props.title(row, column)}
                  style={pixels({ left: scroll.leftOf(column), width: columnWidth })}
                  onClick={() => props.onSpot({ row, column })}
                >
                  {shown?.text}
                </div>
              );
            })}
          </div>
        ))}
      </div>
    </div>
  );
}

/** Where a key moves the cursor; undefined for other keys. */
function moved(
  { key, ctrlKey, metaKey }: KeyboardEvent,
  { row, column }: Spot,
  page: number,
  rows: number,
  columns: number,
): Spot | undefined {
  const far = ctrlKey || metaKey;
  const steps: Record<string, Spot> = {
    ArrowDown: { row: far ? rows - 1 : row + 1, column },
    ArrowUp: { row: far ? 0 : row - 1, column },
    ArrowRight: { row, column: far ? columns - 1 : column + 1 },
    ArrowLeft: { row, column: far ? 0 : column - 1 },
    PageDown: { row: row + Math.max(1, page), column },
    PageUp: { row: row - Math.max(1, page), column },
    Home: { row: far ? 0 : row, column: 0 },
    End: { row: far ? rows - 1 : row, column: columns - 1 },
  };
  const next = steps[key];
  const within = (at: number, count: number) => Math.max(0, Math.min(count - 1, at));
  return next && { row: within(next.row, rows), column: within(next.column, columns) };
}

function pixels(lengths: Readonly<Record<string, number>>): Record<string, string> {
  return Object.fromEntries(Object.entries(lengths).map(([name, length]) => [name, `${length}px`]));
}
