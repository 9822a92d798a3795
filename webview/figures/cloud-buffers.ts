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
