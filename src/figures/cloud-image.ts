import { Raster, stages } from './cloud-raster';
import { drawingOrder, opacity } from './drawing-order';
import { channels } from './palettes';
import { png } from './pixels';

/** What a point looks like: #rrggbb, and its shape as `shapeIndex` counts them. */
export interface Look {
  readonly colour: string;
  readonly shape: number;
}

/**
 * Points on a square of `side` pixels as the address of a PNG with a clear ground, drawn in the order of `drawingOrder`, each over
 * those before. Places are in pixels, from the upper left.
 */
export function cloudImage(
  side: number,
  count: number,
  at: (point: number) => readonly [number, number],
  look: (point: number) => Look,
  radius: number,
): string {
  const places = new Float32Array(2 * count);
  const looks = new Uint8Array(4 * count);
  for (const [k, point] of drawingOrder(count).entries()) {
    const { colour, shape } = look(point);
    places.set(at(point), 2 * k);
    looks.set([...channels(colour), shape], 4 * k);
  }
  const alpha = opacity((count * Math.PI * radius ** 2) / side ** 2);
  const raster = new Raster(side, side);
  const whole = [0, 0, side, side] as const;
  raster.draw(whole, { places, looks, count }, { view: [1, 1, 0, 0], radius, alpha, stage: stages.all });
  return png(side, side, new Uint8Array(raster.take(whole).buffer), 4);
}
