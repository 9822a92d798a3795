import type { PointLabels, Scatter, ScatterPanel } from '../protocol/figures';
import { cloudImage } from './cloud-image';
import { colourBar, colourBarWidth, type SpreadScale } from './colour-bar';
import { circlesOf } from './disc';
import type { Drawing } from './drawing';
import { ink, label, round, shortened, tag, textWidth } from './markup';
import { categoryColour, scaleColour, shapeIndex } from './palettes';
import { besideNumbers, extent, linearTicks, scaleTo } from './ticks';
import { legibleSpread, valueScale } from './value-scale';

/** Side of a panel, in pixels. */
const SIDE = 320;
/** More points than this are an image, of so many pixels for each of the figure's. */
const MANY = 5000;
const FINE = 3;
const GAP = 28;
const LEGEND = 24;

/** Panels side by side on equal axes, so that distances may be compared by eye; one legend for all. */
export function drawScatter(figure: Scatter): Drawing {
  const { panels, labels } = figure;
  const paint = painter(labels);
  const aside = besideNumbers(panels.flatMap((panel) => (panel.disc ? [] : linearTicks(domainsOf(panel)[1]))));
  const left = aside + 12;
  const parts = panels.map((panel, i) => {
    const x = left + i * (SIDE + left + GAP);
    return tag('g', { transform: `translate(${x} 24)` }, drawPanel(panel, paint, aside));
  });
  const drawn =
    figure.rows.length > MANY
      ? { note: `The points are an image of ${FINE * SIDE} by ${FINE * SIDE} pixels in each panel.` }
      : {};
  const right = panels.length * (SIDE + left + GAP) - GAP + 20;
  const height = 24 + SIDE + 40;
  if (labels?.kind === 'number') {
    const scale = scaleOf(labels);
    parts.push(colourBar(scale, right, 24, 220, `scale-${figure.id}`));
    return { width: right + colourBarWidth(scale), height, body: parts.join('\n'), ...drawn };
  }
  if (!labels) return { width: right, height, body: parts.join('\n'), ...drawn };
  const shown = labels.categories.slice(0, LEGEND);
  const rest = labels.categories.length - shown.length;
  const names = [...shortened(shown, 28), ...(rest > 0 ? [`and ${rest} more`] : [])];
  parts.push(label(right, 16, labels.name, { fill: ink.soft }));
  names.forEach((name, i) => {
    const y = 32 + i * 15;
    if (i < shown.length) parts.push(mark(i, right + 5, y - 3.5, 4, categoryColour(i, 'light')));
    parts.push(label(right + 16, y, name));
  });
  const width = right + 16 + Math.max(textWidth(labels.name), ...names.map((name) => textWidth(name)));
  return { width, height: Math.max(height, 40 + names.length * 15), body: parts.join('\n'), ...drawn };
}

type Paint = (point: number) => { readonly colour: string; readonly shape: number };

function painter(labels: PointLabels | undefined): Paint {
  if (!labels) return () => ({ colour: categoryColour(0, 'light'), shape: 0 });
  if (labels.kind === 'category') {
    return (point) => {
      const index = labels.index[point] ?? -1;
      return { colour: index < 0 ? ink.axis : categoryColour(index, 'light'), shape: Math.max(0, index) };
    };
  }
  const { share } = valueScale(labels.values, legibleSpread(labels.values));
  return (point) => {
    const value = labels.values[point] ?? null;
    const colour = value === null ? ink.axis : scaleColour({ kind: 'points', domain: [0, 1] }, share(value), 'light');
    return { colour, shape: 0 };
  };
}

function scaleOf({ name, values }: Extract<PointLabels, { kind: 'number' }>): SpreadScale {
  const scale = valueScale(values, legibleSpread(values));
  return { label: name, kind: 'points', domain: scale.domain, ...(scale.spread !== 'even' && { spread: scale }) };
}

function domainsOf({ xs, ys, disc }: ScatterPanel) {
  return disc ? square([-1, 1], [-1, 1]) : square(extent([xs]), extent([ys]));
}

