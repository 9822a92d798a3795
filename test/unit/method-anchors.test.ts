import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { anchorSetFor, rowsForAnchors, strangeSource } from '../../src/engine/anchor-file';
import { lbfgs } from '../../src/linalg/lbfgs';
import { Matrix } from '../../src/linalg/matrix';
import { multiply } from '../../src/linalg/products';
import { Random } from '../../src/linalg/random';
import { catalogue } from '../../src/methods/catalogue';
import { stitching } from '../../src/methods/compare/stitching';
import type { Labels, NamedAnchors, Rows } from '../../src/methods/method';
import { chooseAnchors } from '../../src/methods/sample/anchors';
import { applyMap } from '../../src/methods/stitch/linear-map';
import { splitRows } from '../../src/methods/stitch/split';
import { translation } from '../../src/methods/stitch/translations';
import { relative } from '../../src/methods/transform/relative';
import { anchorSetOf, formatAnchorSet, parseAnchorSet } from '../../src/protocol/anchors';
import type { Result } from '../../src/protocol/result';
import { workbenches } from '../../src/protocol/workbench';
import { temporaryFolder } from './engine-files';
import { contextFor, runMethod } from './run-method';

const index = (n: number) => Int32Array.from({ length: n }, (_, i) => i);
const categories = (of: readonly number[], names: readonly string[]): Labels => ({
  ...{ kind: 'category', name: 'class', categories: names, index: Int32Array.from(of) },
});
const numbers = (values: readonly number[]): Labels => ({
  ...{ kind: 'number', name: 'count', values: Float64Array.from(values) },
});
const rowsWith = (labels: Labels, n: number): Rows => ({ index: index(n), labels });
const x = gaussian(12, 3, 1);
const choose = (choice: object, rows: Rows, anchorSet?: NamedAnchors) => {
  const all = relative.parameters.parse(choice) as never;
  return chooseAnchors(x, all, contextFor(12, { rows, ...(anchorSet && { anchorSet }) }));
};

describe('anchors by label', () => {
  test('stratified: each category in turn, while it has rows', async () => {
    const labels = categories([0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 2], ['a', 'b', 'c']);
    const chosen = { anchors: 7, 'anchor-selection': 'stratified' };
    const { rows, step } = await choose(chosen, rowsWith(labels, 12));
    const own = [...rows].map((row) => (labels as { index: Int32Array }).index[row]);
    expect(own).toEqual([0, 1, 2, 0, 1, 0, 1]);
    expect(new Set(rows).size).toBe(7);
    expect(step).toMatch(/7 anchors .* 3 categories of class in turn/);
    await expect(choose(chosen, { index: index(12) })).rejects.toThrow('there are no labels');
    await expect(choose(chosen, rowsWith(numbers([...index(12)].map((i) => 3 * i)), 12))).rejects.toThrow(
      'the labels count are numbers',
    );
  });

  test('stratified: none of the rows without a label; numbers of classes are categories', async () => {
    const chosen = { anchors: 8, 'anchor-selection': 'stratified' };
    const some = categories([0, 0, 0, 0, 2, 2, 2, 2, 2, 1, 1, 1], ['(missing)', 'a', 'b']);
    const { rows, step } = await choose(chosen, rowsWith(some, 12));
    expect([...rows].sort((a, b) => a - b)).toEqual([4, 5, 6, 7, 8, 9, 10, 11]);
    expect(step).toContain('2 categories');
    const counted = numbers([1, 1, 1, 2, 2, 2, 2, 3, 3, NaN, NaN, NaN]);
    const drawn = await choose({ ...chosen, anchors: 3 }, rowsWith(counted, 12));
    expect([...drawn.rows].map((row) => (counted as { values: Float64Array }).values[row])).toEqual([1, 2, 3]);
    await expect(choose(chosen, rowsWith(categories(Array(12).fill(0), ['(missing)']), 12))).rejects.toThrow(
      'No row has a label in class',
    );
  });

  test('top: the largest numbers, or a draw among a pool of them; what is no number is on no top', async () => {
    const labels = numbers([5, 9, NaN, 7, 7, 1, 2, 3, 4, 0, -1, 6]);
    const rows = rowsWith(labels, 12);
    const top = { anchors: 3, 'anchor-selection': 'top' };
    expect([...(await choose(top, rows)).rows]).toEqual([1, 3, 4]);
    for (const row of (await choose({ ...top, 'anchor-pool': 5 }, rows)).rows) expect([1, 3, 4, 11, 0]).toContain(row);
    await expect(choose(top, rowsWith(categories([0], ['a']), 1))).rejects.toThrow('are categories');
  });
});

