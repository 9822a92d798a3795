import { useMemo } from 'preact/hooks';
import { categoryColour, scaleColour } from '../../src/figures/palettes';
import { extent } from '../../src/figures/ticks';
import type { ColourScale, Scatter } from '../../src/protocol/figures';
import { number } from '../format';
import { Axes } from './axes';
import { ScaleLegend } from './legend';
import { useLinkedRows } from './linked';
import { Plot, type Pointing, type Step } from './plot';
import {
  encloses,
  layoutScatter,
  nearest,
  neighbour,
  type Place,
  type ScatterLayout,
  type ScatterPlace,
} from './scatter-layout';
import { type Shape, shapeOf } from './shapes';
import { fitted, Label, size } from './text';
import type { FigureTheme } from './theme';

interface DrawingProps {
  readonly figure: Scatter;
  readonly layout: ScatterLayout;
  readonly theme: FigureTheme;
}

export function ScatterDrawing({ figure, layout, theme }: DrawingProps) {
  const groups = useMemo(() => groupsOf(figure, theme), [figure, theme]);
  return (
    <g>
      {layout.panels.map((place, i) => (
        <g key={`${i} ${place.panel.title}`}>
          <Label x={place.left} y={place.top - 12} theme={theme} size={size.title} fill={theme.text}>
            {fitted(place.panel.title, place.side + 8, size.title)}
          </Label>
          <Axes
            {...place}
            across={place.side}
            xLabel={place.panel.x.label}
            yLabel={place.panel.y.label}
            theme={theme}
          />
          {groups.map((group) => (
            <path
              key={group.key}
              d={group.points.map((point) => outline(place, point, group.shape, layout.radius)).join('')}
              fill={group.colour}
              fill-opacity={0.8}
            />
          ))}
        </g>
      ))}
      <Legend figure={figure} layout={layout} theme={theme} />
    </g>
  );
}

interface Group {
  readonly key: string;
  readonly colour: string;
  readonly shape: Shape;
  readonly points: readonly number[];
}

/** Points that look the same are one path: ten thousand of them are still quick. */
function groupsOf({ rows, labels }: Scatter, theme: FigureTheme): readonly Group[] {
  const look = (i: number): Omit<Group, 'points'> => {
    if (!labels) return { key: '', colour: categoryColour(0, theme.ground), shape: shapeOf(0) };
    if (labels.kind === 'category') {
      const index = labels.index[i] ?? 0;
      // A row without a label.
      if (index < 0) return { key: 'none', colour: theme.muted, shape: shapeOf(0) };
      return { key: String(index), colour: categoryColour(index, theme.ground), shape: shapeOf(index) };
    }
    const value = labels.values[i] ?? null;
    const colour =
      value === null ? theme.muted : scaleColour(numberScale(labels.name, labels.values), value, theme.ground);
    return { key: colour, colour, shape: shapeOf(0) };
  };
  const groups = new Map<string, Omit<Group, 'points'> & { points: number[] }>();
  for (const i of rows.keys()) {
    const { key, ...rest } = look(i);
    const group = groups.get(key) ?? { key, ...rest, points: [] };
    group.points.push(i);
    groups.set(key, group);
  }
  return [...groups.values()];
}

function numberScale(label: string, values: readonly (number | null)[]): ColourScale {
  return { label, kind: 'sequential', domain: extent([values]) };
}

function outline({ panel, x, y }: ScatterPlace, point: number, shape: Shape, radius: number): string {
  return shape(x.at(panel.xs[point] ?? 0), y.at(panel.ys[point] ?? 0), radius);
}

function Legend({ figure: { labels }, layout: { legend, width }, theme }: DrawingProps) {
  if (!labels) return null;
  if (labels.kind === 'number') {
    const scale = numberScale(labels.name, labels.values);
    return <ScaleLegend scale={scale} x={48} y={legend.top} width={width - 48} theme={theme} />;
  }
  return (
    <g>
      {[labels.name, ...labels.categories].map((name, i) => {
        const { left = 0, top = 0 } = legend.places[i] ?? {};
        const path = shapeOf(i - 1)(left + 5, top, 4);
        return (
          <g key={name}>
            {i > 0 && <path d={path} fill={categoryColour(i - 1, theme.ground)} />}
            <Label x={i > 0 ? left + 14 : left} y={top} theme={theme} fill={i > 0 ? theme.text : theme.muted}>
              {name}
            </Label>
          </g>
        );
      })}
    </g>
  );
}

interface FigureProps {
  readonly figure: Scatter;
  readonly width: number;
  readonly theme: FigureTheme;
  readonly label: string;
}

interface Spot {
  readonly panel: number;
  readonly point: number;
}

