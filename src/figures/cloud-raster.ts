/** The byte of a point's look that is its shape (0 to 4), with this bit set where the point is selected; 255 hides it. */
export const SELECTED = 8;
export const HIDDEN = 255;

/** Which points a pass draws: all of them alike, those that are not selected, or those that are. */
export const stages = { all: 0, others: 1, selected: 2 } as const;

/** Pixels of a raster, from its upper left. */
export type Box = readonly [left: number, top: number, width: number, height: number];

/** Points in the order in which they are drawn. */
export interface Dots {
  /** x and y of each. */
  readonly places: Float32Array;
  /** Red, green and blue of each, 0 to 255, and its shape with its marks. */
  readonly looks: Uint8Array;
  /** So many of them, from the first. */
  readonly count: number;
  /** Where they are not alike, the radius of each: 255 is `LARGEST` times that of the pass. */
  readonly sizes?: Uint8Array | undefined;
}

export interface Pass {
  /** From places to pixels: factors of x and y, then offsets. */
  readonly view: readonly [number, number, number, number];
  /** Of a point, in pixels. */
  readonly radius: number;
  readonly alpha: number;
  readonly stage: 0 | 1 | 2;
  /** Each point is laid over those before, or what the points cover is added up. */
  readonly adds?: boolean;
}

/** Of points smaller than this only the size is seen. */
export const DOT = 1.5;
/** Places within a pixel, along one side, that a shape may have. */
export const FINE = 4;
/** The largest of points of different sizes have so many times the radius of points that are alike. */
export const LARGEST = 5;
/** Shapes beyond this radius have fewer places within a pixel: each takes more memory, and a quarter of a pixel is not seen. */
const COARSE = 8;

/** Whether a point of this mark, the last byte of its look, is drawn in a pass. */
export function isDrawn(mark: number, stage: Pass['stage']): boolean {
  return mark !== HIDDEN && (stage === stages.all || mark >= SELECTED === (stage === stages.selected));
}

/** Pixels in memory: red, green and blue (0 to 255) times the cover, then the cover of each, or sums over points. */
export class Raster {
  readonly ink: Float32Array;

  constructor(
    readonly width: number,
    readonly height: number,
  ) {
    this.ink = new Float32Array(4 * width * height);
  }

  /** Draws points within a box. */
  draw(box: Box, dots: Dots, pass: Pass): void {
    if (pass.radius < DOT && !dots.sizes) this.#squares(box, dots, pass);
    else this.#shapes(box, dots, pass);
  }