describe('an anchor column stands in for the labels', () => {
  const desk = { signal: new AbortController().signal, progress: () => {} };
  const classes = categories([0, 1, 0, 1], ['a', 'b']);
  const rows: Rows = { index: Int32Array.of(2, 3, 5, 7), labels: classes };
  const folder = temporaryFolder();
  const often = [...index(12)].map((i) => (i * 7) % 12);
  writeFileSync(join(folder, 'often.csv'), ['count,kind', ...often.map((n, i) => `${n}.5,k${i % 2}`)].join('\n'));
  const named = (selection: string, column = 'count') => ({
    ...{ 'anchor-selection': selection, 'anchor-column-file': 'often.csv', 'anchor-column': column },
  });
  const read = (parameters: object, used: readonly [number, number] = [12, 3]) =>
    rowsForAnchors(
      parameters as Record<string, unknown>,
      folder,
      [{ path: 'x.npy' }],
      { rows, records: [{ path: 'x.npy', tensor: null, shape: used, dtype: 'float32', sha256: '', used }] },
      1e9,
      desk,
    );

  test('row by row of the file; only where it is asked for', async () => {
    const used = await read(named('top'));
    expect(used.labels).toBe(classes);
    const values = [2, 3, 5, 7].map((row) => (often[row] as number) + 0.5);
    expect([...((used.anchorLabels as { values?: Float64Array }).values ?? [])]).toEqual(values);
    const top = await choose({ anchors: 2, ...named('top') }, used);
    expect([...top.rows]).toEqual([2, 1]);
    expect(top.step).toContain('the largest count');
    const kinds = await choose({ anchors: 4, ...named('stratified', 'kind') }, await read(named('stratified', 'kind')));
    expect(kinds.step).toContain('2 categories of kind in turn');
    await expect(choose(named('top', 'kind'), await read(named('top', 'kind')))).rejects.toThrow(
      'the labels kind are categories',
    );
    expect(await read(named('uniform'))).toBe(rows);
    expect(await read({ ...named('top'), 'anchor-column-file': ' ' })).toBe(rows);
    await expect(read(named('top'), [9, 3])).rejects.toThrow('often.csv has 12 labels; x.npy has 9 rows');
    await expect(read(named('top', 'cuont'))).rejects.toThrow("no column 'cuont'");
  });

  test('heads are trained by the labels, on anchors by the column', async () => {
    const a = gaussian(60, 4, 5);
    const own = categories(
      [...index(60)].map((i) => (a.at(i, 0) > 0 ? 1 : 0)),
      ['left', 'right'],
    );
    const frequency = numbers([...index(60)].map((i) => ((i * 17) % 60) + 0.5));
    const chosen = { anchors: 5, 'anchor-selection': 'top', 'train-rows': '20:60' };
    const { values, tables } = await runMethod(stitching, [a, a], chosen, {
      rows: { ...rowsWith(own, 60), anchorLabels: frequency },
    });
    const trained = [...index(60)].slice(20).sort((i, j) => ((j * 17) % 60) - ((i * 17) % 60));
    expect(tables?.anchors?.rows.map(([row]) => row)).toEqual(trained.slice(0, 5));
    expect(values.relative).toBeGreaterThan(0.6);
  });
});

