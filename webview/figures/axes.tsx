import { circlesOf } from '../../src/figures/disc';
import { roomLeft, type Scale } from './scale';
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
  /** Of a scatter. */
  readonly panel?: { readonly disc?: readonly number[] };
  readonly theme: FigureTheme;
}

/** A light grid with its numbers, and the names of both axes. */
export function Axes({ left, top, across, down, x, y, xLabel, yLabel, panel, theme }: FrameProps) {
  if (panel?.disc) return <Disc {...{ left, top, across, down, x, y, theme }} rings={panel.disc} />;
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
        {fitted(xLabel, across + 16, size.axis)}
      </Label>
      <Label x={left - roomLeft(y) + 8} y={top + down / 2} theme={theme} anchor="middle" turn={-90}>
        {fitted(yLabel, down + 16, size.axis)}
      </Label>
    </g>
  );
}

type DiscProps = Pick<FrameProps, 'left' | 'top' | 'across' | 'down' | 'x' | 'y' | 'theme'> & {
  readonly rings: readonly number[];
};

/** The edge of the disc and its circles, as much of them as is within the frame. */
export function Disc({ left, top, across, down, x, y, theme, rings }: DiscProps) {
  return (
    <g fill="none" stroke={theme.text}>
      {circlesOf(rings).map((circle, i) => {
        let inside = false;
        let d = '';
        for (const [u, v] of circle) {
          const [px, py] = [x.at(u), y.at(v)];
          const seen = px >= left && px <= left + across && py >= top && py <= top + down;
          if (seen) d += `${inside ? 'L' : 'M'}${px.toFixed(1)} ${py.toFixed(1)}`;
          inside = seen;
        }
        return (
          <path
            key={rings[i - 1] ?? 1}
            d={d}
            stroke-opacity={i === 0 ? 0.8 : 3 * theme.grid}
            stroke-width={i === 0 ? 1.25 : 1}
            stroke-dasharray={i === 0 ? undefined : '2 3'}
          />
        );
      })}
    </g>
  );
}

/** To the middle of a pixel: hairlines stay sharp. */
function round(value: number): number {
  return Math.floor(value) + 0.5;
}
