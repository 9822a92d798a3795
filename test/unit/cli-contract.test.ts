import { closeSync, linkSync, mkdirSync, openSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { type Command, commands } from '../../src/cli/arguments';
import { helpPage } from '../../src/cli/help';
import { matrix } from '../../src/cli/text';
import { parseAnalysis } from '../../src/protocol/document';
import type { Comparison, Result } from '../../src/protocol/result';
import { type CommandLine, commandLine } from './cli-process';
import { root, temporaryFolder, writeMatrix } from './engine-files';

const A = 'digits/digits-cnn-seed0-activations.npz';
const B = 'digits/digits-cnn-seed1-activations.npz';
const pair = [`${A}#layer8`, `${B}#layer8`];
let sextant: CommandLine;
beforeAll(async () => {
  sextant = await commandLine('cli-contract');
});

/** Runs, expects success, and reads the one document on standard output. */
async function json<T>(...args: string[]): Promise<T> {
  const { code, stdout, stderr } = await sextant.run([...args, '--json']);
  expect({ code, stderr }).toEqual({ code: 0, stderr: expect.stringMatching(/^(sextant: warning: .*\n)*$/) });
  return JSON.parse(stdout) as T;
}

/** Expects bad usage, or input that cannot be used: nothing but an error for the person, which says so. */
async function refused(cases: readonly (readonly [args: readonly string[], message: RegExp])[], folder?: string) {
  for (const [args, message] of cases) {
    const { code, stdout, stderr } = await sextant.run(args, folder);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr.replace(/^sextant: /, '')).toMatch(message);
  }
}

describe('how sure a value is', () => {
  test('random pairings give p, a bootstrap or halves the interval', async () => {
    const run = ['run', 'procrustes', ...pair, '--permutations', '19', '--subsample', '40'];
    const result = await json<Result>(...run);
    expect(result.chance.distance?.p).toBeCloseTo(1 / 20, 12);
    const { low = 0, high = 0, how } = result.intervals.distance ?? {};
    expect(low < Number(result.values.distance) && Number(result.values.distance) < high).toBe(true);
    expect(how).toContain('40 draws');
    const { values, ...again } = await json<Result>(...run);
    expect([values, again.intervals, again.chance]).toEqual([result.values, result.intervals, result.chance]);
  });

  test('a page says p where it was asked for; an analysis asks for it, and for intervals, when it is opened again', async () => {
    const out = join(temporaryFolder(), 'out.sextant');
    const calibrated = ['--permutations', '19', '--quiet', '--out', out];
    const requestOf = () => parseAnalysis(readFileSync(out, 'utf8'), 'out.sextant').request;
    const one = await sextant.run(['run', 'procrustes', ...pair, '--bootstrap', '20', ...calibrated]);
    expect(one.stdout).toMatch(/ value +chance +p +interval\n {2}distance +0\.\d+ +[\d.]+ +0\.0500 +0\.\d+ to /);
    expect(requestOf()).toMatchObject({ seed: 0, permutations: 19, resample: { kind: 'bootstrap', count: 20 } });
    const compare = ['compare', ...pair, '--measure', 'linear-cka', ...calibrated];
    const labels = 'digits/digits-test-labels.npy';
    expect((await sextant.run([...compare, '--within', '--labels', labels])).stdout).toMatch(/ p +limits\n.* 0\.0500 /);
    expect(requestOf()).toMatchObject({ permutations: 19, within: true });
    expect((await sextant.run([...compare, `${B}#layer7`])).stdout).toMatch(
      /\np after Benjamini and Hochberg, by 19 random pairings\n +1 +2 +3\n {2}1 .* – +0\.0500 +0\.0500\n/,
    );
  });

  test('wrong use is refused', async () => {
    const run = ['run', 'procrustes', ...pair];
    await refused([
      [[...run, '--within'], /--within is about random pairings/],
      [[...run, '--bootstrap', '9', '--subsample', '9'], /two ways to one interval/],
      [[...run, '--permutations', '9', '--within'], /need labels that rows share/],
    ]);
  });
});

describe('inspect and methods', () => {
  test('inspect lists tensors, for people and as JSON', async () => {
    const { stdout, code } = await sextant.run(['inspect', A]);
    expect(code).toBe(0);
    expect(stdout).toMatch(/layer1 +450 × 16 +float32 +28\.8 kB\n/);
    const [file] = await json<{ path: string; tensors: { name: string; shape: number[] }[] }[]>('inspect', A);
    expect(file?.tensors.map(({ name }) => name).sort()).toEqual([1, 2, 3, 4, 5, 6, 7, 8].map((i) => `layer${i}`));
  });

  test('methods lists the catalogue, with parameters as JSON Schema', async () => {
    const all = await json<{ id: string; parameters: { type: string } }[]>('methods');
    expect(all.map(({ id }) => id)).toContain('linear-cka');
    for (const { parameters } of all) expect(parameters.type).toBe('object');
    const some = await json<{ kind: string }[]>('methods', '--kind', 'match');
    expect(new Set(some.map(({ kind }) => kind))).toEqual(new Set(['match']));
    expect(some.length).toBeLessThan(all.length);
    await refused([[['methods', '--kind', 'magic'], /no kind "magic".*compare, match/]]);
  });
});