function drawPanel(panel: ScatterPanel, paint: Paint, aside: number): string {
  const { title, x, y, xs, ys, disc } = panel;
  const [domainX, domainY] = domainsOf(panel);
  const atX = scaleTo(domainX, [0, SIDE]);
  const atY = scaleTo(domainY, [SIDE, 0]);
  const parts = [label(0, -8, title, { size: 12 })];
  for (const [i, circle] of disc ? circlesOf(disc).entries() : []) {
    const d = `M${circle.map(([u, v]) => `${round(atX(u))} ${round(atY(v))}`).join('L')}`;
    const dashes = i === 0 ? {} : { 'stroke-dasharray': '2 3' };
    parts.push(tag('path', { d, fill: 'none', stroke: i === 0 ? ink.axis : ink.grid, ...dashes }));
  }
  for (const { value, text } of disc ? [] : linearTicks(domainX)) {
    parts.push(tag('line', { x1: atX(value), x2: atX(value), y1: 0, y2: SIDE, stroke: ink.grid }));
    parts.push(label(atX(value), SIDE + 14, text, { size: 10, anchor: 'middle', fill: ink.soft }));
  }
  for (const { value, text } of disc ? [] : linearTicks(domainY)) {
    parts.push(tag('line', { x1: 0, x2: SIDE, y1: atY(value), y2: atY(value), stroke: ink.grid }));
    parts.push(label(-6, atY(value) + 3.5, text, { size: 10, anchor: 'end', fill: ink.soft }));
  }
  if (!disc) {
    parts.push(label(SIDE / 2, SIDE + 32, x.label, { anchor: 'middle' }));
    parts.push(label(-aside, SIDE / 2, y.label, { anchor: 'middle', rotate: -90 }));
  }
  if (xs.length > MANY) {
    const at = (point: number) => [FINE * atX(xs[point] as number), FINE * atY(ys[point] as number)] as const;
    const look = (point: number) => {
      const { colour, shape } = paint(point);
      return { colour, shape: shapeIndex(shape) };
    };
    const href = cloudImage(FINE * SIDE, xs.length, at, look, FINE * (xs.length > 50_000 ? 1 : 1.4));
    return [...parts, tag('image', { width: SIDE, height: SIDE, href })].join('\n');
  }
  const radius = xs.length > 2000 ? 1.6 : 2.6;
  const points = xs.map((value, i) => {
    const { colour, shape } = paint(i);
    return mark(shape, atX(value), atY(ys[i] as number), radius, colour);
  });
  return [...parts, tag('g', { 'fill-opacity': 0.75 }, points.join('\n'))].join('\n');
}

/** Both domains of the same length, with a margin, about their middles. */
function square(a: [number, number], b: [number, number]): [[number, number], [number, number]] {
  const half = Math.max(a[1] - a[0], b[1] - b[0]) * 0.53;
  const about = ([low, high]: [number, number]): [number, number] => [(low + high) / 2 - half, (low + high) / 2 + half];
  return [about(a), about(b)];
}

/** A point; beyond six classes the shape tells them apart where colours come close. */
function mark(index: number, x: number, y: number, r: number, fill: string): string {
  const path = (...corners: readonly (readonly [number, number])[]) =>
    tag('path', { d: `M${corners.map(([dx, dy]) => `${round(x + dx * r)} ${round(y + dy * r)}`).join('L')}Z`, fill });
  switch (shapeIndex(index)) {
    case 0:
      return tag('circle', { cx: x, cy: y, r, fill });
    case 1:
      return path([-0.95, -0.95], [0.95, -0.95], [0.95, 0.95], [-0.95, 0.95]);
    case 2:
      return path([0, -1.3], [1.2, 0.9], [-1.2, 0.9]);
    case 3:
      return path([0, -1.4], [1.4, 0], [0, 1.4], [-1.4, 0]);
    default:
      return path([0, 1.3], [1.2, -0.9], [-1.2, -0.9]);
  }
}
