import type { FigureTheme } from './theme';

/** Sizes of a figure's text, in pixels: as small as it stays legible in print. */
export const size = { title: 12, axis: 11, tick: 10 };

/** About how wide `text` is, in pixels; good enough to leave room for it, and the same in every process. */
export function textWidth(text: string, fontSize: number): number {
  return text.length * fontSize * 0.56;
}

/** `text` cut at its end to fit `width`. */
export function fitted(text: string, width: number, fontSize: number): string {
  const most = Math.max(1, Math.floor(width / (fontSize * 0.56)));
  return text.length <= most ? text : `${text.slice(0, Math.max(1, most - 1))}…`;
}

interface LabelProps {
  readonly x: number;
  readonly y: number;
  readonly theme: FigureTheme;
  readonly size?: number;
  readonly anchor?: 'start' | 'middle' | 'end';
  readonly fill?: string;
  /** Degrees, about the label's own place. */
  readonly turn?: number;
  readonly strong?: boolean;
  readonly children: string;
}

/** Text vertically centred on `y`, by a shift that every SVG program knows. */
export function Label({
  x,
  y,
  theme,
  size: fontSize = size.axis,
  anchor = 'start',
  fill,
  turn,
  strong,
  children,
}: LabelProps) {
  return (
    <text
      x={x}
      y={y}
      dy="0.35em"
      font-size={fontSize}
      text-anchor={anchor}
      fill={fill ?? theme.muted}
      font-weight={strong ? 600 : undefined}
      transform={turn ? `rotate(${turn} ${x} ${y})` : undefined}
    >
      {children}
    </text>
  );
}
