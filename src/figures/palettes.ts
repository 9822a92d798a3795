import type { ColourScale, LineSeries } from '../protocol/figures';

/** What lies under the figure: data colours keep their contrast to it. */
export type Ground = 'light' | 'dark';

/** Matplotlib's viridis (van der Walt and Smith, CC0) at sixteenths. */
const viridis = split(
  '440154 48186a 472d7b 424086 3b528b 33638d 2c728e 26828e 21908c 1f9f88 27ad81 3ebc74 5cc863 82d34d aadc32 d5e21a fde725',
);

/**
 * The scale of points: the hues of viridis, at sixteenths. Its lightness in OKLab is squeezed into what has a contrast of 3:1 or more
 * to the ground, and to grounds a little apart from it, so that neither end of the scale hides its points.
 */
const points: Record<Ground, readonly string[]> = {
  light: split(
    '440154 431164 3d226f 342f78 233c80 004a7c 00546f 005d68 006562 006d5c 007554 007f45 018821 468a00 698c00 848d00 9d8e00',
  ),
  dark: split(
    '9d5fb0 986bc2 8f78ce 8486d7 7393df 58a1e2 3aafdc 21bcce 2dc5bf 4accb2 58d3a5 63dd92 77e37d 95e863 b7ea45 dce92a fde725',
  ),
};

/** Blue through the ground to orange: zero recedes, and both arms have the same luminance at the same distance from it. */
const diverging: Record<Ground, readonly string[]> = {
  light: split('02437b 016cc3 4798ee 8bbff9 c4defc f3f3f3 f6d5bc eead7c dc7e25 a35802 673501'),
  dark: split('c8e1fe 73b5ff 3e89d7 326397 2c415a 2a2a2a 553a25 8c5220 c6701e f29e5b ffd6b9'),
};

/**
 * Ten classes. Found by maximising the least distance in OKLab between any two, as seen with normal vision,
 * deuteranopia, protanopia and tritanopia (Machado et al. 2009, severity 1), at 3:1 or more against the ground.
 */
const categories: Record<Ground, readonly string[]> = {
  light: split('1b99ee d18329 065f02 d05a68 7f2faf 777202 289196 502e27 585959 770365'),
  dark: split('56a2fa fb7b26 bafa96 d21e16 835fe5 f8bc00 6ceefc a68075 bfb7b3 b23599'),
};

/** Colour of the class `index`; they come round again after ten. */
export function categoryColour(index: number, ground: Ground): string {
  const list = categories[ground];
  return list[index % list.length] ?? viridis[0] ?? '';
}

/** Colour of each line: one after the other, but for those that belong to another. */
export function lineColours(series: readonly Pick<LineSeries, 'name' | 'of'>[], ground: Ground): string[] {
  const names = series.map(({ name }) => name);
  const owners = series.map(({ name, of = name }) => (names.includes(of) ? of : name));
  const places = [...new Set(owners)];
  return owners.map((owner) => categoryColour(places.indexOf(owner), ground));
}

/** Shape of the class `index`: 0 the circle; beyond six classes, square, triangle, diamond and triangle on its point come round. */
export function shapeIndex(index: number): number {
  return index < 6 ? 0 : 1 + ((index - 6) % 4);
}

/** The scale of a heatmap, or of the points of a scatter. */
export type DrawnScale = Omit<ColourScale, 'kind'> & { readonly kind: ColourScale['kind'] | 'points' };

/** Colour of a value; those outside the scale's domain take the colour of its end. */
export function scaleColour(scale: Pick<DrawnScale, 'kind' | 'domain'>, value: number, ground: Ground): string {
  const [low, high] = scale.domain;
  const t = high > low ? (value - low) / (high - low) : 0.5;
  const ramp = scale.kind === 'sequential' ? viridisRamp : ramps[scale.kind][ground];
  return ramp[Math.round(STEPS * Math.min(1, Math.max(0, t)))] ?? '';
}

/** Black or white, whichever is easier to read on `colour` (#rrggbb). */
export function inkOn(colour: string): '#000000' | '#ffffff' {
  const [r = 0, g = 0, b = 0] = channels(colour).map((c) => {
    const s = c / 255;
    return s <= 0.04045 ? s / 12.92 : ((s + 0.055) / 1.055) ** 2.4;
  });
  // Equal contrast (WCAG 2) to black and to white at this luminance.
  return 0.2126 * r + 0.7152 * g + 0.0722 * b > 0.179 ? '#000000' : '#ffffff';
}

const known = new Map<string, readonly number[]>();

/** Red, green and blue, 0 to 255, of #rrggbb. A heatmap asks for few colours very often. */
export function channels(colour: string): readonly number[] {
  let found = known.get(colour);
  if (!found) {
    found = [1, 3, 5].map((start) => Number.parseInt(colour.slice(start, start + 2), 16));
    known.set(colour, found);
  }
  return found;
}

function mix(stops: readonly string[], t: number): string {
  const place = t * (stops.length - 1);
  const from = Math.min(Math.floor(place), stops.length - 2);
  const a = channels(stops[from] ?? '');
  const b = channels(stops[from + 1] ?? '');
  const hex = a.map((c, i) => {
    const value = Math.round(c + ((b[i] ?? c) - c) * (place - from));
    return value.toString(16).padStart(2, '0');
  });
  return `#${hex.join('')}`;
}

function split(list: string): string[] {
  return list.split(' ').map((colour) => `#${colour}`);
}

/** Steps of a scale, more than are told apart: every stop of either list is one of them. */
const STEPS = 960;
const rampOf = (stops: readonly string[]) => Array.from({ length: STEPS + 1 }, (_, i) => mix(stops, i / STEPS));
const viridisRamp = rampOf(viridis);
const rampsOf = ({ light, dark }: Record<Ground, readonly string[]>) => ({ light: rampOf(light), dark: rampOf(dark) });
const ramps = { diverging: rampsOf(diverging), points: rampsOf(points) };
