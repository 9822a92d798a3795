import type { Scale } from './scale';
import { fitted, Label, size } from './text';
import type { FigureTheme } from './theme';

interface FrameProps {
  readonly left: number;
  readonly top: number;
  readonly across: number;
  readonly down: number;
  readonly x: Scale;
  readonly y: Scale;
  readonly xLabel: string;
  readonly yLabel: string;
  readonly theme: FigureTheme;
}

/** A light grid with its numbers, and the names of both axes. */
export function Axes({ left, top, across, down, x, y, xLabel, yLabel, theme }: FrameProps) {
  const bottom = top + down;
  const vertical = x.ticks.map((tick) => `M${round(x.at(tick.value))} ${top}v${down}`).join('');
  const horizontal = y.ticks.map((tick) => `M${left} ${round(y.at(tick.value))}h${across}`).join('');
  return (
    <g>
      <path d={vertical + horizontal} stroke={theme.text} stroke-opacity={theme.grid} fill="none" />
      {x.ticks.map(({ value, text }) => (
        <Label key={text} x={x.at(value)} y={bottom + 10} theme={theme} size={size.tick} anchor="middle">
          {text}
        </Label>
      ))}
      {y.ticks.map(({ value, text }) => (
        <Label key={text} x={left - 6} y={y.at(value)} theme={theme} size={size.tick} anchor="end">
          {text}
        </Label>
      ))}
      <Label x={left + across / 2} y={bottom + 26} theme={theme} anchor="middle">
        {fitted(xLabel, across + 40, size.axis)}
      </Label>
      <Label x={left - 40} y={top + down / 2} theme={theme} anchor="middle" turn={-90}>
        {fitted(yLabel, down + 40, size.axis)}
      </Label>
    </g>
  );
}

/** To the middle of a pixel: hairlines stay sharp. */
function round(value: number): number {
  return Math.floor(value) + 0.5;
}
