import { describe, expect, test } from 'vitest';
import { Random } from '../../src/linalg/random';
import type { Scatter } from '../../src/protocol/figures';
import type { Result, Table } from '../../src/protocol/result';
import { fieldLines } from '../../webview/figures/row-facts';
import { layoutScatter } from '../../webview/figures/scatter-layout';
import { solidsOf } from '../../webview/figures/solid';
import { fieldsAsked, fieldsOf } from '../../webview/row-fields';
import type { Row } from '../../webview/rows';
import { ofTable, rowValuesOf, tableOf } from '../../webview/space/colours';
import { colourText, labelsOf, linkOf, pictureOfTwo, type RowColour, sketched } from '../../webview/space/picture';
import { aligned } from '../../webview/space/procrustes';

const random = new Random(3);
const list = (n: number) => Array.from({ length: n }, () => random.normal());

/** A quarter turn, mirrored, three times as large, moved. */
const changed = ([x, y]: readonly [readonly number[], readonly number[]]) =>
  [y.map((value) => 3 * value + 5), x.map((value) => 3 * value - 2)] as const;

describe('alignment of maps', () => {
  const still = [list(40), list(40)] as const;

  test('undoes a turn, a mirror, a scale and a shift', () => {
    const found = aligned(changed(still), still);
    expect(found?.residual).toBeCloseTo(0, 12);
    for (const [axis, values] of (found?.places ?? []).entries())
      for (const [i, value] of values.entries()) expect(value).toBeCloseTo(still[axis]?.[i] as number, 9);
  });

  test('leaves 1 - (Σ s)² / (|A|² |B|²), in three dimensions too', () => {
    // By scipy.spatial.procrustes of these two triangles and tetrahedra.
    const flat = aligned(
      [
        [0, 1, 0, 2],
        [0, 0, 2, 1],
      ],
      [
        [0, 2, 1, 1],
        [1, 0, 3, 1],
      ],
    );
    expect(flat?.residual).toBeCloseTo(0.4309764309764309, 12);
    const deep = aligned(
      [
        [0, 1, 0, 2],
        [0, 0, 2, 1],
        [1, 0, 0, 3],
      ],
      [
        [0, 2, 1, 1],
        [1, 0, 3, 1],
        [0, 1, 1, 2],
      ],
    );
    expect(deep?.residual).toBeCloseTo(0.3325148822239151, 12);
  });

  test('is none of points on a line', () => {
    expect(
      aligned(
        [
          [0, 1, 2],
          [0, 1, 2],
        ],
        [
          [0, 1, 2],
          [1, 0, 1],
        ],
      ),
    ).toBeNull();
    // Nor of points that rounding alone keeps off it, or of maps of other dimensions.
    const line = [0.1, 0.2, 0.3, 0.7];
    const near = [line, line.map((value) => 3 * value)];
    expect(aligned(near, [list(4), list(4)])).toBeNull();
    expect(aligned([list(4), list(4)], [list(4), list(4), list(4)])).toBeNull();
  });
});

function map(rows: readonly number[], places: readonly (readonly number[])[], names?: readonly string[]): Scatter {
  const [xs = [], ys = []] = places;
  const panels = [{ title: '', x: { label: 'one' }, y: { label: 'two' }, xs, ys }];
  return { id: 'map', kind: 'scatter', title: 'Map', panels, rows, ...(names && { names }) };
}

