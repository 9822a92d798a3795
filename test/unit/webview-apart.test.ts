import { expect, test } from 'vitest';
import { Apart } from '../../webview/figures/apart';
import { layoutScatter } from '../../webview/figures/scatter-layout';
import { withPictures } from '../../webview/figures/scatter-thumbnails';

test('squares that overlap one that is taken are refused, those that touch it are not', () => {
  const apart = new Apart(10);
  expect(apart.take(5, 5)).toBe(true);
  expect(apart.take(14.9, 5)).toBe(false);
  expect(apart.take(14.9, 15)).toBe(true);
  expect(apart.take(-5, 5)).toBe(true);
  expect(apart.take(15.1, 4.9)).toBe(true);
});

test('of many places as many are taken as a search through all of them takes', () => {
  let state = 7;
  const next = () => {
    state = (state * 48_271) % 2_147_483_647;
    return (state / 2_147_483_647) * 200 - 50;
  };
  const apart = new Apart(13);
  const taken: (readonly [number, number])[] = [];
  for (let i = 0; i < 2000; i++) {
    const [x, y] = [next(), next()] as const;
    const free = taken.every(([u, v]) => Math.abs(u - x) >= 13 || Math.abs(v - y) >= 13);
    expect(apart.take(x, y)).toBe(free);
    if (free) taken.push([x, y]);
  }
  expect(taken.length).toBeGreaterThan(80);
});

test('few points in sight all have pictures; of many the selected come first, and none overlaps another', () => {
  const rows = Array.from({ length: 5000 }, (_, i) => i);
  const panel = {
    title: '',
    x: { label: '' },
    y: { label: '' },
    xs: rows.map((i) => Math.sin(i * i)),
    ys: rows.map((i) => Math.cos(3 * i)),
  };
  const [place] = layoutScatter({ id: 'm', kind: 'scatter', title: '', rows, panels: [panel] }, 700).panels;
  if (!place) throw new Error('no panel');
  const selected = (point: number) => point % 500 === 7;
  const { points, inSight } = withPictures(place, () => true, selected);
  expect(inSight).toBe(5000);
  expect(points.length).toBeGreaterThan(200);
  expect(points.length).toBeLessThanOrEqual(300);
  expect(points.filter(selected).length).toBeGreaterThan(7);
  expect(selected(points[0] as number)).toBe(true);
  const at = points.map((i) => [place.x.at(panel.xs[i] as number), place.y.at(panel.ys[i] as number)] as const);
  for (const [i, [x, y]] of at.entries())
    for (const [u, v] of at.slice(i + 1)) expect(Math.max(Math.abs(u - x), Math.abs(v - y))).toBeGreaterThanOrEqual(30);
  const few = withPictures(place, (point) => point < 100, selected);
  expect([...few.points].sort((a, b) => a - b)).toEqual(rows.slice(0, 100));
});
