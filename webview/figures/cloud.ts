import type { ScatterPanel } from '../../src/protocol/figures';

/** How each point looks: red, green and blue from 0 to 255, then its shape; 255 there hides it. */
export type Looks = Uint8Array;
export const HIDDEN = 255;

/** A panel on the canvas, in pixels of the page, and the part of the data that it shows. */
export interface CloudPlace {
  readonly panel: ScatterPanel;
  readonly left: number;
  readonly top: number;
  readonly side: number;
  readonly down: number;
  readonly domain: Domain;
  /** Extent of the data, whatever is shown of it. */
  readonly whole: Domain;
  /** How much larger than at first the data are shown. */
  readonly zoom: number;
}

export interface Domain {
  readonly x: readonly [number, number];
  readonly y: readonly [number, number];
}

/**
 * Draws the points of panels, every one of them or one in `every` (at most 31), and answers how many milliseconds that took; null,
 * with nothing drawn, where the graphics processor is lost.
 */
export type DrawCloud = (
  canvas: HTMLCanvasElement,
  places: readonly CloudPlace[],
  looks: Looks,
  radius: number,
  every: number,
) => number | null;

/** Places are within the whole domain, 0 to 1: single precision is enough then however far the view is enlarged. */
const vertex = `#version 300 es
layout(location = 0) in vec2 place;
layout(location = 1) in vec4 look;
uniform vec4 view;
uniform float size;
out vec3 colour;
flat out int shape;
void main() {
  shape = int(look.a * 255.0 + 0.5);
  colour = look.rgb;
  gl_Position = shape == ${HIDDEN} ? vec4(2.0, 2.0, 2.0, 1.0) : vec4(place * view.xy + view.zw, 0.0, 1.0);
  gl_PointSize = size;
}`;

/** The shapes of shapes.ts, as distances to their outlines in pixels; q is in radii, down the screen. */
const fragment = `#version 300 es
precision highp float;
in vec3 colour;
flat in int shape;
uniform float size;
uniform float radius;
uniform float alpha;
out vec4 ink;
float triangle(vec2 q) {
  return max(q.y - 0.9, dot(vec2(abs(q.x), q.y), vec2(0.878, -0.479)) - 0.622);
}
void main() {
  vec2 q = (gl_PointCoord - 0.5) * size / radius;
  float away = shape == 1 ? max(abs(q.x), abs(q.y)) - 0.95
    : shape == 2 ? triangle(q)
    : shape == 3 ? (abs(q.x) + abs(q.y) - 1.4) * 0.7071
    : shape == 4 ? triangle(vec2(q.x, -q.y))
    : length(q) - 1.0;
  float cover = alpha * clamp(0.5 - away * radius, 0.0, 1.0);
  if (cover <= 0.0) discard;
  ink = vec4(colour * cover, cover);
}`;

/** The renderer of this page, made when it is first asked for; null where there is no WebGL. */
let shared: DrawCloud | null | undefined;

/** Points drawn by the graphics processor: one context for all figures, copied to the canvas of each. */
export function cloudRenderer(): DrawCloud | null {
  shared ??= makeRenderer();
  return shared;
}

