import { expect, test } from 'vitest';
import { located, portable } from '../../src/host/paths';
import type { Analysis } from '../../src/protocol/analysis';
import { formatAnalysis, mapPaths, parseAnalysis, parseRequest } from '../../src/protocol/document';
import { UserError } from '../../src/protocol/errors';

const record = (path: string) => ({
  path,
  tensor: null,
  shape: [2, 3],
  dtype: 'float32',
  sha256: 'aa',
  used: [2, 3] as const,
});
const analysis: Analysis = {
  format: 'sextant-analysis',
  formatVersion: 1,
  version: '0.1.0',
  request: {
    inputs: [
      { path: '/data/a.npy', rows: [0, 2] },
      { path: '/data/deep/b.npz', tensor: 'x', reduce: 'mean' },
    ],
    labels: { path: '/labels.csv', column: 'class' },
    methods: [{ method: 'linear-cka' }, { method: 'rbf-cka', parameters: { bandwidth: 0.5 } }],
    study: { groups: { table: { path: '/data/runs.csv', column: 'kind' } }, scores: { path: '/data/runs.csv' } },
    seed: 0,
  },
  results: [
    {
      method: 'linear-cka',
      version: '0.1.0',
      seed: 0,
      seconds: 0.1,
      inputs: [record('/data/a.npy'), record('/data/deep/b.npz')],
      labels: { path: '/labels.csv', column: 'class' },
      parameters: {},
      values: { cka: 0.5, other: null },
      chance: { cka: { level: 0.1, sd: 0.01, z: 40, how: 'exact' } },
      intervals: {},
      tables: {
        t: {
          columns: ['a', 'b'],
          rows: [
            [1, 'x'],
            [null, 'y'],
          ],
        },
      },
      figures: [
        {
          kind: 'heatmap',
          id: 'h',
          title: 'H',
          panels: [{ title: '', rows: { label: 'r' }, columns: { label: 'c' }, shape: [1, 2], values: [0.25, null] }],
          scale: { label: 's', kind: 'sequential', domain: [0, 1] },
        },
        {
          kind: 'scatter',
          id: 's',
          title: 'S',
          panels: [{ title: '', x: { label: 'x' }, y: { label: 'y' }, xs: [1, 2], ys: [3, 4] }],
          rows: [0, 1],
          labels: { kind: 'category', name: 'class', categories: ['u', 'v'], index: [0, 1] },
        },
        {
          kind: 'line',
          id: 'l',
          title: 'L',
          x: { label: 'x', log: true },
          y: { label: 'y' },
          series: [{ name: 'one', x: [1, 2], y: [null, 2], dashed: true }],
          references: [{ y: 0, label: 'chance' }],
        },
      ],
      steps: ['columns centred'],
      reading: 'Half alike.',
      warnings: [],
    },
  ],
  comparisons: [
    {
      version: '0.1.0',
      seed: 0,
      seconds: 1,
      inputs: [record('/data/a.npy'), record('/data/deep/b.npz')],
      measures: {
        'linear-cka': {
          matrix: [
            [1, 0.5],
            [0.5, 1],
          ],
          value: 'cka',
          parameters: {},
        },
      },
      warnings: [],
    },
  ],
  studies: [
    {
      ...{ version: '0.1.0', seed: 0, seconds: 1, measure: 'linear-cka', parameters: {} },
      inputs: [record('/data/a.npy'), record('/data/deep/b.npz')],
      asked: { groups: { pattern: '^[a-z]' }, scores: { path: '/data/runs.csv' }, permutations: 10 },
      runs: [{ name: 'a', path: '/data/a.npy', layers: [''], group: 'a', score: null }],
      sections: [
        {
          ...{ id: 'maps', title: 'Maps', about: 'How.', titles: { kept: 'Kept' }, missing: null },
          ...{ values: { kept: 0.5, other: null }, chance: { kept: { level: 0, p: 0.5, how: 'all' } }, tables: {} },
          figures: [
            {
              ...{ kind: 'tree', id: 't', title: 'T', leaves: ['a', 'b', 'c'], order: [1, 0, 2] },
              merges: [
                { left: 0, right: 1, height: 1 },
                { left: 2, right: 3, height: 2 },
              ],
              height: { label: 'distance' },
            },
          ],
          ...{ reading: 'Near.', warnings: [] },
        },
      ],
      ...{ steps: [], warnings: [] },
    },
  ],
};

