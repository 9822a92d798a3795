import { useCallback, useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks';
import type { PointLabels, Scatter } from '../../src/protocol/figures';
import { number } from '../format';
import { Axes } from './axes';
import { cloudRenderer, type Looks } from './cloud';
import { ScaleLegend, scaleLegendHeight } from './legend';
import { type LinkedRows, useLinkedRows } from './linked';
import { type Look, lookOf, looksOf, numberScale, shownOf } from './looks';
import { Plot, type Pointing, type Step } from './plot';
import { PointIndex } from './point-index';
import {
  encloses,
  layoutScatter,
  moved,
  neighbour,
  type Place,
  panelAt,
  type ScatterLayout,
  type ScatterPlace,
  type Views,
  zoomed,
} from './scatter-layout';
import { ScatterLegend } from './scatter-legend';
import { type Shape, shapeAt, shapeOf } from './shapes';
import { fitted, Label, size } from './text';
import type { FigureTheme } from './theme';

/** More points than this are drawn on a canvas, by the graphics processor. */
const MANY = 3000;
/** Milliseconds that points may take to draw while the view moves, and after which it rests. */
const FRAME = 20;
const REST = 150;
/** Pixels from which a point is found. */
const REACH = 12;

interface FramesProps {
  readonly layout: ScatterLayout;
  readonly theme: FigureTheme;
}

function Frames({ layout, theme }: FramesProps) {
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
        </g>
      ))}
    </g>
  );
}

interface PointsProps {
  readonly layout: ScatterLayout;
  readonly look: (point: number) => Look;
  readonly shown: (point: number) => boolean;
  readonly count: number;
}

/** Points that look the same are one path. */
function Paths({ layout, look, shown, count }: PointsProps) {
  const groups = useMemo(() => {
    const found = new Map<string, Look & { points: number[] }>();
    for (let i = 0; i < count; i++) {
      if (!shown(i)) continue;
      const { colour, shape } = look(i);
      const key = `${colour} ${shape}`;
      const group = found.get(key) ?? { colour, shape, points: [] };
      group.points.push(i);
      found.set(key, group);
    }
    return [...found.entries()];
  }, [look, shown, count]);
  return (
    <g>
      {layout.panels.map((place, i) => {
        const seen = (point: number) => isSeen(place, point);
        return (
          <g key={`${i} ${place.panel.title}`}>
            {groups.map(([key, { colour, shape, points }]) => (
              <path
                key={key}
                d={points
                  .filter(seen)
                  .map((point) => outline(place, point, shapeAt(shape), layout.radius))
                  .join('')}
                fill={colour}
                fill-opacity={0.8}
              />
            ))}
          </g>
        );
      })}
    </g>
  );
}

/** The same on a canvas; `onFail` where there is no graphics processor to draw on. */
function Canvas({ layout, looks, onFail }: { layout: ScatterLayout; looks: Looks; onFail(): void }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  /** One in so many points is drawn while the view moves, so that it moves smoothly; all of them when it rests. */
  const every = useRef(1);
  const ratio = window.devicePixelRatio;
  useLayoutEffect(() => {
    const draw = (one: number) => {
      const { current } = canvas;
      const took = current && cloudRenderer()?.(current, layout.panels, looks, layout.radius, one);
      if (typeof took === 'number') every.current = Math.min(31, Math.max(1, Math.round((one * took) / FRAME)));
      else onFail();
    };
    const moving = every.current;
    draw(moving);
    if (moving === 1) return;
    const rest = setTimeout(() => draw(1), REST);
    return () => clearTimeout(rest);
  }, [layout, looks, onFail]);
  return (
    <canvas
      ref={canvas}
      width={Math.round(layout.width * ratio)}
      height={Math.round(layout.height * ratio)}
      style={{ width: `${layout.width}px`, height: `${layout.height}px` }}
    />
  );
}

function isSeen({ panel, domain: { x, y } }: ScatterPlace, point: number): boolean {
  const [px, py] = [panel.xs[point] as number, panel.ys[point] as number];
  return px >= x[0] && px <= x[1] && py >= y[0] && py <= y[1];
}

function outline({ panel, x, y }: ScatterPlace, point: number, shape: Shape, radius: number): string {
  return shape(x.at(panel.xs[point] ?? 0), y.at(panel.ys[point] ?? 0), radius);
}

