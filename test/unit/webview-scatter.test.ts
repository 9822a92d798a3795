import { describe, expect, test } from 'vitest';
import { Raster, SELECTED, stages } from '../../src/figures/cloud-raster';
import { drawingOrder } from '../../src/figures/drawing-order';
import { figureToSvg } from '../../src/figures/svg';
import type { Scatter } from '../../src/protocol/figures';
import { heldResults, keptAnalysis } from '../../src/protocol/kept';
import type { Result } from '../../src/protocol/result';
import { csv } from '../../webview/csv';
import { placesOf } from '../../webview/figures/cloud-points';
import { densityTicks } from '../../webview/figures/density-legend';
import { sizeColumn } from '../../webview/figures/point-sizes';
import { queryOf } from '../../webview/figures/query';
import { labelsBy, pointColumns, pointTable } from '../../webview/figures/row-facts';
import { enclosed, layoutScatter } from '../../webview/figures/scatter-layout';
import { written } from '../../webview/figures/scatter-names';
import { type ScatterView, seenScatter } from '../../webview/figures/scatter-seen';
import { firstTurn, screenAxes, seen, solidsOf, turned } from '../../webview/figures/solid';

const words: Scatter = {
  ...{
    id: 'words',
    kind: 'scatter',
    title: 'Words',
    rows: [10, 11, 12, 13],
    names: ['cat', 'Dog', 'cattle', 'it and us'],
  },
  panels: [{ title: '', x: { label: 'PC 1' }, y: { label: 'PC 2' }, xs: [0, 1, 2, 3], ys: [3, 2, -1, 0] }],
  labels: { kind: 'category', name: 'kind', categories: ['animal', 'other'], index: [0, 0, 0, -1] },
};
const norms = { name: 'norm', at: (row: number) => (row === 13 ? null : row / 10) };

describe('a query', () => {
  const columns = pointColumns(words, [norms]);
  const found = (query: string) => words.rows.map((_, point) => point).filter(queryOf(query, columns));
  test.each<[string, number[]]>([
    ['CAT', [0, 2]],
    ['12', [2]],
    ['animal', [0, 1, 2]],
    ['it and us', [3]],
    ['row >= 12', [2, 3]],
    ['name = dog', [1]],
    ['name = "it and us"', [3]],
    ['name ~ cat and not "PC 1" > 1', [0]],
    ['(row = 10 or row = 13) and "PC 2" < 1', [3]],
    ['row = 10 or row = 13 and "PC 2" < -5', [0]],
    ['norm < 1.15', [0, 1]],
    ['PC 2 >= 2 and not pc 1 = 1', [0]],
    ['norm != 1', [1, 2]],
    ['kind = animal', [0, 1, 2]],
    ['', []],
    // Places are no texts; what is in quotes is no number.
    ['1', []],
    ['norm = 1.0', [0]],
    ['norm = "1.0"', []],
  ])('%s finds %j', (query, points) => expect(found(query)).toEqual(points));
  test.each<[string, RegExp]>([
    ['nomr < 1', /Nothing called nomr is known of the rows\. Known: row, name, kind, PC 1, PC 2, norm\./],
    ['row <', /Expected a value after row </],
    ['(row = 1', /bracket/],
    ['row = 1 norm = 2', /Expected "and" or "or" before norm/],
    ['aPC 1 = 1', /after aPC/],
    ['row = 10 "or" row = 11', /Expected "and" or "or" before or/],
    ['= 3', /Expected the name .* found =/],
  ])('%s is refused in words', (query, message) => expect(() => found(query)).toThrow(message));
  test('compares an empty text with no number', () => {
    const notes = { name: 'note', at: (point: number) => ['', ' ', '0'][point] ?? null };
    expect([0, 1, 2, 3].filter(queryOf('note = 0', [notes]))).toEqual([2]);
  });
  test('looks for a text in a column of which the first row has none', () => {
    const notes = { name: 'note', at: (point: number) => [null, 'a cat', 'dog', null][point] ?? null };
    expect([0, 1, 2, 3].filter(queryOf('cat', [{ name: 'row', at: (point) => point }, notes]))).toEqual([1]);
  });
});

