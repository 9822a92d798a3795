import { count } from '../format';
import { densityColour } from './cloud-points';
import { scaleLegendHeight } from './legend';
import { Label, size, textWidth } from './text';
import type { FigureTheme } from './theme';

const LABEL = 'points over a pixel';
const HEIGHT = 8;
const BARS = 60;

interface DensityProps {
  /** Most points over a pixel: the end of the scale. */
  readonly peak: number;
  /** The points keep their own colours, stronger where there are more. */
  readonly own: boolean;
  readonly x: number;
  readonly y: number;
  readonly theme: FigureTheme;
}

/** What the shades of a density stand for: a logarithmic scale of points over a pixel, from one to the most that there are. */
export function DensityScale({ peak, own, x, y, theme }: DensityProps) {
  const left = x + textWidth(LABEL, size.axis) + 12;
  const length = 180;
  const most = Math.max(1, peak);
  const share = (value: number) => Math.log(1 + value) / Math.log(1 + most);
  return (
    <g>
      <Label x={x} y={y + HEIGHT / 2} theme={theme}>
        {LABEL}
      </Label>
      <g shape-rendering="crispEdges">
        {Array.from({ length: BARS }, (_, i) => {
          // Less than one point covers no pixel.
          const strength = share(1) + ((1 - share(1)) * (i + 0.5)) / BARS;
          return (
            <rect
              key={i}
              x={left + (length * i) / BARS}
              y={y}
              width={length / BARS + 0.5}
              height={HEIGHT}
              fill={own ? theme.text : densityColour(strength, theme.ground)}
              fill-opacity={own ? 0.25 + 0.75 * strength : undefined}
            />
          );
        })}
      </g>
      {densityTicks(most).map((value) => (
        <Label
          key={value}
          x={left + (length * (share(value) - share(1))) / (1 - share(1) || 1)}
          y={y + HEIGHT + 10}
          theme={theme}
          size={size.tick}
          anchor="middle"
        >
          {count(value)}
        </Label>
      ))}
    </g>
  );
}

/** Numbers of points that are written at the scale: one, powers of ten, and the most, where they are apart. */
export function densityTicks(peak: number): number[] {
  const most = Math.round(peak);
  const powers: number[] = [];
  for (let power = 1; power * 3 < most; power *= 10) powers.push(power);
  return [...new Set([...(powers.length > 0 ? powers : [1]), most])];
}

export function DensityLegend({ width, ...scale }: Omit<DensityProps, 'x' | 'y'> & { readonly width: number }) {
  const { theme, peak, own } = scale;
  const label = `Shades: 1 to ${count(Math.round(peak))} points over a pixel, on a logarithmic scale${own ? ', in the mean of their colours' : ''}`;
  return (
    <svg class="scale" width={width} height={scaleLegendHeight} font-family={theme.font} role="img" aria-label={label}>
      <DensityScale {...scale} x={48} y={4} />
    </svg>
  );
}
