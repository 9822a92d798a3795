import type { Line, LineSeries } from '../protocol/figures';
import { bandWithin } from './bands';
import { fromBars, halfBar, leastStep, reachOf } from './bars';
import type { Drawing } from './drawing';
import { ink, label, round, shortened, tag, textWidth } from './markup';
import { lineColours } from './palettes';
import { placeRuleNames } from './rule-names';
import { besideNumbers, extent, linearTicks, logTicks, rounded, type Scale, scaleTo, type Tick } from './ticks';

const WIDTH = 460;
const HEIGHT = 300;
const TOP = 10;
/** Least distance between the baselines of the lines' names. */
const LEADING = 13;

/** Lines with their names at their right ends, bands, and rules for references. */
export function drawLine(figure: Line): Drawing {
  const { x, y, series, references = [] } = figure;
  const reach = extent(series.map(reachOf), x.log);
  const heights = series.flatMap(({ y: values, low = [], high = [] }) => [values, low, high]);
  const found = extent([...heights, references.map((rule) => rule.y)], y.log);
  const domain = y.domain ?? (y.log ? found : rounded(fromBars(series, found)));
  const atX = scaleTo(reach, [0, WIDTH], x.log);
  const atY = scaleTo(domain, [HEIGHT, 0], y.log);
  const visible = (tick: Tick) => tick.value >= reach[0] && tick.value <= reach[1];
  const ticksX = x.ticks
    ? named(x.ticks).filter(visible)
    : x.log
      ? logTicks(reach)
      : linearTicks(reach, 6, leastStep(figure));
  const parts: string[] = [];
  const step = Math.max(
    1,
    Math.ceil((Math.max(...ticksX.map(({ text }) => textWidth(text, 10))) + 8) / (WIDTH / ticksX.length)),
  );
  const shownX = ticksX.filter((_, i) => i % step === 0);
  for (const { value, text } of shownX) {
    parts.push(tag('line', { x1: atX(value), x2: atX(value), y1: 0, y2: HEIGHT, stroke: ink.grid }));
    parts.push(label(atX(value), HEIGHT + 15, text, { size: 10, anchor: 'middle', fill: ink.soft }));
  }
  const ticksY = y.log ? logTicks(domain) : linearTicks(domain);
  for (const { value, text } of ticksY) {
    parts.push(tag('line', { x1: 0, x2: WIDTH, y1: atY(value), y2: atY(value), stroke: ink.grid }));
    parts.push(label(-6, atY(value) + 3.5, text, { size: 10, anchor: 'end', fill: ink.soft }));
  }
  for (const { y: height } of references)
    parts.push(
      tag('line', { x1: 0, x2: WIDTH, y1: atY(height), y2: atY(height), stroke: ink.axis, 'stroke-dasharray': '2 3' }),
    );
  const colours = lineColours(series, 'light');
  parts.push(...series.map((one, i) => drawSeries(one, atX, atY, colours[i] as string)));
  const rules = references.map((rule) => ({ at: atY(rule.y), width: textWidth(rule.label, 11) }));
  const drawn = series.map((one) => one.x.map((value, i) => [atX(value), atY(one.y[i] ?? Number.NaN)] as const));
  const places = placeRuleNames(rules, drawn, { left: 4, right: WIDTH - 4, top: 0, bottom: HEIGHT });
  for (const [i, { x: left, y: middle, anchor }] of places.entries())
    parts.push(label(left, middle + 3.5, references[i]?.label ?? '', { size: 10, fill: ink.soft, anchor }));
  const names = series.length > 1 ? endNames(series, atY) : [];
  parts.push(
    ...names.map(({ text, at, index }) => label(WIDTH + 8, at + 3.5, text, { fill: colours[index] as string })),
  );
  parts.push(label(WIDTH / 2, HEIGHT + 34, x.label, { anchor: 'middle' }));
  const aside = besideNumbers(ticksY);
  parts.push(label(-aside, HEIGHT / 2, y.label, { anchor: 'middle', rotate: -90 }));
  const left = aside + 14;
  const beyond = shownX.map(({ value, text }) => atX(value) + textWidth(text, 10) / 2 - WIDTH);
  const right = Math.max(10, ...beyond, ...names.map(({ text }) => textWidth(text) + 12));
  const lowest = Math.max(HEIGHT + 40, ...names.map(({ at }) => at + 8));
  return {
    width: left + WIDTH + right,
    height: TOP + lowest,
    body: tag('g', { transform: `translate(${left} ${TOP})` }, parts.join('\n')),
  };
}

