import { closeSync, existsSync, openSync, readdirSync, readFileSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { parseInput } from '../../src/data/input';
import { encodeNpy } from '../../src/data/npy-writer';
import type { PlacedSpec } from '../../src/data/stored';
import { extract } from '../../src/engine/extract';
import { withLayers } from '../../src/engine/place';
import { run } from '../../src/engine/run';
import { Matrix } from '../../src/linalg/matrix';
import { encodeModel } from '../../src/linalg/onnx';
import { describeModel } from '../../src/models/describe';
import { runLayers } from '../../src/models/run';
import { Cancelled } from '../../src/protocol/errors';
import type { ExtractRequest, LayerReduction } from '../../src/protocol/result';
import { read, refusal, scratch } from './data-files';
import { testCatalogue } from './engine-methods';
import { externalModel, smallModel, tokenModel } from './models-files';

const { folder, write } = scratch();
const signal = new AbortController().signal;
const desk = { signal, progress: () => {} };
const around = { base: folder, memory: 1e9, threads: 1 };

const matrix = (name: string, rows: readonly (readonly number[])[]) => write(name, encodeNpy(Matrix.of(rows)));
const small = write('small.onnx', smallModel());
const data = matrix('x.npy', [
  [-1, 2, 3, 0],
  [4, -5, 6, 1],
  [0, 0, 0, -2],
]);

async function made(request: Partial<ExtractRequest>, more = {}) {
  const draft = join(folder, 'out.safetensors');
  const whole: ExtractRequest = { path: small, data: [{ path: data }], out: draft, ...request };
  return extract({ kind: 'extract', request: whole, draft, ...around, ...more }, desk);
}
const values = async (layer: string) => [...(await read(join(folder, 'out.safetensors'), layer)).data];

test('layers are what the model computes, in batches of any size, with where they come from', async () => {
  const [relu, squared] = [
    [0, 2, 3, 0, 4, 0, 6, 1, 0, 0, 0, 0],
    [0, 4, 9, 0, 16, 0, 36, 1, 0, 0, 0, 0],
  ];
  for (const batch of [1, 2, 3, 100]) {
    const { rows, layers } = await made({ layers: ['block*', 'squared', 'total'], batch });
    expect(rows).toBe(3);
    expect(layers.map(({ name, units }) => [name, units])).toEqual([
      ['block/act/out', 4],
      ['squared', 4],
      ['total', 1],
    ]);
    expect(await values('block/act/out')).toEqual(relu);
    expect(await values('squared')).toEqual(squared);
    expect(await values('total')).toEqual([13, 53, 0]);
  }
  const header = readFileSync(join(folder, 'out.safetensors')).toString('latin1', 8, 600);
  expect(header).toMatch(/"model\.sha256":"[0-9a-f]{64}"/);
  expect(header).toMatch(/"data\.sha256":"[0-9a-f]{64}"/);
  expect(readFileSync(small)).toEqual(Buffer.from(smallModel()));
});

test('a model that takes two rows at once is given the last one again, which is left out', async () => {
  const path = write('two.onnx', smallModel(0, 2));
  const { rows } = await made({ path, layers: ['total'] });
  expect(rows).toBe(3);
  expect(await values('total')).toEqual([13, 53, 0]);
});

test('a layer without a row for each sample is left out with a warning, or refused where it was named', async () => {
  const { warnings, layers } = await made({});
  expect(layers.map(({ name }) => name)).toEqual(['block/act/out', 'squared', 'total']);
  expect(warnings).toEqual([expect.stringMatching(/^turned left out: the shape is 4 x 3 for 3 rows of data/)]);
  expect(await refusal(made({ layers: ['turned'] }))).toMatch(/layer 'turned' is no representation/);
});

const ids = matrix('ids.npy', [
  [1, 2, 3],
  [4, 5, 6],
]);
const mask = matrix('mask.npy', [
  [1, 1, 0],
  [0, 1, 1],
]);
const tokens = write('tokens.onnx', tokenModel());
const named = [
  { input: 'input_ids', path: ids },
  { input: 'attention_mask', path: mask },
];

test('several inputs by name, whole numbers from float64; a file without a name says which there are', async () => {
  await made({ path: tokens, data: named, layers: ['pair'] });
  expect(await values('pair')).toEqual([1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6]);
  expect(await refusal(made({ path: tokens, data: [{ path: ids }] }))).toMatch(
    /takes 2 inputs \(input_ids, attention_mask\)\. Say which one ids\.npy is for/,
  );
  expect(await refusal(made({ path: tokens, data: named.slice(0, 1) }))).toMatch(/also takes attention_mask/);
  expect(await refusal(made({ path: tokens, data: [...named, { input: 'ids', path: ids }] }))).toMatch(
    /no input 'ids'/,
  );
  const half = matrix('half.npy', [
    [1, 2.5, 3],
    [4, 5, 6],
  ]);
  expect(await refusal(made({ path: tokens, data: [{ input: 'input_ids', path: half }, ...named.slice(1)] }))).toMatch(
    /half\.npy: row 0 does not fit the input 'input_ids' of tokens\.onnx: 2\.5 is none of int64, which are whole numbers/,
  );
  const wide = matrix('wide.npy', [
    [1, 1, 1, 1],
    [1, 1, 1, 1],
  ]);
  expect(
    await refusal(made({ path: tokens, data: [...named.slice(0, 1), { input: 'attention_mask', path: wide }] })),
  ).toMatch(/expected batch x tokens, found 2 x 4/);
});

test.each<[LayerReduction, readonly number[]]>([
  ['mean', [1, 2, 3, 4]],
  ['flatten', [1, 2, 3, 4]],
])('shapes of two axes stay as they are (%s)', async (reduce) => {
  await made({ layers: ['squared'], reduce });
  expect(await values('squared')).toEqual([0, 4, 9, 0, 16, 0, 36, 1, 0, 0, 0, 0]);
});

test('what does not fit is refused with what was expected and what was found', async () => {
  const wide = matrix('five.npy', [[1, 2, 3, 4, 5]]);
  expect(await refusal(made({ data: [{ path: wide }] }))).toBe(
    "five.npy does not fit the input 'x' of small.onnx: expected rows x 4, found 1 x 5. Save the data with these axes, a row for each sample first.",
  );
  expect(await refusal(made({ layers: ['blok/act/out'] }))).toMatch(
    /no layer 'blok\/act\/out'; the nearest are block\/act\/out/,
  );
  expect(await refusal(made({ path: write('no.onnx', Buffer.from('no model')) }))).toMatch(
    /no\.onnx: this is no ONNX model/,
  );
  expect(await refusal(made({ path: write('ext.onnx', externalModel('w.bin')) }))).toMatch(
    /weights are in w\.bin, which is not beside it/,
  );
  expect(await refusal(made({ path: write('out.onnx', externalModel('../w.bin')) }))).toMatch(/outside its own folder/);
  expect(await refusal(made({}, { trusted: false }))).toMatch(/is not run: this workspace is not trusted/);
  expect(await refusal(made({ layers: ['squared'], reduce: 'first', path: tokens, data: named }))).toMatch(
    /no layer 'squared'/,
  );
  const unknown = Buffer.from(smallModel());
  unknown.write('Rexu', unknown.indexOf('Relu'));
  expect(await refusal(made({ path: write('op.onnx', unknown) }))).toMatch(/onnxruntime refuses this model: .*Rexu/);
});

test('models of every opset from 7 on are inspected and run', async () => {
  for (let opset = 7; opset <= 23; opset++) {
    // The axes of a mean are an attribute before opset 18, and an input since.
    const [inputs, attributes] = opset < 18 ? [['product'], { axes: [2] }] : [['product', 'last'], {}];
    const bytes = encodeModel({
      nodes: [
        { op: 'Relu', inputs: ['x'], outputs: ['relu'] },
        { op: 'Transpose', inputs: ['relu'], outputs: ['turned'], attributes: { perm: [0, 2, 1] } },
        { op: 'MatMul', inputs: ['relu', 'turned'], outputs: ['product'] },
        { op: 'ReduceMean', inputs, outputs: ['mean'], attributes: { keepdims: 0, ...attributes } },
      ],
      inputs: [{ name: 'x', element: 'float32', shape: ['rows', 2, 2] }],
      outputs: [{ name: 'mean', element: 'float32' }],
      integers: { last: [2] },
    });
    // The last byte is the version of the operators.
    bytes[bytes.length - 1] = opset;
    const path = write('opset.onnx', bytes);
    const { model } = await describeModel(path);
    expect(model?.opsets).toEqual([{ domain: '', version: opset }]);
    expect(model?.layers.at(-1)).toMatchObject({ name: 'mean', shape: ['rows', 2], role: 'output' });
    await made({ path, layers: ['turned', 'mean'] });
    expect((await values('turned')).slice(0, 4)).toEqual([0, 3, 2, 0]);
    expect(await values('mean')).toEqual([2, 4.5, 20, 30.5, 0, 0]);
  }
});

test('weights beside the model are found', async () => {
  const path = write('beside.onnx', externalModel('beside.bin'));
  writeFileSync(join(folder, 'beside.bin'), Buffer.from(Float32Array.of(1, 2, 3, 4).buffer));
  await made({ path, layers: ['y'] });
  expect(await values('y')).toEqual([0, 4, 6, 4, 5, -3, 9, 5, 1, 2, 3, 2]);
});

test('weights beside the model may lie beyond 4 GB', async () => {
  const far = 5e9;
  const weights = openSync(join(folder, 'far.bin'), 'w');
  // Nothing is stored for what is not written.
  writeSync(weights, Float32Array.of(1, 2, 3, 4), 0, 16, far);
  closeSync(weights);
  const path = write('far.onnx', externalModel('far.bin', far));
  const rows: number[] = [];
  const sink = {
    begin: async () => {},
    put: async (_: number, block: ArrayLike<number>) => void rows.push(...Array.from(block)),
  };
  await runLayers({ path, layers: ['y'], data: [{ path: data }] }, sink, { ...around, ...desk });
  expect(rows).toEqual([0, 4, 6, 4, 5, -3, 9, 5, 1, 2, 3, 2]);
});

/** Stops a job when it has begun so many batches; `begun` are the rows that each begins with. */
function stoppingAt(batches: number, begun: number[]) {
  let left = batches;
  return {
    progress(fraction: number | null) {
      if (fraction === null) return;
      if (--left < 0) throw new Cancelled();
      begun.push(Math.round(fraction * 3));
    },
    signal,
  };
}

test('a run that is stopped goes on from there: no batch is run twice, and the bytes are those of one run', async () => {
  const names = () => readdirSync(folder).filter((name) => name.includes('stopped'));
  const draft = join(folder, 'stopped.safetensors');
  const request = { path: small, data: [{ path: data }], out: draft, batch: 1 };
  const go = (batches: number, begun: number[], more: Partial<ExtractRequest> = {}) =>
    extract({ kind: 'extract', request: { ...request, ...more }, draft, ...around }, stoppingAt(batches, begun));
  const begun: number[] = [];
  await expect(go(0, begun)).rejects.toThrow(Cancelled);
  expect(names()).toEqual([]);
  await expect(go(1, begun)).rejects.toThrow(Cancelled);
  expect(names()).toHaveLength(2);
  await expect(go(1, begun)).rejects.toThrow(Cancelled);
  const { warnings, resumed } = await go(9, begun);
  expect(begun).toEqual([0, 1, 2]);
  expect([resumed, names()]).toEqual([2, ['stopped.safetensors']]);
  const stopped = readFileSync(draft);
  const whole = await go(9, []);
  expect(readFileSync(draft).equals(stopped)).toBe(true);
  expect([whole.resumed, whole.warnings]).toEqual([undefined, warnings]);
  // What is asked otherwise begins anew, and clears away what the other has left.
  await expect(go(2, [])).rejects.toThrow(Cancelled);
  const other: number[] = [];
  await go(9, other, { layers: ['squared'] });
  expect([other, names()]).toEqual([[0, 1, 2], ['stopped.safetensors']]);
});

test('what another process is at, though it is of another user, is left to it', async () => {
  const draft = join(folder, 'shared.safetensors');
  const request = { path: small, data: [{ path: data }], out: draft, batch: 1 };
  const go = (batches: number, begun: number[]) =>
    extract({ kind: 'extract', request, draft, ...around }, stoppingAt(batches, begun));
  await expect(go(1, [])).rejects.toThrow(Cancelled);
  const left = readdirSync(folder).filter((name) => name.includes('shared'));
  const note = join(folder, left.find((name) => !name.endsWith('.part')) ?? '');
  writeFileSync(note, JSON.stringify({ ...JSON.parse(readFileSync(note, 'utf8')), process: 1 }));
  const kill = vi.spyOn(process, 'kill').mockImplementation(() => {
    throw Object.assign(new Error('not permitted'), { code: 'EPERM' });
  });
  const begun: number[] = [];
  const { resumed } = await go(9, begun);
  kill.mockRestore();
  expect([resumed, begun]).toEqual([undefined, [0, 1, 2]]);
  expect(readdirSync(folder)).toEqual(expect.arrayContaining(left));
});

test('layers that are kept go on too, and a note that is damaged counts for nothing', async () => {
  const layers = join(folder, 'kept');
  const input = { ...parseInput('small.onnx#squared@x.npy', folder), path: small };
  const many = matrix(
    'many.npy',
    Array.from({ length: 96 }, (_, i) => [i, -i, 1, 2]),
  );
  const request = { inputs: [{ ...input, model: { data: [{ path: many }] } }] };
  const begun: number[] = [];
  const go = (batches: number) =>
    withLayers(
      request,
      { ...around, layers },
      stoppingAt(batches, begun),
      async ({ inputs }) => (inputs[0] as PlacedSpec).stored?.path,
    );
  await expect(go(2)).rejects.toThrow(Cancelled);
  const stored = await go(9);
  expect(begun).toEqual([0, 1, 2]);
  const { data: values } = await read(stored as string, 'squared');
  expect([...values.subarray(4 * 95)]).toEqual([95 ** 2, 0, 1, 4]);
  expect(readdirSync(layers).filter((name) => name.includes('part'))).toEqual([]);
  rmSync(layers, { recursive: true });
  await expect(go(2)).rejects.toThrow(Cancelled);
  for (const name of readdirSync(layers)) if (name.endsWith('.json')) writeFileSync(join(layers, name), '{"state":');
  begun.length = 0;
  await go(9);
  expect(begun).toEqual([0, 1, 2]);
  // Nor does one whose file was removed: there would be zeros where its rows were.
  rmSync(layers, { recursive: true });
  await expect(go(2)).rejects.toThrow(Cancelled);
  for (const name of readdirSync(layers)) if (name.endsWith('.part')) rmSync(join(layers, name));
  begun.length = 0;
  const again = await read((await go(9)) as string, 'squared');
  expect(begun).toEqual([0, 1, 2]);
  expect(again.data).toEqual(values);
});

test('an execution provider that is not there is said, with those that are', async () => {
  expect(await refusal(made({}, { provider: 'abacus' }))).toMatch(
    /^There is no execution provider "abacus" in this build of onnxruntime; it has cpu(, \w+)*\. Choose one of them\.$/,
  );
  const { provider, threads, steps } = await made({ layers: ['total'] }, { provider: 'cpu' });
  expect([provider, threads]).toEqual(['cpu', 1]);
  expect(steps[0]).toMatch(/^run on 3 rows, 32 at a time, on cpu with/);
});

test('a layer is an input, computed once for the same content', async () => {
  const layers = join(folder, 'layers');
  const input = parseInput('small.onnx#squared@x.npy', folder);
  expect(input).toEqual({ path: 'small.onnx', tensor: 'squared', model: { data: [{ path: 'x.npy' }] } });
  const request = { method: 'rows', inputs: [input, input] };
  const ran: string[] = [];
  const watching = { signal, progress: (_: number | null, message: string) => void ran.push(message) };
  const answer = () =>
    withLayers(request, { ...around, layers }, watching, (placed) =>
      run({ kind: 'run', request: placed, ...around }, testCatalogue, watching),
    );
  const { result } = await answer();
  const record = { shape: [3, 4], dtype: 'float32', sha256: '', used: [3, 4], prepared: { reduce: 'flatten' } };
  expect(result.inputs[0]).toEqual({ ...input, ...record });
  expect(result.steps).toContain('run on 3 rows, 32 at a time, on cpu with one thread per core');
  expect(ran.some((message) => message.startsWith('Running'))).toBe(true);
  ran.length = 0;
  expect((await answer()).result.steps).toEqual(result.steps);
  expect(ran.some((message) => message.startsWith('Running'))).toBe(false);
  await expect(withLayers(request, { ...around, trusted: false }, desk, async () => 0)).rejects.toThrow(/not trusted/);
});

test('a place for values is taken from nobody outside', async () => {
  const secret = matrix('secret.npy', [[1], [2]]);
  const input = { path: data, stored: { path: secret, notes: [] } };
  await withLayers({ inputs: [input] }, around, desk, async ({ inputs }) => {
    expect(inputs).toEqual([{ path: data, stored: undefined }]);
  });
  expect(existsSync(secret)).toBe(true);
});

test('layers on data are read from text: names of both may hold what divides them', () => {
  const parse = (text: string) => parseInput(text, folder);
  expect(parse('small.onnx@x.npy')).toEqual({ path: 'small.onnx', model: { data: [{ path: 'x.npy' }] } });
  write('a@b.npy', readFileSync(data));
  expect(parse('small.onnx#in@side@a@b.npy')).toEqual({
    ...{ path: 'small.onnx', tensor: 'in@side' },
    model: { data: [{ path: 'a@b.npy' }] },
  });
  expect(parse('tokens.onnx#pair@input_ids=ids.npy,attention_mask=mask.npy#m').model?.data).toEqual([
    { input: 'input_ids', path: 'ids.npy' },
    { input: 'attention_mask', path: 'mask.npy', tensor: 'm' },
  ]);
  expect(parse('x.npy#a@b')).toEqual({ path: 'x.npy', tensor: 'a@b' });
});