/** The document with one thing replaced, at a path with dots. */
function damaged(path: string, value: unknown): string {
  const copy: unknown = structuredClone(analysis);
  const keys = path.split('.');
  const last = keys.pop() ?? '';
  const parent = keys.reduce((object, key) => Reflect.get(object as object, key) as unknown, copy);
  Reflect.set(parent as object, last, value);
  return JSON.stringify(copy);
}

test('a document says the same after writing and reading, with paths from its own folder', () => {
  const text = formatAnalysis(mapPaths(analysis, portable('/data/analyses')));
  expect(JSON.parse(text).request.inputs.map(({ path }: { path: string }) => path)).toEqual([
    '../a.npy',
    '../deep/b.npz',
  ]);
  expect(text).not.toContain('/data');
  expect(mapPaths(parseAnalysis(text, 'x.sextant'), located('/data/analyses'))).toEqual(analysis);
  // Moved together with its data, it finds them.
  expect(mapPaths(parseAnalysis(text, 'x.sextant'), located('/else/where')).request.inputs[0]?.path).toBe(
    '/else/a.npy',
  );
});

test('lists of plain values take one line', () => {
  const text = formatAnalysis(analysis);
  expect(text).toContain('"values": [0.25,null]');
  expect(text).toContain('"intervals": {}');
  expect(text.endsWith('}\n')).toBe(true);
});

const figures = 'results.0.figures';
const hostile: [string, string, RegExp][] = [
  ['nothing', '', /^x\.sextant is empty.* or restore an earlier copy/],
  ['text', 'hello', /not JSON at line 1, column 1: Unexpected token 'h'.*restore an earlier copy/],
  [
    'one that ends too soon',
    '{\n  "format": "sextant-analysis",\n  "results": [\n    {',
    /line 4, column 6: the rest is missing/,
  ],
  ['a comma too many', '{\n  "results": [1, 2,]\n}', /line 2, column 20: Unexpected token '\]'/],
  ['a comma too few', '{\n  "a": 1\n  "b": 2\n}', /line 3, column 3: Expected ',' or '}' after property value/],
  [
    'a merge',
    `{\n  "results": [\n<<<<<<< HEAD\n    1\n=======\n    2\n>>>>>>> b\n  ]\n}`,
    /line 3, column 1: a mark of a merge/,
  ],
  ['a list', '[]', /no "format"/],
  ['something else', '{"format":"vega"}', /no "format"/],
  ['deep nesting', `${'['.repeat(1e5)}${']'.repeat(1e5)}`, /no "format"|not JSON/],
  ['a later format', damaged('formatVersion', 2), /format version 2.*newer Sextant/],
  ['no inputs', damaged('request.inputs', []), /request\.inputs/],
  ['an input without a path', damaged('request.inputs', [{}]), /request\.inputs\[0\]\.path.*restore/],
  ['a pair out of range', damaged('request.pair', [0, 2]), /request.*pair in focus/],
  ['a seed that is a text', damaged('request.seed', '0'), /request\.seed/],
  ['an unknown figure', damaged(`${figures}.0.kind`, 'script'), /figures\[0\]\.kind/],
  ['too few cells', damaged(`${figures}.0.panels.0.shape`, [1e9, 1e9]), /as many values as cells/],
  ['a label without category', damaged(`${figures}.1.labels.index`, [0, 7]), /not among the categories/],
  ['points that are texts', damaged(`${figures}.1.rows`, ['<img>', 1]), /rows.*not numbers/],
  ['fewer heights', damaged(`${figures}.2.series.0.y`, [1]), /heights/],
  [
    'a tree with a branch twice',
    damaged('studies.0.sections.0.figures.0.merges.1.right', 0),
    /studies\[0\].*of a tree/,
  ],
  ['a leaf that is not there', damaged('studies.0.sections.0.figures.0.order', [0, 1, 3]), /of a tree/],
  ['a study that is no object', damaged('studies', [7]), /studies\[0\]/],
  ['groups of nothing', damaged('request.study', { groups: {} }), /request\.study\.groups/],
  ['a ragged matrix', damaged('comparisons.0.measures.linear-cka.matrix', [[1], [1, 2]]), /a row and a column/],
];

