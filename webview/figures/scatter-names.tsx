import { useMemo } from 'preact/hooks';
import { drawingOrder } from '../../src/figures/drawing-order';
import type { Scatter } from '../../src/protocol/figures';
import { nameOf } from './row-facts';
import { radiusAt, type ScatterLayout, type ScatterPlace } from './scatter-layout';
import { isSeen } from './scatter-points';
import { fitted, Label, size, textWidth } from './text';
import type { FigureTheme } from './theme';

/** What is written into a scatter: names of points, of classes, or nothing. */
export type Naming = 'points' | 'classes' | 'none';

/** Names that a panel has at most, points that are tried for them, and the width of one. */
const MOST = 60;
const TRIED = 1500;
const WIDEST = 140;
const LINE = 13;

/** A text on the figure: its left end, and the middle of its line. */
export interface Written {
  readonly text: string;
  readonly x: number;
  readonly y: number;
}

interface Wish {
  readonly text: string;
  /** Where it belongs. */
  readonly x: number;
  readonly y: number;
  /** Pixels beside that place that are to stay free; 0 writes over the middle of it. */
  readonly beside: number;
}

/** Texts at the places that are wished for, the first ones first, of which none overlaps another or leaves the box. */
export function written(
  wishes: Iterable<Wish>,
  { left, top, side, down }: Pick<ScatterPlace, 'left' | 'top' | 'side' | 'down'>,
  widthOf = (text: string) => textWidth(text, size.axis),
): Written[] {
  const boxes: { left: number; right: number; y: number }[] = [];
  const found: Written[] = [];
  for (const { text, x, y, beside } of wishes) {
    if (found.length >= MOST) break;
    const width = widthOf(text);
    const starts = beside > 0 ? [x + beside, x - beside - width] : [x - width / 2];
    for (const start of starts) {
      const box = { left: start - 2, right: start + width + 2, y };
      const inside = start >= left && box.right <= left + side + 6 && y >= top && y <= top + down;
      const free = boxes.every(
        (other) => box.right < other.left || box.left > other.right || Math.abs(other.y - y) >= LINE,
      );
      if (!inside || !free) continue;
      boxes.push(box);
      found.push({ text, x: start, y });
      break;
    }
  }
  return found;
}

interface NamesProps {
  readonly figure: Scatter;
  readonly layout: ScatterLayout;
  readonly theme: FigureTheme;
  readonly naming: Naming;
  readonly selection: ReadonlySet<number>;
  readonly shown: (point: number) => boolean;
}

/** Names that do not overlap: of classes where most of their points are, of points where there is room, selected ones first. */
export function Names({ figure, layout, theme, naming, selection, shown }: NamesProps) {
  const lists = useMemo(() => {
    if (naming === 'none') return [];
    return layout.panels.map((place) =>
      written(
        naming === 'classes' ? classWishes(figure, place, shown) : pointWishes(figure, place, layout, selection, shown),
        place,
      ),
    );
  }, [figure, layout, naming, selection, shown]);
  return (
    <g>
      {lists.map((list, i) => (
        <g key={`${i} ${layout.panels[i]?.panel.title}`}>
          {list.map(({ text, x, y }) => (
            <Label key={`${x} ${y}`} x={x} y={y} theme={theme} fill={theme.text} strong={naming === 'classes'} halo>
              {text}
            </Label>
          ))}
        </g>
      ))}
    </g>
  );
}

function pointWishes(
  figure: Scatter,
  place: ScatterPlace,
  layout: ScatterLayout,
  selection: ReadonlySet<number>,
  shown: (point: number) => boolean,
): Wish[] {
  const { rows } = figure;
  const order = drawingOrder(rows.length);
  const first: number[] = [];
  const others: number[] = [];
  for (let i = 0; i < order.length && others.length < TRIED && first.length < TRIED; i++) {
    const point = order[i] as number;
    if (!shown(point) || !isSeen(place, point)) continue;
    (selection.has(rows[point] as number) ? first : others).push(point);
  }
  return [...first, ...others].map((point) => ({
    text: fitted(nameOf(figure, point), WIDEST, size.axis),
    x: place.x.at(place.panel.xs[point] ?? 0),
    y: place.y.at(place.panel.ys[point] ?? 0),
    beside: radiusAt(layout, point) + 4,
  }));
}

/** The place of a class's name is found from so many of its points, at most. */
const WEIGHED = 2000;

function classWishes({ labels, rows }: Scatter, place: ScatterPlace, shown: (point: number) => boolean): Wish[] {
  if (labels?.kind !== 'category') return [];
  const points = labels.categories.map((): number[] => []);
  for (const point of drawingOrder(rows.length)) {
    const list = points[labels.index[point] ?? -1];
    if (list && list.length < WEIGHED && shown(point) && isSeen(place, point)) list.push(point);
  }
  return points
    .map((list, i) => ({ list, text: fitted(labels.categories[i] ?? '', WIDEST, size.axis) }))
    .filter(({ list }) => list.length > 0)
    .sort((a, b) => b.list.length - a.list.length)
    .map(({ list, text }) => ({ text, ...densest(list, place), beside: 0 }));
}

/** Cells across and down among which the fullest is sought. */
const CELLS = 12;

/** Where most of these points are, in pixels: their mean in the fullest cell of a grid over the panel. */
function densest(points: readonly number[], { panel, x, y, left, top, side, down }: ScatterPlace) {
  const cells = new Map<number, { count: number; x: number; y: number }>();
  let fullest = { count: 0, x: 0, y: 0 };
  for (const point of points) {
    const at = { x: x.at(panel.xs[point] as number), y: y.at(panel.ys[point] as number) };
    const key = CELLS * Math.floor((CELLS * (at.x - left)) / side) + Math.floor((CELLS * (at.y - top)) / down);
    const cell = cells.get(key) ?? { count: 0, x: 0, y: 0 };
    cells.set(key, cell);
    cell.count++;
    cell.x += at.x;
    cell.y += at.y;
    if (cell.count > fullest.count) fullest = cell;
  }
  return { x: fullest.x / fullest.count, y: fullest.y / fullest.count };
}