  #squares([left, top, across, down]: Box, { places, looks, count }: Dots, pass: Pass): void {
    const { ink, width } = this;
    const { radius, alpha, stage, adds } = pass;
    const [fx, fy, ox, oy] = pass.view;
    const rest = adds ? 1 : 1 - alpha;
    const [right, bottom] = [left + across, top + down];
    for (let k = 0; k < count; k++) {
      const mark = looks[4 * k + 3] as number;
      if (!isDrawn(mark, stage)) continue;
      // A pixel is covered where its middle is.
      const x = (places[2 * k] as number) * fx + ox - 0.5;
      const y = (places[2 * k + 1] as number) * fy + oy - 0.5;
      const u0 = Math.max(left, Math.ceil(x - radius));
      const u1 = Math.min(right, Math.ceil(x + radius));
      const v0 = Math.max(top, Math.ceil(y - radius));
      const v1 = Math.min(bottom, Math.ceil(y + radius));
      if (u0 >= u1 || v0 >= v1) continue;
      const r = alpha * (looks[4 * k] as number);
      const g = alpha * (looks[4 * k + 1] as number);
      const b = alpha * (looks[4 * k + 2] as number);
      for (let v = v0; v < v1; v++) {
        const end = 4 * (v * width + u1);
        for (let i = 4 * (v * width + u0); i < end; i += 4) {
          ink[i] = (ink[i] as number) * rest + r;
          ink[i + 1] = (ink[i + 1] as number) * rest + g;
          ink[i + 2] = (ink[i + 2] as number) * rest + b;
          ink[i + 3] = (ink[i + 3] as number) * rest + alpha;
        }
      }
    }
  }

  #shapes([left, top, across, down]: Box, { places, looks, count, sizes }: Dots, pass: Pass): void {
    const { ink, width } = this;
    const { alpha, stage, adds } = pass;
    const [fx, fy, ox, oy] = pass.view;
    const [right, bottom] = [left + across, top + down];
    let radius = pass.radius;
    let stamps: (Float32Array | undefined)[] = [];
    const ofSizes: (typeof stamps)[] = [];
    for (let k = 0; k < count; k++) {
      const mark = looks[4 * k + 3] as number;
      if (!isDrawn(mark, stage)) continue;
      const x = (places[2 * k] as number) * fx + ox;
      const y = (places[2 * k + 1] as number) * fy + oy;
      const column = Math.floor(x);
      const line = Math.floor(y);
      if (sizes) {
        const level = sizes[k] as number;
        radius = sizedRadius(pass.radius, level);
        stamps = ofSizes[level] ?? [];
        ofSizes[level] = stamps;
      }
      const reach = Math.ceil(1.4 * radius + 1);
      const side = 2 * reach + 1;
      const u0 = Math.max(left, column - reach);
      const u1 = Math.min(right, column + reach + 1);
      const v0 = Math.max(top, line - reach);
      const v1 = Math.min(bottom, line + reach + 1);
      if (u0 >= u1 || v0 >= v1) continue;
      const shape = mark & (SELECTED - 1);
      const key = keyOf(shape, x - column, y - line, radius);
      let stamp = stamps[key];
      if (!stamp) {
        stamp = stampOf(key, radius, reach, alpha);
        stamps[key] = stamp;
      }
      const r = looks[4 * k] as number;
      const g = looks[4 * k + 1] as number;
      const b = looks[4 * k + 2] as number;
      for (let v = v0; v < v1; v++) {
        let s = (v - line + reach) * side + u0 - column + reach;
        const end = 4 * (v * width + u1);
        for (let i = 4 * (v * width + u0); i < end; i += 4, s++) {
          const cover = stamp[s] as number;
          if (cover === 0) continue;
          const rest = adds ? 1 : 1 - cover;
          ink[i] = (ink[i] as number) * rest + r * cover;
          ink[i + 1] = (ink[i + 1] as number) * rest + g * cover;
          ink[i + 2] = (ink[i + 2] as number) * rest + b * cover;
          ink[i + 3] = (ink[i + 3] as number) * rest + cover;
        }
      }
    }
  }

  /** The largest sum over points in a box. */
  peak([left, top, across, down]: Box): number {
    let most = 0;
    for (let v = top; v < top + down; v++) {
      const end = 4 * (v * this.width + left + across);
      for (let i = 4 * (v * this.width + left) + 3; i < end; i += 4) most = Math.max(most, this.ink[i] as number);
    }
    return most;
  }

  /** Red, green, blue and opacity of the pixels of a box, 0 to 255, row by row; what they hold is let go. */
  take([left, top, across, down]: Box): Uint8ClampedArray<ArrayBuffer> {
    const { ink, width } = this;
    const bytes = new Uint8ClampedArray(4 * across * down);
    for (let v = 0, o = 0; v < down; v++) {
      const end = 4 * ((top + v) * width + left + across);
      for (let i = end - 4 * across; i < end; i += 4, o += 4) {
        const cover = ink[i + 3] as number;
        if (cover === 0) continue;
        bytes[o] = (ink[i] as number) / cover;
        bytes[o + 1] = (ink[i + 1] as number) / cover;
        bytes[o + 2] = (ink[i + 2] as number) / cover;
        bytes[o + 3] = 255 * cover;
      }
      ink.fill(0, end - 4 * across, end);
    }
    return bytes;
  }

  /**
   * From sums over the points that cover a pixel to its colour: the mean of theirs, or of a ramp of 256, the stronger the more
   * points there are, by the logarithm of their number.
   */
  shade([left, top, across, down]: Box, peak: number, ramp: Uint8Array | null): void {
    const { ink, width } = this;
    const scale = 1 / Math.log(1 + Math.max(1, peak));
    for (let v = top; v < top + down; v++) {
      const end = 4 * (v * width + left + across);
      for (let i = end - 4 * across; i < end; i += 4) {
        const sum = ink[i + 3] as number;
        if (sum === 0) continue;
        const strength = Math.min(1, Math.log(1 + sum) * scale);
        const cover = sum < 0.05 ? 0 : Math.min(1, sum) * (ramp ? 1 : 0.25 + 0.75 * strength);
        const at = 4 * Math.round(255 * strength);
        for (let c = 0; c < 3; c++)
          ink[i + c] = cover * (ramp ? (ramp[at + c] as number) : (ink[i + c] as number) / sum);
        ink[i + 3] = cover;
      }
    }
  }
}

/** Of a point of this size, where the others of its pass have `radius`. */
export function sizedRadius(radius: number, size: number): number {
  return (radius * LARGEST * size) / 255;
}

/** What tells the stamps of a radius apart: the shape, and where its middle lies within a pixel. */
export function keyOf(shape: number, x: number, y: number, radius: number): number {
  const spot = (part: number) => (radius > COARSE ? (part < 0.5 ? 1 : 2) : Math.floor(part * FINE));
  return (shape * FINE + spot(y)) * FINE + spot(x);
}

/** How much of each pixel around a point it covers, times its ink. @param key its shape, and where in its pixel it lies */
export function stampOf(key: number, radius: number, reach: number, alpha: number): Float32Array {
  const side = 2 * reach + 1;
  const shape = Math.floor(key / FINE ** 2);
  const middle = (place: number) => reach + ((place % FINE) + 0.5) / FINE - 0.5;
  const [x, y] = [middle(key), middle(Math.floor(key / FINE))];
  return Float32Array.from({ length: side * side }, (_, i) => {
    const away = outside(shape, ((i % side) - x) / radius, (Math.floor(i / side) - y) / radius);
    return alpha * Math.min(1, Math.max(0, 0.5 - radius * away));
  });
}

/** How far a place is outside of the outline of a shape of radius 1, y downwards. */
function outside(shape: number, x: number, y: number): number {
  const triangle = (down: number) => Math.max(down - 0.9, 0.878 * Math.abs(x) - 0.479 * down - 0.622);
  if (shape === 1) return Math.max(Math.abs(x), Math.abs(y)) - 0.95;
  if (shape === 2) return triangle(y);
  if (shape === 3) return (Math.abs(x) + Math.abs(y) - 1.4) * Math.SQRT1_2;
  if (shape === 4) return triangle(-y);
  return Math.hypot(x, y) - 1;
}