describe('run', () => {
  test('a unit alone is one in every word', async () => {
    const folder = temporaryFolder();
    const rows = Array.from({ length: 9 }, (_, i) => [i * i]);
    const { stdout } = await sextant.run(['run', 'overview', writeMatrix(folder, 'one.npy', rows)], folder);
    expect(stdout).toMatch(/, 9 rows, 1 unit, seed 0\n/);
    expect(stdout).toMatch(/has 9 rows of 1 unit that varies in 1 direction;/);
  });

  test('a page for people says value, chance and reading; the document of the contract is in the file', async () => {
    const out = join(temporaryFolder(), 'out.json');
    const { stdout } = await sextant.run(['run', 'linear-cka', ...pair, '--out', out]);
    expect(stdout).toMatch(
      /^Linear CKA \(linear-cka\)\nseed0 layer8 × seed1 layer8, 450 rows, 64 and 64 units, seed 0\n/,
    );
    expect(stdout).toMatch(/cka +0\.8432 +0\.0179\n/);
    const result = JSON.parse(readFileSync(out, 'utf8')) as Result;
    expect(result).toMatchObject({
      ...{ method: 'linear-cka', version: '0.0.0-dev', seed: 0, parameters: {}, tables: {}, intervals: {} },
      inputs: [
        {
          path: A,
          tensor: 'layer8',
          shape: [450, 64],
          dtype: 'float32',
          sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
        },
        { path: B, tensor: 'layer8' },
      ],
    });
    expect(Object.keys(result)).toEqual(
      expect.arrayContaining(['seconds', 'figures', 'warnings', 'chance', 'reading']),
    );
  });

  test('a page says which variant was computed, as it is asked for', async () => {
    const asked = ['--set', 'comparison=kendall', '--set', 'dissimilarity=cosine', '--rows', '0:40'];
    const line = /\nParameters: dissimilarity=cosine noise=\S+ comparison=kendall\n/;
    expect((await sextant.run(['run', 'rsa', ...pair, ...asked])).stdout).toMatch(line);
    expect((await sextant.run(['compare', ...pair, '--measure', 'rsa', ...asked])).stdout).toMatch(line);
    const anchors = await sextant.run(['run', 'relative', pair[0] as string, '--set', 'anchors=9', '--rows', '0:40']);
    // Nothing is said of what is empty.
    expect(anchors.stdout).toMatch(/\nParameters: anchors=9 anchor-selection=uniform anchor-pool=0 /);
    const none = await sextant.run(['run', 'linear-cka', ...pair, '--rows', '0:40']);
    expect(none.stdout).not.toContain('Parameters');
  });

  test('parameters are typed by the schema; rows and seed are taken; .sextant opens again, its paths relative to it', async () => {
    const folder = temporaryFolder();
    const out = join(folder, 'out.sextant');
    const flags = ['--set', 'neighbours=5', '--set', 'metric=euclidean', '--rows', '10:60', '--seed', '7'];
    const { parameters, seed, inputs } = await json<Result>('run', 'mutual-knn', ...pair, ...flags, '--out', out);
    expect(parameters).toEqual({ neighbours: 5, metric: 'euclidean' });
    expect({ seed, used: inputs[0]?.used, rows: inputs[1]?.rows }).toEqual({ seed: 7, used: [50, 64], rows: [10, 60] });
    const { request, results } = parseAnalysis(readFileSync(out, 'utf8'), 'out.sextant');
    expect(request).toMatchObject({ seed, methods: [{ method: 'mutual-knn', parameters }] });
    const path = relative(folder, join(root, 'media/samples', A));
    expect(request.inputs[0]).toEqual({ path, tensor: 'layer8', rows: [10, 60] });
    expect(results[0]?.inputs[0]?.path).toBe(path);
  });

  test('images are flattened, or averaged over space', async () => {
    const images = ['overview', 'digits/digits-test-images.npy'];
    const { inputs, steps } = await json<Result>('run', ...images);
    expect(inputs[0]?.used).toEqual([450, 64]);
    expect(steps.join()).toMatch(/flattened/);
    const mean = await json<Result>('run', ...images, '--reduce', 'mean');
    expect(mean.inputs[0]).toMatchObject({ used: [450, 1], reduce: 'mean' });
  });
});

