import { DOT, HIDDEN, SELECTED, stages } from '../../src/figures/cloud-raster';

/** Places are within the whole domain, 0 to 1: single precision is enough then however far the view is enlarged. */
export const pointVertex = `#version 300 es
layout(location = 0) in vec2 place;
layout(location = 1) in vec4 look;
layout(location = 2) in float share;
uniform vec4 view;
uniform float radius;
// 1 where all points are alike.
uniform float largest;
uniform int stage;
out vec3 colour;
flat out int shape;
flat out float size;
flat out float r;
void main() {
  int mark = int(look.a * 255.0 + 0.5);
  bool selected = mark != ${HIDDEN} && mark >= ${SELECTED};
  bool hidden = mark == ${HIDDEN} || (stage == ${stages.others} && selected) || (stage == ${stages.selected} && !selected);
  shape = selected ? mark - ${SELECTED} : mark;
  colour = look.rgb;
  gl_Position = hidden ? vec4(2.0, 2.0, 2.0, 1.0) : vec4(place * view.xy + view.zw, 0.0, 1.0);
  // Of small points only the size is seen; circles need less room than shapes with corners.
  r = radius * largest * share;
  size = largest == 1.0 && r < ${DOT} ? 2.0 * r : shape == 0 ? 2.0 * r + 1.0 : 2.8 * r + 2.0;
  gl_PointSize = size;
}`;

/** The shapes of shapes.ts, as distances to their outlines in pixels; q is in radii, down the screen. */
export const shapeFragment = `#version 300 es
precision highp float;
in vec3 colour;
flat in int shape;
flat in float size;
flat in float r;
uniform float alpha;
out vec4 ink;
float triangle(vec2 q) {
  return max(q.y - 0.9, dot(vec2(abs(q.x), q.y), vec2(0.878, -0.479)) - 0.622);
}
void main() {
  vec2 q = (gl_PointCoord - 0.5) * size / r;
  float away = shape == 0 ? length(q) - 1.0
    : shape == 1 ? max(abs(q.x), abs(q.y)) - 0.95
    : shape == 2 ? triangle(q)
    : shape == 3 ? (abs(q.x) + abs(q.y) - 1.4) * 0.7071
    : triangle(vec2(q.x, -q.y));
  float cover = alpha * clamp(0.5 - away * r, 0.0, 1.0);
  if (cover <= 0.0) discard;
  ink = vec4(colour * cover, cover);
}`;

/** Of points as small as a pixel or two no shape is seen: every pixel of them is alike. */
export const dotFragment = `#version 300 es
precision mediump float;
in vec3 colour;
uniform float alpha;
out vec4 ink;
void main() {
  ink = vec4(colour * alpha, alpha);
}`;

/** One triangle over the whole viewport. */
export const sheetVertex = `#version 300 es
void main() {
  gl_Position = vec4(gl_VertexID == 1 ? 3.0 : -1.0, gl_VertexID == 2 ? 3.0 : -1.0, 0.0, 1.0);
}`;

/**
 * From sums over the points that cover a pixel to its colour: the mean of theirs, or of a ramp, the stronger the more points
 * there are, by the logarithm of their number.
 */
export const densityFragment = `#version 300 es
precision highp float;
uniform highp sampler2D sums;
uniform sampler2D ramp;
uniform bool ramped;
uniform float peak;
out vec4 ink;
void main() {
  vec4 sum = texelFetch(sums, ivec2(gl_FragCoord.xy), 0);
  if (sum.a < 0.05) discard;
  float strength = clamp(log(1.0 + sum.a) / log(1.0 + max(1.0, peak)), 0.0, 1.0);
  vec3 colour = ramped ? texture(ramp, vec2(strength, 0.5)).rgb : sum.rgb / sum.a;
  float cover = min(1.0, sum.a) * (ramped ? 1.0 : mix(0.25, 1.0, strength));
  ink = vec4(colour * cover, cover);
}`;

/** A program of two shaders, null where the graphics processor refuses them. */
export function linked(gl: WebGL2RenderingContext, vertex: string, fragment: string): WebGLProgram | null {
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