describe('two maps side by side', () => {
  const first = map(
    [0, 1, 2, 3],
    [
      [0, 2, 1, 1],
      [1, 0, 3, 1],
    ],
  );

  test('show the rows that both have, on the same axes, and say what is missing', () => {
    const second = map(
      [3, 2, 1],
      [
        [5, 6, 7],
        [1, 2, 0],
      ],
    );
    const link = linkOf([{ path: 'a' }, { path: 'b' }], first, second);
    const { figure, moved, notes } = pictureOfTwo(first, second, ['a', 'b'], link, true);
    expect(figure.rows).toEqual([1, 2, 3]);
    expect(figure.panels.map(({ title, x }) => [title, x.label])).toEqual([
      ['a', 'one'],
      ['b', 'axis 1 of a'],
    ]);
    expect(layoutScatter(figure, 700).shared).toBe(true);
    expect(moved?.first[0]).toEqual([2, 1, 1]);
    expect(notes[0]).toBe('1 row of a (of 4) not drawn: not on the map of b.');
    expect(notes[1]).toMatch(/Procrustes.* of the squared distances are left/);
    const bare = pictureOfTwo(first, second, ['a', 'b'], link, false);
    expect(bare.figure.panels[1]).toMatchObject({ xs: [7, 6, 5], ys: [0, 2, 1], x: { label: 'one, b' } });
    expect(layoutScatter(bare.figure, 700).shared).toBe(false);
    expect(bare.moved).toBeUndefined();
    expect(bare.notes.at(-1)).toMatch(/not aligned/);
  });

  test('have what is said of both once, and of one with its name', () => {
    const link = linkOf([{ path: 'a' }, { path: 'b' }], first, first);
    const said = (trust: number) => ({ ...first, caption: `Each point is a row. Trustworthiness ${trust}, high.` });
    const { figure } = pictureOfTwo(said(0.73), said(0.91), ['a', 'b'], link, true);
    expect(figure.caption).toBe('Each point is a row. a: Trustworthiness 0.73, high. b: Trustworthiness 0.91, high.');
    expect(pictureOfTwo(said(0.73), said(0.73), ['a', 'b'], link, true).figure.caption).toBe(said(0.73).caption);
  });

  test('show the same rows in another order, with their names', () => {
    const backwards = map(
      [3, 2, 1, 0],
      [
        [1, 1, 2, 0],
        [1, 3, 0, 1],
      ],
    );
    const link = linkOf([{ path: 'a' }, { path: 'b' }], first, backwards);
    const { figure } = pictureOfTwo(first, backwards, ['a', 'b'], link, false);
    expect(figure.panels[1]).toMatchObject({ xs: first.panels[0]?.xs, ys: first.panels[0]?.ys });
    const named = { ...first, names: ['w', 'x', 'y', 'z'] };
    const some = map([1, 3], [[], []]);
    expect(pictureOfTwo(named, some, ['a', 'b'], link, false).figure.names).toEqual(['x', 'z']);
  });

  test('of three axes are aligned in three panels, each on its own two', () => {
    const solid = (places: readonly (readonly number[])[]): Scatter => ({
      ...map([0, 1, 2, 3, 4], places),
      panels: [
        [0, 1],
        [0, 2],
        [1, 2],
      ].map(([x = 0, y = 0]) => ({
        title: '',
        x: { label: '' },
        y: { label: '' },
        xs: places[x] ?? [],
        ys: places[y] ?? [],
      })),
    });
    const still = [list(5), list(5), list(5)];
    const [x = [], y = [], z = []] = still;
    const moving = [z, x.map((value) => 2 - value), y];
    const link = linkOf([{ path: 'a' }, { path: 'b' }], undefined, undefined);
    const { figure } = pictureOfTwo(solid(still), solid(moving), ['a', 'b'], link, true);
    expect(figure.panels).toHaveLength(6);
    expect(figure.panels.slice(3).map(({ x, y }) => [x.label, y.label])).toEqual([
      ['axis 1 of a', 'axis 2 of a'],
      ['axis 1 of a', 'axis 3 of a'],
      ['axis 2 of a', 'axis 3 of a'],
    ]);
    const [one, other] = solidsOf(figure) ?? [];
    for (const axis of [0, 1, 2] as const)
      for (const [i, place] of (one?.places[axis] ?? []).entries())
        expect(other?.places[axis][i]).toBeCloseTo(place, 9);
    for (const k of [0, 1, 2])
      for (const side of ['xs', 'ys'] as const)
        for (const [i, value] of (figure.panels[k]?.[side] ?? []).entries())
          expect(figure.panels[k + 3]?.[side][i]).toBeCloseTo(value, 9);
  });

  test('go together by identifier where rows have any, by position in the part that was taken otherwise', () => {
    const ids = { path: 'ids.csv' };
    const named = linkOf(
      [
        { path: 'a', ids },
        { path: 'b', ids },
      ],
      map([0, 1], [[], []], ['x', 'y']),
      map([0, 1, 2], [[], [], []], ['z', 'y', 'x']),
    );
    expect([named.toSecond(0), named.toFirst(1), named.toFirst(0)]).toEqual([2, 1, undefined]);
    const shifted = linkOf([{ path: 'a', rows: [100, 200] }, { path: 'b' }], first, first);
    expect([shifted.toSecond(103), shifted.toFirst(0)]).toEqual([3, 100]);
  });
});

test('colours are of rows by their number; more classes than can be told apart are refused', () => {
  const classes: RowColour = {
    kind: 'category',
    name: 'kind',
    categories: ['a', 'b'],
    at: (row) => (row < 2 ? row : null),
  };
  expect(labelsOf(classes, [1, 0, 5])).toMatchObject({ kind: 'category', index: [1, 0, -1] });
  expect([colourText(classes, 1), colourText(classes, 5)]).toEqual(['b', '']);
  const many = { ...classes, categories: Array.from({ length: 61 }, (_, i) => `${i}`) };
  expect(labelsOf(many, [0])).toMatch(/^kind has 61 different values, too many/);
  const numbers: RowColour = { kind: 'number', name: 'size', at: (row) => 2 * row };
  expect(labelsOf(numbers, [3, 1])).toEqual({ kind: 'number', name: 'size', values: [6, 2] });
});

