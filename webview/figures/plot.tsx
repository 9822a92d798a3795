import type { ComponentChildren } from 'preact';
import { useId, useLayoutEffect, useRef, useState } from 'preact/hooks';
import type { FigureTheme } from './theme';

export type Step = 'ArrowLeft' | 'ArrowRight' | 'ArrowUp' | 'ArrowDown' | 'Home' | 'End';
const steps: readonly string[] = ['ArrowLeft', 'ArrowRight', 'ArrowUp', 'ArrowDown', 'Home', 'End'] satisfies Step[];

/** What can be pointed at in a plot: a cell, a point, a place on an axis. */
export interface Pointing<T> {
  /** What is at or near these pixels. */
  pick(x: number, y: number): T | null;
  /** The next one that way. `from` is null when the keyboard enters the plot. */
  step(from: T | null, key: Step): T | null;
  at(target: T): { readonly x: number; readonly y: number };
  /** First its name, then its values. */
  describe(target: T): readonly string[];
  /** Hovered or under the keyboard's cursor; null when neither. */
  onTarget?(target: T | null): void;
  onChoose?(target: T): void;
  /** A line was drawn with the button held: its places, in order; it closes itself. */
  onLasso?(line: readonly Spot[]): void;
}

interface Spot {
  readonly x: number;
  readonly y: number;
}

/** Pixels that a held pointer moves before it draws a line. */
const slip = 5;

interface PlotProps<T> {
  readonly width: number;
  readonly height: number;
  readonly theme: FigureTheme;
  /** What the figure shows, in one sentence. */
  readonly label: string;
  readonly pointing: Pointing<T>;
  readonly children: ComponentChildren;
  /** Drawn over the figure for what is pointed at. */
  overlay(target: T | null): ComponentChildren;
}

/** An SVG with one cursor for the mouse and for the arrow keys; what is under it is shown, and read out for the keys. */
export function Plot<T>({ width, height, theme, label, pointing, children, overlay }: PlotProps<T>) {
  const [target, setTarget] = useState<T | null>(null);
  const [spoken, setSpoken] = useState('');
  const [line, setLine] = useState<readonly Spot[] | null>(null);
  /** A line that ends is followed by a click that chooses nothing. */
  const drawn = useRef(false);
  const hint = useId();
  const point = (next: T | null, speak: boolean) => {
    setTarget(next);
    setSpoken(speak && next !== null ? pointing.describe(next).join(', ') : '');
    pointing.onTarget?.(next);
  };
  const onPointer = (event: PointerEvent) => {
    const spot = spotOf(event);
    const [start] = line ?? [];
    if (line && start && (line.length > 1 || Math.hypot(spot.x - start.x, spot.y - start.y) > slip)) {
      if (line.length === 1) (event.currentTarget as Element).setPointerCapture(event.pointerId);
      setLine([...line, spot]);
      if (target !== null) point(null, false);
    } else point(pointing.pick(spot.x, spot.y), false);
  };
  const onUp = () => {
    drawn.current = line !== null && line.length > 2;
    if (line && drawn.current) pointing.onLasso?.(line);
    setLine(null);
  };
  const onKey = (event: KeyboardEvent) => {
    if (steps.includes(event.key)) point(pointing.step(target, event.key as Step) ?? target, true);
    else if (event.key === 'Escape' && target !== null) point(null, false);
    else if ((event.key === 'Enter' || event.key === ' ') && target !== null && pointing.onChoose)
      pointing.onChoose(target);
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  return (
    <div
      class={pointing.onChoose ? 'plot choosable' : 'plot'}
      role="application"
      aria-label={label}
      aria-describedby={hint}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: an application takes keys
      tabIndex={0}
      onKeyDown={onKey}
      onBlur={() => point(null, false)}
      onPointerMove={onPointer}
      onPointerLeave={() => point(null, false)}
      onPointerDown={(event) => {
        drawn.current = false;
        if (pointing.onLasso && event.button === 0) setLine([spotOf(event)]);
      }}
      onPointerUp={onUp}
      onPointerCancel={() => setLine(null)}
      onClick={() => !drawn.current && target !== null && pointing.onChoose?.(target)}
    >
      <Sheet width={width} height={height} theme={theme}>
        {children}
        {overlay(target)}
        {line && line.length > 1 && (
          <polygon
            points={line.map(({ x, y }) => `${x},${y}`).join(' ')}
            fill={theme.focus}
            fill-opacity={0.12}
            stroke={theme.focus}
            stroke-width={1.5}
          />
        )}
      </Sheet>
      {target !== null && <Tooltip at={pointing.at(target)} width={width} lines={pointing.describe(target)} />}
      <span id={hint} class="hidden">
        Arrow keys move through the figure{pointing.onChoose ? ', Enter chooses' : ''}.
      </span>
      <span class="hidden" aria-live="polite">
        {spoken}
      </span>
    </div>
  );
}

function spotOf(event: PointerEvent): Spot {
  const box = (event.currentTarget as Element).getBoundingClientRect();
  return { x: event.clientX - box.left, y: event.clientY - box.top };
}

/** The SVG itself, complete: also what an exported file holds. */
export function Sheet({
  width,
  height,
  theme,
  children,
}: Pick<PlotProps<unknown>, 'width' | 'height' | 'theme' | 'children'>) {
  return (
    <svg
      xmlns="http://www.w3.org/2000/svg"
      width={width}
      height={height}
      viewBox={`0 0 ${width} ${height}`}
      font-family={theme.font}
      aria-hidden="true"
    >
      {children}
    </svg>
  );
}

function Tooltip({ at, width, lines }: { at: { x: number; y: number }; width: number; lines: readonly string[] }) {
  const box = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    const { current } = box;
    if (!current) return;
    const left = Math.max(0, Math.min(at.x + 12, width - current.offsetWidth));
    const above = at.y - current.offsetHeight - 10;
    current.style.left = `${left}px`;
    current.style.top = `${above < -40 ? at.y + 14 : above}px`;
  });
  return (
    <div class="tooltip" ref={box} aria-hidden="true">
      {lines.map((line, i) => (
        <div key={`${i} ${line}`} class={i === 0 ? 'name' : undefined}>
          {line}
        </div>
      ))}
    </div>
  );
}
