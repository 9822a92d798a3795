import { extent, linearTicks, logTicks, scaleTo, type Tick } from '../../src/figures/ticks';
import { size, textWidth } from './text';

/** Data to pixels along one axis, with the places to mark. */
export interface Scale {
  at(value: number): number;
  readonly ticks: readonly Tick[];
}

/** @param count of ticks wished for; there may be a few more or fewer. @param apart no two are nearer */
export function scaleOver(
  domain: readonly [number, number],
  range: readonly [number, number],
  count: number,
  log = false,
  apart = 0,
): Scale {
  return { at: scaleTo(domain, range, log), ticks: log ? logTicks(domain) : linearTicks(domain, count, apart) };
}

const least = 48;
const step = 12;

/** What an axis takes to its left, for its numbers and its name: in steps, so that it seldom changes while a picture is zoomed. */
export function roomLeft({ ticks }: Scale): number {
  const longest = Math.max(...ticks.map(({ text }) => textWidth(text, size.tick)));
  return least + step * Math.max(0, Math.ceil((longest + 22 - least) / step));
}

/** The span of `lists` with a margin at both ends, a fraction of it. */
export function padded(lists: readonly (readonly (number | null)[])[], margin: number): [number, number] {
  const [low, high] = extent(lists);
  const pad = (high - low) * margin;
  return [low - pad, high + pad];
}

/** Evenly chosen positions of `count` names, so that at most `most` are written. */
export function thinned(count: number, most: number): number[] {
  const step = Math.max(1, Math.ceil(count / Math.max(1, most)));
  return Array.from({ length: Math.ceil(count / step) }, (_, i) => i * step);
}