describe('compare', () => {
  test('all pairs of the tensors that a glob names, calibrated cell by cell; the analysis opens again', async () => {
    const out = join(temporaryFolder(), 'all.sextant');
    const calibrated = ['--permutations', '19', '--out', out];
    const document = await json<Comparison>('compare', `${A}#layer*`, '--measure', 'linear-cka', ...calibrated);
    const { matrix, value, calibration } = document.measures['linear-cka'] ?? { matrix: [], value: '' };
    expect(document.inputs.map(({ tensor }) => tensor)).toEqual([1, 2, 3, 4, 5, 6, 7, 8].map((i) => `layer${i}`));
    expect({ rows: matrix.length, columns: matrix[0]?.length, value }).toEqual({ rows: 8, columns: 8, value: 'cka' });
    for (let i = 0; i < 8; i++) expect(matrix[i]?.[i]).toBeCloseTo(1, 10);
    expect(calibration?.p.map((row) => row.length)).toEqual(matrix.map((row) => row.length));
    expect(calibration?.p[0]?.[1]).toBeCloseTo(1 / 20, 12);
    expect(calibration?.pMax[0]?.[0]).toBeNull();
    const { request, comparisons } = parseAnalysis(readFileSync(out, 'utf8'), 'all.sextant');
    expect(request.overview).toEqual({ method: 'linear-cka' });
    expect(comparisons[0]?.measures['linear-cka']?.matrix).toHaveLength(8);
  });

  test('a matrix that is wider than the terminal stands in blocks of columns, long names of columns in a list', async () => {
    const rows = ['one', 'another'].map((name) => [name, ...Array.from({ length: 7 }, (_, j) => `0.${j}000`)] as const);
    const narrow = matrix(['1', '2', '3', '4', '5', '6', '7'], rows, 33);
    expect(narrow.split('\n').map((line) => line.trim().split(/ +/))).toEqual(
      [['1', '2', '3'], ['4', '5', '6'], ['7']].flatMap((head, b) => [
        ...(b > 0 ? [['']] : []),
        head,
        ...['one', 'another'].map((name) => [name, ...head.map((column) => `0.${Number(column) - 1}000`)]),
      ]),
    );
    for (const line of narrow.split('\n')) expect(line.length).toBeLessThanOrEqual(33);
    const line = ['compare', `${A}#layer7`, '--against', `${B}#layer*`, '--measure', 'linear-cka', '--quiet'];
    const { stdout } = await sextant.run(line);
    expect(stdout).toMatch(/\n {2}8 {2}seed1 layer8\n\nLinear CKA .*\n +1 +2 .* +8\n {2}seed0 layer7 +0\.32/);
  });

  test('--against takes what follows it, a row per input and a column per reference', async () => {
    const folder = temporaryFolder();
    const references = ['layer8', 'layer7', 'layer6'];
    const { measures, against } = await json<Comparison>(
      ...['compare', '--against', ...references.map((layer) => `${B}#${layer}`), '--measure', 'linear-cka'],
      ...[pair[0] as string, '--out', join(folder, 'm.svg')],
    );
    expect(against?.map(({ tensor }) => tensor)).toEqual(references);
    expect(measures['linear-cka']?.matrix).toHaveLength(1);
    expect(measures['linear-cka']?.matrix[0]?.[0]).toBeCloseTo(0.8432, 4);
    // The only figure has the name that was given.
    expect(readdirSync(folder)).toEqual(['m.svg']);
  });

  test('several measures side by side', async () => {
    const { stdout } = await sextant.run([
      'compare',
      ...pair,
      '--measure',
      'linear-cka,procrustes',
      '--measure',
      'rsa',
    ]);
    expect(stdout).toMatch(/^seed0 layer8 × seed1 layer8, 450 rows/);
    expect(stdout.match(/^ {2}(linear-cka|procrustes|rsa) /gm)).toHaveLength(3);
  });
});

