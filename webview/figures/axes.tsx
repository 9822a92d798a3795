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
  const vertical = x.ticks.map((tick) => `M${round(x.at(tick))} ${top}v${down}`).join('');
  const horizontal = y.ticks.map((tick) => `M${left} ${round(y.at(tick))}h${across}`).join('');
  return (
    <g>
      <path d={vertical + horizontal} stroke={theme.text} stroke-opacity={theme.grid} fill="none" />
      {x.ticks.map((tick) => (
        <Label key={tick} x={x.at(tick)} y={bottom + 10} theme={theme} size={size.tick} anchor="middle">
          {x.label(tick)}
        </Label>
      ))}
      {y.ticks.map((tick) => (
        <Label key={tick} x={left - 6} y={y.at(tick)} theme={theme} size={size.tick} anchor="end">
          {y.label(tick)}
        </Label>
      ))}
      <Label x={left + across / 2} y={bottom + 26} theme={theme} anchor="middle">
        {fitted(xLabel, across, size.axis)}
      </Label>
      <Label x={left - 40} y={top + down / 2} theme={theme} anchor="middle" turn={-90}>
        {fitted(yLabel, down, size.axis)}
      </Label>
    </g>
  );
}

/** To the middle of a pixel: hairlines stay sharp. */
function round(value: number): number {
  return Math.floor(value) + 0.5;
}