test('points are exported with all that the figure draws of them', () => {
  const [panel] = words.panels;
  if (!panel) throw new Error('no panel');
  const two = {
    ...words,
    panels: [
      { ...panel, title: 'before' },
      { ...panel, title: 'after', xs: [5, 6, 7, 8] },
    ],
  };
  const sizes = sizeColumn({ kind: 'number', name: 'count', values: [2, 4, 6, null] }, words.rows);
  expect(csv(pointTable(Uint32Array.of(1, 3), pointColumns(two, [sizes])))).toBe(
    'row,name,kind,before: PC 1,before: PC 2,after: PC 1,after: PC 2,count\r\n' +
      '11,Dog,animal,1,2,6,2,4\r\n' +
      '13,it and us,,3,0,8,0,\r\n',
  );
});

test('a column colours points by classes where it has texts, by numbers otherwise, and by nothing where it is neither', () => {
  expect(labelsBy(norms, words.rows)).toEqual({ kind: 'number', name: 'norm', values: [1, 1.1, 1.2, null] });
  const sides = { name: 'side', at: (row: number) => (row < 12 ? 'left' : row === 12 ? null : 'east 2') };
  expect(labelsBy(sides, words.rows)).toMatchObject({ categories: ['east 2', 'left'], index: [1, 1, -1, 0] });
  expect(labelsBy({ name: 'nothing', at: () => null }, words.rows)).toBeNull();
  const said = { name: 'said', at: (row: number) => (row === 10 ? 'null' : null) };
  expect(labelsBy(said, words.rows)).toMatchObject({ categories: ['null'], index: [0, -1, -1, -1] });
  const many = { name: 'many', at: (row: number) => `text ${row}` };
  expect(
    labelsBy(
      many,
      Array.from({ length: 100 }, (_, i) => i),
    ),
  ).toBeNull();
});

test('a column of as many texts as rows is given up at once', { timeout: 5000 }, () => {
  const rows = Array.from({ length: 200_000 }, (_, i) => (i * 7919) % 200_003);
  expect(labelsBy({ name: 'name', at: (row) => `text ${row}` }, rows)).toBeNull();
});

test('a line encloses the points within it', () => {
  const [place] = layoutScatter(words, 400).panels;
  if (!place) throw new Error('no panel');
  const box = (x: [number, number], y: [number, number]) =>
    [[x[0], y[0]] as const, [x[1], y[0]] as const, [x[1], y[1]] as const, [x[0], y[1]] as const].map(([a, b]) => ({
      ...{ x: place.x.at(a), y: place.y.at(b) },
    }));
  expect(enclosed(place, box([0.5, 3.5], [-0.5, 2.5]))).toEqual([1, 3]);
});

test('names do not overlap, nor leave the panel, and the first ones come first', () => {
  const panel = { left: 0, top: 0, side: 100, down: 100 };
  const wish = (text: string, x: number, y: number) => ({ text, x, y, beside: 4 });
  const wishes = [wish('first', 10, 50), wish('under it', 12, 52), wish('below', 10, 90), wish('edge', 98, 20)];
  const drawn = written(wishes, panel, (text) => 5 * text.length);
  expect(drawn.map(({ text }) => text)).toEqual(['first', 'below', 'edge']);
  // To the left of its point, where there is no room to the right.
  expect(drawn[2]?.x).toBe(98 - 4 - 20);
  const texts = (some: Parameters<typeof written>[0]) =>
    written(some, panel, (text) => 5 * text.length).map(({ text, x }) => [text, x]);
  // A line is 13 pixels high.
  expect(texts([wish('first', 10, 50), wish('near', 10, 62), wish('next', 10, 63)])).toEqual([
    ['first', 14],
    ['next', 14],
  ]);
  expect(texts([wish('above', 10, -1), wish('under', 10, 101)])).toEqual([]);
  expect(texts([{ ...wish('over it', 50, 50), beside: 0 }])).toEqual([['over it', 50 - 35 / 2]]);
  const many = Array.from({ length: 100 }, (_, i) => wish('', 10 * (i % 10), 13 * Math.floor(i / 10)));
  expect(written(many, { ...panel, down: 200 }, () => 1)).toHaveLength(60);
});