export interface ScatterProps {
  readonly figure: Scatter;
  readonly width: number;
  readonly theme: FigureTheme;
  /** What the figure shows, in one sentence. */
  readonly label: string;
  /** What colours the points instead of the figure's own labels: a class or a number for each point, in their order; null: nothing. */
  readonly colour?: PointLabels | null | undefined;
  /** The rows (numbers as in `figure.rows`) that are selected; absent: those picked on the page. */
  readonly selection?: ReadonlySet<number> | undefined;
  /** Lasso, box, query and clicks hand out the rows that are selected from then on; absent: the page's picked rows change. */
  onSelect?(rows: ReadonlySet<number>): void;
  /** The row that is ringed as if it were pointed at; absent: the row pointed at anywhere on the page. */
  readonly hover?: number | null | undefined;
  /** The row under the pointer or the keyboard's cursor; null when it is left. Absent: the page is told. */
  onHover?(row: number | null): void;
}

/** What a scatter is given of rows, or what all figures of the page share. */
function useRows({ selection, onSelect, hover, onHover }: ScatterProps): LinkedRows {
  const linked = useLinkedRows();
  return {
    ...linked,
    picked: selection ?? linked.picked,
    pick: onSelect ?? linked.pick,
    pointed: hover === undefined ? linked.pointed : hover,
    point: onHover ?? linked.point,
  };
}

interface Spot {
  readonly panel: number;
  readonly point: number;
}

/** A scatter; what is selected, hovered and coloured may be given from outside, and is told there. */
export function ScatterFigure(props: ScatterProps) {
  const { width, theme, label, colour } = props;
  const figure = useColoured(props.figure, colour);
  const [views, setViews] = useState<Views>({});
  const [hidden, setHidden] = useState<ReadonlySet<number>>(new Set());
  const [onCanvas, setOnCanvas] = useState(true);
  const layout = useMemo(() => layoutScatter(figure, width, views), [figure, width, views]);
  const look = useMemo(() => lookOf(figure, theme), [figure, theme]);
  const shown = useMemo(() => shownOf(figure, hidden), [figure, hidden]);
  const count = figure.rows.length;
  const many = onCanvas && count > MANY;
  const looks = useMemo(() => (many ? looksOf(count, look, shown) : null), [many, count, look, shown]);
  const drawing = useMemo(() => <Frames layout={layout} theme={theme} />, [layout, theme]);
  const onFail = useCallback(() => setOnCanvas(false), []);
  const points = useMemo(
    () => many || <Paths {...{ layout, look, shown, count }} />,
    [many, layout, look, shown, count],
  );
  const linked = useRows(props);
  const indices = useMemo(() => new Map<number, PointIndex>(), [figure]);
  const pointing = useMemo(() => pointingAt(figure, layout, indices, shown), [figure, layout, indices, shown]);
  const rowOf = (spot: Spot | null) => spot && (figure.rows[spot.point] ?? null);
  const see = (panel: number, view: Views[number] | null) => {
    const { [layout.shared ? 0 : panel]: _, ...others } = views;
    setViews(view === null ? others : { ...others, [layout.shared ? 0 : panel]: view });
  };
  // The wheel's listener stays while the view changes under it.
  const zoom = useRef((_at: Place | null, _factor: number) => {});
  zoom.current = (at, factor) => {
    if (factor === 0) return setViews({});
    const panel = at === null ? 0 : panelAt(layout, at);
    const place = panel === null ? undefined : layout.panels[panel];
    if (panel === null || !place) return;
    const middle = { x: place.left + place.side / 2, y: place.top + place.down / 2 };
    see(panel, zoomed(place, at ?? middle, factor));
  };
  const onZoom = useMemo(() => (at: Place | null, factor: number) => zoom.current(at, factor), []);
  const { labels } = figure;
  return (
    <>
      <Plot
        width={layout.width}
        height={layout.height}
        theme={theme}
        label={label}
        pointing={{
          ...pointing,
          onZoom,
          onTarget: (spot) => linked.point(rowOf(spot)),
          onChoose: (spot) => {
            const row = rowOf(spot);
            linked.mark(row === linked.marked ? null : row);
            if (row !== null) linked.pick?.(toggled(linked.picked, row));
          },
          onMove: (from, to) => {
            const panel = panelAt(layout, from);
            const place = panel === null ? undefined : layout.panels[panel];
            if (panel !== null && place && place.zoom > 1) see(panel, moved(place, from, to));
          },
          ...(linked.pick && {
            onLasso: (line: readonly Place[]) => {
              const found = within(figure, layout, line).filter(({ point }) => shown(point));
              if (found.length > 0) linked.pick?.(new Set([...linked.picked, ...found.map(({ row }) => row)]));
            },
          }),
        }}
        backdrop={looks && <Canvas layout={layout} looks={looks} onFail={onFail} />}
        overlay={() => (
          <g pointer-events="none">
            <Picked figure={figure} layout={layout} rows={linked.picked} theme={theme} />
            <Rings figure={figure} layout={layout} row={linked.marked} theme={theme} named />
            <Rings figure={figure} layout={layout} row={linked.pointed} theme={theme} />
          </g>
        )}
      >
        {drawing}
        {points}
      </Plot>
      {layout.panels.some(({ zoom }) => zoom > 1) && (
        <div class="legend">
          <button type="button" class="all" onClick={() => setViews({})}>
            Show all points
          </button>
        </div>
      )}
      {labels?.kind === 'category' && <ScatterLegend {...{ labels, hidden, theme }} onHide={setHidden} />}
      {labels?.kind === 'number' && (
        <svg class="scale" width={width} height={scaleLegendHeight} font-family={theme.font} aria-hidden="true">
          <ScaleLegend scale={numberScale(labels)} x={48} y={4} width={width - 48} theme={theme} />
        </svg>
      )}
    </>
  );
}

