import { useMemo } from 'preact/hooks';
import { bandWithin } from '../../src/figures/bands';
import { halfBar } from '../../src/figures/bars';
import { round } from '../../src/figures/markup';
import { lineColours } from '../../src/figures/palettes';
import { placeRuleNames } from '../../src/figures/rule-names';
import type { Line, LineSeries } from '../../src/protocol/figures';
import { number } from '../format';
import { Axes } from './axes';
import { type LineLayout, layoutLine } from './line-layout';
import { Plot, type Pointing } from './plot';
import { fitted, Label, size, textWidth } from './text';
import type { FigureTheme } from './theme';

interface DrawingProps {
  readonly figure: Line;
  readonly layout: LineLayout;
  readonly theme: FigureTheme;
}

/** Up to here lines show their points: they are measurements, the line between them is not. */
const mostDots = 16;

function LineDrawing({ figure, layout, theme }: DrawingProps) {
  const { left, across, top, down } = layout;
  const dotted = figure.series.every(({ x }) => x.length <= mostDots);
  const colours = lineColours(figure.series, theme.ground);
  return (
    <g>
      <Axes {...layout} xLabel={figure.x.label} yLabel={figure.y.label} theme={theme} />
      {figure.series.map((series, i) => (
        <Series key={series.name} {...{ series, dotted, layout }} colour={colours[i] ?? ''} />
      ))}
      <References figure={figure} layout={layout} theme={theme} />
      <Names figure={figure} layout={layout} theme={theme} />
      <path d={`M${left} ${top}v${down}h${across}`} stroke={theme.text} stroke-opacity={theme.grid * 2} fill="none" />
    </g>
  );
}

interface SeriesProps {
  readonly series: LineSeries;
  readonly colour: string;
  readonly layout: LineLayout;
}

function Series({ series, colour, layout, dotted }: SeriesProps & { readonly dotted: boolean }) {
  const { low, high, dashed } = series;
  const point = (i: number, height: number) => `${round(layout.x.at(series.x[i] ?? 0))} ${round(layout.y.at(height))}`;
  // What is not there, and what a logarithm does not have, is a gap.
  const drawn = series.y.map((height) => height !== null && Number.isFinite(layout.y.at(height)));
  const path = series.y
    .map((height, i) => (drawn[i] ? `${drawn[i - 1] ? 'L' : 'M'}${point(i, height ?? 0)}` : ''))
    .join('');
  if (series.bars) return <Bars series={series} colour={colour} layout={layout} />;
  const edge = (heights: readonly number[]) =>
    heights.map((height, i) => [layout.x.at(series.x[i] ?? 0), layout.y.at(height)] as const);
  const band = low && high && bandWithin([...edge(high), ...edge(low).reverse()], layout.top, layout.top + layout.down);
  return (
    <g>
      {band && (
        <path d={`M${band.map(([x, y]) => `${round(x)} ${round(y)}`).join('L')}z`} fill={colour} fill-opacity={0.18} />
      )}
      <path
        d={path}
        fill="none"
        stroke={colour}
        stroke-width={1.75}
        stroke-linejoin="round"
        stroke-dasharray={dashed ? '4 3' : undefined}
      />
      {dotted &&
        series.y.map(
          (height, i) =>
            drawn[i] && (
              <circle
                key={series.x[i]}
                cx={layout.x.at(series.x[i] ?? 0)}
                cy={layout.y.at(height ?? 0)}
                r={2.75}
                fill={colour}
              />
            ),
        )}
    </g>
  );
}

/** Bars that touch, from the bottom of the picture. */
function Bars({ series, colour, layout }: SeriesProps) {
  const half = halfBar(series);
  const bottom = layout.top + layout.down;
  return (
    <g fill={colour} fill-opacity={0.65}>
      {series.x.map((x, i) => {
        const top = Math.max(layout.top, layout.y.at(series.y[i] ?? Number.NaN));
        if (!Number.isFinite(top)) return null;
        const [left, right] = [layout.x.at(x - half), layout.x.at(x + half)];
        const width = Math.max(0.5, right - left - (right - left > 4 ? 1 : 0));
        return <rect key={x} x={round(left)} y={round(top)} width={width} height={Math.max(0, bottom - top)} />;
      })}
    </g>
  );
}

/** The name of each line, at its end or below, in the colour of text: legible, with a piece of the line before it. */
function Names({ figure, layout, theme }: DrawingProps) {
  const { ends, legend, width } = layout;
  const right = layout.left + layout.across + 5;
  const colours = lineColours(figure.series, theme.ground);
  const places = ends ? ends.map((top) => ({ left: right, top })) : legend.places;
  return (
    <g>
      {places.map(({ left, top }, i) => {
        const { name = '', dashed, bars } = figure.series[i] ?? {};
        const stroke = colours[i];
        return (
          <g key={`${i} ${name}`}>
            {bars ? (
              <rect x={left} y={top - 4} width={12} height={8} fill={stroke} fill-opacity={0.65} />
            ) : (
              <path
                d={`M${left} ${top}h12`}
                stroke={stroke}
                stroke-width={1.75}
                stroke-dasharray={dashed ? '4 3' : undefined}
              />
            )}
            <Label x={left + 16} y={top} theme={theme} fill={theme.text}>
              {fitted(name, width - left - 16, size.axis)}
            </Label>
          </g>
        );
      })}
    </g>
  );
}

/** Levels to compare with, such as chance, named on the line. */
function References({ figure: { references = [], series }, layout, theme }: DrawingProps) {
  const { left, across, top, down, x, y } = layout;
  const shown = references.filter((rule) => y.at(rule.y) >= top - 1 && y.at(rule.y) <= top + down + 1);
  const names = shown.map(({ label }) => fitted(label, across, size.tick));
  const places = placeRuleNames(
    shown.map((rule, i) => ({ at: y.at(rule.y), width: textWidth(names[i] ?? '', size.tick) })),
    series.map((one) => one.x.map((value, i) => [x.at(value), y.at(one.y[i] ?? Number.NaN)] as const)),
    { left, right: left + across, top, bottom: top + down },
  );
  return (
    <g>
      {shown.map((rule) => (
        <path
          key={rule.label}
          d={`M${left} ${y.at(rule.y)}h${across}`}
          stroke={theme.mark}
          stroke-dasharray="2 3"
          stroke-width={1.5}
        />
      ))}
      {places.map(({ x: at, y: middle, anchor }, i) => (
        <Label key={names[i]} x={at} y={middle} theme={theme} size={size.tick} fill={theme.mark} anchor={anchor} halo>
          {names[i] ?? ''}
        </Label>
      ))}
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
  const colours = lineColours(figure.series, theme.ground);
  return (
    <g pointer-events="none">
      <path d={`M${layout.x.at(x)} ${layout.top}v${layout.down}`} stroke={theme.text} stroke-opacity={0.5} />
      {figure.series.map((series, i) => {
        const height = series.y[series.x.indexOf(x)];
        if (height === null || height === undefined || !Number.isFinite(layout.y.at(height))) return null;
        return (
          <circle
            key={series.name}
            cx={layout.x.at(x)}
            cy={layout.y.at(height)}
            r={4}
            fill={colours[i]}
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
      `${figure.x.label} ${figure.x.ticks?.[x] ?? (Number.isInteger(x) ? x : number(x))}`,
      ...figure.series.flatMap((series) => {
        const place = series.x.indexOf(x);
        return place < 0 ? [] : [`${series.name}: ${number(series.y[place])}`];
      }),
    ],
  };
}
