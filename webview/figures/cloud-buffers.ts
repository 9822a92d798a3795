/** Bytes on the graphics processor that are kept for figures that may be drawn again. */
const most = 160_000_000;

/** Buffers on the graphics processor, found by what they hold; those not used for longest make room for others. */
export class Buffers {
  readonly #kept = new Map<object, { readonly buffer: WebGLBuffer; readonly bytes: number }>();
  #bytes = 0;

  constructor(private readonly gl: WebGL2RenderingContext) {}

  /** Binds the buffer of `key`, whose data are made when they are first needed. */
  bind(key: object, data: () => AllowSharedBufferSource): void {
    const { gl } = this;
    const found = this.#kept.get(key);
    if (found) {
      this.#kept.delete(key);
      this.#kept.set(key, found);
      gl.bindBuffer(gl.ARRAY_BUFFER, found.buffer);
      return;
    }
    const made = data();
    const buffer = gl.createBuffer();
    gl.bindBuffer(gl.ARRAY_BUFFER, buffer);
    gl.bufferData(gl.ARRAY_BUFFER, made, gl.STATIC_DRAW);
    this.#kept.set(key, { buffer, bytes: made.byteLength });
    this.#bytes += made.byteLength;
    for (const [old, { buffer: unused, bytes }] of this.#kept) {
      if (this.#bytes <= most || old === key) break;
      gl.deleteBuffer(unused);
      this.#kept.delete(old);
      this.#bytes -= bytes;
    }
  }
}

const orders = new Map<number, Uint32Array>();

/**
 * The places 0 to count - 1 in an order that looks random and is the same every time: no class is drawn over the others because
 * it comes last, and the first part of the points is a fair sample of them.
 */
export function drawingOrder(count: number): Uint32Array {
  const known = orders.get(count);
  if (known) return known;
  const order = Uint32Array.from({ length: count }, (_, i) => i);
  let state = 0x9e3779b9;
  for (let i = count - 1; i > 0; i--) {
    // Xorshift (Marsaglia 2003).
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    const j = (state >>> 0) % (i + 1);
    const swapped = order[i] as number;
    order[i] = order[j] as number;
    order[j] = swapped;
  }
  if (orders.size > 7) orders.clear();
  orders.set(count, order);
  return order;
}