describe('anchor sets', () => {
  const names = [...'abcdefghijkl'];
  const set = { name: 'w.anchors.json', rows: [3, 1, 0], ids: ['d', 'b', 'a'], chosen: '3 anchors drawn at random' };

  test('are found by identifier in files with other rows, and by row number without', async () => {
    const chosen = { 'anchor-selection': 'file' };
    const turned = { index: index(12), names: [...names].reverse() };
    expect([...(await choose(chosen, turned, set)).rows]).toEqual([8, 10, 11]);
    const nameless = await choose(chosen, { index: index(12) }, set);
    expect([...nameless.rows]).toEqual([3, 1, 0]);
    expect(nameless.warnings.join()).toMatch(/taken by row number/);
  });

  test('that are all of the rows say so', async () => {
    for (const [anchors, said] of [
      [11, []],
      [12, ['12 anchors were asked for of 12 rows: every row is an anchor.']],
      [13, ['13 anchors were asked for of 12 rows: every row is an anchor.']],
    ] as const)
      expect((await choose({ anchors }, { index: index(12) })).warnings).toEqual(said);
  });

  test('with anchors that are not in both files are refused, and say which', async () => {
    const chosen = { 'anchor-selection': 'file' };
    const few = { index: index(3), names: ['a', 'x', 'y'] };
    const message = '2 of the 3 anchors of w.anchors.json are not among the 3 rows in use: "d", "b".';
    await expect(choose(chosen, few, set)).rejects.toThrow(message);
    const { ids: _, ...byRow } = set;
    await expect(choose(chosen, { index: Int32Array.of(0, 1, 2) }, byRow)).rejects.toThrow('row 3');
    await expect(choose(chosen, few)).rejects.toThrow('no anchor file is given');
  });

  test('come from a result, and say the same after writing and reading', async () => {
    const { tables, steps } = await runMethod(relative, [x], { anchors: 4 }, { rows: { index: index(12), names } });
    const source = { path: '/data/x.npy', tensor: null, sha256: 'abc' };
    const result = { tables, steps, inputs: [source], seed: 7, version: '1' } as unknown as Result;
    const made = anchorSetOf(result);
    expect(made?.rows).toHaveLength(4);
    expect(made?.ids).toEqual(made?.rows.map((row) => names[row]));
    expect(made).toMatchObject({
      seed: 7,
      chosen: '4 anchors drawn at random',
      source: { file: 'x.npy', sha256: 'abc' },
    });
    expect(parseAnchorSet(formatAnchorSet(made as NonNullable<typeof made>), 'x')).toEqual(made);
    expect(anchorSetOf({ ...result, tables: {} })).toBeNull();
  });

  test.each([
    ['{', /not an anchor set: it is not JSON/],
    ['{"format":"sextant-analysis"}', /no "format": "sextant-anchors"/],
    ['{"format":"sextant-anchors","formatVersion":2}', /damaged at formatVersion/],
    [text({ rows: [-1] }), /damaged at rows\.0/],
    [text({ rows: [] }), /damaged at rows/],
    [text({ ids: ['a', 'b'] }), /1 rows and 2 identifiers/],
    [text({ rows: [1.5] }), /damaged at rows\.0/],
  ])('%s is refused in words', (content, message) => {
    expect(() => parseAnchorSet(content, 'w.anchors.json')).toThrow(message);
  });

  test('taken by row number of a file that no input is are said to be', async () => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, 'w.anchors.json'), text({ source: { file: 'x.npy', tensor: null, sha256: 'abc' } }));
    const parameters = { 'anchor-selection': 'file', 'anchor-file': 'w.anchors.json' };
    const steps = ['1 anchors of w.anchors.json, found by row number (by hand)'];
    expect(await strangeSource({ parameters, steps }, folder, ['abc', 'def'])).toEqual([]);
    expect((await strangeSource({ parameters, steps }, folder, ['def'])).join()).toMatch(
      /rows of x\.npy as it was then/,
    );
    const byId = ['1 anchors of w.anchors.json, found by identifier (by hand)'];
    expect(await strangeSource({ parameters, steps: byId }, folder, ['def'])).toEqual([]);
  });

  test('are read from a file only where they are asked for', async () => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, 'w.anchors.json'), text({}));
    const asked = { 'anchor-selection': 'file', 'anchor-file': 'w.anchors.json' };
    expect(await anchorSetFor(asked, folder)).toEqual({
      anchorSet: { name: 'w.anchors.json', rows: [2], chosen: 'by hand' },
    });
    expect(await anchorSetFor({ ...asked, 'anchor-selection': 'uniform' }, folder)).toEqual({});
    await expect(anchorSetFor({ ...asked, 'anchor-file': 'none.anchors.json' }, folder)).rejects.toThrow(
      'none.anchors.json',
    );
  });
});

