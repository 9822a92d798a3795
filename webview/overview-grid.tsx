import { useMemo } from 'preact/hooks';
import { inkOn, scaleColour } from '../src/figures/palettes';
import type { ColourScale } from '../src/protocol/figures';
import { type Band, band } from './figures/band';
import { Cells } from './figures/cells';
import { ScaleLegend, scaleLegendHeight } from './figures/legend';
import { thinned } from './figures/scale';
import { fitted, fittedApart, Label, size, textWidth } from './figures/text';
import type { FigureTheme } from './figures/theme';
import { type Arrangement, type Group, withoutStem } from './overview-map';

export interface GridLayout {
  readonly width: number;
  readonly height: number;
  readonly left: number;
  readonly top: number;
  readonly rows: Band;
  readonly columns: Band;
  /** Names of the columns turned upright, because they are wider than a cell. */
  readonly upright: boolean;
  /** Room for the names of the columns. */
  readonly under: number;
  readonly columnNames: readonly string[];
  /** Of the groups, as far as there is room. */
  readonly titles: readonly string[];
  /** Files are named instead of layers: beside these their names would not be told apart. */
  readonly byFile: boolean;
  /** Between names and cells, for the graph of the layers; 0 where there is none. */
  readonly wireRoom: number;
}

const largest = 40;
const groupRoom = 18;

/** @param wired whether the graph of the layers stands along the axes. */
export function layoutGrid(arrangement: Arrangement, width: number, wired = false, byFile = false): GridLayout {
  const { labels, groups } = arrangement;
  const files = groups.map(({ name }) => name);
  const wireRoom = wired ? 16 : 0;
  const grouped = groups.length > 1 && !byFile;
  const longest = Math.min(widest(byFile ? files : labels) + 8, width * 0.3);
  const left = longest + (grouped ? groupRoom : 0) + wireRoom;
  const breaks = groups.slice(1).map(({ start }) => start);
  const side = Math.min(width - left - 2, largest * labels.length + breaks.length * 6);
  const top = 4;
  const columns = band(labels.length, left, side, breaks);
  const fits = (names: readonly string[]) => widest(names) + 6 < columns.size;
  const titles = fittedApart(files, Math.min(...roomsOf(columns, groups)), size.axis);
  if (grouped && new Set(titles).size < titles.length) return layoutGrid(arrangement, width, wired, true);
  const columnNames = byFile ? files : fits(labels) ? labels : withoutStem(labels);
  const upright = byFile || !fits(columnNames);
  const under = upright ? Math.min(widest(columnNames) + 8, byFile ? 120 : 90) : 18;
  const below = under + (grouped ? groupRoom : 0) + wireRoom;
  const height = top + side + below + 6 + scaleLegendHeight;
  const rows = band(labels.length, top, side, breaks);
  return { width, height, left, top, rows, columns, upright, under, columnNames, titles, byFile, wireRoom };
}

/** How wide each group is. */
function roomsOf({ size }: Band, groups: Arrangement['groups']): number[] {
  return groups.map(({ start, end }) => size * (end - start));
}

function widest(names: readonly string[]): number {
  return Math.max(0, ...names.map((name) => textWidth(name, size.tick)));
}

interface GridProps {
  readonly arrangement: Arrangement;
  readonly layout: GridLayout;
  /** Positions of which the first feeds the second. */
  readonly wires?: readonly (readonly [number, number])[];
  readonly values: readonly (number | null)[];
  readonly scale: ColourScale;
  readonly reversed: boolean;
  /** Cells with a frame: the best partner of each row. */
  readonly framed: readonly (readonly [number, number])[];
  /** Cells with a ring: not told from chance. */
  readonly doubtful: readonly number[];
  readonly band: readonly [number, number] | null;
  write(value: number): string;
  readonly theme: FigureTheme;
}

