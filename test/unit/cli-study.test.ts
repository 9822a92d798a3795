import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { describeMethod } from '../../src/engine/describe';
import { catalogue } from '../../src/methods/catalogue';
import { parseAnalysis } from '../../src/protocol/document';
import type { Study, StudyRequest } from '../../src/protocol/study';
import { studiesAs, studyJob } from '../../webview/jobs';
import reference from '../fidelity/reference/study.json';
import { type CommandLine, commandLine } from './cli-process';
import { temporaryFolder, writeMatrix } from './engine-files';

const networks = ['digits/digits-cnn-seed0-activations.npz', 'digits/digits-cnn-seed1-activations.npz'];
let sextant: CommandLine;
let folder: string;
beforeAll(async () => {
  sextant = await commandLine('cli-study');
  // Two kinds of runs: each kind has a plane of its own, and runs differ from it by a little of a third direction.
  folder = temporaryFolder();
  const row = (i: number, kind: number, run: number) =>
    [0, 1].map((unit) => Math.sin((i + 1) * (1 + unit + 3 * kind)) + 0.05 * run * Math.cos((i + 1) * (7 + unit)));
  mkdirSync(join(folder, 'runs'));
  for (const [kind, name] of ['plain', 'deep'].entries())
    for (const run of [1, 2, 3]) {
      const rows = Array.from({ length: 40 }, (_, i) => row(i, kind, run));
      writeMatrix(join(folder, 'runs'), `${name}-${run}.npy`, rows);
    }
  const table = ['plain-1', 'plain-2', 'plain-3', 'deep-1', 'deep-2', 'deep-3'];
  const lines = table.map((name, i) => `${name}.npy,${name.slice(0, 4)},${(i < 3 ? 0.9 : 0.7) + i / 1000}`);
  writeFileSync(join(folder, 'table.csv'), `run,kind,accuracy\n${lines.join('\n')}\n`);
  writeFileSync(
    join(folder, 'short.csv'),
    `run,kind\n${lines
      .slice(1)
      .join('\n')
      .replaceAll(/,[\d.]+$/gm, '')}\n`,
  );
  writeFileSync(join(folder, 'flat.csv'), `run,accuracy\n${table.map((name) => `${name},0.5`).join('\n')}\n`);
});

async function json(args: readonly string[], where?: string): Promise<Study> {
  const { code, stdout, stderr } = await sextant.run(['study', ...args, '--json'], where);
  expect({ code, stderr }).toEqual({ code: 0, stderr: expect.stringMatching(/^(sextant: warning: .*\n)*$/) });
  return JSON.parse(stdout) as Study;
}

async function refused(args: readonly string[], message: RegExp): Promise<void> {
  const { code, stdout, stderr } = await sextant.run(['study', ...args], folder);
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  expect(stderr).toMatch(/^sextant: [^\n]+\n$/);
  expect(stderr).toMatch(message);
}

const section = ({ sections }: Study, id: string) => sections.find((one) => one.id === id);

test('two networks: their layers are runs of one file each, and numbers are those of NumPy', async () => {
  const study = await json(networks);
  expect(study.runs.map(({ name, layers }) => [name, layers.length])).toEqual([
    ['seed0', 8],
    ['seed1', 8],
  ]);
  expect(section(study, 'identification')?.values.right).toBe(reference.identification.right);
  const kept = section(study, 'maps')?.values['layers-kept'];
  expect(kept).toBeCloseTo(reference['maps of arccos cka'].kept, 9);
  expect(section(study, 'groups')?.missing).toContain('No groups were given');
  expect(await json(networks).then(({ sections }) => sections)).toEqual(study.sections);
});

