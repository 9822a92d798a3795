import { Random } from '../linalg/random';
import type { Context, Rows } from '../methods/method';
import type { Sketch } from '../protocol/engine';
import { size } from '../protocol/words';
import { OverMemory } from './memory';
import { withScratch } from './scratch';
import type { Shelf } from './shelf';
import type { Desk } from './task';

/**
 * What a method computes with.
 * @param held bytes that the inputs take of `memory`, the bound in bytes.
 * @param shelf keeps what several measures make of the same inputs, in memory that nobody needs
 */
export function contextOf(desk: Desk, seed: number, rows: Rows, held: number, memory: number, shelf?: Shelf): Context {
  return {
    signal: desk.signal,
    progress: (fraction, message) => desk.progress(fraction, message),
    random: new Random(seed),
    rows,
    sketch: (places, axes) => desk.sketch?.(() => sketchOf(places, axes, rows)),
    scratch: withScratch,
    fits: (bytes) => held + bytes <= memory,
    ...(shelf && {
      kept: (of, key, bytes, make) => shelf.get(of, key, bytes, (memory - held) / 2, make),
    }),
    reserve(bytes, what) {
      if (held + (shelf?.bytes ?? 0) + bytes > memory) shelf?.clear();
      if (held + bytes <= memory) return;
      throw new OverMemory(
        `There has to be ${size(bytes)} of memory for ${what}${held > 0 ? ` beside the ${size(held)} of the inputs, ${size(held + bytes)} in all` : ''}; ` +
          `the bound is ${size(memory)}. Raise the bound (the setting Memory, --memory on the command line), or compute on fewer rows (--rows; of representations also --sample).`,
        `there has to be ${size(bytes)} for ${what}`,
      );
    },
  };
}

/** What reports a share of the work, from one fraction of the whole to another. */
export function shareOf<T extends Pick<Context, 'progress'>>(whole: T, from: number, to: number): T {
  return {
    ...whole,
    progress: (fraction: number | null, message: string) =>
      whole.progress(fraction === null ? null : from + (to - from) * fraction, message),
  };
}

/** Points of a map that is not done yet: enough to see what becomes of it. */
const POINTS = 2500;

function sketchOf(places: Float64Array, axes: number, { index }: Rows): Sketch {
  const of = places.length / axes;
  const every = Math.ceil(of / POINTS);
  const chosen = Array.from({ length: Math.ceil(of / every) }, (_, i) => i * every);
  const along = (axis: number) => chosen.map((i) => Number((places[i * axes + axis] as number).toPrecision(4)));
  return {
    rows: chosen.map((i) => index[i] ?? i),
    places: Array.from({ length: axes }, (_, axis) => along(axis)),
    of,
  };
}