/** Every input against every input: colour, number where it fits, a frame around the best of each row. */
export function OverviewGrid(props: GridProps) {
  const { arrangement, layout, wires = [], values, scale, reversed, framed, doubtful, band, write, theme } = props;
  const { rows, columns, left, top, height, width } = layout;
  const colour = useMemo(() => {
    const [low, high] = scale.domain;
    return (value: number) => scaleColour(scale, reversed ? low + high - value : value, theme.ground);
  }, [scale, reversed, theme.ground]);
  const text = columns.size >= 28 ? write : columns.size >= 20 ? (value: number) => brief(write(value)) : undefined;
  return (
    <g>
      <Cells rows={rows} columns={columns} values={values} colour={colour} text={text} theme={theme} />
      {doubtful.map((i) => (
        <Ring key={i} layout={layout} cell={i} ink={inkOn(colour(values[i] ?? 0))} large={text !== undefined} />
      ))}
      {markOf(layout) &&
        framed.map(([row, column]) => (
          <g key={`${row} ${column}`}>
            <Frame layout={layout} row={row} column={column} theme={theme} />
            {markOf(layout) === 'Arrow and frame' && <Arrow layout={layout} row={row} column={column} theme={theme} />}
          </g>
        ))}
      {layout.wireRoom > 0 && <Wires layout={layout} wires={wires} theme={theme} />}
      <Names arrangement={arrangement} layout={layout} theme={theme} />
      <ScaleLegend
        {...{ scale, reversed, band, theme }}
        x={left}
        y={Math.max(top, height - scaleLegendHeight + 8)}
        width={width - left}
      />
    </g>
  );
}

interface FrameProps {
  readonly layout: GridLayout;
  readonly row: number;
  readonly column: number;
  readonly theme: FigureTheme;
  readonly stroke?: string;
  readonly thick?: number;
}

/** Cells below this show nothing but their colour within their frame; below the other one a frame would hide it. */
const [small, tiny] = [16, 8];

/** What tells the best partner of each row, if there is room for it. */
export function markOf({ columns: { size } }: GridLayout): 'Arrow and frame' | 'Frame' | null {
  return size < tiny ? null : size < small ? 'Frame' : 'Arrow and frame';
}

/** Two lines, dark and light: seen on every colour. */
export function Frame({ layout, row, column, theme, stroke = theme.text, thick = 1.5 }: FrameProps) {
  const { rows, columns } = layout;
  const x = columns.start(column);
  const y = rows.start(row);
  const wide = columns.size - 1;
  const inset = columns.size < small ? -thick : 1;
  const inner = wide - 2 * inset;
  return (
    <g fill="none" pointer-events="none">
      <rect x={x + inset} y={y + inset} width={inner} height={inner} stroke={theme.background} />
      <rect
        x={x + 0.5 - thick / 2}
        y={y + 0.5 - thick / 2}
        width={wide - 1 + thick}
        height={wide - 1 + thick}
        stroke={stroke}
        stroke-width={thick}
      />
    </g>
  );
}

/** On the left edge of a frame, from its row; above the numbers of the cells. */
function Arrow({ layout: { rows, columns }, row, column, theme }: FrameProps) {
  const half = Math.min(4, columns.size / 7);
  const [x, y] = [columns.start(column), rows.start(row) + half];
  const points = [
    [x - half, y - half],
    [x + half, y],
    [x - half, y + half],
  ];
  return (
    <polygon
      points={points.map((point) => point.join()).join(' ')}
      fill={theme.text}
      stroke={theme.background}
      stroke-width={0.75}
      pointer-events="none"
    />
  );
}

