/** Columns transformed side by side: what they take stays in the processor's cache. */
const BATCH = 16;

/** The smallest length of at least `least` that is a power of two, or three times one. */
export function transformLength(least: number): number {
  let power = 1;
  while (power < least) power *= 2;
  return power >= 4 && 0.75 * power >= least ? 0.75 * power : power;
}

/**
 * Discrete Fourier transforms of arrays of height x n complex numbers, both from {@link transformLength}, in float64: Stockham's
 * form of the fast transform with radices 4, 2 and 3, for many columns at once.
 */
export class Transform2d {
  private readonly along: readonly Stage[];
  private readonly down: readonly Stage[];
  private readonly work: [Float64Array, Float64Array, Float64Array, Float64Array];

  constructor(
    readonly n: number,
    readonly height = n,
  ) {
    this.along = stagesOf(n);
    this.down = stagesOf(height);
    const room = () => new Float64Array(Math.max(n, height) * BATCH);
    this.work = [room(), room(), room(), room()];
  }

  /**
   * In place. Only the first `rows` rows of the input are not zero (forward), or only the first `rows` rows of the output are
   * wanted (inverse): the others are neither read nor transformed. The inverse is height x n times the true one.
   */
  transform(re: Float64Array, im: Float64Array, rows: number, inverse: boolean): void {
    const { n, height } = this;
    // The conjugate turns one direction into the other: exchange the parts.
    const [a, b] = inverse ? [im, re] : [re, im];
    if (!inverse) for (let i = 0; i < rows; i += BATCH) this.rowsFrom(a, b, i, Math.min(BATCH, rows - i));
    for (let j = 0; j < n; j += BATCH) this.columnsFrom(a, b, j, Math.min(BATCH, n - j), inverse ? height : rows);
    if (inverse) for (let i = 0; i < rows; i += BATCH) this.rowsFrom(a, b, i, Math.min(BATCH, rows - i));
  }

  private rowsFrom(re: Float64Array, im: Float64Array, first: number, count: number): void {
    const { n, work } = this;
    for (let r = 0; r < count; r++) {
      const row = (first + r) * n;
      for (let j = 0, at = r; j < n; j++, at += count) {
        work[0][at] = re[row + j] as number;
        work[1][at] = im[row + j] as number;
      }
    }
    const [outRe, outIm] = run(this.along, work, count);
    for (let r = 0; r < count; r++) {
      const row = (first + r) * n;
      for (let j = 0, at = r; j < n; j++, at += count) {
        re[row + j] = outRe[at] as number;
        im[row + j] = outIm[at] as number;
      }
    }
  }

  private columnsFrom(re: Float64Array, im: Float64Array, first: number, count: number, filled: number): void {
    const { n, height, work } = this;
    for (let i = 0, at = 0; i < height; i++) {
      const row = i * n + first;
      for (let c = 0; c < count; c++, at++) {
        work[0][at] = i < filled ? (re[row + c] as number) : 0;
        work[1][at] = i < filled ? (im[row + c] as number) : 0;
      }
    }
    const [outRe, outIm] = run(this.down, work, count);
    for (let i = 0, at = 0; i < height; i++) {
      const row = i * n + first;
      for (let c = 0; c < count; c++, at++) {
        re[row + c] = outRe[at] as number;
        im[row + c] = outIm[at] as number;
      }
    }
  }
}

/** One radix: `length` is what is left to transform, `stride` what has been done. */
interface Stage {
  readonly radix: number;
  readonly length: number;
  readonly stride: number;
  /** cos and -sin of 2π p / length for p below length / radix times 1, 2, 3. */
  readonly cos: Float64Array;
  readonly sin: Float64Array;
}

function stagesOf(n: number): Stage[] {
  const stages: Stage[] = [];
  for (let length = n, stride = 1; length > 1; ) {
    const radix = length % 4 === 0 ? 4 : length % 2 === 0 ? 2 : 3;
    if (length % radix !== 0) throw new RangeError(`${n} is neither a power of two nor three times one.`);
    const angle = (p: number) => (-2 * Math.PI * p) / length;
    const count = (radix - 1) * (length / radix);
    const power = (e: number) => Math.floor(e / (radix - 1)) * ((e % (radix - 1)) + 1);
    stages.push({
      ...{ radix, length, stride },
      cos: Float64Array.from({ length: count }, (_, e) => Math.cos(angle(power(e)))),
      sin: Float64Array.from({ length: count }, (_, e) => Math.sin(angle(power(e)))),
    });
    length /= radix;
    stride *= radix;
  }
  return stages;
}

/** @returns the two of `work` where the transform ended */
function run(
  stages: readonly Stage[],
  work: [Float64Array, Float64Array, Float64Array, Float64Array],
  count: number,
): readonly [Float64Array, Float64Array] {
  let [re, im, re2, im2] = work;
  for (const stage of stages) {
    if (stage.radix === 4) radix4(stage, re, im, re2, im2, count);
    else if (stage.radix === 2) radix2(stage, re, im, re2, im2, count);
    else radix3(stage, re, im, re2, im2, count);
    [re, im, re2, im2] = [re2, im2, re, im];
  }
  return [re, im];
}