test('three panels of three axes are a solid, turned as a whole: distances from the middle stay', () => {
  const [a, b, c] = [
    [0, 4, 1],
    [2, 0, 2],
    [-1, 1, 3],
  ] as const;
  const panel = (x: string, y: string, xs: readonly number[], ys: readonly number[]) => ({
    ...{ title: 'map', x: { label: x }, y: { label: y }, xs, ys },
  });
  const figure: Scatter = {
    ...{ id: 'm', kind: 'scatter', title: 'Map', rows: [0, 1, 2] },
    panels: [panel('a', 'b', a, b), panel('a', 'c', a, c), panel('b', 'c', b, c)],
  };
  const [solid] = solidsOf(figure) ?? [];
  if (!solid) throw new Error('no solid');
  expect(solidsOf(words)).toBeNull();
  // The points are (-2, 1, -2), (2, -1, 0) and (-1, 1, 2) from the middle; the first is farthest, at 3.
  for (const [axis, list] of [
    [-2, 2, -1],
    [1, -1, 1],
    [-2, 0, 2],
  ].entries())
    for (const [i, value] of list.entries()) expect(solid.places[axis]?.[i]).toBeCloseTo(value / 3, 12);
  const other = panel('b', 'c', b, [-1, 1, 4]);
  expect(solidsOf({ ...figure, panels: [...figure.panels.slice(0, 2), other] })).toBeNull();
  // Of two spaces on the same axes, one of them twice as large: on one scale, about one middle.
  const half = (list: readonly number[]) => list.map((value) => value / 2);
  const smaller = figure.panels.map((one) => ({ ...one, xs: half(one.xs), ys: half(one.ys) }));
  const two = solidsOf({ ...figure, panels: [...figure.panels, ...smaller] });
  for (const k of [0, 1, 2] as const) {
    const [all = 0, part = 0] = [0, 1].map((side) => {
      const list = two?.[side]?.places[k] ?? [];
      return (list[0] ?? 0) - (list[1] ?? 0);
    });
    expect(part).toBeCloseTo(all / 2, 12);
  }
  // Right and up on the screen are of length 1 and at right angles, from wherever it is seen.
  const screen = screenAxes({ yaw: 0.3, pitch: 0.2 });
  const product = (p: 0 | 1, q: 0 | 1) => screen.reduce((sum, axis) => sum + axis[p] * axis[q], 0);
  expect([product(0, 0), product(1, 1), product(0, 1)]).toEqual([1, 1, 0].map((value) => expect.closeTo(value, 12)));
  // From above, the third axis comes down the screen.
  expect(seen(solid, { yaw: 0, pitch: Math.PI / 2 }).ys[2]).toBeCloseTo(-2 / 3, 12);
  const front = seen(solid, { yaw: 0, pitch: 0 });
  // From the front: the first axis to the right, the second up, as in the first panel.
  expect((front.xs[1] as number) - (front.xs[0] as number)).toBeCloseTo(
    (2 * ((front.ys[0] as number) - (front.ys[1] as number))) as number,
  );
  const far = (turn: Parameters<typeof seen>[1]) => {
    // Three sides at right angles to each other: together they see every distance twice.
    const sides = [turn, { ...turn, yaw: turn.yaw + Math.PI / 2 }].map((side) => seen(solid, side));
    return solid.places[0].map((_, i) => Math.hypot(...sides.map(({ xs }) => xs[i] as number)));
  };
  expect(far({ yaw: 0.3, pitch: 0.2 })[1]).toBeCloseTo(
    Math.hypot(solid.places[0][1] as number, solid.places[2][1] as number),
  );
  expect(turned({ yaw: 0, pitch: 1.5 }, 0.1, 1)).toEqual({ yaw: 0.1, pitch: Math.PI / 2 });
  expect(turned({ yaw: 0, pitch: -1.5 }, 0, -1).pitch).toBe(-Math.PI / 2);
});

/** A map of so many points, a thousandth of them in the second class. */
function large(count: number): Scatter {
  const rows = Array.from({ length: count }, (_, i) => i);
  const labels = {
    kind: 'category' as const,
    name: 'c',
    categories: ['a', 'b'],
    index: rows.map((i) => (i % 1000 ? 0 : 1)),
  };
  const panels = [{ title: '', x: { label: 'x' }, y: { label: 'y' }, xs: rows.map(Math.sin), ys: rows.map(Math.cos) }];
  return { id: 'm', kind: 'scatter', title: 'Map', caption: 'A map.', rows, panels, labels };
}

test('every point is drawn once, in an order that mixes them and stays', () => {
  const order = drawingOrder(5000);
  expect([...order].sort((a, b) => a - b)).toEqual(Array.from({ length: 5000 }, (_, i) => i));
  const first = order.slice(0, 500);
  const mean = first.reduce((sum, i) => sum + i, 0) / 500;
  // Of a fair sample: 2,500 ± 64.5 standard error.
  expect(Math.abs(mean - 2499.5)).toBeLessThan(260);
});

