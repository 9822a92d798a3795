import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { extent } from '../../src/figures/ticks';
import type { Table } from '../../src/protocol/result';
import { DataTable } from '../data-table';
import { svgOf } from '../figures/export';
import { usePictureMenu, useWidth } from '../figures/figure';
import { placeOf, useLinkedRows } from '../figures/linked';
import { Plot, type Pointing, type Spot } from '../figures/plot';
import { nameOf } from '../figures/row-facts';
import { layoutScatter, type ScatterLayout } from '../figures/scatter-layout';
import { Frames } from '../figures/scatter-points';
import { circle } from '../figures/shapes';
import { type FigureTheme, useTheme } from '../figures/theme';
import { count, number } from '../format';
import { Menu } from '../menu';
import type { Picture } from './picture';

/** Rows whose lines are told apart. */
const LINES = 300;
/** Pixels that the picture is wide at most: it is about as tall. */
const WIDEST = 560;
/** Pixels from a dot at which it is pointed at. */
const NEAR = 12;
const TITLE = 'From one space to the other';
/** Milliseconds from one space to the other. */
const TIME = 1400;

interface MovesProps {
  readonly picture: Picture;
  readonly names: readonly [string, string];
}

/** Where rows lie in both spaces, on the same axes, with a line from one place to the other; a slider leads all of them along. */
export function Moves({ picture, names }: MovesProps) {
  const { figure, moved } = picture;
  const { picked, marked, pointed, point, mark } = useLinkedRows();
  const theme = useTheme();
  const [box, width] = useWidth();
  const [at, setAt] = useState(0);
  const [playing, setPlaying] = useState(false);
  const still = useMemo(() => window.matchMedia('(prefers-reduced-motion: reduce)').matches, []);
  const layout = useMemo(
    () => moved && width > 0 && layoutMoves(picture, moved, Math.min(WIDEST, width)),
    [picture, moved, width],
  );
  const chosen = useMemo(() => (moved ? farthest(figure.rows, moved, picked) : []), [moved, figure.rows, picked]);
  const frame = useRef(0);
  useEffect(() => {
    if (!playing) return;
    const to = at < 0.5 ? 1 : 0;
    if (still) {
      setAt(to);
      setPlaying(false);
      return;
    }
    const from = at;
    const start = performance.now();
    const step = (now: number) => {
      const part = Math.min(1, (now - start) / TIME);
      setAt(from + (to - from) * part * part * (3 - 2 * part));
      if (part < 1) frame.current = requestAnimationFrame(step);
      else setPlaying(false);
    };
    frame.current = requestAnimationFrame(step);
    return () => cancelAnimationFrame(frame.current);
    // The place where it began is that of the click.
  }, [playing]);
  const how =
    picked.size > 0
      ? `The ${count(chosen.length)} selected rows that move most`
      : `The ${count(chosen.length)} rows that move most, of ${count(figure.rows.length)},`;
  const caption = `${how} between their places on the two maps, once these are aligned.`;
  const table = () => (moved ? [tableOf(picture, moved, names, chosen)] : []);
  const draw = () => {
    if (!layout || !moved) return '';
    const drawing = {
      ...{ width: layout.width, height: layout.height },
      draw: (on: FigureTheme) => <Drawing {...{ layout, moved, chosen, at }} theme={on} />,
    };
    const dots = `The dots are ${Math.round(100 * at)} % of the way from ${names[0]} to ${names[1]}.`;
    return svgOf(drawing, TITLE, `${caption} ${dots}`);
  };
  const { asTable, items } = usePictureMenu('moves', draw, table);
  if (!moved) return null;
  const special = [marked, pointed]
    .flatMap((row) => (row === null ? [] : placeOf(figure.rows, row)))
    .filter((i) => i >= 0);
  const pointing = layout && pointingAt(picture, moved, chosen, (i) => spotOf(layout, moved, i, at));
  return (
    <section class="moves" aria-label={TITLE}>
      <div class="bar">
        <h3>{TITLE}</h3>
        <label>
          <span class="caption">{names[0]}</span>
          <input
            type="range"
            min={0}
            max={1}
            step={0.01}
            value={at}
            aria-label={`Place between ${names[0]} and ${names[1]}`}
            onInput={(event) => {
              setPlaying(false);
              setAt(Number(event.currentTarget.value));
            }}
          />
          <span class="caption">{names[1]}</span>
        </label>
        <button type="button" class="secondary" onClick={() => setPlaying(!playing)}>
          {playing ? 'Stop' : still ? 'Go to the other' : 'Play'}
        </button>
        <Menu compact title={`Options of ${TITLE}`} items={items} />
      </div>
      <div ref={box}>
        {asTable && table().map((one) => <DataTable key={one.title} table={one} name="moves" />)}
        {!asTable && layout && pointing && (
          <Plot
            width={layout.width}
            height={layout.height}
            theme={theme}
            label={`Lines from the places of ${chosen.length} rows in ${names[0]} to those in ${names[1]}`}
            pointing={{
              ...pointing,
              onTarget: (i) => point(i === null ? null : (figure.rows[i] ?? null)),
              onChoose: (i) => mark(figure.rows[i] === marked ? null : (figure.rows[i] ?? null)),
            }}
            overlay={() => special.map((i) => <Special key={i} {...{ layout, moved, i, at, theme }} />)}
          >
            <Drawing {...{ layout, moved, chosen, at, theme }} />
          </Plot>
        )}
      </div>
      <p class="caption">{caption} Select rows to see theirs.</p>
    </section>
  );
}

