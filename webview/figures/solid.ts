import { extent } from '../../src/figures/ticks';
import type { Scatter, ScatterPanel } from '../../src/protocol/figures';

/** Three coordinates of every point, of a figure that shows them two by two. */
export interface Solid {
  readonly title: string;
  readonly labels: readonly [string, string, string];
  /** Centred, on one scale: the point that is farthest out is at 1. */
  readonly places: readonly [Float64Array, Float64Array, Float64Array];
}

/** Angles in radians: around the upright axis of the screen, then towards the viewer. */
export interface Turn {
  readonly yaw: number;
  readonly pitch: number;
}

/** Where a turn begins: every axis is seen. */
export const firstTurn: Turn = { yaw: -0.6, pitch: 0.45 };

/** Panels of x and y, x and z, y and z of the same points, as maps of three dimensions are drawn; null of any other figure. */
export function solidOf({ panels }: Scatter): Solid | null {
  const [a, b, c] = panels;
  if (panels.length !== 3 || !a || !b || !c) return null;
  const labels = [a.x.label, a.y.label, b.y.label] as const;
  if (b.x.label !== labels[0] || c.x.label !== labels[1] || c.y.label !== labels[2]) return null;
  const same = (left: readonly number[], right: readonly number[]) => left.every((value, i) => value === right[i]);
  if (!same(a.xs, b.xs) || !same(a.ys, c.xs) || !same(b.ys, c.ys)) return null;
  const lists = [a.xs, a.ys, b.ys] as const;
  const [xs, ys, zs] = lists;
  const [mx, my, mz] = lists.map((list) => {
    const [low, high] = extent([list]);
    return (low + high) / 2;
  }) as [number, number, number];
  let farthest = 0;
  for (let i = 0; i < xs.length; i++) {
    const far = Math.hypot((xs[i] as number) - mx, (ys[i] as number) - my, (zs[i] as number) - mz);
    farthest = Math.max(farthest, far);
  }
  const scale = 1 / (farthest || 1);
  const centred = (list: readonly number[], middle: number) =>
    Float64Array.from(list, (value) => (value - middle) * scale);
  return { title: a.title, labels, places: [centred(xs, mx), centred(ys, my), centred(zs, mz)] };
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
export function seen({ title, places }: Solid, turn: Turn): ScatterPanel {
  const axes = screenAxes(turn);
  const along = (side: 0 | 1): number[] => {
    const [a, b, c] = axes.map((axis) => axis[side]) as [number, number, number];
    const [xs, ys, zs] = places;
    const list = new Array<number>(xs.length);
    for (let i = 0; i < list.length; i++)
      list[i] = a * (xs[i] as number) + b * (ys[i] as number) + c * (zs[i] as number);
    return list;
  };
  return { title, x: { label: '' }, y: { label: '' }, xs: along(0), ys: along(1) };
}

/** A turn by radians, not over the top. */
export function turned({ yaw, pitch }: Turn, around: number, over: number): Turn {
  return { yaw: yaw + around, pitch: Math.min(Math.PI / 2, Math.max(-Math.PI / 2, pitch + over)) };
}
