import { expect, test } from 'vitest';
import { toCsv } from '../../src/cli/csv';
import { figureToSvg } from '../../src/figures/svg';
import { extent, linearTicks, logTicks, rounded } from '../../src/figures/ticks';
import type { Figure, Heatmap, Line, Scatter } from '../../src/protocol/figures';

const axis = (label: string, ticks?: readonly string[]) => (ticks ? { label, ticks } : { label });

function heatmap(n: number, m: number): Heatmap {
  const values = Array.from({ length: n * m }, (_, k) => (k === 1 ? null : k / (n * m)));
  const panel = {
    title: 'left',
    rows: axis('row', ['a', 'b']),
    columns: axis('column'),
    shape: [n, m] as const,
    values,
  };
  const scale = { label: 'similarity', kind: 'sequential', domain: [0, 1], chance: 0.25 } as const;
  return { kind: 'heatmap', id: 'h', title: 'Cells', caption: 'How to read it.', panels: [panel], scale };
}

const scatter: Scatter = {
  ...{ kind: 'scatter', id: 's', title: 'Points', rows: [0, 1, 2] },
  panels: ['one', 'two'].map((title) => ({ title, x: axis('x'), y: axis('y'), xs: [0, 1, 2], ys: [0, 10, 5] })),
  labels: { kind: 'category', name: 'class', categories: ['<cat>', 'dog'], index: [0, 1, 0] },
};

const line: Line = {
  ...{ kind: 'line', id: 'l', title: 'Lines', x: axis('rows'), y: { label: 'value', domain: [0, 1] } },
  series: [
    { name: 'first', x: [0, 1, 2, 3], y: [0.1, null, 0.3, 0.4], low: [0, 0, 0, 0], high: [1, 1, 1, 1] },
    { name: 'second', x: [0, 3], y: [0.4, 0.4], dashed: true },
  ],
  references: [{ y: 0.5, label: 'chance' }],
};

const count = (svg: string, part: RegExp) => svg.match(part)?.length ?? 0;