test('of a part of the points the places are the first in that order, and those of the rest are made when they are asked for', () => {
  const panel = { title: '', x: { label: '' }, y: { label: '' }, xs: [0, 1, 2, 3, 4], ys: [8, 6, 4, 2, 0] };
  const place = { panel, whole: { x: [0, 4], y: [0, 8] } } as const;
  const expected = [...drawingOrder(5)].flatMap((i) => [i / 4, 1 - i / 4]);
  expect([...placesOf(place, 2)]).toEqual(expected.slice(0, 4));
  const all = placesOf(place, 5);
  expect([...all]).toEqual(expected);
  // Fewer are a part of those.
  expect(placesOf(place, 2)).toBe(all);
});

test('a large scatter is exported with its points as an image, and says so', () => {
  const svg = figureToSvg(large(6000));
  expect(svg).toMatch(/<image width="320" height="320" href="data:image\/png;base64,iVBOR/);
  expect(svg).not.toContain('<circle cx="100');
  expect(svg.replaceAll(/<[^>]*>\s*/g, ' ')).toMatch(/The points are an image of 960 by 960 pixels/);
  expect(svg.length).toBeLessThan(400_000);
});

test('a document keeps a part of a large scatter, spread over all rows, and says so; a small one stays', () => {
  const result = (figure: Scatter) => ({ figures: [figure] }) as unknown as Result;
  const analysis = { results: [result(large(25_000)), result(words)] } as unknown as Parameters<typeof keptAnalysis>[0];
  const [kept, same] = keptAnalysis(analysis).results;
  const [figure] = (kept as Result).figures as [Scatter];
  expect(figure.rows).toHaveLength(10_000);
  expect(figure.caption).toBe('A map. Kept of 25000 points: 10000, spread over all rows; run again to see all.');
  for (const [i, row] of figure.rows.entries()) expect(Math.abs(row - 2.5 * i)).toBeLessThan(2.5);
  expect(figure.panels[0]?.xs).toEqual(figure.rows.map(Math.sin));
  expect(figure.labels).toMatchObject({ index: figure.rows.map((row) => (row % 1000 ? 0 : 1)) });
  expect(same).toBe(analysis.results[1]);
  // Of every second row as many as of the others: no stride that rows may repeat in.
  const numbered = { ...large(20_000), names: Array.from({ length: 20_000 }, (_, i) => `${i}`) };
  const values = { kind: 'number' as const, name: 'v', values: numbered.rows.map((row) => 2 * row) };
  const study = { sections: [{ figures: [{ ...numbered, labels: values }] }] };
  const { studies } = keptAnalysis({ ...analysis, results: [], studies: [study] } as unknown as typeof analysis);
  const whole = studies?.[0]?.sections[0]?.figures[0] as Scatter;
  expect(whole.rows).toHaveLength(10_000);
  expect(Math.abs(whole.rows.filter((row) => row % 2 === 1).length - 5000)).toBeLessThan(250);
  expect(whole.names?.join()).toBe(whole.rows.join());
  expect(whole.labels?.kind === 'number' && whole.labels.values.join()).toBe(whole.rows.map((row) => 2 * row).join());
  const map = large(12_000);
  const held = heldResults([result(map), result(words), result(map), result(map)], 24_000);
  const sizes = held.flatMap(({ figures }) => figures.map((one) => one.kind === 'scatter' && one.rows.length));
  expect(sizes).toEqual([10_000, 4, 12_000, 12_000]);
});

describe('points drawn into pixels', () => {
  const red = [255, 0, 0, 0];
  const draw = (raster: Raster, at: readonly number[], radius: number, more: object = {}) =>
    raster.draw(
      [0, 0, raster.width, raster.height],
      {
        places: Float32Array.from(at),
        looks: Uint8Array.from(at.flatMap((_, i) => (i % 2 ? [] : red))),
        count: at.length / 2,
      },
      { view: [1, 1, 0, 0], radius, alpha: 0.5, stage: stages.all, ...more },
    );

  test('a small one covers the pixels whose middles are within it, and lies over those before', () => {
    const raster = new Raster(6, 4);
    draw(raster, [2, 2, 2, 2], 1);
    const pixel = (x: number, y: number) => [...raster.ink.subarray(4 * (6 * y + x), 4 * (6 * y + x) + 4)];
    expect(pixel(1, 1)).toEqual([191.25, 0, 0, 0.75]);
    expect(raster.ink.filter((_, i) => i % 4 === 3 && (raster.ink[i] ?? 0) > 0)).toHaveLength(4);
    expect(raster.take([1, 1, 1, 1])).toEqual(Uint8ClampedArray.of(255, 0, 0, 191));
    expect(pixel(1, 1)).toEqual([0, 0, 0, 0]);
  });

  test.each([
    ['circle', 0, Math.PI],
    ['square', 1, 1.9 ** 2],
    ['triangle', 2, 1.2 * 2.2],
    ['diamond', 3, 2 * 1.4 ** 2],
  ])('a large %s has its area, wherever it lies within a pixel', (_, shape, area) => {
    for (const [x, y] of [
      [20, 20],
      [20.3, 20.9],
    ]) {
      const raster = new Raster(40, 40);
      raster.draw(
        [0, 0, 40, 40],
        { places: Float32Array.of(x ?? 0, y ?? 0), looks: Uint8Array.of(0, 0, 0, shape), count: 1 },
        { view: [1, 1, 0, 0], radius: 8, alpha: 1, stage: stages.all },
      );
      const sum = (weight: (i: number) => number) =>
        raster.ink.reduce((total, value, i) => total + (i % 4 === 3 ? value * weight(i >> 2) : 0), 0);
      expect(sum(() => 1) / 64 / area).toBeCloseTo(1, 1);
      // To an eighth of a pixel.
      expect(Math.abs(sum((i) => (i % 40) + 0.5) / sum(() => 1) - (x ?? 0))).toBeLessThan(0.13);
    }
  });

  test('what covers a pixel is counted, and shaded by the logarithm of its number', () => {
    const raster = new Raster(3, 1);
    draw(raster, [0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 2.5, 0.5], 0.5, { adds: true, alpha: 1 });
    expect(raster.peak([0, 0, 3, 1])).toBe(3);
    raster.shade([0, 0, 3, 1], 3, null);
    // 0.25 + 0.75 log 2 / log 4, the colours their mean.
    expect([...raster.take([0, 0, 3, 1])]).toEqual([255, 0, 0, 255, 0, 0, 0, 0, 255, 0, 0, 159]);
  });

  test('selected points are a pass of their own', () => {
    const raster = new Raster(2, 1);
    const dots = {
      places: Float32Array.of(0.5, 0.5, 1.5, 0.5),
      looks: Uint8Array.of(...red, 9, 0, 0, SELECTED),
      count: 2,
    };
    const pass = { view: [1, 1, 0, 0], radius: 0.5, alpha: 1 } as const;
    raster.draw([0, 0, 2, 1], dots, { ...pass, stage: stages.selected });
    expect([...raster.ink]).toEqual([0, 0, 0, 0, 9, 0, 0, 1]);
    raster.draw([0, 0, 2, 1], dots, { ...pass, stage: stages.others });
    expect(raster.ink[3]).toBe(1);
  });
});

test('numbers at the scale of a density are one, powers of ten, and the most', () => {
  expect([1, 2, 40, 99, 1234].map(densityTicks)).toEqual([[1], [1, 2], [1, 10, 40], [1, 10, 99], [1, 10, 100, 1234]]);
});

test('an export says what part of a scatter it shows, and how', () => {
  const view = (part: Partial<ScatterView>): ScatterView => ({
    ...{ figure: words, layout: layoutScatter(words, 400), turn: null, solids: null, shown: () => true },
    ...{ hidden: new Set(), selection: new Set(), many: false, density: null, peak: 0, overlay: () => null, ...part },
  });
  expect(seenScatter(view({})).notes).toEqual([]);
  const near = layoutScatter(words, 400, { 0: { x: [-0.5, 1.5], y: [1.5, 3.5] } });
  expect(seenScatter(view({ layout: near, shown: (point) => point !== 1, hidden: new Set([1]) })).notes).toEqual([
    'A part: 1 of 3 points are in sight.',
    'Shown: 3 of 4 points.',
  ]);
  expect(seenScatter(view({ turn: firstTurn, density: 'own', peak: 12.2 })).notes).toEqual([
    'Three dimensions, seen from a side in parallel projection; the farthest point is at 1.',
    'Shaded by the number of points over a pixel, up to 12, in the mean of their colours.',
    "The points are an image, 3 pixels for each of the figure's.",
  ]);
});
