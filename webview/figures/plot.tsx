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
  /** What is shown besides of a target, and not read out at every step. */
  more?(target: T): readonly string[];
  /** Hovered or under the keyboard's cursor; null when neither. */
  onTarget?(target: T | null): void;
  onChoose?(target: T): void;
  /** A line was drawn with the button held: its places, in order; it closes itself. */
  onLasso?(line: readonly Spot[]): void;
  /** What a held pointer does: draws a line, a box as such a line, or moves; Shift does the other. Absent: a line, if there is one. */
  readonly tool?: Tool;
  /** Larger (a factor above 1) or smaller around a place; null: all of it again. */
  onZoom?(at: Spot | null, factor: number): void;
  /** Dragged from one place to another. */
  onMove?(from: Spot, to: Spot): void;
  /** Arrow keys move this, and not the cursor: by so many steps to the right and down. */
  onTurn?(right: number, down: number): void;
  /** What is shown of a target above its name: a picture. */
  show?(target: T): ComponentChildren;
}

export type Tool = 'lasso' | 'box' | 'move';

export interface Spot {
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
  /** Under the drawing: a canvas. */
  readonly backdrop?: ComponentChildren;
  readonly children: ComponentChildren;
  /** Drawn over the figure for what is pointed at. */
  overlay(target: T | null): ComponentChildren;
}

/** An SVG with one cursor for the mouse and for the arrow keys; what is under it is shown, and read out for the keys. */
export function Plot<T>({ width, height, theme, label, pointing, backdrop, children, overlay }: PlotProps<T>) {
  const [target, setTarget] = useState<T | null>(null);
  const [spoken, setSpoken] = useState('');
  const [line, setLine] = useState<readonly Spot[] | null>(null);
  /** A line that ends is followed by a click that chooses nothing. */
  const drawn = useRef(false);
  const hint = useId();
  const dragged = useRef<Spot | null>(null);
  const box = useRef<HTMLDivElement>(null);
  useWheel(box, pointing.onZoom);
  const point = (next: T | null, speak: boolean) => {
    setTarget(next);
    setSpoken(speak && next !== null ? pointing.describe(next).join(', ') : '');
    pointing.onTarget?.(next);
  };
  const onPointer = (event: PointerEvent) => {
    const spot = spotOf(event);
    const [start] = line ?? [];
    const before = dragged.current;
    if (before) {
      if (!drawn.current && Math.hypot(spot.x - before.x, spot.y - before.y) <= slip) return;
      if (!drawn.current) (event.currentTarget as Element).setPointerCapture(event.pointerId);
      drawn.current = true;
      dragged.current = spot;
      if (target !== null) point(null, false);
      pointing.onMove?.(before, spot);
    } else if (line && start && (line.length > 1 || Math.hypot(spot.x - start.x, spot.y - start.y) > slip)) {
      if (line.length === 1) (event.currentTarget as Element).setPointerCapture(event.pointerId);
      setLine(pointing.tool === 'box' ? boxOf(start, spot) : [...line, spot]);
      if (target !== null) point(null, false);
    } else point(pointing.pick(spot.x, spot.y), false);
  };
  const onUp = () => {
    if (dragged.current) {
      dragged.current = null;
      return;
    }
    drawn.current = line !== null && line.length > 2;
    if (line && drawn.current) pointing.onLasso?.(line);
    setLine(null);
  };
  const onKey = (event: KeyboardEvent) => {
    const turn = pointing.onTurn && turns[event.key];
    if (turn) pointing.onTurn?.(...turn);
    else if (steps.includes(event.key)) point(pointing.step(target, event.key as Step) ?? target, true);
    else if (event.key === 'Escape' && target !== null) point(null, false);
    else if ((event.key === 'Enter' || event.key === ' ') && target !== null && pointing.onChoose)
      pointing.onChoose(target);
    else if (pointing.onZoom && zooms[event.key] !== undefined) pointing.onZoom(null, zooms[event.key] ?? 1);
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  return (
    <div
      ref={box}
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
        if (event.button !== 0) return;
        const moves = !pointing.onLasso || (pointing.tool === 'move') !== event.shiftKey;
        if (pointing.onMove && moves) dragged.current = spotOf(event);
        else if (pointing.onLasso) setLine([spotOf(event)]);
      }}
      onPointerUp={onUp}
      onPointerCancel={() => {
        dragged.current = null;
        setLine(null);
      }}
      onClick={() => !drawn.current && target !== null && pointing.onChoose?.(target)}
    >
      {backdrop}
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
      {target !== null && (
        <Tooltip
          at={pointing.at(target)}
          width={width}
          lines={[...pointing.describe(target), ...(pointing.more?.(target) ?? [])]}
          picture={pointing.show?.(target)}
        />
      )}
      <span id={hint} class="hidden">
        Arrow keys {pointing.onTurn ? 'turn the figure, Home and End move' : 'move'} through{' '}
        {pointing.onTurn ? 'its points' : 'the figure'}
        {pointing.onChoose ? ', Enter chooses' : ''}
        {pointing.onZoom ? ', plus and minus zoom, 0 shows all' : ''}.
      </span>
      <span class="hidden" aria-live="polite">
        {spoken}
      </span>
    </div>
  );
}

const turns: Readonly<Record<string, readonly [number, number]>> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
};

/** A line around the box between two corners. */
function boxOf(a: Spot, b: Spot): Spot[] {
  return [a, { x: b.x, y: a.y }, b, { x: a.x, y: b.y }];
}

/** What keys zoom by; 0 is all of it. */
const zooms: Readonly<Record<string, number>> = { '+': 1.5, '=': 1.5, '-': 1 / 1.5, '0': 0 };

/** The wheel zooms where the plot has the focus, or with the key that zooms elsewhere; otherwise it scrolls the page. */
function useWheel(box: { readonly current: HTMLDivElement | null }, onZoom: Pointing<unknown>['onZoom']): void {
  useLayoutEffect(() => {
    const { current } = box;
    if (!current || !onZoom) return;
    const onWheel = (event: WheelEvent) => {
      if (!event.ctrlKey && !event.metaKey && document.activeElement !== current) return;
      event.preventDefault();
      onZoom(spotOf(event), Math.exp(-event.deltaY * (event.deltaMode === 0 ? 0.002 : 0.06)));
    };
    current.addEventListener('wheel', onWheel, { passive: false });
    return () => current.removeEventListener('wheel', onWheel);
  }, [box, onZoom]);
}

function spotOf(event: MouseEvent): Spot {
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

interface TooltipProps {
  readonly at: Spot;
  readonly width: number;
  readonly lines: readonly string[];
  readonly picture: ComponentChildren;
}

function Tooltip({ at, width, lines, picture }: TooltipProps) {
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
      {picture}
      {lines.map((line, i) => (
        <div key={`${i} ${line}`} class={i === 0 ? 'name' : undefined}>
          {line}
        </div>
      ))}
    </div>
  );
}
