import { round } from '../../src/figures/markup';
import { shapeIndex } from '../../src/figures/palettes';

/** Outline of a point of a class, as SVG path data around (x, y). */
export type Shape = (x: number, y: number, r: number) => string;

const corners =
  (...places: readonly (readonly [number, number])[]): Shape =>
  (x, y, r) =>
    `M${places.map(([dx, dy]) => `${round(x + dx * r)} ${round(y + dy * r)}`).join('L')}Z`;

export const circle: Shape = (x, y, r) =>
  `M${round(x - r)} ${round(y)}a${r} ${r} 0 1 0 ${2 * r} 0a${r} ${r} 0 1 0 ${-2 * r} 0z`;

/** As in exported figures: beyond six classes the shape tells them apart where colours come close. */
const beyondSix = [
  corners([-0.95, -0.95], [0.95, -0.95], [0.95, 0.95], [-0.95, 0.95]),
  corners([0, -1.3], [1.2, 0.9], [-1.2, 0.9]),
  corners([0, -1.4], [1.4, 0], [0, 1.4], [-1.4, 0]),
  corners([0, 1.3], [1.2, -0.9], [-1.2, -0.9]),
];

const shapes = [circle, ...beyondSix];

export function shapeOf(category: number): Shape {
  return shapes[shapeIndex(category)] ?? circle;
}

export function shapeAt(index: number): Shape {
  return shapes[index] ?? circle;
}
