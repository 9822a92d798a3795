import type { Line, LineSeries } from '../../src/protocol/figures';
import { extent, linearScale, logScale, padded, type Scale } from './scale';
import { size, textWidth } from './text';

export interface LineLayout {
  readonly width: number;
  readonly height: number;
  readonly left: number;
  readonly top: number;
  readonly across: number;
  readonly down: number;
  readonly x: Scale;
  readonly y: Scale;
  /** Of series and of references, in that order: where their names are written, kept apart. */
  readonly ends: readonly { readonly name: string; readonly at: number; readonly y: number }[];
}

const margin = { left: 48, top: 8, bottom: 38 };
const apart = 14;

export function layoutLine(figure: Line, width: number): LineLayout {
  const { series, references = [] } = figure;
  const names = [...series.map(({ name }) => name), ...references.map(({ label }) => label)];
  const room = Math.min(Math.max(0, ...names.map((name) => textWidth(name, size.axis))) + 18, width * 0.35);
  const across = width - margin.left - room;
  const down = Math.min(Math.max(across * 0.72, 140), 300);
  const [left, top] = [margin.left, margin.top];
  const x = scaleOf(figure.x, extent(series.map((one) => one.x)), [left, left + across], across / 70);
  const heights = extent([
    ...series.flatMap((one) => [one.y, one.low ?? [], one.high ?? []]),
    references.map((rule) => rule.y),
  ]);
  const domain = figure.y.domain ?? (heights && (figure.y.log ? heights : padded(heights, 0.05)));
  const y = scaleOf(figure.y, domain, [top + down, top], down / 50);
  const bounded = (at: number) => Math.min(top + down, Math.max(top, at));
  const wanted = [
    ...series.map((one) => ({ name: one.name, at: bounded(y.at(lastHeight(one) ?? 0)) })),
    ...references.map((rule) => ({ name: rule.label, at: bounded(y.at(rule.y)) })),
  ];
  const ends = keepApart(wanted, top, top + down);
  return { width, height: top + down + margin.bottom, left, top, across, down, x, y, ends };
}

function scaleOf(
  { log }: { log?: boolean },
  domain: readonly [number, number] | null | undefined,
  range: readonly [number, number],
  count: number,
): Scale {
  const [low, high] = domain ?? [0, 1];
  // A logarithm needs numbers above zero; a figure that has others is drawn as it is.
  return (log && low > 0 ? logScale : linearScale)([low, high > low ? high : low + 1], range, count);
}

function lastHeight({ y }: LineSeries): number | null {
  return y.findLast((value) => value !== null) ?? null;
}

/** Moves labels down, then those that fall off the end up again, as little as it takes for each to be legible. */
function keepApart<T extends { readonly at: number }>(wanted: readonly T[], top: number, bottom: number) {
  const order = wanted.map((_, i) => i).sort((a, b) => (wanted[a]?.at ?? 0) - (wanted[b]?.at ?? 0));
  const ys = wanted.map(({ at }) => at);
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
  return wanted.map((label, i) => ({ ...label, y: ys[i] ?? 0 }));
}
