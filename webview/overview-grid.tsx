import { useMemo } from 'preact/hooks';
import { inkOn, scaleColour } from '../src/figures/palettes';
import type { ColourScale } from '../src/protocol/figures';
import { type Band, band } from './figures/band';
import { Cells } from './figures/cells';
import { ScaleLegend, scaleLegendHeight } from './figures/legend';
import { thinned } from './figures/scale';
import { fitted, Label, size, textWidth } from './figures/text';
import type { FigureTheme } from './figures/theme';
import { type Arrangement, withoutStem } from './overview-map';

export interface GridLayout {
  readonly width: number;
  readonly height: number;
  readonly left: number;
  readonly top: number;
  readonly rows: Band;
  readonly columns: Band;
  /** Names of the columns turned upright, because they are wider than a cell. */
  readonly upright: boolean;
  readonly columnNames: readonly string[];
}

const largest = 40;
const groupRoom = 18;

export function layoutGrid({ labels, groups }: Arrangement, width: number): GridLayout {
  const grouped = groups.length > 1;
  const longest = Math.min(Math.max(0, ...labels.map((label) => textWidth(label, size.tick))) + 8, width * 0.3);
  const left = longest + (grouped ? groupRoom : 0);
  const breaks = groups.slice(1).map(({ start }) => start);
  const side = Math.min(width - left - 2, largest * labels.length + breaks.length * 6);
  const top = 4;
  const columns = band(labels.length, left, side, breaks);
  const fits = (names: readonly string[]) =>
    Math.max(...names.map((name) => textWidth(name, size.tick))) + 6 < columns.size;
  const columnNames = fits(labels) ? labels : withoutStem(labels);
  const upright = !fits(columnNames);
  const below = (upright ? Math.min(longest, 90) : 18) + (grouped ? groupRoom : 0);
  const height = top + side + below + 6 + scaleLegendHeight;
  return { width, height, left, top, rows: band(labels.length, top, side, breaks), columns, upright, columnNames };
}

interface GridProps {
  readonly arrangement: Arrangement;
  readonly layout: GridLayout;
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
  const { arrangement, layout, values, scale, reversed, framed, doubtful, band, write, theme } = props;
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
      {framed.map(([row, column]) => (
        <Frame key={`${row} ${column}`} layout={layout} row={row} column={column} theme={theme} />
      ))}
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

/** Two lines, dark and light: seen on every colour. */
export function Frame({ layout: { rows, columns }, row, column, theme, stroke = theme.text, thick = 1.5 }: FrameProps) {
  const x = columns.start(column);
  const y = rows.start(row);
  const wide = columns.size - 1;
  return (
    <g fill="none" pointer-events="none">
      <rect x={x + 1} y={y + 1} width={wide - 2} height={wide - 2} stroke={theme.background} />
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
  const { rows, columns, left, top, upright, columnNames } = layout;
  const { labels, groups } = arrangement;
  const bottom = rows.start(rows.count - 1) + rows.size;
  const grouped = groups.length > 1;
  const longest = left - (grouped ? groupRoom : 0);
  const shown = thinned(labels.length, (bottom - top) / 11);
  const below = bottom + (upright ? Math.min(longest, 90) : 18) + groupRoom / 2;
  return (
    <g>
      {shown.map((i) => (
        <g key={i}>
          <Label x={left - 6} y={rows.middle(i)} theme={theme} size={size.tick} anchor="end">
            {fitted(labels[i] ?? '', longest - 8, size.tick)}
          </Label>
          <Label
            x={columns.middle(i)}
            y={bottom + (upright ? 6 : 10)}
            theme={theme}
            size={size.tick}
            anchor={upright ? 'end' : 'middle'}
            {...(upright && { turn: -90 })}
          >
            {fitted(columnNames[i] ?? '', upright ? 86 : columns.size, size.tick)}
          </Label>
        </g>
      ))}
      {grouped &&
        groups.map(({ name, start, end }) => {
          const across = (columns.start(start) + columns.start(end - 1) + columns.size) / 2;
          const down = (rows.start(start) + rows.start(end - 1) + rows.size) / 2;
          const room = columns.size * (end - start);
          return (
            <g key={name}>
              <Label x={7} y={down} theme={theme} fill={theme.text} anchor="middle" turn={-90}>
                {fitted(name, room, size.axis)}
              </Label>
              <Label x={across} y={below} theme={theme} fill={theme.text} anchor="middle">
                {fitted(name, room, size.axis)}
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
