/** Outlines of a point, as SVG path data around (x, y); beyond six classes they tell apart what colour may not. */
const shapes: readonly ((x: number, y: number, r: number) => string)[] = [
  (x, y, r) => `M${f(x - r)} ${f(y)}a${r} ${r} 0 1 0 ${2 * r} 0a${r} ${r} 0 1 0 ${-2 * r} 0z`,
  (x, y, r) => `M${f(x - r * 0.9)} ${f(y - r * 0.9)}h${f(r * 1.8)}v${f(r * 1.8)}h${f(-r * 1.8)}z`,
  (x, y, r) => `M${f(x)} ${f(y - r * 1.3)}l${f(r * 1.2)} ${f(r * 2.1)}h${f(-r * 2.4)}z`,
  (x, y, r) =>
    `M${f(x)} ${f(y - r * 1.35)}l${f(r * 1.35)} ${f(r * 1.35)}l${f(-r * 1.35)} ${f(r * 1.35)}l${f(-r * 1.35)} ${f(-r * 1.35)}z`,
  (x, y, r) => {
    const a = r * 0.45;
    const b = r * 1.35 - a;
    return `M${f(x - a)} ${f(y - a - b)}h${f(2 * a)}v${f(b)}h${f(b)}v${f(2 * a)}h${f(-b)}v${f(b)}h${f(-2 * a)}v${f(-b)}h${f(-b)}v${f(-2 * a)}h${f(b)}z`;
  },
];

/** @param count of classes: up to six, all are circles. */
export function shapeOf(index: number, count: number): (x: number, y: number, r: number) => string {
  const shape = shapes[count > 6 ? index % shapes.length : 0];
  return shape ?? (() => '');
}

/** Pixels to a tenth: no printer shows less, and files stay small. */
function f(value: number): string {
  return String(Math.round(value * 10) / 10);
}