describe('--ids', () => {
  const folder = temporaryFolder();
  const table = (name: string, lines: readonly string[]) => writeFileSync(join(folder, name), lines.join('\n'));
  const words = ['the', 'of', 'and', 'to', 'ark', 'oil'];
  const cell = (i: number) => `${words[i]},${Math.sin(i)},${Math.cos(i * i)}`;
  table('a.csv', ['word,x,y', ...[0, 1, 2, 3, 4].map(cell)]);
  table('b.csv', ['word,x,y', ...[5, 3, 0, 2, 1].map(cell)]);
  table('names.csv', ['name', ...[5, 3, 0, 2, 1].map((i) => words[i] as string)]);
  const pairs = async (...args: string[]) => {
    const { stdout, stderr, code } = await sextant.run([...args, '--json'], folder);
    expect(code, stderr).toBe(0);
    return { document: JSON.parse(stdout), stderr };
  };

  test('one column for all inputs; rows without a partner are told and listed', async () => {
    mkdirSync(join(folder, 'deep'));
    const out = ['--out', 'deep/out.sextant'];
    const { document, stderr } = await pairs('run', 'linear-cka', 'a.csv', 'b.csv', '--ids', 'word', ...out);
    const { values, inputs, tables, steps } = document as Result;
    expect(values.cka).toBeCloseTo(1, 10);
    expect(inputs[1]).toMatchObject({ used: [4, 2], ids: { path: 'b.csv', column: 'word' } });
    expect(steps).toContain('paired by identifier: 4 of 5 and 5 rows');
    expect(tables.unmatched?.rows).toEqual([
      ['a.csv', 4, 'ark'],
      ['b.csv', 0, 'oil'],
    ]);
    expect(stderr).toMatch(/warning: 1 of 5 rows of a\.csv left out, for they have no partner: 'ark'/);
    // An analysis keeps them, relative to it.
    const { request, results } = parseAnalysis(readFileSync(join(folder, 'deep/out.sextant'), 'utf8'), 'out.sextant');
    expect(request.inputs[1]?.ids).toEqual({ path: '../b.csv', column: 'word' });
    expect(results[0]?.inputs[0]?.ids).toEqual({ path: '../a.csv', column: 'word' });
  });

  test('one for each input, a column or a file of its own; references come after inputs', async () => {
    const each = ['--ids', '#word', '--ids', 'names.csv#name'];
    const { document } = await pairs('compare', 'a.csv', '--against', 'b.csv', ...each, '--measure', 'linear-cka');
    const { measures, against } = document as Comparison;
    expect(measures['linear-cka']?.matrix[0]?.[0]).toBeCloseTo(1, 10);
    expect(against?.[0]?.ids).toEqual({ path: 'names.csv', column: 'name' });
    const run = await pairs('run', 'linear-cka', 'a.csv', 'b.csv', '--ids', 'word', '--ids', 'names.csv');
    expect((run.document as Result).inputs[1]?.ids).toEqual({ path: 'names.csv' });
  });

  test('an anchor set is written, and its rows are found by identifier in files with other rows', async () => {
    const by = (...choices: string[]) => ['--ids', 'word', ...choices.flatMap((choice) => ['--set', choice])];
    const spaces = (first: string, second: string) => ['run', 'relative-spaces', first, second];
    const rows = by('anchor-selection=rows', 'anchor-rows=3,1');
    const written = await pairs(...spaces('a.csv', 'b.csv'), ...rows, '--out', 'two.anchors.json');
    const set = JSON.parse(readFileSync(join(folder, 'two.anchors.json'), 'utf8'));
    expect(set).toMatchObject({
      format: 'sextant-anchors',
      rows: [3, 1],
      ids: ['to', 'of'],
      source: { file: 'a.csv' },
    });
    expect(set.source.sha256).toBe((written.document as Result).inputs[0]?.sha256);
    const from = (name: string) => by('anchor-selection=file', `anchor-file=${name}.anchors.json`);
    const again = (await pairs(...spaces('b.csv', 'a.csv'), ...from('two'))).document as Result;
    expect(again.tables.anchors?.rows).toEqual([
      [1, 'to'],
      [4, 'of'],
    ]);
    expect(again.steps.join()).toContain('2 anchors of two.anchors.json, found by identifier (2 anchors: rows 3,1)');
    // An anchor of one file alone, and a method that has no anchors.
    const alone = ['run', 'relative', 'a.csv', ...by('anchor-selection=rows', 'anchor-rows=4,0')];
    await pairs(...alone, '--out', 'ark.anchors.json');
    for (const [args, message] of [
      [
        [...spaces('a.csv', 'b.csv'), ...from('ark')],
        /^1 of the 2 anchors of ark\.anchors\.json are not .* in use: "ark"/m,
      ],
      [['run', 'linear-cka', 'a.csv', 'b.csv', '--out', 'x.anchors.json'], /linear-cka chooses no anchors/],
    ] as const) {
      const { code, stderr } = await sextant.run(args, folder);
      expect(code).toBe(2);
      expect(stderr.replace(/^sextant: /gm, '')).toMatch(message);
    }
  });

  test('wrong use is refused', async () => {
    const run = ['run', 'linear-cka', 'a.csv', 'b.csv'];
    await refused(
      [
        [[...run, '--ids', 'a', '--ids', 'b', '--ids', 'c'], /--ids was given 3 times for 2 inputs\./],
        [[...run, '--ids', 'wort'], /a\.csv: there is no column 'wort'/],
        [[...run, '--ids', 'none.csv#word'], /none\.csv/],
      ],
      folder,
    );
  });
});