function makeRenderer(): DrawCloud | null {
  const sheet = document.createElement('canvas');
  const gl = sheet.getContext('webgl2', { premultipliedAlpha: true, antialias: false });
  const program = gl && linked(gl);
  if (!gl || !program) return null;
  sheet.addEventListener('webglcontextlost', () => {
    shared = undefined;
  });
  const uniform = (name: string) => gl.getUniformLocation(program, name);
  const [view, size, radiusOf, alpha] = ['view', 'size', 'radius', 'alpha'].map(uniform);
  const places = new WeakMap<ScatterPanel, WebGLBuffer>();
  const inks = new WeakMap<Looks, WebGLBuffer>();
  const buffer = <K extends object>(kept: WeakMap<K, WebGLBuffer>, key: K, data: () => AllowSharedBufferSource) => {
    const found = kept.get(key) ?? gl.createBuffer();
    gl.bindBuffer(gl.ARRAY_BUFFER, found);
    if (!kept.has(key)) gl.bufferData(gl.ARRAY_BUFFER, data(), gl.STATIC_DRAW);
    kept.set(key, found);
  };
  const done = new Uint8Array(4);
  return (canvas, panels, looks, radius, every) => {
    if (gl.isContextLost()) return null;
    const start = performance.now();
    const ratio = canvas.width / (canvas.clientWidth || canvas.width);
    if (sheet.width < canvas.width) sheet.width = canvas.width;
    if (sheet.height < canvas.height) sheet.height = canvas.height;
    gl.disable(gl.SCISSOR_TEST);
    gl.clearColor(0, 0, 0, 0);
    gl.clear(gl.COLOR_BUFFER_BIT);
    gl.enable(gl.SCISSOR_TEST);
    gl.enable(gl.BLEND);
    gl.blendFunc(gl.ONE, gl.ONE_MINUS_SRC_ALPHA);
    gl.useProgram(program);
    for (const { panel, left, top, side, down, domain, whole, zoom } of panels) {
      const box = [left, canvas.height / ratio - top - down, side, down].map((value) => Math.round(value * ratio));
      const [x, y, width, height] = box as [number, number, number, number];
      // The sheet may be taller than this canvas, which is its lower part.
      gl.viewport(x, y, width, height);
      gl.scissor(x, y, width, height);
      buffer(places, panel, () => within(panel, whole));
      gl.enableVertexAttribArray(0);
      gl.vertexAttribPointer(0, 2, gl.FLOAT, false, 8 * every, 0);
      buffer(inks, looks, () => looks);
      gl.enableVertexAttribArray(1);
      gl.vertexAttribPointer(1, 4, gl.UNSIGNED_BYTE, true, 4 * every, 0);
      const r = radius * ratio * Math.min(2.5, zoom ** 0.3);
      gl.uniform4f(view ?? null, ...viewOf(domain, whole));
      gl.uniform1f(radiusOf ?? null, r);
      // Of small points only the size is seen.
      gl.uniform1f(size ?? null, r < 1.5 ? 2 * r + 1 : 2.8 * r + 2);
      gl.uniform1f(alpha ?? null, opacity((panel.xs.length * Math.PI * r ** 2) / (width * height * zoom ** 2)));
      gl.drawArrays(gl.POINTS, 0, Math.floor(panel.xs.length / every));
    }
    const ink = canvas.getContext('2d');
    ink?.clearRect(0, 0, canvas.width, canvas.height);
    ink?.drawImage(
      sheet,
      0,
      sheet.height - canvas.height,
      canvas.width,
      canvas.height,
      0,
      0,
      canvas.width,
      canvas.height,
    );
    // Asking for a pixel waits for all of them.
    gl.readPixels(0, 0, 1, 1, gl.RGBA, gl.UNSIGNED_BYTE, done);
    return performance.now() - start;
  };
}

/** Ink that points put down where they would cover the panel `covered` times: where they overlap, more of them are darker. */
function opacity(covered: number): number {
  return Math.min(0.8, Math.max(0.1, 1.6 / (1 + covered)));
}

/** From places within the whole to the clip space of the domain: factors and offsets of x and y. */
function viewOf(domain: Domain, whole: Domain): [number, number, number, number] {
  const axis = (name: 'x' | 'y') => {
    const [low, high] = domain[name];
    const [from, to] = whole[name];
    const factor = (2 * (to - from)) / (high - low);
    return [factor, (2 * (from - low)) / (high - low) - 1] as const;
  };
  const [x, y] = [axis('x'), axis('y')];
  return [x[0], y[0], x[1], y[1]];
}

function within({ xs, ys }: ScatterPanel, { x, y }: Domain): Float32Array {
  const places = new Float32Array(2 * xs.length);
  const [across, down] = [x[1] - x[0], y[1] - y[0]];
  for (let i = 0; i < xs.length; i++) {
    places[2 * i] = ((xs[i] as number) - x[0]) / across;
    places[2 * i + 1] = ((ys[i] as number) - y[0]) / down;
  }
  return places;
}

function linked(gl: WebGL2RenderingContext): WebGLProgram | null {
  const program = gl.createProgram();
  for (const [type, source] of [
    [gl.VERTEX_SHADER, vertex],
    [gl.FRAGMENT_SHADER, fragment],
  ] as const) {
    const shader = gl.createShader(type);
    if (!shader) return null;
    gl.shaderSource(shader, source);
    gl.compileShader(shader);
    gl.attachShader(program, shader);
  }
  gl.linkProgram(program);
  return gl.getProgramParameter(program, gl.LINK_STATUS) ? program : null;
}
