import { extent } from '../../src/figures/ticks';
import type { Scatter, ScatterPanel } from '../../src/protocol/figures';
import { axesOf } from './scatter-layout';

/** Three coordinates of every point, of a figure that shows them two by two. */
export interface Solid {
  readonly title: string;
  readonly labels: readonly [string, string, string];
  /** Centred, on one scale: the point that is farthest out is at 1. */
  readonly places: readonly [Float64Array, Float64Array, Float64Array];
  /** The points are of the unit ball, whose edge is drawn, with spheres of these radii about its centre. */
  readonly disc?: readonly number[];
}

/** Angles in radians: around the upright axis of the screen, then towards the viewer. */
export interface Turn {
  readonly yaw: number;
  readonly pitch: number;
}

/** Where a turn begins: every axis is seen. */
export const firstTurn: Turn = { yaw: -0.6, pitch: 0.45 };

/** A ball stays what it is. */
const ball = { middle: [0, 0, 0], scale: 1 };

type Axes = readonly [readonly number[], readonly number[], readonly number[]];

/**
 * Panels of x and y, x and z, y and z of the same points, as maps of three dimensions are drawn, for each three panels; null of any
 * other figure. Solids on the same axes are on one scale, about one middle.
 */
export function solidsOf({ panels }: Scatter): readonly Solid[] | null {
  if (panels.length === 0 || panels.length % 3 !== 0) return null;
  const found: (Pick<Solid, 'title' | 'labels' | 'disc'> & { axes: Axes; on: string })[] = [];
  for (let i = 0; i < panels.length; i += 3) {
    const [a, b, c] = panels.slice(i, i + 3) as [ScatterPanel, ScatterPanel, ScatterPanel];
    const labels = [a.x.label, a.y.label, b.y.label] as const;
    if (b.x.label !== labels[0] || c.x.label !== labels[1] || c.y.label !== labels[2]) return null;
    if (!same(a.xs, b.xs) || !same(a.ys, c.xs) || !same(b.ys, c.ys)) return null;
    const on = [a, b].map((panel) => axesOf(panels, panel)).join('\n');
    found.push({ title: a.title, labels, on, axes: [a.xs, a.ys, b.ys], ...(a.disc && { disc: a.disc }) });
  }
  const shared = found.every(({ on }) => on === found[0]?.on);
  const frame = shared ? frameOf(found.map(({ axes }) => axes)) : null;
  return found.map(({ axes, on: _, ...rest }) => {
    const { middle, scale } = rest.disc ? ball : (frame ?? frameOf([axes]));
    const centred = (k: 0 | 1 | 2) => Float64Array.from(axes[k], (value) => (value - (middle[k] as number)) * scale);
    return { ...rest, places: [centred(0), centred(1), centred(2)] };
  });
}

function same(left: readonly number[], right: readonly number[]): boolean {
  return left === right || (left.length === right.length && left.every((value, i) => value === right[i]));
}

/** The middle of points, and one over how far the farthest of them is from it. */
function frameOf(all: readonly Axes[]) {
  const middle = ([0, 1, 2] as const).map((k) => {
    const [low, high] = extent(all.map((axes) => axes[k]));
    return (low + high) / 2;
  });
  const [mx = 0, my = 0, mz = 0] = middle;
  let farthest = 0;
  for (const [xs, ys, zs] of all)
    for (let i = 0; i < xs.length; i++) {
      const far = ((xs[i] as number) - mx) ** 2 + ((ys[i] as number) - my) ** 2 + ((zs[i] as number) - mz) ** 2;
      if (far > farthest) farthest = far;
    }
  return { middle, scale: 1 / (Math.sqrt(farthest) || 1) };
}

/** To the right and up on the screen, for each of the three axes. */
export function screenAxes({ yaw, pitch }: Turn): readonly (readonly [number, number])[] {
  const [cy, sy, cp, sp] = [Math.cos(yaw), Math.sin(yaw), Math.cos(pitch), Math.sin(pitch)];
  return [
    [cy, sy * sp],
    [0, cp],
    [sy, -cy * sp],
  ];
}

/** The points as they are seen from a side, in parallel projection. */
export function seen({ title, places, disc }: Solid, turn: Turn): ScatterPanel {
  const axes = screenAxes(turn);
  const along = (side: 0 | 1): number[] => {
    const [a, b, c] = axes.map((axis) => axis[side]) as [number, number, number];
    const [xs, ys, zs] = places;
    const list = new Array<number>(xs.length);
    for (let i = 0; i < list.length; i++)
      list[i] = a * (xs[i] as number) + b * (ys[i] as number) + c * (zs[i] as number);
    return list;
  };
  const panel = { title, x: { label: '' }, y: { label: '' }, xs: along(0), ys: along(1) };
  return disc ? { ...panel, disc } : panel;
}

/** A turn by radians, not over the top. */
export function turned({ yaw, pitch }: Turn, around: number, over: number): Turn {
  return { yaw: yaw + around, pitch: Math.min(Math.PI / 2, Math.max(-Math.PI / 2, pitch + over)) };
}