describe('--out', () => {
  const written = async (name: string, args: readonly string[]) => {
    const folder = temporaryFolder();
    const { code, stderr } = await sextant.run([...args, '--quiet', '--out', join(folder, name)]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    return {
      folder,
      names: readdirSync(folder).sort(),
      read: (file: string) => readFileSync(join(folder, file), 'utf8'),
    };
  };

  test('.csv', async () => {
    const csv = await written('out.csv', ['run', 'hard-matching', ...pair]);
    expect(csv.names).toEqual(expect.arrayContaining(['out.csv', 'out-matches.csv']));
    expect(csv.read('out.csv')).toMatch(/^key,value,chance,low,high,p\r\ncorrelation,0\.7153\d+,/);
    const matrix = await written('m.csv', ['compare', ...pair, '--measure', 'linear-cka']);
    expect(matrix.read('m.csv')).toMatch(/^linear-cka,seed0 layer8,seed1 layer8\r\nseed0 layer8,1,0\.84316\d+\r\n/);
    expect(matrix.names).toEqual(['m.csv']);
  });

  test('.csv of calibrated values has p, and q of a matrix', async () => {
    const calibrated = ['--permutations', '19'];
    const one = await written('one.csv', ['run', 'linear-cka', ...pair, ...calibrated]);
    expect(one.read('one.csv')).toMatch(/\r\ncka,0\.84\d+,0\.017\d+,,,0\.05\r\n/);
    const compare = ['compare', ...pair, ...calibrated, '--measure'];
    const matrix = await written('m.csv', [...compare, 'linear-cka']);
    expect(matrix.names).toEqual(['m-p.csv', 'm-q.csv', 'm.csv']);
    expect(matrix.read('m-q.csv')).toMatch(/^linear-cka-q,.*\r\nseed0 layer8,,0\.05\r\nseed1 layer8,0\.05,\r\n$/);
    const several = await written('m.csv', [...compare, 'linear-cka,procrustes']);
    expect(several.names).toContain('m-procrustes-p.csv');
  });

  test('a file is replaced as a whole, and a folder is not', async () => {
    const folder = temporaryFolder();
    const [old, kept] = ['old.json', 'kept.json'].map((name) => join(folder, name)) as [string, string];
    writeFileSync(old, 'old');
    linkSync(old, kept);
    mkdirSync(join(folder, 'folder.json'));
    const run = ['run', 'linear-cka', ...pair, '--quiet', '--out'];
    expect(await sextant.run([...run, old])).toMatchObject({ code: 0 });
    const { code, stderr } = await sextant.run([...run, join(folder, 'folder.json')]);
    expect(JSON.parse(readFileSync(old, 'utf8'))).toMatchObject({ method: 'linear-cka' });
    expect(readFileSync(kept, 'utf8')).toBe('old');
    expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringMatching(/: a folder has that name\./) });
    expect(readdirSync(folder).sort()).toEqual(['folder.json', 'kept.json', 'old.json']);
  });

  test('.svg: several figures have their names added', async () => {
    const many = await written('f.svg', ['run', 'hard-matching', ...pair]);
    expect(many.names.length).toBeGreaterThan(1);
    for (const name of many.names) expect(many.read(name)).toMatch(/^<\?xml .*<\/svg>\n$/s);
  });

  test('.png is a picture of the same', async () => {
    const { folder } = await written('m.png', ['compare', ...pair, '--measure', 'linear-cka']);
    const bytes = readFileSync(join(folder, 'm.png'));
    expect(bytes.subarray(1, 4).toString()).toBe('PNG');
    // Width and height of the header.
    expect([bytes.readUInt32BE(16), bytes.readUInt32BE(20)].every((side) => side > 600)).toBe(true);
  });

  test('a representation that was made reads back from every format, with its name where that has one', async () => {
    const folder = temporaryFolder();
    const endings = ['npy', 'csv', 'parquet', 'npz', 'safetensors'];
    const paths = endings.map((ending) => join(folder, `r.${ending}`));
    const run = ['run', 'relative', pair[0] as string, '--set', 'anchors=30', '--quiet', '--out'];
    for (const path of paths) expect(await sextant.run([...run, path])).toMatchObject({ code: 0, stderr: '' });
    expect(readdirSync(folder).sort()).toEqual(endings.map((ending) => `r.${ending}`).sort());
    const files = await json<{ tensors: object[]; columns?: { name: string }[] }[]>('inspect', ...paths);
    const dtype = 'float32';
    const name = 'layer8 relative';
    expect(files.map(({ tensors }) => tensors)).toMatchObject(
      [{ dtype }, {}, {}, { dtype, name }, { dtype, name }].map((of) => [{ shape: [450, 30], ...of }]),
    );
    const units = Array.from({ length: 30 }, (_, j) => `unit${j}`);
    for (const table of files.slice(1, 3)) expect(table.columns?.map((column) => column.name)).toEqual(units);
    // Where it comes from.
    expect(readFileSync(join(folder, 'r.safetensors'), 'latin1')).toMatch(/"method":"relative".*"seed":"0".*layer8/);
  });
});