/** Balanced tags and no stray characters: what an XML parser asks for. */
function expectWellFormed(svg: string): void {
  const open: string[] = [];
  for (const [, end, name, , empty] of svg.matchAll(/<(\/?)([a-zA-Z]+)((?:\s[^\s=]+="[^"<]*")*)\s*(\/?)>/g)) {
    if (end) expect(open.pop()).toBe(name);
    else if (!empty) open.push(name as string);
  }
  expect(open).toEqual([]);
  expect(svg.replace(/<[^<>]*>/g, '')).not.toMatch(/[<>]|&(?!(amp|lt|gt|quot);)/);
  expect(svg).not.toMatch(/NaN|undefined|Infinity/);
}

test.each<[string, Figure]>([
  ['cells', heatmap(2, 3)],
  ['an image', heatmap(80, 90)],
  ['nothing', heatmap(0, 0)],
  ['points', scatter],
  ['no points', { ...scatter, rows: [], panels: [], labels: { kind: 'number', name: 'n', values: [] } }],
  ['lines', line],
  ['no lines', { ...line, series: [], references: [] }],
])('%s are well-formed SVG with title and text as text', (_, figure) => {
  const svg = figureToSvg(figure);
  expectWellFormed(svg);
  expect(svg).toContain(`<title>${figure.title}</title>`);
});

test('a heatmap has a cell for each value, one without its number, and its chance level', () => {
  const svg = figureToSvg(heatmap(2, 3));
  expect(count(svg, /fill="#ececec"/g)).toBe(1);
  expect(count(svg, />0\.\d\d</g)).toBe(5);
  expect(svg).toContain('chance 0.250');
  expect(svg).toContain('How to read it.');
});

test('marked cells have a frame of two lines, and numbers as many decimals as asked for', () => {
  const { scale, panels, ...rest } = heatmap(2, 3);
  const [panel] = panels;
  if (!panel) throw new Error('no panel');
  const marked = { ...panel, marks: [{ row: 1, column: 2, label: 'best' }] };
  const svg = figureToSvg({ ...rest, panels: [marked], scale: { ...scale, decimals: 3 } });
  expectWellFormed(svg);
  expect(count(svg, /<rect[^>]* x="8[01][^>]*fill="none"/g)).toBe(2);
  expect(count(svg, />0\.\d\d\d</g)).toBe(5);
});

test('numbers that would be written as the end of the scale have more decimals, where they fit', () => {
  const written = (values: readonly number[], n = 3) => {
    const { scale, panels, ...rest } = heatmap(n, n);
    const cells = Array.from({ length: n * n }, (_, k) =>
      k % (n + 1) === 0 ? 1 : (values[k % values.length] as number),
    );
    const svg = figureToSvg({ ...rest, scale, panels: panels.map((panel) => ({ ...panel, values: cells })) });
    return new Set([...svg.matchAll(/>(−?\d\.\d\d+)<\/text>\n/g)].map(([, text]) => text));
  };
  expect(written([0.9962, 0.9969])).toEqual(new Set(['1.000', '0.997', '0.996']));
  expect(written([0.9996])).toEqual(new Set(['1.0000', '0.9996']));
  expect(written([0.0004])).toEqual(new Set(['1.0000', '0.0004']));
  // Four decimals do not help; most cells say something; four decimals are wider than the cells, of 380 / 12 pixels.
  expect(written([0.99999999])).toEqual(new Set(['1.00']));
  expect(written([0.5, 0.6, 0.9996])).toEqual(new Set(['1.00', '0.50', '0.60']));
  expect(written([0.9996], 12)).toEqual(new Set(['1.00']));
});

test('a heatmap of many cells is one image in the figure', () => {
  const svg = figureToSvg(heatmap(80, 90));
  expect(count(svg, /<image /g)).toBe(1);
  const png = Buffer.from(/base64,([^"]+)/.exec(svg)?.[1] ?? '', 'base64');
  expect([png.readUInt32BE(16), png.readUInt32BE(20)]).toEqual([90, 80]);
});

test('points have equal scales on both axes, and classes their names', () => {
  const svg = figureToSvg(scatter);
  // Three points in each of two panels; two in the legend.
  const circles = [...svg.matchAll(/<circle cx="([\d.]+)" cy="([\d.]+)"/g)];
  expect(circles).toHaveLength(8);
  const [first, second] = circles.map(([, x, y]) => [Number(x), Number(y)]) as [number[], number[]];
  const [dx, dy] = [0, 1].map((i) => Number(second[i]) - Number(first[i]));
  // One to the right and ten up, as y runs downwards.
  expect(Number(dy) / Number(dx)).toBeCloseTo(-10, 1);
  expect(svg).toContain('&lt;cat&gt;');
});

test('numbers of a long tail are coloured by their logarithm, others evenly, which the legend says', () => {
  const drawn = (values: readonly number[]) => {
    const places = values.map((_, i) => i);
    const panel = { title: 'one', x: axis('x'), y: axis('y'), xs: places, ys: places };
    return figureToSvg({ ...scatter, rows: places, panels: [panel], labels: { kind: 'number', name: 'n', values } });
  };
  const colours = (svg: string) => [...svg.matchAll(/<circle [^>]*fill="(#\w+)"/g)].map(([, colour]) => colour);
  const tail = drawn([1, 100, 10_000, 1_000_000]);
  expect(tail).toContain('n, logarithmic');
  for (const tick of ['1', '100', '10000', '1000000']) expect(tail).toContain(`>${tick}</text>`);
  // Three equal steps, of powers as of sums.
  const even = drawn([0, 1, 2, 3]);
  expect(even).not.toContain('logarithmic');
  expect(colours(tail)).toEqual(colours(even));
  expect(new Set(colours(tail)).size).toBe(4);
});

test('a line is broken where a value is missing, and named at its end', () => {
  const svg = figureToSvg(line);
  const [first, second] = [...svg.matchAll(/<path d="([^"]+)"/g)].map(([, d]) => d as string);
  expect(count(first ?? '', /M/g)).toBe(2);
  expect(count(second ?? '', /M/g)).toBe(1);
  expect(count(svg, /<polygon /g)).toBe(1);
  expect(svg).toMatch(/>first<.*>second</s);
});

test('a band ends where the picture does, and bends where it crosses its edge', () => {
  const [first] = line.series;
  if (!first) throw new Error('no series');
  const band = { ...first, x: [0, 1], y: [0.5, 0.5], low: [0.2, -0.2], high: [0.8, 1.2] };
  const svg = figureToSvg({ ...line, series: [band] });
  const points = /<polygon points="([^"]+)"/
    .exec(svg)?.[1]
    ?.split(' ')
    .map((pair) => pair.split(',').map(Number));
  // 460 by 300 pixels from 0 to 1: both edges are crossed half-way.
  expect(points).toEqual([
    [0, 60],
    [230, 0],
    [460, 0],
    [460, 300],
    [230, 300],
    [0, 240],
  ]);
});

test('ticks are round numbers within the domain', () => {
  expect(linearTicks([0, 1]).map(({ text }) => text)).toEqual(['0.0', '0.2', '0.4', '0.6', '0.8', '1.0']);
  expect(linearTicks([-1, 1], 4).map(({ text }) => text)).toEqual(['−1.0', '−0.5', '0.0', '0.5', '1.0']);
  expect(logTicks([1e-5, 0.01]).map(({ text }) => text)).toEqual(['1e−5', '0.0001', '0.001', '0.01']);
  expect(linearTicks([1, 2], 6, 1).map(({ text }) => text)).toEqual(['1', '2']);
  expect(linearTicks([0, 27]).map(({ value }) => value)).toEqual([0, 10, 20]);
  expect(logTicks([1, 300]).map(({ text }) => text)).toEqual(['1', '10', '100']);
  expect(logTicks([2, 9]).map(({ text }) => text)).toEqual(['2', '5']);
  expect(logTicks([1.4, 2.6]).map(({ text }) => text)).toEqual(['1.5', '2.0', '2.5']);
  expect(logTicks([22, 28]).map(({ text }) => text)).toEqual(['22', '24', '26', '28']);
  expect(extent([[3, null], [3]])).toEqual([1.5, 4.5]);
  expect(extent([[]])).toEqual([0, 1]);
  expect(rounded([0.3, 6.9])).toEqual([0, 8]);
});

test('ticks that differ are written with as many digits as tell them apart', () => {
  const texts = (domain: [number, number]) => linearTicks(domain, 4).map(({ text }) => text);
  expect(texts([0.99999986, 1])).toEqual(['0.9999999', '0.99999995', '1']);
  expect(texts([1_700_000_000, 1_700_000_400])).toEqual([
    '1.7e9',
    '1.7000001e9',
    '1.7000002e9',
    '1.7000003e9',
    '1.7000004e9',
  ]);
  expect(texts([-2e-9, 2e-9])).toEqual(['−2e−9', '−1e−9', '0', '1e−9', '2e−9']);
});

test('numbers that differ by rounding alone are one place, with one tick', () => {
  const below = 1 - Number.EPSILON;
  expect(extent([[below, 1]])).toEqual([below / 2, 1.5]);
  expect(linearTicks([below, 1])).toEqual([{ value: below, text: '1' }]);
});

test('CSV keeps full precision, quotes what needs it, and runs no formula', () => {
  const rows = [
    ['=1+1', '@x', '-2', 'plain'],
    [0.1 + 0.2, -1e-300, null, 'a "b", c'],
  ];
  expect(toCsv(rows)).toBe(`'=1+1,'@x,'-2,plain\r\n0.30000000000000004,-1e-300,,"a ""b"", c"\r\n`);
});

test('names that would be cut alike are told apart by what differs in them', () => {
  const names = [0, 1, 2].map((i) => `encoder.transformer.blocks.${i}.feed_forward.output_activation`);
  const figure = heatmap(3, 3);
  const panels = figure.panels.map((panel) => ({ ...panel, rows: axis('layer', names) }));
  expect(figureToSvg({ ...figure, panels })).toMatch(/>blocks\.0<.*>blocks\.1<.*>blocks\.2</s);
});

test('different long names stay different, by both their ends or by numbers, and each has its own row', () => {
  const long = 'long'.repeat(15);
  const middles = ['1', '2'].map((digit) => `${long}${digit}${long}`);
  const names = ['a', `${long}1`, `${long}2`, ...middles, 'b'];
  const texts = (svg: string) => [...svg.matchAll(/<text [^>]*>([^<]*)</g)].map(([, text]) => text as string);
  const figure = heatmap(6, 6);
  const panels = figure.panels.map((panel) => ({ ...panel, rows: axis('layer', names) }));
  const drawn = texts(figureToSvg({ ...figure, panels }));
  // 24 characters: twelve, an ellipsis, and eleven.
  const ends = ['1', '2'].map((digit) => `longlonglong…nglonglong${digit}`);
  const wanted = ['a', ...ends, 'longlonglong…onglonglong', 'longlonglong…onglon… (2)', 'b'];
  expect(drawn.filter((text) => wanted.includes(text))).toEqual(wanted);
  const points = { ...scatter.labels, kind: 'category', name: 'class', categories: names, index: [0, 1, 2] } as const;
  const series = names.map((name, i) => ({ name, x: [0, 1], y: [i / 8, i / 8] }));
  for (const svg of [figureToSvg({ ...scatter, labels: points }), figureToSvg({ ...line, series })]) {
    const found = texts(svg).filter((text) => /^(a|b|long.*)$/.test(text));
    expect(found).toHaveLength(6);
    expect(new Set(found).size).toBe(6);
  }
});

test('a word that is longer than the picture is wide is broken', () => {
  const name = 'layer_transformer_block_attention_output_projection_'.repeat(4);
  const svg = figureToSvg({ ...line, caption: `Of ${name} and another` });
  const width = Number(/width="(\d+)"/.exec(svg)?.[1]);
  const texts = [...svg.matchAll(/<text [^>]*font-size="11"[^>]*>([^<]*)</g)].map(([, text]) => text as string);
  // Helvetica's letters are narrower than 0.65 of their height on average, as those of most fonts.
  for (const text of texts) expect(text.length * 0.65 * 11, text).toBeLessThanOrEqual(width);
  const written = texts.slice(texts.findIndex((text) => text.startsWith('Of')));
  expect(written.join('')).toContain(name);
  expect(written.at(-1)).toMatch(/ and another$/);
});

test('a bar of colours has the numbers of both ends, whatever chance is', () => {
  for (const chance of [0, 0.01, 0.5, 0.97]) {
    const figure = { ...heatmap(3, 3), scale: { label: 's', kind: 'sequential', domain: [0, 0.976], chance } as const };
    const svg = figureToSvg(figure);
    const written = [...svg.matchAll(/ y="([\d.]+)"[^>]*font-size="10"[^>]*>((?:chance )?[\d.]+)</g)];
    const bar = written.filter(([, , text]) => ['0.0', '0.976'].includes(text ?? '') || text?.startsWith('chance'));
    expect(bar).toHaveLength(3);
    const places = bar.map(([, y]) => Number(y)).sort((a, b) => a - b);
    for (const [i, y] of places.slice(1).entries()) expect(y - (places[i] as number)).toBeGreaterThanOrEqual(11);
  }
});