interface DrawingProps {
  readonly layout: ScatterLayout;
  readonly moved: Moved;
  /** Share of the way that the dots have come. */
  readonly at: number;
  readonly theme: FigureTheme;
}

function Drawing({ layout, moved, chosen, at, theme }: DrawingProps & { readonly chosen: readonly number[] }) {
  const dots = chosen.map((i) => spotOf(layout, moved, i, at));
  return (
    <g>
      <Frames layout={layout} theme={theme} />
      <path
        d={chosen.map((i) => lineOf(layout, moved, i)).join('')}
        stroke={theme.muted}
        stroke-opacity={0.55}
        fill="none"
      />
      <path d={dots.map(({ x, y }) => circle(x, y, 2.4)).join('')} fill={theme.text} />
    </g>
  );
}

/** A row that is marked or pointed at. */
function Special({ layout, moved, i, at, theme }: DrawingProps & { readonly i: number }) {
  const { x, y } = spotOf(layout, moved, i, at);
  return (
    <g pointer-events="none">
      <path d={lineOf(layout, moved, i)} stroke={theme.text} stroke-width={2} />
      <circle cx={x} cy={y} r={6} fill={theme.background} stroke={theme.text} stroke-width={2} />
    </g>
  );
}

type Moved = NonNullable<Picture['moved']>;

/** Both maps in one panel, on the axes of the first. */
function layoutMoves({ figure }: Picture, { first, second }: Moved, width: number): ScatterLayout {
  const along = (axis: number) => extent([first[axis] ?? [], second[axis] ?? []]);
  const { x, y } = figure.panels.find(({ on }) => on !== undefined) ?? { x: { label: '' }, y: { label: '' } };
  return layoutScatter({ ...figure, panels: [{ title: '', x, y, xs: along(0), ys: along(1) }] }, width);
}

/** The pixel of a row, the share `t` of the way from the first space to the second. */
function spotOf({ panels: [panel] }: ScatterLayout, { first, second }: Moved, i: number, t: number): Spot {
  const along = (axis: number) => {
    const [from, to] = [first[axis]?.[i] as number, second[axis]?.[i] as number];
    return from + t * (to - from);
  };
  const pixel = (value: number | undefined) => Math.round(10 * (value ?? 0)) / 10;
  return { x: pixel(panel?.x.at(along(0))), y: pixel(panel?.y.at(along(1))) };
}

function lineOf(layout: ScatterLayout, moved: Moved, i: number): string {
  const [from, to] = [spotOf(layout, moved, i, 0), spotOf(layout, moved, i, 1)];
  return `M${from.x} ${from.y}L${to.x} ${to.y}`;
}

/** How far a row moves, on all axes. */
function distanceOf({ first, second }: Moved, i: number): number {
  return Math.hypot(...first.map((list, axis) => (list[i] as number) - (second[axis]?.[i] as number)));
}

/** Dots are pointed at; arrow keys go from the row that moves most to the others. */
function pointingAt(
  { figure }: Picture,
  moved: Moved,
  chosen: readonly number[],
  at: (i: number) => Spot,
): Pointing<number> {
  return {
    pick: (x, y) => {
      const far = chosen.map((i) => Math.hypot(at(i).x - x, at(i).y - y));
      const least = Math.min(...far);
      return least < NEAR ? (chosen[far.indexOf(least)] ?? null) : null;
    },
    step: (from, key) => {
      if (key === 'Home' || from === null) return chosen[0] ?? null;
      if (key === 'End') return chosen.at(-1) ?? null;
      return chosen[chosen.indexOf(from) + (key === 'ArrowLeft' || key === 'ArrowUp' ? -1 : 1)] ?? null;
    },
    at,
    describe: (i) => [nameOf(figure, i), `moves by ${number(distanceOf(moved, i))}`],
  };
}

function tableOf(
  { figure }: Picture,
  moved: Moved,
  names: readonly [string, string],
  chosen: readonly number[],
): Table {
  const sides = [moved.first, moved.second].flatMap((places, side) =>
    places.map((list, axis) => ({ name: `${names[side]}: axis ${axis + 1} of ${names[0]}`, list })),
  );
  return {
    title: TITLE,
    columns: ['row', ...(figure.names ? ['name'] : []), 'distance', ...sides.map(({ name }) => name)],
    rows: chosen.map((i) => [
      figure.rows[i] ?? null,
      ...(figure.names ? [figure.names[i] ?? null] : []),
      distanceOf(moved, i),
      ...sides.map(({ list }) => list[i] ?? null),
    ]),
  };
}

/** Places of the rows that move most, of those picked where some are; these first. */
function farthest(rows: readonly number[], { first, second }: Moved, picked: ReadonlySet<number>): number[] {
  const found: number[] = [];
  const far: number[] = [];
  for (let i = 0; i < rows.length; i++) {
    if (picked.size > 0 && !picked.has(rows[i] as number)) continue;
    let square = 0;
    for (const [axis, list] of first.entries()) square += ((list[i] as number) - (second[axis]?.[i] as number)) ** 2;
    if (found.length === LINES && !(square > (far[LINES - 1] as number))) continue;
    let at = found.length < LINES ? found.length : LINES - 1;
    for (; at > 0 && (far[at - 1] as number) < square; at--) {
      far[at] = far[at - 1] as number;
      found[at] = found[at - 1] as number;
    }
    far[at] = square;
    found[at] = i;
  }
  return found;
}