describe('the rows of a table that is written', () => {
  const folder = temporaryFolder();
  const writtenFrom = async (text: string, ...flags: readonly string[]) => {
    writeFileSync(join(folder, 'in.csv'), text);
    for (const out of ['out.csv', 'out.parquet']) {
      const written = ['run', 'pca', join(folder, 'in.csv'), ...flags, '--quiet', '--out', join(folder, out)];
      expect(await sextant.run(written)).toMatchObject({ code: 0 });
    }
    // The column of Parquet is text as well, and no unit.
    const table = await json<{ tensors: { shape: number[] }[]; columns: object[] }[]>(
      'inspect',
      join(folder, 'out.parquet'),
    );
    const lines = (name: string) => readFileSync(join(folder, name), 'utf8').trim().split('\r\n');
    const first = lines('out.csv').map((line) => line.split(',')[0] as string);
    expect(table[0]?.tensors[0]?.shape).toEqual([first.length - 1, 2]);
    expect(table[0]?.columns).toHaveLength(first[0] === 'id' ? 3 : 2);
    return first;
  };
  const rows = ['ant,1,2', 'bee,2,1', 'cat,,3', 'dog,4,5', 'elk,6,2'];

  test('keep their names', async () => {
    expect(await writtenFrom(`name,x,y\n${rows.join('\n')}\n`, '--ids', 'name')).toEqual([
      'id',
      'ant',
      'bee',
      'dog',
      'elk',
    ]);
  });

  test('or, where some were left out, their numbers', async () => {
    const unnamed = rows.map((row) => row.slice(4)).join('\n');
    expect(await writtenFrom(`x,y\n${unnamed}\n`)).toEqual(['id', 'row 0', 'row 1', 'row 3', 'row 4']);
    expect(await writtenFrom('x,y\n1,2\n2,1\n4,5\n')).not.toContain('id');
  });
});

describe('raw bytes', () => {
  const folder = temporaryFolder();
  const rows = [
    [1, 2],
    [3, -4],
    [5, 7],
    [0, 9],
    [2, 2],
  ];
  writeMatrix(folder, 'a.npy', rows);
  writeFileSync(join(folder, 'a.bin'), readFileSync(join(folder, 'a.npy')).subarray(-80));

  test('--raw says how they are read, and leaves other formats theirs', async () => {
    const paths = ['a.bin', 'a.npy'].map((name) => join(folder, name));
    const spec = ['--raw', 'float64:5x2'];
    const inspected = await json<{ format: string }[]>('inspect', ...paths, ...spec);
    expect(inspected.map(({ format }) => format)).toEqual(['raw', 'npy']);
    const { inputs, measures } = await json<Comparison>('compare', ...paths, ...spec, '--measure', 'procrustes');
    expect(inputs.map(({ raw }) => raw)).toEqual(['float64:5x2', undefined]);
    expect(measures.procrustes?.matrix[0]?.[1]).toBeCloseTo(0, 7);
  });

  test('without it, or where nothing needs it, the person is told', async () => {
    await refused(
      [
        [['inspect', 'a.bin'], /a\.bin: raw bytes do not say what they are.* 10 float64 values \(5x2\)/],
        [['inspect', 'a.npy', '--raw', 'float64:5x2'], /--raw says how \.bin and \.raw files are read/],
      ],
      folder,
    );
  });
});

