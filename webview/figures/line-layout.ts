import { fromBars, leastStep, reachOf } from '../../src/figures/bars';
import { extent } from '../../src/figures/ticks';
import type { Line, LineSeries } from '../../src/protocol/figures';
import { type Flow, flow } from './flow';
import { padded, roomLeft, type Scale, scaleOver } from './scale';
import { fittedApart, size, textWidth } from './text';

export interface LineLayout {
  readonly width: number;
  readonly height: number;
  readonly left: number;
  readonly top: number;
  readonly across: number;
  readonly down: number;
  readonly x: Scale;
  readonly y: Scale;
  /** Heights of the names at the ends of the lines, kept apart; or a legend below where they would take too much room. */
  readonly ends: readonly number[] | null;
  readonly legend: Flow;
}

const margin = { top: 8, bottom: 38, right: 10 };
const apart = 14;
/** Of a picture with names beside it. */
const narrowest = 220;

export function layoutLine(figure: Line, width: number, left = 48): LineLayout {
  const { series } = figure;
  const names = series.map(({ name }) => name);
  const longest = Math.max(...names.map((name) => textWidth(name, size.axis))) + 22;
  // One line needs no name: the axis says what it is. Beside a narrow picture names would take what it has.
  const ends = names.length > 1 && longest <= width * 0.3 && width - left - longest >= narrowest;
  const places = extent(series.map(reachOf), figure.x.log);
  const wanted = width - left - (ends ? longest : margin.right);
  const across = wanted - beyond(scaleX(figure, places, [left, left + wanted]), width);
  const down = Math.min(Math.max(across * 0.66, 140), 280);
  const { top } = margin;
  const bottom = top + down + margin.bottom;
  const y = scaleY(figure, [top + down, top], down / 36);
  // How many numbers there are, and so how long they get, depends on the height, and that on what they leave of the width.
  if (roomLeft(y) > left) return layoutLine(figure, width, roomLeft(y));
  const legend = ends || names.length < 2 ? { places: [], bottom } : flow(names, left, bottom, width);
  return {
    ...{ width, height: legend.bottom, left, top, across, down, y, legend },
    x: scaleX(figure, places, [left, left + across]),
    ends: ends
      ? keepApart(
          series.map((one) => y.at(lastHeight(one, y))),
          top,
          top + down,
        )
      : null,
  };
}

/** Of a name along the axis. */
const widest = 80;

function scaleX(figure: Line, domain: [number, number], range: readonly [number, number]): Scale {
  const { x } = figure;
  const scale = scaleOver(domain, range, (range[1] - range[0]) / 40, x.log, leastStep(figure));
  if (!x.ticks) return scale;
  const names = fittedApart(x.ticks, widest, size.tick);
  const room = Math.max(30, ...names.map((name) => textWidth(name, size.tick))) + 8;
  const every = Math.max(1, Math.ceil(room / (scale.at(1) - scale.at(0))));
  const named = names.flatMap((text, value) => (value % every === 0 ? { value, text } : []));
  return { ...scale, ticks: named.filter(({ value }) => value >= domain[0] && value <= domain[1]) };
}

/** How far the name of the last tick reaches over the edge of the picture. */
function beyond({ ticks, at }: Scale, width: number): number {
  return Math.max(0, ...ticks.map(({ value, text }) => at(value) + textWidth(text, size.tick) / 2 - width));
}

function scaleY({ y, series, references = [] }: Line, range: readonly [number, number], count: number): Scale {
  const shown = [...series.flatMap((one) => [one.y, one.low ?? [], one.high ?? []]), references.map((rule) => rule.y)];
  return scaleOver(
    y.domain ?? (y.log ? extent(shown, true) : fromBars(series, padded(shown, 0.05))),
    range,
    count,
    y.log,
  );
}

function lastHeight({ y }: LineSeries, scale: Scale): number {
  return y.findLast((value) => value !== null && Number.isFinite(scale.at(value))) ?? 0;
}

/** Moves heights down, then those that fall off the end up again, as little as it takes to keep them apart. */
export function keepApart(wanted: readonly number[], top: number, bottom: number): number[] {
  const order = wanted.map((_, i) => i).sort((a, b) => (wanted[a] ?? 0) - (wanted[b] ?? 0));
  const ys = wanted.map((y) => (Number.isFinite(y) ? Math.min(bottom, Math.max(top, y)) : bottom));
  let last = top - apart;
  for (const i of order) {
    last = Math.max(ys[i] ?? 0, last + apart);
    ys[i] = last;
  }
  let next = Math.max(bottom, top + apart * (wanted.length - 1)) + apart;
  for (const i of order.reverse()) {
    next = Math.min(ys[i] ?? 0, next - apart);
    ys[i] = next;
  }
  return ys;
}
