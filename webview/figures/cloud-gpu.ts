import { type Box, DOT, LARGEST, stages } from '../../src/figures/cloud-raster';
import type { CloudPlace, CloudStyle, DrawCloud, Looks } from './cloud';
import { Buffers } from './cloud-buffers';
import {
  boxOf,
  densityRamp,
  grown,
  inkOf,
  layersOf,
  looksInOrder,
  orderOf,
  placesOf,
  sizesInOrder,
  viewOf,
} from './cloud-points';
import { densityFragment, dotFragment, linked, pointVertex, shapeFragment, sheetVertex } from './cloud-shaders';

/** Graphics "processors" that are programs, by what they call themselves. */
const program = /swiftshader|llvmpipe|softpipe|software|basic render/i;

/** Points drawn by the graphics processor: one context for all figures, copied to the canvas of each; null where there is none. */
export function gpuRenderer(): DrawCloud | null {
  const sheet = document.createElement('canvas');
  const gl = sheet.getContext('webgl2', {
    ...{ premultipliedAlpha: true, antialias: false },
    failIfMajorPerformanceCaveat: true,
  });
  if (!gl || isProgram(gl)) return null;
  const shapes = programOf(gl, pointVertex, shapeFragment);
  const dots = programOf(gl, pointVertex, dotFragment);
  if (!shapes || !dots) return null;
  const buffers = new Buffers(gl);
  let density: ReturnType<typeof densityOf> | undefined;
  const done = new Uint8Array(4);
  const peaks = new WeakMap<HTMLCanvasElement, number>();

  const points = (place: CloudPlace, box: Box, looks: Looks, style: CloudStyle, r: number) => {
    const sizes = style.density ? null : style.sizes;
    const { program, at } = r < DOT && !sizes ? dots : shapes;
    gl.useProgram(program);
    const all = place.panel.xs.length;
    const count = Math.ceil(all / style.every);
    const order = orderOf(all, { sizes, every: style.every });
    const places = placesOf(place, count, order);
    buffers.bind(places, () => places);
    gl.enableVertexAttribArray(0);
    gl.vertexAttribPointer(0, 2, gl.FLOAT, false, 0, 0);
    const ordered = looksInOrder(looks, order);
    buffers.bind(ordered, () => ordered);
    gl.enableVertexAttribArray(1);
    gl.vertexAttribPointer(1, 4, gl.UNSIGNED_BYTE, true, 0, 0);
    if (sizes) {
      const sized = sizesInOrder(sizes, order);
      buffers.bind(sized, () => sized);
      gl.enableVertexAttribArray(2);
      gl.vertexAttribPointer(2, 1, gl.UNSIGNED_BYTE, true, 0, 0);
    } else {
      gl.disableVertexAttribArray(2);
      gl.vertexAttrib1f(2, 1);
    }
    gl.uniform1f(at('largest'), sizes ? LARGEST : 1);
    const [fx, fy, ox, oy] = viewOf(place.domain, place.whole);
    gl.uniform4f(at('view'), 2 * fx, 2 * fy, 2 * ox - 1, 2 * oy - 1);
    gl.viewport(...box);
    gl.scissor(...box);
    return (stage: keyof typeof stages, alpha: number, radius: number) => {
      gl.uniform1i(at('stage'), stages[stage]);
      gl.uniform1f(at('radius'), radius);
      gl.uniform1f(at('alpha'), alpha);
      gl.drawArrays(gl.POINTS, 0, count);
    };
  };

  return (canvas, panels, looks, style) => {
    if (gl.isContextLost()) return null;
    const start = performance.now();
    const { width, height } = canvas;
    if (sheet.width < width) sheet.width = width;
    if (sheet.height < height) sheet.height = height;
    gl.bindFramebuffer(gl.FRAMEBUFFER, null);
    gl.disable(gl.SCISSOR_TEST);
    gl.clearColor(0, 0, 0, 0);
    gl.clear(gl.COLOR_BUFFER_BIT);
    gl.enable(gl.SCISSOR_TEST);
    gl.enable(gl.BLEND);
    if (style.density && density === undefined) density = densityOf(gl);
    const shaded = style.density ? density : null;
    const colours = style.density === 'scale' ? densityRamp(style.ground) : null;
    const drawn = panels.map((place) => {
      const [left, top, across, down] = boxOf(place, style.ratio);
      // The sheet may be taller than this canvas, which is its lower part.
      const box: Box = [left, height - top - down, across, down];
      const radius = grown(style.radius * style.ratio, place.zoom);
      const layers = layersOf(style, radius, inkOf(place, radius, box, style.density ? null : style.sizes));
      return { box, radius, layers, draw: () => points(place, box, looks, style, radius) };
    });
    let peak = 0;
    if (shaded) {
      shaded.begin(sheet.width, sheet.height);
      gl.blendFunc(gl.ONE, gl.ONE);
      for (const { radius, draw } of drawn) draw()('all', 1, radius);
      if (style.every === 1) {
        for (const { box } of drawn) peak = Math.max(peak, shaded.peak(box));
        peaks.set(canvas, peak);
      }
    }
    gl.blendFunc(gl.ONE, gl.ONE_MINUS_SRC_ALPHA);
    for (const { box, layers, draw } of drawn) {
      if (shaded) shaded.end(box, (peaks.get(canvas) ?? 1) / style.every, colours);
      const wanted = shaded ? layers.filter(({ stage }) => stage === 'selected') : layers;
      const each = wanted.length > 0 ? draw() : () => {};
      for (const { stage, alpha, radius } of wanted) each(stage, alpha, radius);
    }
    const ink = canvas.getContext('2d');
    ink?.clearRect(0, 0, width, height);
    ink?.drawImage(sheet, 0, sheet.height - height, width, height, 0, 0, width, height);
    // Asking for a pixel waits for all of them.
    gl.readPixels(0, 0, 1, 1, gl.RGBA, gl.UNSIGNED_BYTE, done);
    return { milliseconds: performance.now() - start, peak, by: 'graphics' };
  };
}

