import { textWidth as estimated } from '../../src/figures/markup';
import type { FigureTheme } from './theme';

/** Sizes of a figure's text, in pixels: as small as it stays legible in print. */
export const size = { title: 12, axis: 11, tick: 10 };

let pen: CanvasRenderingContext2D | null | undefined;
const widths = new Map<string, number>();

/** Width of `text` in the page's font, in pixels; an estimate where there is no page. */
export function textWidth(text: string, fontSize: number): number {
  if (pen === undefined) pen = globalThis.document?.createElement('canvas').getContext('2d') ?? null;
  if (!pen) return estimated(text, fontSize);
  const key = `${fontSize} ${text}`;
  let width = widths.get(key);
  if (width === undefined) {
    pen.font = `${fontSize}px ${getComputedStyle(document.body).fontFamily}`;
    width = pen.measureText(text).width;
    widths.set(key, width);
  }
  return width;
}

/** `text` cut at its end to fit `width`. */
export function fitted(text: string, width: number, fontSize: number): string {
  if (textWidth(text, fontSize) <= width) return text;
  let kept = text.length - 1;
  while (kept > 1 && textWidth(`${text.slice(0, kept)}…`, fontSize) > width) kept--;
  return `${text.slice(0, kept).trimEnd()}…`;
}

/**
 * Each text as `fitted` has it; where two that differ would come out alike, cut in the middle, so that their ends tell them apart, or
 * less what all begin with where these do not.
 */
export function fittedApart(texts: readonly string[], width: number, fontSize: number): string[] {
  const apart = (cut: readonly string[]) => new Set(cut).size === new Set(texts).size;
  const cut = texts.map((text) => fitted(text, width, fontSize));
  if (apart(cut)) return cut;
  const middle = cutInTheMiddle(texts, width, fontSize);
  if (apart(middle)) return middle;
  const [first = ''] = texts;
  let shared = 0;
  while (shared < first.length && texts.every((text) => text[shared] === first[shared])) shared++;
  const without = texts.map((text) => fitted(`…${text.slice(shared)}`, width, fontSize));
  return shared > 1 && apart(without) ? without : middle;
}

function cutInTheMiddle(texts: readonly string[], width: number, fontSize: number): string[] {
  return texts.map((text) => {
    if (textWidth(text, fontSize) <= width) return text;
    const without = (kept: number) => {
      const end = Math.ceil(kept / 2);
      return `${text.slice(0, kept - end).trimEnd()}…${text.slice(text.length - end).trimStart()}`;
    };
    let kept = text.length - 1;
    while (kept > 2 && textWidth(without(kept), fontSize) > width) kept--;
    return without(kept);
  });
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
  /** A ground around the letters, over lines and points. */
  readonly halo?: boolean;
  readonly children: string;
}

/** Text vertically centred on `y`, by a shift that every SVG program knows. */
export function Label(props: LabelProps) {
  const { x, y, theme, size: fontSize = size.axis, anchor = 'start', fill, turn, strong, halo, children } = props;
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
      {...(halo && { stroke: theme.background, 'stroke-width': 3, 'paint-order': 'stroke' })}
    >
      {children}
    </text>
  );
}
