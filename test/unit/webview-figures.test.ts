import { describe, expect, test } from 'vitest';
import { HIDDEN } from '../../src/figures/cloud-raster';
import { drawLine } from '../../src/figures/line';
import { namePlaces } from '../../src/figures/name-places';
import { categoryColour, channels, type Ground, inkOn, lineColours, scaleColour } from '../../src/figures/palettes';
import { drawScatter } from '../../src/figures/scatter';
import type { Heatmap, Line, Scatter } from '../../src/protocol/figures';
import { Axes } from '../../webview/figures/axes';
import { band } from '../../webview/figures/band';
import { densityColour } from '../../webview/figures/cloud-points';
import { counterpart, type HeatmapLayout, layoutHeatmap } from '../../webview/figures/heatmap';
import { legendPlaces, marksOf } from '../../webview/figures/legend';
import { keepApart, layoutLine } from '../../webview/figures/line-layout';
import { lookOf, looksOf, NONE, numberScale, shownOf } from '../../webview/figures/looks';
import { PointIndex } from '../../webview/figures/point-index';
import { scaleOver } from '../../webview/figures/scale';
import { layoutScatter, moved, neighbour, zoomed } from '../../webview/figures/scatter-layout';
import { cellName, summaryOf, tablesOf } from '../../webview/figures/tables';
import { fittedApart, textWidth } from '../../webview/figures/text';
import { paper } from '../../webview/figures/theme';
import themes from '../webview/themes.json';

const ten = Array.from({ length: 10 }, (_, i) => i);

/** Linear light, 0 to 1. */
function linear(colour: string): number[] {
  return channels(colour).map((c) => (c / 255 <= 0.04045 ? c / 255 / 12.92 : ((c / 255 + 0.055) / 1.055) ** 2.4));
}