export function ScatterFigure({ figure, width, theme, label }: FigureProps) {
  const layout = useMemo(() => layoutScatter(figure, width), [figure, width]);
  const drawing = useMemo(
    () => <ScatterDrawing figure={figure} layout={layout} theme={theme} />,
    [figure, layout, theme],
  );
  const linked = useLinkedRows();
  const pointing = useMemo(() => pointingAt(figure, layout), [figure, layout]);
  const rowOf = (spot: Spot | null) => spot && (figure.rows[spot.point] ?? null);
  return (
    <Plot
      width={layout.width}
      height={layout.height}
      theme={theme}
      label={label}
      pointing={{
        ...pointing,
        onTarget: (spot) => linked.point(rowOf(spot)),
        onChoose: (spot) => {
          const row = rowOf(spot);
          linked.mark(row === linked.marked ? null : row);
          if (row !== null) linked.pick?.(toggled(linked.picked, row));
        },
        ...(linked.pick && {
          onLasso: (line: readonly Place[]) => {
            const found = within(figure, layout, line);
            if (found.length > 0) linked.pick?.([...new Set([...linked.picked, ...found])]);
          },
        }),
      }}
      overlay={() => (
        <g pointer-events="none">
          <Picked figure={figure} layout={layout} rows={linked.picked} theme={theme} />
          <Rings figure={figure} layout={layout} row={linked.marked} theme={theme} named />
          <Rings figure={figure} layout={layout} row={linked.pointed} theme={theme} />
        </g>
      )}
    >
      {drawing}
    </Plot>
  );
}

/** Thin rings around the rows that were picked, one path for all of them. */
function Picked({ figure, layout, rows, theme }: DrawingProps & { rows: readonly number[] }) {
  if (rows.length === 0) return null;
  const picked = new Set(rows);
  const points = [...figure.rows.keys()].filter((i) => picked.has(figure.rows[i] as number));
  const d = layout.panels.flatMap((place) => points.map((i) => outline(place, i, shapeOf(0), layout.radius + 2)));
  return <path d={d.join('')} fill="none" stroke={theme.text} stroke-width={1.2} />;
}

function toggled(rows: readonly number[], row: number): number[] {
  return rows.includes(row) ? rows.filter((other) => other !== row) : [...rows, row];
}

/** The rows whose points a line encloses, in the panel in which it begins. */
function within({ rows }: Scatter, { panels }: ScatterLayout, line: readonly Place[]): number[] {
  const [start] = line;
  const place = panels.find(
    ({ left, top, side, down }) =>
      start && start.x >= left - 8 && start.x <= left + side + 8 && start.y >= top - 8 && start.y <= top + down + 8,
  );
  if (!place) return [];
  const { panel, x, y } = place;
  return [...rows].filter((_, i) => encloses(line, { x: x.at(panel.xs[i] ?? 0), y: y.at(panel.ys[i] ?? 0) }));
}

/** A ring around one row in every panel, with its name if asked. */
function Rings({ figure, layout, row, theme, named }: DrawingProps & { row: number | null; named?: boolean }) {
  const point = row === null ? -1 : figure.rows.indexOf(row);
  if (point < 0) return null;
  return (
    <g>
      {layout.panels.map((place, i) => {
        const x = place.x.at(place.panel.xs[point] ?? 0);
        const y = place.y.at(place.panel.ys[point] ?? 0);
        return (
          <g key={`${i} ${place.panel.title}`}>
            <circle cx={x} cy={y} r={layout.radius + 4} fill="none" stroke={theme.background} stroke-width={4} />
            <circle cx={x} cy={y} r={layout.radius + 4} fill="none" stroke={theme.text} stroke-width={2} />
            {named && (
              <Label x={x + layout.radius + 9} y={y} theme={theme} fill={theme.text} strong>
                {nameOf(figure, point)}
              </Label>
            )}
          </g>
        );
      })}
    </g>
  );
}

function nameOf({ names, rows }: Scatter, point: number): string {
  return names?.[point] ?? `row ${rows[point] ?? point}`;
}

function labelOf({ labels }: Scatter, point: number): string[] {
  if (!labels) return [];
  const text = labels.kind === 'category' ? labels.categories[labels.index[point] ?? -1] : number(labels.values[point]);
  return [`${labels.name}: ${text ?? 'none'}`];
}

const directions: Partial<Record<Step, readonly [number, number]>> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
};

function pointingAt(figure: Scatter, { panels }: ScatterLayout): Pointing<Spot> {
  const places = panels.map(({ panel, x, y }) =>
    panel.xs.map((value, i) => ({ x: x.at(value), y: y.at(panel.ys[i] ?? 0) })),
  );
  const first = (point: number): Spot | null => (figure.rows.length > 0 ? { panel: 0, point } : null);
  return {
    pick: (x, y) => {
      for (const [panel, spots] of places.entries()) {
        const point = nearest(spots, x, y, 12);
        if (point !== null) return { panel, point };
      }
      return null;
    },
    step: (from, key) => {
      const direction = directions[key];
      if (!from || key === 'Home') return first(0);
      if (!direction) return first(figure.rows.length - 1);
      const point = neighbour(places[from.panel] ?? [], from.point, direction);
      return point === null ? null : { panel: from.panel, point };
    },
    at: ({ panel, point }) => places[panel]?.[point] ?? { x: 0, y: 0 },
    describe: ({ point }) => [nameOf(figure, point), ...labelOf(figure, point)],
  };
}
