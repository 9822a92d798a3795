import { type Box, LARGEST } from '../../src/figures/cloud-raster';
import { drawingOrder, opacity } from '../../src/figures/drawing-order';
import { channels, type Ground, scaleColour } from '../../src/figures/palettes';
import type { CloudPlace, CloudStyle, Domain, Looks, Sizes } from './cloud';

/** What is kept in an order, by what it was made of. */
type Kept<T extends object> = WeakMap<object, WeakMap<Uint32Array, T>>;

/** Places of points within the whole, 0 to 1, in the order in which they are drawn: single precision is enough then. */
const places: Kept<Float32Array<ArrayBuffer>> = new WeakMap();
const words: Kept<Uint8Array<ArrayBuffer>> = new WeakMap();
const bySize = new WeakMap<Sizes, Uint32Array>();

/**
 * The order in which points are drawn: at random where only a part is drawn, which then is a fair sample of all; of different
 * sizes the larger first where all are, so that none hides a smaller one.
 */
export function orderOf(count: number, { sizes, every }: Pick<CloudStyle, 'sizes' | 'every'>): Uint32Array {
  const order = drawingOrder(count);
  if (!sizes || every > 1) return order;
  const known = bySize.get(sizes);
  if (known) return known;
  const starts = new Uint32Array(257);
  for (const size of sizes) starts[256 - size] = (starts[256 - size] as number) + 1;
  for (let i = 1; i <= 256; i++) starts[i] = (starts[i] as number) + (starts[i - 1] as number);
  const found = new Uint32Array(count);
  for (const point of order) {
    const at = 255 - (sizes[point] as number);
    found[starts[at] as number] = point;
    starts[at] = (starts[at] as number) + 1;
  }
  bySize.set(sizes, found);
  return found;
}

function kept<T extends object>(all: Kept<T>, key: object, order: Uint32Array): [T | undefined, (made: T) => void] {
  const own = all.get(key) ?? new WeakMap<Uint32Array, T>();
  all.set(key, own);
  return [own.get(order), (made) => own.set(order, made)];
}

/**
 * x and y of the points of a panel, 0 to 1 in its whole domain, in drawing order: of the first `count`, or more. Made once for a
 * panel, whatever its view. What turns is a new panel in each picture, in which only what is drawn of it has its places made.
 */
export function placesOf(
  { panel, whole: { x, y } }: Pick<CloudPlace, 'panel' | 'whole'>,
  count: number,
  order = drawingOrder(panel.xs.length),
): Float32Array<ArrayBuffer> {
  const [known, keep] = kept(places, panel, order);
  if (known && known.length >= 2 * count) return known;
  const { xs, ys } = panel;
  const found = new Float32Array(2 * count);
  const [across, down] = [x[1] - x[0], y[1] - y[0]];
  for (let i = 0; i < count; i++) {
    const point = order[i] as number;
    found[2 * i] = ((xs[point] as number) - x[0]) / across;
    found[2 * i + 1] = ((ys[point] as number) - y[0]) / down;
  }
  keep(found);
  return found;
}

/** The looks of all points in an order. */
export function looksInOrder(looks: Looks, order: Uint32Array): Uint8Array<ArrayBuffer> {
  const [known, keep] = kept(words, looks, order);
  if (known) return known;
  const from = new Uint32Array(looks.buffer, looks.byteOffset, order.length);
  const to = new Uint32Array(order.length);
  for (let i = 0; i < to.length; i++) to[i] = from[order[i] as number] as number;
  const found = new Uint8Array(to.buffer);
  keep(found);
  return found;
}

/** The sizes of all points in an order. */
export function sizesInOrder(sizes: Sizes, order: Uint32Array): Uint8Array<ArrayBuffer> {
  const [known, keep] = kept(words, sizes, order);
  if (known) return known;
  const found = Uint8Array.from(order, (point) => sizes[point] as number);
  keep(found);
  return found;
}

const areas = new WeakMap<Sizes, number>();

/** The mean area of points of these sizes, in those of points that are alike. */
function areaOf(sizes: Sizes): number {
  const known = areas.get(sizes);
  if (known !== undefined) return known;
  let sum = 0;
  for (const size of sizes) sum += (LARGEST * size) ** 2;
  const found = sum / 255 ** 2 / Math.max(1, sizes.length);
  areas.set(sizes, found);
  return found;
}

/** Pixels of a point: it grows with the view, more slowly. */
export function grown(radius: number, zoom: number): number {
  return radius * Math.min(2.5, zoom ** 0.3);
}

/** How much ink the points of a panel put down, by how often they would cover it. */
export function inkOf(
  { panel, zoom }: CloudPlace,
  radius: number,
  [, , across, down]: Box,
  sizes: Sizes | null,
): number {
  const area = Math.PI * radius ** 2 * (sizes ? areaOf(sizes) : 1);
  return opacity((panel.xs.length * area) / (across * down * zoom ** 2));
}

export interface Layer {
  readonly stage: 'all' | 'others' | 'selected';
  readonly alpha: number;
  readonly radius: number;
}

/** What is drawn one over the other: selected points larger and nearly opaque, the others receding behind them. */
export function layersOf(style: Pick<CloudStyle, 'selected'>, radius: number, alpha: number): readonly Layer[] {
  if (!style.selected) return [{ stage: 'all', alpha, radius }];
  return [
    { stage: 'others', alpha: alpha * 0.25, radius },
    { stage: 'selected', alpha: Math.max(alpha, 0.9), radius: radius * 1.15 },
  ];
}

/** The box of a panel in pixels of the canvas, from its upper left. */
export function boxOf({ left, top, side, down }: CloudPlace, ratio: number): Box {
  return [left, top, side, down].map((value) => Math.round(value * ratio)) as unknown as Box;
}

/** From places within the whole to the box of the domain, 0 to 1: factors of x and y, then offsets. */
export function viewOf(domain: Domain, whole: Domain): readonly [number, number, number, number] {
  const axis = (name: 'x' | 'y') => {
    const [low, high] = domain[name];
    const [from, to] = whole[name];
    return [(to - from) / (high - low), (from - low) / (high - low)] as const;
  };
  const [x, y] = [axis('x'), axis('y')];
  return [x[0], y[0], x[1], y[1]];
}

/** The shade of a density, 0 to 1: where there are few points it comes nearer to the ground, and a single one stays apart from it. */
export function densityColour(strength: number, ground: Ground): string {
  return scaleColour({ kind: 'points', domain: [0, 1] }, ground === 'light' ? 1 - strength : strength, ground);
}

const ramps = new Map<Ground, Uint8Array>();

/** The shades in 256 steps: red, green, blue and 255 of each. */
export function densityRamp(ground: Ground): Uint8Array {
  const known = ramps.get(ground);
  if (known) return known;
  const made = Uint8Array.from({ length: 1024 }, (_, i) =>
    i % 4 === 3 ? 255 : (channels(densityColour((i >> 2) / 255, ground))[i % 4] ?? 0),
  );
  ramps.set(ground, made);
  return made;
}
