import type { Scatter, ScatterPanel } from '../../src/protocol/figures';
import { type Flow, flow } from './flow';
import { padded, type Scale, scaleOver } from './scale';

export interface Place {
  readonly x: number;
  readonly y: number;
}

export interface ScatterPlace {
  readonly panel: ScatterPanel;
  readonly left: number;
  readonly top: number;
  readonly side: number;
  readonly down: number;
  readonly x: Scale;
  readonly y: Scale;
}

export interface ScatterLayout {
  readonly width: number;
  readonly height: number;
  readonly panels: readonly ScatterPlace[];
  /** Radius of a point, in pixels. */
  readonly radius: number;
  /** Where the legend begins, if there is one. */
  readonly legend: Flow & { readonly top: number };
}

const between = 24;
const narrowest = 220;
const margin = { left: 48, top: 24, bottom: 38 };

/** One unit is as long across as down, and in panels of the same axes as long in all of them: distances can be compared. */
export function layoutScatter(figure: Scatter, width: number): ScatterLayout {
  const { panels } = figure;
  const perLine = Math.max(1, Math.min(panels.length, Math.floor((width + between) / (narrowest + between))));
  const each = (width - between * (perLine - 1)) / perLine;
  const side = each - margin.left - 8;
  const shared = panels.every(({ x, y }) => x.label === panels[0]?.x.label && y.label === panels[0]?.y.label);
  const domains = panels.map((panel) => domainOf(shared ? panels : [panel]));
  // As tall as the widest of them needs, between half a square and a square.
  const ratio = Math.max(...domains.map(({ x, y }) => (y[1] - y[0]) / (x[1] - x[0])));
  const down = side * Math.min(1, Math.max(0.6, ratio));
  const placed = panels.map((panel, i): ScatterPlace => {
    const left = (i % perLine) * (each + between) + margin.left;
    const top = Math.floor(i / perLine) * (down + margin.top + margin.bottom) + margin.top;
    const domain = domains[i] ?? domainOf([panel]);
    const perPixel = Math.max((domain.x[1] - domain.x[0]) / side, (domain.y[1] - domain.y[0]) / down);
    const x = scaleOver(around(domain.x, side * perPixel), [left, left + side], side / 70);
    const y = scaleOver(around(domain.y, down * perPixel), [top + down, top], down / 60);
    return { panel, left, top, side, down, x, y };
  });
  const bottom = Math.ceil(panels.length / perLine) * (down + margin.top + margin.bottom);
  const legend = legendOf(figure, width, bottom + 4);
  const count = figure.rows.length;
  const radius = count <= 600 ? 2.8 : count <= 2500 ? 2.2 : 1.6;
  return { width, height: legend.bottom, panels: placed, radius, legend };
}

function domainOf(panels: readonly ScatterPanel[]): { x: [number, number]; y: [number, number] } {
  return {
    x: padded(
      panels.map(({ xs }) => xs),
      0.05,
    ),
    y: padded(
      panels.map(({ ys }) => ys),
      0.05,
    ),
  };
}

function around([low, high]: readonly [number, number], span: number): [number, number] {
  const middle = (low + high) / 2;
  return [middle - span / 2, middle + span / 2];
}

function legendOf({ labels }: Scatter, width: number, top: number): Flow & { readonly top: number } {
  if (labels?.kind === 'category')
    return { top, ...flow([labels.name, ...labels.categories], margin.left, top, width) };
  return { top, places: [], bottom: labels ? top + 30 : top };
}

/** The next point from `from` in a direction: the nearest within 45 degrees of it, or null at the edge. */
export function neighbour(
  places: readonly { readonly x: number; readonly y: number }[],
  from: number,
  [dx, dy]: readonly [number, number],
): number | null {
  const origin = places[from];
  if (!origin) return null;
  let best: number | null = null;
  let least = Number.POSITIVE_INFINITY;
  for (const [i, { x, y }] of places.entries()) {
    const along = (x - origin.x) * dx + (y - origin.y) * dy;
    const aside = Math.abs((x - origin.x) * dy) + Math.abs((y - origin.y) * dx);
    if (i === from || along <= 0 || aside > along || along + aside >= least) continue;
    least = along + aside;
    best = i;
  }
  return best;
}

/** The point nearest to (x, y) and at most `reach` pixels away. */
export function nearest(
  places: readonly { readonly x: number; readonly y: number }[],
  x: number,
  y: number,
  reach: number,
): number | null {
  let best: number | null = null;
  let least = reach ** 2;
  for (const [i, place] of places.entries()) {
    const distance = (place.x - x) ** 2 + (place.y - y) ** 2;
    if (distance > least) continue;
    least = distance;
    best = i;
  }
  return best;
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