describe('training and test rows', () => {
  const both = { 'test-share': 0.25, 'train-rows': '' };
  const split = (of: readonly number[], choice = both, trained?: ReadonlySet<number>) =>
    splitRows(
      choice,
      categories(of, ['a', 'b', 'c']),
      { rows: rowsWith(categories(of, []), of.length), random: new Random(3) },
      trained,
    );

  test('take a share of each class; a class of one row is only trained on, and rows without a label are in neither', () => {
    const own = [0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 2, -1];
    const { train, test: tested, warnings } = split(own);
    const classes = [...tested].map((row) => own[row]);
    expect(classes.sort()).toEqual([0, 0, 1]);
    expect([...train, ...tested].sort((a, b) => a - b)).toEqual([...index(11)]);
    expect(warnings).toEqual([
      '1 rows have no label and were neither trained on nor tested.',
      'A class of one row cannot be trained on and tested: "c" is only trained on.',
    ]);
  });

  test('are told in brief where many are named, and by what they are where there is none', () => {
    const named = { ...both, 'train-rows': [...index(30)].join(',') };
    expect(split(Array(40).fill(0), named).step).toBe(
      '30 training rows (0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18, …), 10 test rows',
    );
    expect(() => split([0, 0, 0, 0], { ...both, 'train-rows': '0,9' })).toThrow('Row 9 cannot be a training row');
  });

  test('never test an anchor that a person has named', () => {
    const own = [0, 0, 0, 0, 1, 1, 1, 1];
    for (const row of split(own, both, new Set([0, 1, 4, 5])).test) expect([2, 3, 6, 7]).toContain(row);
    const named = { ...both, 'train-rows': '0:4' };
    expect(() => split(own, named, new Set([5]))).toThrow('Row 5 is an anchor and not among the training rows 0:4');
    expect(() => split(own, { ...both, 'train-rows': '0:8' })).toThrow('0 to test on');
  });

  test('say which classes are tested and not trained on; one class alone is not trained on', () => {
    const own = [0, 0, 1, 1, 0, 2, 2, 1];
    expect(split(own, { ...both, 'train-rows': '0:4' }).warnings).toEqual([
      'No training row is of the class of 2 of 4 test rows: "c". No head can name what it was not trained on, so that no accuracy is above 0.5. Choose training rows of every class.',
    ]);
    expect(split(own, { ...both, 'train-rows': '0:6' }).warnings).toEqual([]);
    expect(() => split(own, { ...both, 'train-rows': '0:2' })).toThrow(
      'The training rows 0:2 are all of the class "a": a head could name no other. Choose training rows of two classes or more',
    );
  });
});