function luminance(colour: string): number {
  const [r = 0, g = 0, b = 0] = linear(colour);
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

function contrast(a: string, b: string): number {
  const [low = 0, high = 0] = [luminance(a), luminance(b)].sort((x, y) => x - y);
  return (high + 0.05) / (low + 0.05);
}

/** OKLab (Ottosson 2020) of linear light. */
function oklab([r = 0, g = 0, b = 0]: readonly number[]): number[] {
  const l = Math.cbrt(0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b);
  const m = Math.cbrt(0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b);
  const s = Math.cbrt(0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b);
  return [
    0.2104542553 * l + 0.793617785 * m - 0.0040720468 * s,
    1.9779984951 * l - 2.428592205 * m + 0.4505937099 * s,
    0.0259040371 * l + 0.7827717662 * m - 0.808675766 * s,
  ];
}

/** Machado, Oliveira and Fernandes (2009), severity 1, in linear light. */
const eyes = {
  'normal vision': [
    [1, 0, 0],
    [0, 1, 0],
    [0, 0, 1],
  ],
  protanopia: [
    [0.152286, 1.052583, -0.204868],
    [0.114503, 0.786281, 0.099216],
    [-0.003882, -0.048116, 1.051998],
  ],
  deuteranopia: [
    [0.367322, 0.860646, -0.227968],
    [0.280085, 0.672501, 0.047413],
    [-0.01182, 0.04294, 0.968881],
  ],
};

test('a line that belongs to another has its colour, wherever it stands, and takes none from the rest', () => {
  const lines = [{ name: 'a by chance', of: 'a' }, { name: 'a' }, { name: 'b' }, { name: 'c', of: 'nobody' }];
  const [first, second, third] = [0, 1, 2].map((i) => categoryColour(i, 'light'));
  expect(lineColours(lines, 'light')).toEqual([first, first, second, third]);
});

describe.each([
  ['light', '#ffffff'],
  ['dark', '#1f1f1f'],
] satisfies [Ground, string][])('ten classes on %s ground', (ground, background) => {
  const colours = ten.map((i) => categoryColour(i, ground));
  test('stand out from it', () => {
    for (const colour of colours) expect(contrast(colour, background)).toBeGreaterThanOrEqual(3);
  });
  test.each(Object.entries(eyes))('are told apart with %s', (_, matrix) => {
    const seen = colours.map((colour) => {
      const light = linear(colour);
      const row = (weights: number[]) => weights.reduce((sum, w, i) => sum + w * (light[i] ?? 0), 0);
      return oklab(matrix.map((weights) => Math.min(1, Math.max(0, row(weights)))));
    });
    // A difference of 0.02 can just be seen.
    for (const [i, a] of seen.entries()) {
      for (const b of seen.slice(i + 1)) expect(Math.hypot(...a.map((x, k) => x - (b[k] ?? 0)))).toBeGreaterThan(0.08);
    }
  });
  test('correlations are as strong on either side of zero, and zero recedes', () => {
    const at = (value: number) => scaleColour({ kind: 'diverging', domain: [-1, 1] }, value, ground);
    const strength = ten.map((i) => contrast(at(i / 9), background));
    for (const [i, c] of strength.entries()) {
      if (i > 0) expect(c).toBeGreaterThan(strength[i - 1] ?? 0);
      expect(Math.abs(contrast(at(-i / 9), background) / c - 1)).toBeLessThan(0.05);
    }
  });
});

describe.each(Object.entries(themes))('points on the ground of %s', (name, { tokens }) => {
  const background = tokens['editor-background'];
  const ground: Ground = name.includes('Light') ? 'light' : 'dark';
  const numbers = ten.map((i) => i / 9);

  test('of classes, of any number, and without either, stand out from it', () => {
    const labels = { kind: 'number' as const, name: 'z', values: [...numbers, null] };
    const look = lookOf({ ...scatter, labels }, { ...paper, ground });
    const colours = [...labels.values.keys()].map((i) => look(i).colour);
    const shades = numbers.map((strength) => densityColour(strength, ground));
    for (const colour of [...colours, ...shades, ...ten.map((i) => categoryColour(i, ground)), NONE])
      expect(contrast(colour, background), colour).toBeGreaterThanOrEqual(3);
  });

  test('grow lighter with the number, in steps that are seen, and the legend has the same colours', () => {
    const scale = numberScale({ kind: 'number', name: 'z', values: [0, 1] });
    const colours = numbers.map((value) => scaleColour(scale, value, ground));
    const labels = { kind: 'number' as const, name: 'z', values: numbers };
    const look = lookOf({ ...scatter, labels }, { ...paper, ground });
    for (const [i, colour] of colours.entries()) {
      // Of 256 colours, the nearest.
      const off = channels(look(i).colour).map((c, k) => Math.abs(c - (channels(colour)[k] as number)));
      expect(Math.max(...off)).toBeLessThanOrEqual(3);
      if (i === 0) continue;
      const [a, b] = [oklab(linear(colours[i - 1] ?? '')), oklab(linear(colour))];
      expect(b[0] as number).toBeGreaterThan(a[0] as number);
      expect(Math.hypot(...a.map((x, k) => x - (b[k] as number)))).toBeGreaterThan(0.05);
    }
  });
});

test('viridis grows lighter all the way, and text on it is legible', () => {
  const colours = Array.from({ length: 101 }, (_, i) =>
    scaleColour({ kind: 'sequential', domain: [0, 100] }, i, 'dark'),
  );
  for (const [i, colour] of colours.entries()) {
    if (i > 0) expect(luminance(colour)).toBeGreaterThan(luminance(colours[i - 1] ?? ''));
    expect(contrast(colour, inkOn(colour))).toBeGreaterThan(4.5);
  }
  expect([colours[0], colours[100]]).toEqual(['#440154', '#fde725']);
});

test('a band of cells finds the cell at a pixel, and none in the gaps between groups', () => {
  const cells = band(4, 10, 86, [2]);
  expect(cells.size).toBe(20);
  expect([0, 1, 2, 3].map(cells.start)).toEqual([10, 30, 56, 76]);
  expect([9, 10, 49, 52, 56, 95.9, 96].map(cells.indexAt)).toEqual([null, 0, 1, null, 2, 3, null]);
  expect(cells.runs).toEqual([
    [0, 2],
    [2, 4],
  ]);
});

test('so many groups that the gaps between them would take the room of the cells have none', () => {
  const cells = band(
    60,
    0,
    300,
    Array.from({ length: 59 }, (_, i) => i + 1),
  );
  expect([cells.size, cells.start(59), cells.runs]).toEqual([5, 295, [[0, 60]]]);
});

test('a row is found again in another panel by its name, or by its place', () => {
  expect(counterpart({ label: '', ticks: ['a', 'b'] }, { label: '', ticks: ['b', 'a'] }, 0, 2)).toBe(1);
  expect(counterpart({ label: '', ticks: ['a', 'b'] }, { label: '', ticks: ['c'] }, 0, 1)).toBeNull();
  expect(counterpart({ label: '' }, { label: '' }, 3, 4)).toBe(3);
  expect(counterpart({ label: '' }, { label: '' }, 4, 4)).toBeNull();
});

test('names of lines are kept apart, in order, and inside', () => {
  const ys = keepApart([50, 52, 100, 99], 0, 100);
  expect(ys).toEqual([50, 64, 100, 86]);
  const many = keepApart([100, 100, 100], 0, 100);
  expect([...many].sort((a, b) => a - b)).toEqual([72, 86, 100]);
});

test('the arrow keys find the nearest point in their direction', () => {
  const panel = { title: '', x: { label: '' }, y: { label: '' }, xs: [0, 10, 5, -3], ys: [0, 1, 20, 2] };
  const same = { at: (value: number) => value, ticks: [] };
  const next = (direction: readonly [number, number], has = (_: number) => true) =>
    neighbour({ panel, x: same, y: same }, 0, direction, has);
  expect([next([1, 0]), next([0, 1]), next([-1, 0]), next([0, -1])]).toEqual([1, 2, 3, null]);
  expect(next([1, 0], (point) => point !== 1)).toBeNull();
});

test('the index finds the nearest point that is shown, as looking at all of them does', () => {
  const place = (i: number) => ((i * 7919) % 1009) / 1009;
  const xs = Array.from({ length: 500 }, (_, i) => place(i));
  const ys = Array.from({ length: 500 }, (_, i) => place(i * 31 + 5));
  const index = new PointIndex(xs, ys, { x: [0, 1], y: [0, 1] });
  const has = (point: number) => point % 3 > 0;
  for (let k = 0; k < 60; k++) {
    const [x, y] = [1.2 * place(k + 17) - 0.1, 1.2 * place(k * 13) - 0.1];
    const far = (i: number) => (((xs[i] ?? 0) - x) / 0.05) ** 2 + (((ys[i] ?? 0) - y) / 0.1) ** 2;
    const near = [...xs.keys()].filter((i) => has(i) && far(i) <= 1).sort((a, b) => far(a) - far(b));
    expect(index.nearest(x, y, 0.05, 0.1, has)).toBe(near[0] ?? null);
  }
  expect(new PointIndex([], [], { x: [0, 0], y: [0, 0] }).nearest(0, 0, 1, 1, has)).toBeNull();
});

const scatter: Scatter = {
  ...{ id: 's', kind: 'scatter', title: 'Planes', rows: [3, 7], names: ['ark', 'dove'] },
  panels: [
    { title: 'a', x: { label: 'PC 1' }, y: { label: 'PC 2' }, xs: [0, 10], ys: [0, 1] },
    { title: 'b', x: { label: 'PC 1' }, y: { label: 'PC 2' }, xs: [0, 5], ys: [0, 2] },
  ],
  labels: { kind: 'category', name: 'kind', categories: ['thing', 'bird'], index: [0, 1] },
};

test('a unit is as long down as across, and in all panels of the same axes', () => {
  const { panels } = layoutScatter(scatter, 700);
  const lengths = panels.flatMap(({ x, y }) => [x.at(1) - x.at(0), y.at(0) - y.at(1)]);
  for (const length of lengths) expect(length).toBeCloseTo(lengths[0] ?? 0, 9);
  expect(layoutScatter(scatter, 300).panels.map(({ left }) => left)).toEqual([48, 48]);
});

test('a view is enlarged around the pointer, moved within the data, and all of it again', () => {
  const [all] = layoutScatter(scatter, 700).panels;
  if (!all) throw new Error('no panel');
  const at = { x: all.left + all.side / 4, y: all.top + all.down / 4 };
  const value = (place: typeof all, share: number) =>
    place.domain.x[0] + share * (place.domain.x[1] - place.domain.x[0]);
  const view = zoomed(all, at, 4);
  const { panels } = layoutScatter(scatter, 700, view ? { 0: view } : {});
  // The same axes, the same view.
  for (const place of panels) {
    expect(place.zoom).toBeCloseTo(4, 9);
    expect(value(place, 1 / 4)).toBeCloseTo(value(all, 1 / 4), 9);
  }
  const [near] = panels;
  if (!near) throw new Error('no panel');
  const beside = moved(near, { x: 100, y: 100 }, { x: 100 - near.side / 2, y: 100 });
  expect(beside.x[0]).toBeCloseTo(value(near, 1 / 2), 9);
  expect(beside.y).toEqual(near.domain.y);
  const far = moved(near, { x: 0, y: 0 }, { x: -1e6, y: 0 });
  expect((far.x[0] + far.x[1]) / 2).toBeCloseTo(all.whole.x[1], 9);
  expect(zoomed(near, at, 1 / 5)).toBeNull();
});

test('points look like their label; those without one, and those that are hidden, do not', () => {
  const theme = paper;
  const look = lookOf(scatter, theme);
  expect(look(0)).not.toEqual(look(1));
  const bytes = looksOf(2, look, shownOf(scatter, new Set([1])));
  expect([...bytes.slice(0, 3)]).toEqual(channels(look(0).colour));
  expect([bytes[3], bytes[7]]).toEqual([0, HIDDEN]);
  const numbers: Scatter = { ...scatter, labels: { kind: 'number', name: 'z', values: [1, 2] } };
  expect(lookOf(numbers, theme)(0).colour).toBe('#440154');
  const missing: Scatter = { ...scatter, labels: { kind: 'number', name: 'z', values: [2, null] } };
  const none: Scatter = { ...scatter, labels: { kind: 'category', name: 'k', categories: ['a'], index: [0, -1] } };
  expect(lookOf(missing, theme)(1)).toEqual(lookOf(none, theme)(1));
});

test('colours of numbers are spread evenly, by the logarithm or by the rank, as they are asked to be', () => {
  const values = [1, 10, 10_000, null];
  const numbers: Scatter = { ...scatter, labels: { kind: 'number', name: 'z', values } };
  const at = (spread: 'even' | 'log' | 'rank') =>
    [0, 1, 2].map((point) => lookOf(numbers, paper, spread)(point).colour);
  const share = (part: number) => scaleColour({ kind: 'points', domain: [0, 1] }, part, 'light');
  expect(at('even')).toEqual([share(0), share(0), share(1)]);
  // A quarter of the way from 1 to 10,000, in steps of a 255th.
  expect(at('log')).toEqual([share(0), share(Math.round(255 / 4) / 255), share(1)]);
  expect(at('rank')).toEqual([share(0), share(Math.round(255 / 2) / 255), share(1)]);
  expect(lookOf(numbers, paper, 'log')(3).colour).toBe(NONE);
});

test('a logarithmic axis without a value above zero is still drawn', () => {
  const line: Line = {
    ...{ id: 'l', kind: 'line', title: 'L', x: { label: 'x', log: true }, y: { label: 'y', log: true } },
    series: [{ name: 's', x: [0, 0], y: [0, null] }],
  };
  const { x, y, height } = layoutLine(line, 400);
  expect([x.at(1), y.at(1), height].every(Number.isFinite)).toBe(true);
});

test('names along the axis of a line are as many as fit beside each other', () => {
  const ticks = Array.from({ length: 40 }, (_, i) => `blocks.${i}`);
  const series = [{ name: 's', x: ticks.map((_, i) => i), y: ticks.map((_, i) => i) }];
  const { x } = layoutLine(
    { id: 'l', kind: 'line', title: 'L', x: { label: 'layer', ticks }, y: { label: 'y' }, series },
    330,
  );
  for (const [i, { value, text }] of x.ticks.slice(1).entries())
    expect(x.at(value) - x.at(x.ticks[i]?.value ?? 0)).toBeGreaterThan(textWidth(text, 10));
});

test('there are no numbers between counts along an axis', () => {
  const line = (x: number[]): Line => ({
    ...{ id: 'l', kind: 'line', title: 'L', x: { label: 'batches' }, y: { label: 'y' } },
    series: [{ name: 's', x, y: x.map((value) => 10 * value) }],
  });
  expect(layoutLine(line([1, 2, 3]), 400).x.ticks.map(({ text }) => text)).toEqual(['1', '2', '3']);
  expect(drawLine(line([1, 2, 3])).body).not.toContain('>1.5<');
  expect(layoutLine(line([1, 2.5, 3]), 400).x.ticks.map(({ text }) => text)).toContain('1.5');
});

test.each([
  ['of seven digits', [800_000, 1_800_000]],
  ['with many decimals', [-0.0004, 0.0002]],
])('the name of an axis stands clear of numbers %s, on the page and where it is written', (_, ys) => {
  const axes = { x: { label: 'x' }, y: { label: 'name' } };
  const line: Line = { id: 'l', kind: 'line', title: 'L', ...axes, series: [{ name: 's', x: [0, 1], y: ys }] };
  const panels = ['a', 'b'].map((title) => ({ title, ...axes, xs: [0, 1], ys }));
  const cloud: Scatter = { id: 's', kind: 'scatter', title: 'S', rows: [0, 1], panels };
  const longest = (texts: readonly string[]) => Math.max(...texts.map((text) => textWidth(text, 10)));
  const [first, second] = layoutScatter(cloud, 700).panels;
  for (const place of [layoutLine(line, 400), first, second]) {
    if (!place) throw new Error('no panel');
    const { left, y } = place;
    const across = 'side' in place ? place.side : place.across;
    const drawn = Axes({ ...place, across, xLabel: 'x', yLabel: 'name', theme: paper });
    const [name] = [drawn.props.children].flat(2).filter((part) => part?.props.turn === -90);
    // Letters of eleven pixels, turned, about that place, and within what the picture has.
    expect(left - 6 - longest(y.ticks.map(({ text }) => text))).toBeGreaterThan(name.props.x + 5.5);
    expect(name.props.x - 5.5).toBeGreaterThan(place === second ? (first?.left ?? 0) + across : 0);
  }
  for (const { body } of [drawLine(line), drawScatter(cloud)]) {
    const [, name] = /x="(-[\d.]+)"[^>]*rotate[^>]*>name</.exec(body) ?? [];
    const numbers = [...body.matchAll(/x="-6"[^>]*>([^<]*)</g)].map(([, text]) => text as string);
    expect(numbers.length).toBeGreaterThan(2);
    // The letters' baseline is on that line.
    expect(-6 - longest(numbers)).toBeGreaterThan(Number(name) + 3);
  }
});

test('the name of the last tick is within the picture, on the page and where it is written', () => {
  const ticks = ['embedding', 'blocks.1', 'last-layer-16'];
  const series = [{ name: 's', x: [0, 1, 2], y: [1, 2, 3] }];
  const figure: Line = { id: 'l', kind: 'line', title: 'L', x: { label: 'layer', ticks }, y: { label: 'y' }, series };
  const { x, width } = layoutLine(figure, 400);
  expect(x.ticks.at(-1)?.text).toBe('last-layer-16');
  expect(x.at(2) + textWidth('last-layer-16', 10) / 2).toBeLessThanOrEqual(width);
  const drawn = drawLine(figure);
  const [, place = ''] = /x="([\d.]+)"[^>]*>last-layer-16</.exec(drawn.body) ?? [];
  const [, left = ''] = /translate\((\d+)/.exec(drawn.body) ?? [];
  expect(Number(left) + Number(place) + textWidth('last-layer-16', 10) / 2).toBeLessThanOrEqual(drawn.width);
});

test('names of columns stand in two lines where every other one would be left out', () => {
  const changes = [
    'Permutation',
    'Rotation',
    'Scale of each',
    'Translation',
    'Linear map',
    'Signs',
    'Exchange',
    'None',
  ];
  const of = (names: readonly string[]) => {
    const panel = {
      rows: { label: '', ticks: ['a'] },
      columns: { label: '', ticks: names },
      shape: [1, 8] as [number, number],
      values: names.map(() => 0),
    };
    return layoutHeatmap(
      {
        id: 'h',
        kind: 'heatmap',
        title: 'H',
        scale: { label: 's', kind: 'sequential', domain: [0, 1] },
        panels: [{ title: '', ...panel }],
      },
      460,
    );
  };
  const [long, short, longer] = [
    of(changes),
    of([...'abcdefgh']),
    of(changes.map((name) => `${name} of all the units`)),
  ];
  expect([long, short, longer].map(({ panels }) => panels[0]?.staggered)).toEqual([true, false, false]);
  const below = ({ panels, height }: HeatmapLayout) => height - (panels[0]?.rows.size ?? 0) - (panels[0]?.top ?? 0);
  expect(below(long) - below(short)).toBe(12);
});

describe('figures as tables', () => {
  const heatmap: Heatmap = {
    ...{ id: 'h', kind: 'heatmap', title: 'Correlations' },
    scale: { label: 'correlation', kind: 'diverging', domain: [-1, 1] },
    panels: [
      {
        ...{ title: 'before', rows: { label: 'unit of a', ticks: ['u', 'v'] }, columns: { label: 'unit of b' } },
        ...{ shape: [2, 2], values: [1, 0.5, null, -1] },
      },
    ],
  };
  test('a small matrix stays a matrix, a wide one is listed', () => {
    expect(tablesOf(heatmap)).toEqual([
      {
        title: 'before',
        columns: ['unit of a', '0', '1'],
        rows: [
          ['u', 1, 0.5],
          ['v', null, -1],
        ],
      },
    ]);
    const wide = { ...heatmap.panels[0], shape: [1, 40] as const, values: new Array<number>(40).fill(0) };
    const [listed] = tablesOf({ ...heatmap, panels: [wide as Heatmap['panels'][number]] });
    expect(listed?.columns).toEqual(['unit of a', 'unit of b', 'correlation']);
    expect(listed?.rows[39]).toEqual(['u', 39, 0]);
  });
  test('a scatter has a line for each row of the data', () => {
    expect(tablesOf(scatter)[0]?.rows).toEqual([
      [3, 'ark', 'thing', 0, 0, 0, 0],
      [7, 'dove', 'bird', 10, 1, 5, 2],
    ]);
  });
  test('a panel without a title is named by its axes alone', () => {
    const untitled = { ...scatter, panels: scatter.panels.slice(0, 1).map((panel) => ({ ...panel, title: '' })) };
    const [{ x, y } = { x: { label: '?' }, y: { label: '?' } }] = scatter.panels;
    expect(tablesOf(untitled)[0]?.columns.slice(-2)).toEqual([x.label, y.label]);
    expect(summaryOf(untitled)).toBe('Planes. Scatter of 2 rows, coloured by kind.');
  });
  test('a figure is summed up in a sentence', () => {
    expect(summaryOf(heatmap)).toBe('Correlations. Heatmap of correlation: before, 2 by 2.');
    const marks = [{ row: 0, column: 1, label: 'best' }];
    const marked = { ...heatmap, panels: heatmap.panels.map((panel) => ({ ...panel, marks })) };
    expect(summaryOf(marked)).toMatch(/ Framed: unit of a u, unit of b 1 \(best\)\.$/);
    expect(summaryOf(scatter)).toBe('Planes. Scatter of 2 rows, coloured by kind: a and b.');
  });
  test('a cell says which name is of its row where rows and columns are of different things', () => {
    const panel = (rows: string, columns: string) => ({
      ...{ title: '', shape: [2, 2] as const, values: [1, 2, 3, 4] },
      ...{ rows: { label: rows, ticks: ['a', 'b'] }, columns: { label: columns, ticks: ['a', 'b'] } },
    });
    expect(cellName(panel('trained on', 'tested on'), 0, 1)).toBe('trained on a, tested on b');
    expect(cellName(panel('', ''), 0, 1)).toBe('a × b');
    expect(cellName(panel('class', 'class'), 1, 0)).toBe('b × a');
    expect(cellName({ ...panel('row', 'row'), rows: { label: 'row' }, columns: { label: 'row' } }, 1, 0)).toBe(
      'row 1 × row 0',
    );
  });
});

test('names that differ at their ends are cut in the middle, others at the end', () => {
  expect(fittedApart(['seed0 layer5', 'other'], 40, 10)[0]).toMatch(/^seed.*…$/);
  const [a, b] = fittedApart(['seed0 layer5', 'seed0 layer6'], 40, 10);
  expect(a).toMatch(/^s.*….*5$/);
  expect(b).toMatch(/^s.*….*6$/);
  expect(fittedApart(['same', 'same'], 400, 10)).toEqual(['same', 'same']);
});

test('names that differ in their middle alone lose what all begin with', () => {
  const names = ['seed0 layer8', 'seed1 layer8', 'seed0 layer7'];
  expect(fittedApart(names, textWidth('seed0 laye', 10), 10)).toEqual(['…0 layer8', '…1 layer8', '…0 layer7']);
});

describe('a bar of colours', () => {
  const marks = (domain: readonly [number, number], length: number, chance?: number) => {
    const { at, ticks } = scaleOver(domain, [0, length], 2);
    return marksOf(domain, ticks, at, length + 12, chance);
  };
  const texts = (...of: Parameters<typeof marks>) => marks(...of).numbers.map(({ text }) => text);

  test('has the numbers of its ends, and others between them', () => {
    expect(texts([0, 199], 180)).toEqual(['0', '100', '199']);
    expect(texts([0.92, 0.976], 180)).toEqual(['0.92', '0.95', '0.976']);
    expect(texts([0, 1], 100)).toEqual(['0.0', '0.5', '1.0']);
    expect(texts([-1.5, 1.25], 180)).toEqual(['−1.5', '0', '1.25']);
    expect(texts([0.3127, 1], 180)).toEqual(['0.313', '0.5', '1.0']);
  });

  test('keeps them beside the level of chance, which stands clear of them', () => {
    for (const chance of [0, 0.02, 0.2, 0.98, 1]) {
      const { numbers, chance: level } = marks([0, 1], 100, chance);
      expect([numbers[0]?.text, numbers.at(-1)?.text]).toEqual(['0.0', '1.0']);
      for (const { at, text } of numbers)
        expect(Math.abs(at - (level?.at ?? 0))).toBeGreaterThan((textWidth(text, 10) + textWidth('chance', 10)) / 2);
    }
    expect(marks([0, 1], 180, 0.3).chance?.at).toBeCloseTo(54, 9);
  });
});

test('a bar of colours and its last number are within a narrow figure, and its name begins further left for it', () => {
  for (const width of [300, 202, 160]) {
    const { from, name, left, length } = legendPlaces('rank of dissimilarity', 69, width - 69);
    expect(from).toBeGreaterThanOrEqual(0);
    expect(left).toBeGreaterThanOrEqual(from + textWidth(name, 11));
    expect(length).toBeGreaterThanOrEqual(60);
    expect(left + length + textWidth('1.0', 10) / 2).toBeLessThanOrEqual(width);
  }
  expect(legendPlaces('rank', 69, 600)).toMatchObject({ from: 69, name: 'rank', length: 180 });
});

test('numbers of a short bar that would touch are left out, but for its ends', () => {
  const ticks = [0, 20000, 40000, 60000].map((value) => ({ value, text: String(value) }));
  const shown = (length: number) =>
    marksOf([0, 60000], ticks, (value) => (length * value) / 60000, 1000).numbers.map(({ value }) => value);
  expect(shown(180)).toEqual([0, 20000, 40000, 60000]);
  expect(shown(60)).toEqual([0, 60000]);
});

describe('names along a heatmap', () => {
  test('equal neighbours are named once, in their middle, the longest first', () => {
    const names = [...'aaaaaabbbb', 'b … c', ...'cc'];
    expect(namePlaces(names, 1)).toEqual([
      { at: 2.5, text: 'a' },
      { at: 7.5, text: 'b' },
      { at: 11.5, text: 'c' },
    ]);
    expect(namePlaces(names, 3).map(({ text }) => text)).toEqual(['a', 'b', 'c']);
    expect(namePlaces(names, 6).map(({ text }) => text)).toEqual(['a', 'c']);
  });

  test('of numbers that count on, the round ones, in the cells that hold them', () => {
    const numbers = Array.from({ length: 200 }, (_, i) => String(i));
    const written = (names: readonly string[], apart: number) =>
      namePlaces(names, apart).map(({ at, text }) => [at, text]);
    expect(written(numbers, 22)).toEqual([0, 50, 100, 150].map((row) => [row, String(row)]));
    // 240 rows in 80 cells of three.
    const cells = Array.from({ length: 80 }, (_, i) => `${3 * i} … ${3 * i + 2}`);
    expect(written(cells, 16)).toEqual([0, 50, 100, 150, 200].map((row) => [Math.floor(row / 3), String(row)]));
    expect(written(numbers.slice(95, 106), 4)).toEqual([
      [0, '95'],
      [5, '100'],
      [10, '105'],
    ]);
    expect(written(['7', '3', '12', '5'], 2)).toEqual([
      [0, '7'],
      [2, '12'],
    ]);
  });

  test('different ones are thinned evenly', () => {
    expect(namePlaces([...'abcde'], 1.5)).toEqual([0, 2, 4].map((at) => ({ at, text: 'abcde'[at] })));
    expect(namePlaces([...'abcde'], 0.2)).toHaveLength(5);
    expect(namePlaces([], 3)).toEqual([]);
    const rows = Array.from({ length: 200 }, (_, i) => String(i));
    expect(namePlaces(rows, 22).map(({ at, text }) => [at, text])).toEqual(
      ['0', '50', '100', '150'].map((text) => [Number(text), text]),
    );
    // Cells of four rows, 0 to 799: 400 is in the hundredth. Rows that were left out have no cell.
    const cells = Array.from({ length: 200 }, (_, i) => `${4 * i} … ${4 * i + 3}`).filter((_, i) => i !== 150);
    expect(namePlaces(cells, 40)).toEqual([0, 50, 100].map((at) => ({ at, text: String(4 * at) })));
    expect(namePlaces(['0', '1 … 2', '3'], 1).map(({ text }) => text)).toEqual(['0', '1', '3']);
  });
});

test('panels have room for the names of their rows, for numbers in few cells, and for the name of the last column', () => {
  const figure = (names: readonly string[]): Heatmap => ({
    ...{ id: 'm', kind: 'heatmap', title: '', scale: { label: '', kind: 'sequential', domain: [0, 1] } },
    panels: [1, 2, 3].map((k) => ({
      ...{ title: String(k), rows: { label: 'into', ticks: names }, columns: { label: 'from', ticks: names } },
      ...{ shape: [names.length, names.length] as const, values: new Array(names.length ** 2).fill(0) },
    })),
  });
  const lines = (names: readonly string[]) =>
    new Set(layoutHeatmap(figure(names), 660).panels.map(({ top }) => top)).size;
  expect(lines(['a', 'b', 'c'])).toBe(1);
  expect(lines([...'abcdefgh'])).toBe(2);
  expect(lines([...'abcdefghijklmnop'])).toBe(1);
  const long = ['seed0 layer8', 'seed1 layer8', 'seed0 layer7'];
  expect(lines(long)).toBe(2);
  for (const { columns, left } of layoutHeatmap(figure(long), 660).panels)
    expect(columns.middle(2) + textWidth('seed0 layer7', 10) / 2).toBeLessThanOrEqual(left < 330 ? 320 : 660);
});

describe('lines', () => {
  const line = (series: Line['series']): Line => ({
    ...{ id: 'l', kind: 'line', title: '', x: { label: 'x' }, y: { label: 'y' }, series },
  });

  test('bars stand on zero', () => {
    const bars = { name: 'bars', x: [0, 1, 2], y: [0.5, 0, 0.25], bars: true };
    const other = { name: 'other', x: [0, 1, 2], y: [0.1, 0.2, 0.3] };
    const { y, top, down } = layoutLine(line([bars, other]), 400);
    expect(y.at(0)).toBe(top + down);
    const without = layoutLine(line([{ ...bars, bars: false }, other]), 400);
    expect(without.y.at(0)).toBeLessThan(without.top + without.down);
  });

  test('names are beside a picture that is wide enough, and below a narrow one', () => {
    const two = ['best partner', 'one-to-one'].map((name) => ({ name, x: [0, 1], y: [0, 1] }));
    expect(layoutLine(line(two), 460).ends).toHaveLength(2);
    expect(layoutLine(line(two), 310).ends).toBeNull();
  });
});
