import { useMemo } from 'preact/hooks';
import { cellDecimals } from '../../src/figures/cell-decimals';
import { namePlaces, namesOf } from '../../src/figures/name-places';
import { scaleColour } from '../../src/figures/palettes';
import type { Axis, Heatmap, HeatmapPanel } from '../../src/protocol/figures';
import { number, short } from '../format';
import { type Band, band } from './band';
import { Cells } from './cells';
import { ScaleLegend, scaleLegendHeight } from './legend';
import { Plot, type Pointing, type Step } from './plot';
import { scaleOver } from './scale';
import { cellName } from './tables';
import { fitted, fittedApart, Label, size, textWidth } from './text';
import type { FigureTheme } from './theme';

interface Cell {
  readonly panel: number;
  readonly row: number;
  readonly column: number;
}

interface PanelLayout {
  readonly panel: HeatmapPanel;
  readonly left: number;
  readonly top: number;
  readonly rows: Band;
  readonly columns: Band;
  /** Room for the names of the rows. */
  readonly names: number;
  /** Names of columns in two lines by turns, where every other one would be left out in one. */
  readonly staggered: boolean;
}

export interface HeatmapLayout {
  readonly width: number;
  readonly height: number;
  readonly panels: readonly PanelLayout[];
}

const between = 20;
const narrowest = 200;

/** Panels side by side as far as they fit, of one height; square cells unless that makes a panel too flat or too tall. */
export function layoutHeatmap({ panels }: Heatmap, width: number): HeatmapLayout {
  const each = widthOf(panels, width);
  const perLine = Math.round((width + between) / (each + between));
  let top = 0;
  let tallest = 0;
  const placed = panels.map((panel, i): PanelLayout => {
    if (i > 0 && i % perLine === 0) {
      top += tallest;
      tallest = 0;
    }
    const x = (i % perLine) * (each + between);
    const names = Math.min(longest(panel.rows, panel.shape[0]) + 8, each * 0.3) + (panel.rows.label ? 16 : 0);
    const large = panels.length > 1 ? Math.max(120, largest * panel.shape[1]) : Number.POSITIVE_INFINITY;
    const across = Math.min(each - names - beyond(panel, each - names), large);
    const down = Math.min(Math.max((across / panel.shape[1]) * panel.shape[0], across * 0.4), across * 1.25, 420);
    const titled = panels.length > 1 || panel.title ? 22 : 4;
    const staggered = isStaggered(panel.columns, across / panel.shape[1]);
    const below = (panel.columns.label ? 40 : 24) + (staggered ? lineHeight : 0);
    tallest = Math.max(tallest, titled + down + below + 8);
    const left = x + names;
    return {
      ...{ panel, left, top: top + titled, names, staggered },
      rows: band(panel.shape[0], top + titled, down),
      columns: band(panel.shape[1], left, across),
    };
  });
  return { width, height: top + tallest + scaleLegendHeight, panels: placed };
}

/** Room for a name of a column. */
const columnName = 70;
/** Cells wide enough for a number, and as wide as they get where panels stand beside each other. */
const written = 30;
const largest = 56;
/** Up to here every cell of a matrix may be read. */
const few = 8;

/** From a line of names of columns to the next. */
const lineHeight = 12;

function isStaggered({ ticks }: Axis, cell: number): boolean {
  if (!ticks || namesOf(ticks) !== ticks || new Set(ticks).size < ticks.length) return false;
  const apart = Math.max(0, ...ticks.map((tick) => textWidth(tick, size.tick))) + 8;
  return apart > cell && apart <= 2 * cell;
}

function longest({ ticks }: Axis, count: number): number {
  return Math.max(...namesOf(ticks ?? [String(count)]).map((tick) => textWidth(tick, size.tick)));
}

/** How far the name of the last column goes beyond it, into what is left free there. */
function beyond({ columns, shape }: HeatmapPanel, across: number): number {
  const name = columns.ticks ? Math.min(longest(columns, shape[1]), columnName) : 0;
  return Math.min(across * 0.2, Math.max(10, (name - across / Math.max(1, shape[1])) / 2 + 6));
}

