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
  const ink = new Float32Array(4 * side * side);
  const alpha = opacity((count * Math.PI * radius ** 2) / side ** 2);
  const reach = Math.ceil(1.5 * radius + 1);
  const width = 2 * reach + 1;
  const stamps = Array.from({ length: 5 }, (_, shape) => stampOf(shape, radius, reach, alpha));
  for (const point of drawingOrder(count)) {
    const [x, y] = at(point);
    const { colour, shape } = look(point);
    const [r = 0, g = 0, b = 0] = channels(colour);
    const stamp = stamps[shape] as Float32Array;
    const [left, top] = [Math.round(x - 0.5) - reach, Math.round(y - 0.5) - reach];
    for (let v = Math.max(0, -top); v < width && top + v < side; v++) {
      for (let u = Math.max(0, -left); u < width && left + u < side; u++) {
        const cover = stamp[v * width + u] as number;
        if (cover === 0) continue;
        const i = 4 * ((top + v) * side + left + u);
        const rest = 1 - cover;
        ink[i] = (ink[i] as number) * rest + r * cover;
        ink[i + 1] = (ink[i + 1] as number) * rest + g * cover;
        ink[i + 2] = (ink[i + 2] as number) * rest + b * cover;
        ink[i + 3] = (ink[i + 3] as number) * rest + cover;
      }
    }
  }
  const bytes = new Uint8Array(ink.length);
  for (let i = 0; i < ink.length; i += 4) {
    const cover = ink[i + 3] as number;
    if (cover === 0) continue;
    for (let c = 0; c < 3; c++) bytes[i + c] = Math.round((ink[i + c] as number) / cover);
    bytes[i + 3] = Math.round(255 * cover);
  }
  return png(side, side, bytes, 4);
}

/** How much of each pixel around a point it covers, times its ink. */
function stampOf(shape: number, radius: number, reach: number, alpha: number): Float32Array {
  const width = 2 * reach + 1;
  return Float32Array.from({ length: width * width }, (_, i) => {
    const [x, y] = [((i % width) - reach) / radius, (Math.floor(i / width) - reach) / radius];
    return alpha * Math.min(1, Math.max(0, 0.5 - radius * outside(shape, x, y)));
  });
}

/** How far a place is outside of the outline of a shape of radius 1. */
function outside(shape: number, x: number, y: number): number {
  const triangle = (down: number) => Math.max(down - 0.9, 0.878 * Math.abs(x) - 0.479 * down - 0.622);
  if (shape === 1) return Math.max(Math.abs(x), Math.abs(y)) - 0.95;
  if (shape === 2) return triangle(y);
  if (shape === 3) return (Math.abs(x) + Math.abs(y) - 1.4) * Math.SQRT1_2;
  if (shape === 4) return triangle(-y);
  return Math.hypot(x, y) - 1;
}
