import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { run } from '../../src/engine/run';
import { catalogue } from '../../src/methods/catalogue';
import type { RunRequest } from '../../src/protocol/result';
import { type CommandLine, commandLine } from './cli-process';
import { temporaryFolder } from './engine-files';

const folder = temporaryFolder();
const texts = ['red fish', 'blue fish', 'red bird', 'blue bird sings', '', 'a red fish'];
writeFileSync(join(folder, 'texts.csv'), `id,text,other\n${texts.map((text, i) => `${i},${text},x${i}`).join('\n')}\n`);
writeFileSync(join(folder, 'kinds.csv'), 'kind\nf\nf\nb\nb\nn\nf\n');
writeFileSync(join(folder, 'lines.txt'), 'one two\n\nthree two\nfour\n');
writeFileSync(join(folder, 'edges.csv'), 'from,to,weight\nb,a,1\nc,b,2\na,b,1\nd,d,3\n');
writeFileSync(join(folder, 'negative.csv'), 'from,to,weight\nb,a,1\nc,b,-2\n');
writeFileSync(join(folder, 'alone.csv'), 'from,to\na,a\n');
writeFileSync(join(folder, 'missing.csv'), 'from,to\nb,a\nc,\n');

const desk = { signal: new AbortController().signal, progress: () => {} };
const embed = (method: string, path: string, request: Partial<RunRequest> = {}) =>
  run(
    { kind: 'run', request: { method, inputs: [{ path }], ...request }, base: folder, memory: 1e9, threads: 0 },
    catalogue,
    desk,
  );

describe('raw data through the engine', () => {
  test('texts of a column become rows, in their order, with their labels', async () => {
    const labels = { path: 'kinds.csv', column: 'kind' };
    const { result, representations } = await embed('text-tfidf-svd', 'texts.csv', {
      labels,
      parameters: { dimensions: 3 },
    });
    expect(result.inputs).toMatchObject([
      { path: 'texts.csv', tensor: 'text', shape: [6], dtype: 'text', used: [6, 1] },
    ]);
    expect(result.steps[0]).toBe("texts of column 'text'");
    expect(result.steps[1]).toBe('1 empty text kept');
    expect(result.warnings).toEqual(['1 of 6 texts without a letter or digit: rows of zeros.']);
    const { matrix } = representations[0] as (typeof representations)[number];
    expect([matrix.rows, matrix.columns]).toEqual([6, 3]);
    expect([...matrix.data.slice(12, 15)]).toEqual([0, 0, 0]);
    expect(result.figures[0]).toMatchObject({ names: expect.arrayContaining(['red fish']), labels: { name: 'kind' } });
  });

  test('lines of a text file are rows; blank ones are left out, and labels follow', async () => {
    writeFileSync(join(folder, 'four.csv'), 'kind\na\nz\nb\na\n');
    const { result } = await embed('text-tfidf-svd', 'lines.txt', { labels: { path: 'four.csv' } });
    expect(result.values.texts).toBe(3);
    expect(result.figures[0]).toMatchObject({ rows: [0, 2, 3], labels: { index: [0, 1, 0] } });
    const wrong = embed('text-tfidf-svd', 'lines.txt', { labels: { path: 'kinds.csv' } });
    await expect(wrong).rejects.toThrow('kinds.csv has 6 labels; lines.txt makes 3 rows');
  });

  test('edges become nodes in counting order', async () => {
    const { result, representations } = await embed('graph-fastrp', 'edges.csv', { parameters: { dimensions: 4 } });
    expect(result.values).toEqual({ nodes: 4, edges: 3, isolated: 0 });
    expect(result.tables.nodes?.rows).toEqual([
      [0, 'a'],
      [1, 'b'],
      [2, 'c'],
      [3, 'd'],
    ]);
    expect(result.steps).toContain('1 edge between nodes that have one already: weights added');
    expect(result.steps).toContain('1 edge from a node to itself');
    expect(representations[0]?.matrix.rows).toBe(4);
  });

  test.each([
    [false, 2],
    [true, 3],
  ])('pairs of nodes are counted by edges of weight above 0; directed: %s', async (directed, edges) => {
    writeFileSync(join(folder, 'weightless.csv'), 'from,to,weight\na,b,0\nb,c,1\nc,b,1\nc,d,2\nd,e,0\n');
    const { result } = await embed('graph-fastrp', 'weightless.csv', { parameters: { dimensions: 4, directed } });
    expect(result.values).toMatchObject({ nodes: 5, edges });
  });

  test.each([
    ['graph-fastrp', 'negative.csv', /weight of row 1 is -2/],
    ['graph-fastrp', 'alone.csv', /^There is 1 node; two or more are needed/],
    ['graph-fastrp', 'missing.csv', /row 1 has no to/],
    ['graph-fastrp', 'texts.csv', /ends of an edge cannot be told/],
    ['graph-fastrp', 'lines.txt', /./],
    ['text-tfidf-svd', 'edges.csv#none', /./],
    ['text-tfidf-svd', 'no-such.csv', /no such file/],
  ])('%s of %s is refused in words', async (method, path, words) => {
    await expect(embed(method, path)).rejects.toThrow(words);
    await expect(embed(method, path)).rejects.toHaveProperty('name', 'UserError');
  });

  test('what means nothing for raw data is refused', async () => {
    await expect(embed('text-tfidf-svd', 'texts.csv', { sample: 3 })).rejects.toThrow(/a sample of the rows/);
    const two = { inputs: [{ path: 'texts.csv' }, { path: 'texts.csv' }] };
    await expect(embed('text-tfidf-svd', 'texts.csv', two)).rejects.toThrow(/takes one source of data; 2 were given/);
  });
});