/** As many panels in a line as fit; one less where names are cut, or numbers that few cells could hold, and where the others stay small. */
function widthOf(panels: readonly HeatmapPanel[], width: number): number {
  const most = Math.max(1, Math.min(panels.length, Math.floor((width + between) / (narrowest + between))));
  const over = (perLine: number) => (width - between * (perLine - 1)) / perLine;
  const [each, wider] = [over(most), over(most - 1)];
  if (most < 3) return each;
  const cut = panels.some(({ rows, shape }) => longest(rows, shape[0]) + 8 > each * 0.3);
  const cell = ({ rows, shape }: HeatmapPanel, wide: number) =>
    (wide - Math.min(longest(rows, shape[0]) + 8, wide * 0.3) - 26) / shape[1];
  const unwritten = panels.some(
    (panel) => panel.shape[1] <= few && cell(panel, each) < written && cell(panel, wider) >= written,
  );
  return cut || unwritten ? wider : each;
}

interface DrawingProps {
  readonly figure: Heatmap;
  readonly layout: HeatmapLayout;
  readonly theme: FigureTheme;
}

function HeatmapDrawing({ figure, layout, theme }: DrawingProps) {
  const { scale } = figure;
  const colour = useMemo(() => (value: number) => scaleColour(scale, value, theme.ground), [scale, theme.ground]);
  return (
    <g>
      {layout.panels.map((place, i) => (
        <Panel key={`${i} ${place.panel.title}`} {...{ place, scale, colour, theme }} />
      ))}
      <ScaleLegend
        scale={scale}
        x={layout.panels[0]?.left ?? 0}
        y={layout.height - scaleLegendHeight + 6}
        width={layout.width - (layout.panels[0]?.left ?? 0)}
        theme={theme}
      />
    </g>
  );
}

interface PanelProps {
  readonly place: PanelLayout;
  readonly scale: Heatmap['scale'];
  readonly colour: (value: number) => string;
  readonly theme: FigureTheme;
}

function Panel({ place, scale, colour, theme }: PanelProps) {
  const { panel, left, top, rows, columns, names, staggered } = place;
  const across = columns.size * columns.count;
  const fits = (digits: number) => columns.size >= 18 + 6 * digits && rows.size >= 15;
  const decimals = cellDecimals(scale, panel, fits);
  const write = (value: number) => short(value, decimals);
  return (
    <g>
      <Label x={left} y={top - 12} theme={theme} size={size.title} fill={theme.text}>
        {fitted(panel.title, across, size.title)}
      </Label>
      <Cells
        rows={rows}
        columns={columns}
        values={panel.values}
        colour={colour}
        text={fits(decimals) ? write : undefined}
        theme={theme}
      />
      {panel.marks?.map(({ row, column }) => (
        <Frame key={`${row} ${column}`} rows={rows} columns={columns} row={row} column={column} theme={theme} />
      ))}
      <RowNames axis={panel.rows} rows={rows} left={left} room={names} theme={theme} />
      <ColumnNames axis={panel.columns} top={top + rows.size * rows.count} {...{ columns, staggered, theme }} />
    </g>
  );
}

interface FrameProps {
  readonly rows: Band;
  readonly columns: Band;
  readonly row: number;
  readonly column: number;
  readonly theme: FigureTheme;
}

/** Two lines, of the ground and of its opposite: seen on every colour. */
function Frame({ rows, columns, row, column, theme }: FrameProps) {
  const [x, y] = [columns.start(column), rows.start(row)];
  const [wide, high] = [columns.size - 1, rows.size - 1];
  return (
    <g fill="none" pointer-events="none">
      {Math.min(wide, high) > 8 && (
        <rect x={x + 2} y={y + 2} width={wide - 4} height={high - 4} stroke={theme.background} />
      )}
      <rect x={x} y={y} width={wide} height={high} stroke={theme.text} stroke-width={2.5} />
    </g>
  );
}