describe('what methods say of each row', () => {
  const table = (columns: readonly string[], rows: Table['rows']): Table => ({ title: '', columns, rows });
  const tables = {
    sizes: table(['cluster', 'rows'], [[1, 2]]),
    few: table(['row', 'name', 'cluster', 'left'], [[3, 'c', '9', 1]]),
    rows: table(
      ['row', 'name', 'cluster', 'silhouette'],
      [
        [3, 'c', '10', 0.5],
        [1, 'a', '2', -0.25],
        [2, 'b', null, null],
      ],
    ),
  };
  const row = (method: string, more: Partial<Result>) =>
    ({ choice: { method }, title: 'Clusters', result: { tables: {}, ...more } }) as unknown as Row;
  const rows = [row('pca', {}), row('clusters', { tables })];

  test('is offered as a colour, of the table that knows most rows', () => {
    expect(rowValuesOf(rows)).toEqual([
      { method: 'clusters', column: 'cluster', title: 'Clusters: cluster' },
      { method: 'clusters', column: 'silhouette', title: 'Clusters: silhouette' },
    ]);
    expect(tableOf(rows, { method: 'clusters', column: 'cluster' })).toBe(tables.rows);
    expect(tableOf(rows, { method: 'clusters', column: 'rows' })).toBeUndefined();
  });

  test('colours by classes where it is text, in the order of numbers in it, and by numbers otherwise', () => {
    const cluster = ofTable(tables.rows, 'cluster') as RowColour;
    expect(labelsOf(cluster, [1, 2, 3, 4])).toEqual({
      ...{ kind: 'category', name: 'cluster', categories: ['2', '10'] },
      index: [0, -1, 1, -1],
    });
    const silhouette = ofTable(tables.rows, 'silhouette') as RowColour;
    expect(labelsOf(silhouette, [1, 2, 3, 4])).toMatchObject({ kind: 'number', values: [-0.25, null, 0.5, null] });
    expect(ofTable(tables.rows, 'nothing')).toBeUndefined();
  });
});

describe('what a table says of a row', () => {
  const column = (name: string) => ({ name, type: 'text', numeric: false });
  const table = {
    ...{ path: 'words.csv', columns: ['word', 'count', 'kind'].map(column) },
    tensors: [{ name: null, shape: [100, 0], dtype: 'float64', bytes: 0 }],
  } as const;

  test('is asked for by its line, as the rows of the input are counted', () => {
    const line = (rows: readonly [number, number] | undefined, row: number, height?: number) =>
      fieldsAsked(table, rows ? { rows } : {}, row, height)?.rows;
    expect(line(undefined, 7, 100)).toEqual([7, 8]);
    // Of the part of a file that is as long as the table, and of a table as long as the whole file.
    expect(line([500, 600], 507, 1000)).toEqual([7, 8]);
    expect(line([20, 40], 37, 100)).toEqual([37, 38]);
    expect(line(undefined, 7, 90)).toBeUndefined();
    expect(line(undefined, 100, 100)).toBeUndefined();
    expect(fieldsAsked({ ...table, columns: [] }, {}, 7, 100)).toBeNull();
  });

  test('is shown without what is empty, or said already', () => {
    const fields = fieldsOf(table, ['ark', 2540, ' ']);
    expect(fields).toEqual([
      ['word', 'ark'],
      ['count', '2,540'],
    ]);
    expect(fieldsOf(table, ['x'.repeat(200), '', 'thing'])).toEqual([
      ['word', `${'x'.repeat(80)}…`],
      ['kind', 'thing'],
    ]);
    const figure = map([3], [[0], [0]], ['ark']);
    expect(fieldLines(figure, 0, fields)).toEqual(['count: 2,540']);
    const labels = { kind: 'number' as const, name: 'count', values: [2540] };
    expect(fieldLines({ ...figure, labels }, 0, fields)).toEqual([]);
  });
});

test('a map that is being made says how many of its rows are shown', () => {
  const places = [
    [1, 2],
    [3, 4],
  ];
  const part = sketched({ rows: [0, 3], places, of: 6 }, 'Map');
  expect(part).toMatchObject({ rows: [0, 3], panels: [{ xs: [1, 2], ys: [3, 4] }] });
  expect(part.caption).toBe('As far as it has come. 2 of 6 rows, evenly spaced.');
  expect(sketched({ rows: [0, 1], places, of: 2 }, 'Map').caption).toBe('As far as it has come.');
});
