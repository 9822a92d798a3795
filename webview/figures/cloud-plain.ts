import { type Box, type Dots, Raster, stages } from '../../src/figures/cloud-raster';
import type { CloudPlace, CloudStyle, DrawCloud, Looks } from './cloud';
import { boxOf, densityRamp, grown, inkOf, layersOf, looksInOrder, placesOf, viewOf } from './cloud-points';

/** Points drawn by this processor, pixel by pixel: there at once, and sooner than a graphics processor that is itself a program. */
export function plainRenderer(): DrawCloud {
  let raster: Raster | null = null;
  const peaks = new WeakMap<HTMLCanvasElement, number>();
  return (canvas, panels, looks, style) => {
    const start = performance.now();
    const { width, height } = canvas;
    const ink = width > 0 && height > 0 ? canvas.getContext('2d') : null;
    if (!ink) return null;
    if (!raster || raster.width < width || raster.height < height)
      raster = new Raster(Math.max(width, raster?.width ?? 0), Math.max(height, raster?.height ?? 0));
    ink.clearRect(0, 0, width, height);
    const boxes = panels.map((place) => within(boxOf(place, style.ratio), width, height));
    const last = style.every === 1 ? null : (peaks.get(canvas) ?? 1) / style.every;
    const peak = drawPanels(raster, boxes, panels, looks, style, last);
    for (const box of boxes) {
      const [left, top, across, down] = box;
      if (across > 0 && down > 0) ink.putImageData(new ImageData(raster.take(box), across, down), left, top);
    }
    if (style.density && style.every === 1) peaks.set(canvas, peak);
    return { milliseconds: performance.now() - start, peak, by: 'plain' };
  };
}

/**
 * Draws panels into boxes of a raster that is clear there.
 * @param scale of the density: the number of points over a pixel at its end; null: the most that there are over one in any box
 * @returns the most points over a pixel, where they are counted
 */
export function drawPanels(
  raster: Raster,
  boxes: readonly Box[],
  panels: readonly CloudPlace[],
  looks: Looks,
  style: CloudStyle,
  scale: number | null,
): number {
  const drawn = panels.map((place, i) => panelOf(raster, boxes[i] as Box, place, looks, style));
  if (!style.density) {
    for (const { layers, draw } of drawn)
      for (const { stage, alpha, radius } of layers) draw(stage, alpha, radius, false);
    return 0;
  }
  for (const { draw, radius } of drawn) draw('all', 1, radius, true);
  const peak = Math.max(...boxes.map((box) => raster.peak(box)));
  for (const box of boxes)
    raster.shade(box, scale ?? peak, style.density === 'scale' ? densityRamp(style.ground) : null);
  for (const { layers, draw } of drawn)
    for (const { stage, alpha, radius } of layers) if (stage === 'selected') draw(stage, alpha, radius, false);
  return peak;
}

function panelOf(raster: Raster, box: Box, place: CloudPlace, looks: Looks, style: CloudStyle) {
  const [left, top, across, down] = box;
  const [fx, fy, ox, oy] = viewOf(place.domain, place.whole);
  const view = [fx * across, -fy * down, left + ox * across, top + (1 - oy) * down] as const;
  const count = Math.ceil(place.panel.xs.length / style.every);
  const dots: Dots = { places: placesOf(place), looks: looksInOrder(looks), count };
  const radius = grown(style.radius * style.ratio, place.zoom);
  const draw = (stage: keyof typeof stages, alpha: number, r: number, adds: boolean) =>
    raster.draw(box, dots, { view, radius: r, alpha, stage: stages[stage], adds });
  return { radius, layers: layersOf(style, radius, inkOf(place, radius, box)), draw };
}

/** What of a box lies on the canvas. */
function within([left, top, across, down]: Box, width: number, height: number): Box {
  return [left, top, Math.min(across, width - left), Math.min(down, height - top)];
}