/** Names of positions where they are categorical, else a few positions counted from zero. */
function marks(axis: Axis, cells: Band, least: number): readonly { at: number; text: string }[] {
  const length = cells.size * cells.count;
  if (!axis.ticks) {
    const { ticks } = scaleOver([0, Math.max(1, cells.count - 1)], [0, 1], Math.min(5, length / 44));
    return ticks
      .filter(({ value }) => Number.isInteger(value))
      .map(({ value, text }) => ({ at: cells.middle(value), text }));
  }
  return namePlaces(axis.ticks, cells.size > 0 ? least / cells.size : cells.count).map(({ at, text }) => ({
    ...{ at: cells.middle(at), text },
  }));
}

function RowNames(props: { axis: Axis; rows: Band; left: number; room: number; theme: FigureTheme }) {
  const { axis, rows, left, room, theme } = props;
  const middle = rows.start(0) + (rows.size * rows.count) / 2;
  const within = room - 8 - (axis.label ? 16 : 0);
  const shown = marks(axis, rows, 15);
  const texts = fittedApart(
    shown.map(({ text }) => text),
    within,
    size.tick,
  );
  return (
    <g>
      {shown.map(({ at }, i) => (
        <Label key={at} x={left - 6} y={at} theme={theme} size={size.tick} anchor="end">
          {texts[i] ?? ''}
        </Label>
      ))}
      {axis.label && (
        <Label x={left - room + 7} y={middle} theme={theme} anchor="middle" turn={-90}>
          {fitted(axis.label, rows.size * rows.count, size.axis)}
        </Label>
      )}
    </g>
  );
}

interface ColumnNamesProps {
  readonly axis: Axis;
  readonly columns: Band;
  readonly top: number;
  readonly staggered: boolean;
  readonly theme: FigureTheme;
}

function ColumnNames({ axis, columns, top, staggered, theme }: ColumnNamesProps) {
  const across = columns.size * columns.count;
  const widest = Math.max(0, ...namesOf(axis.ticks ?? []).map((tick) => textWidth(tick, size.tick)));
  const shown = marks(axis, columns, staggered ? columns.size : Math.min(widest, 60) + 10);
  const apart = Math.min(...shown.slice(1).map(({ at }, i) => at - (shown[i]?.at ?? 0)));
  const room = staggered
    ? 2 * columns.size
    : Number.isFinite(apart)
      ? Math.max(60, Math.min(columnName, apart - 8))
      : columnName;
  const texts = fittedApart(
    shown.map(({ text }) => text),
    room,
    size.tick,
  );
  return (
    <g>
      {shown.map(({ at }, i) => (
        <Label
          key={at}
          x={at}
          y={top + 11 + (staggered && i % 2 === 1 ? lineHeight : 0)}
          theme={theme}
          size={size.tick}
          anchor="middle"
        >
          {texts[i] ?? ''}
        </Label>
      ))}
      {axis.label && (
        <Label
          x={columns.start(0) + across / 2}
          y={top + 28 + (staggered ? lineHeight : 0)}
          theme={theme}
          anchor="middle"
        >
          {fitted(axis.label, across, size.axis)}
        </Label>
      )}
    </g>
  );
}

interface FigureProps {
  readonly figure: Heatmap;
  readonly width: number;
  readonly theme: FigureTheme;
  readonly label: string;
}

export function HeatmapFigure({ figure, width, theme, label }: FigureProps) {
  const layout = useMemo(() => layoutHeatmap(figure, width), [figure, width]);
  const drawing = useMemo(
    () => <HeatmapDrawing figure={figure} layout={layout} theme={theme} />,
    [figure, layout, theme],
  );
  const pointing = useMemo(() => pointingAt(figure, layout), [figure, layout]);
  return (
    <Plot
      width={layout.width}
      height={layout.height}
      theme={theme}
      label={label}
      pointing={pointing}
      overlay={(cell) => cell && <Linked cell={cell} layout={layout} theme={theme} />}
    >
      {drawing}
    </Plot>
  );
}