/** Thin rings around the rows that were picked, one path for all of them. */
function Picked({ figure, layout, rows, theme }: FramesProps & { figure: Scatter; rows: ReadonlySet<number> }) {
  if (rows.size === 0) return null;
  const points = [...figure.rows.keys()].filter((i) => rows.has(figure.rows[i] as number));
  const d = layout.panels.flatMap((place) =>
    points.filter((i) => isSeen(place, i)).map((i) => outline(place, i, shapeOf(0), layout.radius + 2)),
  );
  return <path d={d.join('')} fill="none" stroke={theme.text} stroke-width={1.2} />;
}

function toggled(rows: ReadonlySet<number>, row: number): Set<number> {
  const next = new Set(rows);
  if (!next.delete(row)) next.add(row);
  return next;
}

/** The figure with other colours, if there are any. */
function useColoured(figure: Scatter, colour: PointLabels | null | undefined): Scatter {
  return useMemo(() => {
    if (colour === undefined) return figure;
    const { labels: _, ...rest } = figure;
    return colour ? { ...rest, labels: colour } : rest;
  }, [figure, colour]);
}

/** The points that a line encloses, in the panel in which it begins, with their rows. */
function within({ rows }: Scatter, layout: ScatterLayout, line: readonly Place[]): { point: number; row: number }[] {
  const panel = line[0] ? panelAt(layout, line[0]) : null;
  const place = panel === null ? undefined : layout.panels[panel];
  if (!place) return [];
  const { xs, ys } = place.panel;
  return [...rows]
    .map((row, point) => ({ point, row }))
    .filter(({ point }) => encloses(line, { x: place.x.at(xs[point] ?? 0), y: place.y.at(ys[point] ?? 0) }));
}

/** A ring around one row in every panel, with its name if asked. */
function Rings({
  figure,
  layout,
  row,
  theme,
  named,
}: FramesProps & { figure: Scatter; row: number | null; named?: boolean }) {
  const point = row === null ? -1 : figure.rows.indexOf(row);
  if (point < 0) return null;
  return (
    <g>
      {layout.panels.map((place, i) => {
        if (!isSeen(place, point)) return null;
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

function pointingAt(
  figure: Scatter,
  { panels }: ScatterLayout,
  indices: Map<number, PointIndex>,
  shown: (point: number) => boolean,
): Pointing<Spot> {
  const count = figure.rows.length;
  const indexOf = (panel: number, { panel: { xs, ys }, whole }: ScatterPlace) => {
    const index = indices.get(panel) ?? new PointIndex(xs, ys, whole);
    indices.set(panel, index);
    return index;
  };
  const from = (start: number, step: number): Spot | null => {
    for (let point = start; point >= 0 && point < count; point += step) if (shown(point)) return { panel: 0, point };
    return null;
  };
  return {
    pick: (x, y) => {
      for (const [panel, place] of panels.entries()) {
        const { left, top, side, down, domain } = place;
        if (x < left - REACH || x > left + side + REACH || y < top - REACH || y > top + down + REACH) continue;
        const across = (domain.x[1] - domain.x[0]) / side;
        const upwards = (domain.y[1] - domain.y[0]) / down;
        const at = [domain.x[0] + (x - left) * across, domain.y[0] + (top + down - y) * upwards] as const;
        const has = (point: number) => shown(point) && isSeen(place, point);
        const point = indexOf(panel, place).nearest(...at, REACH * across, REACH * upwards, has);
        if (point !== null) return { panel, point };
      }
      return null;
    },
    step: (spot, key) => {
      const direction = directions[key];
      if (!spot || key === 'Home') return from(0, 1);
      if (!direction) return from(count - 1, -1);
      const place = panels[spot.panel];
      const point = place ? neighbour(place, spot.point, direction, shown) : null;
      return point === null ? null : { panel: spot.panel, point };
    },
    at: ({ panel, point }) => {
      const place = panels[panel];
      return { x: place?.x.at(place.panel.xs[point] ?? 0) ?? 0, y: place?.y.at(place.panel.ys[point] ?? 0) ?? 0 };
    },
    describe: ({ point }) => [nameOf(figure, point), ...labelOf(figure, point)],
  };
}