/** Whether what draws is itself a program, and slower than drawing without it. */
function isProgram(gl: WebGL2RenderingContext): boolean {
  const named = gl.getExtension('WEBGL_debug_renderer_info');
  const found = program.test(String(gl.getParameter(named ? named.UNMASKED_RENDERER_WEBGL : gl.RENDERER)));
  if (found) gl.getExtension('WEBGL_lose_context')?.loseContext();
  return found;
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
  let painted: Uint8Array | null = null;
  return {
    /** What is drawn from here on is added up. */
    begin: (width: number, height: number) => {
      gl.bindFramebuffer(gl.FRAMEBUFFER, frame);
      if (size[0] !== width || size[1] !== height) {
        size = [width, height];
        plain(sums, gl.NEAREST);
        const [format, type] = whole ? [gl.RGBA32F, gl.FLOAT] : [gl.RGBA16F, gl.HALF_FLOAT];
        gl.texImage2D(gl.TEXTURE_2D, 0, format, width, height, 0, gl.RGBA, type, null);
        gl.framebufferTexture2D(gl.FRAMEBUFFER, gl.COLOR_ATTACHMENT0, gl.TEXTURE_2D, sums, 0);
      }
      gl.disable(gl.SCISSOR_TEST);
      gl.clearColor(0, 0, 0, 0);
      gl.clear(gl.COLOR_BUFFER_BIT);
      gl.enable(gl.SCISSOR_TEST);
    },
    /** The largest number of points over one pixel of the box. */
    peak: ([x, y, width, height]: Box): number => {
      const values = new Float32Array(4 * width * height);
      gl.readPixels(x, y, width, height, gl.RGBA, gl.FLOAT, values);
      let most = 0;
      for (let i = 3; i < values.length; i += 4) most = Math.max(most, values[i] as number);
      return most;
    },
    /** Draws the sums of a box on the sheet as colours. */
    end: (box: Box, peak: number, colours: Uint8Array | null) => {
      gl.bindFramebuffer(gl.FRAMEBUFFER, null);
      gl.viewport(...box);
      gl.scissor(...box);
      gl.useProgram(shown.program);
      gl.activeTexture(gl.TEXTURE0);
      gl.bindTexture(gl.TEXTURE_2D, sums);
      gl.activeTexture(gl.TEXTURE1);
      gl.bindTexture(gl.TEXTURE_2D, ramp);
      if (colours && colours !== painted) {
        gl.texImage2D(gl.TEXTURE_2D, 0, gl.RGBA8, 256, 1, 0, gl.RGBA, gl.UNSIGNED_BYTE, colours);
        painted = colours;
      }
      gl.activeTexture(gl.TEXTURE0);
      gl.uniform1i(shown.at('sums'), 0);
      gl.uniform1i(shown.at('ramp'), 1);
      gl.uniform1i(shown.at('ramped'), colours ? 1 : 0);
      gl.uniform1f(shown.at('peak'), peak);
      for (const attribute of [0, 1, 2]) gl.disableVertexAttribArray(attribute);
      gl.drawArrays(gl.TRIANGLES, 0, 3);
    },
  };
}
