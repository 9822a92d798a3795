import type { Range } from '../../src/protocol/slice';

/** The longest element that browsers lay out faithfully, in pixels. */
const longest = 8e6;

/** Items of one size along an axis, of which a view shows some. In pixels. */
export interface Track {
  readonly count: number;
  readonly size: number;
  readonly view: number;
}

function lengthOf({ count, size }: Track): number {
  return count * size;
}

/** Length of the element that is scrolled. */
export function spaceOf(track: Track): number {
  return Math.min(lengthOf(track), longest);
}

/** How far the scroll bar moves for a pixel of the items: 1 unless there are more of them than an element can hold. */
export function scaleOf(track: Track): number {
  const length = lengthOf(track);
  return length <= longest ? 1 : (longest - track.view) / (length - track.view);
}

/** An offset that is there. */
export function bounded(offset: number, track: Track): number {
  return Math.max(0, Math.min(offset, lengthOf(track) - track.view));
}

/** Items that are in sight at an offset, in part too. */
export function inSight(offset: number, track: Track): Range {
  const first = Math.max(0, Math.floor(offset / track.size));
  return [Math.min(first, track.count), Math.min(track.count, Math.ceil((offset + track.view) / track.size))];
}

/** The offset nearest to `offset` that has all of an item in sight. */
export function toSee(item: number, offset: number, track: Track): number {
  const start = item * track.size;
  if (start < offset) return start;
  return bounded(Math.max(offset, start + track.size - track.view), track);
}