describe('a folder of runs', () => {
  test('groups by a table or by the names, and a score, tell the kinds apart', async () => {
    const study = await json(['runs', '--groups', 'table.csv#kind', '--scores', 'table.csv#accuracy'], folder);
    expect(study.runs.map(({ group }) => group)).toEqual(['deep', 'deep', 'deep', 'plai', 'plai', 'plai']);
    expect(section(study, 'groups')?.values).toEqual({ auprc: 1, 'violation-rate': 0 });
    expect(section(study, 'groups')?.chance.auprc?.p).toBeCloseTo(0.1, 12);
    expect(section(study, 'scores')?.values.spearman).toBeGreaterThan(0.5);
    expect(section(study, 'identification')?.missing).toContain('Every run has one layer');
    const named = await json(['runs', '--group-by', '^[a-z]+', '--measure', 'procrustes'], folder);
    expect(named.runs.map(({ group }) => group)).toEqual(['deep', 'deep', 'deep', 'plain', 'plain', 'plain']);
    expect(section(named, 'groups')?.values.auprc).toBe(1);
    expect(section(named, 'noise-ceiling')?.missing).toContain('A noise ceiling needs');
  });

  test('runs in folders of their own are told apart by these; what names several is the row of none', async () => {
    const nested = join(folder, 'nested');
    const files = ['one', 'two'].map((name, i) => {
      mkdirSync(join(nested, name), { recursive: true });
      writeMatrix(join(nested, name), 'acts.npy', [[1], [i], [5]]);
      return `nested/${name}/acts.npy`;
    });
    const table = (...rows: string[]) => writeFileSync(join(folder, 'nested.csv'), `run,kind\n${rows.join('\n')}\n`);
    const ask = [...files, '--groups', 'nested.csv#kind'];
    const rows = [
      ['one/acts.npy,p', 'two/acts,q'],
      ['nested/one/acts.npy,p', `${nested}/two/acts.npy,q`],
    ];
    for (const two of rows) {
      table(...two);
      expect((await json(ask, folder)).runs.map(({ group }) => group)).toEqual(['p', 'q']);
    }
    table('acts.npy,p');
    await refused(
      ask,
      /no row for the run one\/acts\.npy \(neither "one\/acts\.npy" nor "one\/acts"\); it has acts\.npy\./,
    );
  });

  test('names of digits are found, and a column of that name before any other', async () => {
    const counted = join(folder, 'counted');
    mkdirSync(counted);
    for (const k of [0, 7]) writeMatrix(counted, `00${k}.npy`, [[1], [k], [5]]);
    const table = join(folder, 'counted.csv');
    for (const text of ['run,kind\n000,p\n007,q\n', 'model,run,kind\nresnet,000.npy,p\nresnet,007.npy,q\n']) {
      writeFileSync(table, text);
      const { runs } = await json(['counted', '--groups', 'counted.csv#kind'], folder);
      expect(runs.map(({ group }) => group)).toEqual(['p', 'q']);
    }
  });

  test('labels of the rows that lie beside the runs are none of them, nor are tables of groups and scores', async () => {
    const halves = Array.from({ length: 40 }, (_, i) => [i % 2]);
    const labels = writeMatrix(join(folder, 'runs'), 'labels.npy', halves);
    const study = await json(['runs', '--labels', labels], folder);
    rmSync(labels);
    expect(study.runs.map(({ name }) => name)).toEqual(['deep-1', 'deep-2', 'deep-3', 'plain-1', 'plain-2', 'plain-3']);
    const tables = join(folder, 'tables');
    mkdirSync(tables);
    for (const name of ['a', 'b']) writeFileSync(join(tables, `${name}.csv`), 'x,y\n1,2\n2,1\n4,9\n');
    writeFileSync(join(tables, 'about.csv'), 'run,kind,score\na,p,1\nb,q,2\n');
    for (const asked of ['--groups=about.csv#kind', '--scores=about.csv#score'])
      expect((await json(['.', asked], tables)).runs).toHaveLength(2);
  });

  test('both directions are averaged only where they may differ', async () => {
    const stepsOf = async (id: string) => (await json(['runs', '--measure', id], folder)).steps;
    expect(await stepsOf('cycle-knn')).toContain('both directions averaged');
    expect(await stepsOf('riemannian-distance')).not.toContain('both directions averaged');
  });

  test('the page, the tables and the figures', async () => {
    const page = await sextant.run(['study', 'runs', '--group-by', '^[a-z]+', '--out', 'out.csv'], folder);
    expect(page.code).toBe(0);
    expect(page.stdout).toMatch(/6 runs, 6 layers in all, by linear-cka; 40 rows, seed 0/);
    expect(page.stdout).toMatch(/AUPRC +1 +0\.\d+ +0\.1000/);
    expect(readFileSync(join(folder, 'out.csv'), 'utf8')).toMatch(/^question,key,value,chance,p\r\ngroups,auprc,1,/m);
    expect(existsSync(join(folder, 'out-maps-runs-order.csv'))).toBe(true);
    await sextant.run(['study', 'runs', '--out', 'map.svg'], folder);
    const drawn = readdirSync(folder).filter((name) => name.endsWith('.svg'));
    expect(drawn).toEqual(expect.arrayContaining(['map-map-of-runs.svg', 'map-tree-of-runs.svg']));
    expect(readFileSync(join(folder, 'map-tree-of-runs.svg'), 'utf8')).toContain('>deep-1</text>');
  });
});