test.each(hostile)('%s in a document is refused in one sentence', (_, text, message) => {
  const error = (() => {
    try {
      return parseAnalysis(text, 'x.sextant');
    } catch (thrown) {
      return thrown;
    }
  })();
  expect(error).toBeInstanceOf(UserError);
  expect((error as UserError).message).toMatch(/^x\.sextant [^\n]+\.$/);
  expect((error as UserError).message).toMatch(message);
});

test('a name that means something to JavaScript is a name', () => {
  const text = JSON.stringify(analysis).replace('"cka":0.5', '"__proto__":0.5');
  parseAnalysis(text, 'x.sextant');
  expect(({} as Record<string, unknown>).cka).toBeUndefined();
});

test('a cell of a table that is neither a number nor a text is named with its row', () => {
  const [result] = analysis.results;
  const broken = (cell: unknown) => {
    const tables = {
      list: {
        columns: ['a', 'b'],
        rows: [
          [1, 'x'],
          [null, cell],
        ],
      },
    };
    return () => parseAnalysis(JSON.stringify({ ...analysis, results: [{ ...result, tables }] }), 'x.sextant');
  };
  expect(broken('y')).not.toThrow();
  for (const cell of [{}, true, []]) {
    expect(broken(cell)).toThrow('x.sextant is damaged at results[0].tables.list.rows[1]: neither numbers nor texts');
  }
});

test('a request that a page kept is checked too', () => {
  expect(parseRequest(structuredClone(analysis.request), 'state')).toEqual(analysis.request);
  expect(() => parseRequest(undefined, 'The state')).toThrow(/^The state is damaged at its top level/);
});

test('what colours a space, and on which input a method is run, is kept; files are named from the folder of the document', () => {
  const colour = { path: '/data/words.csv', expression: 'log10(count)' };
  const request = {
    inputs: [{ path: '/data/a.npy' }, { path: '/data/b.npy' }],
    methods: [{ method: 'pca' }, { method: 'pca', on: 1 as const }],
    ...{ workbench: 'space', colour, seed: 0 },
  };
  expect(parseRequest(request, 'x')).toEqual(request);
  expect(() => parseRequest({ ...request, methods: [{ method: 'pca', on: 2 }] }, 'x')).toThrow(
    /x is damaged at methods/,
  );
  expect(() => parseRequest({ ...request, colour: { method: 3 } }, 'x')).toThrow(/x is damaged at colour/);
  const saved = {
    ...{ format: 'sextant-analysis', formatVersion: 1, version: '0', request, results: [], comparisons: [] },
  } as Analysis;
  const map = (path: string) => path.replace('/data/', '');
  expect(mapPaths(saved, map).request.colour).toEqual({ ...colour, path: 'words.csv' });
  const sized = { ...request, size: colour, sizeSpread: 'log' as const, colourSpread: 'rank' as const };
  expect(parseRequest(sized, 'x')).toEqual(sized);
  expect(mapPaths({ ...saved, request: sized }, map).request.size).toEqual({ ...colour, path: 'words.csv' });
  expect(() => parseRequest({ ...request, sizeSpread: 'square' }, 'x')).toThrow(/x is damaged at sizeSpread/);
  const value = { method: 'row-profile', column: 'length' };
  expect(mapPaths({ ...saved, request: { ...request, colour: value } }, map).request.colour).toEqual(value);
});
