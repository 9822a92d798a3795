import { extent } from '../../src/figures/ticks';
import type { Scatter, ScatterPanel } from '../../src/protocol/figures';
import type { CloudPlace, Domain } from './cloud';
import type { PointSizes } from './point-sizes';
import { padded, roomLeft, type Scale, scaleOver } from './scale';

export interface Place {
  readonly x: number;
  readonly y: number;
}

export interface ScatterPlace extends CloudPlace {
  readonly x: Scale;
  readonly y: Scale;
}

export interface ScatterLayout {
  readonly width: number;
  readonly height: number;
  readonly panels: readonly ScatterPlace[];
  /** Radius of a point, in pixels; where they differ, that of which all are multiples. */
  readonly radius: number;
  /** How large each point is; absent: they are alike. */
  readonly sizes?: PointSizes | undefined;
  /** Whether all panels have the same axes, and so the same view. */
  readonly shared: boolean;
}

/** Of one point, in pixels. */
export function radiusAt({ radius, sizes }: ScatterLayout, point: number): number {
  return sizes ? radius * sizes.factor(point) : radius;
}

/** The part of the data that a panel shows, where it is not all of it; by panel, or for all of them at 0 where axes are shared. */
export type Views = Readonly<Record<number, Domain>>;

const between = 24;
const narrowest = 220;
/** Beyond this, neighbouring single-precision numbers are seen as steps. */
const most = 10_000;
const margin = { top: 24, bottom: 38 };

/** What tells the axes of a panel from those of others. */
export function axesOf(panels: readonly ScatterPanel[], panel: ScatterPanel): string {
  const { x, y } = panels[panel.on ?? -1] ?? panel;
  return `${x.label}\n${y.label}`;
}

/** One unit is as long across as down, and in panels of the same axes as long in all of them: distances can be compared. */
export function layoutScatter(figure: Scatter, width: number, views: Views = {}, room = 48): ScatterLayout {
  const { panels } = figure;
  const perLine = Math.max(1, Math.min(panels.length, Math.floor((width + between) / (narrowest + between))));
  const each = (width - between * (perLine - 1)) / perLine;
  const side = each - room - 8;
  const [first, ...others] = panels.map((panel) => axesOf(panels, panel));
  const shared = others.every((labels) => labels === first);
  const domains = panels.map((panel) => domainOf(shared ? panels : [panel]));
  // As tall as the widest of them needs, between half a square and a square.
  const ratio = Math.max(...domains.map(({ x, y }) => (y[1] - y[0]) / (x[1] - x[0])));
  const down = side * Math.min(1, Math.max(0.6, ratio));
  const placed = panels.map((panel, i): ScatterPlace => {
    const left = (i % perLine) * (each + between) + room;
    const top = Math.floor(i / perLine) * (down + margin.top + margin.bottom) + margin.top;
    const whole = domains[i] ?? domainOf([panel]);
    const all = filling(whole, side, down);
    const domain = filling(views[shared ? 0 : i] ?? whole, side, down);
    const x = scaleOver(domain.x, [left, left + side], side / 50);
    const y = scaleOver(domain.y, [top + down, top], down / 50);
    const zoom = (all.x[1] - all.x[0]) / (domain.x[1] - domain.x[0]);
    return { panel, left, top, side, down, x, y, domain, whole, zoom };
  });
  const needed = Math.max(...placed.map(({ panel, y }) => (panel.disc ? 0 : roomLeft(y))));
  if (needed > room) return layoutScatter(figure, width, views, needed);
  const height = Math.ceil(panels.length / perLine) * (down + margin.top + margin.bottom);
  const count = figure.rows.length;
  const radius = count <= 600 ? 2.8 : count <= 2500 ? 2.2 : count <= 50_000 ? 1.6 : 1.1;
  return { width, height, panels: placed, radius, shared };
}

/** The domain grown to one scale for both axes of a panel. */
function filling({ x, y }: Domain, side: number, down: number): Domain {
  const perPixel = Math.max((x[1] - x[0]) / side, (y[1] - y[0]) / down);
  return { x: around(x, side * perPixel), y: around(y, down * perPixel) };
}

/** The panel at these pixels, or within a few of it. */
export function panelAt({ panels }: ScatterLayout, { x, y }: Place): number | null {
  const found = panels.findIndex(
    ({ left, top, side, down }) => x >= left - 8 && x <= left + side + 8 && y >= top - 8 && y <= top + down + 8,
  );
  return found < 0 ? null : found;
}

