import { type Box, type Dots, type Pass, Raster, stages } from '../../src/figures/cloud-raster';
import type { CloudPlace, CloudStyle, DrawCloud, Looks } from './cloud';
import {
  boxOf,
  densityRamp,
  grown,
  inkOf,
  layersOf,
  looksInOrder,
  orderOf,
  placesOf,
  sizesInOrder,
  viewOf,
} from './cloud-points';
import { Sheet } from './cloud-sheet';

/** Points drawn by this processor, pixel by pixel: there at once, and sooner than a graphics processor that is itself a program. */
export function plainRenderer(): DrawCloud {
  const images: ImageData[] = [];
  const peaks = new WeakMap<HTMLCanvasElement, number>();
  return (canvas, panels, looks, style) => {
    const start = performance.now();
    const { width, height } = canvas;
    const ink = width > 0 && height > 0 ? canvas.getContext('2d') : null;
    if (!ink) return null;
    ink.clearRect(0, 0, width, height);
    const boxes = panels.map((place) => within(boxOf(place, style.ratio), width, height));
    let peak = 0;
    if (style.density) {
      const raster = new Raster(width, height);
      const last = style.every === 1 ? null : (peaks.get(canvas) ?? 1) / style.every;
      peak = drawDensity(raster, boxes, panels, looks, style, last);
      if (style.every === 1) peaks.set(canvas, peak);
      for (const box of boxes) {
        const [left, top, across, down] = box;
        ink.putImageData(new ImageData(raster.take(box), across, down), left, top);
      }
    } else {
      for (const [i, place] of panels.entries()) {
        const [left, top, across, down] = boxes[i] as Box;
        let image = images[i];
        if (image?.width !== across || image.height !== down) image = new ImageData(across, down);
        images[i] = image;
        const sheet = new Sheet(image.data, across);
        sheet.clear(pixelOf(style.background));
        drawPoints(sheet, [[0, 0, across, down]], [place], looks, style);
        ink.putImageData(image, left, top);
      }
    }
    return { milliseconds: performance.now() - start, peak, by: 'plain' };
  };
}

const pixels = new Map<string, number>();

/** A colour of the theme as a pixel. */
function pixelOf(colour: string): number {
  const known = pixels.get(colour);
  if (known !== undefined) return known;
  const canvas = document.createElement('canvas');
  const ink = canvas.getContext('2d');
  if (ink) ink.fillStyle = colour;
  ink?.fillRect(0, 0, 1, 1);
  const [r = 0, g = 0, b = 0] = ink?.getImageData(0, 0, 1, 1).data ?? [];
  const pixel = (255 << 24) | (b << 16) | (g << 8) | r;
  pixels.set(colour, pixel);
  return pixel;
}

/** What points are drawn on: pixels that are clear at first. */
interface Surface {
  draw(box: Box, dots: Dots, pass: Pass): void;
}

/** Draws panels into boxes, point over point. */
export function drawPoints(
  surface: Surface,
  boxes: readonly Box[],
  panels: readonly CloudPlace[],
  looks: Looks,
  style: CloudStyle,
): void {
  for (const [i, place] of panels.entries()) {
    const { layers, draw } = panelOf(surface, boxes[i] as Box, place, looks, style);
    for (const { stage, alpha, radius } of layers) draw(stage, alpha, radius, false);
  }
}

/**
 * Draws panels into boxes as shades of the number of points over a pixel.
 * @param scale the number at the end of the scale; null: the most that there are over a pixel of any box
 * @returns the most points over a pixel
 */
export function drawDensity(
  raster: Raster,
  boxes: readonly Box[],
  panels: readonly CloudPlace[],
  looks: Looks,
  style: CloudStyle,
  scale: number | null,
): number {
  const alike = { ...style, sizes: null };
  const drawn = panels.map((place, i) => panelOf(raster, boxes[i] as Box, place, looks, alike));
  for (const { draw, radius } of drawn) draw('all', 1, radius, true);
  const peak = Math.max(...boxes.map((box) => raster.peak(box)));
  const ramp = style.density === 'scale' ? densityRamp(style.ground) : null;
  for (const box of boxes) raster.shade(box, scale ?? peak, ramp);
  for (const { layers, draw } of drawn)
    for (const { stage, alpha, radius } of layers) if (stage === 'selected') draw(stage, alpha, radius, false);
  return peak;
}

function panelOf(surface: Surface, box: Box, place: CloudPlace, looks: Looks, style: CloudStyle) {
  const [left, top, across, down] = box;
  const [fx, fy, ox, oy] = viewOf(place.domain, place.whole);
  const view = [fx * across, -fy * down, left + ox * across, top + (1 - oy) * down] as const;
  const all = place.panel.xs.length;
  const count = Math.ceil(all / style.every);
  const order = orderOf(all, style);
  const dots: Dots = {
    ...{ places: placesOf(place, count, order), looks: looksInOrder(looks, order), count },
    sizes: style.sizes ? sizesInOrder(style.sizes, order) : undefined,
  };
  const radius = grown(style.radius * style.ratio, place.zoom);
  const draw = (stage: keyof typeof stages, alpha: number, r: number, adds: boolean) =>
    surface.draw(box, dots, { view, radius: r, alpha, stage: stages[stage], adds });
  return { radius, layers: layersOf(style, radius, inkOf(place, radius, box, style.sizes)), draw };
}

/** What of a box lies on the canvas. */
function within([left, top, across, down]: Box, width: number, height: number): Box {
  return [left, top, Math.max(1, Math.min(across, width - left)), Math.max(1, Math.min(down, height - top))];
}