describe('what is refused', () => {
  test('bad usage', async () => {
    await refused([
      [[], /a command is missing/],
      [['devour', 'm.onnx'], /no command "devour"\. The commands are: inspect, methods, run, compare, /],
      [['run', 'linear-cka', ...pair, '--sead', '1'], /sextant run has no flag --sead/],
      [['inspect', A, '--seed', '1'], /sextant inspect has no flag --seed/],
      [['run', 'cka', ...pair], /no method "cka"\. Methods of such a name are: linear-cka, [^.]*laplace-cka\./],
      [['run', 'linear-cka', pair[0] as string], /takes two representations; 1 was given/],
      [['run', 'linear-cka', A, B], /holds 8 tensors/],
      [['run', 'mutual-knn', ...pair, '--set', 'neighbours=many'], /"neighbours" cannot be "many"; it takes a whole/],
      [['run', 'mutual-knn', ...pair, '--set', 'k=3'], /no parameter "k".*neighbours, metric/],
      [['run', 'linear-cka', ...pair, '--set', 'x'], /takes name=value/],
      [['run', 'linear-cka', ...pair, '--rows', '5'], /--rows cannot be "5"/],
      [
        ['run', 'linear-cka', ...pair, '--rows', '50:'],
        /--rows cannot be "50:"; it takes the first row and the one after/,
      ],
      [
        ['run', 'linear-cka', ...pair, '--rows', ':10'],
        /--rows cannot be ":10"; it takes the first row and the one after/,
      ],
      [
        ['run', 'linear-cka', ...pair, '--seed', '-1'],
        /--seed needs a value, as --seed=VALUE where that begins with a dash\./,
      ],
      [['run', 'linear-cka', ...pair, '--json=1'], /--json takes no value/],
      [
        ['compare', ...pair, '--measure', ''],
        /--measure is empty\. Give it a value, or leave it out\. See sextant compare/,
      ],
      [['run', 'linear-cka', A, ''], /An argument is empty\./],
      [['run', 'linear-cka', ...pair, '--memory', 'lots'], /--memory cannot be "lots"/],
      [['run', 'linear-cka', ...pair, '--out', 'x.pdf'], /has to end in one of \.json, \.csv, /],
      [['compare', ...pair, '--against', A, '--out', 'x.sextant'], /Leave --against out/],
      [['compare', ...pair, '--out', 'x.anchors.json'], /anchors are those of one method/],
      [
        ['embed', 'text-tfidf-svd', 'x.txt', '--out', 'x.json'],
        /one of \.npy, \.npz, \.safetensors, \.csv, \.parquet\./,
      ],
      [
        ['run', 'text-tfidf-svd', 'x.txt', '--sample', '9'],
        /raw data, no representation: leave out a sample of the rows\./,
      ],
      [['methods', 'linear-cka'], /methods takes no arguments, and was given "linear-cka"/],
      [['self-test', 'linear-cka'], /self-test takes no arguments/],
      [['compare', ...pair, '--set', 'sigma=1'], /Parameters belong to one measure/],
    ]);
  });

  test('input that cannot be read, or does not fit', async () => {
    const folder = temporaryFolder();
    writeMatrix(folder, 'five.npy', [[1], [2], [3], [4], [5]]);
    writeMatrix(folder, 'four.npy', [[1], [2], [3], [4]]);
    writeFileSync(join(folder, 'empty.npy'), '');
    writeFileSync(join(folder, 'table.csv'), 'a,text\n1,x\n2,y\n3,z\n');
    mkdirSync(join(folder, 'folder'));
    const [first, second] = pair.map((input) => join(root, 'media/samples', input));
    await refused(
      [
        [['inspect', 'none.npy'], /none\.npy: there is no such file/],
        [['inspect', 'folder'], /folder/],
        [['run', 'linear-cka', 'empty.npy', 'four.npy'], /empty\.npy/],
        [['run', 'linear-cka', 'five.npy', 'four.npy'], /five\.npy has 5 rows and four\.npy has 4\./],
        [
          ['run', 'linear-cka', first as string, second as string, '--memory', '1K'],
          /inputs need 230 kB .* bound is 1\.00 kB.*blocks of rows/,
        ],
        [
          ['run', 'overview', 'four.npy', '--out', 'none/out.json'],
          /none\/out\.json cannot be written: there is no folder none/,
        ],
        [
          ['run', 'overview', 'table.csv', '--out', './table.csv'],
          /--out is one of the inputs, which it would take the place of: \.\/table\.csv\. Choose another name\./,
        ],
        [['embed', 'text-tfidf-svd', 'table.csv', '--out', 'table.csv'], /--out is one of the inputs/],
      ],
      folder,
    );
  });

  test('inputs larger than --memory are read in blocks of rows, with the same result', async () => {
    const files = ['a.npy', 'b.npy'];
    const folder = temporaryFolder();
    for (const [f, name] of files.entries()) {
      const rows = Array.from({ length: 4000 }, (_, i) => [i % 7, (i * i + f) % 11, Math.sin(i + f)]);
      writeMatrix(folder, name, rows);
    }
    const whole = await sextant.run(['run', 'linear-cka', ...files, '--json'], folder);
    const blocks = await sextant.run(['run', 'linear-cka', ...files, '--json', '--memory', '150K'], folder);
    const [found, wanted] = [blocks, whole].map(({ stdout }) => JSON.parse(stdout));
    expect(found.steps.join()).toMatch(/read in blocks of \d+ rows/);
    expect(wanted.steps.join()).not.toMatch(/blocks/);
    expect(found.values.cka).toBeCloseTo(wanted.values.cka, 12);
    expect(found.chance.cka.sd).toBeCloseTo(wanted.chance.cka.sd, 12);
  });

  test('an error is a line on standard error and exit code 2; a stack is shown only with --debug', async () => {
    for (const line of [['inspect', 'none.npy'], ['devour']]) {
      const { code, stdout, stderr } = await sextant.start(line).ended;
      expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
      expect(stderr).toMatch(/^sextant: [^\n]*(none\.npy|"devour")[^\n]*\n$/);
    }
    const { stderr } = await sextant.start(['inspect', 'none.npy', '--debug']).ended;
    expect(stderr).toMatch(/^sextant: [^\n]*none\.npy[^\n]*\nUserError: [^\n]*\n +at /);
  });
});