describe('stitching', () => {
  const a = gaussian(60, 4, 5);
  const rows = rowsWith(
    categories(
      [...index(60)].map((i) => (a.at(i, 0) > 0 ? 1 : 0)),
      ['left', 'right'],
    ),
    60,
  );

  test('a rotated space is stitched as well as the own one by anchors, and by no absolute coordinates', async () => {
    const turned = new Matrix(
      a.data.map((value) => -2 * value),
      60,
      4,
    );
    const { values } = await runMethod(stitching, [a, turned], { anchors: 20 }, { rows });
    expect(values.relative).toBeCloseTo(values['relative-own'] as number, 12);
    expect(values['relative-retrieval']).toBe(1);
    expect(values['relative-reconstruction']).toBeGreaterThan(0.5);
    expect(values['procrustes-reconstruction']).toBeCloseTo(1, 10);
    expect(values.absolute).toBeLessThan(0.3);
  });

  test('a missing label is no class, and numbers of classes are classes; frequencies are not', async () => {
    const missing = categories(
      [...index(60)].map((i) => (i < 6 ? 0 : a.at(i, 0) > 0 ? 1 : 2)),
      ['(missing)', 'right', 'left'],
    );
    const { values, warnings, tables } = await runMethod(
      stitching,
      [a, a],
      { anchors: 10 },
      { rows: rowsWith(missing, 60) },
    );
    expect(warnings).toContain('6 rows have no label and were neither trained on nor tested.');
    expect(values.relative).toBeGreaterThan(0.7);
    expect(tables?.anchors?.rows.every(([row]) => Number(row) >= 6)).toBe(true);
    const one = categories(
      [...index(60)].map((i) => Math.min(i, 1)),
      ['(missing)', 'left'],
    );
    await expect(runMethod(stitching, [a, a], {}, { rows: rowsWith(one, 60) })).rejects.toThrow('label "left"');
    // The class of each row as a number, of more classes than are taken for categories when they are read.
    const counted = numbers([...index(60)].map((i) => (i === 7 ? NaN : i % 20)));
    const by = await runMethod(stitching, [a, a], { anchors: 10, 'test-share': 0.5 }, { rows: rowsWith(counted, 60) });
    expect(by.values.relative).not.toBeNull();
    expect(by.chance?.relative?.level).toBeCloseTo(2 / 39, 12);
    const often = numbers([...index(60)].map((i) => [1, 2, 5, 40][i % 4] as number));
    const told = await runMethod(stitching, [a, a], { anchors: 10 }, { rows: rowsWith(often, 60) });
    expect(told.values.relative).toBeNull();
    expect(told.warnings?.join()).toContain('The labels count are numbers, and a head tells classes');
  });

  test('absolute coordinates are exchanged where widths are equal; it is their mean over all pairs that there is not', async () => {
    const told = async (spaces: readonly Matrix[]) => {
      const { reading, values, tables } = await runMethod(stitching, spaces, { anchors: 20 }, { rows });
      const { columns = [], rows: pairs = [] } = tables?.stitching ?? {};
      const known = pairs.filter((pair) => pair[0] !== pair[1] && pair[columns.indexOf('absolute accuracy')] !== null);
      expect(values.absolute).toBeNull();
      return [
        known.length,
        /; ([^;]*); always naming the commonest class is right on 0\.\d+\./.exec(reading ?? '')?.[1],
      ];
    };
    const [other, narrow] = [gaussian(60, 4, 6), gaussian(60, 3, 7)];
    expect(await told([a, other, narrow])).toEqual([
      2,
      'there is no mean with absolute coordinates, as the widths differ',
    ]);
    expect(await told([a, narrow])).toEqual([0, 'absolute coordinates cannot be exchanged']);
  });

  test('says that one class is nothing to tell apart, and does without labels', async () => {
    const one = rowsWith(categories(Array(60).fill(0), ['left']), 60);
    await expect(runMethod(stitching, [a, a], {}, { rows: one })).rejects.toThrow('Every row has the label "left"');
    const { values, warnings, figures } = await runMethod(stitching, [a, a], { anchors: 10 });
    expect(values.relative).toBeNull();
    expect(values['relative-retrieval']).toBe(1);
    expect(warnings?.join()).toMatch(/no labels, so no head is trained/);
    expect(figures?.map(({ id }) => id)).toEqual(['retrieval', 'reconstruction']);
  });

  test('says by what retrieval rows are not told apart, so far from the origin that every cosine is 1', async () => {
    const chosen = { anchors: 20, centre: 'mean', 'train-rows': '0:40' };
    const told = async (shift: number) => {
      const far = [a.map((value) => value + shift), a.map((value) => shift - 2 * value)];
      const { values, warnings } = await runMethod(stitching, far, chosen);
      const keys = ['relative', 'absolute', 'procrustes', 'affine', 'cca'];
      return [keys.map((key) => values[`${key}-retrieval`]), warnings?.filter((text) => text.includes('others tie'))];
    };
    // All 20 test rows tie: their middle place is 10.5.
    expect(await told(1e8)).toEqual([
      [1, ...Array(4).fill(expect.closeTo(1 / 10.5, 12))],
      [
        'With up to 20 of 20 test rows others tie for the place of their own: they repeat it, or lie so near to it in direction that rounding hides what tells them apart. Their middle place counts. Rows that all point nearly one way are told apart once they are centred. It is so of retrieval by these: absolute, Procrustes, affine map, CCA. Take the mean row from each space beforehand; the choice of a centre does so for the relative representation alone.',
      ],
    ]);
    expect(await told(0)).toEqual([[1, expect.any(Number), 1, 1, 1], []]);
  });

  test('says what fewer anchors than units lose', async () => {
    const { warnings } = await runMethod(relative, [a], { 'anchor-selection': 'rows', 'anchor-rows': '0,1' });
    expect(warnings?.join()).toMatch(/2 anchors cannot span the 4 units of a: \d+ % of the squared length/);
  });

  test.each(['procrustes', 'affine', 'cca'] as const)(
    '%s maps a turned, scaled and shifted space back exactly',
    async (kind) => {
      const turn = Matrix.of([
        [0.6, 0.8],
        [-0.8, 0.6],
      ]);
      const plane = gaussian(30, 2, 8);
      const moved = (await multiply(plane, turn)) as Matrix<Float64Array>;
      for (let k = 0; k < moved.data.length; k++) moved.data[k] = 3 * (moved.data[k] as number) + 5;
      const map = await translation(kind, plane.slice(0, 9), moved.slice(0, 9));
      const found = await applyMap(map, plane);
      for (const [k, value] of moved.data.entries()) expect(found.data[k]).toBeCloseTo(value, 10);
    },
  );
});