/** What is seen when the view is enlarged by `factor` around a place: never less than all that there is, or than is told apart. */
export function zoomed(
  { domain, zoom, left, top, side, down }: ScatterPlace,
  at: Place,
  factor: number,
): Domain | null {
  const next = Math.min(most, zoom * factor);
  if (next <= 1) return null;
  const by = zoom / next;
  const [u, v] = [(at.x - left) / side, (top + down - at.y) / down];
  return { x: about(domain.x, u, by), y: about(domain.y, v, by) };
}

/** What is seen when the data are moved by pixels; the middle stays within the data. */
export function moved({ domain, whole, side, down }: ScatterPlace, from: Place, to: Place): Domain {
  const across = ((from.x - to.x) / side) * (domain.x[1] - domain.x[0]);
  const upwards = ((to.y - from.y) / down) * (domain.y[1] - domain.y[0]);
  return { x: shifted(domain.x, across, whole.x), y: shifted(domain.y, upwards, whole.y) };
}

function about([low, high]: readonly [number, number], share: number, by: number): [number, number] {
  const fixed = low + share * (high - low);
  return [fixed - (fixed - low) * by, fixed + (high - fixed) * by];
}

function shifted(
  [low, high]: readonly [number, number],
  step: number,
  [least, greatest]: readonly [number, number],
): [number, number] {
  const middle = (low + high) / 2;
  const by = Math.min(Math.max(greatest, middle), Math.max(Math.min(least, middle), middle + step)) - middle;
  return [low + by, high + by];
}

/** Extents of panels: a million points are looked through once, not for each view. */
const extents = new WeakMap<ScatterPanel, Domain>();

function extentOf(panel: ScatterPanel): Domain {
  const disc: Domain = { x: [-1, 1], y: [-1, 1] };
  const known = extents.get(panel) ?? (panel.disc ? disc : { x: extent([panel.xs]), y: extent([panel.ys]) });
  extents.set(panel, known);
  return known;
}

/** Says what a panel is to have as its extent, where that is not the one of its points. */
export function setExtent(panel: ScatterPanel, domain: Domain): void {
  extents.set(panel, domain);
}

function domainOf(panels: readonly ScatterPanel[]): Domain {
  const all = panels.map(extentOf);
  return {
    x: padded(
      all.map(({ x }) => x),
      0.05,
    ),
    y: padded(
      all.map(({ y }) => y),
      0.05,
    ),
  };
}

function around([low, high]: readonly [number, number], span: number): [number, number] {
  const middle = (low + high) / 2;
  return [middle - span / 2, middle + span / 2];
}

/** The next point from `from` in a direction on the screen: the nearest within 45 degrees of it, or null at the edge. */
export function neighbour(
  { panel: { xs, ys }, x, y }: Pick<ScatterPlace, 'panel' | 'x' | 'y'>,
  from: number,
  [dx, dy]: readonly [number, number],
  has: (point: number) => boolean,
): number | null {
  const origin = { x: x.at(xs[from] ?? 0), y: y.at(ys[from] ?? 0) };
  let best: number | null = null;
  let least = Number.POSITIVE_INFINITY;
  for (let i = 0; i < xs.length; i++) {
    const right = x.at(xs[i] as number) - origin.x;
    const below = y.at(ys[i] as number) - origin.y;
    const along = right * dx + below * dy;
    const aside = Math.abs(right * dy) + Math.abs(below * dx);
    if (i === from || along <= 0 || aside > along || along + aside >= least || !has(i)) continue;
    least = along + aside;
    best = i;
  }
  return best;
}

/** The positions in the lists of a panel of the points that a closed line goes around. */
export function enclosed(place: ScatterPlace, line: readonly Place[]): number[] {
  const { xs, ys } = place.panel;
  const [left, right] = extent([line.map(({ x }) => x)]);
  const [top, bottom] = extent([line.map(({ y }) => y)]);
  const found: number[] = [];
  for (let i = 0; i < xs.length; i++) {
    const at = { x: place.x.at(xs[i] as number), y: place.y.at(ys[i] as number) };
    if (at.x < left || at.x > right || at.y < top || at.y > bottom) continue;
    if (encloses(line, at)) found.push(i);
  }
  return found;
}

/** Whether a closed line goes around a point: a ray from it crosses the line an odd number of times. */
export function encloses(line: readonly Place[], { x, y }: Place): boolean {
  let inside = false;
  for (let i = 0, before = line.length - 1; i < line.length; before = i++) {
    const [a, b] = [line[i] as Place, line[before] as Place];
    if (a.y > y !== b.y > y && x < ((b.x - a.x) * (y - a.y)) / (b.y - a.y) + a.x) inside = !inside;
  }
  return inside;
}
