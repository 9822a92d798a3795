import { drawingOrder, opacity } from '../../src/figures/drawing-order';
import { channels, scaleColour } from '../../src/figures/palettes';
import type { ScatterPanel } from '../../src/protocol/figures';
import { Buffers } from './cloud-buffers';
import { densityFragment, dotFragment, linked, pointVertex, shapeFragment, sheetVertex, stages } from './cloud-shaders';

/** How each point looks: red, green and blue from 0 to 255, then its shape and marks as cloud-shaders.ts has them. */
export type Looks = Uint8Array;

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

export interface CloudStyle {
  /** Of a point, in pixels of the page, before it grows with the view. */
  readonly radius: number;
  /** One in so many points is drawn. */
  readonly every: number;
  /** Whether some points are selected: the others recede then. */
  readonly selected: boolean;
  /** Shading by the number of points over a pixel, with their own colours or with those of a scale. */
  readonly density: 'own' | 'scale' | null;
}

export interface CloudDrawn {
  readonly milliseconds: number;
  /** Most points over a pixel; 0 where that was not asked for or is not known. */
  readonly peak: number;
}

/**
 * Draws the points of panels; null, with nothing drawn, where the graphics processor is lost. While only a part of the points is
 * drawn, the density keeps the scale of the last whole picture.
 */
export type DrawCloud = (
  canvas: HTMLCanvasElement,
  places: readonly CloudPlace[],
  looks: Looks,
  style: CloudStyle,
) => CloudDrawn | null;

/** The renderer of this page, made when it is first asked for; null where there is no WebGL. */
let shared: DrawCloud | null | undefined;

/** Points drawn by the graphics processor: one context for all figures, copied to the canvas of each. */
export function cloudRenderer(): DrawCloud | null {
  shared ??= makeRenderer();
  return shared;
}

type Box = readonly [x: number, y: number, width: number, height: number];