test('L-BFGS finds the least of a quadratic, and says when it has no time to', async () => {
  const scales = Float64Array.of(1, 10, 1000);
  const quadratic = async (point: Float64Array, gradient: Float64Array) => {
    let value = 0;
    for (const [i, scale] of scales.entries()) {
      const away = (point[i] as number) - i;
      gradient[i] = scale * away;
      value += (scale / 2) * away * away;
    }
    return value;
  };
  const found = await lbfgs(new Float64Array(3).fill(9), quadratic, { tolerance: 1e-9, iterations: 100 });
  expect(found.converged).toBe(true);
  for (const i of [0, 1, 2]) expect(found.x[i]).toBeCloseTo(i, 9);
  expect((await lbfgs(new Float64Array(3).fill(9), quadratic, { tolerance: 1e-9, iterations: 1 })).converged).toBe(
    false,
  );
});

test('every workbench is made of methods that exist and have what it shares', () => {
  for (const { id, sections, shared, picking } of workbenches) {
    const methods = sections.flatMap((section) => section.methods);
    for (const method of methods)
      expect(
        catalogue.map((one) => one.id),
        `${id}: ${method}`,
      ).toContain(method);
    const known = catalogue
      .filter((one) => methods.includes(one.id))
      .flatMap((one) => Object.keys(one.parameters.shape));
    const picked = picking ? [picking.rows, picking.file, picking.columnFile, picking.column] : [];
    for (const key of [...shared, ...picked]) expect(known, id).toContain(key);
  }
});

function text(more: object): string {
  const source = { file: 'x.npy', tensor: null, sha256: '' };
  const set = {
    format: 'sextant-anchors',
    formatVersion: 1,
    version: '1',
    chosen: 'by hand',
    seed: 0,
    source,
    rows: [2],
  };
  return JSON.stringify({ ...set, ...more });
}

function gaussian(rows: number, columns: number, seed: number): Matrix<Float64Array> {
  const random = new Random(seed);
  return new Matrix(
    Float64Array.from({ length: rows * columns }, () => random.normal()),
    rows,
    columns,
  );
}