test('an analysis of the runs opens with what was asked, and is what the editor asks for', async () => {
  mkdirSync(join(folder, 'kept'), { recursive: true });
  const asked = [
    'runs',
    '--measure',
    'procrustes',
    '--groups',
    'table.csv#kind',
    '--permutations',
    '50',
    '--seed',
    '3',
  ];
  const study = await json([...asked, '--out', 'kept/runs.sextant'], folder);
  const opened = parseAnalysis(readFileSync(join(folder, 'kept/runs.sextant'), 'utf8'), 'runs.sextant');
  const methods = catalogue.map(describeMethod);
  const known = new Map(methods.map((method) => [method.id, method]));
  const job = studyJob(opened.request, known);
  expect(job?.request).toMatchObject({ measure: 'procrustes', seed: 3, permutations: 50 });
  expect(opened.request.inputs.map(({ path }) => path)).toContain('../runs/deep-1.npy');
  expect(opened.studies?.[0]?.sections.map(({ values }) => values)).toEqual(study.sections.map(({ values }) => values));
  expect(studiesAs(opened.studies?.[0] as Study, job?.request as StudyRequest, known)).toBe(true);
});

test('the page says what was done, and by which parameters', async () => {
  const { stdout } = await sextant.run(['study', 'runs', '--measure', 'cycle-knn', '--set', 'neighbours=4'], folder);
  expect(stdout).toMatch(/\nDone: .*both directions averaged\.\nParameters: neighbours=4 metric=\w+\n/);
});

describe('what cannot be is said', () => {
  test('of groups and scores', async () => {
    await refused(['runs', '--groups', 'short.csv#kind'], /short\.csv has no row for the run plain-1\.npy/);
    await refused(['runs', '--groups', 'table.csv'], /2 columns besides "run". Say which one, as table\.csv#column/);
    await refused(['runs', '--scores', 'table.csv#kind'], /kind is no number for the run deep-1/);
    await refused(['runs', '--group-by', '('], /no regular expression/);
    await refused(['runs', '--group-by', '^plain'], /finds no group in deep-1\.npy/);
    await refused(['runs', '--group-by', 'x', '--groups', 'table.csv#kind'], /two ways to the groups/);
    const { stdout } = await sextant.run(['study', 'runs', '--group-by', '\\.npy', '--scores', 'flat.csv'], folder);
    expect(stdout).toContain('All 6 runs are in one group, .npy');
    expect(stdout).toContain('accuracy is 0.5 for every run, so nothing can go with it');
  });

  test('of inputs and flags', async () => {
    await refused([], /study needs runs/);
    const labelled = ['runs', '--measure', 'collapse', '--labels', 'kinds.npy'];
    writeMatrix(
      folder,
      'kinds.npy',
      Array.from({ length: 40 }, (_, i) => [i % 2]),
    );
    await refused(labelled, /says which side has more of something, not how alike/);
    await refused(['runs', '--measure', 'all'], /by one measure/);
    await refused(['runs', '--permutations', '0'], /--permutations takes the number of random reorderings, 1 or more/);
    await refused(['runs/deep-1.npy', 'runs/deep-2.npy', '--out', 'x.sextant'], /three layers or more/);
    await refused(['runs/deep-1.npy', 'runs/deep-1.npy'], /deep-1\.npy is given twice/);
    await refused(['runs/deep-1.npy', './runs/../runs/deep-1.npy'], /deep-1\.npy is given twice/);
    await refused(['.', '--measure', 'linear-cka', '--within'], /no flag --within/);
    mkdirSync(join(folder, 'empty'), { recursive: true });
    await refused(['empty'], /empty holds no data file/);
  });
});