function radix4(
  { length, stride, cos, sin }: Stage,
  re: Float64Array,
  im: Float64Array,
  outRe: Float64Array,
  outIm: Float64Array,
  count: number,
): void {
  const m = length / 4;
  const width = stride * count;
  for (let p = 0; p < m; p++) {
    const [c1, c2, c3] = [cos[3 * p] as number, cos[3 * p + 1] as number, cos[3 * p + 2] as number];
    const [s1, s2, s3] = [sin[3 * p] as number, sin[3 * p + 1] as number, sin[3 * p + 2] as number];
    const from = p * width;
    const to = 4 * p * width;
    const step = m * width;
    for (let q = 0; q < width; q++) {
      const a = from + q;
      const b = a + step;
      const c = b + step;
      const d = c + step;
      const apcR = (re[a] as number) + (re[c] as number);
      const apcI = (im[a] as number) + (im[c] as number);
      const amcR = (re[a] as number) - (re[c] as number);
      const amcI = (im[a] as number) - (im[c] as number);
      const bpdR = (re[b] as number) + (re[d] as number);
      const bpdI = (im[b] as number) + (im[d] as number);
      // -i (b - d)
      const bmdR = (im[b] as number) - (im[d] as number);
      const bmdI = (re[d] as number) - (re[b] as number);
      const o = to + q;
      outRe[o] = apcR + bpdR;
      outIm[o] = apcI + bpdI;
      const xR = amcR + bmdR;
      const xI = amcI + bmdI;
      outRe[o + width] = c1 * xR - s1 * xI;
      outIm[o + width] = c1 * xI + s1 * xR;
      const yR = apcR - bpdR;
      const yI = apcI - bpdI;
      outRe[o + 2 * width] = c2 * yR - s2 * yI;
      outIm[o + 2 * width] = c2 * yI + s2 * yR;
      const zR = amcR - bmdR;
      const zI = amcI - bmdI;
      outRe[o + 3 * width] = c3 * zR - s3 * zI;
      outIm[o + 3 * width] = c3 * zI + s3 * zR;
    }
  }
}

function radix2(
  { length, stride, cos, sin }: Stage,
  re: Float64Array,
  im: Float64Array,
  outRe: Float64Array,
  outIm: Float64Array,
  count: number,
): void {
  const m = length / 2;
  const width = stride * count;
  for (let p = 0; p < m; p++) {
    const c1 = cos[p] as number;
    const s1 = sin[p] as number;
    for (let q = 0; q < width; q++) {
      const a = p * width + q;
      const b = a + m * width;
      const o = 2 * p * width + q;
      const xR = (re[a] as number) - (re[b] as number);
      const xI = (im[a] as number) - (im[b] as number);
      outRe[o] = (re[a] as number) + (re[b] as number);
      outIm[o] = (im[a] as number) + (im[b] as number);
      outRe[o + width] = c1 * xR - s1 * xI;
      outIm[o + width] = c1 * xI + s1 * xR;
    }
  }
}

function radix3(
  { length, stride, cos, sin }: Stage,
  re: Float64Array,
  im: Float64Array,
  outRe: Float64Array,
  outIm: Float64Array,
  count: number,
): void {
  const m = length / 3;
  const width = stride * count;
  const root = Math.sqrt(3) / 2;
  for (let p = 0; p < m; p++) {
    const [c1, c2] = [cos[2 * p] as number, cos[2 * p + 1] as number];
    const [s1, s2] = [sin[2 * p] as number, sin[2 * p + 1] as number];
    for (let q = 0; q < width; q++) {
      const a = p * width + q;
      const b = a + m * width;
      const c = b + m * width;
      const o = 3 * p * width + q;
      const sumR = (re[b] as number) + (re[c] as number);
      const sumI = (im[b] as number) + (im[c] as number);
      const halfR = (re[a] as number) - sumR / 2;
      const halfI = (im[a] as number) - sumI / 2;
      // -i √3/2 (b - c)
      const turnR = root * ((im[b] as number) - (im[c] as number));
      const turnI = root * ((re[c] as number) - (re[b] as number));
      outRe[o] = (re[a] as number) + sumR;
      outIm[o] = (im[a] as number) + sumI;
      const xR = halfR + turnR;
      const xI = halfI + turnI;
      outRe[o + width] = c1 * xR - s1 * xI;
      outIm[o + width] = c1 * xI + s1 * xR;
      const yR = halfR - turnR;
      const yI = halfI - turnI;
      outRe[o + 2 * width] = c2 * yR - s2 * yI;
      outIm[o + 2 * width] = c2 * yI + s2 * yR;
    }
  }
}