describe('streams', () => {
  test('warnings go to standard error, and nowhere with --quiet', async () => {
    const folder = temporaryFolder();
    const rows = Array.from({ length: 9 }, (_, i) => [i === 4 ? Number.NaN : i, i * i]);
    for (const name of ['a.npy', 'b.npy']) writeMatrix(folder, name, rows);
    const loud = await sextant.run(['run', 'linear-cka', 'a.npy', 'b.npy', '--json'], folder);
    expect(loud.stderr).toMatch(/^sextant: warning: row 4 \(1 of 9\) left out: not finite in a\.npy\.\n/);
    expect((JSON.parse(loud.stdout) as Result).warnings[0]).toBe('row 4 (1 of 9) left out: not finite in a.npy.');
    const quiet = await sextant.run(['run', 'linear-cka', 'a.npy', 'b.npy', '--json', '--quiet'], folder);
    expect(quiet.stderr).toBe('');
  });

  test('a name of a file steers no terminal, and stays on its line', async () => {
    const folder = temporaryFolder();
    const names = ['a\u001b[2J.npy', 'b\nc.npy'];
    for (const name of names) writeMatrix(folder, name, [[1], [2], [4], [8]]);
    for (const command of [
      ['run', 'linear-cka'],
      ['compare', '--measure', 'linear-cka'],
    ]) {
      const { stdout } = await sextant.run([...command, ...names, '--quiet'], folder);
      expect(stdout).toMatch(/^a \[2J × b c, 4 rows/m);
    }
  });

  test('a reader that goes away is no failure', async () => {
    const { child, ended } = sextant.start(['methods', '--json']);
    child.stdout?.destroy();
    expect(await ended).toMatchObject({ code: 0, stderr: '' });
    const deaf = sextant.start(['inspect', 'none.npy']);
    deaf.child.stderr?.destroy();
    expect(await deaf.ended).toMatchObject({ code: 2 });
  });

  test('a full disk behind standard output is a line on standard error', async () => {
    const full = openSync('/dev/full', 'w');
    const { code, stderr } = await sextant.start(['methods', '--json'], root, 'ignore', '', full).ended;
    closeSync(full);
    expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringMatching(/^sextant: [^\n]*ENOSPC[^\n]*\n$/) });
  });

  test('help and version', async () => {
    expect(await sextant.start(['--version']).ended).toMatchObject({ code: 0, stdout: '0.0.0-dev\n', stderr: '' });
    const some = ['inspect', 'methods', 'run', 'compare'];
    const pages = [['--help'], ['run', 'mutual-knn', '--help'], ...some.map((command) => [command, '--help'])];
    const found = [];
    for (const page of pages) found.push((await sextant.run(page)).stdout);
    const [own, method, ...others] = found;
    expect(own).toMatch(/sextant compare INPUT INPUT/);
    expect(method).toMatch(/^sextant run mutual-knn INPUT INPUT/);
    expect(method).toMatch(/metric +one of cosine, euclidean, inner +default "cosine"/);
    expect(others.map((page) => page?.split('\n')[0])).toEqual(
      some.map((command) => expect.stringContaining(`sextant ${command}`)),
    );
  });

  test('where tables are written, the page says what becomes of formulas', () => {
    for (const command of ['run', 'compare', 'study', 'embed'] as const)
      expect(helpPage(command), command).toContain("(=1+1) has a ' before it");
  });

  test('the page of a command names what it takes, and nothing else', () => {
    for (const [command, taken] of Object.entries(commands)) {
      const named = helpPage(command as Command).match(/(?<![\w-])--[a-z][a-z-]*/g) ?? [];
      const always = ['--help', '--debug'];
      const own = [...new Set(named)].filter((flag) => !always.includes(flag));
      expect(own.sort(), command).toEqual(taken.map((flag) => `--${flag}`).sort());
    }
  });
});