function makeRenderer(): DrawCloud | null {
  const sheet = document.createElement('canvas');
  const gl = sheet.getContext('webgl2', { premultipliedAlpha: true, antialias: false });
  const shapes = gl && programOf(gl, pointVertex, shapeFragment);
  const dots = gl && programOf(gl, pointVertex, dotFragment);
  if (!gl || !shapes || !dots) return null;
  sheet.addEventListener('webglcontextlost', () => {
    shared = undefined;
  });
  const buffers = new Buffers(gl);
  const density = densityOf(gl);
  const done = new Uint8Array(4);
  const peaks = new WeakMap<HTMLCanvasElement, number>();

  const points = (place: CloudPlace, box: Box, looks: Looks, style: CloudStyle, ratio: number, above = false) => {
    const { panel, whole, zoom, domain } = place;
    const count = panel.xs.length;
    const order = drawingOrder(count);
    const r = style.radius * ratio * Math.min(2.5, zoom ** 0.3);
    const { program, at } = r < 1.5 ? dots : shapes;
    gl.useProgram(program);
    buffers.bind(panel, () => within(panel, whole, order));
    gl.enableVertexAttribArray(0);
    gl.vertexAttribPointer(0, 2, gl.FLOAT, false, 0, 0);
    buffers.bind(looks, () => ordered(looks, order));
    gl.enableVertexAttribArray(1);
    gl.vertexAttribPointer(1, 4, gl.UNSIGNED_BYTE, true, 0, 0);
    gl.uniform4f(at('view'), ...viewOf(domain, whole));
    const draw = (stage: number, alpha: number, radius: number) => {
      gl.uniform1i(at('stage'), stage);
      gl.uniform1f(at('radius'), radius);
      gl.uniform1f(at('alpha'), alpha);
      gl.drawArrays(gl.POINTS, 0, Math.ceil(count / style.every));
    };
    if (style.density && !above) return draw(stages.all, 1, r);
    const alpha = opacity((count * Math.PI * r ** 2) / (box[2] * box[3] * zoom ** 2));
    if (!style.selected) return draw(stages.all, alpha, r);
    if (!above) draw(stages.others, alpha * 0.25, r);
    draw(stages.selected, Math.max(alpha, 0.9), r * 1.15);
  };

  return (canvas, panels, looks, style) => {
    if (gl.isContextLost()) return null;
    const start = performance.now();
    const ratio = canvas.width / (canvas.clientWidth || canvas.width);
    if (sheet.width < canvas.width) sheet.width = canvas.width;
    if (sheet.height < canvas.height) sheet.height = canvas.height;
    gl.bindFramebuffer(gl.FRAMEBUFFER, null);
    gl.disable(gl.SCISSOR_TEST);
    gl.clearColor(0, 0, 0, 0);
    gl.clear(gl.COLOR_BUFFER_BIT);
    gl.enable(gl.SCISSOR_TEST);
    gl.enable(gl.BLEND);
    let peak = 0;
    const shaded = style.density && density;
    for (const place of panels) {
      const { left, top, side, down } = place;
      // The sheet may be taller than this canvas, which is its lower part.
      const box = [left, canvas.height / ratio - top - down, side, down].map((value) => Math.round(value * ratio));
      const [x, y, width, height] = box as [number, number, number, number];
      gl.viewport(x, y, width, height);
      gl.scissor(x, y, width, height);
      gl.blendFunc(gl.ONE, gl.ONE_MINUS_SRC_ALPHA);
      if (!shaded) {
        points(place, [x, y, width, height], looks, { ...style, density: null }, ratio);
        continue;
      }
      shaded.begin(sheet.width, sheet.height);
      gl.blendFunc(gl.ONE, gl.ONE);
      points(place, [x, y, width, height], looks, style, ratio);
      const whole = style.every === 1;
      if (whole) peak = Math.max(peak, shaded.peak([x, y, width, height]));
      const scale = whole ? peak : (peaks.get(canvas) ?? 1) / style.every;
      gl.blendFunc(gl.ONE, gl.ONE_MINUS_SRC_ALPHA);
      shaded.end(scale, style.density === 'scale');
      if (style.selected) points(place, [x, y, width, height], looks, style, ratio, true);
    }
    if (shaded && style.every === 1) peaks.set(canvas, peak);
    const { width, height } = canvas;
    const ink = canvas.getContext('2d');
    ink?.clearRect(0, 0, width, height);
    ink?.drawImage(sheet, 0, sheet.height - height, width, height, 0, 0, width, height);
    // Asking for a pixel waits for all of them.
    gl.readPixels(0, 0, 1, 1, gl.RGBA, gl.UNSIGNED_BYTE, done);
    return { milliseconds: performance.now() - start, peak };
  };
}

/** A program with the places of its uniforms. */
function programOf(gl: WebGL2RenderingContext, vertex: string, fragment: string) {
  const program = linked(gl, vertex, fragment);
  if (!program) return null;
  const places = new Map<string, WebGLUniformLocation | null>();
  const at = (name: string) => {
    const place = places.get(name) ?? gl.getUniformLocation(program, name);
    places.set(name, place);
    return place;
  };
  return { program, at };
}