function named(ticks: readonly string[]): Tick[] {
  return shortened(ticks, 16).map((text, value) => ({ value, text }));
}

function drawSeries({ x, y, low, high, dashed, bars }: LineSeries, atX: Scale, atY: Scale, colour: string): string {
  const parts: string[] = [];
  if (low && high) {
    const edge = (heights: readonly number[]) => x.map((value, i) => [atX(value), atY(heights[i] as number)] as const);
    const outline = bandWithin([...edge(high), ...edge(low).reverse()], 0, HEIGHT);
    const points = outline.map(([px, py]) => `${round(px)},${round(py)}`).join(' ');
    parts.push(tag('polygon', { points, fill: colour, 'fill-opacity': 0.15 }));
  }
  if (bars) {
    const half = halfBar({ bars, x });
    for (const [i, value] of x.entries()) {
      const height = y[i] ?? null;
      if (height === null || !Number.isFinite(atY(height))) continue;
      const [left, right, top] = [atX(value - half), atX(value + half), Math.max(0, atY(height))];
      const size = { width: Math.max(0.5, right - left - (right - left > 4 ? 1 : 0)), height: HEIGHT - top };
      parts.push(tag('rect', { x: left, y: top, ...size, fill: colour, 'fill-opacity': 0.65 }));
    }
    return parts.join('\n');
  }
  let path = '';
  let drawing = false;
  for (const [i, value] of x.entries()) {
    const height = y[i] ?? null;
    const [px, py] = [atX(value), height === null ? Number.NaN : atY(height)];
    // A gap, or a place that a logarithm does not have.
    const drawn = Number.isFinite(px) && Number.isFinite(py);
    if (drawn) path += `${drawing ? 'L' : 'M'}${round(px)} ${round(py)}`;
    if (drawn && x.length <= 40) parts.push(tag('circle', { cx: px, cy: py, r: 2.2, fill: colour }));
    drawing = drawn;
  }
  const dashes = dashed ? '5 4' : undefined;
  const stroke = { fill: 'none', stroke: colour, 'stroke-width': 1.8, 'stroke-linejoin': 'round' };
  if (path !== '') parts.push(tag('path', { d: path, ...stroke, 'stroke-dasharray': dashes }));
  return parts.join('\n');
}

/** Where the names stand: at the height of their lines' ends, moved apart. */
function endNames(series: readonly LineSeries[], atY: Scale): { text: string; at: number; index: number }[] {
  const short = shortened(
    series.map(({ name }) => name),
    32,
  );
  const names = series.flatMap(({ y }, index) => {
    const last = y.findLast((value) => value !== null && Number.isFinite(atY(value)));
    return last === undefined || last === null ? [] : [{ text: short[index] ?? '', at: atY(last), index }];
  });
  names.sort((a, b) => a.at - b.at);
  for (const [i, name] of names.entries()) {
    const above = names[i - 1];
    if (above) name.at = Math.max(name.at, above.at + LEADING);
  }
  // Pushed below the figure: back up, from the last.
  for (let i = names.length - 1, limit = HEIGHT; i >= 0; i--, limit -= LEADING) {
    const name = names[i];
    if (name && name.at > limit && names.length * LEADING < HEIGHT) name.at = limit;
  }
  return names;
}