/** The graph of the layers along both axes: what feeds the next by a line, what skips some by an arc about them. */
function Wires({ layout, wires, theme }: { layout: GridLayout; wires: GridProps['wires'] & {}; theme: FigureTheme }) {
  const { rows, columns, left, wireRoom } = layout;
  const bottom = rows.start(rows.count - 1) + rows.size;
  const on = [...new Set(wires.flat())];
  const arc = (from: number, to: number) => Math.min(wireRoom - 6, to - from < 2 ? 0 : 3 + 1.5 * (to - from));
  const [x, y] = [left - 4, bottom + 4];
  return (
    <g fill="none" stroke={theme.muted} pointer-events="none">
      {wires.map(([from, to]) => {
        // A quadratic curve reaches half as far as its handle.
        const out = 2 * arc(from, to);
        const [up, down] = [rows.middle(from), rows.middle(to)];
        const [near, far] = [columns.middle(from), columns.middle(to)];
        return (
          <g key={`${from} ${to}`}>
            <path d={`M${x},${up}Q${x - out},${(up + down) / 2} ${x},${down}`} />
            <path d={`M${near},${y}Q${(near + far) / 2},${y + out} ${far},${y}`} />
          </g>
        );
      })}
      {on.map((i) => (
        <g key={i} fill={theme.muted} stroke="none">
          <circle cx={x} cy={rows.middle(i)} r={2} />
          <circle cx={columns.middle(i)} cy={y} r={2} />
        </g>
      ))}
    </g>
  );
}

interface RingProps {
  readonly layout: GridLayout;
  /** Place in the grid, row-major. */
  readonly cell: number;
  readonly ink: string;
  /** Beside a number in the corner, or else in the middle of the cell. */
  readonly large: boolean;
}

function Ring({ layout: { rows, columns }, cell, ink, large }: RingProps) {
  const [row, column] = [Math.floor(cell / columns.count), cell % columns.count];
  const room = columns.size - 1;
  const r = large ? 2.5 : Math.max(0.6, Math.min(2.5, room / 4));
  const x = large ? columns.start(column) + room - r - 2 : columns.start(column) + room / 2;
  const y = large ? rows.start(row) + r + 2 : rows.start(row) + room / 2;
  return <circle cx={x} cy={y} r={r} fill="none" stroke={ink} pointer-events="none" />;
}

function Names({ arrangement, layout, theme }: Pick<GridProps, 'arrangement' | 'layout' | 'theme'>) {
  const { rows, columns, top, upright, under, columnNames, titles, byFile, wireRoom } = layout;
  const left = layout.left - wireRoom;
  const { labels, groups } = arrangement;
  const end = rows.start(rows.count - 1) + rows.size;
  const bottom = end + wireRoom;
  const grouped = groups.length > 1 && !byFile;
  const longest = left - (grouped ? groupRoom : 0);
  const names = byFile ? columnNames : labels;
  const shown = thinned(names.length, (end - top) / 11);
  const below = bottom + under + groupRoom / 2;
  const rooms = roomsOf(columns, groups);
  const beside = fittedApart(names, longest - 8, size.tick);
  const beneath = fittedApart(columnNames, upright ? under - 4 : columns.size, size.tick);
  const middle = (along: Band, { start, end }: Pick<Group, 'start' | 'end'>) =>
    (along.start(start) + along.start(end - 1) + along.size) / 2;
  const place = (along: Band, i: number) => middle(along, (byFile && groups[i]) || { start: i, end: i + 1 });
  return (
    <g>
      {shown.map((i) => (
        <g key={i}>
          <Label x={left - 6} y={place(rows, i)} theme={theme} size={size.tick} anchor="end">
            {beside[i] ?? ''}
          </Label>
          <Label
            x={place(columns, i)}
            y={bottom + (upright ? 6 : 10)}
            theme={theme}
            size={size.tick}
            anchor={upright ? 'end' : 'middle'}
            {...(upright && { turn: -90 })}
          >
            {beneath[i] ?? ''}
          </Label>
        </g>
      ))}
      {grouped &&
        groups.map((group, i) => {
          const { name } = group;
          const title = fitted(name, rooms[i] ?? 0, size.axis) === name ? name : (titles[i] ?? '');
          return (
            <g key={name}>
              <Label x={7} y={middle(rows, group)} theme={theme} fill={theme.text} anchor="middle" turn={-90}>
                {title}
              </Label>
              <Label x={middle(columns, group)} y={below} theme={theme} fill={theme.text} anchor="middle">
                {title}
              </Label>
            </g>
          );
        })}
    </g>
  );
}

/** Without the zero that every cell would repeat. */
function brief(text: string): string {
  return text.replace(/^(−?)0\./, '$1.');
}