/** Sums over points in numbers that do not end at 255; null where the graphics processor cannot add up such. */
function densityOf(gl: WebGL2RenderingContext) {
  // Half precision counts no further than 2,048.
  const whole = gl.getExtension('EXT_color_buffer_float') && gl.getExtension('EXT_float_blend');
  if (!whole && !gl.getExtension('EXT_color_buffer_float') && !gl.getExtension('EXT_color_buffer_half_float'))
    return null;
  const shown = programOf(gl, sheetVertex, densityFragment);
  const frame = gl.createFramebuffer();
  const [sums, ramp] = [gl.createTexture(), gl.createTexture()];
  if (!shown) return null;
  let size = [0, 0];
  const plain = (texture: WebGLTexture, filter: number) => {
    gl.bindTexture(gl.TEXTURE_2D, texture);
    for (const name of [gl.TEXTURE_MIN_FILTER, gl.TEXTURE_MAG_FILTER]) gl.texParameteri(gl.TEXTURE_2D, name, filter);
    for (const name of [gl.TEXTURE_WRAP_S, gl.TEXTURE_WRAP_T]) gl.texParameteri(gl.TEXTURE_2D, name, gl.CLAMP_TO_EDGE);
  };
  plain(ramp, gl.LINEAR);
  const scale = { kind: 'sequential', domain: [0, 255] } as const;
  const colours = Uint8Array.from({ length: 1024 }, (_, i) =>
    i % 4 === 3 ? 255 : (channels(scaleColour(scale, i >> 2, 'light'))[i % 4] ?? 0),
  );
  gl.texImage2D(gl.TEXTURE_2D, 0, gl.RGBA8, 256, 1, 0, gl.RGBA, gl.UNSIGNED_BYTE, colours);
  return {
    /** What is drawn from here on is added up, in the viewport and the scissors that are set. */
    begin: (width: number, height: number) => {
      gl.bindFramebuffer(gl.FRAMEBUFFER, frame);
      if (size[0] !== width || size[1] !== height) {
        size = [width, height];
        plain(sums, gl.NEAREST);
        const [format, type] = whole ? [gl.RGBA32F, gl.FLOAT] : [gl.RGBA16F, gl.HALF_FLOAT];
        gl.texImage2D(gl.TEXTURE_2D, 0, format, width, height, 0, gl.RGBA, type, null);
        gl.framebufferTexture2D(gl.FRAMEBUFFER, gl.COLOR_ATTACHMENT0, gl.TEXTURE_2D, sums, 0);
      }
      gl.clearColor(0, 0, 0, 0);
      gl.clear(gl.COLOR_BUFFER_BIT);
    },
    /** The largest number of points over one pixel of the box. */
    peak: ([x, y, width, height]: Box): number => {
      const values = new Float32Array(4 * width * height);
      gl.readPixels(x, y, width, height, gl.RGBA, gl.FLOAT, values);
      let most = 0;
      for (let i = 3; i < values.length; i += 4) most = Math.max(most, values[i] as number);
      return most;
    },
    /** Draws the sums on the sheet as colours. */
    end: (peak: number, ramped: boolean) => {
      gl.bindFramebuffer(gl.FRAMEBUFFER, null);
      gl.useProgram(shown.program);
      gl.activeTexture(gl.TEXTURE0);
      gl.bindTexture(gl.TEXTURE_2D, sums);
      gl.activeTexture(gl.TEXTURE1);
      gl.bindTexture(gl.TEXTURE_2D, ramp);
      gl.activeTexture(gl.TEXTURE0);
      gl.uniform1i(shown.at('sums'), 0);
      gl.uniform1i(shown.at('ramp'), 1);
      gl.uniform1i(shown.at('ramped'), ramped ? 1 : 0);
      gl.uniform1f(shown.at('peak'), peak);
      for (const attribute of [0, 1]) gl.disableVertexAttribArray(attribute);
      gl.drawArrays(gl.TRIANGLES, 0, 3);
    },
  };
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

function within({ xs, ys }: ScatterPanel, { x, y }: Domain, order: Uint32Array): Float32Array {
  const places = new Float32Array(2 * xs.length);
  const [across, down] = [x[1] - x[0], y[1] - y[0]];
  for (let i = 0; i < xs.length; i++) {
    const point = order[i] as number;
    places[2 * i] = ((xs[point] as number) - x[0]) / across;
    places[2 * i + 1] = ((ys[point] as number) - y[0]) / down;
  }
  return places;
}

function ordered(looks: Looks, order: Uint32Array): Uint32Array {
  const from = new Uint32Array(looks.buffer, looks.byteOffset, order.length);
  const to = new Uint32Array(order.length);
  for (let i = 0; i < to.length; i++) to[i] = from[order[i] as number] as number;
  return to;
}
