import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { useWidth } from '../figures/figure';
import { placeOf, useLinkedRows } from '../figures/linked';
import { circle } from '../figures/shapes';
import { useTheme } from '../figures/theme';
import { count } from '../format';
import type { Picture } from './picture';

/** Rows whose lines are told apart. */
const LINES = 300;
/** Milliseconds from one space to the other. */
const TIME = 1400;

interface MovesProps {
  readonly picture: Picture;
  readonly names: readonly [string, string];
}

/** Where rows lie in both spaces, on the same axes, with a line from one place to the other; a slider leads all of them along. */
export function Moves({ picture, names }: MovesProps) {
  const { figure, moved } = picture;
  const { picked, marked, pointed } = useLinkedRows();
  const theme = useTheme();
  const [box, width] = useWidth();
  const [at, setAt] = useState(0);
  const [playing, setPlaying] = useState(false);
  const still = useMemo(() => window.matchMedia('(prefers-reduced-motion: reduce)').matches, []);
  const height = Math.round(Math.min(420, Math.max(220, 0.5 * width)));
  const place = useMemo(() => moved && scaled(moved, width, height), [moved, width, height]);
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
  if (!moved || !place) return null;
  const spot = (i: number, t: number) => place(i, t);
  const dots = width === 0 ? [] : chosen.map((i) => [i, ...spot(i, at)] as const);
  const special = [marked, pointed]
    .flatMap((row) => (row === null ? [] : placeOf(figure.rows, row)))
    .filter((i) => i >= 0);
  return (
    <section class="moves" aria-label="From one space to the other">
      <div class="bar">
        <h3>From one space to the other</h3>
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
      </div>
      <div ref={box}>
        <svg
          width={width}
          height={height}
          role="img"
          aria-label={`Lines from the places of ${chosen.length} rows in ${names[0]} to those in ${names[1]}`}
        >
          <path
            d={chosen.map((i) => `M${spot(i, 0).join(' ')}L${spot(i, 1).join(' ')}`).join('')}
            stroke={theme.muted}
            stroke-opacity={0.55}
            fill="none"
          />
          <path d={dots.map(([, x, y]) => circle(x, y, 2.4)).join('')} fill={theme.text} />
          {special.map((i) => {
            const [[x, y], [u, v], [p, q]] = [spot(i, 0), spot(i, 1), spot(i, at)];
            return (
              <g key={i}>
                <path d={`M${x} ${y}L${u} ${v}`} stroke={theme.text} stroke-width={2} />
                <circle cx={p} cy={q} r={6} fill={theme.background} stroke={theme.text} stroke-width={2} />
              </g>
            );
          })}
        </svg>
      </div>
      <p class="caption">
        {picked.size > 0
          ? `The ${count(chosen.length)} selected rows that move most`
          : `The ${count(chosen.length)} rows that move most, of ${count(figure.rows.length)},`}{' '}
        between their places on the two maps, once these are aligned. Select rows to see theirs.
      </p>
    </section>
  );
}

type Moved = NonNullable<Picture['moved']>;

/** Pixels of a row's place, the share `t` of the way from the first space to the second; both axes on one scale. */
function scaled({ first, second }: Moved, width: number, height: number) {
  const bounds = [0, 1].map((axis) => {
    let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
    for (const list of [first[axis] ?? [], second[axis] ?? []]) {
      for (const value of list) {
        if (value < low) low = value;
        if (value > high) high = value;
      }
    }
    return [low, high] as const;
  });
  const [[left, right], [bottom, top]] = bounds as [readonly [number, number], readonly [number, number]];
  const perPixel = Math.max((right - left) / Math.max(1, width - 24), (top - bottom) / (height - 24)) || 1;
  const [middleX, middleY] = [(left + right) / 2, (bottom + top) / 2];
  return (i: number, t: number): [number, number] => {
    const along = (axis: number) => {
      const [from, to] = [first[axis]?.[i] as number, second[axis]?.[i] as number];
      return from + t * (to - from);
    };
    const x = width / 2 + (along(0) - middleX) / perPixel;
    const y = height / 2 - (along(1) - middleY) / perPixel;
    return [Math.round(10 * x) / 10, Math.round(10 * y) / 10];
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
