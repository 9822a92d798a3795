import { useLayoutEffect, useMemo, useRef } from 'preact/hooks';
import type { Scatter } from '../../src/protocol/figures';
import { Axes, Disc } from './axes';
import type { CloudStyle, Looks } from './cloud';
import { orderOf } from './cloud-points';
import { drawCloud } from './cloud-renderers';
import { placeOf } from './linked';
import type { Look } from './looks';
import { nameOf } from './row-facts';
import { radiusAt, type ScatterLayout, type ScatterPlace } from './scatter-layout';
import { type Shape, shapeAt, shapeOf } from './shapes';
import { type Solid, screenAxes, type Turn } from './solid';
import { fitted, Label, size, textWidth } from './text';
import type { FigureTheme } from './theme';

/** Milliseconds that points may take to draw while the view moves, and after which it rests. */
const FRAME = 12;
const REST = 150;
/** Of so many points none is left out: fewer are not drawn much sooner. */
const FEWEST = 20_000;

interface FramesProps {
  readonly layout: ScatterLayout;
  readonly theme: FigureTheme;
}

export function Frames({ layout, theme }: FramesProps) {
  return (
    <g>
      {layout.panels.map((place, i) => (
        <g key={`${i} ${place.panel.title}`}>
          <Title place={place} theme={theme} />
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

function Title({ place, theme }: { place: ScatterPlace; theme: FigureTheme }) {
  return (
    <Label x={place.left} y={place.top - 12} theme={theme} size={size.title} fill={theme.text}>
      {fitted(place.panel.title, place.side + 8, size.title)}
    </Label>
  );
}

/** Pixels that the name of an axis has in any case. */
const SHORTEST = 40;

/** The three axes of each turned solid from its middle, each as long as the points go out, with its name at its end. */
export function SolidFrame({ layout, theme, turn, solids }: FramesProps & { turn: Turn; solids: readonly Solid[] }) {
  return (
    <g>
      {layout.panels.map((place, i) => (
        <g key={`${i} ${place.panel.title}`}>
          <Title place={place} theme={theme} />
          {place.panel.disc && <Disc {...place} across={place.side} theme={theme} rings={place.panel.disc} />}
          {screenAxes(turn).map(([right, up], axis) => {
            const full = solids[i]?.labels[axis] ?? '';
            const [x1, x2] = [place.x.at(-right), place.x.at(right)];
            const [y1, y2] = [place.y.at(-up), place.y.at(up)];
            // Not over the points where there is no room beside them.
            const room = right > 0.2 ? Math.max(SHORTEST, layout.width - x2 - 8) : layout.width;
            const name = fitted(full, room, size.axis);
            const wide = textWidth(name, size.axis);
            const from = right < -0.2 ? x2 - 6 - wide : right > 0.2 ? x2 + 6 : x2 - wide / 2;
            // Not beyond the figure.
            const x = Math.max(2, Math.min(layout.width - wide - 2, from));
            return (
              <g key={full}>
                <path d={`M${x1} ${y1}L${x2} ${y2}`} stroke={theme.text} stroke-opacity={2.5 * theme.grid} />
                <circle cx={x2} cy={y2} r={2} fill={theme.muted} />
                <Label x={x} y={y2 - 8 * (Math.sign(up) || 1)} theme={theme} halo>
                  {name}
                </Label>
              </g>
            );
          })}
        </g>
      ))}
    </g>
  );
}

interface PathsProps {
  readonly layout: ScatterLayout;
  readonly look: (point: number) => Look;
  readonly shown: (point: number) => boolean;
  readonly count: number;
  /** Of a point, in pixels; absent: that of the layout, however far the view is enlarged. */
  radiusIn?(place: ScatterPlace): number;
}

/** Points that look the same are one path; the larger ones lie under the smaller. */
export function Paths({ layout, look, shown, count, radiusIn }: PathsProps) {
  const { sizes } = layout;
  const groups = useMemo(() => {
    const found = new Map<string, Look & { points: number[] }>();
    const order = sizes ? orderOf(count, { sizes: sizes.bytes, every: 1 }) : null;
    for (let k = 0; k < count; k++) {
      const i = order ? (order[k] as number) : k;
      if (!shown(i)) continue;
      const { colour, shape } = look(i);
      const key = `${sizes ? (sizes.bytes[i] as number) >> 3 : ''} ${colour} ${shape}`;
      const group = found.get(key) ?? { colour, shape, points: [] };
      group.points.push(i);
      found.set(key, group);
    }
    return [...found.entries()];
  }, [look, shown, count, sizes]);
  return (
    <g>
      {layout.panels.map((place, i) => {
        const seen = (point: number) => isSeen(place, point);
        const radius = radiusIn?.(place) ?? layout.radius;
        const own = { ...layout, radius };
        return (
          <g key={`${i} ${place.panel.title}`}>
            {groups.map(([key, { colour, shape, points }]) => (
              <path
                key={key}
                d={points
                  .filter(seen)
                  .map((point) => outline(place, point, shapeAt(shape), radiusAt(own, point)))
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

interface CanvasProps {
  readonly layout: ScatterLayout;
  readonly looks: Looks;
  readonly selected: boolean;
  readonly density: CloudStyle['density'];
  readonly theme: FigureTheme;
  /** Most points over a pixel, of a whole picture in which they are counted. */
  onPeak(peak: number): void;
}

/** The same on a canvas. */
export function Canvas({ layout, looks, selected, density, theme, onPeak }: CanvasProps) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const said = useRef<HTMLSpanElement>(null);
  /** One in so many points is drawn while the view moves, so that it moves smoothly; all of them when it rests. */
  const every = useRef(1);
  /** What was last drawn but for its view: where more than that has changed, the view does not move. */
  const before = useRef<readonly unknown[]>([]);
  const ratio = window.devicePixelRatio;
  const { ground, background } = theme;
  useLayoutEffect(() => {
    const draw = (one: number) => {
      const { current } = canvas;
      if (!current) return;
      const ratio = current.width / layout.width;
      const sizes = layout.sizes?.bytes ?? null;
      const style = { radius: layout.radius, sizes, every: one, selected, density, ground, background, ratio };
      const drawn = drawCloud(current, layout.panels, looks, style);
      performance.mark('sextant-scatter');
      Object.assign(current.dataset, { every: one, took: drawn.milliseconds, by: drawn.by });
      if (said.current) said.current.textContent = one > 1 ? `1 in ${one} points while it moves` : '';
      const most = Math.max(1, Math.floor(looks.length / 4 / FEWEST));
      every.current = Math.min(most, Math.max(1, Math.round((one * drawn.milliseconds) / FRAME)));
      if (density && one === 1) onPeak(drawn.peak);
    };
    const now = [looks, selected, density, background, layout.width, layout.radius, layout.sizes];
    const moving = now.every((part, i) => part === before.current[i]) ? every.current : 1;
    before.current = now;
    draw(moving);
    if (moving === 1) return;
    const rest = setTimeout(() => draw(1), REST);
    return () => clearTimeout(rest);
    // A canvas of another size is empty.
  }, [layout, looks, selected, density, ground, background, onPeak, ratio]);
  return (
    <>
      <canvas
        ref={canvas}
        width={Math.round(layout.width * ratio)}
        height={Math.round(layout.height * ratio)}
        style={{ width: `${layout.width}px`, height: `${layout.height}px` }}
      />
      <span class="thinned" ref={said} aria-hidden="true" />
    </>
  );
}

export function isSeen({ panel, domain: { x, y } }: ScatterPlace, point: number): boolean {
  const [px, py] = [panel.xs[point] as number, panel.ys[point] as number];
  return px >= x[0] && px <= x[1] && py >= y[0] && py <= y[1];
}

function outline({ panel, x, y }: ScatterPlace, point: number, shape: Shape, radius: number): string {
  return shape(x.at(panel.xs[point] ?? 0), y.at(panel.ys[point] ?? 0), radius);
}

/** Thin rings around these points, one path for all of them. */
export function Picked({ layout, points, theme }: FramesProps & { points: readonly number[] }) {
  if (points.length === 0) return null;
  const d = layout.panels.flatMap((place) =>
    points.filter((i) => isSeen(place, i)).map((i) => outline(place, i, shapeOf(0), radiusAt(layout, i) + 2)),
  );
  return <path d={d.join('')} fill="none" stroke={theme.text} stroke-width={1.2} />;
}

interface RingsProps extends FramesProps {
  readonly figure: Scatter;
  readonly row: number | null;
  readonly named?: boolean;
}

/** A ring around one row in every panel, with its name if asked. */
export function Rings({ figure, layout, row, theme, named }: RingsProps) {
  const point = row === null ? -1 : placeOf(figure.rows, row);
  if (point < 0) return null;
  return (
    <g>
      {layout.panels.map((place, i) => {
        if (!isSeen(place, point)) return null;
        const x = place.x.at(place.panel.xs[point] ?? 0);
        const y = place.y.at(place.panel.ys[point] ?? 0);
        const r = radiusAt(layout, point) + 4;
        return (
          <g key={`${i} ${place.panel.title}`}>
            <circle cx={x} cy={y} r={r} fill="none" stroke={theme.background} stroke-width={4} />
            <circle cx={x} cy={y} r={r} fill="none" stroke={theme.text} stroke-width={2} />
            {named && (
              <Label x={x + r + 5} y={y} theme={theme} fill={theme.text} strong halo>
                {nameOf(figure, point)}
              </Label>
            )}
          </g>
        );
      })}
    </g>
  );
}