describe('sextant embed', () => {
  let cli: CommandLine;
  beforeAll(async () => {
    cli = await commandLine('cli-embed');
  });

  test('writes a representation that can be compared', async () => {
    const made = await cli.run(['embed', 'text-tfidf-svd', 'texts.csv#text', '--out', 'made.npy', '--json'], folder);
    expect(made.stderr).toMatch(/^sextant: warning: /);
    expect(made.code).toBe(0);
    expect(JSON.parse(made.stdout)).toMatchObject({ method: 'text-tfidf-svd', seed: 0, inputs: [{ tensor: 'text' }] });
    const overview = await cli.run(['run', 'overview', 'made.npy', '--json'], folder);
    expect(JSON.parse(overview.stdout).inputs[0].shape[0]).toBe(6);
  });

  test('reads a folder of images in every format, and says what was done to them', async () => {
    const images = join(import.meta.dirname, '../fidelity/fixtures/images');
    const { stdout, code } = await cli.run(
      ['embed', 'image-pixels-pca', images, '--out', 'images.npy', '--json'],
      folder,
    );
    expect(code).toBe(0);
    const result = JSON.parse(stdout);
    expect(result.inputs[0]).toMatchObject({
      dtype: 'image',
      used: [17, 768],
      preprocessing: [{ op: 'channels' }, { op: 'resize' }, {}],
    });
    expect(result.inputs[0].sha256).toMatch(/^[0-9a-f]{64}$/);
    // Of 17 files 8 hold different pixels: the others are the same picture in another format.
    expect(result.warnings).toEqual(['The images span 7 dimensions; 64 were asked for.']);
    expect(result.steps).toContain('resized to 16 x 16 (box, antialiased)');
  });

  test.each([
    [['embed'], /needs a source\. The sources are: text-tfidf-svd/],
    [['embed', 'linear-cka', 'texts.csv', '--out', 'x.npy'], /no source "linear-cka"/],
    [['embed', 'text-tfidf-svd', '--out', 'x.npy'], /needs a file/],
    [['embed', 'text-tfidf-svd', 'texts.csv'], /say where/],
    [['embed', 'text-tfidf-svd', 'texts.csv', '--out', 'x.json'], /has to end in one of \.npy/],
  ])('%j is refused in words', async (args, words) => {
    const { code, stderr } = await cli.run(args, folder);
    expect(stderr).toMatch(words);
    expect(code).toBe(2);
  });
});
