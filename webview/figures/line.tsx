import { useMemo } from 'preact/hooks';
import { categoryColour } from '../../src/figures/palettes';
import type { Line, LineSeries } from '../../src/protocol/figures';
import { number } from '../format';
import { Axes } from './axes';
import { type LineLayout, layoutLine } from './line-layout';
import { Plot, type Pointing } from './plot';
import { fitted, Label, size } from './text';
import type { FigureTheme } from './theme';

interface DrawingProps {
  readonly figure: Line;
  readonly layout: LineLayout;
  readonly theme: FigureTheme;
}

/** Up to here a line shows its points: they are measurements, the line between them is not. */
const mostDots = 16;

export function LineDrawing({ figure, layout, theme }: DrawingProps) {
  const { left, across, top, down } = layout;
  const { references = [] } = figure;
  return (
    <g>
      <Axes {...layout} xLabel={figure.x.label} yLabel={figure.y.label} theme={theme} />
      {references.map(({ y, label }) => (
        <path
          key={label}
          d={`M${left} ${layout.y.at(y)}h${across}`}
          stroke={theme.mark}
          stroke-dasharray="2 3"
          stroke-width={1.5}
        />
      ))}
      {figure.series.map((series, i) => (
        <Series key={series.name} series={series} colour={categoryColour(i, theme.ground)} layout={layout} />
      ))}
      <Ends figure={figure} layout={layout} theme={theme} />
      <path d={`M${left} ${top}v${down}h${across}`} stroke={theme.text} stroke-opacity={theme.grid * 2} fill="none" />
    </g>
  );
}

function Series({ series, colour, layout }: { series: LineSeries; colour: string; layout: LineLayout }) {
  const { low, high, dashed } = series;
  const point = (i: number, height: number) => `${r(layout.x.at(series.x[i] ?? 0))} ${r(layout.y.at(height))}`;
  let pen = 'M';
  const path = series.y
    .map((height, i) => {
      if (height === null) pen = 'M';
      const step = height === null ? '' : `${pen}${point(i, height)}`;
      if (height !== null) pen = 'L';
      return step;
    })
    .join('');
  const band = low && high && [...high.map((h, i) => point(i, h)), ...low.map((l, i) => point(i, l)).reverse()];
  return (
    <g>
      {band && <path d={`M${band.join('L')}z`} fill={colour} fill-opacity={0.18} />}
      <path
        d={path}
        fill="none"
        stroke={colour}
        stroke-width={1.75}
        stroke-linejoin="round"
        stroke-dasharray={dashed ? '4 3' : undefined}
      />
      {series.x.length <= mostDots &&
        series.y.map((height, i) =>
          height === null ? null : (
            <circle
              key={series.x[i]}
              cx={layout.x.at(series.x[i] ?? 0)}
              cy={layout.y.at(height)}
              r={2.75}
              fill={colour}
            />
          ),
        )}
    </g>
  );
}

/** The name of each line at its end, in the colour of text: legible, with a piece of the line before it. */
function Ends({ figure, layout, theme }: DrawingProps) {
  const start = layout.left + layout.across + 4;
  return (
    <g>
      {layout.ends.map(({ name, y }, i) => {
        const series = figure.series[i];
        const stroke = series ? categoryColour(i, theme.ground) : theme.mark;
        const dash = series ? (series.dashed ? '4 3' : undefined) : '2 3';
        return (
          <g key={`${i} ${name}`}>
            <path d={`M${start} ${y}h10`} stroke={stroke} stroke-width={1.75} stroke-dasharray={dash} />
            <Label x={start + 13} y={y} theme={theme} fill={theme.text}>
              {fitted(name, layout.width - start - 13, size.axis)}
            </Label>
          </g>
        );
      })}
    </g>
  );
}

interface FigureProps {
  readonly figure: Line;
  readonly width: number;
  readonly theme: FigureTheme;
  readonly label: string;
}

export function LineFigure({ figure, width, theme, label }: FigureProps) {
  const layout = useMemo(() => layoutLine(figure, width), [figure, width]);
  const drawing = useMemo(() => <LineDrawing figure={figure} layout={layout} theme={theme} />, [figure, layout, theme]);
  const pointing = useMemo(() => pointingAt(figure, layout), [figure, layout]);
  return (
    <Plot
      width={layout.width}
      height={layout.height}
      theme={theme}
      label={label}
      pointing={pointing}
      overlay={(x) => x !== null && <Crosshair figure={figure} layout={layout} theme={theme} x={x} />}
    >
      {drawing}
    </Plot>
  );
}

/** A rule at one place of the x axis, and every line's point there. */
function Crosshair({ figure, layout, theme, x }: DrawingProps & { x: number }) {
  return (
    <g pointer-events="none">
      <path d={`M${layout.x.at(x)} ${layout.top}v${layout.down}`} stroke={theme.text} stroke-opacity={0.5} />
      {figure.series.map((series, i) => {
        const height = series.y[series.x.indexOf(x)];
        if (height === null || height === undefined) return null;
        const colour = categoryColour(i, theme.ground);
        return (
          <circle
            key={series.name}
            cx={layout.x.at(x)}
            cy={layout.y.at(height)}
            r={4}
            fill={colour}
            stroke={theme.background}
          />
        );
      })}
    </g>
  );
}

function pointingAt(figure: Line, layout: LineLayout): Pointing<number> {
  const xs = [...new Set(figure.series.flatMap(({ x }) => x))].sort((a, b) => a - b);
  const at = (x: number) => layout.x.at(x);
  return {
    pick: (pixel) => {
      const inside = pixel >= layout.left - 8 && pixel <= layout.left + layout.across + 8;
      const closer = (best: number, x: number) => (Math.abs(at(x) - pixel) < Math.abs(at(best) - pixel) ? x : best);
      return inside && xs.length > 0 ? xs.reduce(closer) : null;
    },
    step: (from, key) => {
      const place = from === null ? -1 : xs.indexOf(from);
      if (key === 'Home') return xs[0] ?? null;
      if (key === 'End') return xs.at(-1) ?? null;
      return xs[key === 'ArrowLeft' || key === 'ArrowDown' ? Math.max(0, place - 1) : place + 1] ?? null;
    },
    at: (x) => ({ x: at(x), y: layout.top + 24 }),
    describe: (x) => [
      `${figure.x.label} ${figure.x.ticks?.[x] ?? layout.x.label(x)}`,
      ...figure.series.flatMap((series) => {
        const place = series.x.indexOf(x);
        return place < 0 ? [] : [`${series.name}: ${number(series.y[place])}`];
      }),
    ],
  };
}

function r(value: number): number {
  return Math.round(value * 100) / 100;
}
