import {
  type Box,
  DOT,
  type Dots,
  isDrawn,
  keyOf,
  type Pass,
  SELECTED,
  sizedRadius,
  stampOf,
} from '../../src/figures/cloud-raster';

/** Pixels of shapes that are kept, of radii to a twentieth of a pixel: twelve bytes each. */
const KEPT = 3_000_000;

/** The pixels that a shape covers, from the one that its middle lies in, and how much of each, of 256. */
interface Stamp {
  readonly across: Int32Array;
  readonly down: Int32Array;
  readonly cover: Int32Array;
}

/**
 * Pixels as the screen has them, four bytes each, on a ground that hides what is behind it: less exact than a `Raster`, which
 * keeps what shines through, and several times as fast.
 */
export class Sheet {
  private readonly pixels: Int32Array;

  /** @param bytes red, green, blue and opacity of each pixel, of which the sheet is a view */
  constructor(
    bytes: Uint8ClampedArray<ArrayBufferLike>,
    private readonly width: number,
  ) {
    this.pixels = new Int32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4);
  }

  /** @param ground a pixel, its first byte red and its last, 255, the opacity */
  clear(ground: number): void {
    this.pixels.fill(ground);
  }

  /** Draws points within a box, each over those before. */
  draw(box: Box, dots: Dots, pass: Pass): void {
    if (pass.radius < DOT && !dots.sizes) this.squares(box, dots, pass);
    else this.shapes(box, dots, pass);
  }

  private squares([left, top, across, down]: Box, { places, looks, count }: Dots, pass: Pass): void {
    const { pixels, width } = this;
    const { radius, alpha, stage } = pass;
    const [fx, fy, ox, oy] = pass.view;
    const part = Math.round(256 * alpha);
    const rest = 256 - part;
    // All are as large: where each begins is all that differs.
    const side = Math.max(1, Math.round(2 * radius));
    const x0 = ox - side / 2 + 0.5 - left;
    const y0 = oy - side / 2 + 0.5 - top;
    const lastX = across - side;
    const lastY = down - side;
    for (let k = 0; k < count; k++) {
      const mark = looks[4 * k + 3] as number;
      if (!isDrawn(mark, stage)) continue;
      const x = (places[2 * k] as number) * fx + x0;
      const y = (places[2 * k + 1] as number) * fy + y0;
      if (!(x > -side && y > -side && x < across && y < down)) continue;
      // Two colours in one multiplication.
      const even = Math.imul((looks[4 * k] as number) | ((looks[4 * k + 2] as number) << 16), part) + 0x800080;
      const odd = Math.imul((looks[4 * k + 1] as number) | 0xff0000, part) + 0x800080;
      let u0 = Math.floor(x);
      let v0 = Math.floor(y);
      let u1 = u0 + side;
      let v1 = v0 + side;
      if (u0 < 0 || v0 < 0 || u0 > lastX || v0 > lastY) {
        u0 = Math.max(0, u0);
        v0 = Math.max(0, v0);
        u1 = Math.min(across, u1);
        v1 = Math.min(down, v1);
      }
      for (let b = v0; b < v1; b++) {
        const line = (top + b) * width + left;
        for (let i = line + u0; i < line + u1; i++) {
          const under = pixels[i] as number;
          pixels[i] =
            (((Math.imul(under & 0xff00ff, rest) + even) >>> 8) & 0xff00ff) |
            ((Math.imul((under >>> 8) & 0xff00ff, rest) + odd) & 0xff00ff00);
        }
      }
    }
  }

  private shapes([left, top, across, down]: Box, { places, looks, count, sizes }: Dots, pass: Pass): void {
    const { pixels, width } = this;
    const { alpha, stage } = pass;
    const [fx, fy, ox, oy] = pass.view;
    const right = left + across;
    const bottom = top + down;
    const ink = Math.round(256 * alpha);
    const ofSizes: (Stamps | undefined)[] = [];
    let shape = stampsOf(pass.radius);
    for (let k = 0; k < count; k++) {
      const mark = looks[4 * k + 3] as number;
      if (!isDrawn(mark, stage)) continue;
      const x = (places[2 * k] as number) * fx + ox;
      const y = (places[2 * k + 1] as number) * fy + oy;
      if (sizes) {
        const size = sizes[k] as number;
        shape = ofSizes[size] ?? stampsOf(sizedRadius(pass.radius, size));
        ofSizes[size] = shape;
      }
      const { reach, stamps, radius } = shape;
      if (!(x > left - reach && x < right + reach && y > top - reach && y < bottom + reach)) continue;
      const column = Math.floor(x);
      const line = Math.floor(y);
      const key = keyOf(mark & (SELECTED - 1), x - column, y - line, radius);
      const { across: us, down: vs, cover } = stamps(key);
      const even = (looks[4 * k] as number) | ((looks[4 * k + 2] as number) << 16);
      const odd = (looks[4 * k + 1] as number) | 0xff0000;
      const inside = column >= left + reach && column < right - reach && line >= top + reach && line < bottom - reach;
      for (let s = 0; s < cover.length; s++) {
        const u = column + (us[s] as number);
        const v = line + (vs[s] as number);
        if (!inside && (u < left || u >= right || v < top || v >= bottom)) continue;
        const part = (Math.imul(cover[s] as number, ink) + 128) >> 8;
        const rest = 256 - part;
        const i = v * width + u;
        const under = pixels[i] as number;
        pixels[i] =
          (((Math.imul(under & 0xff00ff, rest) + Math.imul(even, part) + 0x800080) >>> 8) & 0xff00ff) |
          ((Math.imul((under >>> 8) & 0xff00ff, rest) + Math.imul(odd, part) + 0x800080) & 0xff00ff00);
      }
    }
  }
}

/** The shapes of points of a radius. */
interface Stamps {
  readonly radius: number;
  readonly reach: number;
  stamps(key: number): Stamp;
}

const kept = new Map<number, Stamps>();
let held = 0;

/** The shapes of points of a radius, made as they are needed. */
function stampsOf(radius: number): Stamps {
  const rounded = Math.max(1, Math.round(20 * radius)) / 20;
  const known = kept.get(rounded);
  if (known) return known;
  const reach = Math.ceil(1.4 * rounded + 1);
  const made: (Stamp | undefined)[] = [];
  const stamps = (key: number): Stamp => {
    const known = made[key];
    if (known) return known;
    const stamp = sparse(stampOf(key, rounded, reach, 1), reach);
    made[key] = stamp;
    held += stamp.cover.length;
    return stamp;
  };
  if (held > KEPT) {
    kept.clear();
    held = 0;
  }
  const found = { radius: rounded, reach, stamps };
  kept.set(rounded, found);
  return found;
}

function sparse(cover: Float32Array, reach: number): Stamp {
  const side = 2 * reach + 1;
  const found = [...cover.keys()].filter((i) => Math.round(256 * (cover[i] as number)) > 0);
  return {
    across: Int32Array.from(found, (i) => (i % side) - reach),
    down: Int32Array.from(found, (i) => Math.floor(i / side) - reach),
    cover: Int32Array.from(found, (i) => Math.round(256 * (cover[i] as number))),
  };
}