/** The row and column under the cursor, in every panel that has them. */
function Linked({ cell, layout, theme }: { cell: Cell; layout: HeatmapLayout; theme: FigureTheme }) {
  const source = layout.panels[cell.panel];
  if (!source) return null;
  return (
    <g fill="none" stroke={theme.text} pointer-events="none">
      {layout.panels.map((place, i) => {
        const row = counterpart(source.panel.rows, place.panel.rows, cell.row, place.rows.count);
        const column = counterpart(source.panel.columns, place.panel.columns, cell.column, place.columns.count);
        const { rows, columns, left, top } = place;
        const across = columns.size * columns.count;
        const down = rows.size * rows.count;
        const key = `${i} ${place.panel.title}`;
        return (
          <g key={key}>
            {row !== null && (
              <rect x={left} y={rows.start(row)} width={across} height={rows.size} stroke-opacity={0.6} />
            )}
            {column !== null && (
              <rect x={columns.start(column)} y={top} width={columns.size} height={down} stroke-opacity={0.6} />
            )}
          </g>
        );
      })}
    </g>
  );
}

/** Where the same thing is along another axis: found by its name, or by its position where there are no names. */
export function counterpart(from: Axis, to: Axis, index: number, length: number): number | null {
  const name = from.ticks?.[index];
  const found = name !== undefined && to.ticks ? to.ticks.indexOf(name) : index;
  return found >= 0 && found < length ? found : null;
}

function pointingAt(figure: Heatmap, { panels }: HeatmapLayout): Pointing<Cell> {
  return {
    pick: (x, y) => {
      for (const [panel, { rows, columns }] of panels.entries()) {
        const row = rows.indexAt(y);
        const column = columns.indexAt(x);
        if (row !== null && column !== null) return { panel, row, column };
      }
      return null;
    },
    step: (from, key) => stepCell(from, key, panels),
    at: ({ panel, row, column }) => {
      const place = panels[panel];
      return { x: place?.columns.middle(column) ?? 0, y: place?.rows.start(row) ?? 0 };
    },
    describe: ({ panel, row, column }) => {
      const shown = panels[panel]?.panel;
      if (!shown) return [];
      const value = shown.values[row * shown.shape[1] + column];
      return [
        cellName(shown, row, column),
        `${figure.scale.label}: ${value === null ? 'not computed' : number(value)}`,
        ...(shown.marks ?? []).filter((mark) => mark.row === row && mark.column === column).map(({ label }) => label),
        ...(panels.length > 1 ? [shown.title] : []),
      ];
    },
  };
}

function stepCell(from: Cell | null, key: Step, panels: readonly PanelLayout[]): Cell | null {
  const { panel, row, column } = from ?? { panel: 0, row: 0, column: 0 };
  const place = panels[panel];
  if (!place || !from) return place ? { panel, row, column } : null;
  const [rows, columns] = [place.rows.count, place.columns.count];
  if (key === 'ArrowUp') return { panel, column, row: Math.max(0, row - 1) };
  if (key === 'ArrowDown') return { panel, column, row: Math.min(rows - 1, row + 1) };
  if (key === 'Home') return { panel, row, column: 0 };
  if (key === 'End') return { panel, row, column: columns - 1 };
  // Past its side the cursor goes on in the next panel.
  const next = column + (key === 'ArrowLeft' ? -1 : 1);
  if (next >= 0 && next < columns) return { panel, row, column: next };
  const beside = panels[panel + (next < 0 ? -1 : 1)];
  if (!beside) return from;
  const height = Math.min(row, beside.rows.count - 1);
  return { panel: panel + (next < 0 ? -1 : 1), row: height, column: next < 0 ? beside.columns.count - 1 : 0 };
}
